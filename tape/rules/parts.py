"""Functions of several results: one entry holds them all as a tuple, and each is read off it by an entry of its own.

The adjoint of such an entry has a place for each result: None, where nothing flowed into it. A rule may need to know
that, and not only that it is zero: where eigenvalues coincide, their vectors have no derivative, unless nobody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tape.primitive import ours
from tape.record import Var
from tape.rule import Row, general

__tape__ = True


@ours
def component(results: Any, *, index: int) -> Any:
    """Return one of several results."""
    return results[index]


def _only(g: Any, y: Any, results: Any, *, index: int) -> Any:
    return [g if k == index else None for k in range(len(results))]


general(component, _only, jvps=[lambda t, y, results, *, index: t[index]], keeps="")


def parts(results: Any) -> Sequence[Any]:
    """Return the results of an entry, recorded one by one where the entry is."""
    if type(results) is Var:
        return [component(results, index=k) for k in range(len(results._value))]
    return results


def filled(g: Any, like: Any) -> Any:
    """Return an adjoint, and zeros where there is none."""
    return np.zeros(np.shape(like), like.dtype) if g is None else g


def several(row: Row, result: Callable[..., Any] = tuple) -> Row:
    """Declare that a row's function returns a tuple: users get it as ``result``, a type of tuple or of named tuple."""
    fn = row.raw
    named = hasattr(result, "_fields")
    row.partial = True
    row.raw = lambda *args, **options: tuple(fn(*args, **options))
    row.wrap = lambda v: result(*parts(v)) if named else result(parts(v))
    return row
