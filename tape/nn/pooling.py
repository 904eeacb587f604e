"""Pooling as torch spells it: the largest or the mean of each window, of a fixed or of an adaptive size.

The primitives stand in :mod:`tape.nn.maxima` and :mod:`tape.nn.means`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.nn.maxima import adaptive_max_pool_indices, max_pool_indices, pool_gather
from tape.nn.means import POOL_OPTIONS, adaptive_avg_pool, avg_pool
from tape.nn.windows import batched, each, positive, unbatched

__tape__ = True


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
