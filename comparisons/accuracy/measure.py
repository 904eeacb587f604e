"""Measure a rule: its gradient through the public API, in float64, against the exact derivative."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import tape
from comparisons.accuracy.exact import difference, exact, normal, ulps
from comparisons.accuracy.subject import SUBJECTS, D, Subject

ALONE = 9
"""One point in so many is also evaluated by itself: short arrays and numbers may take another way."""


HANDFUL = 24
"""At how many points the tests hold a rule, besides the worst: enough to reach each of its formulas."""


@dataclass
class Measured:
    """How one argument of a rule fared."""

    name: str
    argument: int
    points: int = 0
    worst: float = 0.0
    at: tuple[float, ...] = ()
    most: float = 0.0
    """The 99 % quantile."""
    value: float = math.nan
    """The function's own worst, at the same points."""
    value_there: float = math.nan
    """The function's own error where the derivative's is worst."""
    held: list[tuple[tuple[float, ...], float]] = field(default_factory=list)
    """A handful of points with the derivatives, for the tests: the worst is the first."""
    unsettled: int = 0
    """Points left out because mpmath didn't settle them."""


def evaluated(subject: Subject, points: list[tuple[float, ...]], argument: int) -> tuple[Any, Any]:
    """Return values and derivatives at points, all in one array."""
    columns: list[Any] = [np.array(c) for c in zip(*points, strict=True)]
    for k in subject.integers:
        columns[k] = columns[k].astype(int)

    def program(x: Any) -> Any:
        return subject.program(*columns[:argument], x, *columns[argument + 1 :])

    with np.errstate(all="ignore"):
        value, pull = tape.vjp(program, columns[argument])
        return np.asarray(value), np.asarray(pull(np.ones(len(points)))[0])


def measure(subject: Subject, argument: int, every: int = 1) -> Measured:
    """Measure one argument; ``every`` so many points only."""
    found = Measured(subject.name, argument)
    slope = subject.slopes[argument]
    if slope is D:
        slope = difference(subject.value, argument)  # type: ignore[arg-type]
    points = subject.points[::every]
    values, slopes = evaluated(subject, points, argument)
    errors, of_values, at, wanted = [], [], [], []
    for k, point in enumerate(points):
        want = exact(slope, point, subject.most)
        if want is None:
            found.unsettled += 1
            continue
        if not normal(want):
            continue
        value = exact(subject.value, point, subject.most) if subject.value else None
        if value is not None and value != 0 and not normal(value):
            continue
        error = ulps(float(slopes[k]), want)
        if k % ALONE == 0:
            error = max(error, ulps(float(evaluated(subject, [point], argument)[1][0]), want))
        errors.append(error)
        of_values.append(math.nan if not value else ulps(float(np.real(values[k])), value))
        at.append(point)
        wanted.append(float(want))
    if errors:
        worst = int(np.argmax(errors))
        found.points, found.worst, found.at = len(errors), errors[worst], at[worst]
        some = sorted({worst, *range(len(at) // HANDFUL // 2, len(at), len(at) // HANDFUL + 1)} - {worst})
        found.held = [(at[k], wanted[k]) for k in (worst, *some)]
        found.most = float(np.quantile(errors, 0.99, method="lower"))
        known = [e for e in of_values if not math.isnan(e)]
        found.value, found.value_there = max(known, default=math.nan), of_values[worst]
    return found


def one(task: tuple[str, int, int]) -> Measured:
    """Measure one argument of a subject that is named, in whatever process."""
    from comparisons.accuracy import subjects  # noqa: F401  it fills the table

    name, argument, every = task
    return measure(SUBJECTS[name], argument, every)
