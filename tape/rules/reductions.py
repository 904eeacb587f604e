"""Reductions: sums, means, products and extremes, along any axes.

An adjoint is given its reduced axes back, of length one, and broadcast from there. What is shared among equal elements
(the maximum) is shared evenly. Nothing flows into elements that ``where=`` leaves out; ``dtype=`` says in what
precision a reduction is computed, and its adjoint, too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.errors import OptionError
from tape.primitive import ours
from tape.record import Var, constant
from tape.rule import TABLE, composite, general, linear, zero
from tape.rules.shape import cast
from tape.rules.special import is_complex

__tape__ = True


def expand(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Give a reduced array its axes back, of length one, so that it broadcasts against what was reduced."""
    if keepdims or axis is None or not np.ndim(x):  # one number broadcasts as it is, and NumPy lets it have an axis
        return g
    return np.expand_dims(g, axis)


def broadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Broadcast as ``np.broadcast_to`` does, but a single number in fewer steps."""
    if type(g) is Var or np.ndim(g):
        return np.broadcast_to(g, shape)
    g = np.asarray(g)
    view = np.ndarray(shape, g.dtype, g, 0, (0,) * len(shape))
    view.flags.writeable = False
    return view


def count(x: Any, axis: Any) -> int:
    """Return how many elements are reduced to one."""
    shape = np.shape(x)
    if axis is None or not shape:
        return math.prod(shape)
    return shape[axis] if isinstance(axis, (int, np.integer)) else math.prod(shape[k] for k in axis)


def conj(x: Any) -> Any:
    """Return the complex conjugate, without a copy of what is real."""
    return np.conj(x) if is_complex(x) else x


# ------------------------------------------------------------------------- options


def counting(like: Any) -> Any:
    """Return the dtype in which to count: real, and of single precision at least."""
    dtype = np.finfo(dtype_of(like)).dtype
    return dtype if dtype.itemsize >= 4 else np.dtype(np.float32)


def number(x: Any, axis: Any, keepdims: bool, where: Any, like: Any) -> Any:
    """Return how many elements count, one at least: a number, or an array in the precision of ``like``."""
    if where is True:
        return max(count(x, axis), 1)
    known = np.broadcast_to(where, np.shape(x))
    return np.maximum(np.sum(known, axis=axis, keepdims=keepdims, dtype=counting(like)), 1)


def computed_in(x: Any, dtype: Any) -> Any:
    """Return what is reduced, in the dtype that this is done in."""
    return x if dtype is None or np.dtype(dtype) == dtype_of(x) else cast(x, dtype)


def unmasked(x: Any, where: Any, other: Any = 0) -> Any:
    """Return the elements that count, and another number for those that don't."""
    return x if where is True else np.where(where, x, other)


def refuse_out(name: str, out: Any) -> None:
    """Raise an error for ``out=`` given by position, or to a program that can't write."""
    if out is not None:
        raise OptionError(f"{name}(out=) has no rule here: use the result in place of out")


def given(**options: Any) -> dict[str, Any]:
    """Return the options that aren't None, which here means that they weren't given."""
    return {name: value for name, value in options.items() if value is not None}


# ------------------------------------------------------------------ sums and means


