"""The error function, the normal distribution, and the incomplete gamma and beta functions with their inverses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import scipy.special as sp
from mpmath import mp

from comparisons.accuracy.exact import inverse
from comparisons.accuracy.points import Points, alone, pairs, spread, with_
from comparisons.accuracy.subject import D, of
from comparisons.accuracy.subjects.elementary import many, one
from tape.rules import special
from tape.scipy.special import densities, faddeeva, pieces

INF = float("inf")
ROOT_PI = mp.sqrt(mp.pi)


def bell(x: Any) -> Any:
    """Return 2 exp(-x²) / sqrt(π)."""
    return 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)


def density(x: Any) -> Any:
    """Return the normal density."""
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def ndtr(x: Any) -> Any:
    """Return the normal distribution function."""
    return mp.erfc(-x / mp.sqrt(2)) / 2


def erfcx(x: Any) -> Any:
    """Return exp(x²) erfc(x)."""
    return mp.exp(x * x) * mp.erfc(x)


def dawson(x: Any) -> Any:
    """Return Dawson's integral."""
    return mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x)


def inv_mills(x: Any) -> Any:
    """Return the normal density over the distribution function."""
    return density(x) / ndtr(x)


BELL = alone(spread(-27, 27))
TAIL = alone(spread(-26, 150, dense=25))
one("erf", mp.erf, bell, BELL)
one("erfc", mp.erfc, lambda x: -bell(x), BELL)
one("erfcx", erfcx, lambda x: 2 * x * erfcx(x) - 2 / mp.sqrt(mp.pi), TAIL)
one("erfi", mp.erfi, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(x * x), alone(spread(-26, 26)))
one("dawsn", dawson, lambda x: 1 - 2 * x * dawson(x), alone(spread(-100, 100, 0.9241388730045918, dense=25)))
of(
    "scipy.special.wofz",
    lambda x: sp.wofz(x).imag,
    lambda x: 2 / mp.sqrt(mp.pi) * dawson(x),
    lambda x: 2 / mp.sqrt(mp.pi) * (1 - 2 * x * dawson(x)),
    at=alone(spread(-20, 20, dense=25)),
    setting="(imaginary part)",
)
of(
    "tape.scipy.special.faddeeva.faddeeva_derivative",
    lambda x: faddeeva.faddeeva_derivative(x, order=1).imag,
    lambda x: 2 / mp.sqrt(mp.pi) * (1 - 2 * x * dawson(x)),
    lambda x: 2 / mp.sqrt(mp.pi) * (-2 * dawson(x) - 2 * x * (1 - 2 * x * dawson(x))),
    at=alone(spread(-20, 20, dense=25)),
    setting="(imaginary part)",
)
UNIT = alone(spread(0, 1, 0.5, dense=25))
ERFINV = inverse(mp.erf, bell, sp.erfinv)
ERFCINV = inverse(mp.erfc, lambda x: -bell(x), sp.erfcinv)
NDTRI = inverse(ndtr, density, sp.ndtri)
one("erfinv", ERFINV, lambda p: 1 / bell(ERFINV(p)), alone(spread(-1, 1, dense=25)))
one("erfcinv", ERFCINV, lambda p: -1 / bell(ERFCINV(p)), alone(spread(0, 2, 1.0, dense=25)))
one("ndtr", ndtr, density, alone(spread(-38, 38)))
one("ndtri", NDTRI, lambda p: 1 / density(NDTRI(p)), UNIT)
one("log_ndtr", lambda x: mp.log(ndtr(x)), inv_mills, alone(spread(-150, 37, dense=25)))
NDTRI_EXP = inverse(lambda y: mp.log(ndtr(y)), inv_mills, sp.ndtri_exp)
one("ndtri_exp", NDTRI_EXP, lambda p: 1 / inv_mills(NDTRI_EXP(p)), alone(spread(-1e3, -1e-15, dense=25)))
many(
    "owens_t",
    None,
    lambda h, a: -density(h) * mp.erf(a * h / mp.sqrt(2)) / 2,
    lambda h, a: mp.exp(-h * h * (1 + a * a) / 2) / (2 * mp.pi * (1 + a * a)),
    at=pairs(spread(-36, 36), spread(-36, 36)),
)
PROBABILITIES = spread(0, 1, 0.5, dense=12)
many(
    "nrdtrimn",
    None,
    lambda p, s, x: -s / density(NDTRI(p)),
    lambda p, s, x: -NDTRI(p),
    lambda p, s, x: mp.mpf(1),
    at=[(p, 1.5, 2.0) for p in PROBABILITIES],
)
many(
    "nrdtrisd",
    None,
    lambda m, p, x: -1 / NDTRI(p),
    lambda m, p, x: -(x - m) / NDTRI(p) ** 2 / density(NDTRI(p)),
    lambda m, p, x: 1 / NDTRI(p),
    at=[(1.5, p, 4.0) for p in PROBABILITIES],
)


