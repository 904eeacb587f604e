"""Images as columns: the windows that a kernel sees, laid out one beside the other, and added up again.

Whatever walks a kernel over images is a product of matrices on these columns. :func:`unfold` lays them out and
:func:`fold` is its transpose; both are primitives, and convolutions use what stands under them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from tape.errors import ShapeError
from tape.nn.windows import Taps, each, positive, taps, volume
from tape.primitive import ours
from tape.rule import linear

__tape__ = True

COLUMNS = 1 << 18
"""How many elements the columns of one part of the batch may have."""


class Geometry:
    """How a convolution walks its image: sizes and taps for every spatial axis."""

    __slots__ = ("groups", "kernel", "out", "padded", "size", "taps")

    def __init__(
        self, size: tuple[int, ...], kernel: tuple[int, ...], stride: Any, padding: Any, dilation: Any, groups: int
    ) -> None:
        n = len(size)
        strides = positive(each(stride, n, "stride"), "stride")
        dilations = positive(each(dilation, n, "dilation"), "dilation")
        sides = [(p, p) if not isinstance(p, tuple) else p for p in each(padding, n, "padding")]
        if min((p for pair in sides for p in pair), default=0) < 0:
            raise ShapeError(f"padding={padding!r} is negative: crop the image by slicing instead")
        out: list[int] = []
        found: list[Taps] = []
        for i, k, s, (before, after), d in zip(size, kernel, strides, sides, dilations, strict=True):
            room = i + before + after - d * (k - 1) - 1
            if room < 0 or k < 1:
                raise ShapeError(
                    f"conv: a kernel of size {kernel} (dilation {dilations}) is larger than the image of size {size}"
                    " with"
                    " its padding"
                    f" {padding}: pad more, or take a smaller kernel or dilation"
                )
            out.append(room // s + 1)
            found.append(taps(i, out[-1], k, s, before, d))
        self.size, self.kernel, self.out, self.groups = size, kernel, tuple(out), groups
        self.taps = tuple(found)
        self.padded = any(rows != slice(0, o, 1) for o, axis in zip(out, found, strict=True) for rows, _ in axis)

    def pieces(self) -> Iterator[tuple[tuple[int, ...], tuple[Any, ...], tuple[Any, ...]]]:
        """Yield, for each offset in the kernel, it, the outputs and the inputs that it connects."""
        for offset in itertools.product(*(range(k) for k in self.kernel)):
            pairs = [axis[k] for axis, k in zip(self.taps, offset, strict=True)]
            yield offset, tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)

    @property
    def pointwise(self) -> bool:
        """Whether the columns are the image itself."""
        return all(
            axis == ((slice(0, o, 1), slice(0, i, 1)),)
            for i, o, axis in zip(self.size, self.out, self.taps, strict=True)
        )

    def columns(self, x: Any) -> Any:
        """Return the windows of images as columns: ``(n, groups, channels * kernel, outputs)``."""
        n, channels = x.shape[:2]
        if self.pointwise:
            cols = x
        else:
            shape = (n, channels, *self.kernel, *self.out)
            cols = np.zeros(shape, x.dtype) if self.padded else np.empty(shape, x.dtype)
            for offset, rows, places in self.pieces():
                cols[:, :, *offset, *rows] = x[:, :, *places]
        return cols.reshape(n, self.groups, channels // self.groups * volume(self.kernel), volume(self.out))

    def images(self, cols: Any) -> Any:
        """Add columns up where they were taken from: the transpose of :meth:`columns`."""
        n = cols.shape[0]
        channels = self.groups * cols.shape[2] // volume(self.kernel)
        if self.pointwise:
            return cols.reshape(n, channels, *self.size)
        cols = cols.reshape(n, channels, *self.kernel, *self.out)
        x = np.zeros((n, channels, *self.size), cols.dtype)
        for offset, rows, places in self.pieces():
            x[:, :, *places] += cols[:, :, *offset, *rows]
        return x

    def parts(self, n: int, channels: int) -> Iterator[slice]:
        """Yield the parts in which a batch is worked off."""
        each_image = max(1, channels * volume(self.kernel) * volume(self.out))
        step = max(1, COLUMNS // each_image)
        return (slice(k, k + step) for k in range(0, n, step))


@ours
def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Lay the windows of images out as columns, as ``torch.nn.functional.unfold`` does, over any number of axes.

    Parameters
    ----------
    input : array of shape (n, channels, *size)
        Images.
    kernel_size, dilation, padding, stride : int or tuple of int
        The windows, as those of a convolution.

    Returns
    -------
    array of shape (n, channels * kernel elements, windows)

    Raises
    ------
    ShapeError
        No window fits.
    """
    if np.ndim(input) < 3:
        raise ShapeError(f"unfold takes images of shape (n, channels, *size), not {np.shape(input)}")
    how = Geometry(input.shape[2:], kernel_of(kernel_size, input.ndim - 2), stride, padding, dilation, 1)
    return how.columns(input)[:, 0]


@ours
def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Add columns up to images, as ``torch.nn.functional.fold`` does: the transpose of :func:`unfold`.

    Parameters
    ----------
    input : array of shape (n, channels * kernel elements, windows)
        Columns.
    output_size : tuple of int
        The spatial size of the images.
    kernel_size, dilation, padding, stride : int or tuple of int
        The windows, as those of a convolution.

    Returns
    -------
    array of shape (n, channels, *output_size)

    Raises
    ------
    ShapeError
        The columns aren't those of such images.
    """
    if not isinstance(output_size, (tuple, list)):
        raise ShapeError(f"fold: output_size={output_size!r} must be a tuple, which tells the number of axes")
    size = tuple(output_size)
    how = Geometry(size, kernel_of(kernel_size, len(size)), stride, padding, dilation, 1)
    shape = np.shape(input)
    if len(shape) != 3 or shape[1] % volume(how.kernel) or shape[2] != volume(how.out):
        raise ShapeError(
            f"fold: columns of shape {shape}; images of size {size} under a kernel of size {how.kernel} have"
            f" {volume(how.out)} windows, so they must be (n, channels * {volume(how.kernel)}, {volume(how.out)})"
        )
    return how.images(input[:, None])


def kernel_of(kernel_size: Any, n: int) -> tuple[int, ...]:
    """Return a kernel's size along each of ``n`` axes."""
    return positive(each(kernel_size, n, "kernel_size"), "kernel_size")


linear(
    unfold,
    lambda g, y, x, *, kernel_size, dilation=1, padding=0, stride=1: fold(
        g, output_size=np.shape(x)[2:], kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride
    ),
    keeps="",
)
linear(
    fold,
    lambda g, y, x, *, output_size, kernel_size, dilation=1, padding=0, stride=1: unfold(
        g, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride
    ),
    keeps="",
)
