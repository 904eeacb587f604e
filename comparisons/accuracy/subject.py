"""What is measured: a rule, the function in mpmath, its derivatives, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from comparisons.accuracy.exact import DIGITS, Expression
from comparisons.accuracy.points import Points

SUBJECTS: dict[str, Subject] = {}
"""By name: that of the row, and what is said of its options."""

UNMEASURED: dict[str, str] = {}
"""Elementwise rows that aren't measured, each with the reason."""

D = "by differences"
"""In place of a derivative: take the central difference of the function."""


@dataclass
class Subject:
    """One rule in one setting."""

    row: str
    """The name of the row in the rule table."""
    program: Callable[..., Any]
    """The function, of arrays."""
    value: Expression | None
    """The function in mpmath; None where it is known only by its derivative."""
    slopes: tuple[Any, ...]
    """For each argument its derivative in mpmath, ``D``, or None where it has no rule."""
    points: Points
    setting: str = ""
    """What tells it from another of the same row."""
    most: int = DIGITS[-1]
    """With how many digits at most."""
    integers: tuple[int, ...] = field(default=())
    """Arguments that are handed over as integers."""

    @property
    def name(self) -> str:
        """The name in the table."""
        return f"{self.row} {self.setting}".strip()


def of(
    row: str,
    program: Callable[..., Any],
    value: Expression | None,
    *slopes: Any,
    at: Points,
    setting: str = "",
    most: int = DIGITS[-1],
    integers: tuple[int, ...] = (),
) -> None:
    """Add a subject."""
    subject = Subject(row, program, value, slopes, at, setting, most, integers)
    if subject.name in SUBJECTS:
        raise ValueError(f"{subject.name} is there twice")
    SUBJECTS[subject.name] = subject


def unmeasured(names: str, reason: str) -> None:
    """Say why rows aren't measured."""
    UNMEASURED.update(dict.fromkeys(names.split(), reason))
