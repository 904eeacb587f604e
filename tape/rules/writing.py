"""Writing: NumPy's functions that change their argument, and those that make an array to be filled.

Each computes what its argument is afterwards, by functions that have rules, and writes that (:mod:`tape.views`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tape import var
from tape.context import current
from tape.entry import dtype_of
from tape.errors import OptionError
from tape.record import Tape, Var, enter
from tape.rule import COMPOSITE, composite, qualified
from tape.rules.assigning import CONSTANT, add_at, assign, plain
from tape.rules.indexing import FIRST, read, split
from tape.rules.shape import cast
from tape.views import buffer_of, check_result, holds_variables, misplaced, replace, stacked, store, writable

__tape__ = True

getframe = sys._getframe


def target(name: str, a: Any) -> Any:
    """Check that what is written into is a variable that may be, and return its value."""
    if type(a) is not Var:
        raise misplaced(name, a)
    return writable(a)


def listed(values: Any) -> Any:
    """Return what is given as nested lists, or as an array, as one array or variable."""
    return stacked(values) if holds_variables(values) and type(values) is not Var else values


def cycled(values: Any, n: int) -> Any:
    """Return ``n`` values, repeated in order as often as needed."""
    values = np.ravel(listed(values))
    return values[np.arange(n) % int(np.size(plain(values)))]


# ----------------------------------------------------------------- into an argument


@composite(np.put)
def _put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    value = target("np.put", a)
    where = ind if type(ind) is Var else np.asarray(ind)
    where = np.ravel(where) if np.size(plain(where)) else np.zeros(0, np.intp)
    if mode == "wrap":
        where = np.remainder(where, value.size)
    elif mode == "clip":
        where = np.clip(where, 0, value.size - 1)
    elif mode != "raise":
        raise ValueError(f"mode={mode!r}: it is 'raise', 'wrap' or 'clip'")
    n = int(np.size(plain(where)))
    if n and np.size(plain(listed(v))):
        flat = assign(np.reshape(a, (-1,)), cycled(v, n), where, key=FIRST)
        replace(a, np.reshape(flat, value.shape), getframe(1))


@composite(np.place)
def _place(arr: Any, mask: Any, vals: Any) -> None:
    value = target("np.place", arr)
    if np.size(plain(mask)) != value.size:
        raise ValueError("place: mask and data must be the same size")
    here = np.reshape(mask if type(mask) is Var else np.asarray(mask), value.shape)
    here = here if dtype_of(plain(here)).kind == "b" else np.not_equal(here, 0)
    n = int(np.count_nonzero(plain(here)))
    if n:
        if not np.size(plain(listed(vals))):
            raise ValueError("Cannot insert from an empty array!")
        store(arr, here, cycled(vals, n), getframe(1))


@composite(np.putmask)
def _putmask(a: Any, mask: Any, values: Any) -> None:
    value = target("np.putmask", a)
    if np.size(plain(mask)) != value.size:
        raise ValueError("putmask: mask and data must be the same size")
    here = np.reshape(mask if type(mask) is Var else np.asarray(mask), value.shape)
    here = here if dtype_of(plain(here)).kind == "b" else np.not_equal(here, 0)
    if np.size(plain(listed(values))):
        store(a, here, read(np.reshape(cycled(values, value.size), value.shape), here), getframe(1))


@composite(np.copyto)
def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    value, src = target("np.copyto", dst), listed(src)
    if not (type(src) in (int, float, complex) and np.can_cast(np.result_type(value, src), value.dtype, casting)):  # type: ignore[arg-type]
        check_result(value, np.zeros(value.shape, dtype_of(plain(src))), "copyto", casting)
    if where is True:
        store(dst, ..., src, getframe(1))
        return
    here = np.broadcast_to(where, value.shape)
    store(dst, here, read(np.broadcast_to(src, value.shape), here), getframe(1))


@composite(np.fill_diagonal)
def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    value = target("np.fill_diagonal", a)
    if value.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if value.ndim > 2 and len(set(value.shape)) > 1:
        raise ValueError("All dimensions of input must be of equal length")
    step = 1 + int(np.sum(np.cumprod(value.shape[:-1]))) if value.ndim > 2 else value.shape[1] + 1
    stop = None if value.ndim > 2 or wrap else value.shape[1] * value.shape[1]
    where = np.arange(value.size)[:stop:step]
    index = np.unravel_index(where, value.shape)
    if len(where):
        store(a, tuple(index), cycled(val, len(where)), getframe(1))


@composite(np.put_along_axis)
def _put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    value = target("np.put_along_axis", arr)
    if axis is None:
        if np.ndim(plain(indices)) != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        flat = assign(np.reshape(arr, (-1,)), listed(values), *split(indices)[1], key=FIRST)
        replace(arr, np.reshape(flat, value.shape), getframe(1))
        return
    shape, n = np.shape(plain(indices)), value.ndim
    if not -n <= axis < n:
        raise np.exceptions.AxisError(axis, n)
    if len(shape) != n:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    axis %= n
    key = [
        indices if k == axis else np.arange(value.shape[k]).reshape([-1 if j == k else 1 for j in range(n)])
        for k in range(n)
    ]
    store(arr, tuple(key), listed(values), getframe(1))


# -------------------------------------------------------------------------- ufunc.at


def rounds(arrays: list[Any], key: Any, shape: tuple[int, ...]) -> Any:
    """Return, for each place that a key points to, how many times it pointed to the same element before."""
    from tape.rules.indexing import filled

    at = np.arange(int(np.prod(shape))).reshape(shape)[filled(key, [plain(a) for a in arrays])]
    flat = np.ravel(at)
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    first = np.searchsorted(ordered, ordered)
    nth = np.empty(flat.size, np.intp)
    nth[order] = np.arange(flat.size) - first
    return nth.reshape(np.shape(at))


def at(ufunc: np.ufunc) -> Callable[..., None]:
    """Return what stands in for ``ufunc.at``: the function applied where a key points, again each time that it does."""

    def program(a: Any, indices: Any, *b: Any) -> None:
        value = target(f"{qualified(ufunc)}.at", a)
        if len(b) != ufunc.nin - 1:
            raise ValueError(f"{qualified(ufunc)}.at takes {ufunc.nin + 1} arguments, {len(b) + 2} were given")
        b = tuple(listed(v) for v in b)
        frame = getframe(1)
        key, arrays = split(indices)
        if ufunc is np.add and arrays:
            check_result(value, np.zeros(value.shape, np.result_type(value, *map(plain, b))), ufunc.__name__)
            replace(a, add_at(a, *b, *arrays, key=key), frame, fresh=True)
            return
        nth = rounds(arrays, key, value.shape)
        many = int(nth.max(initial=0)) + 1
        if many == 1:
            part = a[indices]
            made = ufunc(part, *b)
            check_result(value, np.zeros(value.shape, dtype_of(plain(made))), ufunc.__name__)
            store(a, indices, made, frame)
            return
        places = np.unravel_index(np.arange(value.size), value.shape)
        positions = np.arange(value.size).reshape(value.shape)[_full(indices, arrays, key)]
        spread = [np.broadcast_to(v, nth.shape) for v in b]
        for k in range(many):
            here = nth == k
            there = tuple(p[positions[here]] for p in places)
            store(a, there, ufunc(a[there], *(v[here] for v in spread)), frame)

    return program


def _full(indices: Any, arrays: list[Any], key: Any) -> Any:
    from tape.rules.indexing import filled

    if any(type(v) is Var for v in arrays):
        raise OptionError("a ufunc's at takes no recorded positions that repeat: take their .value")
    return filled(key, arrays)


COMPOSITE[np.ufunc, "at"] = at


# --------------------------------------------------------------------------- copies


def fresh(program: Callable[..., Any]) -> Callable[..., Any]:
    """Let a program of views end with a copy, where NumPy's function gives a new array."""

    def copying(*args: Any, **options: Any) -> Any:
        found = program(*args, **options)
        if options.get("copy") is False:
            return found
        return type(found)(map(unshared, found)) if type(found) in (tuple, list) else unshared(found)

    return copying


