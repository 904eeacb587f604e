"""Reductions: sums, means, products, extremes, spreads and norms, along any axes.

An adjoint is given its reduced axes back, of length one, and broadcast from there. What is shared among equal elements
(the maximum, the median) is shared evenly.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.errors import OptionError
from tape.primitive import ours
from tape.record import Var
from tape.rule import COMPOSITE, TABLE, composite, general, linear, zero
from tape.rules.special import is_complex

__tape__ = True


def expand(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Give a reduced array its axes back, of length one, so that it broadcasts against what was reduced."""
    if keepdims or axis is None:  # a single number broadcasts as it is
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
    if axis is None:
        return math.prod(shape)
    return shape[axis] if isinstance(axis, (int, np.integer)) else math.prod(shape[k] for k in axis)


# ------------------------------------------------------------------ sums and means


def sum_(g: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the adjoint, broadcast."""
    return broadcast(expand(g, x, axis, keepdims), np.shape(x))


def mean(g: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the adjoint over the number of elements, broadcast."""
    return broadcast(expand(g / max(count(x, axis), 1), x, axis, keepdims), np.shape(x))


linear(np.sum, sum_, keeps="")
linear(np.mean, mean, keeps="")


@composite(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Return a weighted mean; weights of one dimension go along the axis."""
    if returned:
        raise OptionError("np.average(returned=True) has no rule: take np.sum of the weights")
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keepdims)
    if np.shape(weights) != np.shape(a):
        if not isinstance(axis, (int, np.integer)) or np.ndim(weights) != 1:
            raise OptionError("np.average: give weights of the array's shape, or of one dimension with an axis")
        weights = np.reshape(weights, tuple(-1 if k == axis % np.ndim(a) else 1 for k in range(np.ndim(a))))
        weights = np.broadcast_to(weights, np.shape(a))
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    return np.sum(a * weights, axis=axis, keepdims=keepdims) / total


@composite(np.nansum)
def nansum(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the sum of what isn't NaN."""
    return np.sum(np.where(np.isnan(a), 0, a), axis=axis, keepdims=keepdims)


@composite(np.nanmean)
def nanmean(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the mean of what isn't NaN."""
    known = np.where(np.isnan(a), 0, np.ones_like(a))
    return nansum(a, axis, keepdims=keepdims) / np.sum(known, axis=axis, keepdims=keepdims)


# ----------------------------------------------------------------------- products


def to_last(x: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """Return an array with some axes put together as its last one, and the shape it had with these as the last ones."""
    ndim = np.ndim(x)
    axes = range(ndim) if axis is None else (axis,) if isinstance(axis, (int, np.integer)) else axis
    axes = tuple(k % ndim for k in axes)
    moved = np.moveaxis(x, axes, tuple(range(ndim - len(axes), ndim)))
    shape = np.shape(moved)
    kept = shape[: ndim - len(axes)]
    return np.reshape(moved, (*kept, math.prod(shape[len(kept) :]))), shape


def from_last(x: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """Undo :func:`to_last`."""
    ndim = len(shape)
    axes = range(ndim) if axis is None else (axis,) if isinstance(axis, (int, np.integer)) else axis
    axes = tuple(k % ndim for k in axes)
    return np.moveaxis(np.reshape(x, shape), tuple(range(ndim - len(axes), ndim)), axes)


def before(x: Any) -> Any:
    """Return, for each element along the last axis, the product of those before it."""
    return np.concatenate([np.ones_like(x[..., :1]), np.cumprod(x[..., :-1], axis=-1)], axis=-1)


def others(x: Any, axis: Any) -> Any:
    """Return, for each element, the product of all others along the axes: no division, so that zeros do no harm."""
    flat, shape = to_last(x, axis)
    return from_last(before(flat) * before(flat[..., ::-1])[..., ::-1], shape, axis)


general(
    np.prod,
    lambda g, y, x, *, axis=None, keepdims=False: expand(g, x, axis, keepdims) * others(x, axis),
    jvps=[lambda t, y, x, *, axis=None, keepdims=False: np.sum(t * others(x, axis), axis=axis, keepdims=keepdims)],
    holomorphic=True,
)


@composite(np.nanprod)
def nanprod(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the product of what isn't NaN."""
    return np.prod(np.where(np.isnan(a), 1, a), axis=axis, keepdims=keepdims)


# ------------------------------------------------------------------------ extremes


@ours
def tie_shares(x: Any, y: Any, *, axis: Any = None) -> Any:
    """Return which part of a selected value ``y`` (its axes kept) is each element: evenly among equals.

    Where the selected value is NaN, the NaNs share.
    """
    x = np.asarray(x)
    dtype = x.dtype if x.dtype.itemsize >= 4 and x.dtype.kind == "f" else np.float64  # in which to count
    equal = np.asarray(x == y)
    number = np.asarray(np.add.reduce(equal, axis=axis, keepdims=True, dtype=dtype))
    if not number.all():
        equal |= (number == 0) & np.isnan(x)
        number = np.maximum(np.add.reduce(equal, axis=axis, keepdims=True, dtype=dtype), 1)
    return equal / number


zero(tie_shares, arrays=2)


def extreme(g: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the adjoint where the extreme value was found."""
    return expand(g, x, axis, keepdims) * tie_shares(x, expand(y, x, axis, keepdims), axis=axis)


def extreme_tangent(t: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the mean tangent of the elements that are extreme."""
    return np.sum(t * tie_shares(x, expand(y, x, axis, keepdims), axis=axis), axis=axis, keepdims=keepdims)


for _fn in (np.max, np.amax, np.min, np.amin, np.nanmax, np.nanmin):
    general(_fn, extreme, jvps=[extreme_tangent])


@composite(np.ptp)
def ptp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the range of values."""
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@ours
def median_shares(x: Any, *, axis: Any = None) -> Any:
    """Return which part of the median is each element: the middle value, or half of each of the middle two."""
    flat, shape = to_last(np.asarray(x), axis)
    n = flat.shape[-1]
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

# ------------------------------------------------------------------------- spreads


def centred(x: Any, axis: Any) -> Any:
    """Return deviations from the mean: twice, so that those of equal elements vanish in spite of its rounding."""
    d = x - np.mean(x, axis=axis, keepdims=True)
    return d - np.mean(d, axis=axis, keepdims=True)


def conj(x: Any) -> Any:
    """Return the complex conjugate, without a copy of what is real."""
    return np.conj(x) if is_complex(x) else x


def var(g: Any, y: Any, x: Any, *, axis: Any = None, ddof: Any = 0, keepdims: bool = False) -> Any:
    """Return ``g * 2 (x - mean) / (n - ddof)``."""
    scale = expand(g, x, axis, keepdims) * 2 / max(count(x, axis) - ddof, 0)
    return scale * (x - np.mean(x, axis=axis, keepdims=True))


def var_tangent(t: Any, y: Any, x: Any, *, axis: Any = None, ddof: Any = 0, keepdims: bool = False) -> Any:
    """Return ``2 sum(t (x - mean)) / (n - ddof)``."""
    deviation = conj(x - np.mean(x, axis=axis, keepdims=True))
    return np.sum(t * deviation, axis=axis, keepdims=keepdims) * 2 / max(count(x, axis) - ddof, 0)


def std(g: Any, y: Any, x: Any, *, axis: Any = None, ddof: Any = 0, keepdims: bool = False) -> Any:
    """Return ``g (x - mean) / ((n - ddof) y)``, zero where ``y`` is."""
    scale = g / max(count(x, axis) - ddof, 0) / np.where(np.equal(y, 0), 1, y)
    return expand(scale, x, axis, keepdims) * centred(x, axis)


def std_tangent(t: Any, y: Any, x: Any, *, axis: Any = None, ddof: Any = 0, keepdims: bool = False) -> Any:
    """Return ``sum(t (x - mean)) / ((n - ddof) y)``, zero where ``y`` is."""
    total = np.sum(t * conj(centred(x, axis)), axis=axis, keepdims=keepdims)
    return total / max(count(x, axis) - ddof, 0) / np.where(np.equal(y, 0), 1, y)


general(np.var, var, jvps=[var_tangent])
general(np.std, std, jvps=[std_tangent])

# --------------------------------------------------------------------------- norms


@ours
def length(x: Any, *, axis: Any = None) -> Any:
    """Return the 2-norm, its axes kept, without overflow or underflow on the way."""
    size = np.abs(x)
    largest = np.max(size, axis=axis, keepdims=True, initial=0)
    scale = np.where((largest == 0) | ~np.isfinite(largest), 1, largest)
    return np.sqrt(np.add.reduce((size / scale) ** 2, axis=axis, keepdims=True)) * scale


@ours
def direction(x: Any, *, axis: Any = None) -> Any:
    """Return ``x`` over its 2-norm; zero where that is."""
    size = np.abs(x)
    largest = np.max(size, axis=axis, keepdims=True, initial=0)
    z = x / np.where(largest == 0, 1, largest)
    n = np.sqrt(np.add.reduce(np.abs(z) ** 2, axis=axis, keepdims=True))
    return z / np.where(n == 0, 1, n)


def across(v: Any, y: Any, x: Any, *, axis: Any = None) -> Any:
    """Return ``(v - y <y, v>) / |x|``: what of ``v`` turns ``x``. Undefined, and so NaN, at zero."""
    n = length(x, axis=axis)
    along = np.sum(np.real(conj(y) * v), axis=axis, keepdims=True)
    return (v - y * along) / np.where(np.equal(n, 0), np.nan, n)


general(
    length,
    lambda g, y, x, *, axis=None: g * direction(x, axis=axis),
    jvps=[lambda t, y, x, *, axis=None: np.sum(np.real(t * conj(direction(x, axis=axis))), axis=axis, keepdims=True)],
)
general(direction, across, jvps=[across])


def slope(x: Any, y: Any, order: Any, axis: Any) -> Any:
    """Return the derivative of a vector norm ``y`` (its axes kept) in each element."""
    if order in (None, 2, "fro"):
        return direction(x, axis=axis)
    if order == 1:
        return np.sign(x)
    if order in (math.inf, -math.inf):
        return np.sign(x) * tie_shares(np.abs(x), y, axis=axis)
    ratio = np.abs(x) / np.where(np.equal(y, 0), 1, y)
    return np.sign(x) * ratio ** (order - 1)


def norm(g: Any, y: Any, x: Any, *, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the adjoint times the norm's slope."""
    return expand(g, x, axis, keepdims) * slope(x, expand(y, x, axis, keepdims), ord, axis)


def norm_tangent(t: Any, y: Any, x: Any, *, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the tangent, weighed by the norm's slope and summed."""
    found = np.sum(t * conj(slope(x, expand(y, x, axis, keepdims), ord, axis)), axis=axis, keepdims=keepdims)
    return np.real(found) if is_complex(found) else found


general(np.linalg.norm, norm, jvps=[norm_tangent])


def bind_norm(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Tell norms of vectors, which have rules, from norms of matrices."""
    named = {**dict(zip(("x", "ord", "axis", "keepdims"), args, strict=False)), **kwargs}
    x, order, axis = named.pop("x"), named.get("ord"), named.get("axis")
    axes = np.ndim(x) if axis is None else 1 if isinstance(axis, (int, np.integer)) else len(axis)
    vector = axes == 1 and order != 0
    if not (vector or order is None or (order == "fro" and axes == 2)):
        raise OptionError(
            f"np.linalg.norm(ord={order!r}) over {axes} axes has no rule: it is declared for vectors (but ord=0), and"
            " for ord=None and 'fro' of matrices; np.linalg.svd gives the others"
        )
    return (x,), {name: value for name, value in named.items() if value is not None and value is not False}


TABLE[np.linalg.norm].binder = bind_norm


@composite(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Return the norm of what the axes hold, as one vector."""
    found = np.linalg.norm(to_last(x, axis)[0], ord, axis=-1)
    if not keepdims:
        return found
    ones = (1,) * (np.ndim(x) - np.ndim(found))
    return from_last(found, (*np.shape(found), *ones), axis)


# ----------------------------------------------------------- no derivative, ufunc methods
zero(np.count_nonzero, np.all, np.any, np.argmax, np.argmin, np.nanargmax, np.nanargmin)


def method(fn: Any, name: str) -> Any:
    """Return a function that stands for a ufunc's ``reduce`` or ``accumulate``: along the first axis by default."""

    def along(x: Any, axis: Any = 0, dtype: Any = None, out: Any = None, **options: Any) -> Any:
        if dtype is not None or out is not None:
            raise OptionError(f"{name} has no rule for dtype= and out=: use astype on the result")
        return fn(x, axis=axis, **options)

    return along


for _ufunc, _fn in ((np.add, np.sum), (np.multiply, np.prod), (np.maximum, np.max), (np.minimum, np.min)):
    COMPOSITE[_ufunc, "reduce"] = method(_fn, f"np.{_ufunc.__name__}.reduce")
for _ufunc, _fn in ((np.logical_and, np.all), (np.logical_or, np.any)):
    COMPOSITE[_ufunc, "reduce"] = method(_fn, f"np.{_ufunc.__name__}.reduce")
for _ufunc, _fn in ((np.add, np.cumsum), (np.multiply, np.cumprod)):
    COMPOSITE[_ufunc, "accumulate"] = method(_fn, f"np.{_ufunc.__name__}.accumulate")
