"""Selecting: NumPy's functions for picking elements, each rewritten as an indexing.

What picks positions by values (nonzero, compress, ...) records that choice, so that a replay on other values picks
anew or fails, and never keeps positions that were right for other numbers. What writes in place is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tape.errors import InPlaceError, OptionError
from tape.record import Var
from tape.rule import COMPOSITE, composite, zero
from tape.rules.indexing import FIRST, read, scatter

__tape__ = True

zero(np.argwhere, np.flatnonzero)


def refuse_out(name: str, out: Any) -> None:
    """Refuse to write a result into an array that is there already."""
    if out is not None:
        raise InPlaceError(f"{name}(out=) writes into an array of shape {np.shape(out)}: use the result instead")


@composite(np.nonzero)
def nonzero(a: Any) -> tuple[Any, ...]:
    """Return the positions of what isn't zero, an array of integers for each axis."""
    if np.ndim(a) == 0:
        raise ValueError("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.")
    if np.ndim(a) == 1:
        return (np.flatnonzero(a),)
    positions = np.argwhere(a)
    return tuple(positions[:, k] for k in range(np.ndim(a)))


@composite(np.take)
def take(a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise") -> Any:
    """Return the elements at these positions along an axis."""
    refuse_out("np.take", out)
    if axis is None:
        a, axis = np.ravel(a), 0
    n = np.shape(a)[axis]
    if not isinstance(indices, Var):
        indices = np.array(indices, np.intp if np.size(indices) == 0 else None)
    if mode == "wrap":
        indices = np.remainder(indices, n)
    elif mode == "clip":
        indices = np.clip(indices, 0, n - 1)
    elif mode != "raise":
        raise OptionError(f"np.take(mode={mode!r}): it is 'raise', 'wrap' or 'clip'")
    return read(a, (*[slice(None)] * (axis % np.ndim(a)), indices) if axis % np.ndim(a) else indices)


@composite(np.compress)
def _compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    refuse_out("np.compress", out)
    return take(a, np.flatnonzero(condition), axis)


@composite(np.extract)
def _extract(condition: Any, arr: Any) -> Any:
    return take(np.ravel(arr), np.flatnonzero(condition))


@composite(np.choose)
def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    refuse_out("np.choose", out)
    a, *choices = np.broadcast_arrays(a, *choices)
    n = len(choices)
    if mode == "wrap":
        a = np.remainder(a, n)
    elif mode == "clip":
        a = np.clip(a, 0, n - 1)
    elif np.any(np.less(a.value if isinstance(a, Var) else a, 0)):
        raise ValueError("invalid entry in choice array")
    return np.take_along_axis(np.stack(choices), np.expand_dims(a, 0), axis=0)[0]


@composite(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not condlist:
        raise ValueError("select with an empty condition list is not possible")
    out = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        out = np.where(condition, choice, out)
    return out


@composite(np.unravel_index)
def _unravel_index(indices: Any, shape: Any, order: str = "C") -> tuple[Any, ...]:
    if order not in ("C", "F"):
        raise ValueError(f"only 'C' or 'F' order is permitted, not {order!r}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    found: list[Any] = []
    for size in reversed(sizes) if order == "C" else sizes:
        found.append(np.remainder(indices, size))
        indices = np.floor_divide(indices, size)
    return tuple(reversed(found) if order == "C" else found)


@composite(np.lib.stride_tricks.sliding_window_view)
def _sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    widths = (window_shape,) if isinstance(window_shape, int) else tuple(window_shape)
    n = np.ndim(x)
    axes = tuple(range(n)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if len(axes) != len(widths):
        raise ValueError(f"window_shape has {len(widths)} lengths, for {len(axes)} axes of the array")
    for k, width in zip(axes, widths, strict=True):
        k %= n
        starts = np.shape(x)[k] - width + 1
        if width < 0 or starts < 1:
            raise ValueError("window shape cannot be larger than input array shape")
        x = np.moveaxis(take(x, np.arange(starts)[:, None] + np.arange(width), k), k + 1, -1)
    return x


@composite(np.bincount)
def _bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    if weights is None or isinstance(x, Var):
        raise OptionError("np.bincount has a rule for weights= that are recorded, and positions that aren't")
    x = np.asarray(x)
    return scatter(weights, x, key=FIRST, shape=(max(minlength, int(x.max(initial=-1)) + 1),))


def in_place(name: str, instead: str) -> Callable[..., Any]:
    """Return what stands in for a function that writes into its argument."""

    def refused(*_: Any, **__: Any) -> Any:
        raise InPlaceError(f"{name} writes into an array, and a recorded variable is among its arguments: {instead}")

    return refused


WRITERS = {
    np.put: "np.where, or np.concatenate the pieces",
    np.place: "np.where gives a new array",
    np.putmask: "np.where gives a new array",
    np.copyto: "np.broadcast_to, np.where and np.stack give a new array",
    np.put_along_axis: "np.where with a mask gives a new array",
    np.fill_diagonal: "np.where(np.eye(n, dtype=bool), value, x) gives a new array",
}
for _fn, _instead in WRITERS.items():
    COMPOSITE[_fn] = in_place(f"np.{_fn.__name__}", _instead)
for _ufunc in (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum):
    COMPOSITE[(_ufunc, "at")] = in_place(f"np.{_ufunc.__name__}.at", "np.bincount(positions, weights) adds into zeros")
