"""Recording: a tape lists every call that a NumPy program makes.

An entry is a tuple of two forms:

- general: ``(row, refs, raws, y, lasti, options)``;
- plain, for elementwise functions of one or two arguments of equal shape and dtype: ``(row, a, x, y, lasti)`` and
  ``(row, a, b, x, z, y, lasti)``, which the sweep reads without a question asked.

``row`` is the row's number; ``refs`` (``a``, ``b``) are the arguments' entries, -1 for a constant; ``raws`` (``x``,
``z``)
their values, where they are constants or a rule reads them; ``y`` is the result, where a rule reads it; ``lasti`` tells
the line. Nothing in these tuples refers back to the tape, and nothing is of a type that Python's cycle collector
follows, so that it lets go of them, and a million entries stay cheap.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import CodeType, FrameType
from typing import Any

import numpy as np

from tape import rule, var
from tape.errors import ClosedTapeError, InputTypeError, MutationError
from tape.rule import ROWS, Row

__tape__ = True

ndarray = np.ndarray
getframe = sys._getframe
PLAIN_UNARY_LENGTH, PLAIN_BINARY_LENGTH = 5, 7
_internal: dict[CodeType, bool] = {}


class Abstract:
    """What is left of a value that no rule reads: its shape and its dtype."""

    __slots__ = ("dtype", "shape")

    def __init__(self, value: Any) -> None:
        if type(value) is ndarray:
            self.shape: tuple[int, ...] = value.shape
            self.dtype: np.dtype[Any] = value.dtype
        else:
            self.shape = np.shape(value)
            self.dtype = dtype_of(value)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("a rule read a value that its row doesn't keep: declare it with keeps=")


def abstract(value: Any) -> Any:
    """Return a value's shape and dtype, or a tuple of them."""
    if type(value) is tuple:
        return tuple(Abstract(part) for part in value)
    return Abstract(value)


def dtype_of(value: Any) -> np.dtype[Any]:
    """Return a value's dtype; Python's floats and complex numbers have double precision."""
    dtype = getattr(value, "dtype", None)
    return dtype if dtype is not None else np.asarray(value).dtype


def input() -> Any:
    """Stand for a value that comes from outside the tape."""
    raise TypeError("an input is not computed")


def alias(x: Any) -> Any:
    """Stand for the argument of a nested derivative: the same value under an entry of its own."""
    return x


INPUT = Row(input, "input", arrays=0, name="input")
ALIAS = rule.linear(alias, lambda g, y, x: g)