def tukey(s: Any, p: Any) -> Any:
    """Return the quantile of Tukey's distribution."""
    return (p**s - (1 - p) ** s) / s


def tukey_slope(s: Any, p: Any) -> Any:
    """Return its derivative."""
    return p ** (s - 1) + (1 - p) ** (s - 1)


TUKEY = inverse(tukey, tukey_slope, lambda s, x: float(sp.tklmbda(x, s)))
of(
    "scipy.special.tklmbda",
    sp.tklmbda,
    lambda x, s: TUKEY(s, x),
    lambda x, s: 1 / tukey_slope(s, TUKEY(s, x)),
    D,
    at=[(x, s) for x in spread(-0.6, 0.6, dense=12) for s in (0.3, 1.5)],
)
of(
    "tape.scipy.special.pieces.scaled_integral",
    lambda x: pieces.scaled_integral(x, order=1),
    lambda x: 1 / mp.sqrt(mp.pi) - x * erfcx(x),
    lambda x: 2 * x / mp.sqrt(mp.pi) - (1 + 2 * x * x) * erfcx(x),
    at=alone(spread(-9, 60, dense=25)),
)
of(
    "tape.scipy.special.pieces.mills",
    pieces.mills,
    inv_mills,
    lambda x: -inv_mills(x) * (x + inv_mills(x)),
    at=alone(spread(-100, 37, dense=25)),
)
of(
    "tape.scipy.special.faddeeva.dawson_derivative",
    lambda x: faddeeva.dawson_derivative(x, order=1),
    lambda x: 1 - 2 * x * dawson(x),
    lambda x: -2 * dawson(x) - 2 * x * (1 - 2 * x * dawson(x)),
    at=alone(spread(-60, 60, 1.5019752682689786, dense=25)),
)

# ----------------------------------------------------------------------- incomplete gamma


def gamma_density(a: Any, x: Any) -> Any:
    """Return x**(a-1) exp(-x) / gamma(a)."""
    return mp.exp((a - 1) * mp.log(x) - x - mp.loggamma(a))


def gamma_lower(a: Any, x: Any) -> Any:
    """Return the lower regularized incomplete gamma function."""
    return mp.gammainc(a, 0, x, regularized=True)


def gamma_upper(a: Any, x: Any) -> Any:
    """Return the upper one."""
    return mp.gammainc(a, x, regularized=True)


SHAPES = ((0.3,), (1.0,), (2.5,), (9.0,), (40.0,))
AMOUNTS = with_(*SHAPES, then=spread(0, 300, 1.5, dense=12, smallest=-30))
SIZES = [(a, a * (1 + t)) for a in (30.0, 1e4, 1e6) for t in (-0.3, -0.1, -1e-2, -1e-3, 1e-6, 1e-3, 1e-2, 0.1, 0.5)]
LEVELS = with_((0.3,), (1.0,), (2.5,), (40.0,), then=spread(0, 1, 0.5, dense=7, smallest=-30))
of(
    "tape.scipy.special.densities.gamma_density",
    densities.gamma_density,
    gamma_density,
    lambda a, x: gamma_density(a, x) * (mp.log(x) - mp.psi(0, a)),
    lambda a, x: gamma_density(a, x) * ((a - 1) / x - 1),
    at=AMOUNTS + SIZES,
)
many("gammainc", None, None, gamma_density, at=AMOUNTS + SIZES)
many("gammaincc", None, None, lambda a, x: -gamma_density(a, x), at=AMOUNTS + SIZES)
LOWER = inverse(gamma_lower, gamma_density, sp.gammaincinv)
UPPER = inverse(gamma_upper, lambda a, x: -gamma_density(a, x), sp.gammainccinv)
LEAST = 100
many("gammaincinv", LOWER, None, lambda a, p: 1 / gamma_density(a, LOWER(a, p)), at=LEVELS, most=LEAST)
many("gammainccinv", UPPER, None, lambda a, p: -1 / gamma_density(a, UPPER(a, p)), at=LEVELS, most=LEAST)
CHI = with_((1.0,), (3.0,), (60.0,), then=spread(0, 600, dense=12, smallest=-30))
many("chdtr", None, None, lambda v, x: gamma_density(v / 2, x / 2) / 2, at=CHI)
many("chdtrc", None, None, lambda v, x: -gamma_density(v / 2, x / 2) / 2, at=CHI)
many(
    "chdtri",
    lambda v, p: 2 * UPPER(v / 2, p),
    None,
    lambda v, p: -2 / gamma_density(v / 2, UPPER(v / 2, p)),
    at=LEVELS,
    most=LEAST,
)
GAMMAS = [(a, b, x) for a, b in ((0.7, 2.5), (3.0, 40.0)) for x in spread(0, 200, dense=12, smallest=-30)]


