"""Shapes: functions that move elements and compute nothing. Each is linear, and its transpose moves them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tape import adjoints
from tape.adjoints import unbroadcast
from tape.entry import dtype_of
from tape.errors import OptionError
from tape.primitive import ours
from tape.record import Var
from tape.rule import composite, linear, metadata, zero
from tape.rules.indexing import FIRST, scatter

__tape__ = True


# ------------------------------------------------------------- types and copies


@ours
def astype(x: Any, *, dtype: Any) -> Any:
    """Cast to another floating-point or complex dtype."""
    return np.asarray(x).astype(dtype)[()]


@ours
def discretised(x: Any, *, dtype: Any) -> Any:
    """Cast to integers or booleans: the derivative is zero wherever it exists."""
    return np.asarray(x).astype(dtype)[()]


linear(astype, lambda g, y, x, *, dtype: g, keeps="")
zero(discretised)
linear(np.copy, lambda g, y, x, *, order="K": g, keeps="")


def cast(x: Any, dtype: Any) -> Any:
    """Return ``x.astype(dtype)``, of an array or a variable."""
    dtype = np.dtype(dtype)
    return (astype if dtype.kind in "fc" else discretised)(x, dtype=dtype)


if hasattr(np, "astype"):

    @composite(np.astype)
    def _astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
        return cast(x, dtype)


metadata(
    np.shape,
    np.ndim,
    np.size,
    np.zeros_like,
    np.ones_like,
    np.empty_like,
    np.result_type,
    np.can_cast,
    np.min_scalar_type,
    np.common_type,
    np.iscomplexobj,
    np.isrealobj,
    np.may_share_memory,
    np.shares_memory,
    np.array_repr,
    np.array_str,
    np.array2string,
    np.tril_indices_from,
    np.triu_indices_from,
    np.diag_indices_from,
)


@composite(np.full_like)
def _full_like(a: Any, fill_value: Any, dtype: Any = None, *_: Any, shape: Any = None, **__: Any) -> Any:
    dtype = dtype_of(a) if dtype is None else np.dtype(dtype)
    shape = np.shape(a) if shape is None else shape
    if isinstance(fill_value, Var):
        return np.broadcast_to(cast(fill_value, dtype), shape)
    return np.full(shape, fill_value, dtype)


# ------------------------------------------------------------------ broadcasting

unbroadcast = ours(unbroadcast)

linear(unbroadcast, lambda g, y, x, *, shape: np.broadcast_to(g, np.shape(x)), keeps="")
linear(np.broadcast_to, lambda g, y, x, *, shape: unbroadcast(g, shape=np.shape(x)), keeps="")


@composite(np.broadcast_arrays)
def _broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    return tuple(np.broadcast_to(a, shape) for a in args)


# -------------------------------------------------------------- reshaping, order


def _reshape_bind(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    def bound(a: Any, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
        return a, shape, order

    a, shape, order = bound(*args, **kwargs)
    if order not in ("C", "F"):  # the order that elements have in memory: the adjoint may lie otherwise
        value = a._value if isinstance(a, Var) else np.asarray(a)
        order = "F" if isinstance(value, np.ndarray) and value.flags.fnc else "C"
    shape = tuple(shape) if isinstance(shape, list) else shape
    return (a,), {"shape": shape} if order == "C" else {"shape": shape, "order": order}


def _reshape(g: Any, y: Any, x: Any, *, shape: Any, order: Any = "C") -> Any:
    return np.reshape(g, np.shape(x), order=order)


linear(np.reshape, _reshape, keeps="", bind=_reshape_bind)


@composite(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    """Flatten; ``order="K"`` takes the elements as they lie in memory, where that is one of NumPy's two orders."""
    if order == "K":
        flags = np.asarray(a._value if isinstance(a, Var) else a).flags
        if not (flags.c_contiguous or flags.f_contiguous):
            raise OptionError(
                f"np.ravel(order='K') of an array of shape {np.shape(a)} with gaps or flipped axes: say 'C'"
            )
        order = "A"
    flat = np.reshape(a, (-1,), order=order)  # type: ignore[call-overload]
    # Of an array with gaps or flipped axes a reshape may still be a view: NumPy's ravel is a copy.
    return flat if not isinstance(flat, Var) or flat._value.flags.c_contiguous else np.copy(flat)


