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


def without(s: Any) -> Any:
    """Return the products of all numbers but one, for each of them."""
    one = np.ones_like(s[..., :1])
    first = np.cumprod(np.concatenate([one, s[..., :-1]], axis=-1), axis=-1)
    last = np.cumprod(np.concatenate([one, s[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return first * last


@ours
def cofactors(a: Any) -> Any:
    """Return the matrix of cofactors, the derivative of the determinant: also of singular matrices.

    By the singular values, each left out of their product in turn: Stewart (1998), On the adjugate matrix.
    """
    u, s, vh = np.linalg.svd(np.asarray(a))
    sign = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return sign * np.matmul(np.conj(u) * np.expand_dims(without(s), -2), np.conj(vh)).astype(a.dtype, copy=False)


@ours
def cofactors_change(a: Any, d: Any) -> Any:
    """Return the derivative of the cofactors along ``d``: by products that leave two singular values out."""
    u, s, vh = np.linalg.svd(np.asarray(a))
    eye = np.eye(s.shape[-1], dtype=s.dtype)
    pairs = without(np.where(eye, 1, np.expand_dims(s, -2))) * (1 - eye)
    p = t(np.matmul(np.matmul(np.conj(t(u)), d), np.conj(t(vh))))
    change = np.matmul(pairs, column(np.diagonal(p, axis1=-2, axis2=-1))) * eye - pairs * p
    sign = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return sign * np.matmul(np.matmul(np.conj(u), change), np.conj(vh)).astype(a.dtype, copy=False)


def both(x: Any) -> Any:
    """Sum over both axes of matrices, which stay."""
    return np.sum(x, axis=(-2, -1), keepdims=True)


@ours
def regular(a: Any) -> Any:
    """Return ones, as matrices of one element; NaN where a matrix is singular, or so nearly that half the digits go."""
    s = np.linalg.svd(np.asarray(a), compute_uv=False)
    good = np.min(s, axis=-1, initial=math.inf) > np.finfo(s.dtype).eps ** 0.5 * np.max(s, axis=-1, initial=0)
    return np.where(good, np.array(1, s.dtype), np.array(math.nan, s.dtype))[..., None, None]


zero(regular, arrays=1)


def _third(g: Any, y: Any, a: Any, d: Any) -> Any:
    """Return the derivative along ``g`` of ``y = (c <d, c> - c d^T c) / det(a)``, where c are the cofactors."""
    c, e = cofactors(a), cofactors_change(a, g)
    grown = e * both(d * c) + c * both(d * e) - y * both(g * c)
    turned = np.matmul(np.matmul(e, t(d)), c) + np.matmul(np.matmul(c, t(d)), e)
    return (grown - turned) / (np.expand_dims(np.linalg.det(a), (-2, -1)) * regular(a))


# Derivatives of one number, and so the same in both directions.
_second = lambda g, y, a: cofactors_change(a, g)
_along = lambda g, y, a, d: cofactors_change(a, g)
general(cofactors, _second, jvps=[_second], holomorphic=True)
general(cofactors_change, _third, _along, jvps=[_third, _along], holomorphic=True)
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


@ours
def steepness(p: Any) -> Any:
    """Return the square of the largest singular value, rounded up to 20 bits, as matrices of one element.

    It only scales, and so may have no derivative.
    """
    s = np.max(np.linalg.svd(np.asarray(p), compute_uv=False), axis=-1, initial=0)
    bits, power = np.frexp(np.maximum(s * s, np.finfo(s.dtype).tiny))
    return np.ldexp(np.ceil(bits * 2**20) / 2**20, power).astype(s.dtype, copy=False)[..., None, None]


zero(steepness, arrays=1)

DOUBLINGS = 16
"""Of the sum below: it has 2**16 terms, enough where the first value cut off is 0.9999 of the last that stays."""


def settle(left: Any, z: Any, right: Any, scale: Any) -> Any:
    """Solve ``x = z + left x right``, where the product of the norms is below 1: Smith (1968), Matrix equation XA+BX=C.

    ``scale`` is about the norm of ``left``.
    """
    left, right = left / scale, right * scale
    for _ in range(DOUBLINGS):
        z = z + np.matmul(np.matmul(left, z), right)
        left, right = np.matmul(left, left), np.matmul(right, right)
    return z


def _pinv(g: Any, y: Any, a: Any, *, rcond: Any = None, hermitian: bool = False, rtol: Any = np._NoValue) -> Any:
    """Return the adjoint where the rank stays: Golub and Pereyra (1973), The differentiation of pseudo-inverses.

    With a tolerance of the user's, what is cut off may be more than rounding, and turns what stays.
    """
    p, ph, gh = y, h(y), h(g)
    if coarse(rcond, rtol):
        pp, pq, rest, scale = np.matmul(p, ph), np.matmul(ph, p), a - np.matmul(a, np.matmul(p, a)), steepness(p)
        left = settle(pp, g, np.matmul(rest, h(rest)), scale)
        left = np.matmul(pp, left - np.matmul(np.matmul(left, a), p))
        right = settle(pq, gh, np.matmul(h(rest), rest), scale)
        right = h(np.matmul(pq, right - np.matmul(right, np.matmul(p, a))))
        mixed = np.matmul(ph, np.matmul(left, rest)) + np.matmul(np.matmul(rest, right), ph)
        found = h(left + right) + mixed - np.matmul(np.matmul(ph, g), ph)
    elif np.shape(a)[-2] <= np.shape(a)[-1]:
        k = np.matmul(gh, p)
        kp = np.matmul(k, ph)
        rest = np.matmul(np.matmul(ph, p), gh - np.matmul(k, a))
        found = -h(np.matmul(p, k)) + kp - np.matmul(np.matmul(a, p), kp) + rest
    else:
        k = np.matmul(p, gh)
        pk = np.matmul(ph, k)
        rest = np.matmul(np.matmul(gh - np.matmul(a, k), p), ph)
        found = -h(np.matmul(k, p)) + rest + pk - np.matmul(np.matmul(pk, p), a)
    return (found + h(found)) / 2 if hermitian else found


def coarse(rcond: Any, rtol: Any) -> bool:
    """Return whether a tolerance is given."""
    return rcond is not None or not (rtol is np._NoValue or rtol is None)


def _pinv_tangent(
    d: Any, y: Any, a: Any, *, rcond: Any = None, hermitian: bool = False, rtol: Any = np._NoValue
) -> Any:
    d = (d + h(d)) / 2 if hermitian else d
    p, ph, dh = y, h(y), h(d)
    pp, pq = np.matmul(p, ph), np.matmul(ph, p)
    if not coarse(rcond, rtol):
        left = np.matmul(pp, dh - np.matmul(np.matmul(dh, a), p))
        right = np.matmul(dh - np.matmul(p, np.matmul(a, dh)), pq)
    else:
        rest, scale = a - np.matmul(a, np.matmul(p, a)), steepness(p)
        left = dh + np.matmul(np.matmul(p, d), h(rest))
        left = np.matmul(pp, left - np.matmul(np.matmul(left, a), p))
        left = settle(pp, left, np.matmul(rest, h(rest)), scale)
        right = dh + np.matmul(h(rest), np.matmul(d, p))
        right = h(np.matmul(right - np.matmul(p, np.matmul(a, right)), pq))
        right = h(settle(pq, right, np.matmul(h(rest), rest), scale))
    return -np.matmul(np.matmul(p, d), p) + left + right


general(np.linalg.pinv, _pinv, jvps=[_pinv_tangent])


@ours
def least_squares(a: Any, b: Any, *, rcond: Any = None) -> Any:
    """Return the least-squares solution that ``np.linalg.lstsq`` gives, of the least norm."""
    return np.linalg.lstsq(a, b, rcond)[0]


def _cutoff(a: Any, dtype: Any, rcond: Any) -> Any:
    """Return the cutoff of ``np.linalg.lstsq``, which computes in a common type, as ``np.linalg.pinv`` takes it."""
    return np.finfo(dtype).eps * (max(np.shape(a)) if rcond is None else 1) if rcond is None or rcond < 0 else rcond


def _solver(y: Any, a: Any, rcond: Any) -> Any:
    """Return the matrix that carries b to the solution."""
    a = a.astype(np.result_type(a.dtype, np.finfo(y.dtype).dtype), copy=False)
    return np.linalg.pinv(a, _cutoff(a, y.dtype, rcond))


def _lstsq_b(g: Any, y: Any, a: Any, b: Any, *, rcond: Any = None) -> Any:
    return np.matmul(h(_solver(y, a, rcond)), g)


@ours
def magnitude(a: Any) -> Any:
    """Return the power of two just below the largest element, by which a division is exact."""
    return np.ldexp(np.array(1, np.finfo(a.dtype).dtype), np.frexp(np.max(np.abs(a), initial=0))[1] - 1)[()]


zero(magnitude, arrays=1)


def _apart(x: Any, *others: Any) -> tuple[Any, ...]:
    """Return vectors, all of them if the first is one, as matrices of one column."""
    return tuple(column(v) if np.ndim(x) == 1 else v for v in (x, *others))


# The pseudo-inverse p enters twice, and its square may be out of range where it isn't, and neither is the derivative:
# it is taken of a over its magnitude, and that takes part in the end. With p worked into the vectors, and with what
# b leaves over taken from the solution, the rule keeps more digits than with the derivative of p by the length of
# that square: Golub and Pereyra (1973). A tolerance of the user's turns what it keeps, and needs the whole of it.


def _lstsq_a(g: Any, y: Any, a: Any, b: Any, *, rcond: Any = None) -> Any:
    p, size = _solver(y, a, rcond), magnitude(a)
    b, g, x = _apart(b, g, y)
    if coarse(rcond, None):
        return _pinv(np.matmul(g, h(b)), p * size, a / size, rcond=rcond) / size / size
    z = np.matmul(h(p), g)
    left = (b - np.matmul(a, x)) / size
    missed = g - np.matmul(h(a), z)
    return np.matmul(left, h(np.matmul(p * size, z))) - np.matmul(z, h(x)) + np.matmul(np.matmul(h(p), x), h(missed))


def _lstsq_tangent(d: Any, y: Any, a: Any, b: Any, *, rcond: Any = None) -> Any:
    p, size = _solver(y, a, rcond), magnitude(a)
    if coarse(rcond, None):
        return np.matmul(_pinv_tangent(d, p * size, a / size, rcond=rcond) / size, b / size)
    b, x = _apart(b, y)
    left = (b - np.matmul(a, x)) / size
    turned = np.matmul(h(p) * size, np.matmul(h(d), left)) - np.matmul(d, x)
    missed = np.matmul(h(d), np.matmul(h(p), x))
    found = np.matmul(p, turned) + missed - np.matmul(p, np.matmul(a, missed))
    return found[..., 0] if np.ndim(y) == 1 else found


general(
    least_squares,
    _lstsq_a,
    _lstsq_b,
    jvps=[_lstsq_tangent, lambda d, y, a, b, *, rcond=None: np.matmul(_solver(y, a, rcond), d)],
    keeps="y 0 1",
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
    cutoff = _cutoff(a, x.dtype, rcond) * (values[0] if values.size else 0)
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
    regular = np.isfinite(np.linalg.cond(x.value, p))
    x = x / magnitude(x)  # which it doesn't depend on
    if np.all(regular):
        return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))
    # Singular matrices have no inverse, an infinite condition number as NumPy says, and no derivative.
    instead = np.where(np.expand_dims(regular, (-2, -1)), x, np.eye(np.shape(x)[-1], dtype=x.dtype))
    infinite = (np.linalg.norm(x, p, axis=(-2, -1)) + 1) * np.where(regular, 1, np.inf)  # that of order -inf may be 0
    return np.where(regular, cond(instead, p), infinite)


zero(np.linalg.matrix_rank, arrays=1)
