"""Exponentials, logarithms, angles and entropies of ``scipy.special``."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp
from mpmath import mp

from comparisons.accuracy.points import Points, alone, close, pairs, spread, with_
from comparisons.accuracy.subject import D, of
from tape.scipy.special import lambert, pieces

INF = float("inf")
REAL = alone(spread(-INF, INF))
TAILS = alone(spread(-740, 740))
POSITIVE = alone(spread(0, INF, 1.0))
INSIDE = alone(spread(0, 1, 0.5))
ANGLES = alone(spread(-1e9, 1e9, 30.0, 45.0, 60.0, 90.0, 180.0))


def one(name: str, value: Any, slope: Any = D, at: Points = TAILS, **more: Any) -> None:
    """Add a function of one argument."""
    of(f"scipy.special.{name}", getattr(sp, name), value, slope, at=at, **more)


def many(name: str, value: Any, *slopes: Any, at: Points, **more: Any) -> None:
    """Add a function of several arguments."""
    of(f"scipy.special.{name}", getattr(sp, name), value, *slopes, at=at, **more)


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x))."""
    return 1 / (1 + mp.exp(-x))


def root3(x: Any) -> Any:
    """Return the real cube root."""
    return mp.sign(x) * mp.cbrt(abs(x))


def exprel(x: Any) -> Any:
    """Return the derivative of (exp(x) - 1) / x."""
    return (mp.exp(x) * (x - 1) + 1) / x**2


def degree(x: Any) -> Any:
    """Return an angle in degrees in radians."""
    return x * mp.pi / 180


one("expm1", mp.expm1, mp.exp)
one("log1p", mp.log1p, lambda x: 1 / (1 + x), alone(spread(-1, INF)))
one("exp2", lambda x: mp.power(2, x), lambda x: mp.power(2, x) * mp.log(2), alone(spread(-1020, 1020)))
one("exp10", lambda x: mp.power(10, x), lambda x: mp.power(10, x) * mp.log(10), alone(spread(-307, 307)))
one("exprel", lambda x: mp.expm1(x) / x, exprel, alone(spread(-1e6, 709, smallest=-140)))
one("cbrt", root3, lambda x: 1 / (3 * root3(x) ** 2), REAL)
one("cosm1", lambda x: mp.cos(x) - 1, lambda x: -mp.sin(x), alone(spread(-1e9, 1e9, np.pi, np.pi / 2, smallest=-140)))
one("expit", sigmoid, lambda x: 1 / (2 + mp.exp(x) + mp.exp(-x)))
one("logit", lambda x: mp.log(x / (1 - x)), lambda x: 1 / (x * (1 - x)), INSIDE)
one("log_expit", lambda x: -mp.log1p(mp.exp(-x)), lambda x: sigmoid(-x))
of(
    "tape.scipy.special.lambert.above_branch",
    lambda x: np.real(lambert.above_branch(x, 0, sp.lambertw(x))),
    lambda x: 1 + mp.lambertw(x),
    lambda x: mp.exp(-mp.lambertw(x)) / (1 + mp.lambertw(x)),
    None,
    None,
    at=alone(spread(-0.36787944117144, 1e300, 1.0)),
)
of(
    "_lambertw",
    lambda x: np.real(sp.lambertw(x)),
    mp.lambertw,
    lambda x: mp.exp(-mp.lambertw(x)) / (1 + mp.lambertw(x)),
    at=alone(spread(-0.36787944117144, 1e300, 1.0)),
)


def omega(x: Any) -> Any:
    """Return Wright's omega function of a real number."""
    if x > 1e3:
        w = x - mp.log(x)
        for _ in range(60):
            w -= (w + mp.log(w) - x) / (1 + 1 / w)
        return w
    return mp.lambertw(mp.exp(x))


one("wrightomega", omega, lambda x: omega(x) / (1 + omega(x)), alone(spread(-740, 1e300)))
one("sindg", lambda x: mp.sin(degree(x)), lambda x: mp.cos(degree(x)) * mp.pi / 180, ANGLES)
one("cosdg", lambda x: mp.cos(degree(x)), lambda x: -mp.sin(degree(x)) * mp.pi / 180, ANGLES)
one("tandg", lambda x: mp.tan(degree(x)), lambda x: mp.sec(degree(x)) ** 2 * mp.pi / 180, ANGLES)
one("cotdg", lambda x: mp.cot(degree(x)), lambda x: -(mp.csc(degree(x)) ** 2) * mp.pi / 180, ANGLES)
many(
    "radian",
    lambda d, m, s: degree(d + m / 60 + s / 3600),
    lambda d, m, s: mp.pi / 180,
    lambda d, m, s: mp.pi / 180 / 60,
    lambda d, m, s: mp.pi / 180 / 3600,
    at=with_((10.0, 20.0), (-3.0, 5.0), then=spread(-60, 60, dense=10)),
)