def unshared(x: Any) -> Any:
    """Return a copy of a variable that is a view."""
    if type(x) is not Var or type(x._value) is not np.ndarray or x._value.base is None:
        return x
    return x if x._value.flags.writeable and buffer_of(x) is None else np.copy(x)


for _fn in (np.tile, np.full_like, np.resize, np.take, np.compress, np.extract, np.choose, np.select, np.meshgrid):
    COMPOSITE[_fn] = fresh(COMPOSITE[_fn])


# --------------------------------------------------------------------- constructors


def buffer(t: Tape, value: Any, frame: Any) -> Var:
    """Return an array as a variable: nothing flows into it, and it takes variables."""
    return enter(t, CONSTANT, (-1,), [value], {}, value, frame)


def zeros(shape: Any, dtype: Any = float, order: Any = "C") -> Any:
    """Return zeros that variables can be written into: a variable on the current tape. See :func:`numpy.zeros`.

    Where nothing is being recorded, an ordinary array, so that a function runs on arrays as it is.

    Examples
    --------
    >>> import numpy as np, tape
    >>> def squares(x):
    ...     out = tape.zeros(3)
    ...     for k in range(3):
    ...         out[k] = x[k] ** 2
    ...     return np.sum(out)
    >>> tape.grad(squares)(np.array([1.0, 2.0, 3.0]))
    array([2., 4., 6.])
    """
    return made(np.zeros(shape, dtype, order), getframe(1))


