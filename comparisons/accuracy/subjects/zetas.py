"""Riemann's zeta function."""

from __future__ import annotations

from typing import Any

import scipy.special as sp
from mpmath import mp

from comparisons.accuracy.points import alone, spread, with_
from comparisons.accuracy.subject import of
from comparisons.accuracy.subjects.elementary import one
from tape.scipy.special import zetas

ZETA = alone(spread(-250, 1000, 1.0, -2.0, -4.0, -2.717262829204574, -30.0, dense=20, smallest=-20))


def slope(order: int) -> Any:
    """Return a derivative of zeta; by the functional equation for negative arguments, of which mpmath has no other."""

    def right(s: Any, n: int) -> Any:
        return mp.zeta(s, derivative=n) if n else mp.zeta(s)

    def f(s: Any) -> Any:
        if s > -1:
            return right(s, order)
        # zeta(s) = 2 (2 pi)**-t cos(pi t / 2) gamma(t) zeta(t), t = 1 - s
        parts = [
            mp.taylor(lambda t: 2 * mp.power(2 * mp.pi, -t) * mp.gamma(t), 1 - s, order),
            [(mp.pi / 2) ** k * mp.cos(mp.pi * (1 - s + k) / 2) / mp.factorial(k) for k in range(order + 1)],
            [right(1 - s, k) / mp.factorial(k) for k in range(order + 1)],
        ]
        total = sum(
            parts[0][i] * parts[1][j] * parts[2][order - i - j] for i in range(order + 1) for j in range(order + 1 - i)
        )
        return (-1) ** order * mp.factorial(order) * total

    return f


of("_riemann_zeta", lambda s: sp.zeta(s), mp.zeta, slope(1), at=ZETA, most=100)
one("zetac", lambda s: mp.zeta(s) - 1, slope(1), ZETA, most=100)
of(
    "tape.scipy.special.zetas.zeta_derivative",
    lambda s: zetas.zeta_derivative(s, order=1),
    slope(1),
    slope(2),
    at=alone(spread(-50, 100, 1.0, -2.0, dense=10, smallest=-5)),
    most=100,
)
of(
    "tape.scipy.special.zetas.hurwitz_derivative",
    lambda s, q: zetas.hurwitz_derivative(s, q, order=1),
    lambda s, q: mp.zeta(s, q, 1),
    lambda s, q: mp.zeta(s, q, 2),
    lambda s, q: -s * mp.zeta(s + 1, q, 1) - mp.zeta(s + 1, q),
    at=with_((1.001,), (2.0,), (30.0,), then=spread(0, 1e6, dense=8, smallest=-5)),
    most=100,
)
of(
    "_zeta",
    lambda s, q: sp.zeta(s, q),
    mp.zeta,
    lambda s, q: mp.zeta(s, q, 1),
    None,
    at=with_((1.0001,), (1.5,), (7.0,), (40.0,), then=spread(0, 1e6, dense=5, smallest=-10)),
    setting="(in the exponent)",
    most=100,
)
