"""Recording: a tape lists every call that a NumPy program makes."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from numbers import Number
from types import CodeType, FrameType
from typing import Any

import numpy as np

from tape import rule, var
from tape.context import STACK, current, live, outside
from tape.entry import Abstract, Entries, abstract
from tape.errors import ClosedTapeError, InputTypeError
from tape.guard import guard
from tape.reading import Reading
from tape.rule import Row

__tape__ = True

ndarray = np.ndarray
getframe = sys._getframe


def input() -> Any:
    """Stand for a value that comes from outside the tape."""
    raise TypeError("an input is not computed")


def alias(x: Any) -> Any:
    """Stand for the argument of a nested derivative: the same value under an entry of its own."""
    return x


INPUT = Row(input, "input", arrays=0, name="input")
ALIAS = rule.linear(alias, lambda g, y, x: g)


class Tape(Reading):
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
        "_moved",
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
        self._moved: dict[int, int] = {}
        self._names: dict[int, str] = {}
        self._roles: dict[int, str] = {}
        self._guards: dict[int, tuple[ndarray[Any, Any], Any, bytes | bytearray, int]] = {}
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
        if name is not None:
            check_name(name, "an entry")
        value = differentiable(value, name)
        v = leaf(self, value, role, instruction(self, getframe(2)))
        if name is not None:
            self._names[v._index] = name
        return v

    def name(self, v: var.Var, name: str) -> var.Var:
        """Give an entry a name, and return its variable."""
        self._own(v)
        check_name(name, "an entry")
        self._names[v._index] = name
        return v

    def scope(self, name: str) -> Any:
        """Put the entries recorded in a ``with`` block under a name, within those of the blocks around it."""
        return _scope(self, name)

    # --------------------------------------------------------------- reading

    def __len__(self) -> int:
        return len(self._log)

    def __repr__(self) -> str:
        return f"<Tape of {len(self)} entries>"

    @property
    def entries(self) -> Entries:
        """The entries, in the order in which they were recorded."""
        return Entries(self)

    # --------------------------------------------------------------- closing

    def __enter__(self) -> Tape:
        STACK.set((*live(), (self, outside(getframe(1)))))
        return self

    def __exit__(self, *_: object) -> None:
        stack = list(STACK.get())
        for k in range(len(stack) - 1, -1, -1):
            if stack[k][0] is self:
                del stack[k]
                break
        STACK.set(tuple(stack))

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


def check_name(name: Any, what: str) -> None:
    """Check what an entry or a scope is to be called: whoever prints the tape expects a string."""
    if not isinstance(name, str):
        raise TypeError(f"the name of {what} is a string, not {rule.short(name)} ({type(name).__name__})")


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
    if isinstance(value, (np.ma.MaskedArray, np.matrix)):
        raise InputTypeError(
            f"an input is a {type(value).__name__} of shape {value.shape}, whose operations aren't those of plain"
            f" arrays:"
            " give a plain array (np.asarray, .filled(), np.where for masks)"
        )
    if isinstance(value, var.Var):
        raise InputTypeError("a variable is already on its tape: use it as it is, or take its .value for a new input")
    if type(value) is complex or isinstance(value, np.inexact):
        return value
    if isinstance(value, ndarray) and not plain(type(value)):
        raise InputTypeError(
            f"an input is a {type(value).__name__} of shape {value.shape}, a class that has NumPy's functions mean"
            " something of its own (units, masks): give a plain array, np.asarray(x), of the numbers that are meant"
        )
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
    v = Var()
    v._tape = t
    v._index = len(log)
    v._value = value
    log.append(entry)
    return v


def leaf(t: Tape, value: Any, role: str, lasti: int) -> var.Var:
    """Append an input, made by an instruction of the user's code."""
    log = t._log
    v = Var()
    v._tape = t
    v._index = index = len(log)
    v._value = value
    log.append((INPUT.id, (), (), value, lasti, None))
    t._roles[index] = role
    if type(value) is ndarray:
        guard(t, value, index)
    return v


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


def record(row: Row, args: tuple[Any, ...], options: dict[str, Any], frame: FrameType | None) -> Any:
    """Record one call of any function that has a row, on arguments of any kind.

    The general path: fast paths for operators and for ufuncs of one and two arguments stand in :mod:`tape.var`.
    """
    if len(args) == 1 and type(args[0]) is Var and not row.packed:
        return record_one(row, args[0], options, frame)
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
            raws.append(arg if type(arg) in NUMBERS else constant(row, arg))
            refs.append(-1)
    if options:
        check_options(row, options)
    value = row.raw(tuple(raws), **options) if row.packed else row.raw(*raws, **options)
    if t is None:
        return value
    v = enter(t, row, refs, raws, options, value, frame)
    return v if row.wrap is None else row.wrap(v)


