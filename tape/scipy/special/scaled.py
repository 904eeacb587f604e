"""Derivatives of the modified Bessel functions scaled by an exponential, which differences of neighbours would lose.

They are integrals of one sign, of which the trapezoidal rule is exact but for a term that rounding hides: DLMF 10.32.2,
10.32.9 and 3.5(i).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.orders import in_order
from tape.scipy.special.pieces import cast, precision

__tape__ = True

POINTS = 50
"""Of the trapezoidal rule, at least: they stand closer by half than what rounding needs."""

WIDTH = 0.7
"""How far apart they may stand, in units of the width of the integrand about its largest: the error is 1e-17."""

HIGHEST = 10_000
"""The highest order that is integrated, where the neighbours would cancel: above, the points become many."""


def neighbours(f: Any, v: Any, x: Any, order: int, sign: Any, even: int) -> Any:
    """Return a derivative of ``exp(sign x) f(v, x)`` by the neighbouring orders: DLMF 10.29.5, and Leibniz' rule."""
    total = np.zeros_like(x)
    for k in range(order + 1):
        terms = [math.comb(k, j) * f(v - k + 2 * j, x) for j in range(k + 1)]
        total = total + math.comb(order, k) * sign ** (order - k) * (even * 0.5) ** k * sum(terms)
    return total


@ours
def scaled_k_derivative(v: Any, x: Any, *, order: int) -> Any:
    """Return a derivative of ``exp(x) K(v, x)``, ``scipy.special.kve``, of real numbers."""
    dtype = precision(v, x)
    v, x = np.broadcast_arrays(np.asarray(v, np.float64), np.asarray(x, np.float64))
    with np.errstate(all="ignore"):
        far = (x >= 1) & (np.abs(v) <= np.where(x >= np.abs(v), HIGHEST, 100))
        out = np.asarray(neighbours(sp.kve, v, x, order, 1.0, -1))
        if np.any(far):
            n, z = np.abs(v[far]), x[far]
            reach = np.arccosh(1 + (50 + 8 * n) / z)
            reach = np.where(z > 1e14, 10 / np.sqrt(z), reach)
            width = (np.square(np.minimum(z, 1e14)) + n * n) ** -0.25
            points = max(POINTS, math.ceil(np.max(reach / width, initial=0) / WIDTH))
            step = reach / points
            total = np.full_like(z, 0.0 if order else 0.5)
            for k in range(1, points + 1):
                t = k * step
                rise = 2 * np.square(np.sinh(t / 2))  # cosh(t) - 1
                total += rise**order * 0.5 * (np.exp(n * t - z * rise) + np.exp(-n * t - z * rise))
            out[far] = (-1) ** order * step * total
    return cast(out, dtype)


@ours
def scaled_i_derivative(v: Any, x: Any, *, order: int) -> Any:
    """Return a derivative of ``exp(-|x|) I(v, x)``, ``scipy.special.ive``, of real numbers."""
    dtype = precision(v, x)
    v, x = np.broadcast_arrays(np.asarray(v, np.float64), np.asarray(x, np.float64))
    with np.errstate(all="ignore"):
        size, whole = np.abs(x), v == np.rint(v)
        least = np.maximum(np.maximum(1, 4 * np.abs(v)), v * v)  # below, the terms of the integral change their sign
        far = (size >= np.where(whole, least, np.maximum(least, 22.5))) & (whole | (x > 0)) & (size < np.inf)
        out = np.asarray(neighbours(sp.ive, v, x, order, -np.sign(x), 1))
        if np.any(far):
            n, z = v[far], size[far]
            step = 2 * np.arcsin(np.sqrt(np.minimum(1, 22.5 / z))) / POINTS
            total = np.full_like(z, 0.0 if order else 0.5)
            for k in range(1, POINTS + 1):
                fall = -2 * np.square(np.sin(k * step / 2))  # cos(t) - 1
                last = 0.5 if k == POINTS else 1
                total += last * fall**order * np.cos(n * k * step) * np.exp(z * fall)
            odd = (x[far] < 0) & ((n + order) % 2 == 1)
            out[far] = np.where(odd, -1, 1) * step * total / math.pi
    return cast(out, dtype)


elementwise(
    scaled_k_derivative,
    lambda g, y, v, x, *, order: g * in_order(v, x, kind="kve", order=1, degree=order),
    lambda g, y, v, x, *, order: g * scaled_k_derivative(v, x, order=order + 1),
)
elementwise(
    scaled_i_derivative,
    lambda g, y, v, x, *, order: g * in_order(v, x, kind="ive", order=1, degree=order),
    lambda g, y, v, x, *, order: g * scaled_i_derivative(v, x, order=order + 1),
)
