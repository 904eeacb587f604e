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
from typing import Any, NamedTuple

import numpy as np

from tape import record
from tape.errors import ClosedTapeError, ComplexOutputError, InputTypeError, NonScalarError, NoRuleError, SeedError
from tape.program.replay import drop, recompute
from tape.record import Abstract, Tape, Var
from tape.rule import LEAF, PLAIN_BINARY, PLAIN_UNARY, PLAN, Row, short

__tape__ = True

ndarray = np.ndarray


class Contribution(NamedTuple):
    """One contribution to an adjoint, as an observer of the sweep sees it."""

    source: record.Entry
    """The entry whose rule made the contribution."""
    target: record.Entry
    """The entry to whose adjoint it is added."""
    contribution: Any
    """What is added."""
    total: Any
    """The target's adjoint after the addition."""


class Adjoints:
    """What a sweep returns: the adjoint of each entry, or its tangent, by variable.

    ``adjoints[x]`` is an array of the shape and dtype of ``x``, the caller's own: no two results share memory. Entries
    that the output doesn't depend on have zeros.
    """

    __slots__ = ("_found", "_kept", "_tape")

    def __init__(self, t: Tape, found: list[Any], kept: frozenset[int] | None) -> None:
        self._tape, self._found, self._kept = t, found, kept

    def __getitem__(self, v: Var | record.Entry) -> Any:
        """Return the adjoint of a variable or an entry."""
        if isinstance(v, record.Entry):
            t, index = v._tape, v.index
            primal = record.unpack(t._log[index])[3]
        elif type(v) is Var:
            t, index, primal = v._tape, v._index, v._value
        else:
            raise TypeError(f"adjoints are of variables and entries of the tape, not of {short(v)}")
        if t is not self._tape:
            raise record.mixed(self._tape, t)
        if self._kept is not None and index not in self._kept:
            raise KeyError(f"the adjoint of entry #{index} wasn't asked for: name it in wrt=, or leave wrt= out")
        found = self._found[index] if index < len(self._found) else None
        return own(found, primal)

    def __contains__(self, v: Any) -> bool:
        index = v.index if isinstance(v, record.Entry) else v._index
        return self._kept is None or index in self._kept

    def reached(self, v: Var | record.Entry) -> bool:
        """Tell whether the output depends on an entry at all."""
        index = v.index if isinstance(v, record.Entry) else v._index
        return index < len(self._found) and self._found[index] is not None

    def __repr__(self) -> str:
        return f"<adjoints of {sum(a is not None for a in self._found)} of {len(self._tape)} entries>"


def own(found: Any, primal: Any) -> Any:
    """Return an adjoint as an array of the caller's own: a variable as it is, all else a fresh array."""
    if type(found) is Var:
        return found
    if found is None:
        return zeros(primal)
    if type(found) is list:
        return tuple(own(f, p) for f, p in zip(found, primal, strict=True))
    return np.array(found, dtype=record.dtype_of(primal))


def zeros(primal: Any) -> Any:
    """Return zeros of a primal's shape and dtype."""
    if type(primal) is tuple:
        return tuple(zeros(p) for p in primal)
    return np.zeros(np.shape(primal), record.dtype_of(primal))


# ------------------------------------------------------------------ projection


def unbroadcast(g: Any, *, shape: tuple[int, ...]) -> Any:
    """Sum over the axes along which an array of the given shape was broadcast to the shape of ``g``."""
    lead = np.ndim(g) - len(shape)
    if lead:
        g = np.add.reduce(g, axis=tuple(range(lead)))
    axes = tuple(k for k, (have, want) in enumerate(zip(np.shape(g), shape, strict=True)) if want == 1 != have)
    if axes:
        g = np.add.reduce(g, axis=axes, keepdims=True)
    return g


