"""Twins of joining arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import tensors

__tape__ = True


@twin(np.concatenate, casts=True)
def _concatenate(*xs: Any, axis: int | None = 0) -> Any:
    xs = tuple(tensors(*xs))
    return torch.cat([x.reshape(-1) for x in xs]) if axis is None else torch.cat(xs, dim=axis)


twin(np.stack, casts=True)(lambda *xs, axis=0: torch.stack(tensors(*xs), dim=axis))
twin(np.hstack, casts=True)(lambda *xs: torch.hstack(tensors(*xs)))
twin(np.vstack, casts=True)(lambda *xs: torch.vstack(tensors(*xs)))
twin(np.dstack, casts=True)(lambda *xs: torch.dstack(tensors(*xs)))
twin(np.column_stack, casts=True)(lambda *xs: torch.column_stack(tensors(*xs)))
