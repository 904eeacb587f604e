"""Twins of running sums, products and differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import along, torch_dtype
from tape.rules import cumulative as rules
from tape.rules import ufunc_methods as methods

__tape__ = True


def computed(x: Any, dtype: Any) -> Any:
    """Return what is added up in the dtype that this is done in."""
    return x if dtype is None else x.to(torch_dtype(dtype))


twin(np.cumsum)(lambda x, *, axis=None, dtype=None: torch.cumsum(*along(computed(x, dtype), axis)))
twin(np.cumprod)(lambda x, *, axis=None, dtype=None: torch.cumprod(*along(computed(x, dtype), axis)))
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


# -------------------------------------------------------------------- ufuncs' methods

twin(methods.running_maximum)(lambda x: torch.cummax(x, dim=-1).values)
twin(methods.running_minimum)(lambda x: torch.cummin(x, dim=-1).values)


def running_known(x: Any, sign: float) -> Any:
    """Return the largest so far of what isn't NaN; NaN as long as nothing else came."""
    unknown = torch.isnan(x)
    found = sign * torch.cummax(torch.where(unknown, -torch.inf, sign * x), dim=-1).values
    return torch.where(torch.cummin(unknown.int(), dim=-1).values == 1, torch.nan, found)


twin(methods.running_fmax)(lambda x: running_known(x, 1.0))
twin(methods.running_fmin)(lambda x: running_known(x, -1.0))


@twin(methods.slice_sums)
def _slice_sums(x: Any, *, indices: Any) -> Any:
    return torch.stack([x[..., a:b].sum(-1) for a, b in methods.slices(indices, x.shape[-1])], dim=-1)


@twin(methods.slice_spread)
def _slice_spread(g: Any, *, indices: Any, n: int) -> Any:
    found = torch.zeros((*g.shape[:-1], n), dtype=g.dtype)
    for k, (a, b) in enumerate(methods.slices(indices, n)):
        found = found + torch.nn.functional.pad(g[..., k, None].expand(*g.shape[:-1], b - a), (a, n - b))
    return found
