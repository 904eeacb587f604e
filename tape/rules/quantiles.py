"""Medians, quantiles and percentiles, by every method, of all elements or of those that aren't NaN.

Each is a weighted mean of two neighbours among the sorted elements. Where these lie, and how they are weighed, NumPy
itself says: the quantile of ``0, 1, ..., n - 1`` is the position. Equal elements share evenly.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.primitive import ours
from tape.rule import general, linear, zero
from tape.rules.reductions import axes_of, expand, from_last, tie_shares, to_last

__tape__ = True


@ours
def median_shares(x: Any, *, axis: Any = None) -> Any:
    """Return which part of the median is each element: the middle value, or half of each of the middle two."""
    flat, shape = to_last(np.asarray(x), axis)
    n = flat.shape[-1]
    if not n:  # the median of nothing
        return np.zeros(np.shape(x), flat.dtype)
    ordered = np.sort(flat, axis=-1)
    low, high = ordered[..., (n - 1) // 2, None], ordered[..., n // 2, None]
    bad = np.isnan(ordered[..., -1:])  # NaNs are sorted last, and any of them makes the median NaN
    low, high = np.where(bad, np.nan, low), np.where(bad, np.nan, high)
    shares = tie_shares(flat, low, axis=-1) * 0.5 + tie_shares(flat, high, axis=-1) * 0.5
    return from_last(shares, shape, axis)


zero(median_shares)

general(
    np.median,
    lambda g, y, x, *, axis=None, keepdims=False: expand(g, x, axis, keepdims) * median_shares(x, axis=axis),
    jvps=[
        lambda t, y, x, *, axis=None, keepdims=False: np.sum(
            t * median_shares(x, axis=axis), axis=axis, keepdims=keepdims
        )
    ],
)


# ----------------------------------------------------------------------- positions


def position(n: int, q: Any, method: str, percent: bool, dtype: Any) -> Any:
    """Return where among ``n`` sorted elements the quantiles are, between two of them or at one.

    NumPy computes it in the precision of the elements, and so is it here, where that tells the positions apart.
    """
    if n > 2 ** (np.finfo(dtype).nmant + 1):
        q, dtype = np.asarray(q, dtype).astype(np.float64), np.float64
    found = (np.percentile if percent else np.quantile)(np.arange(n, dtype=dtype), q, method=method)  # type: ignore[call-overload]
    return np.ravel(np.asarray(found, np.float64))


@ours
def ranks(x: Any, *, axis: Any = None) -> Any:
    """Return the place of each element in order, the same for equal ones; that of NaN is their number.

    The axes come last, as one.
    """
    flat = to_last(np.asarray(x), axis)[0]
    order = np.argsort(flat, axis=-1, kind="stable")
    ordered = np.take_along_axis(flat, order, axis=-1)
    n = flat.shape[-1]
    new = np.ones(flat.shape, bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    place = np.maximum.accumulate(np.where(new, np.arange(n), 0), axis=-1)
    found = np.empty(flat.shape, np.intp)
    np.put_along_axis(found, order, np.where(np.isnan(ordered), n, place), axis=-1)
    return found


zero(ranks)


class Ordered:
    """What a quantile reads in each row of an array, by the ranks of its elements."""

    def __init__(self, places: Any, q: Any, method: str, percent: bool, nan: bool, dtype: Any) -> None:
        n = places.shape[-1]
        self.kept = places.shape[:-1]
        places = places.reshape(-1, n)
        self.order = np.argsort(places, axis=1, kind="stable")
        ordered = np.take_along_axis(places, self.order, axis=1)
        known = np.count_nonzero(ordered < n, axis=1)
        at = np.zeros((np.size(q), len(places)))
        for count in np.unique(known) if nan else np.unique(n):
            if count:
                at[:, known == count if nan else slice(None)] = position(int(count), q, method, percent, dtype)[:, None]
        if not nan:  # NaNs are sorted last, and any of them makes the quantile NaN
            at[:, known < n] = n - 1
        alive = np.logical_or(known > 0, not nan)  # nothing flows into rows of NaNs that are left out
        self.low, self.high = np.floor(at).astype(np.intp), np.ceil(at).astype(np.intp)
        self.parts = alive * (1 - (at - self.low)), alive * (at - self.low)
        equal = ordered[:, 1:] == ordered[:, :-1]
        self.groups = None
        if equal.any():
            first = np.concatenate([np.ones((len(places), 1), bool), ~equal], axis=1)
            self.groups = np.flatnonzero(first)

    def shared(self, values: Any) -> Any:
        """Return the means over equal elements."""
        if self.groups is None:
            return values
        numbers = np.diff(self.groups, append=values.size)
        return np.repeat(np.add.reduceat(values.ravel(), self.groups) / numbers, numbers).reshape(values.shape)


@ours
def scattered(
    c: Any, places: Any, *, q: Any, dtype: Any, method: str = "linear", percent: bool = False, nan: bool = False
) -> Any:
    """Return, for adjoints ``c`` of quantiles, what each element gets: the transpose of :func:`gathered`."""
    rows = Ordered(places, q, method, percent, nan, dtype)
    found = np.zeros((rows.low.shape[1], places.shape[-1]), np.result_type(c.dtype, np.float64))
    each = np.arange(len(found))
    flat = np.asarray(c).reshape(rows.low.shape)
    for low, high, a, b, part in zip(rows.low, rows.high, *rows.parts, flat, strict=True):
        found[each, low] += a * part
        found[each, high] += b * part
    result = np.empty(found.shape, c.dtype)
    np.put_along_axis(result, rows.order, rows.shared(found).astype(c.dtype, copy=False), axis=1)
    return result.reshape(places.shape)


@ours
def gathered(
    t: Any, places: Any, *, q: Any, dtype: Any, method: str = "linear", percent: bool = False, nan: bool = False
) -> Any:
    """Return the quantiles of ``t``, had its elements the order that the ranks say."""
    rows = Ordered(places, q, method, percent, nan, dtype)
    values = rows.shared(np.take_along_axis(np.reshape(t, (-1, places.shape[-1])), rows.order, axis=1))
    each = np.arange(len(values))
    low, high = rows.parts
    found = low * values[each, rows.low] + high * values[each, rows.high]
    return found.reshape(np.shape(q) + rows.kept).astype(t.dtype, copy=False)[()]


linear(
    scattered,
    lambda g, y, c, places, *, q, dtype, method="linear", percent=False, nan=False: np.reshape(
        gathered(g, places, q=q, dtype=dtype, method=method, percent=percent, nan=nan), np.shape(c)
    ),
    None,
    keeps="1",
)
linear(
    gathered,
    lambda g, y, t, places, *, q, dtype, method="linear", percent=False, nan=False: scattered(
        g, places, q=q, dtype=dtype, method=method, percent=percent, nan=nan
    ),
    None,
    keeps="1",
)


# ----------------------------------------------------------------------- quantiles


def adjoint(g: Any, y: Any, x: Any, q: Any, axis: Any, keepdims: Any, weights: Any, how: dict[str, Any]) -> Any:
    """Return what flows from quantiles into the elements that they are made of."""
    if not np.size(x):
        return np.zeros(np.shape(x), dtype_of(g))
    if weights is None:
        found = scattered(g, ranks(x, axis=axis), q=q, dtype=dtype_of(x), **how)
        return from_last(found, moved_shape(x, axis), axis)
    total: Any = 0  # weighed, a quantile is one of the elements
    for k in np.ndindex(np.shape(q)):
        shares = tie_shares(x, expand(y[k], x, axis, keepdims), axis=axis)
        total = total + expand(g[k], x, axis, keepdims) * shares
    return total


def tangent(t: Any, y: Any, x: Any, q: Any, axis: Any, keepdims: Any, weights: Any, how: dict[str, Any]) -> Any:
    """Return the tangents of quantiles: those of the elements that they are made of, weighed as these are."""
    if weights is None:
        found = gathered(to_last(t, axis)[0], ranks(x, axis=axis), q=q, dtype=dtype_of(x), **how)
        return np.reshape(found, np.shape(y))
    parts = [
        np.sum(t * tie_shares(x, expand(y[k], x, axis, keepdims), axis=axis), axis=axis)
        for k in np.ndindex(np.shape(q))
    ]
    return np.reshape(np.stack(parts), np.shape(y))


def moved_shape(x: Any, axis: Any) -> tuple[int, ...]:
    """Return the shape with the reduced axes last."""
    shape = np.shape(x)
    axes = axes_of(axis, len(shape))
    return (*(n for k, n in enumerate(shape) if k not in axes), *(shape[k] for k in axes))


def declare(fn: Any, percent: bool, nan: bool) -> None:
    """Declare the rules of quantiles or percentiles."""

    def vjp(
        g: Any,
        y: Any,
        x: Any,
        *,
        q: Any,
        axis: Any = None,
        method: str = "linear",
        keepdims: bool = False,
        weights: Any = None,
    ) -> Any:
        return adjoint(g, y, x, q, axis, keepdims, weights, {"method": method, "percent": percent, "nan": nan})

    def jvp(
        t: Any,
        y: Any,
        x: Any,
        *,
        q: Any,
        axis: Any = None,
        method: str = "linear",
        keepdims: bool = False,
        weights: Any = None,
    ) -> Any:
        return tangent(t, y, x, q, axis, keepdims, weights, {"method": method, "percent": percent, "nan": nan})

    general(fn, vjp, jvps=[jvp])


declare(np.quantile, percent=False, nan=False)
declare(np.percentile, percent=True, nan=False)
declare(np.nanquantile, percent=False, nan=True)
declare(np.nanpercentile, percent=True, nan=True)

general(
    np.nanmedian,
    lambda g, y, x, *, axis=None, keepdims=False: adjoint(g, y, x, 0.5, axis, keepdims, None, {"nan": True}),
    jvps=[lambda t, y, x, *, axis=None, keepdims=False: tangent(t, y, x, 0.5, axis, keepdims, None, {"nan": True})],
    keeps="0",
)
