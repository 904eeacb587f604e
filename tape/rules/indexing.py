"""Indexing: reading elements, and adding them back where they were read.

A key is split into its fixed part (slices, integers, ``None``, ``...``), which is an option of the entry, and the
arrays in it, which are arguments. The adjoint is added into the argument's buffer where the key points, so that reading
an array element by element costs a sweep in proportion to what was read, not to the array for each element. A recorded
sweep has no buffers: it collects what was read of an array, and adds it up in one call of :func:`scatters`.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tape import adjoints, var
from tape.primitive import ours
from tape.record import Var, record
from tape.rule import TABLE, general

__tape__ = True

Key = Any
getframe = sys._getframe


class Slot:
    """Where an array argument stands in a key."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position = position

    def __repr__(self) -> str:
        return f"<{self.position}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Slot) and other.position == self.position

    def __hash__(self) -> int:
        return hash((Slot, self.position))


FIRST = Slot(0)


def filled(key: Key, arrays: Sequence[Any]) -> Key:
    """Put the arrays of a key back into it."""
    if not arrays:
        return key
    if type(key) is Slot:
        return arrays[key.position]
    return tuple(arrays[part.position] if type(part) is Slot else part for part in key)


def slots(key: Key) -> int:
    """Count the arrays of a key."""
    return sum(type(part) is Slot for part in key) if type(key) is tuple else type(key) is Slot


def split(key: Key) -> tuple[Key, list[Any]]:
    """Tell the arrays of a key from its fixed part."""
    arrays: list[Any] = []

    def part(p: Any) -> Any:
        if type(p) is not Var and isinstance(p, np.integer):  # an array without axes is none: what it reads is a copy
            return int(p)
        if isinstance(p, (Var, np.ndarray, list, bool, np.bool_)):
            # A copy, so that a key that is changed later is still what was read; an empty list is of integers.
            arrays.append(p if type(p) is Var else np.array(p, np.intp if type(p) is list and not p else None))
            return Slot(len(arrays) - 1)
        return p

    key = tuple(part(p) for p in key) if type(key) is tuple else part(key)
    return key, arrays


# -------------------------------------------------------------------- primitives


@ours
def getitem(x: Any, *arrays: Any, key: Key) -> Any:
    """Return ``x[key]``, the arrays of the key given apart."""
    return x[filled(key, arrays)]


@ours
def scatter(g: Any, *arrays: Any, key: Key, shape: tuple[int, ...]) -> Any:
    """Return zeros of a shape, with ``g`` added where a key points: the transpose of indexing."""
    out = np.zeros(shape, np.result_type(g))
    add_into(out, g, out, *arrays, key=key)
    return out


@ours
def scatters(*parts: Any, keys: tuple[Key, ...], shape: tuple[int, ...]) -> Any:
    """Return the sum of many scatters, in order: ``parts`` holds what is scattered and the arrays of the key, by key.

    A first key of ``...`` gives what the others are added to.
    """
    pieces = list(apart(parts, keys))
    dtype = np.result_type(*{np.result_type(g) for g, _, _ in pieces})
    if keys[0] is ...:
        out = np.array(np.broadcast_to(pieces.pop(0)[0], shape), dtype)
    else:
        out = np.zeros(shape, dtype)
    for g, arrays, key in pieces:
        add_into(out, g, out, *arrays, key=key)
    return out


def apart(parts: Sequence[Any], keys: tuple[Key, ...]) -> Iterator[tuple[Any, Sequence[Any], Key]]:
    """Tell the pieces of :func:`scatters` apart: ``(what, arrays, key)``."""
    k = 0
    for key in keys:
        stop = k + 1 + slots(key)
        yield parts[k], parts[k + 1 : stop], key
        k = stop


def together(pieces: Sequence[tuple[Any, Sequence[Any], Key]], shape: tuple[int, ...]) -> Any:
    """Call :func:`scatters` on pieces; one piece is scattered by itself."""
    if len(pieces) == 1:
        g, arrays, key = pieces[0]
        return scatter(g, *arrays, key=key, shape=shape)
    flat = [part for g, arrays, _ in pieces for part in (g, *arrays)]
    return scatters(*flat, keys=tuple(key for _, _, key in pieces), shape=shape)


