"""Twins of products of matrices and of arrays."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import tensors

__tape__ = True

twin(np.matmul, operator.matmul)(torch.matmul)
twin(np.outer, casts=True)(lambda a, b: torch.outer(*(x.reshape(-1) for x in tensors(a, b))))


@twin(np.dot, casts=True)
def _dot(a: Any, b: Any) -> Any:
    a, b = tensors(a, b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return torch.tensordot(a, b, ([a.ndim - 1], [max(b.ndim - 2, 0)]))  # type: ignore[arg-type]


@twin(np.inner, casts=True)
def _inner(a: Any, b: Any) -> Any:
    a, b = tensors(a, b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return torch.tensordot(a, b, ([a.ndim - 1], [b.ndim - 1]))  # type: ignore[arg-type]


@twin(np.tensordot, casts=True)
def _tensordot(a: Any, b: Any, *, axes: Any = 2) -> Any:
    if isinstance(axes, (int, np.integer)):
        return torch.tensordot(a, b, int(axes))
    of_a, of_b = ([int(k) for k in np.ravel(one)] for one in axes)
    return torch.tensordot(a, b, (of_a, of_b))  # type: ignore[arg-type]


@twin(np.einsum, casts=True)
def _einsum(*operands: Any, subscripts: str, optimize: Any = False) -> Any:
    return torch.einsum(subscripts, *operands)


if hasattr(np, "vecdot"):  # NumPy 2.0
    twin(np.vecdot)(torch.linalg.vecdot)
if hasattr(np, "matvec"):  # NumPy 2.2
    twin(np.matvec)(lambda a, b: torch.matmul(a, b.unsqueeze(-1)).squeeze(-1))
    twin(np.vecmat)(lambda a, b: torch.matmul(a.conj().unsqueeze(-2), b).squeeze(-2))
