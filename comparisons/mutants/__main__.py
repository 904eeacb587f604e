"""Change every rule of the table a little, in every way that a slip of the pen would, and see whether a test fails.

The mutations: a sign, a factor (2, and 1.001), the order of arguments, a dropped term or factor, an axis, one function
for another (sin for cos), a comparison (< for <=), a constant, a condition turned round. Of the rules themselves, and
of every helper that they reach.

Each mutant is put to the tests that reach it: those made from the rule table, and those of tests/rules, tests/nn and
tests/scipy.
Survivors that comparisons/mutants/known explains make no difference and aren't counted. The others are
printed.

The last line of the output:
  mutants M | killed K | equivalent E | survivors S | killed R %
where R is of the mutants that aren't equivalent.

Exit status: 0 if at least 99 % are killed, 1 if not, 2 for wrong arguments, 130 if interrupted.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import time
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from comparisons.__main__ import at_least
from comparisons.pinned import pin

GOAL = 99.0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m comparisons.mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--jobs",
        type=at_least(1),
        default=2,
        metavar="J",
        help="processes; what is killed doesn't depend on it (default: 2)",
    )
    add("--rows", metavar="PATTERN", help="only what the rules of these functions reach, as 'np.*' or 'tape.nn.conv*'")
    add("--files", nargs="+", metavar="PATTERN", help="only functions of these files, as '*/elementwise.py'")
    add("--tests", metavar="PATTERN", help="only tests of these names, as 'rules.test_linalg.*': a quick look")
    add("--limit", type=at_least(1), metavar="N", help="so many mutants, drawn at random")
    add("--seed", type=at_least(0), default=0, metavar="S", help="of that drawing (default: 0)")
    add(
        "--again",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="take over the verdicts of earlier runs, as --json wrote them: tried are only survivors without a reason,"
        " and mutants that weren't there",
    )
    add("--json", type=Path, metavar="FILE", help="also write every mutant with its verdict")
    add("--markdown", type=Path, metavar="FILE", help="also write the page of the reference")
    add("--toml", action="store_true", help="print the survivors as entries of the lists in known, to be given reasons")
    options = parser.parse_args(arguments)
    for path in options.again or ():
        if not path.is_file():
            parser.error(f"--again: there is no file {path.resolve()}")
    for name in ("json", "markdown"):
        path = getattr(options, name)
        if path and not path.resolve().parent.is_dir():
            parser.error(f"--{name}: there is no folder {path.resolve().parent}")
    return options


def selected(options: argparse.Namespace) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the targets, their mutants, and the targets whose text wasn't found."""
    from comparisons.mutants.targets import mutants, node_of, targets
    from tests.test_rules import ROWS

    found = [
        t for t in targets(ROWS, options.rows) if not options.files or any(fnmatch(t.file, p) for p in options.files)
    ]
    every = [m for t in found for m in mutants(t)]
    if options.limit and options.limit < len(every):
        kept = sorted(random.Random(options.seed).sample(range(len(every)), options.limit))
        every = [every[k] for k in kept]
    return found, every, [t for t in found if node_of(t) is None]


def same(record: dict[str, Any]) -> tuple[str, ...]:
    """Return what makes a mutant the same in a later version: all but the number of its line."""
    return tuple(record[k] for k in ("file", "function", "kind", "before", "after", "source"))


