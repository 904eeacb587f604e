"""Products of matrices and of arrays: each adjoint is a product of the same kind, with the operand's place given to g.

A product of a stack of matrices with one matrix is a single product of tall matrices, and so are its adjoints: one
call of BLAS each, on transposes that are views.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from tape.errors import OptionError
from tape.rule import composite, general, linear

__tape__ = True


def t(x: Any) -> Any:
    """Swap the last two axes."""
    return np.swapaxes(x, -1, -2)


def rows(x: Any) -> Any:
    """Return a stack of matrices as one tall matrix."""
    return x if np.ndim(x) == 2 else np.reshape(x, (-1, np.shape(x)[-1]))


def conj(x: Any) -> Any:
    """Return the complex conjugate, and a real array as it is."""
    return np.conj(x) if getattr(getattr(x, "dtype", None), "kind", "") == "c" or type(x) is complex else x


# ------------------------------------------------------------------------ matmul


def _matmul_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    na, nb = np.ndim(a), np.ndim(b)
    if na == 2 and nb == 2:
        return np.matmul(g, b.T)
    if nb == 1:
        return np.expand_dims(g, -1) * b if na > 1 else g * b
    if na == 1:
        return np.matmul(b, g) if nb == 2 else np.matmul(b, np.expand_dims(g, -1))[..., 0]
    if nb == 2:
        return np.reshape(np.matmul(rows(g), b.T), np.shape(a))
    return np.matmul(g, t(b))


def _matmul_b(g: Any, y: Any, a: Any, b: Any) -> Any:
    na, nb = np.ndim(a), np.ndim(b)
    if na == 2 and nb == 2:
        return np.matmul(a.T, g)
    if na == 1:
        return np.expand_dims(a, -1) * np.expand_dims(g, -2) if nb > 1 else g * a
    if nb == 1:
        return np.matmul(np.reshape(g, (-1,)), rows(a))
    if nb == 2:
        return np.matmul(rows(a).T, rows(g))
    return np.matmul(t(a), g)


linear(np.matmul, _matmul_a, _matmul_b, like=[operator.matmul])


# --------------------------------------------------------- np.dot and its relatives


def first(count: int) -> list[int]:
    """Return the first positions."""
    return list(range(count))


def _dot_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    na, nb = np.ndim(a), np.ndim(b)
    if na == 0 or nb == 0:
        return g * b
    if nb == 1 or na <= 2 >= nb:
        return _matmul_a(g, y, a, b)
    return np.tensordot(g, b, (list(range(na - 1, na + nb - 2)), [k for k in range(nb) if k != nb - 2]))


def _dot_b(g: Any, y: Any, a: Any, b: Any) -> Any:
    na, nb = np.ndim(a), np.ndim(b)
    if na == 0 or nb == 0:
        return g * a
    if nb == 1 or na <= 2 >= nb:
        return _matmul_b(g, y, a, b)
    return np.moveaxis(np.tensordot(a, g, (first(na - 1), first(na - 1))), 0, -2)


def _inner_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    na, nb = np.ndim(a), np.ndim(b)
    if na == 0 or nb == 0:
        return g * b
    return np.tensordot(g, b, (list(range(na - 1, na + nb - 2)), first(nb - 1)))


def _inner_b(g: Any, y: Any, a: Any, b: Any) -> Any:
    na, nb = np.ndim(a), np.ndim(b)
    if na == 0 or nb == 0:
        return g * a
    return np.tensordot(g, a, (first(na - 1), first(na - 1)))


linear(np.dot, _dot_a, _dot_b)
linear(np.inner, _inner_a, _inner_b)
linear(
    np.outer,
    lambda g, y, a, b: np.reshape(np.matmul(g, np.ravel(b)), np.shape(a)),
    lambda g, y, a, b: np.reshape(np.matmul(np.ravel(a), g), np.shape(b)),
)


@composite(np.vdot)
def _vdot(a: Any, b: Any, /) -> Any:
    return np.dot(conj(np.ravel(a)), np.ravel(b))


# --------------------------------------------------------------------- tensordot


def contracted(axes: Any, na: int, nb: int) -> tuple[list[int], list[int]]:
    """Return which axes np.tensordot sums over, as two lists of positions that aren't negative."""
    if isinstance(axes, (int, np.integer)):
        return list(range(na - int(axes), na)), first(int(axes))
    of_a, of_b = ([one] if isinstance(one, (int, np.integer)) else list(one) for one in axes)
    return [int(k) % na for k in of_a], [int(k) % nb for k in of_b]


def _tensordot_a(g: Any, y: Any, a: Any, b: Any, *, axes: Any = 2) -> Any:
    na, nb = np.ndim(a), np.ndim(b)
    of_a, of_b = contracted(axes, na, nb)
    free_a, free_b = [k for k in range(na) if k not in of_a], [k for k in range(nb) if k not in of_b]
    c = np.tensordot(g, b, (list(range(len(free_a), len(free_a) + len(free_b))), free_b))
    # The axes of c: those of a that were kept, then those of b that were summed, in the order that b has them in.
    order = free_a + [of_a[of_b.index(k)] for k in sorted(of_b)]
    return np.transpose(c, np.argsort(order))


def _tensordot_b(g: Any, y: Any, a: Any, b: Any, *, axes: Any = 2) -> Any:
    na, nb = np.ndim(a), np.ndim(b)
    of_a, of_b = contracted(axes, na, nb)
    free_a, free_b = [k for k in range(na) if k not in of_a], [k for k in range(nb) if k not in of_b]
    c = np.tensordot(a, g, (free_a, first(len(free_a))))
    order = [of_b[of_a.index(k)] for k in sorted(of_a)] + free_b
    return np.transpose(c, np.argsort(order))


