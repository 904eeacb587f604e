"""Replay: running a tape's calls again, on the same inputs or on others, in the same precision or in a higher one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tape.errors import ReplayError

if TYPE_CHECKING:
    from tape.record import Tape

__tape__ = True


def replay(t: Tape, *inputs: Any, engine: str = "numpy") -> Any:
    """Run a tape's calls again.

    Parameters
    ----------
    t : Tape
        The tape, which keeps its constants (``Tape(keep="all")``, the default).
    *inputs : array_like
        New values for the inputs and weights, in the order of their entries, of the recorded shapes and dtypes; the
        recorded values, if none is given.
    engine : {"numpy", "longdouble", "torch"}
        What computes. ``longdouble`` is NumPy in the widest precision that it has, every input, constant and cast
        promoted: the referee between two results in double precision.

    Returns
    -------
    Tape or Replayed
        In NumPy a tape, with the same entries under the same numbers, names, scopes and lines: sweep it for adjoints
        (``u.sweep(variable(u, y))``). In torch, :class:`tape.program.torch.Replayed`, without adjoints: name
        an output to :func:`tape.program.torch.replay` for those.

    Raises
    ------
    ReplayError
        An input's, an entry's shape or dtype, or a branch that was taken, isn't that of the recording; a function
        doesn't compute in longdouble.
    MutationError
        A constant array was changed since it was recorded.
    """
    if engine == "torch":
        from tape.program import torch

        return torch.replay(t, inputs=inputs or None)
    if engine not in ("numpy", "longdouble"):
        raise ValueError(f"engine is 'numpy', 'longdouble' or 'torch', not {engine!r}")
    return again(t, inputs or None, dtype=np.longdouble if engine == "longdouble" else None)


def again(t: Tape, inputs: Sequence[Any] | None = None, *, dtype: Any = None) -> Tape:
    """Record the calls of a tape once more, on a tape of their own; in a precision of their own if there is a dtype."""
    from tape.entry import unpack
    from tape.guard import guard
    from tape.record import INPUT, Tape, push

    replayable(t)
    fresh = given_inputs(t, inputs, dtype=dtype)
    u = Tape()
    u._codes, u._scopes = list(t._codes), list(t._scopes)
    u._names, u._roles, u._branches = dict(t._names), dict(t._roles), list(t._branches)
    values: list[Any] = []
    for i, entry in enumerate(t._log):
        row, refs, raws, y, lasti, options = unpack(entry)
        row = row.base
        if row is INPUT:
            value: Any = fresh[i]
            args: tuple[Any, ...] = ()
        else:
            constants_kept(t, i, refs, raws)
            args = tuple(values[a] if a >= 0 else promoted(raw, dtype) for a, raw in zip(refs, raws, strict=True))
            options = promoted_options(options, dtype)
            value = computed(t, i, row, args, options, dtype)
            check(t, i, value, y, dtype)
        for arg in (value,) if row is INPUT else [arg for a, arg in zip(refs, args, strict=True) if a < 0]:
            if type(arg) is np.ndarray:
                guard(u, arg, i)
        push(u, (row.id, refs, args, value, lasti, options or None), value)
        values.append(value)
    check_branches(t, values)
    return u


def computed(t: Tape, i: int, row: Any, args: tuple[Any, ...], options: dict[str, Any], dtype: Any) -> Any:
    """Call a row's function on promoted arguments."""
    if dtype is None:
        return row.call(*args, **options)
    try:
        value = row.call(*args, **options)
        if inexact(value) and not any(inexact(a) and type(a) not in (float, complex) for a in args):
            # integers, booleans and Python's numbers: nothing among them that says in which precision to compute
            args = tuple(np.asarray(a).astype(dtype)[()] if kind(a) in "biuf" else a for a in args)
            value = row.call(*args, **options)
    except TypeError as error:
        raise ReplayError(
            f"entry {t.entries[i].describe()} doesn't compute in {np.dtype(dtype).name}: {error}"
        ) from error
    return value


def variable(t: Tape, v: Any) -> Any:
    """Return the variable of an entry, given by number, or by the variable or entry of that number on any tape.

    Parameters
    ----------
    t : Tape
        The tape: a replayed one.
    v : Var, Entry or int
        Which entry: ``u.sweep(variable(u, y))`` sweeps a replay ``u`` from what was ``y`` in the recording.
    """
    from tape.entry import Entry, unpack
    from tape.sweep import held

    index = v if isinstance(v, int) else v.index if isinstance(v, Entry) else v._index
    return held(t, index, unpack(t._log[index])[3])


# ------------------------------------------------------------------- precision


def kind(value: Any) -> str:
    """Return the kind of a value's dtype; that of the first part of a tuple."""
    from tape.entry import dtype_of

    return kind(value[0]) if type(value) is tuple and value else dtype_of(value).kind


def inexact(value: Any) -> bool:
    """Tell whether a value is of floats or of complex numbers."""
    return kind(value) in "fc"


def promoted_dtype(have: np.dtype[Any], dtype: Any) -> np.dtype[Any]:
    """Return the dtype in which to compute what was recorded in ``have``: the complex one for complex numbers."""
    if dtype is None or have.kind not in "fc":
        return have
    return np.result_type(dtype, np.complex64) if have.kind == "c" else np.dtype(dtype)


def promoted(raw: Any, dtype: Any) -> Any:
    """Return a constant in another precision; Python's numbers, which are weak, and integers as they are."""
    if dtype is None or not isinstance(raw, (np.ndarray, np.generic)) or raw.dtype.kind not in "fc":
        return raw
    return np.asarray(raw).astype(promoted_dtype(raw.dtype, dtype))[()]


