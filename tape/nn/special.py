"""The error function and the normal distribution, which NumPy lacks, to within an ulp or two.

Both are read from a table of Taylor coefficients about points 1/256 apart: the derivatives of either function are
Hermite polynomials times exp(-x²), so that the table is computed, not stored. Abramowitz and Stegun (1964), 7.1.19.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from tape.nn.pointwise import pointwise
from tape.rules.special import bell

__tape__ = True

SPACING = 256
"""Table points to a unit of the argument: a power of two, so that points and distances to them are exact."""

LOWEST, HIGHEST = -38.5, 8.5
"""Where the normal distribution function is 0 and 1, as far as float64 can tell."""

BLOCK = 8192
"""Elements that are worked on together, so that what is computed on the way stays in the cache."""

SMALL = 100
"""Elements up to which the number of NumPy's calls is what costs."""


ORDERS = {"erf": {"f": 3, "d": 7, "g": 9}, "ndtr": {"f": 4, "d": 10, "g": 12}}
"""How many derivatives reach full precision within half a spacing, in float32, float64 and longdouble."""


@functools.cache
def coefficients(kind: str, precision: str) -> tuple[np.ndarray[Any, Any], int]:
    """Return Taylor coefficients about the points of the grid, lowest order first, and the first point's number."""
    first, last = (0, 6 * SPACING) if kind == "erf" else (int(LOWEST * SPACING), int(HIGHEST * SPACING))
    points = np.arange(first, last + 1).astype(np.longdouble) / SPACING
    pi = 4 * np.arctan(np.longdouble(1))
    if kind == "erf":
        factor, density = 2, 2 / np.sqrt(pi) * np.exp(-points * points)
        value = density * odd_series(points, factor)
    else:
        factor, density = 1, np.exp(-points * points / 2) / np.sqrt(2 * pi)
        tail = points < -2  # the series would cancel here
        value = density * mills(np.where(tail, -points, 2))
        value[~tail] = 0.5 + density[~tail] * odd_series(points[~tail], factor)
    table = [value]
    before, hermite = np.zeros_like(points), np.ones_like(points)
    for n in range(ORDERS[kind][precision]):
        table.append((-1) ** n * hermite * density / math.factorial(n + 1))
        before, hermite = hermite, factor * (points * hermite - n * before)
    return np.array(table, precision), first


def odd_series(x: Any, factor: int) -> Any:
    """Return ``x + factor x³/3 + factor² x⁵/(3·5) + ...``; Abramowitz and Stegun (1964), 7.1.6 and 26.2.11."""
    term = total = x
    for n in range(1, 200):
        term = term * (factor * x * x) / (2 * n + 1)
        total = total + term
    return total


def mills(z: Any) -> Any:
    """Return ``(1 - Φ(z)) / φ(z)`` for ``z`` of two or more; Abramowitz and Stegun (1964), 26.2.14."""
    fraction = z
    for n in range(300, 0, -1):
        fraction = z + n / fraction
    return 1 / fraction


def looked_up(x: Any, kind: str) -> Any:
    """Evaluate the Taylor polynomial of the nearest point of the grid, for ``x`` within it."""
    table, first = coefficients(kind, x.dtype.char)
    nearest = np.rint(x * SPACING)
    index = nearest.astype(np.intp)
    index -= first
    delta = x - nearest / SPACING
    if x.size <= SMALL:  # a few calls, each on every coefficient
        powers = np.empty((x.size, len(table)), table.dtype)
        powers[:, 0], powers[:, 1:] = 1, delta[:, None]
        return np.einsum("nk,kn->n", np.multiply.accumulate(powers, axis=1), table[:, index])
    total = table[-1].take(index)
    for column in table[-2::-1]:
        total *= delta
        total += column.take(index)
    return total


def in_blocks(x: Any, kind: str, low: float, high: float) -> Any:
    """Evaluate over any array, block by block; outside ``[low, high]`` the function is what it is at the bound."""
    x = np.asarray(x)
    out = np.empty(x.size, x.dtype if x.dtype.kind == "f" else np.float64)
    work = {"e": "f", "f": "f", "g": "g"}.get(x.dtype.char, "d")
    flat = x.reshape(-1).astype(work, copy=False)
    for start in range(0, flat.size, BLOCK):
        part = flat[start : start + BLOCK]
        found = looked_up(np.fmin(np.fmax(part, low), high), kind)
        hole = np.isnan(part)
        if hole.any():
            found[hole] = np.nan
        out[start : start + BLOCK] = found
    return out.reshape(x.shape)[()]


@pointwise(lambda g, y, x: -g * x * y)
def normal_pdf(x: Any) -> Any:
    """Return the density of the normal distribution, ``exp(-x²/2) / sqrt(2π)``."""
    return bell(x, scale=0.5) * (1 / math.sqrt(2 * math.pi))


@pointwise(lambda g, y, x: g * (2 / math.sqrt(math.pi)) * bell(x, scale=1.0))
def erf(x: Any) -> Any:
    """Return the error function, ``2/sqrt(π) ∫₀ˣ exp(-t²) dt``, for real ``x`` of any shape.

    Notes
    -----
    Relative error at most 2 ulp in float64, also about 0. Abramowitz and Stegun (1964), 7.1.1.
    """
    x = np.asarray(x)
    return np.copysign(in_blocks(np.abs(x), "erf", 0.0, 6.0), x)


@pointwise(lambda g, y, x: g * normal_pdf(x))
def ndtr(x: Any) -> Any:
    """Return the normal distribution function, ``½ erfc(-x/sqrt(2))``, for real ``x`` of any shape.

    Notes
    -----
    The relative error stays within 2 ulp in the lower tail, too, where ``½ (1 + erf(x/sqrt(2)))`` cancels to zero.
    """
    return in_blocks(x, "ndtr", LOWEST, HIGHEST)