class Tape:
    """A Wengert list: what a NumPy program computed, call by call, in order.

    Parameters
    ----------
    keep : {"all", "residuals"}
        Which values stay: all of them, to be looked at, or only what the sweep will read.

    Examples
    --------
    >>> import numpy as np, tape
    >>> t = tape.Tape()
    >>> x = t.input([2.0, 5.0], name="x")
    >>> y = np.log(x[0]) + x[0] * x[1] - np.sin(x[1])
    >>> t.sweep(y)[x]
    array([5.5       , 1.71633781])

    Notes
    -----
    Adjoints live in what :meth:`sweep` returns, never on the tape: nothing needs zeroing. See Griewank and Walther,
    *Evaluating Derivatives* (2008), chapters 2 and 3.
    """

    __slots__ = (
        "__weakref__",
        "_branches",
        "_checkpoints",
        "_code",
        "_codes",
        "_frame",
        "_guards",
        "_keep",
        "_log",
        "_names",
        "_roles",
        "_scopes",
    )

    def __init__(self, *, keep: str = "all") -> None:
        if keep not in ("all", "residuals"):
            raise ValueError(f"keep is 'all' or 'residuals', not {keep!r}")
        self._log: list[Any] = []
        self._keep = keep == "all"
        self._code: CodeType | None = None
        self._codes: list[tuple[int, CodeType]] = []
        self._scopes: list[tuple[int, tuple[str, ...]]] = []
        self._names: dict[int, str] = {}
        self._roles: dict[int, str] = {}
        self._guards: dict[int, tuple[ndarray[Any, Any], bytes, int]] = {}
        self._branches: list[tuple[int, bool]] = []
        self._checkpoints: list[tuple[int, int]] = []

    # ---------------------------------------------------------------- inputs

    def input(self, value: Any, name: str | None = None) -> var.Var:
        """Record an input: a value that derivatives are taken with respect to.

        Parameters
        ----------
        value : array_like of float or complex
            The value, of any shape. An array isn't copied: changing it in place before the sweep is an error.
        name : str, optional
            What the entry is called when the tape is read.

        Raises
        ------
        InputTypeError
            For integers and booleans, which have no derivative.
        """
        return self._leaf(value, name, "input")

    def weight(self, value: Any, name: str | None = None) -> var.Var:
        """Record a weight: an input that training changes. See :meth:`input`."""
        return self._leaf(value, name, "weight")

    def _leaf(self, value: Any, name: str | None, role: str) -> var.Var:
        value = differentiable(value, name)
        v = leaf(self, value, role, getframe(2))
        if name is not None:
            self._names[v._index] = name
        return v

    def name(self, v: var.Var, name: str) -> var.Var:
        """Give an entry a name, and return its variable."""
        self._own(v)
        self._names[v._index] = name
        return v

    def scope(self, name: str) -> Any:
        """Put the entries recorded in a ``with`` block under a name, within those of the blocks around it."""
        return _scope(self, name)

    # ---------------------------------------------------------------- sweeps

    def sweep(self, output: var.Var, seed: Any = None, **how: Any) -> Any:
        """Reverse sweep: the adjoint of every entry. See :func:`tape.sweep.reverse`."""
        from tape.sweep import reverse

        return reverse(self, output, seed, **how)

    def tangents(self, seeds: Any, **how: Any) -> Any:
        """Forward sweep: the tangent of every entry. See :func:`tape.sweep.forward`."""
        from tape.sweep import forward

        return forward(self, seeds, **how)

    # --------------------------------------------------------------- reading

    def __len__(self) -> int:
        return len(self._log)

    def __repr__(self) -> str:
        return f"<Tape of {len(self)} entries>"

    def __str__(self) -> str:
        from tape.show.text import table

        return table(self)

    def trace(self, output: var.Var, seed: Any = None, **how: Any) -> Any:
        """Sweep, and return the trace table with adjoints and where they came from. See :func:`tape.show.trace`."""
        from tape.show.text import trace

        return trace(self, output, seed, **how)

    @property
    def entries(self) -> Entries:
        """The entries, in the order in which they were recorded."""
        return Entries(self)

    def source(self, output: var.Var | None = None, **how: Any) -> str:
        """Return the tape as plain NumPy source. See :func:`tape.program.source.source`."""
        from tape.program.source import source

        return source(self, output, **how)

    # --------------------------------------------------------------- closing

    def __enter__(self) -> Tape:
        _stack.set((*live(), (self, outside(getframe(1)))))
        return self

    def __exit__(self, *_: object) -> None:
        stack = list(_stack.get())
        for k in range(len(stack) - 1, -1, -1):
            if stack[k][0] is self:
                del stack[k]
                break
        _stack.set(tuple(stack))

    def close(self) -> None:
        """Give back everything that the tape holds. Its variables keep their values and can't be used further."""
        self._log = CLOSED
        self._guards.clear()
        self._roles.clear()
        self._names.clear()
        self._code = None

    def _own(self, v: Any) -> None:
        if not isinstance(v, var.Var):
            raise TypeError(f"expected a variable of this tape, not {rule.short(v)}")
        if v._tape is not self:
            raise mixed(self, v._tape)


class _Closed(list[Any]):
    """The lists of a closed tape, which refuse to grow."""

    def append(self, _: Any) -> None:
        raise ClosedTapeError(
            "this variable belongs to a derivative that is finished (its tape is closed): return it from the function,"
            " or open a tape of your own with tape.Tape() and keep that"
        )


CLOSED = _Closed()


def mixed(one: Tape, other: Tape) -> Exception:
    """Return the error for a call on variables of two tapes."""
    from tape.errors import MixedTapesError

    if one._log is CLOSED or other._log is CLOSED:
        return ClosedTapeError(
            "a variable of a finished derivative meets one of an open tape: return it from its function, or take .value"
        )
    return MixedTapesError(
        f"one call on variables of two tapes ({one!r} and {other!r}): make both on one tape (`with t:` lets"
        f" derivatives taken"
        " inside record on t), or take the .value of one, through which nothing flows"
    )


