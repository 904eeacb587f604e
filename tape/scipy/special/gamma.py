"""The gamma function and its kin: beta, zeta, polygamma, and the incomplete ones with their inverses.

In the parameters of the incomplete functions there is no rule; DLMF 5, 8 and 25.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.errors import OptionError
from tape.rule import elementwise, zero
from tape.rules.special import is_complex
from tape.scipy.special.declaring import without
from tape.scipy.special.pieces import (
    ZETA,
    beta_density,
    gamma_density,
    half_step,
    only_real,
    psi_difference,
    student_power,
    trigamma,
    weakly,
)

__tape__ = True


def digamma(x: Any) -> Any:
    """Return the digamma function; of negative numbers by reflection, since SciPy's poles are a little off."""
    if is_complex(x):
        return sp.psi(x)
    left = np.less(x, 0)
    off = np.where(left, x - np.rint(x), 0.25)
    turned = math.pi / np.tan(math.pi * np.where(np.equal(off, 0), math.nan, off))
    return np.where(left, sp.psi(np.where(left, 1 - x, 1)) - turned, sp.psi(np.where(left, 1, x)))


def reciprocal_gamma(g: Any, y: Any, x: Any) -> Any:
    """Return ``-g y psi(x)``; to the left by reflection, where the pole of one meets the zero of the other."""
    if is_complex(x):
        return -g * (y * sp.psi(x))
    left = np.less(x, 0.5)
    right = np.where(left, 1, x)
    mirrored = np.where(left, 1 - x, 1)
    reflected = sp.gamma(mirrored) * np.cos(math.pi * np.where(left, x, 0)) - sp.psi(mirrored) * y
    return g * np.where(left, reflected, -y * sp.psi(right))


elementwise(sp.gamma, lambda g, y, x: g * (y * digamma(x)))
elementwise(sp.gammaln, lambda g, y, x: g * digamma(x))
elementwise(sp.loggamma, lambda g, y, x: g * sp.psi(x))
elementwise(sp.psi, lambda g, y, x: g * trigamma(x))
elementwise(sp.rgamma, reciprocal_gamma)
elementwise(
    sp.beta, lambda g, y, a, b: g * (-y * psi_difference(a, b)), lambda g, y, a, b: g * (-y * psi_difference(b, a))
)
elementwise(sp.betaln, lambda g, y, a, b: -g * psi_difference(a, b), lambda g, y, a, b: -g * psi_difference(b, a))
elementwise(
    sp.binom,
    lambda g, y, n, k: g * (y * psi_difference(n - k + 1, k)),
    lambda g, y, n, k: g * (y * (sp.psi(n - k + 1) - sp.psi(k + 1))),
)
elementwise(sp.poch, lambda g, y, z, m: g * (y * psi_difference(z, m)), lambda g, y, z, m: g * (y * sp.psi(z + m)))
zero(sp.gammasgn)

# ------------------------------------------------------- incomplete gamma functions


def whole(k: Any) -> Any:
    """Return the whole part of a count."""
    return weakly(np.floor(k), k)


elementwise(sp.gammainc, None, lambda g, y, a, x: g * gamma_density(a, x))
elementwise(sp.gammaincc, None, lambda g, y, a, x: -g * gamma_density(a, x))
elementwise(sp.gammaincinv, None, lambda g, y, a, p: g / gamma_density(a, y))
elementwise(sp.gammainccinv, None, lambda g, y, a, p: -g / gamma_density(a, y))
elementwise(sp.chdtr, None, lambda g, y, v, x: g * (gamma_density(v / 2, x / 2) / 2))
elementwise(sp.chdtrc, None, lambda g, y, v, x: g * (gamma_density(v / 2, x / 2) / -2))
elementwise(sp.chdtri, None, lambda g, y, v, p: g * (-2 / gamma_density(v / 2, y / 2)))
elementwise(
    sp.gdtr,
    lambda g, y, a, b, x: g * (x * gamma_density(b, a * x)),
    None,
    lambda g, y, a, b, x: g * (a * gamma_density(b, a * x)),
)
elementwise(
    sp.gdtrc,
    lambda g, y, a, b, x: g * (-x * gamma_density(b, a * x)),
    None,
    lambda g, y, a, b, x: g * (-a * gamma_density(b, a * x)),
)
elementwise(sp.gdtrix, lambda g, y, a, b, p: -g * y / a, None, lambda g, y, a, b, p: g / (a * gamma_density(b, a * y)))
elementwise(sp.gdtria, lambda g, y, p, b, x: g / (x * gamma_density(b, y * x)), None, lambda g, y, p, b, x: -g * y / x)
elementwise(sp.pdtr, None, lambda g, y, k, m: -g * gamma_density(whole(k) + 1, m))
elementwise(sp.pdtrc, None, lambda g, y, k, m: g * gamma_density(whole(k) + 1, m))
elementwise(sp.pdtri, None, lambda g, y, k, p: -g / gamma_density(whole(k) + 1, y))

