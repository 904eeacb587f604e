"""Adjoints: what a sweep returns, and how contributions to them are given the form of their primals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tape import record
from tape.entry import Abstract, Entry, dtype_of, unpack
from tape.errors import MutationError, RuleError
from tape.record import Tape, Var
from tape.rule import Row, short

__tape__ = True

ndarray = np.ndarray


class Contribution(NamedTuple):
    """One contribution to an adjoint, as an observer of the sweep sees it."""

    source: Entry
    """The entry whose rule made the contribution."""
    target: Entry
    """The entry to whose adjoint it is added."""
    contribution: Any
    """What is added."""
    total: Any
    """The target's adjoint after the addition."""


class Adjoints:
    """What a sweep returns: the adjoint of each entry, or its tangent, by variable.

    ``adjoints[x]`` is an array of the shape and dtype of ``x``, the caller's own: no two results share memory. Entries
    that the output doesn't depend on have zeros.
    """

    __slots__ = ("_found", "_kept", "_tape")

    def __init__(self, t: Tape, found: list[Any], kept: frozenset[int] | None) -> None:
        self._tape, self._found, self._kept = t, found, kept

    def __getitem__(self, v: Var | Entry) -> Any:
        """Return the adjoint of a variable or an entry."""
        if isinstance(v, Entry):
            t, index = v._tape, v.index
            primal = unpack(t._log[index])[3]
        elif type(v) is Var:
            t, index, primal = v._tape, v._index, v._value
        else:
            raise TypeError(f"adjoints are of variables and entries of the tape, not of {short(v)}")
        if t is not self._tape:
            raise record.mixed(self._tape, t)
        if self._kept is not None and index not in self._kept:
            raise KeyError(f"the adjoint of entry #{index} wasn't asked for: name it in wrt=, or leave wrt= out")
        if index < len(self._found):
            return own(self._found[index], primal)
        if type(v) is Var and index in t._moved:
            raise self._written(index)
        return own(None, primal)

    def _written(self, index: int) -> MutationError:
        """Say that a variable was written into after what was swept: it stands for another entry than it did then."""
        t, before = self._tape, index
        while before >= len(self._found) and before in t._moved:
            before = t._moved[before]
        then = f": t.sweep(...)[t.entries[{before}]]" if before < len(self._found) else ""
        return MutationError(
            f"this variable was written into after the output of the sweep, entry #{len(self._found) - 1}, and stands"
            f" for entry {Entry(t, index).describe()} since: ask for the adjoint of the entry that it stood for{then},"
            " or sweep before the write"
        )

    def __contains__(self, v: Any) -> bool:
        index = v.index if isinstance(v, Entry) else v._index
        return self._kept is None or index in self._kept

    def reached(self, v: Var | Entry) -> bool:
        """Tell whether the output depends on an entry at all."""
        index = v.index if isinstance(v, Entry) else v._index
        return index < len(self._found) and self._found[index] is not None

    def __repr__(self) -> str:
        return f"<adjoints of {sum(a is not None for a in self._found)} of {len(self._tape)} entries>"


def own(found: Any, primal: Any) -> Any:
    """Return an adjoint as an array of the caller's own: another variable of a recorded one, else a fresh array."""
    if type(found) is Var:
        if type(found._value) is ndarray and not found._value.flags.writeable:
            return np.copy(found)
        v = Var()
        v._tape, v._index, v._value = found._tape, found._index, found._value
        return v
    if found is None:
        return zeros(primal)
    if type(found) is list:
        return tuple(own(f, p) for f, p in zip(found, primal, strict=True))
    return np.array(found, dtype=dtype_of(primal))


def zeros(primal: Any) -> Any:
    """Return zeros of a primal's shape and dtype."""
    if type(primal) is tuple:
        return tuple(zeros(p) for p in primal)
    return np.zeros(np.shape(primal), dtype_of(primal))


# ------------------------------------------------------------------ projection


