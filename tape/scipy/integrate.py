"""Initial value problems, differentiable in the initial state, in parameters, and in what the right side closes over.

The derivative is the exact one of the numbers that are returned, with the steps that the solver chose held: SciPy
solves the problem once and chooses the steps, then the same Runge-Kutta steps are recorded, and swept in reverse as any
program is. That is the discrete adjoint: Hairer, Nørsett and Wanner (1993), Solving Ordinary Differential Equations I;
Sandu (2006), On the properties of Runge-Kutta discrete adjoints. Memory grows with the number of steps.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.integrate as si

from tape.containers import flatten, unflatten
from tape.errors import DetachError, InPlaceError, InputTypeError, OptionError, ShapeError
from tape.record import Var
from tape.scipy.apart import apart, held
from tape.scipy.lacking import lacking

__all__ = ["odeint", "solve_ivp"]

__tape__ = True

if not TYPE_CHECKING:
    __getattr__ = lacking("integrate")

METHODS: dict[str, Any] = {"RK45": si.RK45, "RK23": si.RK23}


def _stacked(value: Any) -> Any:
    return np.stack(list(value)) if isinstance(value, (list, tuple)) else value


LISTED = (
    "return a list of its elements, [y[1], -k * y[0]], or fill an array made with tape.zeros(n) (on a tape of your own,"
    " within `with t:`)"
)


def _slope(fun: Any, t: float, y: Any, args: tuple[Any, ...], name: str) -> Any:
    """Return what a right side returns, as an array that it won't write into at its next call."""
    try:
        value = _stacked(fun(t, y, *args))
    except DetachError as error:
        raise DetachError(
            f"tape.scipy.integrate.{name}: the right side makes an ordinary array, or a number, of variables, which"
            f" would cut them off their tape: {LISTED}"
        ) from error
    except (InPlaceError, ValueError) as error:
        if not isinstance(error, InPlaceError) and not isinstance(error.__cause__, DetachError):
            raise
        raise InPlaceError(
            f"tape.scipy.integrate.{name}: the right side writes a variable into an ordinary array, which would cut it"
            f" off its tape: {LISTED}"
        ) from error
    return value if type(value) is Var else np.array(value)


def _constant(times: Any, name: str) -> Any:
    if any(type(v) is Var for v in flatten(times)[0]):
        raise InputTypeError(
            f"tape.scipy.integrate.{name} are constants. To differentiate in the end T, solve dy/ds = T * fun(T * s, y)"
            " from 0 to 1"
        )
    return times


def _refused(name: str, options: dict[str, Any]) -> None:
    for key, value in options.items():
        if value is not None and not (isinstance(value, (int, float)) and not value):
            raise OptionError(f"tape.scipy.integrate.{name}({key}=) isn't supported: leave it out")


def _values(args: tuple[Any, ...]) -> Any:
    """Return parameters, arrays or nested containers of arrays, as plain ones."""
    leaves, spec = flatten(args)
    return unflatten(spec, [held(one) for one in leaves])


def solve_ivp(
    fun: Any,
    t_span: Any,
    y0: Any,
    method: str = "RK45",
    t_eval: Any = None,
    dense_output: bool = False,
    events: Any = None,
    vectorized: bool = False,
    args: tuple[Any, ...] | None = None,
    *,
    rtol: Any = 1e-3,
    atol: Any = 1e-6,
    first_step: float | None = None,
    max_step: float = np.inf,
    **others: Any,
) -> Any:
    """Solve ``dy/dt = fun(t, y, *args)``, as ``scipy.integrate.solve_ivp``.

    Parameters
    ----------
    fun : callable
        The right side, in NumPy calls: an array or a list of the shape of ``y``.
    t_span : (float, float)
        From when to when; constants.
    y0 : array_like, shape (n,)
        The initial state; complex, if ``fun`` is.
    method : {"RK45", "RK23"}
        Which Runge-Kutta pair.
    t_eval : array_like, optional
        When the solution is wanted; at the solver's steps if left out. Constants.
    dense_output, events, vectorized
        Not supported.
    args : tuple, optional
        Parameters: arrays, or nested containers of arrays.
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
    InputTypeError
        A time that is a variable, or complex slopes of a real state.
    RuntimeError
        The solver failed.
    """
    if method not in METHODS:
        raise OptionError(f"tape.scipy.integrate.solve_ivp(method={method!r}) has no rule: RK45 and RK23 have")
    _refused("solve_ivp", {"dense_output": dense_output, "events": events, "vectorized": vectorized, **others})
    options: dict[str, Any] = {"rtol": rtol, "atol": atol, "first_step": first_step, "max_step": max_step}
    span = tuple(float(v) for v in _constant(t_span, "solve_ivp: t_span"))
    times = _constant(t_eval, "solve_ivp: t_eval")
    return _solved(fun, span, _stacked(y0), method, times, _tuple(args, "solve_ivp"), options, "solve_ivp")


def _tuple(args: Any, name: str) -> tuple[Any, ...]:
    if args is not None and not isinstance(args, (tuple, list)):
        raise TypeError(
            f"tape.scipy.integrate.{name}: args is a tuple, (p,) of one parameter, not {type(args).__name__}"
        )
    return tuple(args or ())


