"""Inverses, linear systems and determinants, of stacks of matrices.

Every rule is a product of inverses and solutions, which have rules themselves. A determinant's is the matrix of
cofactors, which exists for singular matrices too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.primitive import ours
from tape.rule import TABLE, composite, general, widen, zero
from tape.rules.linalg import conj, t
from tape.rules.parts import component, filled, several
from tape.rules.shape import cast
from tape.rules.special import is_complex

__tape__ = True


def h(x: Any) -> Any:
    """Return the conjugate transpose of matrices."""
    return conj(t(x))


def column(x: Any) -> Any:
    """Return vectors as matrices of one column."""
    return np.expand_dims(x, -1)


def diagonals(x: Any) -> Any:
    """Return vectors as diagonal matrices."""
    return column(x) * np.eye(np.shape(x)[-1], dtype=x.dtype)


# --------------------------------------------------------------- inverses, systems

general(
    np.linalg.inv,
    lambda g, y, a: -np.matmul(np.matmul(h(y), g), h(y)),
    jvps=[lambda d, y, a: -np.matmul(np.matmul(y, d), y)],
)


def _solve_b(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:  # a vector; of more axes, it is a stack of matrices
        return np.linalg.solve(h(a), column(g))[..., 0]
    return np.linalg.solve(h(a), g)


def _solve_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    gb = _solve_b(g, y, a, b)
    if np.ndim(b) == 1:
        return -column(gb) * np.expand_dims(conj(y), -2)
    return -np.matmul(gb, h(y))


def _solve_tangent(d: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:
        return -np.linalg.solve(a, np.matmul(d, column(y)))[..., 0]
    return -np.linalg.solve(a, np.matmul(d, y))


def _solve_right_tangent(d: Any, y: Any, a: Any, b: Any) -> Any:
    return np.linalg.solve(a, column(d))[..., 0] if np.ndim(b) == 1 else np.linalg.solve(a, d)


general(np.linalg.solve, _solve_a, _solve_b, jvps=[_solve_tangent, _solve_right_tangent], keeps="y 0 1")


@composite(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Return the inverse of a tensor, as a map from its first ``ind`` axes to the others."""
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    shape = np.shape(a)
    n = math.prod(shape[ind:])
    return np.reshape(np.linalg.inv(np.reshape(a, (n, -1))), (*shape[ind:], *shape[:ind]))


