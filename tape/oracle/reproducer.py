"""A disagreement as a script of its own, that shows it with NumPy, torch and tape alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tape.entry import dtype_of, unpack
from tape.oracle.tolerance import is_float
from tape.record import INPUT, Tape, Var, record

if TYPE_CHECKING:
    from tape.oracle.comparison import Disagreement
    from tape.rule import Row

__tape__ = True

LOCAL = ("value", "rule")
"""What one entry shows alone."""


def script(t: Tape, output: Var, disagreement: Disagreement | None = None, *, seed: Any = None) -> str:
    """Return a script that shows a disagreement.

    Parameters
    ----------
    t : Tape
        The tape that was compared.
    output : Var
        The entry that was differentiated.
    disagreement : Disagreement, optional
        What was found. Where one entry shows it alone, the script is of that entry; of the whole program otherwise.
    seed : array_like, optional
        The adjoint of the output.

    Returns
    -------
    str
        Python. Run, it prints our adjoint and torch's of each input, and the report of the comparison.

    Raises
    ------
    SourceError
        A function or an option can't be spelled.
    """
    title = "What tape and torch differentiate." if disagreement is None else str(disagreement).split("\n")[0]
    if disagreement is not None and disagreement.role in LOCAL:
        t, output, seed = cut(t, disagreement.entry, disagreement.seed)
    return written(t, output, seed, title)


def cut(t: Tape, i: int, seed: Any = None) -> tuple[Tape, Var, Any]:
    """Return one entry on a tape of its own: its arguments are inputs, the same argument the same input.

    Returns
    -------
    t, output, seed : Tape, Var, array or None
        For an entry with several results, the output is a sum over their elements, weighted by the seeds.
    """
    row, refs, raws, y, _, options = unpack(t._log[i])
    u, v = alone(row, refs, raws, options or {}, t._names)
    if type(y) is tuple:
        total: Any = None
        for k, part in enumerate(y):
            if is_float(part):
                weight = (
                    seed[k] if seed is not None and seed[k] is not None else np.ones(np.shape(part), dtype_of(part))
                )
                term = np.sum(v[k] * weight)
                total = term if total is None else total + term
        return u, total, None
    return u, v, np.ones(np.shape(y), dtype_of(y)) if seed is None and np.size(y) != 1 else seed


def alone(
    row: Row, refs: Sequence[int], args: Sequence[Any], options: dict[str, Any], names: dict[int, str]
) -> tuple[Tape, Var]:
    """Record one call on a tape of its own, its arguments being inputs where they are floats and came from entries."""
    u = Tape()
    made: dict[int, Any] = {}
    for a, arg in zip(refs, args, strict=True):
        if a >= 0 and a not in made:
            made[a] = u.input(arg, names.get(a) or f"x{len(made)}") if is_float(arg) else arg
    given = tuple(made[a] if a >= 0 else arg for a, arg in zip(refs, args, strict=True))
    return u, record(row.base, given, options, None)


def written(t: Tape, output: Var, seed: Any, title: str) -> str:
    """Return the script of a program."""
    from tape.program.source import live
    from tape.program.spelling import Speller

    last = output._index
    entries = live(t, [last])
    inputs = [i for i in entries if t._log[i][0] == INPUT.id]
    speller = Speller(t, inputs, last)
    speller.taken |= {"t", "tape", "ours", "theirs", "compare", "replay", "name", "v"}
    roles = {i: "weight" if t._roles.get(i) == "weight" else "input" for i in inputs}
    leaves = [
        f"{speller.names[i]} = t.{roles[i]}({speller.recorded(unpack(t._log[i])[3])}, name={speller.names[i]!r})"
        for i in inputs
    ]
    speller.forward(entries)
    given = "None" if seed is None else speller.recorded(np.asarray(seed))
    out = speller.names[last]
    named = ", ".join(f"{speller.names[i]}={speller.names[i]}" for i in inputs)
    lines = [
        f'"""{title}"""',
        "",
        *[line for line in speller.imports if line.startswith("import")],
        "import numpy as np",
        "",
        "import tape",
        *[line for line in speller.imports if line.startswith("from")],
        "from tape.oracle import compare",
        "from tape.program.torch import replay",
        "",
        *speller.constants,
        "t = tape.Tape()",
        *leaves,
        *speller._forward,
        f"seed = {given}",
        f"ours, theirs = t.sweep({out}, seed), replay(t, {out}, seed).adjoints",
        f"for name, v in dict({named}).items():",
        '    print(name, "tape ", ours[v].tolist())',
        '    print(name, "torch", None if theirs[v.entry.index] is None else theirs[v.entry.index].tolist())',
        f"print(compare(t, {out}, seed).report())",
    ]
    if "import base64" in speller.imports:
        from tape.program.spelling import DECODED

        lines[lines.index("t = tape.Tape()")] = f"{DECODED}\n\nt = tape.Tape()"
    return "\n".join(lines) + "\n"