def _solved(
    fun: Any, span: Any, start: Any, method: str, t_eval: Any, args: tuple[Any, ...], options: Any, name: str
) -> Any:
    """Return SciPy's result, its ``y`` recorded."""
    values = _values(args)
    complex_ = np.asarray(held(start)).dtype.kind == "c"

    def plain(t: Any, y: Any) -> Any:
        slope = np.array(held(fun(t, y, *values)))
        if slope.dtype.kind == "c" and not complex_:
            raise InputTypeError(f"tape.scipy.integrate.{name}: fun is complex, y0 is real: give y0 as complex numbers")
        return slope

    solve = lambda y: si.solve_ivp(plain, span, y, method=method, t_eval=t_eval, dense_output=True, **options)
    result = apart(solve, held(start))
    if not result.success:
        raise RuntimeError(f"tape.scipy.integrate.{name}: {result.message}")
    wanted = None if t_eval is None else np.asarray(result.t, float)
    slope = lambda t, y: _slope(fun, t, y, args, name)
    states = _states(METHODS[method], slope, start, np.asarray(result.sol.ts), wanted)
    result.y = np.stack(states, axis=-1) if states else np.zeros((np.shape(start)[0], 0))
    result.sol = None
    return result


def _states(pair: Any, f: Any, y: Any, steps: Any, wanted: Any) -> list[Any]:
    """Take the steps of a Runge-Kutta pair again; return the states at the steps, or at given times."""
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


def odeint(
    func: Any,
    y0: Any,
    t: Any,
    args: tuple[Any, ...] = (),
    Dfun: Any = None,
    col_deriv: Any = 0,
    full_output: Any = 0,
    ml: Any = None,
    mu: Any = None,
    rtol: Any = None,
    atol: Any = None,
    tcrit: Any = None,
    h0: float = 0.0,
    hmax: float = 0.0,
    hmin: float = 0.0,
    ixpr: Any = 0,
    mxstep: Any = 0,
    mxhnil: Any = 0,
    mxordn: int = 12,
    mxords: int = 5,
    printmessg: Any = 0,
    tfirst: bool = False,
) -> Any:
    """Solve ``dy/dt = func(y, t, *args)`` at given times, called as ``scipy.integrate.odeint``.

    Parameters
    ----------
    func : callable
        The right side, in NumPy calls: an array or a list of the shape of ``y``.
    y0 : array_like, shape (n,) or ()
        The state at the first of the times; real.
    t : array_like, shape (times,)
        When the solution is wanted: rising or falling, repeated if need be. Constants.
    args : tuple
        Parameters: arrays, or nested containers of arrays.
    rtol, atol : float or array_like, optional
        Tolerances of the steps, 1.49e-8 if left out, as in SciPy.
    h0, hmax : float
        The first step and the largest; 0 leaves them to the solver.
    tfirst : bool
        ``func`` takes ``(t, y, *args)``.
    Dfun, col_deriv, full_output, ml, mu, tcrit, hmin, ixpr, mxstep, mxhnil, mxordn, mxords, printmessg
        Not supported.

    Returns
    -------
    ndarray, shape (times, n)
        The states; the first is ``y0``.

    Raises
    ------
    OptionError
        An option that isn't supported.
    InputTypeError
        A time that is a variable, or a complex state.
    ShapeError
        Times or a state of more axes than one.
    RuntimeError
        The solver failed.

    Notes
    -----
    The method is the Runge-Kutta pair of orders 5 and 4 of :func:`solve_ivp`, with its derivative: SciPy's multistep
    method, LSODA, has no rule. Values agree within the tolerances; where the problem is stiff, there are many steps.
    """
    unsupported = {"Dfun": Dfun, "col_deriv": col_deriv, "full_output": full_output, "ml": ml, "mu": mu}
    unsupported |= {"tcrit": tcrit, "hmin": hmin, "ixpr": ixpr, "mxstep": mxstep, "mxhnil": mxhnil}
    unsupported |= {"mxordn": mxordn - 12, "mxords": mxords - 5, "printmessg": printmessg}
    _refused("odeint", unsupported)
    times = np.asarray(_constant(t, "odeint: t"), float)
    start = _stacked(y0)
    start = np.reshape(start, (1,)) if np.ndim(start) == 0 else start
    if np.ndim(start) != 1 or times.ndim != 1 or not times.size:
        raise ShapeError(
            f"tape.scipy.integrate.odeint takes a state and times of one axis, not of shapes {np.shape(start)} and"
            f" {times.shape}"
        )
    if np.asarray(held(start)).dtype.kind == "c":
        raise InputTypeError("tape.scipy.integrate.odeint: y0 is complex: take solve_ivp")
    change = np.diff(times)
    if not (np.all(change >= 0) or np.all(change <= 0)):
        raise ValueError("tape.scipy.integrate.odeint: the times neither rise nor fall throughout")
    ordered = func if tfirst else lambda t, y, *p: func(y, t, *p)
    fresh = np.append(True, change != 0)
    distinct = times[fresh]
    if distinct.size == 1:
        return np.stack([start * 1.0] * times.size)
    tolerances = [1.49012e-8 if given is None else given for given in (rtol, atol)]
    options: dict[str, Any] = {"rtol": tolerances[0], "atol": tolerances[1], "first_step": h0 or None}
    options["max_step"] = hmax or np.inf
    span = distinct[0], distinct[-1]
    found = _solved(ordered, span, start, "RK45", distinct, _tuple(args, "odeint"), options, "odeint").y.T
    return found if np.all(fresh) else found[np.cumsum(fresh) - 1]
