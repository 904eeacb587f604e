"""Kelvin functions in pairs, scaled Airy functions, and integrals of Bessel functions; DLMF 9, 10.43, 10.61."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.declaring import outputs
from tape.scipy.special.pieces import cast, only_real, precision

__tape__ = True

FASTEST = 1e3
"""Up to which ``a`` the integral of ``J(v, 2ax)`` is taken: the points grow with it."""

BLOCK = 64
"""How many of them at a time."""

# ------------------------------------------------------------------ Kelvin, in pairs


def _kelvin(y: Any, x: Any) -> list[Any]:
    """Return the derivatives: of the second order ones by the equation, DLMF 10.61.3, whose quotient is i/2 at zero."""
    zero = np.equal(x, 0)
    over = np.where(zero, 0.5j, y[2] / np.where(zero, 1, x))
    return [y[2], lambda: y[3], 1j * y[0] - over, lambda: 1j * y[1] - y[3] / x]


outputs(sp.kelvin, _kelvin)

# ---------------------------------------------------------------------- scaled Airy


@ours
def scaled_third(x: Any, *, order: int, kind: int) -> Any:
    """Return a derivative of ``exp(-x) (I(1/3, x) + I(-1/3, x))`` (``kind`` 1), or of ``exp(x) K(1/3, x)`` (-1).

    For ``x`` of a tenth or more, by DLMF 10.32.4 and 10.32.9, in the sum of which the integrands have one sign: by
    Gauss' rule, DLMF 3.5(v).
    """
    x64 = np.asarray(x, np.float64)
    z = x64[..., None]
    nodes, weights = np.polynomial.legendre.leggauss(80)
    nodes, weights = (nodes + 1) / 2, weights / 2
    with np.errstate(all="ignore"):
        if kind < 0:
            end = np.where(z > 1e14, 10 / np.sqrt(z), np.arccosh(1 + 45 / z))
            rise = 2 * np.square(np.sinh(end * nodes / 2))  # cosh(t) - 1
            total = np.sum(weights * end * rise**order * np.exp(-z * rise) * np.cosh(end * nodes / 3), axis=-1)
        else:
            end = 2 * np.arcsin(np.sqrt(np.minimum(1, 20 / z)))
            fall = 2 * np.square(np.sin(end * nodes / 2))  # 1 - cos(t)
            total = np.sum(weights * end * fall**order * np.exp(-z * fall) * np.cos(end * nodes / 3), axis=-1)
            end = np.arccosh(np.maximum(1, 45 / z - 1))
            rise = 1 + np.cosh(end * nodes)
            rest = np.sum(weights * end * rise**order * np.exp(-z * rise) * np.sinh(end * nodes / 3), axis=-1)
            total = (2 * total + math.sqrt(3) * rest) / math.pi
    return cast((-1) ** order * total, precision(x))


elementwise(scaled_third, lambda g, y, x, *, order, kind: g * scaled_third(x, order=order + 1, kind=kind))


def _scaled_airy(y: Any, z: Any) -> list[Any]:
    """Return the derivatives, for real arguments: by modified Bessel functions of order 1/3, DLMF 9.6.2 and 9.6.4.

    In terms of the results themselves they would cancel for large arguments, and are so for small ones alone.
    """
    only_real(z, "airye")
    large, left = np.greater(z, 0.5), np.less(z, 0)
    size = np.where(large, z, 2)
    half = np.sqrt(size)
    power = 2 / 3 * size * half
    root = np.sqrt(np.where(left, 0, z))

    def first() -> Any:
        value, slope = (scaled_third(power, order=n, kind=-1) for n in (0, 1))
        far = 0.5 / half * value + size * slope
        return np.where(large, far * (1 / (math.pi * math.sqrt(3))), y[1] + root * y[0])

    def second() -> Any:
        value, slope = (scaled_third(power, order=n, kind=1) for n in (0, 1))
        far = 0.5 / half * value + size * slope
        return np.where(large, far * (1 / math.sqrt(3)), y[3] - root * y[2])

    return [
        first,
        lambda: root * first(),
        second,
        lambda: np.where(left, np.where(left, z, 0) * y[2], -root * second()),
    ]


outputs(sp.airye, _scaled_airy)

# ------------------------------------------------------------------------ integrals


@ours
def bessel_quotient(x: Any, *, order: int, sign: int) -> Any:
    """Return a derivative of ``(I0(x) - 1) / x`` (``sign`` 1), or of ``(1 - J0(x)) / x`` (-1).

    By the power series, DLMF 10.2.2 and 10.25.2, whose terms have one sign or are few; far out by Leibniz' rule.
    """
    x64 = np.asarray(x, np.float64)
    near = np.abs(x64) < (16 if sign > 0 else 2) + order
    with np.errstate(all="ignore"):
        z = np.where(near, x64, 1)
        series, terms = np.zeros_like(z), 40 if sign > 0 else 16
        for k in range(terms + 2 * order, 0, -1):
            if 2 * k - 1 >= order:
                factor = sign ** (k + 1) * math.perm(2 * k - 1, order) / (4.0**k * math.factorial(k) ** 2)
                series = series + factor * z ** (2 * k - 1 - order)
        t = np.where(near, math.inf, x64)
        found = np.zeros_like(t)
        for k in range(order + 1):
            slope = sp.ivp(0, t, k) if sign > 0 else -sp.jvp(0, t, k)
            value = slope - (sign if k == 0 else 0)
            found = found + math.comb(order, k) * value * (
                (-1) ** (order - k) * math.factorial(order - k) / t ** (order - k + 1)
            )
    return cast(np.where(near, series, found), precision(x))


elementwise(bessel_quotient, lambda g, y, x, *, order, sign: g * bessel_quotient(x, order=order + 1, sign=sign))
outputs(sp.it2i0k0, lambda y, x: [bessel_quotient(x, order=0, sign=1), lambda: -sp.k0(x) / x])
outputs(sp.it2j0y0, lambda y, x: [bessel_quotient(x, order=0, sign=-1), lambda: -sp.y0(x) / x])


@ours
def bessel_moment(a: Any, s: Any, v: Any, *, order: int, logs: int) -> Any:
    """Return a derivative of ``besselpoly``, the integral of ``x**s J(v, 2ax)`` over [0, 1], in ``a`` and in ``s``.

    By the rule of Takahasi and Mori (1974), Double exponential formulas for numerical integration, closer where the
    integrand oscillates. SciPy's own values, of a power series, lose digits from ``a = 5`` on, and all of them at 20.
    """
    columns = np.broadcast_arrays(*(np.asarray(t, np.float64) for t in (a, s, v)))
    shape = columns[0].shape
    a64, s64, v64 = (np.ravel(t) for t in columns)
    out = np.full(a64.shape, math.nan)
    with np.errstate(all="ignore"):
        whole = v64 == np.rint(v64)
        turned = np.where((v64 < 0) & (v64 % 2 == 1), -1, 1)
        v64 = np.where(whole, np.abs(v64), v64)  # J of a whole order and of its negative are the same, up to this sign
        good = np.flatnonzero((np.abs(a64) < FASTEST) & (s64 + v64 > -0.95) & np.isfinite(s64))
        for k in range(0, good.size, BLOCK):
            some = good[k : k + BLOCK]
            step = 1 / (8 + 0.35 * math.ceil(float(np.max(np.abs(a64[some])))))
            t = np.arange(math.floor(-6 / step), math.ceil(3.5 / step)) * step
            tail = math.pi * np.sinh(t)
            x, log = sp.expit(tail), sp.log_expit(tail)
            weights = step * math.pi * np.cosh(t) * x * sp.expit(-tail) * log**logs * 2.0**order
            one, n, m = a64[some, None], s64[some, None], v64[some, None]
            part = weights * np.exp((n + order) * log) * sp.jvp(m, 2 * one * x, order)
            # near zero one factor may overflow while the other vanishes: there by the first term of J's power series,
            # unless that is what the derivatives have left
            small = (np.abs(2 * one * x) < 1e-8) & ((m >= order) | ~whole[some, None])
            first = math.prod(m - k for k in range(order)) * sp.rgamma(m + 1) * one ** (m - order) / 2.0**order
            part = np.where(small, first * (weights * np.exp((n + m) * log)), part)
            out[some] = np.sum(part, axis=1)
    return cast(np.reshape(turned * out, shape), precision(a, s, v))


elementwise(
    bessel_moment,
    lambda g, y, a, s, v, *, order, logs: g * bessel_moment(a, s, v, order=order + 1, logs=logs),
    lambda g, y, a, s, v, *, order, logs: g * bessel_moment(a, s, v, order=order, logs=logs + 1),
    None,
)
elementwise(
    sp.besselpoly,
    lambda g, y, a, s, v: g * bessel_moment(a, s, v, order=1, logs=0),
    lambda g, y, a, s, v: g * bessel_moment(a, s, v, order=0, logs=1),
    None,
)