def sum_(
    g: Any,
    y: Any,
    x: Any,
    *,
    axis: Any = None,
    keepdims: bool = False,
    dtype: Any = None,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Return the adjoint, broadcast."""
    g = broadcast(expand(g, x, axis, keepdims), np.shape(x))
    return g if where is True else np.where(where, g, 0)


def sum_tangent(
    t: Any,
    y: Any,
    x: Any,
    *,
    axis: Any = None,
    keepdims: bool = False,
    dtype: Any = None,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Return the sum of the tangents; what it starts from is constant."""
    return np.sum(t, axis=axis, keepdims=keepdims, dtype=dtype, where=where)


def mean(
    g: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False, dtype: Any = None, where: Any = True
) -> Any:
    """Return the adjoint over the number of elements, broadcast."""
    share = broadcast(expand(g / number(x, axis, keepdims, where, g), x, axis, keepdims), np.shape(x))
    return share if where is True else np.where(where, share, 0)


general(np.sum, sum_, jvps=[sum_tangent], keeps="", holomorphic=True)
linear(np.mean, mean, keeps="")


def to_weigh(weights: Any, a: Any, axis: Any) -> Any:
    """Return weights in the shape of what they weigh: those of the reduced axes only are broadcast over the others."""
    shape = np.shape(a)
    if np.shape(weights) == shape:
        return weights
    if axis is None:
        raise TypeError(f"np.average: without an axis, weights of shape {np.shape(weights)} must be of shape {shape}")
    axes = axes_of(axis, len(shape))
    if np.shape(weights) != tuple(shape[k] for k in axes):
        raise ValueError(
            f"np.average: weights of shape {np.shape(weights)} fit neither the array, of shape {shape}, nor its axes"
            f" {axes}"
        )
    if len(axes) > 1:
        weights = np.transpose(weights, np.argsort(axes))
    weights = np.reshape(weights, tuple(n if k in axes else 1 for k, n in enumerate(shape)))
    return np.broadcast_to(weights, shape)


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return the axes of a reduction, none of them negative."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(int(k) % ndim for k in (axis if isinstance(axis, (tuple, list)) else (axis,)))


@composite(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Return a weighted mean, and with ``returned`` also the sum of the weights."""
    if axis is not None:
        axis = axes_of(axis, np.ndim(a))
    if weights is None:
        found = np.mean(a, axis=axis, keepdims=keepdims)
        total = np.asarray(np.size(a) / max(np.size(found), 1), dtype_of(found))[()]
    else:
        a = a if isinstance(a, Var) else np.asarray(a)
        weights = weights if isinstance(weights, Var) else constant(TABLE[np.sum], np.asanyarray(weights))
        dtype = np.result_type(dtype_of(a), dtype_of(weights), *([] if dtype_of(a).kind in "fc" else [np.float64]))
        weights = computed_in(to_weigh(weights, a, axis), dtype)
        total = np.sum(weights, axis=axis, keepdims=keepdims)
        if np.any(np.equal(total.value if isinstance(total, Var) else total, 0)):
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        found = np.sum(computed_in(a, dtype) * weights, axis=axis, keepdims=keepdims) / total
    if not returned:
        return found
    return found, np.copy(np.broadcast_to(total, np.shape(found)))[()] if np.shape(total) != np.shape(found) else total


@composite(np.nansum)
def nansum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Any:
    """Return the sum of what isn't NaN."""
    refuse_out("np.nansum", out)
    known = np.where(np.isnan(a), 0, a)
    return np.sum(known, axis=axis, keepdims=keepdims, **given(dtype=dtype, initial=initial, where=where))


@composite(np.nanmean)
def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = None
) -> Any:
    """Return the mean of what isn't NaN."""
    refuse_out("np.nanmean", out)
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise TypeError("If a is inexact, then dtype must be inexact")
    unknown = np.isnan(a)
    total = np.sum(np.where(unknown, 0, a), axis=axis, keepdims=keepdims, **given(dtype=dtype, where=where))
    known = np.logical_not(unknown)
    found = total / np.sum(known, axis=axis, keepdims=keepdims, dtype=counting(total), **given(where=where))
    return found if dtype_of(found) == dtype_of(total) else cast(found, dtype_of(total))  # half precision stays


# ----------------------------------------------------------------------- products


def to_last(x: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """Return an array with some axes put together as its last one, and the shape it had with these as the last ones."""
    ndim = np.ndim(x)
    axes = range(ndim) if axis is None or not ndim else (axis,) if isinstance(axis, (int, np.integer)) else axis
    axes = tuple(k % ndim for k in axes)
    moved = np.moveaxis(x, axes, tuple(range(ndim - len(axes), ndim)))
    shape = np.shape(moved)
    kept = shape[: ndim - len(axes)]
    return np.reshape(moved, (*kept, math.prod(shape[len(kept) :]))), shape


def from_last(x: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """Undo :func:`to_last`."""
    ndim = len(shape)
    axes = range(ndim) if axis is None or not ndim else (axis,) if isinstance(axis, (int, np.integer)) else axis
    axes = tuple(k % ndim for k in axes)
    return np.moveaxis(np.reshape(x, shape), tuple(range(ndim - len(axes), ndim)), axes)


def before(x: Any) -> Any:
    """Return, for each element along the last axis, the product of those before it."""
    return np.concatenate([np.ones_like(x[..., :1]), np.cumprod(x[..., :-1], axis=-1)], axis=-1)


def others(x: Any, axis: Any) -> Any:
    """Return, for each element, the product of all others along the axes: no division, so that zeros do no harm."""
    flat, shape = to_last(x, axis)
    return from_last(before(flat) * before(flat[..., ::-1])[..., ::-1], shape, axis)


def prod(
    g: Any,
    y: Any,
    x: Any,
    *,
    axis: Any = None,
    keepdims: bool = False,
    dtype: Any = None,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Return the adjoint times the product of the other elements."""
    rest = others(unmasked(computed_in(x, dtype), where, 1), axis)
    g = g if initial is None else g * initial
    return unmasked(expand(g, x, axis, keepdims) * rest, where)


def prod_tangent(
    t: Any,
    y: Any,
    x: Any,
    *,
    axis: Any = None,
    keepdims: bool = False,
    dtype: Any = None,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Return the tangents, each times the product of the other elements, added up."""
    rest = others(unmasked(computed_in(x, dtype), where, 1), axis)
    found = np.sum(unmasked(t * rest, where), axis=axis, keepdims=keepdims)
    return found if initial is None else found * initial


general(np.prod, prod, jvps=[prod_tangent], holomorphic=True)


@composite(np.nanprod)
def nanprod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Any:
    """Return the product of what isn't NaN."""
    refuse_out("np.nanprod", out)
    known = np.where(np.isnan(a), 1, a)
    return np.prod(known, axis=axis, keepdims=keepdims, **given(dtype=dtype, initial=initial, where=where))


# ------------------------------------------------------------------------ extremes


@ours
def tie_shares(x: Any, y: Any, *, axis: Any = None, initial: Any = None, where: Any = True) -> Any:
    """Return which part of a selected value ``y`` (its axes kept) is each element: evenly among equals.

    The number that a reduction starts from is one of the equals, and takes its share with it; elements that don't count
    are none. Where the selected value is NaN, the NaNs share.
    """
    x = np.asarray(x)
    dtype = x.dtype if x.dtype.itemsize >= 4 and x.dtype.kind == "f" else np.float64  # in which to count
    equal = np.asarray(x == y)
    if where is not True:
        equal = equal & where
    number = np.asarray(np.add.reduce(equal, axis=axis, keepdims=True, dtype=dtype))
    if initial is not None:
        number = number + np.equal(y, initial)
    if not number.all():
        unknown = np.isnan(x) if where is True else np.isnan(x) & where
        equal |= (number == 0) & unknown
        number = np.add.reduce(equal, axis=axis, keepdims=True, dtype=dtype) if initial is None else number
        if initial is not None:
            nans = np.add.reduce(equal, axis=axis, keepdims=True, dtype=dtype) + np.isnan(initial)
            number = np.where(number == 0, nans, number)
        number = np.maximum(number, 1)
    return np.divide(equal, number, dtype=dtype)


zero(tie_shares, arrays=2)


def extreme(
    g: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """Return the adjoint where the extreme value was found."""
    shares = tie_shares(x, expand(y, x, axis, keepdims), axis=axis, **starting(initial, where))
    return expand(g, x, axis, keepdims) * shares


def extreme_tangent(
    t: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """Return the mean tangent of the elements that are extreme."""
    shares = tie_shares(x, expand(y, x, axis, keepdims), axis=axis, **starting(initial, where))
    return np.sum(t * shares, axis=axis, keepdims=keepdims)


def starting(initial: Any, where: Any) -> dict[str, Any]:
    """Return the options of a reduction that change which elements share."""
    if where is True and initial is None:
        return {}
    return {"initial": initial, "where": where}


for _fn in (np.max, np.amax, np.min, np.amin, np.nanmax, np.nanmin):
    general(_fn, extreme, jvps=[extreme_tangent])


@composite(np.ptp)
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Return the range of values."""
    refuse_out("np.ptp", out)
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# ------------------------------------------------------------------ no derivative
zero(np.count_nonzero, np.all, np.any, np.argmax, np.argmin, np.nanargmax, np.nanargmin)
