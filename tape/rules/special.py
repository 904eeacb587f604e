"""Elementwise primitives that NumPy lacks and its derivatives need.

Each gives accurately, in one call, what a formula written out in NumPy would cancel, overflow or warn about. They are
raw code, which may work in place, and have rules of their own, so that derivatives of any order come out right.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.primitive import ours
from tape.rule import elementwise, zero

__tape__ = True


def is_complex(x: Any) -> bool:
    """Tell whether a value is complex, without looking at its elements."""
    return type(x) is complex or getattr(getattr(x, "dtype", None), "kind", "") == "c"


@ours
def sech2(x: Any) -> Any:
    """Return the square of the hyperbolic secant, to within rounding: ``1 - tanh(x)**2`` would cancel."""
    if is_complex(x):
        e = np.exp(2 * np.where(np.real(x) < 0, x, -x))
        return 4 * e / (1 + e) ** 2
    with np.errstate(over="ignore", under="ignore"):  # where cosh overflows, its reciprocal is zero
        c = np.asarray(np.cosh(x))
        np.divide(1, c, out=c)
        c *= c
    return c[()]


elementwise(sech2, lambda g, y, x: g * (y * (-2 * np.tanh(x))))


def larger(a: Any, b: Any) -> Any:
    """Return 1 where ``a`` is larger, 0 where it is smaller, a half at a tie, and 1 where either is NaN."""
    dtype = np.result_type(a, b)
    half = dtype.type(0.5) if dtype.kind == "f" else np.float64(0.5)
    return 1 - np.add(a < b, a <= b, dtype=np.int8) * half


@ours
def share(a: Any, b: Any) -> Any:
    """Return which part of ``np.maximum(a, b)`` is ``a``: 1, 0, or a half at a tie; NaN flows to both."""
    return larger(a, b)


@ours
def share_known(a: Any, b: Any) -> Any:
    """Return which part of ``np.fmax(a, b)`` is ``a``: as :func:`share`, but that NaN gives way to numbers."""
    return np.where(np.isnan(a) & ~np.isnan(b), 0, larger(a, b))


zero(share, share_known, arrays=2)


@ours
def weight(a: Any, b: Any, *, scale: float = 1.0) -> Any:
    """Return ``1 / (1 + exp(scale * (b - a)))``: what ``a`` counts for in ``logaddexp(a, b)``.

    Two equal infinities count a half each where positive, nothing where negative.
    """
    with np.errstate(invalid="ignore", under="ignore"):
        d = np.subtract(a, b)
        e = np.exp(-scale * np.abs(d))
        w = np.where(d >= 0, 1, e) / (1 + e)
    equal = np.equal(a, b) & np.isinf(a)
    if np.any(equal):
        w = np.where(equal, np.where(np.greater(a, 0), 0.5, 0), w)
    return w[()]


elementwise(
    weight,
    lambda g, y, a, b, *, scale=1.0: g * (scale * y * weight(b, a, scale=scale)),
    lambda g, y, a, b, *, scale=1.0: g * (-scale * y * weight(b, a, scale=scale)),
)


@ours
def fraction(x: Any) -> Any:
    """Return the fractional part, with the sign of ``x``: the first result of ``np.modf``."""
    return np.modf(x)[0]


@ours
def exponent(x: Any) -> Any:
    """Return the binary exponent: the second result of ``np.frexp``."""
    return np.frexp(x)[1]


elementwise(fraction, lambda g, y, x: g)
zero(exponent)


@ours
def sinc_derivative(x: Any, *, order: int) -> Any:
    """Return a derivative of ``np.sinc``, to within rounding, also near zero.

    With ``u = pi x``, it is ``pi**n`` times the integral of ``t**n cos(ut + n pi/2)`` over [0, 1]: integrated by parts,
    or, where that would cancel, summed as a Taylor series.
    """
    x = np.asarray(x)
    u = np.pi * x
    near = np.abs(u) < 1 + order
    far = np.where(near, 0.5, x)
    turned, far = np.pi * (far - 2 * np.rint(far / 2)), np.pi * far  # the angle less whole turns, which are exact
    integral = np.sin(turned) / far
    for n in range(1, order + 1):
        sine = (np.sin, np.cos)[n % 2](turned) * (1, 1, -1, -1)[n % 4]
        integral = (sine - n * integral) / far
    series, close = np.zeros_like(u), np.where(near, u, 0)
    first = (order + 1) // 2
    for k in range(first, first + 12 + 2 * order):
        power = 2 * k - order
        series += (-1) ** k / (math.factorial(power) * (2 * k + 1)) * close**power
    return (np.pi**order * np.where(near, series, integral)).astype(x.dtype, copy=False)[()]


elementwise(sinc_derivative, lambda g, y, x, *, order: g * sinc_derivative(x, order=order + 1))
