"""Twins of sorting, and of reading along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import along
from tape.rules import sorting as rules

__tape__ = True


@twin(np.sort)
def _sort(x: Any, *, axis: Any = -1, kind: Any = None, stable: Any = None) -> Any:
    x, axis = along(x, axis)
    return torch.sort(x, dim=axis).values


@twin(np.partition)
def _partition(x: Any, *, kth: Any, axis: Any = -1, kind: Any = "introselect") -> Any:
    # Only the kth element's place is defined: the order of the others is NumPy's, which torch's elements are put into.
    x, axis = along(x, axis)
    values = x.detach().numpy()
    order = rules.arrangement(values, np.partition(values, kth, axis=axis), axis=axis)
    return torch.take_along_dim(x, torch.from_numpy(order), dim=axis)


def indices_of(indices: Any, shape: Any, axis: int) -> Any:
    """Return positions along an axis, none of them negative."""
    return torch.remainder(indices.long(), shape[axis])


@twin(np.take_along_axis)
def _take_along_axis(x: Any, indices: Any, *, axis: int | None = -1) -> Any:
    x, axis = along(x, axis)
    return torch.take_along_dim(x, indices_of(indices, x.shape, axis), dim=axis)


@twin(rules.scatter_along)
def _scatter_along(g: Any, indices: Any, *, axis: int | None = -1, shape: tuple[int, ...]) -> Any:
    buffer, axis = along(torch.zeros(shape, dtype=g.dtype), axis)
    g, places = torch.broadcast_tensors(g, indices_of(indices, buffer.shape, axis))
    # torch scatters lines as long as the buffer's: indices of length one go along all of them
    lines = [p if k == axis % buffer.ndim else b for k, (b, p) in enumerate(zip(buffer.shape, g.shape, strict=True))]
    return buffer.scatter_add(axis, places.expand(lines), g.expand(lines)).reshape(shape)
