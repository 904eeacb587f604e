"""Twins of running sums, products and differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import along
from tape.rules import cumulative as rules

__tape__ = True

twin(np.cumsum)(lambda x, *, axis=None: torch.cumsum(*along(x, axis)))
twin(np.cumprod)(lambda x, *, axis=None: torch.cumprod(*along(x, axis)))
twin(np.diff)(lambda x, *, n=1, axis=-1: torch.diff(x, n=n, dim=axis))


@twin(rules.recurrence, casts=True)
def _recurrence(a: Any, b: Any, *, reverse: bool = False) -> Any:
    a, b = torch.broadcast_tensors(a, b)
    steps: list[Any] = []
    last: Any = 0
    for k in reversed(range(b.shape[-1])) if reverse else range(b.shape[-1]):
        last = b[..., k] + a[..., k] * last
        steps.append(last)
    return torch.stack(steps[::-1] if reverse else steps, dim=-1) if steps else b.clone()
