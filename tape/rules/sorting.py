"""Sorting, and reading along an axis: what an order puts where, the adjoint takes back."""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.primitive import ours
from tape.rule import general, linear, zero

__tape__ = True


def places(shape: tuple[int, ...], indices: Any, axis: int) -> tuple[Any, ...]:
    """Return the full index of what ``np.take_along_axis`` reads."""
    ndim = len(shape)
    full: list[Any] = [np.arange(n).reshape((1,) * k + (n,) + (1,) * (ndim - k - 1)) for k, n in enumerate(shape)]
    full[axis] = indices
    return tuple(full)


@ours
def scatter_along(g: Any, indices: Any, *, axis: int | None = -1, shape: tuple[int, ...]) -> Any:
    """Return zeros of a shape, with ``g`` added along an axis where ``indices`` say: the transpose of reading there."""
    g = np.asarray(g)
    out = np.zeros(shape, g.dtype)
    if axis is None:
        np.add.at(out.reshape(-1), indices, g)
    else:
        np.add.at(out, places(shape, indices, axis), g)
    return out


linear(
    np.take_along_axis,
    lambda g, y, x, i, *, axis=-1: scatter_along(g, i, axis=axis, shape=np.shape(x)),
    None,
    keeps="1",
)
linear(
    scatter_along,
    lambda g, y, x, i, *, axis=-1, shape: np.take_along_axis(g, i, axis=axis),
    None,
    keeps="1",
)


@ours
def arrangement(x: Any, y: Any, *, axis: Any = -1) -> Any:
    """Return indices that carry ``x`` to ``y``, which holds the same elements along an axis in another order."""
    x, axis = (np.reshape(x, -1), 0) if axis is None else (x, axis)
    here, there = (np.argsort(part, axis=axis, kind="stable") for part in (x, y))
    found = np.empty_like(here)
    np.put_along_axis(found, there, here, axis)
    return found


zero(np.argsort, np.argpartition)
zero(np.searchsorted, np.digitize, arrangement, arrays=2)


def sort(g: Any, y: Any, x: Any, *, axis: Any = -1, kind: Any = None, stable: Any = None) -> Any:
    """Return each element's adjoint to where it came from."""
    return scatter_along(g, arrangement(x, y, axis=axis), axis=axis, shape=np.shape(x))


def sort_tangent(t: Any, y: Any, x: Any, *, axis: Any = -1, kind: Any = None, stable: Any = None) -> Any:
    """Return the tangents in the order of their primals."""
    return np.take_along_axis(t, arrangement(x, y, axis=axis), axis=axis)


def partition(g: Any, y: Any, x: Any, *, kth: Any, axis: Any = -1, kind: Any = "introselect") -> Any:
    """Return each element's adjoint to where it came from."""
    return scatter_along(g, arrangement(x, y, axis=axis), axis=axis, shape=np.shape(x))


def partition_tangent(t: Any, y: Any, x: Any, *, kth: Any, axis: Any = -1, kind: Any = "introselect") -> Any:
    """Return the tangents in the order of their primals."""
    return np.take_along_axis(t, arrangement(x, y, axis=axis), axis=axis)


general(np.sort, sort, jvps=[sort_tangent])
general(np.partition, partition, jvps=[partition_tangent])