linear(np.tensordot, _tensordot_a, _tensordot_b)


@composite(np.kron)
def _kron(a: Any, b: Any) -> Any:
    n = max(np.ndim(a), np.ndim(b))
    sa, sb = ((1,) * (n - np.ndim(x)) + np.shape(x) for x in (a, b))
    product = np.reshape(a, [k for s in sa for k in (s, 1)]) * np.reshape(b, [k for s in sb for k in (1, s)])
    return np.reshape(product, [i * j for i, j in zip(sa, sb, strict=True)])


@composite(np.cross)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """Return the vector product of vectors of three components; two count as in a plane, as NumPy deprecates."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    m, n = np.shape(a)[-1], np.shape(b)[-1]
    if m not in (2, 3) or n not in (2, 3):
        raise ValueError(f"np.cross is of vectors of 2 or 3 components, not of {m} and {n}")
    if 2 in (m, n):
        warnings.warn("np.cross of vectors of 2 components is deprecated by NumPy", DeprecationWarning, stacklevel=2)
    a0, a1, b0, b1 = a[..., 0], a[..., 1], b[..., 0], b[..., 1]
    last = a0 * b1 - a1 * b0
    if m == n == 2:
        return last
    if m == 2:
        b2 = b[..., 2]
        parts = [a1 * b2, -(a0 * b2), last]
    elif n == 2:
        a2 = a[..., 2]
        parts = [-(a2 * b1), a2 * b0, last]
    else:
        a2, b2 = a[..., 2], b[..., 2]
        parts = [a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, last]
    return np.moveaxis(np.stack(parts, axis=-1), -1, axisc)


# ------------------------------------------------------ vectors against stacks of them

if hasattr(np, "vecdot"):  # NumPy 2.0
    general(
        np.vecdot,
        lambda g, y, a, b: np.expand_dims(conj(g), -1) * b,
        lambda g, y, a, b: np.expand_dims(g, -1) * a,
        jvps=[lambda t, y, a, b: np.vecdot(t, b), lambda t, y, a, b: np.vecdot(a, t)],
    )
if hasattr(np, "matvec"):  # NumPy 2.2
    linear(
        np.matvec,
        lambda g, y, a, b: np.expand_dims(g, -1) * np.expand_dims(b, -2),
        lambda g, y, a, b: np.matvec(t(a), g),
    )
    general(
        np.vecmat,
        lambda g, y, a, b: np.matvec(b, conj(g)),
        lambda g, y, a, b: np.expand_dims(a, -1) * np.expand_dims(g, -2),
        jvps=[lambda t, y, a, b: np.vecmat(t, b), lambda t, y, a, b: np.vecmat(a, t)],
    )

# ----------------------------------------------------------------- np.linalg's spellings


@composite(np.linalg.multi_dot)
def _multi_dot(arrays: Sequence[Any], *, out: Any = None) -> Any:
    """Multiply in the order that takes the fewest multiplications: Cormen et al., Introduction to Algorithms, 15.2."""
    if out is not None:
        raise OptionError("np.linalg.multi_dot(out=) has no rule: use the result")
    mats = list(arrays)
    if len(mats) < 2:
        raise ValueError("Expecting at least two arrays.")
    sizes = [np.shape(mats[0])[0] if np.ndim(mats[0]) > 1 else 1]
    sizes += [np.shape(m)[-1] if np.ndim(m) > 1 or k < len(mats) - 1 else 1 for k, m in enumerate(mats)]
    sizes[1] = np.shape(mats[0])[-1]
    n = len(mats)
    cost = [[0] * n for _ in range(n)]
    cut = [[0] * n for _ in range(n)]
    for span in range(1, n):
        for i in range(n - span):
            j = i + span
            cost[i][j], cut[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)
            )

    def product(i: int, j: int) -> Any:
        return mats[i] if i == j else np.dot(product(i, cut[i][j]), product(cut[i][j] + 1, j))

    return product(0, n - 1)


@composite(np.linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    if np.ndim(a) < 2 or np.shape(a)[-1] != np.shape(a)[-2]:
        raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square")
    n = operator.index(n)
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 0:
        return np.broadcast_to(np.eye(np.shape(a)[-1], dtype=a.dtype), np.shape(a)).copy()
    power, out = a, None
    while True:
        n, bit = divmod(n, 2)
        if bit:
            out = power if out is None else np.matmul(out, power)
        if not n:
            return out
        power = np.matmul(power, power)


if hasattr(np.linalg, "matmul"):  # NumPy 2.0
    composite(np.linalg.matmul)(lambda x1, x2, /: np.matmul(x1, x2))
    composite(np.linalg.outer)(lambda x1, x2, /: np.outer(x1, x2))
    composite(np.linalg.tensordot)(lambda x1, x2, /, *, axes=2: np.tensordot(x1, x2, axes))

    @composite(np.linalg.cross)
    def _cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
        if np.shape(x1)[axis] != 3 or np.shape(x2)[axis] != 3:
            raise ValueError(
                "Both input arrays must be (arrays of) 3-dimensional vectors, but they are"
                f" {np.shape(x1)[axis]} and {np.shape(x2)[axis]} dimensional instead."
            )
        return cross(x1, x2, axis=axis)

    @composite(np.linalg.vecdot)
    def _vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
        return np.vecdot(np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1))
