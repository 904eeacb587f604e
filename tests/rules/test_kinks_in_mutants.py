"""Kinks at which ``python -m comparisons.mutants`` found that a changed rule went unseen: samples avoid them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tape

A = np.array


@pytest.mark.parametrize(
    ("f", "args", "want"),
    [
        pytest.param(lambda x: np.clip(x, None, 1), (A([1.0, 2, 0]),), (A([1.0, 0, 1]),), id="upper bound alone"),
        pytest.param(lambda x: np.clip(x, 0, None), (A([0.0, 2, -1]),), (A([1.0, 1, 0]),), id="lower bound alone"),
        pytest.param(np.clip, (A([2.0]), A([0.0]), A([2.0])), (A([1.0]), A([0.0]), A([0.0])), id="on the upper bound"),
        pytest.param(np.clip, (A([0.0]), A([1.0]), A([1.0])), (A([0.0]), A([1.0]), A([0.0])), id="below equal bounds"),
        pytest.param(np.clip, (A([2.0]), A([1.0]), A([1.0])), (A([0.0]), A([0.0]), A([1.0])), id="above equal bounds"),
    ],
)
def test_at_a_bound(f: Any, args: tuple[Any, ...], want: tuple[Any, ...]) -> None:
    found = tape.grad(lambda *a: np.sum(3 * f(*a)), tuple(range(len(args))))(*args)
    for g, w in zip(found, want, strict=True):
        np.testing.assert_array_equal(g, 3 * w)
