"""Optimisers as pure functions: ``state = adam.init(params)``; ``params, state = adam.update(params, grads, state)``.

Parameters are nested containers of arrays, gradients come in the same containers, as ``tape.grad`` returns them, and
what comes back is new arrays: nothing is changed in place. The arithmetic is torch.optim's, step for step.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np

from tape.containers import flatten, unflatten
from tape.entry import dtype_of
from tape.errors import ShapeError
from tape.nn.normalisation import vector_norm

__tape__ = True


class State(NamedTuple):
    """What an optimiser remembers from step to step."""

    step: int
    """How many steps were taken."""
    buffers: tuple[tuple[Any, ...], ...]
    """Running averages: for each kind of them, an array for each parameter, in the order of the leaves."""


def _matched(params: Any, grads: Any, maximize: bool) -> tuple[list[Any], list[Any], Any]:
    """Return the leaves of parameters and gradients, which must fit together."""
    leaves, spec = flatten(params)
    slopes, given = flatten(grads)
    if given != spec or len(slopes) != len(leaves):
        raise ShapeError(f"gradients come in containers {given}, parameters in {spec}: they must be the same")
    for p, g in zip(leaves, slopes, strict=True):
        if np.shape(p) != np.shape(g):
            raise ShapeError(f"a gradient of shape {np.shape(g)} for a parameter of shape {np.shape(p)}")
    return leaves, [np.negative(g) for g in slopes] if maximize else slopes, spec


def _zeros(leaves: list[Any]) -> tuple[Any, ...]:
    return tuple(np.zeros(np.shape(p), dtype_of(p)) for p in leaves)


def _not_negative(name: str, **hyperparameters: float) -> None:
    for what, value in hyperparameters.items():
        if not value >= 0:
            raise ValueError(f"{name}: {what}={value} must not be negative")


@dataclasses.dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent, with momentum.

    Parameters
    ----------
    lr : float
        The learning rate.
    momentum, dampening : float
        ``buffer = momentum buffer + (1 - dampening) gradient``; the first step sets the buffer to the gradient.
    weight_decay : float
        Added to the gradient, times the parameter.
    nesterov : bool
        Step along ``gradient + momentum buffer``: Sutskever et al. (2013), ICML.
    maximize : bool
        Climb.

    Examples
    --------
    >>> import numpy as np
    >>> sgd = SGD(lr=0.5)
    >>> params = {"w": np.array([1.0, 2.0])}
    >>> params, state = sgd.update(params, {"w": np.array([1.0, -1.0])}, sgd.init(params))
    >>> params["w"]
    array([0.5, 2.5])
    """

    lr: float = 1e-3
    momentum: float = 0.0
    dampening: float = 0.0
    weight_decay: float = 0.0
    nesterov: bool = False
    maximize: bool = False

    def __post_init__(self) -> None:
        _not_negative("SGD", lr=self.lr, momentum=self.momentum, weight_decay=self.weight_decay)
        if self.nesterov and (self.momentum <= 0 or self.dampening != 0):
            raise ValueError("SGD: nesterov needs a momentum, and no dampening")

    def init(self, params: Any) -> State:
        """Return the state before the first step."""
        return State(0, (_zeros(flatten(params)[0]),) if self.momentum else ())

    def update(self, params: Any, grads: Any, state: State) -> tuple[Any, State]:
        """Return the parameters after one step along their gradients, and the new state."""
        leaves, slopes, spec = _matched(params, grads, self.maximize)
        if self.weight_decay:
            slopes = [g + p * self.weight_decay for p, g in zip(leaves, slopes, strict=True)]
        buffers = state.buffers
        if self.momentum:
            if state.step == 0:
                moved = tuple(np.array(g) for g in slopes)
            else:
                moved = tuple(
                    b * self.momentum + g * (1 - self.dampening) for b, g in zip(buffers[0], slopes, strict=True)
                )
            buffers = (moved,)
            slopes = (
                [g + b * self.momentum for g, b in zip(slopes, moved, strict=True)] if self.nesterov else list(moved)
            )
        stepped = [p - g * self.lr for p, g in zip(leaves, slopes, strict=True)]
        return unflatten(spec, stepped), State(state.step + 1, buffers)


