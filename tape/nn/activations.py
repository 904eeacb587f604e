"""Activations: each is one elementwise entry, and its derivative stands in front of it.

Where a derivative jumps it is 0 at the kinks of relu, relu6, hardtanh and their kin, and the left derivative for those
of the leaky kind, as torch has it. Every one of them runs on plain arrays, too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.errors import ShapeError
from tape.nn.pointwise import pointwise, real
from tape.nn.special import ndtr, normal_pdf
from tape.primitive import ours
from tape.rule import elementwise, zero

__tape__ = True

tanh = np.tanh

# ---------------------------------------------------------------- sigmoid and its kin


@pointwise(lambda g, y, x: -g * y * np.tanh(x * 0.5))
def sigmoid_slope(x: Any) -> Any:
    """Return ``sigmoid(x) (1 - sigmoid(x))``, without the cancellation of the second factor."""
    e = np.exp(-np.abs(x))
    return e / np.square(e + 1)


@pointwise(lambda g, y, x: g * sigmoid_slope(x))
def sigmoid(x: Any) -> Any:
    """Return ``1 / (1 + exp(-x))``, for ``x`` of any shape and any size of number: nothing overflows."""
    e = np.exp(-np.abs(x))
    return np.maximum(e, x >= 0) / (e + 1)


def _softplus(g: Any, y: Any, x: Any, *, beta: float = 1.0, threshold: float = 20.0) -> Any:
    z = x if beta == 1.0 else x * beta
    return g * np.where(z > threshold, 1, sigmoid(z))


@pointwise(_softplus)
def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """Return ``log(1 + exp(beta x)) / beta``; ``x`` itself where ``beta x > threshold``.

    Notes
    -----
    The threshold is torch's, and part of its function: at the default it moves the result by 2e-9 at most.
    ``threshold=np.inf`` gives the exact function. The derivative at 0 is 1/2.
    """
    z = x if beta == 1.0 else x * beta
    exact = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
    return np.where(z > threshold, x, exact if beta == 1.0 else exact / beta)[()]


@pointwise(lambda g, y, x: g * sigmoid(-x))
def logsigmoid(x: Any) -> Any:
    """Return ``log(sigmoid(x))``, exact at both ends."""
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def _silu(g: Any, y: Any, x: Any) -> Any:
    s = sigmoid(x)
    return g * (s * (1 + x * (1 - s)))


@pointwise(_silu)
def silu(x: Any) -> Any:
    """Return ``x sigmoid(x)``: Hendrycks and Gimpel (2016), arXiv:1606.08415, section 2."""
    return x * sigmoid(x)


def _mish(g: Any, y: Any, x: Any) -> Any:
    x = np.minimum(x, 40)  # beyond, the derivative is 1 to the last bit
    e = np.exp(x)
    n = e * (e + 2)
    r = 1 / (n + 2)
    return g * (n * r + x * (e * r) * (e * r + r) * 4)


@pointwise(_mish)
def mish(x: Any) -> Any:
    """Return ``x tanh(softplus(x))``: Misra (2019), arXiv:1908.08681.

    Notes
    -----
    With ``e = exp(x)`` and ``n = e² + 2e``, ``tanh(softplus(x)) = n / (n + 2)``.
    """
    e = np.exp(np.minimum(x, 40))
    n = e * (e + 2)
    return x * (n / (n + 2))


ROOT, CUBIC = math.sqrt(2 / math.pi), 0.044715


def _gelu(g: Any, y: Any, x: Any, *, approximate: str = "none") -> Any:
    if approximate == "none":
        return g * (ndtr(x) + x * normal_pdf(x))
    x2 = np.minimum(x * x, 1600)  # beyond, the derivative is 0 or 1, and the slope zero times infinity
    z = x * (x2 * (2 * ROOT * CUBIC) + 2 * ROOT)
    # The slope, and not s (1 - s), which cancels where s is nearly one.
    return g * (sigmoid(z) + sigmoid_slope(z) * x * (x2 * (6 * ROOT * CUBIC) + 2 * ROOT))


@pointwise(_gelu)
def gelu(x: Any, approximate: str = "none") -> Any:
    """Return ``x Φ(x)``, with the normal distribution function Φ, or its approximation by ``approximate="tanh"``.

    Notes
    -----
    Hendrycks and Gimpel (2016), arXiv:1606.08415. ``½ (1 + tanh u)`` is computed as ``sigmoid(2u)``.
    """
    if approximate == "none":
        return x * ndtr(x)
    if approximate != "tanh":
        raise ValueError(f"gelu: approximate is 'none' or 'tanh', not {approximate!r}")
    return x * sigmoid(x * (x * x * (2 * ROOT * CUBIC) + 2 * ROOT))


@pointwise(lambda g, y, x: g * np.square(np.tanh(x)))
def tanhshrink(x: Any) -> Any:
    """Return ``x - tanh(x)``."""
    return x - np.tanh(x)


@pointwise(lambda g, y, x: g / np.square(np.abs(x) + 1))
def softsign(x: Any) -> Any:
    """Return ``x / (1 + |x|)``."""
    return x / (np.abs(x) + 1)


# ------------------------------------------------------------- pieces of straight lines


@ours
def step(x: Any, low: float = 0.0) -> Any:
    """Return 1 where ``x`` is positive and ``low`` elsewhere, in the dtype of ``x``."""
    up = np.asarray(np.greater(x, 0), np.result_type(x, 1.0))
    if low == 0:
        return up[()]
    return np.maximum(up, low) if 0 < low <= 1 else np.where(up > 0, up, low)[()]


zero(step)


@pointwise(lambda g, y, x: g * (y > 0))
def relu(x: Any) -> Any:
    """Return the larger of ``x`` and 0; the derivative at 0 is 0."""
    return np.maximum(x, 0)


@pointwise(lambda g, y, x: g * ((y > 0) & (y < 6)))
def relu6(x: Any) -> Any:
    """Return ``x`` clipped to [0, 6]; the derivative at the kinks is 0."""
    return np.minimum(np.maximum(x, 0), 6)


@pointwise(lambda g, y, x, *, min_val=-1.0, max_val=1.0: g * ((y > min_val) & (y < max_val)))
def hardtanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """Return ``x`` clipped to ``[min_val, max_val]``; the derivative at the kinks is 0."""
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val={min_val} is above max_val={max_val}")
    return np.minimum(np.maximum(x, min_val), max_val)


@pointwise(lambda g, y, x: g * (1 / 6) * ((x > -3) & (x < 3)))
def hardsigmoid(x: Any) -> Any:
    """Return ``relu6(x + 3) / 6``: Howard et al. (2019), arXiv:1905.02244; the derivative at the kinks is 0."""
    return np.minimum(np.maximum(x + 3, 0), 6) / 6


@pointwise(lambda g, y, x: g * ((x * (1 / 3) + 0.5) * ((x > -3) & (x < 3)) + (x >= 3)))
def hardswish(x: Any) -> Any:
    """Return ``x relu6(x + 3) / 6``: Howard et al. (2019), arXiv:1905.02244; the derivative is 0 at -3 and 1 at 3."""
    return x * np.minimum(np.maximum(x + 3, 0), 6) / 6


@pointwise(lambda g, y, x, *, negative_slope=0.01: g * step(x, low=negative_slope))
def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """Return ``x``, times ``negative_slope`` where it isn't positive; so is the derivative."""
    if 0 < negative_slope <= 1:
        return np.maximum(x, x * negative_slope)
    return np.maximum(x, 0) + np.minimum(x, 0) * negative_slope


