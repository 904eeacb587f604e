"""Sums of exponentials under SciPy's names: ``logsumexp``, ``softmax``, ``log_softmax``."""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.errors import OptionError
from tape.record import Var

__tape__ = True


def _largest(a: Any, axis: Any) -> Any:
    """Return the largest elements, a constant, zero where they aren't finite."""
    top = np.max(np.real(getattr(a, "value", a)), axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(top), top, np.zeros_like(top))


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """Return the logarithm of the sum of exponentials, as ``scipy.special.logsumexp`` does.

    Parameters
    ----------
    a : array_like
        Exponents, real.
    axis : int or tuple of int, optional
        Axes that are summed over; all of them if left out.
    b : array_like, optional
        Weights. Their sum with the exponentials must be positive, unless ``return_sign``.
    keepdims : bool
        Leave the axes, of length one.
    return_sign : bool
        Return the logarithm of the absolute value, and the sign.

    Notes
    -----
    Where every exponent is -inf, the gradient is zero.
    """
    if np.iscomplexobj(getattr(a, "value", a)):
        raise OptionError("tape.scipy.special.logsumexp is of real exponents: write np.log(np.sum(np.exp(a)))")
    top = _largest(a, axis)
    terms = np.exp(a - top)
    if b is not None:
        terms = b * terms
    total = np.sum(terms, axis=axis, keepdims=True)
    none = np.equal(total, 0)
    sign = np.sign(getattr(total, "value", total))
    size = np.abs(total) if return_sign else total
    out = np.where(none, -np.inf, np.log(np.where(none, 1, size))) + top
    if not keepdims:
        axes = tuple(range(np.ndim(out))) if axis is None else axis
        out, sign = np.squeeze(out, axis=axes), np.squeeze(sign, axis=axes)[()]
    out = out if type(out) is Var else out[()]
    return (out, sign) if return_sign else out


def softmax(x: Any, axis: Any = None) -> Any:
    """Return exponentials over their sum, as ``scipy.special.softmax`` does; over all elements without an axis."""
    e = np.exp(x - _largest(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """Return the logarithm of :func:`softmax`, without underflow."""
    shifted = x - _largest(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
