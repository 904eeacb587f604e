"""The mean of each window of an image: linear, and its transpose is a row of its own.

One axis is worked off after the other, as the sum of a window is the sum of its rows' sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tape.errors import ShapeError
from tape.nn import windows
from tape.nn.windows import adaptive, each, pool_taps
from tape.primitive import ours
from tape.rule import linear

__tape__ = True


def divisors(
    size: tuple[int, ...],
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Any:
    """Return what each window's sum is divided by: an array of the outputs' size, or one number."""
    if divisor_override is not None:
        if divisor_override == 0:
            raise ShapeError("divisor_override=0: a mean is divided by something else than zero")
        return divisor_override
    n = len(size)
    pairs, out = pool_taps(size, kernel_size, stride, padding, 1, ceil_mode)
    kernel = each(kernel_size, n, "kernel_size")
    strides, paddings = each(kernel if stride is None else stride, n, "stride"), each(padding, n, "padding")
    total: Any = 1
    for axis in range(n):
        if count_include_pad:  # all of the window but for what ceil_mode lets hang over the padding
            start = np.arange(out[axis]) * strides[axis] - paddings[axis]
            count = np.minimum(start + kernel[axis], size[axis] + paddings[axis]) - start
        else:
            count = windows.gather_sum(np.ones(size[axis], int), 0, pairs[axis], out[axis])
        total = total * count.reshape(-1, *(1,) * (n - 1 - axis))
    return total if np.min(total) != np.max(total) else int(total.flat[0])


@ours
def avg_pool(
    x: Any,
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """Return the mean of each window of ``(n, channels, *size)``; the options are those of :func:`avg_pool2d`."""
    size = x.shape[2:]
    pairs, out = pool_taps(size, kernel_size, stride, padding, 1, ceil_mode)
    count = divisors(size, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    for axis in range(len(size) - 1, -1, -1):
        x = windows.gather_sum(x, axis + 2, pairs[axis], out[axis])
    return divided(x, count)


@ours
def avg_pool_transpose(
    g: Any,
    *,
    size: tuple[int, ...],
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """Spread each window's mean over images of a spatial size: the transpose of :func:`avg_pool`."""
    size = tuple(size)
    pairs, _ = pool_taps(size, kernel_size, stride, padding, 1, ceil_mode)
    g = divided(g, divisors(size, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override))
    for axis, i in enumerate(size):
        g = windows.scatter_sum(g, axis + 2, pairs[axis], i)
    return g


def divided(x: Any, count: Any) -> Any:
    """Divide by numbers of elements, keeping the dtype."""
    return x / (count if isinstance(count, (int, float)) else count.astype(x.dtype))


def _avg_pool(
    g: Any,
    y: Any,
    x: Any,
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    how = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    return avg_pool_transpose(g, size=np.shape(x)[2:], **dict(zip(POOL_OPTIONS, how, strict=True)))


def _avg_pool_transpose(
    h: Any,
    x: Any,
    g: Any,
    *,
    size: tuple[int, ...],
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    how = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    return avg_pool(h, **dict(zip(POOL_OPTIONS, how, strict=True)))


POOL_OPTIONS = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
linear(avg_pool, _avg_pool, keeps="")
linear(avg_pool_transpose, _avg_pool_transpose, keeps="")


@ours
def adaptive_avg_pool(x: Any, *, output_size: tuple[int, ...]) -> Any:
    """Return the mean of each of ``output_size`` windows that cover ``(n, channels, *size)``."""
    size = x.shape[2:]
    pairs = adaptive(size, output_size)
    for axis in range(len(size) - 1, -1, -1):
        x = windows.gather_sum(x, axis + 2, pairs[axis], output_size[axis])
        x = x / along(size, output_size, axis, x.dtype)
    return x


@ours
def adaptive_avg_pool_transpose(g: Any, *, size: tuple[int, ...]) -> Any:
    """Spread each adaptive window's mean over images of a spatial size: the transpose of :func:`adaptive_avg_pool`."""
    size, out = tuple(size), g.shape[2:]
    pairs = adaptive(size, out)
    for axis, i in enumerate(size):
        g = windows.scatter_sum(g / along(size, out, axis, g.dtype), axis + 2, pairs[axis], i)
    return g


def along(size: tuple[int, ...], out: Sequence[int], axis: int, dtype: Any) -> Any:
    """Return how many elements the windows along one axis have, to divide by."""
    return windows.adaptive_counts(size[axis], out[axis]).astype(dtype).reshape(-1, *(1,) * (len(size) - 1 - axis))


linear(
    adaptive_avg_pool,
    lambda g, y, x, *, output_size: adaptive_avg_pool_transpose(g, size=np.shape(x)[2:]),
    keeps="",
)
linear(
    adaptive_avg_pool_transpose,
    lambda h, x, g, *, size: adaptive_avg_pool(h, output_size=np.shape(g)[2:]),
    keeps="",
)
