"""Polynomials, by their coefficients from the highest power down: values, arithmetic, calculus and roots.

Values, powers and roots have rules of their own; the rest is written in terms of them. A root's derivative is that of
the equation that defines it.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.errors import DegenerateError, OptionError
from tape.primitive import ours
from tape.record import Var
from tape.rule import TABLE, composite, general, widen, zero
from tape.rules.indexing import read
from tape.rules.quotients import over
from tape.rules.shape import cast, unbroadcast

__tape__ = True


# ------------------------------------------------------------------- coefficients


def coefficients(p: Any) -> Any:
    """Return coefficients as one array or variable of at least one axis, of whatever they were given as."""
    if isinstance(p, np.poly1d):
        p = p.coeffs
    if isinstance(p, (list, tuple)) and any(isinstance(part, Var) for part in p):
        return np.stack(p)
    return np.atleast_1d(p)


def vector(p: Any) -> Any:
    """Return coefficients as one array of one axis."""
    p = coefficients(p)
    if np.ndim(p) != 1:
        raise ValueError(f"Polynomial must be 1d only: its coefficients are of shape {np.shape(p)}")
    return p


def floats(x: Any) -> Any:
    """Return places or values as an array of floats, or as a variable."""
    x = coefficients(x) if isinstance(x, (list, tuple)) else x
    x = x if isinstance(x, Var) else np.asarray(x)
    return np.add(x, 0.0)


def like_given(found: Any, *given: Any) -> Any:
    """Return coefficients as a ``np.poly1d`` where one was given, as NumPy does."""
    return np.poly1d(found) if any(isinstance(p, np.poly1d) for p in given) else found


def counting(start: int, stop: int, step: int, like: Any) -> Any:
    """Return ``np.arange``, of numbers that leave the dtype of what they are multiplied by as it is."""
    dtype = dtype_of(like)
    return np.arange(start, stop, step, dtype=np.finfo(dtype).dtype if dtype.kind in "fc" else None)


@ours
def not_leading_zeros(p: Any) -> Any:
    """Return the positions from the first coefficient that isn't zero on; the last one, if all are."""
    p = np.asarray(p)
    found = np.flatnonzero(p)
    return np.arange(found[0] if found.size else p.size - 1, p.size)


@ours
def not_rounding(r: Any) -> Any:
    """Return the positions of a remainder from the first coefficient that isn't a zero rounded on, as NumPy has it."""
    r = np.asarray(r)
    start = 0
    while start < r.size - 1 and np.allclose(r[start], 0, rtol=1e-14):
        start += 1
    return np.arange(start, r.size)


zero(not_leading_zeros, not_rounding)


# ------------------------------------------------------------------ powers, values


@ours
def powers(x: Any, *, n: int) -> Any:
    """Return ``x**0, ..., x**(n-1)`` along a new last axis, by multiplication."""
    x = np.asarray(x)
    out = np.empty((*x.shape, n), x.dtype)
    out[..., :1] = 1
    out[..., 1:] = x[..., None]
    return np.multiply.accumulate(out, axis=-1, out=out)


def powers_slope(x: Any, n: int) -> Any:
    """Return the derivatives of ``x**1, ..., x**(n-1)``."""
    return powers(x, n=max(n - 1, 0)) * counting(1, max(n, 1), 1, x)


general(
    powers,
    lambda g, y, x, *, n: np.sum(g[..., 1:] * powers_slope(x, n), axis=-1),
    jvps=[lambda t, y, x, *, n: after_zero(np.expand_dims(t, -1) * powers_slope(x, n), n)],
    holomorphic=True,
)


def after_zero(slopes: Any, n: int) -> Any:
    """Put a zero before derivatives, for the constant power; nothing, where there is no power at all."""
    return np.concatenate([np.zeros((*np.shape(slopes)[:-1], min(n, 1)), dtype_of(slopes)), slopes], axis=-1)


def _vander_width(x: Any, N: int | None) -> int:
    return np.shape(x)[0] if N is None else N


def vander(g: Any, y: Any, x: Any, *, N: int | None = None, increasing: bool = False) -> Any:
    """Return what each power's adjoint gives its base."""
    g = g if increasing else g[:, ::-1]
    return np.sum(g[:, 1:] * powers_slope(x, _vander_width(x, N)), axis=-1)