def differentiable(value: Any, name: str | None = None) -> Any:
    """Return a value as an input may be: a Python float or complex, a NumPy scalar or an array, of inexact type."""
    if type(value) is float or (type(value) is ndarray and value.dtype.kind in "fc"):
        return value
    if isinstance(value, var.Var):
        raise InputTypeError("a variable is already on its tape: use it as it is, or take its .value for a new input")
    if type(value) is complex or isinstance(value, np.inexact):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "fc":
        called = f" {name!r}" if name else ""
        raise InputTypeError(
            f"input{called} is {array.dtype} of shape {array.shape}, which has no derivative: give floats"
            " (x.astype(float)), or leave it a constant (a plain array on an explicit tape, an argument that argnums"
            " doesn't name)"
        )
    return array


# -------------------------------------------------------------------- the hot path


def push(t: Tape, entry: tuple[Any, ...], value: Any) -> var.Var:
    """Append one entry, and return its variable."""
    log = t._log
    v = new(Var)
    v._tape = t
    v._index = len(log)
    v._value = value
    log.append(entry)
    return v


def leaf(t: Tape, value: Any, role: str, frame: FrameType | None) -> var.Var:
    """Append an input."""
    v = push(t, (INPUT.id, (), (), value, instruction(t, frame), None), value)
    t._roles[v._index] = role
    if type(value) is ndarray:
        guard(t, value, v._index)
    return v


new = object.__new__
Var = var.Var


def instruction(t: Tape, frame: FrameType | None) -> int:
    """Return which instruction of the user's code makes the entry; note the code where it isn't the last entry's."""
    if frame is None:
        return -1
    if frame.f_code is not t._code:
        frame = turn(t, frame)
    return frame.f_lasti


def turn(t: Tape, frame: FrameType) -> FrameType:
    """Note that the entries to come are made by another piece of code, and return the user's frame."""
    frame = outside(frame)
    if frame.f_code is not t._code:
        t._code = frame.f_code
        t._codes.append((len(t._log), frame.f_code))
    return frame


def outside(frame: FrameType) -> FrameType:
    """Return the nearest frame that isn't tape's own, nor the context managers' of the standard library."""
    start = frame
    while True:
        internal = _internal.get(frame.f_code)
        if internal is None:
            module = frame.f_globals.get("__name__", "")
            internal = (
                "__tape__" in frame.f_globals or module in ("contextlib", "optree.ops") or module.startswith("numpy")
            )
            _internal[frame.f_code] = internal
        if not internal:
            return frame
        if frame.f_back is None:
            return start
        frame = frame.f_back


def record(row: Row, args: tuple[Any, ...], options: dict[str, Any], frame: FrameType | None) -> Any:
    """Record one call of any function that has a row, on arguments of any kind.

    The general path: fast paths for operators and for ufuncs of one and two arguments stand in :mod:`tape.var`.
    """
    t: Tape | None = None
    raws: list[Any] = []
    refs: list[int] = []
    for arg in args:
        if type(arg) is Var:
            if t is None:
                t = arg._tape
            elif arg._tape is not t:
                raise mixed(t, arg._tape)
            raws.append(arg._value)
            refs.append(arg._index)
        else:
            raws.append(np.array(arg) if type(arg) is list else arg)
            refs.append(-1)
    if options:
        for option in options.values():
            if type(option) is Var:
                raise rule.OptionError(
                    f"{row.name} takes no variable as an option, only as an array: take its .value, through which"
                    f" nothing flows"
                )
    value = row.raw(tuple(raws), **options) if row.packed else row.raw(*raws, **options)
    if t is None:
        return value
    return enter(t, row, refs, raws, options, value, frame)


def enter(
    t: Tape,
    row: Row,
    refs: Sequence[int],
    raws: list[Any],
    options: dict[str, Any],
    value: Any,
    frame: FrameType | None,
) -> var.Var:
    """Append the general form of an entry, keeping what its rules read."""
    saves, keep = row.saves, t._keep
    watch: list[Any] | None = None
    for k, ref in enumerate(refs):
        if ref < 0:
            if type(raws[k]) is ndarray and (saves is None or k in saves):
                if watch is None:
                    watch = []
                watch.append(raws[k])
        elif not keep and saves is not None and k not in saves:
            raws[k] = abstract(raws[k])
    y = value if keep or row.saves_y else abstract(value)
    v = push(t, (row.id, tuple(refs), tuple(raws), y, instruction(t, frame), options or None), value)
    if watch is not None:
        for array in watch:
            guard(t, array, v._index)
    return v


