"""Eigenvalues and eigenvectors of ``A + t B``, tridiagonal and symmetric, as power series about a parameter ``t``.

The coefficients of Mathieu and of spheroidal functions are such vectors. Each further coefficient of the series is the
solution of one and the same system of equations, which is regular since the eigenvalues of a class never meet: Kato
(1966), Perturbation Theory for Linear Operators, II.2.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg

from tape.errors import NoRuleError

__tape__ = True

LARGEST = 2000
"""Rows at most: the systems are dense, and further coefficients would take minutes."""


class Pencil(NamedTuple):
    """Two symmetric tridiagonal matrices, ``A`` diagonal: the diagonals, and what stands beside that of ``B``."""

    fixed: Any
    diagonal: Any
    beside: Any


def series(pencil: Pencil, index: int, t: float, order: int) -> tuple[Any, Any]:
    """Return Taylor's coefficients of an eigenvalue, counted from the lowest, and of its vector, of unit length.

    The vector's sign is whatever LAPACK made it.
    """
    fixed, diagonal, beside = pencil
    size = len(fixed)
    d, e = fixed + t * diagonal, t * beside
    found, vectors = scipy.linalg.eigh_tridiagonal(d, e, select="i", select_range=(index, index))
    values, v = np.empty(order + 1), np.empty((order + 1, size))
    values[0], v[0] = found[0], vectors[:, 0]

    def times(diagonal: Any, beside: Any, x: Any) -> Any:
        y = diagonal * x
        y[:-1] += beside * x[1:]
        y[1:] += beside * x[:-1]
        return y

    system = np.zeros((size + 1, size + 1))
    rows = np.arange(size - 1)
    system[rows, rows + 1] = system[rows + 1, rows] = e
    scale, factors = np.ones(size + 1), None
    for _ in range(3):  # Newton's method: LAPACK's errors are as large as the largest entries make them
        off = d - values[0]
        scale[:size] = 1 / np.sqrt(1 + np.abs(off) + abs(t))
        np.fill_diagonal(system[:size, :size], off)
        system[size, :size], system[:size, size] = v[0], -v[0]
        factors = scipy.linalg.lu_factor(system * scale[:, None] * scale, check_finite=False)
        right = scale * np.append(-times(off, e, v[0]), (1 - v[0] @ v[0]) / 2)
        step = scale * scipy.linalg.lu_solve(factors, right, check_finite=False)
        v[0], values[0] = v[0] + step[:size], values[0] + step[size]
    for k in range(1, order + 1):
        right = -times(diagonal, beside, v[k - 1]) + values[1:k] @ v[k - 1 : 0 : -1]
        length = -0.5 * np.sum(v[1:k] * v[k - 1 : 0 : -1])
        step = scale * scipy.linalg.lu_solve(factors, scale * np.append(right, length), check_finite=False)
        v[k], values[k] = step[:size], step[size]
    return values, v


def enough(size: float, name: str) -> int:
    """Return a number of rows as an integer.

    Raises
    ------
    NoRuleError
        They are too many.
    """
    if size > LARGEST:
        raise NoRuleError(
            f"scipy.special.{name}: the derivative in its parameter isn't computed of one so large ({size:.0f}"
            f" coefficients; the most are {LARGEST}). Give the parameter as a constant (.value)"
        )
    return math.ceil(size)
