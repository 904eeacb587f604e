"""The linear layer, as one entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.errors import ShapeError
from tape.primitive import ours
from tape.rule import general
from tape.rules.shape import unbroadcast
from tape.var import F4, F8, Var

__tape__ = True

ndarray = np.ndarray


def _flat(x: Any) -> Any:
    """Make one axis of all axes but the last."""
    return x if len(x.shape) == 2 else np.reshape(x, (-1, x.shape[-1]))


@ours
def _linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """Return ``x @ weight.T + bias``, by one matrix product for all leading axes."""
    x, weight = np.asarray(x), np.asarray(weight)
    y = np.matmul(_flat(x), weight.T)
    if bias is not None:
        bias = np.asarray(bias)
        if bias.dtype is y.dtype or np.result_type(y, bias) == y.dtype:
            y += bias
        else:
            y = y + bias
    return y if x.ndim == 2 else y.reshape(*x.shape[:-1], weight.shape[0])


def _vjp_x(g: Any, y: Any, x: Any, weight: Any, bias: Any = None) -> Any:
    return np.matmul(g, weight) if len(g.shape) <= 2 else np.reshape(np.matmul(_flat(g), weight), x.shape)


def _vjp_bias(g: Any, y: Any, x: Any, weight: Any, bias: Any = None) -> Any:
    if type(g) is ndarray and g.ndim == 2:
        return np.add.reduce(g)
    return unbroadcast(_flat(g), shape=g.shape[-1:])


def _jvp(t: Any, y: Any, x: Any, weight: Any, bias: Any = None) -> Any:
    dx, dweight, dbias = (*t, None)[:3]
    parts = [_linear(*pair) for pair in ((dx, weight), (x, dweight)) if pair[0] is not None and pair[1] is not None]
    if dbias is not None:
        parts.append(np.broadcast_to(dbias, np.shape(y)))
    return sum(parts[1:], start=parts[0])


general(
    _linear,
    _vjp_x,
    lambda g, y, x, weight, bias=None: np.matmul(_flat(g).T, _flat(x)),
    _vjp_bias,
    jvp=_jvp,
    keeps="0 1",
    name="tape.nn.linear",
)


def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """Return ``x @ weight.T + bias``.

    Parameters
    ----------
    x : array_like
        Shape ``(..., in)``.
    weight : array_like
        Shape ``(out, in)``, as torch has it.
    bias : array_like, optional
        Shape ``(out,)``.

    Returns
    -------
    array
        Shape ``(..., out)``.

    Raises
    ------
    ShapeError
        The shapes don't fit together.
    """
    raw = x._value if type(x) is Var else x
    matrix = weight._value if type(weight) is Var else weight
    offset = bias._value if type(bias) is Var else bias
    if (  # what is met most, at less cost
        type(raw) is type(matrix) is type(offset) is ndarray
        and ((dtype := raw.dtype) is F4 or dtype is F8)
        and dtype is matrix.dtype is offset.dtype
        and matrix.ndim == 2
        and (shape := matrix.shape)[:1] == offset.shape
        and raw.shape[-1:] == shape[1:]
    ):
        return _linear(x, weight, bias)
    shapes = np.shape(raw), np.shape(matrix), () if bias is None else np.shape(offset)
    if (
        len(shapes[1]) != 2
        or not shapes[0]
        or shapes[0][-1] != shapes[1][1]
        or (bias is not None and shapes[2] != shapes[1][:1])
    ):
        raise ShapeError(
            f"linear: x of shape {shapes[0]}, weight {shapes[1]}, bias {shapes[2] if bias is not None else None}:"
            " they must be (..., in), (out, in) and (out,)"
        )
    if (
        dtype_of(raw).kind == "c" or dtype_of(matrix).kind == "c" or (bias is not None and dtype_of(offset).kind == "c")
    ):  # the rule of the fused form is for real numbers
        y = np.matmul(x, np.transpose(weight))
        return y if bias is None else y + bias
    return _linear(x, weight) if bias is None else _linear(x, weight, bias)
