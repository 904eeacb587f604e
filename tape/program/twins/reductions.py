"""Twins of reductions."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import axes_of, floating, kept, lined
from tape.rules import reductions as rules

__tape__ = True


# ------------------------------------------------------------------ sums and spreads
# torch takes no axes at all to mean all axes.


@twin(np.sum)
def _sum(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    axes = axes_of(x, axis)
    return torch.sum(x, dim=axes, keepdim=keepdims) if axes else x


@twin(np.mean)
def _mean(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    axes, x = axes_of(x, axis), floating(x)
    return torch.mean(x, dim=axes, keepdim=keepdims) if axes else x


@twin(np.var)
def _var(x: Any, *, axis: Any = None, ddof: Any = 0, keepdims: bool = False) -> Any:
    return torch.var(floating(x), dim=axes_of(x, axis), correction=ddof, keepdim=keepdims)


@twin(np.std)
def _std(x: Any, *, axis: Any = None, ddof: Any = 0, keepdims: bool = False) -> Any:
    return torch.std(floating(x), dim=axes_of(x, axis), correction=ddof, keepdim=keepdims)


# -------------------------------------------------------------- products and extremes


@twin(np.prod)
def _prod(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    found = torch.prod(lined(x, axis), dim=-1)
    return found.reshape(kept(x, axis)) if keepdims else found


@twin(np.max, np.amax)
def _max(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    return torch.amax(x, dim=axes_of(x, axis), keepdim=keepdims)


@twin(np.min, np.amin)
def _min(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    return torch.amin(x, dim=axes_of(x, axis), keepdim=keepdims)


def known(x: Any, axis: Any, keepdims: bool, sign: float) -> Any:
    """Return the maximum (``sign`` 1) or the minimum (-1) of what isn't NaN; NaN where all are."""
    unknown = torch.isnan(x)
    filled = torch.where(unknown, -sign * torch.inf, x)
    found = (_max if sign > 0 else _min)(filled, axis=axis, keepdims=keepdims)
    return torch.where(torch.amin(unknown.int(), dim=axes_of(x, axis), keepdim=keepdims) == 1, torch.nan, found)


twin(np.nanmax)(lambda x, *, axis=None, keepdims=False: known(x, axis, keepdims, 1.0))
twin(np.nanmin)(lambda x, *, axis=None, keepdims=False: known(x, axis, keepdims, -1.0))


@twin(np.median)
def _median(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    ordered = torch.sort(lined(floating(x), axis), dim=-1).values
    n = ordered.shape[-1]
    middle = (ordered[..., (n - 1) // 2] + ordered[..., n // 2]) / 2
    last = ordered[..., -1]  # NaN, if any is
    found = torch.where(torch.isnan(last), last, middle)
    return found.reshape(kept(x, axis)) if keepdims else found


# --------------------------------------------------------------------------- norms


@twin(np.linalg.norm)
def _norm(x: Any, *, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    order = 2 if ord in (None, "fro") else ord
    return torch.linalg.vector_norm(x, order, dim=axes_of(x, axis), keepdim=keepdims)


@twin(rules.length)
def _length(x: Any, *, axis: Any = None) -> Any:
    return torch.linalg.vector_norm(x, dim=axes_of(x, axis), keepdim=True)


@twin(rules.direction)
def _direction(x: Any, *, axis: Any = None) -> Any:
    n = _length(x, axis=axis)
    return x / torch.where(n == 0, 1, n)