def record_one(row: Row, x: var.Var, options: dict[str, Any], frame: FrameType | None) -> Any:
    """Record one call on one variable, which most calls are: :func:`record` and :func:`enter`, at less cost."""
    if options:
        check_options(row, options)
    t = x._tape
    raw = x._value
    value = row.raw(raw, **options)
    keep, saves = t._keep, row.saves
    v = Var()
    v._tape = t
    log = t._log
    v._index = len(log)
    v._value = value
    log.append(
        (
            row.id,
            (x._index,),
            (raw if keep or saves is None or 0 in saves else abstract(raw),),
            value if keep or row.saves_y else abstract(value),
            instruction(t, frame),
            options or None,
        )
    )
    return v if row.wrap is None else row.wrap(v)


def check_options(row: Row, options: dict[str, Any]) -> None:
    """Refuse a variable as an option, through which nothing would flow."""
    for option in options.values():
        if type(option) is Var:
            raise rule.OptionError(
                f"{row.name} takes no variable as an option, only as an array: take its .value, through which"
                f" nothing flows"
            )


NUMBERS = frozenset([float, int, complex, bool, np.float64, np.float32])


def constant(row: Row, arg: Any) -> Any:
    """Return a constant argument as an entry holds it: a plain array, or what isn't an array at all.

    Raises
    ------
    InputTypeError
        For arrays of other behaviour than NumPy's own, and arrays of objects: their derivatives would be guesses.
    """
    if type(arg) is list:
        arg = np.array(arg)
    if not isinstance(arg, ndarray):
        if hasattr(arg, "shape") and hasattr(arg, "dtype") and not isinstance(arg, (np.generic, Abstract)):
            if hasattr(arg, "detach"):  # torch's tensors
                raise InputTypeError(
                    f"{row.name} meets a constant {type(arg).__name__} of shape {tuple(arg.shape)}, which isn't NumPy's"
                    " and whose own gradients would stop here: give a plain array, x.detach().numpy(), or"
                    " x.detach().cpu().numpy() of one on a GPU"
                )
            raise InputTypeError(
                f"{row.name} meets a constant {type(arg).__name__} of shape {tuple(arg.shape)}, which isn't NumPy's and"
                " may mean something else by the same sign (* is a matrix product of some sparse matrices): give a"
                " plain array (.toarray() of a sparse one, np.asarray of others), or multiply by"
                " tape.scipy.sparse.matmul"
            )
        if isinstance(arg, Number) and not isinstance(arg, np.generic):
            raise InputTypeError(
                f"{row.name} meets {rule.short(arg)}, of which NumPy makes an array of objects, through which nothing"
                " would flow: give a plain number (float(x))"
            )
        return arg
    if isinstance(arg, (np.ma.MaskedArray, np.matrix)) or arg.dtype.hasobject:
        kind = type(arg).__name__ if type(arg) is not ndarray else "array of objects"
        raise InputTypeError(
            f"{row.name} meets a constant {kind} of shape {arg.shape}, whose operations aren't those of plain"
            f" arrays: give"
            " a plain numeric array (np.asarray(x, dtype=float); np.where for masks)"
        )
    if type(arg) is ndarray:
        return arg
    if not plain(type(arg)):
        raise InputTypeError(
            f"{row.name} meets a constant {type(arg).__name__} of shape {arg.shape}, a class that has NumPy's functions"
            " mean something of its own (units): give a plain array of the numbers that are meant, np.asarray(x)"
        )
    return arg.view(ndarray)


def plain(kind: type) -> bool:
    """Tell whether a subclass of arrays leaves NumPy's functions as they are."""
    return all(getattr(kind, name) is getattr(ndarray, name) for name in ("__array_ufunc__", "__array_function__"))


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
    if keep or saves is None:
        watch = [raw for raw, ref in zip(raws, refs, strict=True) if ref < 0 and type(raw) is ndarray]
    else:
        for k, ref in enumerate(refs):
            if k not in saves:
                if ref >= 0:
                    raws[k] = abstract(raws[k])
            elif ref < 0 and type(raws[k]) is ndarray:
                watch = [*watch, raws[k]] if watch else [raws[k]]
    y = value if keep or row.saves_y else abstract(value)
    v = Var()
    v._tape = t
    log = t._log
    v._index = index = len(log)
    v._value = value
    log.append((row.id, tuple(refs), tuple(raws), y, instruction(t, frame), options or None))
    if watch:
        for array in watch:
            guard(t, array, index)
    return v


# --------------------------------------------------------------------- scopes


@contextmanager
def _scope(t: Tape | None, name: str) -> Generator[None, None, None]:
    check_name(name, "a scope")
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
