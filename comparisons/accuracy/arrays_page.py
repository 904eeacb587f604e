"""What is printed of the rules that aren't elementwise, and their page."""

from __future__ import annotations

import functools
import tomllib
from fnmatch import fnmatch
from pathlib import Path

from comparisons.accuracy.page import BOUND, short
from comparisons.accuracy.precisions import Fared

REASONS = Path(__file__).with_name("arrays.toml")

INTRODUCTION = f"""# How accurate the derivatives of whole arrays are

Reductions, norms, products, decompositions, transforms, layers: each row of the rule table that isn't elementwise
(those stand in [a list of their own](accuracy.md)), at its samples in the tests and at what is made of them: offset
by a thousand, tiny and huge numbers, whose squares are out of range, elements that fall by six powers of ten, that
are nearly equal, of large numbers that cancel, with zeros among them, and matrices that are nearly singular.

Each runs in a lower precision beside itself in a higher one, on the same numbers: float32 beside float64, and float64
beside longdouble where NumPy has that. What a rule loses by cancelling, overflowing or underflowing is in the
difference. The error is that of the element that is furthest off, in ulp of the largest element of the derivative.

Not all of it is the rule's. An inverse of a nearly singular matrix moves by more than the matrix does. So the
derivative is also taken of arguments that are moved by half an ulp, and how far it moves then, its *spread*, is set
beside the error. A rule is held to {BOUND} times `1 + spread`. Where a derivative isn't finite it says itself that it
isn't right; that is counted by itself. This page is written by `python -m comparisons.accuracy --part arrays --write`.
"""


@functools.cache
def reasons() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read the reasons: texts and patterns."""
    entries = tomllib.loads(REASONS.read_text(encoding="utf-8"))["reason"]
    return tuple((e["text"], tuple(e["rules"])) for e in entries)


def reason(fared: Fared) -> str | None:
    """Return why a derivative isn't what it is held to, if that is known."""
    for text, rules in reasons():
        for pattern in rules:
            name, _, of = pattern.rpartition("/")
            if fnmatch(fared.name, name or pattern) and of in (fared.of, pattern):
                return text
    return None


def beyond(found: list[Fared]) -> list[Fared]:
    """Return those that err by more than their arguments excuse, or aren't finite somewhere."""
    return sorted((f for f in found if not f.excess <= BOUND or f.refused), key=lambda f: (f.name, f.of))


def excused(found: list[Fared]) -> list[Fared]:
    """Return those over the bound in ulp alone: their arguments are known no better."""
    bad = beyond(found)
    return sorted((f for f in found if not f.error <= BOUND and f not in bad), key=lambda f: (f.name, f.of))


def lacking(found: list[Fared]) -> list[str]:
    """Return the names of those that need a reason and have none."""
    return [f"{f.name}, {label(f)}" for f in beyond(found) if reason(f) is None]


def label(fared: Fared) -> str:
    """Return of what the derivative is."""
    return fared.of if fared.of == "tangent" else f"argument {fared.of}"


def table(found: list[Fared]) -> str:
    """Return everything that was measured as a table."""
    width = max((len(f.name) for f in found), default=0)
    lines = [f"{'rule':{width}}  of       points    worst   spread   excess  not finite  at"]
    lines += [
        f"{f.name:{width}}  {f.of:7}  {f.points:6}  {short(f.error):>7}  {short(f.spread):>7}  {short(f.excess):>7}"
        f"  {f.refused:10}  {f.where}"
        for f in found
    ]
    return "\n".join(lines)


def line(found: list[Fared]) -> str:
    """Return the last line."""
    over = [f for f in found if not f.excess <= BOUND]
    return (
        f"derivatives of arrays {len(found)} | points {sum(f.points for f in found)}"
        f" | within {BOUND} ulp: {sum(f.error <= BOUND for f in found)}"
        f" | beyond {BOUND} times their spread: {len(over)} | not finite somewhere: {sum(f.refused > 0 for f in found)}"
    )


def text(found: list[Fared]) -> str:
    """Return the page."""
    bad, excuse = beyond(found), excused(found)
    good = [f for f in found if f.error <= BOUND and not f.refused]
    lines = [
        INTRODUCTION,
        f"{len(found)} derivatives, by arguments and in forward mode, of {len({f.name for f in found})} functions were"
        f" compared at {sum(f.points for f in found)} points. {len(good)} are within {BOUND} ulp everywhere,"
        f" {len(excuse)} more are as good as their arguments, {len(bad)} aren't, for the reasons below.",
        "",
        "## Beyond what their arguments excuse",
    ]
    for why, _ in reasons():
        here = [f for f in bad if reason(f) == why]
        if here:
            lines += [
                "",
                f"**{why}**",
                "",
                "| rule | of | times its spread | at | not finite | at |",
                "|---|---|---|---|---|---|",
            ]
            lines += [
                f"| `{f.name}` | {label(f)} | {short(f.excess)} | {f.excess_at if f.excess > BOUND else ''} |"
                f" {f'{f.refused} of {f.points}' if f.refused else ''} | {f.refused_at} |"
                for f in here
            ]
    head = ["", "| rule | of | worst ulp | spread there | at |", "|---|---|---|---|---|"]
    lines += ["", "## As good as their arguments", *head]
    lines += [f"| `{f.name}` | {label(f)} | {short(f.error)} | {short(f.spread)} | {f.where} |" for f in excuse]
    lines += ["", f"## Within {BOUND} ulp", "", "| rule | of | worst ulp |", "|---|---|---|"]
    lines += [f"| `{f.name}` | {label(f)} | {short(f.error)} |" for f in sorted(good, key=lambda f: (f.name, f.of))]
    return "\n".join(lines) + "\n"
