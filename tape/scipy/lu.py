"""LU decompositions with partial pivoting, of stacks of matrices of any shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl

from tape.errors import DegenerateError, ShapeError
from tape.primitive import ours
from tape.rule import general, zero
from tape.rules.decompositions import mm
from tape.rules.linalg import t
from tape.rules.parts import filled, parts, several
from tape.rules.solving import h
from tape.scipy.apart import check_values, held

__tape__ = True


@ours
def factors(a: Any) -> Any:
    """Return P, L and U of matrices, ``a = P L U``."""
    return tuple(sl.lu(a, check_finite=False))


def _regular(u: Any, k: int) -> Any:
    """Return the square part of U; a pivot of zero raises."""
    u = u[..., :k]
    if np.any(np.diagonal(held(u), axis1=-2, axis2=-1) == 0):
        raise DegenerateError("tape.scipy.linalg.lu has no derivative where a pivot is zero: the matrix lacks rank")
    return u


def _right(x: Any, u: Any) -> Any:
    """Return ``x u^-1``."""
    return t(np.linalg.solve(t(u), t(x)))


def _factors(g: Any, y: Any, a: Any) -> Any:
    p, low, up = parts(y)
    g_low, g_up = filled(g[1], low), filled(g[2], up)
    m, n = np.shape(a)[-2:]
    k = min(m, n)
    square, u = low[..., :k, :], _regular(up, k)
    of_low, of_up = mm(h(square), g_low[..., :k, :]), mm(g_up[..., :k], h(u))
    if m < n:
        of_low = of_low - mm(g_up[..., k:], h(up[..., k:]))
    if m > n:
        of_up = of_up - mm(h(low[..., k:, :]), g_low[..., k:, :])
    found = _right(np.linalg.solve(h(square), np.tril(of_low, -1) + np.triu(of_up)), h(u))
    if m < n:
        found = np.concatenate([found, np.linalg.solve(h(square), g_up[..., k:])], axis=-1)
    if m > n:
        found = np.concatenate([found, _right(g_low[..., k:, :], h(u))], axis=-2)
    return [mm(p, found)]


def _factors_tangent(d: Any, y: Any, a: Any) -> Any:
    p, low, up = parts(y)
    m, n = np.shape(a)[-2:]
    k = min(m, n)
    square, u, d = low[..., :k, :], _regular(up, k), mm(t(p), d[0])
    inner = _right(np.linalg.solve(square, d[..., :k, :k]), u)
    d_low, d_up = mm(square, np.tril(inner, -1)), mm(np.triu(inner), u)
    if m < n:
        d_up = np.concatenate([d_up, np.linalg.solve(square, d[..., k:] - mm(d_low, up[..., k:]))], axis=-1)
    if m > n:
        d_low = np.concatenate([d_low, _right(d[..., k:, :] - mm(low[..., k:, :], d_up), u)], axis=-2)
    return [np.zeros_like(p), d_low, d_up]


several(general(factors, joint=_factors, jvp=_factors_tangent, arrays=1))


def lu(a: Any, permute_l: bool = False, *, check_finite: bool = True, p_indices: bool = False) -> Any:
    """Return the LU decomposition with partial pivoting, as ``scipy.linalg.lu``.

    Parameters
    ----------
    a : array_like, shape (..., m, n)
        Matrices; ``k`` is the lesser of m and n.
    permute_l : bool
        Return ``P L`` and ``U``.
    check_finite : bool
        Raise where the argument holds infinities or NaN.
    p_indices : bool
        Return the permutation as indices of shape (..., m): ``a == take_along_axis(L, p[..., None], -2) @ U``.

    Returns
    -------
    p, l, u : ndarray, shapes (..., m, m), (..., m, k), (..., k, n)
        ``a = p @ l @ u``: a permutation, which is constant; a lower triangle with ones on its diagonal; an upper one.

    Raises
    ------
    ShapeError
        Not a matrix.
    DegenerateError
        In the sweep, where a pivot is zero.

    Notes
    -----
    The order of the rows is held in the derivative: it jumps where two candidates for a pivot are of one size. The
    rules are those of de Hoog, Anderssen and Lukas (2011), Differentiation of matrix functionals using triangular
    factorization.
    """
    check_values(check_finite, a)
    if np.ndim(a) < 2:
        raise ShapeError(f"tape.scipy.linalg.lu takes matrices, not an array of shape {np.shape(a)}")
    p, low, up = factors(a)
    if permute_l:
        return mm(p, low), up
    return (np.argmax(p, axis=-1), low, up) if p_indices else (p, low, up)


@ours
def interchanges(a: Any) -> Any:
    """Return which row each row is swapped with in turn, as LAPACK does."""
    return sl.lu_factor(a, check_finite=False)[1]


@ours
def permutation(piv: Any, *, dtype: Any = float) -> Any:
    """Return the matrix of swaps of rows, one after the other."""
    matrix = np.eye(len(piv), dtype=dtype)
    for k, other in enumerate(piv):
        matrix[[k, other]] = matrix[[other, k]]
    return matrix


zero(interchanges)
zero(permutation, arrays=1)


def lu_factor(a: Any, *, check_finite: bool = True) -> tuple[Any, Any]:
    """Return what :func:`tape.scipy.linalg.lu_solve` takes of one square matrix.

    Returns
    -------
    lu, piv : ndarray, shapes (n, n), (n,)
        L, without its diagonal of ones, and U in one matrix; which row each was swapped with.
    """
    check_values(check_finite, a)
    shape = np.shape(a)
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeError(f"tape.scipy.linalg.lu_factor takes one square matrix, not an array of shape {shape}")
    _, low, up = factors(a)
    return np.tril(low, -1) + up, interchanges(a)
