"""What the twins share: Python's numbers as tensors, axes as NumPy counts them, dtypes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

__tape__ = True


def tensors(*args: Any) -> list[Any]:
    """Return arguments as tensors: Python's numbers, which many of torch's functions refuse, in the tensors' dtype."""
    like = next(a for a in args if isinstance(a, torch.Tensor))
    found: list[Any] = []
    for a in args:
        if not isinstance(a, torch.Tensor):
            dtype = like.dtype
            if isinstance(a, float) and not (dtype.is_floating_point or dtype.is_complex):
                dtype = torch.float64
            if isinstance(a, complex):
                dtype = torch.promote_types(dtype, torch.complex64)
            a = torch.tensor(a, dtype=dtype)
        found.append(a)
    return found


def axes_of(x: Any, axis: Any) -> tuple[int, ...]:
    """Return the axes that NumPy's ``axis`` means, none of them negative: all of them, for None."""
    if axis is None:
        return tuple(range(x.ndim))
    given = axis if isinstance(axis, Sequence) else (axis,)
    return tuple(int(a) % max(x.ndim, 1) for a in given)


def kept(x: Any, axis: Any) -> tuple[int, ...]:
    """Return the shape that a reduction with ``keepdims=True`` gives."""
    gone = axes_of(x, axis)
    return tuple(1 if k in gone else n for k, n in enumerate(x.shape))


def lined(x: Any, axis: Any) -> Any:
    """Move the axes of a reduction to the end and make one of them, for functions of torch that take one axis."""
    gone = axes_of(x, axis)
    stay = tuple(k for k in range(x.ndim) if k not in gone)
    return x.permute(*stay, *gone).reshape([x.shape[k] for k in stay] + [-1 if x.numel() else size(x, gone)])


def size(x: Any, axes: Sequence[int]) -> int:
    """Return the number of elements along some axes."""
    return int(np.prod([x.shape[k] for k in axes], dtype=np.int64))


def torch_dtype(dtype: Any) -> Any:
    """Return torch's dtype for one of NumPy's."""
    return torch.from_numpy(np.empty(0, dtype)).dtype
