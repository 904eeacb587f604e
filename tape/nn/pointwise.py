"""Declare an elementwise function of ours in one stroke: the function, and its derivative in the decorator."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tape import record, rule, var
from tape.errors import InputTypeError

__tape__ = True

ndarray, float64 = np.ndarray, np.float64
F8, F4 = np.dtype(np.float64), np.dtype(np.float32)
getframe = sys._getframe
Var = var.Var


def real(x: Any, name: str) -> None:
    """Refuse complex numbers, of which comparisons and absolute values would make something else than is meant."""
    if type(x) is complex or (hasattr(x, "dtype") and x.dtype.kind == "c"):
        raise InputTypeError(f"{name} is a function of real numbers: it was given complex ones, of shape {np.shape(x)}")


def pointwise(*partials: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make an elementwise primitive of a NumPy function of ours, given its partials (decorator).

    A call on one variable and without options is written down in the short form that the sweep reads fastest, as
    NumPy's own functions of one argument are.
    """

    def declare(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def primitive(x: Any, *rest: Any, **options: Any) -> Any:
            if type(x) is not Var:
                real(x, name)
                if rest and any(type(a) is Var for a in rest):
                    return var.call(primitive, (x, *rest), options, getframe(1))
                return fn(x, *rest, **options)
            t, primal = x._tape, x._value
            if type(primal) is ndarray:
                fast = (dtype := primal.dtype) is F8 or dtype is F4
            else:
                fast = type(primal) is float or type(primal) is float64
            if rest or options or not short or not fast:
                real(primal, name)
                return var.call(primitive, (x, *rest), options, getframe(1))
            value = fn(primal)
            log = t._log
            v = Var()
            v._tape, v._index, v._value = t, len(log), value
            if t._keep:
                log.append((number, x._index, primal, value, record.instruction(t, getframe(1))))
            else:
                log.append((number, x._index, primal if saves else None, value if saves_y else None, -1))
            return v

        row = rule.elementwise(primitive, *partials)
        short = len(partials) == 1
        number, saves, saves_y, name = row.plain.id, row.saves0, row.saves_y, fn.__name__
        return primitive

    return declare
