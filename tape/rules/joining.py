"""Joining arrays and taking them apart: each piece's adjoint is its own part of the result's, read once.

Joining n arrays is one entry with n arguments, so that it costs what its elements cost, not n times that.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from tape.adjoints import zeros
from tape.primitive import ours
from tape.record import Var
from tape.rule import composite, general, zero
from tape.rules.indexing import read
from tape.rules.selecting import take

__tape__ = True


# ---------------------------------------------------------------------- joining


def parts(g: Any, xs: Sequence[Any], axis: int, lengths: Sequence[int]) -> list[Any]:
    """Cut ``g`` along an axis into parts of the given lengths, each in the shape of its argument."""
    out: list[Any] = []
    start, before = 0, (slice(None),) * (axis % np.ndim(g))
    for x, length in zip(xs, lengths, strict=True):
        part = g[(*before, slice(start, start + length))]
        out.append(part if np.shape(part) == np.shape(x) else np.reshape(part, np.shape(x)))
        start += length
    return out


def length_along(x: Any, axis: int) -> int:
    """Return how long an argument is along an axis of the result: one, where it hasn't that axis."""
    shape = np.shape(x)
    return shape[axis] if len(shape) > axis else 1


def moved(tangents: Sequence[Any], xs: Sequence[Any]) -> list[Any]:
    """Return the tangents of all arguments, those that are zero as arrays."""
    return [zeros(x) if t is None else t for t, x in zip(tangents, xs, strict=True)]


def _concatenate(g: Any, y: Any, *xs: Any, axis: int | None = 0) -> list[Any]:
    if axis is None:
        return parts(g, xs, 0, [int(np.size(x)) for x in xs])
    return parts(g, xs, axis, [np.shape(x)[axis] for x in xs])


def _stack(g: Any, y: Any, *xs: Any, axis: int = 0) -> list[Any]:
    before = (slice(None),) * (axis % np.ndim(g))
    return [g[(*before, k)] for k in range(len(xs))]


general(
    np.concatenate,
    joint=_concatenate,
    jvp=lambda t, y, *xs, axis=0: np.concatenate(moved(t, xs), axis=axis),
    keeps="",
    packed=True,
)
general(
    np.stack,
    joint=_stack,
    jvp=lambda t, y, *xs, axis=0: np.stack(moved(t, xs), axis=axis),
    keeps="",
    packed=True,
)
general(
    np.hstack,
    joint=lambda g, y, *xs: (
        parts(g, xs, 0, [int(np.size(x)) for x in xs])
        if np.ndim(xs[0]) < 2
        else parts(g, xs, 1, [np.shape(x)[1] for x in xs])
    ),
    jvp=lambda t, y, *xs: np.hstack(moved(t, xs)),
    keeps="",
    packed=True,
)
general(
    np.vstack,
    joint=lambda g, y, *xs: parts(g, xs, 0, [np.shape(x)[0] if np.ndim(x) > 1 else 1 for x in xs]),
    jvp=lambda t, y, *xs: np.vstack(moved(t, xs)),
    keeps="",
    packed=True,
)
general(
    np.dstack,
    joint=lambda g, y, *xs: parts(g, xs, 2, [length_along(x, 2) for x in xs]),
    jvp=lambda t, y, *xs: np.dstack(moved(t, xs)),
    keeps="",
    packed=True,
)
general(
    np.column_stack,
    joint=lambda g, y, *xs: parts(g, xs, 1, [length_along(x, 1) for x in xs]),
    jvp=lambda t, y, *xs: np.column_stack(moved(t, xs)),
    keeps="",
    packed=True,
)


@composite(np.append)
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        return np.concatenate((np.ravel(arr), np.ravel(values)))
    return np.concatenate((arr, values), axis=axis)


@composite(np.block)
def _block(arrays: Any) -> Any:
    def depth(nested: Any) -> int:
        if not isinstance(nested, list):
            return 0
        if not nested:
            raise ValueError("List at arrays cannot be empty")
        depths = {depth(part) for part in nested}
        if len(depths) > 1:
            raise ValueError(f"List depths are mismatched: {sorted(depths)}")
        return depths.pop() + 1

    def axes(nested: Any) -> int:
        return max(axes(part) for part in nested) if isinstance(nested, list) else np.ndim(nested)

    levels = depth(arrays)
    if levels == 0:
        return np.copy(arrays)
    ndim = max(levels, axes(arrays))

    def joined(nested: Any, level: int) -> Any:
        if isinstance(nested, list):
            return np.concatenate([joined(part, level - 1) for part in nested], axis=-level)
        return np.reshape(nested, (1,) * (ndim - np.ndim(nested)) + np.shape(nested))

    return joined(arrays, levels)


