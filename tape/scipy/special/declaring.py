"""How the special functions are declared: what has several results, what has no rule, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from tape.errors import NoRuleError
from tape.rule import Row, composite, general
from tape.rules.parts import component, several
from tape.rules.special import is_complex

__tape__ = True

WITHOUT: dict[str, str] = {}
"""The ufuncs of ``scipy.special`` that have no rule, each with the reason."""


def without(names: str, reason: str) -> None:
    """Declare functions that have no rule: a call on a variable raises, and says why."""
    for name in names.split():
        if hasattr(sp, name):  # SciPy's versions differ in what they have
            WITHOUT[name] = reason
            composite(getattr(sp, name))(_refusal(name, reason))


def _refusal(name: str, reason: str) -> Callable[..., Any]:
    def program(*_: Any, **__: Any) -> Any:
        raise NoRuleError(
            f"scipy.special.{name} has no derivative rule: {reason}. Give it constants (.value), through which nothing"
            " flows, or declare a function that calls it with tape.primitive"
        )

    return program


def made(d: Any) -> Any:
    """Return a derivative, computed where that was put off until it is wanted."""
    return d() if callable(d) else d


def outputs(fn: Any, derivatives: Callable[..., list[Any]], *, moving: int = 0, **others: Any) -> Row:
    """Declare a ufunc of several results, by their derivatives in one argument; ``others``, as ``_0``, in some more.

    These are ``(y, *args) -> [dy0, dy1, ...]``; one that is infinite where others aren't is given as a function of
    nothing, so that it isn't computed unless something flows.
    """

    ways = {moving: derivatives} | {int(name[1:]): way for name, way in others.items()}

    def adjoint_of(way: Callable[..., list[Any]]) -> Callable[..., Any]:
        def adjoint(g: Any, y: Any, *args: Any) -> Any:
            found = way([component(y, index=k) for k in range(fn.nout)], *args)
            flows = [(gk, d) for gk, d in zip(g, found, strict=True) if gk is not None]
            terms = [gk * (np.conj(d) if is_complex(d) else d) for gk, d in ((gk, made(d)) for gk, d in flows)]
            total = terms[0]
            for term in terms[1:]:
                total = total + term
            return total

        return adjoint

    def tangent(t: Any, y: Any, *args: Any) -> Any:
        total: list[Any] = [None] * fn.nout
        for k, one in enumerate(t):
            if one is None:
                continue
            if k not in ways:
                raise NoRuleError(
                    f"scipy.special.{fn.__name__} has no derivative rule for its argument {k}: give it a constant there"
                )
            parts = [one * made(d) for d in ways[k]([component(y, index=j) for j in range(fn.nout)], *args)]
            total = [p if p0 is None else p0 + p for p0, p in zip(total, parts, strict=True)]
        return total

    vjps = [adjoint_of(ways[k]) if k in ways else None for k in range(fn.nin)]
    return several(general(fn, *vjps, jvp=tangent, arrays=fn.nin))
