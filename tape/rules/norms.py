"""Norms: of vectors, and of matrices by every order.

A vector's is scaled before it is squared, so that nothing overflows or vanishes on the way. Of a matrix, those that sum
along its rows or columns are programs of sums and extremes, and those of its spectrum programs of its singular values.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.primitive import ours
from tape.rule import TABLE, composite, general, zero
from tape.rules.decompositions import vanish
from tape.rules.reductions import conj, expand, from_last, tie_shares, to_last

__tape__ = True


@ours
def length(x: Any, *, axis: Any = None) -> Any:
    """Return the 2-norm, its axes kept, without overflow or underflow on the way."""
    size = np.abs(x)
    largest = np.max(size, axis=axis, keepdims=True, initial=0)
    scale = np.where((largest == 0) | ~np.isfinite(largest), 1, largest)
    return np.sqrt(np.add.reduce((size / scale) ** 2, axis=axis, keepdims=True)) * scale


@functools.cache
def limits(dtype: Any, order: float) -> tuple[Any, Any]:
    """Return between which numbers a p-norm lies, if what underflows in its sum of powers makes no difference."""
    info = np.finfo(dtype)
    # Half precision has no room to leave: its sums are right as long as they aren't subnormal.
    exponent = info.minexp + (0 if info.bits == 16 else info.nmant)
    with np.errstate(over="ignore", under="ignore"):
        bound = np.exp2(np.asarray(exponent / order, info.dtype))[()]
    return (max(bound, info.tiny), info.max) if order > 0 else (info.tiny, min(bound, info.max))


def in_range(y: Any, order: float) -> Any:
    """Tell for each of some p-norms, computed from powers of elements, if these have been in range."""
    least, most = limits(y.dtype, order)
    return (y >= least) & (y <= most)


def all_in_range(y: Any, order: float) -> bool:
    """Tell if all of them are; of a single one in no time."""
    if y.size == 1:
        least, most = limits(y.dtype, order)
        return least <= y.item() <= most
    return in_range(y, order).all()


@ours
def direction(x: Any, *, axis: Any = None) -> Any:
    """Return ``x`` over its 2-norm; zero where that is."""
    x = np.asarray(x)
    with np.errstate(all="ignore"):  # of squares that aren't in range, nothing is used
        n = np.sqrt(np.add.reduce(squares(x), axis=axis, keepdims=True))
        if all_in_range(n, 2):
            return x / n
        fits = in_range(n, 2)
        size = np.abs(x)
        largest = np.max(size, axis=axis, keepdims=True, initial=0)
        z = x / np.where(largest == 0, 1, largest)
        m = np.sqrt(np.add.reduce(squares(z), axis=axis, keepdims=True))
        return np.where(fits, x / n, z / np.where(m == 0, 1, m))


def squares(x: Any) -> Any:
    """Return the squares of sizes."""
    return np.square(x.real) + np.square(x.imag) if x.dtype.kind == "c" else np.square(x)


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


@ours
def power_norm(x: Any, y: Any, *, order: float, axis: Any = None) -> Any:
    """Return a p-norm that NumPy computes to be ``y``, its axes kept: another where its powers are out of range.

    It is a function of ``x`` alone.
    Where it is beyond the largest number, though all elements are finite, it is NaN, and so is what is divided by it.
    """
    y = np.asarray(y, np.finfo(x.dtype).dtype)
    if all_in_range(y, order):
        return y
    with np.errstate(all="ignore"):
        size = np.abs(x)
        # The largest element, or of a negative order the smallest, is what the norm is close to.
        top = (np.max if order > 0 else np.min)(size, axis=axis, keepdims=True)
        scale = np.where((top == 0) | ~np.isfinite(top), 1, top)
        found = np.add.reduce((size / scale) ** order, axis=axis, keepdims=True)
        found = found ** np.divide(1, order, dtype=y.dtype) * scale
        found = np.where(np.isinf(found) & np.isfinite(top), np.nan, found)
    return np.where(in_range(y, order), y, np.reshape(found, y.shape)).astype(y.dtype, copy=False)


general(
    power_norm,
    lambda g, z, x, y, *, order, axis=None: g * slope(x, z, order, axis),
    lambda g, z, x, y, *, order, axis=None: np.zeros_like(y),
    jvps=[
        lambda t, z, x, y, *, order, axis=None: np.reshape(
            np.sum(np.real(t * conj(slope(x, z, order, axis))), axis=axis, keepdims=True), np.shape(z)
        ),
        lambda t, z, x, y, *, order, axis=None: np.zeros_like(z),
    ],
)


def slope(x: Any, y: Any, order: Any, axis: Any) -> Any:
    """Return the derivative of a vector norm ``y`` (its axes kept) in each element.

    It is of degree 0, and so in range wherever ``x`` is: also where NumPy's norm isn't, since the squares or powers of
    elements overflow or vanish.
    """
    if order in (None, 2, "fro"):
        return direction(x, axis=axis)
    if order == 1:
        return np.sign(x)
    if order in (math.inf, -math.inf):
        return np.sign(x) * tie_shares(np.abs(x), y, axis=axis)
    y = power_norm(x, y, order=order, axis=axis)
    ratio = np.abs(x) / np.where(np.equal(y, 0), 1, y)
    if order < 1:  # where it is zero, of all elements or, of negative orders, of one, to which the others add nothing
        one, infinity = np.finfo(dtype_of(x)).dtype.type([1, math.inf])
        ratio = np.where(np.equal(y, 0), np.where(np.equal(x, 0), one, infinity), ratio)
    return np.sign(x) * ratio ** (order - 1)


def norm(g: Any, y: Any, x: Any, *, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the adjoint times the norm's slope."""
    return expand(g, x, axis, keepdims) * slope(x, expand(y, x, axis, keepdims), ord, axis)


