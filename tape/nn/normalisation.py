"""Normalisation: batch, layer, group, instance and RMS norm, and vectors of unit length.

All of them rest on one primitive, :func:`standardise`, whose Jacobian ``r (I - 1/n - y yᵀ/n)`` is symmetric, so that
one line is its rule in both directions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.errors import InPlaceError, ShapeError
from tape.nn.pointwise import real
from tape.primitive import ours
from tape.rule import general
from tape.var import Var

__tape__ = True

Axes = tuple[int, ...]


def _count(x: Any, axis: Axes) -> int:
    shape = np.shape(x)
    return math.prod([shape[k] for k in axis])


def _mean(x: Any, axis: Axes) -> Any:
    """Return the mean over some axes, kept with length 1: what np.mean does, with a fifth of its overhead."""
    total = np.add.reduce(x, axis=axis, keepdims=True)
    total *= 1 / max(_count(x, axis), 1)
    return total


@np.errstate(all="ignore")  # of what isn't in range, nothing is used
def _scaled(x: Any, axis: Axes, eps: float, centred: bool) -> tuple[Any, Any, Any]:
    """Return deviations, ``1 / sqrt(mean(deviations²) + eps)``, and if squares are in range: True, or for each mean."""
    y = np.subtract(x, _mean(x, axis)) if centred else x
    r = _mean(np.square(y), axis)
    r += eps
    np.sqrt(r, out=r)
    np.divide(1, r, out=r)
    most = MOST[r.dtype]
    # The least is NaN, if any is. And eps, unless it is very small, has kept all of them from being too large.
    fits = np.minimum.reduce(r, None, initial=np.inf) > 0
    if fits and (most * most * eps >= 1 or np.maximum.reduce(r, None, initial=0) <= most):
        return y, r, True
    return y, r, (r > 0) & (r <= most)


MOST: dict[Any, Any] = {
    np.dtype(t): np.sqrt(np.finfo(t).eps / np.finfo(t).tiny) for t in (np.float32, np.float64, np.longdouble)
}
MOST[np.dtype(np.float16)] = 1 / np.sqrt(np.finfo(np.float16).tiny)
"""What one over the root of a mean square is at most, if what underflows in that makes no difference.

In half precision all that isn't subnormal has to do: there is no room for more.
"""

ZERO = -(1 << 20)
"""The exponent of zero: below any other."""


def _exponent(size: Any) -> Any:
    """Return exponents of two, those of sizes; 0 of what isn't finite."""
    return np.where(size == 0, ZERO, np.where(np.isfinite(size), np.frexp(size)[1], 0))