def unbroadcast(g: Any, *, shape: tuple[int, ...]) -> Any:
    """Sum over the axes along which an array of the given shape was broadcast to the shape of ``g``."""
    lead = np.ndim(g) - len(shape)
    if lead:
        g = np.add.reduce(g, axis=tuple(range(lead)))
    axes = tuple(k for k, (have, want) in enumerate(zip(np.shape(g), shape, strict=True)) if want == 1 != have)
    if axes:
        g = np.add.reduce(g, axis=axes, keepdims=True)
    return g


def project(c: Any, primal: Any, row: Row) -> Any:
    """Give a contribution the shape and the dtype of the primal that it is to be added up for; None for integers."""
    if (  # the common case, at less cost
        type(c) is ndarray
        and (type(primal) is Abstract or type(primal) is ndarray)
        and c.shape == primal.shape
        and c.dtype is primal.dtype
    ):
        return c
    shape, dtype = np.shape(primal), dtype_of(primal)
    if c is None or type(c) is list or type(c) is tuple:
        raise RuleError(
            f"the rule of {row.name} returned {'None' if c is None else f'a {type(c).__name__}'} for an argument of"
            f" shape {shape}: it must return an array; an argument that nothing flows into has None in place of a rule"
        )
    have = np.shape(c)
    if have != shape:
        lead = len(have) - len(shape)
        if lead < 0 or any(s not in (1, h) for h, s in zip(have[lead:], shape, strict=True)):
            raise RuleError(
                f"the rule of {row.name} made a contribution of shape {have} for an argument of shape {shape}"
            )
        c = UNBROADCAST(c, shape=shape)
    found = dtype_of(c)
    if found is not dtype and found != dtype:
        if dtype.kind not in "fc":  # an integer or a boolean on the tape: nothing flows into it
            return None
        if found.kind == "c" and dtype.kind != "c":
            c = np.real(c)
            found = dtype_of(c)
        if found != dtype:
            c = CAST(c, dtype=dtype)
    return c


def _unset(*_: Any, **__: Any) -> Any:
    raise AssertionError("the rules haven't been read")


UNBROADCAST: Callable[..., Any] = _unset
"""Unbroadcast, as a primitive: set by :mod:`tape.rules.shape`."""

CAST: Callable[..., Any] = _unset
"""Cast, as a primitive: set by :mod:`tape.rules.shape`."""

SCATTERS: Callable[..., Any] = _unset
"""Many scatters into one array, as a primitive: set by :mod:`tape.rules.indexing`."""


class Pending:
    """An adjoint that is being put together, in a recorded sweep, from contributions to a few of its elements each.

    A recorded sweep can't write into a buffer. Were each contribution made an array of the primal's shape, reading n
    elements one by one would cost n arrays: so they wait until the adjoint is wanted, or something else is added to it,
    and one call adds them up, in the order in which they came.
    """

    __slots__ = ("parts", "primal", "row")

    def __init__(self, total: Any, primal: Any, row: Row) -> None:
        self.primal = primal
        self.row = row
        self.parts: list[tuple[Any, Sequence[Any], dict[str, Any]]] = []
        if total is not None:
            self.parts.append((total, (), {"key": ...}))

    def settled(self) -> Any:
        """Return the adjoint."""
        return project(SCATTERS(self.parts, np.shape(self.primal)), self.primal, self.row)


def settle(found: Any, primal: Any) -> Any:
    """Give a tangent the shape and dtype of its primal."""
    if type(primal) is tuple:
        return [None if f is None else settle(f, p) for f, p in zip(found, primal, strict=True)]
    shape, dtype = np.shape(primal), dtype_of(primal)
    if np.shape(found) != shape:
        found = np.broadcast_to(found, shape)
    if dtype_of(found) != dtype:
        if dtype.kind != "c" and dtype_of(found).kind == "c":  # abs, real, angle: rules are holomorphic
            found = np.real(found)
        if dtype_of(found) != dtype:
            found = CAST(found, dtype=dtype)
    return found


def is_complex(*values: Any) -> bool:
    """Tell whether any of some values is complex."""
    return any(map(_is_complex, values))


def _is_complex(value: Any) -> bool:
    return type(value) is complex or (hasattr(value, "dtype") and value.dtype.kind == "c")
