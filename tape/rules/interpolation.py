"""Piecewise linear interpolation, and derivatives, differences and phases of sampled functions.

``np.interp`` is differentiated in the points, the knots, the values and what is given outside. Its slope at a knot is
that of the piece to the right; outside, and at the last knot, it is zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.primitive import ours
from tape.record import Var
from tape.rule import composite, general
from tape.rules.differences import slope_first, slope_last, slope_within
from tape.rules.indexing import FIRST, read, scatter
from tape.rules.linalg import conj
from tape.rules.quotients import over
from tape.rules.shape import cast

__tape__ = True

# -------------------------------------------------------------------------------- interp


@ours
def interpolated(x: Any, xp: Any, fp: Any, left: Any, right: Any) -> Any:
    """Return ``np.interp``, with all of its arguments as arrays: two knots or more."""
    if np.iscomplexobj(fp):  # NumPy takes what is outside as Python's complex numbers only
        left, right = complex(left), complex(right)
    return np.interp(x, xp, fp, left, right)


def piece(x: Any, xp: Any) -> Any:
    """Return the number of the piece that a point lies on, or that is next to it."""
    return np.clip(np.searchsorted(xp, x, side="right") - 1, 0, np.shape(xp)[0] - 2)


def width(at: Any, inside: Any, xp: Any) -> Any:
    """Return the width of a piece, one outside."""
    return np.where(inside, read(xp, at + 1) - read(xp, at), 1)


def within(x: Any, xp: Any) -> Any:
    """Tell whether a point has a piece to its right."""
    return np.logical_and(np.greater_equal(x, xp[0]), np.less(x, xp[-1]))


def slope(x: Any, xp: Any, fp: Any) -> Any:
    """Return the slope of the piece that a point lies on, zero outside."""
    at, inside = piece(x, xp), within(x, xp)
    return np.where(inside, (read(fp, at + 1) - read(fp, at)) / width(at, inside, xp), 0)


def spread(g: Any, x: Any, xp: Any) -> Any:
    """Return the adjoint of the values at the knots: each point's, shared by how near it is to the two next to it."""
    x, g = np.reshape(x, (-1,)), np.reshape(g, (-1,))
    at, inside, shape = piece(x, xp), within(x, xp), np.shape(xp)
    part = np.where(inside, (x - read(xp, at)) / width(at, inside, xp), 1)
    first = np.where(inside, g * (1 - part), 0)
    second = np.where(np.logical_or(inside, np.equal(x, xp[-1])), g * part, 0)
    return scatter(first, at, key=FIRST, shape=shape) + scatter(second, at + 1, key=FIRST, shape=shape)


general(
    interpolated,
    lambda g, y, x, xp, fp, left, right: g * conj(slope(x, xp, fp)),
    lambda g, y, x, xp, fp, left, right: spread(np.real(-g * conj(slope(x, xp, fp))), x, xp),
    lambda g, y, x, xp, fp, left, right: spread(g, x, xp),
    lambda g, y, x, xp, fp, left, right: np.sum(np.where(np.less(x, xp[0]), g, 0)),
    lambda g, y, x, xp, fp, left, right: np.sum(np.where(np.greater(x, xp[-1]), g, 0)),
    jvps=[
        lambda t, y, x, xp, fp, left, right: t * slope(x, xp, fp),
        lambda t, y, x, xp, fp, left, right: -slope(x, xp, fp) * interpolated(x, xp, t, 0.0, 0.0),
        lambda t, y, x, xp, fp, left, right: interpolated(x, xp, t, 0.0, 0.0),
        lambda t, y, x, xp, fp, left, right: np.where(np.less(x, xp[0]), t, 0),
        lambda t, y, x, xp, fp, left, right: np.where(np.greater(x, xp[-1]), t, 0),
    ],
)


def floats(x: Any, dtype: Any = np.float64) -> Any:
    """Return an array or a variable in double precision, in which np.interp computes."""
    if isinstance(x, Var):
        return x if dtype_of(x) == dtype else cast(x, dtype)
    x = np.asarray(x)
    if x.dtype.kind not in "biufc":  # dates would be counted in days
        raise TypeError(f"np.interp is of numbers, not of {x.dtype}: give floats (x.astype(float))")
    return x.astype(dtype, copy=False)


def complex_valued(x: Any) -> bool:
    """Tell whether an array, a variable or a list holds complex numbers."""
    return dtype_of(x if isinstance(x, Var) else np.asarray(x)).kind == "c"


@composite(np.interp)
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    kind = np.complex128 if complex_valued(fp) else np.float64
    if kind is np.float64 and period is None and (complex_valued(left) or complex_valued(right)):
        raise TypeError("np.interp of real values takes real numbers as left= and right=, not complex ones")
    x, xp, fp = floats(x), floats(xp), floats(fp, kind)
    if np.ndim(xp) != 1 or np.ndim(fp) != 1:
        raise ValueError("Data points must be 1-D sequences")
    if np.shape(xp) != np.shape(fp):
        raise ValueError("fp and xp are not of the same length")
    if np.size(xp) == 0:
        raise ValueError("array of sample points is empty")
    if period is not None:
        if np.equal(period.value if isinstance(period, Var) else period, 0):
            raise ValueError("period must be a non-zero value")
        period, left, right = np.abs(period), None, None
        x, xp = np.remainder(x, period), np.remainder(xp, period)
        order = np.argsort(xp)
        xp, fp = read(xp, order), read(fp, order)
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    left = fp[0] if left is None else floats(left, kind)
    right = fp[-1] if right is None else floats(right, kind)
    if np.size(xp) == 1:
        return np.where(np.less(x, xp[0]), left, np.where(np.greater(x, xp[0]), right, fp[0]))
    return interpolated(x, xp, fp, left, right)


