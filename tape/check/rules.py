"""One rule, put through every check."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tape.check.arguments import inexact, moved, name_of
from tape.check.identities import curvature, dot_product, taylor, weighed_gradient
from tape.check.numerical import gradient
from tape.errors import NoRuleError, WrongDerivativeError
from tape.rule import COMPOSITE, TABLE, Row

__tape__ = True


def rule(primitive: Callable[..., Any], *args: Any, **options: Any) -> None:
    """Check the rule of a primitive, of one's own or of NumPy's, at given arguments.

    Every argument's VJP is compared with differences, and with the JVP if there is one; the Taylor remainder must
    vanish at second order, for the function and for its gradient (the rule, recorded).

    Parameters
    ----------
    primitive : callable
        A function that has a rule.
    *args
        Arguments in double precision, away from kinks. Arrays and numbers of floats and complex numbers are
        differentiated, but for arguments whose VJP is None; a list is an array, as NumPy takes it, or, of a function
        like ``np.concatenate``, a list of arrays.
    **options
        Options of the function.

    Raises
    ------
    WrongDerivativeError
        A check failed: the message says which, and where.
    NoRuleError
        The function has no rule.
    InputTypeError
        Nothing in the arguments has a derivative.

    Examples
    --------
    >>> import numpy as np, tape
    >>> @tape.primitive(lambda g, y, x: g * 3 * x * x, jvps=[lambda t, y, x: t * 3 * x * x])
    ... def cube(x):
    ...     return x * x * x
    >>> tape.check.rule(cube, np.array([1.0, -2.0]))
    """
    row = TABLE.get(primitive)
    if row is None:
        raise without_rule(primitive)
    if not row.packed:
        args = tuple(np.array(arg) if isinstance(arg, (list, tuple)) else arg for arg in args)
    reverse = row.joint is not None or bool(row.vjps) or row.kind == "zero"
    apart = row.joint is None and row.kind != "zero" and not row.packed  # there is a rule for each argument
    rules = row.vjps if reverse else row.jvps
    held = [k for k in range(len(args)) if apart and (k >= len(rules) or rules[k] is None)] if rules else []
    program = functools.partial(primitive, **options)
    setattr(program, "__name__", row.name)  # noqa: B010  which a partial has none of
    call, at, _, moving = moved(program, args, held=held)
    if reverse:
        gradient(call, *at)
    if has_tangents(row, moving):
        if reverse:
            expect(
                dot_product(call, *at) < 1e4,
                row,
                "forward and reverse sweep disagree: its JVP isn't the transpose of its VJP",
            )
        found = taylor(call, *at)
        expect(found > 1.8, row, f"its Taylor remainder is of order {found:.2f}, not 2: its JVP is wrong")
    if reverse:
        found = curvature(weighed_gradient(inexact(call), *at), *at)
        expect(
            found > 1.8,
            row,
            f"the Taylor remainder of its gradient is of order {found:.2f}, not 2: its recorded VJP is wrong",
        )


def without_rule(primitive: Callable[..., Any]) -> NoRuleError:
    """Return the error for a function that has no row."""
    if primitive in COMPOSITE:
        return NoRuleError(
            f"{name_of(primitive)} has no rule of its own: it is computed from functions that have one. Check it with"
            " tape.check.gradient"
        )
    return NoRuleError(f"{name_of(primitive)} has no rule to check: declare one with tape.primitive")


def has_tangents(row: Row, moving: Sequence[int]) -> bool:
    """Tell whether a row has what a forward sweep needs, for some arguments."""
    if row.kind in ("elementwise", "linear", "zero") or row.jvp is not None:
        return True
    return all(k < len(row.jvps) and row.jvps[k] is not None for k in moving)


def expect(right: bool, row: Row, what: str) -> None:
    """Raise, unless a check was passed."""
    if not right:
        raise WrongDerivativeError(f"{row.name}: {what}")
