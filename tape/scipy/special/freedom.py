"""The noncentral distributions of chi-square, F and t in every argument, and the inverses in each.

In the degrees of freedom by :mod:`tape.scipy.special.spectral`, of SciPy's values; in the others by the densities of
:mod:`tape.scipy.special.noncentral`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import scipy.special as sp

from tape.errors import NoRuleError
from tape.rule import elementwise
from tape.scipy.special.distributions import distribution, solution
from tape.scipy.special.noncentral import (
    f_density,
    f_fall,
    noncentral_chi_density,
    noncentral_odds,
    noncentral_t_moment,
    odds_in_mean,
    odds_in_x,
    t_density,
    t_fall,
    t_in_nc,
    t_in_t,
)
from tape.scipy.special.spectral import derivative, interpolated

__tape__ = True


def declared(f: Callable[..., Any], name: str, count: int) -> Callable[..., Any]:
    """Return the primitive of a function's derivatives, of some order in each argument."""
    return interpolated(name, lambda *args, orders: derivative(f, args, orders, name), count)


chndtr_slope = declared(sp.chndtr, "chndtr", 3)
ncfdtr_slope = declared(sp.ncfdtr, "ncfdtr", 4)
nctdtr_slope = declared(sp.nctdtr, "nctdtr", 3)
# The distribution function of the odds, of which those of F are a multiple.
odds_slope = declared(lambda a, b, mean, x: sp.ncfdtr(2 * a, 2 * b, 2 * mean, x * b / a), "ncfdtr_of_odds", 4)

elementwise(
    noncentral_chi_density,
    lambda g, y, k, nc, x: g * chndtr_slope(x, k, nc, orders=(1, 1, 0)),
    lambda g, y, k, nc, x: g * (0.5 * (noncentral_chi_density(k + 2, nc, x) - y)),
    lambda g, y, k, nc, x: g * (((0.5 * k - 1) / x - 0.5) * y + 0.5 * nc / x * noncentral_chi_density(k + 2, nc, x)),
)


def _odds_in(k: int) -> Callable[..., Any]:
    """Return the rule of the odds' density, or fall, in one of the shapes."""

    def rule(g: Any, y: Any, a: Any, b: Any, mean: Any, x: Any, *, kind: int) -> Any:
        first, second = int(k == 0), int(k == 1)
        if kind:
            return -g * odds_slope(a, b, mean, x, orders=(first, second, 1, 0))
        return g * odds_slope(a, b, mean, x, orders=(first, second, 0, 1))

    return rule


elementwise(noncentral_odds, _odds_in(0), _odds_in(1), odds_in_mean, odds_in_x)


def _t_in_freedom(g: Any, y: Any, v: Any, nc: Any, t: Any, *, power: int, hermite: int) -> Any:
    """Return the rule of a moment of the noncentral t distribution in the degrees of freedom: twice in all."""
    if (power, hermite) == (1, 0):
        return g * nctdtr_slope(v, nc, t, orders=(1, 0, 1))
    if (power, hermite) == (0, 0):
        return -g * nctdtr_slope(v, nc, t, orders=(1, 1, 0))
    raise NoRuleError(
        "scipy.special.nctdtr has no derivative in its degrees of freedom after two in its other arguments: take that"
        " in the degrees of freedom first"
    )


elementwise(noncentral_t_moment, _t_in_freedom, t_in_nc, t_in_t)

CHI = (
    lambda x, k, nc: noncentral_chi_density(k, nc, x),
    lambda x, k, nc: chndtr_slope(x, k, nc, orders=(0, 1, 0)),
    lambda x, k, nc: -noncentral_chi_density(k + 2, nc, x),
)
distribution(sp.chndtr, *CHI)
solution(sp.chndtrix, 0, *CHI)
solution(sp.chndtridf, 1, *CHI, of=sp.chndtr)
solution(sp.chndtrinc, 2, *CHI)

F = (
    lambda m, n, nc, f: ncfdtr_slope(m, n, nc, f, orders=(1, 0, 0, 0)),
    lambda m, n, nc, f: ncfdtr_slope(m, n, nc, f, orders=(0, 1, 0, 0)),
    lambda m, n, nc, f: -f_fall(m, n, nc, f),
    f_density,
)
distribution(sp.ncfdtr, *F)
solution(sp.ncfdtridfn, 0, *F, of=sp.ncfdtr)
solution(sp.ncfdtridfd, 1, *F, of=sp.ncfdtr)
solution(sp.ncfdtrinc, 2, *F)
solution(sp.ncfdtri, 3, *F)

T = (
    lambda v, nc, t: nctdtr_slope(v, nc, t, orders=(1, 0, 0)),
    lambda v, nc, t: -t_fall(v, nc, t),
    t_density,
)
distribution(sp.nctdtr, *T)
solution(sp.nctdtridf, 0, *T, of=sp.nctdtr)
solution(sp.nctdtrinc, 1, *T)
solution(sp.nctdtrit, 2, *T)
