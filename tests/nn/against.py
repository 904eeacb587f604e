"""Compare a function of ours with torch's: values, gradients, tangents, second derivatives, in both precisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import tape


def near(found: Any, true: Any, dtype: Any, factor: float = 64.0) -> None:
    """Compare with a result in float64, in units of the rounding of ``dtype`` at the largest element.

    Each of the functions here is a chain of at most some twenty roundings and of sums of some twenty terms, each of
    which costs at most one unit at the size of its largest term: 64 covers these with the cancellations in between,
    and is nine orders of magnitude (two in float32) below the mildest wrong factor or term.
    """
    found, true = np.asarray(found), np.asarray(true)
    assert found.shape == true.shape
    assert found.dtype == dtype
    if true.size:
        unit = np.finfo(dtype).eps * max(np.max(np.abs(true)), 1e-3)
        assert np.array_equal(np.isnan(found), np.isnan(true))
        assert np.nanmax(np.abs(found - true), initial=0.0) <= factor * unit, (found, true)


def tensor(a: Any, *, grad: bool) -> Any:
    made = torch.from_numpy(np.array(a, np.float64))
    return made.requires_grad_() if grad else made


def compare(ours: Callable[..., Any], torchs: Callable[..., Any], *arrays: Any, factor: float = 64.0) -> None:
    """Compare values and gradients with respect to every array, tangents and the product of the Hessian with a vector.

    Both precisions are compared with torch in float64, at numbers that float32 can hold.
    """
    arrays = tuple(np.asarray(a, np.float64).astype(np.float32).astype(np.float64) for a in arrays)
    tensors = [tensor(a, grad=True) for a in arrays]
    out = torchs(*tensors)
    rng = np.random.default_rng(2026)
    weight = np.asarray(rng.normal(size=tuple(out.shape)), np.float32).astype(np.float64)
    grads = torch.autograd.grad((out * tensor(weight, grad=False)).sum(), tensors)
    numbers = tuple(range(len(arrays)))
    for dtype in (np.float64, np.float32):
        given, w = [a.astype(dtype) for a in arrays], weight.astype(dtype)
        raw = ours(*given)
        near(raw, out.numpy(force=True), dtype, factor)
        value, pullback = tape.vjp(ours, *given)
        assert np.asarray(value).tobytes() == np.asarray(raw).tobytes()
        pulled = pullback(w)
        for g, true in zip(pulled, grads, strict=True):
            near(g, true.numpy(), dtype, factor)
        assert all(
            g.shape == a.shape
            for g, a in zip(tape.grad(lambda *x, w=w: np.sum(ours(*x) * w), numbers)(*given), given, strict=True)
        )
        if dtype is np.float64:
            along = [rng.normal(size=a.shape) for a in given]
            tangent = tape.jvp(ours, given, along)[1]
            left = np.sum(w * tangent)
            right = sum(np.sum(g * d) for g, d in zip(pulled, along, strict=True))
            assert abs(left - right) <= 1e-12 * (np.sum(np.abs(w * tangent)) + 1)


def compare_second(ours: Callable[..., Any], torchs: Callable[..., Any], *arrays: Any, factor: float = 1e4) -> None:
    """Compare products of a Hessian with a vector, reverse over reverse and forward over reverse."""
    rng = np.random.default_rng(2027)
    tensors = [tensor(a, grad=True) for a in arrays]
    out = torchs(*tensors)
    w, numbers = rng.normal(size=tuple(out.shape)), tuple(range(len(arrays)))
    vectors = [rng.normal(size=np.shape(a)) for a in arrays]
    grads = torch.autograd.grad((out * tensor(w, grad=False)).sum(), tensors, create_graph=True)
    inner = sum((g * tensor(v, grad=False)).sum() for g, v in zip(grads, vectors, strict=True))
    true = torch.autograd.grad(inner, tensors, allow_unused=True, materialize_grads=True)
    gradient = tape.grad(lambda *x: np.sum(ours(*x) * w), numbers)
    backward = tape.grad(lambda *x: sum(np.sum(g * v) for g, v in zip(gradient(*x), vectors, strict=True)), numbers)(
        *arrays
    )
    forward = tape.jvp(gradient, tuple(arrays), tuple(vectors))[1]
    for b, f, t in zip(backward, forward, true, strict=True):
        near(b, t.numpy(force=True), np.float64, factor)
        near(f, t.numpy(force=True), np.float64, factor)


def slope(f: Callable[..., Any], x: float) -> float:
    """Return the derivative at one number."""
    return float(tape.grad(f)(float(x)))
