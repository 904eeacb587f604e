"""Voigt's profile and the modified Fresnel integrals: parts of Faddeeva's function; DLMF 7.5(9), 7.19."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.declaring import outputs
from tape.scipy.special.faddeeva import faddeeva
from tape.scipy.special.pieces import cast, precision

__tape__ = True

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
