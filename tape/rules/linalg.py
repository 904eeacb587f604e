"""Products of matrices."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tape.rule import linear

__tape__ = True


def t(x: Any) -> Any:
    """Swap the last two axes."""
    return np.swapaxes(x, -1, -2)


def _matmul_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 2 and np.ndim(b) == 2:
        return np.matmul(g, b.T)
    if np.ndim(b) == 1:
        return np.multiply(np.expand_dims(g, -1), b) if np.ndim(a) > 1 else g * b
    if np.ndim(a) == 1:
        return np.matmul(b, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, t(b))


def _matmul_b(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 2 and np.ndim(b) == 2:
        return np.matmul(a.T, g)
    if np.ndim(a) == 1:
        return np.multiply(np.expand_dims(a, -1), np.expand_dims(g, -2)) if np.ndim(b) > 1 else g * a
    if np.ndim(b) == 1:
        return np.sum(np.multiply(a, np.expand_dims(g, -1)), axis=tuple(range(np.ndim(a) - 1)))
    return np.matmul(t(a), g)


linear(np.matmul, _matmul_a, _matmul_b, like=[operator.matmul])
