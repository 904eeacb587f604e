"""Modified Bessel functions of the first kind: ``np.i0``, and those of higher order that its derivatives are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.errors import NoRuleError
from tape.primitive import ours
from tape.rule import elementwise

__tape__ = True

HIGHEST = 8
"""The highest order that is computed accurately."""


@ours
def bessel_i(x: Any, *, order: int) -> Any:
    """Return the modified Bessel function of the first kind, of a whole order, to a few units of rounding.

    Near zero by its power series, whose terms are all positive; far from it by its asymptotic expansion (DLMF 10.40.1),
    whose smallest term is below rounding there.
    """
    if order > HIGHEST:
        raise NoRuleError(f"np.i0 has derivatives up to order {HIGHEST}, not {order}: Bessel functions of that order")
    x = np.asarray(x)
    size = np.abs(x).astype(np.float64)
    bound = 20.0 + order * order
    near = ~(size > bound)  # NaN, too
    half = np.where(near, size, 0) / 2
    series = np.zeros_like(half)
    for k in range(terms(bound / 2, order)):
        # The powers of x/2, each rounded once; products of (x/2)**2 would add up its rounding error k times.
        series += half ** (2 * k + order) / float(math.factorial(k) * math.factorial(k + order))
    far = np.where(near, bound, np.minimum(size, 2000.0))  # where it has long overflowed
    term, expansion = np.ones_like(far), np.ones_like(far)
    for k in range(1, 30):
        term = term * (((2 * k - 1) ** 2 - 4 * order * order) / (8 * k)) / far
        expansion += term
    with np.errstate(over="ignore"):
        root = np.exp(far / 2)  # its square overflows before the function does
        expansion = root * (root * (expansion / np.sqrt(2 * np.pi * far)))
    found = np.where(near, series, expansion)
    if order % 2:
        found = np.copysign(found, x)
    with np.errstate(over="ignore"):
        return found.astype(x.dtype if x.dtype.kind == "f" else np.float64)[()]


def terms(half: float, order: int) -> int:
    """Return how many terms of the series count, up to an argument."""
    k = int(half)
    largest = k * math.log(half) * 2 - math.lgamma(k + 1) - math.lgamma(k + order + 1)
    while 2 * k * math.log(half) - math.lgamma(k + 1) - math.lgamma(k + order + 1) > largest - 42:
        k += 1
    return k


def derivative(g: Any, y: Any, x: Any, *, order: int) -> Any:
    """Return the adjoint times the mean of the orders below and above: both positive, so that nothing cancels."""
    return g * ((bessel_i(x, order=abs(order - 1)) + bessel_i(x, order=order + 1)) * 0.5)


elementwise(bessel_i, derivative)
elementwise(np.i0, lambda g, y, x: g * bessel_i(x, order=1))
