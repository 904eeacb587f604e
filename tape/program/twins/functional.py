"""Twins of spaced numbers."""

from __future__ import annotations

from typing import Any

import torch

from tape.program.torch import twin
from tape.program.twins.common import tensors
from tape.rules import functional

__tape__ = True


@twin(functional.spaced, casts=True)
def _spaced(start: Any, stop: Any, *, num: int = 50, endpoint: bool = True, axis: int = 0) -> Any:
    start, stop = torch.broadcast_tensors(*tensors(start, stop))
    part = torch.arange(num).to(start.real.dtype) / max(num - 1 if endpoint else num, 1)
    shape = (num, *[1] * start.ndim)
    part = part.reshape(shape)
    return ((1 - part) * start + part * stop).movedim(0, axis)
