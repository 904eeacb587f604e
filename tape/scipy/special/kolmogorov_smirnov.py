"""The distributions of Kolmogorov and of Smirnov, and their inverses, in the statistic; DLMF 20.7(viii).

Birnbaum and Tingey (1951), One-sided confidence contours for probability distribution functions.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp
from scipy.special import _ufuncs

from tape.primitive import ours
from tape.rule import elementwise
from tape.rules.special import bell
from tape.scipy.special.densities import beta_density
from tape.scipy.special.pieces import cast, precision

__tape__ = True

SMIRNOV_SLOPE: Any = getattr(_ufuncs, "_smirnovp")  # noqa: B009  the derivative of scipy.special.smirnov

PI = np.longdouble(math.pi) + 1.2246467991473532e-16
"""With what a float64 leaves of it: exponentials multiply the rounding of their exponents."""

MIDDLE = 0.82
"""Where both series of Kolmogorov's function converge fast: in theta functions, each is the other's transform."""

VANISHED = 50.0
"""Where ``exp(-2 x²)`` is zero."""

BLOCK = 1 << 16
"""How many terms of Smirnov's sum are taken at a time."""


def _multiplied(slopes: list[Any], start: Any) -> list[Any]:
    """Return derivatives of a function, given its value and those of its logarithm's derivative."""
    found = [start]
    for n in range(len(slopes)):
        found.append(sum(math.comb(n, k) * found[k] * slopes[n - k] for k in range(n + 1)))
    return found


@ours
def kolmogorov_derivative(x: Any, *, order: int) -> Any:
    """Return a derivative, of the first order or a higher one, of ``scipy.special.kolmogorov``.

    SciPy has a function that is the first, which about 0.83 is right to 8 digits only.
    """
    x64 = np.asarray(x, np.float64)
    large, positive = x64 > MIDDLE, x64 > 0
    z = np.where(large, np.minimum(x64, VANISHED), 1.0)
    found, rest = np.zeros_like(z), np.zeros_like(z)
    with np.errstate(all="ignore"):
        for k in range(1, 8):  # 2 (-1)**(k-1) exp(-2 k² x²)
            slopes = [-4.0 * k * k * z, -4.0 * k * k, *[0.0] * order][:order]
            found = found + 2 * (-1) ** (k - 1) * _multiplied(slopes, bell(k * z, scale=2.0))[order]
            # sqrt(2 pi) / x exp(-c / x²), whose logarithm's derivative is 2c / x³ - 1/x
            c = ((2 * k - 1) * math.pi) ** 2 / 8
            slopes = [
                (-1) ** n * (c * math.factorial(n + 2) / x64 ** (n + 3) - math.factorial(n) / x64 ** (n + 1))
                for n in range(order)
            ]
            exponent = -np.square((2 * k - 1) * PI / x64) / 8
            one = np.exp(exponent).astype(np.float64) * math.sqrt(2 * math.pi) / x64
            last = _multiplied(slopes, one)[order]
            rest = rest - np.where(one > 0, last, 0)
    return cast(np.where(large, found, np.where(positive, rest, np.where(np.isnan(x64), x64, 0))), precision(x))


@ours
def smirnov_derivative(n: Any, x: Any, *, order: int) -> Any:
    """Return a derivative, of the first order or a higher one, of ``scipy.special.smirnov`` in ``x``.

    Its terms are ``x / a`` times binomial probabilities of chances ``a = x + j/n``, whose logarithms' derivatives are
    ``-n x / (a (1-a))``, where powers written out would cancel. At the knots ``x = j/n`` it is that from the right.
    As SciPy does, it takes no fraction of ``n``.
    """
    columns = np.broadcast_arrays(np.trunc(np.asarray(n, np.float64)), np.asarray(x, np.float64))
    counts, z = (np.ravel(t) for t in columns)
    out = np.full(z.shape, math.nan)
    good = np.flatnonzero((z >= 0) & (z <= 1) & (counts >= 1) & np.isfinite(counts))
    good = good[np.argsort(counts[good], kind="stable")]
    with np.errstate(all="ignore"):
        while good.size:
            most = int(counts[good[-1]])
            rows = max(1, BLOCK // (most + 1))
            some, good = good[-rows:], good[:-rows]
            m, t = counts[some, None], z[some, None]
            out[some] = (
                (-1) ** order
                * np.prod([m - i for i in range(order)], axis=0)[:, 0]
                * (1 - z[some]) ** np.maximum(counts[some] - order, 0)
            )
            j = np.arange(1.0, most)
            a, b = t + j / m, (m - j) / m - t
            inside = b > 0
            a, b = np.where(inside, a, 0.5), np.where(inside, b, 0.5)
            size = np.where(inside, j, 1)
            chance = beta_density(size + 1, np.where(inside, m - j, 1) + 1, a) / (m + 1) / a
            slopes = [-m * t * (1 / a + 1 / b) - 1 / a]
            for k in range(1, order):
                this, before = (
                    (-1) ** i * math.factorial(i) / a ** (i + 1) + math.factorial(i) / b ** (i + 1) for i in (k, k - 1)
                )
                slopes.append(-m * (t * this + k * before) - (-1) ** k * math.factorial(k) / a ** (k + 1))
            derivatives = _multiplied(slopes, chance)
            terms = t * derivatives[order] + order * derivatives[order - 1]
            out[some] += np.sum(np.where(inside, terms, 0), axis=1)
    return cast(np.reshape(out, columns[0].shape), precision(n, x))


elementwise(kolmogorov_derivative, lambda g, y, x, *, order: g * kolmogorov_derivative(x, order=order + 1))
elementwise(smirnov_derivative, None, lambda g, y, n, x, *, order: g * smirnov_derivative(n, x, order=order + 1))
elementwise(SMIRNOV_SLOPE, None, lambda g, y, n, x: g * smirnov_derivative(n, x, order=2))
elementwise(sp.kolmogorov, lambda g, y, x: g * kolmogorov_derivative(x, order=1))
elementwise(sp.kolmogi, lambda g, y, p: g / kolmogorov_derivative(y, order=1))
elementwise(sp.smirnov, None, lambda g, y, n, x: g * SMIRNOV_SLOPE(n, x))
elementwise(sp.smirnovi, None, lambda g, y, n, p: g / SMIRNOV_SLOPE(n, y))
