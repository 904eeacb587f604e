"""Hold one recorded network against torch.autograd, entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from comparisons.tally import Gradient, Outcome


def hold(run: Callable[[Any], Any], label: str, dtype: str, kinds: Sequence[str] = ()) -> Outcome:
    """Record ``run(t)`` on a tape, and compare the adjoint of every entry with torch's.

    Parameters
    ----------
    run : callable
        Records a network on the tape that it is given, and returns its output.
    label : str
        What the network is called where it is reported.
    dtype : str
        The precision that it is counted under.
    kinds : sequence of str
        The kinds of its layers.
    """
    import tape
    from tape.oracle import compare

    t = tape.Tape()
    found = compare(t, run(t))
    return Outcome(
        label,
        dtype,
        tuple(Gradient(g.kind, g.role, g.error) for g in found.gradients),
        kinds=tuple(sorted(set(kinds))),
        rules=found.rules,
        ambiguous=found.ambiguous,
        disagreements=len(found.disagreements),
        exonerated=len(found.exonerated),
        report=f"{label}\n{found.report()}" if found.disagreements else "",
    )
