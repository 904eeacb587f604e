"""HIPS autograd: NumPy recorded through a module of wrappers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
from autograd import value_and_grad

from comparisons.speed import problems

Step = Callable[[], tuple[Any, Any]]


def chain(kind: str, shape: str, rounds: int = problems.STEPS) -> Step:
    """Return value and gradient of a chain."""
    name, factor = problems.middle(kind)
    fn, x0 = getattr(anp, name), problems.start(shape)

    def f(x: Any) -> Any:
        x = problems.iterate(x, fn, factor, rounds)
        return x if shape == "scalar" else anp.sum(x)

    both = value_and_grad(f)
    return lambda: both(x0)


def mlp(name: str) -> Step:
    """Return value and gradient of a perceptron."""
    weights, x, labels = problems.mlp(name)
    rows = anp.arange(len(labels))

    def loss(weights: list[Any]) -> Any:
        w1, b1, w2, b2, w3, b3 = weights
        h = anp.maximum(anp.dot(x, w1.T) + b1, 0)
        h = anp.maximum(anp.dot(h, w2.T) + b2, 0)
        z = anp.dot(h, w3.T) + b3
        z = z - anp.max(z, axis=1, keepdims=True)
        return anp.mean(anp.log(anp.sum(anp.exp(z), axis=1)) - z[rows, labels])

    both = value_and_grad(loss)
    return lambda: both(weights)


def steps() -> dict[str, Callable[[], Step]]:
    """Return what this peer can do, by the problem's name."""
    found: dict[str, Callable[[], Step]] = {}
    for label, (kind, shape) in problems.CHAINS.items():
        found[label] = lambda kind=kind, shape=shape: chain(kind, shape)
    for name in problems.SIZES:
        found[name] = lambda name=name: mlp(name)
    return found