def vander_tangent(t: Any, y: Any, x: Any, *, N: int | None = None, increasing: bool = False) -> Any:
    """Return the tangents of the powers."""
    n = _vander_width(x, N)
    found = after_zero(np.expand_dims(t, -1) * powers_slope(x, n), n)
    return found if increasing else found[:, ::-1]


general(np.vander, vander, jvps=[vander_tangent], keeps="0", holomorphic=True)


def slope(p: Any) -> Any:
    """Return the coefficients of the derivative, in the precision of ``p``."""
    n = np.shape(p)[0] - 1
    steps = counting(n, 0, -1, p) if n > 0 else np.ones(0, dtype_of(p))
    return p[:-1] * np.reshape(steps, (-1,) + (1,) * (np.ndim(p) - 1))


def polyval_p(g: Any, y: Any, p: Any, x: Any) -> Any:
    """Return, for each coefficient, the adjoint weighed by its power of ``x``."""
    shape = np.shape(p)
    if len(shape) == 1:
        by_power = powers(np.ravel(x), n=shape[0])
        return np.matmul(np.ravel(np.broadcast_to(g, np.shape(x))), by_power)[::-1]
    by_power = powers(x, n=shape[0])
    return np.stack([unbroadcast(g * by_power[..., k], shape=shape[1:]) for k in reversed(range(shape[0]))])


general(
    np.polyval,
    polyval_p,
    lambda g, y, p, x: g * np.polyval(slope(p), x),
    jvps=[
        lambda t, y, p, x: np.polyval(t, x),
        lambda t, y, p, x: t * np.polyval(slope(p), x),
    ],
    holomorphic=True,
    bind=lambda args, kwargs: bind_polyval(*args, **kwargs),
)
widen(TABLE[np.polyval])


