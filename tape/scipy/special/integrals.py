"""Exponential, trigonometric, Fresnel and elliptic integrals; DLMF 6, 7 and 19."""

from __future__ import annotations

import math
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


@ours
def incomplete_slope(phi: Any, m: Any, *, kind: int) -> Any:
    """Return the derivative in ``m`` of ``ellipkinc`` (``kind`` 1) or ``ellipeinc`` (-1), by Carlson's integrals."""
    dtype = precision(phi, m)
    phi, m = (np.asarray(v, np.float64) for v in (phi, m))
    turns = np.rint(phi / math.pi)
    rest = phi - turns * math.pi
    s, c = np.sin(rest), np.cos(rest)
    d = 1 - m * s * s
    part = sp.elliprd(c * c, 1.0, d) if kind == 1 else -sp.elliprd(c * c, d, 1.0)
    whole = np.where(turns == 0, 0, 2 * turns * elliptic_slope(1 - np.where(turns == 0, 0, m), order=1, kind=kind))
    return cast(s**3 * part / 6 + whole, dtype)


def root(phi: Any, m: Any) -> Any:
    """Return ``sqrt(1 - m sin²(phi))``."""
    return np.sqrt(1 - m * np.square(np.sin(phi)))


elementwise(
    incomplete_slope,
    lambda g, y, phi, m, *, kind: g * (kind * 0.5 * np.square(np.sin(phi)) / root(phi, m) ** (2 + kind)),
    None,
)
elementwise(
    sp.ellipkinc, lambda g, y, phi, m: g / root(phi, m), lambda g, y, phi, m: g * incomplete_slope(phi, m, kind=1)
)
elementwise(
    sp.ellipeinc, lambda g, y, phi, m: g * root(phi, m), lambda g, y, phi, m: g * incomplete_slope(phi, m, kind=-1)
)
outputs(sp.ellipj, lambda y, u, m: [y[1] * y[2], -y[0] * y[2], -m * y[0] * y[1], y[2]])
