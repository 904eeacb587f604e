"""Twins of padding, convolution, interpolation, phases, Bessel functions and histograms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import tensors
from tape.rule import TABLE
from tape.rules import bessel, convolving, differences, interpolation, statistics

__tape__ = True

# ------------------------------------------------------------------------------- padding


@twin(np.pad)
def _pad(x: Any, *, pad_width: Any, mode: Any = "constant", constant_values: Any = 0, **how: Any) -> Any:
    if x.ndim == 0:
        return x.clone()
    if mode == "constant":
        sides = [int(side) for pair in reversed(pad_width) for side in pair]
        border = np.pad(np.zeros(tuple(x.shape)), pad_width, constant_values=np.asarray(constant_values))
        inside = torch.nn.functional.pad(x, sides) if sides else x
        return inside + torch.from_numpy(border).to(x.dtype) if np.any(np.asarray(constant_values)) else inside
    lengths = how.pop("stat_length", None)
    lengths = None if lengths is None else np.broadcast_to(lengths, (x.ndim, 2))
    border = np.pad(np.zeros(tuple(x.shape)), pad_width, mode=mode, **how) if "end_values" in how else None
    how.pop("end_values", None)
    for k, (n, width) in enumerate(zip(x.shape, pad_width, strict=True)):
        if lengths is not None:
            how["stat_length"] = tuple(lengths[k])
        matrix = np.pad(np.eye(n), (width, (0, 0)), mode=mode, **how) if not lengths_of(how) else _means(n, width, how)
        x = torch.movedim(torch.tensordot(torch.from_numpy(matrix).to(x.dtype), x, ([1], [k])), 0, k)  # type: ignore[arg-type]
    return x if border is None else x + torch.from_numpy(border).to(x.dtype)


def lengths_of(how: dict[str, Any]) -> Any:
    """Return over how many elements means are taken."""
    return how.get("stat_length")


def _means(n: int, width: Any, how: dict[str, Any]) -> Any:
    """Return the matrix that pads with means: np.pad of the identity would take those of the other axis, too."""
    columns = [np.pad(column, width, mode="mean", **how) for column in np.eye(n)]
    return np.stack(columns, axis=1)


# --------------------------------------------------------------- convolution, correlation


def full(a: Any, v: Any) -> Any:
    """Return the full convolution of two sequences."""
    return torch.nn.functional.conv1d(a[None, None], v.flip(0)[None, None], padding=len(v) - 1)[0, 0]


def cut(y: Any, n: int, m: int, mode: Any, late: bool) -> Any:
    """Return the part of a full convolution that a mode keeps."""
    mode, short = convolving.named(mode), min(n, m)
    if mode == "full":
        return y
    if mode == "valid":
        return y[short - 1 : max(n, m)]
    before = short // 2 if late else (short - 1) // 2
    return y[before : before + max(n, m)]


def lines(a: Any, v: Any) -> tuple[Any, Any]:
    """Return two sequences of one dtype, each of one axis."""
    a, v = (x.reshape(-1) for x in tensors(a, v))
    dtype = torch.promote_types(a.dtype, v.dtype)
    return a.to(dtype), v.to(dtype)


@twin(np.convolve, casts=True)
def _convolve(a: Any, v: Any, *, mode: Any = "full") -> Any:
    a, v = lines(a, v)
    return cut(full(a, v), len(a), len(v), mode, False)


@twin(np.correlate, casts=True)
def _correlate(a: Any, v: Any, *, mode: Any = "valid") -> Any:
    a, v = lines(a, v)
    return cut(full(a, v.flip(0).conj()), len(a), len(v), mode, len(v) > len(a))


# -------------------------------------------------------------------------- interpolation

for _fn in (differences.slope_first, differences.slope_within, differences.slope_last):
    twin(_fn, casts=True)(TABLE[_fn].raw)  # arithmetic, which is the same in torch


@twin(interpolation.interpolated, casts=True)
def _interpolated(x: Any, xp: Any, fp: Any, left: Any, right: Any) -> Any:
    x, xp, fp, left, right = tensors(x, xp, fp, left, right)
    x, xp = (v.real if v.is_complex() else v for v in (x, xp))  # made complex with the values
    at = torch.clamp(
        torch.searchsorted(xp.detach().contiguous(), x.detach().contiguous(), right=True) - 1, 0, len(xp) - 2
    )
    y = fp[at] + (fp[at + 1] - fp[at]) / (xp[at + 1] - xp[at]) * (x - xp[at])
    y = torch.where(x == xp[-1], fp[-1], y)
    return torch.where(x < xp[0], left, torch.where(x > xp[-1], right, y))


@twin(np.unwrap)
def _unwrap(p: Any, **how: Any) -> Any:
    value = p.detach().numpy()
    return p + torch.from_numpy(np.unwrap(value, **how) - value)


# ----------------------------------------------------------------------- Bessel functions


@twin(np.i0)
def _i0(x: Any) -> Any:
    return torch.special.i0(x)


@twin(bessel.bessel_i)
def _bessel_i(x: Any, *, order: int) -> Any:
    half, found = x / 2, torch.zeros_like(x)
    for k in range(80):
        found = found + half ** (2 * k + order) / float(math.factorial(k) * math.factorial(k + order))
    return found


# ------------------------------------------------------------------ correlations, histograms


@twin(statistics.within_one)
def _within_one(c: Any) -> Any:
    return c + torch.from_numpy(np.asarray(statistics.within_one(c.detach().numpy()) - c.detach().numpy()))


@twin(statistics.ladder, casts=True)
def _ladder(first: Any, last: Any, *, steps: int) -> Any:
    first, last = tensors(first, last)
    up = torch.linspace(0, 1, steps + 1, dtype=last.dtype)
    return first * (1 - up) + last * up


@twin(statistics.weighed)
def _weighed(weights: Any, a: Any, edges: Any, *, bins: Any = None, limits: Any = None) -> Any:
    a, edges = (x.detach().numpy() if isinstance(x, torch.Tensor) else np.asarray(x) for x in (a, edges))
    at = torch.from_numpy(statistics.bin_of(a, edges))
    return torch.zeros(len(edges), dtype=weights.dtype).index_add(0, at, weights.reshape(-1))[:-1]
