"""Twins of reductions."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import axes_of, floating, kept, lined, torch_dtype
from tape.rules import norms
from tape.rules import ufunc_methods as methods

__tape__ = True


# ------------------------------------------------------------------ sums and spreads
# torch takes no axes at all to mean all axes.


def mask(where: Any, x: Any) -> Any:
    """Return which elements count."""
    return torch.as_tensor(np.array(np.broadcast_to(where, tuple(x.shape))))


def computed(x: Any, dtype: Any) -> Any:
    """Return what is reduced in the dtype that this is done in."""
    return x if dtype is None else x.to(torch_dtype(dtype))


def given(x: Any, dtype: Any, where: Any, other: Any) -> Any:
    """Return what is reduced: another number where an element doesn't count."""
    x = computed(x, dtype)
    return x if where is True else torch.where(mask(where, x), x, other)


@twin(np.sum)
def _sum(
    x: Any, *, axis: Any = None, keepdims: bool = False, dtype: Any = None, initial: Any = None, where: Any = True
) -> Any:
    x = given(x, dtype, where, 0)
    axes = axes_of(x, axis)
    found = torch.sum(x, dim=axes, keepdim=keepdims) if axes else x
    return found if initial is None else found + initial


@twin(np.mean)
def _mean(x: Any, *, axis: Any = None, keepdims: bool = False, dtype: Any = None, where: Any = True) -> Any:
    axes, x = axes_of(x, axis), computed(floating(x), dtype)
    if where is not True:
        number = torch.sum(mask(where, x), dim=axes, keepdim=keepdims)
        return _sum(x, axis=axis, keepdims=keepdims, where=where) / number
    return torch.mean(x, dim=axes, keepdim=keepdims) if axes else x


def spread(x: Any, nan: bool, axis: Any, ddof: Any, keepdims: bool, dtype: Any, where: Any, mean: Any) -> Any:
    """Return the variance, of real or complex numbers."""
    x = computed(floating(x), dtype)
    counts = mask(where, x)
    if nan:
        counts = counts & ~torch.isnan(x)
    axes = axes_of(x, axis)
    x = torch.where(counts, x, 0)
    number = torch.sum(counts, dim=axes, keepdim=True)
    middle = torch.sum(x, dim=axes, keepdim=True) / number if mean is None else torch.as_tensor(mean)
    d = torch.where(counts, x - middle, 0)
    squares = torch.sum((d * d.conj()).real if d.is_complex() else d * d, dim=axes, keepdim=True)
    found = squares / (number - ddof)
    return found if keepdims else found.reshape([n for k, n in enumerate(x.shape) if k not in axes])


def root(x: Any) -> Any:
    """Return the square root, whose slope at zero is taken for zero."""
    return torch.where(x == 0, 0, torch.sqrt(torch.where(x == 0, 1, x)))


@twin(np.var)
def _var(
    x: Any,
    *,
    axis: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    dtype: Any = None,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    less = ddof if correction is None else correction
    if where is not True or mean is not None:
        return spread(x, False, axis, less, keepdims, dtype, where, mean)
    return torch.var(computed(floating(x), dtype), dim=axes_of(x, axis), correction=less, keepdim=keepdims)


@twin(np.std)
def _std(
    x: Any,
    *,
    axis: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    dtype: Any = None,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    less = ddof if correction is None else correction
    if where is not True or mean is not None:
        return root(spread(x, False, axis, less, keepdims, dtype, where, mean))
    return torch.std(computed(floating(x), dtype), dim=axes_of(x, axis), correction=less, keepdim=keepdims)


@twin(np.nanvar)
def _nanvar(
    x: Any,
    *,
    axis: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    dtype: Any = None,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    return spread(x, True, axis, ddof if correction is None else correction, keepdims, dtype, where, mean)


@twin(np.nanstd)
def _nanstd(
    x: Any,
    *,
    axis: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    dtype: Any = None,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    less = ddof if correction is None else correction
    return root(spread(x, True, axis, less, keepdims, dtype, where, mean))


# -------------------------------------------------------------- products and extremes


@twin(np.prod)
def _prod(
    x: Any, *, axis: Any = None, keepdims: bool = False, dtype: Any = None, initial: Any = None, where: Any = True
) -> Any:
    x = given(x, dtype, where, 1)
    found = torch.prod(lined(x, axis), dim=-1)
    found = found.reshape(kept(x, axis)) if keepdims else found
    return found if initial is None else found * initial


@twin(np.max, np.amax)
def _max(x: Any, *, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    if x.numel() == 0:
        return torch.sum(x, dim=axes_of(x, axis), keepdim=keepdims) + initial
    found = torch.amax(given(x, None, where, -torch.inf), dim=axes_of(x, axis), keepdim=keepdims)
    return found if initial is None else torch.clamp(found, min=initial)


@twin(np.min, np.amin)
def _min(x: Any, *, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    if x.numel() == 0:
        return torch.sum(x, dim=axes_of(x, axis), keepdim=keepdims) + initial
    found = torch.amin(given(x, None, where, torch.inf), dim=axes_of(x, axis), keepdim=keepdims)
    return found if initial is None else torch.clamp(found, max=initial)


def known(x: Any, axis: Any, keepdims: bool, initial: Any, where: Any, sign: float) -> Any:
    """Return the maximum (``sign`` 1) or the minimum (-1) of what isn't NaN; NaN where all are."""
    unknown = torch.isnan(x)
    filled = torch.where(unknown, -sign * torch.inf, x)
    found = (_max if sign > 0 else _min)(filled, axis=axis, keepdims=keepdims, initial=initial, where=where)
    if initial is not None:
        return found
    return torch.where(torch.amin(unknown.int(), dim=axes_of(x, axis), keepdim=keepdims) == 1, torch.nan, found)


@twin(np.nanmax, methods.fmax_reduce)
def _nanmax(x: Any, *, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return known(x, axis, keepdims, initial, where, 1.0)


@twin(np.nanmin, methods.fmin_reduce)
def _nanmin(x: Any, *, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return known(x, axis, keepdims, initial, where, -1.0)


@twin(methods.log_sum)
def _log_sum(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    return torch.logsumexp(x, dim=axes_of(x, axis), keepdim=keepdims)


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


@twin(norms.length)
def _length(x: Any, *, axis: Any = None) -> Any:
    return torch.linalg.vector_norm(x, dim=axes_of(x, axis), keepdim=True)


@twin(norms.direction)
def _direction(x: Any, *, axis: Any = None) -> Any:
    n = _length(x, axis=axis)
    return x / torch.where(n == 0, 1, n)
