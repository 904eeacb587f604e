"""NumPy's smooth ufuncs."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp

from comparisons.accuracy.points import alone, close, pairs, spread
from comparisons.accuracy.subject import of, unmeasured
from tape.rules import bessel, special

INF = float("inf")
REAL = spread(-INF, INF)
POSITIVE = spread(0, INF)
SMALL = spread(-750, 750)
INSIDE = spread(-1, 1)


def one(row: str, value: Any, slope: Any, xs: list[float]) -> None:
    """Add a ufunc of one argument."""
    of(row, getattr(np, row.removeprefix("np.")), value, slope, at=alone(xs))


def root3(x: Any) -> Any:
    """Return the real cube root."""
    return mp.sign(x) * mp.cbrt(abs(x))


one("np.reciprocal", lambda x: 1 / x, lambda x: -1 / x**2, REAL)
one("np.square", lambda x: x * x, lambda x: 2 * x, REAL)
one("np.sqrt", mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), POSITIVE)
one("np.cbrt", root3, lambda x: 1 / (3 * root3(x) ** 2), REAL)
one("np.exp", mp.exp, mp.exp, SMALL)
one("np.exp2", lambda x: mp.power(2, x), lambda x: mp.power(2, x) * mp.log(2), spread(-1100, 1100))
one("np.expm1", mp.expm1, mp.exp, SMALL)
one("np.log", mp.log, lambda x: 1 / x, spread(0, INF, 1.0))
one("np.log2", lambda x: mp.log(x, 2), lambda x: 1 / (x * mp.log(2)), spread(0, INF, 1.0))
one("np.log10", mp.log10, lambda x: 1 / (x * mp.log(10)), spread(0, INF, 1.0))
one("np.log1p", mp.log1p, lambda x: 1 / (1 + x), spread(-1, INF))
one("np.sin", mp.sin, mp.cos, spread(-INF, INF, np.pi / 2, np.pi))
one("np.cos", mp.cos, lambda x: -mp.sin(x), spread(-INF, INF, np.pi / 2, np.pi))
one("np.tan", mp.tan, lambda x: 1 / mp.cos(x) ** 2, spread(-INF, INF, np.pi / 2, np.pi))
one("np.arcsin", mp.asin, lambda x: 1 / mp.sqrt(1 - x * x), INSIDE)
one("np.arccos", mp.acos, lambda x: -1 / mp.sqrt(1 - x * x), INSIDE)
one("np.arctan", mp.atan, lambda x: 1 / (1 + x * x), REAL)
one("np.sinh", mp.sinh, mp.cosh, SMALL)
one("np.cosh", mp.cosh, mp.sinh, SMALL)
one("np.tanh", mp.tanh, lambda x: mp.sech(x) ** 2, SMALL)
one("np.arcsinh", mp.asinh, lambda x: 1 / mp.sqrt(1 + x * x), REAL)
one("np.arccosh", mp.acosh, lambda x: 1 / mp.sqrt(x * x - 1), spread(1, INF))
one("np.arctanh", mp.atanh, lambda x: 1 / (1 - x * x), INSIDE)
for _name in ("np.deg2rad", "np.radians"):
    one(_name, lambda x: x * mp.pi / 180, lambda x: mp.pi / 180, REAL)
for _name in ("np.rad2deg", "np.degrees"):
    one(_name, lambda x: x * 180 / mp.pi, lambda x: 180 / mp.pi, REAL)
one("np.i0", lambda x: mp.besseli(0, x), lambda x: mp.besseli(1, x), SMALL)


def sinc(x: Any, order: int = 0) -> Any:
    """Return sin(πx) / (πx), or its derivative."""
    u = mp.pi * x
    first = mp.cos(u) / x - mp.sin(u) / (mp.pi * x * x)
    return (mp.sin(u) / u, first, -mp.pi * mp.sin(u) / x - 2 * first / x)[order]


SINC = spread(-1e15, 1e15, 1.0, 2.0, 1.4302966531242027, 0.6626, smallest=-140)
one("np.sinc", sinc, lambda x: sinc(x, 1), SINC)
of(
    "tape.rules.special.sinc_derivative",
    lambda x: special.sinc_derivative(x, order=1),
    lambda x: sinc(x, 1),
    lambda x: sinc(x, 2),
    at=alone(SINC),
)
of(
    "tape.rules.special.sech2",
    special.sech2,
    lambda x: mp.sech(x) ** 2,
    lambda x: -2 * mp.tanh(x) * mp.sech(x) ** 2,
    at=alone(spread(-380, 380)),
)
of(
    "tape.rules.bessel.bessel_i",
    lambda x: bessel.bessel_i(x, order=2),
    lambda x: mp.besseli(2, x),
    lambda x: (mp.besseli(1, x) + mp.besseli(3, x)) / 2,
    at=alone(spread(-750, 750, smallest=-140)),
)

# ------------------------------------------------------------------- of two arguments
TWO = [*pairs(REAL, REAL), *pairs(spread(-50, 50), spread(-50, 50)), *close(REAL)]


def two(row: str, value: Any, first: Any, second: Any, at: list[tuple[float, ...]]) -> None:
    """Add a ufunc of two arguments."""
    of(row, getattr(np, row.removeprefix("np.")), value, first, second, at=at)


two("np.multiply", lambda a, b: a * b, lambda a, b: b, lambda a, b: a, TWO)
two("np.divide", lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / b**2, TWO)
two("np.remainder", None, None, lambda a, b: -mp.floor(a / b), pairs(spread(-1e9, 1e9), spread(-1e5, 1e5)))
two("np.fmod", None, None, lambda a, b: -mp.sign(a / b) * mp.floor(abs(a / b)), pairs(spread(-1e9, 1e9), spread(-9, 9)))
two(
    "np.arctan2",
    mp.atan2,
    lambda a, b: b / (a * a + b * b),
    lambda a, b: -a / (a * a + b * b),
    TWO,
)
two(
    "np.hypot",
    mp.hypot,
    lambda a, b: a / mp.hypot(a, b),
    lambda a, b: b / mp.hypot(a, b),
    TWO,
)


def log_sum(base: Any) -> dict[str, Any]:
    """Return the logarithm of a sum of powers of a base, and its derivatives."""
    return {
        "value": lambda a, b: mp.log(mp.power(base, a) + mp.power(base, b), base),
        "first": lambda a, b: 1 / (1 + mp.power(base, b - a)),
        "second": lambda a, b: 1 / (1 + mp.power(base, a - b)),
    }


NEAR = [*pairs(spread(-700, 700), spread(-700, 700)), *pairs(spread(-9, 9), spread(-9, 9)), *close(spread(-700, 700))]
two("np.logaddexp", **log_sum(mp.e), at=NEAR)
two("np.logaddexp2", **log_sum(mp.mpf(2)), at=NEAR)
of(
    "tape.rules.special.weight",
    special.weight,
    lambda a, b: 1 / (1 + mp.exp(b - a)),
    lambda a, b: 1 / (2 + mp.exp(b - a) + mp.exp(a - b)),
    lambda a, b: -1 / (2 + mp.exp(b - a) + mp.exp(a - b)),
    at=NEAR,
)

POWERS = [
    *pairs(POSITIVE, spread(-9, 9)),
    *pairs(spread(0, 100, 1.0), spread(-200, 200)),
    *pairs(spread(0.5, 2, 1.0), spread(-1e9, 1e9)),
]
for _name in ("np.power", "np.float_power"):
    two(
        _name,
        mp.power,
        lambda a, b: b * mp.power(a, b - 1),
        lambda a, b: mp.power(a, b) * mp.log(a),
        POWERS,
    )

unmeasured(
    "np.add np.subtract np.negative np.positive np.absolute np.fabs np.copysign np.maximum np.minimum np.fmax np.fmin"
    " np.nextafter np.heaviside np.clip np.where np.nan_to_num np.ldexp np.conjugate np.real np.imag"
    " tape.rules.special.fraction",
    "exact: the adjoint, or minus it, a half of it, a power of two of it, or zero",
)
unmeasured("tape.rules.decompositions.quotient", "a division within the rules of decompositions, as accurate as it is")
unmeasured(
    "operator.add operator.sub operator.mul operator.truediv operator.neg operator.pos operator.pow operator.mod"
    " operator.abs",
    "the same rule as NumPy's function of that name",
)
