"""Computing with plain arrays beside an open tape, which isn't to hear of it: solvers, derivatives within rules."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import numpy as np

from tape.context import STACK
from tape.record import Var

__tape__ = True


def held(x: Any) -> Any:
    """Return the value of what may be a variable, or a list of such."""
    if isinstance(x, (list, tuple)):
        return type(x)([held(one) for one in x])  # type: ignore[call-arg]
    return x.value if type(x) is Var else x


def check_values(check_finite: bool, *arrays: Any) -> None:
    """Raise where an array holds infinities or NaN, as SciPy does unless ``check_finite=False``."""
    if check_finite:
        for a in arrays:
            np.asarray_chkfinite(held(a))


def apart(f: Callable[..., Any], *args: Any) -> Any:
    """Call ``f(*args)``; if none of the arguments is a variable, then without any tape that is open."""
    if any(type(a) is Var for a in args):
        return f(*args)
    return contextvars.copy_context().run(_alone, f, args)


def _alone(f: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    STACK.set(())
    return f(*args)
