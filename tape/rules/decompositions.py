"""Decompositions of stacks of matrices: Cholesky, QR, eigenvalues and singular values.

Where eigenvalues or singular values coincide, the vectors are determined up to a rotation only, and have no derivative:
what uses them gets NaN. It may be that the rotation cancels in the end, as it does in ``V f(w) V^H``; but the adjoints
of V and w at that point don't tell f' from any other number, so that nothing else would be honest. What uses the values
alone gets its derivative, if it treats those that coincide alike, and else NaN. Vectors also have a sign, or a phase,
that the library chooses: the derivative is right for what is the same whatever it chooses.

The formulas are those of Giles (2008), Collected matrix derivative results for forward and reverse mode algorithmic
differentiation; of Walter and Lehmann (2010), Algorithmic differentiation of linear algebra functions; and for complex
matrices those of Wan and Zhang (2019), arXiv:1909.02659.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.errors import OptionError
from tape.primitive import ours
from tape.rule import composite, elementwise, general, zero
from tape.rules.linalg import conj
from tape.rules.parts import filled, parts, several
from tape.rules.solving import column, diagonals, h
from tape.rules.special import is_complex

__tape__ = True

MARGIN = 16
"""Roundings of the largest, times the size of the matrix, below which a difference counts as none."""


def mm(*factors: Any) -> Any:
    """Multiply matrices, from the left."""
    out = factors[0]
    for factor in factors[1:]:
        out = np.matmul(out, factor)
    return out


def diagonal(x: Any) -> Any:
    """Return the diagonals of matrices."""
    return np.diagonal(x, axis1=-2, axis2=-1)


def hermitian(x: Any) -> Any:
    """Return the Hermitian part of matrices."""
    return (x + h(x)) / 2


def lower_half(x: Any) -> Any:
    """Return the lower triangles of matrices, with half their diagonals."""
    return np.tril(x) * lower_weights(np.shape(x)[-1], np.real(x).dtype)


def lower_weights(n: int, dtype: Any) -> Any:
    """Return ones, and halves on the diagonal."""
    return np.ones((n, n), dtype) - np.eye(n, dtype=dtype) / 2


def row(x: Any) -> Any:
    """Return vectors as matrices of one row."""
    return np.expand_dims(x, -2)


# ------------------------------------------------------- what coincides, and quotients


@ours
def coincide(w: Any, *, opposite: bool = False) -> Any:
    """Return which of the numbers coincide within rounding, as matrices; or which are opposite: their sum is zero."""
    w = np.asarray(w)
    n = w.shape[-1]
    largest = np.max(np.abs(w), axis=-1, keepdims=True, initial=0)[..., None]
    difference = np.abs(column(w) + row(w) if opposite else column(w) - row(w))
    return difference <= MARGIN * n * np.finfo(w.dtype).eps * largest


zero(coincide, arrays=1)


@ours
def vanish(s: Any, *, size: int) -> Any:
    """Return which singular values are none beside the largest, as matrices of one row."""
    s = row(s)
    return s <= MARGIN * size * np.finfo(s.dtype).eps * np.max(s, axis=-1, keepdims=True, initial=0)


zero(vanish)


@ours
def quotient(x: Any, e: Any, hole: Any) -> Any:
    """Return ``x / e``, NaN where ``hole`` is true."""
    return np.where(hole, math.nan, x / np.where(hole, 1, e)).astype(x.dtype, copy=False)


def _known(e: Any, hole: Any) -> Any:
    return np.where(hole, math.nan, e)


elementwise(
    quotient,
    lambda g, y, x, e, hole: g / _known(e, hole),
    lambda g, y, x, e, hole: -g * y / _known(e, hole),
    None,
)


@ours
def torn(d: Any, hole: Any) -> Any:
    """Return zeros; NaN where the pair of a hole has different values on the diagonal: those depend on the basis."""
    scale = np.max(np.abs(d), axis=-1, keepdims=True, initial=0)[..., None]
    apart = np.abs(column(d) - row(d)) > 1024 * d.shape[-1] * np.finfo(d.dtype).eps * scale
    return np.where(hole & apart, np.array(math.nan, d.dtype), np.array(0, d.dtype))


zero(torn, arrays=2)


def size_of(x: Any) -> Any:
    """Return the largest absolute value of matrices, as matrices of one element."""
    return np.max(np.abs(x), axis=(-2, -1), keepdims=True, initial=0)


@ours
def settled(x: Any, like: Any) -> Any:
    """Return zeros; NaN where ``x``, which turns a phase that is free, isn't none beside the matrices."""
    none = np.abs(x) <= 64 * x.shape[-1] * np.finfo(x.dtype).eps * size_of(like)[..., 0]
    return np.where(none, np.array(0, x.dtype), np.array(math.nan, x.dtype))


