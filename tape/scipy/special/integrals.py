"""Exponential, trigonometric, Fresnel and elliptic integrals; DLMF 6, 7 and 19."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.rules.special import is_complex
from tape.scipy.special.declaring import outputs
from tape.scipy.special.pieces import cast, count, log1prel_derivative, precision, sine_of_square

__tape__ = True

elementwise(sp.expi, lambda g, y, x: g * np.exp(x) / x)
elementwise(sp.exp1, lambda g, y, x: -g * np.exp(-x) / x)


def _expn(g: Any, y: Any, n: Any, x: Any) -> Any:
    """Return ``-g E(n-1, x)``; SciPy's starts at order 0, which is ``exp(-x) / x``."""
    n = count(n)
    first = np.equal(n, 0)
    if np.any(first):
        lower = np.where(first, np.exp(-x) / x * (1 + 1 / x), sp.expn(np.where(first, 0, n - 1), x))
        return -g * lower
    return -g * sp.expn(n - 1, x)


def _quotient(value: Any, x: Any) -> Any:
    """Return a function that is odd and has slope one at zero, over its argument."""
    hole = np.equal(x, 0)
    return np.where(hole, 1, value / np.where(hole, 1, x))


def _sinc(x: Any) -> Any:
    """Return ``sin(x) / x``: about zero by a function whose derivatives don't cancel there."""
    far = np.greater(np.abs(x), 1)
    return np.where(far, np.sin(x) / np.where(far, x, 1), np.sinc(np.where(far, 0, x) * (1 / math.pi)))


def _fresnel(y: Any, x: Any) -> list[Any]:
    if is_complex(x):
        return [np.sin(x * x * (math.pi / 2)), np.cos(x * x * (math.pi / 2))]
    return [sine_of_square(x, quarters=0), sine_of_square(x, quarters=1)]


def _spence(g: Any, y: Any, x: Any) -> Any:
    if is_complex(x):
        return g * np.log(x) / (1 - x)
    small = np.less(x, 0.5)  # there x - 1 is rounded
    a, b = np.where(small, x, 0.5), np.where(small, 0, x - 1)
    return g * np.where(small, np.log(a) / (1 - a), -log1prel_derivative(b, order=0))


elementwise(sp.expn, None, _expn)
elementwise(sp.spence, _spence)
outputs(
    sp.sici,
    lambda y, x: [_quotient(np.sin(x), x) if is_complex(x) else _sinc(x), lambda: np.cos(x) / x],
)
outputs(sp.shichi, lambda y, x: [_quotient(np.sinh(x), x), lambda: np.cosh(x) / x])
outputs(sp.fresnel, _fresnel)

# ------------------------------------------------------------- complete elliptic


def slope_of(n: int, which: int, p: Any) -> Any:
    """Return the ``n``-th derivative in ``m = 1 - p`` of ``ellipk`` (``which`` 1) or ``ellipe`` (-1).

    As π/2 (½)ₙ (±½)ₙ / n! F(½+n, ±½+n; 1+n; m), DLMF 19.5.1: by Euler's transformation where ``m`` is near one.
    """
    factor = math.pi / 2 * math.prod((0.5 + k) * (which * 0.5 + k) / (k + 1) for k in range(n))
    a, b, c = 0.5 + n, which * 0.5 + n, 1.0 + n
    with np.errstate(all="ignore"):
        return factor * p ** (c - a - b) * sp.hyp2f1(c - a, c - b, c, 1 - p)


FAR = 4.0
"""The complement from which on derivatives are found by recurrence, which closer to one divides by a small ``m``."""


def far_slope(n: int, which: int, p: Any) -> Any:
    """Return what :func:`slope_of` does, by the hypergeometric equation's derivatives: DLMF 15.10.1."""
    m, first, second = 1 - p, 0.5, which * 0.5
    found = sp.ellipkm1(p) if which == 1 else sp.ellipe(m)
    after = elliptic_slope(p, order=1, kind=which)
    for k in range(n - 1):
        step = (first + k) * (second + k) * found - (1 + k - (first + second + 1 + 2 * k) * m) * after
        found, after = after, step / (m * p)
    return after


