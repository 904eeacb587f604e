"""Functions of ``scipy.linalg`` under its names: matrix functions, triangular and banded systems, structured matrices.

SciPy doesn't dispatch, so that these are imported in its place. They take ``check_finite=`` where SciPy's do: unless it
is False, infinities and NaN among the arguments are an error. Options that only spare a copy (``overwrite_a``) are not
taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.linalg as sl

from tape.errors import DegenerateError, OptionError, ShapeError
from tape.primitive import ours
from tape.record import Var
from tape.rule import general
from tape.rules.linalg import conj, t
from tape.rules.solving import column, h
from tape.scipy.apart import check_values
from tape.scipy.lacking import lacking
from tape.scipy.lu import lu as lu
from tape.scipy.lu import lu_factor as lu_factor
from tape.scipy.lu import permutation

__all__ = [
    "block_diag",
    "cho_factor",
    "cho_solve",
    "cholesky",
    "circulant",
    "coshm",
    "cosm",
    "det",
    "expm",
    "inv",
    "logm",
    "lu",
    "lu_factor",
    "lu_solve",
    "sinhm",
    "sinm",
    "solve",
    "solve_banded",
    "solve_sylvester",
    "solve_triangular",
    "sqrtm",
    "tanhm",
    "tanm",
    "toeplitz",
]

__tape__ = True

if not TYPE_CHECKING:
    __getattr__ = lacking("linalg")


def square(a: Any, name: str) -> None:
    """Refuse what isn't one square matrix."""
    shape = np.shape(a)
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeError(f"tape.scipy.linalg.{name} takes one square matrix, not an array of shape {shape}")


# ------------------------------------------------------------------------- Sylvester's equation


@ours
def sylvester(a: Any, b: Any, q: Any) -> Any:
    """Return the solution of ``a x + x b = q``, in the precision of the three, computed in double."""
    kind = np.result_type(a, b, q)
    size = np.finfo(kind).eps * (np.max(np.abs(a), initial=0) + np.max(np.abs(b), initial=0))
    sums = np.add.outer(np.linalg.eigvals(a), np.linalg.eigvals(b))
    if sums.size and np.min(np.abs(sums)) <= size * max(np.shape(q)):
        raise DegenerateError(
            "sylvester: an eigenvalue of a and one of b add up to zero, and then a x + x b = q has no one solution (as"
            " the derivative of sqrtm, where the matrix is singular)"
        )
    return np.asarray(sl.solve_sylvester(a, b, q)).astype(kind, copy=False)


def _sylvester(g: Any, y: Any, a: Any, b: Any, q: Any) -> Any:
    turned = sylvester(h(a), h(b), g)
    return -(turned @ h(y)), -(h(y) @ turned), turned


def _sylvester_tangent(d: Any, y: Any, a: Any, b: Any, q: Any) -> Any:
    da, db, dq = d
    right: Any = 0.0 if dq is None else dq
    if da is not None:
        right = right - da @ y
    if db is not None:
        right = right - y @ db
    return sylvester(a, b, right)


general(sylvester, joint=_sylvester, jvp=_sylvester_tangent)


def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """Return the matrix ``x`` of ``a x + x b = q``.

    Parameters
    ----------
    a, b, q : array_like
        Matrices of shapes (m, m), (n, n) and (m, n).

    Returns
    -------
    ndarray
        Of shape (m, n).

    Raises
    ------
    DegenerateError
        Where an eigenvalue of ``a`` and one of ``b`` add up to zero.
    """
    square(a, "solve_sylvester")
    square(b, "solve_sylvester")
    if np.shape(q) != (np.shape(a)[0], np.shape(b)[0]):
        raise ShapeError(
            f"tape.scipy.linalg.solve_sylvester: q of shape {np.shape(q)} isn't that of a x + x b, for a of shape"
            f" {np.shape(a)} and b of shape {np.shape(b)}"
        )
    return sylvester(a, b, q)


# --------------------------------------------------------------- functions of matrices

