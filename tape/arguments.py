"""What the transforms are told: checked when they are, so that a slip is named where it was made."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tape.rule import short

__tape__ = True


def numbers(argnums: Any) -> tuple[tuple[int, ...], bool]:
    """Return argnums as a tuple, and whether it was a single one."""
    wrong = TypeError(
        f"argnums is an integer or a non-empty sequence of integers, the positions of arguments, not {short(argnums)}"
    )
    if isinstance(argnums, bool):  # an integer to Python, and a slip for another option
        raise wrong
    if hasattr(argnums, "__index__") and not np.ndim(argnums):
        return (operator.index(argnums),), True
    try:
        found = tuple(operator.index(k) for k in argnums)
    except TypeError:
        raise wrong from None
    if not found:
        raise wrong
    return found, False


def check_callable(f: Any, what: str) -> None:
    """Check that a transform was given a function, and not what the function returns."""
    if not callable(f):
        raise TypeError(f"tape.{what} takes a function, not {short(f)} ({type(f).__name__}): give f itself, not f(x)")


def check_unused(unused: str) -> None:
    """Check the option for inputs that the output doesn't depend on."""
    if unused not in ("zeros", "error"):
        raise ValueError(f"unused is 'zeros' or 'error', not {unused!r}")
