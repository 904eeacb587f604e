"""Twins of functions that work element by element."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import tensors
from tape.record import alias

__tape__ = True

twin(alias)(lambda x: x)

# ------------------------------------------------------------------ arithmetic
twin(np.add, operator.add)(lambda a, b: a + b)
twin(np.subtract, operator.sub)(lambda a, b: a - b)
twin(np.multiply, operator.mul)(lambda a, b: a * b)
twin(np.divide, operator.truediv)(lambda a, b: a / b)
twin(np.negative, operator.neg)(torch.neg)
twin(np.positive, operator.pos)(lambda x: x)
twin(np.power, operator.pow)(lambda a, b: torch.pow(a, b))
twin(np.remainder, operator.mod)(lambda a, b: torch.remainder(*tensors(a, b)))
twin(np.floor_divide, operator.floordiv)(lambda a, b: torch.floor_divide(*tensors(a, b)))
twin(np.absolute, np.fabs, operator.abs)(torch.abs)
twin(np.reciprocal)(torch.reciprocal)

# -------------------------------------------------- functions that torch has, too
SAME = """
    exp exp2 expm1 log log2 log10 log1p sqrt square sin cos tan sinh cosh tanh
    arcsin arccos arctan arcsinh arccosh arctanh deg2rad rad2deg sign floor ceil trunc
    isnan isinf isfinite signbit sinc conj logical_not
"""
for _name in SAME.split():
    twin(getattr(np, _name))(getattr(torch, _name))
for _name, _there in {"rint": "round", "radians": "deg2rad", "degrees": "rad2deg", "fix": "trunc", "i0": "i0"}.items():
    twin(getattr(np, _name))(getattr(torch, _there))


def _binary(name: str, there: str | None = None) -> None:
    function = getattr(torch, there or name)
    twin(getattr(np, name))(lambda a, b: function(*tensors(a, b)))


SAME_BINARY = """
    maximum minimum fmax fmin fmod hypot logaddexp logaddexp2 heaviside copysign nextafter
    logical_and logical_or logical_xor
"""
for _name in SAME_BINARY.split():
    _binary(_name)
_binary("arctan2", "atan2")

for _name, _operator in {
    "less": operator.lt,
    "less_equal": operator.le,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "bitwise_and": operator.and_,
    "bitwise_or": operator.or_,
    "bitwise_xor": operator.xor,
}.items():
    twin(getattr(np, _name), _operator)(_operator)
twin(np.invert, operator.invert)(operator.invert)


@twin(np.cbrt)
def _cbrt(x: Any) -> Any:
    return torch.sign(x) * torch.abs(x) ** (1 / 3)
