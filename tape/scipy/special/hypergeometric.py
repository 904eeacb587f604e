"""Hypergeometric functions and orthogonal polynomials, in their argument; DLMF 13, 15 and 18."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from tape.rule import elementwise
from tape.rules.special import masked

__tape__ = True

elementwise(sp.hyp0f1, None, lambda g, y, v, z: g * (sp.hyp0f1(v + 1, z) / v))
elementwise(sp.hyp1f1, None, None, lambda g, y, a, b, z: g * (a / b * sp.hyp1f1(a + 1, b + 1, z)))
elementwise(sp.hyp2f1, None, None, None, lambda g, y, a, b, c, z: g * (a * b / c * sp.hyp2f1(a + 1, b + 1, c + 1, z)))
elementwise(sp.hyperu, None, None, lambda g, y, a, b, x: g * (-a * sp.hyperu(a + 1, b + 1, x)))


def lower(n: Any, f: Callable[[Any], Any]) -> Any:
    """Return ``f(n - 1)``, zero where the degree ``n`` is zero."""
    if type(n) in (int, float):
        return f(n - 1) if n else 0 * f(n)
    constant = np.equal(n, 0)
    return masked(f(np.where(constant, n, n - 1)), constant, outside=True)


# The derivative of a Jacobi polynomial is one of lower degree, DLMF 18.9.15: nothing to divide by, nothing to cancel.
gegenbauer: Any = sp.eval_gegenbauer
elementwise(sp.eval_legendre, None, lambda g, y, n, x: g * lower(n, lambda k: gegenbauer(k, 1.5, x)))
elementwise(sp.eval_sh_legendre, None, lambda g, y, n, x: g * lower(n, lambda k: 2 * gegenbauer(k, 1.5, 2 * x - 1)))
elementwise(sp.eval_chebyt, None, lambda g, y, n, x: g * lower(n, lambda k: n * sp.eval_chebyu(k, x)))
elementwise(sp.eval_chebyu, None, lambda g, y, n, x: g * lower(n, lambda k: 2 * gegenbauer(k, 2.0, x)))
elementwise(sp.eval_chebyc, None, lambda g, y, n, x: g * lower(n, lambda k: n * sp.eval_chebys(k, x)))
elementwise(sp.eval_chebys, None, lambda g, y, n, x: g * lower(n, lambda k: gegenbauer(k, 2.0, 0.5 * x)))
elementwise(sp.eval_sh_chebyt, None, lambda g, y, n, x: g * lower(n, lambda k: 2 * n * sp.eval_sh_chebyu(k, x)))
elementwise(sp.eval_sh_chebyu, None, lambda g, y, n, x: g * lower(n, lambda k: 4 * gegenbauer(k, 2.0, 2 * x - 1)))
elementwise(
    sp.eval_gegenbauer, None, None, lambda g, y, n, a, x: g * lower(n, lambda k: 2 * a * gegenbauer(k, a + 1, x))
)
elementwise(
    sp.eval_jacobi,
    None,
    None,
    None,
    lambda g, y, n, a, b, x: g * lower(n, lambda k: (n + a + b + 1) * 0.5 * sp.eval_jacobi(k, a + 1, b + 1, x)),
)
elementwise(
    sp.eval_sh_jacobi,
    None,
    None,
    None,
    lambda g, y, n, p, q, x: g * lower(n, lambda k: n * sp.eval_sh_jacobi(k, p + 2, q + 1, x)),
)
elementwise(sp.eval_hermite, None, lambda g, y, n, x: g * lower(n, lambda k: 2 * n * sp.eval_hermite(k, x)))
elementwise(sp.eval_hermitenorm, None, lambda g, y, n, x: g * lower(n, lambda k: n * sp.eval_hermitenorm(k, x)))
elementwise(sp.eval_laguerre, None, lambda g, y, n, x: g * lower(n, lambda k: -sp.eval_genlaguerre(k, 1.0, x)))
elementwise(
    sp.eval_genlaguerre, None, None, lambda g, y, n, a, x: g * lower(n, lambda k: -sp.eval_genlaguerre(k, a + 1, x))
)
elementwise(
    sp.lpmv,
    None,
    None,
    lambda g, y, m, v, x: g * ((v * x * y - (v + m) * sp.lpmv(m, v - 1, x)) / ((x - 1) * (x + 1))),
)
