"""Running sums, products and differences along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.primitive import ours
from tape.rule import composite, general, linear
from tape.rules.reductions import before, computed_in, given, refuse_out

__tape__ = True


def along(x: Any, axis: Any) -> Any:
    """Return an array with the axis in question last, flattened where that is None."""
    return np.reshape(x, -1) if axis is None or not np.ndim(x) else np.moveaxis(x, axis, -1)


def back(x: Any, like: Any, axis: Any) -> Any:
    """Undo :func:`along`."""
    return np.reshape(x, np.shape(like)) if axis is None or not np.ndim(like) else np.moveaxis(x, -1, axis)


def tail_sums(g: Any, y: Any, x: Any, *, axis: Any = None, dtype: Any = None) -> Any:
    """Return the sum of the adjoint from each element on."""
    g = along(g, axis)
    return back(np.cumsum(g[..., ::-1], axis=-1)[..., ::-1], x, axis)


linear(np.cumsum, tail_sums, keeps="")


@ours
def recurrence(a: Any, b: Any, *, reverse: bool = False) -> Any:
    """Return ``s[k] = b[k] + a[k] s[k-1]`` along the last axis, from zero; from the end, if ``reverse``."""
    a, b = np.broadcast_arrays(a, b)
    s = np.empty(b.shape, np.result_type(a, b))
    last: Any = 0
    n = b.shape[-1]
    for k in reversed(range(n)) if reverse else range(n):
        s[..., k] = last = b[..., k] + a[..., k] * last
    return s


def earlier(x: Any, reverse: bool) -> Any:
    """Move the elements on by one place, in the direction of a recurrence: a zero comes first."""
    zero = np.zeros_like(x[..., :1])
    return np.concatenate([x[..., 1:], zero] if reverse else [zero, x[..., :-1]], axis=-1)


def recurrence_adjoint(g: Any, a: Any, reverse: bool) -> Any:
    """Return the adjoint of ``b``: a recurrence, the other way."""
    return recurrence(earlier(a, not reverse), g, reverse=not reverse)


general(
    recurrence,
    lambda g, y, a, b, *, reverse=False: recurrence_adjoint(g, a, reverse) * earlier(y, reverse),
    lambda g, y, a, b, *, reverse=False: recurrence_adjoint(g, a, reverse),
    jvps=[
        lambda t, y, a, b, *, reverse=False: recurrence(a, t * earlier(y, reverse), reverse=reverse),
        lambda t, y, a, b, *, reverse=False: recurrence(a, t, reverse=reverse),
    ],
    keeps="y 0",
    holomorphic=True,
)


def cumprod(g: Any, y: Any, x: Any, *, axis: Any = None, dtype: Any = None) -> Any:
    """Return, for each element, the adjoint times the products without it: those before it, times a recurrence."""
    flat, g = along(computed_in(x, dtype), axis), along(g, axis)
    return back(before(flat) * recurrence(earlier(flat, reverse=True), g, reverse=True), x, axis)


def cumprod_tangent(t: Any, y: Any, x: Any, *, axis: Any = None, dtype: Any = None) -> Any:
    """Return the tangent: ``s[k] = t[k] (product before k) + x[k] s[k-1]``."""
    flat, t = along(computed_in(x, dtype), axis), along(t, axis)
    s = recurrence(flat, t * before(flat))
    return s if axis is None else np.moveaxis(s, -1, axis)


general(np.cumprod, cumprod, jvps=[cumprod_tangent], holomorphic=True)


@composite(np.nancumsum)
def nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Return the running sum, NaN counting for nothing."""
    refuse_out("np.nancumsum", out)
    return np.cumsum(np.where(np.isnan(a), 0, a), axis=axis, **given(dtype=dtype))


@composite(np.nancumprod)
def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Return the running product, NaN counting for one."""
    refuse_out("np.nancumprod", out)
    return np.cumprod(np.where(np.isnan(a), 1, a), axis=axis, **given(dtype=dtype))


def running(fn: Any, x: Any, axis: Any, dtype: Any, first: Any) -> Any:
    """Return a running sum or product, beginning with ``first`` unless that is None."""
    if np.ndim(x) == 0:
        x = np.reshape(x, 1)
    if axis is None and np.ndim(x) != 1:
        raise ValueError(f"axis= must be given for an array of {np.ndim(x)} axes")
    axis = 0 if axis is None else axis
    found = fn(x, axis=axis, **given(dtype=dtype))
    if first is None:
        return found
    shape = list(np.shape(x))
    shape[axis] = 1
    return np.concatenate([np.full(shape, first, found.dtype), found], axis=axis)


@composite(np.cumulative_sum)
def cumulative_sum(
    x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False
) -> Any:
    """Return the running sum; the axis may be left out of one-dimensional arrays only."""
    refuse_out("np.cumulative_sum", out)
    return running(np.cumsum, x, axis, dtype, 0 if include_initial else None)


@composite(np.cumulative_prod)
def cumulative_prod(
    x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False
) -> Any:
    """Return the running product; the axis may be left out of one-dimensional arrays only."""
    refuse_out("np.cumulative_prod", out)
    return running(np.cumprod, x, axis, dtype, 1 if include_initial else None)


def spread(g: Any, y: Any, x: Any, *, n: int = 1, axis: int = -1) -> Any:
    """Return the transpose of differences: differences the other way, of the adjoint between zeros."""
    if np.shape(x)[axis] <= n:
        return np.zeros(np.shape(x), g.dtype)
    for _ in range(n):
        moved = np.moveaxis(g, axis, -1)
        zero = np.zeros_like(moved[..., :1])
        moved = np.concatenate([zero, moved, zero], axis=-1)
        g = np.moveaxis(moved[..., :-1] - moved[..., 1:], -1, axis)
    return g


linear(np.diff, spread, keeps="")


@composite(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Return the integral of a piecewise linear function."""
    y = np.moveaxis(y, axis, -1)
    if x is None:
        step = dx
    elif np.ndim(x) == 1:
        step = np.diff(x)
    else:
        step = np.moveaxis(np.diff(x, axis=axis), axis, -1)
    return np.sum(step * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)
