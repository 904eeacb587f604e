"""What the special functions' derivatives are made of: primitives that a formula written out would cancel in.

Each has a rule in terms of itself or its like, so that derivatives of any order come out right.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp
from scipy.special import _ufuncs

from tape.errors import InputTypeError
from tape.primitive import ours
from tape.rule import elementwise, zero
from tape.rules.special import INVERSE_E, REST_OF_INVERSE_E, bell, is_complex, sine_of_turns

__tape__ = True

ZETA: Any = getattr(_ufuncs, "_zeta")  # noqa: B009  Hurwitz's zeta function, the ufunc behind scipy.special.zeta
LOG1PMX: Any = getattr(_ufuncs, "_log1pmx")  # noqa: B009  log1p(x) - x


def only_real(x: Any, name: str) -> None:
    """Refuse complex numbers, where the derivative that is known is that along the real line."""
    if is_complex(getattr(x, "value", x)):
        raise InputTypeError(f"the derivative of scipy.special.{name} is known for real numbers only, not complex ones")


def trigamma(x: Any) -> Any:
    """Return the derivative of the digamma function, of real numbers."""
    only_real(x, "digamma")
    return zeta_of_whole(2, x)


def alike(c: float, x: Any) -> Any:
    """Return a constant in the precision of an array: SciPy's ufuncs don't all take Python's numbers for weak."""
    dtype = getattr(x, "dtype", None)
    return c if dtype is None or dtype.kind not in "fc" else dtype.type(c)


def weakly(value: Any, *made_of: Any) -> Any:
    """Return what was made of Python's numbers alone as one, which leaves single precision as it is."""
    return float(value) if all(type(x) in (int, float) for x in made_of) else value


def count(n: Any) -> Any:
    """Return a number as SciPy's functions of whole numbers take it: without its fraction."""
    if type(n) is int or getattr(n, "dtype", np.dtype(float)).kind != "f":
        return n
    return weakly(np.trunc(n), n)


def cast(value: Any, like: Any) -> Any:
    """Return a value in an array's precision, 0-d as NumPy's functions return it."""
    return np.asarray(value).astype(like, copy=False)[()]


def precision(*xs: Any) -> Any:
    """Return the dtype that a ufunc of these arguments has: single only if all arrays are, else double."""
    found = np.result_type(*(x if type(x) in (int, float) else np.asarray(x) for x in xs))
    if found == np.longdouble and found != np.float64:
        raise TypeError("SciPy's special functions have no extended precision: give float64")
    return np.dtype(np.float32) if found.char in "fe" else np.dtype(np.float64)


BLOCK = 2048
"""How many numbers are dealt with together: what they need for a while stays close to the processor."""


def in_blocks(f: Callable[..., Any], *xs: Any) -> Any:
    """Return a function of arrays of one axis and one length."""
    return np.concatenate([f(*(x[k : k + BLOCK] for x in xs)) for k in range(0, max(xs[0].size, 1), BLOCK)])


# ------------------------------------------------------------------- log(x / y)


@ours
def log_ratio(x: Any, y: Any) -> Any:
    """Return ``log(x / y)`` of positive numbers, without overflow or cancellation; -inf where ``x`` is zero."""
    with np.errstate(all="ignore"):
        near = np.log1p((np.asarray(x) - y) / y)
        far = np.log(x) - np.log(y)
        return np.where(np.abs(far) < 1, near, far)[()]


elementwise(log_ratio, lambda g, y, a, b: g / a, lambda g, y, a, b: -g / b)


def halved(x: Any) -> tuple[Any, Any]:
    """Return the leading half of the bits of numbers, and the other: Dekker (1971)."""
    high = x * 134217729.0 - (x * 134217729.0 - x)
    return high, x - high


@ours
def product_rounding(x: Any, y: Any) -> Any:
    """Return what is rounded off ``x * y``, of float64; zero where that overflows, and in other precisions."""
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype != np.float64 or y.dtype != np.float64:
        return np.zeros(np.broadcast_shapes(x.shape, y.shape), np.result_type(x, y))[()]
    with np.errstate(all="ignore"):
        (a, b), (c, d) = halved(x), halved(y)
        lost = ((a * c - x * y) + a * d + b * c) + b * d
        return np.where(np.isfinite(lost), lost, 0)[()]


