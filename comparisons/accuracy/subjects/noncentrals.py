"""The noncentral distributions of chi-square, F and t."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp
from mpmath import mp

from comparisons.accuracy.points import Points
from comparisons.accuracy.subject import D, of, unmeasured
from comparisons.accuracy.subjects.elementary import many
from comparisons.accuracy.subjects.orders import parameter
from tape.scipy.special import noncentral

MOST = 100


def some(count: int, spreads: tuple[tuple[float, float], ...]) -> Points:
    """Return arguments, each of a size between two powers of ten."""
    rng = np.random.default_rng(count)
    return [tuple(float(10.0 ** rng.uniform(low, high)) for low, high in spreads) for _ in range(count)]


def chi(k: Any, nc: Any, x: Any) -> Any:
    """Return the density of noncentral chi-square."""
    factor = mp.exp(-(x + nc) / 2) / 2 * (x / nc) ** (k / 4 - mp.mpf(1) / 2)
    return factor * mp.besseli(k / 2 - 1, mp.sqrt(nc * x))


CHI = some(60, ((-1, 2), (-3, 3), (-2, 3)))  # degrees of freedom, noncentrality, statistic
many(
    "chndtr",
    None,
    lambda x, k, nc: chi(k, nc, x),
    None,
    lambda x, k, nc: -chi(k + 2, nc, x),
    at=[(x, k, nc) for k, nc, x in CHI],
    most=MOST,
)
of(
    "tape.scipy.special.noncentral.noncentral_chi_density",
    noncentral.noncentral_chi_density,
    chi,
    None,
    lambda k, nc, x: (chi(k + 2, nc, x) - chi(k, nc, x)) / 2,
    D,
    at=CHI,
    most=MOST,
)


def odds(a: Any, b: Any, mean: Any, x: Any, kind: int) -> Any:
    """Return the mixture of odds' densities (``kind`` 0), or of what the distribution falls by (1)."""
    w, above = x / (1 + x), a + kind
    factor = mp.gamma(a + b) / mp.gamma(b) / mp.gamma(above) * w ** (above - 1) * (1 - w) ** (b + 1 - kind)
    return factor * mp.exp(-mean) * mp.hyp1f1(a + b, above, mean * w)


ODDS = some(50, ((-1, 1.5), (-1, 1.5), (-2, 2), (-2, 2)))
many(
    "ncfdtr",
    None,
    None,
    None,
    lambda m, n, nc, f: -odds(m / 2, n / 2, nc / 2, m / n * f, 1) / 2,
    lambda m, n, nc, f: m / n * odds(m / 2, n / 2, nc / 2, m / n * f, 0),
    at=ODDS,
    most=MOST,
)
for _kind in (0, 1):
    of(
        "tape.scipy.special.noncentral.noncentral_odds",
        lambda a, b, mean, x, kind=_kind: noncentral.noncentral_odds(a, b, mean, x, kind=kind),
        lambda a, b, mean, x, kind=_kind: odds(a, b, mean, x, kind),
        None,
        None,
        D,
        D,
        at=ODDS,
        setting=f"(kind={_kind})",
        most=MOST,
    )


