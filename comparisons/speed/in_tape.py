"""tape, eager: the function is recorded and swept at every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tape
from comparisons.speed import problems

Step = Callable[[], tuple[Any, Any]]


def chain(kind: str, shape: str, rounds: int = problems.STEPS) -> Step:
    """Return value and gradient of a chain."""
    name, factor = problems.middle(kind)
    fn, x0 = getattr(np, name), problems.start(shape)

    def f(x: Any) -> Any:
        x = problems.iterate(x, fn, factor, rounds)
        return x if shape == "scalar" else np.sum(x)

    both = tape.value_and_grad(f)
    return lambda: both(x0)


def mlp(name: str) -> Step:
    """Return value and gradient of a perceptron."""
    from tape import nn

    weights, x, labels = problems.mlp(name)

    def loss(weights: list[Any]) -> Any:
        w1, b1, w2, b2, w3, b3 = weights
        h = nn.relu(nn.linear(x, w1, b1))
        h = nn.relu(nn.linear(h, w2, b2))
        return nn.cross_entropy(nn.linear(h, w3, b3), labels)

    both = tape.value_and_grad(loss)
    return lambda: both(weights)


def cnn() -> Step:
    """Return value and gradient of a convolutional network."""
    from tape import nn

    weights, x, labels = problems.cnn()

    def loss(weights: list[Any]) -> Any:
        k1, c1, k2, c2, w, b = weights
        h = nn.max_pool2d(nn.relu(nn.conv2d(x, k1, c1, padding=1)), 2)
        h = nn.max_pool2d(nn.relu(nn.conv2d(h, k2, c2, padding=1)), 2)
        return nn.cross_entropy(nn.linear(np.reshape(h, (len(x), -1)), w, b), labels)

    both = tape.value_and_grad(loss)
    return lambda: both(weights)


def steps() -> dict[str, Callable[[], Step]]:
    """Return what this peer can do, by the problem's name."""
    found: dict[str, Callable[[], Step]] = {"cnn": cnn}
    for label, (kind, shape) in problems.CHAINS.items():
        found[label] = lambda kind=kind, shape=shape: chain(kind, shape)
    for name in problems.SIZES:
        found[name] = lambda name=name: mlp(name)
    return found
