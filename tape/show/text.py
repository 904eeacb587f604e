"""The trace table: a tape as lines of plain ASCII, for ``print``.

One line an entry: its name, the call as one would type it, its value; after a sweep its adjoint, and *from*, the
contributions that the adjoint is the sum of. Long tapes are folded scope by scope.
"""

from __future__ import annotations

import itertools
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tape import record
from tape.adjoints import Adjoints, Contribution
from tape.entry import Abstract, Entry, unpack
from tape.operators import INFIX, PREFIX
from tape.record import Tape, Var
from tape.rule import ROWS, Row

__tape__ = True

FEW = 4
"""Arrays of at most so many elements are spelled out."""
SUMMANDS = 4
"""At most so many contributions are spelled out."""
NARROW = 12
"""No column is cut to less."""


class Trace:
    """A sweep with its contributions: ``print`` shows the trace table, indexing gives adjoints.

    Attributes
    ----------
    adjoints : Adjoints
        What the sweep returned.
    contributions : list of Contribution
        Every contribution, in the order in which the sweep made them.
    """

    __slots__ = ("_tape", "adjoints", "contributions")

    def __init__(self, t: Tape, adjoints: Adjoints, contributions: list[Contribution]) -> None:
        self._tape = t
        self.adjoints, self.contributions = adjoints, contributions

    def __getitem__(self, v: Var | Entry) -> Any:
        """Return the adjoint of a variable or an entry."""
        return self.adjoints[v]

    def __str__(self) -> str:
        return table(self._tape, adjoints=self.adjoints, contributions=self.contributions)

    def __repr__(self) -> str:
        return f"<Trace of {len(self._tape)} entries, {len(self.contributions)} contributions>"


def trace(t: Tape, output: Var, seed: Any = None, *, wrt: Var | Iterable[Var] | None = None) -> Trace:
    """Sweep a tape, noting every contribution to every adjoint.

    Parameters
    ----------
    t : Tape
        The tape.
    output : Var
        The entry to start from; a scalar, unless a seed is given.
    seed : array_like, optional
        The adjoint of the output, of its shape.
    wrt : Var or iterable of Var, optional
        Which adjoints are wanted: the sweep, and so the table, leaves out whatever none of these leads to.

    Returns
    -------
    Trace
        ``print`` it for the trace table; index it for adjoints.

    Raises
    ------
    NonScalarError, SeedError, MutationError
        As :meth:`tape.Tape.sweep`.

    Examples
    --------
    >>> import numpy as np, tape
    >>> from tape.show import trace
    >>> t = tape.Tape()
    >>> s = t.input(2.0, name="s")
    >>> z = t.name(s**2 * (3 * s), "z")
    >>> print(trace(t, z))
    entry  call     value  adjoint  from
    s      input        2       36  12 (v2) + 24 (v1)
    v1     s ** 2       4        6  z
    v2     3 * s        6        4  z
    z      v1 * v2     24        1  seed
    """
    seen: list[Contribution] = []
    wanted = None if wrt is None else [*([wrt] if isinstance(wrt, Var) else wrt), output]
    return Trace(t, t.sweep(output, seed, wrt=wanted, observe=seen.append), seen)


