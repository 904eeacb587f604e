"""Incomplete gamma and beta functions and Student's distribution function: derivatives in their parameters.

The n-th derivative of a density in a parameter is the density times a Bell polynomial in the derivatives of its
logarithm. Its integral up to ``x`` is less that from ``x`` on, since the whole is one; the first derivative's integrand
changes its sign once, and the side is taken where it doesn't, so that nothing cancels: DLMF 8.2, 8.17. The integrals
are taken by the trapezoidal rule after a double exponential substitution: Takahasi and Mori (1974).

Densities are proportional to a small shape ``a``, so that powers of ``1 / a`` would cancel in the polynomial: the
factor is differentiated apart, ``(a h)(n) = a h(n) + n h(n-1)``, and what is left is a density of ``a + 1``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.densities import beta_density, gamma_density
from tape.scipy.special.pieces import LOG1PMX, ZETA, cast, log_ratio, precision, psi_difference

__tape__ = True

STEP = 0.05
"""Of the trapezoidal rule: the integrands' singularities are so far off the real line that its error is 1e-17."""

ENDS = 65
"""How many steps it takes to the end of a finite interval: the rest of it is below rounding."""


def half_line(f: Callable[..., Any], fast: Any, slow: Any, *of: Any) -> Any:
    """Return the integrals of ``f(u, *of)`` over positive ``u``.

    Parameters
    ----------
    f : callable
        Smooth in the logarithm of ``u``; it falls exponentially in the end.
    fast, slow : array
        The largest and the smallest rate at which it changes.
    *of : array
        What else it depends on, of one shape.
    """
    reach = np.log(np.maximum(fast / slow, 1)) + 8.4
    size = np.exp2(np.ceil(np.log2(reach / STEP)))
    total = np.full(np.shape(fast), math.nan)
    for points in np.unique(size[np.isfinite(size)]):
        some = size == points
        rate, width, here = fast[some], reach[some] / points, [x[some] for x in of]
        part = np.zeros_like(rate)
        for k in range(int(points) + 1):
            s = k * width - 3.7
            fall = np.exp(-s)
            u = np.exp(s - fall) / rate
            part += f(u, *here) * (u * (1 + fall))
        total[some] = part * width
    return total


def interval(f: Callable[..., Any], length: Any, *of: Any) -> Any:
    """Return the integrals of ``f(u, *of)`` over ``u`` from 0 to ``length``, which may change near either end alone.

    In units of one: the longer the interval is, the more nodes it takes to see that.
    """
    total = np.full(np.shape(length), math.nan)
    finer = np.where(length > 100, 2, 1)
    for fine in np.unique(finer[np.isfinite(length)]):
        some, step = finer == fine, STEP / fine
        reach, here = length[some], [x[some] for x in of]
        part = np.zeros_like(reach)
        for k in range(-ENDS * fine, ENDS * fine + 1):
            turned = math.exp(-math.pi * math.sinh(k * step))
            weight = math.pi * math.cosh(k * step) * turned / (1 + turned) ** 2
            part += weight * f(reach / (1 + turned), *here)
        total[some] = step * reach * part
    return total


def bell_polynomial(slopes: Any) -> Any:
    """Return ``exp(-G)`` times the n-th derivative of ``exp(G)``, from the first n derivatives of ``G``."""
    found: list[Any] = [1.0]
    for n in range(len(slopes)):
        found.append(sum(math.comb(n, j) * slopes[j] * found[n - j] for j in range(n + 1)))
    return found[-1]


def polygamma(k: int, x: Any) -> Any:
    """Return the ``k``-th derivative of the digamma function, from the first on, of positive numbers."""
    return (-1) ** (k + 1) * math.factorial(k) * ZETA(k + 1.0, x)


def log_less_psi(a: Any) -> Any:
    """Return ``log(a) - psi(a)``, of large ``a`` by its asymptotic series: DLMF 5.11.2."""
    r = 1 / np.square(np.maximum(a, 12))
    series = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132 - r * 691 / 32760)))))
    return np.where(a > 12, 0.5 / a + series, np.log(a) - sp.psi(a))


# --------------------------------------------------------------------- gamma


