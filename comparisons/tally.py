"""Add up what comparisons with torch.autograd found: counts, and errors by layer kind."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

LOWEST, HIGHEST, STEPS = -6, 3, 4
"""The histogram of errors: from 10^LOWEST to 10^HIGHEST units of the tolerance, so many bins a decade."""

BINS = (HIGHEST - LOWEST) * STEPS


@dataclass(frozen=True)
class Gradient:
    """One compared gradient: its kind of layer, its role, and how far it is from torch's, in units of the tolerance."""

    kind: str
    role: str
    error: float


@dataclass(frozen=True)
class Outcome:
    """What became of one network."""

    label: str
    dtype: str
    gradients: tuple[Gradient, ...]
    kinds: tuple[str, ...] = ()
    """The kinds of layers that it has."""
    rules: int = 0
    """How many contributions of single entries were compared besides."""
    ambiguous: bool = False
    """Whether rounding alone made tape and torch take different branches: then no gradient is compared."""
    disagreements: int = 0
    exonerated: int = 0
    """How many differences are torch's own known faults."""
    report: str = ""
    """What a person needs to look into a disagreement: a message and a script that stands alone."""


def bin_of(error: float) -> int:
    """Return the bin of an error: too small for the first falls into it, too large for the last (NaN too) into that."""
    if math.isnan(error) or error >= 10.0**HIGHEST:
        return BINS - 1
    if error <= 10.0**LOWEST:
        return 0
    return min(BINS - 1, int((math.log10(error) - LOWEST) * STEPS))


@dataclass
class Kind:
    """Everything about one kind of layer."""

    networks: int = 0
    gradients: int = 0
    worst: float = 0.0


@dataclass
class Tally:
    """The sum of many outcomes."""

    networks: int = 0
    activations: int = 0
    weights: int = 0
    inputs: int = 0
    rules: int = 0
    ambiguous: int = 0
    disagreements: int = 0
    exonerated: int = 0
    exact: int = 0
    kinds: dict[str, Kind] = field(default_factory=dict)
    histogram: dict[str, list[int]] = field(default_factory=dict)
    failures: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Add one network."""
        self.networks += 1
        self.rules += outcome.rules
        self.ambiguous += outcome.ambiguous
        self.exonerated += outcome.exonerated
        self.disagreements += outcome.disagreements
        if outcome.disagreements:
            self.failures.append(outcome)
        bins = self.histogram.setdefault(outcome.dtype, [0] * BINS)
        for g in outcome.gradients:
            if g.role == "weight":
                self.weights += 1
            elif g.role == "input":
                self.inputs += 1
            else:
                self.activations += 1
            self.exact += g.error == 0
            if g.error != 0:
                bins[bin_of(g.error)] += 1
            kind = self.kinds.setdefault(g.kind, Kind())
            kind.gradients += 1
            if math.isnan(g.error) or g.error > kind.worst:  # a NaN shows, and stays
                kind.worst = g.error
        for name in outcome.kinds:
            self.kinds.setdefault(name, Kind()).networks += 1

    def line(self) -> str:
        """Return the line that says it all."""
        return (
            f"networks {self.networks} | activation gradients {self.activations} | weight gradients {self.weights}"
            f" | ambiguous {self.ambiguous} | disagreements {self.disagreements}"
        )

    def table(self) -> list[tuple[str, Kind]]:
        """Return the kinds by name."""
        return sorted(self.kinds.items())
