"""Elementwise functions: each row gives the partial derivatives, times the adjoint, an argument at a time.

A partial starts from ``g``, which is never a Python float: a quotient of Python floats would raise where NumPy gives
infinity. Constants are Python numbers, which leave float32 as it is. Complex numbers need no rules of their own, since
the sweep conjugates for functions that are holomorphic; the few that aren't say so.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from tape.errors import OptionError
from tape.record import Var
from tape.rule import TABLE, composite, elementwise, general, widen, zero
from tape.rules.special import (
    DEGREE,
    LN2,
    LN10,
    exactly,
    exponent,
    fraction,
    halves,
    halves_known,
    is_complex,
    lowered,
    masked,
    sech2,
    sinc_derivative,
    weight,
)

__tape__ = True

ndarray, float64 = np.ndarray, np.float64
F8, F4 = np.dtype(np.float64), np.dtype(np.float32)


def nothing(g: Any, *_: Any) -> Any:
    """Contribute zero, also where the adjoint is infinite."""
    return np.zeros_like(g)


# ------------------------------------------------------------------ arithmetic
elementwise(np.add, lambda g, y, a, b: g, lambda g, y, a, b: g, like=[operator.add])
elementwise(np.subtract, lambda g, y, a, b: g, lambda g, y, a, b: -g, like=[operator.sub])
elementwise(np.multiply, lambda g, y, a, b: g * b, lambda g, y, a, b: g * a, like=[operator.mul])
elementwise(np.divide, lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b, like=[operator.truediv])
elementwise(np.negative, lambda g, y, x: -g, like=[operator.neg])
elementwise(np.positive, lambda g, y, x: g, like=[operator.pos])
elementwise(np.reciprocal, lambda g, y, x: -g * y * y)  # g may be as large as the square is small
elementwise(np.square, lambda g, y, x: g * (x + x))
elementwise(np.sqrt, lambda g, y, x: g / (y + y))
elementwise(np.cbrt, lambda g, y, x: g / (3 * (y * y)))


def power_base(g: Any, y: Any, a: Any, b: Any) -> Any:
    """Return ``g * b * a**(b-1)``; zero where ``b`` is zero, also where ``a`` is."""
    if type(b) is int or type(b) is float:
        if b == 2:
            return g * (a + a)
        if b == 3:
            return g * (3 * (a * a))
        if b == 0:
            return np.zeros_like(g)
        return g * (b * lowered(y, a, b))
    # Only where both are zero: elsewhere the derivative in b of this, 1/a at b = 0, is wanted in mixed derivatives.
    hole = np.equal(a, 0) & np.equal(b, 0)
    return g * (b * lowered(np.where(hole, 1, y), np.where(hole, 1, a), b))


def power_exponent(g: Any, y: Any, a: Any, b: Any) -> Any:
    """Return ``g * a**b * log(a)``; zero where ``a`` is zero and ``b`` isn't negative."""
    if (type(a) is int or type(a) is float) and a > 0 and g.dtype.char not in "gG":
        return g * (y * math.log(a))
    hole = np.equal(a, 0) & np.greater_equal(b, 0)
    base = np.where(hole, 1, np.asarray(a, g.dtype) if type(a) in (int, float) else a)  # weak, as in the power itself
    return g * (y * np.log(base + 0j if is_complex(b) else base))  # of a negative base, too


elementwise(np.power, power_base, power_exponent, like=[operator.pow])
elementwise(np.float_power, power_base, power_exponent)
for _fn in (np.power, operator.pow, np.float_power):
    widen(TABLE[_fn])

elementwise(np.remainder, lambda g, y, a, b: g, lambda g, y, a, b: -g * np.floor_divide(a, b), like=[operator.mod])
elementwise(np.fmod, lambda g, y, a, b: g, lambda g, y, a, b: -g * np.rint((a - y) / b))  # the exact quotient


@composite(np.modf)
def modf(x: Any) -> Any:
    """Return the fractional part, which is differentiable, and the integer part."""
    return fraction(x), np.trunc(x)


@composite(np.divmod)
def divmod_(a: Any, b: Any) -> Any:
    """Return the quotient, and the remainder, which is differentiable."""
    return np.floor_divide(a, b), np.remainder(a, b)


@composite(np.frexp)
def frexp(x: Any) -> Any:
    """Return the mantissa, which is differentiable, and the exponent."""
    e = exponent(x)
    return np.ldexp(x, -e), e


elementwise(np.ldexp, lambda g, y, x, i: np.ldexp(g, i), None)

# -------------------------------------------------- absolute values, larger and smaller


def absolute(g: Any, y: Any, x: Any) -> Any:
    """Return ``g * sign(x)``; for complex numbers the conjugate of ``x / |x|``, which the sweep conjugates back."""
    return g * (np.conj(np.sign(x)) if is_complex(x) else np.sign(x))


