"""How accurate are the derivatives? Hold every smooth elementwise rule against mpmath, in units in the last place.

Each row of the rule table is differentiated through tape's public API, in float64, at arguments from the smallest to
the largest, close to singular points and to zeros. mpmath gives the exact derivative, with as many digits as it takes.
The error is in units in the last place of the exact derivative (ulp): 1 is the distance to the next float64. Where the
derivative or the function is outside the range of float64 a point is left out.

The table:
  points      where both were compared
  worst, at   the largest error, and the argument
  99 %        99 of 100 points err by no more
  value       the largest error of the function itself, as NumPy or SciPy computes it, at the same points: a rule that
              is made of such values can't do better

The last line of the output:
  rules R | points P | worst U ulp (NAME at X) | over 16 ulp: N
A rule counts once for each argument that it is differentiated in.

Exit status: 0 if every rule over 16 ulp has a reason in comparisons/accuracy/reasons.toml, 1 if not, 2 for wrong
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

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "accuracy.md"
HELD = Path(__file__).with_name("held.json")
"""What the tests hold the rules to: a handful of points of each, with the exact derivatives."""


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m comparisons.accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--rows", default="*", metavar="PATTERN", help="only these, as 'np.*' or 'scipy.special.erf*'")
    add(
        "--every",
        type=at_least(1),
        default=1,
        metavar="K",
        help="only every K-th argument, for a quick look (default: 1, all of them)",
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
        help="write docs/reference/accuracy.md, and what the tests hold",
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


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    pin(1)
    try:
        import multiprocessing

        import mpmath  # noqa: F401
        import scipy  # noqa: F401
        from tqdm import tqdm
    except ImportError as missing:
        print(f"comparisons.accuracy: needs {missing.name}: pip install 'tape[test]'", file=sys.stderr)
        return 2
    from comparisons.accuracy import page
    from comparisons.accuracy.measure import one

    todo = tasks(options.rows, options.every)
    if not todo:
        print(f"comparisons.accuracy: no row fits {options.rows!r}", file=sys.stderr)
        return 2
    found: list[Any] = []
    interrupted = False
    jobs = min(options.jobs, len(todo))
    with (
        multiprocessing.get_context("spawn").Pool(jobs) if jobs > 1 else contextlib.nullcontext() as pool,
        tqdm(total=len(todo), desc="accuracy", unit="rule", mininterval=0.5) as bar,
    ):
        try:
            for measured in pool.imap(one, todo) if pool else map(one, todo):
                found.append(measured)
                bar.update()
                bar.set_postfix_str(measured.name, refresh=False)
        except KeyboardInterrupt:
            interrupted = True
    print(page.table(found))
    lacking = page.lacking(found)
    if options.json:
        options.json.write_text(json.dumps([dataclasses.asdict(m) for m in found], indent=1), encoding="utf-8")
    if options.write and not interrupted:
        PAGE.write_text(page.text(found), encoding="utf-8")
        HELD.write_text(page.held(found), encoding="utf-8")
        print(f"\nwritten: {PAGE}, {HELD}")
    for name in lacking:
        print(f"NOT EXPLAINED: {name} is over {page.BOUND} ulp, and has no reason", file=sys.stderr)
    sys.stderr.flush()
    print(page.line(found), flush=True)
    return 130 if interrupted else int(bool(lacking))


if __name__ == "__main__":
    sys.exit(main())
