"""Source: a tape as plain NumPy, forward and adjoint, that runs by itself.

The tape is recorded once more, on a tape of its own, and the reverse sweep is recorded behind it; what is printed are
the entries of both, a statement each. The program does what the sweep does, in its order, in place where the sweep
works in place, so that it gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tape.entry import unpack
from tape.program.spelling import Speller
from tape.program.spelling import zeros as spelled_zeros
from tape.record import INPUT, Tape, leaf, push, record
from tape.rule import TABLE, Row

if TYPE_CHECKING:
    from tape.entry import Entry
    from tape.var import Var

__tape__ = True


def source(
    t: Tape,
    output: Var | Entry | None = None,
    *,
    wrt: Var | Entry | Iterable[Var | Entry] | None = None,
    name: str = "gradient",
) -> str:
    """Return a tape as plain NumPy source.

    Parameters
    ----------
    t : Tape
        The tape, which keeps its constants (``Tape(keep="all")``, the default).
    output : Var or Entry, optional
        What the program computes, and differentiates. Left out: the last entry, which is computed only.
    wrt : Var or iterable of Var, optional
        The inputs, or other entries, whose adjoints the program returns; all inputs and weights, if left out.
    name : str
        What the function is called that returns the adjoints.

    Returns
    -------
    str
        A module. ``forward(*inputs)`` returns the output and the residuals, ``adjoint(residuals, seed)`` the adjoints,
        and ``gradient(*inputs)`` calls both: the arrays are those that ``t.sweep(output)`` gives, bit for bit, with the
        same NumPy. The recorded inputs are ``inputs``; run as a script, the module prints the adjoints. Entries that
        the output doesn't depend on are left out.

    Raises
    ------
    SourceError
        A function or an option that can't be spelled: one defined within a function, a random generator.
    ReplayError
        The tape kept residuals only, or doesn't repeat itself.
    """
    from tape.entry import Entry
    from tape.program.replay import again, variable
    from tape.program.torch import index_of
    from tape.var import Var

    u = again(t)
    inputs = [i for i, entry in enumerate(u._log) if entry[0] == INPUT.id]
    last = len(u._log) - 1 if output is None else index_of(t, output)
    if not 0 <= last < len(u._log):
        raise ValueError("the tape is empty: there is nothing to write")
    speller = Speller(u, inputs, last)
    if output is None:
        speller.forward(live(u, [last]))
        return speller.module(name, adjoint=False)
    single = [wrt] if isinstance(wrt, (Var, Entry)) else wrt
    targets = inputs if single is None else [index_of(t, v) for v in single]
    recorder = Recorder(u, variable(u, last), frozenset(targets))
    found = recorder.adjoints
    ends = [part._index for k in targets if k <= last for part in parts(found[k]) if is_var(part)]
    needed = live(u, [last, *ends])
    speller.forward([i for i in needed if i <= last])
    speller.names[recorder.seed._index] = "seed"
    statements = Statements(u, speller, found)
    speller.backward([j for j in needed if j > last], recorder.groups, found, targets, statements)
    return speller.module(name, adjoint=True)


def parts(found: Any) -> list[Any]:
    """Return the parts of an adjoint: of an entry with one result, that."""
    return found if type(found) is list else [found]


def rule_of(fn: Any) -> Row:
    """Return a function's row: what a written program calls for the functions that are summed up in place."""
    return TABLE[fn]


def is_var(value: Any) -> bool:
    """Tell a variable from a plain value."""
    from tape.var import Var

    return type(value) is Var


def plain(value: Any) -> Any:
    """Return the value of a variable, or of the variables in a tuple."""
    if type(value) is tuple:
        return tuple(plain(part) for part in value)
    return value._value if is_var(value) else value


def same(c: Any, direct: Any) -> bool:
    """Tell whether a recorded contribution has the bits of one that was computed on arrays."""
    if c is None or direct is None:
        return c is direct
    one, other = np.asarray(plain(c)), np.asarray(direct)
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


