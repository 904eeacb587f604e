"""Mathieu functions, which mpmath hasn't: by their Fourier coefficients, eigenvectors of tridiagonal matrices."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import scipy.special as sp
from mpmath import mp

from comparisons.accuracy.points import spread, with_
from comparisons.accuracy.subject import D, of, unmeasured
from comparisons.accuracy.subjects.elementary import many
from tape.scipy.special import mathieu

MOST = 100
ROWS = 60
"""Enough for 100 digits at parameters up to a hundred or so."""


def refined(diagonal: list[Any], beside: list[Any], index: int) -> tuple[Any, list[Any]]:
    """Return an eigenvalue of a symmetric tridiagonal matrix and its vector of unit length, to all digits.

    NumPy's, improved by Rayleigh quotient iteration.
    """
    size = len(diagonal)
    matrix = np.diag([float(d) for d in diagonal])
    for k, e in enumerate(beside):
        matrix[k, k + 1] = matrix[k + 1, k] = float(e)
    v = [mp.mpf(float(c)) for c in np.linalg.eigh(matrix)[1][:, index]]
    value = mp.mpf(0)
    for _ in range(9):
        pairs = sum(2 * e * v[k] * v[k + 1] for k, e in enumerate(beside))
        before, value = value, sum(d * c * c for d, c in zip(diagonal, v, strict=True)) + pairs
        if abs(value - before) <= abs(value) * mp.mpf(10) ** (-mp.dps // 2 - 5):
            return value, v
        pivots, right = [diagonal[0] - value], [v[0]]
        for k in range(1, size):
            factor = beside[k - 1] / pivots[-1]
            pivots.append(diagonal[k] - value - factor * beside[k - 1])
            right.append(v[k] - factor * right[-1])
        v[-1] = right[-1] / pivots[-1]
        for k in range(size - 2, -1, -1):
            v[k] = (right[k] - beside[k] * v[k + 1]) / pivots[k]
        length = mp.sqrt(sum(c * c for c in v))
        v = [c / length for c in v]
    raise ValueError("the iteration doesn't converge")


@functools.lru_cache(4096)
def fourier(even: bool, m: int, q: Any, digits: int) -> tuple[Any, list[tuple[int, Any]]]:
    """Return Mathieu's characteristic value, and the function's frequencies with their amplitudes: DLMF 28.4."""
    first = (0 if even else 2) if m % 2 == 0 else 1
    frequencies = [first + 2 * j for j in range(ROWS)]
    diagonal, beside = [mp.mpf(k) ** 2 for k in frequencies], [q] * (ROWS - 1)
    if first == 1:
        diagonal[0] += q if even else -q
    elif even:
        beside[0] = mp.sqrt(2) * q
    value, v = refined(diagonal, beside, (m - first) // 2)
    if first == 0:
        v[0] /= mp.sqrt(2)
    sign = mp.sign(sum(v) if even else sum(k * c for k, c in zip(frequencies, v, strict=True)))  # DLMF 28.2(vi)
    return value, [(k, sign * c) for k, c in zip(frequencies, v, strict=True)]


def characteristic(even: bool) -> Any:
    """Return Mathieu's characteristic value, a function of the order and the parameter."""
    return lambda m, q: fourier(even, int(m), q, mp.dps)[0]


def angular(even: bool, degree: int = 0) -> Any:
    """Return Mathieu's function, or its derivative in the angle in radians, a function of order, parameter, degrees."""

    def f(m: Any, q: Any, x: Any) -> Any:
        angle, total = x * mp.pi / 180, mp.mpf(0)
        for k, c in fourier(even, int(m), q, mp.dps)[1]:
            if degree == 0:
                total += c * (mp.cos if even else mp.sin)(k * angle)
            else:
                total += c * k * (-mp.sin(k * angle) if even else mp.cos(k * angle))
        return total

    return f


PARAMETERS = [q for q in spread(-60, 60, dense=8, smallest=-3) if q != 0]
for _even, _names, _orders in (
    (True, ("mathieu_a", "mathieu_cem"), (0.0, 1.0, 2.0, 5.0)),
    (False, ("mathieu_b", "mathieu_sem"), (1.0, 2.0, 5.0)),
):
    _values = with_(*((m,) for m in _orders), then=PARAMETERS)
    _angles = [(m, q, x) for m, q in _values for x in (17.0, -200.0)]
    many(_names[0], characteristic(_even), None, D, at=_values, most=MOST)
    of(
        "tape.scipy.special.mathieu.characteristic_slope",
        lambda m, q, even=_even: mathieu.characteristic_slope(m, q, even=even, order=0),
        characteristic(_even),
        None,
        D,
        at=_values,
        setting=f"({_names[0]})",
        most=MOST,
    )
    of(
        "tape.scipy.special.mathieu.angular_slope",
        lambda m, q, x, even=_even: mathieu.angular_slope(m, q, x, even=even, order=0, degree=0),
        angular(_even),
        None,
        D,
        lambda m, q, x, even=_even: angular(even, 1)(m, q, x) * mp.pi / 180,
        at=_angles,
        setting=f"({_names[1]})",
        most=MOST,
    )
    _function = getattr(sp, _names[1])
    for _k in (0, 1):
        of(
            f"scipy.special.{_names[1]}",
            lambda m, q, x, f=_function, k=_k: f(m, q, x)[k],
            angular(_even, _k),
            None,
            D,
            D,
            at=_angles,
            setting=f"[{_k}]",
            most=MOST,
        )

KINDS = ("cv", "ang1", "ang1_cv", "rad1", "rad1_cv", "rad2", "rad2_cv")
unmeasured(
    " ".join(f"scipy.special.{family}_{kind}" for family in ("pro", "obl") for kind in KINDS)
    + " ".join(f" scipy.special.mathieu_mod{kind}" for kind in ("cem1", "cem2", "sem1", "sem2"))
    + " tape.scipy.special.mathieu.modified_slope tape.scipy.special.spheroidal.characteristic_slope"
    " tape.scipy.special.spheroidal.wave_slope",
    "mpmath has no spheroidal and no modified Mathieu functions: tests/scipy compares them with series and differences",
)
unmeasured(
    "tape.scipy.special.parametric.wright_bessel_slope tape.scipy.special.parametric.log_wright_bessel_slope",
    "the derivatives of wright_bessel and log_wright_bessel in their parameters, which are measured there",
)
