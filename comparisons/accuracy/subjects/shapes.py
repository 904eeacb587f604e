"""Distribution functions and their inverses in the shape parameters: by differences of the side that is small."""

from __future__ import annotations

from typing import Any

import scipy.special as sp
from mpmath import mp

from comparisons.accuracy.exact import difference, inverse
from comparisons.accuracy.points import Points, pairs, spread, with_
from comparisons.accuracy.subject import of
from comparisons.accuracy.subjects.distributions import (
    beta_density,
    beta_lower,
    beta_upper,
    fisher,
    gamma_density,
    gamma_lower,
    gamma_upper,
    student,
)
from tape.scipy.special import densities, incomplete
from tape.scipy.special import student as freedom

MOST = 100
SETTING = "(in the shapes)"


def shapes(name: str, *slopes: Any, at: Points) -> None:
    """Add a function of ``scipy.special``, in some of its arguments."""
    of(f"scipy.special.{name}", getattr(sp, name), None, *slopes, at=at, setting=SETTING, most=MOST)


def in_shape(a: Any, x: Any) -> Any:
    """Return the derivative of P in ``a``."""
    return difference(gamma_lower, 0)(a, x) if x < a else -difference(gamma_upper, 0)(a, x)


def beta_shape(k: int) -> Any:
    """Return the derivative of the incomplete beta function in one of its parameters."""

    def slope(a: Any, b: Any, x: Any) -> Any:
        if x * (a + b) < a:
            return difference(beta_lower, k)(a, b, x)
        return -difference(beta_upper, k)(a, b, x)

    return slope


FIRST, SECOND = beta_shape(0), beta_shape(1)
PAIRS = pairs(spread(0.01, 200, dense=8, smallest=-2), spread(0, 300, dense=8, smallest=-20), 80)
shapes("gammainc", in_shape, None, at=PAIRS)
shapes("gammaincc", lambda a, x: -in_shape(a, x), None, at=PAIRS)
shapes("chdtr", lambda v, x: in_shape(v / 2, x / 2) / 2, None, at=PAIRS)
shapes("chdtrc", lambda v, x: -in_shape(v / 2, x / 2) / 2, None, at=PAIRS)
THREE = [(0.7, b, x) for b, x in PAIRS[:40]]
shapes("gdtr", None, lambda a, b, x: in_shape(b, a * x), None, at=THREE)
shapes("gdtrc", None, lambda a, b, x: -in_shape(b, a * x), None, at=THREE)
LOWER = inverse(gamma_lower, gamma_density, sp.gammaincinv)
UPPER = inverse(gamma_upper, lambda a, x: -gamma_density(a, x), sp.gammainccinv)
LEVELS = with_((0.3,), (2.5,), (40.0,), then=[1e-10, 1e-3, 0.1, 0.4, 0.6, 0.9, 0.999])


def quantile(solve: Any) -> Any:
    """Return the derivative of a quantile in the shape."""

    def slope(a: Any, p: Any) -> Any:
        x = solve(a, p)
        return -in_shape(a, x) / gamma_density(a, x)

    return slope


shapes("gammaincinv", quantile(LOWER), None, at=LEVELS)
shapes("gammainccinv", quantile(UPPER), None, at=LEVELS)
shapes("chdtri", lambda v, p: quantile(UPPER)(v / 2, p), None, at=LEVELS)
shapes("gdtrix", None, lambda a, b, p: quantile(LOWER)(b, p) / a, None, at=[(0.7, a, p) for a, p in LEVELS])
shapes("gdtria", None, lambda p, b, x: quantile(LOWER)(b, p) / x, None, at=[(p, a, 0.7) for a, p in LEVELS])


