"""Arguments to measure at: tiny, huge, typical ones, and those close to a point where something happens."""

from __future__ import annotations

from typing import Any

import numpy as np

Points = list[tuple[float, ...]]


def spread(low: float, high: float, *near: float, dense: int = 40, smallest: float = -300) -> list[float]:
    """Return arguments within an open interval.

    Parameters
    ----------
    low, high : float
        The interval; about its ends, where they are finite, the points lie as they do about ``near``.
    *near : float
        What to come close to: singular points, zeros of the function or of its derivative.
    dense : int
        How many typical ones, and with each power of ten.
    smallest : float
        The smallest power of ten.
    """
    rng = np.random.default_rng(dense)
    powers = np.linspace(smallest, 300, dense + dense // 2)
    sizes = 10.0 ** np.concatenate([powers, np.linspace(-4, 4, 2 * dense)])
    sizes = sizes * rng.uniform(1, 1.9, sizes.size)
    found = [*sizes, *-sizes, *rng.uniform(max(low, -6), min(high, 6), 2 * dense)]
    for point in {low, high, *near} - {0.0, np.inf, -np.inf}:
        for k in range(1, 53, 100 // dense):
            found += [point * (1 + 2.0**-k), point * (1 - 2.0**-k)]
    return sorted({float(x) for x in found if low < x < high})


def pairs(first: list[float], second: list[float], count: int = 400) -> Points:
    """Return pairs of arguments of two lists, drawn at random."""
    rng = np.random.default_rng(count)
    return [(first[i], second[j]) for i, j in zip(*(rng.integers(0, len(x), count) for x in (first, second)))]  # noqa: B905


def close(first: list[float], count: int = 100) -> Points:
    """Return pairs that nearly are equal, or equal but for the sign."""
    rng = np.random.default_rng(count)
    found: list[Any] = []
    for k in range(count):
        x = first[int(rng.integers(len(first)))]
        found.append((x, float(x * (1 + rng.choice([-1, 1]) * 2.0 ** -rng.integers(1, 53)) * (1 - 2 * (k % 2)))))
    return found


def with_(*constants: tuple[float, ...], then: list[float]) -> Points:
    """Return the arguments, each after every tuple of constants."""
    return [(*c, x) for c in constants for x in then]


def alone(xs: list[float]) -> Points:
    """Return arguments of functions of one."""
    return [(x,) for x in xs]
