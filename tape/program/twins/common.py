"""What the twins share: Python's numbers as tensors, axes as NumPy counts them, dtypes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

__tape__ = True


def tensors(*args: Any) -> list[Any]:
    """Return arguments as tensors: Python's numbers, which many of torch's functions refuse, in the tensors' dtype."""
    like = next((a.dtype for a in args if isinstance(a, torch.Tensor)), torch.bool)
    return [a if isinstance(a, torch.Tensor) else torch.tensor(a, dtype=weak(a, like)) for a in args]


def weak(number: Any, like: Any) -> Any:
    """Return the dtype of a Python number beside tensors of a dtype: theirs, unless that can't hold it."""
    if isinstance(number, complex):
        return torch.promote_types(like, torch.complex64) if like.is_floating_point else torch.complex128
    if isinstance(number, float):
        return like if like.is_floating_point or like.is_complex else torch.float64
    return torch.int64 if like is torch.bool and not isinstance(number, bool) else like


def floating(x: Any) -> Any:
    """Return integers and booleans as doubles, as NumPy's means have them."""
    return x if x.is_floating_point() or x.is_complex() else x.double()


def axes_of(x: Any, axis: Any) -> tuple[int, ...]:
    """Return the axes that NumPy's ``axis`` means, none of them negative: all of them, for None."""
    if axis is None:
        return tuple(range(x.ndim))
    given = axis if isinstance(axis, Sequence) else (axis,)
    return tuple(int(a) % max(x.ndim, 1) for a in given)


def kept(x: Any, axis: Any) -> list[int]:
    """Return the shape that a reduction with ``keepdims=True`` gives."""
    gone = axes_of(x, axis)
    return [1 if k in gone else n for k, n in enumerate(x.shape)]


def lined(x: Any, axis: Any) -> Any:
    """Put the axes of a reduction together as the last one, for functions of torch that reduce one axis."""
    gone = axes_of(x, axis)
    stay = [k for k in range(x.ndim) if k not in gone]
    shape = [x.shape[k] for k in stay]
    return x.permute((*stay, *gone)).reshape([*shape, math.prod(x.shape[k] for k in gone)])


def along(x: Any, axis: int | None) -> tuple[Any, int]:
    """Return an array and the axis to go along: NumPy flattens where it is None."""
    return (x.reshape(-1), 0) if axis is None else (x, axis)


def torch_dtype(dtype: Any) -> Any:
    """Return torch's dtype for one of NumPy's."""
    return torch.from_numpy(np.empty(0, dtype)).dtype
