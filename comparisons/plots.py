"""The report's figures, as SVG to stand inside a page: its ink is the page's own, so that they suit light and dark."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from comparisons.tally import BINS, LOWEST, STEPS, Tally

INK = "#010203"
"""A colour that nothing else uses: it becomes the page's text colour."""

BLUE, ORANGE, GREEN, RED = "#3b82c4", "#d98324", "#3f9e6b", "#d0454c"


def figure(width: float, height: float) -> tuple[Any, Any]:
    """Return a figure and its axes, without a background."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    mpl.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "tape",
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": INK,
            "axes.titlecolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "font.size": 11,
        }
    )
    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(made)
    axes = made.add_subplot()
    axes.set_facecolor("none")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return made, axes


def svg(made: Any, name: str, label: str) -> str:
    """Return a figure as an SVG element that screen readers can name, its identifiers its own on the page."""
    out = io.StringIO()
    made.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    text = re.sub(r'font: ([\d.]+px)[^;"]*', r"font-size: \1", text)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{name}-", text)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    return text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def errors(tally: Tally) -> str:
    """Plot how far gradients are from torch's, in units of the tolerance."""
    made, axes = figure(8, 3.2)
    edges = [10 ** (LOWEST + k / STEPS) for k in range(BINS + 1)]
    bottom = [0] * BINS
    colours = {"float64": BLUE, "float32": ORANGE}
    for dtype, counts in sorted(tally.histogram.items(), reverse=True):
        axes.bar(
            edges[:-1],
            counts,
            width=[b - a for a, b in itertools.pairwise(edges)],
            bottom=bottom,
            align="edge",
            color=colours.get(dtype, GREEN),
            label=dtype,
        )
        bottom = [a + b for a, b in zip(bottom, counts, strict=True)]
    axes.axvline(1, color=RED, linewidth=1.5)
    axes.annotate("tolerance", (1, 1), xycoords=("data", "axes fraction"), xytext=(5, -12), textcoords="offset points")
    axes.set_xscale("log")
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel("largest difference from torch's gradient, in units of the tolerance")
    axes.set_ylabel("gradients")
    if tally.histogram:
        axes.legend(frameon=False)
    return svg(made, "errors", "Histogram of the differences from torch, in units of the tolerance")


def coverage(tally: Tally) -> str:
    """Plot how many networks have each kind of layer."""
    rows = sorted(tally.kinds.items(), key=lambda pair: (pair[1].networks, pair[0]))
    made, axes = figure(8, 0.8 + 0.22 * max(len(rows), 1))
    axes.barh([name for name, _ in rows], [kind.networks for _, kind in rows], color=BLUE)
    axes.set_xlabel("networks that have it")
    axes.margins(y=0.01)
    return svg(made, "coverage", "How many networks have each kind of layer")


def curves(losses: Mapping[str, Sequence[float]], accuracies: Mapping[str, Sequence[float]], goal: float) -> str:
    """Plot the training loss by step and the test accuracy by epoch, of each model."""
    made, left = figure(8, 3.2)
    left.remove()
    left, right = made.subplots(1, 2)
    for axes in (left, right):
        axes.set_facecolor("none")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    for (name, values), colour in zip(losses.items(), (BLUE, ORANGE, GREEN), strict=False):
        left.plot(range(1, len(values) + 1), values, color=colour, label=name, linewidth=0.8)
    for (name, values), colour in zip(accuracies.items(), (BLUE, ORANGE, GREEN), strict=False):
        right.plot(range(len(values)), [100 * v for v in values], color=colour, label=name, marker=".")
    right.axhline(100 * goal, color=RED, linewidth=1)
    left.set_yscale("log")
    left.set_xlabel("step")
    left.set_ylabel("loss of the batch")
    right.set_xlabel("epoch")
    right.set_ylabel("test accuracy, %")
    if any(len(values) for values in losses.values()):
        left.legend(frameon=False)
        right.set_ylim(max(0, min(min((100 * v for v in a[1:]), default=0) for a in accuracies.values()) - 2), 100.5)
    return svg(made, "curves", "Training loss by step and test accuracy by epoch")
