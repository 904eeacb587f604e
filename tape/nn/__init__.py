"""Networks: layers, losses and optimisers as functions, with the names and the argument order of torch.nn.functional.

They are NumPy programs like any other: on plain arrays they just compute, on variables they are recorded.
"""

from tape.nn import init
from tape.nn.activations import (
    celu,
    elu,
    gelu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
)
from tape.nn.classification import binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, nll_loss
from tape.nn.dropout import dropout
from tape.nn.embedding import embedding, one_hot
from tape.nn.linear import linear
from tape.nn.losses import huber_loss, kl_div, l1_loss, mse_loss, smooth_l1_loss
from tape.nn.normalisation import batch_norm, group_norm, instance_norm, layer_norm, normalize, rms_norm
from tape.nn.optim import SGD, Adam, AdamW, clip_grad_norm
from tape.nn.softmax import log_softmax, logsumexp, softmax, softmin
from tape.nn.special import erf, ndtr

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "clip_grad_norm",
    "cross_entropy",
    "dropout",
    "elu",
    "embedding",
    "erf",
    "gelu",
    "glu",
    "group_norm",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "huber_loss",
    "init",
    "instance_norm",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "logsumexp",
    "mish",
    "mse_loss",
    "ndtr",
    "nll_loss",
    "normalize",
    "one_hot",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
]
