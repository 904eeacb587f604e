"""What is printed of the rules that aren't elementwise, and their page."""

from __future__ import annotations

import functools
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

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
isn't right; that is counted by itself.

Nor can a derivative be held to what its value isn't: where NumPy's and SciPy's values are others in the two precisions,
since they overflow, vanish or take another branch, wrong derivatives are *left out*, and counted. Where the value is
ours there is no such excuse, and where a value isn't finite none for a derivative that is finite and wrong.

This page is written by `python -m comparisons.accuracy --part arrays --write`.
"""


class Reason(NamedTuple):
    """Why some derivatives aren't what they are held to, and by how much at most."""

    text: str
    up_to: dict[str, float]
    """The largest excess that is known, by patterns of names."""


@functools.cache
def reasons() -> tuple[Reason, ...]:
    """Read the reasons."""
    entries = tomllib.loads(REASONS.read_text(encoding="utf-8"))["reason"]
    return tuple(Reason(e["text"], {name: float(bound) for name, bound in e["up_to"].items()}) for e in entries)


def reason(fared: Fared) -> tuple[Reason, float] | None:
    """Return why a derivative isn't what it is held to, if that is known, and up to which excess."""
    for one in reasons():
        for pattern, bound in one.up_to.items():
            name, _, of = pattern.rpartition("/")
            if fnmatch(fared.name, name or pattern) and of in (fared.of, pattern):
                return one, bound
    return None


def beyond(found: list[Fared]) -> list[Fared]:
    """Return those that err by more than their arguments excuse, or aren't finite somewhere."""
    return sorted((f for f in found if not f.excess <= BOUND or f.refused), key=lambda f: (f.name, f.of))


def excused(found: list[Fared]) -> list[Fared]:
    """Return those over the bound in ulp alone: their arguments are known no better."""
    bad = beyond(found)
    return sorted((f for f in found if not f.error <= BOUND and f not in bad), key=lambda f: (f.name, f.of))


def lacking(found: list[Fared]) -> list[str]:
    """Return what needs a reason and has none, or errs by more than its reason is for."""
    lines: list[str] = []
    for f in beyond(found):
        known = reason(f)
        if known is None:
            lines.append(f"{f.name}, {label(f)}, errs by more than its arguments do, and has no reason")
        elif not f.excess <= known[1]:
            which = f"{f.excess:.2g} times its spread, {f.excess_at}"
            lines.append(f"{f.name}, {label(f)}, errs by {which}, of which {known[1]:g} are accepted")
    return lines


def label(fared: Fared) -> str:
    """Return of what the derivative is."""
    return fared.of if fared.of == "tangent" else f"argument {fared.of}"


def table(found: list[Fared]) -> str:
    """Return everything that was measured as a table."""
    width = max((len(f.name) for f in found), default=0)
    lines = [f"{'rule':{width}}  of       points  left out    worst   spread   excess  not finite  at"]
    lines += [
        f"{f.name:{width}}  {f.of:7}  {f.points:6}  {f.left_out:8}  {short(f.error):>7}  {short(f.spread):>7}"
        f"  {short(f.excess):>7}  {f.refused:10}  {f.where}"
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
        f" | points left out: {sum(f.left_out for f in found)}, since the value already differs"
    )


def text(found: list[Fared]) -> str:
    """Return the page."""
    bad, excuse = beyond(found), excused(found)
    good = [f for f in found if f.error <= BOUND and not f.refused]
    lines = [
        INTRODUCTION,
        f"{len(found)} derivatives, by arguments and in forward mode, of {len({f.name for f in found})} functions were"
        f" compared at {sum(f.points for f in found)} points; {sum(f.left_out for f in found)} more were left out,"
        f" since the value already differs. {len(good)} are within {BOUND} ulp everywhere, {len(excuse)} more are as"
        f" good as their arguments, {len(bad)} aren't, for the reasons below.",
        "",
        "## Beyond what their arguments excuse",
    ]
    for one in reasons():
        here = [(f, known[1]) for f in bad if (known := reason(f)) is not None and known[0] == one]
        if here:
            lines += [
                "",
                f"**{one.text}**",
                "",
                "| rule | of | times its spread | at | accepted up to | not finite | at | left out |",
                "|---|---|---|---|---|---|---|---|",
            ]
            lines += [
                f"| `{f.name}` | {label(f)} | {short(f.excess)} | {f.excess_at if f.excess > BOUND else ''} |"
                f" {bound:g} | {f'{f.refused} of {f.points}' if f.refused else ''} | {f.refused_at} |"
                f" {f.left_out or ''} |"
                for f, bound in here
            ]
    head = ["", "| rule | of | worst ulp | spread there | at | left out |", "|---|---|---|---|---|---|"]
    lines += ["", "## As good as their arguments", *head]
    lines += [
        f"| `{f.name}` | {label(f)} | {short(f.error)} | {short(f.spread)} | {f.where} | {f.left_out or ''} |"
        for f in excuse
    ]
    lines += ["", f"## Within {BOUND} ulp", "", "| rule | of | worst ulp | left out |", "|---|---|---|---|"]
    lines += [
        f"| `{f.name}` | {label(f)} | {short(f.error)} | {f.left_out or ''} |"
        for f in sorted(good, key=lambda f: (f.name, f.of))
    ]
    return "\n".join(lines) + "\n"
