"""What is printed, and the page of the book: the figures, and the reasons of those that are over 16 ulp."""

from __future__ import annotations

import functools
import json
import math
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from comparisons.accuracy.measure import Measured
from comparisons.accuracy.subject import UNMEASURED

BOUND = 16
"""Units in the last place that a rule may err by without a reason."""

REASONS = Path(__file__).with_name("reasons.toml")


class Reason(NamedTuple):
    """Why some rules are over the bound."""

    text: str
    rules: tuple[str, ...]
    """Patterns of their names, each with its argument where it isn't all of them: ``np.power 0``."""


@functools.cache
def reasons() -> list[Reason]:
    """Read the reasons."""
    entries = tomllib.loads(REASONS.read_text(encoding="utf-8"))["reason"]
    return [Reason(e["text"], tuple(e["rules"])) for e in entries]


def reason(measured: Measured) -> Reason | None:
    """Return why a rule is over the bound, if that is known."""
    for one in reasons():
        for pattern in one.rules:
            name, _, argument = pattern.rpartition("/")
            if fnmatch(measured.name, glob(name or pattern)) and argument in (str(measured.argument), pattern):
                return one
    return None


def glob(name: str) -> str:
    """Return a pattern in which brackets stand for themselves."""
    return name.replace("[", "[[]")


def over(found: list[Measured]) -> list[Measured]:
    """Return those over the bound, the worst last."""
    return sorted((m for m in found if not m.worst <= BOUND), key=lambda m: (m.worst, m.name))


def lacking(found: list[Measured]) -> list[str]:
    """Return the names of those over the bound that have no reason."""
    return [f"{m.name}, argument {m.argument}" for m in over(found) if reason(m) is None]


def short(ulps: float) -> str:
    """Return a number of ulps with two digits, or a dash where it isn't known."""
    return "-" if math.isnan(ulps) else f"{ulps:.1f}" if ulps < 100 else f"{ulps:.2g}"


def place(at: tuple[float, ...]) -> str:
    """Return arguments as one would type them."""
    return ", ".join(f"{x:.17g}" if len(at) == 1 else f"{x:.6g}" for x in at)


def table(found: list[Measured]) -> str:
    """Return everything that was measured as a table."""
    width = max((len(m.name) for m in found), default=0)
    lines = [f"{'rule':{width}}  arg  points    worst     99 %    value  at"]
    lines += [
        f"{m.name:{width}}  {m.argument:3}  {m.points:6}  {short(m.worst):>7}  {short(m.most):>7}"
        f"  {short(m.value):>7}  {place(m.at)}" + (f"  ({m.unsettled} unsettled)" if m.unsettled else "")
        for m in found
    ]
    return "\n".join(lines)


def line(found: list[Measured]) -> str:
    """Return the last line."""
    if not found:
        return "rules 0 | points 0"
    worst = max(found, key=lambda m: m.worst)
    return (
        f"rules {len(found)} | points {sum(m.points for m in found)} | worst {short(worst.worst)} ulp"
        f" ({worst.name} at {place(worst.at)}) | over {BOUND} ulp: {len(over(found))}"
    )


INTRODUCTION = """# How accurate the derivatives are

Each smooth elementwise rule, held against mpmath in float64, at a few hundred arguments from the smallest to the
largest, close to singular points and close to zeros. An *ulp*, a unit in the last place, is the distance from one
float64 to the next: an error of one half is the best that a function can do. This page is written by
`python -m comparisons.accuracy --write`; what NumPy and the processor contribute differs a little from one machine to
another.

*value* is the function's own error, as NumPy or SciPy computes it, at the same arguments. Many rules are made of such
values, and can't be better than they are.

Two things are meant to be read from the list. A derivative that passes through zero there can't keep its relative
error: its terms cancel, and what is left of it is right to some ulp of the terms. And an exponential multiplies the
rounding of its exponent: `exp(-700)` of an exponent that has been rounded is right to 350 ulp or so.
"""


def text(found: list[Measured]) -> str:
    """Return the page."""
    bad = over(found)
    good = [m for m in found if m.worst <= BOUND]
    lines = [
        INTRODUCTION,
        f"{len(found)} derivatives of {len({m.name for m in found})} functions were compared at"
        f" {sum(m.points for m in found)} arguments. {len(good)} of them are within {BOUND} ulp everywhere,"
        f" {len(bad)} aren't, for the reasons below.",
        "",
        f"## Over {BOUND} ulp",
    ]
    for one in reasons():
        here = sorted((m for m in bad if reason(m) is one), key=lambda m: (m.name, m.argument))
        if not here:
            continue
        lines += [
            "",
            f"**{one.text}**",
            "",
            "| rule | argument | worst ulp | 99 % | value | worst at |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| `{m.name}` | {m.argument} | {short(m.worst)} | {short(m.most)} | {short(m.value)} | {place(m.at)} |"
            for m in here
        ]
    lines += ["", f"## Within {BOUND} ulp", "", "| rule | argument | worst ulp | value |", "|---|---|---|---|"]
    lines += [
        f"| `{m.name}` | {m.argument} | {short(m.worst)} | {short(m.value)} |"
        for m in sorted(good, key=lambda m: (m.name, m.argument))
    ]
    lines += ["", "## Not measured", ""]
    for why in dict.fromkeys(UNMEASURED.values()):
        lines.append(f"- {why}: {', '.join(f'`{n}`' for n, w in UNMEASURED.items() if w == why)}")
    return "\n".join(lines) + "\n"


def held(found: list[Measured]) -> str:
    """Return what the tests hold the rules to, as JSON, a line for each."""
    lines = [json.dumps([m.name, m.argument, m.worst, m.held]) for m in found]
    return "[\n" + ",\n".join(lines) + "\n]\n"
