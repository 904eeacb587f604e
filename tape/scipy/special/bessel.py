"""Bessel, Airy, Struve and Kelvin functions, in the argument and in the order; DLMF 9 to 11."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.rule import elementwise
from tape.rules.special import is_complex
from tape.scipy.special.declaring import outputs
from tape.scipy.special.orders import order_rule
from tape.scipy.special.parametric import cylinder_slope
from tape.scipy.special.pieces import alike, count, only_real
from tape.scipy.special.scaled import scaled_i_derivative, scaled_k_derivative

__tape__ = True

# By the neighbouring orders, DLMF 10.6.1 and 10.29.1: no division, so that zero needs no case of its own.
elementwise(sp.j0, lambda g, y, x: -g * sp.j1(x))
elementwise(sp.j1, lambda g, y, x: g * (0.5 * (sp.j0(x) - sp.jv(2.0, x))))
elementwise(sp.y0, lambda g, y, x: -g * sp.y1(x))
elementwise(sp.y1, lambda g, y, x: g * (0.5 * (sp.y0(x) - sp.yv(2.0, x))))
elementwise(sp.i0, lambda g, y, x: g * sp.i1(x))
elementwise(sp.i1, lambda g, y, x: g * (0.5 * (sp.i0(x) + sp.iv(2.0, x))))
elementwise(sp.k0, lambda g, y, x: -g * sp.k1(x))
elementwise(sp.k1, lambda g, y, x: -g * (sp.k0(x) + y / x))
elementwise(sp.jv, order_rule("jv"), lambda g, y, v, x: g * (0.5 * (sp.jv(v - 1, x) - sp.jv(v + 1, x))))
elementwise(sp.yv, order_rule("yv"), lambda g, y, v, x: g * (0.5 * (sp.yv(v - 1, x) - sp.yv(v + 1, x))))
elementwise(sp.yn, None, lambda g, y, n, x: g * (0.5 * (sp.yn(count(n) - 1, x) - sp.yn(count(n) + 1, x))))
elementwise(sp.iv, order_rule("iv"), lambda g, y, v, x: g * (0.5 * (sp.iv(v - 1, x) + sp.iv(v + 1, x))))
elementwise(sp.kv, order_rule("kv"), lambda g, y, v, x: g * (-0.5 * (sp.kv(v - 1, x) + sp.kv(v + 1, x))))
elementwise(sp.kn, None, lambda g, y, n, x: g * (-0.5 * (sp.kn(np.abs(count(n) - 1), x) + sp.kn(count(n) + 1, x))))
elementwise(
    sp.hankel1, order_rule("hankel1"), lambda g, y, v, z: g * (0.5 * (sp.hankel1(v - 1, z) - sp.hankel1(v + 1, z)))
)
elementwise(
    sp.hankel2, order_rule("hankel2"), lambda g, y, v, z: g * (0.5 * (sp.hankel2(v - 1, z) - sp.hankel2(v + 1, z)))
)
elementwise(
    sp.hankel1e,
    order_rule("hankel1e"),
    lambda g, y, v, z: g * (0.5 * (sp.hankel1e(v - 1, z) - sp.hankel1e(v + 1, z)) - 1j * y),
)
elementwise(
    sp.hankel2e,
    order_rule("hankel2e"),
    lambda g, y, v, z: g * (0.5 * (sp.hankel2e(v - 1, z) - sp.hankel2e(v + 1, z)) + 1j * y),
)

# ------------------------------------------------ scaled by an exponential of the argument


def _ive(g: Any, y: Any, v: Any, x: Any) -> Any:
    only_real(x, "ive")
    return g * scaled_i_derivative(v, x, order=1)


def _kve(g: Any, y: Any, v: Any, x: Any) -> Any:
    if is_complex(x):
        return g * (y - 0.5 * (sp.kve(v - 1, x) + sp.kve(v + 1, x)))
    return g * scaled_k_derivative(v, x, order=1)


def _jve(g: Any, y: Any, v: Any, x: Any) -> Any:
    only_real(x, "jve")
    return g * (0.5 * (sp.jve(v - 1, x) - sp.jve(v + 1, x)))


def _yve(g: Any, y: Any, v: Any, x: Any) -> Any:
    only_real(x, "yve")
    return g * (0.5 * (sp.yve(v - 1, x) - sp.yve(v + 1, x)))


elementwise(sp.i0e, lambda g, y, x: g * scaled_i_derivative(0.0, x, order=1))
elementwise(sp.i1e, lambda g, y, x: g * scaled_i_derivative(1.0, x, order=1))
elementwise(sp.k0e, lambda g, y, x: g * scaled_k_derivative(0.0, x, order=1))
elementwise(sp.k1e, lambda g, y, x: g * scaled_k_derivative(1.0, x, order=1))
elementwise(sp.ive, order_rule("ive"), _ive)
elementwise(sp.jve, order_rule("jve"), _jve)
elementwise(sp.yve, order_rule("yve"), _yve)
elementwise(sp.kve, order_rule("kve"), _kve)

# -------------------------------------------------------------------- Airy, Struve


def _struve_term(v: Any, x: Any) -> Any:
    """Return ``(x/2)**v / (sqrt(π) Γ(v + 3/2))``, DLMF 11.4.23."""
    return (x * 0.5) ** v * (sp.rgamma(v + 1.5) * (1 / math.sqrt(math.pi)))


def struve_slope(y: Any, v: Any, x: Any) -> Any:
    """Return the derivative of Struve's function; far out, where it is small beside its neighbours, DLMF 11.4.27."""
    far = np.greater(x, 5) & np.greater(x, 2 * np.abs(v))
    close, wide = np.where(far, 1, x), np.where(far, x, 1)
    middle = 0.5 * (sp.struve(v - 1, close) - sp.struve(v + 1, close) + _struve_term(v, close))
    return np.where(far, sp.struve(v - 1, wide) - v * y / wide, middle)