def bind_polyval(p: Any, x: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Bind a call of np.polyval: the coefficients as one array, the places as another."""
    if isinstance(x, np.poly1d):
        raise OptionError("np.polyval of a np.poly1d has no rule: compose the polynomials by np.polymul and np.polyadd")
    p = coefficients(p)
    return (p, coefficients(x) if isinstance(x, (list, tuple)) else x if isinstance(x, Var) else np.asarray(x)), {}


def from_lowest(c: Any, x: Any) -> Any:
    """Return values by Horner's rule of coefficients from the lowest power up, along the first axis."""
    value = c[-1] + x * 0
    for k in range(2, np.shape(c)[0] + 1):
        value = c[-k] + value * x
    return value


def tensor(c: Any, x: Any) -> Any:
    """Give coefficients axes behind their own, so that each is evaluated at every place."""
    return np.reshape(c, np.shape(c) + (1,) * np.ndim(x))


@composite(np.polynomial.polynomial.polyval2d)
def _polyval2d(x: Any, y: Any, c: Any) -> Any:
    if np.shape(x) != np.shape(y):
        raise ValueError("x, y are incompatible")
    return from_lowest(from_lowest(tensor(floats(c), x), x), y)


@composite(np.polynomial.polynomial.polygrid2d)
def _polygrid2d(x: Any, y: Any, c: Any) -> Any:
    along_x = from_lowest(tensor(floats(c), x), x)
    return from_lowest(tensor(along_x, y), y)


# --------------------------------------------------------------------- arithmetic


def lengthened(p: Any, n: int) -> Any:
    """Put zeros before coefficients, so that there are ``n``."""
    missing = n - np.shape(p)[0]
    return np.concatenate([np.zeros(missing, dtype_of(p)), p]) if missing > 0 else p


def aligned(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the coefficients of two polynomials, the shorter ones with zeros before them."""
    a, b = coefficients(a), coefficients(b)
    n = max(np.shape(a)[0], np.shape(b)[0])
    return lengthened(a, n), lengthened(b, n)


@composite(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """Return the coefficients of the sum."""
    a, b = aligned(a1, a2)
    return like_given(a + b, a1, a2)


@composite(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    """Return the coefficients of the difference."""
    a, b = aligned(a1, a2)
    return like_given(a - b, a1, a2)


@composite(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    """Return the coefficients of the product; zeros that the factors begin with are dropped, as NumPy does."""
    a, b = (vector(p) for p in (a1, a2))
    a, b = (read(p, not_leading_zeros(p)) for p in (a, b))
    return like_given(np.convolve(a, b), a1, a2)


@composite(np.polydiv)
def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """Return the coefficients of the quotient and of the remainder, by long division."""
    a, b = (vector(p) + 0.0 for p in (u, v))
    m, n = np.shape(a)[0] - 1, np.shape(b)[0] - 1
    dtype = np.result_type(a, b)
    quotient: list[Any] = []
    rest = cast(a, dtype) if dtype_of(a) != dtype else a
    for k in range(m - n + 1):
        factor = over(rest[k], b[0])
        quotient.append(factor)
        rest = np.concatenate([rest[:k], rest[k : k + n + 1] - factor * b, rest[k + n + 1 :]])
    found = np.stack(quotient) if quotient else np.zeros(1, dtype)
    rest = read(rest, not_rounding(rest))
    return like_given(found, u, v), like_given(rest, u, v)


@composite(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    """Return the coefficients of the derivative of order ``m``."""
    m = operator.index(m)
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    found = coefficients(p)
    for _ in range(m):
        n = np.shape(found)[0] - 1
        found = found[:-1] * np.arange(n, 0, -1)
    return like_given(found, p)


@composite(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """Return the coefficients of the antiderivative of order ``m``, with the constants ``k``."""
    m = operator.index(m)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    constants = np.zeros(m) if k is None else coefficients(k)
    if np.shape(constants)[0] == 1 and m > 1:
        constants = constants[0] * np.ones(m)
    if np.shape(constants)[0] < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    found = coefficients(p)
    for step in range(m):
        n = np.shape(found)[0]
        found = np.concatenate([found / np.arange(n, 0, -1), constants[step : step + 1]])
    return like_given(found, p)


# -------------------------------------------------------------------------- roots


@composite(np.poly)
def poly(seq_of_zeros: Any) -> Any:
    """Return the coefficients of the polynomial with these roots; of a square matrix, with its eigenvalues."""
    zeros = coefficients(seq_of_zeros)
    shape = np.shape(zeros)
    if len(shape) == 2 and shape[0] == shape[1] != 0:
        zeros = np.linalg.eigvals(zeros)
    elif len(shape) != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    if shape[0] == 0:
        return 1.0
    dtype = dtype_of(zeros)
    dtype = np.dtype(np.mintypecode(dtype.char))
    zeros = cast(zeros, dtype) if dtype_of(zeros) != dtype else zeros
    found: Any = np.ones(1, dtype)
    nothing = np.zeros(1, dtype)
    for k in range(shape[0]):
        found = np.concatenate([found, nothing]) - zeros[k] * np.concatenate([nothing, found])
    if dtype.kind == "c" and bool(np.all(np.sort(zeros) == np.sort(np.conj(zeros)))):
        return np.real(found)
    return found


def root_slopes(y: Any, p: Any) -> Any:
    """Return the derivative of each root (rows) in each coefficient (columns): ``-r**k / p'(r)``.

    Raises
    ------
    DegenerateError
        At roots that coincide, or that rounding can't tell apart: these have no derivative.
    """
    refuse_multiple(*(v.value if isinstance(v, Var) else v for v in (y, p)))
    n = np.shape(p)[0]
    return -powers(y, n=n)[:, ::-1] / np.expand_dims(np.polyval(slope(p), y), -1)


def refuse_multiple(y: Any, p: Any) -> None:
    """Raise an error where a root's own rounding error would change ``p'`` there by more than a part in a hundred."""
    p = np.asarray(p)
    first = np.abs(np.polyval(slope(p), y))
    second = np.abs(np.polyval(slope(slope(p)), y)) if p.size > 2 else np.zeros_like(first)
    eps = np.finfo(np.result_type(y, p, np.float32)).eps
    size = eps * np.polyval(np.abs(p), np.abs(y))
    bad = (first == 0) | (size * second > 0.01 * first**2)
    if np.any(bad):
        raise DegenerateError(
            f"np.roots of {p.size} coefficients: the root {np.asarray(y)[bad][0]:.6g} is multiple, or so near to"
            " another that rounding can't tell them apart, and has no derivative: differentiate a symmetric function of"
            " the roots through the coefficients instead (sums and products of all roots are p[1] / p[0] and its kin)"
        )


general(
    np.roots,
    lambda g, y, p: np.matmul(g, root_slopes(y, p)),
    jvps=[lambda t, y, p: np.matmul(root_slopes(y, p), t)],
    holomorphic=True,
    bind=lambda args, kwargs: bind_roots(*args, **kwargs),
)


def bind_roots(p: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Bind a call of np.roots."""
    p = coefficients(p)
    if np.ndim(p) != 1:
        raise ValueError("Input must be a rank-1 array.")
    return (p,), {}