def third(sign: int) -> tuple[Any, Any, Any]:
    """Return the derivatives of the gamma distribution."""
    return (
        lambda a, b, x: sign * x * gamma_density(b, a * x),
        None,
        lambda a, b, x: sign * a * gamma_density(b, a * x),
    )


many("gdtr", None, *third(1), at=GAMMAS)
many("gdtrc", None, *third(-1), at=GAMMAS)
QUANTILES = [(0.7, a, p) for a, p in LEVELS]
many(
    "gdtrix",
    lambda a, b, p: LOWER(b, p) / a,
    lambda a, b, p: -LOWER(b, p) / a**2,
    None,
    lambda a, b, p: 1 / (a * gamma_density(b, LOWER(b, p))),
    at=QUANTILES,
    most=LEAST,
)
many(
    "gdtria",
    lambda p, b, x: LOWER(b, p) / x,
    lambda p, b, x: 1 / (x * gamma_density(b, LOWER(b, p))),
    None,
    lambda p, b, x: -LOWER(b, p) / x**2,
    at=[(p, a, 0.7) for a, p in LEVELS],
    most=LEAST,
)
COUNTS = with_((0.0,), (3.0,), (40.0,), then=spread(0, 300, dense=12, smallest=-20))
many("pdtr", None, None, lambda k, m: -gamma_density(k + 1, m), at=COUNTS)
many("pdtrc", None, None, lambda k, m: gamma_density(k + 1, m), at=COUNTS)
many(
    "pdtri",
    lambda k, p: UPPER(k + 1, p),
    None,
    lambda k, p: -1 / gamma_density(k + 1, UPPER(k + 1, p)),
    at=with_((0.0,), (3.0,), (40.0,), then=spread(0, 1, 0.5, dense=7, smallest=-30)),
    most=LEAST,
)

# ------------------------------------------------------------------------ incomplete beta


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """Return x**(a-1) (1-x)**(b-1) / beta(a, b)."""
    return mp.exp((a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x) + mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b))


def beta_lower(a: Any, b: Any, x: Any) -> Any:
    """Return the regularized incomplete beta function."""
    return mp.betainc(a, b, 0, x, regularized=True)


def beta_upper(a: Any, b: Any, x: Any) -> Any:
    """Return its complement."""
    return mp.betainc(b, a, 0, 1 - x, regularized=True)


BETAS = ((0.3, 0.6), (2.5, 1.5), (3.0, 40.0), (30.0, 40.0))
CHANCES = with_(*BETAS, then=spread(0, 1, 0.5, dense=12, smallest=-30))
of(
    "tape.scipy.special.densities.beta_density",
    densities.beta_density,
    beta_density,
    lambda a, b, x: beta_density(a, b, x) * (mp.log(x) + mp.psi(0, a + b) - mp.psi(0, a)),
    lambda a, b, x: beta_density(a, b, x) * (mp.log1p(-x) + mp.psi(0, a + b) - mp.psi(0, b)),
    lambda a, b, x: beta_density(a, b, x) * ((a - 1) / x - (b - 1) / (1 - x)),
    at=CHANCES,
)
many("betainc", None, None, None, beta_density, at=CHANCES)
many("betaincc", None, None, None, lambda a, b, x: -beta_density(a, b, x), at=CHANCES)
B_LEVELS = with_(*BETAS, then=spread(0, 1, 0.5, dense=5, smallest=-20))
B_LOWER = inverse(beta_lower, beta_density, sp.betaincinv)
B_UPPER = inverse(beta_upper, lambda a, b, x: -beta_density(a, b, x), sp.betainccinv)
many(
    "betaincinv",
    B_LOWER,
    None,
    None,
    lambda a, b, p: 1 / beta_density(a, b, B_LOWER(a, b, p)),
    at=B_LEVELS,
    most=LEAST,
)
many(
    "betainccinv",
    B_UPPER,
    None,
    None,
    lambda a, b, p: -1 / beta_density(a, b, B_UPPER(a, b, p)),
    at=B_LEVELS,
    most=LEAST,
)
TRIALS = with_((0.0, 5.0), (2.0, 5.0), (20.0, 50.0), then=spread(0, 1, 0.5, dense=12, smallest=-20))
many("bdtr", None, None, None, lambda k, n, p: -beta_density(k + 1, n - k, p), at=TRIALS, integers=(1,))
many("bdtrc", None, None, None, lambda k, n, p: beta_density(k + 1, n - k, p), at=TRIALS, integers=(1,))
BINOMIAL = inverse(
    lambda k, n, p: beta_upper(k + 1, n - k, p),
    lambda k, n, p: -beta_density(k + 1, n - k, p),
    lambda k, n, p: sp.bdtri(k, int(n), p),
)
B_TRIALS = with_((0.0, 5.0), (2.0, 5.0), (20.0, 50.0), then=spread(0, 1, 0.5, dense=5, smallest=-20))
many(
    "bdtri",
    BINOMIAL,
    None,
    None,
    lambda k, n, q: -1 / beta_density(k + 1, n - k, BINOMIAL(k, n, q)),
    at=B_TRIALS,
    integers=(1,),
    most=LEAST,
)
many("nbdtr", None, None, None, lambda k, n, p: beta_density(n, k + 1, p), at=TRIALS, integers=(0, 1))
many("nbdtrc", None, None, None, lambda k, n, p: -beta_density(n, k + 1, p), at=TRIALS, integers=(0, 1))
NEGATIVE = inverse(
    lambda k, n, p: beta_lower(n, k + 1, p),
    lambda k, n, p: beta_density(n, k + 1, p),
    lambda k, n, p: float(sp.nbdtri(int(k), int(n), p)),
)
many(
    "nbdtri",
    NEGATIVE,
    None,
    None,
    lambda k, n, q: 1 / beta_density(n, k + 1, NEGATIVE(k, n, q)),
    at=B_TRIALS,
    integers=(0, 1),
    most=LEAST,
)


