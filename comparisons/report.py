"""The report: one HTML file that stands by itself, and the tables for the terminal."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from comparisons import plots
from comparisons.speed.worker import hardware
from comparisons.tally import Outcome, Tally

MOST_FAILURES = 20


def worst(outcome: Outcome) -> float:
    """Return the largest difference of an outcome, in units of the tolerance; NaN if there is one."""
    errors = [g.error for g in outcome.gradients]
    return math.nan if any(math.isnan(e) for e in errors) else max(errors, default=0.0)


def versions() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("numpy", "torch"))


def html(
    tally: Tally,
    models: Sequence[Any],
    *,
    goal: float,
    seed: int,
    seconds: float,
    line: str,
    problems: Sequence[str],
    failures: Sequence[Outcome],
    command: str,
) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    tally : Tally
        What the campaign found.
    models : sequence of Trained
        The digits.
    goal : float
        The accuracy that the models had to reach.
    line : str
        The run's last line.
    problems : sequence of str
        Why the run didn't pass; empty if it did.
    failures : sequence of Outcome
        The disagreements.
    command : str
        How to run it again.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html.j2").render(
        made=datetime.datetime.now(datetime.UTC).strftime("%d %B %Y, %H:%M UTC"),
        seed=seed,
        versions=versions(),
        hardware=hardware(),
        seconds=seconds,
        passed=not problems,
        problems=problems,
        line=line,
        goal=goal,
        tally=tally,
        models=[described(m) for m in models],
        curves=plots.curves({m.name: m.losses for m in models}, {m.name: m.accuracies for m in models}, goal)
        if models
        else "",
        errors=plots.errors(tally),
        coverage=plots.coverage(tally),
        failures=failures[:MOST_FAILURES],
        more_failures=max(0, len(failures) - MOST_FAILURES),
        command=command,
    )


def described(model: Any) -> dict[str, Any]:
    """Return what the report says of a trained model."""
    return {
        "name": model.name,
        "size": model.size,
        "losses": model.losses,
        "accuracy": model.accuracy,
        "comparisons": [
            {
                "label": outcome.label.split(", ", 1)[1],
                "activations": sum(g.role == "activation" for g in outcome.gradients),
                "weights": sum(g.role == "weight" for g in outcome.gradients),
                "worst": worst(outcome),
                "disagreements": outcome.disagreements,
            }
            for outcome in model.comparisons
        ],
    }


def table(tally: Tally) -> str:
    """Return the campaign's table by layer kind."""
    width = max((len(name) for name in tally.kinds), default=4)
    rows = [f"{'kind':{width}s} {'networks':>9s} {'gradients':>10s} {'worst':>9s}"]
    rows += [
        f"{name:{width}s} {kind.networks:9,d} {kind.gradients:10,d} {kind.worst:9.3g}" for name, kind in tally.table()
    ]
    return "\n".join(rows)
