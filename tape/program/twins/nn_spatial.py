"""Twins of convolutions, pooling and attention."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F

from tape.nn import attention, columns, convolution, maxima, means
from tape.nn.windows import each
from tape.program.torch import twin

__tape__ = True

# ----------------------------------------------------------------- convolution


def sides(n: int, padding: Any) -> tuple[list[int], list[int]]:
    """Return how much is padded before and behind each axis."""
    pairs = [p if isinstance(p, tuple) else (p, p) for p in each(padding, n, "padding")]
    return [p[0] for p in pairs], [p[1] for p in pairs]


def around(before: list[int], after: list[int]) -> list[int]:
    """Return padding in the order of torch's ``pad``: the last axis first."""
    return [p for pair in zip(reversed(before), reversed(after), strict=True) for p in pair]


def convolve(x: Any, w: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """Convolve in torch, padded as is asked on each side."""
    n = x.ndim - 2
    before, after = sides(n, padding)
    if before != after:
        x, before = F.pad(x, around(before, after)), [0] * n
    how = list(each(stride, n, "stride")), before, list(each(dilation, n, "dilation"))
    return torch.convolution(x, w, None, *how, False, [0] * n, groups)


@twin(convolution.conv)
def _conv(x: Any, w: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
    return convolve(x, w, stride, padding, dilation, groups)


@twin(convolution.conv_transpose)
def _conv_transpose(
    g: Any, w: Any, *, size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    n = g.ndim - 2
    steps, spread = list(each(stride, n, "stride")), list(each(dilation, n, "dilation"))
    before, after = sides(n, padding)
    full = torch.convolution(g, w, None, steps, [0] * n, spread, True, [0] * n, groups)
    # What the stride left over at the end of the images, and what was padding, off both ends.
    rest = [i + b + a - k for i, b, a, k in zip(size, before, after, full.shape[2:], strict=True)]
    return F.pad(full, around([-b for b in before], [r - a for r, a in zip(rest, after, strict=True)]))


@twin(convolution.conv_weight)
def _conv_weight(
    g: Any, x: Any, *, kernel: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    n = x.ndim - 2
    before, after = sides(n, padding)
    if before != after:
        x, before = F.pad(x, around(before, after)), [0] * n
    w = x.new_empty((g.shape[1], x.shape[1] // groups, *kernel))
    how = list(each(stride, n, "stride")), before, list(each(dilation, n, "dilation"))
    return torch.ops.aten.convolution_backward(g, x, w, None, *how, False, [0] * n, groups, (False, True, False))[1]


@twin(columns.unfold)
def _unfold(x: Any, *, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    n = x.ndim - 2
    kernel, stride, dilation = each(kernel_size, n, ""), each(stride, n, ""), each(dilation, n, "")
    before, after = sides(n, padding)
    x = F.pad(x, around(before, after))
    for axis, (k, s, d) in enumerate(zip(kernel, stride, dilation, strict=True), 2):
        x = x.unfold(axis, d * (k - 1) + 1, s)
        x = x.index_select(x.ndim - 1, torch.arange(k) * d)
    # (n, channels, *out, *kernel)
    order = [0, 1, *range(2 + n, 2 + 2 * n), *range(2, 2 + n)]
    return x.permute(order).reshape(x.shape[0], x.shape[1] * math.prod(kernel), -1)


@twin(columns.fold)
def _fold(columns: Any, *, output_size: Any, kernel_size: Any, **how: Any) -> Any:
    kernel = each(kernel_size, len(output_size), "")
    x = columns.new_zeros((columns.shape[0], columns.shape[1] // math.prod(kernel), *output_size)).requires_grad_()
    with torch.enable_grad():
        y = _unfold(x, kernel_size=kernel_size, **how)
        return torch.autograd.grad(y, x, columns, create_graph=True)[0]


# --------------------------------------------------------------------- pooling


def named(stem: str, n: int) -> Any:
    """Return torch's function for ``n`` axes."""
    return getattr(F, f"{stem}{n}d")


@twin(maxima.max_pool_indices)
def _max_pool_indices(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> Any:
    pool = named("max_pool", x.ndim - 2)
    return pool(x, kernel_size, stride, padding, dilation, ceil_mode, return_indices=True)[1]


@twin(maxima.adaptive_max_pool_indices)
def _adaptive_max_pool_indices(x: Any, *, output_size: Any) -> Any:
    return named("adaptive_max_pool", x.ndim - 2)(x, output_size, return_indices=True)[1]


@twin(maxima.pool_gather)
def _pool_gather(x: Any, indices: Any) -> Any:
    return x.flatten(2).gather(2, indices.flatten(2)).reshape(indices.shape)


@twin(maxima.pool_scatter)
def _pool_scatter(g: Any, indices: Any, *, size: Any) -> Any:
    flat = g.new_zeros((*g.shape[:2], math.prod(size)))
    return flat.scatter_add(2, indices.flatten(2), g.flatten(2)).reshape(*g.shape[:2], *size)


@twin(means.avg_pool)
def _avg_pool(
    x: Any,
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Any = None,
) -> Any:
    how = [kernel_size, stride, padding, ceil_mode, count_include_pad]
    return named("avg_pool", x.ndim - 2)(x, *how, *([] if x.ndim == 3 else [divisor_override]))


@twin(means.adaptive_avg_pool)
def _adaptive_avg_pool(x: Any, *, output_size: Any) -> Any:
    return named("adaptive_avg_pool", x.ndim - 2)(x, output_size)


def transpose(fn: Any, g: Any, size: Any) -> Any:
    """Return what the transpose of a linear function of images makes of ``g``, to be differentiated again."""
    x = g.new_zeros((*g.shape[:2], *size)).requires_grad_()
    with torch.enable_grad():
        return torch.autograd.grad(fn(x), x, g, create_graph=True)[0]


@twin(means.avg_pool_transpose)
def _avg_pool_transpose(g: Any, *, size: Any, **how: Any) -> Any:
    return transpose(lambda x: _avg_pool(x, **how), g, size)


@twin(means.adaptive_avg_pool_transpose)
def _adaptive_avg_pool_transpose(g: Any, *, size: Any) -> Any:
    return transpose(lambda x: _adaptive_avg_pool(x, output_size=g.shape[2:]), g, size)


# ------------------------------------------------------------------- attention


@twin(attention.masked_softmax)
def _masked_softmax(x: Any, *, dim: int) -> Any:
    return torch.ops.aten._safe_softmax(x, dim)
