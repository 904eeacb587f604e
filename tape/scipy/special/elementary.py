"""Exponentials, logarithms, angles and losses that are accurate where a formula written out would not be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.rule import elementwise, zero
from tape.rules.special import is_complex, log_and_one, lowered, masked
from tape.scipy.special.pieces import alike, exprel_derivative, log1prel_derivative, log_ratio, log_ratio_and_one

__tape__ = True

LN2, LN10, DEGREE = math.log(2), math.log(10), math.pi / 180

elementwise(sp.expm1, lambda g, y, x: g * np.exp(x))
elementwise(sp.log1p, lambda g, y, x: g / (1 + x))
elementwise(sp.exp2, lambda g, y, x: g * (y * LN2))
elementwise(sp.exp10, lambda g, y, x: g * (y * LN10))
elementwise(sp.exprel, lambda g, y, x: g * exprel_derivative(x, order=1))
elementwise(sp.cbrt, lambda g, y, x: g / (3 * (y * y)))
elementwise(sp.cosm1, lambda g, y, x: -g * np.sin(x))
elementwise(sp.expit, lambda g, y, x: g * (y * sp.expit(-x)))
elementwise(sp.logit, lambda g, y, x: g / (x * (1 - x)))
elementwise(sp.log_expit, lambda g, y, x: g * sp.expit(-x))
elementwise(sp.wrightomega, lambda g, y, x: g * y / (1 + y))

# -------------------------------------------------------------------------- angles
elementwise(sp.sindg, lambda g, y, x: g * (DEGREE * sp.cosdg(x)))
elementwise(sp.cosdg, lambda g, y, x: g * (-DEGREE * sp.sindg(x)))
elementwise(sp.tandg, lambda g, y, x: g * DEGREE / np.square(sp.cosdg(x)))  # SciPy's poles are a little off
elementwise(sp.cotdg, lambda g, y, x: g * -DEGREE / np.square(sp.sindg(x)))
elementwise(
    sp.radian,
    lambda g, y, d, m, s: g * DEGREE,
    lambda g, y, d, m, s: g * (DEGREE / 60),
    lambda g, y, d, m, s: g * (DEGREE / 3600),
)
zero(sp.round)

# ------------------------------------------------------------- x log(y) and its kin


def log(x: Any) -> Any:
    """Return the logarithm, -inf of zero without a warning."""
    return sp.xlogy(alike(1, x), x)


def void(x: Any, y: Any, low: float = 0) -> Any:
    """Return where ``x`` is zero and the logarithm isn't finite: the product is zero there, by definition."""
    return np.equal(x, 0) & (np.equal(y, low) if is_complex(y) else np.less_equal(y, low))


def _xlogy_x(g: Any, y: Any, a: Any, b: Any) -> Any:
    hole = void(a, b)
    return masked(g * log(np.where(hole, 1, b)), hole, outside=True)


def _xlogy_y(g: Any, y: Any, a: Any, b: Any) -> Any:
    return g * (a / np.where(void(a, b), 1, b))


def _xlog1py_x(g: Any, y: Any, a: Any, b: Any) -> Any:
    hole = void(a, b, -1)
    b = np.where(hole, 0, b)
    return masked(g * sp.xlog1py(alike(1, b), b), hole, outside=True)


def _xlog1py_y(g: Any, y: Any, a: Any, b: Any) -> Any:
    return g * (a / (1 + np.where(void(a, b, -1), 0, b)))


elementwise(sp.xlogy, _xlogy_x, _xlogy_y)
elementwise(sp.xlog1py, _xlog1py_x, _xlog1py_y)
elementwise(
    sp.entr,
    lambda g, y, x: masked(-g * log_and_one(np.where(np.less(x, 0), 1, x)), np.less(x, 0), outside=True),
)


def _entropy_outside(a: Any, b: Any) -> Any:
    """Return where nothing flows. Where only ``b`` is zero the function is infinite, and so are its slopes."""
    return np.less(a, 0) | np.less(b, 0) | (np.equal(a, 0) & np.equal(b, 0))