def live(u: Tape, ends: Sequence[int]) -> list[int]:
    """Return the entries that some entries depend on, themselves among these, in order."""
    seen = bytearray(len(u._log))
    for i in ends:
        seen[i] = 1
    for i in range(max(ends), -1, -1):
        if seen[i]:
            for a in unpack(u._log[i])[1]:
                if a >= 0:
                    seen[a] = 1
    return [i for i in range(len(u._log)) if seen[i]]


# --------------------------------------------------- what the sweep does in place


def blank() -> Any:
    """Stand for zeros of the shape and dtype of the entry's value: a buffer."""


def copied(h: Any) -> Any:
    """Return a copy of an adjoint: a buffer."""
    return np.array(h)


def added(h: Any, c: Any) -> Any:
    """Add to an adjoint in place."""
    h += c
    return h


def deposited(buffer: Any, g: Any, *args: Any, row: Row, options: dict[str, Any]) -> Any:
    """Add to a buffer in place what an entry contributes to the adjoint of its first argument."""
    assert row.into is not None
    row.into(buffer, g, *args, **options)
    return buffer


def contributed(g: Any, y: Any, *args: Any, row: Row, position: int, options: dict[str, Any]) -> Any:
    """Return what an entry contributes to the adjoint of one argument."""
    from tape.adjoints import project
    from tape.applied import contributions

    ((_, c),) = contributions(row, g, y, args, options, [position])
    return project(c, args[position], row)


BLANK, COPIED, ADDED, DEPOSITED, CONTRIBUTED = (
    Row(fn, "general", arrays=1) for fn in (blank, copied, added, deposited, contributed)
)


def contribution(fn: Any, position: int, g: Any, y: Any, *args: Any, **options: Any) -> Any:
    """Return what a call contributes to the adjoint of one of its arguments: what a written program calls.

    For the rules that compute on arrays otherwise than on variables, to be fast: written out, they would give other
    bits than the sweep.

    Parameters
    ----------
    fn : callable
        The function that was called.
    position : int
        Which argument's adjoint.
    g, y : array_like
        The adjoint of the result, and the result.
    *args, **options
        The call.
    """
    return contributed(g, y, *args, row=TABLE[fn], position=position, options=options)


class Recorder:
    """The reverse sweep, recorded with its accumulations in place: as :func:`tape.sweep.run` does it on arrays."""

    def __init__(self, u: Tape, output: Any, wanted: frozenset[int]) -> None:
        from tape.sweep import active, seed_for

        self.u, self.last, y = u, output._index, output._value
        seed = seed_for(y, np.ones(np.shape(y), output.dtype), f"entry #{self.last}")
        self.seed = leaf(u, seed, "input", -1)
        self.adjoints: list[Any] = [None] * (self.last + 1)
        """Variables; arrays, where they are constant; None, where there is none."""
        self.adjoints[self.last] = self.seed
        self.groups: list[tuple[int, int]] = []
        """Where on the tape the contributions of which entry begin."""
        self._ours = bytearray(self.last + 1)
        flags = active(u, self.last, wanted)
        for i in range(self.last, min(wanted, default=0) - 1, -1):
            if self.adjoints[i] is not None and flags[i]:
                self.groups.append((len(u._log), i))
                self.visit(i, flags)

    def visit(self, i: int, flags: bytearray) -> None:
        """Record what one entry contributes, as :func:`tape.sweep.visit` adds it up."""
        from tape.adjoints import project, zeros
        from tape.applied import contributions, given
        from tape.sweep import deposit_parts, held

        u, adjoints, ours = self.u, self.adjoints, self._ours
        row, refs, raws, y, _, options = unpack(u._log[i])
        wanted = [k for k, a in enumerate(refs) if a >= 0 and flags[a]]
        if not wanted:
            return
        g, options = adjoints[i], options or {}
        if type(g) is list:
            g = given(row, g, y)
        args = [held(u, a, raw) for a, raw in zip(refs, raws, strict=True)]
        if row.into is not None:
            if wanted[0] == 0:
                a = refs[0]
                h = adjoints[a]
                if h is None:
                    h = push(u, (BLANK.id, (), (), fresh := zeros(raws[0]), -1, None), fresh)
                elif not ours[a]:
                    ref = h._index if is_var(h) else -1
                    h = push(u, (COPIED.id, (ref,), (plain(h),), fresh := copied(plain(h)), -1, None), fresh)
                ours[a] = 1
                adjoints[a] = record(DEPOSITED, (h, g, *args), {"row": row, "options": options}, None)
            return
        found = contributions(row, g, held(u, i, y), args, options, wanted)
        direct = dict(contributions(row, plain(g), y, raws, options, wanted))
        for k, c in found:
            a, primal = refs[k], raws[k]
            if type(g) is not tuple and type(primal) is not tuple and not same(c, direct[k]):
                c = record(
                    CONTRIBUTED, (g, held(u, i, y), *args), {"row": row, "position": k, "options": options}, None
                )
            if type(primal) is tuple:
                deposit_parts(adjoints, a, c, primal, row)
                continue
            c, h = project(c, primal, row), adjoints[a]
            if c is None:
                continue
            if h is None:
                adjoints[a] = c
            elif ours[a]:
                adjoints[a] = record(ADDED, (h, c), {}, None)
            else:
                adjoints[a] = h + c
                ours[a] = is_var(adjoints[a]) and type(adjoints[a]._value) is np.ndarray