def solving(name: str, place: int, value: Any, *slopes: Any, at: Points) -> None:
    """Add a function that solves a distribution function ``value`` for an argument, from SciPy's own solution."""
    f = getattr(sp, name)

    def solved(*args: Any) -> Any:
        y = mp.mpf(float(f(*(float(a) for a in args))))
        at = (*args[:place], y, *args[place + 1 :])
        for _ in range(8):
            y -= (value(*at) - args[place]) / slopes[place](*at)
            at = (*args[:place], y, *args[place + 1 :])
        return at

    def level(*args: Any) -> Any:
        return 1 / slopes[place](*solved(*args))

    def other(k: int) -> Any:
        def slope(*args: Any) -> Any:
            at = solved(*args)
            return -slopes[k](*at) / slopes[place](*at)

        return slope

    shapes(name, *(level if k == place else other(k) for k in range(len(slopes))), at=at)


SOME = [0.1, 0.4, 0.8]
solving(
    "chdtriv",
    0,
    lambda v, x: gamma_lower(v / 2, x / 2),
    lambda v, x: in_shape(v / 2, x / 2) / 2,
    lambda v, x: gamma_density(v / 2, x / 2) / 2,
    at=[(p, x) for p in SOME for x in (0.3, 2.0, 30.0)],
)
solving(
    "gdtrib",
    1,
    lambda a, b, x: gamma_lower(b, a * x),
    lambda a, b, x: x * gamma_density(b, a * x),
    lambda a, b, x: in_shape(b, a * x),
    lambda a, b, x: a * gamma_density(b, a * x),
    at=[(0.7, p, x) for p in SOME for x in (0.3, 2.0, 30.0)],
)
solving(
    "pdtrik",
    0,
    lambda k, m: gamma_upper(k + 1, m),
    lambda k, m: -in_shape(k + 1, m),
    lambda k, m: -gamma_density(k + 1, m),
    at=[(p, m) for p in SOME for m in (3.0, 30.0)],
)

# --------------------------------------------------------------------------------- beta
TRIPLES = [
    (a, b, x)
    for a, b in ((0.3, 0.6), (2.5, 1.5), (3.0, 40.0), (30.0, 40.0), (0.05, 7.0))
    for x in spread(0, 1, 0.5, dense=4, smallest=-20)
]
shapes("betainc", FIRST, SECOND, None, at=TRIPLES)
shapes("betaincc", lambda *at: -FIRST(*at), lambda *at: -SECOND(*at), None, at=TRIPLES)
B_LEVELS = [(a, b, p) for a, b in ((0.3, 0.6), (2.5, 1.5), (30.0, 40.0)) for p in (1e-6, 0.1, 0.4, 0.6, 0.9)]
B_LOWER = inverse(beta_lower, beta_density, sp.betaincinv)
B_UPPER = inverse(beta_upper, lambda a, b, x: -beta_density(a, b, x), sp.betainccinv)


def beta_quantile(solve: Any, shape: Any) -> Any:
    """Return the derivative of a quantile in a shape."""

    def slope(a: Any, b: Any, p: Any) -> Any:
        x = solve(a, b, p)
        return -shape(a, b, x) / beta_density(a, b, x)

    return slope


shapes("betaincinv", beta_quantile(B_LOWER, FIRST), beta_quantile(B_LOWER, SECOND), None, at=B_LEVELS)
shapes("betainccinv", beta_quantile(B_UPPER, FIRST), beta_quantile(B_UPPER, SECOND), None, at=B_LEVELS)
BETA = FIRST, SECOND, beta_density
solving("btdtria", 0, beta_lower, *BETA, at=[(p, b, x) for p in SOME for b, x in ((0.7, 0.3), (5.0, 0.2))])
solving("btdtrib", 1, beta_lower, *BETA, at=[(b, p, x) for p in SOME for b, x in ((0.7, 0.3), (5.0, 0.6))])
BINOMIAL = (
    lambda k, n, p: SECOND(k + 1, n - k, p) - FIRST(k + 1, n - k, p),
    lambda k, n, p: -SECOND(k + 1, n - k, p),
    lambda k, n, p: -beta_density(k + 1, n - k, p),
)
solving("bdtrik", 0, lambda k, n, p: beta_upper(k + 1, n - k, p), *BINOMIAL, at=[(p, 20.0, 0.3) for p in SOME])
solving("bdtrin", 1, lambda k, n, p: beta_upper(k + 1, n - k, p), *BINOMIAL, at=[(2.5, p, 0.3) for p in SOME])
NEGATIVE = (
    lambda k, n, p: SECOND(n, k + 1, p),
    lambda k, n, p: FIRST(n, k + 1, p),
    lambda k, n, p: beta_density(n, k + 1, p),
)
solving("nbdtrik", 0, lambda k, n, p: beta_lower(n, k + 1, p), *NEGATIVE, at=[(p, 5.0, 0.3) for p in SOME])
solving("nbdtrin", 1, lambda k, n, p: beta_lower(n, k + 1, p), *NEGATIVE, at=[(2.5, p, 0.3) for p in SOME])


