"""Primitives of one's own: functions that are recorded as one call, with a rule that one declares."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any

from tape import rule, var

__tape__ = True

getframe, Var = sys._getframe, var.Var


def ours(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Make a primitive of a function of ours (decorator): given variables, a call of it is recorded.

    The function takes arrays by position and options by keyword, and is not recorded itself: it may work in place on
    what it allocates.
    """

    @functools.wraps(fn)
    def primitive(*args: Any, **options: Any) -> Any:
        for arg in args:
            if type(arg) is Var or (type(arg) in (list, tuple) and any(type(a) is Var for a in arg)):
                return var.call(primitive, args, options, getframe(1))
        return fn(*args, **options)

    return primitive


def primitive(
    *vjps: Callable[..., Any] | None,
    jvps: Sequence[Callable[..., Any] | None] = (),
    joint: Callable[..., Any] | None = None,
    jvp: Callable[..., Any] | None = None,
    keeps: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a function of one's own a derivative rule (decorator).

    Parameters
    ----------
    *vjps : callable
        For each array argument, ``(g, y, *args, **options)``: the contribution to its adjoint, from the adjoint ``g``
        of the result ``y``. None for an argument that is never differentiated. Written in NumPy, so that it can itself
        be differentiated.
    jvps : sequence of callable, optional
        For each array argument, ``(t, y, *args, **options)``: the tangent of the result, from that of the argument.
    joint : callable, optional
        In place of ``vjps``: returns a sequence with the contribution to every argument.
    jvp : callable, optional
        In place of ``jvps``: takes the tuple of the tangents, None where zero.
    keeps : str, optional
        What the rules read, as ``"y 0 2"``: the result, the arguments by position. Read off the rules if left out.

    Returns
    -------
    callable
        A decorator. The function takes arrays by position and options by keyword. Where it returns a tuple, ``g``,
        ``y`` and the tangent are tuples as well.

    Examples
    --------
    >>> import numpy as np, tape
    >>> @tape.primitive(lambda g, y, x: g / (1 + np.exp(-x)))
    ... def softplus(x):
    ...     return np.logaddexp(0, x)
    >>> tape.grad(softplus)(0.0)
    array(0.5)

    See Also
    --------
    tape.check.rule : compare a rule with differences.
    """

    def declare(fn: Callable[..., Any]) -> Callable[..., Any]:
        made = ours(fn)
        row = rule.general(made, *vjps, jvps=jvps, joint=joint, jvp=jvp, keeps=keeps)
        row.wrap = _apart
        return made

    return declare


def _apart(v: var.Var) -> Any:
    from tape.rules.parts import parts  # they are primitives themselves

    return tuple(parts(v)) if type(v._value) is tuple else v
