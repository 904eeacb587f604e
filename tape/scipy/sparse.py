"""Products with sparse matrices, which are constants: ``matmul(S, x)`` in place of ``S @ x``."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sparse

from tape.errors import InputTypeError, ShapeError
from tape.primitive import ours
from tape.rule import linear

__tape__ = True


@ours
def product(s: Any, x: Any) -> Any:
    """Multiply a sparse matrix and a plain array, from the left."""
    return s @ x


linear(product, None, lambda g, y, s, x: product(s.T, g))


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
    if s is a:
        return product(s, x)
    return product(s.T, x.T).T
