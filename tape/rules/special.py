"""Elementwise primitives that NumPy lacks and its derivatives need.

Each gives accurately, in one call, what a formula written out in NumPy would cancel, overflow or warn about. They are
raw code, which may work in place, and have rules of their own, so that derivatives of any order come out right.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.primitive import ours
from tape.rule import elementwise, linear, zero

__tape__ = True


def is_complex(x: Any) -> bool:
    """Tell whether a value is complex, without looking at its elements."""
    return type(x) is complex or getattr(getattr(x, "dtype", None), "kind", "") == "c"


LN2, LN10, DEGREE = math.log(2), math.log(10), math.pi / 180
LONG = {LN2: np.log(np.longdouble(2)), LN10: np.log(np.longdouble(10)), DEGREE: np.deg2rad(np.longdouble(1))}


def exactly(constant: float, like: Any) -> Any:
    """Return a constant as precisely as an array holds it: a Python float, but for extended precision."""
    return LONG[constant] if like.dtype.char in "gG" else constant


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


INTEGERS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}


@ours
def masked(g: Any, c: Any, *, outside: bool = False) -> Any:
    """Return ``g`` where a condition holds (``outside``: where it doesn't), else zero, also of infinities.

    Large arrays are masked bit by bit: ``np.where`` would branch at every element.
    """
    words = INTEGERS.get(getattr(g, "dtype", None)) if np.size(c) > 500 and c.dtype == bool else None  # type: ignore[arg-type]
    if words is None or type(g) is not np.ndarray:
        return np.where(c, 0, g) if outside else np.where(c, g, 0)
    bits = c.view(np.int8)
    bits = np.subtract(bits, 1) if outside else np.negative(bits)
    return (g.view(words) & bits.astype(words)).view(g.dtype)


linear(masked, lambda g, y, x, c, *, outside=False: masked(g, c, outside=outside), None, keeps="1")


@ours
def halves(a: Any, b: Any) -> Any:
    """Return how many halves of ``np.maximum(a, b)`` are ``a``: 2, 0, or 1 at a tie; NaN flows to both."""
    return 2 - np.less(a, b).view(np.int8) - np.less_equal(a, b).view(np.int8)


@ours
def halves_known(a: Any, b: Any) -> Any:
    """Return how many halves of ``np.fmax(a, b)`` are ``a``: as :func:`halves`, but that NaN gives way to numbers."""
    found = 2 - np.less(a, b).view(np.int8) - np.less_equal(a, b).view(np.int8)
    return np.where(np.isnan(a) & ~np.isnan(b), np.int8(0), found)


zero(halves, halves_known, arrays=2)


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
    given = x.dtype
    if given == np.float16:  # of which the powers below underflow
        x = x.astype(np.float32)
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
    return (np.pi**order * np.where(near, series, integral)).astype(given, copy=False)[()]


elementwise(sinc_derivative, lambda g, y, x, *, order: g * sinc_derivative(x, order=order + 1))
