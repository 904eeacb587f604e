"""Softmax and its logarithm, and the logarithm of a sum of exponentials, along one axis, for numbers of any size."""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.nn.pointwise import real
from tape.primitive import ours
from tape.rule import general
from tape.rules.special import exponential_shares, shares_rule

__tape__ = True


def softmax_rule(g: Any, y: Any, x: Any, *, dim: int) -> Any:
    """Return the adjoint of the argument, or the tangent of the result."""
    return shares_rule(g, y, x, axis=dim)


@ours
def softmax(x: Any, dim: int) -> Any:
    """Return ``exp(x)`` over its sum along an axis.

    Parameters
    ----------
    x : array_like
        Of any shape.
    dim : int
        The axis along which the results add up to 1.

    Notes
    -----
    Where every entry along the axis is -inf, the result is NaN, as torch's is.
    """
    real(x, "softmax")
    with np.errstate(invalid="ignore"):
        e = np.subtract(x, np.max(x, axis=dim, keepdims=True))
        e = np.exp(e, out=e if type(e) is np.ndarray else None)
        e /= np.add.reduce(e, axis=dim, keepdims=True)
    return e


general(softmax, softmax_rule, jvps=[softmax_rule], keeps="y")


def powers(x: Any, dim: int) -> tuple[Any, Any, Any]:
    """Return ``x`` less its largest along an axis, the powers of e of that, and their sum: arrays, not variables."""
    with np.errstate(invalid="ignore"):  # all of them -inf, or some inf: NaN
        z = np.subtract(x, np.maximum.reduce(x, axis=dim, keepdims=True))
    e = np.exp(z)
    return z, e, np.add.reduce(e, axis=dim, keepdims=True)


@ours
def log_softmax(x: Any, dim: int) -> Any:
    """Return the logarithm of :func:`softmax`, which stays finite where that underflows."""
    real(x, "log_softmax")
    z, _, total = powers(x, dim)
    z -= np.log(total)
    return z


general(
    log_softmax,
    lambda g, y, x, *, dim: g - np.exp(y) * np.sum(g, axis=dim, keepdims=True),
    jvps=[lambda t, y, x, *, dim: t - np.sum(np.exp(y) * t, axis=dim, keepdims=True)],
    keeps="y",
)


def softmin(x: Any, dim: int) -> Any:
    """Return ``softmax(-x)``."""
    return softmax(-x, dim)


def _expanded(g: Any, dim: Any, keepdim: bool) -> Any:
    return g if keepdim else np.expand_dims(g, dim)


@ours
def logsumexp(x: Any, dim: Any, keepdim: bool = False) -> Any:
    """Return the logarithm of the sum of ``exp(x)`` along an axis, or along several.

    Parameters
    ----------
    x : array_like
        Of any shape.
    dim : int or tuple of int
        The axes that are summed over.
    keepdim : bool
        Keep them, with length 1.

    Notes
    -----
    Where every entry is -inf the result is -inf, and the derivative 0: entries that are masked out get nothing.
    The derivative in an entry of inf is NaN, as torch's is.
    """
    real(x, "logsumexp")
    top = np.max(x, axis=dim, keepdims=True)
    top = np.where(np.isinf(top), 0, top)
    with np.errstate(divide="ignore"):
        y = np.log(np.sum(np.exp(np.subtract(x, top)), axis=dim, keepdims=True)) + top
    return y if keepdim else np.squeeze(y, axis=dim)[()]


general(
    logsumexp,
    lambda g, y, x, *, dim, keepdim=False: _expanded(g, dim, keepdim) * exponential_shares(x, axis=dim),
    jvps=[
        lambda t, y, x, *, dim, keepdim=False: np.sum(t * exponential_shares(x, axis=dim), axis=dim, keepdims=keepdim)
    ],
)
