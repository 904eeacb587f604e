"""Hurwitz's zeta function: its derivatives in the exponent, by Euler and Maclaurin's formula, DLMF 25.11.5."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.pieces import ZETA, cast, precision

__tape__ = True

TERMS = 16
"""That are summed one by one, before the formula takes over."""

BERNOULLI = 1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330
"""The numbers of even index, from the second on."""


@ours
def zeta_in_exponent(s: Any, q: Any, *, order: int) -> Any:
    """Return a derivative in ``s``, of an order from 1 on, of ``scipy.special.zeta(s, q)``."""
    dtype = precision(s, q)
    s, q = np.broadcast_arrays(np.asarray(s, np.float64), np.asarray(q, np.float64))
    with np.errstate(all="ignore"):
        total = np.zeros_like(q)
        for k in range(TERMS):
            total += (-np.log(q + k)) ** order * (q + k) ** -s
        a = q + TERMS
        log = -np.log(a)
        logs = [math.comb(order, k) * log ** (order - k) for k in range(order + 1)]
        tail = sum(logs[k] * (-1) ** k * math.factorial(k) / (s - 1) ** (k + 1) for k in range(order + 1)) * a
        tail = tail + 0.5 * log**order
        product = [s, np.ones_like(s), *(np.zeros_like(s) for _ in range(order))]  # s (s + 1) ..., differentiated
        for j, b in enumerate(BERNOULLI, 1):
            terms = sum(logs[k] * product[k] for k in range(order + 1))
            tail = tail + b / math.factorial(2 * j) * terms * a ** (1 - 2 * j)
            for i in (2 * j - 1, 2 * j):
                product = [(s + i) * product[k] + (k * product[k - 1] if k else 0) for k in range(order + 2)]
        found = np.where((s > 1) & (q > 0), total + a**-s * tail, math.nan)
    return cast(found, dtype)


def _in_shift(g: Any, y: Any, s: Any, q: Any, *, order: int) -> Any:
    """Return the derivative of ``-s zeta(s + 1, q)`` in ``s``, by Leibniz' rule."""
    before = ZETA(s + 1, q) if order == 1 else zeta_in_exponent(s + 1, q, order=order - 1)
    return g * (-s * zeta_in_exponent(s + 1, q, order=order) - order * before)


elementwise(zeta_in_exponent, lambda g, y, s, q, *, order: g * zeta_in_exponent(s, q, order=order + 1), _in_shift)
