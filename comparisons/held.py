"""Hold one recorded network against torch.autograd, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from comparisons.tally import Gradient, Outcome


def hold(run: Callable[[Any], Any], label: str, dtype: str) -> Outcome:
    """Record ``run(t)`` on a tape, and compare the adjoint of every entry with torch's.

    Parameters
    ----------
    run : callable
        Records a network on the tape that it is given, and returns its output.
    label : str
        What the network is called where it is reported.
    dtype : str
        The precision that it is counted under.
    """
    import tape
    from tape.oracle import compare

    t = tape.Tape()
    comparison = compare(t, run(t))
    gradients = tuple(
        Gradient(kind_of(t.entries[index]), "weight" if t.entries[index].role == "weight" else "activation", error)
        for index, error in comparison.errors.items()
    )
    return Outcome(
        label,
        dtype,
        gradients,
        ambiguous=bool(comparison.ambiguous),
        disagreements=len(comparison.disagreements),
        report=f"{label}\n\n{comparison.report()}" if comparison.disagreements else "",
    )


def kind_of(entry: Any) -> str:
    """Return the kind of layer that an entry belongs to: the scope that it was recorded in."""
    return entry.scope.split("/")[0] or "input"
