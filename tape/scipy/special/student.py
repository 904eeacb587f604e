"""Student's distribution function: its derivatives in the degrees of freedom.

As those of :mod:`tape.scipy.special.incomplete`: the first derivative's integrand changes its sign once, and the
integral is taken from zero or to infinity, on the side where it doesn't.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.incomplete import bell_polynomial, half_line, polygamma
from tape.scipy.special.pieces import cast, half_step, log1p_less, precision, psi_difference, student_power, weakly

__tape__ = True

BERNOULLI = 1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330
"""The numbers of even index, from the second on."""


def student_density(v: Any, x: Any) -> Any:
    """Return the density of Student's distribution."""
    return student_power(v, x) * weakly(half_step(v * 0.5) / math.sqrt(math.pi), v) / v**0.5


@ours
def gamma_part(v: Any, *, order: int) -> Any:
    """Return a derivative of ``(psi((v + 1) / 2) - psi(v / 2) - 1 / v) / 2``, that of the density's gamma functions.

    Of large ``v`` by its asymptotic series: DLMF 5.11.2 and 5.5.8.
    """
    dtype = precision(v)
    v = np.asarray(v, np.float64)
    large = np.maximum(v, 18)
    terms = [((4**k - 1) * b / (2 * k), 2 * k) for k, b in enumerate(BERNOULLI, 1)]
    series = sum((-1) ** order * math.perm(k + order - 1, order) * c / large ** (k + order) for c, k in terms)
    with np.errstate(all="ignore"):
        if order == 0:
            difference = psi_difference(v / 2, 0.5)
        else:
            difference = (polygamma(order, (v + 1) / 2) - polygamma(order, v / 2)) / 2**order
        direct = 0.5 * (difference - (-1) ** order * math.factorial(order) / v ** (order + 1))
    return cast(np.where(v > 18, series, direct), dtype)


elementwise(gamma_part, lambda g, y, v, *, order: g * gamma_part(v, order=order + 1))


def slopes_of(v: Any, square: Any, order: int) -> list[Any]:
    """Return the derivatives in ``v`` of the density's logarithm, in functions that have rules; ``square`` is x².

    What cancels for large ``v`` has been taken out.
    """
    w = square / v
    rest, part = 1 / (1 + w), w / (1 + w)
    found = [gamma_part(v, order=0) + 0.5 * (part / v - log1p_less(w))]
    for n in range(2, order + 1):
        double = part * part * sum((k + 1) * rest**k for k in range(n - 1))
        single = (n - 1) * part / v * sum(rest**k for k in range(n))
        factor = 0.5 * (-1) ** n * math.factorial(n - 2)
        found.append(gamma_part(v, order=n - 1) + factor * (double - single) / v ** (n - 1))
    return found


@ours
def student_in_freedom(v: Any, x: Any, *, order: int) -> Any:
    """Return a derivative in ``v``, of an order from 1 on, of ``scipy.special.stdtr(v, x)``."""
    dtype = precision(v, x)
    v, x = np.broadcast_arrays(np.asarray(v, np.float64), np.asarray(x, np.float64))
    with np.errstate(all="ignore"):
        out = np.where((v > 0) & ((x == 0) | np.isinf(x) | (v == np.inf)), 0.0, np.full(v.shape, math.nan))
        within = (v > 0) & (v < np.inf) & (x != 0) & np.isfinite(x)
        n, square = v[within], np.square(x[within])
        inner = (slopes_of(n, square, 1)[0] > 0) & (square < 1e3 * n)
        sign = np.where(inner, -1.0, 1.0)
        ratio = square / (n + square)
        rate = n * (square - 1) / (n + square)
        fast = 2 + np.abs(rate) + np.sqrt(2 * (n + 1) * ratio * n / (n + square))
        slow = np.where(inner, 0.5, np.where(rate > 0, np.minimum(rate, n), n))

        def integrand(u: Any, n: Any, square: Any, sign: Any, ratio: Any) -> Any:
            doubled = 2 * sign * u
            held = np.minimum(doubled, 600)  # beyond, all is a power: the square would overflow
            slopes = slopes_of(n, square * np.exp(held), order)
            slopes[0] = slopes[0] - 0.5 * (doubled - held)
            fall = np.exp(sign * u - (n + 1) * 0.5 * (np.log1p(ratio * np.expm1(held)) + (doubled - held)))
            return np.where(fall > 0, fall * bell_polynomial(slopes), 0)

        found = half_line(integrand, fast, np.minimum(slow, fast), n, square, sign, ratio)
        out[within] = -sign * found * x[within] * student_density(n, x[within])
    return cast(out, dtype)


elementwise(
    student_in_freedom,
    lambda g, y, v, x, *, order: g * student_in_freedom(v, x, order=order + 1),
    lambda g, y, v, x, *, order: g * (student_density(v, x) * bell_polynomial(slopes_of(v, x * x, order))),
)
