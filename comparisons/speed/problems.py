"""The problems: the same numbers for every peer, drawn from a fixed seed."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np

STEPS = 50
"""A chain is this many rounds of four calls."""

CHAINS = {
    f"{kind}-{shape}": (kind, shape) for shape in ("array", "scalar") for kind in ("chain", "chain-tanh", "chain-exp")
}
"""Chains of 200 calls, by name: the function in the middle, and what flows through."""


def start(shape: str) -> Any:
    """Return where a chain starts: four numbers, or one."""
    return np.array([0.1, 0.4, 0.7, 1.0]) if shape == "array" else 0.4


def middle(kind: str) -> tuple[str, float]:
    """Return the function in the middle of a chain, and the factor before it: what keeps the iteration bounded."""
    return {"chain": ("sin", 0.9), "chain-tanh": ("tanh", 0.9), "chain-exp": ("exp", -0.9)}[kind]


def iterate(x: Any, fn: Any, factor: float, rounds: int = STEPS) -> Any:
    """Run a chain: four calls a round."""
    for _ in range(rounds):
        x = x * factor
        x = x + 0.1
        x = fn(x)
        x = x * x
    return x


class Mlp(NamedTuple):
    """A multilayer perceptron and one batch: ``weights`` alternate matrices ``(out, in)`` and biases ``(out,)``."""

    weights: list[Any]
    x: Any
    labels: Any


SIZES = {"mlp-small": ((64, 128, 128, 10), 32), "mlp-large": ((784, 512, 512, 10), 128)}


def mlp(name: str) -> Mlp:
    """Return a perceptron with relu and cross-entropy, float32."""
    sizes, batch = SIZES[name]
    rng = np.random.default_rng(0)
    weights: list[Any] = []
    for inner, outer in itertools.pairwise(sizes):
        bound = 1 / np.sqrt(inner)
        weights.append(rng.uniform(-bound, bound, (outer, inner)).astype(np.float32))
        weights.append(rng.uniform(-bound, bound, outer).astype(np.float32))
    x = rng.standard_normal((batch, sizes[0]), np.float32)
    return Mlp(weights, x, rng.integers(0, sizes[-1], batch))


def cnn() -> Mlp:
    """Return a network of two convolutions, two poolings and one matrix, on a batch of 64 images of 28 x 28."""
    rng = np.random.default_rng(1)

    def draw(*shape: int) -> Any:
        bound = 1 / np.sqrt(np.prod(shape[1:]) if len(shape) > 1 else shape[0])
        return rng.uniform(-bound, bound, shape).astype(np.float32)

    weights = [draw(16, 1, 3, 3), draw(16), draw(32, 16, 3, 3), draw(32), draw(10, 32 * 7 * 7), draw(10)]
    return Mlp(weights, rng.standard_normal((64, 1, 28, 28), np.float32), rng.integers(0, 10, 64))