def table(
    t: Tape,
    *,
    adjoints: Adjoints | None = None,
    contributions: Sequence[Contribution] | None = None,
    limit: int = 60,
    digits: int | None = None,
    width: int | None = None,
) -> str:
    """Return the trace table of a tape, in ASCII.

    Parameters
    ----------
    t : Tape
        The tape.
    adjoints : Adjoints, optional
        What a sweep of it returned: adds the column *adjoint*.
    contributions : sequence of Contribution, optional
        What the sweep's observer saw: adds the column *from*.
    limit : int
        How many lines a tape may take before runs of it are folded into one line each: those of one scope first,
        innermost scopes before outer ones. The first and the last entries are always shown.
    digits : int, optional
        Significant digits; by default 6, or as many as fit into the width, but not less than 3.
    width : int, optional
        Characters a line; the terminal's by default. Cells that don't fit are cut, and end in ``...``.

    Returns
    -------
    str
    """
    if t._log is record.CLOSED:
        return "<closed tape>"
    if not len(t):
        return "<empty tape>"
    names, runs, columns = Names(t), folded(t, limit), width or shutil.get_terminal_size((120, 24)).columns
    origins: dict[int, list[Contribution]] | None = None
    if contributions is not None:
        origins = {}
        for c in contributions:
            origins.setdefault(c.target.index, []).append(c)
    head = ["entry", "call", "value"]
    right = {2}
    if adjoints is not None or origins is not None:
        head.append("adjoint")
        right.add(3)
    if origins is not None:
        head.append("from")
    if any(path for _, path in t._scopes):
        head.append("scope")
    folds = {run: summary(t, run, names) for run in runs if run.last > run.first}
    rows: list[list[str]] = []
    for figures in [digits] if digits else [6, 5, 4, 3]:
        cells = Cells(t, names, adjoints, origins, figures)
        rows = [head]
        for run in runs:
            row = folds.get(run) or cells.row(run.first)
            row += [""] * (len(head) - len(row))
            if head[-1] == "scope":
                row[-1] = "/".join(run.scope)
            rows.append([ascii_only(cell) for cell in row])
        if sum(widths(rows)) + 2 * (len(head) - 1) <= columns:
            break
    return laid_out(rows, right, columns)


# ------------------------------------------------------------------------ cells


class Names:
    """What entries are called in a table: the name that the user gave, if no other entry has it, or ``v12``."""

    __slots__ = ("_names",)

    def __init__(self, t: Tape) -> None:
        often = Counter(t._names.values())
        self._names = {i: name if often[name] == 1 else f"{name}#{i}" for i, name in t._names.items()}

    def __getitem__(self, index: int) -> str:
        return self._names.get(index) or f"v{index}"


class Cells(NamedTuple):
    """What the cells of a table are made of."""

    tape: Tape
    names: Names
    adjoints: Adjoints | None
    origins: dict[int, list[Contribution]] | None
    digits: int

    def row(self, index: int) -> list[str]:
        """Return the cells of one entry."""
        row, refs, raws, y, _, options = unpack(self.tape._log[index])
        entry = Entry(self.tape, index)
        cells = [self.names[index], call(row.base, refs, raws, options or {}, self.names, self.digits, entry.role)]
        cells.append(value(y, self.digits))
        if self.adjoints is not None or self.origins is not None:
            cells.append(self.adjoint(entry))
        if self.origins is not None:
            cells.append(self.origin(entry, self.origins.get(index)))
        return cells

    def reached(self, entry: Entry) -> bool:
        """Tell whether the sweep returned an adjoint for an entry."""
        return self.adjoints is not None and entry in self.adjoints and self.adjoints.reached(entry)

    def adjoint(self, entry: Entry) -> str:
        """Return the adjoint's cell: empty where the sweep didn't come by."""
        if self.adjoints is not None and self.reached(entry):
            return value(self.adjoints[entry], self.digits)
        parts = self.origins.get(entry.index) if self.origins is not None else None
        return value(parts[-1].total, self.digits) if parts else ""

    def origin(self, entry: Entry, parts: list[Contribution] | None) -> str:
        """Return the cell of the contributions: whence they come, and their values where several small ones add up."""
        if not parts:
            last = self.adjoints is not None and entry.index == len(self.adjoints._found) - 1  # where the sweep began
            return "seed" if last else ""
        spelled = len(parts) > 1 and all(np.size(c.contribution) <= FEW for c in parts)
        texts = [
            f"{value(c.contribution, self.digits)} ({self.names[c.source.index]})"
            if spelled
            else self.names[c.source.index]
            for c in parts[:SUMMANDS]
        ]
        if len(parts) > SUMMANDS:
            texts.append(f"... {len(parts) - SUMMANDS} more")
        return " + ".join(texts)


def summary(t: Tape, run: Run, names: Names) -> list[str]:
    """Return the first cells of a folded run: its ends, and what it calls most."""
    counts = Counter(brief(ROWS[t._log[i][0]].base) for i in range(run.first, run.last + 1))
    most = ", ".join(f"{count} {name}" for name, count in counts.most_common(3))
    rest = ", ..." if len(counts) > 3 else ""
    return [f"{names[run.first]}..{names[run.last]}", f"({run.last - run.first + 1} entries: {most}{rest})"]


