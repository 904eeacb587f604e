"""Reductions."""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.rule import linear

__tape__ = True


def expand(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Give a reduced array its axes back, of length one, so that it broadcasts against what was reduced."""
    if keepdims or axis is None or np.ndim(x) == 0:
        return np.reshape(g, (1,) * np.ndim(x)) if axis is None and not keepdims else g
    return np.expand_dims(g, axis)


def _sum(g: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    return np.broadcast_to(expand(g, x, axis, keepdims), np.shape(x))


linear(np.sum, _sum, keeps="")