zero(settled, arrays=2)


def off(x: Any) -> Any:
    """Return matrices with zeros on the diagonal."""
    n = np.shape(x)[-1]
    return x * (1 - np.eye(n, dtype=np.real(x).dtype))


def differences(w: Any) -> Any:
    """Return ``w_j - w_i`` as matrices, with ones on the diagonal, to divide by."""
    return row(w) - column(w) + np.eye(np.shape(w)[-1], dtype=np.real(w).dtype)


def apart(hole: Any) -> Any:
    """Return the holes beside the diagonal."""
    return np.logical_and(hole, ~np.eye(np.shape(hole)[-1], dtype=bool))


# ------------------------------------------------------------------------ Cholesky


def _cholesky(g: Any, y: Any, a: Any, *, upper: bool = False) -> Any:
    """Return the Hermitian adjoint, as torch does: NumPy reads one triangle of a matrix that is meant Hermitian."""
    low, g = (h(y), h(g)) if upper else (y, g)
    inverse = np.linalg.inv(low)
    return hermitian(mm(h(inverse), lower_half(mm(h(low), g)), inverse))


def _cholesky_tangent(d: Any, y: Any, a: Any, *, upper: bool = False) -> Any:
    low = h(y) if upper else y
    inverse = np.linalg.inv(low)
    found = mm(low, lower_half(mm(inverse, hermitian(d), h(inverse))))
    return h(found) if upper else found


general(np.linalg.cholesky, _cholesky, jvps=[_cholesky_tangent])


# ------------------------------------------------------------------------------ QR


@ours
def thin_qr(a: Any) -> Any:
    """Return Q and R of matrices with at least as many rows as columns."""
    return tuple(np.linalg.qr(a))


@ours
def independent(r: Any) -> Any:
    """Return ones, as matrices of one element; NaN where a column of R depends on those before: Q isn't determined."""
    r = np.abs(r)
    hole = diagonal(r) <= MARGIN * r.shape[-1] * np.finfo(r.dtype).eps * np.max(r, axis=-2, initial=0)
    return np.where(np.any(hole, axis=-1), np.array(math.nan, r.dtype), np.array(1, r.dtype))[..., None, None]


zero(independent, arrays=1)


def sound(r: Any) -> tuple[Any, Any]:
    """Return R, the identity in its place where its columns are dependent, exactly or nearly; and NaN there."""
    good = independent(r)
    return np.where(np.isnan(good), np.eye(np.shape(r)[-1], dtype=np.real(r).dtype), r), good


def _thin_qr(g: Any, y: Any, a: Any) -> Any:
    q, r = parts(y)
    gq, gr = filled(g[0], q), filled(g[1], r)
    m = np.triu(mm(gr, h(r)) - mm(h(q), gq))
    strict = off(m)
    m = strict + h(strict) + diagonals(np.real(diagonal(m)))
    regular, good = sound(r)
    return [h(np.linalg.solve(regular, h(gq + mm(q, m)))) * good]


def _thin_qr_tangent(d: Any, y: Any, a: Any) -> Any:
    q, r = parts(y)
    regular, good = sound(r)
    x = h(np.linalg.solve(h(regular), h(d[0]))) * good
    c = mm(h(q), x)
    low = np.tril(c, -1)
    turn = low - h(low)
    if is_complex(a):
        turn = turn + diagonals(1j * np.imag(diagonal(c)))
    return [mm(q, turn) + x - mm(q, c), mm(c - turn, r)]


several(general(thin_qr, joint=_thin_qr, jvp=_thin_qr_tangent, arrays=1))

QR = type(np.linalg.qr(np.eye(1)))