@ours
def _prelu(x: Any, weight: Any) -> Any:
    """Return ``x`` where it is positive, else ``weight x``, broadcast against each other."""
    real(x, "prelu")
    return np.maximum(x, 0) + np.minimum(x, 0) * weight


elementwise(
    _prelu,
    lambda g, y, x, weight: g * (x > 0) + (g * weight) * (x <= 0),
    lambda g, y, x, weight: g * np.minimum(x, 0),
)


def prelu(x: Any, weight: Any) -> Any:
    """Return ``x`` where it is positive, else ``weight x``, with one weight, or one for each channel (axis 1).

    Raises
    ------
    ShapeError
        The number of weights is neither 1 nor that of the channels.
    """
    count, ndim = np.size(weight), np.ndim(x)
    channels = np.shape(x)[1] if ndim > 1 else 1
    if np.ndim(weight) > 1 or count not in (1, channels):
        raise ShapeError(
            f"prelu: a weight of shape {np.shape(weight)} for {channels} channels (axis 1): give one or all"
        )
    if ndim > 2 and count > 1:
        weight = np.reshape(weight, (count, *[1] * (ndim - 2)))
    elif ndim == 0:
        weight = np.reshape(weight, ())
    return _prelu(x, weight)


def _exponential(x: Any, alpha: float, scale: float) -> Any:
    """Return ``x`` where it is positive, else ``alpha (exp(x / scale) - 1)``."""
    low = np.minimum(x, 0)
    return np.maximum(x, 0) + np.expm1(low if scale == 1.0 else low / scale) * alpha


