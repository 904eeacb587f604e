"""Is tape right? Hold every gradient that it computes against torch.autograd's.

First, scikit-learn's digits: a perceptron and a small convolutional network are trained on the tape, and every
activation gradient and every weight gradient of a real batch is compared, at the first step and at the last. Then a
campaign of random networks, in which every kind of layer occurs.

The last line of the output counts the campaign:
  networks N | activation gradients A | weight gradients W | ambiguous M | disagreements D
where D also counts the digits' disagreements. An ambiguous network is one in which rounding alone made tape and torch
take different sides of a branch: it decides nothing.

Exit status: 0 if nothing disagrees and both models reach 97 % test accuracy, 1 if not, 2 for wrong arguments, 130 if
interrupted (what was found by then is printed all the same).
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

from comparisons.pinned import pin
from comparisons.tally import Outcome, Tally


def at_least(least: int) -> Any:
    def number(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be a whole number, not {text!r}") from None
        if found < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}, not {found}")
        return found

    return number


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m comparisons", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--networks", type=at_least(1), default=1000, metavar="N", help="random networks (default: 1000)")
    add(
        "--seed",
        type=at_least(0),
        default=0,
        metavar="S",
        help="of everything random: one seed, one result (default: 0)",
    )
    add(
        "--jobs",
        type=at_least(1),
        default=os.cpu_count() or 1,
        metavar="J",
        help="processes for the campaign; the result doesn't depend on it (default: one for each processor)",
    )
    add(
        "--report",
        type=Path,
        default=Path("report.html"),
        metavar="FILE",
        help="where to write the report, one HTML file that needs nothing else (default: report.html)",
    )
    add("--no-report", action="store_true", help="write no report")
    add("--no-digits", action="store_true", help="skip the training, and its goal")
    add(
        "--steps",
        type=at_least(1),
        metavar="K",
        help="train each model for K steps only; the accuracy is then no goal (default: enough for the goal)",
    )
    add(
        "--plant",
        metavar="FUNCTION",
        help="make the rule of one function, such as np.tanh, wrong by a thousandth: the run must find it, and exit 1",
    )
    options = parser.parse_args(arguments)
    if not options.no_report:
        folder = options.report.resolve().parent
        if options.report.is_dir():
            parser.error(f"--report: {options.report} is a folder, give a file's name")
        if not folder.is_dir():
            parser.error(f"--report: there is no folder {folder}")
        if not os.access(options.report if options.report.exists() else folder, os.W_OK):
            parser.error(f"--report: {options.report} can't be written")
    return options


def need_extras() -> str | None:
    """Return what is missing, if anything that the comparison needs isn't installed."""
    from importlib.util import find_spec

    modules = {
        "torch": "torch",
        "sklearn": "scikit-learn",
        "matplotlib": "matplotlib",
        "tqdm": "tqdm",
        "jinja2": "jinja2",
    }
    missing = [package for module, package in modules.items() if find_spec(module) is None]
    return f"needs {', '.join(missing)}: pip install 'tape[compare]'" if missing else None


MOST_SHOWN = 3
"""Networks whose disagreements are printed in full."""


