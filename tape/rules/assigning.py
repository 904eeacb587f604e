"""Assigning: what a write into an array is on a tape, a call that returns the array as it is afterwards.

``x[key] = v`` is the entry ``assign(x, v, key=key)``, which copies and writes: linear in both arguments. The adjoint of
the array is that of the result with zeros where it was written, and the adjoint of what was written is what was put to
zero. Where a key writes an element twice, the last write stands, and nothing flows into the earlier ones. A write
through a view is the entry :func:`put`, by the positions that the view reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.primitive import ours
from tape.record import Var
from tape.rule import general, linear
from tape.rules.indexing import Key, as_given, filled, getitem
from tape.rules.shape import unbroadcast

__tape__ = True


def copied(x: Any) -> Any:
    """Return a copy that lies in memory as the array does: what NumPy makes a view of it must be one of the copy."""
    if type(x) is not np.ndarray:
        return np.array(x)
    if x.flags.c_contiguous:
        return x.copy()
    out = x.copy("K")
    if out.strides == x.strides or 0 in x.strides:
        return out
    reach = [s * (n - 1) for s, n in zip(x.strides, x.shape, strict=True)]
    low, high = sum(min(r, 0) for r in reach), sum(max(r, 0) for r in reach)
    memory = np.zeros(high - low + x.itemsize, np.uint8)
    out = np.ndarray(x.shape, x.dtype, memory, -low, x.strides)
    out[...] = x
    return out


def plain(x: Any) -> Any:
    """Return the value of a variable."""
    return x._value if type(x) is Var else x


# -------------------------------------------------------------------- primitives


@ours
def assign(x: Any, v: Any, *arrays: Any, key: Key) -> Any:
    """Return a copy of an array after ``x[key] = v``, the arrays of the key given apart."""
    out = copied(x)
    out[filled(key, arrays)] = v
    return out


@ours
def put(x: Any, v: Any, *, at: Any, part: str | None = None) -> Any:
    """Return a copy of an array with ``v`` at positions counted in C's order, none of them twice.

    ``part="real"`` or ``"imag"`` writes one part of complex numbers.
    """
    out = copied(x)
    into = out if part is None else getattr(out, part)
    into[np.unravel_index(at, into.shape) if into.ndim else ()] = v
    return out


@ours
def picked(x: Any, *, at: Any, part: str | None = None) -> Any:
    """Return the elements at positions counted in C's order, or a part of them: what :func:`put` writes."""
    flat = np.asarray(x).reshape(-1)[at]
    return flat if part is None else getattr(flat, part)


@ours
def add_at(x: Any, v: Any, *arrays: Any, key: Key) -> Any:
    """Return a copy of an array with ``v`` added where a key points, again for each time that it points there."""
    out = copied(x)
    np.add.at(out, filled(key, arrays), v)
    return out


@ours
def constant(x: Any) -> Any:
    """Return an array, of which the tape makes a variable: it can be written into."""
    return x


# ---------------------------------------------------------------------- the rows


def winners(v: Any, arrays: Sequence[Any], key: Key, shape: tuple[int, ...]) -> Any:
    """Tell which elements of what was written stand, where a key points twice to one; None if all do.

    In which order NumPy writes depends on how what it writes lies in memory: numbers that lie likewise are written.
    """
    arrays = [plain(a) for a in arrays]
    if all(a.dtype == bool for a in arrays):
        return None
    full, v = filled(key, arrays), np.asarray(plain(v))
    where = np.arange(int(np.prod(shape))).reshape(shape)[full]
    flat = where.reshape(-1)
    if flat.size < 2 or (flat[1:] > flat[:-1]).all() or np.unique(flat).size == flat.size:
        return None
    number = np.empty_like(v, np.intp, subok=False)
    number[...] = np.arange(v.size).reshape(v.shape)
    probe = np.empty(shape, np.intp)
    probe[full] = number
    stands = (probe[full] == number.reshape(number.shape[max(number.ndim - where.ndim, 0) :])).reshape(-1)
    one = np.empty(probe.size, np.intp)  # of the same element, broadcast, written twice: either
    one[flat[stands]] = np.flatnonzero(stands)
    return (one[flat] == np.arange(flat.size)).reshape(where.shape)


