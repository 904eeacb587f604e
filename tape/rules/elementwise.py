"""Elementwise functions: each row gives the partial derivatives, times the adjoint, an argument at a time.

A partial starts from ``g``, which is never a Python float: a quotient of Python floats would raise where NumPy gives
infinity.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tape.rule import elementwise, zero

# ------------------------------------------------------------------ arithmetic
elementwise(np.add, lambda g, y, a, b: g, lambda g, y, a, b: g, like=[operator.add])
elementwise(np.subtract, lambda g, y, a, b: g, lambda g, y, a, b: -g, like=[operator.sub])
elementwise(np.multiply, lambda g, y, a, b: g * b, lambda g, y, a, b: g * a, like=[operator.mul])
elementwise(np.divide, lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b, like=[operator.truediv])
elementwise(np.negative, lambda g, y, x: -g, like=[operator.neg])
elementwise(np.positive, lambda g, y, x: g, like=[operator.pos])


def power_base(g: Any, y: Any, a: Any, b: Any) -> Any:
    """Return ``g * b * a**(b-1)``; zero where ``b`` is zero, whatever ``a``."""
    if type(b) is int or type(b) is float:
        if b == 2:
            return g * (a + a)
        if b == 0:
            return g * 0.0
        return g * (b * np.power(a, b - 1))
    return g * np.where(b == 0, 0, b * np.power(a, np.where(b == 0, 1, b - 1)))


def power_exponent(g: Any, y: Any, a: Any, b: Any) -> Any:
    """Return ``g * a**b * log(a)``; zero where ``a`` is zero and ``b`` isn't negative."""
    hole = (a == 0) & (b >= 0)
    return g * np.where(hole, 0, y * np.log(np.where(hole, 1, a)))


elementwise(np.power, power_base, power_exponent, like=[operator.pow])
elementwise(np.absolute, lambda g, y, x: g * np.sign(x), like=[operator.abs])
elementwise(np.remainder, lambda g, y, a, b: g, lambda g, y, a, b: -g * np.floor_divide(a, b), like=[operator.mod])

# ------------------------------------------------------- exponentials, trigonometry
elementwise(np.exp, lambda g, y, x: g * y)
elementwise(np.log, lambda g, y, x: g / x)
elementwise(np.sqrt, lambda g, y, x: g / (y + y))
elementwise(np.square, lambda g, y, x: g * (x + x))
elementwise(np.sin, lambda g, y, x: g * np.cos(x))
elementwise(np.cos, lambda g, y, x: -g * np.sin(x))

# ------------------------------------------------------------------ zero everywhere
zero(np.sign, np.floor, np.ceil, np.rint, np.trunc)
for _compare in ("less", "less_equal", "equal", "not_equal", "greater", "greater_equal"):
    zero(getattr(np, _compare))
zero(operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge)
zero(operator.and_, operator.or_, operator.xor, operator.invert, operator.floordiv)
