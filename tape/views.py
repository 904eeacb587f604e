"""Writes and views: what NumPy programs change in place, as entries of the tape.

A value on a tape never changes. A write records what the array is afterwards, and the variable that was written goes
over to that entry. What NumPy makes a view of an array shares memory with it on the tape, too, by which it is told; a
write goes to the array that owns the memory, and all variables that are views of it are read from it again: they go
over to new entries, the calls that made them, repeated.

Only views are noted, when they are made, by the variables that live: an array that nothing is a view of has no buffer.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from tape import record, var
from tape.entry import dtype_of, unpack
from tape.errors import InPlaceError, OptionError
from tape.record import ALIAS, INPUT, Tape, Var
from tape.rule import short
from tape.rules.assigning import ASSIGN, PUT, plain
from tape.rules.indexing import read, split
from tape.rules.shape import cast

__tape__ = True

ndarray = np.ndarray


class Buffer:
    """Memory that several variables share: the entry that holds it all, its value, and the variables.

    The variables know their buffer, and it knows them weakly: none is kept alive by another.
    """

    __slots__ = ("index", "limit", "members", "value")

    index: int
    value: Any
    members: list[ref[Var]]
    limit: int

    def thin(self) -> None:
        """Forget the variables that are gone: done when their number has doubled."""
        self.members = [m for m in self.members if m() is not None]
        self.limit = 2 * len(self.members) + 32


def buffer_of(v: Var) -> Buffer | None:
    """Return the buffer of a variable that is a view, or that views were made of."""
    try:
        return v._buffer
    except AttributeError:
        return None


def memory(value: Any) -> Any:
    """Return the array that owns an array's memory, through whatever holds it for NumPy's stride tricks."""
    base = value.base
    while base is not None:
        if type(base) is ndarray:
            value = base
        base = getattr(base, "base", None)
    return value


def note_view(v: Var, x: Var) -> None:
    """Note a variable that is a view of another."""
    try:
        buffer = x._buffer
    except AttributeError:
        buffer = x._buffer = v._buffer = Buffer()
        buffer.index, buffer.value = x._index, x._value
        buffer.members, buffer.limit = [ref(x), ref(v)], 32
        return
    v._buffer = buffer
    members = buffer.members
    members.append(ref(v))
    if len(members) > buffer.limit:
        buffer.thin()


def note(v: Var, args: Any) -> None:
    """Note a variable whose value is no array of its own: it may share the memory of one of the arguments."""
    value = v._value
    if args and type(first := args[0]) is Var and type(given := first._value) is ndarray:
        base = value.base
        if given is base or (base is not None and given.base is base):  # the common case, at less cost
            note_view(v, first)
            return
    owner: Any = None
    for arg in args:
        if type(arg) is tuple or type(arg) is list:
            note(v, arg)
        elif type(arg) is Var and type(arg._value) is ndarray:
            if owner is None:
                owner = memory(value)
            if memory(arg._value) is owner:
                note_view(v, arg)
                return


# ------------------------------------------------------------------------ positions


def positions(whole: Any, region: Any) -> tuple[Any, str | None]:
    """Return where the elements of a view stand in an array, counted in C's order, and which part of them it is."""
    if not region.size:
        return np.zeros(region.shape, np.intp), None
    offset = region.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    at: Any = np.asarray(offset)
    for n, stride in zip(region.shape, region.strides, strict=True):
        at = at[..., None] + np.arange(n) * stride
    size, part = whole.itemsize, None
    if whole.dtype.kind == "c" and region.dtype.kind != "c":
        part = "imag" if offset % size else "real"
        at -= size // 2 if part == "imag" else 0
    elif region.dtype != whole.dtype:
        raise InPlaceError(f"a view of {region.dtype} of an array of {whole.dtype} can't be written into")
    if whole.flags.c_contiguous:
        return np.asarray(at // size), part
    at -= sum(min(s * (n - 1), 0) for s, n in zip(whole.strides, whole.shape, strict=True))
    axes = sorted((k for k in range(whole.ndim) if whole.shape[k] > 1), key=lambda k: -abs(whole.strides[k]))
    index: list[Any] = [np.zeros_like(at)] * whole.ndim
    for k in axes:
        step = abs(whole.strides[k])
        index[k], at = at // step, at % step
        if whole.strides[k] < 0:
            index[k] = whole.shape[k] - 1 - index[k]
    return np.asarray(np.ravel_multi_index(tuple(index), whole.shape)), part


# --------------------------------------------------------------------------- writes


def writable(w: Var) -> Any:
    """Check that a variable holds an array that may be written into, and return it."""
    value = w._value
    if type(value) is not ndarray:
        kind = type(value).__name__ if type(value) is float else f"numpy.{type(value).__name__}"
        raise TypeError(f"'{kind}' object does not support item assignment")
    if not value.flags.writeable:
        raise ValueError("assignment destination is read-only")
    return value


def store(w: Var, key: Any, v: Any, frame: Any) -> None:
    """Do what ``w[key] = v`` does."""
    value = writable(w)
    t, buffer = w._tape, buffer_of(w)
    if type(v) in (list, tuple) and holds_variables(v):
        v = stacked(v)
    elif type(v) is not Var and not isinstance(v, (int, float, complex, np.generic)):
        v = np.array(v)  # as it is now, whatever becomes of it
    if type(v) is Var or type(v) is ndarray:
        v = as_held(v, value.dtype)
    key, arrays = split(key)
    whole = buffer is None or buffer.index == w._index
    if not arrays:
        region = value[key]
        if type(region) is not ndarray:
            region = value[(*key, ...) if type(key) is tuple else (key, ...)]
        if type(v) is Var and itself(v, buffer, region):
            return
        if not whole:
            at, part = positions(buffer.value, region)  # type: ignore[union-attr]
            settle(w, put_at(t, buffer, v, at, part, frame), frame)
            return
    made = record.record(ASSIGN, (w, v, *arrays), {"key": key}, frame)
    settle(w, made if whole else put_at(t, buffer, made, *positions(buffer.value, value), frame), frame)  # type: ignore[union-attr]


def as_held(v: Any, dtype: np.dtype[Any]) -> Any:
    """Return what is written in the dtype of the array, where that can't hold it as it is."""
    have = dtype_of(plain(v))
    if have is dtype or np.can_cast(have, dtype) or have.kind not in "fc":
        return v
    return cast(v, dtype) if type(v) is Var else v.astype(dtype)


def put_at(t: Tape, buffer: Any, v: Any, at: Any, part: str | None, frame: Any) -> Any:
    """Record a write into the array that owns a buffer."""
    options = {"at": at} if part is None else {"at": at, "part": part}
    return record.record(PUT, (handle(t, buffer.index, buffer.value), v), options, frame)


def handle(t: Tape, index: int, value: Any) -> Var:
    """Return another variable of an entry: what is written into one of the two, the other doesn't see."""
    v = Var()
    v._tape, v._index, v._value = t, index, value
    return v


def itself(v: Var, buffer: Buffer | None, region: Any) -> bool:
    """Tell whether what is written is the very memory that it is written to, as ``x[1:] += 1`` ends with."""
    value = v._value
    return (
        buffer is not None
        and buffer_of(v) is buffer
        and value.dtype == region.dtype
        and value.shape == region.shape
        and value.strides == region.strides
        and value.__array_interface__["data"][0] == region.__array_interface__["data"][0]
    )


def replace(w: Var, made: Any, frame: Any, *, fresh: bool = False) -> Var:
    """Give a variable's array the content ``made``, and return the variable.

    ``fresh``: nobody else has ``made``, so that the variable may go over to it, without a copy, where it lies likewise.
    """
    value = writable(w)
    buffer = buffer_of(w)
    if fresh and type(made) is Var and type(made._value) is ndarray and made._tape is w._tape:
        z = made._value
        alike = z.dtype == value.dtype and z.shape == value.shape and z.strides == value.strides
        if alike and (buffer is None or buffer.index == w._index) and z.base is None and buffer_of(made) is None:
            settle(w, made, frame)
            return w
    store(w, ..., made, frame)
    return w


def update(w: Var, made: Any, name: str, frame: Any) -> Var:
    """Do what ``w += ...`` does, given the sum: NumPy's conditions for writing a result into an array."""
    value = writable(w)
    check_result(value, made, name)
    return replace(w, made, frame, fresh=True)


def check_result(value: Any, made: Any, name: str, casting: str = "same_kind") -> None:
    """Check that a result may be written into an array, as NumPy does."""
    dtype, shape = dtype_of(plain(made)), np.shape(plain(made))
    if not np.can_cast(dtype, value.dtype, casting):  # type: ignore[arg-type]
        raise TypeError(
            f"Cannot cast ufunc '{name}' output from {dtype!r} to {value.dtype!r} with casting rule {casting!r}"
        )
    if np.broadcast_shapes(shape, value.shape) != value.shape:
        raise ValueError(
            f"non-broadcastable output operand with shape {value.shape} doesn't match the broadcast shape {shape}"
        )


def settle(w: Var, made: Any, frame: Any) -> None:
    """Let a variable that was written into, and all views of its memory, go over to what they are now."""
    t, buffer = w._tape, buffer_of(w)
    check_alone(t, w._index if buffer is None else buffer.index)
    if buffer is None:
        go_over(w, made)
        return
    now: dict[int, Any] = {buffer.index: made}
    live = [(m, v) for m in buffer.members if (v := m()) is not None]
    moved = [(v, repeated(t, v._index, now, frame)) for _, v in live]
    buffer.index, buffer.value, buffer.members = made._index, made._value, [m for m, _ in live]
    for v, view in moved:
        go_over(v, view)


def go_over(v: Var, made: Any) -> None:
    """Let a variable stand for another entry, and note which it stood for."""
    if made._index != v._index:
        v._tape._moved[made._index] = v._index
    v._index, v._value = made._index, made._value


def repeated(t: Tape, i: int, now: dict[int, Any], frame: Any) -> Any:
    """Repeat the calls that made a view, from what its array is ``now``."""
    calls: list[int] = []
    while i not in now:
        sources = [a for a in unpack(t._log[i])[1] if a >= 0]
        if len(sources) != 1:
            raise InPlaceError(
                f"a write changes the array that entry {t.entries[i].describe()} hands on, of several that it is given:"
                " copy its result (np.copy) before the write"
            )
        calls.append(i)
        i = sources[0]
    for k in reversed(calls):
        row, refs, raws, _, _, options = unpack(t._log[k])
        source = now[i]
        args = [raw if a < 0 else source._value for a, raw in zip(refs, raws, strict=True)]
        value = row.base.call(*args, **(options or {}))
        made = record.enter(
            t, row.base, [a if a < 0 else source._index for a in refs], args, options or {}, value, frame
        )
        now[k], i = made, k
    return now[i]


def check_alone(t: Tape, i: int) -> None:
    """Refuse to write into an argument whose memory is that of another argument."""
    log = t._log
    row, refs, _, y, *_ = unpack(log[i])
    if row is ALIAS:
        shared = any(0 <= k < len(log) and log[k][0] == ALIAS.id and log[k][1] == refs for k in (i - 1, i + 1))
    elif row is INPUT and type(y) is ndarray:
        others = [log[k][3] for k in t._roles if k != i]
        shared = any(type(z) is ndarray and np.may_share_memory(y, z) and np.shares_memory(y, z) for z in others)
    else:
        return
    if shared:
        raise InPlaceError(
            f"a write into an input of shape {np.shape(y)} whose memory another input shares: NumPy would change both."
            " Give one of them a copy (x.copy())"
        )


# ----------------------------------------------------------------------------- out=


SUMS = frozenset(
    [np.sum, np.prod, np.mean, np.cumsum, np.cumprod, np.nansum, np.nanprod, np.nancumsum, np.nancumprod, np.nanmean]
)
"""What computes in the type that ``out`` has, as the methods of ufuncs do: if it holds more, and no other is asked."""


def wider(x: Any, w: Any, dtype: Any) -> Any:
    """Return the type to add up in, where the result is written into a variable of more precision; None for its own."""
    return w.dtype if dtype is None and type(w) is Var and np.can_cast(dtype_of(plain(x)), w.dtype) else dtype


def method_into(name: str, method: Any, args: tuple[Any, ...], kwargs: dict[str, Any], frame: Any) -> Any:
    """Do what a ufunc's method with ``out=`` does."""
    (w,) = kwargs["out"]
    return into(method, args, kwargs | {"dtype": wider(args[0], w, kwargs.get("dtype"))}, frame, name)[0]


def into(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], frame: Any, called: str | None = None) -> Any:
    """Do what a function with ``out=`` does: compute, and write the result into a variable."""
    options = dict(kwargs)
    out = options.pop("out")
    many = type(out) is tuple
    targets = out if many else (out,)
    name = f"{called or 'np.' + getattr(func, '__name__', str(func))}(out=)"
    for w in targets:
        if w is not None and type(w) is not Var:
            raise misplaced(name, w)
    if func in SUMS and 0 < len(args) < 3:
        options["dtype"] = wider(args[0], out, options.get("dtype"))
    made = func(*args, **options)
    found = made if type(made) is tuple else (made,)
    if len(found) != len(targets):
        raise ValueError(f"{name} takes {len(found)} arrays, and is given {len(targets)}")
    results: list[Any] = []
    for w, result in zip(targets, found, strict=True):
        if w is not None:
            value = writable(w)
            if np.shape(plain(result)) != value.shape:
                raise ValueError(f"{name} has shape {value.shape}, and the result {np.shape(plain(result))}")
            check_result(value, result, name)
            replace(w, result, frame)
        results.append(result if w is None else w)
    return tuple(results) if many else results[0]


