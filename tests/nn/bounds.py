"""Comparison with torch under bounds that follow from the arithmetic, for functions linear in each argument.

A sum of K products, in any order, is wrong by at most γ_K = K u / (1 - K u) times the sum of their absolute values
(Higham, *Accuracy and Stability of Numerical Algorithms*, 2002, section 3.1). The latter is what the same function
makes of the absolute values of its arguments. Two libraries may differ by twice that, element by element.
"""

import numpy as np
import torch

import tape


def tensors(arrays):
    return [torch.tensor(np.ascontiguousarray(a), requires_grad=True) for a in arrays]


def with_gradients(fn, arrays, seed):
    """Return torch's value and gradients, as arrays."""
    given = tensors(arrays)
    y = fn(*given)
    gradients = torch.autograd.grad(y, given, torch.tensor(seed))
    return [a.detach().numpy() for a in (y, *gradients)]


def agree(ours, theirs, arrays, terms, *, dtype=np.float64, seed=0):
    """Compare value and every gradient of a multilinear function; ``terms`` bounds the number of terms of any sum."""
    arrays = [np.asarray(a, dtype) for a in arrays]
    y, pull = tape.vjp(ours, *arrays)
    g = np.random.default_rng(seed).normal(size=y.shape).astype(dtype)
    found = [y, *pull(g)]
    expected = with_gradients(theirs, arrays, g)
    double = [np.abs(a).astype(np.float64) for a in (*arrays, g)]
    bounds = with_gradients(theirs, double[:-1], double[-1])
    unit = float(np.finfo(dtype).eps) / 2
    for k, (a, b, bound) in enumerate(zip(found, expected, bounds, strict=True)):
        what = "value" if k == 0 else f"gradient of argument {k - 1}"
        assert a.shape == b.shape, f"{what}: shapes {a.shape} and {b.shape}"
        assert a.dtype == dtype, f"{what}: {a.dtype}"
        wrong = np.abs(a.astype(np.float64) - b) > 2 * (terms + 2) * unit * bound
        assert not wrong.any(), (
            f"{what} differs at {np.argwhere(wrong)[:5].tolist()}: {a[wrong][:5]} and {b[wrong][:5]}"
        )
