"""Quotients that NumPy computes by a reciprocal: ``c / b * x``, where ``c x / b`` would be another number."""

from __future__ import annotations

from typing import Any

from tape.primitive import ours
from tape.rule import general

__tape__ = True


@ours
def over(x: Any, b: Any, *, of: float = 1.0) -> Any:
    """Return ``x`` times ``of / b``; the rule is that of a quotient.

    The derivative of a reciprocal is out of range where the square of ``b`` is, and that of the quotient isn't.
    """
    return of / b * x


_partials = (lambda g, y, x, b, *, of=1.0: g * (of / b), lambda g, y, x, b, *, of=1.0: -(g / b) * y)
general(over, *_partials, jvps=_partials, holomorphic=True)