@pointwise(lambda g, y, x, *, alpha=1.0: g * (np.exp(np.minimum(x, 0)) * step(x, low=alpha)))
def elu(x: Any, alpha: float = 1.0) -> Any:
    """Return ``x`` where it is positive, else ``alpha (exp(x) - 1)``: Clevert et al. (2015), arXiv:1511.07289."""
    return _exponential(x, alpha, 1.0)


SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


@pointwise(lambda g, y, x: g * (np.exp(np.minimum(x, 0)) * step(x, low=SELU_ALPHA) * SELU_SCALE))
def selu(x: Any) -> Any:
    """Return the scaled ``elu`` that keeps mean 0 and variance 1: Klambauer et al. (2017), arXiv:1706.02515."""
    return _exponential(x, SELU_ALPHA, 1.0) * SELU_SCALE


@pointwise(lambda g, y, x, *, alpha=1.0: g * np.exp(np.minimum(x, 0) * (1 / alpha)))
def celu(x: Any, alpha: float = 1.0) -> Any:
    """Return ``x`` where it is positive, else ``alpha (exp(x / alpha) - 1)``: Barron (2017), arXiv:1704.07483."""
    if alpha == 0:
        raise ValueError("celu: alpha must not be 0")
    return _exponential(x, alpha, alpha)


@pointwise(lambda g, y, x, *, lambd=0.5: g * (np.abs(x) > lambd))
def softshrink(x: Any, lambd: float = 0.5) -> Any:
    """Return ``x`` moved towards 0 by ``lambd``, and 0 within it; the derivative at the kinks is 0."""
    if lambd < 0:
        raise ValueError(f"softshrink: lambd={lambd} must not be negative")
    return np.maximum(x - lambd, 0) + np.minimum(x + lambd, 0)


@pointwise(lambda g, y, x, *, lambd=0.5: g * (np.abs(x) > lambd))
def hardshrink(x: Any, lambd: float = 0.5) -> Any:
    """Return ``x`` where ``|x| > lambd``, else 0."""
    return x * (np.abs(x) > lambd)


@ours
def _threshold(x: Any, *, threshold: float, value: float) -> Any:
    """Return ``x`` where it is above a threshold, else a value."""
    real(x, "threshold")
    return np.where(np.greater(x, threshold), x, value)[()]


elementwise(_threshold, lambda g, y, x, *, threshold, value: g * (x > threshold))


def threshold(x: Any, threshold: float, value: float) -> Any:
    """Return ``x`` where it is above ``threshold``, else ``value``."""
    return _threshold(x, threshold=threshold, value=value)


def glu(x: Any, dim: int = -1) -> Any:
    """Return the first half of an axis, gated by the sigmoid of the second: Dauphin et al. (2016), arXiv:1612.08083.

    Raises
    ------
    ShapeError
        The axis is of odd length.
    """
    ndim = np.ndim(x)
    if not ndim or not -ndim <= dim < ndim or np.shape(x)[dim] % 2:
        raise ShapeError(f"glu: axis {dim} of an array of shape {np.shape(x)} can't be halved")
    half, lead = np.shape(x)[dim] // 2, (slice(None),) * (dim % ndim)
    return x[(*lead, slice(half))] * sigmoid(x[(*lead, slice(half, None))])