@dataclasses.dataclass(frozen=True)
class Adam:
    """Adam: Kingma and Ba (2014), arXiv:1412.6980.

    Parameters
    ----------
    lr : float
        The learning rate.
    betas : tuple of float
        How much of the running averages of the gradient and of its square is kept at each step.
    eps : float
        Added to the root of the averaged square.
    weight_decay : float
        Added to the gradient, times the parameter.
    amsgrad : bool
        Divide by the largest averaged square so far: Reddi et al. (2018), arXiv:1904.09237.
    maximize : bool
        Climb.
    """

    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    amsgrad: bool = False
    maximize: bool = False

    def __post_init__(self) -> None:
        _not_negative(type(self).__name__, lr=self.lr, eps=self.eps, weight_decay=self.weight_decay)
        if not all(0 <= b < 1 for b in self.betas):
            raise ValueError(f"{type(self).__name__}: betas={self.betas} must be from 0 to below 1")

    def init(self, params: Any) -> State:
        """Return the state before the first step."""
        leaves = flatten(params)[0]
        return State(0, tuple(_zeros(leaves) for _ in range(3 if self.amsgrad else 2)))

    def update(self, params: Any, grads: Any, state: State) -> tuple[Any, State]:
        """Return the parameters after one step along their gradients, and the new state."""
        leaves, slopes, spec = _matched(params, grads, self.maximize)
        leaves, slopes = self._decayed(leaves, slopes)
        step, (beta1, beta2) = state.step + 1, self.betas
        rate, root = self.lr / (1 - beta1**step), math.sqrt(1 - beta2**step)
        first = tuple(m + (g - m) * (1 - beta1) for m, g in zip(state.buffers[0], slopes, strict=True))
        second = tuple(v * beta2 + g * g * (1 - beta2) for v, g in zip(state.buffers[1], slopes, strict=True))
        buffers = (first, second)
        if self.amsgrad:
            buffers = (*buffers, tuple(np.maximum(a, v) for a, v in zip(state.buffers[2], second, strict=True)))
        stepped = [
            p - m / (np.sqrt(v) / root + self.eps) * rate for p, m, v in zip(leaves, first, buffers[-1], strict=True)
        ]
        return unflatten(spec, stepped), State(step, buffers)

    def _decayed(self, leaves: list[Any], slopes: list[Any]) -> tuple[list[Any], list[Any]]:
        """Apply the weight decay, here to the gradients."""
        if not self.weight_decay:
            return leaves, slopes
        return leaves, [g + p * self.weight_decay for p, g in zip(leaves, slopes, strict=True)]


@dataclasses.dataclass(frozen=True)
class AdamW(Adam):
    """Adam with the weight decay applied to the parameters: Loshchilov and Hutter (2019), arXiv:1711.05101.

    Parameters are those of :class:`Adam`; each step first multiplies parameters by ``1 - lr weight_decay``.
    """

    weight_decay: float = 1e-2

    def _decayed(self, leaves: list[Any], slopes: list[Any]) -> tuple[list[Any], list[Any]]:
        return [p * (1 - self.lr * self.weight_decay) for p in leaves] if self.weight_decay else leaves, slopes


def clip_grad_norm(
    grads: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> tuple[Any, Any]:
    """Return gradients scaled so that their norm, all together, is at most ``max_norm``, and the norm that they had.

    Parameters
    ----------
    grads : nested containers of arrays
        Gradients.
    max_norm : float
        What the norm may be; the scale is ``max_norm / (norm + 1e-6)``, as torch has it, and at most 1.
    norm_type : float
        The p of the p-norm; ``np.inf`` for the largest element.
    error_if_nonfinite : bool
        Raise, if the norm is NaN or infinite; such gradients are scaled all the same otherwise.

    Raises
    ------
    FloatingPointError
        The norm isn't finite.
    """
    leaves, spec = flatten(grads)
    norms = [np.linalg.norm(np.ravel(g), norm_type) for g in leaves if np.size(g)]
    total = np.linalg.norm(np.array(norms), norm_type) if norms else np.float64(0)
    if norms and not 0 < total < np.inf and norm_type >= 1:  # squares or powers may have left the range
        norms = [vector_norm(np.ravel(g), p=norm_type, dim=0) for g in leaves if np.size(g)]
        total = vector_norm(np.concatenate(norms), p=norm_type, dim=0)[0]
    if error_if_nonfinite and not np.isfinite(total):
        raise FloatingPointError(f"the norm of the gradients is {total}: clip_grad_norm can't scale them")
    scale = max_norm / (total + 1e-6)
    scale = float(1.0 if scale > 1 else scale)  # NaN stays NaN
    return unflatten(spec, [np.multiply(g, scale) for g in leaves]), total
