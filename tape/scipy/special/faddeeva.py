"""Derivatives of Faddeeva's function, ``w(z) = exp(-z²) erfc(-iz)``, of which Dawson's integral is a part; DLMF 7."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.rules.special import bell
from tape.scipy.special.pieces import cast, in_blocks

__tape__ = True

STEP = 0.4
"""Of the trapezoidal rule: its error is ``exp(-(π/STEP)²)``, less than what rounding hides."""

NODES = 19
"""To either side; beyond them ``exp(-t²)`` has vanished."""

NEAR, FAR = 1.0, 8.0
"""Below the one Taylor's series loses little, above the other the asymptotic series is as good as rounding."""

TERMS = 24
"""Of the asymptotic series."""


def bell_derivative(t: Any, order: int) -> Any:
    """Return a derivative of ``exp(-t²)``, by Hermite's polynomials: DLMF 18.5.5."""
    before, found = np.zeros_like(t), np.ones_like(t)
    for n in range(order):
        before, found = found, 2 * t * found - 2 * n * before
    return (-1) ** order * found * bell(t, scale=1.0)


def taylor(z: Any, order: int) -> Any:
    """Return a derivative near zero: DLMF 7.6.3."""
    found = np.zeros_like(z)
    for n in range(order + 44, order - 1, -1):
        found = found * z + 1j**n * (math.perm(n, order) / math.gamma(n / 2 + 1))
    return found


def integral(z: Any, order: int) -> Any:
    """Return a derivative in the upper half plane, as the Hilbert transform of that of the Gaussian: DLMF 7.7.2.

    That has no moments below its order, so that ``(t/z)**order`` may be put in: then the terms have one size. The
    trapezoidal rule's nodes stand as far as they can from the pole, whose residue is allowed for.
    """
    x, y = z.real, z.imag
    total, first = np.zeros_like(z), x / STEP - np.rint(x / STEP) + 0.5
    for k in range(-NODES - 1, NODES + 1):
        t = (first + k) * STEP
        total += bell_derivative(t, order) * (t / z) ** order / (z - t)
    residue = 2j * math.pi * bell_derivative(z, order) / (1 + np.exp(2 * math.pi / STEP * y))
    return 1j / math.pi * (STEP * total - residue)


def series(inverse: Any, square: Any, order: int) -> Any:
    """Return a derivative of ``sum (2k-1)!! s**k / z**(2k+1)``, times ``z**order``, given ``1/z`` and ``s / z²``."""
    factors = [math.prod(range(1, 2 * k, 2)) * math.prod(range(2 * k + 1, 2 * k + 1 + order)) for k in range(TERMS)]
    total = np.zeros_like(inverse)
    for factor in reversed(factors):
        total = total * square + factor
    return (-1) ** order * total * inverse


def tail(v: Any, order: int) -> Any:
    """Return what the series far out lacks: on the real axis ``exp(-v²)``, below twice that, above nothing.

    In between as Berry (1989), Uniform asymptotic smoothing of Stokes's discontinuities; where it isn't negligible
    beside the series, that is exact to rounding.
    """
    real = v.imag == 0
    found = np.where(real, bell_derivative(v.real, order), bell_derivative(np.where(real, 0, v), order))
    return sp.erfc(math.sqrt(2) * v.imag) * found


def faddeeva(x: Any, y: Any, scale: Any, order: int) -> Any:
    """Return a derivative of ``w(z / scale) / scale`` in ``z = x + iy``, or of its limit where ``scale`` is zero.

    Of arrays of one shape. The real part keeps its digits where it is tiny beside the imaginary one.
    """
    z = np.asarray(x + 1j * y)
    v: Any = np.where(scale == 0, math.inf, z / scale)
    lower, size, found = v.imag < 0, np.abs(v), np.empty_like(z)
    near, out = size < NEAR, ~(size < FAR)
    for part, method in ((near, taylor), (~(near | out), integral)):
        if np.any(part):
            below = lower[part]
            up = in_blocks(functools.partial(method, order=order), np.where(below, -v[part], v[part]))
            mirrored = 2 * bell_derivative(np.where(below, v[part], 0), order) - (-1) ** order * up
            found[part] = np.where(below, mirrored, up) / scale[part] ** (order + 1)
    if np.any(out):
        inverse, s, u = 1 / z[out], scale[out], v[out]
        ratio = s * inverse
        far = series(inverse, 0.5 * ratio * ratio, order) * inverse**order * (1j / math.sqrt(math.pi))
        some = (np.square(u.real) - np.square(u.imag) < 740) & (u.imag < 8) & np.isfinite(u)
        rest = tail(np.where(some, u, 0), order) / np.where(some, s, 1) ** (order + 1)
        found[out] = far + np.where(some, rest, 0)
    return found


@ours
def faddeeva_derivative(z: Any, *, order: int) -> Any:
    """Return a derivative of ``scipy.special.wofz``."""
    given = np.asarray(z)
    z = given.astype(np.complex128)
    with np.errstate(all="ignore"):
        found = faddeeva(z.real, z.imag, np.ones(z.shape), order)
    return cast(found, np.complex64 if given.dtype.itemsize <= (8 if given.dtype.kind == "c" else 4) else np.complex128)


elementwise(faddeeva_derivative, lambda g, y, z, *, order: g * faddeeva_derivative(z, order=order + 1))


@ours
def dawson_derivative(x: Any, *, order: int) -> Any:
    """Return a derivative of Dawson's integral: of the imaginary part of Faddeeva's function, DLMF 7.5.1."""
    x = np.asarray(x)
    return cast(math.sqrt(math.pi) / 2 * np.imag(faddeeva_derivative(x.astype(np.complex128), order=order)), x.dtype)


elementwise(dawson_derivative, lambda g, y, x, *, order: g * dawson_derivative(x, order=order + 1))
