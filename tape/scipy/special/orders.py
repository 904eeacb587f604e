"""Bessel and Struve functions: derivatives in the order, of any order, mixed with those in the argument.

In the order by :mod:`tape.scipy.special.spectral`, and of real arguments K, and I of large ones, by integrals that
don't cancel (DLMF 10.32.4 and 10.32.9). In the argument by the neighbouring orders, in whose recurrences the order
doesn't stand: DLMF 10.6.1, 10.29.1, 11.4.23 and 11.4.25.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.rules.special import is_complex
from tape.scipy.special.pieces import cast, only_real, precision
from tape.scipy.special.spectral import derivative

__tape__ = True

NEIGHBOURS: dict[str, tuple[int, int, complex]] = {
    "jv": (1, -1, 0),
    "yv": (1, -1, 0),
    "jve": (1, -1, 0),
    "yve": (1, -1, 0),
    "iv": (1, 1, 0),
    "kv": (-1, 1, 0),
    "kve": (-1, 1, 1),
    "hankel1": (1, -1, 0),
    "hankel2": (1, -1, 0),
    "hankel1e": (1, -1, -1j),
    "hankel2e": (1, -1, 1j),
}
"""For each function the signs of the orders below and above in twice its derivative, the first of both, and the factor
of the function itself, where it is scaled by an exponential."""


def in_argument(kind: str, v: Any, x: Any, degree: int) -> Any:
    """Return a derivative in the argument, by the neighbouring orders."""
    f = getattr(sp, kind)
    if degree == 0:
        return f(v, x)
    if kind in ("jve", "yve", "ive"):
        only_real(x, kind)
    if kind == "ive":
        sign, other, own = 1, 1, -np.sign(x)
    else:
        sign, other, own = NEIGHBOURS[kind]
    total: Any = 0
    for k in range(degree + 1):
        if k < degree and np.all(np.equal(own, 0)):
            continue
        terms: Any = sum(other**j * math.comb(k, j) * f(v - k + 2 * j, x) for j in range(k + 1))
        total = total + math.comb(degree, k) * own ** (degree - k) * (sign * 0.5) ** k * terms
    return total


def struve_in_argument(kind: str, v: Any, x: Any, degree: int) -> Any:
    """Return a derivative of one of Struve's functions in the argument."""
    if degree == 0:
        return getattr(sp, kind)(v, x)
    below, above = (struve_in_argument(kind, v + d, x, degree - 1) for d in (-1, 1))
    falling = math.prod((v - j for j in range(degree - 1)), start=1.0)
    term = falling * (x * 0.5) ** (v - degree + 1) * 0.5 ** (degree - 1)
    term = term * sp.rgamma(v + 1.5) / math.sqrt(math.pi)
    return 0.5 * (below + (above if kind == "modstruve" else -above) + term)


def trapezoidal(f: Callable[..., Any], step: Any, reach: Any, *of: Any) -> Any:
    """Return integrals of even functions ``f(t, *of)`` from zero, where they vanish, to where they are as good as none.

    Of orders from one on the functions have a power of ``t`` as a factor.
    """
    counts = np.exp2(np.ceil(np.log2(reach / step)))
    total = np.full(step.shape, math.nan)
    for count in np.unique(counts[np.isfinite(counts)]):
        some = counts == count
        width, here = reach[some] / count, [x[some] for x in of]
        total[some] = width * sum(f(k * width, *here) for k in range(1, int(count)))
    return total


def k_integral(v: Any, x: Any, order: int, degree: int, scaled: bool) -> Any:
    """Return a derivative of K, or of ``exp(x)`` times it, of real numbers: DLMF 10.32.9."""

    def integrand(t: Any, v: Any, x: Any) -> Any:
        rise = 2 * np.square(np.sinh(t / 2))  # cosh(t) - 1
        even = order % 2 == 0
        near = (np.cosh if even else np.sinh)(v * t) * np.exp(-x * rise)
        far = 0.5 * (np.exp(v * t - x * rise) + (1 if even else -1) * np.exp(-v * t - x * rise))
        return np.where(np.abs(v * t) < 1, near, far) * t**order * (-(rise if scaled else 1 + rise)) ** degree

    n = np.abs(v)
    reach = 2 * np.arcsinh(np.sqrt((25 + 4 * n) / x))
    found = trapezoidal(integrand, np.minimum(0.6 / np.sqrt(np.hypot(x, n)), 0.2), reach, v, x)
    return found if scaled else found * np.exp(-x)


def i_integral(v: Any, x: Any, order: int, degree: int) -> Any:
    """Return a derivative of ``exp(-x)`` times I, of real arguments from 25 on: the first integral of DLMF 10.32.4."""

    def integrand(t: Any, v: Any, x: Any) -> Any:
        fall = -2 * np.square(np.sin(t / 2))  # cos(t) - 1
        wave = (np.cos(v * t), -np.sin(v * t), -np.cos(v * t), np.sin(v * t))[order % 4]
        return t**order * wave * fall**degree * np.exp(x * fall)

    reach = 2 * np.arcsin(np.sqrt(22.5 / x))
    return trapezoidal(integrand, reach / 60, reach, v, x) / math.pi


@ours
def in_order(v: Any, x: Any, *, kind: str, order: int, degree: int) -> Any:
    """Return a derivative of a function of ``scipy.special``: in its order, and of some degree in its argument."""
    if kind in ("struve", "modstruve"):
        return derivative(lambda v, x: struve_in_argument(kind, v, x, degree), (v, x), (order, 0), kind)
    if kind.startswith("hankel") and not is_complex(x) and (degree == 0 or not kind.endswith("e")):
        turn = 1j if kind[6] == "1" else -1j  # the two parts by themselves: one may be far smaller than the other
        j, y = (in_order(v, x, kind=part, order=order, degree=degree) for part in ("jv", "yv"))
        total = j + turn * y
        return total * np.exp(-np.asarray(turn, total.dtype) * x) if kind.endswith("e") else total
    if kind not in ("kv", "kve", "iv", "ive") or is_complex(x):
        return derivative(lambda v, x: in_argument(kind, v, x, degree), (v, x), (order, 0), kind)
    dtype = precision(v, x)
    v, x = np.broadcast_arrays(np.asarray(v, np.float64), np.asarray(x, np.float64))
    out = np.full(v.shape, math.nan)
    with np.errstate(all="ignore"):
        if kind in ("kv", "kve"):
            some = np.abs(v) < 1e6
            out[some] = k_integral(v[some], x[some], order, degree, kind == "kve")
            out[(x == np.inf) & np.isfinite(v)] = 0.0
        else:
            some = x >= np.maximum(25, v * v)
            if kind == "ive":
                out[some] = i_integral(v[some], x[some], order, degree)
            else:  # the exponential isn't differentiated
                parts = [math.comb(degree, k) * i_integral(v[some], x[some], order, k) for k in range(degree + 1)]
                out[some] = np.exp(x[some]) * sum(parts)
            rest = ~some
            out[rest] = derivative(lambda v, x: in_argument(kind, v, x, degree), (v[rest], x[rest]), (order, 0), kind)
    return cast(out, dtype)


elementwise(
    in_order,
    lambda g, y, v, x, *, kind, order, degree: g * in_order(v, x, kind=kind, order=order + 1, degree=degree),
    lambda g, y, v, x, *, kind, order, degree: g * in_order(v, x, kind=kind, order=order, degree=degree + 1),
)


@functools.cache
def order_rule(kind: str) -> Callable[..., Any]:
    """Return the rule of a function in its order."""
    return lambda g, y, v, x: g * in_order(v, x, kind=kind, order=1, degree=0)
