"""Roots and minima, differentiable in the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.optimize as so

from tape import transforms
from tape.containers import flatten, unflatten
from tape.errors import DegenerateError, InputTypeError, OptionError, ShapeError
from tape.record import Var
from tape.scipy.apart import held
from tape.scipy.implicit import solution
from tape.scipy.lacking import lacking

__all__ = ["minimize", "newton", "root"]

__tape__ = True

if not TYPE_CHECKING:
    __getattr__ = lacking("optimize")


def _parameters(args: Any) -> tuple[list[Any], Any]:
    """Return the parameters that move, and what makes all of them of these: the rest are constants."""
    leaves, spec = flatten(args if isinstance(args, tuple) else (args,))
    moving = [k for k, a in enumerate(leaves) if type(a) is Var or np.asarray(a).dtype.kind in "fc"]

    def whole(some: tuple[Any, ...]) -> Any:
        call = list(leaves)
        for k, value in zip(moving, some, strict=True):
            call[k] = value
        return unflatten(spec, call)

    return [leaves[k] for k in moving], whole


def _start(x0: Any, name: str) -> Any:
    start = np.asarray(held(x0))
    if start.dtype.kind == "c":
        raise InputTypeError(f"tape.scipy.optimize.{name}: x0 is complex: solve for the real and the imaginary parts")
    return start.astype(float)


def _plain(value: Any, name: str, shape: tuple[int, ...]) -> None:
    """Check what the user's function returns of plain arrays."""
    if type(value) is Var:
        raise InputTypeError(
            f"tape.scipy.optimize.{name}: the function closes over a variable, which the solution would have no"
            " derivative in: pass it in args"
        )
    if np.shape(value) != shape:
        raise ShapeError(
            f"tape.scipy.optimize.{name}: the function returns an array of shape {np.shape(value)}, not {shape}"
        )


def _refused(name: str, **options: Any) -> None:
    for key, value in options.items():
        if value is not None and not (isinstance(value, (tuple, list)) and not value):
            raise OptionError(
                f"tape.scipy.optimize.{name}({key}=) isn't supported: leave it out"
                + (" (derivatives are given to the solver)" if key in ("jac", "hess", "hessp", "fprime") else "")
            )


def _stacked(value: Any) -> Any:
    return np.stack(list(value)) if isinstance(value, (list, tuple)) else value


