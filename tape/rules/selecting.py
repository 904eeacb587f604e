"""Selecting: NumPy's functions for picking elements, each rewritten as an indexing.

What picks positions by values (nonzero, compress, ...) records that choice, so that a replay on other values picks
anew or fails, and never keeps positions that were right for other numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.errors import InPlaceError, OptionError
from tape.record import Var
from tape.rule import composite, frozen, linear, zero
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


def _windows_bind(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    def bound(x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False) -> Any:
        if writeable:
            raise OptionError("np.lib.stride_tricks.sliding_window_view(writeable=True) has no rule: write into a copy")
        return x, window_shape, axis

    x, window_shape, axis = bound(*args, **kwargs)
    return (x,), {"window_shape": frozen(window_shape), **({} if axis is None else {"axis": frozen(axis)})}


def _windows(g: Any, y: Any, x: Any, *, window_shape: Any, axis: Any = None) -> Any:
    shape, n = np.shape(x), int(np.prod(np.shape(x)))
    at = windows(np.arange(n).reshape(shape), window_shape, axis).reshape(-1)
    return np.reshape(scatter(np.reshape(g, (-1,)), at, key=FIRST, shape=(n,)), shape)


windows = np.lib.stride_tricks.sliding_window_view
linear(windows, _windows, keeps="", bind=_windows_bind)


@composite(np.bincount)
def _bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    if weights is None or isinstance(x, Var):
        raise OptionError("np.bincount has a rule for weights= that are recorded, and positions that aren't")
    x = np.asarray(x)
    return scatter(weights, x, key=FIRST, shape=(max(minlength, int(x.max(initial=-1)) + 1),))
