"""Carlson's symmetric elliptic integrals, and the arithmetic-geometric mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp

from comparisons.accuracy.points import Points, close, pairs, spread
from comparisons.accuracy.subject import D, of
from comparisons.accuracy.subjects.elementary import many
from tape.scipy.special import carlson

MOST = 200


def several(count: int, points: int, size: float = 12) -> Points:
    """Return positive arguments of all sizes, some of which nearly are equal."""
    rng = np.random.default_rng(count)
    found: Points = []
    for k in range(points):
        x = 10.0 ** rng.uniform(-size, size, count) if k % 2 else 10.0 ** rng.uniform(-1, 1, count)
        if k % 3 == 0:
            x = x[0] * (1 + rng.choice([-1, 1], count) * 2.0 ** -rng.integers(1, 53, count))
        found.append(tuple(float(v) for v in x))
    return found


def first(x: Any, y: Any, z: Any) -> Any:
    """Return the derivative of R_F in ``x``."""
    return -mp.elliprd(y, z, x) / 6


def principal(x: Any, y: Any) -> Any:
    """Return R_C, of negative ``y`` the principal value."""
    return mp.elliprc(x, y) if y > 0 else mp.sqrt(x / (x - y)) * mp.elliprc(x - y, -y)


def mixed(x: Any, y: Any) -> Any:
    """Return the integral of ``(t+x)**(-3/2) (t+y)**(-2)``, four times a second derivative of R_C."""
    return 4 * mp.diff(mp.elliprc, (x, y), (1, 1), relative=True)


def mean(a: Any, b: Any) -> Any:
    """Return the derivative of the mean in ``a``."""
    return 2 * a / (3 * mp.pi) * mp.agm(a, b) ** 2 * mp.elliprd(0, b * b, a * a)


THREE = several(3, 120)
many(
    "elliprf",
    mp.elliprf,
    first,
    lambda x, y, z: first(y, x, z),
    lambda x, y, z: first(z, x, y),
    at=THREE,
    most=MOST,
)
many("elliprd", mp.elliprd, D, D, D, at=several(3, 60), most=MOST)
many("elliprg", mp.elliprg, D, D, D, at=several(3, 60), most=MOST)
many("elliprj", mp.elliprj, D, D, D, D, at=several(4, 40, size=4), most=MOST)
RIGHT = several(2, 80)
many("elliprc", principal, D, D, at=[*RIGHT, *((x, -y) for x, y in RIGHT)], most=MOST)
of(
    "tape.scipy.special.carlson.carlson_integral",
    lambda x, y: carlson.carlson_integral(x, y, 1.0, 1.0, halves=(3, 4, 0, 0)),
    mixed,
    D,
    D,
    at=several(2, 40, size=4),
    most=MOST,
)
MEANS = spread(0, 1e100, 1.0, dense=12, smallest=-100)
many(
    "agm",
    mp.agm,
    mean,
    lambda a, b: mean(b, a),
    at=[*pairs(MEANS, MEANS, 80), *((abs(a), abs(b)) for a, b in close(MEANS, 40))],
    most=MOST,
)