def student(v: Any, x: Any) -> Any:
    """Return the density of Student's distribution."""
    return (1 + x * x / v) ** (-(v + 1) / 2) / (mp.sqrt(v) * mp.beta(v / 2, mp.mpf(1) / 2))


def student_lower(v: Any, x: Any) -> Any:
    """Return Student's distribution function."""
    tail = mp.betainc(v / 2, mp.mpf(1) / 2, 0, v / (v + x * x), regularized=True) / 2
    return 1 - tail if x > 0 else tail


def fisher(m: Any, n: Any, x: Any) -> Any:
    """Return the density of Fisher's distribution."""
    return beta_density(m / 2, n / 2, m * x / (n + m * x)) * m * n / (n + m * x) ** 2


def fisher_upper(m: Any, n: Any, x: Any) -> Any:
    """Return one less Fisher's distribution function."""
    return beta_lower(n / 2, m / 2, n / (n + m * x))


STUDENT = inverse(student_lower, student, sp.stdtrit)
many("stdtr", None, None, student, at=with_((0.5,), (3.5,), (50.0,), (1e8,), then=spread(-1e5, 1e5, dense=12)))
many(
    "stdtrit",
    STUDENT,
    None,
    lambda v, p: 1 / student(v, STUDENT(v, p)),
    at=with_((3.5,), (50.0,), then=spread(0, 1, 0.5, dense=5, smallest=-20)),
    most=LEAST,
)
FISHER: Points = with_((3.5, 4.5), (30.0, 40.0), (1.0, 7.0), then=spread(0, 1e9, dense=12, smallest=-20))
many("fdtr", None, None, None, fisher, at=FISHER)
many("fdtrc", None, None, None, lambda m, n, x: -fisher(m, n, x), at=FISHER)
F_LOWER: Callable[..., Any] = inverse(lambda m, n, x: 1 - fisher_upper(m, n, x), fisher, sp.fdtri)
many(
    "fdtri",
    F_LOWER,
    None,
    None,
    lambda m, n, p: 1 / fisher(m, n, F_LOWER(m, n, p)),
    at=with_((3.5, 4.5), (30.0, 40.0), then=spread(0, 1, 0.5, dense=5, smallest=-20)),
    most=LEAST,
)

of(
    "tape.scipy.special.densities.half_step",
    densities.half_step,
    lambda a: mp.gamma(a + mp.mpf(1) / 2) / mp.gamma(a),
    lambda a: mp.gamma(a + mp.mpf(1) / 2) / mp.gamma(a) * (mp.psi(0, a + mp.mpf(1) / 2) - mp.psi(0, a)),
    at=alone(spread(0, 1e5, dense=12, smallest=-5)),
)


def power(v: Any, x: Any) -> Any:
    """Return what of Student's density depends on the argument."""
    return (1 + x * x / v) ** (-(v + 1) / 2)


of(
    "tape.scipy.special.densities.student_power",
    densities.student_power,
    power,
    D,
    lambda v, x: -(v + 1) * x / (v + x * x) * power(v, x),
    at=with_((0.5,), (3.5,), (50.0,), (1e8,), then=spread(-1e5, 1e5, dense=12)),
)
of(
    "tape.rules.special.bell",
    lambda x: special.bell(x, scale=1.0),
    lambda x: mp.exp(-x * x),
    lambda x: -2 * x * mp.exp(-x * x),
    at=BELL,
)
