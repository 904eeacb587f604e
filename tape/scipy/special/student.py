"""Student's distribution function: its derivatives in the degrees of freedom.

As those of :mod:`tape.scipy.special.incomplete`: the first derivative's integrand changes its sign once, and the
integral is taken from zero or to infinity, on the side where it doesn't.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.densities import half_step, log1p_less, student_power
from tape.scipy.special.incomplete import bell_polynomial, half_line, interval
from tape.scipy.special.pieces import cast, precision, psi_difference, weakly

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
        difference = psi_difference(v / 2, 0.5, order=order) / 2**order
        direct = 0.5 * (difference - (-1) ** order * math.factorial(order) / v ** (order + 1))
    return cast(np.where(v > 18, series, direct), dtype)


elementwise(gamma_part, lambda g, y, v, *, order: g * gamma_part(v, order=order + 1))


def gamma_slopes(v: Any, order: int) -> list[Any]:
    """Return the part of :func:`slopes_of` that doesn't depend on ``x``, in functions that have rules."""
    halves = lambda n: psi_difference(v / 2 + 1, -0.5, order=n - 1) * 0.5**n
    return [np.where(np.less(v, 1), halves(n), gamma_part(v, order=n - 1)) for n in range(1, order + 1)]


def slopes_of(v: Any, w: Any, gammas: list[Any]) -> list[Any]:
    """Return the derivatives in ``v`` of the density's logarithm, in functions that have rules; ``w`` is ``x² / v``.

    What cancels for large ``v`` has been taken out. For small ``v`` it is the density over ``v``, which has no poles.
    """
    small = np.less(v, 1)
    rest, part = 1 / (1 + w), w / (1 + w)
    found = [gammas[0] + 0.5 * (np.where(small, -rest, part) / v - log1p_less(w))]
    for n in range(2, len(gammas) + 1):
        double = part * part * sum((k + 1) * rest**k for k in range(n - 1))
        single = (n - 1) / v * np.where(small, -(rest**n), part * sum(rest**k for k in range(n)))
        factor = 0.5 * (-1) ** n * math.factorial(n - 2)
        found.append(gammas[n - 1] + factor * (double - single) / v ** (n - 1))
    return found


def change(v: Any, slopes: list[Any]) -> Any:
    """Return a derivative of the density over itself, from those of :func:`slopes_of`."""
    return bell_polynomial(slopes) + np.where(np.less(v, 1), len(slopes) / v, 0) * bell_polynomial(slopes[:-1])


@ours
def student_in_freedom(v: Any, x: Any, *, order: int) -> Any:
    """Return a derivative in ``v``, of an order from 1 on, of ``scipy.special.stdtr(v, x)``.

    With ``y = sqrt(v) sinh(s)`` the density of ``s`` is a power of its hyperbolic secant. The nodes stand in the
    distances ``u`` from the end.
    """
    dtype = precision(v, x)
    v, x = np.broadcast_arrays(np.asarray(v, np.float64), np.asarray(x, np.float64))
    with np.errstate(all="ignore"):
        out = np.where((v > 0) & ((x == 0) | np.isinf(x) | ((v == np.inf) & (x == x))), 0.0, np.full(v.shape, math.nan))
        within = (v > 0) & (v < np.inf) & (x != 0) & np.isfinite(x)
        n, y = v[within], np.abs(x[within])
        end = np.arcsinh(y / np.sqrt(n))

        def changed(s: Any, n: Any, *gammas: Any) -> Any:
            held = np.minimum(s, 300)  # beyond, all is a power: the square would overflow
            slopes = slopes_of(n, np.square(np.sinh(held)), list(gammas))
            slopes[0] = slopes[0] - (s - held)
            return change(n, slopes)

        def integrand(u: Any, n: Any, end: Any, *gammas: Any, sign: float) -> Any:
            s = end + sign * u
            fall = sign * u + np.log1p(np.exp(-2 * s)) - np.log1p(np.exp(-2 * end))  # of log(cosh(s))
            close = np.log1p(2 * np.square(np.sinh(u / 2)) + sign * np.tanh(end) * np.sinh(u))
            return np.exp(-n * np.where(u < 1, close, fall)) * changed(s, n, *gammas)

        gammas = gamma_slopes(n, order)
        inner = changed(end, n, gammas[0]) > 0
        found = np.empty_like(n)
        of = [z[inner] for z in (n, end, *gammas)]
        found[inner] = interval(functools.partial(integrand, sign=-1.0), of[1], *of)
        of = [z[~inner] for z in (n, end, *gammas)]
        fast = 1 + np.sqrt(of[0])  # to a factor of some tens, where the density isn't nothing: so much is seen as well
        found[~inner] = -half_line(functools.partial(integrand, sign=1.0), fast, of[0], *of)
        wide = np.asarray(n, np.longdouble)  # the exponential multiplies its exponent's rounding
        power = cast(np.exp(wide * -0.5 * np.log1p(np.square(np.asarray(y, np.longdouble)) / wide)), n.dtype)
        out[within] = np.sign(x[within]) * found * half_step(n * 0.5) / math.sqrt(math.pi) * power
    return cast(out, dtype)


elementwise(
    student_in_freedom,
    lambda g, y, v, x, *, order: g * student_in_freedom(v, x, order=order + 1),
    lambda g, y, v, x, *, order: (
        g * (student_density(v, x) * change(v, slopes_of(v, x * x / v, gamma_slopes(v, order))))
    ),
)