@composite(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Return the tensor that ``a`` maps to ``b``."""
    if axes is not None:
        moved = [k % np.ndim(a) for k in axes]
        a = np.transpose(a, [k for k in range(np.ndim(a)) if k not in moved] + moved)
    shape = np.shape(a)[np.ndim(b) :]
    size = math.prod(shape)
    if np.size(a) != size * size or np.size(b) != size:
        raise np.linalg.LinAlgError(
            f"tensorsolve: a of shape {np.shape(a)} isn't square as a map to the shape {np.shape(b)} of b"
        )
    return np.reshape(np.linalg.solve(np.reshape(a, (size, size)), np.ravel(b)), shape)


# ------------------------------------------------------------------- determinants


@ours
def cofactors(a: Any) -> Any:
    """Return the matrix of cofactors, the derivative of the determinant: also of singular matrices.

    By the singular values, each left out of their product in turn: Stewart (1998), On the adjugate matrix.
    """
    u, s, vh = np.linalg.svd(np.asarray(a))
    one = np.ones_like(s[..., :1])
    first = np.cumprod(np.concatenate([one, s[..., :-1]], axis=-1), axis=-1)
    last = np.cumprod(np.concatenate([one, s[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    sign = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return sign * np.matmul(np.conj(u) * np.expand_dims(first * last, -2), np.conj(vh)).astype(a.dtype, copy=False)


def both(x: Any) -> Any:
    """Sum over both axes of matrices, which stay."""
    return np.sum(x, axis=(-2, -1), keepdims=True)


def _cofactors(g: Any, y: Any, a: Any) -> Any:
    """Return ``(y <g, y> - y g^T y) / det(a)``: the same in both directions; NaN where the matrix is singular."""
    d = np.expand_dims(np.linalg.det(a), (-2, -1))
    return (y * both(g * y) - np.matmul(np.matmul(y, t(g)), y)) / np.where(np.equal(d, 0), math.nan, d)


general(cofactors, _cofactors, jvps=[_cofactors], holomorphic=True)
general(
    np.linalg.det,
    lambda g, y, a: np.expand_dims(g, (-2, -1)) * cofactors(a),
    jvps=[lambda d, y, a: np.sum(d * cofactors(a), axis=(-2, -1))],
    holomorphic=True,
)


def _slogdet(g: Any, y: Any, a: Any) -> Any:
    turned, grown = filled(g[0], component(y, index=0)), filled(g[1], component(y, index=1))
    if is_complex(a):  # the sign is exp(i arg det), and turns with the imaginary part of tr(inv(a) da)
        turned = np.real(conj(turned) * component(y, index=0) * 1j)
        grown = grown + 1j * turned
    return [np.expand_dims(grown, (-2, -1)) * h(np.linalg.inv(a))]


def _slogdet_tangent(d: Any, y: Any, a: Any) -> Any:
    rate = np.trace(np.linalg.solve(a, d[0]), axis1=-2, axis2=-1)
    if is_complex(a):
        return [component(y, index=0) * (1j * np.imag(rate)), np.real(rate)]
    return [None, rate]


several(
    general(np.linalg.slogdet, joint=_slogdet, jvp=_slogdet_tangent, arrays=1),
    type(np.linalg.slogdet(np.eye(1))),
)


# ---------------------------------------------------------------- pseudo-inverses


def _pinv(g: Any, y: Any, a: Any, *, rcond: Any = None, hermitian: bool = False, rtol: Any = np._NoValue) -> Any:
    """Return the adjoint where the rank stays: Golub and Pereyra (1973), The differentiation of pseudo-inverses."""
    p, ph, gh = y, h(y), h(g)
    if np.shape(a)[-2] <= np.shape(a)[-1]:
        k = np.matmul(gh, p)
        kp = np.matmul(k, ph)
        rest = np.matmul(np.matmul(ph, p), gh - np.matmul(k, a))
        return -h(np.matmul(p, k)) + kp - np.matmul(np.matmul(a, p), kp) + rest
    k = np.matmul(p, gh)
    pk = np.matmul(ph, k)
    rest = np.matmul(np.matmul(gh - np.matmul(a, k), p), ph)
    return -h(np.matmul(k, p)) + rest + pk - np.matmul(np.matmul(pk, p), a)


def _pinv_tangent(
    d: Any, y: Any, a: Any, *, rcond: Any = None, hermitian: bool = False, rtol: Any = np._NoValue
) -> Any:
    p, ph, dh = y, h(y), h(d)
    left = np.matmul(np.matmul(p, ph), dh - np.matmul(np.matmul(dh, a), p))
    right = np.matmul(np.matmul(dh - np.matmul(p, np.matmul(a, dh)), ph), p)
    return -np.matmul(np.matmul(p, d), p) + left + right


general(np.linalg.pinv, _pinv, jvps=[_pinv_tangent])


@ours
def least_squares(a: Any, b: Any, *, rcond: Any = None) -> Any:
    """Return the least-squares solution that ``np.linalg.lstsq`` gives, of the least norm."""
    return np.linalg.lstsq(a, b, rcond)[0]


def _cutoff(a: Any, rcond: Any) -> Any:
    """Return the cutoff of ``np.linalg.lstsq`` as ``np.linalg.pinv`` takes it."""
    m, n = np.shape(a)
    return np.finfo(a.dtype).eps * (max(m, n) if rcond is None else 1) if rcond is None or rcond < 0 else rcond


def _lstsq_b(g: Any, y: Any, a: Any, b: Any, *, rcond: Any = None) -> Any:
    return np.matmul(h(np.linalg.pinv(a, _cutoff(a, rcond))), g)


def _lstsq_a(g: Any, y: Any, a: Any, b: Any, *, rcond: Any = None) -> Any:
    p = np.linalg.pinv(a, _cutoff(a, rcond))
    outer = column(g) * conj(b) if np.ndim(b) == 1 else np.matmul(g, h(b))
    return _pinv(outer, p, a)


def _lstsq_tangent(d: Any, y: Any, a: Any, b: Any, *, rcond: Any = None) -> Any:
    p = np.linalg.pinv(a, _cutoff(a, rcond))
    return np.matmul(_pinv_tangent(d, p, a), b)


general(
    least_squares,
    _lstsq_a,
    _lstsq_b,
    jvps=[
        _lstsq_tangent,
        lambda d, y, a, b, *, rcond=None: np.matmul(np.linalg.pinv(a, _cutoff(a, rcond)), d),
    ],
    keeps="0 1",
)
widen(TABLE[least_squares])


@composite(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any, Any, Any]:
    """Return the least-squares solution, the sums of squared residuals, the rank, and the singular values."""
    kinds = [dtype if (dtype := dtype_of(m)).kind in "fc" else np.dtype(float) for m in (a, b)]
    a = a if dtype_of(a) == np.result_type(*kinds) else cast(a, np.result_type(*kinds))  # NumPy computes in one dtype
    x = least_squares(a, b, rcond=rcond)
    s = np.linalg.svdvals(a)
    values = getattr(s, "_value", s)
    cutoff = _cutoff(a, rcond) * (values[0] if values.size else 0)
    rank = int(np.sum(values > cutoff))
    m, n = np.shape(a)
    if rank == n and m > n:
        residuals = np.sum(np.square(np.abs(b - np.matmul(a, x))), axis=0, keepdims=np.ndim(b) == 1)
    else:
        residuals = np.zeros(0, s.dtype)
    return x, residuals, np.int32(rank), s


@composite(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """Return the condition number in any norm."""
    if p in (None, 2, -2):
        s = np.linalg.svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))


zero(np.linalg.matrix_rank, arrays=1)