class Run:
    """One run: what was found so far, so that an interrupt loses nothing."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.tally = Tally()
        self.models: list[Any] = []
        self.problems: list[str] = []
        self.begun = time.perf_counter()

    def digits(self) -> None:
        """Train both models, and print how they fared."""
        from tqdm import tqdm

        from comparisons import digits
        from comparisons.fault import planted
        from comparisons.report import worst

        options = self.options
        d = digits.data()
        for name in digits.MODELS:
            total = digits.steps_of(name, d, options.steps)
            with tqdm(total=total, desc=f"digits, {name}", unit="step", mininterval=0.5) as bar:

                def advance(loss: float, bar: Any = bar) -> None:
                    bar.update()
                    bar.set_postfix_str(f"loss {loss:.3f}", refresh=False)

                with planted(options.plant):
                    model = digits.train(name, d, seed=options.seed, steps=options.steps, advance=advance)
            self.models.append(model)
            print(f"digits, {name}: {len(model.losses)} steps, test accuracy {100 * model.accuracy:.2f} %")
            for outcome in model.comparisons:
                weights = sum(g.role == "weight" for g in outcome.gradients)
                print(
                    f"  {outcome.label.split(', ', 1)[1]}: activation gradients {len(outcome.gradients) - weights},"
                    f" weight gradients {weights}, worst {worst(outcome):.2g} of the tolerance,"
                    f" disagreements {outcome.disagreements}"
                )
                self.show(outcome)
            if options.steps is None and model.accuracy < digits.GOAL:
                self.problems.append(
                    f"{name}: test accuracy {100 * model.accuracy:.2f} %, and {100 * digits.GOAL:.0f} % is the goal"
                )

    def campaign(self) -> None:
        """Compare random networks, and print the table by kind of layer."""
        from tqdm import tqdm

        from comparisons import campaign
        from comparisons.report import table

        o = self.options
        outcomes = campaign.run(o.networks, o.seed, o.jobs, o.plant)
        try:
            with tqdm(total=o.networks, desc="random networks", unit="net", mininterval=0.5) as bar:
                for outcome in outcomes:
                    self.tally.add(outcome)
                    self.show(outcome)
                    bar.update()
        finally:
            outcomes.close()
            if self.tally.networks:
                print(f"\n{table(self.tally)}")
                print("worst: the largest difference from torch's gradient, in units of the tolerance")

    def show(self, outcome: Outcome) -> None:
        """Print what a person needs to look into a disagreement."""
        shown = len(self.failures)
        if outcome.disagreements and shown <= MOST_SHOWN:
            print(f"\nDISAGREEMENT\n{outcome.report}\n", flush=True)
        elif outcome.disagreements and shown == MOST_SHOWN + 1:
            print("More networks disagree: the report has them.\n", flush=True)

    @property
    def failures(self) -> list[Outcome]:
        """Every outcome that disagrees."""
        return [c for m in self.models for c in m.comparisons if c.disagreements] + self.tally.failures

    def line(self) -> str:
        """Return the last line: the campaign, with every disagreement."""
        of_digits = sum(c.disagreements for m in self.models for c in m.comparisons)
        head, _, count = self.tally.line().rpartition(" ")
        return f"{head} {int(count) + of_digits}"

    def finish(self) -> int:
        """Write the report, print the last lines, and return the exit status."""
        from comparisons import digits
        from comparisons.report import html

        o, line = self.options, self.line()
        if self.failures:
            count = sum(f.disagreements for f in self.failures)
            self.problems.append(f"{count} disagreements with torch, in {len(self.failures)} networks")
        if not o.no_report:
            page = html(
                self.tally,
                self.models,
                goal=digits.GOAL,
                seed=o.seed,
                seconds=time.perf_counter() - self.begun,
                line=line,
                problems=self.problems,
                failures=self.failures,
                command=shlex.join(["python", "-m", "comparisons", *sys.argv[1:]]),
            )
            o.report.write_text(page, encoding="utf-8")
            print(f"\nreport: {o.report}")
        for problem in self.problems:
            print(f"NOT PASSED: {problem}", file=sys.stderr)
        sys.stderr.flush()
        print(line, flush=True)
        return 1 if self.problems else 0


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    pin(1)
    missing = need_extras()
    if missing:
        print(f"comparisons: {missing}", file=sys.stderr)
        return 2
    if options.plant:
        from comparisons.fault import find

        if not find(options.plant):
            print(
                f"comparisons: --plant: there is no rule for {options.plant!r} (write it as np.tanh)", file=sys.stderr
            )
            return 2
    run = Run(options)
    try:
        if not options.no_digits:
            run.digits()
        run.campaign()
    except BrokenExecutor:
        run.problems.append(f"a process of the campaign died after {run.tally.networks} of {options.networks} networks")
    except KeyboardInterrupt:
        run.problems.append(f"interrupted after {run.tally.networks} of {options.networks} networks")
        run.finish()
        return 130
    return run.finish()


if __name__ == "__main__":
    sys.exit(main())