def project(c: Any, primal: Any, row: Row) -> Any:
    """Give a contribution the shape and the dtype of the primal that it is to be added up for; None for integers."""
    if (  # the common case, at less cost
        type(c) is ndarray
        and (type(primal) is Abstract or type(primal) is ndarray)
        and c.shape == primal.shape
        and c.dtype is primal.dtype
    ):
        return c
    shape, dtype = np.shape(primal), record.dtype_of(primal)
    have = np.shape(c)
    if have != shape:
        lead = len(have) - len(shape)
        if lead < 0 or any(s not in (1, h) for h, s in zip(have[lead:], shape, strict=True)):
            raise AssertionError(
                f"the rule of {row.name} made a contribution of shape {have} for an argument of shape {shape}"
            )
        c = UNBROADCAST(c, shape=shape)
    found = record.dtype_of(c)
    if found is not dtype and found != dtype:
        if dtype.kind not in "fc":  # an integer or a boolean on the tape: nothing flows into it
            return None
        if found.kind == "c" and dtype.kind != "c":
            c = np.real(c)
            found = record.dtype_of(c)
        if found != dtype:
            c = CAST(c, dtype=dtype)
    return c


def _unset(*_: Any, **__: Any) -> Any:
    raise AssertionError("the rules haven't been read")


UNBROADCAST: Callable[..., Any] = _unset
"""Unbroadcast, as a primitive: set by :mod:`tape.rules.shape`."""

CAST: Callable[..., Any] = _unset
"""Cast, as a primitive: set by :mod:`tape.rules.shape`."""

SCATTERS: Callable[..., Any] = _unset
"""Many scatters into one array, as a primitive: set by :mod:`tape.rules.indexing`."""


class Pending:
    """An adjoint that is being put together, in a recorded sweep, from contributions to a few of its elements each.

    A recorded sweep can't write into a buffer. Were each contribution made an array of the primal's shape, reading n
    elements one by one would cost n arrays: so they wait until the adjoint is wanted, or something else is added to it,
    and one call adds them up, in the order in which they came.
    """

    __slots__ = ("parts", "primal", "row")

    def __init__(self, total: Any, primal: Any, row: Row) -> None:
        self.primal = primal
        self.row = row
        self.parts: list[tuple[Any, Sequence[Any], dict[str, Any]]] = []
        if total is not None:
            self.parts.append((total, (), {"key": ...}))

    def settled(self) -> Any:
        """Return the adjoint."""
        return project(SCATTERS(self.parts, np.shape(self.primal)), self.primal, self.row)


# --------------------------------------------------------------- rules, applied


def is_complex(*values: Any) -> bool:
    """Tell whether any of some values is complex."""
    return any(map(_is_complex, values))


def _is_complex(value: Any) -> bool:
    return type(value) is complex or (hasattr(value, "dtype") and value.dtype.kind == "c")


def contributions(
    row: Row, g: Any, y: Any, args: Sequence[Any], options: dict[str, Any], wanted: Iterable[int]
) -> list[tuple[int, Any]]:
    """Return what a rule contributes to the adjoint of each wanted argument, before it is projected."""
    if row.kind == "zero":
        return []
    if row.joint is not None:
        parts = row.joint(g, y, *args, **options)
        return [(k, parts[k]) for k in wanted if k < len(parts) and parts[k] is not None]
    # Rules of these two kinds are holomorphic: the adjoint of multiplying by p is multiplying by its conjugate.
    # Of those with a real result of a complex argument (np.abs, np.imag) the adjoint is real, and this holds, too.
    conjugate = row.kind in ("elementwise", "linear") and is_complex(g, args[0])
    if conjugate:
        g = np.conj(g)
    found: list[tuple[int, Any]] = []
    for k in wanted:
        rule = row.vjp(k)
        if rule is None:
            if record.dtype_of(args[k]).kind not in "fc":  # a condition, an index: nothing flows into it
                continue
            if row.vjps:
                raise NoRuleError(
                    f"{row.name} has no derivative rule for its argument {k}: give it a constant there (.value)"
                )
            raise NoRuleError(f"{row.name} has no rule for the reverse sweep, only for tangents")
        c = rule(g, y, *args, **options)
        found.append((k, np.conj(c) if conjugate else c))
    return found


