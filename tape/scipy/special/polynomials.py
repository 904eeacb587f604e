"""Orthogonal polynomials: the derivative of one in its argument is another, of a lower degree; DLMF 18.9.

SciPy sums hypergeometric series where a degree is a float, which cancel, and recurs where it is an integer. Here whole
degrees are integers, however they were given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.record import Var
from tape.rule import elementwise
from tape.rules.special import is_complex, masked
from tape.scipy.special import parametric
from tape.scipy.special.parametric import first_in, parametrised
from tape.scipy.special.pieces import cast, precision, weakly

__tape__ = True

HIGHEST = 100_000
"""The highest degree that is handed over as an integer: recurrences take as many steps."""


def by_degree(f: Callable[..., Any], least: float, n: Any, *args: Any) -> Any:
    """Return ``f(n, *args)`` with whole degrees given as integers, where the parameters are above the least usual."""
    n = np.asarray(n)
    if n.dtype.kind != "f":
        return f(n.astype(np.int64), *args)
    whole = (n == np.rint(n)) & (n >= 0) & (n <= HIGHEST)
    for parameter in args[:-1]:
        whole = whole & np.greater(parameter, least)
    if np.all(whole):
        return f(n.astype(np.int64), *args)
    if not np.any(whole):
        return f(n, *args)
    return np.where(whole, f(np.where(whole, n, 0).astype(np.int64), *args), f(np.where(whole, 0.5, n), *args))


@ours
def jacobi(n: Any, a: Any, b: Any, x: Any) -> Any:
    """Return Jacobi's polynomial, ``scipy.special.eval_jacobi``."""
    if is_complex(x):  # for which SciPy has the series alone
        return sp.eval_jacobi(n, a, b, x)
    return cast(by_degree(sp.eval_jacobi, -1, n, a, b, x), precision(n, a, b, x))


@ours
def laguerre(n: Any, a: Any, x: Any) -> Any:
    """Return Laguerre's generalized polynomial, ``scipy.special.eval_genlaguerre``."""
    if is_complex(x):
        return sp.eval_genlaguerre(n, a, x)
    return cast(by_degree(sp.eval_genlaguerre, -1, n, a, x), precision(n, a, x))


@ours
def gegenbauer(n: Any, a: Any, x: Any) -> Any:
    """Return Gegenbauer's polynomial, ``scipy.special.eval_gegenbauer``; an odd one about zero by its series.

    The recurrence loses there what the polynomial is smaller than one: DLMF 18.5.10. Chebyshev's of a degree that isn't
    whole is a quotient of sines, DLMF 18.5.2, and SciPy's series of it cancels.
    """
    if is_complex(x):
        return sp.eval_gegenbauer(n, a, x)
    dtype = precision(n, a, x)
    out = np.asarray(by_degree(sp.eval_gegenbauer, -0.5, n, a, x))
    degree, z = np.asarray(n), np.asarray(x, np.float64)
    sines = (degree != np.rint(degree)) & np.equal(a, 1) & (np.abs(z) < 1)
    if np.any(sines):
        turn = np.arccos(np.where(sines, z, 0))
        out = np.where(sines, np.sin((degree + 1) * turn) / np.sqrt((1 - z) * (1 + z)), out)
    near = (degree % 2 == 1) & (degree > 0) & (degree * np.abs(z) < 0.5)
    if np.any(near):
        out = out.astype(np.float64)
        near, degree, a, z = np.broadcast_arrays(near, degree, np.asarray(a, np.float64), z)
        m, a, z = (degree[near] - 1) // 2, a[near], z[near]
        total, term = np.zeros_like(z), np.ones_like(z)
        for k in range(9):
            total += term
            term = term * (z * z) * ((k - m) * (k + m + a + 1) / ((k + 1) * (k + 1.5)))
        out[near] = np.where(m % 2, -2, 2) * a * sp.binom(m + a, m) * z * total
    return cast(out, dtype)


def lower(n: Any, f: Callable[[Any], Any]) -> Any:
    """Return ``f(n - 1)``, zero where the degree ``n`` is zero."""
    if type(n) in (int, float):
        return f(n - 1) if n else 0 * f(n)
    kind: Any = type(n)
    if kind is Var:  # a degree that moves isn't zero to either side
        return f(n - 1)
    constant = np.equal(n, 0)
    return masked(f(np.where(constant, n, n - 1)), constant, outside=True)


def legendre_slope(n: Any, x: Any) -> Any:
    """Return the derivative of Legendre's function, of which that of degree ``-1 - n`` is the same: DLMF 14.9.5."""
    degree = weakly(np.where(np.less_equal(n, -1), np.negative(n) - 1, n), n)
    return lower(degree, lambda k: gegenbauer(k, 1.5, x))


def chebyu_slope(n: Any, x: Any) -> Any:
    """Return half the derivative of Chebyshev's second polynomial, that of degree ``-2 - n`` with its sign changed."""
    left = np.less_equal(n, -1)
    degree = weakly(np.where(np.equal(n, -1), 0, np.where(left, np.negative(n) - 2, n)), n)
    found = lower(degree, lambda k: gegenbauer(k, 2.0, x))
    return np.where(left, -found, found)


def chebyt_slope(n: Any, x: Any) -> Any:
    """Return the derivative of Chebyshev's first polynomial, that of degree ``-n``."""
    degree = weakly(np.abs(n), n)
    return degree * lower(degree, lambda k: gegenbauer(k, 1.0, x))


