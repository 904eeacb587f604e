"""torch, eager: a graph is built and swept at every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional as F

from comparisons.speed import problems

Step = Callable[[], tuple[Any, Any]]


def tensors(weights: list[Any]) -> list[torch.Tensor]:
    """Return weights as leaves that ask for a gradient."""
    return [torch.from_numpy(w.copy()).requires_grad_() for w in weights]


def differentiated(loss: Callable[[], torch.Tensor], leaves: list[torch.Tensor]) -> Step:
    """Return a step: value and gradient, nothing accumulated from the step before."""

    def step() -> tuple[Any, Any]:
        value = loss()
        return value.detach(), list(torch.autograd.grad(value, leaves))

    return step


def chain(kind: str, shape: str, rounds: int = problems.STEPS) -> Step:
    """Return value and gradient of a chain."""
    name, factor = problems.middle(kind)
    fn = getattr(torch, name)
    x0 = torch.tensor(problems.start(shape), dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        x = problems.iterate(x0, fn, factor, rounds)
        return x if shape == "scalar" else x.sum()

    step = differentiated(loss, [x0])

    def single() -> tuple[Any, Any]:
        value, gradients = step()
        return value, gradients[0]

    return single


def mlp(name: str) -> Step:
    """Return value and gradient of a perceptron."""
    weights, x, labels = problems.mlp(name)
    leaves, inputs, targets = tensors(weights), torch.from_numpy(x), torch.from_numpy(labels)
    w1, b1, w2, b2, w3, b3 = leaves

    def loss() -> torch.Tensor:
        h = F.relu(F.linear(inputs, w1, b1))
        h = F.relu(F.linear(h, w2, b2))
        return F.cross_entropy(F.linear(h, w3, b3), targets)

    return differentiated(loss, leaves)


def cnn() -> Step:
    """Return value and gradient of a convolutional network."""
    weights, x, labels = problems.cnn()
    leaves, inputs, targets = tensors(weights), torch.from_numpy(x), torch.from_numpy(labels)
    k1, c1, k2, c2, w, b = leaves

    def loss() -> torch.Tensor:
        h = F.max_pool2d(F.relu(F.conv2d(inputs, k1, c1, padding=1)), 2)
        h = F.max_pool2d(F.relu(F.conv2d(h, k2, c2, padding=1)), 2)
        return F.cross_entropy(F.linear(h.reshape(len(x), -1), w, b), targets)

    return differentiated(loss, leaves)


def steps() -> dict[str, Callable[[], Step]]:
    """Return what this peer can do, by the problem's name."""
    found: dict[str, Callable[[], Step]] = {"cnn": cnn}
    for label, (kind, shape) in problems.CHAINS.items():
        found[label] = lambda kind=kind, shape=shape: chain(kind, shape)
    for name in problems.SIZES:
        found[name] = lambda name=name: mlp(name)
    return found
