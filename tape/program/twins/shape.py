"""Twins of functions that move elements and compute nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import axes_of, torch_dtype
from tape.rules import shape as rules

__tape__ = True

twin(rules.astype)(lambda x, *, dtype: x.to(torch_dtype(dtype)))
twin(rules.unbroadcast)(lambda g, *, shape: g.sum_to_size(shape))
twin(np.broadcast_to)(lambda x, *, shape: torch.broadcast_to(x, shape if isinstance(shape, tuple) else (shape,)))


@twin(np.reshape)
def _reshape(x: Any, *, shape: Any, order: str = "C") -> Any:
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if order == "F":  # the last axes vary slowest: as in C, with the axes in reverse on both sides
        return x.permute(*range(x.ndim)[::-1]).reshape(shape[::-1]).permute(*range(len(shape))[::-1])
    return x.reshape(shape)


@twin(np.transpose)
def _transpose(x: Any, *, axes: Any = None) -> Any:
    return x.permute(*(range(x.ndim)[::-1] if axes is None else axes_of(x, tuple(axes))))
