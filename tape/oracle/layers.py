"""Kinds of layers for random networks: NumPy's own functions.

Each takes the network and three small integers, chooses its operands and options by them, and returns a new entry.
Operands are led to where a function is smooth or has a pinned convention (``positive``, ``inside``): no comparison
decides at a kink.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tape.oracle.networks import Builder, layer

__tape__ = True

# ruff: noqa: D103  a layer does what its name says


def positive(x: Any) -> Any:
    """Return numbers away from zero, as an entry of their own."""
    return x * x + 0.5


def inside(x: Any) -> Any:
    """Return numbers strictly between -1 and 1."""
    return np.tanh(x) * 0.9


def axis_of(x: Any, c: int) -> Any:
    """Return an axis, counted from either end."""
    return c % x.ndim - (x.ndim if c // x.ndim % 2 else 0)


def axes_of(x: Any, c: int) -> Any:
    """Return what a reduction may be over: everything, one axis, or two."""
    if x.ndim == 0 or c % 8 == 0:
        return None
    if c % 8 == 1 and x.ndim > 1:
        return (c % x.ndim, (c + 1) % x.ndim)
    return axis_of(x, c)


# ------------------------------------------------------------------ elementwise

UNARY: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "sin": np.sin,
    "cos": np.cos,
    "tan": lambda x: np.tan(inside(x)),
    "exp": lambda x: np.exp(x * 0.5),
    "exp2": lambda x: np.exp2(x * 0.5),
    "expm1": lambda x: np.expm1(x * 0.5),
    "log": lambda x: np.log(positive(x)),
    "log2": lambda x: np.log2(positive(x)),
    "log10": lambda x: np.log10(positive(x)),
    "log1p": lambda x: np.log1p(x * x),
    "sqrt": lambda x: np.sqrt(positive(x)),
    "cbrt": lambda x: np.cbrt(positive(x)),
    "square": np.square,
    "reciprocal": lambda x: np.reciprocal(positive(x)),
    "sinh": lambda x: np.sinh(x * 0.5),
    "cosh": lambda x: np.cosh(x * 0.5),
    "arcsin": lambda x: np.arcsin(inside(x)),
    "arccos": lambda x: np.arccos(inside(x)),
    "arctan": np.arctan,
    "arcsinh": np.arcsinh,
    "arccosh": lambda x: np.arccosh(positive(x) + 1.0),
    "arctanh": lambda x: np.arctanh(inside(x)),
    "abs": np.abs,
    "negative": np.negative,
    "sinc": np.sinc,
}

for _name, _fn in UNARY.items():
    layer(_name)(lambda net, a, b, c, fn=_fn: fn(net.take(a)))


def binary(net: Builder, a: int, b: int, *, swap: int = 0) -> tuple[Any, Any]:
    """Return two operands that broadcast, in either order."""
    x = net.take(a)
    y = net.like(x, b)
    return (y, x) if swap % 2 else (x, y)


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": np.add,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / positive(y),
    "maximum": np.maximum,
    "minimum": np.minimum,
    "fmax": lambda x, y: np.fmax(x, y + 0.113),  # torch gives a tie to its first argument, which no one can call wrong
    "power": lambda x, y: np.power(positive(x), np.tanh(y)),
    "arctan2": lambda x, y: np.arctan2(x, positive(y)),
    "hypot": lambda x, y: np.hypot(x, positive(y)),
    "logaddexp": np.logaddexp,
    "remainder": lambda x, y: np.remainder(x, positive(y)),
}

for _name, _op in BINARY.items():
    layer(_name)(lambda net, a, b, c, op=_op: op(*binary(net, a, b, swap=c)))


@layer("twice")
def twice(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a)
    return (x * x, x + x, x / positive(x), x - x * 0.5, np.maximum(x, x), x**2, x**3, positive(x) ** 0.5)[c % 8]


@layer("number")
def number(net: Builder, a: int, b: int, c: int) -> Any:
    x, k = net.take(a), 0.25 + b / 8
    return (x * k, k * x, x + k, k - x, x / k, k / positive(x), np.maximum(x, k + 0.03), np.float64(k) * x)[c % 7]


@layer("powers")
def powers(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a)
    if c % 2:  # the derivative in the exponent, at a base of zero
        return np.power(np.abs(x), np.tanh(net.like(x, b)) + 2.0)
    return np.power(x, net.rng.integers(0, 4, size=x.shape).astype(net.dtype))


@layer("saturated")
def saturated(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a) * (100.0 + 300.0 * (b % 4))
    return (
        lambda: np.logaddexp(x, 0.0),
        lambda: np.arctan(x),
        lambda: np.arcsinh(x),
        lambda: np.logaddexp(0.0, x * 0.1),
    )[c % 4]()


@layer("complex")
def complex_(net: Builder, a: int, b: int, c: int) -> Any:
    z = net.take(a) * (0.5 - 0.75j)
    z = (lambda: z * z, lambda: np.exp(z * 0.25), lambda: z * np.conj(z) + 1j * z, lambda: z / (z * z + 4.0 + 3.0j))[
        c % 4
    ]()
    return (lambda: np.real(z), lambda: np.imag(z) - np.real(z), lambda: np.real(z * np.conj(z)))[b % 3]()


@layer("clip")
def clip(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a)
    return (lambda: np.clip(x, -0.7, 0.9), lambda: np.clip(x, -0.3, None), lambda: np.clip(x, None, 0.4))[c % 3]()


@layer("where")
def where(net: Builder, a: int, b: int, c: int) -> Any:
    x, y = binary(net, a, b)
    condition = (x > 0.1, x <= y, net.rng.random(np.shape(x)) < 0.5)[c % 3]
    return np.where(condition, x, y * 0.5) if c % 2 else np.where(condition, y, x)


# ------------------------------------------------------------------- reductions


def reduced(fn: Callable[..., Any], net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    axis = axes_of(x, c)
    if b % 3:
        return fn(x, axis=axis)
    y = fn(x, axis=axis, keepdims=True)
    return x - y if b % 2 else y


for _name, _reduce in {
    "sum": np.sum,
    "mean": np.mean,
    "max": np.max,
    "min": np.min,
    "nansum": np.nansum,
    "nanmean": np.nanmean,
}.items():
    layer(_name)(lambda net, a, b, c, fn=_reduce: reduced(fn, net, a, b, c))


def scattered(x: Any, net: Builder) -> Any:
    """Return numbers that aren't all equal: the spread of a constant has a kink."""
    return x + net.constant(x.shape)