def ufunc_into(ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any], frame: Any) -> Any:
    """Do what a ufunc with ``out=`` does; with ``where=``, only there."""
    options = dict(kwargs)
    out = options.pop("out")
    where, casting = options.pop("where", True), options.get("casting") or "same_kind"
    for w in out:
        if w is not None and type(w) is not Var:
            raise misplaced(f"np.{ufunc.__name__}(out=), or `a += x` with an array a,", w)
    results: list[Any] = []
    if where is not True and ufunc.nout == 1 and ufunc.signature is None:
        (w,) = out
        value = writable(w)
        shape = np.broadcast_shapes(*(np.shape(plain(x)) for x in (*inputs, where)))
        if np.broadcast_shapes(shape, value.shape) != value.shape:
            check_result(value, np.zeros(shape, value.dtype), ufunc.__name__)
        here = np.broadcast_to(where, value.shape)
        made = ufunc(
            *(read(np.broadcast_to(x, value.shape), here) if np.ndim(plain(x)) else x for x in inputs), **options
        )
        check_result(value, np.zeros(value.shape, dtype_of(plain(made))), ufunc.__name__, casting)
        store(w, here, made, frame)
        return w
    if where is not True:
        raise OptionError(f"np.{ufunc.__name__}(where=, out=) has no rule for several results: use np.where on each")
    made = ufunc(*inputs, **options)
    for w, result in zip(out, made if type(made) is tuple else (made,), strict=True):
        results.append(result if w is None else _into(ufunc, w, result, casting, frame))
    return tuple(results) if len(results) > 1 else results[0]


