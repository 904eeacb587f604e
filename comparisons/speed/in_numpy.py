"""Bare NumPy: the forward chain alone, perceptrons differentiated by hand, and their products of matrices alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from comparisons.speed import bare_tape, problems

Step = Callable[[], Any]


def chain(kind: str, shape: str) -> Step:
    """Return the forward chain: what differentiating it can't do without."""
    name, factor = problems.middle(kind)
    fn, x0 = getattr(np, name), problems.start(shape)

    def step() -> Any:
        x = problems.iterate(x0, fn, factor)
        return np.sum(x)

    return step


def mlp(name: str) -> Step:
    """Return value and gradient of a perceptron, written by hand."""
    (w1, b1, w2, b2, w3, b3), x, labels = problems.mlp(name)
    rows, count = np.arange(len(labels)), np.float32(len(labels))

    def step() -> Any:
        h1 = np.maximum(x @ w1.T + b1, 0)
        h2 = np.maximum(h1 @ w2.T + b2, 0)
        z = h2 @ w3.T + b3
        z = z - z.max(axis=1, keepdims=True)
        e = np.exp(z)
        total = e.sum(axis=1, keepdims=True)
        value = (np.log(total[:, 0]) - z[rows, labels]).mean()
        g = e / total
        g[rows, labels] -= 1
        g /= count
        g2 = (g @ w3) * (h2 > 0)
        g1 = (g2 @ w2) * (h1 > 0)
        return value, [g1.T @ x, g1.sum(axis=0), g2.T @ h1, g2.sum(axis=0), g.T @ h2, g.sum(axis=0)]

    return step


def matmuls(name: str) -> Step:
    """Return the products of matrices that a perceptron's value and gradient need, and nothing else."""
    (w1, _, w2, _, w3, _), x, labels = problems.mlp(name)
    rng = np.random.default_rng(0)
    h1, h2, g = (rng.standard_normal((len(labels), w.shape[0]), np.float32) for w in (w1, w2, w3))

    def step() -> None:
        _ = x @ w1.T, h1 @ w2.T, h2 @ w3.T
        _ = g @ w3, h2 @ w2
        _ = h1.T @ x, h2.T @ h1, g.T @ h2

    return step


def steps() -> dict[str, Callable[[], Step]]:
    """Return what this peer can do, by the problem's name."""
    found: dict[str, Callable[[], Step]] = {}
    for label, (kind, shape) in problems.CHAINS.items():
        found[label] = lambda kind=kind, shape=shape: chain(kind, shape)
    for name in problems.SIZES:
        found[name] = lambda name=name: mlp(name)
        found[f"{name}-bare"] = lambda name=name: bare_tape.mlp(name)
        found[f"{name}-matmuls"] = lambda name=name: matmuls(name)
    return found
