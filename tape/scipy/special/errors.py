"""The error function and the normal distribution, with their inverses and kin; DLMF 7."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.rule import elementwise
from tape.rules.special import is_complex, masked
from tape.scipy.special.declaring import without
from tape.scipy.special.pieces import between, dawson_derivative, mills, scaled_integral

__tape__ = True

TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
ROOT_TWO_PI = math.sqrt(2 * math.pi)


def normal(x: Any) -> Any:
    """Return the density of the normal distribution."""
    return np.exp(x * x * -0.5) * (1 / ROOT_TWO_PI)


def _erfcx(g: Any, y: Any, x: Any) -> Any:
    if is_complex(x):
        return g * (2 * x * y - TWO_OVER_ROOT_PI)
    return g * (-2 * scaled_integral(x, order=1))


def _dawsn(g: Any, y: Any, x: Any) -> Any:
    return g * (1 - 2 * x * y) if is_complex(x) else g * dawson_derivative(x, order=1)


def _log_ndtr(g: Any, y: Any, x: Any) -> Any:
    return g * (np.exp(x * x * -0.5 - y) * (1 / ROOT_TWO_PI)) if is_complex(x) else g * mills(x)


elementwise(sp.erf, lambda g, y, x: g * (TWO_OVER_ROOT_PI * np.exp(-x * x)))
elementwise(sp.erfc, lambda g, y, x: g * (-TWO_OVER_ROOT_PI * np.exp(-x * x)))
elementwise(sp.erfcx, _erfcx)
elementwise(sp.erfi, lambda g, y, x: g * (TWO_OVER_ROOT_PI * np.exp(x * x)))
elementwise(sp.dawsn, _dawsn)
elementwise(sp.wofz, lambda g, y, x: g * (2j / math.sqrt(math.pi) - 2 * x * y))
elementwise(sp.erfinv, lambda g, y, x: g * (1 / TWO_OVER_ROOT_PI * np.exp(y * y)))
elementwise(sp.erfcinv, lambda g, y, x: g * (-1 / TWO_OVER_ROOT_PI * np.exp(y * y)))
elementwise(sp.ndtr, lambda g, y, x: g * normal(x))
elementwise(sp.ndtri, lambda g, y, p: g * (ROOT_TWO_PI * np.exp(y * y * 0.5)))
elementwise(sp.log_ndtr, _log_ndtr)
elementwise(sp.ndtri_exp, lambda g, y, p: g / mills(y))
elementwise(
    sp.owens_t,
    lambda g, y, h, a: g * (-0.5 * normal(h) * sp.erf(a * h * math.sqrt(0.5))),
    lambda g, y, h, a: g * (np.exp(h * h * (1 + a * a) * -0.5) / (2 * math.pi * (1 + a * a))),
)
elementwise(
    sp.nrdtrimn,
    lambda g, y, p, s, x: g * (-s * ROOT_TWO_PI * np.exp(0.5 * np.square(sp.ndtri(p)))),
    lambda g, y, p, s, x: -g * sp.ndtri(p),
    lambda g, y, p, s, x: g,
)
elementwise(
    sp.nrdtrisd,
    lambda g, y, m, p, x: -g / sp.ndtri(p),
    lambda g, y, m, p, x: -g * y / sp.ndtri(p) * ROOT_TWO_PI * np.exp(0.5 * np.square(sp.ndtri(p))),
    lambda g, y, m, p, x: g / sp.ndtri(p),
)


def _tukey(g: Any, y: Any, x: Any, s: Any) -> Any:
    """Return ``g`` over the derivative of the quantile ``(p**s - (1-p)**s) / s``; zero where ``p`` is 0 or 1."""
    inside = between(y, 0, 1)
    p = np.where(inside, y, 0.5)
    return masked(g / (p ** (s - 1) + (1 - p) ** (s - 1)), inside)


elementwise(sp.tklmbda, _tukey, None)

without("voigt_profile", "it isn't implemented; scipy.special.wofz, whose real part it is, has a rule")
without(
    "kolmogorov kolmogi smirnov smirnovi", "the derivatives of the Kolmogorov-Smirnov distributions aren't in SciPy"
)