def _into(ufunc: np.ufunc, w: Var, result: Any, casting: str, frame: Any) -> Var:
    check_result(writable(w), result, ufunc.__name__, casting)
    return replace(w, result, frame, fresh=True)


# ------------------------------------------------------------------- lists, constants


def holds_variables(value: Any) -> bool:
    """Tell whether variables are among nested lists."""
    return type(value) is Var or (type(value) in (list, tuple) and any(holds_variables(v) for v in value))


def stacked(value: Any) -> Any:
    """Return nested lists, with variables among them, as one variable: what np.array would make of them."""
    if type(value) in (list, tuple):
        return np.stack([stacked(v) for v in value])
    return value


MAKE_IT = (
    "make that array with tape.zeros(shape), np.zeros_like(x) or np.zeros(shape, like=x), of a variable x, and it takes"
    " variables"
)
"""What to do about a variable that is written into an ordinary array."""


def misplaced(name: str, a: Any) -> InPlaceError:
    """Return the error for a write of a variable into what isn't one."""
    return InPlaceError(
        f"{name} writes a recorded variable into {short(a) if not isinstance(a, ndarray) else 'an ordinary array'}"
        f" of shape {np.shape(a)}, which would cut it off its tape: {MAKE_IT}"
    )


var.NOTE, var.NOTE_VIEW = note, note_view