def brief(row: Row) -> str:
    """Return a row's name as one would read it: an operator's sign, a name without its module but for NumPy's."""
    sign = INFIX.get(row.fn) or PREFIX.get(row.fn)
    if sign:
        return sign
    return row.name if row.name.startswith(("np.", "scipy.")) else row.name.rsplit(".", 1)[-1]


def call(
    row: Row,
    refs: Sequence[int],
    raws: Sequence[Any],
    options: dict[str, Any],
    names: Names,
    digits: int,
    role: str = "activation",
) -> str:
    """Return a call as one would type it."""
    if row.kind == "input":
        return role
    args = [names[a] if a >= 0 else value(raw, digits, "const") for a, raw in zip(refs, raws, strict=True)]
    if row.fn in INFIX and len(args) == 2:
        return f"{args[0]} {INFIX[row.fn]} {args[1]}"
    if row.fn in PREFIX:
        return f"{PREFIX[row.fn]}{args[0]}"
    if row.name == "operator.getitem":
        return f"{args[0]}[{key(options['key'], args[1:])}]"
    if row.name == "tape.rules.parts.component":
        return f"{args[0]}[{options['index']}]"
    given = [f"{name}={option(v, digits)}" for name, v in options.items()]
    if row.packed:
        args = [f"[{', '.join(args)}]"]
    return f"{brief(row)}({', '.join([*args, *given])})"


def option(v: Any, digits: int) -> str:
    """Return an option's value."""
    if isinstance(v, np.ndarray):
        return value(v, digits)
    return str(getattr(v, "__name__", None) or repr(v))


def key(k: Any, arrays: Sequence[str]) -> str:
    """Return an indexing key as one would type it between the brackets."""
    if isinstance(k, tuple):
        return ", ".join(key(part, arrays) for part in k) or "()"
    if isinstance(k, slice):
        ends = ["" if end is None else str(end) for end in (k.start, k.stop)]
        return ":".join(ends) + ("" if k.step is None else f":{k.step}")
    position = getattr(k, "position", None)
    if position is not None:
        return str(arrays[position])
    return "..." if k is Ellipsis else repr(k)


def value(v: Any, digits: int, missing: str = "-") -> str:
    """Return a value's cell: numbers, a few elements, or dtype, shape and range; a mark where it wasn't kept."""
    if v is None:
        return missing
    if type(v) is tuple:
        return "(" + ", ".join(value(part, digits) for part in v) + ")"
    if type(v) is Var:
        v = v.value
    if type(v) is Abstract:
        return f"{v.dtype.name}{shape_of(v.shape)}"
    a = np.asarray(v)
    if a.dtype.kind not in "fciub":
        return repr(v)
    if a.size <= FEW:
        return elements(a.tolist(), digits)
    return f"{a.dtype.name}{shape_of(a.shape)} {extent(a, digits)}"


def shape_of(shape: tuple[int, ...]) -> str:
    """Return a shape, as ``[2,3]``."""
    return f"[{','.join(map(str, shape))}]"


def elements(v: Any, digits: int) -> str:
    """Return a number, or a nested list of them."""
    if isinstance(v, list):
        return f"[{', '.join(elements(part, digits) for part in v)}]"
    return repr(v) if isinstance(v, (bool, int)) else format(v, f".{digits}g")


def extent(a: Any, digits: int) -> str:
    """Return the range of an array's elements, of their moduli if they are complex; NaNs and infinities are counted."""
    if a.dtype.kind == "b":
        return f"{np.count_nonzero(a)} True"
    bars = "|" if a.dtype.kind == "c" else ""
    size = np.abs(a) if bars else a
    finite = np.isfinite(size)
    odd = a.size - np.count_nonzero(finite)
    if odd == a.size:
        return f"{odd} not finite"
    low, high = (
        elements(end.tolist(), min(digits, 4))
        for end in (size.min(where=finite, initial=top(size)), size.max(where=finite, initial=bottom(size)))
    )
    return f"{bars}{low}..{high}{bars}" + (f", {odd} not finite" if odd else "")


def top(a: Any) -> Any:
    """Return what no element of an array exceeds."""
    return np.iinfo(a.dtype).max if a.dtype.kind in "iu" else np.inf


