"""Derivatives in a parameter in which SciPy's function is analytic: of its interpolant at Chebyshev's points.

No step has to be chosen between truncation and rounding: of a function that is smooth over the interval, the last
coefficients of its Chebyshev series are what SciPy's rounding makes them, and say how large the error is. Growth is
divided out as an exponential. Trefethen (2013), Approximation Theory and Approximation Practice, chapters 3, 8 and 21.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tape.errors import NoRuleError
from tape.primitive import ours
from tape.rule import elementwise
from tape.rules.special import is_complex
from tape.scipy.special.pieces import cast, precision

__tape__ = True

POINTS = 28
"""Of the interpolation: an even number, so that none is the middle, where some functions are a case of their own."""

RADII = 2.0, 1.0, 0.5, 0.2, 0.08, 0.03, 0.01
"""Half of the interval's length, to be tried in this order, times a measure of the parameter's size."""

GOOD, BAD = 5e-15, 1e-8
"""Error at which nothing else is tried, and error that is refused; relative to the function and its growth."""

RESOLVED = 1e-8
"""How small the last coefficients must be, for the series to be the function's."""


@functools.cache
def coefficients() -> Any:
    """Return the Chebyshev points, and the matrix that makes coefficients of the values there."""
    angles = (np.arange(POINTS) + 0.5) * math.pi / POINTS
    matrix = np.cos(np.outer(np.arange(POINTS), angles)) * (2.0 / POINTS)
    matrix[0] *= 0.5
    return np.cos(angles), matrix


@functools.cache
def middle(order: int) -> Any:
    """Return a derivative of Chebyshev's polynomials in the middle of the interval."""
    basis = (np.polynomial.Chebyshev.basis(k) for k in range(POINTS))
    return np.array([(one.deriv(order) if order else one)(0.0) for one in basis])


def growth(f: Callable[..., Any], at: list[Any], k: int, size: Any) -> Any:
    """Return the logarithmic derivative of a function's magnitude, roughly; zero where there is none."""
    low, high = list(at), list(at)
    low[k], high[k] = at[k] - 0.05 * size, at[k] + 0.05 * size
    found = (np.log(np.abs(f(*high))) - np.log(np.abs(f(*low)))) / (0.1 * size)
    return np.where(np.isfinite(found), found, 0)


def attempt(f: Callable[..., Any], at: list[Any], orders: Sequence[int], radii: list[Any], rates: list[Any]) -> Any:
    """Return derivatives, their errors and the function's size, without and with rates, of intervals in what moves."""
    moving = [k for k, n in enumerate(orders) if n]
    nodes, matrix = coefficients()
    shape, size = (POINTS,) * len(moving), np.shape(at[0])
    grid, offsets = list(at), []
    for axis, k in enumerate(moving):
        lie = nodes.reshape([-1 if j == axis else 1 for j in range(len(moving))] + [1])
        offsets.append(lie * radii[axis])
        grid[k] = at[k] + offsets[axis]
    values = np.broadcast_to(f(*(np.broadcast_to(g, (*shape, *size)) for g in grid)), (*shape, *size))
    found = []
    for chosen in ([0.0] * len(rates), rates):
        terms = values * np.exp(-sum(c * d for c, d in zip(chosen, offsets, strict=True)))
        noise = np.zeros(size)
        for axis in range(len(moving)):
            terms = np.moveaxis(np.tensordot(matrix, terms, (1, axis)), 0, axis)
        for axis in range(len(moving)):
            noise = np.maximum(noise, np.max(np.abs(np.moveaxis(terms, axis, 0)[-4:]), (*range(len(moving)),)))
        kept = (np.abs(terms) > 2 * noise).astype(np.float64)
        for axis in range(len(moving)):  # and what lies below one that is kept
            kept = np.flip(np.maximum.accumulate(np.flip(kept, axis), axis), axis)
        total, error = np.zeros(size, values.dtype), np.zeros(size)
        for parts in itertools.product(*(range(orders[k] + 1) for k in moving)):
            weight, derived, amplified = np.ones(size), terms * kept, kept
            for axis, (k, n) in enumerate(zip(moving, parts, strict=True)):
                weight = weight * math.comb(orders[k], n) * chosen[axis] ** (orders[k] - n) / radii[axis] ** n
                derived = np.tensordot(middle(n), derived, (0, 0))
                amplified = np.tensordot(np.square(middle(n)), amplified, (0, 0))
            total = total + weight * derived
            error = error + np.abs(weight) * np.sqrt(amplified) * noise
        large = np.max(np.abs(terms), (*range(len(moving)),))
        resolved = noise <= RESOLVED * large
        found.append((total, np.where(np.isfinite(total) & resolved, error, math.inf), large))
    return found


