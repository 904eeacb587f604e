"""Hold one recorded network against torch.autograd, entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from comparisons.tally import Gradient, Outcome

LONGEST = 50_000
"""Characters of the longest script that is shown: those of large arrays are no reading matter."""


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
    output = run(t)
    found = compare(t, output)
    return Outcome(
        label,
        dtype,
        tuple(Gradient(g.kind, g.role, g.error) for g in found.gradients),
        kinds=tuple(sorted(set(kinds))),
        rules=found.rules,
        ambiguous=found.ambiguous,
        disagreements=len(found.disagreements),
        exonerated=len(found.exonerated),
        report=f"{label}\n{found.report()}\n\n{standalone(t, output, found.first)}" if found.disagreements else "",
    )


def standalone(t: Any, output: Any, disagreement: Any) -> str:
    """Return a script that shows a disagreement by itself."""
    from tape.oracle import script

    try:
        text = script(t, output, disagreement)
        return text if len(text) <= LONGEST else f"(tape.oracle.script writes a script of {len(text):,} characters)"
    except Exception as error:  # the disagreement is worth more than the script
        return f"(no script could be written: {type(error).__name__}: {error})"
