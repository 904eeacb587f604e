"""Sliding windows: which outputs read which inputs, one offset within the window at a time.

A convolution and a pooling walk a window over an axis. Both are written here as *taps*: for each offset within the
window, a pair ``(outputs, inputs)`` of slices (or of index arrays) of equal length, whose positions that offset
connects. Positions in the padding are left out, so that no padded copy is made. Read one way the taps gather, read
the other way they scatter, which is the transpose.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tape.errors import ShapeError

__tape__ = True

Taps = tuple[tuple[Any, Any], ...]


def each(value: Any, n: int, what: str) -> tuple[Any, ...]:
    """Return an option that holds for every one of ``n`` axes, or is given for each, as a tuple."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * n
    if len(values) == 1:
        values *= n
    if len(values) != n:
        raise ShapeError(f"{what}={value!r} has {len(values)} numbers for {n} spatial axes: give one, or {n}")
    return values


def positive(values: tuple[Any, ...], what: str, least: int = 1) -> tuple[int, ...]:
    """Check that an option's numbers are integers of at least ``least``."""
    for v in values:
        if isinstance(v, bool) or not isinstance(v, (int, np.integer)) or v < least:
            raise ShapeError(f"{what}={values!r}: each must be an integer of at least {least}")
    return tuple(int(v) for v in values)


@functools.lru_cache(maxsize=1024)
def taps(size: int, out: int, kernel: int, stride: int, before: int, dilation: int) -> Taps:
    """Return the taps of a regular window: output ``j`` reads input ``j * stride - before + k * dilation``."""
    found: list[tuple[slice, slice]] = []
    for k in range(kernel):
        shift = k * dilation - before
        first = max(0, -(shift // stride))
        last = min(out - 1, (size - 1 - shift) // stride)
        count = max(0, last - first + 1)
        start = first * stride + shift if count else 0
        found.append(
            (slice(first, first + count, 1), slice(start, start + (count - 1) * stride + 1 if count else start, stride))
        )
    return tuple(found)


@functools.lru_cache(maxsize=1024)
def adaptive_taps(size: int, out: int) -> Taps:
    """Return the taps of ``out`` windows that cover an axis: window ``j`` is ``[⌊j·size/out⌋, ⌈(j+1)·size/out⌉)``."""
    starts = np.arange(out) * size // out
    lengths = -(-np.arange(1, out + 1) * size // out) - starts
    found: list[tuple[Any, Any]] = []
    for k in range(int(lengths.max(initial=0))):
        outputs = np.flatnonzero(lengths > k)
        found.append((progression(outputs), progression(starts[outputs] + k)))
    return tuple(found)


def progression(positions: Any) -> Any:
    """Return positions as a slice where they ascend evenly: NumPy moves a slice faster than an index array."""
    steps = np.diff(positions)
    step = int(steps[0]) if steps.size else 1
    if step > 0 and bool(np.all(steps == step)):
        return slice(int(positions[0]), int(positions[-1]) + 1, step)
    return positions


def adaptive_counts(size: int, out: int) -> Any:
    """Return how many inputs each adaptive window reads."""
    return -(-np.arange(1, out + 1) * size // out) - np.arange(out) * size // out


def pooled_size(size: int, kernel: int, stride: int, padding: int, dilation: int, *, ceil_mode: bool) -> int:
    """Return how many windows fit; with ``ceil_mode`` also one that starts within the axis and reaches past its end."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    out = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (out - 1) * stride >= size + padding:
        out -= 1
    return out


def at(axis: int, positions: Any) -> tuple[Any, ...]:
    """Return the index that picks positions along one axis."""
    return (*(slice(None),) * axis, positions)


def covered(pairs: Taps) -> slice:
    """Return the positions that a single window without gaps reads."""
    inputs = [inputs for outputs, inputs in pairs if len(range(outputs.stop)[outputs])]
    return slice(inputs[0].start, inputs[-1].stop)


def gather_sum(x: Any, axis: int, pairs: Taps, out: int) -> Any:
    """Sum each window along one axis; windows have no gaps."""
    if out == 1:
        return x[at(axis, covered(pairs))].sum(axis=axis, keepdims=True)
    shape = np.shape(x)
    total = np.zeros((*shape[:axis], out, *shape[axis + 1 :]), x.dtype)
    for outputs, inputs in pairs:
        total[at(axis, outputs)] += x[at(axis, inputs)]
    return total


def scatter_sum(g: Any, axis: int, pairs: Taps, size: int) -> Any:
    """Add each window's value to every position that it reads: the transpose of :func:`gather_sum`."""
    shape = np.shape(g)
    total = np.zeros((*shape[:axis], size, *shape[axis + 1 :]), g.dtype)
    if shape[axis] == 1:
        total[at(axis, covered(pairs))] = g
        return total
    for outputs, inputs in pairs:
        if isinstance(inputs, slice):
            total[at(axis, inputs)] += g[at(axis, outputs)]
        else:  # windows that start at the same position: an index array may hold it more than once
            np.add.at(total, at(axis, inputs), g[at(axis, outputs)])
    return total


def volume(shape: tuple[int, ...]) -> int:
    """Return the number of elements of a shape."""
    return math.prod(shape)


def batched(x: Any, n: int, what: str) -> tuple[Any, bool]:
    """Return images with a batch axis, and whether they had none."""
    if np.ndim(x) not in (n + 1, n + 2):
        raise ShapeError(
            f"{what} takes images of {n + 2} axes (n, channels, ...), or {n + 1} for a single one, not of shape"
            f" {np.shape(x)}"
        )
    single = np.ndim(x) == n + 1
    return (np.reshape(x, (1, *np.shape(x))) if single else x), single


def unbatched(y: Any, single: bool) -> Any:
    """Take the batch axis off again."""
    return np.reshape(y, np.shape(y)[1:]) if single else y


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
        o = pooled_size(i, k, s, p, d, ceil_mode=ceil_mode)
        if o < 1 or i < 1:
            raise ShapeError(
                f"windows of kernel_size={kernel} (dilation {dilations}, padding {paddings}) don't fit into the size"
                f" {size}: take a"
                " smaller kernel, or pad more"
            )
        out.append(o)
        found.append(taps(i, o, k, s, p, d))
    return found, tuple(out)


def adaptive(size: tuple[int, ...], output_size: Sequence[int]) -> list[Taps]:
    """Return the taps of adaptive windows along each axis."""
    if min(size) < 1:
        raise ShapeError(f"adaptive pooling of an empty size {size}: every axis needs an element")
    return [adaptive_taps(i, o) for i, o in zip(size, output_size, strict=True)]