def derivative(f: Callable[..., Any], at: Sequence[Any], orders: Sequence[int], name: str) -> Any:
    """Return a derivative of ``f(*at)``, as many times in each argument as ``orders`` says.

    Raises
    ------
    NoRuleError
        SciPy's function isn't smooth about there, to eight digits.
    """
    dtype = precision(*(np.real(x) for x in at))
    arrays = np.broadcast_arrays(*(np.asarray(x, np.complex128 if is_complex(x) else np.float64) for x in at))
    shape = arrays[0].shape
    flat = [np.ravel(x) for x in arrays]
    with np.errstate(all="ignore"):
        value = np.asarray(f(*flat))
        found, error = np.full(value.shape, math.nan, value.dtype), np.full(value.shape, math.inf)
        moving = [k for k, n in enumerate(orders) if n]
        if not moving:
            return cast(np.reshape(value, shape), wider(dtype, value))
        sizes = [np.cbrt(1 + np.abs(flat[k])) for k in moving]
        rates = [growth(f, flat, k, size) for k, size in zip(moving, sizes, strict=True)]
        scale = np.zeros(value.shape)
        left = np.isfinite(value)
        for radius in RADII:
            some = np.flatnonzero(left)
            if not some.size:
                break
            here, before = [x[some] for x in flat], error[some]
            worse = np.full(some.shape, True)  # not resolved at all
            for one, its, large in attempt(
                f, here, orders, [radius * s[some] for s in sizes], [r[some] for r in rates]
            ):
                better = its < error[some]
                worse &= np.isinf(its)
                found[some[better]], error[some[better]] = one[better], its[better]
                scale[some[better]] = np.maximum(scale[some[better]], large[better])
            good = error[some] <= GOOD * np.maximum(np.abs(found[some]), scale[some])
            left[some] = ~good & ((error[some] < before) | worse)
        wrong = np.isfinite(value) & ~(error <= BAD * np.maximum(np.abs(found), scale))
    if np.any(wrong):
        point = ", ".join(f"{x[wrong][0]:g}" for x in flat)
        raise NoRuleError(
            f"scipy.special.{name} at ({point}): the derivative in its parameters, {sum(orders)} times, isn't known to"
            " eight digits: it doesn't exist, or SciPy's values about there don't give it. Give the parameter as a"
            " constant (.value)"
        )
    return cast(np.reshape(found, shape), wider(dtype, value))


def wider(dtype: Any, values: Any) -> Any:
    """Return the precision for real or complex values."""
    return np.result_type(dtype, np.complex64) if is_complex(values) else dtype


def interpolated(name: str, slope: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Return the primitive of ``slope(*args, orders=)``, the derivatives of a function of SciPy's of some order in each
    of its arguments, which are ``count``: its rules raise the orders.
    """
    slope.__name__ = slope.__qualname__ = f"{name}_slope"
    slope.__doc__ = f"Return a derivative of ``scipy.special.{name}``, of some order in each argument."
    primitive = ours(slope)

    def once_more(k: int) -> Callable[..., Any]:
        def rule(g: Any, y: Any, *args: Any, orders: tuple[int, ...]) -> Any:
            return g * primitive(*args, orders=(*orders[:k], orders[k] + 1, *orders[k + 1 :]))

        return rule

    elementwise(primitive, *(once_more(k) for k in range(count)))
    return primitive