Along = Callable[[Any, Any, Any], Any]
"""The derivative of a function at ``a`` along ``e``, of the value ``y``: from ``(a, e, y)``."""


def _block(f: Callable[[Any], Any], a: Any, e: Any) -> Any:
    """Return the derivative of a function of matrices along ``e``: the corner of ``f([[a, e], [0, a]])``.

    Higham (2008), Functions of Matrices, theorem 3.6. Not for a matrix with an eigenvalue on a branch cut: the matrix
    of twice the size has it twice, and rounding moves one of the two to each side.
    """
    n = np.shape(a)[-1]
    upper = np.concatenate([a, e + 0 * a], axis=-1)
    lower = np.concatenate([0 * a, a], axis=-1)
    return f(np.concatenate([upper, lower], axis=-2))[..., :n, n:]


def matrix_function(
    fn: Callable[[Any], Any], summary: str, *, stacks: bool = False, along: Along | None = None
) -> Callable[[Any], Any]:
    """Make a primitive of an analytic function of matrices.

    The adjoint is the conjugate transpose of the derivative along the conjugate transpose, at the same matrix: at the
    conjugate transpose of the matrix, a branch cut would be met from the other side. What doesn't take stacks is
    computed in double precision, since SciPy warns of what it loses in single.
    """

    def function(a: Any) -> Any:
        if not stacks:
            square(a, fn.__name__)
        a = np.ascontiguousarray(a)
        if a.dtype.char not in "fdFD":
            raise TypeError(f"tape.scipy.linalg.{fn.__name__} takes single or double precision, not {a.dtype}")
        found = np.asarray(fn(a if stacks else a.astype(np.result_type(a, np.float64), copy=False)))
        like = np.result_type(a.dtype, np.complex64) if found.dtype.kind == "c" else a.dtype
        return found.astype(like, copy=False)

    function.__name__, function.__qualname__, function.__module__ = fn.__name__, fn.__name__, __name__
    function.__doc__ = summary
    made = ours(function)
    turn = along or (lambda a, e, y: _block(made, a, e))
    general(made, lambda g, y, a: h(turn(a, h(g), y)), jvps=[lambda d, y, a: turn(a, d, y)])
    return made


def _root_along(a: Any, e: Any, y: Any) -> Any:
    """Return the derivative of the square root: ``y x + x y = e``, from ``y y = a``."""
    return sylvester(y, y, e)


def _log_along(a: Any, e: Any, y: Any) -> Any:
    """Return the derivative of the logarithm, as twice that of the root, whose eigenvalues are off the cut."""
    root = sqrtm(a)
    return 2 * _block(logm, root, sylvester(root, root, e))


expm = matrix_function(sl.expm, "Return the exponential of matrices, of shape (..., n, n).", stacks=True)
sqrtm = matrix_function(
    sl.sqrtm, "Return the principal square root of a matrix, complex where it isn't real.", along=_root_along
)
logm = matrix_function(
    sl.logm, "Return the principal logarithm of a matrix, complex where it isn't real.", along=_log_along
)
sinm = matrix_function(sl.sinm, "Return the sine of a matrix.")
cosm = matrix_function(sl.cosm, "Return the cosine of a matrix.")
tanm = matrix_function(sl.tanm, "Return the tangent of a matrix.")
sinhm = matrix_function(sl.sinhm, "Return the hyperbolic sine of a matrix.")
coshm = matrix_function(sl.coshm, "Return the hyperbolic cosine of a matrix.")
tanhm = matrix_function(sl.tanhm, "Return the hyperbolic tangent of a matrix.")


# ------------------------------------------------------------------ triangular systems


@ours
def triangular(a: Any, b: Any, *, trans: int = 0, lower: bool = False, unit_diagonal: bool = False) -> Any:
    """Solve one triangular system, as ``scipy.linalg.solve_triangular``."""
    return sl.solve_triangular(a, b, trans, lower, unit_diagonal, check_finite=False)  # type: ignore[arg-type]