def _entropy_x(g: Any, a: Any, b: Any, one: float) -> Any:
    """Return ``g (log(a/b) + one)`` where both arguments are in the domain."""
    outside = _entropy_outside(a, b)
    ratio = (log_ratio_and_one if one else log_ratio)(np.where(outside, 1, a), np.where(outside, 1, b))
    return masked(g * ratio, outside, outside=True)


def _entropy_y(g: Any, a: Any, b: Any, one: float) -> Any:
    """Return ``g (one - a/b)`` there."""
    outside = _entropy_outside(a, b)
    q = np.where(outside, 1, b)
    with np.errstate(divide="ignore"):
        slope = (q - a) / q if one else -a / q
    return masked(g * slope, outside, outside=True)


elementwise(sp.rel_entr, lambda g, y, a, b: _entropy_x(g, a, b, 1), lambda g, y, a, b: _entropy_y(g, a, b, 0))
elementwise(sp.kl_div, lambda g, y, a, b: _entropy_x(g, a, b, 0), lambda g, y, a, b: _entropy_y(g, a, b, 1))

# ------------------------------------------------------------ powers less one, Box-Cox


def _boxcox_power(g: Any, y: Any, x: Any, s: Any) -> Any:
    """Return ``g log(x)² f'(s log(x))``, where ``boxcox`` is ``log(x) f(s log(x))`` with ``f = exprel``."""
    zero_ = np.equal(x, 0)
    return _power_slope(g, zero_, log(np.where(zero_, 1, x)), s)


def _boxcox1p_power(g: Any, y: Any, x: Any, s: Any) -> Any:
    zero_ = np.equal(x, -1)
    return _power_slope(g, zero_, np.log1p(np.where(zero_, 0, x)), s)


def _power_slope(g: Any, zero_: Any, u: Any, s: Any) -> Any:
    return g * np.where(zero_, 1 / np.square(np.where(zero_, s, 1)), u * u * exprel_derivative(s * u, order=1))


def _inverse_power(g: Any, value: Any, y: Any, s: Any) -> Any:
    """Return ``g v y² h'(s y)``, where the inverse is ``v = exp(y h(s y))`` with ``h(u) = log(1 + u) / u``."""
    return g * (value * (y * y) * log1prel_derivative(s * y, order=1))


elementwise(sp.boxcox, lambda g, y, x, s: g * lowered(x**s, x, s), _boxcox_power)
elementwise(sp.boxcox1p, lambda g, y, x, s: g * np.exp((s - 1) * np.log1p(x)), _boxcox1p_power)
elementwise(sp.inv_boxcox, lambda g, v, y, s: g * v / (1 + s * y), lambda g, v, y, s: _inverse_power(g, v, y, s))
elementwise(
    sp.inv_boxcox1p,
    lambda g, v, y, s: g * sp.inv_boxcox(y, s) / (1 + s * y),  # v + 1 would cancel
    lambda g, v, y, s: _inverse_power(g, sp.inv_boxcox(y, s), y, s),
)
elementwise(sp.powm1, lambda g, v, x, y: g * (y * lowered(x**y, x, y)), lambda g, v, x, y: g * (x**y * log(x)))

# -------------------------------------------------------------------------- losses
elementwise(
    sp.huber,
    lambda g, y, d, r: masked(g * (np.abs(r) - d), np.greater(np.abs(r), d) & np.greater_equal(d, 0)),
    lambda g, y, d, r: masked(g * np.maximum(np.minimum(r, d), -d), np.greater_equal(d, 0)),
)


def _pseudo_delta(g: Any, y: Any, d: Any, r: Any) -> Any:
    """Return ``g d q² / s``, with ``s = sqrt(1 + (r/d)²)`` and ``q = s - 1``, written so that nothing overflows."""
    h = np.hypot(d, r)
    return g * (np.square(r / (h + d)) * (r * (r / h)))


elementwise(sp.pseudo_huber, _pseudo_delta, lambda g, y, d, r: g * (r * (d / np.hypot(d, r))))
