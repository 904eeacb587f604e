"""Sweeps: reading the tape backwards for adjoints, forwards for tangents.

The reverse sweep visits the entries from the output to the inputs. At each one it asks the entry's rule for a
contribution to the adjoint of each argument, gives that the argument's shape and dtype, and adds it up. An adjoint is
borrowed when it first arrives, copied (by the addition) at the second arrival, then added to in place; it is released
once its entry has been visited, unless it was asked for.

A recorded sweep does the same on variables, so that the adjoints are entries of the same tape and can be
differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tape import record
from tape.adjoints import Adjoints, Contribution, Pending, project, settle, zeros
from tape.applied import contributions, given, refuse, strongly, tangent
from tape.entry import PLAIN_BINARY_LENGTH, Abstract, Entry, dtype_of, unpack
from tape.errors import ClosedTapeError, ComplexOutputError, InputTypeError, NonScalarError, SeedError
from tape.guard import verify
from tape.program.replay import drop, recompute
from tape.record import Tape, Var
from tape.rule import LEAF, PLAIN_BINARY, PLAIN_UNARY, PLAN, ROWS, Row
from tape.var import F4, F8

__tape__ = True

ndarray, float64, float32 = np.ndarray, np.float64, np.float32
REALS = frozenset([ndarray, float64, float32])


# ----------------------------------------------------------------- the sweeps


def reverse(
    t: Tape,
    output: Var,
    seed: Any = None,
    *,
    wrt: Var | Iterable[Var] | None = None,
    observe: Callable[[Contribution], None] | None = None,
    recorded: bool = False,
    strong_zeros: bool = False,
) -> Adjoints:
    """Sweep a tape in reverse, from an output to every entry that it depends on.

    Parameters
    ----------
    t : Tape
        The tape.
    output : Var
        The entry to start from; a scalar, unless a seed is given.
    seed : array_like, optional
        The adjoint of the output, of its shape: what each of its elements counts for. One, for a scalar.
    wrt : Var or iterable of Var, optional
        Which adjoints are wanted. Entries that none of these leads to are skipped; all others are released on the way.
        Left out, every adjoint is returned.
    observe : callable, optional
        Called with a :class:`Contribution` for every contribution, in order.
    recorded : bool
        Record the sweep itself on the tape: the adjoints are variables, for higher derivatives.
    strong_zeros : bool
        A zero adjoint stays zero, though the derivative that it is multiplied by be infinite or NaN: element by element
        through elementwise functions, and through others where the whole adjoint of an entry is zero. So nothing comes
        back from the branch that ``np.where`` didn't take.

    Returns
    -------
    Adjoints

    Raises
    ------
    NonScalarError
        The output has several elements and there is no seed.
    SeedError
        The seed hasn't the output's shape.
    MutationError
        An array was changed after it was recorded.

    Notes
    -----
    Cost: a small multiple of that of the recorded program, whatever the number of inputs; Griewank and Walther (2008),
    section 3.3.
    """
    t._own(output)
    check_open(t)
    verify(t)
    if type(seed) is Var:
        t._own(seed)
    g = seed_for(output._value, seed, f"entry #{output._index}")
    if wrt is None:
        found = run(t, output._index, g, None, observe=observe, recorded=recorded, strong=strong_zeros)
        return Adjoints(t, found, None)
    targets = [wrt] if isinstance(wrt, Var) else list(wrt)
    for v in targets:
        t._own(v)
    indices = frozenset(v._index for v in targets)
    found = run(t, output._index, g, indices, observe=observe, recorded=recorded, strong=strong_zeros)
    return Adjoints(t, found, indices)


def check_open(t: Tape) -> None:
    """Check that a tape still holds its entries."""
    if t._log is record.CLOSED:
        raise ClosedTapeError(
            "this tape is closed, or was swept by a derivative that freed it as it went: record again"
        )


def seed_for(value: Any, seed: Any, what: str) -> Any:
    """Return the seed of a sweep, checked against the output's value."""
    if seed is None and (type(value) is float64 or type(value) is float32):  # what is met most, at less cost
        return type(value)(1)
    if type(value) is tuple:
        raise NonScalarError(f"{what} is a tuple of arrays: sweep from one of them")
    shape, dtype = np.shape(value), dtype_of(value)
    if dtype.kind not in "fc":
        raise InputTypeError(f"{what} is {dtype} of shape {shape}: integers and booleans have no derivative")
    if seed is None:
        if dtype.kind == "c":
            raise ComplexOutputError(
                f"{what} is complex, and has no one direction of steepest ascent: sweep from np.real, np.imag or"
                f" np.abs of it,"
                " or give a seed"
            )
        if np.size(value) != 1:
            raise NonScalarError(
                f"{what} has shape {shape}, and a gradient is of one number: reduce it (np.sum, np.mean), or say"
                f" what each element"
                " counts for: seed=, tape.vjp, or tape.jacobian for all of them"
            )
        return dtype.type(1) if shape == () else np.ones(shape, dtype)
    if type(seed) is Var:
        if seed.shape != shape:
            raise SeedError(f"the seed has shape {seed.shape}, and {what} {shape}: they must be the same")
        return seed
    given = np.asarray(seed)
    if given.shape != shape:
        raise SeedError(f"the seed has shape {given.shape}, and {what} {shape}: they must be the same")
    if given.dtype.kind not in "biufc" or isinstance(seed, (np.ma.MaskedArray, np.matrix)):
        raise SeedError(
            f"the seed is a {type(seed).__name__} of {given.dtype}, and an adjoint is of plain numbers: give a plain"
            " array of floats (np.asarray(x, float); np.where for masks)"
        )
    if given.dtype.kind == "c" and dtype.kind != "c":
        raise SeedError(f"the seed is complex, and {what} is {dtype}: give its real part")
    return given.astype(dtype)[()] if shape == () else given.astype(dtype)


