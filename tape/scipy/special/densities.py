"""Densities of the gamma, beta and Student's distributions, and what they are made of, without what cancels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.pieces import LOG1PMX, cast, precision, psi_difference

__tape__ = True


def stirling(a: Any) -> Any:
    """Return what Stirling's formula leaves of ``log gamma(a)``, for ``a`` of ten or more: DLMF 5.11.1."""
    r = 1 / (a * a)
    return (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - r * 691 / 360360))))) / a


def deviance(n: Any, x: Any) -> Any:
    """Return ``n (log(x/n) + 1 - x/n)``: never positive, zero at ``x = n``.

    In longdouble where it is large: an exponential multiplies the rounding of its exponent.
    """
    n, x = np.asarray(n, np.longdouble), np.asarray(x, np.longdouble)
    u = (x - n) / n
    small = np.abs(u) < 0.5
    found = np.where(small, n * LOG1PMX(np.where(small, u, 0).astype(np.float64)), 0)
    wide = found < -4
    found = np.where(wide, n * (np.log1p(np.where(wide, u, 0)) - u), found)
    return np.where(small, found, n * (np.log(x / n) - u))


@ours
def gamma_density(a: Any, x: Any) -> Any:
    """Return ``x**(a-1) exp(-x) / gamma(a)``, zero for negative and for infinite ``x``.

    For large ``a`` about the mode, so that no large exponents cancel: Loader (2000), Fast and accurate computation of
    binomial probabilities.
    """
    dtype = precision(a, x)
    a, x = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(x, np.float64))
    with np.errstate(all="ignore"):
        exponent = np.where(a == 1, 0, (np.asarray(a, np.longdouble) - 1) * np.log(np.asarray(x, np.longdouble))) - x
        out = np.asarray(np.exp(exponent).astype(np.float64) * sp.rgamma(np.minimum(a, 150)))
        large = (a > 10) & (x > 0)
        if np.any(large):
            b, z = a[large], x[large]
            out[large] = np.exp(deviance(b, z)) * np.exp(-stirling(b)) * np.sqrt(b / (2 * math.pi)) / z
        out = np.where((x < 0) | np.isposinf(x), 0, out)
    return cast(out, dtype)


elementwise(
    gamma_density,
    lambda g, y, a, x: g * (y * (np.log(x) - sp.psi(a))),
    lambda g, y, a, x: g * (y * power_slope(a, x)),
)


def power_slope(a: Any, x: Any) -> Any:
    """Return ``(a - 1) / x - 1``, to within rounding also about the mode."""
    far = np.isinf(x)
    return np.where(far, -1, (a - 1 - np.where(far, 1, x)) / np.where(far, 1, x))


@ours
def log1p_less(w: Any) -> Any:
    """Return ``log1p(w) - w / (1 + w)`` of positive numbers, without cancellation."""
    dtype = precision(w)
    w = np.asarray(w, np.float64)
    small = np.minimum(w, 0.5)
    near = LOG1PMX(small) + small * small / (1 + small)
    return cast(np.where(w > 0.5, np.log1p(w) - w / (1 + w), near), dtype)


elementwise(log1p_less, lambda g, y, w: g * (w / np.square(1 + w)))


@ours
def student_power(v: Any, x: Any) -> Any:
    """Return ``(1 + x²/v)**(-(v+1)/2)``, its exponent in longdouble: the exponential multiplies its rounding."""
    dtype = precision(v, x)
    v, x = np.asarray(v, np.longdouble), np.asarray(x, np.longdouble)
    with np.errstate(all="ignore"):
        return cast(np.exp((v + 1) * -0.5 * np.log1p(x * x / v)), dtype)


elementwise(
    student_power,
    lambda g, y, v, x: g * (y * (0.5 * (x * x / (v + x * x) / v - log1p_less(x * x / v)))),
    lambda g, y, v, x: g * (y * (-(v + 1) * (x / (v + x * x)))),
)


def gamma_step(s: Any, a: Any) -> Any:
    """Return ``gamma(a + s) / gamma(a) / a**s``, of large ``a`` by Stirling's formula: nothing large cancels."""
    return np.exp(a * LOG1PMX(s / a) + (s - 0.5) * np.log1p(s / a) + stirling(a + s) - stirling(a))


@ours
def half_step(a: Any) -> Any:
    """Return ``gamma(a + 1/2) / gamma(a)``."""
    dtype = precision(a)
    a = np.asarray(a, np.float64)
    b, few = np.maximum(a, 10), np.minimum(a, 10)
    return cast(np.where(a > 10, np.sqrt(b) * gamma_step(0.5, b), sp.gamma(few + 0.5) * sp.rgamma(few)), dtype)


elementwise(half_step, lambda g, y, a: g * (y * psi_difference(a, 0.5)))


@ours
def beta_density(a: Any, b: Any, x: Any) -> Any:
    """Return ``x**(a-1) (1-x)**(b-1) / beta(a, b)``, zero outside of [0, 1].

    For large parameters about the mean ``a / (a + b)``, so that no large exponents cancel: Loader (2000).
    """
    dtype = precision(a, b, x)
    a, b, x = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (a, b, x)))
    with np.errstate(all="ignore"):
        long = np.asarray(x, np.longdouble)
        exponent = np.where(a == 1, 0, (a - np.longdouble(1)) * np.log(long))
        exponent = exponent + np.where(b == 1, 0, (b - np.longdouble(1)) * np.log1p(-long))
        few, many = np.minimum(a, b), np.maximum(a, b)
        skew = many > 10  # there SciPy's beta function has lost digits, and may be out of range
        exponent = exponent + np.where(skew, few * np.log(many.astype(np.longdouble)), 0)
        scale = np.where(skew, gamma_step(few, many) * sp.rgamma(few), 1 / sp.beta(a, b))
        out = np.asarray((np.exp(exponent) * scale).astype(np.float64))
        large = (a > 10) & (b > 10) & (x > 0) & (x < 1)
        if np.any(large):
            p, q, z = a[large], b[large], x[large]
            n = p + q
            # log of z**p (1-z)**q / (m**p (1-m)**q), m = p/n: the linear parts cancel between the two deviances
            long, total = np.asarray(z, np.longdouble), np.asarray(p, np.longdouble) + q
            exponent = deviance(p, total * long) + deviance(q, total * (1 - long))
            rest = stirling(n) - stirling(p) - stirling(q)
            out[large] = np.exp(exponent) * np.exp(rest) * np.sqrt(p / n * q / (2 * math.pi)) / (z * (1 - z))
        out = np.where((x < 0) | (x > 1), 0, out)
    return cast(out, dtype)


elementwise(
    beta_density,
    lambda g, y, a, b, x: g * (y * (np.log(x) + psi_difference(a, b))),
    lambda g, y, a, b, x: g * (y * (np.log1p(-x) + psi_difference(b, a))),
    lambda g, y, a, b, x: g * (y * ((a - 1) / x - (b - 1) / (1 - x))),
)
