"""What equations determine, differentiated by the implicit function theorem.

How a solution was found doesn't matter, only what it solves: its derivative is that of ``f(x, *args) = 0``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tape import transforms
from tape.errors import DegenerateError
from tape.primitive import ours
from tape.rule import general
from tape.scipy.apart import apart, held

__tape__ = True

SINGULAR = (
    "the equations that a solution is differentiated by are singular there: it isn't determined, or moves at an"
    " infinite rate"
)


@ours
def solution(*args: Any, equations: Any, solver: Any, near: Any = None) -> Any:
    """Return the solution of ``equations(x, *args) = 0``, as ``solver(*args)`` finds it.

    ``near(y, *args)``, if it is given, makes the equations that hold in a neighbourhood of the solution ``y``.
    """
    return np.array(apart(solver, *args), float)


def _local(y: Any, args: tuple[Any, ...], equations: Any, near: Any) -> Any:
    return equations if near is None else apart(near, held(y), *held(args))


def _system(y: Any, args: tuple[Any, ...], equations: Any) -> Any:
    """Return the Jacobian of the equations in the unknowns, as a square matrix."""
    n = int(np.size(y))

    def jacobian(x: Any, *args: Any) -> Any:
        return np.reshape(transforms.jacobian(lambda x: equations(x, *args))(x), (n, n))

    found = jacobian(y, *args)
    if n:
        apart(_check, held(y), held(found), lambda x: equations(x, *held(args)), lambda x: jacobian(x, *held(args)))
    return found


def _check(y: Any, matrix: Any, f: Callable[[Any], Any], jacobian: Callable[[Any], Any]) -> None:
    """Raise where the Jacobian is singular, or is another one a Newton's step on, so that it can't be told.

    That step is below rounding at a solution that is determined. Rows and columns are brought to one size, so that
    units don't matter.
    """
    rows = np.max(np.abs(matrix), axis=1, keepdims=True)
    if not np.all(rows > 0):
        raise DegenerateError(SINGULAR)
    columns = np.max(np.abs(matrix / rows), axis=0)
    if not np.all(columns > 0) or np.linalg.matrix_rank(matrix / rows / columns) < matrix.shape[0]:
        raise DegenerateError(SINGULAR)
    even = matrix / rows / columns
    residual = np.ravel(f(y)).astype(float)
    step = np.linalg.solve(even, -residual / rows[:, 0]) / columns
    there = y + np.reshape(step, np.shape(y)) + 16 * np.finfo(float).eps * np.abs(y)
    change = np.linalg.solve(even, (jacobian(there) - matrix) / rows / columns)
    if not np.max(np.sum(np.abs(change), axis=1)) < 0.25:
        raise DegenerateError(
            f"{SINGULAR}; or the solver stopped far from the solution, where Newton's method doesn't converge"
        )


def _moving(args: tuple[Any, ...]) -> list[int]:
    """Return which parameters are of floats."""
    return [k for k, a in enumerate(args) if np.asarray(held(a)).dtype.kind in "fc"]


def _closed(equations: Any, y: Any, args: tuple[Any, ...], moving: list[int]) -> Any:
    def of(*some: Any) -> Any:
        call = list(args)
        for k, value in zip(moving, some, strict=True):
            call[k] = value
        return equations(y, *call)

    return of


def _adjoint(g: Any, y: Any, *args: Any, equations: Any, near: Any) -> Any:
    equations = _local(y, args, equations, near)
    weights = np.linalg.solve(_system(y, args, equations).T, -np.ravel(g))
    moving = _moving(args)
    _, pullback = transforms.vjp(_closed(equations, y, args, moving), *(args[k] for k in moving))
    found: list[Any] = [None] * len(args)
    back = pullback(np.reshape(weights, np.shape(y)))
    for k, c in zip(moving, back, strict=True):
        found[k] = c
    return found


def _tangent(d: Any, y: Any, *args: Any, equations: Any, solver: Any, near: Any = None) -> Any:
    moving = [k for k, one in enumerate(d) if one is not None]
    if not moving:
        return np.zeros_like(y)
    equations = _local(y, args, equations, near)
    f = _closed(equations, y, args, moving)
    change = transforms.jvp(f, [args[k] for k in moving], [d[k] for k in moving])[1]
    return np.reshape(np.linalg.solve(_system(y, args, equations), -np.ravel(change)), np.shape(y))


general(
    solution,
    joint=lambda g, y, *args, equations, solver, near=None: apart(
        lambda g, y, *args: _adjoint(g, y, *args, equations=equations, near=near), g, y, *args
    ),
    jvp=_tangent,
    bind=lambda args, options: (args, options),
)