def _part(x: Any, lower: bool, unit_diagonal: bool) -> Any:
    """Return the triangle that is read, zeros elsewhere."""
    return np.tril(x, -1 if unit_diagonal else 0) if lower else np.triu(x, 1 if unit_diagonal else 0)


def _columns(x: Any) -> Any:
    return column(x) if np.ndim(x) == 1 else x


def _triangular_b(
    g: Any, y: Any, a: Any, b: Any, *, trans: int = 0, lower: bool = False, unit_diagonal: bool = False
) -> Any:
    if trans == 1:  # the adjoint of the transpose is the conjugate
        return triangular(conj(a), g, lower=lower, unit_diagonal=unit_diagonal)
    return triangular(a, g, trans=0 if trans else 2, lower=lower, unit_diagonal=unit_diagonal)


def _triangular_a(
    g: Any, y: Any, a: Any, b: Any, *, trans: int = 0, lower: bool = False, unit_diagonal: bool = False
) -> Any:
    gb, x = _columns(_triangular_b(g, y, a, b, trans=trans, lower=lower, unit_diagonal=unit_diagonal)), _columns(y)
    if trans == 0:
        outer = np.matmul(gb, h(x))
    elif trans == 1:
        outer = np.matmul(conj(x), t(gb))
    else:
        outer = np.matmul(x, h(gb))
    return -_part(outer, lower, unit_diagonal)


def _triangular_tangent(
    d: Any, y: Any, a: Any, b: Any, *, trans: int = 0, lower: bool = False, unit_diagonal: bool = False
) -> Any:
    d = _part(d, lower, unit_diagonal)
    d = h(d) if trans == 2 else t(d) if trans else d
    return -triangular(a, np.matmul(d, y), trans=trans, lower=lower, unit_diagonal=unit_diagonal)


def _triangular_right(
    d: Any, y: Any, a: Any, b: Any, *, trans: int = 0, lower: bool = False, unit_diagonal: bool = False
) -> Any:
    return triangular(a, d, trans=trans, lower=lower, unit_diagonal=unit_diagonal)


general(triangular, _triangular_a, _triangular_b, jvps=[_triangular_tangent, _triangular_right], keeps="y 0")

TRANS = {0: 0, 1: 1, 2: 2, "N": 0, "T": 1, "C": 2}


def solve_triangular(
    a: Any,
    b: Any,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    *,
    check_finite: bool = True,
) -> Any:
    """Solve ``a x = b`` with a triangular matrix, of which the other triangle isn't read.

    Parameters
    ----------
    a : array_like, shape (n, n)
    b : array_like, shape (n,) or (n, k)
    trans : {0, 1, 2, "N", "T", "C"}
        Solve with the matrix, its transpose, or its conjugate transpose.
    lower, unit_diagonal : bool
        Which triangle is read; take its diagonal for ones.
    check_finite : bool
        Raise where an argument holds infinities or NaN.
    """
    check_values(check_finite, a, b)
    square(a, "solve_triangular")
    if np.ndim(b) not in (1, 2):
        raise ShapeError(f"tape.scipy.linalg.solve_triangular: b has shape {np.shape(b)}, not (n,) or (n, k)")
    return triangular(a, b, trans=TRANS[trans], lower=bool(lower), unit_diagonal=bool(unit_diagonal))


def cholesky(a: Any, lower: bool = False, *, check_finite: bool = True) -> Any:
    """Return the Cholesky factor, upper (``a = u^H u``) unless ``lower``; only that triangle of ``a`` is read."""
    check_values(check_finite, a)
    square(a, "cholesky")
    if lower:
        return np.linalg.cholesky(a)
    return h(np.linalg.cholesky(h(a)))


def cho_factor(a: Any, lower: bool = False, *, check_finite: bool = True) -> tuple[Any, bool]:
    """Return what :func:`cho_solve` takes; the other triangle is zero, where SciPy leaves what it finds."""
    return cholesky(a, lower, check_finite=check_finite), bool(lower)