def moment(v: Any, nc: Any, t: Any, power: int, hermite: int) -> Any:
    """Return the mean of ``s**power He(u) phi(u)``, by the power series of the exponential of ``t s nc``."""
    # He_k(u) phi(u) is (d/dnc)**k of phi(u): integrals of s**p exp(-A s²/2 + B s), of which each is a Kummer function
    a = v + t * t
    total = mp.mpf(0)
    for i in range(hermite + 1):  # He of a difference: He_k(ts - nc) as a polynomial in s
        inner = mp.mpf(0)
        for j in range((hermite - i) // 2 + 1):
            coefficient = (-1) ** j * mp.factorial(hermite) / mp.factorial(j) / mp.mpf(2) ** j
            left = hermite - 2 * j - i
            inner += coefficient / mp.factorial(i) / mp.factorial(left) * (-nc) ** left
        total += inner * t**i * gaussian_moment(v + power + i, a, t * nc)
    return 2 * (v / 2) ** (v / 2) / mp.gamma(v / 2) / mp.sqrt(2 * mp.pi) * mp.exp(-nc * nc / 2) * total


def gaussian_moment(q: Any, a: Any, b: Any) -> Any:
    """Return the integral of ``s**(q-1) exp(-a s²/2 + b s)`` over positive numbers: DLMF 12.5.1."""
    half, z = mp.mpf(1) / 2, b * b / (2 * a)
    even = mp.gamma(q / 2) * mp.hyp1f1(q / 2, half, z)
    odd = mp.gamma((q + 1) / 2) * mp.hyp1f1((q + 1) / 2, 3 * half, z) * b * mp.sqrt(2 / a)
    return half * (2 / a) ** (q / 2) * (even + odd)


T = [
    (v, nc * sign, t * (-1) ** k)
    for k, (v, nc, t) in enumerate(some(40, ((-1, 2), (-2, 1), (-2, 1.5))))
    for sign in (1, -1)
]
many(
    "nctdtr",
    None,
    None,
    lambda v, nc, t: -moment(v, nc, t, 0, 0),
    lambda v, nc, t: moment(v, nc, t, 1, 0),
    at=T,
    most=MOST,
)
for _power in (0, 1):
    of(
        "tape.scipy.special.noncentral.noncentral_t_moment",
        lambda v, nc, t, power=_power: noncentral.noncentral_t_moment(v, nc, t, power=power, hermite=0),
        lambda v, nc, t, power=_power: moment(v, nc, t, power, 0),
        None,
        lambda v, nc, t, power=_power: moment(v, nc, t, power, 1),
        lambda v, nc, t, power=_power: -moment(v, nc, t, power + 1, 1),
        at=T,
        setting=f"(power={_power})",
        most=MOST,
    )


# Inverses: SciPy's values are what they are, within the tolerance of its search; the slope is that at the value.


def at_value(f: Any, slope: Any) -> Any:
    """Return a slope at the value that SciPy finds."""
    return lambda *args: slope(mp.mpf(float(f(*(float(a) for a in args)))), *args)


PROBABILITIES = [0.01, 0.3, 0.5, 0.9, 0.999]
many(
    "chndtrix",
    None,
    at_value(sp.chndtrix, lambda y, p, k, nc: 1 / chi(k, nc, y)),
    None,
    at_value(sp.chndtrix, lambda y, p, k, nc: chi(k + 2, nc, y) / chi(k, nc, y)),
    at=[(p, k, nc) for p in PROBABILITIES for k, nc in ((0.5, 3.0), (2.5, 0.1), (9.0, 40.0))],
    most=MOST,
)
many(
    "chndtrinc",
    None,
    at_value(sp.chndtrinc, lambda y, x, k, p: chi(k, y, x) / chi(k + 2, y, x)),
    None,
    at_value(sp.chndtrinc, lambda y, x, k, p: -1 / chi(k + 2, y, x)),
    at=[(x, k, p) for p in (0.01, 0.1, 0.3) for x, k in ((3.0, 2.0), (9.0, 2.5), (40.0, 3.0))],
    most=MOST,
)


def f_density(m: Any, n: Any, nc: Any, f: Any) -> Any:
    """Return the density of noncentral F."""
    return m / n * odds(m / 2, n / 2, nc / 2, m / n * f, 0)


def f_fall(m: Any, n: Any, nc: Any, f: Any) -> Any:
    """Return the negative derivative of its distribution function in the noncentrality."""
    return odds(m / 2, n / 2, nc / 2, m / n * f, 1) / 2


many(
    "ncfdtri",
    None,
    None,
    None,
    at_value(sp.ncfdtri, lambda y, m, n, nc, p: f_fall(m, n, nc, y) / f_density(m, n, nc, y)),
    at_value(sp.ncfdtri, lambda y, m, n, nc, p: 1 / f_density(m, n, nc, y)),
    at=[(m, n, nc, p) for p in PROBABILITIES for m, n, nc in ((0.5, 3.0, 2.0), (2.5, 7.0, 0.1), (9.0, 4.0, 40.0))],
    most=MOST,
)
many(
    "ncfdtrinc",
    None,
    None,
    None,
    at_value(sp.ncfdtrinc, lambda y, m, n, p, f: -1 / f_fall(m, n, y, f)),
    at_value(sp.ncfdtrinc, lambda y, m, n, p, f: f_density(m, n, y, f) / f_fall(m, n, y, f)),
    at=[(m, n, p, f) for p in (0.01, 0.1, 0.3) for m, n, f in ((2.5, 7.0, 2.0), (9.0, 4.0, 3.0))],
    most=MOST,
)
many(
    "nctdtrit",
    None,
    None,
    at_value(sp.nctdtrit, lambda y, v, nc, p: moment(v, nc, y, 0, 0) / moment(v, nc, y, 1, 0)),
    at_value(sp.nctdtrit, lambda y, v, nc, p: 1 / moment(v, nc, y, 1, 0)),
    at=[(v, nc, p) for p in PROBABILITIES for v, nc in ((0.5, 0.3), (2.5, -1.0), (9.0, 4.0))],
    most=MOST,
)
many(
    "nctdtrinc",
    None,
    None,
    at_value(sp.nctdtrinc, lambda y, v, p, t: -1 / moment(v, y, t, 0, 0)),
    at_value(sp.nctdtrinc, lambda y, v, p, t: moment(v, y, t, 1, 0) / moment(v, y, t, 0, 0)),
    at=[(v, p, t) for p in PROBABILITIES for v, t in ((0.5, 0.3), (2.5, -1.0), (9.0, 4.0))],
    most=MOST,
)


def mixed(central: Any, mean: Any) -> Any:
    """Return the mixture of central distribution functions, with Poisson's weights."""
    return sum(mp.exp(-mean) * mean**j / mp.factorial(j) * central(j) for j in range(80))


def chi_squared(x: Any, k: Any, nc: Any) -> Any:
    """Return the distribution function of noncentral chi-square."""
    return mixed(lambda j: mp.gammainc(k / 2 + j, 0, x / 2, regularized=True), nc / 2)


def fisher(m: Any, n: Any, nc: Any, f: Any) -> Any:
    """Return the distribution function of noncentral F."""
    return mixed(lambda j: mp.betainc(m / 2 + j, n / 2, 0, m * f / (m * f + n), regularized=True), nc / 2)


parameter(
    "chndtr",
    chi_squared,
    1,
    [(x, k, nc) for x in (0.5, 3.0, 30.0) for k in (1.0, 2.5, 30.0) for nc in (0.1, 5.0)],
    "(in the parameter 1)",
)
for _place in (0, 1):
    parameter(
        "ncfdtr",
        fisher,
        _place,
        [(m, n, 1.2, f) for m in (1.0, 4.5) for n in (2.0, 9.0) for f in (0.5, 2.0)],
        f"(in the parameter {_place})",
    )
unmeasured(
    "scipy.special.chndtridf scipy.special.ncfdtridfn scipy.special.ncfdtridfd scipy.special.nctdtridf",
    "what solves for degrees of freedom is a quotient of derivatives that are measured, at a value that SciPy searches",
)
unmeasured(
    " ".join(f"tape.scipy.special.freedom.{name}_slope" for name in ("chndtr", "ncfdtr", "ncfdtr_of_odds", "nctdtr")),
    "it stands within rules, which are measured: those of the functions in the degrees of freedom",
)