def sign(v: Any, y: Any, x: Any) -> Any:
    """Return zero; for complex numbers what of ``v`` turns ``x``, over ``|x|``: the same in both directions."""
    if not is_complex(x):
        return np.zeros_like(v)
    n = np.abs(x)
    return (v - y * np.real(np.conj(y) * v)) / np.where(np.equal(n, 0), np.inf, n)


general(np.sign, sign, jvps=[sign])
elementwise(np.absolute, absolute, like=[operator.abs])
elementwise(np.fabs, lambda g, y, x: g * np.sign(x))
elementwise(np.copysign, lambda g, y, a, b: g * (np.sign(a) * np.copysign(np.sign(a), b)), nothing)
elementwise(np.maximum, lambda g, y, a, b: g * 0.5 * halves(a, b), lambda g, y, a, b: g * 0.5 * halves(b, a))
elementwise(np.minimum, lambda g, y, a, b: g * 0.5 * halves(b, a), lambda g, y, a, b: g * 0.5 * halves(a, b))
elementwise(np.fmax, lambda g, y, a, b: g * 0.5 * halves_known(a, b), lambda g, y, a, b: g * 0.5 * halves_known(b, a))
elementwise(
    np.fmin, lambda g, y, a, b: g * 0.5 * halves_known(-a, -b), lambda g, y, a, b: g * 0.5 * halves_known(-b, -a)
)
widen(TABLE[np.fmin])
elementwise(np.nextafter, lambda g, y, a, b: g, nothing)
elementwise(np.heaviside, nothing, lambda g, y, a, b: masked(g, np.equal(a, 0)))


def inside(g: Any, y: Any, x: Any, low: Any, high: Any) -> Any:
    """Return ``g`` where ``x`` is within the bounds or on one of them."""
    if low is None:
        return masked(g, np.less_equal(x, high))
    if high is None:
        return masked(g, np.greater_equal(x, low))
    return masked(g, np.greater_equal(x, low) & np.less_equal(x, high))


def below(g: Any, y: Any, x: Any, low: Any, high: Any) -> Any:
    """Return ``g`` where the result is the lower bound; where the bounds cross, it is the upper one."""
    under = np.less(x, low)
    return masked(g, under if high is None else under & np.less_equal(low, high))


def above(g: Any, y: Any, x: Any, low: Any, high: Any) -> Any:
    """Return ``g`` where the result is the upper bound."""
    over = np.greater(x, high)
    return masked(g, over if low is None else over | np.greater(low, high))


elementwise(np.clip, inside, below, above)


