"""Functions in their orders, degrees and other parameters: by differences of mpmath's functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp
from mpmath import mp

from comparisons.accuracy.exact import difference
from comparisons.accuracy.points import Points, with_
from comparisons.accuracy.subject import of
from tape.scipy.special import scaled
from tape.scipy.special.orders import in_order

MOST = 100
SETTING = "(in the order)"
ARGUMENTS = [1e-5, 0.03, 0.4, 1.3, 2.7, 9.0, 33.0, 150.0]
POINTS: Points = with_((0.3,), (1.0,), (2.5,), (11.0,), then=ARGUMENTS)


def parameter(name: str, function: Any, k: int, at: Points, setting: str = SETTING, result: int | None = None) -> None:
    """Add a function of ``scipy.special`` in its argument ``k``, its real part, or one of its results."""
    f, slopes = getattr(sp, name), [None] * len(at[0])
    slopes[k] = difference(function, k)  # type: ignore[call-overload]

    def program(*args: Any) -> Any:
        found = f(*args)
        return np.real(found) if result is None else found[result]

    of(f"scipy.special.{name}", program, None, *slopes, at=at, setting=setting, most=MOST)


ORDERED = {
    "jv": mp.besselj,
    "yv": mp.bessely,
    "jve": mp.besselj,
    "yve": mp.bessely,
    "iv": mp.besseli,
    "ive": lambda v, x: mp.exp(-x) * mp.besseli(v, x),
    "kv": mp.besselk,
    "kve": lambda v, x: mp.exp(x) * mp.besselk(v, x),
    "hankel1": mp.besselj,
    "hankel2": mp.besselj,
    "hankel1e": lambda v, x: mp.re(mp.exp(-1j * x) * mp.hankel1(v, x)),
    "hankel2e": lambda v, x: mp.re(mp.exp(1j * x) * mp.hankel2(v, x)),
    "struve": mp.struveh,
    "modstruve": mp.struvel,
}
for _name, _f in ORDERED.items():
    parameter(_name, lambda v, x, f=_f: f(v, x), 0, POINTS)


def mixed(f: Any) -> Any:
    """Return the derivative in both arguments, by differences."""

    def found(v: Any, x: Any) -> Any:
        h, k = v * mp.mpf(10) ** (-mp.dps // 4), x * mp.mpf(10) ** (-mp.dps // 4)
        return sum(s * t * f(v + s * h, x + t * k) for s in (-1, 1) for t in (-1, 1)) / (4 * h * k)

    return found


def second(f: Any) -> Any:
    """Return the second derivative in the order, by differences."""

    def found(v: Any, x: Any) -> Any:
        h = v * mp.mpf(10) ** (-mp.dps // 3)
        return (f(v + h, x) - 2 * f(v, x) + f(v - h, x)) / (h * h)

    return found


for _kind in ("jv", "kv", "iv"):
    of(
        "tape.scipy.special.orders.in_order",
        lambda v, x, kind=_kind: in_order(v, x, kind=kind, order=1, degree=0),
        None,
        second(ORDERED[_kind]),
        mixed(ORDERED[_kind]),
        at=POINTS[::2],
        setting=f"({_kind})",
        most=200,
    )


def scaled_slope(kind: str, v: Any, x: Any) -> Any:
    """Return the derivative in the argument of a scaled function."""
    k, sign = (mp.besselk, 1) if kind == "k" else (mp.besseli, -1)
    beside = (k(v - 1, x) + k(v + 1, x)) / 2
    return mp.exp(sign * x) * (sign * k(v, x) - sign * beside)


for _kind, _f in (("k", scaled.scaled_k_derivative), ("i", scaled.scaled_i_derivative)):
    of(
        f"tape.scipy.special.scaled.scaled_{_kind}_derivative",
        lambda v, x, f=_f: f(v, x, order=1),
        None,
        difference(lambda v, x, kind=_kind: scaled_slope(kind, v, x), 0),
        None,
        at=POINTS,
        setting=SETTING,
        most=MOST,
    )
