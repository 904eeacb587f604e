"""Kelvin functions in pairs, scaled Airy functions, and integrals of Bessel functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp
from mpmath import mp

from comparisons.accuracy.points import alone, spread, with_
from comparisons.accuracy.subject import D, of
from comparisons.accuracy.subjects.bessels import KELVIN, LONG, MOST, RIGHT, result
from comparisons.accuracy.subjects.elementary import many
from tape.scipy.special import bessel_kin


def by_differences(f: Any, n: int) -> Any:
    """Return a derivative of a function, by mpmath's differences."""
    return lambda x: mp.diff(f, x, n, relative=True)


PAIRS = (
    (lambda x: mp.ber(0, x), 1),
    (lambda x: mp.ker(0, x), 1),
    (lambda x: mp.ber(0, x), 2),
    (lambda x: mp.ker(0, x), 2),
)
for _k, (_f, _n) in enumerate(PAIRS):
    of(
        "scipy.special.kelvin",
        lambda x, k=_k: np.real(sp.kelvin(x)[k]),
        None,
        by_differences(_f, _n),
        at=KELVIN,
        setting=f"[{_k}]",
        most=MOST,
    )


def scaled(f: Any, sign: int) -> Any:
    """Return an Airy function, times the exponential of ``±2/3 x**1.5``."""
    return lambda x: f(x) * mp.exp(sign * mp.mpf(2) / 3 * x * mp.sqrt(x))


def pair(x: Any) -> Any:
    """Return ``exp(-x) (I(1/3, x) + I(-1/3, x))``."""
    third = mp.mpf(1) / 3
    return mp.exp(-x) * (mp.besseli(third, x) + mp.besseli(-third, x))


AIRY = alone(spread(0, 1e4, 0.5, dense=15, smallest=-10))
AIRIES = (
    scaled(mp.airyai, 1),
    scaled(lambda x: mp.airyai(x, derivative=1), 1),
    scaled(mp.airybi, -1),
    scaled(lambda x: mp.airybi(x, derivative=1), -1),
)
for _k, _f in enumerate(AIRIES):
    result("airye", _k, by_differences(_f, 1), AIRY)
for _kind, _f in ((1, pair), (-1, lambda x: mp.exp(x) * mp.besselk(mp.mpf(1) / 3, x))):
    of(
        "tape.scipy.special.bessel_kin.scaled_third",
        lambda x, kind=_kind: bessel_kin.scaled_third(x, order=1, kind=kind),
        by_differences(_f, 1),
        by_differences(_f, 2),
        at=alone(spread(0.1, 1e4, dense=10)),
        setting=f"(kind={_kind})",
        most=MOST,
    )
result("it2i0k0", 0, lambda x: (mp.besseli(0, x) - 1) / x, LONG)
result("it2i0k0", 1, lambda x: -mp.besselk(0, x) / x, LONG)
result("it2j0y0", 0, lambda x: (1 - mp.besselj(0, x)) / x, LONG)
result("it2j0y0", 1, lambda x: -mp.bessely(0, x) / x, RIGHT)
for _sign, _f in ((1, lambda x: (mp.besseli(0, x) - 1) / x), (-1, lambda x: (1 - mp.besselj(0, x)) / x)):
    of(
        "tape.scipy.special.bessel_kin.bessel_quotient",
        lambda x, sign=_sign: bessel_kin.bessel_quotient(x, order=1, sign=sign),
        by_differences(_f, 1),
        by_differences(_f, 2),
        at=LONG,
        setting=f"(sign={_sign})",
        most=MOST,
    )


def moment(a: Any, s: Any, v: Any) -> Any:
    """Return the integral of ``x**s J(v, 2ax)`` over [0, 1], by its power series: DLMF 10.2.2."""
    with mp.extradps(int(2 * a) + 5):
        power = a**v / mp.gamma(v + 1)
        total, k = mp.mpf(0), 0
        while k < 2 * a or abs(power) > mp.eps * abs(total):
            total += power / (s + v + 2 * k + 1)
            k += 1
            power *= -a * a / (k * (v + k))
        return total


MOMENTS = [
    (a, s, v) for a in spread(0, 30, 1.0, dense=6, smallest=-10) for s, v in ((0.0, 0.0), (1.5, 2.0), (0.5, 2.5))
]
many("besselpoly", moment, D, D, None, at=MOMENTS, most=MOST)
of(
    "tape.scipy.special.bessel_kin.bessel_moment",
    lambda a, s, v: bessel_kin.bessel_moment(a, s, v, order=0, logs=1),
    lambda a, s, v: mp.diff(moment, (a, s, v), (0, 1, 0)),
    lambda a, s, v: mp.diff(moment, (a, s, v), (1, 1, 0)),
    lambda a, s, v: mp.diff(moment, (a, s, v), (0, 2, 0)),
    None,
    at=with_((0.3, 1.0), (2.5, 0.5), (9.0, 2.0), then=[0.0, 1.0, 2.5]),
    most=MOST,
)
