"""Voigt's profile, and the modified Fresnel integrals."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp
from mpmath import mp

from comparisons.accuracy.points import Points, alone, spread
from comparisons.accuracy.subject import of
from comparisons.accuracy.subjects.elementary import many
from tape.scipy.special import voigt

MOST = 400


def wofz(z: Any, order: int) -> Any:
    """Return a derivative of Faddeeva's function."""
    before, found = -1j / mp.sqrt(mp.pi), mp.exp(-z * z) * mp.erfc(-1j * z)
    for n in range(order):
        before, found = found, -2 * (z * found + max(n, 1) * before)
    return found


def profile(x: Any, s: Any, c: Any, order: int) -> Any:
    """Return the complex number whose real part is a derivative of Voigt's profile in ``x``."""
    return wofz((x + 1j * c) / (s * mp.sqrt(2)), order) / (s * mp.sqrt(2)) ** (order + 1) / mp.sqrt(mp.pi)


def profiles(count: int) -> Points:
    """Return arguments of which one or the other width is much the larger, or neither; and far out."""
    rng = np.random.default_rng(count)
    found: Points = []
    for k in range(count):
        size = (0.5, 2, 6)[k % 3]
        found.append(tuple(float(v) for v in 10.0 ** rng.uniform(-size, size, 3)))
    return found


PROFILES = profiles(180)
many(
    "voigt_profile",
    lambda x, s, c: mp.re(profile(x, s, c, 0)),
    lambda x, s, c: mp.re(profile(x, s, c, 1)),
    lambda x, s, c: s * mp.re(profile(x, s, c, 2)),
    lambda x, s, c: -mp.im(profile(x, s, c, 1)),
    at=PROFILES,
    most=MOST,
)
of(
    "tape.scipy.special.voigt.voigt_derivative",
    lambda x, s, c: voigt.voigt_derivative(x, s, c, order=1, part=1),
    lambda x, s, c: mp.im(profile(x, s, c, 1)),
    lambda x, s, c: mp.im(profile(x, s, c, 2)),
    lambda x, s, c: s * mp.im(profile(x, s, c, 3)),
    lambda x, s, c: mp.re(profile(x, s, c, 2)),
    at=PROFILES,
    most=MOST,
)


def diagonal(x: Any, order: int) -> Any:
    """Return a derivative of K+."""
    turn = mp.expjpi(mp.mpf(1) / 4)
    return wofz(turn * x, order) * turn**order / 2


WAVES = alone(spread(-50, 1e4, dense=15, smallest=-10))
for _name, _f in (("modfresnelp", sp.modfresnelp), ("modfresnelm", sp.modfresnelm)):
    for _k in (0, 1):
        _slope = (lambda x: -mp.cos(x * x), lambda x: mp.re(diagonal(x, 1)))[_k]
        of(
            f"scipy.special.{_name}",
            lambda x, k=_k, f=_f: np.real(f(x)[k]),
            None,
            _slope,
            at=WAVES,
            setting=f"[{_k}]",
            most=MOST,
        )
of(
    "tape.scipy.special.voigt.turned_by_square",
    lambda x: np.real(voigt.turned_by_square(x, sign=1)),
    lambda x: mp.cos(x * x),
    lambda x: -2 * x * mp.sin(x * x),
    at=WAVES,
)
of(
    "tape.scipy.special.voigt.fresnel_derivative",
    lambda x: np.real(voigt.fresnel_derivative(x, order=1, sign=1)),
    lambda x: mp.re(diagonal(x, 1)),
    lambda x: mp.re(diagonal(x, 2)),
    at=WAVES,
    most=MOST,
)
