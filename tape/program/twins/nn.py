"""Twins of the primitives of :mod:`tape.nn`: activations, softmax, losses, normalisation, linear, embedding."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from tape.nn import activations, affine, classification, losses, normalisation, softmaxes, special, tables
from tape.program.torch import twin
from tape.program.twins.common import tensors

__tape__ = True

# ------------------------------------------------------------------ activations
SAME = """
    sigmoid relu relu6 hardtanh hardswish leaky_relu elu selu softshrink hardshrink
    softplus logsigmoid silu mish gelu tanhshrink softsign
"""
for _name in SAME.split():
    twin(getattr(activations, _name))(getattr(F, _name))
twin(special.erf)(torch.erf)
twin(special.ndtr)(torch.special.ndtr)
twin(special.normal_pdf)(lambda x: torch.exp(-0.5 * x * x) * (2 * np.pi) ** -0.5)
twin(activations._threshold)(lambda x, *, threshold, value: F.threshold(x, threshold, value))
twin(activations.step)(lambda x, *, low=0.0: torch.where(x.detach() > 0, 1.0, low).to(x.dtype))


@twin(activations.sigmoid_slope)
def _sigmoid_slope(x: Any) -> Any:
    return torch.sigmoid(x) * torch.sigmoid(-x)


@twin(activations.hardsigmoid)
def _hardsigmoid(x: Any) -> Any:
    return F.relu6(x + 3) / 6  # F.hardsigmoid computes its derivative in float32, whatever the dtype


@twin(activations.celu)
def _celu(x: Any, *, alpha: float = 1.0) -> Any:
    return F.elu(x / alpha) * alpha  # F.celu divides by alpha in float32 when it is differentiated


@twin(activations._prelu)
def _prelu(x: Any, weight: Any) -> Any:
    x, weight = tensors(x, weight)
    return torch.where(x > 0, x, weight * x)


# --------------------------------------------------------------------- softmax
twin(softmaxes.softmax)(lambda x, *, dim: torch.softmax(x, dim))
twin(softmaxes.log_softmax)(lambda x, *, dim: torch.log_softmax(x, dim))
twin(softmaxes.logsumexp)(lambda x, *, dim, keepdim=False: torch.logsumexp(x, dim, keepdim))


# --------------------------------------------------------------- linear, embedding
twin(affine._linear)(F.linear)
twin(tables.take_rows)(
    lambda weight, indices, *, padding_idx=None: F.embedding(indices.long(), weight, padding_idx=padding_idx)
)


@twin(tables.add_rows)
def _add_rows(g: Any, indices: Any, *, rows: int) -> Any:
    flat = g.reshape(-1, g.shape[-1])
    return torch.zeros(rows, flat.shape[-1], dtype=g.dtype).index_add(0, indices.reshape(-1).long(), flat)


# ---------------------------------------------------------------- normalisation


@twin(normalisation.standardise)
def _standardise(x: Any, *, axis: tuple[int, ...], eps: float, centred: bool = True) -> Any:
    last = tuple(range(x.ndim - len(axis), x.ndim))
    moved = torch.movedim(x, axis, last)
    shape = moved.shape[x.ndim - len(axis) :]
    made = F.layer_norm(moved, shape, eps=eps) if centred else F.rms_norm(moved, shape, eps=eps)
    return torch.movedim(made, last, axis)


@twin(normalisation.reciprocal_std)
def _reciprocal_std(x: Any, *, axis: tuple[int, ...], eps: float, centred: bool = True) -> Any:
    found = torch.var(x, axis, correction=0, keepdim=True) if centred else torch.mean(x * x, axis, keepdim=True)
    return torch.rsqrt(found + eps)


@twin(normalisation.projected)
def _projected(g: Any, y: Any, *, axis: tuple[int, ...], centred: bool = True) -> Any:
    h = g - y * torch.mean(g * y, axis, keepdim=True)
    return h - torch.mean(g, axis, keepdim=True) if centred else h


@twin(normalisation.vector_norm)
def _vector_norm(x: Any, *, p: float, dim: Any) -> Any:
    return torch.linalg.vector_norm(x, p, dim, keepdim=True)


# ---------------------------------------------------------------------- losses
twin(losses._smooth_l1)(lambda d, *, beta=1.0: F.smooth_l1_loss(d, torch.zeros_like(d), reduction="none", beta=beta))
twin(losses._huber)(lambda d, *, delta=1.0: F.huber_loss(d, torch.zeros_like(d), reduction="none", delta=delta))
twin(losses.entr)(torch.special.entr)
twin(classification._clamped_log)(lambda x: torch.clamp_min(torch.log(x), -100))


@twin(classification._cross_entropy_of_probability)
def _of_probability(x: Any, target: Any) -> Any:
    x, target = torch.broadcast_tensors(*tensors(x, target))
    return F.binary_cross_entropy(x, target, reduction="none")


@twin(classification._cross_entropy_of_logit)
def _of_logit(x: Any, target: Any) -> Any:
    x, target = torch.broadcast_tensors(*tensors(x, target))
    return F.binary_cross_entropy_with_logits(x, target, reduction="none")


@twin(classification.pick)
def _pick(x: Any, target: Any) -> Any:
    return -F.nll_loss(x, target.long(), reduction="none", ignore_index=-1)


@twin(classification.mean_picked)
def _mean_picked(x: Any, target: Any, *, count: int) -> Any:
    return F.nll_loss(x, target.long(), reduction="sum", ignore_index=-1) / count


@twin(classification.entropy_of_classes)
def _entropy_of_classes(x: Any, target: Any, *, count: int) -> Any:
    return F.cross_entropy(x, target.long(), reduction="sum", ignore_index=-1) / count


@twin(classification.probability_errors)
def _probability_errors(g: Any, x: Any, target: Any, *, count: int) -> Any:
    axis = min(1, target.ndim)
    onehot = torch.movedim(F.one_hot(target.long(), x.shape[axis]).to(x.dtype), -1, axis)
    return (torch.softmax(x, axis) - onehot) * g / count


@twin(classification.place)
def _place(g: Any, target: Any, *, classes: int) -> Any:
    axis = min(1, target.ndim)
    return torch.movedim(F.one_hot(target.long(), classes).to(g.dtype), -1, axis) * g.unsqueeze(axis)