def _gamma_series(a: Any, x: Any, order: int) -> Any:
    """Return a derivative of ``P(a, x)`` by its series in ``x``, which may be one at most: DLMF 8.7.1."""
    slopes = [np.log(x) - sp.psi(a + 1), *(-polygamma(k, a + 1) for k in range(1, order))]
    total = np.zeros_like(x)
    for n in range(order + 1):  # n-th derivative of the sum of (-x)**k / k! a / (a + k), by Leibniz' rule
        power, series = np.ones_like(x), np.full_like(x, 0.0 if n else 1.0)
        for k in range(1, 22):
            power = power * (-x / k)
            series += power * ((-1) ** (n + 1) * math.factorial(n) * k / (a + k) ** (n + 1) if n else a / (a + k))
        total += math.comb(order, n) * series * bell_polynomial(slopes[: order - n])
    return gamma_density(a, x) * x * np.exp(x) / a * total


def _gamma_side(a: Any, x: Any, sign: Any, order: int) -> Any:
    """Return the integral of the derivative of the density from ``x`` on (``sign`` 1) or up to ``x`` (-1)."""
    small = a < 1
    pole = np.where(small, order / a, 0)  # of the factor a, where the density is a times one of a + 1
    first = np.where(small, np.log(x) - sp.psi(a + 1), log_ratio(x, a) + log_less_psi(a))
    others = [-polygamma(k, a + small) for k in range(1, order)]
    rate = np.sqrt(x)  # of the density's width about its mode; what falls faster is seen as well

    def integrand(u: Any, a: Any, x: Any, sign: Any, pole: Any, first: Any, *others: Any) -> Any:
        v = np.expm1(sign * u)
        slopes = [first + sign * u, *others]
        change = bell_polynomial(slopes) + pole * bell_polynomial(slopes[:-1])
        return np.exp(a * LOG1PMX(v) + (a - x) * v) * change

    return half_line(integrand, rate, rate, a, x, sign, pole, first, *others) * x * gamma_density(a, x)


@ours
def gamma_in_shape(a: Any, x: Any, *, order: int) -> Any:
    """Return a derivative in ``a``, of an order from 1 on, of ``P(a, x)``, ``scipy.special.gammainc``."""
    dtype = precision(a, x)
    a, x = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(x, np.float64))
    with np.errstate(all="ignore"):
        out = np.where((a > 0) & ((x == 0) | (x == np.inf)), 0.0, np.full(a.shape, math.nan))
        within = (a > 0) & (x > 0) & (x < np.inf)
        near, far = within & (x <= 1), within & (x > 1)
        out[near] = _gamma_series(a[near], x[near], order)
        right = np.where(np.log(x[far]) > sp.psi(a[far]), 1.0, -1.0)
        out[far] = -right * _gamma_side(a[far], x[far], right, order)
    return cast(out, dtype)


def gamma_density_slope(a: Any, x: Any, order: int) -> Any:
    """Return a derivative in ``a`` of the density, in functions that have rules."""
    slopes = [np.log(x) - sp.psi(a + 1), *(-polygamma(k, a + 1) for k in range(1, order))]
    return gamma_density(a, x) * (bell_polynomial(slopes) + order / a * bell_polynomial(slopes[:-1]))


elementwise(
    gamma_in_shape,
    lambda g, y, a, x, *, order: g * gamma_in_shape(a, x, order=order + 1),
    lambda g, y, a, x, *, order: g * gamma_density_slope(a, x, order),
)

# ---------------------------------------------------------------------- beta


def _mixed(slopes: Callable[[int, int], Any], i: int, j: int) -> Any:
    """Return ``exp(-G)`` times a mixed derivative of ``exp(G)``, from those of ``G``: Leibniz' rule, step by step."""
    if i == 0:
        return bell_polynomial([slopes(0, k) for k in range(1, j + 1)])
    terms = [
        math.comb(i - 1, m) * math.comb(j, n) * slopes(m + 1, n) * _mixed(slopes, i - 1 - m, j - n)
        for m in range(i)
        for n in range(j + 1)
    ]
    return sum(terms)


def _beta_constants(a: Any, b: Any, i: int, j: int, more: Any) -> Any:
    """Return a derivative of ``-log(beta(a, b))``, less that of ``log(a b / (a + b))`` where ``more`` is one."""
    if j == 0:
        return psi_difference(a + more, b, order=i - 1)
    if i == 0:
        return psi_difference(b + more, a, order=j - 1)
    return polygamma(i + j - 1, a + b + more)


def _pole(a: Any, b: Any, i: int, j: int) -> Any:
    """Return a derivative of ``a b / (a + b)`` over itself: what small shapes have the density change by."""
    s = a + b
    if i + j < 2:
        return b / (a * s) if i else a / (b * s) if j else 1.0
    ratios = 2 * i * j - i * (i - 1) * (b / a) - j * (j - 1) * (a / b)
    return (-1) ** (i + j) * math.factorial(i + j - 2) * ratios / s ** (i + j)