def active(t: Tape, last: int, wanted: frozenset[int]) -> bytearray:
    """Return which entries up to ``last`` depend on a wanted one."""
    flags = bytearray(last + 1)
    for k in wanted:
        if k <= last:
            flags[k] = 1
    log = t._log
    for k in range(min(wanted, default=last) + 1, last + 1):
        entry = log[k]
        for a in (
            entry[1] if type(entry[1]) is tuple else entry[1:3] if len(entry) == PLAIN_BINARY_LENGTH else entry[1:2]
        ):
            if a >= 0 and flags[a]:
                flags[k] = 1
                break
    return flags


def consume(t: Tape, last: int, seed: Any) -> dict[int, Any]:
    """Sweep a tape that nobody else will read, giving back each entry and each adjoint as soon as it is done with.

    The hot path of ``tape.grad``: the plain entries are dealt with in place. Returns the adjoints of the inputs.
    """
    log, plan = t._log, PLAN
    del log[last + 1 :]
    adjoints: list[Any] = [None] * (last + 1)
    adjoints[last] = seed
    ours = bytearray(last + 1)  # 1: nobody else holds this adjoint, it can be added to in place
    found: dict[int, Any] = {}
    segments = t._checkpoints
    while segments and segments[-1][0] > last:
        segments.pop()
    entry: Any = None
    try:
        while log:
            if segments and len(log) <= segments[-1][1]:
                again(t, segments)
            entry = log.pop()
            g = adjoints.pop()
            if g is None:
                continue
            code, vjp0, vjp1 = plan[entry[0]]
            if code == PLAIN_BINARY:
                _, a, b, x, z, y, _ = entry
                if b >= 0:
                    c = vjp1(g, y, x, z)
                    h = adjoints[b]
                    if h is None:
                        adjoints[b] = c
                    elif ours[b]:
                        h += c
                        adjoints[b] = h
                    else:
                        adjoints[b] = h + c
                        ours[b] = type(h) is ndarray
                if a >= 0:
                    c = vjp0(g, y, x, z)
                    h = adjoints[a]
                    if h is None:
                        adjoints[a] = c
                    elif ours[a]:
                        h += c
                        adjoints[a] = h
                    else:
                        adjoints[a] = h + c
                        ours[a] = type(h) is ndarray
            elif code == PLAIN_UNARY:
                _, a, x, y, _ = entry
                c = vjp0(g, y, x)
                h = adjoints[a]
                if h is None:
                    adjoints[a] = c
                elif ours[a]:
                    h += c
                    adjoints[a] = h
                else:
                    adjoints[a] = h + c
                    ours[a] = type(h) is ndarray
            elif code == LEAF:
                found[len(log)] = g
            else:
                deliver(t, len(log), entry, g, adjoints, ours)
    except Exception as error:
        explain(error, t, len(log), entry)
        raise
    return found