def bind_clip(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Take the bounds by either of their names."""
    named: dict[str, Any] = dict(zip(("a", "a_min", "a_max", "out"), args, strict=False))
    for name, value in kwargs.items():
        named[{"min": "a_min", "max": "a_max"}.get(name, name)] = value
    a, low, high = named.pop("a"), named.pop("a_min", None), named.pop("a_max", None)
    unknown = [name for name, value in named.items() if value is not None]
    if unknown:
        raise OptionError(f"np.clip({unknown[0]}=...) has no rule: leave it out")
    return (a, low, high), {}


TABLE[np.clip].binder = bind_clip


def bind_where(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Refuse ``np.where`` of a condition alone, whose result has a shape that depends on values."""
    if len(args) != 3:
        raise OptionError(
            "np.where of a condition alone has no rule, since its shape depends on values: take np.nonzero(condition)"
        )
    return args, {}


elementwise(np.where, None, lambda g, y, c, a, b: masked(g, c), lambda g, y, c, a, b: masked(g, c, outside=True))
TABLE[np.where].binder = bind_where

elementwise(np.nan_to_num, lambda g, y, x, *, nan=0.0, posinf=None, neginf=None: masked(g, np.isfinite(x)))

# ------------------------------------------------------- exponentials and logarithms
elementwise(np.exp, lambda g, y, x: g * y)
elementwise(np.exp2, lambda g, y, x: g * (y * exactly(LN2, g)))
elementwise(np.expm1, lambda g, y, x: g * np.exp(x))  # y + 1 would cancel
elementwise(np.log, lambda g, y, x: g / x)
elementwise(np.log2, lambda g, y, x: g / (x * exactly(LN2, g)))
elementwise(np.log10, lambda g, y, x: g / (x * exactly(LN10, g)))
elementwise(np.log1p, lambda g, y, x: g / (1 + x))
elementwise(np.logaddexp, lambda g, y, a, b: g * weight(a, b), lambda g, y, a, b: g * weight(b, a))
elementwise(
    np.logaddexp2,
    lambda g, y, a, b: g * weight(a, b, scale=exactly(LN2, g)),
    lambda g, y, a, b: g * weight(b, a, scale=exactly(LN2, g)),
)

# ------------------------------------------------------------------ trigonometry


def root(x: Any) -> Any:
    """Return ``sqrt(1 + x**2)``, without overflow for real ``x``."""
    return np.sqrt(1 + x * x) if is_complex(x) else np.hypot(1, x)


def arctan(g: Any, y: Any, x: Any) -> Any:
    """Return ``g / (1 + x**2)``, without overflow for real ``x``."""
    if is_complex(x):
        return g / (1 + x * x)
    h = np.hypot(1, x)
    return g / h / h


def part(a: Any, b: Any, h: Any) -> Any:
    """Return ``a / h``, zero where ``h`` is."""
    return a / np.where(np.equal(h, 0), 1, h)


def turn(g: Any, a: Any, b: Any) -> Any:
    """Return ``g * a / (a**2 + b**2)`` without overflow, zero at the origin."""
    h = np.hypot(a, b)
    h = np.where(np.equal(h, 0), 1, h)
    return g * (a / h) / h


elementwise(np.sin, lambda g, y, x: g * np.cos(x))
elementwise(np.cos, lambda g, y, x: -g * np.sin(x))
elementwise(np.tan, lambda g, y, x: g * (1 + y * y))
elementwise(np.arcsin, lambda g, y, x: g / np.sqrt((1 - x) * (1 + x)))
elementwise(np.arccos, lambda g, y, x: -g / np.sqrt((1 - x) * (1 + x)))
elementwise(np.arctan, arctan)
elementwise(np.arctan2, lambda g, y, a, b: turn(g, b, a), lambda g, y, a, b: -turn(g, a, b))
elementwise(np.hypot, lambda g, y, a, b: g * part(a, b, y), lambda g, y, a, b: g * part(b, a, y))
elementwise(np.deg2rad, lambda g, y, x: g * exactly(DEGREE, g), like=[np.radians])
elementwise(np.rad2deg, lambda g, y, x: g / exactly(DEGREE, g), like=[np.degrees])
elementwise(np.sinc, lambda g, y, x: g * sinc_derivative(x, order=1))

# --------------------------------------------------------------------- hyperbolic


def tanh(g: Any, y: Any, x: Any) -> Any:
    """Return ``g * sech(x)**2``, which ``1 - y**2`` would lose to cancellation; few calls for small arrays."""
    v = x._value if type(x) is Var else x  # recorded, it is the same formula, and so gives the same bits
    if type(v) is ndarray and v.size < 512 and (v.dtype is F8 or v.dtype is F4) and np.vdot(v, v) < 1600:
        c = np.cosh(x)  # at most cosh(40): the square is far from overflow, in float32 too
        return g / (c * c)
    if (type(x) is float or type(x) is float64) and -40 < x < 40:
        c = math.cosh(x)
        return g / (c * c)
    return g * sech2(x)


elementwise(np.sinh, lambda g, y, x: g * np.cosh(x))
elementwise(np.cosh, lambda g, y, x: g * np.sinh(x))
elementwise(np.tanh, tanh)
elementwise(np.arcsinh, lambda g, y, x: g / root(x))
elementwise(np.arccosh, lambda g, y, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)))
elementwise(np.arctanh, lambda g, y, x: g / ((1 - x) * (1 + x)))

# ------------------------------------------------------------------------ complex
# The sweep calls conj(rule(conj(g))): what isn't holomorphic is written so that this comes out as torch's convention,
# the direction of steepest ascent, and so that the real part of rule(t) is the tangent where the result is real.
elementwise(np.conjugate, lambda g, y, x: np.conj(g))
elementwise(np.real, lambda g, y, x: g)
elementwise(np.imag, lambda g, y, x: -1j * g)


@composite(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """Return the angle in the complex plane, whose derivative at 0 is 0."""
    found = np.arctan2(np.imag(z), np.real(z))
    return np.rad2deg(found) if deg else found


# ------------------------------------------------------------------ zero everywhere
zero(np.floor, np.ceil, np.rint, np.trunc, np.fix, np.round, np.around, np.signbit, np.floor_divide)
zero(np.isnan, np.isinf, np.isfinite, np.isposinf, np.isneginf, np.spacing)
zero(np.less, np.less_equal, np.equal, np.not_equal, np.greater, np.greater_equal)
zero(np.logical_and, np.logical_or, np.logical_xor, np.logical_not)
zero(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift, np.gcd, np.lcm)
zero(np.isclose, np.allclose, np.array_equal, arrays=2)
zero(operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge, arrays=2)
zero(operator.and_, operator.or_, operator.xor, operator.floordiv, arrays=2)
zero(operator.invert)