def add_into(buffer: Any, g: Any, x: Any, *arrays: Any, key: Key) -> None:
    """Add ``g`` into a buffer where a key points; an element that the key reads twice gets both."""
    if not arrays:
        buffer[key] += g
        return
    full = filled(key, arrays)
    if all(a.dtype == bool for a in arrays):  # each element once at most
        buffer[full] += g
    elif key == FIRST and buffer.ndim > 1 and buffer.flags.c_contiguous and np.size(g):
        # Whole rows: np.add.at is several times faster on one flat array.
        width = buffer[0].size
        rows = np.remainder(full, len(buffer))
        at = rows.reshape(-1, 1) * width + np.arange(width)
        np.add.at(buffer.reshape(-1), at.reshape(-1), np.ascontiguousarray(g).reshape(-1))
    else:
        np.add.at(buffer, full, g)


# --------------------------------------------------------------------- the rows


def _getitem_vjp(g: Any, y: Any, x: Any, *arrays: Any, key: Key) -> tuple[Any, ...]:
    return (scatter(g, *arrays, key=key, shape=np.shape(x)), *[None] * len(arrays))


def _scatter_vjp(g: Any, y: Any, x: Any, *arrays: Any, key: Key, shape: tuple[int, ...]) -> tuple[Any, ...]:
    return (getitem(g, *arrays, key=key), *[None] * len(arrays))


def _scatters_vjp(g: Any, y: Any, *parts: Any, keys: tuple[Key, ...], shape: tuple[int, ...]) -> list[Any]:
    out: list[Any] = []
    for _, arrays, key in apart(parts, keys):
        out += [getitem(g, *arrays, key=key), *[None] * len(arrays)]
    return out


def _scatters_jvp(tangents: Sequence[Any], y: Any, *parts: Any, keys: tuple[Key, ...], shape: tuple[int, ...]) -> Any:
    pieces = zip(apart(tangents, keys), apart(parts, keys), strict=True)
    return together([(t, arrays, key) for (t, _, _), (_, arrays, key) in pieces if t is not None], shape)


def as_given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Bind a call that is written as it is recorded: arrays by position, however many, and options by keyword."""
    return args, kwargs


GETITEM = general(
    getitem,
    joint=_getitem_vjp,
    jvp=lambda t, y, x, *arrays, key: getitem(t[0], *arrays, key=key),
    into=add_into,
    keeps="1:",
    bind=as_given,
    name="operator.getitem",
)
general(
    scatter,
    joint=_scatter_vjp,
    jvp=lambda t, y, x, *arrays, key, shape: scatter(t[0], *arrays, key=key, shape=shape),
    keeps="1:",
    bind=as_given,
)
general(scatters, joint=_scatters_vjp, jvp=_scatters_jvp, bind=as_given)
TABLE[operator.getitem] = GETITEM


def read(x: Any, key: Key, frame: Any = None) -> Any:
    """Return ``x[key]``, for ``x`` and for arrays in the key that may be variables or not."""
    if frame is None:
        frame = getframe(1)
    if type(key) is int or type(key) is slice:
        v = record(GETITEM, (x,), {"key": key}, frame)
    else:
        key, arrays = split(key)
        if arrays:  # a copy
            return record(GETITEM, (x, *arrays), {"key": key}, frame)
        v = record(GETITEM, (x,), {"key": key}, frame)
    if type(v) is Var and type(v._value) is np.ndarray:
        var.NOTE_VIEW(v, x)
    return v


def _scatters_of(parts: Sequence[tuple[Any, Sequence[Any], dict[str, Any]]], shape: tuple[int, ...]) -> Any:
    return together([(g, arrays, options["key"]) for g, arrays, options in parts], shape)


var.GETITEM = read
adjoints.SCATTERS = _scatters_of
