"""Ufuncs' methods: ``reduce``, ``accumulate``, ``reduceat`` and ``outer`` of every ufunc of two arguments.

Sums, products and extremes have rows. All other ufuncs go step by step along the axis, as NumPy does, one entry a step.
NumPy's result is compared with what the steps come to: on some processors NumPy 2 reduces ``power`` and ``arctan2``
wrongly, skipping steps, and such a result is refused, for it has no derivative that anybody means.
``at``, which writes into its first argument, is in :mod:`tape.rules.writing`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.errors import DegenerateError
from tape.primitive import ours
from tape.record import Var
from tape.rule import COMPOSITE, general, linear, zero
from tape.rules.asides import asked, choosing
from tape.rules.cumulative import earlier, recurrence
from tape.rules.reductions import axes_of, computed_in, expand, extreme, extreme_tangent, given, tie_shares
from tape.rules.special import exponential_shares

__tape__ = True


def named(ufunc: Any, method: str) -> str:
    """Return how a message names a method."""
    return f"np.{ufunc.__name__}.{method}"


def binary(ufunc: Any, method: str) -> None:
    """Refuse ufuncs that aren't of two arguments and one result, as NumPy does."""
    if ufunc.nin != 2 or ufunc.nout != 1:
        raise ValueError(f"{named(ufunc, method)}: only binary functions with one result can go along an axis")
    if ufunc.signature is not None:
        raise RuntimeError(f"{named(ufunc, method)}: a function of whole arrays doesn't go along an axis")


# ------------------------------------------------------------------- rows for extremes


