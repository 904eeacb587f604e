"""Check derivatives without another library: by identities, orders of convergence, complex steps and differences.

A sweep in reverse and one forwards must agree (:func:`dot_product`); a Taylor remainder must shrink with the square of
the step (:func:`taylor`); differences must come close (:func:`gradient`). :func:`rule` puts a rule of one's own through
all of it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tape import transforms
from tape.adjoints import is_complex
from tape.containers import flatten
from tape.entry import dtype_of
from tape.errors import NoRuleError, WrongDerivativeError
from tape.rule import TABLE, Row, short

__tape__ = True

ROUNDING = 30
"""Roundings that a value is granted: what is less than so many is taken for rounding error."""


# -------------------------------------------------------------- arguments, directions


def movable(args: Sequence[Any]) -> list[int]:
    """Return which arguments have derivatives: float and complex arrays; failing these, Python's floats."""
    arrays = [k for k, a in enumerate(args) if isinstance(a, (np.ndarray, np.generic)) and dtype_of(a).kind in "fc"]
    return arrays or [k for k, a in enumerate(args) if type(a) in (float, complex)]


def closed(f: Callable[..., Any], args: Sequence[Any], moving: Sequence[int]) -> Callable[..., Any]:
    """Return ``f`` as a function of some of its arguments, the others held."""

    def of(*some: Any) -> Any:
        call = list(args)
        for k, value in zip(moving, some, strict=True):
            call[k] = value
        return f(*call)

    of.__name__ = name_of(f)
    return of


def normal(like: Any, rng: np.random.Generator) -> Any:
    """Return normal random numbers of an array's shape and dtype, and of the scale of its largest element."""
    shape, dtype = np.shape(like), dtype_of(like)
    found = rng.standard_normal(shape)
    if dtype.kind == "c":
        found = found + 1j * rng.standard_normal(shape)
    return np.asarray(found * (largest(like) or 1.0)).astype(dtype)


def largest(a: Any) -> float:
    """Return the largest absolute value in an array, of those that are finite."""
    a = np.abs(np.asarray(a))
    return float(np.max(a, where=np.isfinite(a), initial=0))


def weights(outputs: Sequence[Any], rng: np.random.Generator) -> list[Any]:
    """Return normal random numbers of some arrays' shapes and dtypes, of the scale of one."""
    return [normal(np.ones_like(y), rng) for y in outputs]


def inner(a: Sequence[Any], b: Sequence[Any]) -> float:
    """Return the real inner product of two lists of arrays."""
    return math.fsum(float(np.sum(np.real(np.conj(p) * q))) for p, q in zip(a, b, strict=True))


def size(a: Sequence[Any]) -> float:
    """Return the 2-norm of a list of arrays."""
    scale = max((float(np.max(np.abs(p), initial=0)) for p in a), default=0.0)
    if scale == 0 or not math.isfinite(scale):
        return scale
    return scale * math.sqrt(math.fsum(float(np.sum(np.abs(p / scale) ** 2)) for p in a))


def leaves(tree: Any) -> list[Any]:
    """Return the float and complex arrays in an output."""
    return [leaf for leaf in flatten(tree)[0] if dtype_of(leaf).kind in "fc"]