def fitted(g: Any, shape: tuple[int, ...]) -> Any:
    """Return the adjoint of what was written, from that of where: NumPy drops its leading axes of length one."""
    lead = len(shape) - np.ndim(g)
    return np.reshape(unbroadcast(g, shape=shape[lead:]), shape) if lead > 0 else g


def _assign_x(g: Any, y: Any, x: Any, v: Any, *arrays: Any, key: Key) -> Any:
    return assign(g, 0, *arrays, key=key)


def _assign_v(g: Any, y: Any, x: Any, v: Any, *arrays: Any, key: Key) -> Any:
    part = getitem(g, *arrays, key=key)
    won = winners(v, arrays, key, np.shape(x)) if arrays else None
    return fitted(part if won is None else np.where(won, part, 0), np.shape(v))


def written(y: Any, t: Any) -> Any:
    """Return a tangent as it is written into one of a result: of a complex number cast to a real one, the real part."""
    return np.real(t) if dtype_of(t).kind == "c" and dtype_of(y).kind != "c" else t


def tangents_of(tangents: Sequence[Any], y: Any) -> tuple[Any, Any]:
    """Return the tangents of an array and of what is written into it, zeros where there are none."""
    x, v = tangents[:2]
    return np.zeros(np.shape(y), dtype_of(y)) if x is None else x, 0 if v is None else written(y, v)


def _assign_jvp(tangents: Sequence[Any], y: Any, x: Any, v: Any, *arrays: Any, key: Key) -> Any:
    if dtype_of(y).kind not in "fc":
        return None
    dx, dv = tangents_of(tangents, y)
    won = winners(v, arrays, key, np.shape(x)) if arrays else None
    if won is None or type(dv) is int:
        return assign(dx, dv, *arrays, key=key)
    return add_at(assign(dx, 0, *arrays, key=key), np.where(won, dv, 0), *arrays, key=key)


def _put_jvp(tangents: Sequence[Any], y: Any, x: Any, v: Any, *, at: Any, part: str | None = None) -> Any:
    if dtype_of(y).kind not in "fc":
        return None
    dx, dv = tangents_of(tangents, y)
    return put(dx, np.real(dv) if part else dv, at=at, part=part)


def _picked(g: Any, y: Any, x: Any, *, at: Any, part: str | None = None) -> Any:
    return put(np.zeros(np.shape(x), dtype_of(x)), g, at=at, part=part)


def _add_at_jvp(tangents: Sequence[Any], y: Any, x: Any, v: Any, *arrays: Any, key: Key) -> Any:
    dx, dv = tangents_of(tangents, y)
    return add_at(dx, dv, *arrays, key=key)


ASSIGN = general(assign, _assign_x, _assign_v, jvp=_assign_jvp, keeps="1:", bind=as_given)
PUT = general(
    put,
    lambda g, y, x, v, *, at, part=None: put(g, 0, at=at, part=part),
    lambda g, y, x, v, *, at, part=None: fitted(picked(g, at=at, part=part), np.shape(v)),
    jvp=_put_jvp,
    keeps="",
)
general(
    picked,
    _picked,
    jvps=[lambda t, y, x, *, at, part=None: picked(t, at=at, part=part)],
    keeps="",
)
general(
    add_at,
    lambda g, y, x, v, *arrays, key: g,
    lambda g, y, x, v, *arrays, key: fitted(getitem(g, *arrays, key=key), np.shape(v)),
    jvp=_add_at_jvp,
    keeps="2:",
    bind=as_given,
)
CONSTANT = linear(constant, lambda g, y, x: g, keeps="")
