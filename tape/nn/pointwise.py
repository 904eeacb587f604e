"""Declare an elementwise function of ours in one stroke: the function, and its derivative in the decorator."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tape import record, rule, var

__tape__ = True

ndarray, float64 = np.ndarray, np.float64
F8, F4 = np.dtype(np.float64), np.dtype(np.float32)
getframe = sys._getframe
new, Var = object.__new__, var.Var


def pointwise(*partials: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make an elementwise primitive of a NumPy function of ours, given its partials (decorator).

    A call on one variable and without options is written down in the short form that the sweep reads fastest, as
    NumPy's own functions of one argument are.
    """

    def declare(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def primitive(x: Any, *rest: Any, **options: Any) -> Any:
            if type(x) is not Var:
                if rest and any(type(a) is Var for a in rest):
                    return var.call(primitive, (x, *rest), options, getframe(1))
                return fn(x, *rest, **options)
            if rest or options or not short:
                return var.call(primitive, (x, *rest), options, getframe(1))
            t, primal = x._tape, x._value
            value = fn(primal)
            if type(primal) is ndarray:
                if (dtype := primal.dtype) is not F8 and dtype is not F4:
                    return var.call(primitive, (x,), options, getframe(1))
            elif type(value) is not float64:
                return var.call(primitive, (x,), options, getframe(1))
            log = t._log
            v = new(Var)
            v._tape, v._index, v._value = t, len(log), value
            if t._keep:
                log.append((number, x._index, primal, value, record.instruction(t, getframe(1))))
            else:
                log.append((number, x._index, primal if saves else None, value if saves_y else None, -1))
            return v

        row = rule.elementwise(primitive, *partials)
        short = len(partials) == 1
        number, saves, saves_y = row.plain.id, row.saves0, row.saves_y
        return primitive

    return declare