def root(
    fun: Any,
    x0: Any,
    args: Any = (),
    method: str = "hybr",
    jac: Any = None,
    tol: float | None = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    """Solve ``fun(x, *args) = 0``, as ``scipy.optimize.root``; the solution is differentiable in ``args``.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)`` of the shape of ``x``, in NumPy calls. Parameters to be differentiated are passed as ``args``:
        closing over a variable is an error.
    x0 : array_like
        Where to start: no derivative with respect to it, as the solution doesn't depend on it.
    args : tuple
        Parameters: arrays, or nested containers of arrays.
    method, tol, options
        As SciPy takes them. The Jacobian is given to it.
    jac, callback
        Not supported.

    Returns
    -------
    scipy.optimize.OptimizeResult
        ``x`` is recorded; the other fields are SciPy's.

    Raises
    ------
    InputTypeError
        ``fun`` closes over a variable, or ``x0`` is complex.
    RuntimeError
        The solver didn't converge: there is no solution to differentiate.
    DegenerateError
        In the sweep, where the Jacobian is singular at the solution, or so near to it that it can't be told.
    """
    _refused("root", jac=jac, callback=callback)
    moving, whole = _parameters(args)
    start = _start(x0, "root")
    results: list[Any] = []

    def equations(x: Any, *some: Any) -> Any:
        return _stacked(fun(x, *whole(some)))

    def solver(*values: Any) -> Any:
        _plain(equations(start, *values), "root", start.shape)
        flat = lambda x: np.ravel(equations(np.reshape(x, start.shape), *values))
        jac = {"jac": transforms.jacobian(flat)} if method in ("hybr", "lm") else {}
        found = so.root(flat, np.ravel(start), method=method, tol=tol, options=options, **jac)
        if not found.success:
            raise RuntimeError(f"tape.scipy.optimize.root found no solution: {found.message}")
        results.append(found)
        return np.reshape(found.x, start.shape)

    x = solution(*moving, equations=equations, solver=solver)
    found = results.pop()
    found.x = x
    return found


def newton(func: Any, x0: Any, fprime: Any = None, args: Any = (), tol: float = 1e-10) -> Any:
    """Return a root of a function of one number, differentiable in ``args``: :func:`root` of a 0-d unknown.

    The derivative is given to the solver: ``fprime`` isn't supported.
    """
    _refused("newton", fprime=fprime)
    if np.ndim(x0):
        raise ShapeError(f"tape.scipy.optimize.newton starts at one number, not an array of shape {np.shape(x0)}")
    return root(func, x0, args, tol=tol).x


GRADIENT = ("CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "SLSQP", "dogleg", "trust-ncg", "trust-krylov", "trust-exact")
HESSIAN = ("dogleg", "trust-ncg", "trust-krylov", "trust-exact")
BOUNDED = ("L-BFGS-B", "TNC", "SLSQP", "Nelder-Mead", "Powell", "trust-constr", "COBYLA", "COBYQA")

NEAR = 1e-7
"""How near to a bound, beside the unknown and one, its minimum must not be for it to be told from one on the bound."""


def minimize(
    fun: Any,
    x0: Any,
    args: Any = (),
    method: str | None = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: float | None = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    """Minimise ``fun(x, *args)``, as ``scipy.optimize.minimize``; the minimum is differentiable in ``args``.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, a number, in NumPy calls; smooth at the minimum. Parameters to be differentiated are passed
        as ``args``: closing over a variable is an error.
    x0 : array_like
        Where to start: no derivative with respect to it.
    args : tuple
        Parameters: arrays, or nested containers of arrays.
    method : str, optional
        BFGS if left out, L-BFGS-B with bounds.
    bounds : sequence of (min, max) or scipy.optimize.Bounds, optional
        One pair for each element of ``x``, None for no bound. In pairs, a bound may be a variable.
    tol, options
        As SciPy takes them. The gradient is given to it.
    jac, hess, hessp, constraints, callback
        Not supported.

    Returns
    -------
    scipy.optimize.OptimizeResult
        ``x`` and ``fun`` are recorded; the other fields are SciPy's.

    Raises
    ------
    InputTypeError
        ``fun`` closes over a variable, or ``x0`` is complex.
    RuntimeError
        The solver didn't converge.
    DegenerateError
        In the sweep: the Hessian is singular at the minimum, or so near to it that it can't be told; or the gradient
        vanishes in an unknown that lies on its bound, which has one derivative to each side.

    Notes
    -----
    The minimum is differentiated as the root of the gradient, and is as accurate as that is zero: Newton's steps with
    the Hessian are taken at the end, where they bring it closer. Unknowns on a bound move with the bound, the others
    as a minimum in which these are held: Fiacco (1976), Sensitivity analysis for nonlinear programming using penalty
    methods.
    """
    _refused("minimize", jac=jac, hess=hess, hessp=hessp, constraints=constraints, callback=callback)
    start = _start(x0, "minimize")
    method = method or ("BFGS" if bounds is None else "L-BFGS-B")
    if bounds is not None and method not in BOUNDED:
        raise OptionError(f"tape.scipy.optimize.minimize(method={method!r}) takes no bounds: {', '.join(BOUNDED)} do")
    low, high = _bounds(bounds, start)
    moving, whole = _parameters(args)
    results: list[Any] = []

    def slopes(x: Any, some: tuple[Any, ...]) -> Any:
        return transforms.grad(lambda x: fun(x, *whole(some)))(x)

    def solver(low: Any, high: Any, *values: Any) -> Any:
        flat = lambda x: fun(np.reshape(x, start.shape), *whole(values))
        value = flat(start)
        _plain(value, "minimize", np.shape(value) if np.size(value) == 1 else ())
        given: dict[str, Any] = {"jac": transforms.grad(flat)} if method in GRADIENT else {}
        if method in HESSIAN:
            given["hess"] = transforms.hessian(flat)
        if bounds is not None:
            given["bounds"] = so.Bounds(np.ravel(low), np.ravel(high))  # type: ignore[arg-type]
        found = so.minimize(flat, np.ravel(start), method=method, tol=tol, options=options, **given)
        x = _polished(flat, np.ravel(found.x), np.ravel(low), np.ravel(high))
        g = transforms.grad(flat)(x)
        inward = np.where(x <= np.ravel(low), np.minimum(g, 0), np.where(x >= np.ravel(high), np.maximum(g, 0), g))
        if not found.success and not np.max(np.abs(inward), initial=0) < 1e-4 * (1 + abs(found.fun)):
            raise RuntimeError(f"tape.scipy.optimize.minimize found no minimum: {found.message}")
        results.append(found)
        return np.reshape(x, start.shape)

    def near(y: Any, low: Any, high: Any, *values: Any) -> Any:
        g = slopes(y, values)
        flat = lambda x: fun(np.reshape(x, start.shape), *whole(values))
        if bounds is not None:
            _told_apart(y, g, low, high, np.reshape(np.diagonal(transforms.hessian(flat)(np.ravel(y))), start.shape))
        below = (y <= low) & ((g > 0) | (y < high))
        above = (y >= high) & ~below

        def equations(x: Any, low: Any, high: Any, *some: Any) -> Any:
            if not np.any(below | above):
                return slopes(x, some)
            return np.where(below, x - low, np.where(above, x - high, slopes(x, some)))

        return equations

    x = solution(low, high, *moving, equations=None, solver=solver, near=near)
    found = results.pop()
    found.x, found.fun = x, fun(x, *whole(tuple(moving)))
    return found


def _bounds(bounds: Any, start: Any) -> tuple[Any, Any]:
    """Return lower and upper bounds of the shape of the unknown, infinite where there are none."""
    if bounds is None:
        return np.full(start.shape, -np.inf), np.full(start.shape, np.inf)
    if isinstance(bounds, so.Bounds):
        sides: tuple[Any, Any] = bounds.lb, bounds.ub
        return tuple(np.reshape(np.broadcast_to(side, start.size), start.shape).astype(float) for side in sides)  # type: ignore[return-value]
    pairs = [tuple(pair) for pair in bounds]
    if len(pairs) != start.size or any(len(pair) != 2 for pair in pairs):
        raise ShapeError(
            f"tape.scipy.optimize.minimize: bounds are one pair (min, max) for each of the {start.size} unknowns, not"
            f" {len(pairs)}"
        )
    low = [-np.inf if a is None else a for a, _ in pairs]
    high = [np.inf if b is None else b for _, b in pairs]
    return np.reshape(np.stack(low), start.shape), np.reshape(np.stack(high), start.shape)


def _told_apart(y: Any, g: Any, low: Any, high: Any, curvature: Any) -> None:
    """Raise where an unknown is near to a bound, and so is the minimum along it without bounds; or far from both."""
    small = NEAR * (1 + np.abs(y))
    astray = (y > low) & (y < high) & (np.abs(g) > 1e-3 * (1 + np.abs(y)) * np.abs(curvature))
    if np.any(astray):
        raise DegenerateError(
            f"tape.scipy.optimize.minimize: the solver stopped far from the minimum in unknown"
            f" {np.flatnonzero(astray)[0]}: give a lesser tol, or another method"
        )
    for bound, push in ((low, g), (high, -g)):
        weak = (np.abs(y - bound) <= small) & (push <= small * np.abs(curvature)) & (low < high)
        if np.any(weak):
            raise DegenerateError(
                f"tape.scipy.optimize.minimize: unknown {np.flatnonzero(weak)[0]} lies on its bound, where the gradient"
                " vanishes: the minimum has one derivative to each side"
            )


def _polished(f: Any, x: Any, low: Any, high: Any) -> Any:
    """Take Newton's steps while they make the gradient smaller, in the unknowns that aren't on their bounds.

    Some solvers stop just before a bound: an unknown is put on it where the minimum along it is beyond.
    """
    free = np.ones(x.shape, bool)
    if np.any(np.isfinite(low) | np.isfinite(high)):
        g = transforms.grad(f)(x)
        curvature, close = np.abs(np.diagonal(transforms.hessian(f)(x))), 1e-2 * (1 + np.abs(x))
        below = (x - low <= close) & (g > 0) & (g >= (x - low) * curvature)
        above = (high - x <= close) & (g < 0) & (-g >= (high - x) * curvature)
        x, free = np.where(below, low, np.where(above, high, x)), ~(below | above)
    if not np.any(free):
        return x
    g = transforms.grad(f)(x)
    for _ in range(5):
        there = x.copy()
        try:
            there[free] -= np.linalg.solve(transforms.hessian(f)(x)[np.ix_(free, free)], g[free])
        except np.linalg.LinAlgError:
            return x
        if not np.all((there >= low) & (there <= high)):
            return x
        after = transforms.grad(f)(there)
        if not np.max(np.abs(after[free])) < np.max(np.abs(g[free])):
            return x
        x, g = there, after
    return x