zero(product_rounding, arrays=2)


@ours
def log_ratio_and_one(x: Any, y: Any) -> Any:
    """Return ``log(x / y) + 1`` of positive numbers, also about ``x = y/e``, where the sum cancels."""
    dtype = precision(x, y)
    p, q = np.asarray(x, np.float64), np.asarray(y, np.float64)
    with np.errstate(all="ignore"):
        found = np.asarray(log_ratio(p, q) + 1)
        off = (p - q * INVERSE_E) - (product_rounding(q, np.float64(INVERSE_E)) + q * REST_OF_INVERSE_E)
        near = np.log1p(off / q * math.e)
        return cast(np.where(np.abs(near) < 0.1, near, found), dtype)


elementwise(log_ratio_and_one, lambda g, y, a, b: g / a, lambda g, y, a, b: -g / b)


# ------------------------------------------------------------- psi(a + b) - psi(a)

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)
"""Bernoulli's numbers of even index, from the second on."""


def polygamma_of(n: int, x: Any) -> Any:
    """Return the ``n``-th derivative of the digamma function, of real numbers: DLMF 5.15.1."""
    return sp.psi(x) if n == 0 else (-1) ** (n + 1) * math.factorial(n) * zeta_of_whole(n + 1, x)


FAR_LEFT = -1000
"""Where SciPy's zeta function isn't used any more: it takes as many steps as its argument is below zero."""


def zeta_of_whole(s: int, q: Any) -> Any:
    """Return Hurwitz's zeta function at a whole ``s`` from two on, far to the left by that of ``1 - q``."""
    far = np.less(q, FAR_LEFT)
    if not np.any(far):
        return ZETA(alike(float(s), q), q)
    s_ = alike(float(s), q)
    reflected = over_all_integers(np.where(far, q, 0.5), power=s) - (-1) ** s * ZETA(s_, np.where(far, 1 - q, 1))
    return np.where(far, reflected, ZETA(s_, np.where(far, 1, q)))


@functools.cache
def cotangents(n: int) -> np.polynomial.Polynomial:
    """Return the polynomial in ``cot(x)`` that is ``(-d/dx)^n cot(x) / n!``: it has no negative coefficient."""
    found = np.polynomial.Polynomial([0.0, 1.0])
    for k in range(1, n + 1):
        found = np.polynomial.Polynomial([1.0, 0.0, 1.0]) * found.deriv() / k
    return found


@ours
def over_all_integers(q: Any, *, power: int) -> Any:
    """Return the sum of ``(q + k)**-power`` over all integers ``k``, which the cotangent has: DLMF 4.22.3."""
    dtype = precision(q)
    q = np.asarray(q, np.float64)
    with np.errstate(all="ignore"):
        off = q - np.rint(q)
        near = np.abs(off) < 0.25
        turned = np.tan(math.pi * np.where(near, off, np.sign(off) * (0.5 - np.abs(off))))  # zero half way, to the bit
        found = math.pi**power * cotangents(power - 1)(np.where(near, 1 / turned, turned))
    return cast(np.where(off == 0, math.inf, found), dtype)


elementwise(over_all_integers, lambda g, y, q, *, power: g * (-power * over_all_integers(q, power=power + 1)))


def log_step(x: Any, b: Any, y: Any) -> Any:
    """Return ``log(y / x)``, where ``y = x + b``."""
    q = b / x
    near = np.greater(q, -0.5)
    return np.log1p(q) if np.all(near) else np.where(near, np.log1p(q), np.log(y / x))


def power_step(x: Any, b: Any, y: Any, power: int) -> Any:
    """Return ``y**-power - x**-power``, where ``y = x + b``."""
    if power == 1:
        return -(b / y / x)
    near = np.expm1(-power * np.log1p(b / x)) * x**-power
    return np.where(np.abs(b) < 0.5 * x, near, y**-power - x**-power)


