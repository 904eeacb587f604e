"""Attention: scaled dot products with masks, and the layer of several heads around them.

A query that every key is masked for attends to nothing: its result and its gradients are zero, where a plain softmax
would make NaN of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.errors import ShapeError
from tape.nn.affine import linear
from tape.nn.noise import dropout
from tape.primitive import ours
from tape.rule import general

__tape__ = True


def _softmax(g: Any, y: Any, x: Any, *, dim: int) -> Any:
    h = g * y
    return h - y * np.sum(h, axis=dim, keepdims=True)


@ours
def masked_softmax(x: Any, *, dim: int) -> Any:
    """Return the softmax along an axis, zero where ``x`` is -inf, also where it is -inf all along the axis."""
    top = np.max(x, axis=dim, keepdims=True, initial=-np.inf)
    y = np.subtract(x, np.where(np.isneginf(top), 0, top))
    np.exp(y, out=y)
    total = np.sum(y, axis=dim, keepdims=True)
    y /= np.where(total == 0, 1, total)
    return y


general(masked_softmax, _softmax, jvps=[_softmax], keeps="y")


def is_bool(mask: Any) -> bool:
    """Tell whether a mask says which, rather than how much."""
    return np.result_type(mask).kind == "b"


def attend(
    q: Any, k: Any, v: Any, allowed: Any, added: Any, scale: float | None, dropout_p: float, generator: Any
) -> tuple[Any, Any]:
    """Return the attention and its weights, with a mask of booleans, of what is added to the scores, or both."""
    if scale is None:
        scale = 1 / math.sqrt(np.shape(q)[-1])
    scores = np.matmul(q * scale, np.swapaxes(k, -1, -2))
    if added is not None:
        scores = scores + added
    if allowed is not None:
        scores = np.where(allowed, scores, -np.inf)
    weights = dropout(masked_softmax(scores, dim=-1), dropout_p, generator=generator)
    return np.matmul(weights, v), weights


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    generator: np.random.Generator | None = None,
) -> Any:
    """Return ``softmax(query keyᵀ · scale + mask) value``, with the options of torch's function of the name.

    Parameters
    ----------
    query : array of shape (..., targets, width)
        What asks.
    key, value : array of shape (..., sources, width), (..., sources, value width)
        What answers.
    attn_mask : array, optional
        Broadcasts to ``(..., targets, sources)``. Booleans: True where the target may read the source. Floats: added to
        the scores.
    dropout_p : float
        With what probability each weight is dropped; 0 outside of training.
    is_causal : bool
        Target ``i`` reads the sources up to ``i``; instead of a mask.
    scale : float, optional
        ``1 / √width`` if left out.
    enable_gqa : bool
        Each head (axis -3) of key and value serves several heads of the query.
    generator : np.random.Generator, optional
        Draws what is dropped.

    Returns
    -------
    array of shape (..., targets, value width)
        Zero for targets that may read nothing.

    Raises
    ------
    ShapeError
        The shapes don't fit.
    ValueError
        Both a mask and ``is_causal``.

    Notes
    -----
    Vaswani et al., *Attention is all you need* (2017), section 3.2.1.
    """
    shapes = np.shape(query), np.shape(key), np.shape(value)
    if min(map(len, shapes)) < 2 or shapes[0][-1] != shapes[1][-1] or shapes[1][-2] != shapes[2][-2]:
        raise ShapeError(
            f"attention of query {shapes[0]}, key {shapes[1]} and value {shapes[2]}: they must be (..., targets,"
            " width),"
            " (..., sources, width) and (..., sources, value width)"
        )
    if is_causal and attn_mask is not None:
        raise ValueError("attn_mask and is_causal=True: give one of them, or put the causal mask into attn_mask")
    if enable_gqa:
        heads, served = shapes[0][-3], shapes[1][-3]
        if heads % served:
            raise ShapeError(f"enable_gqa: {heads} heads of the query {shapes[0]} for {served} of the key {shapes[1]}")
        key, value = (np.repeat(a, heads // served, axis=-3) for a in (key, value))
    allowed, added = (causal(shapes[0][-2], shapes[1][-2]) if is_causal else None), None
    if attn_mask is not None:
        scores = (*np.broadcast_shapes(shapes[0][:-2], np.shape(key)[:-2]), shapes[0][-2], shapes[1][-2])
        fits_scores(attn_mask, scores, "attn_mask")
        allowed, added = (attn_mask, None) if is_bool(attn_mask) else (None, attn_mask)
    return attend(query, key, value, allowed, added, scale, dropout_p, generator)[0]


def causal(targets: int, sources: int) -> Any:
    """Return the mask by which target ``i`` reads the sources up to ``i``."""
    return np.tri(targets, sources, dtype=bool)


def fits_scores(mask: Any, scores: tuple[int, ...], what: str) -> None:
    """Check that a mask broadcasts to the scores, and adds no axes to them."""
    try:
        fits = np.broadcast_shapes(np.shape(mask), scores) == scores
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(f"{what} of shape {np.shape(mask)} doesn't broadcast to the scores' shape {scores}")


def multi_head_attention(
    query: Any,
    key: Any,
    value: Any,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    out_proj_weight: Any,
    out_proj_bias: Any,
    *,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    key_padding_mask: Any = None,
    attn_mask: Any = None,
    is_causal: bool = False,
    dropout_p: float = 0.0,
    generator: np.random.Generator | None = None,
    need_weights: bool = False,
    average_attn_weights: bool = True,
    batch_first: bool = False,
) -> Any:
    """Return what ``torch.nn.MultiheadAttention`` does, given its weights.

    Parameters
    ----------
    query, key, value : array of shape (targets, n, width), (sources, n, key width), (sources, n, value width)
        With ``batch_first``, ``n`` comes first; without a batch, it is left out.
    num_heads : int
        Into how many heads the width falls.
    in_proj_weight : array of shape (3 * width, width) or None
        The projections of query, key and value, one under the other; None where they are given apart.
    in_proj_bias : array of shape (3 * width,) or None
        Their biases.
    out_proj_weight, out_proj_bias : array of shape (width, width), (width,) or None
        The projection of the heads' results.
    q_proj_weight, k_proj_weight, v_proj_weight : array of shape (width, ...), optional
        The projections apart, for a key and a value of another width than the query.
    key_padding_mask : array of shape (n, sources), optional
        Booleans: True where the source is padding and **not** to be read. Floats: added to the scores.
    attn_mask : array of shape (targets, sources) or (n * num_heads, targets, sources), optional
        Booleans: True where the target may **not** read the source, as in torch's layer (its function
        :func:`scaled_dot_product_attention` has it the other way round). Floats: added to the scores.
    is_causal : bool
        Target ``i`` reads the sources up to ``i``, besides what the masks say.
    dropout_p, generator : float, np.random.Generator, optional
        With what probability each attention weight is dropped, and what draws it.
    need_weights, average_attn_weights : bool
        Return the attention weights, too; their mean over the heads, or those of each head.
    batch_first : bool
        The batch is the first axis.

    Returns
    -------
    array of the query's shape, or (array, weights)
        The weights of shape ``(n, targets, sources)``, or ``(n, num_heads, targets, sources)``.

    Raises
    ------
    ShapeError
        The shapes don't fit.
    """
    if {np.ndim(query), np.ndim(key), np.ndim(value)} not in ({2}, {3}):
        raise ShapeError(
            f"multi_head_attention of query {np.shape(query)}, key {np.shape(key)} and value {np.shape(value)}: all of"
            " them have 3 axes, or all have 2 (no batch)"
        )
    together = query is key and key is value and in_proj_weight is not None
    single, axis = np.ndim(query) == 2, 0 if batch_first or np.ndim(query) == 2 else 1
    width = np.shape(query)[-1]
    if width % num_heads:
        raise ShapeError(f"a width of {width} (query {np.shape(query)}) doesn't fall into num_heads={num_heads}")
    if in_proj_weight is not None and np.shape(in_proj_weight) != (3 * width, width):
        raise ShapeError(
            f"in_proj_weight has shape {np.shape(in_proj_weight)}, it must be ({3 * width}, {width}); for a key of"
            " another"
            " width give q_proj_weight, k_proj_weight and v_proj_weight"
        )
    if in_proj_bias is not None and np.shape(in_proj_bias) != (3 * width,):
        raise ShapeError(f"in_proj_bias has shape {np.shape(in_proj_bias)}, it must be ({3 * width},)")
    if together:
        qkv = linear(query, in_proj_weight, in_proj_bias)
        projected = [qkv[..., i * width : (i + 1) * width] for i in range(3)]
    else:
        projected = [
            linear(x, w, None if in_proj_bias is None else in_proj_bias[i * width : (i + 1) * width])
            for i, (x, w) in enumerate(
                zip(
                    (query, key, value),
                    apart(in_proj_weight, width, (q_proj_weight, k_proj_weight, v_proj_weight)),
                    strict=True,
                )
            )
        ]
    # (n, heads, length, width of a head)
    order = (0, 2, 1, 3) if axis == 0 else (1, 2, 0, 3)
    q, k, v = (heads(x, num_heads, single, order) for x in projected)
    n, targets, sources = np.shape(q)[0], np.shape(q)[2], np.shape(k)[2]
    allowed: Any = causal(targets, sources) if is_causal else None
    added: Any = None
    for mask, what in ((attn_mask, "attn_mask"), (key_padding_mask, "key_padding_mask")):
        if mask is None:
            continue
        if what == "key_padding_mask":
            mask = np.reshape(mask, (n, 1, 1, sources)) if np.size(mask) == n * sources else mask
        elif np.ndim(mask) == 3:
            mask = np.reshape(mask, (n, num_heads, targets, sources)) if len(mask) == n * num_heads else mask
        fits_scores(mask, (n, num_heads, targets, sources), what)
        if is_bool(mask):
            allowed = ~mask if allowed is None else allowed & ~mask
        else:
            added = mask if added is None else added + mask
    y, weights = attend(q, k, v, allowed, added, None, dropout_p, generator)
    back = (0, 2, 1, 3) if axis == 0 else (2, 0, 1, 3)
    out = linear(np.reshape(np.transpose(y, back), np.shape(query)), out_proj_weight, out_proj_bias)
    if not need_weights:
        return out
    if average_attn_weights:
        weights = np.sum(weights, axis=1) / num_heads
    return out, np.reshape(weights, np.shape(weights)[1:]) if single else weights


def apart(together: Any, width: int, weights: tuple[Any, Any, Any]) -> list[Any]:
    """Return the projections of query, key and value, given together or apart."""
    if together is None:
        if any(w is None for w in weights):
            raise ShapeError("give in_proj_weight, or all of q_proj_weight, k_proj_weight and v_proj_weight")
        return list(weights)
    return [together[i * width : (i + 1) * width] for i in range(3)]


def heads(x: Any, num_heads: int, single: bool, order: tuple[int, ...]) -> Any:
    """Return ``(n, heads, length, width of a head)``."""
    *lead, width = np.shape(x)
    return np.transpose(np.reshape(x, (*([1] if single else []), *lead, num_heads, width // num_heads)), order)
