"""The distributions of Kolmogorov and of Smirnov."""

from __future__ import annotations

from typing import Any

import scipy.special as sp
from mpmath import mp

from comparisons.accuracy.exact import inverse
from comparisons.accuracy.points import alone, spread
from comparisons.accuracy.subject import D, of
from comparisons.accuracy.subjects.elementary import many, one
from tape.scipy.special import kolmogorov_smirnov

MOST = 200


def below(x: Any, order: int) -> Any:
    """Return a derivative of Kolmogorov's distribution function, by theta functions: DLMF 20.7.32."""
    # sqrt(2 pi) / x exp(-c/x²) and its derivatives, as polynomials in u = c / x² times x**(-1-n) exp(-u)
    total = mp.mpf(0)
    for k in range(1, 400, 2):
        c = (k * mp.pi) ** 2 / 8
        u = c / x**2
        p = [mp.mpf(1)]
        for n in range(order):
            new = [mp.mpf(0)] * (len(p) + 1)
            for i, a in enumerate(p):
                new[i] -= (1 + n + 2 * i) * a
                new[i + 1] += 2 * a
            p = new
        term = sum(a * u**i for i, a in enumerate(p)) * mp.exp(-u)
        total += term
        if k > 3 and abs(term) <= mp.eps * abs(total):
            break
    return mp.sqrt(2 * mp.pi) * total / x ** (1 + order)


def survival(x: Any) -> Any:
    """Return what it leaves to one."""
    return (
        2 * mp.nsum(lambda k: (-1) ** (k - 1) * mp.exp(-2 * k * k * x * x), [1, mp.inf]) if x > 1 else 1 - below(x, 0)
    )


STATISTICS = alone(spread(0.02, 12, 0.82, 0.7354679, dense=12))
one("kolmogorov", survival, lambda x: -below(x, 1), STATISTICS, most=MOST)
of(
    "tape.scipy.special.kolmogorov_smirnov.kolmogorov_derivative",
    lambda x: kolmogorov_smirnov.kolmogorov_derivative(x, order=1),
    lambda x: -below(x, 1),
    lambda x: -below(x, 2),
    at=STATISTICS,
    most=MOST,
)
KOLMOGI = inverse(survival, lambda x: -below(x, 1), sp.kolmogi)
one("kolmogi", KOLMOGI, lambda p: -1 / below(KOLMOGI(p), 1), alone(spread(1e-9, 0.999, 0.5, dense=8)), most=100)


def smirnov(n: Any, x: Any) -> Any:
    """Return Birnbaum's and Tingey's sum."""
    n = int(n)
    terms = (
        mp.binomial(n, j) * x * (x + mp.mpf(j) / n) ** (j - 1) * (1 - x - mp.mpf(j) / n) ** (n - j)
        for j in range(n + 1)
        if mp.mpf(j) / n < 1 - x
    )
    return mp.fsum(terms)


def smirnov_slope(n: Any, x: Any) -> Any:
    """Return its derivative."""
    n = int(n)
    total = -n * (1 - x) ** (n - 1)
    for j in range(1, n):
        a, b = x + mp.mpf(j) / n, 1 - x - mp.mpf(j) / n
        if b > 0:
            u = mp.binomial(n, j) * a ** (j - 1) * b ** (n - j)
            total += u * (1 + x * ((j - 1) / a - (n - j) / b))
    return total


CHANCES = [(n, x) for n in (1.0, 2.0, 7.0, 60.0) for x in spread(0, 0.99, dense=6, smallest=-9)]
SMIRNOVI = inverse(smirnov, smirnov_slope, lambda n, p: float(sp.smirnovi(int(n), p)))
many("smirnov", smirnov, None, smirnov_slope, at=CHANCES, integers=(0,), most=MOST)
many("smirnovi", None, None, lambda n, p: 1 / smirnov_slope(n, SMIRNOVI(n, p)), at=CHANCES, integers=(0,), most=MOST)
of(
    "_smirnovp",
    lambda n, x: kolmogorov_smirnov.SMIRNOV_SLOPE(n, x),
    smirnov_slope,
    None,
    D,
    at=CHANCES,
    integers=(0,),
    most=MOST,
)
of(
    "tape.scipy.special.kolmogorov_smirnov.smirnov_derivative",
    lambda n, x: kolmogorov_smirnov.smirnov_derivative(n, x, order=1),
    smirnov_slope,
    None,
    D,
    at=CHANCES,
    integers=(0,),
    most=MOST,
)
