"""Entries: how the tape holds a call, and how it is read.

An entry is a tuple of two forms:

- general: ``(row, refs, raws, y, lasti, options)``;
- plain, for elementwise functions of one or two arguments of equal shape and dtype: ``(row, a, x, y, lasti)`` and
  ``(row, a, b, x, z, y, lasti)``, which the sweep reads without a question asked.

``row`` is the row's number; ``refs`` (``a``, ``b``) are the arguments' entries, -1 for a constant; ``raws`` (``x``,
``z``) their values, where they are constants or a rule reads them; ``y`` is the result, where a rule reads it;
``lasti`` tells the line. Nothing in these tuples refers back to the tape, and nothing is of a type that Python's cycle
collector follows, so that it lets go of them, and a million entries stay cheap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tape.rule import ROWS, Row

if TYPE_CHECKING:
    from tape.record import Tape

__tape__ = True

ndarray = np.ndarray
PLAIN_UNARY_LENGTH, PLAIN_BINARY_LENGTH = 5, 7


class Abstract:
    """What is left of a value that no rule reads: its shape and its dtype."""

    __slots__ = ("dtype", "shape")

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

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
        return tuple(abstract(part) for part in value)
    held = Abstract()
    if type(value) is ndarray or isinstance(value, np.generic):
        held.shape = value.shape
        held.dtype = value.dtype
    else:
        held.shape = np.shape(value)
        held.dtype = dtype_of(value)
    return held


def dtype_of(value: Any) -> np.dtype[Any]:
    """Return a value's dtype; Python's floats and complex numbers have double precision."""
    dtype = getattr(value, "dtype", None)
    return dtype if dtype is not None else np.asarray(value).dtype


def readonly(value: Any) -> Any:
    """Return a value that can't be written through: an array as a read-only view."""
    if type(value) is ndarray:
        value = value.view()
        value.flags.writeable = False
    return value


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
        return None if type(value) is Abstract else readonly(value)

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