# -------------------------------------------------------- incomplete beta functions

elementwise(sp.betainc, None, None, lambda g, y, a, b, x: g * beta_density(a, b, x))
elementwise(sp.betaincc, None, None, lambda g, y, a, b, x: -g * beta_density(a, b, x))
elementwise(sp.betaincinv, None, None, lambda g, y, a, b, p: g / beta_density(a, b, y))
elementwise(sp.betainccinv, None, None, lambda g, y, a, b, p: -g / beta_density(a, b, y))
elementwise(sp.bdtr, None, None, lambda g, y, k, n, p: -g * beta_density(whole(k) + 1, n - whole(k), p))
elementwise(sp.bdtrc, None, None, lambda g, y, k, n, p: g * beta_density(whole(k) + 1, n - whole(k), p))
elementwise(sp.bdtri, None, None, lambda g, y, k, n, q: -g / beta_density(whole(k) + 1, n - whole(k), y))
elementwise(sp.nbdtr, None, None, lambda g, y, k, n, p: g * beta_density(n, k + 1.0, p))
elementwise(sp.nbdtrc, None, None, lambda g, y, k, n, p: -g * beta_density(n, k + 1.0, p))
elementwise(sp.nbdtri, None, None, lambda g, y, k, n, q: g / beta_density(n, k + 1.0, y))


def student_density(v: Any, x: Any) -> Any:
    """Return the density of Student's distribution."""
    return student_power(v, x) * weakly(half_step(v * 0.5) / math.sqrt(math.pi), v) / v**0.5


def fisher_density(m: Any, n: Any, x: Any) -> Any:
    """Return the density of Fisher's distribution."""
    total = n + m * x
    less = np.less(m * x, n)  # of the quotient and what it lacks to one, the smaller is accurate
    half = np.full_like(total, 0.5)  # in the precision of the result, whatever the parameters are
    first, second = np.where(less, m * half, n * half), np.where(less, n * half, m * half)
    return beta_density(first, second, np.where(less, m * x, n) / total) * (m / total) * (n / total)


elementwise(sp.stdtr, None, lambda g, y, v, x: g * student_density(v, x))
elementwise(sp.stdtrit, None, lambda g, y, v, p: g / student_density(v, y))
elementwise(sp.fdtr, None, None, lambda g, y, m, n, x: g * fisher_density(m, n, x))
elementwise(sp.fdtrc, None, None, lambda g, y, m, n, x: -g * fisher_density(m, n, x))
elementwise(sp.fdtri, None, None, lambda g, y, m, n, p: g / fisher_density(m, n, y))

without(
    "gdtrib pdtrik chdtriv btdtria btdtrib bdtrik bdtrin nbdtrik nbdtrin fdtridfd stdtridf",
    "it solves for a parameter of a distribution function, in which there is no rule",
)


def polygamma(n: Any, x: Any) -> Any:
    """Return the ``n``-th derivative of the digamma function, as ``scipy.special.polygamma`` does.

    Parameters
    ----------
    n : int or array_like of int
        The order, a constant.
    x : array_like
        Real arguments.

    Notes
    -----
    ``(-1)**(n+1) n! zeta(n+1, x)``, DLMF 5.15.1; for ``n = 0`` the digamma function itself.
    """
    if np.any(np.less(n, 0)) or not np.all(np.equal(n, np.floor(n))):
        raise OptionError(f"polygamma({n}): orders are whole numbers, and not negative")
    only_real(x, "polygamma")
    n = np.asarray(n)
    if n.ndim == 0 and n == 0:
        return sp.psi(x)
    factor = (-1.0) ** (n + 1) * sp.gamma(n + 1.0)
    if n.ndim == 0:
        return float(factor) * ZETA(float(n) + 1, x)
    if not np.any(n == 0):
        return factor * ZETA(n + 1.0, x)
    return np.where(n == 0, sp.psi(x), factor * ZETA(np.where(n == 0, 2.0, n + 1.0), x))


def multigammaln(a: Any, d: int) -> Any:
    """Return the logarithm of the multivariate gamma function, as ``scipy.special.multigammaln`` does.

    Parameters
    ----------
    a : array_like
        Real, above ``(d - 1) / 2``.
    d : int
        The dimension, a constant.
    """
    if not float(d).is_integer():
        raise ValueError("d should be a positive integer (dimension)")
    if np.any(np.less_equal(a, 0.5 * (d - 1))):
        raise ValueError(f"condition a > 0.5 * (d-1) not met: a = {a}, d = {d}")
    total: Any = d * (d - 1) * 0.25 * math.log(math.pi)
    for j in range(1, int(d) + 1):
        total = total + sp.gammaln(a - (j - 1) / 2)
    return total