# ------------------------------------------------------------ changes in place


def fingerprint(array: ndarray[Any, Any]) -> bytes:
    """Return bytes that differ, but for a freak, when an array's contents differ: a column sum of its words.

    Small arrays are copied. Large ones are summed as unsigned words, in rows of a prime length, so that a changed
    element always shows and moved elements show unless they move by a multiple of that prime; it costs one reading.
    """
    if array.nbytes <= 1024:
        return array.tobytes()
    size = array.dtype.itemsize
    if not array.flags.c_contiguous or array.nbytes % 8:
        if size not in (1, 2, 4, 8) or array.dtype.hasobject:
            return array.tobytes()
        if not array.flags.c_contiguous:
            array = array.T if array.flags.f_contiguous else np.ascontiguousarray(array)
        words = array.reshape(-1).view(f"u{size}")
    else:
        words = array.reshape(-1).view("u8")
    whole = words.size // 1021 * 1021
    columns = np.add.reduce(words[:whole].reshape(-1, 1021), axis=0, dtype=words.dtype)
    return columns.tobytes() + words[whole:].tobytes()


def guard(t: Tape, array: ndarray[Any, Any], index: int) -> None:
    """Remember what an array of the user's looked like when an entry read it."""
    key = id(array)
    known = t._guards.get(key)
    if known is None:
        t._guards[key] = (array, fingerprint(array), index)
    elif array.nbytes <= 1024 and array.tobytes() != known[1]:
        raise changed(t, array, known[2])


def verify(t: Tape) -> None:
    """Check that no array that the tape has read was changed since.

    Raises
    ------
    MutationError
        Naming the entry that read the array, and its line.
    """
    for array, print_, index in t._guards.values():
        if fingerprint(array) != print_:
            raise changed(t, array, index)


def changed(t: Tape, array: ndarray[Any, Any], index: int) -> MutationError:
    """Return the error for an array that was changed after an entry had read it."""
    entry = t.entries[index]
    return MutationError(
        f"an array of shape {array.shape}, {array.dtype}, was changed in place after entry {entry.describe()} had"
        f" read it:"
        " its derivative would be that of another program. Give the tape a copy (array.copy()), or change it after"
        " the sweep"
    )


# --------------------------------------------------------------- current tapes

_stack: ContextVar[tuple[tuple[Tape, FrameType | None], ...]] = ContextVar("tape_stack", default=())


def live() -> tuple[tuple[Tape, FrameType | None], ...]:
    """Return the tapes opened by frames that are still on the call stack of this thread, outermost first.

    A generator that is suspended within ``with tape:`` leaves its tape in the context of whoever drives it: its frame
    isn't among the callers, by which such a tape is told and left out.
    """
    stack = _stack.get()
    if not stack:
        return stack
    frames = set[FrameType]()
    frame: FrameType | None = getframe(1)
    while frame is not None:
        frames.add(frame)
        frame = frame.f_back
    return tuple(pair for pair in stack if pair[1] in frames)


def current() -> Tape | None:
    """Return the innermost open tape, if any."""
    stack = live()
    return stack[-1][0] if stack else None


@contextmanager
def _scope(t: Tape | None, name: str) -> Generator[None, None, None]:
    if t is None or t._log is CLOSED:
        yield
        return
    before = t._scopes[-1][1] if t._scopes else ()
    t._scopes.append((len(t._log), (*before, name)))
    try:
        yield
    finally:
        if t._log is not CLOSED:
            t._scopes.append((len(t._log), before))


def scope(name: str) -> Any:
    """Put what the current tape records in a ``with`` block under a name; without a current tape, do nothing.

    Parameters
    ----------
    name : str
        The scope's name: nested scopes are joined by ``/``.
    """
    return _scope(current(), name)


# --------------------------------------------------------------------- reading


