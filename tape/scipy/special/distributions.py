"""Incomplete gamma and beta functions, the distribution functions made of them, and the inverses in each argument.

A function that solves ``F(...) = p`` for an argument is differentiated by the implicit function theorem. The counts of
discrete distributions are rounded down: in these there is no rule. DLMF 8.2 and 8.17.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from tape.errors import DegenerateError
from tape.rule import elementwise
from tape.scipy.apart import held
from tape.scipy.special.densities import beta_density, gamma_density
from tape.scipy.special.incomplete import beta_in_shapes, gamma_in_shape
from tape.scipy.special.pieces import count, product_rounding, weakly
from tape.scipy.special.student import student_density, student_in_freedom

__tape__ = True

Slope = Callable[..., Any]


def distribution(fn: Any, *slopes: Slope | None, sign: int = 1) -> None:
    """Declare a distribution function by its derivatives ``(*args)``, or its complement (``sign`` -1)."""
    elementwise(fn, *(None if slope is None else times(slope, sign) for slope in slopes))


def times(slope: Slope, sign: int) -> Slope:
    """Return the rule of a derivative."""
    return lambda g, y, *args: g * (sign * slope(*args))


def solution(
    fn: Any,
    place: int,
    *slopes: Slope | None,
    sign: int = 1,
    of: Slope | None = None,
    counts: bool = False,
    inverse: Slope | None = None,
) -> None:
    """Declare ``fn``, which is given a level in place of one argument of a distribution function, and returns that.

    ``of`` is the distribution function, where the level may be out of its reach: SciPy returns the end of what it has
    searched. A count (``counts``) of zero stands for all the levels below that of zero, and doesn't move. ``inverse``
    is the derivative in the level, ``(y, *args)``, where one over that of the distribution function loses digits.
    """

    def in_level(y: Any, *args: Any) -> Any:
        own = slopes[place]
        assert own is not None
        return sign / own(*args[:place], y, *args[place + 1 :])

    through = inverse or in_level

    def level(g: Any, y: Any, *args: Any) -> Any:
        return rising(g * through(y, *args), y, args)

    def other(slope: Slope) -> Slope:
        def rule(g: Any, y: Any, *args: Any) -> Any:
            at = (*args[:place], y, *args[place + 1 :])
            return rising(g * (-sign * slope(*at) * through(y, *args)), y, args)

        return rule

    def rising(found: Any, y: Any, args: tuple[Any, ...]) -> Any:
        if of is None:
            return found
        least = np.equal(held(y), 0) & counts
        solved(fn, place, of, held(y), least, [held(x) for x in args])
        return np.where(least, 0, found) if np.any(least) else found

    elementwise(
        fn, *(level if k == place else None if slope is None else other(slope) for k, slope in enumerate(slopes))
    )


def solved(fn: Any, place: int, of: Slope, y: Any, least: Any, args: list[Any]) -> None:
    """Refuse what isn't a solution."""
    level = np.asarray(args[place])
    with np.errstate(all="ignore"):
        reached = np.asarray(of(*args[:place], y, *args[place + 1 :]))
        tolerance = SOLVED[reached.dtype.char] * np.minimum(reached, 1 - reached)
        near = np.abs(reached - level) <= tolerance + 4 * np.finfo(reached.dtype).eps
    wrong = ~near & ~(least & (reached > level)) & np.isfinite(y)
    if np.any(wrong):
        at = ", ".join(f"{float(np.broadcast_to(x, wrong.shape)[wrong][0]):g}" for x in args)
        raise DegenerateError(
            f"scipy.special.{fn.__name__}({at}): no argument {place} of the distribution function gives this level, and"
            " SciPy returns the end of what it has searched: there is no derivative. Leave such levels out"
        )


SOLVED = {"d": 1e-5, "f": 1e-2}
"""How far a solution may be off: SciPy searches to 1e-8 or so, in single precision to some digits."""


def in_shape(a: Any, x: Any) -> Any:
    """Return the derivative of ``P(a, x)`` in ``a``."""
    return gamma_in_shape(a, x, order=1)


def in_first(a: Any, b: Any, x: Any) -> Any:
    """Return the derivative of ``I(x; a, b)`` in ``a``."""
    return beta_in_shapes(a, b, x, i=1, j=0)


