"""What is printed of a run: the tables, and the survivors with their lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from comparisons.mutants.mutate import KINDS
from comparisons.mutants.run import Verdict
from comparisons.mutants.targets import Mutant

Judged = tuple[Mutant, Verdict, str | None]
"""A mutant, its verdict, and the reason why it is equivalent, if it survived and is known to be."""


def tally(judged: list[Judged]) -> dict[str, Any]:
    """Count a list of judged mutants."""
    killed = [v for _, v, _ in judged if v.killer is not None]
    equivalent = sum(v.killer is None and reason is not None for _, v, reason in judged)
    counted = len(judged) - equivalent
    return {
        "mutants": len(judged),
        "killed": len(killed),
        "by a wrong number": sum(v.how == "assertion" for v in killed),
        "by an exception": sum(v.how != "assertion" for v in killed),
        "equivalent": equivalent,
        "survivors": counted - len(killed),
        "rate": 100 * len(killed) / counted if counted else 100.0,
    }


COLUMNS = ("mutants", "killed", "by a wrong number", "by an exception", "equivalent", "survivors")


def table(judged: list[Judged], title: str, of: Callable[[Mutant], str], order: list[str] | None = None) -> str:
    """Return a table with one line for each group of mutants."""
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        groups.setdefault(of(one[0]), []).append(one)
    names = [n for n in order if n in groups] if order else sorted(groups)
    width = max([len(title), 5, *map(len, names)])
    out = ["  ".join([title.ljust(width), *COLUMNS, " killed %"])]
    for name, group in [*((n, groups[n]) for n in names), ("total", judged)]:
        t = tally(group)
        cells = [str(t[c]).rjust(len(c)) for c in COLUMNS]
        out.append("  ".join([name.ljust(width), *cells, f"{t['rate']:9.2f}"]))
    return "\n".join(out)


def tables(judged: list[Judged]) -> str:
    """Return both tables."""
    by_kind = table(judged, "kind", lambda m: m.kind, KINDS)
    return f"{by_kind}\n\n{table(judged, 'file', lambda m: m.target.file)}"


def survivor(mutant: Mutant, verdict: Verdict) -> str:
    """Return what a person needs to look into a survivor."""
    return (
        f"{mutant.target.file}:{mutant.line}: {mutant.target.label}: {mutant.kind}: {mutant.change}"
        f"  ({verdict.how}, {verdict.tests} tests)\n    {mutant.source()}"
    )


def reasons(judged: list[Judged]) -> str:
    """Return how many mutants each reason accounts for."""
    count: dict[str, int] = {}
    for _, verdict, reason in judged:
        if verdict.killer is None and reason is not None:
            count[reason] = count.get(reason, 0) + 1
    return "\n".join(f"{n:6}  {reason}" for reason, n in sorted(count.items(), key=lambda item: (-item[1], item[0])))


def markdown(judged: list[Judged], every: int) -> str:
    """Return the page of the reference: what was changed, what was found, and what wasn't, each with its line.

    It says so if not every mutant was judged.
    """
    t = tally(judged)
    left = [(m, v) for m, v, reason in judged if v.killer is None and reason is None]
    out = [
        "# Mutants: the tests, tested",
        "",
        "Each rule, and each helper that a rule reaches, is changed a little, in every way that a slip of the pen"
        " would: a sign, a factor of 2 or of 1.001, arguments swapped, a term or a factor dropped, another axis,"
        " another function (cos for sin), `<` for `<=`, a constant, a condition turned round. The suite must notice."
        " This page is written by `python -m comparisons.mutants --markdown docs/reference/mutants.md`.",
        "",
        *(
            [f"**{len(judged)} of {every} mutants were judged:** the run was cut off.", ""]
            if len(judged) < every
            else []
        ),
        f"{t['mutants']} mutants: {t['killed']} killed ({t['by a wrong number']} by a wrong number,"
        f" {t['by an exception']} by an exception), {t['equivalent']} make no difference, {t['survivors']} survive."
        f" Of those that make a difference, {t['rate']:.2f} % are killed.",
        "",
        "```",
        tables(judged),
        "```",
        "",
        "## Those that make no difference",
        "",
        "Each is listed in `comparisons/mutants/known`, with its line and the reason.",
        "",
        "```",
        reasons(judged),
        "```",
        "",
        "## Those that survive",
        "",
        *[f"- `{m.target.file}`, `{m.target.label}`, {m.kind}: ``{m.change}``" for m, _ in left],
    ]
    return "\n".join(out) + "\n"


def record(mutant: Mutant, verdict: Verdict | None = None, reason: str | None = None) -> dict[str, Any]:
    """Return a mutant for the JSON file, with its verdict if it was judged."""
    found = {
        "file": mutant.target.file,
        "line": mutant.line,
        "function": mutant.target.label,
        "kind": mutant.kind,
        "before": mutant.before,
        "after": mutant.after,
        "source": mutant.source(),
    }
    if verdict is not None:
        found |= {"killer": verdict.killer, "how": verdict.how, "tests": verdict.tests, "equivalent": reason}
    return found