@ours
def fmax_reduce(x: Any, *, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Return ``np.fmax.reduce``: the maximum of what isn't NaN, without a word if all are."""
    return np.fmax.reduce(x, axis=axis, keepdims=keepdims, where=where, **given(initial=initial))


@ours
def fmin_reduce(x: Any, *, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Return ``np.fmin.reduce``: the minimum of what isn't NaN, without a word if all are."""
    return np.fmin.reduce(x, axis=axis, keepdims=keepdims, where=where, **given(initial=initial))


for _fn, _lowest, _join in ((fmax_reduce, -np.inf, np.fmax), (fmin_reduce, np.inf, np.fmin)):
    _row = general(_fn, extreme, jvps=[extreme_tangent])
    _row.aside = asked(choosing(_fn, _lowest, _join), _row.params)


@ours
def log_sum(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Return ``np.logaddexp.reduce``: the logarithm of the sum of exponentials."""
    return np.logaddexp.reduce(x, axis=axis, keepdims=keepdims)


@ours
def infinite_shares(x: Any, y: Any, *, axis: Any = None) -> Any:
    """Return the shares of elements of which one is infinite: none where the sum is of nothing."""
    return np.where(y == np.inf, tie_shares(x, y, axis=axis), 0)


zero(infinite_shares, arrays=2)


def log_sum_shares(x: Any, y: Any, axis: Any) -> Any:
    """Return the share of each element in a logarithm of a sum of exponentials (its axes kept)."""
    infinite = np.isinf(y)
    if not np.any(infinite.value if isinstance(infinite, Var) else infinite):
        return exponential_shares(x, axis=axis)
    finite = exponential_shares(np.where(infinite, 0, x), axis=axis)
    return np.where(infinite, infinite_shares(x, y, axis=axis), finite)


general(
    log_sum,
    lambda g, y, x, *, axis=None, keepdims=False: (
        expand(g, x, axis, keepdims) * log_sum_shares(x, expand(y, x, axis, keepdims), axis)
    ),
    jvps=[
        lambda t, y, x, *, axis=None, keepdims=False: np.sum(
            t * log_sum_shares(x, expand(y, x, axis, keepdims), axis), axis=axis, keepdims=keepdims
        )
    ],
)


# ------------------------------------------------------------------- running extremes


@ours
def running_maximum(x: Any) -> Any:
    """Return the largest element so far, along the last axis."""
    return np.maximum.accumulate(x, axis=-1)


@ours
def running_minimum(x: Any) -> Any:
    """Return the smallest element so far, along the last axis."""
    return np.minimum.accumulate(x, axis=-1)


@ours
def running_fmax(x: Any) -> Any:
    """Return the largest element so far that isn't NaN, along the last axis."""
    return np.fmax.accumulate(x, axis=-1)


@ours
def running_fmin(x: Any) -> Any:
    """Return the smallest element so far that isn't NaN, along the last axis."""
    return np.fmin.accumulate(x, axis=-1)


@ours
def stays(y: Any) -> Any:
    """Return 1 where a running extreme is the one before it, else 0."""
    same = (y[..., 1:] == y[..., :-1]) | (np.isnan(y[..., 1:]) & np.isnan(y[..., :-1]))
    return np.concatenate([np.zeros(y[..., :1].shape, bool), same], axis=-1).astype(y.dtype)


@ours
def reached(x: Any, y: Any, *, nan: bool = False) -> Any:
    """Return 1 for each element that equals the running extreme at its place, else 0; is NaN NaN's equal?"""
    equal = x == y
    return (equal | (np.isnan(x) & np.isnan(y)) if nan else equal).astype(y.dtype)


zero(stays)
zero(reached, arrays=2)


def running(g: Any, equal: Any, same: Any) -> Any:
    """Return, for each element that leads, its share in the extremes from there on, shared evenly with its equals."""
    number = np.maximum(recurrence(same, equal), 1)
    return equal * recurrence(earlier(same, reverse=True), g / number, reverse=True)


def running_tangent(t: Any, equal: Any, same: Any) -> Any:
    """Return the mean tangent of the elements so far that lead."""
    return recurrence(same, t * equal) / np.maximum(recurrence(same, equal), 1)


RUNNING = {
    np.maximum: running_maximum,
    np.minimum: running_minimum,
    np.fmax: running_fmax,
    np.fmin: running_fmin,
}
for _fn in (running_maximum, running_minimum):
    general(
        _fn,
        lambda g, y, x: running(g, reached(x, y, nan=True), stays(y)),
        jvps=[lambda t, y, x: running_tangent(t, reached(x, y, nan=True), stays(y))],
    )
for _fn in (running_fmax, running_fmin):  # NaN has no part in them
    general(
        _fn,
        lambda g, y, x: running(g, reached(x, y), stays(y)),
        jvps=[lambda t, y, x: running_tangent(t, reached(x, y), stays(y))],
    )


# ----------------------------------------------------------------------- sums by slices


def slices(indices: Any, n: int) -> list[tuple[int, int]]:
    """Return the slices that ``reduceat`` reduces: from each index to the next, or one element where that isn't on."""
    starts = [int(k) for k in indices]
    if any(not 0 <= k < n for k in starts):
        raise IndexError(f"reduceat: indices {starts} are out of bounds of an axis of length {n}")
    return [(a, b if b > a else a + 1) for a, b in zip(starts, [*starts[1:], n], strict=False)]


@ours
def slice_sums(x: Any, *, indices: Any) -> Any:
    """Return ``np.add.reduceat`` along the last axis."""
    return np.add.reduceat(x, indices, axis=-1)


@ours
def slice_spread(g: Any, *, indices: Any, n: int) -> Any:
    """Give each element what the slices got that it is in: the transpose of :func:`slice_sums`."""
    out = np.zeros((*g.shape[:-1], n), g.dtype)
    for k, (a, b) in enumerate(slices(indices, n)):
        out[..., a:b] += g[..., k, None]
    return out


linear(slice_sums, lambda g, y, x, *, indices: slice_spread(g, indices=indices, n=np.shape(x)[-1]), keeps="")
linear(slice_spread, lambda g, y, x, *, indices, n: slice_sums(g, indices=indices), keeps="")


# ---------------------------------------------------------------- along an axis, by steps

ROWS: dict[Any, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.fmax: fmax_reduce,
    np.fmin: fmin_reduce,
    np.logaddexp: log_sum,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
"""What reduces as a ufunc does, in one entry."""

ORDERED = frozenset([np.subtract, np.divide, np.power, np.float_power, np.floor_divide, np.remainder, np.fmod])
"""Ufuncs that NumPy reduces along one axis at a time only, since the order counts."""


def reduce(
    ufunc: Any,
    x: Any,
    axis: Any = 0,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Return ``ufunc.reduce``."""
    binary(ufunc, "reduce")
    fn = ROWS.get(ufunc)
    if ufunc is np.logaddexp and not (initial is None and where is True and dtype is None):
        fn = None
    if fn is not None:
        if ufunc not in (np.add, np.multiply):
            x, dtype = computed_in(x, dtype), None
        if ufunc in (np.logical_and, np.logical_or) and initial is not None:
            fn = None
        else:
            chosen = {} if where is True else {"where": where}
            return fn(x, axis=axis, keepdims=keepdims, **given(dtype=dtype, initial=initial), **chosen)
    x = computed_in(x, dtype)
    found = fold(ufunc, x, axis, keepdims, initial, where)
    chosen = {} if where is True else {"where": plain(where)}
    return checked(
        named(ufunc, "reduce"),
        found,
        ufunc.reduce(plain(x), axis=axis, keepdims=keepdims, **given(initial=plain(initial)), **chosen),
        np.size(x),
    )


def plain(x: Any) -> Any:
    """Return a value without its place on a tape."""
    return x.value if isinstance(x, Var) else x


def checked(name: str, found: Any, theirs: Any, steps: int) -> Any:
    """Return what the steps came to, if that is what NumPy's method gives, to within a rounding at each of them."""
    ours = np.asarray(plain(found))
    if ours.dtype.kind not in "fc":
        return found
    near = (64 + steps) * np.finfo(ours.dtype).eps
    if np.allclose(ours, theirs, rtol=near, atol=near, equal_nan=True):
        return found
    raise DegenerateError(
        f"{name} of NumPy {np.__version__} gives {np.ravel(theirs)[:3]}... here, and the function taken step by step"
        f" {ours.ravel()[:3]}...: a fault of its vector loops."
        f" {name.rpartition('.')[0]}.accumulate(x, axis), whose last element is meant, is right"
    )


def fold(ufunc: Any, x: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """Return what a ufunc comes to, step by step along axes."""
    shape = np.shape(x)
    axes = axes_of(axis, len(shape))
    if len(axes) > 1 and ufunc in ORDERED:
        raise ValueError(
            f"reduction operation '{ufunc.__name__}' is not reorderable, so at most one axis may be specified"
        )
    if where is not True:
        if initial is None:
            raise ValueError(
                f"{named(ufunc, 'reduce')}(where=) has to be given initial=, since it may be that none counts"
            )
        where = np.moveaxis(np.broadcast_to(where, shape), axes, range(len(axes)))
    rows = np.moveaxis(x, axes, range(len(axes)))
    found = initial
    for k in np.ndindex(np.shape(rows)[: len(axes)]):
        if found is None:
            found = rows[k]
        elif where is True:
            found = ufunc(found, rows[k])
        else:
            found = np.where(where[k], ufunc(found, rows[k]), found)
    if found is None:
        if ufunc.identity is None:
            raise ValueError(f"zero-size array to reduction operation {ufunc.__name__} which has no identity")
        found = np.full(np.shape(rows)[len(axes) :], ufunc.identity, dtype_of(x))
    kept = tuple(1 if k in axes else n for k, n in enumerate(shape))
    short = tuple(n for k, n in enumerate(shape) if k not in axes)
    if np.shape(found) != short:
        found = np.broadcast_to(found, short)
    return np.reshape(found, kept) if keepdims else found


def accumulate(ufunc: Any, x: Any, axis: Any = 0, dtype: Any = None) -> Any:
    """Return ``ufunc.accumulate``."""
    binary(ufunc, "accumulate")
    if np.ndim(x) == 0:
        raise TypeError("cannot accumulate on a scalar")
    if ufunc is np.add or ufunc is np.multiply:
        return (np.cumsum if ufunc is np.add else np.cumprod)(x, axis=axis, **given(dtype=dtype))
    x = computed_in(x, dtype)
    if ufunc in RUNNING and dtype_of(x).kind == "f":
        return np.moveaxis(RUNNING[ufunc](np.moveaxis(x, axis, -1)), -1, axis)
    rows = np.moveaxis(x, axis, 0)
    steps: list[Any] = []
    for k in range(len(rows)):
        steps.append(ufunc(steps[-1], rows[k]) if steps else rows[k])
    return np.stack(steps, axis=axis) if steps else x


def reduceat(ufunc: Any, x: Any, indices: Any, axis: Any = 0, dtype: Any = None) -> Any:
    """Return ``ufunc.reduceat``."""
    binary(ufunc, "reduceat")
    x = computed_in(x, dtype)
    indices = np.asarray(indices.value if isinstance(indices, Var) else indices)
    rows = np.moveaxis(x, axis, -1)
    spans = slices(indices, np.shape(rows)[-1])
    if ufunc is np.add and dtype_of(x).kind in "fc":
        return np.moveaxis(slice_sums(rows, indices=indices), -1, axis)
    if not spans:
        return np.moveaxis(rows[..., :0], -1, axis)
    parts = [
        reduce(ufunc, rows[..., a:b], axis=-1) if ufunc in ROWS else fold(ufunc, rows[..., a:b], -1, False, None, True)
        for a, b in spans
    ]
    return checked(
        named(ufunc, "reduceat"), np.stack(parts, axis=axis), ufunc.reduceat(plain(x), indices, axis=axis), np.size(x)
    )


def outer(ufunc: Any, a: Any, b: Any, /, **options: Any) -> Any:
    """Return ``ufunc.outer``: every element of the one with every element of the other."""
    if ufunc.nin != 2 or ufunc.signature is not None:
        raise ValueError(f"{named(ufunc, 'outer')}: only functions of two arguments, element by element, have it")
    return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b, **options)


def method(program: Callable[..., Any]) -> Callable[[Any], Callable[..., Any]]:
    """Return what makes the program of a ufunc's method."""

    def made(ufunc: Any) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            return program(ufunc, *args, **options)

        return call

    return made


for _name, _program in {"reduce": reduce, "accumulate": accumulate, "reduceat": reduceat, "outer": outer}.items():
    COMPOSITE[np.ufunc, _name] = method(_program)