# -------------------------------------------------------------------- Student and Fisher
def student_part(v: Any, x: Any) -> Any:
    """Return Student's distribution function, but for a constant, so that it is small."""
    part = mp.mpf(1) / 2
    if abs(x) < 1.5:
        return mp.sign(x) * mp.betainc(part, v / 2, 0, x * x / (v + x * x), regularized=True) / 2
    return -mp.sign(x) * mp.betainc(v / 2, part, 0, v / (v + x * x), regularized=True) / 2


in_freedom = difference(student_part, 0)
FREEDOMS = with_((0.5,), (1.0,), (3.5,), (50.0,), (1e4,), then=spread(-100, 100, dense=4, smallest=-10))
shapes("stdtr", in_freedom, None, at=FREEDOMS)
STUDENT = inverse(lambda v, x: student_part(v, x) + (0.5 if abs(x) < 1.5 else x > 0), student, sp.stdtrit)


def student_quantile(v: Any, p: Any) -> Any:
    """Return the derivative of Student's quantile."""
    x = STUDENT(v, p)
    return -in_freedom(v, x) / student(v, x)


shapes("stdtrit", student_quantile, None, at=with_((3.5,), (50.0,), then=[1e-6, 0.1, 0.3, 0.6, 0.9]))
solving(
    "stdtridf",
    0,
    lambda v, x: student_part(v, x) + (0.5 if abs(x) < 1.5 else x > 0),
    in_freedom,
    student,
    at=[(0.8, 1.0), (0.9, 1.8), (0.3, -0.6)],
)


def fisher_lower(m: Any, n: Any, x: Any) -> Any:
    """Return Fisher's distribution function, or what it lacks to one, with its sign: the smaller."""
    if x < 1:
        return beta_lower(m / 2, n / 2, m * x / (n + m * x))
    return -beta_lower(n / 2, m / 2, n / (n + m * x))


F_M, F_N = difference(fisher_lower, 0), difference(fisher_lower, 1)
FISHER = with_((3.5, 4.5), (30.0, 40.0), (1.0, 7.0), then=spread(0, 1e3, dense=5, smallest=-10))
shapes("fdtr", F_M, F_N, None, at=FISHER)
shapes("fdtrc", lambda *at: -F_M(*at), lambda *at: -F_N(*at), None, at=FISHER)
F_LOWER: Any = inverse(lambda m, n, x: fisher_lower(m, n, x) + (x >= 1), fisher, sp.fdtri)


def fisher_quantile(slope: Any) -> Any:
    """Return the derivative of Fisher's quantile."""

    def found(m: Any, n: Any, p: Any) -> Any:
        x = F_LOWER(m, n, p)
        return -slope(m, n, x) / fisher(m, n, x)

    return found