class Statements:
    """Spells the entries of the recorded sweep, and names them: adjoints for their primals, all else by number."""

    def __init__(self, u: Tape, speller: Speller, adjoints: Sequence[Any]) -> None:
        self.u, self.speller = u, speller
        self.owner: dict[int, str] = {}
        for k in range(len(adjoints) - 1, -1, -1):
            if is_var(a := adjoints[k]) and k in speller.names:
                self.owner.setdefault(self.root(a._index), speller.names[k])

    def root(self, j: int) -> int:
        """Return the entry that made the array which an entry works on in place."""
        while self.u._log[j][0] in (ADDED.id, DEPOSITED.id):
            j = self.u._log[j][1][0]
        return j

    def __call__(self, j: int) -> tuple[str | None, str]:
        """Return what is assigned to, None where a statement works in place, and the expression or statement."""
        speller, names = self.speller, self.speller.names
        row, refs, raws, y, _, options = unpack(self.u._log[j])
        args = [speller.atom(a, raw) for a, raw in zip(refs, raws, strict=True)]
        if row is ADDED:
            names[j] = args[0]
            return None, f"{args[0]} += {args[1]}"
        if row is DEPOSITED:
            names[j] = args[0]
            return None, self.deposit(args, raws, **(options or {}))
        if row is CONTRIBUTED:
            text = self.contribution(args, **(options or {}))
        elif row is BLANK:
            text = spelled_zeros(y)
        elif row is COPIED:
            text = f"np.array({args[0]})"
        else:
            text = speller.call(row, args, options or {})
        own = self.owner.get(j)
        names[j] = speller.fresh(f"d_{own}" if own else f"t{j}")
        return names[j], text

    def contribution(self, args: Sequence[str], row: Row, position: int, options: dict[str, Any]) -> str:
        """Return the call of a rule."""
        speller = self.speller
        keywords = [f"{name}={speller.literal(value)}" for name, value in options.items()]
        call = ", ".join([speller.function(row.fn), str(position), *args, *keywords])
        return f"{speller.function(contribution)}({call})"

    def deposit(self, args: Sequence[str], raws: Sequence[Any], row: Row, options: dict[str, Any]) -> str:
        """Return the statement that adds into a buffer where an entry read."""
        from tape.rules.indexing import getitem

        buffer, g, _, *arrays = args
        if row.fn is not getitem:
            keywords = "".join(f", {name}={self.speller.literal(value)}" for name, value in options.items())
            table = self.speller.function(rule_of)
            return f"{table}({self.speller.function(row.fn)}).into({', '.join(args)}{keywords})"
        if all(raw.dtype == bool for raw in raws[3:]):
            return f"{buffer}[{self.speller.key(options['key'], arrays)}] += {g}"
        key = options["key"]
        return f"np.add.at({buffer}, {self.speller.literal_key(key, arrays)}, {g})"