def polygamma_step(x: Any, d: Any, y: Any, n: int) -> Any:
    """Return by how much the ``n``-th derivative of ``psi`` differs between positive ``x`` and ``y = x + d``.

    By recurrence to where the asymptotic series holds, DLMF 5.15.5 and 5.15.8: each term is a difference by itself, and
    all but a small one have the same sign.
    """
    steps = 10
    out = power_step(x, d, y, n + 1)
    if n == 0:
        p, q, total = x.copy(), y.copy(), np.zeros_like(x)
        for _ in range(1, steps):
            p += 1
            q += 1
            total += 1 / (p * q)
        out -= d * total
    else:
        out += sum(power_step(x + j, d, y + j, n + 1) for j in range(1, steps))
    x, y = x + steps, y + steps
    lead = -log_step(x, d, y) if n == 0 else power_step(x, d, y, n)
    out = math.factorial(n) * (out + 0.5 * power_step(x, d, y, n + 1)) + math.factorial(max(n - 1, 0)) * lead
    r, s = 1 / (x * x), 1 / (y * y)
    value, slope = np.zeros_like(x), np.zeros_like(x)  # of a polynomial in r, and its divided difference
    for k in range(len(BERNOULLI), 0, -1):
        value *= r
        value += BERNOULLI[k - 1] * math.factorial(2 * k + n - 1) / math.factorial(2 * k)
        slope *= s
        slope += value
    tail = slope * (-(d / y / x) * (1 / x + 1 / y))
    return (-1) ** (n + 1) * (out + (tail if n == 0 else tail * y**-n + value * r * power_step(x, d, y, n)))


@ours
def psi_difference(a: Any, b: Any, *, order: int = 0) -> Any:
    """Return ``psi(a + b) - psi(a)``, or what a derivative of ``psi`` of some order differs by."""
    dtype = precision(a, b)
    a, b = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
    with np.errstate(all="ignore"):
        total = a + b
        inside = (a > 0) & (total > 0) & (total < np.inf)
        step = functools.partial(polygamma_step, n=order)
        out = in_blocks(step, *(np.ravel(v) for v in (a, b, total))).reshape(total.shape)
        if not np.all(inside):
            out = np.where(inside, out, polygamma_of(order, total) - polygamma_of(order, a))
    return cast(out, dtype)


elementwise(
    psi_difference,
    lambda g, y, a, b, *, order=0: g * psi_difference(a, b, order=order + 1),
    lambda g, y, a, b, *, order=0: g * polygamma_of(order + 1, a + b),
)


# ------------------------------------------- repeated integrals of the error function


@ours
def scaled_integral(x: Any, *, order: int) -> Any:
    """Return ``exp(x²)`` times the repeated integral of erfc, of an order from 0 (``erfcx``) on.

    By its recurrence, downwards for arguments above one, where upwards it would cancel: DLMF 7.18.
    """
    x = np.asarray(x)
    z = x.astype(np.float64)
    with np.errstate(all="ignore"):
        right = np.asarray(sp.erfcx(np.abs(z)))
        before, found = (
            np.asarray(2 / math.sqrt(math.pi) + 0 * z),
            np.where(z < 0, 2 * bell(z, scale=-1.0) - right, right),
        )
        for n in range(1, order + 1):
            before, found = found, np.asarray((before - 2 * z * found) / (2 * n))
        far = z > 1
        if order and np.any(far):
            w = z[far]
            steps = math.ceil(200 / np.min(w) ** 2) + 2 * order + 8
            ratio, product = np.zeros_like(w), np.asarray(sp.erfcx(w))
            for n in range(steps, 0, -1):
                ratio = 1 / (2 * (w + (n + 1) * ratio))
                if n <= order:
                    product = product * ratio
            found[far] = product
    return cast(found, x.dtype)


elementwise(scaled_integral, lambda g, y, x, *, order: g * (-2 * (order + 1) * scaled_integral(x, order=order + 1)))


@ours
def mills(x: Any) -> Any:
    """Return the normal density over the normal distribution function, the derivative of ``log_ndtr``."""
    with np.errstate(over="ignore"):  # in the upper tail erfcx grows, and multiplies the rounding of its argument
        lower = math.sqrt(2 / math.pi) / sp.erfcx(np.minimum(x, 0) * (-1 / math.sqrt(2)))
        upper = bell(x, scale=0.5) * (1 / math.sqrt(2 * math.pi)) / sp.ndtr(np.maximum(x, 0))
    return np.where(np.greater(x, 0), upper, lower)[()]


