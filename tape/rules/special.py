"""Elementwise primitives that NumPy lacks and its derivatives need.

Each gives accurately, in one call, what a formula written out in NumPy would cancel, overflow or warn about. They are
raw code, which may work in place, and have rules of their own, so that derivatives of any order come out right.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.primitive import ours
from tape.rule import elementwise, general, linear, zero

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

    Two equal infinities count a half each where positive, nothing where negative. What is rounded off the difference
    is put back: the exponential would multiply it.
    """
    with np.errstate(invalid="ignore", under="ignore"):
        d = np.subtract(a, b)
        back = d - a
        lost = (a - (d - back)) - (b + back)
        e = np.exp2(-np.abs(d)) if scale == math.log(2) else np.exp(-scale * np.abs(d))
        e = e * (1 - np.where(np.isfinite(lost), np.copysign(scale, d) * lost, 0))
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
def bell(x: Any, *, scale: float) -> Any:
    """Return ``exp(-scale x²)``, to within rounding: the square's, which the exponential would multiply, is put back.

    The leading half of the bits of ``x`` has a square that is exact.
    """
    x = np.asarray(x)
    if x.dtype.kind == "c" or x.dtype.itemsize < 8:
        return np.exp(-scale * (x * x))[()]
    size = np.minimum(np.abs(x), 60)  # where it has long been zero, or infinite
    head = size.astype(np.float32).astype(x.dtype)
    with np.errstate(over="ignore", under="ignore"):
        return (np.exp(-scale * (head * head)) * np.exp(-scale * ((size - head) * (size + head))))[()]


elementwise(bell, lambda g, y, x, *, scale: g * (y * (-2 * scale * x)))


def lowered(y: Any, a: Any, b: Any) -> Any:
    """Return ``a**(b - 1)``, given ``y = a**b``; where ``b - 1`` is rounded, which the power multiplies, ``y / a``."""
    if type(b) is int or type(b) is float:
        if (b - 1) + 1 == b:
            return np.power(a, b - 1)
        direct = np.equal(a, 0)
    else:
        direct = np.equal(a, 0) | np.equal((b - 1) + 1, b)
    return np.where(direct, np.power(np.where(direct, a, 1), b - 1), y / np.where(direct, 1, a))


# 1/e, in two parts: the sum has twice the digits.
INVERSE_E, REST_OF_INVERSE_E = 0.36787944117144233, -1.2428753672788363e-17


@ours
def log_and_one(x: Any) -> Any:
    """Return ``log(x) + 1``, to within rounding, also about 1/e, where the sum cancels; -inf of zero, in silence."""
    x = np.asarray(x)
    middle = (np.abs(x - INVERSE_E) < 0.1) & (x.dtype != np.complex128) & (x.dtype != np.complex64)
    off = np.where(middle, (x - INVERSE_E) - REST_OF_INVERSE_E, 0)
    with np.errstate(divide="ignore"):
        far = np.log(x) + 1
    return np.where(middle, np.log1p(off * math.e), far).astype(x.dtype, copy=False)[()]


elementwise(log_and_one, lambda g, y, x: g / x)


@ours
def exponential_shares(x: Any, *, axis: Any = None) -> Any:
    """Return the share of each element in a sum of exponentials along axes; nothing where all are -inf, NaN of inf.

    The exponential of an element less the sum's logarithm would multiply what is rounded off that.
    """
    top = np.max(x, axis=axis, keepdims=True)
    with np.errstate(invalid="ignore"):
        e = np.exp(np.subtract(x, np.where(np.isneginf(top), 0, top)))
    return e / np.where(np.isinf(top), 1, np.sum(e, axis=axis, keepdims=True))


def shares_rule(g: Any, y: Any, x: Any, *, axis: Any = None) -> Any:
    """Return the adjoint of the argument, or the tangent of the result: the Jacobian is symmetric."""
    h = g * y
    return h - y * np.sum(h, axis=axis, keepdims=True)


general(exponential_shares, shares_rule, jvps=[shares_rule], keeps="y")


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


def sine_of_turns(x: Any, *, quarter: bool = False) -> Any:
    """Return ``sin(pi x)`` of an array, or, a quarter of a turn on, ``cos(pi x)``: whole turns and halves are exact."""
    x = x - 2 * np.rint(x * 0.5)  # within [-1, 1]
    if quarter:  # sin(pi/2 + t) is sin(pi/2 - |t|)
        x = 0.5 - np.abs(x)
    x = np.where(np.abs(x) > 0.5, np.copysign(1, x) - x, x)
    return np.sin(np.pi * x)


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
    sine, cosine, far = sine_of_turns(far), sine_of_turns(far, quarter=True), np.pi * far
    integral = sine / far
    for n in range(1, order + 1):
        integral = ((cosine if n % 2 else sine) * (1, 1, -1, -1)[n % 4] - n * integral) / far
    series, close = np.zeros_like(u), np.where(near, u, 0)
    first = (order + 1) // 2
    for k in range(first, first + 12 + 2 * order):
        power = 2 * k - order
        series += (-1) ** k / (math.factorial(power) * (2 * k + 1)) * close**power
    return (np.pi**order * np.where(near, series, integral)).astype(given, copy=False)[()]


elementwise(sinc_derivative, lambda g, y, x, *, order: g * sinc_derivative(x, order=order + 1))
