"""Losses of classes: cross-entropy of probabilities, of logits, of two classes and of many."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.errors import InputTypeError, ShapeError
from tape.nn.activations import logsigmoid, sigmoid
from tape.nn.losses import check_reduction, reduced, same_shape, weighted
from tape.nn.pointwise import pointwise, real
from tape.nn.softmaxes import log_softmax, powers, softmax, softmax_rule
from tape.primitive import ours
from tape.rule import TABLE, elementwise, general, linear, widen
from tape.var import Var

__tape__ = True

# ------------------------------------------------------------------- two classes


@pointwise(lambda g, y, x: g * (y > -100) / np.maximum(x, 3.7e-44))
def _clamped_log(x: Any) -> Any:
    """Return ``log(x)``, at least -100."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(x), -100)


@ours
def _cross_entropy_of_probability(x: Any, target: Any) -> Any:
    """Return ``-(target log(x) + (1 - target) log(1 - x))``, each logarithm at least -100."""
    with np.errstate(divide="ignore"):
        return -(target * np.maximum(np.log(x), -100) + (1 - target) * np.maximum(np.log1p(np.negative(x)), -100))


def log_odds_against(x: Any) -> Any:
    """Return ``log(1 - x) - log(x)``, each logarithm at least -100; about 1/2, where they cancel, by artanh."""
    middle = np.abs(x - 0.5) < 0.25
    return np.where(middle, 2 * np.arctanh(np.where(middle, 1 - 2 * x, 0)), _clamped_log(1 - x) - _clamped_log(x))


elementwise(
    _cross_entropy_of_probability,
    lambda g, y, x, target: g * (x - target) / np.maximum(x * (1 - x), 1e-12),
    lambda g, y, x, target: g * log_odds_against(x),
)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, *, reduction: str = "mean") -> Any:
    """Return the cross-entropy of probabilities of one class and a target.

    Parameters
    ----------
    input : array_like
        Probabilities, from 0 to 1. Of logits, take :func:`binary_cross_entropy_with_logits`, which is exact.
    target : array_like
        Of the same shape, from 0 to 1.
    weight : array_like, optional
        For each element, or broadcast to them.
    reduction : {"mean", "sum", "none"}
        Over all elements.

    Raises
    ------
    ValueError
        The input isn't made of probabilities.

    Notes
    -----
    Logarithms are at least -100 and the derivative's denominator at least 1e-12, as torch has them.
    """
    same_shape("binary_cross_entropy", input, target)
    raw = input.value if type(input) is Var else np.asarray(input)
    if np.size(raw) and not (np.min(raw) >= 0 and np.max(raw) <= 1):
        raise ValueError(
            f"binary_cross_entropy: input runs from {np.min(raw):g} to {np.max(raw):g}, it must be"
            " probabilities, from 0 to 1: use binary_cross_entropy_with_logits for logits"
        )
    return reduced(weighted(_cross_entropy_of_probability(input, target), weight), reduction)


@ours
def _cross_entropy_of_logit(x: Any, target: Any) -> Any:
    """Return ``log(1 + exp(x)) - target x``."""
    real(x, "binary_cross_entropy_with_logits")
    return np.maximum(x, 0) - x * target + np.log1p(np.exp(-np.abs(x)))


elementwise(
    _cross_entropy_of_logit,
    lambda g, y, x, target: g * ((1 - target) * sigmoid(x) - target * sigmoid(-x)),
    lambda g, y, x, target: -g * x,
)
widen(TABLE[_cross_entropy_of_logit])


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """Return the cross-entropy of ``sigmoid(input)`` and a target, exact for logits of any size.

    Parameters
    ----------
    input : array_like
        Logits.
    target : array_like
        Of the same shape, from 0 to 1.
    weight : array_like, optional
        For each element, or broadcast to them.
    reduction : {"mean", "sum", "none"}
        Over all elements.
    pos_weight : array_like, optional
        What a positive target counts for, broadcast to the elements.
    """
    same_shape("binary_cross_entropy_with_logits", input, target)
    if pos_weight is None:
        loss = _cross_entropy_of_logit(input, target)
    else:
        loss = (1 - target) * input - ((pos_weight - 1) * target + 1) * logsigmoid(input)
    return reduced(weighted(loss, weight), reduction)


# ------------------------------------------------------------------- many classes


def _where(target: Any) -> tuple[Any, ...]:
    """Return the key that picks, from an array with a class axis, the entry of each target."""
    if target.ndim < 2:  # np.ogrid would cost more than all the rest
        return (np.arange(target.size), target) if target.ndim else (target,)
    grid = list(np.ogrid[tuple(slice(n) for n in target.shape)])
    return (grid[0], target, *grid[1:])


@ours
def pick(x: Any, target: Any) -> Any:
    """Return, of each sample, the entry of its target class, along axis 1 (axis 0 where there is no batch axis)."""
    return np.asarray(x)[_where(target)]


@ours
def place(g: Any, target: Any, *, classes: int) -> Any:
    """Return zeros, but for ``g`` at the target class of each sample: the transpose of :func:`pick`."""
    axis = min(1, target.ndim)
    out = np.zeros((*target.shape[:axis], classes, *target.shape[axis:]), np.result_type(g))
    out[_where(target)] = g
    return out