@ours
def elliptic_slope(p: Any, *, order: int, kind: int) -> Any:
    """Return a derivative of a complete elliptic integral in ``m``, of the complement ``p = 1 - m``.

    The first by Carlson's integrals, which don't cancel: DLMF 19.25.1.
    """
    z = np.asarray(p, np.float64)
    if order == 1:
        value = sp.elliprd(0.0, 1.0, z) / 6 if kind == 1 else -sp.elliprd(0.0, z, 1.0) / 6
    else:
        value = slope_of(order, kind, z)
        far = z > FAR
        if np.any(far):
            value = np.where(far, far_slope(order, kind, np.where(far, z, FAR)), value)
    return cast(value, precision(p))


elementwise(elliptic_slope, lambda g, y, p, *, order, kind: -g * elliptic_slope(p, order=order + 1, kind=kind))
elementwise(sp.ellipk, lambda g, y, m: g * elliptic_slope(1 - m, order=1, kind=1))
elementwise(sp.ellipkm1, lambda g, y, p: -g * elliptic_slope(p, order=1, kind=1))
elementwise(sp.ellipe, lambda g, y, m: g * elliptic_slope(1 - m, order=1, kind=-1))

# ----------------------------------------------------------- incomplete elliptic


NODES, WEIGHTS = np.polynomial.legendre.leggauss(10)  # of more points NumPy's weights are rounded
PANEL = 0.5
"""Length of what one rule of Gauss integrates: singularities of the integrands are π/2 or more from the real line."""


def quadrature(f: Callable[[Any], Any], end: Any) -> Any:
    """Return integrals of a function from zero to an array of ends, by Gauss's rule in panels."""
    panels = math.ceil(np.max(end[np.isfinite(end)], initial=PANEL) / PANEL)
    half = end / (2 * panels)
    total = np.zeros_like(end)
    for k in range(panels):
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            total += weight * f(half * (2 * k + 1 + node))
    return total * half


def quarter(s: Any, c: Any, m: Any, *, kind: int, order: int) -> Any:
    """Return a derivative in ``m`` of ``ellipkinc`` (``kind`` 1) or ``ellipeinc`` (-1) in the first quarter of a turn.

    It is (±½)ₙ ∫ sin²ⁿ (1 - m sin²)^(∓½-n), whose integrand has one sign; given are the sine and the cosine of the
    amplitude, so that nothing is lost where that is nearly π/2. The first by Carlson's integrals, DLMF 19.25; others
    after a substitution, ``tan = sinh(u)``, or ``sinh(u) / sqrt(1 - m)`` where ``m`` is negative.
    """
    p = 1 - m
    if order == 1:
        d = np.where(m > 0.5, p + m * c * c, 1 - m * s * s)
        return s**3 * (sp.elliprd(c * c, 1.0, d) if kind == 1 else -sp.elliprd(c * c, d, 1.0)) / 6
    factor = math.prod(kind * 0.5 + k for k in range(order))
    right = p <= 1
    a, b = np.where(right, p, 1), np.where(right, 1, p)

    def integrand(u: Any) -> Any:
        square, cosh = np.square(np.sinh(u)), np.cosh(u)
        near = (square / (1 + a * square)) ** order * cosh ** (kind - 1) * (1 + a * square) ** (-0.5 * kind)
        far = np.tanh(u) ** (2 * order) * cosh ** (1 - kind) * (1 + square / b) ** (0.5 * kind - 1)
        return np.where(right, near, far)

    end = np.arcsinh(np.sqrt(b) * s / c)
    return factor * b ** (-order - 0.5) * quadrature(integrand, end)


