"""Voigt's profile and the modified Fresnel integrals: Faddeeva's function along lines, its real part found by itself.

DLMF 7.7(i), 7.18, 7.19.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.declaring import outputs
from tape.scipy.special.pieces import cast, precision

__tape__ = True

FAR, TERMS = 7.0, 26
"""Where the asymptotic series is as good as rounding, and with how many terms."""

RISE = 0.5
"""From what imaginary part on the continued fraction takes not too many steps."""

BLOCK = 4096
"""How many integrals are taken at a time."""

ROOT_TWO_PI = math.sqrt(2 * math.pi)


def gaussian(z: Any, order: int) -> Any:
    """Return a derivative of ``exp(-z²)``: by Hermite's polynomials, DLMF 18.5.5."""
    before, found = np.zeros_like(z), np.exp(-z * z)
    for n in range(order):
        before, found = found, -2 * z * found - 2 * n * before
    return found


def far_series(inverse: Any, square: Any, order: int) -> Any:
    """Return a derivative of ``sum (2k-1)!! s**k / z**(2k+1)``, times ``z**order``, given ``1/z`` and ``s / z²``."""
    total, factor = np.zeros_like(inverse), 1.0
    factors: list[float] = []
    for k in range(TERMS):
        factor *= 2 * k - 1 if k else 1
        factors.append(factor * math.prod(range(2 * k + 1, 2 * k + 1 + order)))
    for factor in reversed(factors):
        total = total * square + factor
    return (-1) ** order * total * inverse


def near(z: Any, order: int) -> Any:
    """Return a derivative of ``wofz``: by recurrence, or where that cancels in one of two other ways."""
    before, found = np.full_like(z, -1j / math.sqrt(math.pi)), np.asarray(sp.wofz(z))
    first = found
    for n in range(order):
        before, found = found, -2 * (z * found + (n if n else 1) * before)
    found: Any = np.array(found)
    high = (z.imag >= RISE) & (np.abs(z) > 1.5)
    if order and np.any(high):
        found[high] = downwards(-1j * z[high], first[high], order)
    low = (np.abs(z.imag) < RISE) & (np.abs(z.real) > 2)
    if order and np.any(low):
        some = z[low]
        found[low] = np.concatenate([along_a_line(some[k : k + BLOCK], order) for k in range(0, some.size, BLOCK)])
    return found


def downwards(u: Any, value: Any, order: int) -> Any:
    """Return a derivative of ``wofz`` at ``iu``, given its value, by the recurrence's continued fraction.

    Gautschi (1970), Efficient computation of the complex error function.
    """
    steps = math.ceil(200 / RISE**2) + 2 * order + 8
    ratio, product = np.zeros_like(u), value
    for n in range(steps, 0, -1):
        ratio = 1 / (2 * (u + (n + 1) * ratio))
        if n <= order:
            product = product * ratio * (2j * n)
    return product


def along_a_line(z: Any, order: int) -> Any:
    """Return a derivative of ``wofz`` close to the real axis: ``exp(-z²)`` and Dawson's integral, DLMF 7.5.1, 7.7.2.

    That is the integral of ``exp(-t²) / (z - t)`` along two lines, above and below, of which the trapezoidal rule is
    exact to rounding. One is the other's mirror image, so that the real part, which may be tiny, is found by itself.
    """
    t = np.arange(-65, 66) * 0.1
    weights = np.exp(-np.square(t - 1.2j)) * 0.1
    x, y = z.real[:, None] - t + 1.2j, z.imag[:, None]
    a, b, p = x + 1j * y, x - 1j * y, order + 1
    product = 1 / (a * b) ** p
    even = np.sum((weights * (0.5 * product * (a**p + b**p))).real, axis=1)
    odd = np.sum((weights * (product * sum(b**k * a ** (order - k) for k in range(p)))).real, axis=1) * z.imag
    return gaussian(z, order) + (-1) ** order * math.factorial(order) / math.pi * (odd + 1j * even)


def faddeeva(x: Any, y: Any, scale: Any, order: int) -> Any:
    """Return a derivative of ``wofz(z / scale) / scale`` in ``z = x + iy``, or of its limit where ``scale`` is zero."""
    z = x + 1j * y
    v = np.where(scale == 0, math.inf, z / np.where(scale == 0, 1, scale))
    far = ~(np.abs(v) < FAR)
    w = np.where(far, 1, v)
    close = near(w, order) / np.where(far, 1, scale) ** (order + 1)
    t = np.where(far, z, 1)
    inverse = 1 / t
    ratio = np.where(far, scale, 0) * inverse
    series = far_series(inverse, 0.5 * ratio * ratio, order) * inverse**order * (1j / math.sqrt(math.pi))
    return np.where(far, series + _exponential(np.where(far, v, 0), scale, order), close)


