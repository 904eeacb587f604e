"""Pooling: the largest or the mean of each window, over windows of a fixed or of an adaptive size.

Max pooling is recorded as two entries: where the largest element of each window is (integers, through which nothing
flows), and the reading of those elements, which is linear, as is its transpose. Where several elements are the
largest, the first in row-major order is taken, as in torch. Mean pooling is linear, and its transpose is a row of its
own. Both work on one axis after the other: the largest of the rows' largest is the largest, and the first of them
the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tape.errors import InputTypeError, ShapeError
from tape.nn import windows
from tape.nn.windows import Taps, batched, each, positive, unbatched, volume
from tape.primitive import ours
from tape.rule import general, linear, zero

__tape__ = True


# ------------------------------------------------------------------ the primitives


def pool_taps(
    size: tuple[int, ...], kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[list[Taps], tuple[int, ...]]:
    """Return the taps along each axis, and how many windows there are along each."""
    n = len(size)
    kernel = positive(each(kernel_size, n, "kernel_size"), "kernel_size")
    strides = positive(each(kernel if stride is None else stride, n, "stride"), "stride")
    paddings = positive(each(padding, n, "padding"), "padding", 0)
    dilations = positive(each(dilation, n, "dilation"), "dilation")
    out: list[int] = []
    found: list[Taps] = []
    for i, k, s, p, d in zip(size, kernel, strides, paddings, dilations, strict=True):
        if p > k // 2:
            raise ShapeError(f"padding={paddings} is more than half of kernel_size={kernel}: windows of padding alone")
        o = windows.pooled_size(i, k, s, p, d, ceil_mode=ceil_mode)
        if o < 1 or i < 1:
            raise ShapeError(
                f"windows of kernel_size={kernel} (dilation {dilations}, padding {paddings}) don't fit into the size"
                f" {size}: take a"
                " smaller kernel, or pad more"
            )
        out.append(o)
        found.append(windows.taps(i, o, k, s, p, d))
    return found, tuple(out)


def adaptive(size: tuple[int, ...], output_size: Sequence[int]) -> list[Taps]:
    """Return the taps of adaptive windows along each axis."""
    if min(size) < 1:
        raise ShapeError(f"adaptive pooling of an empty size {size}: every axis needs an element")
    return [windows.adaptive_taps(i, o) for i, o in zip(size, output_size, strict=True)]


def argmax(x: Any, pairs: Sequence[Taps], out: tuple[int, ...]) -> Any:
    """Return the flat position of the first largest element of each window; NaN counts as the largest."""
    if x.dtype.kind == "c":
        raise InputTypeError(f"max pooling of complex numbers (shape {x.shape}): none of them is the largest")
    size = x.shape[2:]
    place = np.arange(volume(size), dtype=np.int32 if volume(size) < 1 << 31 else np.int64).reshape(1, 1, *size)
    nan = bool(np.isnan(np.max(x, initial=-np.inf)))
    for axis in range(len(size) + 1, 1, -1):
        shape = (*x.shape[:axis], out[axis - 2], *x.shape[axis + 1 :])
        best, found = np.empty(shape, x.dtype), np.empty(shape, place.dtype)
        whole = bool(pairs[axis - 2]) and pairs[axis - 2][0][0] == slice(0, out[axis - 2], 1)
        for outputs, inputs in pairs[axis - 2][:1] if whole else reversed(pairs[axis - 2]):
            to, of = windows.at(axis, outputs), windows.at(axis, inputs)
            best[to], found[to] = x[of], place[of]
        for outputs, inputs in pairs[axis - 2][whole:]:
            to, of = windows.at(axis, outputs), windows.at(axis, inputs)
            have, held, new = best[to], found[to], x[of]
            better = (new > have) | (new != new) if nan else new > have
            held += (place[of] - held) * better  # a masked copy would wait for a branch at every element
            np.maximum(have, new, out=have)
            if not isinstance(outputs, slice):  # an index array made copies
                best[to], found[to] = have, held
        x, place = best, found
    return place.astype(np.int64)


@ours
def max_pool_indices(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> Any:
    """Return where the largest element of each window of ``(n, channels, *size)`` is, as flat positions in ``size``."""
    pairs, out = pool_taps(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    return argmax(x, pairs, out)


@ours
def adaptive_max_pool_indices(x: Any, *, output_size: tuple[int, ...]) -> Any:
    """Return where the largest element of each adaptive window is, as flat positions in ``size``."""
    return argmax(x, adaptive(x.shape[2:], output_size), output_size)


zero(max_pool_indices, adaptive_max_pool_indices)


def flat_places(indices: Any, size: int) -> Any:
    """Return positions within each image as positions in the whole batch."""
    images = indices.shape[0] * indices.shape[1]
    return (indices.reshape(images, volume(indices.shape[2:])) + np.arange(images)[:, None] * size).reshape(-1)


@ours
def pool_gather(x: Any, indices: Any) -> Any:
    """Read elements of each image of ``(n, channels, *size)``, at flat positions ``(n, channels, *out)``."""
    return np.take(x.reshape(-1), flat_places(indices, volume(x.shape[2:]))).reshape(indices.shape)


@ours
def pool_scatter(g: Any, indices: Any, *, size: tuple[int, ...]) -> Any:
    """Add elements up at flat positions of images of a spatial size: the transpose of :func:`pool_gather`."""
    x = np.zeros((*g.shape[:2], *size), g.dtype)
    np.add.at(x.reshape(-1), flat_places(indices, volume(tuple(size))), g.reshape(-1))
    return x


general(
    pool_gather,
    joint=lambda g, y, x, indices: (pool_scatter(g, indices, size=np.shape(x)[2:]), None),
    jvp=lambda t, y, x, indices: pool_gather(t[0], indices),
    keeps="1",
)
general(
    pool_scatter,
    joint=lambda h, x, g, indices, *, size: (pool_gather(h, indices), None),
    jvp=lambda t, x, g, indices, *, size: pool_scatter(t[0], indices, size=size),
    keeps="1",
)


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


# --------------------------------------------------------------- as torch spells them


def _max_pool(
    n: int, x: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool, return_indices: bool
) -> Any:
    x, single = batched(x, n, f"max_pool{n}d")
    indices = max_pool_indices(
        x, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
    )
    y = unbatched(pool_gather(x, indices), single)
    return (y, unbatched(indices, single)) if return_indices else y


def _avg_pool_nd(n: int, x: Any, *how: Any) -> Any:
    x, single = batched(x, n, f"avg_pool{n}d")
    return unbatched(avg_pool(x, **dict(zip(POOL_OPTIONS, how, strict=True))), single)


def output_sizes(x: Any, output_size: Any, n: int) -> tuple[int, ...]:
    """Return the number of windows along each axis; None keeps the axis as it is."""
    sizes = each(output_size, n, "output_size")
    return positive(tuple(np.shape(x)[k - n] if s is None else s for k, s in enumerate(sizes)), "output_size", 0)


def _adaptive_avg_pool(n: int, x: Any, output_size: Any) -> Any:
    x, single = batched(x, n, f"adaptive_avg_pool{n}d")
    return unbatched(adaptive_avg_pool(x, output_size=output_sizes(x, output_size, n)), single)


def _adaptive_max_pool(n: int, x: Any, output_size: Any, return_indices: bool) -> Any:
    x, single = batched(x, n, f"adaptive_max_pool{n}d")
    indices = adaptive_max_pool_indices(x, output_size=output_sizes(x, output_size, n))
    y = unbatched(pool_gather(x, indices), single)
    return (y, unbatched(indices, single)) if return_indices else y


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest element of each window of signals ``(n, channels, length)``. See :func:`max_pool2d`."""
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest element of each window, as ``torch.nn.functional.max_pool2d`` does.

    Parameters
    ----------
    input : array of shape (n, channels, height, width)
        Images; a single one may lack its first axis.
    kernel_size : int or tuple of int
        The window.
    stride : int or tuple of int, optional
        Steps of the window; its own size if left out.
    padding : int or tuple of int
        Places around the image, never the largest; at most half of the window.
    dilation : int or tuple of int
        Steps within the window.
    ceil_mode : bool
        Count a last window that reaches past the end.
    return_indices : bool
        Return the flat positions of the largest elements as well.

    Returns
    -------
    array of shape (n, channels, out height, out width)
        ``out = ⌊(size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride⌋ + 1``, or ⌈ ⌉ with ``ceil_mode``.
        With ``return_indices``, a pair of this and the positions.

    Raises
    ------
    ShapeError
        No window fits, or the padding is more than half of it.

    Notes
    -----
    At a tie, all of the adjoint goes to the first of the largest elements in row-major order.
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest element of each window of volumes, of five axes. See :func:`max_pool2d`."""
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """Return the mean of each window of signals ``(n, channels, length)``. See :func:`avg_pool2d`."""
    return _avg_pool_nd(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """Return the mean of each window, as ``torch.nn.functional.avg_pool2d`` does.

    Parameters
    ----------
    input : array of shape (n, channels, height, width)
        Images; a single one may lack its first axis.
    kernel_size, stride, padding, ceil_mode
        As for :func:`max_pool2d`; the padding holds zeros.
    count_include_pad : bool
        Divide by the size of the window with its padding, or by the number of elements in it.
    divisor_override : int, optional
        What to divide by instead.

    Returns
    -------
    array of shape (n, channels, out height, out width)
        Sized as :func:`max_pool2d` does.

    Raises
    ------
    ShapeError
        No window fits, or the padding is more than half of it.
    """
    return _avg_pool_nd(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """Return the mean of each window of volumes, of five axes. See :func:`avg_pool2d`."""
    return _avg_pool_nd(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """Return the mean of each of ``output_size`` windows that cover a signal. See :func:`adaptive_avg_pool2d`."""
    return _adaptive_avg_pool(1, input, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """Return the mean of each of ``output_size`` windows that cover the image.

    Parameters
    ----------
    input : array of shape (n, channels, height, width)
        Images; a single one may lack its first axis.
    output_size : int, None or tuple of these
        How many windows along each axis; None for as many as it has elements. Window ``j`` of ``m`` along an axis
        of ``k`` elements is ``[⌊j·k/m⌋, ⌈(j+1)·k/m⌉)``: windows may overlap.

    Returns
    -------
    array of shape (n, channels, *output_size)

    Raises
    ------
    ShapeError
        The image is empty, or ``output_size`` has another number of axes.
    """
    return _adaptive_avg_pool(2, input, output_size)


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """Return the mean of each of ``output_size`` windows that cover a volume. See :func:`adaptive_avg_pool2d`."""
    return _adaptive_avg_pool(3, input, output_size)


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest element of each of ``output_size`` windows, which :func:`adaptive_avg_pool2d` describes."""
    return _adaptive_max_pool(1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest element of each of ``output_size`` windows, which :func:`adaptive_avg_pool2d` describes."""
    return _adaptive_max_pool(2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest element of each of ``output_size`` windows, which :func:`adaptive_avg_pool2d` describes."""
    return _adaptive_max_pool(3, input, output_size, return_indices)
