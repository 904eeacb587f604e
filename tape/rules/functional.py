"""Functions of functions, and of end points: slices given to a function one by one, pieces, and spaced numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.primitive import ours
from tape.record import Var
from tape.rule import composite, general
from tape.rules.indexing import FIRST, read, scatter
from tape.rules.shape import cast

__tape__ = True


# ------------------------------------------------------------- functions along axes


def joined(results: Sequence[Any]) -> Any:
    """Stack results, variables or not, in the dtype of the first, as NumPy's own loops do."""
    results = [stacked(r) for r in results]
    dtype = dtype_of(results[0])
    return np.stack([r if dtype_of(r) == dtype else cast(r, dtype) for r in results])


@composite(np.apply_along_axis)
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """Return what a function makes of each one-dimensional slice along an axis."""
    n = np.ndim(arr)
    axis = np.lib.array_utils.normalize_axis_index(axis, n)
    moved = np.moveaxis(arr, axis, -1)
    outer = np.shape(moved)[:-1]
    places = list(np.ndindex(outer))
    if not places:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    results = [func1d(read(moved, (*place, ...)), *args, **kwargs) for place in places]
    found = joined(results)
    inner = np.shape(found)[1:]
    found = np.reshape(found, (*outer, *inner))
    return np.moveaxis(found, range(len(outer), len(outer) + len(inner)), range(axis, axis + len(inner)))


@composite(np.apply_over_axes)
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """Return what a function of an array and an axis makes of it, axis after axis, the axes kept."""
    n = np.ndim(a)
    for axis in np.ravel(axes):
        k = int(axis) + n if axis < 0 else int(axis)
        found = func(a, k)
        if np.ndim(found) != np.ndim(a):
            found = np.expand_dims(found, k)
            if np.ndim(found) != np.ndim(a):
                raise ValueError("function is not returning an array of the correct shape")
        a = found
    return a