def norm_tangent(t: Any, y: Any, x: Any, *, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the tangent, weighed by the norm's slope and summed; of complex numbers the sweep takes the real part."""
    return np.sum(t * conj(slope(x, expand(y, x, axis, keepdims), ord, axis)), axis=axis, keepdims=keepdims)


general(np.linalg.norm, norm, jvps=[norm_tangent])


def _named(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {"ord": None, "axis": None, **dict(zip(("x", "ord", "axis", "keepdims"), args, strict=False)), **kwargs}


def bind_norm(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Leave out the options that are at their defaults."""
    named = _named(args, kwargs)
    return (named.pop("x"),), {name: value for name, value in named.items() if value is not None and value is not False}


def matrix(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., Any] | None:
    """Return the program of a norm that isn't one of vectors, or of all elements; None where it is."""
    named = _named(args, kwargs)
    order, axis, x = named["ord"], named["axis"], named["x"]
    axes = np.ndim(x) if axis is None else 1 if isinstance(axis, (int, np.integer)) else len(axis)
    if axes == 1 and order == 0:
        return nonzeros
    if axes == 1 or order is None or (order == "fro" and axes == 2):
        return None
    return matrix_norm_program


def nonzeros(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the number of elements that aren't zero, as a float."""
    return np.sum(np.not_equal(x, 0).astype(np.real(x).dtype), axis=axis, keepdims=keepdims)


@ours
def at_tip(s: Any, *, size: int) -> Any:
    """Return singular values that are none beside the largest, the tip of a cone; and zeros for the others."""
    return np.where(vanish(s, size=size)[..., 0, :], s, 0).astype(s.dtype, copy=False)


zero(at_tip)


def matrix_norm_program(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return a norm of matrices: 1, -1, inf, -inf, 2, -2 or ``"nuc"``."""
    ndim = np.ndim(x)
    axes = tuple(range(ndim)) if axis is None else tuple(axis)
    if len(axes) != 2 or (axis is None and ndim != 2):
        raise ValueError("Improper number of dimensions to norm.")
    rows, columns = (k % ndim for k in axes)
    if rows == columns:
        raise ValueError("Duplicate axes given.")
    moved = np.moveaxis(x, (rows, columns), (-2, -1))
    if ord in (1, -1, math.inf, -math.inf):
        sums = np.sum(np.abs(moved), axis=-2 if abs(ord) == 1 else -1)
        found = np.max(sums, axis=-1) if ord > 0 else np.min(sums, axis=-1)
    elif ord in (2, -2, "nuc"):
        s = np.linalg.svdvals(moved)
        tip = at_tip(s, size=max(np.shape(moved)[-2:]))
        s = np.where(np.equal(s, tip), tip, s)
        found = np.sum(s, axis=-1) if ord == "nuc" else s[..., 0 if ord == 2 else -1]
    else:
        raise ValueError(f"Invalid norm order {ord!r} for matrices: it is 1, -1, 2, -2, inf, -inf, 'fro' or 'nuc'")
    return np.expand_dims(found, tuple(sorted((rows, columns)))) if keepdims else found


TABLE[np.linalg.norm].binder = bind_norm
TABLE[np.linalg.norm].aside = matrix


@composite(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Return the norm of the matrices that the last two axes hold."""
    return np.linalg.norm(x, ord, axis=(-2, -1), keepdims=keepdims)


@composite(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Return the norm of what the axes hold, as one vector."""
    found = np.linalg.norm(to_last(x, axis)[0], ord, axis=-1)
    if not keepdims:
        return found
    ones = (1,) * (np.ndim(x) - np.ndim(found))
    return from_last(found, (*np.shape(found), *ones), axis)
