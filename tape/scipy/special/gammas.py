"""The gamma function and its kin: beta, zeta, polygamma; DLMF 5 and 25."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.errors import OptionError
from tape.rule import elementwise, zero
from tape.rules.special import is_complex
from tape.scipy.special.pieces import only_real, polygamma_of, psi_difference, trigamma

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
    lambda g, y, n, k: g * (y * psi_difference(k + 1, n - 2 * k)),
)
elementwise(sp.poch, lambda g, y, z, m: g * (y * psi_difference(z, m)), lambda g, y, z, m: g * (y * sp.psi(z + m)))
zero(sp.gammasgn)


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
    if n.ndim == 0:
        return polygamma_of(int(n), x)
    orders = [int(k) for k in np.unique(n)]
    return np.select([n == k for k in orders], [polygamma_of(k, x) for k in orders])


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