# ------------------------------------------------------------------------------ gradient


def _spacings(varargs: tuple[Any, ...], shape: tuple[int, ...], axes: tuple[int, ...]) -> list[Any]:
    if not varargs:
        return [1.0] * len(axes)
    if len(varargs) == 1 and np.ndim(varargs[0]) == 0:
        return list(varargs) * len(axes)
    if len(varargs) != len(axes):
        raise TypeError("invalid number of arguments")
    found: list[Any] = []
    for axis, d in zip(axes, varargs, strict=True):
        if np.ndim(d) == 0:
            found.append(d)
            continue
        if np.ndim(d) != 1:
            raise ValueError("distances must be either scalars or 1d")
        if np.shape(d)[0] != shape[axis]:
            raise ValueError("when 1d, distances must match the length of the corresponding dimension")
        if not isinstance(d, Var):
            d = np.asarray(d)
            d = d.astype(np.float64) if d.dtype.kind in "iu" else d
        steps = np.diff(d)
        # As NumPy has it. Of recorded positions each step has a derivative of its own, equal to others or not.
        found.append(steps[0] if not isinstance(d, Var) and np.all(steps == steps[0]) else steps)
    return found


@composite(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    if not isinstance(f, Var):
        f = np.asarray(f)
        f = f if f.dtype.kind in "fc" else f.astype(np.float64)
    n = np.ndim(f)
    chosen = range(n) if axis is None else (axis,) if isinstance(axis, (int, np.integer)) else axis
    axes = tuple(range(n)[k] for k in chosen)
    if len(set(axes)) < len(axes):
        raise ValueError("repeated axis")
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    found: list[Any] = []
    for k, steps in zip(axes, _spacings(varargs, np.shape(f), axes), strict=True):
        if np.shape(f)[k] < edge_order + 1:
            raise ValueError(
                "Shape of array too small to calculate a numerical gradient,"
                " at least (edge_order + 1) elements are required."
            )
        moved: Any = f
        slopes = _slopes(np.moveaxis(moved, k, -1), steps, edge_order)
        found.append(cast(np.moveaxis(np.concatenate(slopes, axis=-1), -1, k), dtype_of(f)))
    return found[0] if len(axes) == 1 else tuple(found)


def _slopes(f: Any, h: Any, edge_order: int) -> list[Any]:
    """Return the derivative along the last axis, in NumPy's own formulas: the first one, those within, the last one."""
    even = np.ndim(h) == 0
    if even:
        within = (f[..., 2:] - f[..., :-2]) / (2.0 * h)
    else:
        within = slope_within(f[..., :-2], f[..., 1:-1], f[..., 2:], h[:-1], h[1:])
    if edge_order == 1:
        first = (f[..., 1:2] - f[..., :1]) / (h if even else h[0])
        last = (f[..., -1:] - f[..., -2:-1]) / (h if even else h[-1])
        return [first, within, last]
    if not even:
        first = slope_first(f[..., :1], f[..., 1:2], f[..., 2:3], h[0], h[1])
        return [first, within, slope_last(f[..., -3:-2], f[..., -2:-1], f[..., -1:], h[-2], h[-1])]
    first = over(f[..., :1], h, of=-1.5) + over(f[..., 1:2], h, of=2.0) + over(f[..., 2:3], h, of=-0.5)
    last = over(f[..., -3:-2], h, of=0.5) + over(f[..., -2:-1], h, of=-2.0) + over(f[..., -1:], h, of=1.5)
    return [first, within, last]


# ------------------------------------------------------------------------------- ediff1d


@composite(np.ediff1d)
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    flat = np.reshape(ary if isinstance(ary, Var) else np.asarray(ary), (-1,))
    dtype = dtype_of(flat)
    pieces = [flat[1:] - flat[:-1]]
    for name, given, at in (("to_begin", to_begin, 0), ("to_end", to_end, 2)):
        if given is None:
            continue
        if isinstance(given, (list, tuple)) and any(isinstance(v, Var) for v in given):
            given = np.stack(given)  # type: ignore[arg-type]
        given = given if isinstance(given, Var) else np.asarray(given)
        if not np.can_cast(dtype_of(given), dtype, casting="same_kind"):
            raise TypeError(f"dtype of `{name}` must be compatible with input `ary` under the `same_kind` rule.")
        pieces.insert(at, cast(np.reshape(given, (-1,)), dtype))
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


# -------------------------------------------------------------------------------- unwrap

# What is added to each phase is a number of periods: constant nearby.
general(
    np.unwrap,
    lambda g, y, p, *, discont=None, axis=-1, period=2 * np.pi: g,
    jvps=[lambda t, y, p, *, discont=None, axis=-1, period=2 * np.pi: t],
    keeps="",
)
