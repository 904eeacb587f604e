"""scikit-learn's digits, classified by a perceptron and a small convolutional network that are trained on the tape.

The gradients of a real batch, before the first update and at the last step, are held against torch.autograd's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

import tape
from comparisons.held import hold
from comparisons.tally import Outcome
from tape import nn

GOAL = 0.97
"""The test accuracy that each model has to reach."""

BATCH = 64

Weights = dict[str, Any]


@dataclass(frozen=True)
class Data:
    """Images ``(n, 1, 8, 8)``, float32, and their digits ``(n,)``."""

    train: Any
    train_labels: Any
    test: Any
    test_labels: Any


@dataclass
class Trained:
    """How a model fared."""

    name: str
    size: int
    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    comparisons: list[Outcome] = field(default_factory=list)

    @property
    def accuracy(self) -> float:
        """Test accuracy after the last epoch, from 0 to 1."""
        return self.accuracies[-1]


def data() -> Data:
    """Load the digits, standardised by the training images; one fifth, all digits alike, is for the test."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    images = images.astype(np.float32).reshape(-1, 1, 8, 8)
    train, test, train_labels, test_labels = train_test_split(
        images, labels, test_size=0.2, random_state=0, stratify=labels
    )
    mean, deviation = train.mean(), train.std()
    return Data((train - mean) / deviation, train_labels, (test - mean) / deviation, test_labels)


# --------------------------------------------------------------------- models


def uniform(rng: np.random.Generator, *shape: int) -> tuple[Any, Any]:
    """Draw a layer's matrix or kernel and its bias as torch does: uniformly, within one over the root of the fan-in."""
    bound = 1 / np.sqrt(np.prod(shape[1:]))
    return (
        rng.uniform(-bound, bound, shape).astype(np.float32),
        rng.uniform(-bound, bound, shape[0]).astype(np.float32),
    )


def mlp_weights(rng: np.random.Generator) -> Weights:
    w: Weights = {}
    w["W1"], w["b1"] = uniform(rng, 256, 64)
    w["W2"], w["b2"] = uniform(rng, 128, 256)
    w["W3"], w["b3"] = uniform(rng, 10, 128)
    return w


def mlp(w: Weights, images: Any) -> Any:
    """Return the logits of a perceptron 64-256-128-10."""
    with tape.scope("linear 1"):
        h = nn.relu(nn.linear(np.reshape(images, (len(images), 64)), w["W1"], w["b1"]))
    with tape.scope("linear 2"):
        h = nn.relu(nn.linear(h, w["W2"], w["b2"]))
    with tape.scope("linear 3"):
        return nn.linear(h, w["W3"], w["b3"])


def cnn_weights(rng: np.random.Generator) -> Weights:
    w: Weights = {}
    w["K1"], w["c1"] = uniform(rng, 16, 1, 3, 3)
    w["K2"], w["c2"] = uniform(rng, 32, 16, 3, 3)
    w["W"], w["b"] = uniform(rng, 10, 128)
    return w


def cnn(w: Weights, images: Any) -> Any:
    """Return the logits of a small convolutional network: twice convolution, relu and pooling, then a matrix."""
    with tape.scope("conv 1"):
        h = nn.max_pool2d(nn.relu(nn.conv2d(images, w["K1"], w["c1"], padding=1)), 2)
    with tape.scope("conv 2"):
        h = nn.max_pool2d(nn.relu(nn.conv2d(h, w["K2"], w["c2"], padding=1)), 2)
    with tape.scope("linear"):
        return nn.linear(np.reshape(h, (len(images), 128)), w["W"], w["b"])


class Model(NamedTuple):
    """A model, and how to train it: with AdamW, at a rate that falls linearly to zero."""

    draw: Callable[[np.random.Generator], Weights]
    logits: Callable[[Weights, Any], Any]
    epochs: int
    rate: float
    decay: float


MODELS = {"MLP": Model(mlp_weights, mlp, 40, 2e-3, 1.0), "CNN": Model(cnn_weights, cnn, 20, 1e-2, 0.1)}


# ------------------------------------------------------------------- training


def loss(logits: Callable[..., Any], weights: Weights, images: Any, labels: Any) -> Any:
    """Return the mean cross-entropy of a batch."""
    z = logits(weights, images)
    with tape.scope("loss"):
        return nn.cross_entropy(z, labels)


def compare(logits: Callable[..., Any], weights: Weights, images: Any, labels: Any, label: str) -> Outcome:
    """Hold the gradients of one batch against torch's."""

    def run(t: Any) -> Any:
        w = {name: t.weight(value.copy(), name) for name, value in weights.items()}
        with t:
            return loss(logits, w, t.input(images, "images"), labels)

    return hold(run, label, "float32")


def accuracy(logits: Callable[..., Any], weights: Weights, d: Data) -> float:
    """Return which part of the test images is classified rightly."""
    return float(np.mean(np.argmax(logits(weights, d.test), axis=1) == d.test_labels))


def train(
    name: str,
    d: Data,
    *,
    seed: int = 0,
    steps: int | None = None,
    advance: Callable[[float], None] = lambda loss: None,
) -> Trained:
    """Train a model on the tape, from the same numbers for the same seed.

    Parameters
    ----------
    name : str
        ``MLP`` or ``CNN``.
    d : Data
        The digits.
    seed : int
        Of the weights and of the order of the images.
    steps : int, optional
        Stop after so many, in place of the model's own number of epochs.
    advance : callable
        Called with the loss after every step.
    """
    model, rng = MODELS[name], np.random.default_rng(seed)
    logits, weights = model.logits, model.draw(rng)
    trained = Trained(name, sum(w.size for w in weights.values()))
    trained.accuracies.append(accuracy(logits, weights, d))
    batches = len(d.train) // BATCH
    total = steps_of(name, d, steps)
    both = tape.value_and_grad(loss, argnums=1)
    state = nn.AdamW().init(weights)
    for step in range(total):
        start = step % batches * BATCH
        if start == 0:
            order = rng.permutation(len(d.train))
        chosen = order[start : start + BATCH]
        images, labels = d.train[chosen], d.train_labels[chosen]
        if step in (0, total - 1):
            which = "the first step" if step == 0 else "the last step"
            trained.comparisons.append(compare(logits, weights, images, labels, f"{name}, {which}"))
        value, gradient = both(logits, weights, images, labels)
        optimiser = nn.AdamW(lr=model.rate * (1 - step / total), weight_decay=model.decay)
        weights, state = optimiser.update(weights, gradient, state)
        trained.losses.append(float(value))
        advance(trained.losses[-1])
        if (step + 1) % batches == 0 or step == total - 1:
            trained.accuracies.append(accuracy(logits, weights, d))
    return trained


def steps_of(name: str, d: Data, steps: int | None) -> int:
    """Return how many steps a model is trained for."""
    return steps if steps is not None else MODELS[name].epochs * (len(d.train) // BATCH)
