"""What a comparison found, as plain data: it can be pickled, added up, printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

__tape__ = True


class Gradient(NamedTuple):
    """One gradient that was compared: how far it is from torch's."""

    entry: int
    """The number of the entry whose adjoint it is: ``t.entries[entry]``."""
    kind: str
    """The layer: the entry's outermost scope, or its function."""
    function: str
    """The function that computed the entry, as ``np.tanh``; ``input`` for inputs and weights."""
    role: str
    """``weight``, ``input`` or ``activation``."""
    error: float
    """In units of the tolerance: the largest difference, divided by a hundred spreads; right results stay below 1."""


@dataclass
class Disagreement:
    """One thing that tape and torch don't agree on. ``print`` it for a summary."""

    entry: int
    """The number of the entry: ``t.entries[entry]``."""
    function: str
    """The function that computed it, as ``np.tanh``."""
    kind: str
    """The layer: the entry's outermost scope, or its function."""
    role: str
    """What differs, from the most local to the most global:

    - ``value``: the function and its twin in torch compute something else from the same arguments;
    - ``stored value``: the tape holds another value than the function computes;
    - ``rule``: what the entry's rule contributes to the adjoint of one of its arguments;
    - ``sum``: an adjoint isn't the sum of what the rules contribute to it;
    - ``sharing``: two adjoints share memory;
    - ``error``: a rule or the sweep raised;
    - ``total``, ``fast path``: an adjoint of the whole program, though all of the above agree, as ``t.sweep`` or as
      ``tape.grad`` computes it.
    """
    error: float
    """How far apart the two are, in units of the tolerance: right results stay below 1."""
    ours: Any
    """What the tape has: the value, the contribution or the adjoint that ``role`` names."""
    theirs: Any
    """What torch has for it."""
    argument: int | None = None
    """Whose adjoint a rule gets wrong, by position."""
    nearer: str = "undecided"
    """``tape`` or ``torch``: which of the two the referee finds nearer the truth; ``neither``, ``undecided``."""
    where: tuple[str, int] = ("?", 0)
    """The file and the line of the code that made the entry."""
    note: str = ""
    """What else is known, in words."""
    seed: Any = None
    """The adjoint that a rule was fed with."""

    def __str__(self) -> str:
        place = f" of argument {self.argument}" if self.argument is not None else ""
        text = f"entry #{self.entry} {self.function} (layer {self.kind}): {self.role}{place}"
        text += f" off by {self.error:.3g} tolerances; nearer the truth: {self.nearer}"
        if self.note:
            text += f"; {self.note}"
        return f"{text}\n  tape  {short(self.ours)}\n  torch {short(self.theirs)}"


def number(count: int, what: str) -> str:
    """Return how many there are of something, in words: ``1 rule``, ``2 rules``."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def short(value: Any) -> str:
    """Return an array on one line, elided where it is long."""
    return (
        np.array2string(np.asarray(value), threshold=12, separator=", ").replace("\n", "") if value is not None else "-"
    )


@dataclass
class Comparison:
    """What a comparison found: plain data, that can be pickled and added up. ``print`` it for the report.

    Look at :attr:`ok` first, at :attr:`first` where it is False, and at :attr:`gradients` for each that was compared.
    Gradients of the whole program are compared only where nothing before them disagrees, since one wrong entry makes
    all of them wrong: :meth:`uncompared` says why there are none.
    """

    activations: int = 0
    """How many gradients of activations were compared: arrays, one an entry."""
    weights: int = 0
    """How many gradients of weights: what ``t.weight`` made."""
    inputs: int = 0
    """How many gradients of inputs: what ``t.input`` made."""
    elements: int = 0
    """How many numbers these hold."""
    rules: int = 0
    """How many contributions of single entries were compared."""
    ambiguous: bool = False
    """Whether a comparison, a position or a maximum came out otherwise in torch, of numbers that are equal up to
    rounding: both results are right then, and gradients aren't compared."""
    suspects: int = 0
    """How many gradients differ by more than 32 spreads, and at most 100."""
    disagreements: list[Disagreement] = field(default_factory=list[Disagreement])
    """What is wrong, the culprit first."""
    exonerated: list[Disagreement] = field(default_factory=list[Disagreement])
    """Where torch is known to be wrong, and the referee finds the tape right: no disagreements."""
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
        gradients = f"{self.activations} activation, {self.weights} weight, {self.inputs} input gradients"
        ambiguous = ", ambiguous" if self.ambiguous else ""
        found = number(len(self.disagreements), "disagreement")
        lines = [f"{gradients}, {number(self.rules, 'rule')}{ambiguous}: {found}"]
        if not self.gradients:
            lines.append(f"no gradient was compared: {self.uncompared()}")
        return "\n".join([*lines, *map(str, self.disagreements)])

    def uncompared(self) -> str:
        """Return why no gradient was compared; "" if some were."""
        if self.gradients:
            return ""
        if self.disagreements:
            return "what disagrees before them, below, would make them wrong"
        if self.exonerated:
            known = dict.fromkeys(f"entry #{d.entry} {d.function}: {d.note}" for d in self.exonerated)
            return f"torch is known to be wrong on the way ({'; '.join(known)})"
        if self.ambiguous:
            return (
                "a comparison, a position or a maximum came out otherwise in torch, of numbers that are equal up to"
                " rounding, and both results are right: take other numbers"
            )
        return "nothing of floats, computed from an input or a weight, leads to the output"

    def __str__(self) -> str:
        return self.report()
