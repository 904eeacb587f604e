"""What networks are made of: activations, pointwise losses, the normal distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath import mp

from comparisons.accuracy.points import Points, alone, spread, with_
from comparisons.accuracy.subject import D, of, unmeasured
from tape import nn
from tape.nn import activations, classification, losses
from tape.nn import special as normal
from tape.rules import special

INF = float("inf")
REAL = alone(spread(-INF, INF))
TAILS = alone(spread(-740, 740))


def one(name: str, program: Any, value: Any, slope: Any = D, at: Points = TAILS, setting: str = "") -> None:
    """Add a function of one argument."""
    of(f"tape.nn.{name}", program, value, slope, at=at, setting=setting)


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x))."""
    return 1 / (1 + mp.exp(-x))


def slope(x: Any) -> Any:
    """Return the derivative of the sigmoid."""
    return 1 / (2 + mp.exp(x) + mp.exp(-x))


def ndtr(x: Any) -> Any:
    """Return the normal distribution function."""
    return mp.erfc(-x / mp.sqrt(2)) / 2


def density(x: Any) -> Any:
    """Return the normal density."""
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


one("sigmoid", nn.sigmoid, sigmoid, slope)
one("sigmoid_slope", activations.sigmoid_slope, slope, lambda x: -slope(x) * mp.tanh(x / 2))
one("logsigmoid", nn.logsigmoid, lambda x: -mp.log1p(mp.exp(-x)), lambda x: sigmoid(-x))
one("softplus", lambda x: nn.softplus(x, threshold=np.inf), lambda x: mp.log1p(mp.exp(x)), sigmoid)
one(
    "softplus",
    lambda x: nn.softplus(x, beta=2.5, threshold=np.inf),
    lambda x: mp.log1p(mp.exp(x * 5 / 2)) * 2 / 5,
    lambda x: sigmoid(x * 5 / 2),
    alone(spread(-280, 280)),
    "(beta=2.5)",
)
SILU = alone(spread(-740, 740, -1.2784645427610738))
one("silu", nn.silu, lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * sigmoid(-x)), SILU)


def mish(x: Any) -> Any:
    """Return x tanh(softplus(x)), times 1 as a quotient in exp(x)."""
    e = mp.exp(x)
    return x * (e * e + 2 * e) / (e * e + 2 * e + 2)


def mish_slope(x: Any) -> Any:
    """Return the derivative of mish."""
    e = mp.exp(x)
    n = e * e + 2 * e
    return n / (n + 2) + x * 4 * e * (e + 1) / (n + 2) ** 2


one("mish", nn.mish, mish, mish_slope, alone(spread(-740, 740, -1.1924306)))
GELU = alone(spread(-38.5, INF, -0.7517915246935645))
one("gelu", nn.gelu, lambda x: x * ndtr(x), lambda x: ndtr(x) + x * density(x), GELU)


def cubic(x: Any) -> Any:
    """Return twice the argument of tanh in gelu's approximation, with the constants that the code has."""
    return 2 * activations.ROOT * (x + mp.mpf(activations.CUBIC) * x**3)


def tanh_gelu_slope(x: Any) -> Any:
    """Return the derivative of gelu's approximation."""
    z = cubic(x)
    return sigmoid(z) + x * slope(z) * 2 * activations.ROOT * (1 + 3 * mp.mpf(activations.CUBIC) * x * x)


