"""Shapes: functions that move elements and compute nothing. Each is linear, and its transpose moves them back."""

from __future__ import annotations

from typing import Any

import numpy as np

from tape import sweep
from tape.primitive import ours
from tape.rule import linear, metadata

__tape__ = True


@ours
def astype(x: Any, *, dtype: Any) -> Any:
    """Cast to another dtype."""
    return np.asarray(x).astype(dtype)[()]


def inverse(axes: Any, ndim: int) -> tuple[int, ...]:
    """Return the permutation that undoes a permutation of axes."""
    return tuple(int(k) for k in np.argsort([a % ndim for a in axes]))


unbroadcast = ours(sweep.unbroadcast)

linear(unbroadcast, lambda g, y, x, *, shape: np.broadcast_to(g, np.shape(x)), keeps="")
linear(np.broadcast_to, lambda g, y, x, *, shape: unbroadcast(g, shape=np.shape(x)), keeps="")
linear(astype, lambda g, y, x, *, dtype: g, keeps="")
linear(np.reshape, lambda g, y, x, *, shape, order="C": np.reshape(g, np.shape(x), order=order), keeps="")
linear(
    np.transpose,
    lambda g, y, x, *, axes=None: np.transpose(g, None if axes is None else inverse(axes, np.ndim(x))),
    keeps="",
)

metadata(np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like, np.result_type)

sweep.UNBROADCAST, sweep.CAST = unbroadcast, astype
