"""What right derivatives fulfil: the dot-product identity of the two modes, and the order of a Taylor remainder."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tape import transforms
from tape.check.arguments import inexact, inner, leaves, moved, normal, size, unit_roundoff, weights

__tape__ = True

ROUNDING = 30
"""Roundings that a value is granted: what is less than so many is taken for rounding error."""


def dot_product(f: Callable[..., Any], *args: Any, seed: int = 0) -> float:
    """Return by how much a forward and a reverse sweep disagree, in units of rounding.

    Both compute ``<w, J v> = <J^T w, v>``, for random ``v`` and ``w``.

    Parameters
    ----------
    f : callable
        Returns an array or a nested container of arrays.
    *args
        Arrays, numbers or nested containers of them; the floats and complex numbers are differentiated.
    seed : int
        Of the random directions.

    Returns
    -------
    float
        ``|<w, Jv> - <J^T w, v>| / (u (|w| |Jv| + |J^T w| |v|))``, with the unit roundoff ``u`` of the coarsest array.
        Of the order of 1 to 100 for right rules; of the order of ``1/u`` otherwise; infinite where a sweep isn't
        finite.

    Raises
    ------
    InputTypeError
        Nothing in the arguments has a derivative.

    Notes
    -----
    The identity needs no differences, and so no step: Griewank and Walther (2008), section 3.3. It doesn't see a
    mistake that is made in both modes alike.
    """
    f, at, *_ = moved(f, args)
    g = inexact(f)
    rng = np.random.default_rng(seed)
    v = [normal(a, rng) for a in at]
    out, pullback = transforms.vjp(g, *at)
    if not out:
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
        Arrays of double precision, numbers or nested containers of them; the floats and complex numbers are moved,
        along a random direction ``v``.
    seed : int
        Of the direction.

    Returns
    -------
    float
        The slope of ``log |f(x + hv) - f(x) - h J v|`` over ``log h``, at the smallest steps whose remainder stands
        clear of rounding. About 1 where the derivative is wrong, 2 (or more) where it is right; infinity where no
        remainder stands clear of rounding, as for a linear function.

    Raises
    ------
    InputTypeError
        Nothing in the arguments has a derivative.

    Notes
    -----
    The order tells a right derivative from a nearly right one, which a tolerance doesn't: a relative mistake of 1e-6
    shows.
    """
    f, at, *_ = moved(f, args)
    g = inexact(f)
    rng = np.random.default_rng(seed)
    v = [normal(a, rng) for a in at]
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
    f, at, *_ = moved(f, args)
    v = [normal(a, np.random.default_rng(seed)) for a in at]
    start, pullback = transforms.vjp(f, *at)
    return order(f, at, v, start, pullback(tuple(v))) if start else math.inf
