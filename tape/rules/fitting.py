"""Fits of polynomials through points, differentiable in the points."""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.errors import DegenerateError
from tape.record import Var
from tape.rule import composite
from tape.rules.linalg import t
from tape.rules.polynomials import floats
from tape.rules.shape import cast
from tape.rules.solving import least_squares

__tape__ = True


def check_rank(a: Any, rcond: float) -> None:
    """Refuse a matrix of less than full column rank, whose least squares are many.

    Raises
    ------
    DegenerateError
    """
    s = np.linalg.svdvals(a.value if isinstance(a, Var) else a)
    rank = int(np.sum(s > rcond * s[0]))
    if rank < np.shape(a)[1]:
        raise DegenerateError(
            f"least squares with a matrix of shape {np.shape(a)} and of rank {rank} have no derivative: fit fewer"
            " coefficients (a lower deg), or give more distinct points"
        )


@composite(np.polyfit)
def polyfit(
    x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: bool | str = False
) -> Any:
    """Return the coefficients of the polynomial that fits points best; differentiable in ``x``, ``y`` and ``w``."""
    order = int(deg) + 1
    x, y = floats(x), floats(y)
    check_points(x, y, deg)
    if rcond is None:
        rcond = np.shape(x)[0] * np.finfo(dtype_of(x)).eps
    a, b = np.vander(x, order), y
    if w is not None:
        w = floats(w)
        if np.ndim(w) != 1:
            raise TypeError("expected a 1-d array for weights")
        if np.shape(w)[0] != np.shape(y)[0]:
            raise TypeError("expected w and y to have the same length")
        # NumPy weighs in place, in the precision that the points have.
        a, b = same_dtype(a * w[:, None], a), same_dtype(b * (w[:, None] if np.ndim(b) == 2 else w), b)
    scale: Any = np.sqrt(np.sum(a * a, axis=0))
    if not full and isinstance(scale, Var):
        scale = scale.value  # neither the fit nor its covariance depends on it: a constant loses no derivative
    a = a / scale
    flat = np.ndim(b) == 1
    columns = b[:, None] if flat else b
    check_rank(a, rcond)
    c = least_squares(a, columns, rcond=rcond)
    found = c / np.expand_dims(scale, -1)
    found = found[:, 0] if flat else found
    if not full and not cov:
        return found
    m = np.shape(x)[0]
    rest = columns - np.matmul(a, c)
    squares = np.sum(np.real(rest * np.conj(rest)), axis=0)
    if full:
        s = np.linalg.svd(a, compute_uv=False)
        return found, squares if m > order else np.zeros(0, dtype_of(squares)), order, s, rcond
    inverse = np.linalg.pinv(a, rcond)
    base = np.matmul(inverse, t(inverse)) / np.outer(scale, scale)
    if cov == "unscaled":
        factor: Any = 1
    else:
        if m <= order:
            raise ValueError("the number of data points must exceed order to scale the covariance matrix.")
        factor = squares / (m - order)
        factor = factor[0] if flat else factor
    return found, base * factor if flat else base[:, :, None] * factor


def same_dtype(x: Any, like: Any) -> Any:
    """Cast to another array's dtype, if need be."""
    return x if dtype_of(x) == dtype_of(like) else cast(x, dtype_of(like))


def check_points(x: Any, y: Any, deg: int) -> None:
    """Raise NumPy's errors for points that don't fit together."""
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if np.ndim(x) != 1:
        raise TypeError("expected 1D vector for x")
    if np.size(x) == 0:
        raise TypeError("expected non-empty vector for x")
    if not 1 <= np.ndim(y) <= 2:
        raise TypeError("expected 1D or 2D array for y")
    if np.shape(x)[0] != np.shape(y)[0]:
        raise TypeError("expected x and y to have same length")
