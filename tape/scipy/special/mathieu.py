"""Mathieu functions, DLMF 28: in the parameter ``q`` by the power series of their Fourier coefficients.

The modified functions by :mod:`tape.scipy.special.spectral`. In ``x`` the second result is the derivative of the first,
and its own is what Mathieu's equation says: DLMF 28.2.1 and 28.20.1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.errors import NoRuleError
from tape.primitive import ours
from tape.rule import elementwise
from tape.rules.special import DEGREE
from tape.scipy.special.declaring import outputs
from tape.scipy.special.eigenpairs import Pencil, enough, series
from tape.scipy.special.pieces import cast, precision, weakly
from tape.scipy.special.spectral import derivative

__tape__ = True


def coefficients(m: int, q: float, order: int, *, even: bool, name: str) -> tuple[Any, Any, Any]:
    """Return frequencies, and Taylor's coefficients in ``q`` of a characteristic value and of the amplitudes there.

    ``even`` is of the cosines, ``ce``; DLMF 28.4.

    Raises
    ------
    NoRuleError
        SciPy takes another function for this one, as it does here and there where ``q`` is large.
    """
    size = enough(25 + (m + math.sqrt(m * m + 4 * abs(q))) / 2, name)
    first = (0 if even else 2) if m % 2 == 0 else 1
    frequency = first + 2.0 * np.arange(size)
    diagonal, beside = np.zeros(size), np.ones(size - 1)
    if first == 1:
        diagonal[0] = 1 if even else -1
    elif even:
        beside[0] = math.sqrt(2)
    index = (m - first) // 2
    values, vectors = series(Pencil(np.square(frequency), diagonal, beside), index, q, order)
    theirs = (sp.mathieu_a if even else sp.mathieu_b)(m, q)
    if not abs(theirs - values[0]) <= 1e-8 * (1 + abs(values[0])):
        raise NoRuleError(
            f"scipy.special.{name} of order {m} at q = {q:g}: SciPy's value is another function's (a characteristic"
            f" value of {theirs:.9g}, which is {values[0]:.9g}), and so would its derivative be"
        )
    if first == 0:
        vectors[:, 0] /= math.sqrt(2)
    # The value, or else the slope, where it is largest: at π/2, or of negative q at zero. It never vanishes.
    slope = even == (first == 1) if q > 0 else not even
    there = np.where(frequency == 0, 1, frequency) if slope else np.ones(size)
    if q > 0:
        there = there * (-1.0) ** (np.arange(size) - index)
    return frequency, values, vectors * np.copysign(1, there @ vectors[0])


def distinct(m: Any, q: Any, known: Any) -> Any:
    """Yield orders and parameters, one by one, and where they stand: what SciPy has no value of is left out."""
    for both in {(int(a), float(b)) for a, b in zip(m[known], q[known], strict=True)}:
        yield (*both, known & (m == both[0]) & (q == both[1]))


@ours
def characteristic_slope(m: Any, q: Any, *, even: bool, order: int) -> Any:
    """Return a derivative in ``q`` of ``mathieu_a`` (``even``) or ``mathieu_b``."""
    dtype = precision(m, q)
    f, name = (sp.mathieu_a, "mathieu_a") if even else (sp.mathieu_b, "mathieu_b")
    m, q = np.broadcast_arrays(np.asarray(m, np.float64), np.asarray(q, np.float64))
    out = np.full(m.shape, math.nan)
    for n, t, where in distinct(m, q, np.isfinite(f(m, q))):
        out[where] = coefficients(n, t, order, even=even, name=name)[1][order] * math.factorial(order)
    return cast(out, dtype)


@ours
def angular_slope(m: Any, q: Any, x: Any, *, even: bool, order: int, degree: int) -> Any:
    """Return a derivative of ``mathieu_cem`` (``even``) or ``mathieu_sem``, in ``q`` and in the angle, in radians."""
    dtype = precision(m, q, x)
    f, name = (sp.mathieu_cem, "mathieu_cem") if even else (sp.mathieu_sem, "mathieu_sem")
    m, q, x = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (m, q, x)))
    known = np.isfinite(f(m, q, x)[0])
    out = np.full(m.shape, math.nan)
    none = known & (m == 0) & (not even)
    out[none] = 0  # SciPy has zero for the sine of order zero
    for n, t, where in distinct(m, q, known & ~none):
        frequency, _, vectors = coefficients(n, t, order, even=even, name=name)
        wave = np.multiply.outer(np.deg2rad(x[where]), frequency)
        odd = (degree % 2 == 0) != even  # each derivative makes sines of cosines, and the other way round
        sign = (1, -1, -1, 1)[degree % 4] if even else (1, 1, -1, -1)[degree % 4]
        terms = vectors[order] * frequency**degree * (sign * math.factorial(order))
        out[where] = (np.sin(wave) if odd else np.cos(wave)) @ terms
    return cast(out, dtype)


elementwise(
    characteristic_slope,
    None,
    lambda g, y, m, q, *, even, order: g * characteristic_slope(m, q, even=even, order=order + 1),
)
elementwise(
    angular_slope,
    None,
    lambda g, y, m, q, x, *, even, order, degree: g * angular_slope(m, q, x, even=even, order=order + 1, degree=degree),
    lambda g, y, m, q, x, *, even, order, degree: (
        g * (DEGREE * angular_slope(m, q, x, even=even, order=order, degree=degree + 1))
    ),
)
elementwise(sp.mathieu_a, None, lambda g, y, m, q: g * characteristic_slope(m, q, even=True, order=1))
elementwise(sp.mathieu_b, None, lambda g, y, m, q: g * characteristic_slope(m, q, even=False, order=1))


def _angular(even: bool) -> Any:
    def derivatives(y: Any, m: Any, q: Any, x: Any) -> list[list[Any]]:
        def bend() -> Any:
            a = weakly((sp.mathieu_a if even else sp.mathieu_b)(m, q), m, q)
            return DEGREE * (2 * q * np.cos(2 * DEGREE * x) - a) * y[0]

        return [
            [lambda k=k: angular_slope(m, q, x, even=even, order=1, degree=k) for k in (0, 1)],
            [lambda: DEGREE * y[1], bend],
        ]

    return derivatives


outputs(sp.mathieu_cem, _angular(even=True), moving=(1, 2))
outputs(sp.mathieu_sem, _angular(even=False), moving=(1, 2))

# ------------------------------------------------------------------------ modified


@ours
def modified_slope(m: Any, q: Any, x: Any, *, kind: str, order: int, degree: int) -> Any:
    """Return a derivative in ``q`` of one of the modified functions, or, of degree 1, of its derivative in ``x``."""
    f = getattr(sp, f"mathieu_{kind}")
    return derivative(lambda *args: f(*args)[degree], (m, q, x), (0, order, 0), f"mathieu_{kind}")


def _bend(m: Any, q: Any, x: Any, values: list[Any], *, kind: str) -> Any:
    """Return the last of the derivatives in ``q`` of ``(a - 2 q cosh(2x)) f``, given those of ``f``."""
    order, even = len(values) - 1, kind.startswith("modc")
    a = weakly((sp.mathieu_a if even else sp.mathieu_b)(m, q), m, q)
    total = (a - 2 * q * np.cosh(2 * x)) * values[order]
    for k in range(order):
        slope = weakly(characteristic_slope(m, q, even=even, order=order - k), m, q)
        slope = slope - 2 * np.cosh(2 * x) if k == order - 1 else slope
        total = total + math.comb(order, k) * slope * values[k]
    return total


def _modified_in_x(g: Any, y: Any, m: Any, q: Any, x: Any, *, kind: str, order: int, degree: int) -> Any:
    if degree == 0:
        return g * modified_slope(m, q, x, kind=kind, order=order, degree=1)
    values = [getattr(sp, f"mathieu_{kind}")(m, q, x)[0]]
    values += [modified_slope(m, q, x, kind=kind, order=k, degree=0) for k in range(1, order + 1)]
    return g * _bend(m, q, x, values, kind=kind)


elementwise(
    modified_slope,
    None,
    lambda g, y, m, q, x, *, kind, order, degree: (
        g * modified_slope(m, q, x, kind=kind, order=order + 1, degree=degree)
    ),
    _modified_in_x,
)


def _modified(kind: str) -> Any:
    def derivatives(y: Any, m: Any, q: Any, x: Any) -> list[list[Any]]:
        return [
            [lambda k=k: modified_slope(m, q, x, kind=kind, order=1, degree=k) for k in (0, 1)],
            [y[1], lambda: _bend(m, q, x, [y[0]], kind=kind)],
        ]

    return derivatives


for _kind in ("modcem1", "modcem2", "modsem1", "modsem2"):
    outputs(getattr(sp, f"mathieu_{_kind}"), _modified(_kind), moving=(1, 2))