def in_second(a: Any, b: Any, x: Any) -> Any:
    """Return the derivative of ``I(x; a, b)`` in ``b``."""
    return beta_in_shapes(a, b, x, i=0, j=1)


# -------------------------------------------------------------------------------- gamma
GAMMA = in_shape, gamma_density
distribution(sp.gammainc, *GAMMA)
distribution(sp.gammaincc, *GAMMA, sign=-1)
solution(sp.gammaincinv, 1, *GAMMA)
solution(sp.gammainccinv, 1, *GAMMA, sign=-1)

CHI_SQUARED = (
    lambda v, x: in_shape(v * 0.5, x * 0.5) * 0.5,
    lambda v, x: gamma_density(v * 0.5, x * 0.5) * 0.5,
)
distribution(sp.chdtr, *CHI_SQUARED)
distribution(sp.chdtrc, *CHI_SQUARED, sign=-1)
solution(sp.chdtri, 1, *CHI_SQUARED, sign=-1)
solution(sp.chdtriv, 0, *CHI_SQUARED, of=sp.chdtr)


def rated_density(a: Any, b: Any, x: Any) -> Any:
    """Return ``gamma_density(b, a x)``: the density multiplies what is rounded off the product, so it is put back."""
    p = a * x
    there = np.where(np.equal(p, 0), 1, p)
    return gamma_density(b, p) * (1 + (b - 1 - p) * (product_rounding(a, x) / there))


RATED = (
    lambda a, b, x: x * rated_density(a, b, x),
    lambda a, b, x: in_shape(b, a * x),
    lambda a, b, x: a * rated_density(a, b, x),
)
distribution(sp.gdtr, *RATED)
distribution(sp.gdtrc, *RATED, sign=-1)
solution(sp.gdtria, 0, *RATED)
solution(sp.gdtrib, 1, *RATED, of=sp.gdtr)
solution(sp.gdtrix, 2, *RATED)


def whole(k: Any) -> Any:
    """Return the whole part of a count."""
    return weakly(np.floor(k), k)


POISSON = None, lambda k, m: gamma_density(whole(k) + 1, m)
distribution(sp.pdtr, *POISSON, sign=-1)
distribution(sp.pdtrc, *POISSON)
solution(sp.pdtri, 1, None, lambda k, m: gamma_density(count(k) + 1.0, m), sign=-1)
POISSON_BETWEEN = lambda k, m: in_shape(k + 1, m), lambda k, m: gamma_density(k + 1, m)
solution(sp.pdtrik, 0, *POISSON_BETWEEN, sign=-1, of=lambda k, m: sp.gammaincc(k + 1, m), counts=True)

# --------------------------------------------------------------------------------- beta


def beta_quantile(a: Any, b: Any, x: Any, rest: Any) -> Any:
    """Return the derivative of a quantile ``x`` of the beta distribution, by what it lacks to one where that is less.

    It is ``rest`` of a boolean that says where: SciPy inverts the distribution of ``1 - x`` as well.
    """
    right = np.greater(x, 0.5)
    near = beta_density(a, b, np.where(right, 0.25, x))
    return 1 / np.where(right, beta_density(b, a, np.where(right, rest(right), 0.25)), near)


def betaincinv_slope(a: Any, b: Any, p: Any, y: Any) -> Any:
    """Return the derivative of ``betaincinv``."""
    return beta_quantile(a, b, y, lambda right: sp.betainccinv(b, a, np.where(right, p, 0.5)))


def betainccinv_slope(a: Any, b: Any, p: Any, y: Any) -> Any:
    """Return the derivative of ``betainccinv``, with its sign changed."""
    return beta_quantile(a, b, y, lambda right: sp.betaincinv(b, a, np.where(right, p, 0.5)))


def bdtri_slope(a: Any, b: Any, q: Any) -> Any:
    """Return the derivative of ``bdtri``, with its sign changed; SciPy subtracts a small result from one."""
    return betainccinv_slope(a, b, q, sp.betainccinv(a, b, q))


BETA = in_first, in_second, beta_density
distribution(sp.betainc, *BETA)
distribution(sp.betaincc, *BETA, sign=-1)
solution(sp.betaincinv, 2, *BETA, inverse=lambda y, a, b, p: betaincinv_slope(a, b, p, y))
solution(sp.betainccinv, 2, *BETA, sign=-1, inverse=lambda y, a, b, p: -betainccinv_slope(a, b, p, y))
solution(sp.btdtria, 0, *BETA, of=sp.betainc)
solution(sp.btdtrib, 1, *BETA, of=sp.betainc)