def _classes(x: Any) -> int:
    return np.shape(x)[:2][-1]


linear(pick, lambda g, y, x, target: place(g, target, classes=_classes(x)), arrays=2, keeps="1")
linear(place, lambda g, y, x, target, *, classes: pick(g, target), arrays=2, keeps="1")


def _mean_factor(g: Any, count: int) -> Any:
    return g * (-1 / count if count else math.nan)


@ours
def mean_picked(x: Any, target: Any, *, count: int) -> Any:
    """Return minus the sum of each sample's entry of its target class, over a count."""
    x = np.asarray(x)
    return x.dtype.type(_mean_factor(np.add.reduce(x[_where(target)], axis=None), count))


linear(
    mean_picked,
    lambda g, y, x, target, *, count: place(
        np.broadcast_to(_mean_factor(g, count), np.shape(target)), target, classes=_classes(x)
    ),
    arrays=2,
    keeps="1",
)


@ours
def entropy_of_classes(x: Any, target: Any, *, count: int) -> Any:
    """Return the sum over samples of minus the logarithm of their target's probability, over a count."""
    x = np.asarray(x)
    axis = min(1, x.ndim - 1)
    z, _, total = powers(x, axis)
    log = np.add.reduce(np.log(total), axis=None) - np.add.reduce(z[_where(target)], axis=None)
    return x.dtype.type(_mean_factor(-log, count))


@ours
def probability_errors(g: Any, x: Any, target: Any, *, count: int) -> Any:
    """Return the adjoint of the logits: ``(softmax(x) - onehot) g / count``, the class axis second."""
    axis = min(1, x.ndim - 1)
    _, p, total = powers(np.asarray(x), axis)
    p /= total
    p[_where(target)] -= 1
    p *= _mean_factor(-g, count)
    return p


def _turned(h: Any, y: Any, g: Any, x: Any, target: Any, *, count: int) -> Any:
    axis = min(1, np.ndim(x) - 1)
    return softmax_rule(h, softmax(x, axis), x, dim=axis) * _mean_factor(-g, count)


general(
    entropy_of_classes,
    lambda g, y, x, target, *, count: probability_errors(g, x, target, count=count),
    None,
    jvps=[lambda t, y, x, target, *, count: np.sum(t * probability_errors(1.0, x, target, count=count)), None],
    arrays=2,
)
general(
    probability_errors,
    lambda h, y, g, x, target, *, count: np.sum(h * probability_errors(1.0, x, target, count=count)),
    _turned,
    None,
    jvps=[lambda t, y, g, x, target, *, count: probability_errors(t, x, target, count=count), _turned, None],
    arrays=3,
)


def class_indices(what: str, input: Any, target: Any, ignore_index: int) -> tuple[Any, Any]:
    """Check class numbers, and return them, with those to be ignored set to 0, and which count (None: all)."""
    target = np.asarray(target._value if type(target) is Var else target)
    shape = np.shape(input._value if type(input) is Var else input)
    if not shape:
        raise ShapeError(f"{what}: input has no class axis: it must be (C,) or (N, C, ...)")
    classes = shape[min(1, len(shape) - 1)]
    want = (*shape[:1], *shape[2:]) if len(shape) > 1 else ()
    if target.dtype.kind not in "iu":
        raise InputTypeError(
            f"{what}: target of shape {target.shape} is {target.dtype}, it must hold class numbers,"
            f" integers of shape {want}"
            + (f", or probabilities, of the input's shape {shape}" if what == "cross_entropy" else "")
        )
    if target.shape != want:
        raise ShapeError(f"{what}: input has shape {shape}, so target must have shape {want}, not {target.shape}")
    if not 0 <= ignore_index < classes:
        positive = target.view(f"u{target.dtype.itemsize}")  # where a negative number is a huge one
        if not target.size or np.maximum.reduce(positive, axis=None) < classes:
            return target, None
    counts = target != ignore_index
    wrong = counts & ((target < 0) | (target >= classes))
    if wrong.any():
        raise IndexError(
            f"{what}: target {target[wrong].flat[0]} is not one of {classes} classes (0 to {classes - 1};"
            f" ignore_index={ignore_index})"
        )
    return np.where(counts, target, 0), counts


def check_class_weight(what: str, weight: Any, classes: int) -> None:
    """Refuse weights that aren't one a class."""
    if weight is not None and np.shape(weight) != (classes,):
        raise ShapeError(f"{what}: weight has shape {np.shape(weight)}, it must be ({classes},), one a class")


def _divided(total: Any, by: Any) -> Any:
    """Divide, where nothing over nothing is NaN."""
    if type(by) is not Var and not np.any(by):
        return total * math.nan
    return total / by