one(
    "gelu",
    lambda x: nn.gelu(x, approximate="tanh"),
    lambda x: x * sigmoid(cubic(x)),
    tanh_gelu_slope,
    alone([*spread(-21, 1e4, -0.7524614), 1e107, 1e200]),
    "(tanh)",
)
one(
    "tanhshrink",
    nn.tanhshrink,
    lambda x: x - mp.tanh(x),
    lambda x: mp.tanh(x) ** 2,
    alone(spread(-740, 740, smallest=-140)),
)
one("softsign", nn.softsign, lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2, REAL)
one("elu", nn.elu, lambda x: x if x > 0 else mp.expm1(x), lambda x: 1 if x > 0 else mp.exp(x))
SELU = (mp.mpf(activations.SELU_ALPHA), mp.mpf(activations.SELU_SCALE))
one(
    "selu",
    nn.selu,
    lambda x: SELU[1] * (x if x > 0 else SELU[0] * mp.expm1(x)),
    lambda x: SELU[1] * (1 if x > 0 else SELU[0] * mp.exp(x)),
)
one(
    "celu",
    lambda x: nn.celu(x, alpha=0.7),
    lambda x: x if x > 0 else mp.mpf(0.7) * mp.expm1(x / mp.mpf(0.7)),
    lambda x: 1 if x > 0 else mp.exp(x / mp.mpf(0.7)),
    setting="(alpha=0.7)",
)
one("normal_pdf", normal.normal_pdf, density, lambda x: -x * density(x), alone(spread(-38, 38)))
one("ndtr", normal.ndtr, ndtr, density, alone(spread(-38, 38)))
one("erf", normal.erf, mp.erf, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x), alone(spread(-27, 27)))

# ------------------------------------------------------------------------------ losses
one(
    "_smooth_l1",
    lambda d: losses._smooth_l1(d, beta=0.7),
    lambda d: d * d / (2 * mp.mpf(0.7)) if abs(d) < mp.mpf(0.7) else abs(d) - mp.mpf(0.7) / 2,
    lambda d: max(min(d / mp.mpf(0.7), 1), -1),
    REAL,
)
one(
    "_huber",
    lambda d: losses._huber(d, delta=0.7),
    lambda d: d * d / 2 if abs(d) <= mp.mpf(0.7) else mp.mpf(0.7) * (abs(d) - mp.mpf(0.7) / 2),
    lambda d: max(min(d, mp.mpf(0.7)), -mp.mpf(0.7)),
    REAL,
)
ENTROPY = alone(spread(0, INF, 0.36787944117144233, 1.0))
one("entr", losses.entr, lambda x: -x * mp.log(x), lambda x: -mp.log(x) - 1, ENTROPY)
of(
    "tape.rules.special.log_and_one",
    special.log_and_one,
    lambda x: mp.log(x) + 1,
    lambda x: 1 / x,
    at=[(x,) for (x,) in ENTROPY if x != 0.36787944117144233],
)
one("_clamped_log", classification._clamped_log, mp.log, lambda x: 1 / x, alone(spread(3.8e-44, INF, 1.0)))
TARGETS = ((0.0,), (0.25,), (0.9,), (1.0,))
PROBABILITIES = [(x, t) for (t, x) in with_(*TARGETS, then=spread(1e-11, 1, 0.25, 0.5, 0.9))]
of(
    "tape.nn._cross_entropy_of_probability",
    classification._cross_entropy_of_probability,
    lambda x, t: -(t * mp.log(x) + (1 - t) * mp.log1p(-x)),
    lambda x, t: (x - t) / (x * (1 - x)),
    lambda x, t: mp.log1p(-x) - mp.log(x),
    at=[(x, t) for x, t in PROBABILITIES if x < 1 - 1e-11],
)
of(
    "tape.nn._cross_entropy_of_logit",
    classification._cross_entropy_of_logit,
    lambda x, t: mp.log1p(mp.exp(x)) - t * x,
    lambda x, t: sigmoid(x) - t,
    lambda x, t: -x,
    at=[(x, t) for (t, x) in with_(*TARGETS, then=spread(-740, 740, -1.0986122886681098, 2.1972245773362196))],
)

unmeasured(
    "tape.nn.relu tape.nn.relu6 tape.nn.hardtanh tape.nn.hardsigmoid tape.nn.hardswish tape.nn.leaky_relu"
    " tape.nn._prelu tape.nn.softshrink tape.nn.hardshrink tape.nn._threshold",
    "pieces of straight lines: at most one rounding",
)