def ones(shape: Any, dtype: Any = None, order: Any = "C") -> Any:
    """Return ones that variables can be written into. See :func:`zeros`."""
    return made(np.ones(shape, dtype, order), getframe(1))


def empty(shape: Any, dtype: Any = float, order: Any = "C") -> Any:
    """Return an array that variables can be written into, of zeros until then. See :func:`zeros`."""
    return made(np.zeros(shape, dtype, order), getframe(1))


def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C") -> Any:
    """Return an array of one value, which may be a variable, that variables can be written into. See :func:`zeros`."""
    if holds_variables(fill_value):
        return spread(fill_value, shape, dtype, order)
    return made(np.full(shape, fill_value, dtype, order), getframe(1))


def array(object: Any, dtype: Any = None, *, copy: bool = True, order: Any = "K", ndmin: int = 0) -> Any:
    """Return a new array of nested lists with variables among them, that variables can be written into.

    See :func:`zeros` and :func:`numpy.array`.
    """
    if not holds_variables(object):
        return made(np.array(object, dtype, copy=copy, order=order, ndmin=ndmin), getframe(1))
    found = np.copy(stacked(object)) if type(object) is Var else stacked(object)
    if dtype is not None and dtype_of(plain(found)) != np.dtype(dtype):
        found = cast(found, dtype)
    lead = ndmin - np.ndim(plain(found))
    return np.copy(np.reshape(found, (*[1] * lead, *np.shape(plain(found))))) if lead > 0 else found


def spread(value: Any, shape: Any, dtype: Any, order: Any) -> Any:
    """Return an array filled with a variable."""
    value = stacked(value)
    if dtype is not None and dtype_of(plain(value)) != np.dtype(dtype):
        value = cast(value, dtype)
    return np.copy(np.broadcast_to(value, shape), order="C" if order in (None, "K", "A") else order)


def made(value: Any, frame: Any) -> Any:
    """Return an array as a variable on the current tape, if there is one."""
    t = current()
    return value if t is None else buffer(t, value, frame)


def likened(fn: Any) -> Callable[..., Any]:
    """Return what stands in for ``fn(..., like=x)`` (NEP 35): the array that it makes, on the tape of ``x``."""
    converts = fn in (np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray)

    def program(t: Tape, frame: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if fn is np.full and (holds_variables(args[1:2]) or holds_variables(options.get("fill_value"))):
            return spread_of(*args, **options)
        if converts and args and holds_variables(args[0]):
            return converted(fn, *args, **options)
        return buffer(t, fn(*args, **options), frame)

    return program


def spread_of(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", device: Any = None) -> Any:
    """Return what np.full does of a variable."""
    return spread(fill_value, shape, dtype, order)


def converted(
    fn: Any, a: Any, dtype: Any = None, *, copy: bool | None = None, order: Any = None, ndmin: int = 0, **unknown: Any
) -> Any:
    """Return what np.array and np.asarray make of a variable, or of lists with variables among them."""
    if unknown or order not in (None, "K", "C", "A") or fn in (np.ascontiguousarray, np.asfortranarray):
        raise OptionError(f"np.{fn.__name__} of variables takes dtype=, copy= and ndmin=: use np.copy(x, order=)")
    same = type(a) is Var and (dtype is None or np.dtype(dtype) == a.dtype) and ndmin <= a.ndim
    return a if same and fn is not np.array and not copy else array(a, dtype, ndmin=ndmin)


for _fn in (np.zeros, np.ones, np.empty, np.full, np.array, np.asarray, np.asanyarray, np.ascontiguousarray):
    var.LIKE[_fn] = likened(_fn)
for _fn in (np.asfortranarray, np.arange, np.eye, np.identity, np.tri):
    var.LIKE[_fn] = likened(_fn)


def fillable(fn: Any) -> Callable[..., Any]:
    """Return what stands in for ``np.zeros_like(x)`` and its kin: a variable, to be written into.

    To rules, which are within this library, and of integers and booleans it is an ordinary array.
    """

    def program(t: Tape, frame: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        value = fn(*map(plain, args), **options)
        if "__tape__" in frame.f_globals or value.dtype.kind not in "fc":
            return value
        return buffer(t, value, frame)

    return program


for _fn in (np.zeros_like, np.ones_like, np.empty_like):
    var.LIKE[_fn] = fillable(_fn)
