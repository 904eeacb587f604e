"""Initial weights, drawn from a generator of one's own: the names are torch's, without the trailing underscore."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tape.errors import ShapeError

__tape__ = True

GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """Return how many inputs and outputs a unit has, for a weight of shape ``(out, in, *kernel)``."""
    if len(shape) < 2:
        raise ShapeError(f"a weight of shape {tuple(shape)} has no fan-in: it must be (out, in, *kernel)")
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return by how much weights are scaled in front of an activation, so that its outputs keep their variance."""
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        raise ValueError(f"nonlinearity is 'leaky_relu' or one of {sorted(GAINS)}, not {nonlinearity!r}")
    return GAINS[nonlinearity]


def uniform(generator: np.random.Generator, shape: Sequence[int], a: float, b: float, dtype: Any = np.float64) -> Any:
    """Return numbers drawn evenly from ``[a, b)``."""
    return generator.uniform(a, b, tuple(shape)).astype(dtype)


def normal(
    generator: np.random.Generator, shape: Sequence[int], mean: float = 0.0, std: float = 1.0, dtype: Any = np.float64
) -> Any:
    """Return normally distributed numbers."""
    return generator.normal(mean, std, tuple(shape)).astype(dtype)


def _kaiming_std(shape: Sequence[int], a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode is 'fan_in' or 'fan_out', not {mode!r}")
    fan = fans(shape)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan) if fan else 0.0


def kaiming_uniform(
    generator: np.random.Generator,
    shape: Sequence[int],
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    dtype: Any = np.float64,
) -> Any:
    """Return weights of shape ``(out, in, *kernel)`` that keep the variance of ReLU networks, uniformly distributed.

    He et al. (2015), arXiv:1502.01852. ``a=sqrt(5)`` is what torch's layers start from.
    """
    bound = math.sqrt(3) * _kaiming_std(shape, a, mode, nonlinearity)
    return uniform(generator, shape, -bound, bound, dtype)


def kaiming_normal(
    generator: np.random.Generator,
    shape: Sequence[int],
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    dtype: Any = np.float64,
) -> Any:
    """Return weights as :func:`kaiming_uniform` does, normally distributed."""
    return normal(generator, shape, 0.0, _kaiming_std(shape, a, mode, nonlinearity), dtype)


def xavier_uniform(
    generator: np.random.Generator, shape: Sequence[int], gain: float = 1.0, dtype: Any = np.float64
) -> Any:
    """Return weights that keep the variance in both sweeps, uniformly distributed: Glorot and Bengio (2010)."""
    bound = gain * math.sqrt(6 / max(sum(fans(shape)), 1))
    return uniform(generator, shape, -bound, bound, dtype)


def xavier_normal(
    generator: np.random.Generator, shape: Sequence[int], gain: float = 1.0, dtype: Any = np.float64
) -> Any:
    """Return weights as :func:`xavier_uniform` does, normally distributed."""
    return normal(generator, shape, 0.0, gain * math.sqrt(2 / max(sum(fans(shape)), 1)), dtype)
