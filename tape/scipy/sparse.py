"""Products with sparse matrices, which are constants: ``matmul(S, x)`` in place of ``S @ x``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sparse

from tape.errors import InputTypeError, ShapeError
from tape.primitive import ours
from tape.rule import linear
from tape.scipy.lacking import lacking

__all__ = ["matmul"]

__tape__ = True

if not TYPE_CHECKING:
    __getattr__ = lacking("sparse")


@ours
def product(data: Any, columns: Any, starts: Any, x: Any, *, shape: tuple[int, int], turned: bool) -> Any:
    """Multiply a matrix of compressed rows, or its transpose, and an array: its parts are guarded as constants."""
    s = sparse.csr_array((data, columns, starts), shape=shape)
    return (s.T if turned else s) @ x


def _product(g: Any, y: Any, data: Any, columns: Any, starts: Any, x: Any, *, shape: Any, turned: bool) -> Any:
    return product(data, columns, starts, g, shape=shape, turned=not turned)


linear(product, None, None, None, _product)


def matmul(a: Any, b: Any) -> Any:
    """Multiply a sparse matrix and an array, in either order.

    Parameters
    ----------
    a, b : sparse matrix and array_like
        One is a sparse matrix or array of ``scipy.sparse``, of shape (m, n): a constant. The other is a vector or a
        matrix, which may be a variable.

    Returns
    -------
    ndarray
        The product, dense.
    """
    if sparse.issparse(a) == sparse.issparse(b):
        raise InputTypeError("tape.scipy.sparse.matmul multiplies a sparse matrix and an array: give one of each")
    s, x = (a, b) if sparse.issparse(a) else (b, a)
    if np.ndim(x) not in (1, 2) or s.ndim != 2:
        raise ShapeError(
            f"tape.scipy.sparse.matmul: {np.shape(a)} and {np.shape(b)} aren't a matrix and a vector or one"
        )
    rows = s.tocsr()
    held = rows.data, rows.indices, rows.indptr
    if s is a:
        return product(*held, x, shape=rows.shape, turned=False)
    return product(*held, x.T, shape=rows.shape, turned=True).T