def cho_solve(c_and_lower: tuple[Any, bool], b: Any, *, check_finite: bool = True) -> Any:
    """Solve ``a x = b``, given a Cholesky factor of ``a`` and whether it is the lower one."""
    c, lower = c_and_lower
    check_values(check_finite, c, b)
    first = solve_triangular(c, b, trans=0 if lower else 2, lower=lower, check_finite=False)
    return solve_triangular(c, first, trans=2 if lower else 0, lower=lower, check_finite=False)


# --------------------------------------------------------------------- general systems


def lu_solve(lu_and_piv: tuple[Any, Any], b: Any, trans: int = 0, *, check_finite: bool = True) -> Any:
    """Solve ``a x = b``, given :func:`lu_factor` of ``a``.

    Parameters
    ----------
    lu_and_piv : (array_like, array_like)
        Of shapes (n, n) and (n,).
    b : array_like, shape (n,) or (n, k)
    trans : {0, 1, 2}
        Solve with the matrix, its transpose, or its conjugate transpose.
    check_finite : bool
        Raise where an argument holds infinities or NaN.

    Raises
    ------
    ShapeError
        Shapes that don't fit together.
    """
    both, piv = lu_and_piv
    check_values(check_finite, both, b)
    square(both, "lu_solve")
    if np.ndim(b) not in (1, 2) or np.shape(b)[:1] != np.shape(both)[:1]:
        raise ShapeError(
            f"tape.scipy.linalg.lu_solve: b has shape {np.shape(b)}, not (n,) or (n, k) for lu of shape"
            f" {np.shape(both)}"
        )
    turn = permutation(piv, dtype=np.real(both).dtype)
    if TRANS[trans] == 0:
        first = solve_triangular(both, turn @ b, lower=True, unit_diagonal=True, check_finite=False)
        return solve_triangular(both, first, check_finite=False)
    first = solve_triangular(both, b, trans=trans, check_finite=False)
    return turn.T @ solve_triangular(both, first, trans=trans, lower=True, unit_diagonal=True, check_finite=False)


def solve(a: Any, b: Any, *, check_finite: bool = True, assume_a: str | None = None, transposed: bool = False) -> Any:
    """Solve ``a x = b``, or with the transpose of ``a``; structure other than "gen" or None isn't supported."""
    if assume_a not in (None, "gen"):
        raise OptionError(f"tape.scipy.linalg.solve(assume_a={assume_a!r}) has no rule: leave it out, or cho_solve")
    check_values(check_finite, a, b)
    square(a, "solve")
    return np.linalg.solve(t(a) if transposed else a, b)


def inv(a: Any, *, check_finite: bool = True) -> Any:
    """Return the inverse of matrices."""
    check_values(check_finite, a)
    return np.linalg.inv(a)


def det(a: Any, *, check_finite: bool = True) -> Any:
    """Return the determinant of matrices."""
    check_values(check_finite, a)
    return np.linalg.det(a)


# ---------------------------------------------------------------------- banded systems


@ours
def banded(ab: Any, b: Any, *, bands: tuple[int, int]) -> Any:
    """Solve one banded system, as ``scipy.linalg.solve_banded``."""
    return sl.solve_banded(bands, ab, b, check_finite=False)


def _shifted(v: Any, s: int) -> Any:
    """Return ``v[j + s]`` along the first axis, zeros from beyond its ends."""
    n = np.shape(v)[0]
    s = max(-n, min(n, s))
    rest = np.zeros((abs(s), *np.shape(v)[1:]), v.dtype)
    return np.concatenate([v[s:], rest]) if s >= 0 else np.concatenate([rest, v[:s]])


def _turned(ab: Any, bands: tuple[int, int]) -> Any:
    """Return the bands of the transpose."""
    low, up = bands
    return np.stack([_shifted(ab[up + low - r], r - low) for r in range(low + up + 1)])