def inexact(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``f`` with the floats of its output alone, as a list: indices and masks have no derivative."""
    return lambda *args: leaves(f(*args))


def unit_roundoff(arrays: Sequence[Any]) -> float:
    """Return the unit roundoff of the coarsest of some arrays."""
    return max((float(np.finfo(dtype_of(a)).eps) / 2 for a in arrays), default=2.0**-53)


# ------------------------------------------------------------------------- the checks


def dot_product(f: Callable[..., Any], *args: Any, seed: int = 0) -> float:
    """Return by how much a forward and a reverse sweep disagree, in units of rounding.

    Both compute ``<w, J v> = <J^T w, v>``, for random ``v`` and ``w``.

    Parameters
    ----------
    f : callable
        Returns an array or a nested container of arrays.
    *args
        Arrays; those of floats and complex numbers are differentiated.
    seed : int
        Of the random directions.

    Returns
    -------
    float
        ``|<w, Jv> - <J^T w, v>| / (u (|w| |Jv| + |J^T w| |v|))``, with the unit roundoff ``u`` of the coarsest array.
        Of the order of 1 to 100 for right rules; of the order of ``1/u`` otherwise.

    Notes
    -----
    The identity needs no differences, and so no step: Griewank and Walther (2008), section 3.3. It doesn't see a
    mistake that is made in both modes alike.
    """
    moving = movable(args)
    g, at = inexact(closed(f, args, moving)), [args[k] for k in moving]
    rng = np.random.default_rng(seed)
    v = [normal(a, rng) for a in at]
    out, pullback = transforms.vjp(g, *at)
    if not at or not out:
        return 0.0
    w = weights(out, rng)
    forward = transforms.jvp(g, at, v)[1]
    reverse = list(pullback(w))
    bound = size(w) * size(forward) + size(reverse) * size(v)
    if not math.isfinite(bound):
        return math.inf
    return abs(inner(w, forward) - inner(reverse, v)) / (unit_roundoff([*at, *out]) * bound) if bound else 0.0


def taylor(f: Callable[..., Any], *args: Any, seed: int = 0) -> float:
    """Return the order at which the remainder of a Taylor expansion vanishes: 2, if the derivative is right.

    Parameters
    ----------
    f : callable
        Returns an array or a nested container of arrays.
    *args
        Arrays of double precision; those of floats and complex numbers are moved, along a random direction ``v``.
    seed : int
        Of the direction.

    Returns
    -------
    float
        The slope of ``log |f(x + hv) - f(x) - h J v|`` over ``log h``, at the smallest steps whose remainder stands
        clear of rounding. About 1 where the derivative is wrong, 2 (or more) where it is right; infinity where no
        remainder stands clear of rounding, as for a linear function.

    Notes
    -----
    The order tells a right derivative from a nearly right one, which a tolerance doesn't: a relative mistake of 1e-6
    shows.
    """
    moving = movable(args)
    g, at = inexact(closed(f, args, moving)), [args[k] for k in moving]
    rng = np.random.default_rng(seed)
    v = [normal(a, rng) for a in at]
    if not at:
        return math.inf
    start, slope = transforms.jvp(g, at, v)
    return order(g, at, v, start, slope)


def order(
    g: Callable[..., Any], at: Sequence[Any], v: Sequence[Any], start: Sequence[Any], slope: Sequence[Any]
) -> float:
    """Return the order in ``h`` of ``g(at + h v) - start - h slope``, where that stands clear of rounding."""
    clear = 10 * ROUNDING * unit_roundoff([*at, *start]) * (size(start) + size(slope))
    found: list[tuple[float, float]] = []
    for k in range(13, 25):
        h = 2.0**-k
        there = g(*[np.asarray(a) + h * d for a, d in zip(at, v, strict=True)])
        rest = size([p - q - h * d for p, q, d in zip(there, start, slope, strict=True)])
        if not math.isfinite(rest):
            return 0.0
        if rest <= clear:
            break
        found.append((math.log(h), math.log(rest)))
    if len(found) < 3:
        return math.inf
    (h1, r1), (h2, r2) = found[-3], found[-1]
    return (r1 - r2) / (h1 - h2)


def complex_step(f: Callable[..., Any], *args: Any, argnums: int = 0) -> Any:
    """Return a derivative by a complex step: exact to rounding, for functions that are analytic.

    Parameters
    ----------
    f : callable
        Returns a real number or array, and is written in NumPy functions that continue it into the complex plane: no
        ``abs``, ``max``, comparisons or ``real``.
    *args
        Arguments.
    argnums : int
        Which one to differentiate: a float or an array of floats.

    Returns
    -------
    ndarray
        The Jacobian, of shape ``output.shape + x.shape``.

    Raises
    ------
    TypeError
        The argument is complex.

    Notes
    -----
    ``Im f(x + ih) / h`` has no cancellation, so that ``h`` can be tiny: Squire and Trapp (1998).
    """
    x = np.asarray(args[argnums])
    if is_complex(x):
        raise TypeError("a complex step is taken off the real axis: the argument must be real")
    return columns(closed(f, args, [argnums]), x, lambda g, e: np.imag(g(x + 1e-30j * e)) / 1e-30)


def differences(f: Callable[..., Any], *args: Any, argnums: int = 0) -> Any:
    """Return a derivative by central differences, extrapolated twice, in double precision.

    Parameters
    ----------
    f : callable
        Returns a number or an array.
    *args
        Arguments.
    argnums : int
        Which one to differentiate: a float or an array of floats.

    Returns
    -------
    ndarray
        The Jacobian, of shape ``output.shape + x.shape``, good to about 1e-10 of its largest element where ``f`` is
        smooth and within 1/500 of the scale of ``x`` of no kink.

    Notes
    -----
    Richardson's extrapolation of the steps h, h/2 and h/4: the error is of the order of h**6, and rounding over h.
    """
    x = np.asarray(args[argnums], np.float64)

    def along(g: Any, e: Any) -> Any:
        h = max(largest(x[e != 0]), (largest(x) or 1.0) / 10) / 512
        d = [(g(x + s * e) - g(x - s * e)) / (2 * s) for s in (h, h / 2, h / 4)]
        return (64 * d[2] - 20 * d[1] + d[0]) / 45

    return columns(closed(f, args, [argnums]), x, along)


def columns(g: Callable[[Any], Any], x: Any, along: Callable[[Any, Any], Any]) -> Any:
    """Return the Jacobian whose columns are the derivatives along each element of ``x``."""
    found: list[Any] = []
    for k in range(x.size):
        e = np.zeros(x.shape)
        e.reshape(-1)[k] = 1
        found.append(np.asarray(along(g, e)))
    if not found:
        return np.zeros((*np.shape(g(x)), *x.shape))
    return np.stack(found, axis=-1).reshape((*found[0].shape, *x.shape))


def gradient(f: Callable[..., Any], *args: Any, tolerance: float | None = None) -> None:
    """Compare the derivatives of a function with differences.

    Parameters
    ----------
    f : callable
        Returns a number or an array, real.
    *args
        Arguments: those of floats are differentiated.
    tolerance : float, optional
        What is granted, as a part of the largest element of a Jacobian: 1e-6, or, for float32 arguments, 1e-3.

    Raises
    ------
    WrongDerivativeError
        Naming the argument and the element that is furthest off.
    """
    for k in movable(args):
        compare(f, args, k, tolerance)


def compare(f: Callable[..., Any], args: Sequence[Any], k: int, tolerance: float | None) -> None:
    """Compare one argument's Jacobian with differences."""
    got = np.asarray(transforms.jacobian(f, k)(*args))
    want = differences(f, *args, argnums=k)
    if tolerance is None:
        tolerance = 1e-3 if dtype_of(args[k]) == np.float32 else 1e-6
    scale = float(np.max(np.abs(want), initial=0)) or 1.0
    off = np.where(np.isnan(got) & np.isnan(want), 0, np.abs(got - want)) / scale
    off = np.where(np.isnan(off), np.inf, off)
    worst = float(np.max(off, initial=0))
    if worst > tolerance:
        at = np.unravel_index(int(np.argmax(off)), off.shape)
        inputs = np.ndim(args[k])
        out, into = (tuple(int(i) for i in part) for part in (at[: len(at) - inputs], at[len(at) - inputs :]))
        raise WrongDerivativeError(
            f"the derivative of element {list(out)} of {name_of(f)} in element {list(into)} of argument {k} is"
            f" {got[at]:.10g} by the rules and {want[at]:.10g} by differences: off by {worst:.2g} of the largest"
            f" element ({scale:.3g}), of which {tolerance:.2g} is granted; {int(np.sum(off > tolerance))} of {off.size}"
            " elements are off by more"
        )


def name_of(f: Any) -> str:
    """Return what to call a function in a message."""
    return str(getattr(f, "__name__", None) or short(f))


def rule(primitive: Callable[..., Any], *args: Any, **options: Any) -> None:
    """Check the rule of a primitive, of one's own or of NumPy's, at given arguments.

    Every argument's VJP is compared with differences, and with the JVP if there is one; the Taylor remainder must
    vanish at second order, for the function and for its gradient (the rule, recorded).

    Parameters
    ----------
    primitive : callable
        A function that has a rule.
    *args
        Arrays in double precision, away from kinks. Those of floats are differentiated, but for arguments whose VJP is
        None.
    **options
        Options of the function.

    Raises
    ------
    WrongDerivativeError
        A check failed: the message says which, and where.
    NoRuleError
        The function has no rule.

    Examples
    --------
    >>> import numpy as np, tape
    >>> @tape.primitive(lambda g, y, x: g * 3 * x * x, jvps=[lambda t, y, x: t * 3 * x * x])
    ... def cube(x):
    ...     return x * x * x
    >>> tape.check.rule(cube, np.array([1.0, -2.0]))
    """
    row = TABLE.get(primitive)
    if row is None:
        raise NoRuleError(f"{name_of(primitive)} has no rule to check: declare one with tape.primitive")
    moving = [k for k in movable(args) if row.joint is not None or row.vjp(k) is not None]
    call = closed(functools.partial(primitive, **options), args, moving)
    call.__name__ = row.name
    at = [np.asarray(args[k]) for k in moving]
    gradient(call, *at)
    if has_tangents(row, moving):
        expect(
            dot_product(call, *at) < 1e4,
            row,
            "forward and reverse sweep disagree: its JVP isn't the transpose of its VJP",
        )
        found = taylor(call, *at)
        expect(found > 1.8, row, f"its Taylor remainder is of order {found:.2f}, not 2: its JVP is wrong")
    found = curvature(weighed_gradient(call, *at), *at)
    expect(
        found > 1.8,
        row,
        f"the Taylor remainder of its gradient is of order {found:.2f}, not 2: its recorded VJP is wrong",
    )


def has_tangents(row: Row, moving: Sequence[int]) -> bool:
    """Tell whether a row has what a forward sweep needs, for some arguments."""
    if row.kind in ("elementwise", "linear", "zero") or row.jvp is not None:
        return True
    return all(k < len(row.jvps) and row.jvps[k] is not None for k in moving)


def expect(right: bool, row: Row, what: str) -> None:
    """Raise, unless a check was passed."""
    if not right:
        raise WrongDerivativeError(f"{row.name}: {what}")


def weighed_gradient(f: Callable[..., Any], *args: Any, seed: int = 1) -> Callable[..., Any]:
    """Return the gradient of ``<w, f>`` for a random ``w``: a function of the arguments, to be differentiated again."""
    w = weights(leaves(f(*args)), np.random.default_rng(seed))

    def weighed(*some: Any) -> Any:
        parts = [np.sum(np.real(c.conj() * y)) for c, y in zip(w, leaves(f(*some)), strict=True)]
        return sum(parts[1:], parts[0])

    return transforms.grad(weighed, tuple(range(len(args)))) if w else lambda *_: ()


def curvature(f: Callable[..., Any], *args: Any, seed: int = 2) -> float:
    """Return the Taylor order of a gradient as :func:`taylor` does, but by sweeps in reverse alone.

    The Hessian is symmetric, so that its product with a vector is a VJP of the gradient.
    """
    at = [args[k] for k in movable(args)]
    v = [normal(a, np.random.default_rng(seed)) for a in at]
    start, pullback = transforms.vjp(f, *at)
    return order(f, at, v, start, pullback(tuple(v))) if start else math.inf
