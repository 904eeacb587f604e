"""Twins of reductions."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import axes_of

__tape__ = True


@twin(np.sum)
def _sum(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    axes = axes_of(x, axis)
    return torch.sum(x, dim=axes, keepdim=keepdims) if axes else x
