"""Derivatives of the modified Bessel functions scaled by an exponential, which differences of neighbours would lose.

They are integrals of one sign, of which the trapezoidal rule is exact but for a term that rounding hides: DLMF 10.32.3,
10.32.9, 10.32.12 and 3.5(i).
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.rules.special import sine_of_turns
from tape.scipy.special.orders import in_order
from tape.scipy.special.pieces import cast, in_blocks, precision

__tape__ = True

POINTS = 50
"""Of the trapezoidal rule, at least: they stand closer by half than what rounding needs."""

STEEP = 64
"""Of it along the path of steepest descent, whose end isn't part of a period."""

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


def fourier(n: Any, z: Any, order: int) -> Any:
    """Return a derivative of ``exp(-z) I(n, z)`` by the integral over half a turn: DLMF 10.32.3."""
    step = 2 * np.arcsin(np.sqrt(np.minimum(1, 22.5 / z))) / POINTS
    total = np.full_like(z, 0.0 if order else 0.5)
    for k in range(1, POINTS + 1):
        fall = -2 * np.square(np.sin(k * step / 2))  # cos(t) - 1
        last = 0.5 if k == POINTS else 1
        total += last * fall**order * np.cos(n * k * step) * np.exp(z * fall)
    return step * total / math.pi


def descent(v: Any, z: Any, order: int) -> Any:
    """Return a derivative of ``exp(-z) I(v, z)``, for ``v`` from two on, by Schläfli's integral: DLMF 10.32.12.

    Its path is that of steepest descent, ``a + iθ`` with ``sinh a = (v/z) θ / sin θ``, where nothing oscillates. The
    exponent is taken relative to that of the saddle point ``θ = 0``.
    """
    size, start = np.hypot(v, z), v / z
    high = np.sqrt(1 + start * start)  # cosh a, at the saddle
    order_, size_ = np.asarray(v, np.longdouble), np.hypot(np.asarray(v, np.longdouble), z)
    peak = order_**2 / (size_ + z) - order_ * np.arcsinh(order_ / z)
    step = 2 * np.arcsin(np.sqrt(np.minimum(1, 22.5 / size))) / STEEP
    total = 0.5 * (start * start / (1 + high)) ** order
    for k in range(1, STEEP):  # at the end nothing is left
        angle = k * step
        sine, fall = np.sin(angle), -2 * np.square(np.sin(angle / 2))
        more = (angle - sine) / sine
        steep = start * (1 + more)
        cosh = np.sqrt(1 + steep * steep)
        above = start * start * more * (2 + more) / (cosh + high)  # of cosh a, over that at the saddle
        turn = start * (sine - angle * np.cos(angle)) / (sine * sine) / cosh  # da/dθ
        real, imaginary = steep * steep / (1 + cosh) * (1 + fall) + fall, steep * sine  # of cosh(a + iθ) - 1
        exponent = z * (cosh * fall + above) - v * np.arcsinh(start * (more * high - above))
        if order == 1:
            part = real + imaginary * turn
        else:
            part = np.real((real + 1j * imaginary) ** order * (1 - 1j * turn))
        total = total + part * np.exp(exponent)
    return step * total / math.pi * np.exp(peak).astype(np.float64)


def upward(v: Any, z: Any, order: int) -> Any:
    """Return what :func:`descent` does, with ``v`` from 0 to 2, by those two and three above: DLMF 10.29.1."""
    above, found = ([descent(v + up, z, k) for k in range(order + 1)] for up in (3, 2))
    for w in (v + 2, v + 1):
        inverse = [(-1) ** j * math.factorial(j) / z ** (j + 1) for j in range(order + 1)]
        below = [
            above[k] + 2 * w * sum(math.comb(k, j) * inverse[j] * found[k - j] for j in range(k + 1))
            for k in range(order + 1)
        ]
        above, found = found, below
    return found[order]


@ours
def scaled_i_derivative(v: Any, x: Any, *, order: int) -> Any:
    """Return a derivative of ``exp(-|x|) I(v, x)``, ``scipy.special.ive``, of real numbers."""
    dtype = precision(v, x)
    v, x = np.broadcast_arrays(np.asarray(v, np.float64), np.asarray(x, np.float64))
    with np.errstate(all="ignore"):
        size, whole = np.abs(x), v == np.rint(v)
        n = np.abs(v)
        out = np.asarray(neighbours(sp.ive, v, x, order, -np.sign(x), 1))
        near = (size >= 1) & (size < np.inf) & (whole | (x > 0)) & (n <= HIGHEST)
        far = near & (size >= np.where(whole, 0, 22.5)) & (size >= 0.5 * n * n)  # else its terms change their sign
        for part, integral in (far, fourier), (near & ~far & (n >= 2), descent), (near & ~far & (n < 2), upward):
            if np.any(part):
                out[part] = in_blocks(functools.partial(integral, order=order), n[part], size[part])
        other = near & ~whole & (v < 0)  # DLMF 10.27.2
        if np.any(other):
            w, z = n[other], size[other]
            rest = np.exp(-2 * z) * neighbours(sp.kve, w, z, order, -1.0, -1)
            out[other] += 2 / math.pi * sine_of_turns(w) * rest
        out = np.where(near & (x < 0) & ((n + order) % 2 == 1), -out, out)
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