@np.errstate(all="ignore")
def _brought(x: Any, axis: Axes, eps: float, centred: bool) -> tuple[Any, Any, Any]:
    """Return deviations and one over the root of their mean square (and ``eps``), both times powers of two.

    The deviations, or ``eps``, are brought near one, and so are their squares. The mean is taken of numbers near one,
    too, and twice: equal ones have no deviation then, and that of rounding would matter, as ``eps`` doesn't here. What
    the deviations have been divided by is two to the power of the third result.
    """
    first = np.maximum(_exponent(np.maximum.reduce(np.abs(x), axis=axis, keepdims=True, initial=0)), ZERO // 8)
    y = np.ldexp(x, -first)
    for _ in range(2 if centred else 0):
        y -= _mean(y, axis)
    size = np.maximum.reduce(np.abs(y), axis=axis, keepdims=True, initial=0)
    more = np.maximum(_exponent(size), _exponent(np.sqrt(np.float64(eps))) - first)
    more = np.where(more < ZERO // 2, 0, more)
    np.ldexp(y, -more, out=y)
    r = _mean(np.square(y), axis)
    r += np.ldexp(np.float64(eps), -2 * (first + more)).astype(r.dtype)
    np.sqrt(r, out=r)
    return y, np.divide(1, r, out=r), first + more


@ours
def reciprocal_std(x: Any, *, axis: Axes, eps: float, centred: bool = True) -> Any:
    """Return ``1 / sqrt(var(x) + eps)`` over some axes, kept with length 1; ``mean(x²)`` for ``var`` if not centred."""
    _, r, fits = _scaled(x, axis, eps, centred)
    if fits is True:
        return r
    _, other, exponent = _brought(x, axis, eps, centred)
    with np.errstate(over="ignore", under="ignore"):
        return np.where(fits, r, np.ldexp(other, -exponent))


@ours
def standardise(x: Any, *, axis: Axes, eps: float, centred: bool = True) -> Any:
    """Return ``(x - mean(x)) / sqrt(var(x) + eps)`` over some axes; ``x / sqrt(mean(x²) + eps)`` if not centred."""
    real(x, "normalisation")
    x = np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    y, r, fits = _scaled(x, axis, eps, centred)
    if fits is True:
        return np.multiply(y, r, out=y if centred else None)
    other, s, _ = _brought(x, axis, eps, centred)
    with np.errstate(invalid="ignore"):
        return np.where(fits, y * r, other * s)


@ours
def projected(g: Any, y: Any, *, axis: Axes, centred: bool = True) -> Any:
    """Return ``g - y mean(g y)``, less ``mean(g)`` if centred: :func:`standardise`'s Jacobian, unscaled."""
    h = np.multiply(g, y)
    np.multiply(y, _mean(h, axis), out=h)
    np.subtract(g, h, out=h)
    if centred:
        h -= _mean(g, axis)
    return h


def _spread(g: Any, y: Any, h: Any, axis: Axes) -> Any:
    """Return the derivative of :func:`projected` in its second argument, along or against ``h``."""
    return -(h * np.mean(g * y, axis=axis, keepdims=True) + g * np.mean(h * y, axis=axis, keepdims=True))


def _standardise(g: Any, y: Any, x: Any, *, axis: Axes, eps: float, centred: bool = True) -> Any:
    r = reciprocal_std(x, axis=axis, eps=eps, centred=centred)
    return projected(g, y, axis=axis, centred=centred) * r


general(standardise, _standardise, jvps=[_standardise])
general(
    projected,
    lambda h, z, g, y, *, axis, centred=True: projected(h, y, axis=axis, centred=centred),
    lambda h, z, g, y, *, axis, centred=True: _spread(g, y, h, axis),
    jvps=[
        lambda t, z, g, y, *, axis, centred=True: projected(t, y, axis=axis, centred=centred),
        lambda t, z, g, y, *, axis, centred=True: (
            -(t * np.mean(g * y, axis=axis, keepdims=True) + y * np.mean(g * t, axis=axis, keepdims=True))
        ),
    ],
)
general(
    reciprocal_std,
    lambda g, y, x, *, axis, eps, centred=True: (
        g * y * (y * standardise(x, axis=axis, eps=eps, centred=centred)) * (-1 / max(_count(x, axis), 1))
    ),
    jvps=[
        lambda t, y, x, *, axis, eps, centred=True: (
            y * (y * -np.mean(t * standardise(x, axis=axis, eps=eps, centred=centred), axis=axis, keepdims=True))
        )
    ],
)


def _affine(y: Any, weight: Any, bias: Any, shape: tuple[int, ...] | None = None) -> Any:
    """Scale and shift, by weights that are first given a shape to broadcast from."""
    if weight is not None:
        y = y * (weight if shape is None else np.reshape(weight, shape))
    if bias is not None:
        y = y + (bias if shape is None else np.reshape(bias, shape))
    return y


def _per_channel(what: str, x: Any, **vectors: Any) -> tuple[int, ...]:
    """Check that vectors hold one number a channel, and return the shape from which they broadcast."""
    shape = np.shape(x)
    if len(shape) < 2:
        raise ShapeError(f"{what}: x has shape {shape}, it must have a batch and a channel axis, (N, C, ...)")
    for name, v in vectors.items():
        if v is not None and np.shape(v) != (shape[1],):
            raise ShapeError(f"{what}: {name} has shape {np.shape(v)}, x has {shape[1]} channels (axis 1)")
    return (1, shape[1], *[1] * (len(shape) - 2))


def _normalized_axes(what: str, x: Any, normalized_shape: int | Sequence[int], **like: Any) -> Axes:
    """Check that the last axes of ``x`` are as said, and return which they are."""
    last = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(int(n) for n in normalized_shape)
    shape = np.shape(x)
    if not last or shape[-len(last) :] != last:
        raise ShapeError(f"{what}: normalized_shape={last}, but x has shape {shape}: it must end in that")
    for name, v in like.items():
        if v is not None and np.shape(v) != last:
            raise ShapeError(f"{what}: {name} has shape {np.shape(v)}, it must have that of normalized_shape, {last}")
    return tuple(range(len(shape) - len(last), len(shape)))


def _follow(what: str, running: Any, batch: Any, momentum: float) -> None:
    """Move a running statistic towards that of a batch, in place."""
    if running is None:
        return
    if type(running) is Var or not isinstance(running, np.ndarray):
        raise InPlaceError(
            f"{what}: running statistics are updated in place when training, so they must be plain arrays,"
            f" not {type(running).__name__}: leave them out of what is differentiated"
        )
    running *= 1 - momentum
    running += np.asarray(momentum * batch, running.dtype)


def _update(what: str, mean: Any, var: Any, x: Any, momentum: float, axes: Axes, over: Axes = ()) -> None:
    """Update running statistics by those of ``x`` over ``axes``, averaged over ``over``."""
    if mean is None and var is None:
        return
    raw, n = x.value if type(x) is Var else np.asarray(x), _count(x, axes)
    batch = np.mean(raw, axis=axes, keepdims=True), np.var(raw, axis=axes, keepdims=True) * (n / (n - 1))
    for running, found in zip((mean, var), batch, strict=True):
        found = np.mean(found, axis=over, keepdims=True) if over else found
        _follow(what, running, found.reshape(-1), momentum)


def _by_running(x: Any, mean: Any, var: Any, weight: Any, bias: Any, eps: float, shape: tuple[int, ...]) -> Any:
    """Normalise by given statistics: one scale and one shift a channel."""
    scale = 1 / np.sqrt(var + eps)
    if weight is not None:
        scale = weight * scale
    shift = -mean * scale
    return _affine(x, scale, shift if bias is None else bias + shift, shape)


def batch_norm(
    x: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalise each channel over the batch and all positions: Ioffe and Szegedy (2015), arXiv:1502.03167.

    Parameters
    ----------
    x : array_like
        Shape ``(N, C, ...)``.
    running_mean, running_var : ndarray or None
        Shape ``(C,)``. When training they may be None, and are otherwise **updated in place**, as torch does it:
        ``running = (1 - momentum) running + momentum batch``, with the unbiased variance. Nothing flows through the
        update. When not training, they are what is normalised by.
    weight, bias : array_like, optional
        Shape ``(C,)``.
    training : bool
        Normalise by the statistics of the batch.
    momentum : float
        How far running statistics move.
    eps : float
        Added to the variance.

    Raises
    ------
    ShapeError
        Shapes don't fit together; there is only one value a channel to train on; no statistics to normalise by.
    InPlaceError
        Running statistics that are to be updated are variables.
    """
    shape = _per_channel("batch_norm", x, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if not training:
        if running_mean is None or running_var is None:
            raise ShapeError("batch_norm: there are no running statistics to normalise by: give them, or training=True")
        return _by_running(x, running_mean, running_var, weight, bias, eps, shape)
    axes = (0, *range(2, len(shape)))
    if _count(x, axes) <= 1:
        raise ShapeError(
            f"batch_norm: x of shape {np.shape(x)} has {_count(x, axes)} values a channel: training needs 2"
        )
    _update("batch_norm", running_mean, running_var, x, momentum, axes)
    return _affine(standardise(x, axis=axes, eps=eps), weight, bias, shape)


def instance_norm(
    x: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalise each channel of each sample over its positions: Ulyanov et al. (2016), arXiv:1607.08022.

    Parameters are those of :func:`batch_norm`, with ``x`` of shape ``(N, C, ...)`` and at least one axis of positions;
    running statistics, if given, are updated in place by the average over the samples.
    """
    shape = _per_channel(
        "instance_norm", x, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias
    )
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise ShapeError("instance_norm: there are no running statistics to normalise by: give them")
        return _by_running(x, running_mean, running_var, weight, bias, eps, shape)
    axes = tuple(range(2, len(shape)))
    if _count(x, axes) <= 1:
        raise ShapeError(f"instance_norm: x of shape {np.shape(x)} has {_count(x, axes)} values a channel: it needs 2")
    _update("instance_norm", running_mean, running_var, x, momentum, axes, (0,))
    return _affine(standardise(x, axis=axes, eps=eps), weight, bias, shape)


def layer_norm(
    x: Any, normalized_shape: int | Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """Normalise over the last axes: Ba et al. (2016), arXiv:1607.06450.

    Parameters
    ----------
    x : array_like
        Shape ``(..., *normalized_shape)``.
    normalized_shape : int or sequence of int
        The lengths of the last axes.
    weight, bias : array_like, optional
        Of shape ``normalized_shape``.
    eps : float
        Added to the variance.

    Notes
    -----
    Over a single element the result is the bias, and nothing flows into the weight: exactly 0.
    """
    axes = _normalized_axes("layer_norm", x, normalized_shape, weight=weight, bias=bias)
    return _affine(standardise(x, axis=axes, eps=eps), weight, bias)


def rms_norm(x: Any, normalized_shape: int | Sequence[int], weight: Any = None, eps: float | None = None) -> Any:
    """Divide by the root of the mean square over the last axes: Zhang and Sennrich (2019), arXiv:1910.07467.

    Parameters are those of :func:`layer_norm`; ``eps`` is by default the spacing of 1 in the dtype of ``x``.
    """
    axes = _normalized_axes("rms_norm", x, normalized_shape, weight=weight)
    if eps is None:
        eps = float(np.finfo(dtype_of(x)).eps)
    return _affine(standardise(x, axis=axes, eps=eps, centred=False), weight, None)


def group_norm(x: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Normalise groups of channels of each sample: Wu and He (2018), arXiv:1803.08494.

    Parameters
    ----------
    x : array_like
        Shape ``(N, C, ...)``.
    num_groups : int
        A divisor of ``C``.
    weight, bias : array_like, optional
        Shape ``(C,)``.
    eps : float
        Added to the variance.
    """
    shape = _per_channel("group_norm", x, weight=weight, bias=bias)
    have = np.shape(x)
    if num_groups < 1 or have[1] % num_groups:
        raise ShapeError(f"group_norm: {have[1]} channels can't be dealt into {num_groups} groups")
    members = math.prod(have[1:]) // num_groups
    y = standardise(np.reshape(x, (have[0], num_groups, members)), axis=(2,), eps=eps)
    return _affine(np.reshape(y, have), weight, bias, shape)


# ------------------------------------------------------------------ unit length


@ours
def vector_norm(x: Any, *, p: float, dim: Any) -> Any:
    """Return the p-norm along axes that stay with length 1, scaled first so that nothing over- or underflows.

    Of finite numbers it is finite, or NaN where it is beyond the largest number: what is divided by it would be zero.
    """
    real(x, "vector_norm")
    size = np.abs(x)
    top = np.max(size, axis=dim, keepdims=True)
    if p == math.inf:
        return top
    scale = np.where((top == 0) | np.isinf(top), 1, top)
    with np.errstate(over="ignore"):
        y = np.sum((size / scale) ** p, axis=dim, keepdims=True) ** (1 / p) * scale
    return np.where(np.isinf(y) & np.isfinite(top), np.nan, y).astype(y.dtype, copy=False)


def _direction(x: Any, y: Any, *, p: float, dim: Any) -> Any:
    """Return the derivative of the p-norm: 0 where the norm is, shared evenly by ties where p is infinite."""
    if p == math.inf:
        ties = np.ones_like(x) * np.equal(np.abs(x), y)
        return np.sign(x) * (ties / np.sum(ties, axis=dim, keepdims=True))
    share = x / np.where(np.equal(y, 0), 1, y)
    return share if p == 2 else np.sign(x) * np.abs(share) ** (p - 1)


general(
    vector_norm,
    lambda g, y, x, *, p, dim: g * _direction(x, y, p=p, dim=dim),
    jvps=[lambda t, y, x, *, p, dim: np.sum(t * _direction(x, y, p=p, dim=dim), axis=dim, keepdims=True)],
)


def normalize(x: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Any:
    """Return ``x / max(‖x‖, eps)``, with the p-norm along an axis.

    Parameters
    ----------
    x : array_like
        Of any shape.
    p : float
        At least 1; ``np.inf`` for the largest element.
    dim : int or tuple of int
        The axes along which vectors lie.
    eps : float
        What the norm is at least, so that zero vectors stay zero.
    """
    if p < 1:
        raise ValueError(f"normalize: p={p} is below 1, which is no norm")
    length = vector_norm(x, p=p, dim=dim)
    beyond = np.isnan(length.value if type(length) is Var else length)
    if np.any(beyond):
        less = np.where(beyond, np.ldexp(1.0, -8 - int(math.log2(max(np.size(x), 1)))), 1.0).astype(dtype_of(length))
        nearer = x * less
        return nearer / np.maximum(vector_norm(nearer, p=p, dim=dim), eps * less)
    return x / np.maximum(length, eps)
