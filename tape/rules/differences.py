"""Derivatives of sampled functions at uneven steps: the three-point formulas of ``np.gradient``.

Through three points, ``p`` and ``q`` apart, goes one parabola. NumPy weighs the values by ``q / (p (p + q))`` and the
like, whose products overflow or vanish where the steps are beyond the root of the range (1e19 in single precision):
then it weighs by 0, or by infinity. These are its formulas to the bit. Their derivatives divide by one step after the
other instead, and are right wherever they are in range themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tape.primitive import ours
from tape.rule import general

__tape__ = True


@ours
def slope_first(a: Any, b: Any, c: Any, p: Any, q: Any) -> Any:
    """Return the slope at the first of three points with the values ``a``, ``b`` and ``c``."""
    return -(2.0 * p + q) / (p * (p + q)) * a + (p + q) / (p * q) * b + -p / (q * (p + q)) * c


@ours
def slope_within(a: Any, b: Any, c: Any, p: Any, q: Any) -> Any:
    """Return the slope at the second of three points."""
    return -q / (p * (p + q)) * a + (q - p) / (p * q) * b + p / (q * (p + q)) * c


@ours
def slope_last(a: Any, b: Any, c: Any, p: Any, q: Any) -> Any:
    """Return the slope at the last of three points."""
    return q / (p * (p + q)) * a + -(q + p) / (p * q) * b + (2.0 * q + p) / (q * (p + q)) * c


def over_both(x: Any, p: Any, q: Any) -> Any:
    """Return ``x / (p q)``, divided by the larger of them first: a sum or a difference of both stays in range."""
    larger = np.greater(np.abs(p), np.abs(q))
    return x / np.where(larger, p, q) / np.where(larger, q, p)


def bend(a: Any, b: Any, c: Any, p: Any, q: Any) -> Any:
    """Return half the second derivative: the second divided difference."""
    return ((c - b) / q - (b - a) / p) / (p + q)


def _first(a: Any, b: Any, c: Any, p: Any, q: Any) -> tuple[Callable[[], Any], ...]:
    """Return the partial derivatives of ``(b - a) / p - p bend`` in each argument, to be computed when asked for."""
    s = p + q
    return (
        lambda: -((p / s + 1) / p),
        lambda: over_both(s, p, q),
        lambda: -(p / s / q),
        lambda: -((b - a) / p / p + bend(a, b, c, p, q) * (q / s) + (b - a) / p / s),
        lambda: p / s * (bend(a, b, c, p, q) + (c - b) / q / q),
    )


def _within(a: Any, b: Any, c: Any, p: Any, q: Any) -> tuple[Callable[[], Any], ...]:
    """Return those of ``((b - a) q / p + (c - b) p / q) / (p + q)``."""
    s = p + q
    return (
        lambda: -(q / s / p),
        lambda: over_both(q - p, p, q),
        lambda: p / s / q,
        lambda: q / s * (bend(a, b, c, p, q) - (b - a) / p / p),
        lambda: -(p / s * (bend(a, b, c, p, q) + (c - b) / q / q)),
    )


def _last(a: Any, b: Any, c: Any, p: Any, q: Any) -> tuple[Callable[[], Any], ...]:
    """Return those of the first slope's mirror image: it is minus the first slope of the reverse."""
    c_, b_, a_, q_, p_ = _first(c, b, a, q, p)
    return tuple(lambda partial=partial: -partial() for partial in (a_, b_, c_, p_, q_))


def _row(fn: Callable[..., Any], partials: Callable[..., Any]) -> None:
    def rule(k: int) -> Callable[..., Any]:
        return lambda g, y, a, b, c, p, q: g * partials(a, b, c, p, q)[k]()

    rules = [rule(k) for k in range(5)]
    general(fn, *rules, jvps=rules, holomorphic=True)


_row(slope_first, _first)
_row(slope_within, _within)
_row(slope_last, _last)