def bottom(a: Any) -> Any:
    """Return what no element of an array is less than."""
    return np.iinfo(a.dtype).min if a.dtype.kind in "iu" else -np.inf


def ascii_only(text: str) -> str:
    """Spell out what other encodings can't print, and line breaks: Greek letters by name, all else as escapes."""
    if text.isascii() and text.isprintable():
        return text
    out: list[str] = []
    for letter in unicodedata.normalize("NFKD", text):
        called = unicodedata.name(letter, "")
        if not called.startswith("GREEK"):
            out.append(letter if letter.isprintable() else letter.encode("unicode_escape").decode())
        else:
            word = called.split()[-1].lower()
            out.append(word.capitalize() if "CAPITAL" in called else word)
    return "".join(out).encode("ascii", "backslashreplace").decode()


# ---------------------------------------------------------------------- folding


class Run(NamedTuple):
    """A stretch of the tape that takes one line: its first and last entry, and the scope that holds them all."""

    first: int
    last: int
    scope: tuple[str, ...]


def folded(t: Tape, limit: int) -> list[Run]:
    """Return the lines of a table: one an entry, or, for a long tape, runs of the middle folded until they fit."""
    size = len(t)
    runs = list(scope_runs(t))
    everything = [Run(i, i, run.scope) for run in runs for i in range(run.first, run.last + 1)] if size <= limit else []
    if everything:
        return everything
    ends = max(1, min(8, limit // 4))
    head, tail = cut(runs, 0, ends), cut(runs, size - ends, size)
    middle = cut(runs, ends, size - ends)
    room = max(1, limit - 2 * ends)
    start, stop = singles(head), singles(tail)
    for depth in range(max((len(run.scope) for run in middle), default=0), 0, -1):
        grouped = joined(middle, depth)
        for fold_all in (False, True):
            count = sum(1 if fold_all or run.scope else run.last - run.first + 1 for run in grouped)
            if count <= room:
                lines = (part for run in grouped for part in ([run] if fold_all or run.scope else singles([run])))
                return [*start, *lines, *stop]
    return [*start, Run(ends, size - ends - 1, ()), *stop]


def scope_runs(t: Tape) -> Iterator[Run]:
    """Yield the runs of entries of one scope."""
    marks = [(0, ()), *t._scopes, (len(t), ())]
    for (first, path), (after, _) in itertools.pairwise(marks):
        if after > first:
            yield Run(first, after - 1, path)


def cut(runs: Sequence[Run], start: int, stop: int) -> list[Run]:
    """Return what of the runs lies within ``start:stop``."""
    return [Run(max(f, start), min(la, stop - 1), s) for f, la, s in runs if f < stop and la >= start]


def singles(runs: Iterable[Run]) -> list[Run]:
    """Return one run an entry."""
    return [Run(i, i, run.scope) for run in runs for i in range(run.first, run.last + 1)]


def joined(runs: Sequence[Run], depth: int) -> list[Run]:
    """Return runs that are of one scope when scopes are cut at a depth, as one."""
    out: list[Run] = []
    for run in runs:
        path = run.scope[:depth]
        if out and out[-1].scope == path:
            out[-1] = Run(out[-1].first, run.last, path)
        else:
            out.append(Run(run.first, run.last, path))
    return out


# ----------------------------------------------------------------------- layout


def widths(rows: list[list[str]]) -> list[int]:
    """Return the width of each column."""
    return [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]


def laid_out(rows: list[list[str]], right: set[int], width: int) -> str:
    """Return columns, two blanks apart, the widest cut until a line fits."""
    wide = widths(rows)
    while sum(wide) + 2 * (len(wide) - 1) > width and max(wide) > NARROW:
        wide[wide.index(max(wide))] -= 1
    out: list[str] = []
    for row in rows:
        cells = [cell if len(cell) <= w else cell[: w - 3] + "..." for cell, w in zip(row, wide, strict=True)]
        text = "  ".join(
            c.rjust(w) if k in right else c.ljust(w) for k, (c, w) in enumerate(zip(cells, wide, strict=True))
        )
        out.append(text.rstrip())
    return "\n".join(out)