def turned(s: Any, c: Any, turns: Any, m: Any, *, kind: int, order: int) -> Any:
    """Return a derivative as :func:`quarter` does, of an amplitude some half turns on; NaN beyond ``m = 1``."""
    s, c, turns, m = np.broadcast_arrays(s, c, turns, m)
    with np.errstate(all="ignore"):
        part = np.sign(s) * quarter(np.abs(s), np.abs(c), m, kind=kind, order=order)
        whole = 2 * turns * elliptic_slope(1 - m, order=order, kind=kind)
        return np.where(m > 1, np.nan, part + np.where(turns == 0, 0, whole))  # of m = 1 that may be 0 * inf


@ours
def incomplete_slope(phi: Any, m: Any, *, kind: int, order: int = 1) -> Any:
    """Return a derivative in ``m`` of ``ellipkinc`` (``kind`` 1) or ``ellipeinc`` (-1)."""
    dtype = precision(phi, m)
    phi, m = (np.asarray(v, np.float64) for v in (phi, m))
    turns = np.rint(phi / math.pi)
    rest = phi - turns * math.pi
    return cast(turned(np.sin(rest), np.cos(rest), turns, m, kind=kind, order=order), dtype)


def root(phi: Any, m: Any) -> Any:
    """Return ``sqrt(1 - m sin²(phi))``."""
    return np.sqrt(1 - m * np.square(np.sin(phi)))


def _slope_in_amplitude(g: Any, y: Any, phi: Any, m: Any, *, kind: int, order: int = 1) -> Any:
    factor = math.prod(kind * 0.5 + k for k in range(order))
    return g * (factor * np.sin(phi) ** (2 * order) / root(phi, m) ** (2 * order + kind))


elementwise(
    incomplete_slope,
    _slope_in_amplitude,
    lambda g, y, phi, m, *, kind, order=1: g * incomplete_slope(phi, m, kind=kind, order=order + 1),
)
elementwise(
    sp.ellipkinc, lambda g, y, phi, m: g / root(phi, m), lambda g, y, phi, m: g * incomplete_slope(phi, m, kind=1)
)
elementwise(
    sp.ellipeinc, lambda g, y, phi, m: g * root(phi, m), lambda g, y, phi, m: g * incomplete_slope(phi, m, kind=-1)
)

# ------------------------------------------------------------------------ Jacobi's


@ours
def jacobi_slope(u: Any, m: Any, *, order: int) -> Any:
    """Return a derivative in ``m`` of ``ellipkinc``, at the amplitude of ``u``.

    Of the sine and cosine that SciPy has of it, since the amplitude rounds off what is left to π/2.
    """
    dtype = precision(u, m)
    u, m = (np.asarray(v, np.float64) for v in (u, m))
    s, c, _, phi = sp.ellipj(u, m)
    turns = np.rint(phi / math.pi)
    flip = np.where(turns % 2 == 0, 1, -1)
    return cast(turned(flip * s, c, turns, m, kind=1, order=order), dtype)


def _power(u: Any, m: Any, order: int) -> Any:
    """Return (½)ₙ sd²ⁿ."""
    s, _, d, _ = sp.ellipj(u, m)
    return math.prod(0.5 + k for k in range(order)) * (s / d) ** (2 * order)


def _jacobi(y: Any, u: Any, m: Any) -> list[list[Any]]:
    """Return the derivatives; in ``m`` by that of ``u = ellipkinc(phi, m)``, which doesn't change with it."""
    s, c, d, _ = y

    def turn() -> Any:
        return -d * jacobi_slope(u, m, order=1)

    return [
        [c * d, -s * d, -m * s * c, d],
        [
            lambda: c * turn(),
            lambda: -s * turn(),
            lambda: -s * (s + 2 * m * c * turn()) / (2 * d),
            turn,
        ],
    ]


elementwise(
    jacobi_slope,
    lambda g, y, u, m, *, order: g * _power(u, m, order),
    lambda g, y, u, m, *, order: (
        g * (jacobi_slope(u, m, order=order + 1) - _power(u, m, order) * jacobi_slope(u, m, order=1))
    ),
)
outputs(sp.ellipj, _jacobi, moving=(0, 1))