F_LEVELS = [(m, n, p) for m, n in ((3.5, 4.5), (30.0, 40.0)) for p in (0.01, 0.3, 0.6, 0.9)]
shapes("fdtri", fisher_quantile(F_M), fisher_quantile(F_N), None, at=F_LEVELS)
solving(
    "fdtridfd",
    1,
    lambda m, n, x: fisher_lower(m, n, x) + (x >= 1),
    F_M,
    F_N,
    fisher,
    at=[(3.5, 0.6, 1.3), (5.0, 0.5, 1.1), (4.0, 0.3, 0.8)],
)


# -------------------------------------------------------------------------------- pieces
def second(f: Any, k: int) -> Any:
    """Return the second derivative in one argument, by differences: a third of the digits are right."""

    def found(*args: Any) -> Any:
        h = abs(args[k]) * mp.mpf(10) ** (-mp.dps // 3)
        three = [f(*args[:k], args[k] + d * h, *args[k + 1 :]) for d in (-1, 0, 1)]
        return (three[0] - 2 * three[1] + three[2]) / (h * h)

    return found


def mixed(f: Any) -> Any:
    """Return the derivative in the first two arguments, by differences."""

    def found(a: Any, b: Any, x: Any) -> Any:
        h, k = (c * mp.mpf(10) ** (-mp.dps // 4) for c in (a, b))
        return sum(s * t * f(a + s * h, b + t * k, x) for s in (-1, 1) for t in (-1, 1)) / (4 * h * k)

    return found


def sided(a: Any, b: Any, x: Any, k: int) -> Any:
    """Return the second derivative of the incomplete beta function in one of its parameters."""
    if x * (a + b) < a:
        return second(beta_lower, k)(a, b, x)
    return -second(beta_upper, k)(a, b, x)


of(
    "tape.scipy.special.incomplete.gamma_in_shape",
    lambda a, x: incomplete.gamma_in_shape(a, x, order=1),
    None,
    lambda a, x: second(gamma_lower, 0)(a, x) if x < a else -second(gamma_upper, 0)(a, x),
    lambda a, x: gamma_density(a, x) * (mp.log(x) - mp.psi(0, a)),
    at=PAIRS[:40],
    most=200,
)
of(
    "tape.scipy.special.incomplete.beta_in_shapes",
    lambda a, b, x: incomplete.beta_in_shapes(a, b, x, i=1, j=0),
    None,
    lambda a, b, x: sided(a, b, x, 0),
    lambda a, b, x: mixed(beta_lower)(a, b, x) if x * (a + b) < a else -mixed(beta_upper)(a, b, x),
    lambda a, b, x: beta_density(a, b, x) * (mp.log(x) + mp.psi(0, a + b) - mp.psi(0, a)),
    at=TRIPLES[::2],
    most=200,
)


def density_in_freedom(v: Any, x: Any) -> Any:
    """Return the derivative of Student's density in the degrees of freedom."""
    return difference(student, 0)(v, x)


of(
    "tape.scipy.special.student.student_in_freedom",
    lambda v, x: freedom.student_in_freedom(v, x, order=1),
    None,
    second(student_part, 0),
    density_in_freedom,
    at=FREEDOMS[::2],
    most=200,
)


def gamma_part(v: Any) -> Any:
    """Return half of psi((v + 1) / 2) - psi(v / 2) - 1 / v."""
    return (mp.psi(0, (v + 1) / 2) - mp.psi(0, v / 2) - 1 / v) / 2


of(
    "tape.scipy.special.student.gamma_part",
    lambda v: freedom.gamma_part(v, order=0),
    gamma_part,
    lambda v: (mp.psi(1, (v + 1) / 2) - mp.psi(1, v / 2)) / 4 + 1 / (2 * v * v),
    at=[(v,) for v in spread(0.01, 1e6, 18.0, dense=8, smallest=-2)],
)
of(
    "tape.scipy.special.densities.log1p_less",
    densities.log1p_less,
    lambda w: mp.log1p(w) - w / (1 + w),
    lambda w: w / (1 + w) ** 2,
    at=[(w,) for w in spread(0, 1e6, 0.5, dense=8, smallest=-10)],
)
