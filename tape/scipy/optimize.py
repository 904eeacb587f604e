"""Solutions of equations and of minimisations, differentiable in the parameters: the implicit function theorem.

How the solution was found doesn't matter, only what it solves: its derivative is that of ``f(x, *args) = 0``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.optimize as so

from tape import transforms
from tape.errors import DegenerateError, ShapeError
from tape.primitive import ours
from tape.rule import general
from tape.scipy.apart import apart, held

__tape__ = True


@ours
def solution(*args: Any, equations: Any, solver: Any) -> Any:
    """Return the solution of ``equations(x, *args) = 0``, as ``solver(*args)`` finds it."""
    return np.array(apart(solver, *args), float)


def _system(y: Any, args: tuple[Any, ...], equations: Any) -> Any:
    """Return the Jacobian of the equations in the unknowns, as a square matrix."""
    n = int(np.size(y))
    jacobian = np.reshape(transforms.jacobian(lambda x: equations(x, *args))(y), (n, n))
    if not np.linalg.matrix_rank(held(jacobian)) == n:
        raise DegenerateError(
            "the equations that a solution is differentiated by are singular there: it isn't determined, or moves at an"
            " infinite rate"
        )
    return jacobian


def _moving(args: tuple[Any, ...]) -> list[int]:
    """Return which parameters are of floats."""
    return [k for k, a in enumerate(args) if np.asarray(held(a)).dtype.kind == "f"]


def _closed(equations: Any, y: Any, args: tuple[Any, ...], moving: list[int]) -> Any:
    def of(*some: Any) -> Any:
        call = list(args)
        for k, value in zip(moving, some, strict=True):
            call[k] = value
        return equations(y, *call)

    return of


def _adjoint(g: Any, y: Any, *args: Any, equations: Any) -> Any:
    weights = np.linalg.solve(_system(y, args, equations).T, -np.ravel(g))
    moving = _moving(args)
    _, pullback = transforms.vjp(_closed(equations, y, args, moving), *(args[k] for k in moving))
    found: list[Any] = [None] * len(args)
    back = pullback(np.reshape(weights, np.shape(y)))
    for k, c in zip(moving, back, strict=True):
        found[k] = c
    return found


def _tangent(d: Any, y: Any, *args: Any, equations: Any, solver: Any) -> Any:
    moving = [k for k, one in enumerate(d) if one is not None]
    if not moving:
        return np.zeros_like(y)
    f = _closed(equations, y, args, moving)
    change = transforms.jvp(f, [args[k] for k in moving], [d[k] for k in moving])[1]
    return np.reshape(np.linalg.solve(_system(y, args, equations), -np.ravel(change)), np.shape(y))


general(
    solution,
    joint=lambda g, y, *args, equations, solver: apart(
        lambda g, y, *args: _adjoint(g, y, *args, equations=equations), g, y, *args
    ),
    jvp=_tangent,
    bind=lambda args, options: (args, options),
)


def _parameters(args: Any) -> tuple[Any, ...]:
    return args if isinstance(args, tuple) else (args,)


def _stacked(value: Any) -> Any:
    return np.stack(list(value)) if isinstance(value, (list, tuple)) else value


def root(fun: Any, x0: Any, args: Any = (), method: str = "hybr", tol: float | None = None, options: Any = None) -> Any:
    """Solve ``fun(x, *args) = 0``, as ``scipy.optimize.root``; the solution is differentiable in ``args``.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)`` of the shape of ``x``, in NumPy calls. What it closes over is a constant: parameters to be
        differentiated are passed as ``args``.
    x0 : array_like
        Where to start: no derivative with respect to it, as the solution doesn't depend on it.
    args : tuple
        Parameters.
    method, tol, options
        As SciPy takes them. The Jacobian is given to it.

    Returns
    -------
    scipy.optimize.OptimizeResult
        ``x`` is recorded; the other fields are SciPy's.

    Raises
    ------
    RuntimeError
        The solver didn't converge: there is no solution to differentiate.
    DegenerateError
        In the sweep, where the Jacobian is singular at the solution.
    """
    args = _parameters(args)
    start = np.asarray(held(x0), float)
    results: list[Any] = []

    def equations(x: Any, *some: Any) -> Any:
        return _stacked(fun(x, *some))

    def solver(*values: Any) -> Any:
        flat = lambda x: np.ravel(equations(np.reshape(x, start.shape), *values))
        jac = {"jac": transforms.jacobian(flat)} if method in ("hybr", "lm") else {}
        found = so.root(flat, np.ravel(start), method=method, tol=tol, options=options, **jac)
        if not found.success:
            raise RuntimeError(f"tape.scipy.optimize.root found no solution: {found.message}")
        results.append(found)
        return np.reshape(found.x, start.shape)

    x = solution(*args, equations=equations, solver=solver)
    found = results.pop()
    found.x = x
    return found


GRADIENT = ("CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "SLSQP", "dogleg", "trust-ncg", "trust-krylov", "trust-exact")


def minimize(
    fun: Any, x0: Any, args: Any = (), method: str = "BFGS", tol: float | None = None, options: Any = None
) -> Any:
    """Minimise ``fun(x, *args)``, as ``scipy.optimize.minimize``; the minimum is differentiable in ``args``.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, a number, in NumPy calls; smooth at the minimum. What it closes over is a constant.
    x0 : array_like
        Where to start: no derivative with respect to it.
    args : tuple
        Parameters.
    method, tol, options
        As SciPy takes them. The gradient is given to it. Bounds and constraints aren't supported.

    Returns
    -------
    scipy.optimize.OptimizeResult
        ``x`` and ``fun`` are recorded; the other fields are SciPy's.

    Notes
    -----
    The minimum is differentiated as the root of the gradient, and is as accurate as that is zero: Newton's steps with
    the Hessian are taken at the end, where they bring it closer.
    """
    args = _parameters(args)
    start = np.asarray(held(x0), float)
    results: list[Any] = []

    def solver(*values: Any) -> Any:
        flat = lambda x: fun(np.reshape(x, start.shape), *values)
        jac = {"jac": transforms.grad(flat)} if method in GRADIENT else {}
        found = so.minimize(flat, np.ravel(start), method=method, tol=tol, options=options, **jac)
        small = 1e-4 * (1 + abs(found.fun))
        if not found.success and not np.max(np.abs(transforms.grad(flat)(found.x))) < small:
            raise RuntimeError(f"tape.scipy.optimize.minimize found no minimum: {found.message}")
        results.append(found)
        return np.reshape(_polished(flat, found.x), start.shape)

    x = solution(*args, equations=transforms.grad(fun), solver=solver)
    found = results.pop()
    found.x, found.fun = x, fun(x, *args)
    return found


def _polished(f: Any, x: Any) -> Any:
    """Take Newton's steps while they make the gradient smaller."""
    g = transforms.grad(f)(x)
    for _ in range(5):
        try:
            there = x - np.linalg.solve(transforms.hessian(f)(x), g)
        except np.linalg.LinAlgError:
            return x
        after = transforms.grad(f)(there)
        if not np.max(np.abs(after), initial=0) < np.max(np.abs(g), initial=0):
            return x
        x, g = there, after
    return x


def newton(func: Any, x0: Any, args: Any = (), tol: float = 1e-10) -> Any:
    """Return a root of a function of one number, differentiable in ``args``: :func:`root` of a 0-d unknown."""
    if np.ndim(x0):
        raise ShapeError(f"tape.scipy.optimize.newton starts at one number, not an array of shape {np.shape(x0)}")
    return root(func, x0, args, tol=tol).x