@layer("var")
def var(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    axis = axes_of(x, c)
    count = x.size if axis is None else int(np.prod([x.shape[k] for k in np.atleast_1d(axis)]))
    return np.var(x, axis=axis, keepdims=bool(b % 2), ddof=b // 2 % 2 if count > 1 else 0)


@layer("std")
def std(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1, ok=lambda v: v.ndim and v.shape[-1] > 1)
    if x.shape[-1] == 1:
        return np.var(x)
    axis = -1 if c % 2 else None
    return np.std(scattered(x, net), axis=axis, keepdims=bool(b % 2), ddof=b // 2 % 2)


@layer("prod")
def prod(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    return np.prod(x, axis=axis_of(x, c), keepdims=bool(b % 2))


@layer("median")
def median(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    return np.median(scattered(x, net), axis=axis_of(x, c), keepdims=bool(b % 2))


@layer("norm")
def norm(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1, most=3)
    if b % 3 == 0:
        x = x * (np.arange(x.shape[0]) > 0).astype(net.dtype).reshape(-1, *[1] * (x.ndim - 1))
    return np.linalg.norm(x, axis=axis_of(x, c), keepdims=bool(b % 2))


@layer("cumsum")
def cumsum(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    return np.cumsum(x, axis=axis_of(x, c))


@layer("cumprod")
def cumprod(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    return np.cumprod(x, axis=axis_of(x, c))


@layer("diff")
def diff(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1, ok=lambda v: v.ndim and v.shape[-1] > 1)
    return np.diff(x, axis=-1)


# ---------------------------------------------------------------------- shapes


@layer("transpose")
def transpose(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 3 if b % 4 else 4)
    if x.ndim == 4:
        return np.transpose(x, ((1, 2, 3, 0), (2, 0, 3, 1), (0, 2, 3, 1))[c % 3])
    return np.transpose(x, ((1, 2, 0), (2, 0, 1), (-2, -1, -3))[c % 3])


@layer("matrix_transpose")
def matrix_transpose(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 2)
    return (lambda: x.T, lambda: np.transpose(x), lambda: np.swapaxes(x, 0, -1))[c % 3]()


@layer("moveaxis")
def moveaxis(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 3)
    return (
        lambda: np.moveaxis(x, 0, -1),
        lambda: np.moveaxis(x, -1, 0),
        lambda: np.moveaxis(x, (0, 1), (1, 2)),
        lambda: np.rollaxis(x, -1),
        lambda: np.rollaxis(x, -1, 1),
        lambda: np.rollaxis(x, 0, 3),
        lambda: np.swapaxes(x, -3, -1),
    )[c % 7]()


@layer("reshape")
def reshape(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    shapes = [(-1,), (x.shape[-1], -1), (1, -1), (*x.shape[::-1],)]
    y = np.reshape(x, shapes[c % 4])
    return np.ravel(y) if b % 4 == 0 else y


@layer("expand_dims")
def expand_dims(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, most=2)
    y = np.expand_dims(x, axis=c % (x.ndim + 1))
    return np.squeeze(y * 2.0, axis=c % (x.ndim + 1)) if b % 2 else y


@layer("broadcast_to")
def broadcast_to(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, most=3)
    return np.broadcast_to(x, (2, *x.shape))


@layer("concatenate")
def concatenate(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    axis = axis_of(x, c)
    y = net.take(b, ok=lambda v: v.shape == x.shape)
    z = net.weight(x.shape)
    return np.concatenate([x, y, z] if b % 2 else [z, x, x], axis=axis)


@layer("stack")
def stack(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, most=3)
    y = net.take(b, ok=lambda v: v.shape == x.shape)
    return np.stack([x, y, x] if b % 2 else [y, x], axis=c % (x.ndim + 1))


@layer("split")
def split(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    k = x.shape[-1] // 2
    one, other = np.split(x, [k], axis=-1) if c % 2 else (x[..., :k], x[..., k:])
    return np.sum(one, axis=-1) * 0.5, other


@layer("flip")
def flip(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    return np.flip(x, axis=axis_of(x, c)) if b % 2 else np.roll(x, 1 + c % 2, axis=axis_of(x, b))


@layer("tile")
def tile(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1, most=2)
    return np.tile(x, 2) if c % 2 else np.repeat(x, 2, axis=axis_of(x, b))


@layer("pad")
def pad(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1, most=2)
    return np.pad(x, [(1, 0)] * x.ndim) if c % 2 else np.pad(x, (b % 2, 1))


@layer("triangle")
def triangle(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 2)
    return (lambda: np.tril(x), lambda: np.triu(x, 1), lambda: np.trace(x), lambda: np.diagonal(x))[c % 4]()


# -------------------------------------------------------------------- indexing


@layer("slice")
def slice_(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    keys = (np.s_[::-1], np.s_[..., :1], np.s_[0], np.s_[..., ::2], np.s_[None, ...], np.s_[..., -1], np.s_[:-1])
    return x[keys[c % len(keys)]]


@layer("gather")
def gather(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    n = x.shape[0]
    picks = net.rng.integers(-n, n, size=n + 1)
    picks[-1] = picks[0]
    ways = (
        lambda: x[picks],
        lambda: np.take(x, picks, axis=0),
        lambda: x[..., net.rng.integers(0, x.shape[-1], size=3)],
        lambda: x[net.rng.integers(0, n, size=(2, 2))],
        lambda: np.take_along_axis(x, net.rng.integers(0, n, size=x.shape), axis=0),
    )
    return ways[c % len(ways)]()


@layer("mask")
def mask(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    chosen = net.rng.random(x.shape) < 0.6
    chosen[(0,) * x.ndim] = True
    return x[chosen]


@layer("elements")
def elements(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 1)
    n = x.shape[0]
    return x[b % n] * x[c % n] + x[-1]


@layer("sort")
def sort(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1)
    return np.sort(scattered(x, net), axis=axis_of(x, c))


# --------------------------------------------------------------------- products


@layer("matmul")
def matmul(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, least=1, most=3)
    n = x.shape[-1]
    if c % 4 == 0 and x.ndim > 1 and x.shape[-2] == n:
        return x @ x
    if c % 4 == 1:
        y = net.take(b, ok=lambda v: v.ndim in (1, 2) and v.shape[0 if v.ndim == 1 else -2] == n)
        if y.ndim in (1, 2) and y.shape[0 if y.ndim == 1 else -2] == n:
            return np.matmul(x, y)
    if c % 4 == 2:
        return np.matmul(net.weight((2, n)), np.swapaxes(x, -1, -2) if x.ndim > 1 else x)
    return x @ net.weight((n,) if b % 4 == 3 else (n, net.d))


@layer("products")
def products(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 1 if c % 2 else 2)
    n = x.shape[-1]
    if x.ndim == 1:
        y = net.weight((n,)) if b % 2 else x
        return (np.dot, np.outer, np.inner)[b % 3](x, y)
    w = net.weight((n, net.d)) if b % 3 else x.T
    ways = (np.dot, lambda p, q: np.tensordot(p, q, axes=1), lambda p, q: np.inner(p, q.T))
    return ways[b % 3](x, w)


@layer("einsum")
def einsum(net: Builder, a: int, b: int, c: int) -> Any:
    x = net.take(a, 2)
    n, m = x.shape
    way = c % 6
    if way == 0:
        return np.einsum("ij,jk->ik", x, net.weight((m, net.d)))
    if way == 1:
        return np.einsum("ij,ij->i", x, x)
    if way == 2:
        return np.einsum("ij,kj->ki", x, net.weight((2, m)))
    if way == 3:
        return np.einsum("i,ij->j", net.weight((n,)), x)
    if way == 4:
        square = x @ net.weight((m, n))
        return np.einsum("ii->i", square) if b % 2 else np.einsum("ii", square)
    return np.einsum("ij,jk,kl->il", x, net.weight((m, net.d)), net.weight((net.d, m)))
