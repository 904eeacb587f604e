"""The least that an eager tape in Python can do: it records and sweeps one perceptron, and nothing else.

There is no table of rules, no check of an argument, no watch over arrays that are changed in place, no line of the
user's code, no dtype but one; the softmax of the forward pass is overwritten by the sweep. What `tape` takes beyond
this time is the price of all that, and of being general.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from comparisons.speed import problems

LINEAR, RELU, ENTROPY = range(3)


class Variable:
    """A value and its place in the list."""

    __slots__ = ("place", "value")

    def __init__(self, place: int, value: Any) -> None:
        self.place, self.value = place, value


def mlp(name: str) -> Callable[[], Any]:
    """Return value and gradient of a perceptron."""
    weights, x, labels = problems.mlp(name)
    log: list[Any] = []

    def leaf(value: Any) -> Variable:
        log.append(None)
        return Variable(len(log) - 1, value)

    def linear(x: Any, w: Variable, b: Variable) -> Variable:
        recorded = type(x) is Variable
        value = x.value if recorded else x
        y = value @ w.value.T
        y += b.value
        log.append((LINEAR, x.place if recorded else -1, w.place, b.place, value, w.value))
        return Variable(len(log) - 1, y)

    def relu(x: Variable) -> Variable:
        y = np.maximum(x.value, 0)
        log.append((RELU, x.place, y))
        return Variable(len(log) - 1, y)

    def cross_entropy(x: Variable, labels: Any) -> Variable:
        z = x.value - np.maximum.reduce(x.value, axis=1, keepdims=True)
        p = np.exp(z)
        total = np.add.reduce(p, axis=1, keepdims=True)
        rows, count = np.arange(len(labels)), np.float32(len(labels))
        y = (np.add.reduce(np.log(total), axis=None) - np.add.reduce(z[rows, labels])) / count
        p /= total
        log.append((ENTROPY, x.place, p, rows, labels, count))
        return Variable(len(log) - 1, y)

    def step() -> tuple[Any, list[Any]]:
        log.clear()
        w1, b1, w2, b2, w3, b3 = [leaf(w) for w in weights]
        h = relu(linear(x, w1, b1))
        h = relu(linear(h, w2, b2))
        y = cross_entropy(linear(h, w3, b3), labels)
        adjoints: list[Any] = [None] * len(log)
        adjoints[y.place] = np.float32(1)
        for place in range(y.place, len(weights) - 1, -1):
            entry, g = log[place], adjoints[place]
            if entry[0] == LINEAR:
                _, at, w, b, value, matrix = entry
                if at >= 0:
                    adjoints[at] = g @ matrix
                adjoints[w], adjoints[b] = g.T @ value, np.add.reduce(g)
            elif entry[0] == RELU:
                adjoints[entry[1]] = g * (entry[2] > 0)
            else:
                _, at, p, rows, targets, count = entry
                p[rows, targets] -= 1
                p *= g / count
                adjoints[at] = p
        return y.value, adjoints[: len(weights)]

    return step