def promoted_options(options: dict[str, Any] | None, dtype: Any) -> dict[str, Any]:
    """Return a call's options in another precision: the dtypes of casts, and arrays."""
    if dtype is None or not options:
        return options or {}
    found: dict[str, Any] = {}
    for name, value in options.items():
        if name == "dtype" and value is not None:
            found[name] = promoted_dtype(np.dtype(value), dtype)
        else:
            found[name] = promoted(value, dtype) if isinstance(value, np.ndarray) else value
    return found


# ---------------------------------------------------------------------- checks


def replayable(t: Tape) -> None:
    """Check that a tape is open, and that no array that it read was changed."""
    from tape.guard import verify
    from tape.sweep import check_open

    check_open(t)
    verify(t)


def given_inputs(t: Tape, inputs: Sequence[Any] | None, *, dtype: Any = None) -> dict[int, Any]:
    """Return the values of a tape's inputs by entry: the given ones, checked against the recorded, or these."""
    from tape.entry import dtype_of, unpack
    from tape.record import INPUT, differentiable

    recorded = {i: unpack(entry)[3] for i, entry in enumerate(t._log) if entry[0] == INPUT.id}
    if inputs is not None and len(inputs) != len(recorded):
        raise ReplayError(f"the tape has {len(recorded)} inputs and weights, {len(inputs)} values were given")
    found: dict[int, Any] = {}
    for k, (i, old) in enumerate(recorded.items()):
        new = old if inputs is None else differentiable(inputs[k], t._names.get(i))
        if np.shape(new) != np.shape(old) or dtype_of(new) != dtype_of(old):
            raise ReplayError(
                f"input {k}, entry {t.entries[i].describe()}, was recorded with shape {np.shape(old)}, {dtype_of(old)},"
                f" and is given with shape {np.shape(new)}, {dtype_of(new)}: record again for other shapes and dtypes"
            )
        found[i] = new if dtype is None else np.asarray(new).astype(promoted_dtype(dtype_of(new), dtype))[()]
    return found


def constants_kept(t: Tape, i: int, refs: Sequence[int], raws: Sequence[Any]) -> None:
    """Check that an entry's constants are there: a tape of residuals lets go of those that no rule reads."""
    from tape.entry import PLAIN_BINARY_LENGTH, PLAIN_UNARY_LENGTH

    if len(t._log[i]) not in (PLAIN_UNARY_LENGTH, PLAIN_BINARY_LENGTH):
        return  # the general form keeps its constants: a None there is an argument (np.clip's)
    from tape.entry import PLAIN_BINARY_LENGTH

    if len(t._log[i]) != PLAIN_BINARY_LENGTH:  # the other forms keep them
        return
    for a, raw in zip(refs, raws, strict=True):
        if a < 0 and raw is None:
            raise ReplayError(
                f"the tape keeps only what a sweep reads, and a constant of entry {t.entries[i].describe()} is gone:"
                " record on tape.Tape(keep='all') to replay"
            )


def check(t: Tape, i: int, value: Any, y: Any, dtype: Any) -> None:
    """Check that a value has the recorded shape and dtype."""
    from tape.entry import dtype_of

    if y is None:
        return
    if type(value) is tuple or type(y) is tuple:
        if type(value) is not type(y) or len(value) != len(y):
            raise ReplayError(f"entry {t.entries[i].describe()} hasn't the number of results that were recorded")
        for part, have in zip(value, y, strict=True):
            check(t, i, part, have, dtype)
        return
    shape, want = np.shape(y), promoted_dtype(dtype_of(y), dtype)
    if np.shape(value) != shape or dtype_of(value) != want:
        raise ReplayError(
            f"entry {t.entries[i].describe()} has shape {np.shape(value)}, {dtype_of(value)} in the replay, and by the"
            f" recording {shape}, {want}: a shape depends on values, or the function doesn't compute in this precision"
        )


def check_branches(t: Tape, values: Sequence[Any]) -> None:
    """Check that a replay would have taken the branches of the recording."""
    for i, taken in t._branches:
        if bool(values[i]) is not taken:
            raise ReplayError(
                f"the program branched on entry {t.entries[i].describe()}, which was {taken} and is now {not taken}:"
                " the recorded calls are those of the other branch. Record again, or choose by np.where"
            )


# ----------------------------------------------------------------- checkpoints


def drop(t: Tape, start: int, stop: int) -> None:
    """Drop the values of a stretch of the tape but for those that it was given from before; replaying restores them."""
    from tape.entry import abstract, unpack

    log = t._log
    for i in range(start, stop):
        row, refs, raws, y, lasti, options = unpack(log[i])
        if refs:
            kept = tuple(raw if a < start else abstract(raw) for a, raw in zip(refs, raws, strict=True))
            log[i] = (row.base.id, refs, kept, abstract(y), lasti, options)


def recompute(t: Tape, start: int, stop: int) -> None:
    """Compute again, in order, the values that :func:`drop` dropped."""
    from tape.entry import unpack

    log = t._log
    values: dict[int, Any] = {}
    for i in range(start, min(stop, len(log))):
        row, refs, raws, y, lasti, options = unpack(log[i])
        if refs:
            raws = tuple(raw if a < start else values[a] for a, raw in zip(refs, raws, strict=True))
            y = row.call(*raws, **(options or {}))
            log[i] = (row.id, refs, raws, y, lasti, options)
        values[i] = y