def unpack(entry: tuple[Any, ...]) -> tuple[Row, tuple[int, ...], tuple[Any, ...], Any, int, dict[str, Any] | None]:
    """Return the general form of an entry: ``(row, refs, raws, y, lasti, options)``."""
    size = len(entry)
    if size == PLAIN_UNARY_LENGTH:
        row, a, x, y, lasti = entry
        return ROWS[row], (a,), (x,), y, lasti, None
    if size == PLAIN_BINARY_LENGTH:
        row, a, b, x, z, y, lasti = entry
        return ROWS[row], (a, b), (x, z), y, lasti, None
    row, refs, raws, y, lasti, options = entry
    return ROWS[row], refs, raws, y, lasti, options


class Entry:
    """One entry of a tape, to be read: a call, its arguments, its result, and where it was made."""

    __slots__ = ("_tape", "index")

    def __init__(self, t: Tape, index: int) -> None:
        self._tape = t
        self.index = index

    @property
    def row(self) -> Row:
        """The rule that the sweep uses."""
        return ROWS[self._tape._log[self.index][0]].base

    @property
    def fn(self) -> Any:
        """The function that was called."""
        return self.row.fn

    @property
    def args(self) -> tuple[Any, ...]:
        """The array arguments: :class:`Entry` for earlier entries, else constants."""
        _, refs, raws, *_ = unpack(self._tape._log[self.index])
        return tuple(Entry(self._tape, a) if a >= 0 else raw for a, raw in zip(refs, raws, strict=True))

    @property
    def options(self) -> dict[str, Any]:
        """The options, by keyword."""
        return dict(unpack(self._tape._log[self.index])[5] or {})

    @property
    def value(self) -> Any:
        """The primal, read-only; None if the tape keeps only residuals and this isn't one."""
        value = unpack(self._tape._log[self.index])[3]
        return None if type(value) is Abstract else var.readonly(value)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return np.shape(unpack(self._tape._log[self.index])[3])

    @property
    def name(self) -> str | None:
        """The name that the user gave, if any."""
        return self._tape._names.get(self.index)

    @property
    def scope(self) -> str:
        """The scopes around the call, joined by ``/``."""
        return "/".join(_run(self._tape._scopes, self.index) or ())

    @property
    def role(self) -> str:
        """``weight``, ``input`` or ``activation``."""
        return self._tape._roles.get(self.index, "activation")

    @property
    def where(self) -> tuple[str, int]:
        """The file and the line of the user's code that made the call: ``("", 0)`` where a transform didn't note it."""
        code = _run(self._tape._codes, self.index)
        lasti = unpack(self._tape._log[self.index])[4]
        if code is None or lasti < 0:
            return ("", 0)
        line = next((ln for start, end, ln in code.co_lines() if start <= lasti < end), None)
        return code.co_filename, line or code.co_firstlineno

    @property
    def line(self) -> str:
        """The text of the source line that made the call, if it can be read."""
        import linecache

        file, line = self.where
        return linecache.getline(file, line).strip() if file else ""

    def describe(self) -> str:
        """Return how messages name the entry: its number, name, function, and line."""
        file, line = self.where
        called = f" '{self.name}'" if self.name else ""
        if not file:
            return f"#{self.index}{called} {self.row.name}"
        text = f": {self.line}" if self.line else ""
        return f'#{self.index}{called} {self.row.name} (File "{file}", line {line}{text})'

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and other._tape is self._tape and other.index == self.index

    def __hash__(self) -> int:
        return hash((id(self._tape), self.index))

    def __repr__(self) -> str:
        return f"<Entry {self.describe()}>"


def _run(runs: list[tuple[int, Any]], index: int) -> Any:
    """Return what holds at an index, of a list of (index from which it holds, what)."""
    from bisect import bisect_right

    k = bisect_right(runs, index, key=lambda pair: pair[0])
    return runs[k - 1][1] if k else None


class Entries:
    """The entries of a tape as a sequence."""

    __slots__ = ("_tape",)

    def __init__(self, t: Tape) -> None:
        self._tape = t

    def __len__(self) -> int:
        return len(self._tape._log)

    def __getitem__(self, index: int) -> Entry:
        size = len(self)
        if not -size <= index < size:
            raise IndexError(f"entry {index} of a tape of {size}")
        return Entry(self._tape, index % size)

    def __iter__(self) -> Iterator[Entry]:
        return (Entry(self._tape, k) for k in range(len(self)))
