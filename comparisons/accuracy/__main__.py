"""How accurate are the derivatives? Elementwise rules against mpmath, others in a low beside a high precision.

Elementwise: each smooth row of the rule table is differentiated through tape's public API, in float64, at arguments
from the smallest to the largest, close to singular points and to zeros. mpmath gives the exact derivative, with as
many digits as it takes. The error is in units in the last place of the exact derivative (ulp): 1 is the distance to
the next float64. Where the derivative or the function is outside the range of float64 a point is left out.

Its table:
  points      where both were compared
  worst, at   the largest error, and the argument
  99 %        99 of 100 points err by no more
  value       the largest error of the function itself, as NumPy or SciPy computes it, at the same points: a rule that
              is made of such values can't do better

Its last line:
  rules R | points P | worst U ulp (NAME at X) | over 16 ulp: N
A rule counts once for each argument that it is differentiated in.

Arrays: every other row, at the samples of its tests and at harder ones that are made of them, in float32 beside
float64 and in float64 beside longdouble. Its table:
  worst, at   the largest error, in ulp of the largest element of the derivative
  spread      how far the derivative moves there with arguments that are moved by half an ulp, in the same unit
  excess      the largest error in units of 1 + spread: what is the rule's own
  left out    at how many points the value already differs in the two precisions, and the derivative does or isn't
              finite; a value of ours that is finite is no excuse, nor one that isn't for a derivative that is
  not finite  at how many points the derivative is NaN or infinite, and so says that it isn't right
Its last line:
  derivatives of arrays R | points P | within 16 ulp: N | beyond 16 times their spread: M | not finite somewhere: K
  | points left out: L, since the value already differs

Exit status: 0 if every rule that is over 16 ulp, or beyond 16 times its spread, has a reason in
comparisons/accuracy/reasons.toml or arrays.toml, and errs by no more than that accepts, 1 if not, 2 for wrong
arguments, 130 if interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from comparisons.__main__ import at_least
from comparisons.pinned import pin

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
PAGE, ARRAYS_PAGE = REFERENCE / "accuracy.md", REFERENCE / "accuracy-of-arrays.md"
HELD = Path(__file__).with_name("held.json")
"""What the tests hold the rules to: a handful of points of each, with the exact derivatives."""


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m comparisons.accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--part", choices=["elementwise", "arrays", "all"], default="all", help="which rules (default: all)")
    add("--rows", default="*", metavar="PATTERN", help="only these, as 'np.*' or 'scipy.special.erf*'")
    add(
        "--every",
        type=at_least(1),
        default=1,
        metavar="K",
        help="of elementwise rules only every K-th argument, for a quick look (default: 1, all of them)",
    )
    add(
        "--jobs",
        type=at_least(1),
        default=os.cpu_count() or 1,
        metavar="J",
        help="processes; the result doesn't depend on it (default: one for each processor)",
    )
    add("--json", type=Path, metavar="FILE", help="also write every figure")
    add(
        "--write",
        action="store_true",
        help="write docs/reference/accuracy.md and what the tests hold, and docs/reference/accuracy-of-arrays.md",
    )
    options = parser.parse_args(arguments)
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"--json: there is no folder {options.json.resolve().parent}")
    if options.write and (options.rows != "*" or options.every != 1):
        parser.error("--write: the page is of all rows and all arguments")
    return options


def tasks(rows: str, every: int) -> list[tuple[str, int, int]]:
    """Return what is to be measured: names, arguments, and one of how many points."""
    from comparisons.accuracy import subjects  # noqa: F401
    from comparisons.accuracy.subject import SUBJECTS

    found = [
        (s.name, k, every)
        for s in SUBJECTS.values()
        for k, slope in enumerate(s.slopes)
        if slope is not None and (fnmatch(s.name, rows) or fnmatch(s.row, rows))
    ]
    return sorted(found)


def gather(measure: Any, todo: list[Any], jobs: int, desc: str) -> tuple[list[Any], bool]:
    """Return what was measured, in order, and whether it was interrupted."""
    import multiprocessing

    from tqdm import tqdm

    found: list[Any] = []
    jobs = min(jobs, len(todo))
    with (
        multiprocessing.get_context("spawn").Pool(jobs) if jobs > 1 else contextlib.nullcontext() as pool,
        tqdm(total=len(todo), desc=desc, unit="rule", mininterval=0.5) as bar,
    ):
        try:
            for task, measured in zip(todo, pool.imap(measure, todo) if pool else map(measure, todo), strict=True):
                found.append(measured)
                bar.update()
                bar.set_postfix_str(task if isinstance(task, str) else task[0], refresh=False)
        except KeyboardInterrupt:
            return found, True
    return found, False


def elementwise(options: argparse.Namespace, todo: list[Any]) -> tuple[list[str], bool]:
    """Measure the elementwise rules; return what lacks a reason."""
    from comparisons.accuracy import page
    from comparisons.accuracy.measure import one

    found, interrupted = gather(one, todo, options.jobs, "elementwise")
    print(page.table(found))
    if options.write and not interrupted:
        PAGE.write_text(page.text(found), encoding="utf-8")
        HELD.write_text(page.held(found), encoding="utf-8")
        print(f"\nwritten: {PAGE}, {HELD}")
    options.found["elementwise"] = found
    print(page.line(found), flush=True)
    lacking = [f"{name} is over {page.BOUND} ulp, and has no reason" for name in page.lacking(found)]
    return lacking, interrupted


def arrays(options: argparse.Namespace, todo: list[Any]) -> tuple[list[str], bool]:
    """Measure the other rules; return what lacks a reason."""
    from comparisons.accuracy import arrays_page as page
    from comparisons.accuracy.precisions import one

    parts, interrupted = gather(one, todo, options.jobs, "arrays")
    found = [fared for part in parts for fared in part]
    print(page.table(found))
    if options.write and not interrupted:
        ARRAYS_PAGE.write_text(page.text(found), encoding="utf-8")
        print(f"\nwritten: {ARRAYS_PAGE}")
    options.found["arrays"] = found
    print(page.line(found), flush=True)
    return page.lacking(found), interrupted


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    pin(1)
    try:
        import hypothesis  # noqa: F401  the samples' tests
        import mpmath  # noqa: F401
        import pytest  # noqa: F401
        import scipy  # noqa: F401
        import tqdm  # noqa: F401
    except ImportError as missing:
        print(f"comparisons.accuracy: needs {missing.name}: pip install 'tape[test]'", file=sys.stderr)
        return 2
    parts: list[tuple[Any, list[Any]]] = []
    if options.part != "elementwise":
        from comparisons.accuracy.precisions import subjects

        parts.append((arrays, sorted(subjects(options.rows))))
    if options.part != "arrays":
        parts.append((elementwise, tasks(options.rows, options.every)))
    if not any(todo for _, todo in parts):
        print(f"comparisons.accuracy: no row fits {options.rows!r}", file=sys.stderr)
        return 2
    options.found = {}
    lacking: list[str] = []
    interrupted = False
    for part, todo in parts:
        if todo and not interrupted:
            without, interrupted = part(options, todo)
            lacking += without
    if options.json:
        figures = {part: [dataclasses.asdict(m) for m in found] for part, found in options.found.items()}
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    for name in lacking:
        print(f"NOT EXPLAINED: {name}", file=sys.stderr)
    return 130 if interrupted else int(bool(lacking))


if __name__ == "__main__":
    sys.exit(main())
