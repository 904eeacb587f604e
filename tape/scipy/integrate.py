"""Initial value problems, differentiable in the initial state, in parameters, and in what the right side closes over.

The derivative is the exact one of the numbers that are returned, with the steps that the solver chose held: SciPy
solves the problem once and chooses the steps, then the same Runge-Kutta steps are recorded, and swept in reverse as any
program is. That is the discrete adjoint: Hairer, Nørsett and Wanner (1993), Solving Ordinary Differential Equations I;
Sandu (2006), On the properties of Runge-Kutta discrete adjoints. Memory grows with the number of steps.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import scipy.integrate as si

from tape.errors import OptionError
from tape.scipy.apart import apart, held

__tape__ = True

METHODS: dict[str, Any] = {"RK45": si.RK45, "RK23": si.RK23}


def _stacked(value: Any) -> Any:
    return np.stack(list(value)) if isinstance(value, (list, tuple)) else value


def solve_ivp(
    fun: Any,
    t_span: Any,
    y0: Any,
    method: str = "RK45",
    t_eval: Any = None,
    *,
    args: tuple[Any, ...] = (),
    rtol: float = 1e-3,
    atol: Any = 1e-6,
    first_step: float | None = None,
    max_step: float = np.inf,
) -> Any:
    """Solve ``dy/dt = fun(t, y, *args)``, as ``scipy.integrate.solve_ivp``.

    Parameters
    ----------
    fun : callable
        The right side, in NumPy calls: an array or a list of the shape of ``y``.
    t_span : (float, float)
        From when to when; constants.
    y0 : array_like, shape (n,)
        The initial state.
    method : {"RK45", "RK23"}
        Which Runge-Kutta pair.
    t_eval : array_like, optional
        When the solution is wanted; at the solver's steps if left out.
    args : tuple
        Parameters.
    rtol, atol, first_step, max_step
        As SciPy takes them. The derivative is exact for the steps taken, whatever these are, and as close to that of
        the solution as the solver's result is to it.

    Returns
    -------
    scipy.integrate.OdeResult
        ``y``, of shape (n, times), is recorded; the other fields are SciPy's. The step sizes and ``t`` are constants.

    Raises
    ------
    OptionError
        Another method, events or options of SciPy that aren't supported.
    RuntimeError
        The solver failed.
    """
    if method not in METHODS:
        raise OptionError(f"tape.scipy.integrate.solve_ivp(method={method!r}) has no rule: RK45 and RK23 have")
    values = held(args)

    def plain(t: Any, y: Any) -> Any:
        return held(fun(t, y, *values))

    span = tuple(float(v) for v in t_span)
    options: dict[str, Any] = {"rtol": rtol, "atol": atol, "first_step": first_step, "max_step": max_step}
    start = np.stack(list(y0)) if isinstance(y0, (list, tuple)) else y0
    solve = lambda y: si.solve_ivp(plain, span, y, method=method, t_eval=t_eval, dense_output=True, **options)
    result = apart(solve, held(start))
    if not result.success:
        raise RuntimeError(f"tape.scipy.integrate.solve_ivp: {result.message}")
    steps = np.asarray(result.sol.ts)
    states = _states(METHODS[method], lambda t, y: _stacked(fun(t, y, *args)), start, steps, t_eval)
    result.y = np.stack(states, axis=-1) if states else np.zeros((np.shape(start)[0], 0))
    result.sol = None
    return result


def _states(pair: Any, f: Any, y: Any, steps: Any, times: Any) -> list[Any]:
    """Take the steps of a Runge-Kutta pair again; return the states at the steps, or at given times."""
    wanted = None if times is None else np.asarray(times, float)
    found = [y] if wanted is None else []
    forwards = steps[-1] >= steps[0]
    slope = f(steps[0], y)
    for number, (t, after) in enumerate(pairwise(steps)):
        h = after - t
        slopes = [slope]
        for a, c in zip(pair.A[1:], pair.C[1:], strict=True):
            slopes.append(f(t + c * h, y + h * _combined(slopes, a)))
        new = y + h * _combined(slopes, pair.B)
        slope = f(after, new)
        if wanted is None:
            found.append(new)
        else:
            low, high = (t, after) if forwards else (after, t)
            inside = (wanted >= low) & (wanted <= high) if number == 0 else (wanted > low) & (wanted <= high)
            if not forwards and number:
                inside = (wanted >= low) & (wanted < high)
            for s in (wanted[inside] - t) / h:
                powers = np.cumprod(np.full(pair.P.shape[1], s))
                found.append(y + h * _combined([*slopes, slope], pair.P @ powers))
        y = new
    return found


def _combined(slopes: list[Any], weights: Any) -> Any:
    """Return the sum of slopes, each times its weight."""
    total: Any = 0.0
    for k, w in zip(slopes, weights, strict=False):
        if w:
            total = total + float(w) * k
    return total
