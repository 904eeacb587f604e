"""Primitives of one's own: functions that are recorded as one call, with a rule that one declares."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tape import rule, var
from tape.context import STACK
from tape.errors import OptionError, RuleError
from tape.guard import guard

__tape__ = True

getframe, Var = sys._getframe, var.Var

Rule = Callable[..., Any]


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
    *vjps: Rule | None,
    jvps: Sequence[Rule | None] = (),
    joint: Rule | None = None,
    jvp: Rule | None = None,
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
        A decorator. As many of the function's arguments as its rules take are arrays, the others are options; a rule
        names the options that it reads, behind a ``*``, and gets them as the function does, the function's own defaults
        among them. Where the function returns a tuple, ``g``, ``y`` and the tangent are tuples as well.

    Raises
    ------
    TypeError
        When it is declared: there is no rule; a rule names an option that the function doesn't have.
    RuleError
        When it is called: the function reads a variable that isn't among its arguments, or doesn't return numbers.

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
    if not any(r is not None for r in (*vjps, *jvps, joint, jvp)):
        raise TypeError("tape.primitive declares rules, and there is none: @tape.primitive(lambda g, y, x: ...)")

    def declare(fn: Callable[..., Any]) -> Callable[..., Any]:
        if not callable(fn):
            raise TypeError(
                f"tape.primitive was called with a rule, and makes a primitive of a function, not of {rule.short(fn)}:"
                " write @tape.primitive(rule) above the function; the function itself isn't its argument"
            )

        @functools.wraps(fn)
        def made(*args: Any, **options: Any) -> Any:
            given = (*args, *options.values())
            if not any(holds_variable(arg) for arg in given):
                return fn(*args, **options)
            for arg in given:
                if type(arg) is not Var and holds_variable(arg):
                    raise RuleError(
                        f"{row.name} was given a {type(arg).__name__} with variables in it, and its rule is declared"
                        " for arrays: give it each array as an argument of its own, or make one of them (np.stack)"
                    )
            v = var.call(made, args, options, getframe(1))
            for result in v if type(v) is tuple else (v,):
                if type(result._value) is np.ndarray:  # which the function may hold on to, and use again
                    guard(result._tape, result._value, result._index)
            return v

        row = rule.general(made, *vjps, jvps=jvps, joint=joint, jvp=jvp, keeps=keeps)
        row.binder = binder(fn, row)
        row.raw = numeric(fn, row.name)
        row.wrap = _apart
        watch = functools.partial(watched, name=row.name)  # what the rules read has been taken off them by now
        row.vjps, row.jvps = tuple(map(watch, row.vjps)), tuple(map(watch, row.jvps))
        row.joint, row.jvp = watch(row.joint), watch(row.jvp)
        return made

    return declare


def holds_variable(value: Any) -> bool:
    """Tell whether a value is a variable, or a container with one in it."""
    if type(value) is Var:
        return True
    if isinstance(value, (list, tuple)):
        return any(holds_variable(part) for part in value)
    return isinstance(value, dict) and any(holds_variable(part) for part in value.values())


def numeric(fn: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return a function that makes sure of what another returns: numbers, that depend on its arguments alone."""

    @functools.wraps(fn)
    def checked(*args: Any, **options: Any) -> Any:
        token = STACK.set(())  # a derivative taken within is of plain arrays, and nothing of it is recorded
        try:
            y = fn(*args, **options)
        finally:
            STACK.reset(token)
        for part in y if type(y) is tuple else (y,):
            if holds_variable(part):
                raise RuleError(
                    f"{name} reads a variable that isn't among its arguments (of an enclosing function, or a global):"
                    " nothing would flow to it. Make it an argument, with a rule of its own, or take its .value, where"
                    " nothing is to flow"
                )
            if not isinstance(part, (np.ndarray, np.generic, int, float, complex)) or (
                np.asarray(part).dtype.kind not in "biufc" or isinstance(part, (np.ma.MaskedArray, np.matrix))
            ):
                raise RuleError(
                    f"{name} returned {'None' if part is None else f'a {type(part).__name__}'}: a primitive returns an"
                    " array of numbers, or a tuple of them"
                )
        return y

    return checked


def watched(fn: Rule | None, name: str) -> Rule | None:
    """Return a rule that makes sure that it reads no variable but those that it is given."""
    if fn is None:
        return None

    @functools.wraps(fn)
    def checked(g: Any, y: Any, *args: Any, **options: Any) -> Any:
        found = fn(g, y, *args, **options)
        if holds_variable(found) and not holds_variable((g, y, args)):
            raise RuleError(
                f"the rule of {name} reads a variable that isn't among its arguments (of an enclosing function, or a"
                " global): its derivative would be lost. Make it an argument of the function"
            )
        return found

    return checked


def binder(fn: Callable[..., Any], row: rule.Row) -> Callable[..., tuple[tuple[Any, ...], dict[str, Any]]]:
    """Return what tells a call's arrays from its options: as the function's signature has it, with its defaults."""
    signature = inspect.signature(fn)
    parameters = list(signature.parameters.values())
    positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
    arrays = positional if rest is not None else positional[: row.arrays]
    options = [p.name for p in parameters if p.name not in arrays and p.kind is not p.VAR_POSITIONAL]
    if unknown := sorted(row.options - set(options)):
        raise TypeError(f"a rule of {row.name} reads the option {unknown[0]!r}, which the function doesn't have")

    def bind(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{row.name}: {error}") from None
        bound.apply_defaults()
        given = bound.arguments
        found: dict[str, Any] = {}
        for name in options:
            value, default = given[name], signature.parameters[name].default
            if name in row.options:
                found[name] = rule.frozen(value)
            elif value is not default and not (type(value) in (bool, int, float, str) and value == default):
                raise OptionError(
                    f"{row.name}({name}={rule.short(value)}): its rule doesn't read {name}=, and so doesn't know of it."
                    f" Have the rule name it: lambda g, y, ..., *, {name}: ..."
                )
        return (*(given[name] for name in arrays), *(given[rest] if rest is not None else ())), found

    return bind


def _apart(v: var.Var) -> Any:
    from tape.rules.parts import parts  # they are primitives themselves

    return tuple(parts(v)) if type(v._value) is tuple else v