# ----------------------------------------------------------------------------- x log(y)
LOGS = [*pairs(spread(-INF, INF), spread(0, INF, 1.0)), *pairs(spread(-9, 9), spread(0, 9, 1.0))]
many("xlogy", lambda a, b: a * mp.log(b), lambda a, b: mp.log(b), lambda a, b: a / b, at=LOGS)
many(
    "xlog1py",
    lambda a, b: a * mp.log1p(b),
    lambda a, b: mp.log1p(b),
    lambda a, b: a / (1 + b),
    at=pairs(spread(-INF, INF), spread(-1, INF)),
)
one("entr", lambda x: -x * mp.log(x), lambda x: -mp.log(x) - 1, alone(spread(0, INF, 0.36787944117144233, 1.0)))
POSITIVES = spread(0, INF, 1.0)
QUOTIENTS = [
    *pairs(POSITIVES, POSITIVES),
    *pairs(spread(0, 9), spread(0, 9)),
    *[(abs(a), abs(b)) for a, b in close(POSITIVES)],
    *[(b / 2.718281828459045 * (1 + 2.0**-k), b) for k in range(1, 50, 3) for b in (0.7, 3.0)],
]
many(
    "rel_entr",
    lambda a, b: a * mp.log(a / b),
    lambda a, b: mp.log(a / b) + 1,
    lambda a, b: -a / b,
    at=QUOTIENTS,
)
many(
    "kl_div",
    lambda a, b: a * mp.log(a / b) - a + b,
    lambda a, b: mp.log(a / b),
    lambda a, b: 1 - a / b,
    at=QUOTIENTS,
)
of(
    "tape.scipy.special.pieces.log_ratio",
    pieces.log_ratio,
    lambda a, b: mp.log(a / b),
    lambda a, b: 1 / a,
    lambda a, b: -1 / b,
    at=QUOTIENTS,
)
of(
    "tape.scipy.special.pieces.log_ratio_and_one",
    pieces.log_ratio_and_one,
    lambda a, b: mp.log(a / b) + 1,
    lambda a, b: 1 / a,
    lambda a, b: -1 / b,
    at=QUOTIENTS,
)

# ----------------------------------------------------------------------------- Box, Cox
BASES, SHAPES = spread(0, 1e9, 1.0), spread(-9, 9, smallest=-100)


def boxcox(x: Any, s: Any) -> Any:
    """Return (x**s - 1) / s."""
    return mp.expm1(s * mp.log(x)) / s


def boxcox_shape(u: Any, s: Any) -> Any:
    """Return its derivative in s, u being the logarithm of x."""
    return u * u * exprel(s * u)


def inverse(y: Any, s: Any) -> Any:
    """Return (1 + s y)**(1/s)."""
    return mp.exp(mp.log1p(s * y) / s)


def inverse_shape(y: Any, s: Any) -> Any:
    """Return its derivative in s."""
    return inverse(y, s) * (y / (s * (1 + s * y)) - mp.log1p(s * y) / s**2)


many(
    "boxcox",
    boxcox,
    lambda x, s: mp.power(x, s - 1),
    lambda x, s: boxcox_shape(mp.log(x), s),
    at=pairs(BASES, SHAPES),
)
many(
    "boxcox1p",
    lambda x, s: boxcox(1 + x, s),
    lambda x, s: mp.power(1 + x, s - 1),
    lambda x, s: boxcox_shape(mp.log1p(x), s),
    at=pairs(spread(-1, 1e9, smallest=-100), SHAPES),
)
INVERSES = [(y, s) for y, s in pairs(spread(-30, 30, smallest=-100), spread(-3, 3, smallest=-100)) if 1 + s * y > 1e-9]
many("inv_boxcox", inverse, lambda y, s: inverse(y, s) / (1 + s * y), inverse_shape, at=INVERSES)
many(
    "inv_boxcox1p",
    lambda y, s: inverse(y, s) - 1,
    lambda y, s: inverse(y, s) / (1 + s * y),
    inverse_shape,
    at=INVERSES,
)
many(
    "powm1",
    lambda x, y: mp.power(x, y) - 1,
    lambda x, y: y * mp.power(x, y - 1),
    lambda x, y: mp.power(x, y) * mp.log(x),
    at=[*pairs(POSITIVES, spread(-9, 9)), *pairs(spread(0.5, 2, 1.0), spread(-1e3, 1e3))],
)
SIZES = [(abs(d), x) for d, x in pairs(spread(1e-150, 1e150), spread(-1e150, 1e150))]
NEARBY = pairs(spread(0.01, 9), spread(-9, 9))
many(
    "huber",
    lambda d, r: r * r / 2 if abs(r) <= d else d * (abs(r) - d / 2),
    lambda d, r: max(abs(r) - d, 0),
    lambda d, r: max(min(r, d), -d),
    at=SIZES + NEARBY,
)


def pseudo(d: Any, r: Any) -> Any:
    """Return d² (sqrt(1 + (r/d)²) - 1)."""
    return d * d * (mp.sqrt(1 + (r / d) ** 2) - 1)


many(
    "pseudo_huber",
    pseudo,
    lambda d, r: d * (mp.sqrt(1 + (r / d) ** 2) - 1) ** 2 / mp.sqrt(1 + (r / d) ** 2),
    lambda d, r: r / mp.sqrt(1 + (r / d) ** 2),
    at=SIZES + NEARBY,
)
of(
    "tape.scipy.special.pieces.exprel_derivative",
    lambda x: pieces.exprel_derivative(x, order=1),
    exprel,
    lambda x: (mp.exp(x) * (x * x - 2 * x + 2) - 2) / x**3,
    at=alone(spread(-1e6, 700, smallest=-100)),
)
of(
    "tape.scipy.special.pieces.log1prel_derivative",
    lambda x: pieces.log1prel_derivative(x, order=0),
    lambda x: mp.log1p(x) / x,
    lambda x: 1 / (x * (1 + x)) - mp.log1p(x) / x**2,
    at=alone(spread(-1, 1e100, smallest=-140)),
)
