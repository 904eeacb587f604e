"""How special functions of several results are declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tape.errors import NoRuleError
from tape.rule import Row, general
from tape.rules.parts import component, several
from tape.rules.special import is_complex

__tape__ = True


def made(d: Any) -> Any:
    """Return a derivative, computed where that was put off until it is wanted."""
    return d() if callable(d) else d


def outputs(
    fn: Any, derivatives: Callable[..., list[Any]], *, moving: int | tuple[int, ...] = 0, constants: str = ""
) -> Row:
    """Declare a ufunc of several results, by their derivatives in one argument, or in some.

    These are ``(y, *args) -> [dy0, dy1, ...]``, or a list of such lists where ``moving`` is a tuple of arguments; one
    that is infinite where others aren't, or dear, is given as a function of nothing, so that it isn't computed unless
    something flows. ``constants`` says why the other arguments have none.
    """
    places = (moving,) if isinstance(moving, int) else moving

    def found(y: Any, args: Any) -> list[Any]:
        each = derivatives([component(y, index=k) for k in range(fn.nout)], *args)
        return [each] if isinstance(moving, int) else each

    def adjoint(place: int) -> Callable[..., Any]:
        def rule(g: Any, y: Any, *args: Any) -> Any:
            flows = [(gk, d) for gk, d in zip(g, found(y, args)[place], strict=True) if gk is not None]
            terms = [gk * (np.conj(d) if is_complex(d) else d) for gk, d in ((gk, made(d)) for gk, d in flows)]
            total = terms[0]
            for term in terms[1:]:
                total = total + term
            return total

        return rule

    def tangent(t: Any, y: Any, *args: Any) -> Any:
        for k, one in enumerate(t):
            if one is not None and k not in places:
                raise NoRuleError(
                    f"scipy.special.{fn.__name__} has no derivative rule for its argument {k}: give it a constant there"
                    + (f". {constants}" if constants else "")
                )
        each = [(t[k], ds) for k, ds in zip(places, found(y, args), strict=True) if t[k] is not None]
        totals = [each[0][0] * made(d) for d in each[0][1]]
        for tk, ds in each[1:]:
            totals = [total + tk * made(d) for total, d in zip(totals, ds, strict=True)]
        return totals

    vjps = [adjoint(places.index(k)) if k in places else None for k in range(fn.nin)]
    row = general(fn, *vjps, jvp=tangent, arrays=fn.nin)
    row.constants = constants
    return several(row)