def _banded_product(ab: Any, x: Any, bands: tuple[int, int]) -> Any:
    """Multiply a banded matrix; the corners of the bands, outside of it, are shifted out."""
    products = ab[..., None] * _columns(x)
    total: Any = 0
    for r in range(sum(bands) + 1):
        total = total + _shifted(products[r], bands[1] - r)
    return total[:, 0] if np.ndim(x) == 1 else total


def _banded_b(g: Any, y: Any, ab: Any, b: Any, *, bands: tuple[int, int]) -> Any:
    return banded(conj(_turned(ab, bands)), g, bands=bands[::-1])


def _banded_a(g: Any, y: Any, ab: Any, b: Any, *, bands: tuple[int, int]) -> Any:
    gb, x = _columns(_banded_b(g, y, ab, b, bands=bands)), conj(_columns(y))
    return -np.stack([np.sum(_shifted(gb, r - bands[1]) * x, axis=-1) for r in range(sum(bands) + 1)])


general(
    banded,
    _banded_a,
    _banded_b,
    jvps=[
        lambda d, y, ab, b, *, bands: -banded(ab, _banded_product(d, y, bands), bands=bands),
        lambda d, y, ab, b, *, bands: banded(ab, d, bands=bands),
    ],
    keeps="y 0",
)


def solve_banded(l_and_u: tuple[int, int], ab: Any, b: Any, *, check_finite: bool = True) -> Any:
    """Solve ``a x = b`` with a banded matrix, in time that is linear in its size.

    Parameters
    ----------
    l_and_u : (int, int)
        How many diagonals there are below and above the main one.
    ab : array_like, shape (l + u + 1, n)
        The diagonals: ``ab[u + i - j, j] == a[i, j]``.
    b : array_like, shape (n,) or (n, k)
    check_finite : bool
        Raise where an argument holds infinities or NaN.
    """
    check_values(check_finite, ab, b)
    low, up = (int(k) for k in l_and_u)
    if np.ndim(ab) != 2 or np.shape(ab)[0] != low + up + 1 or np.ndim(b) not in (1, 2):
        raise ShapeError(
            f"solve_banded: ab of shape {np.shape(ab)} for {(low, up)} diagonals, b of shape {np.shape(b)}"
        )
    return banded(ab, b, bands=(low, up))


# ------------------------------------------------------------------ structured matrices


def toeplitz(c: Any, r: Any = None) -> Any:
    """Return the matrix of constant diagonals with a first column and a first row (the conjugate of ``c``)."""
    if np.ndim(c) != 1 or (r is not None and np.ndim(r) != 1):
        raise ShapeError(
            f"toeplitz takes vectors, not shapes {np.shape(c)} and {np.shape(r) if r is not None else None}"
        )
    r = conj(c) if r is None else r
    n, m = np.shape(c)[0], np.shape(r)[0]
    values = np.concatenate([c[::-1], r[1:]])
    return values[n - 1 - np.arange(n)[:, None] + np.arange(m)]


def circulant(c: Any) -> Any:
    """Return the matrix whose columns are a vector, rotated."""
    c = np.asarray(c) if isinstance(c, (list, tuple)) else c
    n = np.shape(c)[0]
    return c[(np.arange(n)[:, None] - np.arange(n)) % n]


def block_diag(*arrs: Any) -> Any:
    """Return matrices along a diagonal, zeros elsewhere; vectors count as one row."""
    mats = [np.reshape(a, (1, -1)) if np.ndim(a) < 2 else a for a in arrs]
    dtype = np.result_type(*(a.dtype if type(a) is Var else np.asarray(a) for a in mats))
    width = sum(np.shape(a)[1] for a in mats)
    rows: list[Any] = []
    start = 0
    for a in mats:
        n, m = np.shape(a)
        rows.append(np.concatenate([np.zeros((n, start), dtype), a, np.zeros((n, width - start - m), dtype)], axis=1))
        start += m
    return np.concatenate(rows, axis=0)
