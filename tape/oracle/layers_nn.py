"""Kinds of layers for random networks: those of ``tape.nn``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tape import nn
from tape.oracle.layers import axis_of, inside, scattered
from tape.oracle.networks import Builder, layer

__tape__ = True

# ruff: noqa: D103  a layer does what its name says

# ------------------------------------------------------------------ activations

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": nn.relu,
    "relu6": lambda x: nn.relu6(x * 3.1),
    "hardtanh": lambda x: nn.hardtanh(x * 1.1),
    "leaky_relu": lambda x: nn.leaky_relu(x, 0.2),
    "elu": lambda x: nn.elu(x, 0.7),
    "selu": nn.selu,
    "celu": lambda x: nn.celu(x, 2.0),
    "gelu": nn.gelu,
    "gelu_tanh": lambda x: nn.gelu(x, approximate="tanh"),
    "silu": nn.silu,
    "mish": nn.mish,
    "sigmoid": nn.sigmoid,
    "logsigmoid": nn.logsigmoid,
    "softplus": nn.softplus,
    "softsign": nn.softsign,
    "tanhshrink": nn.tanhshrink,
    "hardsigmoid": lambda x: nn.hardsigmoid(x * 1.7),
    "hardswish": lambda x: nn.hardswish(x * 1.7),
    "softshrink": lambda x: nn.softshrink(x * 1.3),
    "hardshrink": lambda x: nn.hardshrink(x * 1.3),
}

for _name, _fn in ACTIVATIONS.items():
    layer(_name)(lambda net, a, b, c, fn=_fn: fn(net.take(a)))


@layer("steep")
def steep(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a) * (300.0 + 300.0 * (b % 4))
    return (nn.sigmoid, nn.softplus, nn.logsigmoid, nn.silu)[c % 4](x)


@layer("prelu")
def prelu(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=2)
    return nn.prelu(x, net.weight((x.shape[1],) if c % 2 else (1,)))


@layer("glu")
def glu(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    axis = axis_of(x, c)
    return nn.glu(np.concatenate([x, np.flip(x, axis=axis)], axis=axis), axis)


@layer("softmax")
def softmax(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    return (nn.softmax, nn.log_softmax, nn.softmin)[b % 3](x, axis_of(x, c))


@layer("logsumexp")
def logsumexp(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    return nn.logsumexp(x, axis_of(x, c), keepdim=bool(b % 2))


# ---------------------------------------------------------------- dense layers


@layer("linear")
def linear(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1, most=3)
    n = x.shape[-1]
    weight = net.weight((net.d if c % 3 else n, n))
    return nn.linear(x, weight, net.weight(weight.shape[:1]) if b % 2 else None)


@layer("mlp")
def mlp(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 2)
    first = net.weight((x.shape[1], x.shape[1]))
    second = first if c % 2 else net.weight(first.shape)
    return nn.linear(np.tanh(nn.linear(x, first, net.weight((x.shape[1],)))), second)


@layer("embedding")
def embedding(net: Builder, a: int, b: int, c: int) -> Any:
    rows = net.d + 1
    indices = net.rng.integers(0, rows, size=(2, 3) if b % 2 else (4,))
    indices.reshape(-1)[-1] = indices.reshape(-1)[0]
    return nn.embedding(indices, net.weight((rows, net.d)), padding_idx=1 if c % 3 == 0 else None)


@layer("dropout")
def dropout(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    generator = np.random.default_rng(int(net.rng.integers(1 << 30)))
    return nn.dropout(x, (0.25, 0.5)[c % 2], generator=generator)


# --------------------------------------------------------------- normalisation


@layer("layer_norm")
def layer_norm(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=2, most=3)
    shape = x.shape[1:] if b % 2 else x.shape[-1:]
    weight = net.weight(shape, positive=True) if c % 3 else None
    return nn.layer_norm(scattered(x, net), shape, weight, net.weight(shape) if c % 2 else None, eps=1e-3)


@layer("rms_norm")
def rms_norm(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=2, most=3)
    shape = x.shape[-1:]
    return nn.rms_norm(scattered(x, net), shape, net.weight(shape) if c % 2 else None, eps=1e-3)


@layer("batch_norm")
def batch_norm(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=2, most=4, ok=lambda v: v.ndim >= 2 and v.size // v.shape[1] > 1)
    if x.size // x.shape[1] < 2:
        x = np.concatenate([x, x * 0.5], axis=0)
    n = x.shape[1]
    mean, var = np.zeros(n, net.dtype), np.ones(n, net.dtype)
    weight, bias = (net.weight((n,), positive=True), net.weight((n,))) if c % 3 else (None, None)
    return nn.batch_norm(scattered(x, net), mean, var, weight, bias, training=bool(b % 4), eps=1e-3)


@layer("group_norm")
def group_norm(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=3, most=4)
    n = x.shape[1]
    weight, bias = (net.weight((n,)), net.weight((n,))) if c % 3 else (None, None)
    return nn.group_norm(scattered(x, net), n if b % 3 == 0 else 1, weight, bias, eps=1e-3)


@layer("instance_norm")
def instance_norm(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 4 if b % 2 else 3, ok=lambda v: v.ndim >= 3 and int(np.prod(v.shape[2:])) > 1)
    if int(np.prod(x.shape[2:])) < 2:
        x = np.concatenate([x, x * 0.5], axis=-1)
    n = x.shape[1]
    weight, bias = (net.weight((n,)), net.weight((n,))) if c % 3 else (None, None)
    return nn.instance_norm(scattered(x, net), weight=weight, bias=bias, eps=1e-3)


# ---------------------------------------------------------------- convolution


def convolution(fn: Callable[..., Any], n: int) -> Callable[[Builder, int, int, int], Any]:
    def made(net: Builder, a: int, b: int, c: int) -> Any:
        x = net.take(a, n + 2)
        channels = x.shape[1]
        groups = channels if b % 3 == 2 else 1
        kernel = tuple(2 if k % 2 else min(3, size + 2) for k, size in enumerate(x.shape[2:]))
        weight = net.weight((2 * groups if groups > 1 else 2, channels // groups, *kernel))
        bias = net.weight(weight.shape[:1]) if c % 2 else None
        return fn(x, weight, bias, stride=1 + b % 2, padding=1, dilation=1 if c % 4 else (1,) * n, groups=groups)

    return made


def transposed(fn: Callable[..., Any], n: int) -> Callable[[Builder, int, int, int], Any]:
    def made(net: Builder, a: int, b: int, c: int) -> Any:
        x = net.take(a, n + 2)
        channels = x.shape[1]
        groups = channels if b % 3 == 2 else 1
        weight = net.weight((channels, 1 if groups > 1 else 2, *(2, 3, 2)[:n]))
        bias = net.weight((weight.shape[1] * groups,)) if c % 2 else None
        stride = 2 if b % 2 or n == 3 else 1
        padding = c % 3 % 2 if min(x.shape[2:]) > 1 else 0
        return fn(x, weight, bias, stride=stride, padding=padding, output_padding=stride - 1, groups=groups)

    return made


for _n, _fn in enumerate((nn.conv1d, nn.conv2d, nn.conv3d), 1):
    layer(f"conv{_n}d")(convolution(_fn, _n))
for _n, _fn in enumerate((nn.conv_transpose1d, nn.conv_transpose2d, nn.conv_transpose3d), 1):
    layer(f"conv_transpose{_n}d")(transposed(_fn, _n))


@layer("conv_dilated")
def conv_dilated(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 4)
    weight = net.weight((2, x.shape[1], 2, 2))
    return nn.conv2d(x, weight, None, stride=(1, 2), padding=(2, 1), dilation=(2, 1))


# -------------------------------------------------------------------- pooling


def pooling(fn: Callable[..., Any], n: int, *, largest: bool) -> Callable[[Builder, int, int, int], Any]:
    def made(net: Builder, a: int, b: int, c: int) -> Any:
        x = net.take(a, n + 2)
        x = scattered(x, net) if largest else x
        size = min(3 if b % 3 else 2, *x.shape[2:])
        padding = size // 2 if c % 2 else 0
        return fn(x, size, stride=1 + b % 2, padding=padding)

    return made


for _n, _fn in enumerate((nn.max_pool1d, nn.max_pool2d, nn.max_pool3d), 1):
    layer(f"max_pool{_n}d")(pooling(_fn, _n, largest=True))
for _n, _fn in enumerate((nn.avg_pool1d, nn.avg_pool2d, nn.avg_pool3d), 1):
    layer(f"avg_pool{_n}d")(pooling(_fn, _n, largest=False))


@layer("adaptive_pool")
def adaptive_pool(net: Builder, a: int, b: int, c: int) -> Any:
    if c % 2:
        return nn.adaptive_avg_pool1d(net.take(a, 3), 1 + b % 3)
    x = net.take(a, 4)
    return nn.adaptive_max_pool2d(scattered(x, net), 2) if b % 2 else nn.adaptive_avg_pool2d(x, (2, 1 + b % 3))


# --------------------------------------------------------- attention, recurrence


@layer("attention")
def attention(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 3 if b % 4 else 4)
    length, width = x.shape[-2:]
    query = x @ net.weight((width, width))
    key = x if c % 4 == 0 else x @ net.weight((width, width))
    value = net.take(b, ok=lambda v: v.shape == x.shape)
    value = value if value.shape == x.shape else x
    if c % 3 == 1:
        return nn.scaled_dot_product_attention(query, key, value, is_causal=True)
    mask = None
    if c % 3 == 2:
        mask = net.rng.random((length, length)) < 0.6
        mask[:, 0] = True
    return nn.scaled_dot_product_attention(query, key, value, attn_mask=mask)


def parameters(net: Builder, gates: int, inputs: int, hidden: int) -> tuple[Any, Any, Any, Any]:
    """Return the weights of a recurrent layer, in torch's order."""
    return (
        net.weight((gates * hidden, inputs)),
        net.weight((gates * hidden, hidden)),
        net.weight((gates * hidden,)),
        net.weight((gates * hidden,)),
    )


