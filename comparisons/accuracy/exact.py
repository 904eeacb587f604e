"""The exact value: an expression in mpmath, evaluated with more and more digits until they don't change it.

So no expression has to be written so that it doesn't cancel. A derivative is an expression of its own, or the central
difference of the function, whose step and rounding shrink with the digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
from mpmath import mp

DIGITS = (50, 100, 200, 400, 800, 1600)
AGREE = 1e-20

Expression = Callable[..., Any]


def exact(expression: Expression, args: tuple[float, ...], most: int = DIGITS[-1]) -> Any:
    """Return an expression's value at floating-point arguments, or None where the digits don't settle it.

    A zero counts only if more digits give zero again, to the last: ``1 - tanh(x)**2`` is zero to 50 digits. Of a tiny
    or a huge argument the second evaluation has three times its digits: two that lose the same term would agree.
    """
    before = None
    far = max((abs(math.log10(abs(x))) for x in args if x), default=0)
    for digits in (DIGITS[0], *(d for d in DIGITS[1:] if d >= min(most, 50 + 3 * far) and d <= most)):
        with mp.workdps(digits):
            try:
                now = expression(*(mp.mpf(x) for x in args))
                now = now.real if isinstance(now, mpmath.mpc) else mp.mpf(now)
            except (ZeroDivisionError, ValueError, OverflowError, mpmath.libmp.NoConvergence):
                now = None
            if now is not None and not mp.isfinite(now):
                now = None
            if now is not None and before is not None and now != 0 and abs(now - before) <= AGREE * abs(now):
                return now
        before = now
    return before if before == 0 else None


def difference(expression: Expression, position: int) -> Expression:
    """Return the expression's derivative in one argument, as a central difference: half of the digits are right."""

    def quotient(*args: Any) -> Any:
        x = args[position]
        h = (abs(x) or mp.mpf(1)) * mp.mpf(10) ** (-mp.dps // 2)
        high, low = list(args), list(args)
        high[position], low[position] = x + h, x - h
        return (expression(*high) - expression(*low)) / (2 * h)

    return quotient


def inverse(expression: Expression, slope: Expression, start: Callable[..., float]) -> Expression:
    """Return the inverse of a function in its last argument, by Newton's method from a float64 result."""

    def solve(*args: Any) -> Any:
        *fixed, p = args
        y = mp.mpf(start(*(float(a) for a in args)))
        for _ in range(12):
            step = (expression(*fixed, y) - p) / slope(*fixed, y)
            y -= step
            if abs(step) <= abs(y) * mp.mpf(10) ** (-mp.dps // 2 - 5):
                return y - (expression(*fixed, y) - p) / slope(*fixed, y)
        raise ValueError("Newton's method doesn't converge")

    return solve


def ulps(got: float, want: Any) -> float:
    """Return how far a float64 is from the exact number, in units in the last place of that number."""
    if not math.isfinite(got):
        return math.inf
    return float(abs(mp.mpf(got) - want) / math.ulp(float(want)))


def normal(want: Any) -> bool:
    """Tell whether a number is within the range of float64, below which it has no 53 bits."""
    return 2.3e-308 < abs(want) < 1.7e308
