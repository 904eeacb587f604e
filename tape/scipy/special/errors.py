"""The error function and the normal distribution, with their inverses and kin; DLMF 7."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.rule import elementwise
from tape.rules.special import bell, is_complex, masked
from tape.scipy.special.faddeeva import dawson_derivative, faddeeva_derivative
from tape.scipy.special.pieces import between, exprel_derivative, mills, product_rounding, scaled_integral

__tape__ = True

TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
ROOT_TWO_PI = math.sqrt(2 * math.pi)


def normal(x: Any) -> Any:
    """Return the density of the normal distribution."""
    return bell(x, scale=0.5) * (1 / ROOT_TWO_PI)


def erf_slope(y: Any, rest: Any) -> Any:
    """Return ``exp(y²)``, given ``rest = erfc(|y|)``: the power alone would multiply the rounding of ``y``."""
    return sp.erfcx(np.abs(y)) / rest


def normal_slope(y: Any, p: Any) -> Any:
    """Return the reciprocal of the normal density at the quantile ``y`` of ``p``, in which it isn't ill-conditioned."""
    return math.sqrt(math.pi / 2) * erf_slope(y * math.sqrt(0.5), np.minimum(p, 1 - p))


def _ndtri_exp(g: Any, y: Any, p: Any) -> Any:
    """Return ``g`` over the Mills ratio at ``y``, as :func:`normal_slope` does."""
    odds = np.where(np.greater(y, 0), np.exp(p) / -np.expm1(p), 1)
    return g * (math.sqrt(math.pi / 2) * sp.erfcx(np.abs(y) * math.sqrt(0.5)) * odds)


def _erfcx(g: Any, y: Any, x: Any) -> Any:
    if is_complex(x):
        return g * (1j * faddeeva_derivative(1j * x, order=1))
    return g * (-2 * scaled_integral(x, order=1))


def _dawsn(g: Any, y: Any, x: Any) -> Any:
    return g * (1 - 2 * x * y) if is_complex(x) else g * dawson_derivative(x, order=1)


def _log_ndtr(g: Any, y: Any, x: Any) -> Any:
    return g * (np.exp(x * x * -0.5 - y) * (1 / ROOT_TWO_PI)) if is_complex(x) else g * mills(x)


def bell_of_product(x: Any, y: Any) -> Any:
    """Return ``exp(-(xy)²/2)``, which multiplies what is rounded off the product: it is put back."""
    p = x * y
    return bell(p, scale=0.5) * (1 - p * product_rounding(x, y))


elementwise(sp.erf, lambda g, y, x: g * (TWO_OVER_ROOT_PI * bell(x, scale=1.0)))
elementwise(sp.erfc, lambda g, y, x: g * (-TWO_OVER_ROOT_PI * bell(x, scale=1.0)))
elementwise(sp.erfcx, _erfcx)
elementwise(sp.erfi, lambda g, y, x: g * (TWO_OVER_ROOT_PI * bell(x, scale=-1.0)))
elementwise(sp.dawsn, _dawsn)
elementwise(sp.wofz, lambda g, y, x: g * faddeeva_derivative(x, order=1))
elementwise(sp.erfinv, lambda g, y, x: g * (erf_slope(y, 1 - np.abs(x)) * (1 / TWO_OVER_ROOT_PI)))
elementwise(sp.erfcinv, lambda g, y, x: g * (erf_slope(y, np.minimum(x, 2 - x)) * (-1 / TWO_OVER_ROOT_PI)))
elementwise(sp.ndtr, lambda g, y, x: g * normal(x))
elementwise(sp.ndtri, lambda g, y, p: g * normal_slope(y, p))
elementwise(sp.log_ndtr, _log_ndtr)
elementwise(sp.ndtri_exp, _ndtri_exp)
elementwise(
    sp.owens_t,
    lambda g, y, h, a: g * (-0.5 * normal(h) * sp.erf(a * h * math.sqrt(0.5))),
    lambda g, y, h, a: g * (bell(h, scale=0.5) * bell_of_product(h, a) / (2 * math.pi * (1 + a * a))),
)
elementwise(
    sp.nrdtrimn,
    lambda g, y, p, s, x: g * (-s * normal_slope(sp.ndtri(p), p)),
    lambda g, y, p, s, x: -g * sp.ndtri(p),
    lambda g, y, p, s, x: g,
)
elementwise(
    sp.nrdtrisd,
    lambda g, y, m, p, x: -g / sp.ndtri(p),
    lambda g, y, m, p, x: -g * (x - m) / np.square(sp.ndtri(p)) * normal_slope(sp.ndtri(p), p),
    lambda g, y, m, p, x: g / sp.ndtri(p),
)


def _tukey(g: Any, y: Any, x: Any, s: Any) -> Any:
    """Return ``g`` over the derivative of the quantile ``(p**s - (1-p)**s) / s``; zero where ``p`` is 0 or 1."""
    inside = between(y, 0, 1)
    p = np.where(inside, y, 0.5)
    return masked(g / (p ** (s - 1) + (1 - p) ** (s - 1)), inside)


def _tukey_shape(g: Any, y: Any, x: Any, s: Any) -> Any:
    """Return minus ``g`` times the quantile's derivative in ``s`` over that in ``p``; zero where ``p`` is 0 or 1."""
    inside = between(y, 0, 1)
    p = np.where(inside, y, 0.5)
    a, b = np.log(p), np.log1p(-p)  # the quantile is a f(s a) - b f(s b), with f = exprel
    rise = b * b * exprel_derivative(s * b, order=1) - a * a * exprel_derivative(s * a, order=1)
    return masked(g * rise / (p ** (s - 1) + (1 - p) ** (s - 1)), inside)


elementwise(sp.tklmbda, _tukey, _tukey_shape)