elementwise(sp.struve, order_rule("struve"), lambda g, y, v, x: g * struve_slope(y, v, x))
elementwise(
    sp.modstruve,
    order_rule("modstruve"),
    lambda g, y, v, x: g * (0.5 * (sp.modstruve(v - 1, x) + sp.modstruve(v + 1, x) + _struve_term(v, x))),
)
elementwise(sp.itstruve0, lambda g, y, x: g * sp.struve(alike(0, x), x))
elementwise(sp.itmodstruve0, lambda g, y, x: g * sp.modstruve(alike(0, x), x))
elementwise(sp.it2struve0, lambda g, y, x: -g * sp.struve(alike(0, x), x) / x)

outputs(sp.airy, lambda y, z: [y[1], z * y[0], y[3], z * y[2]])
outputs(sp.itairy, lambda y, x: [sp.airy(x)[0], sp.airy(x)[2], sp.airy(-x)[0], sp.airy(-x)[2]])
outputs(sp.itj0y0, lambda y, x: [sp.j0(x), lambda: sp.y0(x)])
outputs(sp.iti0k0, lambda y, x: [sp.i0(x), lambda: sp.k0(x)])


def cylinder(fn: Any, twice: Any) -> None:
    """Declare a parabolic cylinder function, by its second derivative ``(y, v, x)``."""

    def in_parameter(v: Any, x: Any) -> list[Any]:
        return [
            lambda primed=primed: cylinder_slope(v, x, kind=fn.__name__, order=1, primed=primed)
            for primed in (False, True)
        ]

    outputs(fn, lambda y, v, x: [in_parameter(v, x), [y[1], twice(y[0], v, x)]], moving=(0, 1))


# x is multiplied twice, and not squared: where the function has underflown, so does the product
cylinder(sp.pbdv, lambda y, v, x: 0.5 * x * (0.5 * x * y) - (v + 0.5) * y)
cylinder(sp.pbvv, lambda y, v, x: (0.25 * (x * x) - v - 0.5) * y)
cylinder(sp.pbwa, lambda y, a, x: (a - 0.25 * (x * x)) * y)

# -------------------------------------------------------------------------- Kelvin


def _over(a: Any, x: Any) -> Any:
    """Return ``a / x``, zero where ``x`` is: a Kelvin function's first derivative vanishes as x cubed, or x."""
    return a / np.where(np.equal(x, 0), 1, x)


elementwise(sp.ber, lambda g, y, x: g * sp.berp(x))
elementwise(sp.bei, lambda g, y, x: g * sp.beip(x))
elementwise(sp.ker, lambda g, y, x: g * sp.kerp(x))
elementwise(sp.kei, lambda g, y, x: g * sp.keip(x))
elementwise(sp.berp, lambda g, y, x: g * (-sp.bei(x) - _over(y, x)))
elementwise(sp.kerp, lambda g, y, x: g * (-sp.kei(x) - y / x))
elementwise(sp.keip, lambda g, y, x: g * (sp.ker(x) - y / x))


def _beip(g: Any, y: Any, x: Any) -> Any:
    return g * (sp.ber(x) - np.where(np.equal(x, 0), 0.5, _over(y, x)))


elementwise(sp.beip, _beip)
