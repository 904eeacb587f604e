"""Twins of functions that work element by element."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import tensors
from tape.record import alias
from tape.rules import special

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
twin(np.float_power)(lambda a, b: torch.float_power(*tensors(a, b)))
twin(np.remainder, operator.mod)(lambda a, b: torch.remainder(*tensors(a, b)))
twin(np.floor_divide, operator.floordiv)(lambda a, b: torch.floor_divide(*tensors(a, b)))
twin(np.absolute, np.fabs, operator.abs)(torch.abs)
twin(np.sign)(torch.sgn)

# -------------------------------------------------- functions that torch has, too
SAME = """
    reciprocal exp exp2 expm1 log log2 log10 log1p sqrt square sin cos tan sinh cosh tanh
    arcsin arccos arctan arcsinh arccosh arctanh deg2rad rad2deg sinc floor ceil trunc
    isnan isinf isfinite signbit logical_not
"""
SAME_BINARY = """
    maximum minimum fmax fmin fmod hypot logaddexp logaddexp2 copysign nextafter
    logical_and logical_or logical_xor
"""
for _name in SAME.split():
    twin(getattr(np, _name))(getattr(torch, _name))
twin(np.rint)(torch.round)
twin(np.fix)(torch.trunc)
twin(np.radians)(torch.deg2rad)
twin(np.degrees)(torch.rad2deg)


def binary(fn: Any, there: Any) -> None:
    """Declare a function of two tensors, which are made of Python's numbers where need be."""
    twin(fn)(lambda a, b: there(*tensors(a, b)))


for _name in SAME_BINARY.split():
    binary(getattr(np, _name), getattr(torch, _name))
binary(np.arctan2, torch.atan2)
binary(np.ldexp, torch.ldexp)

COMPARISONS = {
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.equal: operator.eq,
    np.not_equal: operator.ne,
    np.greater: operator.gt,
    np.greater_equal: operator.ge,
    np.bitwise_and: operator.and_,
    np.bitwise_or: operator.or_,
    np.bitwise_xor: operator.xor,
}
for _fn, _operator in COMPARISONS.items():
    twin(_fn, _operator)(_operator)
twin(np.invert, operator.invert)(operator.invert)


@twin(np.cbrt)
def _cbrt(x: Any) -> Any:
    return torch.sgn(x) * torch.abs(x) ** (1 / 3)


@twin(np.heaviside)
def _heaviside(a: Any, b: Any) -> Any:
    a, b = tensors(a, b)
    return torch.where(a == 0, b, torch.where(torch.isnan(a), a, (a > 0).to(a.dtype)))


# --------------------------------------------------------------------- selection
twin(np.where, casts=True)(lambda c, a, b: torch.where(c.bool(), *tensors(a, b)))


@twin(np.clip, casts=True)
def _clip(x: Any, low: Any, high: Any) -> Any:
    given = [v for v in (x, low, high) if v is not None]
    found = iter(tensors(*given))
    x, low, high = (None if v is None else next(found) for v in (x, low, high))
    return torch.clamp(x, low, high)  # type: ignore[arg-type]


twin(np.nan_to_num)(torch.nan_to_num)

# ------------------------------------------------------------------------ complex
# torch marks a conjugate and conjugates when it is read; a mark that it doesn't always carry along is resolved here.
twin(np.conjugate)(lambda x: torch.conj(x).resolve_conj())
twin(np.real)(lambda x: torch.real(x))
twin(np.imag)(lambda x: torch.imag(x if x.is_complex() else torch.complex(x, torch.zeros_like(x))))

# --------------------------------------------- what derivatives of these are made of
twin(special.sech2)(lambda x: 1 / torch.cosh(x) ** 2)
twin(special.fraction)(torch.frac)
twin(special.masked)(lambda g, c, *, outside=False: torch.where(c.bool() != outside, g, 0))


twin(special.bell)(lambda x, *, scale: torch.exp(-scale * (x * x)))
twin(special.log_and_one)(lambda x: torch.log(x) + 1)


@twin(special.weight, casts=True)
def _weight(a: Any, b: Any, *, scale: float = 1.0) -> Any:
    a, b = tensors(a, b)
    return torch.sigmoid(scale * (a - b))


@twin(special.sinc_derivative)
def _sinc_derivative(x: Any, *, order: int) -> Any:
    # the integral that it is, of t**n cos(ut + n pi/2) over [0, 1], by quadrature: exact to rounding for |x| up to 20
    nodes, weights = (torch.from_numpy(v) for v in np.polynomial.legendre.leggauss(64))
    t = (nodes + 1) / 2
    waves = torch.cos(np.pi * x.double().unsqueeze(-1) * t + order * np.pi / 2)
    return (np.pi**order * torch.sum(weights / 2 * t**order * waves, dim=-1)).to(x.dtype)


@twin(special.exponential_shares)
def _exponential_shares(x: Any, *, axis: Any = None) -> Any:
    y = torch.logsumexp(x, tuple(range(x.ndim)) if axis is None else axis, keepdim=True)
    return torch.exp(x - torch.where(torch.isneginf(y), torch.zeros_like(y), y))