@composite(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Return, where each condition holds, what its function makes of the elements there; the last that holds counts."""
    x = x if isinstance(x, Var) else np.asarray(x)
    conditions = condition_list(condlist, np.ndim(x))
    n, functions = len(conditions), len(funclist)
    if n == functions - 1:
        conditions.append(~np.any(np.stack(conditions), axis=0))
    elif n != functions:
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    dtype = dtype_of(x)
    found: Any = np.zeros(np.shape(x), dtype)
    for condition, func in zip(conditions, funclist, strict=True):
        value: Any = func
        if callable(func):
            there = read(x, condition)
            if np.size(there) == 0:
                continue
            value = func(there, *args, **kw)
        value = cast(value, dtype) if dtype_of(value) != dtype else value
        at = np.shape(condition)
        mask = np.reshape(condition, at + (1,) * (np.ndim(x) - len(at))) if len(at) < np.ndim(x) else condition
        if np.ndim(value):
            number = int(np.count_nonzero(condition.value if isinstance(condition, Var) else condition))
            part = (number, *np.shape(x)[len(at) :])
            value = value if np.shape(value) == part else np.broadcast_to(value, part)
            value = scatter(value, condition, key=FIRST, shape=np.shape(x))
        found = np.where(mask, value, found)
    return found


def condition_list(given: Any, ndim: int) -> list[Any]:
    """Return the conditions of np.piecewise as a list of arrays of booleans, a single one as a list of one."""
    listed = isinstance(given, (list, tuple)) or np.ndim(given) > 0
    if not listed or (ndim and np.ndim(given[0]) == 0 and not isinstance(given[0], list)):
        given = [given]
    conditions = [
        np.stack(c) if isinstance(c, (list, tuple)) and any(isinstance(v, Var) for v in c) else c for c in given
    ]
    conditions = [c if isinstance(c, Var) else np.asarray(c) for c in conditions]
    return [c if dtype_of(c).kind == "b" else cast(c, bool) for c in conditions]


# ------------------------------------------------------------------ spaced numbers


@ours
def spaced(start: Any, stop: Any, *, num: int = 50, endpoint: bool = True, axis: int = 0) -> Any:
    """Return evenly spaced numbers from ``start`` to ``stop``, of floating-point type."""
    return np.linspace(start, stop, num, endpoint, axis=axis)


def part_of_stop(num: int, endpoint: bool, like: Any) -> Any:
    """Return which part of each number is ``stop``: the other part is ``start``."""
    dtype = np.finfo(dtype_of(like)).dtype
    return np.arange(num, dtype=dtype) / max(num - 1 if endpoint else num, 1)


def laid(t: Any, y: Any, parts: Any, axis: int) -> Any:
    """Return a tangent times each part, the parts along a new axis."""
    n = np.ndim(y)
    axis %= n
    outer = tuple(s for k, s in enumerate(np.shape(y)) if k != axis)
    return np.expand_dims(np.broadcast_to(t, outer), axis) * np.reshape(
        parts, [-1 if k == axis else 1 for k in range(n)]
    )


general(
    spaced,
    lambda g, y, a, b, *, num=50, endpoint=True, axis=0: np.matmul(
        np.moveaxis(g, axis, -1), 1 - part_of_stop(num, endpoint, g)
    ),
    lambda g, y, a, b, *, num=50, endpoint=True, axis=0: np.matmul(
        np.moveaxis(g, axis, -1), part_of_stop(num, endpoint, g)
    ),
    jvps=[
        lambda t, y, a, b, *, num=50, endpoint=True, axis=0: laid(t, y, 1 - part_of_stop(num, endpoint, t), axis),
        lambda t, y, a, b, *, num=50, endpoint=True, axis=0: laid(t, y, part_of_stop(num, endpoint, t), axis),
    ],
    keeps="",
    holomorphic=True,
)


def stacked(x: Any) -> Any:
    """Return a list as an array, and a list of variables as one variable."""
    if isinstance(x, (list, tuple)):
        return np.stack(x) if any(isinstance(v, Var) for v in x) else np.asarray(x)
    return x


@composite(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    """Return evenly spaced numbers, differentiable in both end points."""
    num = operator.index(num)
    start, stop = stacked(start), stacked(stop)
    found = spaced(start, stop, num=num, endpoint=endpoint, axis=axis)
    if dtype is not None and dtype_of(found) != dtype:
        found = cast(np.floor(found) if np.issubdtype(dtype, np.integer) else found, dtype)
    if not retstep:
        return found
    intervals = num - 1 if endpoint else num
    step = (stop - start) / intervals if intervals > 0 else np.nan
    return found, step


@composite(np.logspace)
def logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return numbers whose logarithms are evenly spaced, differentiable in both exponents and in the base."""
    start, stop, base = stacked(start), stacked(stop), stacked(base)
    if np.ndim(base):
        n = max(np.ndim(x) for x in (start, stop, base))
        start, stop, base = (np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x)) for x in (start, stop, base))
        base = np.expand_dims(base, axis)
    found = np.power(base, linspace(start, stop, num, endpoint, axis=axis))
    return found if dtype is None or dtype_of(found) == dtype else cast(found, dtype)


@composite(np.geomspace)
def geomspace(start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """Return numbers each of which is a fixed multiple of the one before, differentiable in both end points."""
    num = operator.index(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    start, stop = (x if isinstance(x, Var) else np.asarray(x) for x in (stacked(start), stacked(stop)))
    if bool(np.any(np.equal(start, 0))) or bool(np.any(np.equal(stop, 0))):
        raise ValueError("Geometric sequence cannot include zero")
    given = dtype
    dtype = np.result_type(start, stop, float(num), np.zeros(1, dtype))
    start, stop = (cast(x, dtype) if dtype_of(x) != dtype else x for x in (start, stop))
    outer = np.broadcast_shapes(np.shape(start), np.shape(stop))
    start, stop = np.broadcast_to(start, outer), np.broadcast_to(stop, outer)
    sign = np.sign(start)
    start, stop = start / sign, stop / sign
    found = logspace(np.log10(start), np.log10(stop), num, endpoint, base=10.0, dtype=dtype)
    if num > 0:  # the end points are what was given, to the last digit
        pieces = [start[None], found[1:-1], stop[None]] if num > 1 and endpoint else [start[None], found[1:]]
        found = np.concatenate(pieces)
    found = found * sign
    found = np.moveaxis(found, 0, axis) if axis else found
    return cast(found, given) if given is not None and dtype_of(found) != given else found