def nll_loss(input: Any, target: Any, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean") -> Any:
    """Return minus the logarithm of the probability that is given to the target class.

    Parameters
    ----------
    input : array_like
        Logarithms of probabilities, of shape ``(C,)`` or ``(N, C, ...)``.
    target : array_like of int
        Class numbers, of shape ``()`` or ``(N, ...)``.
    weight : array_like, optional
        For each class.
    ignore_index : int
        Samples of this class count for nothing.
    reduction : {"mean", "sum", "none"}
        The mean is over the sum of the weights of the samples that count; NaN if none does, as in torch.

    Raises
    ------
    ShapeError, InputTypeError, IndexError
        Targets have the wrong shape, aren't integers, or aren't classes.
    """
    check_reduction(reduction)
    target, counts = class_indices("nll_loss", input, target, ignore_index)
    check_class_weight("nll_loss", weight, _classes(input))
    return _nll(input, target, counts, weight, reduction)


def _nll(input: Any, target: Any, counts: Any, weight: Any, reduction: str) -> Any:
    """Compute :func:`nll_loss` of checked arguments."""
    if weight is None and counts is None and reduction != "none":
        return mean_picked(input, target, count=target.size if reduction == "mean" else 1)
    loss = -pick(input, target)
    factor = _sample_weight(target, counts, weight, dtype_of(input))
    if factor is not None:
        loss = loss * factor
    if reduction == "none":
        return loss
    if reduction == "sum":
        return np.sum(loss)
    return _divided(np.sum(loss), target.size if factor is None else np.sum(factor))


def _sample_weight(target: Any, counts: Any, weight: Any, dtype: Any) -> Any:
    """Return what each sample counts for: the weight of its class, 0 if it is ignored; None if each counts for 1."""
    factor = None if weight is None else np.take(weight, target)
    if counts is not None:
        counts = counts.astype(dtype)
        factor = counts if factor is None else factor * counts
    return factor


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Return the cross-entropy of ``softmax(input)`` and a target.

    Parameters
    ----------
    input : array_like
        Logits, of shape ``(C,)`` or ``(N, C, ...)``.
    target : array_like
        Class numbers, of shape ``()`` or ``(N, ...)``; or floats, the probabilities of all classes, of the input's
        shape.
    weight : array_like, optional
        For each class.
    ignore_index : int
        Samples of this class count for nothing.
    reduction : {"mean", "sum", "none"}
        The mean of class numbers is over the sum of the weights of the samples that count; NaN if none does, as in
        torch. The mean of probabilities is over the number of samples.
    label_smoothing : float
        From 0 to 1: how much of the target is dealt evenly to all classes; Szegedy et al. (2015), arXiv:1512.00567.

    Raises
    ------
    ShapeError, InputTypeError, IndexError
        Targets have the wrong shape, are neither class numbers nor probabilities, or aren't classes.
    ValueError
        ``label_smoothing`` isn't between 0 and 1.
    """
    check_reduction(reduction)
    if not 0.0 <= label_smoothing <= 1.0:
        raise ValueError(f"cross_entropy: label_smoothing={label_smoothing} must be from 0 to 1")
    shape = np.shape(input._value if type(input) is Var else input)
    if not shape:
        raise ShapeError("cross_entropy: input has no class axis: it must be (C,) or (N, C, ...)")
    axis = min(1, len(shape) - 1)
    classes = shape[axis]
    by_probability = dtype_of(target).kind == "f" and np.shape(target) == shape
    counts = None
    if not by_probability:
        target, counts = class_indices("cross_entropy", input, target, ignore_index)
        if weight is None and counts is None and not label_smoothing and reduction != "none":
            real(input, "cross_entropy")
            return entropy_of_classes(input, target, count=target.size if reduction == "mean" else 1)
    check_class_weight("cross_entropy", weight, classes)
    logs = log_softmax(input, axis)
    if by_probability:
        return _by_probability(logs, target, weight, reduction, label_smoothing, axis)
    if not label_smoothing:
        return _nll(logs, target, counts, weight, reduction)
    factor = _sample_weight(target, counts, weight, dtype_of(input))
    smooth = -np.sum(logs if weight is None else logs * _along(weight, len(shape), axis), axis=axis)
    if counts is not None:
        smooth = smooth * counts.astype(dtype_of(input))
    sharp = -pick(logs, target)
    loss = (sharp if factor is None else sharp * factor) * (1 - label_smoothing) + smooth * (label_smoothing / classes)
    if reduction == "none":
        return loss
    if reduction == "sum":
        return np.sum(loss)
    return _divided(np.sum(loss), target.size if factor is None else np.sum(factor))


def _along(weight: Any, ndim: int, axis: int) -> Any:
    """Give weights of classes the shape to broadcast along the class axis."""
    return np.reshape(weight, (-1, *[1] * (ndim - axis - 1)))


def _by_probability(logs: Any, target: Any, weight: Any, reduction: str, smoothing: float, axis: int) -> Any:
    """Compute :func:`cross_entropy` with probabilities as targets."""
    shape = np.shape(logs)
    if smoothing:
        target = target * (1 - smoothing) + smoothing / shape[axis]
    if weight is not None:
        target = target * _along(weight, len(shape), axis)
    loss = logs * target
    if reduction == "none":
        return -np.sum(loss, axis=axis)
    if reduction == "sum":
        return -np.sum(loss)
    return _divided(-np.sum(loss), math.prod(shape) // shape[axis])
