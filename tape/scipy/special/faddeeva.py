"""Derivatives of Faddeeva's function, ``w(z) = exp(-z²) erfc(-iz)``, of which Dawson's integral is a part; DLMF 7."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

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
"""Below the one Taylor's series loses little, above the other the asymptotic series has enough terms."""


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
    with np.errstate(over="ignore", under="ignore"):
        residue = np.where(y < math.pi / STEP, 2j * math.pi * bell_derivative(z, order), 0) / (
            1 + np.exp(2 * math.pi / STEP * np.minimum(y, 40))
        )
    return 1j / math.pi * (STEP * total - residue)


def series(z: Any, order: int) -> Any:
    """Return a derivative far out in the upper half plane: DLMF 7.12.1; on the real line the real part is known."""
    inverse, total, factor = 1 / z, np.zeros_like(z), 1.0
    power = inverse ** (order + 1)
    for k in range(24):
        total += factor * math.prod(range(2 * k + 1, 2 * k + 1 + order)) * power
        factor *= k + 0.5
        power = power * inverse * inverse
    found = (-1) ** order * 1j / math.sqrt(math.pi) * total
    return np.where(z.imag == 0, 1j * found.imag + bell_derivative(z.real, order), found)


@ours
def faddeeva_derivative(z: Any, *, order: int) -> Any:
    """Return a derivative of ``scipy.special.wofz``; below the real line that of ``2 exp(-z²) - w(-z)``."""
    given = np.asarray(z)
    z = given.astype(np.complex128)
    with np.errstate(all="ignore"):
        lower = z.imag < 0
        up = np.where(lower, -z, z)
        size, out = np.abs(up), np.full_like(z, np.nan)
        for part, method in (
            (size < NEAR, taylor),
            ((size >= NEAR) & (size < FAR), integral),
            (size >= FAR, series),
        ):
            if np.any(part):
                out[part] = in_blocks(functools.partial(method, order=order), up[part])
        out = np.where(lower, 2 * bell_derivative(z, order) - (-1) ** order * out, out)
    return cast(out, np.complex64 if given.dtype.itemsize <= (8 if given.dtype.kind == "c" else 4) else np.complex128)


elementwise(faddeeva_derivative, lambda g, y, z, *, order: g * faddeeva_derivative(z, order=order + 1))


@ours
def dawson_derivative(x: Any, *, order: int) -> Any:
    """Return a derivative of Dawson's integral: of the imaginary part of Faddeeva's function, DLMF 7.5.1."""
    x = np.asarray(x)
    return cast(math.sqrt(math.pi) / 2 * np.imag(faddeeva_derivative(x.astype(np.complex128), order=order)), x.dtype)


elementwise(dawson_derivative, lambda g, y, x, *, order: g * dawson_derivative(x, order=order + 1))
