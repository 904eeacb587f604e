"""Twins of quantiles: sorting, and a mean of two neighbours."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import floating, kept, lined
from tape.rules import quantiles as rules

__tape__ = True


def in_numpy(x: Any) -> Any:
    """Return an option as NumPy takes it."""
    return x.numpy() if isinstance(x, torch.Tensor) else x


def neighbours(x: Any, q: Any, method: str, percent: bool, nan: bool, dtype: Any) -> Any:
    """Return the quantiles of rows, which are NaN where something is, or where all is (``nan``)."""
    rows = torch.sort(x, dim=-1).values
    n = x.shape[-1]
    count = torch.sum(~torch.isnan(x), dim=-1)
    found: list[Any] = []
    for row, known in zip(rows.reshape(-1, n), count.reshape(-1).tolist(), strict=True):
        if known == 0 or (known < n and not nan):
            found.append(row[-1].expand(np.size(q)))
            continue
        at = rules.position(known, q, method, percent, dtype)
        low, high = torch.as_tensor(np.floor(at).astype(int)), torch.as_tensor(np.ceil(at).astype(int))
        part = torch.as_tensor(at - np.floor(at), dtype=x.dtype)
        found.append(row[low] * (1 - part) + row[high] * part)
    return torch.stack(found, dim=-1).reshape(np.shape(q) + tuple(x.shape[:-1]))


def weighed(fn: Callable[..., Any], x: Any, q: Any, axis: Any, method: str, keepdims: bool, weights: Any) -> Any:
    """Return quantiles of what has weights: NumPy tells which elements they are."""
    chosen = np.asarray(fn(x.detach().numpy(), q, axis=axis, method=method, weights=weights, keepdims=True))
    rows = lined(x, axis)
    parts: list[Any] = []
    for k in np.ndindex(np.shape(q)):
        equal = lined(x == torch.as_tensor(chosen[k]), axis)
        parts.append(torch.take_along_dim(rows, torch.argmax(equal.int(), -1, keepdim=True), -1)[..., 0])
    shape = tuple(kept(x, axis)) if keepdims else tuple(rows.shape[:-1])
    return torch.stack(parts).reshape(np.shape(q) + shape)


def declare(fn: Any, percent: bool, nan: bool) -> None:
    """Declare the twin of quantiles or percentiles."""

    def made(
        x: Any, *, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False, weights: Any = None
    ) -> Any:
        x, q = floating(x), in_numpy(q)
        if weights is not None:
            return weighed(fn, x, q, axis, method, keepdims, in_numpy(weights))
        dtype = np.dtype(str(x.dtype).removeprefix("torch."))
        found = neighbours(lined(x, axis), q, method, percent, nan, dtype)
        return found.reshape(*np.shape(q), *kept(x, axis)) if keepdims else found

    twin(fn)(made)


declare(np.quantile, percent=False, nan=False)
declare(np.percentile, percent=True, nan=False)
declare(np.nanquantile, percent=False, nan=True)
declare(np.nanpercentile, percent=True, nan=True)


@twin(np.nanmedian)
def _nanmedian(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    found = neighbours(lined(x, axis), 0.5, "linear", False, True, np.dtype(np.float64))
    return found.reshape(kept(x, axis)) if keepdims else found


def shares(places: Any, q: Any, options: dict[str, Any]) -> Any:
    """Return which part of each quantile is each element, as a matrix for each row."""
    places, q = places.numpy(), in_numpy(q)
    number, rows = np.size(q), math.prod(places.shape[:-1])
    parts = [
        rules.scattered(np.repeat(np.eye(number)[k][:, None], rows, axis=1), places, q=q, **options)
        for k in range(number)
    ]
    return torch.as_tensor(np.stack(parts).reshape(number, rows, places.shape[-1]))


@twin(rules.scattered)
def _scattered(c: Any, places: Any, *, q: Any, **options: Any) -> Any:
    matrix = shares(places, q, options).to(c.dtype)
    return torch.einsum("qr,qrn->rn", c.reshape(matrix.shape[:2]), matrix).reshape(places.shape)


@twin(rules.gathered)
def _gathered(t: Any, places: Any, *, q: Any, **options: Any) -> Any:
    matrix = shares(places, q, options).to(t.dtype)
    found = torch.einsum("rn,qrn->qr", t.reshape(matrix.shape[1:]), matrix)
    return found.reshape(*np.shape(in_numpy(q)), *places.shape[:-1])