def _with_poles(slopes: Callable[[int, int], Any], poles: Any, i: int, j: int) -> Any:
    """Return ``exp(-G) / r`` times a mixed derivative of ``r exp(G)``, from those of ``G`` and ``r`` (over ``r``)."""
    terms = [
        math.comb(i, m) * math.comb(j, n) * poles[m, n] * _mixed(slopes, i - m, j - n)
        for m in range(i + 1)
        for n in range(j + 1)
    ]
    return sum(terms)


def _beta_side(a: Any, b: Any, x: Any, y: Any, i: int, j: int) -> Any:
    """Return the derivative of the integral from 0 to ``x``, over ``x`` times the density there; ``y`` is ``1 - x``."""
    odds = x / y
    slow = np.where(b > 1, np.minimum(a - (b - 1) * odds + np.sqrt((b - 1) * x) / y, a), a)
    keys = [(m, n) for m in range(i + 1) for n in range(j + 1) if m + n]
    small = (a < 1) | (b < 1)
    constants = [_beta_constants(a, b, m, n, small) for m, n in keys]
    constants = [
        c
        + (np.where(x < 0.5, np.log(x), np.log1p(-y)) if (m, n) == (1, 0) else 0)
        + (np.where(y < 0.5, np.log(y), np.log1p(-x)) if (m, n) == (0, 1) else 0)
        for c, (m, n) in zip(constants, keys, strict=True)
    ]
    constants += [np.where(small, _pole(a, b, m, n), 0) for m, n in keys]

    def integrand(u: Any, a: Any, b: Any, odds: Any, *constants: Any) -> Any:
        rest = np.log1p(-np.expm1(-u) * odds)  # log((1 - t) / y) at t = x exp(-u)
        table = dict(zip(keys, constants[: len(keys)], strict=True))
        poles = {(0, 0): 1.0, **dict(zip(keys, constants[len(keys) :], strict=True))}

        def slopes(m: int, n: int) -> Any:
            return table[m, n] + (-u if (m, n) == (1, 0) else rest if (m, n) == (0, 1) else 0)

        return np.exp((b - 1) * rest - a * u) * _with_poles(slopes, poles, i, j)

    return half_line(integrand, np.maximum(a, 1 / y), slow, a, b, odds, *constants)


@ours
def beta_in_shapes(a: Any, b: Any, x: Any, *, i: int, j: int) -> Any:
    """Return the derivative of ``scipy.special.betainc``: ``i`` times in ``a``, ``j`` times in ``b``."""
    dtype = precision(a, b, x)
    a, b, x = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (a, b, x)))
    with np.errstate(all="ignore"):
        good = (a > 0) & (b > 0)
        out = np.where(good & ((x == 0) | (x == 1)), 0.0, np.full(a.shape, math.nan))
        within = good & (x > 0) & (x < 1)
        p, q, z = a[within], b[within], x[within]
        if j == 0:
            left = np.log(z) < -psi_difference(p, q)
        elif i == 0:
            left = np.log1p(-z) > -psi_difference(q, p)
        else:
            left = z * (p + q) < p
        found = np.empty_like(z)
        found[left] = z[left] * _beta_side(p[left], q[left], z[left], 1 - z[left], i, j)
        right = ~left
        found[right] = (z[right] - 1) * _beta_side(q[right], p[right], 1 - z[right], z[right], j, i)
        out[within] = found * beta_density(p, q, z)
    return cast(out, dtype)


def beta_density_slope(a: Any, b: Any, x: Any, i: int, j: int) -> Any:
    """Return a derivative of the density in its parameters, in functions that have rules."""

    def slopes(m: int, n: int) -> Any:
        own = np.log(x) if (m, n) == (1, 0) else np.log1p(-x) if (m, n) == (0, 1) else 0
        return _beta_constants(a, b, m, n, 1) + own

    poles = {(m, n): _pole(a, b, m, n) for m in range(i + 1) for n in range(j + 1)}
    return beta_density(a, b, x) * _with_poles(slopes, poles, i, j)


elementwise(
    beta_in_shapes,
    lambda g, y, a, b, x, *, i, j: g * beta_in_shapes(a, b, x, i=i + 1, j=j),
    lambda g, y, a, b, x, *, i, j: g * beta_in_shapes(a, b, x, i=i, j=j + 1),
    lambda g, y, a, b, x, *, i, j: g * beta_density_slope(a, b, x, i, j),
)
