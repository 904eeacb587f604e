"""Losses of numbers and of distributions, with torch's options: ``reduction="mean"``, ``"sum"`` or ``"none"``."""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.errors import ShapeError
from tape.nn.pointwise import pointwise
from tape.rules.special import log_and_one

__tape__ = True


def reduced(loss: Any, reduction: str) -> Any:
    """Reduce an array of losses to their mean or their sum, or leave them."""
    if reduction == "mean":
        return np.mean(loss)
    if reduction == "sum":
        return np.sum(loss)
    check_reduction(reduction)
    return loss


def check_reduction(reduction: str) -> None:
    """Refuse a reduction that isn't one."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction is 'mean', 'sum' or 'none', not {reduction!r}")


def same_shape(what: str, input: Any, target: Any) -> None:
    """Refuse to broadcast a loss: a target of shape (N,) against an input of shape (N, 1) would make N² of N losses."""
    if np.shape(input) != np.shape(target):
        raise ShapeError(
            f"{what}: input has shape {np.shape(input)}, target {np.shape(target)}: they must be the same;"
            " use np.broadcast_to, or np.reshape, if they are meant to meet"
        )


def weighted(loss: Any, weight: Any) -> Any:
    """Weigh losses, if there are weights."""
    return loss if weight is None else loss * weight


# -------------------------------------------------------------------- regression


def mse_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """Return the squared error.

    Parameters
    ----------
    input, target : array_like
        Of one shape.
    reduction : {"mean", "sum", "none"}
        Over all elements. The mean of weighted losses is over the sum of the weights, as torch has it.
    weight : array_like, optional
        For each element.
    """
    same_shape("mse_loss", input, target)
    return _mean_by_weight(np.square(input - target), weight, reduction)


def _mean_by_weight(loss: Any, weight: Any, reduction: str) -> Any:
    """Weigh losses and reduce them: the mean is over the sum of the weights."""
    if weight is None:
        return reduced(loss, reduction)
    loss = loss * weight
    if reduction != "mean":
        return reduced(loss, reduction)
    return np.sum(loss) / np.sum(np.broadcast_to(weight, np.shape(loss)))


def l1_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """Return the absolute error; its derivative at 0 is 0. See :func:`mse_loss`."""
    same_shape("l1_loss", input, target)
    return _mean_by_weight(np.abs(input - target), weight, reduction)


@pointwise(lambda g, y, d, *, beta=1.0: g * (np.clip(d * (1 / beta), -1.0, 1.0)))
def _smooth_l1(d: Any, beta: float = 1.0) -> Any:
    """Return ``d² / (2 beta)`` where ``|d| < beta``, else ``|d| - beta / 2``."""
    size = np.abs(d)
    inner = np.minimum(size, beta)
    return inner * (size - 0.5 * inner) * (1 / beta)


def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """Return ``d² / (2 beta)`` where the error ``d`` is below ``beta``, else ``|d| - beta / 2``.

    Girshick (2015), arXiv:1504.08083. ``beta=0`` is :func:`l1_loss`. See :func:`mse_loss`.
    """
    same_shape("smooth_l1_loss", input, target)
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: beta={beta} must not be negative")
    d = input - target
    return reduced(np.abs(d) if beta == 0 else _smooth_l1(d, beta), reduction)


@pointwise(lambda g, y, d, *, delta=1.0: g * np.clip(d, -delta, delta))
def _huber(d: Any, delta: float = 1.0) -> Any:
    """Return ``d² / 2`` where ``|d| <= delta``, else ``delta (|d| - delta / 2)``."""
    size = np.abs(d)
    inner = np.minimum(size, delta)
    return inner * (size - 0.5 * inner)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """Return ``d² / 2`` where the error ``d`` is at most ``delta``, else ``delta (|d| - delta / 2)``.

    Huber (1964), Annals of Mathematical Statistics 35. See :func:`mse_loss`; but the mean of weighted losses is over
    their number, here, as torch has it.
    """
    same_shape("huber_loss", input, target)
    if delta <= 0:
        raise ValueError(f"huber_loss: delta={delta} must be positive")
    return reduced(weighted(_huber(input - target, delta), weight), reduction)


# --------------------------------------------------------------- distributions


@pointwise(lambda g, y, x: -g * log_and_one(x))
def entr(x: Any) -> Any:
    """Return ``-x log(x)``, the entropy of a probability; 0 at 0."""
    return -x * np.log(np.where(np.equal(x, 0), 1, x))


def kl_div(input: Any, target: Any, reduction: str = "mean", *, log_target: bool = False) -> Any:
    """Return the Kullback-Leibler divergence ``target (log(target) - input)``, the input being logarithms.

    Parameters
    ----------
    input : array_like
        Logarithms of probabilities.
    target : array_like
        Probabilities, of the same shape; their logarithms with ``log_target``.
    reduction : {"mean", "batchmean", "sum", "none"}
        ``"batchmean"``, the sum over the length of the first axis, is the divergence of the mathematicians;
        ``"mean"`` is over all elements, as in torch.
    log_target : bool
        The target holds logarithms.
    """
    same_shape("kl_div", input, target)
    loss = np.exp(target) * (target - input) if log_target else -(entr(target) + target * input)
    if reduction == "batchmean":
        return np.sum(loss) / (np.shape(loss)[0] if np.ndim(loss) else 1)
    return reduced(loss, reduction)