@layer("recurrent_cell")
def recurrent_cell(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 2)
    hidden = net.d
    h = net.take(b, ok=lambda v: v.shape == (x.shape[0], hidden))
    h = h if h.shape == (x.shape[0], hidden) else net.weight((x.shape[0], hidden))
    if c % 3 == 0:
        return nn.rnn_cell(x, h, *parameters(net, 1, x.shape[1], hidden))
    if c % 3 == 1:
        return nn.gru_cell(x, h, *parameters(net, 3, x.shape[1], hidden))
    new, cell = nn.lstm_cell(x, (h, net.weight(h.shape)), *parameters(net, 4, x.shape[1], hidden))
    return new, cell


@layer("recurrent_sequence")
def recurrent_sequence(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 3)
    hidden, gates = 2, (1, 3, 4)[c % 3]
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    weights: dict[str, Any] = {}
    for direction in ("", "_reverse") if b % 3 == 0 else ("",):
        made = parameters(net, gates, x.shape[2], hidden)
        weights |= {name + direction: weight for name, weight in zip(names, made, strict=True)}
    output, last = (nn.rnn, nn.gru, nn.lstm)[c % 3](x, None, weights, batch_first=bool(b % 2))
    return output, (last[1] if c % 3 == 2 else last)


@layer("multi_head_attention")
def multi_head_attention(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 3, ok=lambda v: v.ndim == 3 and v.shape[2] % 2 == 0)
    if x.shape[2] % 2:
        x = np.concatenate([x, x[..., ::-1]], axis=2)
    width = x.shape[2]
    inner = net.weight((3 * width, width)), net.weight((3 * width,)) if b % 2 else None
    outer = net.weight((width, width)), net.weight((width,)) if b % 2 else None
    return nn.multi_head_attention(x, x, x, 2, *inner, *outer, is_causal=bool(c % 2), batch_first=bool(c // 2 % 2))


# ---------------------------------------------------------------------- losses

REDUCTIONS = ("mean", "sum", "none")


@layer("regression_loss")
def regression_loss(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    target = net.constant(x.shape)
    fn = (nn.mse_loss, nn.l1_loss, nn.smooth_l1_loss, nn.huber_loss)[b % 4]
    return fn(x, target, reduction=REDUCTIONS[c % 3])


@layer("binary_loss")
def binary_loss(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    target = np.asarray(net.rng.random(x.shape), net.dtype)
    how = REDUCTIONS[c % 3]
    if b % 2:
        return nn.binary_cross_entropy_with_logits(x, target, reduction=how)
    return nn.binary_cross_entropy(inside(x) * 0.5 + 0.5, target, reduction=how)


@layer("class_loss")
def class_loss(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 2)
    rows, classes = x.shape
    target = net.rng.integers(0, classes, size=rows)
    how = REDUCTIONS[c % 3]
    weight = np.asarray(net.rng.random(classes) + 0.5, net.dtype) if b % 2 else None
    if b % 4 == 0:
        return nn.nll_loss(nn.log_softmax(x, 1), target, weight, reduction=how)
    return nn.cross_entropy(x, target, weight, reduction=how, label_smoothing=0.1 if b % 4 == 2 else 0.0)


@layer("kl_loss")
def kl_loss(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 2)
    target = net.rng.random(x.shape) + 0.1
    target = np.asarray(target / target.sum(axis=1, keepdims=True), net.dtype)
    how = (*REDUCTIONS, "batchmean")[c % 4]
    return nn.kl_div(nn.log_softmax(x, 1), target, reduction=how)