linear(np.expand_dims, lambda g, y, x, *, axis: np.reshape(g, np.shape(x)), keeps="")
linear(np.squeeze, lambda g, y, x, *, axis=None: np.reshape(g, np.shape(x)), keeps="")


def _atleast(ndim: int, widen: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Callable[..., Any]:
    def program(*arys: Any) -> Any:
        found = tuple(a if np.ndim(a) >= ndim else np.reshape(a, widen(np.shape(a))) for a in arys)
        return found[0] if len(found) == 1 else found

    return program


composite(np.atleast_1d)(_atleast(1, lambda s: (1,)))
composite(np.atleast_2d)(_atleast(2, lambda s: (1,) * (2 - len(s)) + s))
composite(np.atleast_3d)(_atleast(3, lambda s: ((1, 1, 1), (1, *s, 1), (*s, 1))[len(s)]))


# ------------------------------------------------------------------------- axes


def inverse(axes: Any, ndim: int) -> tuple[int, ...]:
    """Return the permutation that undoes a permutation of axes."""
    return tuple(int(k) for k in np.argsort([a % ndim for a in axes]))


linear(
    np.transpose,
    lambda g, y, x, *, axes=None: np.transpose(g, None if axes is None else inverse(axes, np.ndim(x))),
    keeps="",
)
linear(np.swapaxes, lambda g, y, x, *, axis1, axis2: np.swapaxes(g, axis1, axis2), keeps="")
linear(np.moveaxis, lambda g, y, x, *, source, destination: np.moveaxis(g, destination, source), keeps="")


@composite(np.rollaxis)
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    n = np.ndim(a)
    if not -n <= axis < n or not -n <= start <= n:
        raise np.exceptions.AxisError(f"rollaxis: axis {axis}, start {start} of an array with {n} axes")
    axis, start = axis % n, start + n if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


if hasattr(np, "matrix_transpose"):
    linear(np.matrix_transpose, lambda g, y, x: np.swapaxes(g, -1, -2), keeps="")
    composite(np.linalg.matrix_transpose)(lambda x, /: np.matrix_transpose(x))


# ------------------------------------------------------------- flips, rolls, turns


def opposite(shift: Any) -> Any:
    """Return the shift, or shifts, that undo one of :func:`numpy.roll`."""
    return -shift if isinstance(shift, int) else tuple(-int(s) for s in np.ravel(shift))


linear(np.flip, lambda g, y, x, *, axis=None: np.flip(g, axis), keeps="")
linear(np.roll, lambda g, y, x, *, shift, axis=None: np.roll(g, opposite(shift), axis), keeps="")


@composite(np.fliplr)
def _fliplr(m: Any) -> Any:
    if np.ndim(m) < 2:
        raise ValueError("Input must be >= 2-d.")
    return np.flip(m, 1)


@composite(np.flipud)
def _flipud(m: Any) -> Any:
    if np.ndim(m) < 1:
        raise ValueError("Input must be >= 1-d.")
    return np.flip(m, 0)


@composite(np.rot90)
def _rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    first, second = (a % np.ndim(m) for a in axes)
    if first == second:
        raise ValueError("Axes must be different.")
    k %= 4
    if k == 0:
        return m[...]  # a view, as NumPy's is
    if k == 2:
        return np.flip(m, (first, second))
    if k == 1:
        return np.swapaxes(np.flip(m, second), first, second)
    return np.flip(np.swapaxes(m, first, second), second)


# --------------------------------------------------------------------- repeating


def along(axis: int) -> tuple[Any, ...]:
    """Return the key that reads by an array of positions along an axis."""
    return (*[slice(None)] * axis, FIRST) if axis else FIRST  # type: ignore[return-value]


def _repeat(g: Any, y: Any, x: Any, *, repeats: Any, axis: int | None = None) -> Any:
    shape = np.shape(x)
    if axis is None:
        g, flat = np.reshape(g, (-1,)), (int(np.size(x)),)
    else:
        axis, flat = axis % len(shape), shape
    k = axis or 0
    if np.size(repeats) == 1:
        times = int(np.ravel(repeats)[0])
        parts = np.reshape(g, (*flat[:k], flat[k], times, *flat[k + 1 :]))
        return np.reshape(np.sum(parts, axis=k + 1), shape)
    positions = np.repeat(np.arange(flat[k]), repeats)
    return np.reshape(scatter(g, positions, key=along(k), shape=flat), shape)


def _repeat_bind(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    def bound(a: Any, repeats: Any, axis: int | None = None) -> Any:
        return a, repeats, axis

    a, repeats, axis = bound(*args, **kwargs)
    options = {"repeats": repeats if isinstance(repeats, (int, Var)) else np.array(repeats)}
    return (a,), options if axis is None else {**options, "axis": axis}


linear(np.repeat, _repeat, keeps="", bind=_repeat_bind)


@composite(np.tile)
def _tile(A: Any, reps: Any) -> Any:
    times = tuple(int(k) for k in np.ravel(reps))
    n = max(len(times), np.ndim(A))
    times = (1,) * (n - len(times)) + times
    shape = (1,) * (n - np.ndim(A)) + np.shape(A)
    apart = [k for s in shape for k in (1, s)]
    repeated = [k for pair in zip(times, shape, strict=True) for k in pair]
    return np.reshape(
        np.broadcast_to(np.reshape(A, apart), repeated), [k * s for k, s in zip(times, shape, strict=True)]
    )


@composite(np.resize)
def _resize(a: Any, new_shape: Any) -> Any:
    shape = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    if any(s < 0 for s in shape):
        raise ValueError("all elements of `new_shape` must be non-negative")
    flat, wanted, have = np.ravel(a), int(np.prod(shape, dtype=np.int64)), int(np.size(a))
    if wanted == 0 or have == 0:
        return np.zeros(shape, dtype_of(a))
    return np.reshape(np.tile(flat, -(-wanted // have))[:wanted], shape)


# -------------------------------------------------------- triangles and diagonals

linear(np.tril, lambda g, y, x, *, k=0: np.tril(g, k), keeps="")
linear(np.triu, lambda g, y, x, *, k=0: np.triu(g, k), keeps="")


@ours
def undiagonal(d: Any, *, shape: tuple[int, ...], offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return zeros of a shape, with ``d`` on a diagonal: the transpose of :func:`numpy.diagonal`."""
    out = np.zeros(shape, np.result_type(d))
    view = np.diagonal(out, offset, axis1, axis2)
    view.flags.writeable = True
    view[...] = d
    return out


def _diagonal(g: Any, y: Any, x: Any, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return undiagonal(g, shape=np.shape(x), offset=offset, axis1=axis1, axis2=axis2)


def _trace(g: Any, y: Any, x: Any, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return undiagonal(np.expand_dims(g, -1), shape=np.shape(x), offset=offset, axis1=axis1, axis2=axis2)


def _diag(g: Any, y: Any, x: Any, *, k: int = 0) -> Any:
    return np.diagonal(g, k) if np.ndim(x) == 1 else undiagonal(g, shape=np.shape(x), offset=k)


linear(
    undiagonal,
    lambda g, y, d, *, shape, offset=0, axis1=0, axis2=1: unbroadcast(
        np.diagonal(g, offset, axis1, axis2), shape=np.shape(d)
    ),
    keeps="",
)
linear(np.diagonal, _diagonal, keeps="")
linear(np.trace, _trace, keeps="")
linear(np.diag, _diag, keeps="")
composite(np.diagflat)(lambda v, k=0: np.diag(np.ravel(v), k))
if hasattr(np.linalg, "diagonal"):
    composite(np.linalg.diagonal)(lambda x, /, *, offset=0: np.diagonal(x, offset, -2, -1))
    composite(np.linalg.trace)(lambda x, /, *, offset=0: np.trace(x, offset, -2, -1))

adjoints.UNBROADCAST, adjoints.CAST = unbroadcast, astype