def _exponential(v: Any, scale: Any, order: int) -> Any:
    """Return what the asymptotic series lacks: on the real axis ``exp(-v²)``, below twice that, above nothing.

    In between as Berry (1989), Uniform asymptotic smoothing of Stokes's discontinuities; where it isn't negligible
    beside the series, that is exact to rounding.
    """
    some = (np.square(v.real) - np.square(v.imag) < 740) & (v.imag < 8) & np.isfinite(v)
    u: Any = np.where(some, v, 0)
    part = sp.erfc(math.sqrt(2) * u.imag) * gaussian(u, order) / np.where(some, scale, 1) ** (order + 1)
    return np.where(some, part, 0)


# ------------------------------------------------------------------- Voigt's profile


@ours
def voigt_derivative(x: Any, sigma: Any, gamma: Any, *, order: int, part: int) -> Any:
    """Return the real (``part`` 0) or imaginary part (1) of a derivative of ``wofz((x + iγ) / (σ√2)) / (σ√2π)``.

    In ``x``: in ``γ`` it is i times that, in ``σ``, by the equation of heat, ``σ`` times the second.
    """
    x64, s, c = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (x, sigma, gamma)))
    with np.errstate(all="ignore"):
        found = faddeeva(x64, c, s * math.sqrt(2), order) / math.sqrt(math.pi)
    return cast(found.imag if part else found.real, precision(x, sigma, gamma))


elementwise(
    voigt_derivative,
    lambda g, y, x, s, c, *, order, part: g * voigt_derivative(x, s, c, order=order + 1, part=part),
    lambda g, y, x, s, c, *, order, part: g * (s * voigt_derivative(x, s, c, order=order + 2, part=part)),
    lambda g, y, x, s, c, *, order, part: (
        g * ((1 if part else -1) * voigt_derivative(x, s, c, order=order + 1, part=1 - part))
    ),
)
elementwise(
    sp.voigt_profile,
    lambda g, y, x, s, c: g * voigt_derivative(x, s, c, order=1, part=0),
    lambda g, y, x, s, c: g * (s * voigt_derivative(x, s, c, order=2, part=0)),
    lambda g, y, x, s, c: -g * voigt_derivative(x, s, c, order=1, part=1),
)

# ---------------------------------------------------------- modified Fresnel integrals


@ours
def turned_by_square(x: Any, *, sign: int) -> Any:
    """Return ``exp(±i x²)`` of real numbers: the leading half of the bits has a square that is exact."""
    x = np.asarray(x)
    z = x.astype(np.float64)
    head = z.astype(np.float32).astype(np.float64)
    found = np.exp(sign * 1j * (head * head)) * np.exp(sign * 1j * ((z - head) * (z + head)))
    return found.astype(np.complex64 if precision(x) == np.float32 else np.complex128)[()]


elementwise(turned_by_square, lambda g, y, x, *, sign: g * (sign * 2j * x * y))


@ours
def fresnel_derivative(x: Any, *, order: int, sign: int) -> Any:
    """Return a derivative of the second result of ``modfresnelp`` (``sign`` 1) or of ``modfresnelm`` (-1).

    That is half of Faddeeva's function on a diagonal: DLMF 7.5.9.
    """
    z = np.asarray(x, np.float64)
    size, half = np.abs(z), math.sqrt(0.5)
    with np.errstate(all="ignore"):
        found = faddeeva(half * size, half * size, np.ones_like(size), order) * (0.5 * (half + half * 1j) ** order)
        before, whole = np.zeros_like(found), np.asarray(turned_by_square(z, sign=-1))
        for n in range(order):
            before, whole = whole, -2j * (z * whole + n * before)
        found = np.where(z < 0, whole - (-1) ** order * found, found)
    found = np.conj(found) if sign < 0 else found
    return found.astype(np.complex64 if precision(x) == np.float32 else np.complex128)[()]


elementwise(fresnel_derivative, lambda g, y, x, *, order, sign: g * fresnel_derivative(x, order=order + 1, sign=sign))
# These are the integrals' derivatives, of negative numbers too: SciPy's values have a wrong imaginary part there.
for _f, _sign in ((sp.modfresnelp, 1), (sp.modfresnelm, -1)):
    outputs(
        _f,
        lambda y, x, sign=_sign: [-turned_by_square(x, sign=sign), fresnel_derivative(x, order=1, sign=sign)],
    )