def earlier(paths: list[Path]) -> dict[tuple[str, ...], Any]:
    """Return the verdicts of earlier runs, a later one's before an earlier one's."""
    from comparisons.mutants.run import Verdict

    found: dict[tuple[str, ...], Any] = {}
    for path in paths:
        here: dict[tuple[str, ...], Any] = {}
        for one in json.loads(path.read_text(encoding="utf-8"))["mutants"]:
            verdict, key = Verdict(one["killer"], one["how"], one["tests"]), same(one)
            if key not in here or verdict.killer is None:  # of those written alike, all must have been killed
                here[key] = verdict
        found |= here
    return found


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    pin(1)
    try:
        import hypothesis  # noqa: F401  the suite's
        import mpmath  # noqa: F401
        import pytest  # noqa: F401
        import scipy  # noqa: F401
        import torch  # noqa: F401
        from tqdm import tqdm
    except ImportError as missing:
        print(f"comparisons.mutants: needs {missing.name}: pip install 'tape[test]'", file=sys.stderr)
        return 2

    from comparisons.mutants import report
    from comparisons.mutants.checks import gather
    from comparisons.mutants.equivalent import Known, entry
    from comparisons.mutants.run import Suite, run

    began = time.perf_counter()
    known = Known.read()
    targets, mutants, lost = selected(options)
    if not mutants:
        print("comparisons.mutants: no rule fits --rows and --files", file=sys.stderr)
        return 2
    checks = [c for c in gather() if not options.tests or fnmatch(c.name, options.tests)]
    with tqdm(total=len(checks), desc="what reaches what", unit="test", mininterval=0.5) as bar:
        suite = Suite(targets, checks, bar, options.jobs)
    for target in lost:
        print(f"left out, its text isn't what was compiled: {target}")
    for name, how in suite.broken:
        print(f"left out, fails without any mutation: {name} ({how})")

    old = earlier(options.again or [])
    judged: list[Any] = [None] * len(mutants)
    lived: dict[int, Any] = {}
    for k, mutant in enumerate(mutants if options.again else []):
        verdict = old.get(same(report.record(mutant)))
        reason = known.reason(mutant) if verdict and verdict.killer is None else None
        if verdict and (verdict.killer or reason):
            judged[k] = mutant, verdict, reason
        elif verdict:
            lived[k] = mutant, verdict, None
    rest = [k for k, one in enumerate(judged) if one is None]
    rest.sort(key=lambda k: k in lived)  # first those that nobody has seen
    interrupted = False
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell has its background jobs ignore the first
        signal.signal(number, signal.default_int_handler)
    try:
        with tqdm(total=len(rest), desc="mutants", unit="mutant", mininterval=0.5) as bar:
            survivors = 0
            for number, verdict in run(suite, [mutants[k] for k in rest], options.jobs):
                k = rest[number]
                judged[k] = (mutants[k], verdict, known.reason(mutants[k]) if verdict.killer is None else None)
                survivors += verdict.killer is None and judged[k][2] is None
                bar.update()
                bar.set_postfix_str(f"{survivors} survivors", refresh=False)
    except KeyboardInterrupt:
        interrupted = True
    judged = [one or lived.get(k) for k, one in enumerate(judged)]  # cut off, what lived before still does
    judged = [one for one in judged if one is not None]

    left = [(m, v) for m, v, reason in judged if v.killer is None and reason is None]
    print(f"\n{len(targets)} functions, {len(checks)} tests, {time.perf_counter() - began:.0f} s\n")
    print(report.tables(judged))
    if report.reasons(judged):
        print(f"\nequivalent, by reason\n{report.reasons(judged)}")
    if left:
        print(f"\nsurvivors: {len(left)}")
        for mutant, verdict in left:
            print(entry(mutant) if options.toml else report.survivor(mutant, verdict))
    if not (options.rows or options.files or options.tests or options.limit or interrupted):
        for stale in known.stale():
            print(f"comparisons/mutants/known is out of date: {stale}")
    total = report.tally(judged)
    if options.json:
        data = {"totals": total, "mutants": [report.record(*one) for one in judged]}
        options.json.write_text(json.dumps(data, indent=1), encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(report.markdown(judged, len(mutants)), encoding="utf-8")
    print(
        f"\nmutants {total['mutants']} | killed {total['killed']} | equivalent {total['equivalent']}"
        f" | survivors {total['survivors']} | killed {total['rate']:.2f} %",
        flush=True,
    )
    if interrupted:
        return 130
    return 0 if total["rate"] >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
