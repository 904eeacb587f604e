"""Replay in torch: the same program, differentiated by ``torch.autograd``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__tape__ = True

TWINS: dict[Any, Callable[..., Any]] = {}
"""For each primitive, the torch function that computes the same: ``(*args, **options)`` as :meth:`tape.rule.Row.call`."""


def twin(*fns: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the torch twin of a primitive (decorator)."""

    def declare(made: Callable[..., Any]) -> Callable[..., Any]:
        for fn in fns:
            TWINS[fn] = made
        return made

    return declare