@composite(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Return the QR decomposition."""
    m, n = np.shape(a)[-2:]
    if mode == "r":
        return qr(a)[1]
    if mode not in ("reduced", "complete"):
        raise OptionError(f"np.linalg.qr(mode={mode!r}) has no rule: 'reduced', 'r' and 'complete' (square) have")
    if mode == "complete" and m > n:
        raise OptionError(
            f"np.linalg.qr(mode='complete') of shape {np.shape(a)}: the columns of Q past the {n}th aren't determined"
            " by a, and have no derivative: take mode='reduced'"
        )
    if m >= n:
        return QR(*thin_qr(a))
    q, r = thin_qr(a[..., :m])
    return QR(q, np.concatenate([r, mm(h(q), a[..., m:])], axis=-1))


# ------------------------------------------------------------- Hermitian eigenvalues


def _values(gw: Any, w: Any) -> Any:
    """Return the adjoint of eigenvalues or singular values as a diagonal; NaN where it tells coinciding ones apart."""
    return diagonals(gw) + torn(gw, apart(coincide(w)))


@ours
def tips(g: Any, s: Any, *, size: int) -> Any:
    """Return what takes the adjoints of singular values to none where those are none: the tip of a cone, as of ``abs``.

    NaN where the adjoint is so large that it isn't a tip but a pole, as of a logarithm; elsewhere zeros.
    """
    none = vanish(s, size=size)[..., 0, :]
    slope = np.abs(g)
    steepest = np.max(np.where(none, 0, slope), axis=-1, keepdims=True, initial=0)
    largest = np.max(s, axis=-1, keepdims=True, initial=0)
    with np.errstate(invalid="ignore"):
        flat = slope * s <= MARGIN * size * np.finfo(s.dtype).eps * steepest * largest
    return np.where(none, np.where(flat, -g, math.nan), 0).astype(s.dtype, copy=False)


zero(tips, arrays=2)


def _sizes(gs: Any, s: Any, a: Any) -> Any:
    """Return the adjoint of the singular values of ``a`` as a diagonal."""
    return _values(gs + tips(gs, s, size=max(np.shape(a)[-2:])), s)


def _spectral(s: Any, w: Any) -> Any:
    """Return what the adjoint of the vectors, ``V^H gV = s``, contributes in their basis."""
    k = quotient(off(s - h(s)) / 2, differences(w), apart(coincide(w)))
    return k + diagonals(settled(np.imag(diagonal(s)), s)) if is_complex(s) else k


def _eigh(g: Any, y: Any, a: Any, *, UPLO: Any = "L") -> Any:
    w, v = parts(y)
    gw, gv = g
    middle = _values(filled(gw, w), w)
    if gv is not None:
        middle = middle + _spectral(mm(h(v), gv), w)
    return [hermitian(mm(v, middle, h(v)))]


def _eigh_tangent(d: Any, y: Any, a: Any, *, UPLO: Any = "L") -> Any:
    w, v = parts(y)
    p = mm(h(v), hermitian(d[0]), v)
    return [np.real(diagonal(p)), mm(v, quotient(off(p), differences(w), apart(coincide(w))))]


several(
    general(np.linalg.eigh, joint=_eigh, jvp=_eigh_tangent, arrays=1),
    type(np.linalg.eigh(np.eye(1))),
)


def _eigvalsh(g: Any, y: Any, a: Any, *, UPLO: Any = "L") -> Any:
    w, v = np.linalg.eigh(a, UPLO)
    return hermitian(mm(v, _values(g, w), h(v)))


def _eigvalsh_tangent(d: Any, y: Any, a: Any, *, UPLO: Any = "L") -> Any:
    _, v = np.linalg.eigh(a, UPLO)
    return np.real(diagonal(mm(h(v), hermitian(d), v)))


general(np.linalg.eigvalsh, _eigvalsh, jvps=[_eigvalsh_tangent])


# ---------------------------------------------------------------- general eigenvalues


@ours
def usable(v: Any) -> Any:
    """Return ones, as matrices of one element; NaN where the vectors don't span the space: a defective matrix."""
    s = np.linalg.svd(np.asarray(v), compute_uv=False)
    n = s.shape[-1]
    good = s[..., -1:] > 4 * n * np.finfo(s.dtype).eps ** 0.5 * s[..., :1]
    return np.where(good, np.array(1, s.dtype), np.array(math.nan, s.dtype))[..., None]


zero(usable, arrays=1)


def _eig(g: Any, y: Any, a: Any) -> Any:
    w, v = parts(y)
    gw, gv = g
    middle = _values(filled(gw, w), w)
    if gv is not None:
        s = mm(h(v), gv)
        inner = s - mm(h(v), v) * row(np.real(diagonal(s)))
        middle = middle + quotient(off(inner), conj(differences(w)), apart(coincide(w)))
        if is_complex(s):
            middle = middle + diagonals(settled(np.imag(diagonal(s)), s))
    return [np.linalg.solve(h(v), mm(middle, h(v))) * usable(v)]


def _eig_tangent(d: Any, y: Any, a: Any) -> Any:
    w, v = parts(y)
    p = np.linalg.solve(v, mm(d[0], v)) * usable(v)
    dv = mm(v, quotient(off(p), differences(w), apart(coincide(w))))
    return [diagonal(p), dv - v * row(np.real(diagonal(mm(h(v), dv))))]


several(
    general(np.linalg.eig, joint=_eig, jvp=_eig_tangent, arrays=1),
    type(np.linalg.eig(np.eye(1))),
)


@ours
def nearest(y: Any, w: Any) -> Any:
    """Return for each of ``y`` which of ``w`` it is: LAPACK's order depends on whether vectors are asked for."""
    gaps = np.abs(column(np.asarray(y)) - row(np.asarray(w)))
    found = np.empty(gaps.shape[:-1], np.intp)
    for k in range(gaps.shape[-1]):
        found[..., k] = np.argmin(gaps[..., k, :], axis=-1)
        np.put_along_axis(gaps, found[..., None, k : k + 1], math.inf, axis=-1)
    return found


zero(nearest, arrays=2)


def _eigvals(g: Any, y: Any, a: Any) -> Any:
    w, v = np.linalg.eig(a)
    g = np.take_along_axis(g, nearest(w, y), axis=-1)
    return np.linalg.solve(h(v), mm(_values(g, w), h(v))) * usable(v)


def _eigvals_tangent(d: Any, y: Any, a: Any) -> Any:
    w, v = np.linalg.eig(a)
    return np.take_along_axis(diagonal(np.linalg.solve(v, mm(d, v)) * usable(v)), nearest(y, w), axis=-1)


general(np.linalg.eigvals, _eigvals, jvps=[_eigvals_tangent])


# ------------------------------------------------------------------ singular values


@ours
def thin_svd(a: Any) -> Any:
    """Return the singular value decomposition, with as many vectors as there are singular values."""
    return tuple(np.linalg.svd(a, full_matrices=False))


def _sums(s: Any, complex_: bool) -> tuple[Any, Any]:
    """Return the sums of singular values, and where they are none; on the diagonal, only phases are divided by them."""
    eye = np.eye(np.shape(s)[-1], dtype=s.dtype)
    gone = coincide(s, opposite=True)
    return (row(s) + column(s), gone) if complex_ else (row(s) + column(s) + eye, apart(gone))


def _thin_svd(g: Any, y: Any, a: Any) -> Any:
    u, s, vh = parts(y)
    middle = _sizes(filled(g[1], s), s, a)
    if g[0] is None and g[2] is None:
        return [mm(u, middle, vh)]
    gu, gvh = filled(g[0], u), filled(g[2], vh)
    v, gv = h(vh), h(gvh)
    of_u, of_v = mm(h(u), gu), mm(vh, gv)
    skew_u, skew_v = (of_u - h(of_u)) / 2, (of_v - h(of_v)) / 2
    middle = middle + quotient(off(skew_u + skew_v), differences(s), apart(coincide(s)))
    middle = middle + quotient(skew_u - skew_v, *_sums(s, is_complex(a)))
    if is_complex(a):  # the phases of a pair of vectors are free, if they turn together
        middle = middle + diagonals(settled(np.imag(diagonal(of_u + of_v)), np.concatenate([of_u, of_v], axis=-1)))
    m, n = np.shape(a)[-2:]
    found, none = mm(u, middle, vh), vanish(s, size=max(m, n))
    if m > n and g[0] is not None:
        found = found + mm(quotient(gu - mm(u, of_u), row(s), none), vh)
    if m < n and g[2] is not None:
        found = found + mm(u, h(quotient(gv - mm(v, of_v), row(s), none)))
    return [found]


def _thin_svd_tangent(d: Any, y: Any, a: Any) -> Any:
    u, s, vh = parts(y)
    v, d = h(vh), d[0]
    p = mm(h(u), d, v)
    even = quotient(off(hermitian(p)), differences(s), apart(coincide(s)))
    odd = quotient((p - h(p)) / 2, *_sums(s, is_complex(a)))
    du, dv = mm(u, even + odd), mm(v, even - odd)
    m, n = np.shape(a)[-2:]
    none = vanish(s, size=max(m, n))
    if m > n:
        x = mm(d, v)
        du = du + quotient(x - mm(u, mm(h(u), x)), row(s), none)
    if m < n:
        x = mm(h(d), u)
        dv = dv + quotient(x - mm(v, mm(vh, x)), row(s), none)
    return [du, np.real(diagonal(p)), h(dv)]


several(general(thin_svd, joint=_thin_svd, jvp=_thin_svd_tangent, arrays=1))

SVD = type(np.linalg.svd(np.eye(1)))


@composite(np.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Return the singular value decomposition."""
    if hermitian:
        raise OptionError("np.linalg.svd(hermitian=True) has no rule: leave it out, or take np.linalg.eigh")
    if not compute_uv:
        return np.linalg.svdvals(a)
    m, n = np.shape(a)[-2:]
    if full_matrices and m != n:
        raise OptionError(
            f"np.linalg.svd of shape {np.shape(a)}: the vectors past the {min(m, n)}th aren't determined by a, and have"
            " no derivative: take full_matrices=False"
        )
    return SVD(*thin_svd(a))


def _svdvals(g: Any, y: Any, x: Any) -> Any:
    u, s, vh = thin_svd(x)
    return mm(u, _sizes(g, s, x), vh)


def _svdvals_tangent(d: Any, y: Any, x: Any) -> Any:
    u, _, vh = thin_svd(x)
    return np.real(diagonal(mm(h(u), d, h(vh))))


general(np.linalg.svdvals, _svdvals, jvps=[_svdvals_tangent])
