"""The largest element of each window of an image: where it is, and the reading of elements at such places.

Max pooling is recorded as two entries: where the largest element of each window is (integers, through which nothing
flows), and the reading of those elements, which is linear, as is its transpose. Where several elements are the
largest, the first in row-major order is taken, as in torch. One axis is worked off after the other: the largest of the
rows' largest is the largest, and the first of them the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tape.errors import InputTypeError
from tape.nn import windows
from tape.nn.windows import Taps, adaptive, pool_taps, volume
from tape.primitive import ours
from tape.rule import general, zero

__tape__ = True


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
