"""The noncentral distributions of chi-square, F and t: their densities, and how they fall with the noncentrality.

The first two are mixtures, with the weights of Poisson's distribution, of central ones, and so are their derivatives:
Johnson, Kotz and Balakrishnan (1995), Continuous univariate distributions, chapters 29 to 31. The rules stand in
:mod:`tape.scipy.special.freedom`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tape.primitive import ours
from tape.scipy.special.densities import beta_density, gamma_density
from tape.scipy.special.pieces import cast, precision

__tape__ = True

LONGEST = 300_000
"""How many terms of a mixture are added up at most, on either side of the largest: if that isn't enough, NaN."""


def mixture(start: Any, largest: Any, ratio: Callable[[Any], Any]) -> Any:
    """Return the sum of positive terms from their largest, at number ``start``, both ways.

    ``ratio(j)`` is that of term ``j + 1`` to term ``j``, and falls with ``j``. A term that is infinite is the sum.
    """
    total = np.array(largest)
    for up in (True, False):
        term, j = np.array(largest), np.array(start)
        for _ in range(LONGEST):
            if up:
                term, j = term * ratio(j), j + 1
            else:
                j = j - 1
                term = np.where(j < 0, 0, term / ratio(np.maximum(j, 0)))
            total = total + term
            if not np.any(term > 1e-19 * total):
                break
        total = np.where(term > 1e-19 * total, math.nan, total)
    return np.where(np.isinf(largest), largest, total)


def turning_point(b: Any, c: Any) -> Any:
    """Return the whole part of the larger root of ``j² + b j + c``, or zero if that is negative."""
    inside = b * b - 4 * c
    root = np.sqrt(np.maximum(inside, 0))
    larger = np.where(b > 0, -2 * c / (b + root), (root - b) / 2)
    return np.where(inside > 0, np.floor(np.fmax(larger, 0)), 0.0)


# ------------------------------------------------------------------------ chi-square


@ours
def noncentral_chi_density(k: Any, nc: Any, x: Any) -> Any:
    """Return the density of the noncentral chi-square distribution of ``k`` degrees of freedom."""
    dtype = precision(k, nc, x)
    k, nc, x = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (k, nc, x)))
    valid = (k > 0) & (nc >= 0) & (x >= 0) & np.isfinite(nc) & np.isfinite(x)
    a, mean, half = (np.where(valid, v / 2, 1.0) for v in (k, nc, x))
    with np.errstate(all="ignore"):
        start = turning_point(a + 1, a - mean * half)
        largest = gamma_density(start + 1, mean) * gamma_density(a + start, half) / 2
        found = mixture(start, largest, lambda j: mean * half / ((j + 1) * (a + j)))
    return cast(np.where(valid, found, math.nan), dtype)


# --------------------------------------------------------------------------------- F


def odds_density(a: Any, b: Any, x: Any) -> Any:
    """Return the density of the odds ``x = w / (1 - w)`` of a beta distribution; by the smaller of both chances."""
    less = x < 1
    first, second = np.where(less, a, b), np.where(less, b, a)
    return beta_density(first, second, np.where(less, x, 1) / (1 + x)) / np.square(1 + x)


@ours
def noncentral_odds(a: Any, b: Any, mean: Any, x: Any, *, kind: int) -> Any:
    """Return the mixture of odds' densities of parameters ``a + j`` and ``b``, the ``j`` of Poisson's distribution.

    That is ``kind`` 0; ``kind`` 1 is by what the distribution function falls as ``a`` grows by one, in which the terms
    are multiplied by ``x / (a + j)``: the negative derivative in the mean of ``j``.
    """
    dtype = precision(a, b, mean, x)
    columns = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (a, b, mean, x)))
    valid = (columns[0] > 0) & (columns[1] > 0) & (columns[2] >= 0) & (columns[3] >= 0)
    p, q, m, z = (np.where(valid, v, 1.0) for v in columns)
    with np.errstate(all="ignore"):
        rate, lower = m * (z / (1 + z)), p + kind
        start = turning_point(lower + 1 - rate, lower - rate * (p + q))
        largest = gamma_density(start + 1, m) * odds_density(p + start, q, z)
        if kind:  # at zero nothing, though the density may be infinite there
            largest = np.where(z > 0, largest * (z / (p + start)), 0)
        found = mixture(start, largest, lambda j: rate * (p + q + j) / ((j + 1) * (lower + j)))
    return cast(np.where(valid, found, math.nan), dtype)


def odds_in_mean(g: Any, y: Any, a: Any, b: Any, mean: Any, x: Any, *, kind: int) -> Any:
    """Return the rule of the odds in the mean."""
    return g * (noncentral_odds(a + 1, b, mean, x, kind=kind) - y)


def odds_in_x(g: Any, y: Any, a: Any, b: Any, mean: Any, x: Any, *, kind: int) -> Any:
    """Return the rule of the odds where they are."""
    above = noncentral_odds(a + 1, b, mean, x, kind=0)
    if kind:
        return g * (noncentral_odds(a, b, mean, x, kind=0) - above)
    return g * (((a - 1) / x - (a + b) / (1 + x)) * y + mean / (x * (1 + x)) * above)