elementwise(
    jacobi,
    *first_in(parametric.eval_jacobi_slope, 3),
    lambda g, y, n, a, b, x: g * lower(n, lambda k: jacobi_lower(k, a, b, x)),
)
elementwise(
    laguerre,
    *first_in(parametric.eval_genlaguerre_slope, 2),
    lambda g, y, n, a, x: g * lower(n, lambda k: -laguerre(k, a + 1, x)),
)
elementwise(
    gegenbauer,
    *first_in(parametric.eval_gegenbauer_slope, 2),
    lambda g, y, n, a, x: g * lower(n, lambda k: 2 * a * gegenbauer(k, a + 1, x)),
)


def jacobi_lower(k: Any, a: Any, b: Any, x: Any) -> Any:
    """Return the derivative of the Jacobi polynomial of degree ``k + 1``, DLMF 18.9.15."""
    return (k + a + b + 2) * 0.5 * jacobi(k, a + 1, b + 1, x)


def sh_jacobi_slope(n: Any, p: Any, q: Any, x: Any) -> Any:
    """Return the derivative of the shifted Jacobi polynomial, which SciPy divides by ``binom(2n + p - 1, n)``."""
    return lower(n, lambda k: 2 * jacobi_lower(k, p - q, q - 1, 2 * x - 1)) / weakly(sp.binom(2 * n + p - 1, n), n, p)


parametrised(sp.eval_legendre, lambda g, y, n, x: g * legendre_slope(n, x))
parametrised(sp.eval_sh_legendre, lambda g, y, n, x: g * (2 * legendre_slope(n, 2 * x - 1)))
parametrised(sp.eval_chebyt, lambda g, y, n, x: g * chebyt_slope(n, x))
parametrised(sp.eval_chebyu, lambda g, y, n, x: g * (2 * chebyu_slope(n, x)))
parametrised(sp.eval_chebyc, lambda g, y, n, x: g * chebyt_slope(n, 0.5 * x))
parametrised(sp.eval_chebys, lambda g, y, n, x: g * chebyu_slope(n, 0.5 * x))
parametrised(sp.eval_sh_chebyt, lambda g, y, n, x: g * (2 * chebyt_slope(n, 2 * x - 1)))
parametrised(sp.eval_sh_chebyu, lambda g, y, n, x: g * (4 * chebyu_slope(n, 2 * x - 1)))
parametrised(sp.eval_gegenbauer, lambda g, y, n, a, x: g * lower(n, lambda k: 2 * a * gegenbauer(k, a + 1, x)))
parametrised(sp.eval_jacobi, lambda g, y, n, a, b, x: g * lower(n, lambda k: jacobi_lower(k, a, b, x)))
parametrised(sp.eval_sh_jacobi, lambda g, y, n, p, q, x: g * sh_jacobi_slope(n, p, q, x))
elementwise(sp.eval_hermite, None, lambda g, y, n, x: g * lower(n, lambda k: 2 * n * sp.eval_hermite(k, x)))
elementwise(sp.eval_hermitenorm, None, lambda g, y, n, x: g * lower(n, lambda k: n * sp.eval_hermitenorm(k, x)))
parametrised(sp.eval_laguerre, lambda g, y, n, x: g * lower(n, lambda k: -laguerre(k, 1.0, x)))
parametrised(sp.eval_genlaguerre, lambda g, y, n, a, x: g * lower(n, lambda k: -laguerre(k, a + 1, x)))


def lpmv_slope(y: Any, m: Any, v: Any, x: Any) -> Any:
    """Return the derivative of Legendre's associated function, in which nothing cancels towards the ends.

    It is a power of ``1 - x²`` times a derivative of Legendre's function, DLMF 14.6.1 and 14.9.3.
    """
    nowhere = np.isnan(y)  # of an order that isn't whole, and of an odd one beyond 1
    x = np.where(nowhere, 0.5, x)
    m, v = m + 0 * v, v + 0 * m  # in one precision, numbers still as numbers
    v = weakly(np.where(np.less_equal(v, -1), np.negative(v) - 1, v), v)
    rest = (1 - x) * (1 + x)
    none = np.equal(v, np.rint(v)) & np.greater(np.abs(m), v)  # there are no so high derivatives: as of degree 0
    degree, order = weakly(np.where(none, 0, v), v), weakly(np.where(none, 0, np.abs(m)), m)
    scale = 2.0**order * sp.poch(0.5, order) * (1 - 2 * (order % 2))
    mirrored = np.abs(scale) / sp.poch(degree - order + 1.0, 2.0 * order)
    scale = weakly(np.where(np.less(m, 0), mirrored, scale), m)
    base = np.where(np.equal(order, 0), 1, rest)  # of order 0 nothing is divided by, at the ends either
    slope = lower(degree - order, lambda k: (2 * order + 1) * gegenbauer(k, order + 1.5, x))
    value = order * x * gegenbauer(degree - order, order + 0.5, x)
    found = scale * (base ** (0.5 * order) * slope - base ** (0.5 * order - 1) * value)
    return np.where(nowhere, np.nan, found)


elementwise(
    sp.lpmv,
    None,
    lambda g, y, m, v, x: g * parametric.lpmv_slope(m, v, x, order=1),
    lambda g, y, m, v, x: g * lpmv_slope(y, m, v, x),
)