def deliver(t: Tape, i: int, entry: tuple[Any, ...], g: Any, adjoints: list[Any], ours: bytearray) -> None:
    """Do what :func:`visit` does, at less cost for what is met most: real numbers of one dtype, VJPs by argument."""
    row = ROWS[entry[0]]
    _, refs, raws, y, _, options = entry
    dtype = g.dtype if type(g) in REALS else None
    if not row.direct or (dtype is not F4 and dtype is not F8) or getattr(raws[0], "dtype", None) is not dtype:
        return visit(t, i, entry, g, adjoints, ours)
    for k, (a, rule, primal) in enumerate(zip(refs, row.vjps, raws, strict=False)):
        if a < 0:
            continue
        if rule is None:
            refuse(row, k, primal)
            continue
        c = project(rule(g, y, *raws, **options) if options else rule(g, y, *raws), primal, row)
        if c is None:
            continue
        h = adjoints[a]
        if h is None:
            adjoints[a] = c
        elif ours[a]:
            adjoints[a] += c
        else:
            adjoints[a] = h + c
            ours[a] = type(h) is ndarray
    return None


def run(
    t: Tape,
    last: int,
    seed: Any,
    wanted: frozenset[int] | None,
    *,
    observe: Callable[[Contribution], None] | None = None,
    recorded: bool = False,
    strong: bool = False,
) -> list[Any]:
    """Sweep from entry ``last``; return the adjoints, those that weren't wanted released (None: all stay)."""
    log = t._log
    adjoints: list[Any] = [None] * (last + 1)
    adjoints[last] = seed
    ours = bytearray(last + 1)
    first, flags = (0, None) if wanted is None else (min(wanted, default=0), active(t, last, wanted))
    segments = [segment for segment in t._checkpoints if segment[0] <= last]
    before = list(segments)
    try:
        for i in range(last, first - 1, -1):
            if segments and i < segments[-1][1]:
                again(t, segments)
            g = adjoints[i]
            if g is None or (flags is not None and not flags[i]):
                continue
            if type(g) is Pending:
                g = adjoints[i] = g.settled()
            try:
                visit(t, i, log[i], g, adjoints, ours, flags=flags, observe=observe, recorded=recorded, strong=strong)
            except Exception as error:
                error.add_note(f"in the reverse sweep, at entry {t.entries[i].describe()}")
                raise
            if wanted is not None and i not in wanted:
                adjoints[i] = None
    finally:
        for segment in before[len(segments) :]:
            if not recorded:
                drop(t, *segment)
    return adjoints


def explain(error: Exception, t: Tape, index: int, entry: Any) -> None:
    """Say at which entry of the reverse sweep a rule failed."""
    if entry is not None:
        t._log[index:] = [entry]
        row, _, raws, *_ = unpack(entry)
        shapes = ", ".join(str(np.shape(raw)) if raw is not None else "..." for raw in raws)
        error.add_note(
            f"in the reverse sweep, at entry {t.entries[index].describe()}, of arguments of shape {shapes} ({row.kind})"
        )


def again(t: Tape, segments: list[tuple[int, int]]) -> None:
    """Compute the last of some checkpointed stretches again, and with it the stretches within it."""
    start, stop = segments.pop()
    while segments and segments[-1][0] >= start:
        segments.pop()
    recompute(t, start, stop)