def tangent(row: Row, tangents: Sequence[Any], y: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Return the tangent of a call's result; None where it is zero."""
    kind = row.kind
    moving = [(k, t) for k, t in enumerate(tangents) if t is not None]
    if kind == "zero":
        return None
    if kind == "linear":
        parts = [row.call(*args[:k], t, *args[k + 1 :], **options) for k, t in moving]
    elif row.jvp is not None:
        parts = [row.jvp(tuple(tangents), y, *args, **options)]
    else:
        rules = row.vjps if kind == "elementwise" else row.jvps
        parts: list[Any] = []
        for k, t in moving:
            rule = rules[k] if k < len(rules) else None
            if rule is None:
                raise NoRuleError(
                    f"{row.name} has no rule for tangents of its argument {k}: declare jvps=, or sweep in reverse"
                )
            parts.append(rule(t, y, *args, **options))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


# ----------------------------------------------------------------- the sweeps


def reverse(
    t: Tape,
    output: Var,
    seed: Any = None,
    *,
    wrt: Var | Iterable[Var] | None = None,
    observe: Callable[[Contribution], None] | None = None,
    recorded: bool = False,
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
    record.verify(t)
    g = seed_for(output._value, seed, f"entry #{output._index}")
    if wrt is None:
        return Adjoints(t, run(t, output._index, g, None, observe=observe, recorded=recorded), None)
    targets = [wrt] if isinstance(wrt, Var) else list(wrt)
    for v in targets:
        t._own(v)
    indices = frozenset(v._index for v in targets)
    found = run(t, output._index, g, indices, observe=observe, recorded=recorded)
    return Adjoints(t, found, indices)


def check_open(t: Tape) -> None:
    """Check that a tape still holds its entries."""
    if t._log is record.CLOSED:
        raise ClosedTapeError(
            "this tape is closed, or was swept by a derivative that freed it as it went: record again"
        )


def seed_for(value: Any, seed: Any, what: str) -> Any:
    """Return the seed of a sweep, checked against the output's value."""
    if type(value) is tuple:
        raise NonScalarError(f"{what} is a tuple of arrays: sweep from one of them")
    shape, dtype = np.shape(value), record.dtype_of(value)
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
            entry[1]
            if type(entry[1]) is tuple
            else entry[1:3]
            if len(entry) == record.PLAIN_BINARY_LENGTH
            else entry[1:2]
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
                visit(t, len(log), entry, g, adjoints, ours)
    except Exception as error:
        explain(error, t, len(log), entry)
        raise
    return found


def run(
    t: Tape,
    last: int,
    seed: Any,
    wanted: frozenset[int] | None,
    *,
    observe: Callable[[Contribution], None] | None = None,
    recorded: bool = False,
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
                visit(t, i, log[i], g, adjoints, ours, flags=flags, observe=observe, recorded=recorded)
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
        row, _, raws, *_ = record.unpack(entry)
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
) -> None:
    """Add up what one entry contributes to the adjoints of its arguments: any rule, plain or recorded."""
    row, refs, raws, y, _, options = record.unpack(entry)
    wanted = [k for k, a in enumerate(refs) if a >= 0 and (flags is None or flags[a])]
    if not wanted:
        return
    options = options or {}
    args: Sequence[Any] = raws
    if type(y) is tuple and type(g) is list:
        g = tuple(zeros(part) if have is None else have for have, part in zip(g, y, strict=True))
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
    for k, c in contributions(row, g, y, args, options, wanted):
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
            observe(
                Contribution(
                    record.Entry(t, i), record.Entry(t, a), *(v if type(v) is Var else np.array(v) for v in (c, total))
                )
            )


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
    v = record.new(Var)
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
    record.verify(t)
    given: dict[int, Any] = {}
    for v, seed in seeds:
        t._own(v)
        given[v._index] = seed_for(v._value, seed, f"entry #{v._index}") if type(seed) is not Var else seed
    end = len(t._log) if last is None else last._index + 1
    tangents: list[Any] = [None] * end
    for k, seed in given.items():
        if k < end:
            tangents[k] = seed
    for segment in t._checkpoints:
        recompute(t, *segment)
    log = t._log
    for i in range(min(given, default=end), end):
        row, refs, raws, y, _, options = record.unpack(log[i])
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


def settle(found: Any, primal: Any) -> Any:
    """Give a tangent the shape and dtype of its primal."""
    if type(primal) is tuple:
        return [None if f is None else settle(f, p) for f, p in zip(found, primal, strict=True)]
    shape, dtype = np.shape(primal), record.dtype_of(primal)
    if np.shape(found) != shape:
        found = np.broadcast_to(found, shape)
    if record.dtype_of(found) != dtype:
        if dtype.kind != "c" and record.dtype_of(found).kind == "c":  # abs, real, angle: rules are holomorphic
            found = np.real(found)
        if record.dtype_of(found) != dtype:
            found = CAST(found, dtype=dtype)
    return found
