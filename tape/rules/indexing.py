"""Indexing: reading elements, and adding them back where they were read.

A key is split into its fixed part (slices, integers, ``None``, ``...``), which is an option of the entry, and the arrays
in it, which are arguments. The adjoint is added into the argument's buffer where the key points, so that reading an
array element by element costs a sweep in proportion to what was read, not to the array for each element.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tape import var
from tape.record import Var, record
from tape.primitive import ours
from tape.rule import TABLE, general

__tape__ = True


class Slot:
    """Where an array argument stands in a key."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position = position

    def __repr__(self) -> str:
        return f"<{self.position}>"


@ours
def getitem(x: Any, *arrays: Any, key: Any) -> Any:
    """Return ``x[key]``, the arrays of the key given apart."""
    return x[filled(key, arrays)]


def filled(key: Any, arrays: tuple[Any, ...]) -> Any:
    """Put the arrays of a key back into it."""
    if not arrays:
        return key
    if type(key) is Slot:
        return arrays[key.position]
    return tuple(arrays[part.position] if type(part) is Slot else part for part in key)


def is_array(part: Any) -> bool:
    return type(part) is Var or isinstance(part, (np.ndarray, list)) or (isinstance(part, (bool, np.bool_)))


def split(key: Any) -> tuple[Any, list[Any]]:
    """Tell the arrays of a key from its fixed part."""
    arrays: list[Any] = []

    def part(p: Any) -> Any:
        if is_array(p):
            arrays.append(p if type(p) is Var else np.array(p))
            return Slot(len(arrays) - 1)
        return p

    key = tuple(part(p) for p in key) if type(key) is tuple else part(key)
    return key, arrays


@ours
def scatter(g: Any, *arrays: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Return zeros of a shape, with ``g`` added where a key points: the transpose of indexing."""
    out = np.zeros(shape, np.asarray(g).dtype)
    _into(out, g, out, *arrays, key=key)
    return out[()]


def _into(buffer: Any, g: Any, x: Any, *arrays: Any, key: Any) -> None:
    if arrays:
        full = filled(key, arrays)
        if len(arrays) == 1 and arrays[0].dtype == bool:
            buffer[full] += g
        else:
            np.add.at(buffer, full, g)
    else:
        buffer[key] += g


def _vjp(g: Any, y: Any, x: Any, *arrays: Any, key: Any) -> tuple[Any, ...]:
    return (scatter(g, *arrays, key=key, shape=np.shape(x)), *[None] * len(arrays))


general(
    getitem,
    joint=_vjp,
    jvp=lambda t, y, x, *arrays, key: getitem(t[0], *arrays, key=key),
    into=_into,
    keeps="1 2 3 4 5 6 7 8",
    name="operator.getitem",
)
general(
    scatter,
    joint=lambda g, y, x, *arrays, key, shape: (getitem(g, *arrays, key=key), *[None] * len(arrays)),
    jvp=lambda t, y, x, *arrays, key, shape: scatter(t[0], *arrays, key=key, shape=shape),
    keeps="1 2 3 4 5 6 7 8",
)


def _getitem(x: Var, key: Any, frame: Any) -> Any:
    key, arrays = split(key)
    return record(TABLE[getitem], (x, *arrays), {"key": key}, frame)


var.GETITEM = _getitem
TABLE[operator.getitem] = TABLE[getitem]