def f_density(m: Any, n: Any, nc: Any, f: Any) -> Any:
    """Return the density of the noncentral F distribution."""
    return m / n * noncentral_odds(m * 0.5, n * 0.5, nc * 0.5, m / n * f, kind=0)


def f_fall(m: Any, n: Any, nc: Any, f: Any) -> Any:
    """Return the negative derivative of its distribution function in the noncentrality."""
    return 0.5 * noncentral_odds(m * 0.5, n * 0.5, nc * 0.5, m / n * f, kind=1)


# --------------------------------------------------------------------------------- t

FALL = 46.0
"""By how many powers of e the integrand falls, until it is left off."""

WIDTH = 0.35
"""How far apart the points are, in units of the width of the integrand about its largest."""

FEWEST = 0.01
"""Of how few degrees of freedom the integral is taken: of fewer it would have too many points."""

TINY = 1e-150
"""Where the square of a number is soon out of range."""

BLOCK = 1 << 16
"""How many values of the integrand there may be at a time."""


def _reach(q: Any, square: Any, way: int) -> Any:
    """Return how far from the largest, in ``log(s)``, ``s**q exp(-A s²/2 + B s)`` has fallen enough: by bisection.

    Upwards (``way`` 1) or downwards (-1), where ``square`` is ``A s²`` at the largest. With ``e`` for the relative
    change of ``s`` it has fallen by ``q (e - log(1 + e)) + square e²/2``, of which the first is enough at ``far``.
    """
    near, far = np.zeros_like(q), 1 + FALL / q
    for _ in range(40):
        middle = (near + far) / 2
        e = np.expm1(way * middle)
        short = q * (e - way * middle) + square / 2 * np.square(e) < FALL
        near, far = np.where(short, middle, near), np.where(short, far, middle)
    return far


@ours
def noncentral_t_moment(v: Any, nc: Any, t: Any, *, power: int, hermite: int) -> Any:
    """Return the mean of ``s**power He(u) phi(u)``, ``u = t s - nc``, where ``v s²`` is of a chi-square distribution.

    ``He`` is Hermite's polynomial of the order ``hermite``, ``phi`` the normal density. The distribution function of
    the noncentral t is the mean of the normal one at ``u``. By the trapezoidal rule in ``log(s)``: DLMF 3.5(i).
    """
    columns = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (v, nc, t)))
    df, shift, at = (np.ravel(x) for x in columns)
    out = np.full(df.shape, math.nan)
    good = np.flatnonzero((df > FEWEST) & np.isfinite(df) & np.isfinite(shift) & np.isfinite(at))
    with np.errstate(all="ignore"):
        df, shift, at = df[good], shift[good], at[good]
        q, a, b = df + power, df + at * at, at * shift
        root = np.sqrt(b * b + 4 * a * q)
        middle = np.where(b > 0, (b + root) / (2 * a), 2 * q / (root - b))
        square = a * middle * middle
        low, high = _reach(q, square, -1), _reach(q, square, 1)
        points = np.ceil((low + high) / np.minimum(WIDTH / np.sqrt(square + q), 0.1)).astype(int)
        order = np.argsort(points, kind="stable")
        while order.size:
            count = int(points[order[-1]])
            rows = max(1, BLOCK // count)
            some, order = order[-rows:], order[:-rows]
            step = (low + high)[some] / count
            from_middle = -low[some, None] + np.arange(count + 1) * step[:, None]
            s = middle[some, None] * np.exp(from_middle)
            few = df[some, None]
            chance = np.asarray(gamma_density(few / 2 + 1, few * s * s / 2))
            # of few degrees of freedom much lies where the square underflows, and the exponential of it is one
            tiny = np.exp(few * (np.log(middle[some, None]) + from_middle + 0.5)) * gamma_density(few / 2, few / 2)
            chance = np.where(s < TINY, tiny, chance)
            u = at[some, None] * s - shift[some, None]
            before, polynomial = np.zeros_like(u), np.ones_like(u)
            for k in range(hermite):
                before, polynomial = polynomial, u * polynomial - k * before
            part = few * chance * np.exp(-u * u / 2) * s**power * polynomial
            out[good[some]] = np.sum(part, axis=1) * step / math.sqrt(2 * math.pi)
    return cast(np.reshape(out, columns[0].shape), precision(v, nc, t))


def t_in_nc(g: Any, y: Any, v: Any, nc: Any, t: Any, *, power: int, hermite: int) -> Any:
    """Return the rule of a moment in the noncentrality."""
    return g * noncentral_t_moment(v, nc, t, power=power, hermite=hermite + 1)


def t_in_t(g: Any, y: Any, v: Any, nc: Any, t: Any, *, power: int, hermite: int) -> Any:
    """Return the rule of a moment in the statistic."""
    return -g * noncentral_t_moment(v, nc, t, power=power + 1, hermite=hermite + 1)


def t_density(v: Any, nc: Any, t: Any) -> Any:
    """Return the density of the noncentral t distribution."""
    return noncentral_t_moment(v, nc, t, power=1, hermite=0)


def t_fall(v: Any, nc: Any, t: Any) -> Any:
    """Return the negative derivative of its distribution function in the noncentrality."""
    return noncentral_t_moment(v, nc, t, power=0, hermite=0)
