"""Padding, in every mode of ``np.pad`` whose border is defined.

``np.pad`` goes axis by axis, and each border is one of three things: elements of the array at fixed positions, a mean,
or multiples of the two edge elements. Each adjoint adds up what the border was made of, from the last axis to the
first. Borders that depend on the values otherwise (extremes, medians, a border that is itself a variable) are put
together from pieces, which have rules of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.errors import OptionError
from tape.record import Var
from tape.rule import frozen, general
from tape.rules.indexing import scatter
from tape.rules.shape import along, cast

__tape__ = True

OPTIONS = {
    "constant": "constant_values",
    "edge": "",
    "linear_ramp": "end_values",
    "maximum": "stat_length",
    "mean": "stat_length",
    "median": "stat_length",
    "minimum": "stat_length",
    "reflect": "reflect_type",
    "symmetric": "reflect_type",
    "wrap": "",
}
"""The modes of np.pad, and the option that each takes."""

STATISTICS: dict[str, Any] = {"maximum": np.max, "minimum": np.min, "median": np.median}
"""The modes whose border is a function of the array that isn't linear."""


# ---------------------------------------------------------------- how it was asked for


def has_variable(value: Any) -> bool:
    """Tell whether a variable is among nested tuples and lists."""
    return isinstance(value, Var) or (isinstance(value, (tuple, list)) and any(has_variable(v) for v in value))


def assembled(value: Any) -> Any:
    """Return nested tuples and lists, of numbers and variables, as one array or variable."""
    if isinstance(value, (tuple, list)) and has_variable(value):
        return np.stack([assembled(v) for v in value])
    return value if isinstance(value, Var) else np.asarray(value)


def pairs(value: Any, ndim: int) -> Any:
    """Return an option as NumPy reads it: a pair for each axis, an array or a variable of shape ``(ndim, 2)``."""
    return np.broadcast_to(assembled(value), (ndim, 2))


