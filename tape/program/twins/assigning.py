"""Twins of writes: NumPy finds the positions, and tells which of two writes to one element stands."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import tensors
from tape.program.twins.indexing import numpy_key, positions
from tape.rules import assigning as rules

__tape__ = True


def fitting(x: Any, v: Any, shape: tuple[int, ...]) -> Any:
    """Return what is written as NumPy takes it: in the array's dtype, its leading axes of length one dropped."""
    (v,) = tensors(v)
    if v.is_complex() and not x.is_complex():
        v = v.real
    return v.to(x.dtype).reshape(tuple(v.shape)[max(v.ndim - len(shape), 0) :]).expand(shape)


@twin(rules.assign)
def _assign(x: Any, v: Any, *arrays: Any, key: Any) -> Any:
    where = positions(tuple(x.shape), numpy_key(key, arrays))
    shape = tuple(where.shape)
    plain = [np.asarray(a) for a in arrays]
    won = rules.winners(v.numpy(force=True) if isinstance(v, torch.Tensor) else v, plain, key, tuple(x.shape))
    v = fitting(x, v, shape)
    if won is not None:
        stands = torch.from_numpy(np.array(won))
        where, v = where[stands], v[stands]
    return x.reshape(-1).index_put((where,), v).reshape(x.shape)


@twin(rules.put)
def _put(x: Any, v: Any, *, at: Any, part: str | None = None) -> Any:
    where = torch.as_tensor(at).long()
    if part is None:
        return x.reshape(-1).index_put((where,), fitting(x, v, tuple(where.shape))).reshape(x.shape)
    both = [x.real.reshape(-1), x.imag.reshape(-1)]
    k = int(part == "imag")
    both[k] = both[k].index_put((where,), fitting(both[k], v, tuple(where.shape)))
    return torch.complex(*both).reshape(x.shape)


@twin(rules.picked)
def _picked(x: Any, *, at: Any, part: str | None = None) -> Any:
    flat = x.reshape(-1)[torch.as_tensor(at).long()]
    return flat if part is None else getattr(flat, part)


@twin(rules.add_at)
def _add_at(x: Any, v: Any, *arrays: Any, key: Any) -> Any:
    where = positions(tuple(x.shape), numpy_key(key, arrays))
    v = fitting(x, v, tuple(where.shape))
    return x.reshape(-1).index_put((where,), v, accumulate=True).reshape(x.shape)


@twin(rules.constant)
def _constant(x: Any) -> Any:
    return x


@twin(np.lib.stride_tricks.sliding_window_view)
def _windows(x: Any, *, window_shape: Any, axis: Any = None) -> Any:
    at = np.arange(x.numel()).reshape(tuple(x.shape))
    return x.reshape(-1)[torch.from_numpy(np.lib.stride_tricks.sliding_window_view(at, window_shape, axis).copy())]
