"""What a comparison found, as plain data: it can be pickled, added up, printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

__tape__ = True


class Gradient(NamedTuple):
    """One gradient that was compared: how far it is from torch's."""

    entry: int
    kind: str
    """The layer: the entry's outermost scope, or its function."""
    function: str
    role: str
    """``weight``, ``input`` or ``activation``."""
    error: float
    """In units of the tolerance: the largest difference, divided by a hundred spreads; right results stay below 1."""


@dataclass
class Disagreement:
    """One thing that tape and torch don't agree on."""

    entry: int
    function: str
    kind: str
    role: str
    """``value``, ``stored value``, ``rule``, ``sum``, ``total``, ``fast path``, ``sharing`` or ``error``."""
    error: float
    """In units of the tolerance."""
    ours: Any
    theirs: Any
    argument: int | None = None
    """Whose adjoint a rule gets wrong, by position."""
    nearer: str = "undecided"
    """``tape`` or ``torch``: which of the two the referee finds nearer the truth; ``neither``, ``undecided``."""
    where: tuple[str, int] = ("?", 0)
    note: str = ""
    seed: Any = None
    """The adjoint that a rule was fed with."""

    def __str__(self) -> str:
        place = f" of argument {self.argument}" if self.argument is not None else ""
        text = f"entry #{self.entry} {self.function} (layer {self.kind}): {self.role}{place}"
        text += f" off by {self.error:.3g} tolerances; nearer the truth: {self.nearer}"
        if self.note:
            text += f"; {self.note}"
        return f"{text}\n  tape  {short(self.ours)}\n  torch {short(self.theirs)}"


def short(value: Any) -> str:
    """Return an array on one line, elided where it is long."""
    return (
        np.array2string(np.asarray(value), threshold=12, separator=", ").replace("\n", "") if value is not None else "-"
    )


@dataclass
class Comparison:
    """What a comparison found: plain data, that can be pickled and added up."""

    activations: int = 0
    """How many gradients of activations were compared: arrays, one an entry."""
    weights: int = 0
    """How many gradients of weights."""
    inputs: int = 0
    """How many gradients of inputs."""
    elements: int = 0
    """How many numbers these hold."""
    rules: int = 0
    """How many contributions of single entries were compared."""
    ambiguous: bool = False
    """Whether branches differ where numbers are equal up to rounding."""
    suspects: int = 0
    """How many gradients differ by more than 32 spreads, and at most 100."""
    disagreements: list[Disagreement] = field(default_factory=list[Disagreement])
    """What is wrong, the culprit first."""
    exonerated: list[Disagreement] = field(default_factory=list[Disagreement])
    """Where torch is known to be wrong, and the referee finds the tape right."""
    gradients: list[Gradient] = field(default_factory=list[Gradient])
    """Each gradient that was compared, and how far it is from torch's."""

    @property
    def errors(self) -> dict[int, float]:
        """Entry to how far its gradient is from torch's, in units of the tolerance."""
        return {gradient.entry: gradient.error for gradient in self.gradients}

    @property
    def ok(self) -> bool:
        """Whether nothing disagrees."""
        return not self.disagreements

    @property
    def first(self) -> Disagreement | None:
        """The culprit: the first entry found wrong, by the most local check that finds it."""
        return self.disagreements[0] if self.disagreements else None

    def report(self) -> str:
        """Return what was compared and every disagreement, as text."""
        counts = (
            f"{self.activations} activation, {self.weights} weight, {self.inputs} input gradients, {self.rules} rules"
        )
        ambiguous = ", ambiguous" if self.ambiguous else ""
        lines = [f"{counts}{ambiguous}: {len(self.disagreements)} disagreements", *map(str, self.disagreements)]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.report()