def visit(
    t: Tape,
    i: int,
    entry: tuple[Any, ...],
    g: Any,
    adjoints: list[Any],
    ours: bytearray,
    *,
    flags: bytearray | None = None,
    observe: Callable[[Contribution], None] | None = None,
    recorded: bool = False,
    strong: bool = False,
) -> None:
    """Add up what one entry contributes to the adjoints of its arguments: any rule, plain or recorded."""
    row, refs, raws, y, _, options = unpack(entry)
    wanted = [k for k, a in enumerate(refs) if a >= 0 and (flags is None or flags[a])]
    if not wanted:
        return
    options = options or {}
    args: Sequence[Any] = raws
    if type(g) is list:
        g = given(row, g, y)
    if recorded:
        y, args = held(t, i, y), [held(t, a, raw) for a, raw in zip(refs, raws, strict=True)]
    taped = recorded or type(g) is Var
    if row.into is not None and observe is None and (not taped or "key" in options):  # pending reads are by key
        if wanted[0] == 0:  # differentiable in the first argument only
            a = refs[0]
            if taped:
                if type(adjoints[a]) is not Pending:
                    adjoints[a] = Pending(adjoints[a], raws[0], row)
                adjoints[a].parts.append((g, args[1:], options))
                return
            if ours[a] == 0:
                h = adjoints[a]
                adjoints[a] = zeros(args[0]) if h is None else np.array(h)
                ours[a] = 1
            row.into(adjoints[a], g, *args, **options)
        return
    for k, c in (strongly if strong else contributions)(row, g, y, args, options, wanted):
        a, primal = refs[k], raws[k]
        if primal is None:  # a plain entry: arguments and result are of one shape and dtype
            primal = g
        if type(primal) is tuple:
            deposit_parts(adjoints, a, c, primal, row)
            continue
        c = project(c, primal, row)
        if c is None:
            continue
        h = adjoints[a]
        if h is None:
            adjoints[a] = c
        elif ours[a]:
            adjoints[a] += c
        elif type(h) is Pending:
            adjoints[a] = h.settled() + c
        else:
            adjoints[a] = h + c
            ours[a] = type(adjoints[a]) is ndarray and not recorded
        if observe is not None:
            total = adjoints[a]
            observe(Contribution(Entry(t, i), Entry(t, a), *(v if type(v) is Var else np.array(v) for v in (c, total))))


def deposit_parts(adjoints: list[Any], a: int, parts: Sequence[Any], primal: tuple[Any, ...], row: Row) -> None:
    """Add a contribution to the adjoint of an entry with several results."""
    have = adjoints[a]
    if have is None:
        adjoints[a] = have = [None] * len(primal)
    for k, c in enumerate(parts):
        if c is not None:
            c = project(c, primal[k], row)
            if c is not None:
                have[k] = c if have[k] is None else have[k] + c


def held(t: Tape, index: int, value: Any) -> Any:
    """Return the variable of an entry, for a rule that is being recorded; what is left of it, where it wasn't kept."""
    if index < 0 or value is None or type(value) is Abstract:
        return value
    v = Var()
    v._tape, v._index, v._value = t, index, value
    return v


def forward(t: Tape, seeds: Iterable[tuple[Var, Any]], *, last: Var | None = None, recorded: bool = False) -> Adjoints:
    """Sweep a tape forwards: tangents of every entry, from those of some.

    Parameters
    ----------
    t : Tape
        The tape, which keeps all its values (``Tape(keep="all")``, the default).
    seeds : iterable of (Var, array_like)
        Entries and their tangents, of the same shapes.
    last : Var, optional
        The entry to stop at; the end of the tape otherwise.
    recorded : bool
        Record the sweep itself on the tape.

    Returns
    -------
    Adjoints
        Here they hold tangents.
    """
    check_open(t)
    verify(t)
    given: dict[int, Any] = {}
    for v, seed in seeds:
        t._own(v)
        given[v._index] = seed_for(v._value, seed, f"entry #{v._index}") if type(seed) is not Var else seed
    end = len(t._log) if last is None else last._index + 1
    tangents: list[Any] = [None] * end
    for k, seed in given.items():
        if k < end:
            tangents[k] = seed
    segments = list(t._checkpoints)
    while segments:
        again(t, segments)
    log = t._log
    for i in range(min(given, default=end), end):
        row, refs, raws, y, _, options = unpack(log[i])
        if i in given or not any(a >= 0 and tangents[a] is not None for a in refs):
            continue
        dots = [tangents[a] if a >= 0 else None for a in refs]
        primal, args = y, raws
        if recorded:
            y, args = held(t, i, y), [held(t, a, raw) for a, raw in zip(refs, raws, strict=True)]
        found = tangent(row, dots, y, args, options or {})
        if found is not None:
            like = next(d for d in dots if d is not None) if primal is None else primal
            tangents[i] = settle(found, like)
    return Adjoints(t, tangents, None)