def _mills(g: Any, y: Any, x: Any) -> Any:
    """Return ``-g y (x + y)``; of negative ``x``, where the sum cancels, by repeated integrals of erfc.

    Far down there ``x + y`` is ``1 / y`` to all digits, and the integrals vanish before their quotient does.
    """
    far = np.less(x, -1e9)
    left = np.logical_and(np.less(x, 0), np.logical_not(far))
    z = np.where(left, x, -1) * (-1 / math.sqrt(2))
    total = np.where(left, math.sqrt(2) * scaled_integral(z, order=1) / scaled_integral(z, order=0), x + y)
    total = np.where(far, 1 / np.where(far, y, 1), total)
    return g * (-y * total)


elementwise(mills, _mills)


# -------------------------------------------- (exp(x) - 1) / x and log(1 + x) / x


@ours
def exprel_derivative(x: Any, *, order: int) -> Any:
    """Return a derivative of ``(exp(x) - 1) / x``: the integral of ``t**n exp(xt)`` over [0, 1]."""
    x = np.asarray(x)
    z = x.astype(np.float64)
    with np.errstate(over="ignore"):
        near = np.abs(z) < 2 + order
        far, close = np.where(near, 2.0 + order, z), np.where(near, np.abs(z), 0)
        integral = np.expm1(far) / far
        for n in range(1, order + 1):
            integral = (np.exp(far) - n * integral) / far
        # Kummer's form, whose terms are positive: of negative x as it is, of positive x the plain series is
        kummer, term = np.zeros_like(close), np.ones_like(close) / (order + 1)
        plain, power = np.zeros_like(close), np.ones_like(close)
        for k in range(40 + 4 * order):
            kummer += term
            term = term * close / (order + 2 + k)
            plain += power / (k + order + 1)
            power = power * close / (k + 1)
        series = np.where(z < 0, np.exp(-close) * kummer, plain)
    return cast(np.where(near, series, integral), x.dtype)


elementwise(exprel_derivative, lambda g, y, x, *, order: g * exprel_derivative(x, order=order + 1))


@ours
def log1prel_derivative(x: Any, *, order: int) -> Any:
    """Return a derivative of ``log(1 + x) / x``, from order 0 on."""
    x = np.asarray(x)
    z = x.astype(np.float64)
    with np.errstate(all="ignore"):
        near = np.abs(z) < 0.4
        far, close = np.where(near, 1.0, z), np.where(near, z, 0)
        value = np.log1p(far) / far
        for n in range(1, order + 1):
            value = ((-1) ** (n - 1) * math.factorial(n - 1) / (1 + far) ** n - n * value) / far
        series, power = np.zeros_like(close), np.ones_like(close)
        for k in range(order, order + 45 + 8 * order):
            series += (-1) ** k * (math.perm(k, order) / (k + 1)) * power
            power = power * close
    return cast(np.where(near, series, value), x.dtype)


elementwise(log1prel_derivative, lambda g, y, x, *, order: g * log1prel_derivative(x, order=order + 1))


# ------------------------------------------------------------------ sin of a square


@ours
def sine_of_square(x: Any, *, quarters: int) -> Any:
    """Return ``sin(pi/2 (x**2 + quarters))`` of real numbers: whole turns are taken off a square that is exact."""
    x = np.asarray(x)
    z = x.astype(np.float64)
    with np.errstate(over="ignore"):
        head = z.astype(np.float32).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # of a square that overflows there is no sine: NaN
        left, quarter = np.zeros_like(z), quarters + np.zeros_like(z)
        for part in head * head * 0.5, head * (z - head), np.square(z - head) * 0.5:  # all but the last are exact
            whole = np.rint(2 * part)  # quarters of a turn: what the parts leave of them can be added
            left, quarter = left + (part - whole / 2), quarter + whole % 4
        quarter = quarter % 4
        found = np.where(quarter % 2 == 1, sine_of_turns(left, quarter=True), sine_of_turns(left))
    return np.where(quarter >= 2, -found, found).astype(x.dtype, copy=False)[()]


elementwise(
    sine_of_square,
    lambda g, y, x, *, quarters: g * (np.pi * x * sine_of_square(x, quarters=(quarters + 1) % 4)),
)


# ------------------------------------------------------------------ whether inside


@ours
def between(x: Any, low: Any, high: Any) -> Any:
    """Return whether ``low < x < high``."""
    return np.greater(x, low) & np.less(x, high)


zero(between, arrays=3)
