"""Reductions whose options are themselves variables: a mask computed on the tape, a mean, what a sum starts from.

The rows take options as they are, constants. A call with a variable among them is recorded as a program that has the
variable as an argument, so that derivatives flow through it, and a replay with other inputs computes it anew. So is a
call whose ``dtype=`` is one of integers: the cast comes first, and its derivative is zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.record import Var
from tape.rule import TABLE
from tape.rules import cumulative, reductions, spreads  # noqa: F401  # pyright: ignore[reportUnusedImport]  their rows
from tape.rules.reductions import computed_in, count, counting, given, refuse_out

__tape__ = True

NO: Any = np._NoValue  # type: ignore[attr-defined]  # how NumPy's signatures say "not given"

ARGUMENTS = frozenset(["where", "initial", "mean"])
WATCHED = ARGUMENTS | {"dtype"}


def asked(program: Callable[..., Any], names: tuple[str, ...]) -> Callable[..., Any]:
    """Return what decides whether a call is the program's, by NumPy's names of the parameters."""
    first = names[0]
    place = names.index("dtype") if "dtype" in names else 0

    def aside(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if len(args) < 3 and (not kwargs or WATCHED.isdisjoint(kwargs)):
            return None
        if len(args) > 2:
            for name, value in zip(names, args, strict=False):
                if name in ARGUMENTS and type(value) is Var:
                    return program
            if place and len(args) > place and integers(args[0], args[place]):
                return program
        for name in kwargs:
            if name in ARGUMENTS:
                if type(kwargs[name]) is Var:
                    return program
            elif name == "dtype" and integers(args[0] if args else kwargs[first], kwargs[name]):
                return program
        return None

    return aside


def integers(x: Any, dtype: Any) -> bool:
    """Tell whether numbers with a derivative are to be reduced as others, which have none."""
    return dtype is not None and np.dtype(dtype).kind not in "fc" and dtype_of(x).kind in "fc"


def folded(fn: Any, fill: float, join: Any) -> Callable[..., Any]:
    """Return the program of a reduction: what doesn't count becomes ``fill``; what it starts from joins at the end."""
    extreme = join in (np.maximum, np.minimum, np.fmax, np.fmin)

    def program(a: Any, axis: Any, dtype: Any, out: Any, keepdims: Any, initial: Any, where: Any) -> Any:
        refuse_out(f"np.{fn.__name__}", out)
        a = computed_in(a, dtype)
        options: dict[str, Any] = {"axis": axis, "keepdims": keepdims is True}
        if dtype is not None and dtype_of(a).kind not in "fc":  # in which the sum, too, is computed
            options["dtype"] = dtype
        started = initial is not None and initial is not NO
        filler: Any = fill
        if type(where) is Var:
            if extreme and not started:
                raise ValueError(f"np.{fn.__name__}(where=) has to be given initial=, since it may be that none counts")
            if extreme and dtype_of(a).kind not in "fc":
                filler = initial
            a = np.where(np.broadcast_to(where, np.shape(a)), a, filler)
        elif where is not True and where is not NO:
            options["where"] = where
        if type(initial) is not Var:
            return fn(a, **options, **({"initial": initial} if started else {}))
        found = fn(a, **options, **({"initial": fill} if extreme else {}))
        return join(found, computed_in(initial, dtype_of(found)))

    return program


def summing(fn: Any, fill: float, join: Any) -> Callable[..., Any]:
    """Return the program of a sum or product, with NumPy's signature."""
    program = folded(fn, fill, join)

    def named(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        return program(a, axis, dtype, out, keepdims, initial, where)

    return named


def choosing(fn: Any, fill: float, join: Any) -> Callable[..., Any]:
    """Return the program of an extreme, with NumPy's signature."""
    program = folded(fn, fill, join)

    def named(
        a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True
    ) -> Any:
        return program(a, axis, None, out, keepdims, initial, where)

    return named


def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True
) -> Any:
    """Return the mean of the elements where a condition holds, which is a variable."""
    refuse_out("np.mean", out)
    a, keepdims = computed_in(a, dtype), keepdims is True
    if type(where) is not Var:
        return np.mean(a, axis=axis, dtype=dtype, keepdims=keepdims, where=True if where is NO else where)
    where = np.broadcast_to(where, np.shape(a))
    total = np.sum(np.where(where, a, 0), axis=axis, keepdims=keepdims)
    return total / np.sum(where, axis=axis, keepdims=keepdims, dtype=counting(total))


def spread(fn: Any, nan: bool) -> Callable[..., Any]:
    """Return the program of a variance (or a standard deviation): of deviations from a mean that is a variable."""
    root = fn in (np.std, np.nanstd)

    def program(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: Any = 0,
        keepdims: Any = False,
        *,
        where: Any = True,
        mean: Any = None,
        correction: Any = None,
    ) -> Any:
        refuse_out(f"np.{fn.__name__}", out)
        if dtype is not None and np.dtype(dtype).kind not in "fc":
            raise TypeError(f"np.{fn.__name__} of floats is of floats: dtype={np.dtype(dtype)}")
        a = computed_in(a, dtype)
        less = ddof if correction is None or correction is NO else correction
        where = True if where is NO else where
        if nan:
            where = np.logical_and(np.logical_not(np.isnan(a)), where)
        options: dict[str, Any] = {"axis": axis, "keepdims": keepdims is True}
        if dtype is not None and dtype_of(a).kind not in "fc":  # in which the sum, too, is computed
            options["dtype"] = dtype
        plain = np.std if root else np.var
        if where is True:
            return plain(a - mean, ddof=less, mean=0.0, **options)
        where = np.broadcast_to(where, np.shape(a))
        n = np.sum(where, axis=axis, keepdims=True, dtype=counting(a))
        a = np.where(where, a, 0)
        middle = np.sum(a, axis=axis, keepdims=True) / n if mean is None or mean is NO else mean
        found = plain(np.where(where, a - middle, 0), mean=0.0, **options)
        ratio = count(a, axis) / np.maximum(np.reshape(n, np.shape(found)) - less, 0)
        return found * (np.sqrt(ratio) if root else ratio)

    return program


def running(fn: Any) -> Callable[..., Any]:
    """Return the program of a running sum or product of integers."""

    def program(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        refuse_out(f"np.{fn.__name__}", out)
        return fn(computed_in(a, dtype), **given(axis=axis, dtype=dtype))

    return program


for _fn, _program in {
    np.sum: summing(np.sum, 0, np.add),
    np.prod: summing(np.prod, 1, np.multiply),
    np.max: choosing(np.max, -np.inf, np.maximum),
    np.amax: choosing(np.amax, -np.inf, np.maximum),
    np.nanmax: choosing(np.nanmax, -np.inf, np.fmax),
    np.min: choosing(np.min, np.inf, np.minimum),
    np.amin: choosing(np.amin, np.inf, np.minimum),
    np.nanmin: choosing(np.nanmin, np.inf, np.fmin),
    np.mean: mean,
    np.var: spread(np.var, nan=False),
    np.std: spread(np.std, nan=False),
    np.nanvar: spread(np.nanvar, nan=True),
    np.nanstd: spread(np.nanstd, nan=True),
    np.cumsum: running(np.cumsum),
    np.cumprod: running(np.cumprod),
}.items():
    TABLE[_fn].aside = asked(_program, TABLE[_fn].params)
