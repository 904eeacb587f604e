"""Hypergeometric functions, in their argument and parameters; DLMF 13, 15 and 10.46."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from tape.rule import elementwise
<<<<<<< HEAD
from tape.scipy.special.declaring import without
from tape.scipy.special.parametric import parametrised, wright_bessel_slope
from tape.scipy.special.pieces import weakly
=======
from tape.rules.special import masked
from tape.scipy.special import parametric
from tape.scipy.special.parametric import first_in
>>>>>>> h3/in-parameters

__tape__ = True


def kummer_slope(a: Any, b: Any, z: Any) -> Any:
    """Return the derivative of Kummer's function, DLMF 13.3.15; for ``a = -1`` constant."""
    linear = np.equal(a, -1)
    above = (weakly(np.where(linear, 1, v + 1), v) for v in (a, b))
    return a / b * np.where(linear, 1, sp.hyp1f1(*above, z))


parametrised(sp.hyp0f1, lambda g, y, v, z: g * (sp.hyp0f1(v + 1, z) / v))
parametrised(sp.hyp1f1, lambda g, y, a, b, z: g * kummer_slope(a, b, z))
parametrised(sp.hyp2f1, lambda g, y, a, b, c, z: g * (a * b / c * sp.hyp2f1(a + 1, b + 1, c + 1, z)))
parametrised(sp.hyperu, lambda g, y, a, b, x: g * (-a * sp.hyperu(a + 1, b + 1, x)))
parametrised(sp.wright_bessel, lambda g, y, a, b, x: g * sp.wright_bessel(a, a + b, x))
elementwise(
    sp.log_wright_bessel,
    lambda g, y, a, b, x: g * (np.exp(-y) * wright_bessel_slope(a, b, x, orders=(1, 0), degree=0)),
    lambda g, y, a, b, x: g * (np.exp(-y) * wright_bessel_slope(a, b, x, orders=(0, 1), degree=0)),
    lambda g, y, a, b, x: g * np.exp(sp.log_wright_bessel(a, a + b, x) - y),
)

<<<<<<< HEAD
without(
    "mathieu_a mathieu_b mathieu_cem mathieu_sem mathieu_modcem1 mathieu_modcem2 mathieu_modsem1 mathieu_modsem2",
    "Mathieu functions aren't implemented",
)
without(
    "obl_ang1 obl_ang1_cv obl_cv obl_rad1 obl_rad1_cv obl_rad2 obl_rad2_cv"
    " pro_ang1 pro_ang1_cv pro_cv pro_rad1 pro_rad1_cv pro_rad2 pro_rad2_cv",
    "spheroidal wave functions aren't implemented",
=======

def lower(n: Any, f: Callable[[Any], Any]) -> Any:
    """Return ``f(n - 1)``, zero where the degree ``n`` is zero."""
    if type(n) in (int, float):
        return f(n - 1) if n else 0 * f(n)
    kind: Any = type(n)
    if kind is Var:  # a degree that does isn't zero to either side
        return f(n - 1)
    constant = np.equal(n, 0)
    return masked(f(np.where(constant, n, n - 1)), constant, outside=True)


# The derivative of a Jacobi polynomial is one of lower degree, DLMF 18.9.15: nothing to divide by, nothing to cancel.
gegenbauer: Any = sp.eval_gegenbauer
declared(
    sp.eval_legendre,
    lambda g, y, n, x: g * lower(n, lambda k: gegenbauer(k, 1.5, x)),
)
declared(
    sp.eval_sh_legendre,
    lambda g, y, n, x: g * lower(n, lambda k: 2 * gegenbauer(k, 1.5, 2 * x - 1)),
)
declared(
    sp.eval_chebyt,
    lambda g, y, n, x: g * lower(n, lambda k: n * sp.eval_chebyu(k, x)),
)
declared(
    sp.eval_chebyu,
    lambda g, y, n, x: g * lower(n, lambda k: 2 * gegenbauer(k, 2.0, x)),
)
declared(
    sp.eval_chebyc,
    lambda g, y, n, x: g * lower(n, lambda k: n * sp.eval_chebys(k, x)),
)
declared(
    sp.eval_chebys,
    lambda g, y, n, x: g * lower(n, lambda k: gegenbauer(k, 2.0, 0.5 * x)),
)
declared(
    sp.eval_sh_chebyt,
    lambda g, y, n, x: g * lower(n, lambda k: 2 * n * sp.eval_sh_chebyu(k, x)),
)
declared(
    sp.eval_sh_chebyu,
    lambda g, y, n, x: g * lower(n, lambda k: 4 * gegenbauer(k, 2.0, 2 * x - 1)),
)
declared(sp.eval_gegenbauer, lambda g, y, n, a, x: g * lower(n, lambda k: 2 * a * gegenbauer(k, a + 1, x)))
declared(
    sp.eval_jacobi,
    lambda g, y, n, a, b, x: g * lower(n, lambda k: (n + a + b + 1) * 0.5 * sp.eval_jacobi(k, a + 1, b + 1, x)),
)
declared(sp.eval_sh_jacobi, lambda g, y, n, p, q, x: g * lower(n, lambda k: n * sp.eval_sh_jacobi(k, p + 2, q + 1, x)))
elementwise(sp.eval_hermite, None, lambda g, y, n, x: g * lower(n, lambda k: 2 * n * sp.eval_hermite(k, x)))
elementwise(sp.eval_hermitenorm, None, lambda g, y, n, x: g * lower(n, lambda k: n * sp.eval_hermitenorm(k, x)))
declared(
    sp.eval_laguerre,
    lambda g, y, n, x: g * lower(n, lambda k: -sp.eval_genlaguerre(k, 1.0, x)),
)
declared(sp.eval_genlaguerre, lambda g, y, n, a, x: g * lower(n, lambda k: -sp.eval_genlaguerre(k, a + 1, x)))
elementwise(
    sp.lpmv,
    None,
    lambda g, y, m, v, x: g * parametric.lpmv_slope(m, v, x, order=1),
    lambda g, y, m, v, x: g * ((v * x * y - (v + m) * sp.lpmv(m, v - 1, x)) / ((x - 1) * (x + 1))),
>>>>>>> h3/in-parameters
)