def widths(width: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    """Return the widths to pad by, before and after, for each axis."""
    if isinstance(width, dict):
        both = [width.get(k, width.get(k - ndim, 0)) for k in range(ndim)]
        width = [(p, p) if isinstance(p, (int, np.integer)) else p for p in both]
    width = np.asarray(width)
    if width.dtype.kind not in "iu" and width.size:
        raise TypeError("`pad_width` must be of integral type.")
    found = tuple((int(a), int(b)) for a, b in np.broadcast_to(width, (ndim, 2)))
    if any(n < 0 for pair in found for n in pair):
        raise ValueError("index can't contain negative values")
    return found


def lengths(stat_length: Any, shape: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Return over how many elements, at either end of each axis, a statistic is taken: all, or ``stat_length``."""
    if stat_length is None:
        return tuple((n, n) for n in shape)
    given = np.round(pairs(stat_length, len(shape))).astype(np.intp)
    if np.any(given < 0):
        raise ValueError("index can't contain negative values")
    return tuple((min(int(a), n), min(int(b), n)) for (a, b), n in zip(given, shape, strict=True))


def request(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, str, dict[str, Any]]:
    """Return the array, the widths, the mode and its options that a call asks for.

    Raises
    ------
    OptionError
        The border would be undefined, or written in place.
    """

    def bound(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
        return array, pad_width, mode, options

    array, width, mode, options = bound(*args, **kwargs)
    shape = np.shape(array)
    if callable(mode):
        raise OptionError(
            f"np.pad(mode={getattr(mode, '__name__', mode)}) of an array of shape {shape}: a function as mode writes"
            " its border in place: make the border yourself, and join it to the array with np.concatenate"
        )
    if mode == "empty":
        raise OptionError(
            f"np.pad(mode='empty') of an array of shape {shape} has a border of undefined values: mode='constant' pads"
            " with zeros"
        )
    if mode not in OPTIONS:
        raise ValueError(f"mode {mode!r} is not supported")
    unknown = sorted(set(options) - {OPTIONS[mode]})
    if unknown:
        raise OptionError(f"np.pad(mode={mode!r}) takes no {', '.join(f'{name}=' for name in unknown)}")
    return array, widths(width, len(shape)), mode, options


def _bind(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    array, width, mode, options = request(args, kwargs)
    if options.get("reflect_type", "odd") != "odd":
        options.pop("reflect_type")
    if mode != "constant":
        options["mode"] = mode
    return (array,), {"pad_width": width or 0, **{name: frozen(value) for name, value in options.items()}}


def _aside(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    mode = args[2] if len(args) > 2 else kwargs.get("mode", "constant")
    border = kwargs.get("constant_values"), kwargs.get("end_values")
    return pieced if (isinstance(mode, str) and mode in STATISTICS) or has_variable(border) else None


# ----------------------------------------------------------------- put together from pieces


def pieced(*args: Any, **kwargs: Any) -> Any:
    """Pad by joining borders to an array, axis by axis."""
    x, width, mode, options = request(args, kwargs)
    shape, dtype = np.shape(x), dtype_of(x)
    value = pairs(options.get("constant_values", options.get("end_values", 0)), len(shape))
    counts = lengths(options.get("stat_length"), shape)
    for k, (n, w) in enumerate(zip(shape, width, strict=True)):
        if n == 0 and mode != "constant" and any(w):
            raise ValueError(f"can't extend empty axis {k} using modes other than 'constant' or 'empty'")
        pieces = [x]
        for side in (0, 1):
            if not w[side]:
                continue
            if mode == "constant":
                sizes = [*np.shape(x)[:k], w[side], *np.shape(x)[k + 1 :]]
                border = np.broadcast_to(cast(value[k, side], dtype), sizes)
            elif mode == "linear_ramp":
                border = ramp(value[k, side], x[part(k, slice(-1, None) if side else slice(1))], w[side], k, side)
                border = cast(border, dtype)
            else:
                count = counts[k][side]
                if not count and mode != "median":
                    raise ValueError("stat_length of 0 yields no value for padding")
                chunk = x[part(k, slice(n - count, n) if side else slice(count))]
                border = np.repeat(cast(STATISTICS[mode](chunk, axis=k, keepdims=True), dtype), w[side], axis=k)
            pieces = [*pieces, border] if side else [border, *pieces]
        if len(pieces) > 1:
            x = np.concatenate(pieces, axis=k)
    return x


def part(axis: int, what: slice) -> Any:
    """Return the key of a slice along an axis."""
    return (*[slice(None)] * axis, what)


def ramp(end: Any, edge: Any, width: int, axis: int, after: int) -> Any:
    """Return what ``np.linspace`` gives between a border's end and the array's edge, as a border."""
    steps = np.reshape(np.arange(width, dtype=np.float64), (width, *[1] * (np.ndim(edge) - axis - 1)))
    border = steps * ((edge - end) / width) + end
    return np.flip(border, axis) if after else border


# ------------------------------------------------------------------------------ the rule


def _pad(
    g: Any,
    y: Any,
    x: Any,
    *,
    pad_width: Any,
    mode: str = "constant",
    constant_values: Any = 0,
    end_values: Any = 0,
    reflect_type: str = "even",
    stat_length: Any = None,
) -> Any:
    shape = np.shape(x)
    if mode == "constant":
        return g[tuple(slice(a, a + n) for (a, _), n in zip(pad_width, shape, strict=True))] if shape else g
    counts = lengths(stat_length, shape)
    for k in reversed(range(len(shape))):
        if not any(pad_width[k]):
            continue
        if mode == "mean":
            g = from_means(g, k, pad_width[k], shape[k], counts[k])
        elif mode == "linear_ramp" or reflect_type == "odd":
            g = from_edges(g, k, pad_width[k], shape[k], mode)
        else:
            positions: Any = np.pad(np.arange(shape[k]), pad_width[k], mode=mode)  # type: ignore[call-overload]
            g = scatter(g, positions, key=along(k), shape=(*np.shape(g)[:k], shape[k], *np.shape(g)[k + 1 :]))
    return g


def from_means(g: Any, axis: int, width: Any, n: int, counts: Any) -> Any:
    """Return the adjoint of an array that was padded with means of its ends along an axis."""
    g = np.moveaxis(g, axis, -1)
    inner = g[..., width[0] : width[0] + n]
    for border, count, at in (
        (g[..., : width[0]], counts[0], (0, n - counts[0])),
        (g[..., width[0] + n :], counts[1], (n - counts[1], 0)),
    ):
        if count and np.size(border):
            each = np.sum(border, axis=-1, keepdims=True) / count
            each = np.broadcast_to(each, (*np.shape(each)[:-1], count))
            inner = inner + (each if count == n else np.pad(each, (*[(0, 0)] * (np.ndim(each) - 1), at)))
    return np.moveaxis(inner, -1, axis)


def from_edges(g: Any, axis: int, width: Any, n: int, mode: str) -> Any:
    """Return the adjoint of an array whose border holds, beside plus or minus an element, multiples of its two edges.

    How much of each, ``np.pad`` itself tells, of an array of zeros with a one at the edge.
    """

    def probe(*ones: Any) -> Any:
        unit = np.zeros(n, dtype_of(g))
        unit[ones] = 1
        odd = {} if mode == "linear_ramp" else {"reflect_type": "odd"}
        return np.pad(unit, width, mode=mode, **odd)  # type: ignore[call-overload]

    g = np.moveaxis(g, axis, -1)
    first = np.sum(g * probe(0), axis=-1, keepdims=True)
    if n == 1:
        return np.moveaxis(first, -1, axis)
    last = np.sum(g * probe(n - 1), axis=-1, keepdims=True)
    inner = g * probe(slice(1, n - 1))
    if mode == "linear_ramp":
        inner = inner[..., width[0] + 1 : width[0] + n - 1]
    else:
        at: Any = np.pad(np.arange(n), width, mode=mode)  # type: ignore[call-overload]
        lead = np.ndim(g) - 1
        inner = scatter(inner, at, key=along(lead), shape=(*np.shape(g)[:-1], n))[..., 1 : n - 1]
    return np.moveaxis(np.concatenate([first, inner, last], axis=-1), -1, axis)


def _tangent(
    t: Any,
    y: Any,
    x: Any,
    *,
    pad_width: Any,
    mode: str = "constant",
    constant_values: Any = 0,
    end_values: Any = 0,
    reflect_type: str = "even",
    stat_length: Any = None,
) -> Any:
    if mode == "mean":
        return np.pad(t, pad_width, mode="mean", stat_length=stat_length)
    if reflect_type == "odd":
        return np.pad(t, pad_width, mode=mode, reflect_type="odd")  # type: ignore[call-overload]
    return np.pad(t, pad_width, mode=mode)  # type: ignore[call-overload]


general(np.pad, _pad, jvps=[_tangent], keeps="", bind=_bind).aside = _aside