# ------------------------------------------------------------------ taking apart


@composite(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut along an axis, into so many parts or before these positions."""
    n = np.shape(ary)[axis]
    if np.ndim(indices_or_sections) == 0:
        count = int(indices_or_sections)
        if count <= 0:
            raise ValueError("number sections must be larger than 0.")
        small, longer = divmod(n, count)
        cuts = [k * small + min(k, longer) for k in range(count + 1)]
    else:
        cuts = [0, *(int(k) for k in indices_or_sections), n]
    before = (slice(None),) * (axis % np.ndim(ary))
    return [read(ary, (*before, slice(a, b))) for a, b in pairwise(cuts)]


@composite(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut along an axis into parts of equal length, or before these positions."""
    if np.ndim(indices_or_sections) == 0 and np.shape(ary)[axis] % int(indices_or_sections):
        raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


@composite(np.hsplit)
def _hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if np.ndim(ary) == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return split(ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0)


@composite(np.vsplit)
def _vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if np.ndim(ary) < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return split(ary, indices_or_sections, 0)


@composite(np.dsplit)
def _dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if np.ndim(ary) < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return split(ary, indices_or_sections, 2)


if hasattr(np, "unstack"):

    @composite(np.unstack)
    def _unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
        if np.ndim(x) == 0:
            raise ValueError("Input array must be at least 1-d.")
        before = (slice(None),) * (axis % np.ndim(x))
        return tuple(read(x, (*before, k)) for k in range(np.shape(x)[axis]))


@composite(np.meshgrid)
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    places = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    grids = [np.reshape(x, [-1 if k == place else 1 for k in range(n)]) for x, place in zip(xi, places, strict=True)]
    return tuple(grids) if sparse else np.broadcast_arrays(*grids)


@composite(np.ix_)
def _ix(*args: Any) -> tuple[Any, ...]:
    found: list[Any] = []
    for k, x in enumerate(args):
        at = x if isinstance(x, Var) else np.asarray(x, np.intp if np.size(x) == 0 else None)
        if np.ndim(at) != 1:
            raise ValueError("Cross index must be 1 dimensional")
        if at.dtype == bool:
            at = np.flatnonzero(at)
        found.append(np.reshape(at, [-1 if j == k else 1 for j in range(len(args))]))
    return tuple(found)


# ------------------------------------------------------------ inserting, deleting


@ours
def kept(obj: Any, *, n: int) -> Any:
    """Return the positions that np.delete leaves of ``n``."""
    return np.delete(np.arange(n), obj)


@ours
def order_with(obj: Any, *, n: int, count: int) -> Any:
    """Return how ``n`` elements and ``count`` new ones, which follow them, are put in order by np.insert."""
    return np.insert(np.arange(n), obj, np.arange(n, n + count))


zero(kept, order_with)


@composite(np.delete)
def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    if axis is None:
        arr, axis = np.ravel(arr), 0
    return take(arr, kept(obj, n=np.shape(arr)[axis]), axis)  # np.take doesn't dispatch on positions


@composite(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        arr, axis = np.ravel(arr), 0
    axis %= np.ndim(arr)
    shape = np.shape(arr)
    n = shape[axis]
    given = obj.value if isinstance(obj, Var) else obj
    where = np.arange(n)[given] if isinstance(given, slice) else np.asarray(given)
    if where.dtype == bool:
        where, obj = np.flatnonzero(where), np.flatnonzero(obj)
    elif not isinstance(obj, Var):
        obj = where if where.size else where.astype(np.intp)
    count = where.size
    values = np.reshape(values, (1,) * (np.ndim(arr) - np.ndim(values)) + np.shape(values))
    if where.size == 1:  # as many as there are values; NumPy puts them along the axis for an index by itself
        if where.ndim == 0:
            values = np.moveaxis(values, 0, axis)
        count = np.shape(values)[axis]
        obj = np.reshape(obj, ())
    values = np.broadcast_to(values, (*shape[:axis], count, *shape[axis + 1 :]))
    both = np.concatenate((arr, values), axis=axis)
    return take(both, order_with(obj, n=n, count=count), axis)
