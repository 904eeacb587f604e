"""Twins of functions that move elements and compute nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import along, axes_of, torch_dtype
from tape.rules import shape as rules

__tape__ = True

twin(rules.astype)(lambda x, *, dtype: x.to(torch_dtype(dtype)))
twin(np.copy)(lambda x, *, order="K": x.clone())
twin(rules.unbroadcast)(lambda g, *, shape: g.sum_to_size(shape))
twin(np.broadcast_to)(lambda x, *, shape: torch.broadcast_to(x, (shape,) if isinstance(shape, int) else tuple(shape)))


# ---------------------------------------------------------------- shapes and axes


@twin(np.reshape)
def _reshape(x: Any, *, shape: Any, order: str = "C") -> Any:
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if order == "F":  # the last axes vary slowest: as in C, with the axes in reverse on both sides
        return x.permute(tuple(range(x.ndim))[::-1]).reshape(shape[::-1]).permute(tuple(range(len(shape)))[::-1])
    return x.reshape(shape)


@twin(np.expand_dims)
def _expand_dims(x: Any, *, axis: Any) -> Any:
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    ndim = x.ndim + len(axes)
    for k in sorted(a % ndim for a in axes):
        x = x.unsqueeze(k)
    return x


@twin(np.squeeze)
def _squeeze(x: Any, *, axis: Any = None) -> Any:
    return x.squeeze() if axis is None else x.squeeze(axes_of(x, axis))


@twin(np.transpose)
def _transpose(x: Any, *, axes: Any = None) -> Any:
    return x.permute(tuple(range(x.ndim))[::-1] if axes is None else axes_of(x, tuple(axes)))


twin(np.swapaxes)(lambda x, *, axis1, axis2: x.transpose(axis1, axis2))
twin(np.moveaxis)(lambda x, *, source, destination: torch.movedim(x, source, destination))
if hasattr(np, "matrix_transpose"):
    twin(np.matrix_transpose)(lambda x: x.mT)
twin(np.flip)(lambda x, *, axis=None: torch.flip(x, axes_of(x, axis)))


@twin(np.roll)
def _roll(x: Any, *, shift: Any, axis: Any = None) -> Any:
    if axis is None:
        return torch.roll(x, int(np.sum(shift)))
    shifts, axes = np.broadcast_arrays(np.asarray(shift), np.asarray(axis))
    return torch.roll(x, tuple(int(s) for s in shifts.flat), tuple(int(a) for a in axes.flat))


# --------------------------------------------------------------------- repeating


@twin(np.repeat)
def _repeat(x: Any, *, repeats: Any, axis: int | None = None) -> Any:
    x, axis = along(x, axis)
    times = repeats if isinstance(repeats, int) else torch.as_tensor(repeats).reshape(-1)
    return torch.repeat_interleave(x, times, dim=axis)


# --------------------------------------------------------- triangles and diagonals


def triangle(there: Any) -> Any:
    """Return the twin of ``np.tril`` or ``np.triu``, which make a matrix of a vector: each of its rows."""
    return lambda x, *, k=0: there(x if x.ndim > 1 else x.expand(x.shape[0], x.shape[0]), diagonal=k)


twin(np.tril)(triangle(torch.tril))
twin(np.triu)(triangle(torch.triu))


@twin(np.diagonal)
def _diagonal(x: Any, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return torch.diagonal(x, offset, axis1, axis2)


@twin(np.trace)
def _trace(x: Any, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return torch.diagonal(x, offset, axis1, axis2).sum(-1)


twin(np.diag)(lambda x, *, k=0: torch.diag(x, k))


@twin(rules.undiagonal)
def _undiagonal(d: Any, *, shape: tuple[int, ...], offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    buffer = torch.zeros(shape, dtype=d.dtype)
    place = torch.diagonal(buffer, offset, axis1, axis2)
    return torch.diagonal_scatter(buffer, d.expand(place.shape), offset, axis1, axis2)
