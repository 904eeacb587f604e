"""Rules, applied to one call: what it contributes to the adjoints of its arguments, and the tangent of its result.

On arrays, or on variables, where a sweep is itself recorded: nothing here knows of the tape.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tape import adjoints
from tape.adjoints import is_complex, zeros
from tape.entry import Abstract, dtype_of
from tape.errors import NoRuleError, RuleError
from tape.rule import Row

__tape__ = True


def contributions(
    row: Row, g: Any, y: Any, args: Sequence[Any], options: dict[str, Any], wanted: Iterable[int]
) -> list[tuple[int, Any]]:
    """Return what a rule contributes to the adjoint of each wanted argument, before it is projected."""
    if row.kind == "zero":
        return []
    if row.widens is not None:
        args = widened(row.widens, y, args)
    if row.joint is not None:
        parts = row.joint(g, y, *args, **options)
        if not isinstance(parts, (tuple, list)) or len(parts) != len(args):
            have = f"{len(parts)} of them" if isinstance(parts, (tuple, list)) else type(parts).__name__
            raise RuleError(
                f"the joint rule of {row.name} must return a tuple or a list of {len(args)} contributions, one for each"
                f" array argument (None where nothing flows), and returned {have}"
            )
        return [(k, parts[k]) for k in wanted if parts[k] is not None]
    # The rule multiplies by the derivative p: the adjoint of that is multiplying by its conjugate.
    # Of those with a real result of a complex argument (np.abs, np.imag) the adjoint is real, and this holds, too.
    conjugate = row.holomorphic and is_complex(g, args[0])
    if conjugate:
        g = np.conj(g)
    found: list[tuple[int, Any]] = []
    for k in wanted:
        rule = row.vjp(k)
        if rule is None:
            refuse(row, k, args[k])
            continue
        c = rule(g, y, *args, **options)
        found.append((k, np.conj(c) if conjugate else c))
    return found


def refuse(row: Row, position: int, arg: Any) -> None:
    """Say that a row has no rule for an argument; nothing flows into conditions and indices, which need none."""
    if dtype_of(arg).kind not in "fc":
        return
    if row.vjps:
        raise NoRuleError(
            f"{row.name} has no derivative rule for its argument {position}: give it a constant there (.value)"
            + (f". {row.constants}" if row.constants else "")
        )
    raise NoRuleError(f"{row.name} has no rule for the reverse sweep, only for tangents")


def widened(how: str, y: Any, args: Sequence[Any]) -> list[Any]:
    """Return arguments in the precision of the result, in which the function saw them.

    A call of numbers of several types is computed in the widest of them. A rule that did without would take the
    logarithm of small integers in half precision, subtract from unsigned ones, negate booleans.
    """
    dtype = dtype_of(y[0] if type(y) is tuple else y)
    if dtype.kind not in "fc":
        return list(args)
    dtype = np.finfo(dtype).dtype
    return [wide(arg, dtype, how) for arg in args]


def wide(x: Any, dtype: np.dtype[Any], how: str) -> Any:
    """Return one argument, as :func:`widened` does; Python's numbers, which are weak, as they are."""
    have = getattr(x, "dtype", None)
    if have is None or have == dtype or type(x) is Abstract:
        return x
    if have.kind in "fc":
        want = np.result_type(have, dtype)
    else:
        want = dtype if how == "floats" or have == np.uint64 else np.dtype(np.int64)
    return x if want == have else adjoints.CAST(x, dtype=want)


def strongly(
    row: Row, g: Any, y: Any, args: Sequence[Any], options: dict[str, Any], wanted: Iterable[int]
) -> list[tuple[int, Any]]:
    """Return what :func:`contributions` does, but zeros for an adjoint of zero, whatever the derivative is.

    Element by element, where the function works so; else where the adjoint as a whole is zero.
    """
    if row.kind == "elementwise":
        with np.errstate(all="ignore"):  # of what is put to zero, NumPy needn't warn
            found = contributions(row, g, y, args, options, wanted)
        flows = np.not_equal(g, 0)
        return [(k, np.where(flows, c, 0)) for k, c in found]
    if any(bool(np.any(np.not_equal(part, 0))) for part in (g if type(g) is tuple else (g,))):
        return contributions(row, g, y, args, options, wanted)
    return [(k, zeros(args[k])) for k in wanted if row.kind != "zero" and inexact(args[k])]


def given(row: Row, g: list[Any], y: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the adjoint of several results as a rule takes it: zeros where nothing flowed in, or None."""
    if row.partial:
        return tuple(g)
    return tuple(zeros(part) if have is None else have for have, part in zip(g, y, strict=True))


def inexact(value: Any) -> bool:
    """Tell whether a value, or the first of several, is of floats or complex numbers."""
    return dtype_of(value[0] if type(value) is tuple else value).kind in "fc"


def tangent(row: Row, tangents: Sequence[Any], y: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Return the tangent of a call's result; None where it is zero."""
    kind = row.kind
    moving = [(k, t) for k, t in enumerate(tangents) if t is not None]
    if kind == "zero":
        return None
    if row.widens is not None:
        args = widened(row.widens, y, args)
    if kind == "linear":
        parts = [row.call(*args[:k], t, *args[k + 1 :], **options) for k, t in moving]
    elif row.jvp is not None:
        parts = [row.jvp(tuple(tangents), y, *args, **options)]
    else:
        rules = row.vjps if kind == "elementwise" else row.jvps
        parts: list[Any] = []
        for k, t in moving:
            rule = rules[k] if k < len(rules) else None
            if rule is None:
                raise NoRuleError(
                    f"{row.name} has no rule for tangents of its argument {k}: declare jvps=, or sweep in reverse"
                )
            parts.append(rule(t, y, *args, **options))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    if kind == "general" and type(y) is not tuple and total is not None and np.shape(total) != np.shape(y):
        raise RuleError(
            f"the rule of {row.name} made a tangent of shape {np.shape(total)} for a result of shape {np.shape(y)}"
        )
    return total