BINOMIAL = None, None, lambda k, n, p: beta_density(whole(k) + 1, count(n) - whole(k), p)
distribution(sp.bdtr, *BINOMIAL, sign=-1)
distribution(sp.bdtrc, *BINOMIAL)
solution(
    sp.bdtri,
    2,
    *BINOMIAL,
    sign=-1,
    inverse=lambda y, k, n, q: -bdtri_slope(whole(k) + 1, count(n) - whole(k), q),
)
BINOMIAL_BETWEEN = (  # as the inverses see it, of counts between whole ones
    lambda k, n, p: in_first(k + 1, n - k, p) - in_second(k + 1, n - k, p),
    lambda k, n, p: in_second(k + 1, n - k, p),
    lambda k, n, p: beta_density(k + 1, n - k, p),
)
for _fn, _place in ((sp.bdtrik, 0), (sp.bdtrin, 1)):
    solution(
        _fn,
        _place,
        *BINOMIAL_BETWEEN,
        sign=-1,
        of=lambda k, n, p: sp.betaincc(k + 1, n - k, p),
        counts=_fn is sp.bdtrik,
    )

NEGATIVE = None, None, lambda k, n, p: beta_density(count(n), count(k) + 1.0, p)
distribution(sp.nbdtr, *NEGATIVE)
distribution(sp.nbdtrc, *NEGATIVE, sign=-1)
solution(sp.nbdtri, 2, *NEGATIVE, inverse=lambda y, k, n, q: betaincinv_slope(count(n), count(k) + 1.0, q, y))
NEGATIVE_BETWEEN = (
    lambda k, n, p: in_second(n, k + 1, p),
    lambda k, n, p: in_first(n, k + 1, p),
    lambda k, n, p: beta_density(n, k + 1, p),
)
for _fn, _place in ((sp.nbdtrik, 0), (sp.nbdtrin, 1)):
    solution(
        _fn,
        _place,
        *NEGATIVE_BETWEEN,
        of=lambda k, n, p: sp.betainc(n, k + 1, p),
        counts=_fn is sp.nbdtrik,
    )

# -------------------------------------------------------------------- Student and Fisher
STUDENT = lambda v, x: student_in_freedom(v, x, order=1), student_density
distribution(sp.stdtr, *STUDENT)
solution(sp.stdtrit, 1, *STUDENT)
solution(sp.stdtridf, 0, *STUDENT, of=sp.stdtr)


def fisher_quotient(m: Any, n: Any, x: Any) -> tuple[Any, ...]:
    """Return whether ``m x < n``, and the arguments of the incomplete beta function, whose quotient is below one half.

    Of the quotient and what it lacks to one, the smaller is accurate.
    """
    total = n + m * x
    less = np.less(m * x, n)
    half = np.full_like(total, 0.5)  # in the precision of the result, whatever the parameters are
    first, second = np.where(less, m * half, n * half), np.where(less, n * half, m * half)
    return less, first, second, np.where(less, m * x, n) / total


def fisher_density(m: Any, n: Any, x: Any) -> Any:
    """Return the density of Fisher's distribution."""
    total = n + m * x
    _, *at = fisher_quotient(m, n, x)
    return beta_density(*at) * (m / total) * (n / total)


def fisher_slope(m: Any, n: Any, x: Any, nominator: bool) -> Any:
    """Return the derivative in one of the degrees of freedom: that of the shape, and of the quotient."""
    total = n + m * x
    less, *at = fisher_quotient(m, n, x)
    first, second = in_first(*at), in_second(*at)
    shape = np.where(less, first, -second) if nominator else np.where(less, second, -first)
    moved = x * (n if nominator else -m) / (total * total)
    return 0.5 * shape + beta_density(*at) * moved


FISHER = (
    lambda m, n, x: fisher_slope(m, n, x, nominator=True),
    lambda m, n, x: fisher_slope(m, n, x, nominator=False),
    fisher_density,
)
distribution(sp.fdtr, *FISHER)
distribution(sp.fdtrc, *FISHER, sign=-1)
solution(sp.fdtri, 2, *FISHER)
solution(sp.fdtridfd, 1, *FISHER, of=sp.fdtr)
