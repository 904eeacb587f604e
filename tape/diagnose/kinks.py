"""The kink report: which numbers of a program lie where its functions have no derivative, and what the sweep takes.

At a kink any number between the slopes on either side is as good as another, and the sweep takes one of them
(``docs/guide/conventions.md``). The report asks the rules: it evaluates the row's own rule a little to the left, a
little to the right, and where the number is.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tape.applied import contributions
from tape.diagnose.smoothness import KINKED, LANES, PARTIAL, POINTS, SELECTING, SMOOTH, UNBROADCAST
from tape.entry import Entry, dtype_of, unpack
from tape.program.replay import drop
from tape.record import Tape
from tape.rule import Row
from tape.rules.reductions import to_last
from tape.sweep import again, check_open

__tape__ = True

SHOWN = 40
"""Lines of the table."""
FAR, CLOSE = 2.0**-30, 2.0**-46
"""How far from the kink, of the size of the numbers, the slopes to either side are asked for; twice, for infinities."""
SAME = 1e-5
"""Slopes that differ by less are one."""


class Kink(NamedTuple):
    """One element at or near a kink."""

    entry: Entry
    """The call."""
    argument: int
    """The position of the argument that the element belongs to."""
    position: tuple[int, ...]
    """Where the element is: in the result's shape for functions that work element by element, else in the argument."""
    kind: str
    """``corner`` (the slope jumps), ``edge`` (the function ends, or its slope is infinite), ``jump`` (the value jumps),
    ``tie`` (of several elements one is chosen), ``switch`` (a comparison is about to change)."""
    value: Any
    """The element."""
    kink: float
    """Where the kink is."""
    distance: float
    """How far away: 0 for an element at the kink."""
    left: float
    """The slope below the kink."""
    right: float
    """The slope above the kink."""
    chosen: Any
    """The slope that the sweep takes: the row's rule, evaluated at the element."""

    @property
    def interval(self) -> tuple[float, float]:
        """The slopes to either side, the smaller first: any number between them is a subgradient."""
        return min(self.left, self.right), max(self.left, self.right)


class Kinks(Sequence[Kink]):
    """The kink report, a sequence of :class:`Kink`; ``print`` shows it as a table.

    Attributes
    ----------
    rows : list of Kink
        In the order of the entries.
    more : int
        How many were left out by ``limit=``.
    unknown : list of Entry
        Calls that weren't looked at: of functions that nobody has said of where their kinks are, such as primitives of
        one's own, and reductions with ``where=`` or ``initial=``.
    """

    __slots__ = ("_tape", "more", "rows", "unknown")

    def __init__(self, t: Tape) -> None:
        self._tape = t
        self.rows: list[Kink] = []
        self.unknown: list[Entry] = []
        self.more = 0

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    def __repr__(self) -> str:
        return f"<{len(self.rows) + self.more} kinks of {len(self._tape)} entries>"

    def __str__(self) -> str:
        from tape.show.text import Names, ascii_only, brief, elements, laid_out

        tail: list[str] = []
        left_out = self.more + max(len(self.rows) - SHOWN, 0)
        if left_out:
            tail.append(f"... and {left_out} more")
        if self.unknown:
            called = sorted({e.row.name for e in self.unknown})
            tail.append(f"not looked at: {', '.join(called)}")
        if not self.rows:
            return "\n".join(["no kinks", *tail])
        names = Names(self._tape)

        def number(v: Any) -> str:
            return elements(np.asarray(v).item(), 6)

        head = ["entry", "function", "arg", "element", "value", "distance", "kind", "left", "right", "chosen", "line"]
        table = [head]
        for k in self.rows[:SHOWN]:
            at = f"[{', '.join(map(str, k.position))}]" if k.position else ""
            numbers = [number(k.value), number(k.distance)], [number(v) for v in (k.left, k.right, k.chosen)]
            cells = [names[k.entry.index], brief(k.entry.row), str(k.argument), at, *numbers[0], k.kind, *numbers[1]]
            table.append([ascii_only(cell) for cell in (*cells, source(k.entry))])
        width = shutil.get_terminal_size((120, 24)).columns
        return "\n".join([laid_out(table, {2, 4, 5, 7, 8, 9}, width), *tail])


def source(entry: Entry) -> str:
    """Return the number and the text of the line that made an entry."""
    file, line = entry.where
    return f"{line}: {entry.line}" if file else ""


def kinks(t: Tape, *, near: float = 1e-6, exact: bool = False, limit: int = 1000) -> Kinks:
    """Report the elements at or near points where a function has no derivative.

    Parameters
    ----------
    t : Tape
        The tape, which keeps all its values (``Tape(keep="all")``, the default).
    near : float
        How far from a kink an element may be, in proportion to the numbers: those that meet there, or, for a kink at
        zero, the largest of the argument; for rounding, the step.
    exact : bool
        Only elements exactly at a kink: ``near=0``.
    limit : int
        At most so many of each entry.

    Returns
    -------
    Kinks
        A sequence of :class:`Kink`: ``print`` it for a table.

    Raises
    ------
    ValueError
        The tape doesn't keep its values.

    Notes
    -----
    What the program does next isn't looked at: a kink whose result is multiplied by zero is listed, too. A branch of
    Python code can't be seen; a comparison that it was taken on can. Elements move one at a time: at a tie of three,
    the slope of a median in each is zero to both sides, and the even share that the sweep takes is none of them.

    Examples
    --------
    >>> import numpy as np, tape
    >>> t = tape.Tape()
    >>> x = t.input([-1.0, 0.0, 2.0], name="x")
    >>> y = np.abs(x)
    >>> [(k.position, k.left, k.right, k.chosen) for k in tape.kinks(t)]
    [((1,), -1.0, 1.0, 0.0)]
    """
    found = Kinks(t)
    for i in whole_entries(t):
        row, refs, args, y, _, options = unpack(t._log[i])
        row, options = row.base, options or {}
        if not any(a >= 0 for a in refs) or row.name in SMOOTH or row.kind == "linear":
            continue
        if row.name not in KINKED or (row.name in LANES and PARTIAL & options.keys()):
            if row.kind != "zero":
                found.unknown.append(Entry(t, i))
            continue
        with np.errstate(all="ignore"):
            look = points if row.name in POINTS else lanes if row.name in LANES else pools
            batches = list(look(row, refs, args, y, options, 0.0 if exact else near))
            rows = [k for batch in batches for k in batch.rows(Entry(t, i), limit)]
            rows.sort(key=lambda k: (k.argument, k.position))
            found.rows += rows[:limit]
            found.more += sum(batch.total for batch in batches) - len(rows[:limit])
    return found


def whole_entries(t: Tape) -> Iterator[int]:
    """Yield the numbers of the entries of a tape, the values of its checkpointed stretches there while it lasts."""
    check_open(t)
    if not t._keep:
        raise ValueError("this tape keeps only what a sweep reads: record on tape.Tape(keep='all') to look at values")
    segments = list(t._checkpoints)
    try:
        left = list(segments)
        while left:
            again(t, left)
        yield from range(len(t._log))
    finally:
        for segment in segments:
            drop(t, *segment)


class Batch(NamedTuple):
    """Elements of one argument of one call that are near one kink, as arrays."""

    argument: int
    shape: tuple[int, ...]
    places: Any
    kind: str
    value: Any
    kink: Any
    distance: Any
    left: Any
    right: Any
    chosen: Any
    jumps: Any
    keep: Any

    @property
    def total(self) -> int:
        """How many there are."""
        return int(np.count_nonzero(self.keep))

    def rows(self, entry: Entry, limit: int) -> Iterator[Kink]:
        """Yield the first of the elements."""
        for j in np.flatnonzero(self.keep)[:limit]:
            left, right = float(self.left[j]), float(self.right[j])
            kind = self.kind
            if kind == "corner":
                ended = not (math.isfinite(left) and math.isfinite(right))
                kind = "edge" if ended else "jump" if self.jumps[j] else "corner"
            position = tuple(int(p) for p in np.unravel_index(int(self.places[j]), self.shape)) if self.shape else ()
            yield Kink(
                entry,
                self.argument,
                position,
                kind,
                self.value[j].item(),
                float(np.real(self.kink[j])),
                float(self.distance[j]),
                left,
                right,
                self.chosen[j].item(),
            )


def worth(kind: str, left: Any, right: Any, chosen: Any, jumps: Any, distance: Any) -> Any:
    """Tell which elements are at a kink indeed: the slopes to either side differ, or the value jumps."""
    if kind == "switch":
        return np.ones(np.shape(left), bool)
    one, other = np.where(np.isnan(left), right, left), np.where(np.isnan(right), left, right)
    differ = ~same(one, other) | (~same(one, chosen) & (distance == 0))
    return jumps | differ | np.isinf(one) | np.isinf(other)


def same(a: Any, b: Any) -> Any:
    """Tell which slopes are one."""
    return (a == b) | (np.abs(a - b) <= SAME * np.maximum(1, np.maximum(np.abs(a), np.abs(b))))


def size_of(x: Any) -> float:
    """Return the largest modulus of an array's finite elements; 1 where all are zero."""
    size = np.abs(np.asarray(x))
    return float(np.max(size, where=np.isfinite(size), initial=0)) or 1.0


def units(value: Any, kink: Any, unit: float | None, size: float) -> Any:
    """Return what a distance from a kink is in proportion to."""
    if unit is not None:
        return np.full(np.shape(value), unit)
    return np.where(kink == 0, size, np.maximum(np.abs(value), np.abs(kink)))


def is_near(distance: Any, most: Any) -> Any:
    """Tell which elements are near enough; nothing is near an infinity, or near a number from there."""
    return np.isfinite(distance) & (distance <= most)


def sides(evaluate: Any, kink: Any, unit: Any) -> tuple[Any, Any, Any]:
    """Return the slopes to the left and to the right of kinks, and where the value jumps.

    ``evaluate`` returns slopes and values, given what the elements are. Each side is looked at twice: a slope that
    grows on coming closer is infinite, a difference of values that doesn't shrink is a jump.
    """
    found: list[tuple[Any, Any]] = []
    for share in (FAR, CLOSE):
        step = np.maximum(share * unit, (8 if share == FAR else 4) * np.spacing(np.abs(kink)))
        found += [evaluate(kink - step), evaluate(kink + step)]
    (sl, vl), (sr, vr), (slc, vlc), (src, vrc) = found
    gap, closer = np.abs(vr - vl), np.abs(vrc - vlc)
    return limit(sl, slc), limit(sr, src), (closer > 0.75 * gap) & (gap > 0)


def limit(far: Any, close: Any) -> Any:
    """Return what a slope tends to: the value farther from the kink, which is rounded less, where it is no other."""
    larger = np.maximum(np.abs(far), np.abs(close))
    agree = np.abs(far - close) <= 0.01 * larger
    grown = ~agree & (np.abs(close) > 4 * np.abs(far))
    return np.where(agree, far, np.where(grown, np.sign(close) * np.inf, close)) + 0.0


def slope(row: Row, g: Any, y: Any, args: Sequence[Any], options: dict[str, Any], k: int) -> Any:
    """Return what the row's rule, as the sweep applies it, gives for one argument; zeros where the row has none."""
    found = contributions(row, g, y, args, options, [k]) if row.kind != "zero" else []
    return found[0][1] if found else np.zeros(np.shape(args[k]))


def seed(y: Any) -> Any:
    """Return ones for the adjoint of a result."""
    return np.ones(np.shape(y), dtype_of(y) if dtype_of(y).kind in "fc" else float)


# -------------------------------------------------------------- element by element


def points(row: Row, refs: Any, args: Any, y: Any, options: dict[str, Any], near: float) -> Iterator[Batch]:
    """Yield the elements near kinks of a function that works element by element."""
    shape, apart = np.shape(y), UNBROADCAST.get(row.name, ())
    for spot in POINTS[row.name](*args, **options):
        k = spot.argument
        if refs[k] < 0 or dtype_of(args[k]).kind not in "fc":
            continue
        at = {j: np.broadcast_to(np.asarray(place, float), shape).reshape(-1) for j, place in spot.at.items()}
        have = {j: np.broadcast_to(np.asarray(args[j]), shape).reshape(-1) for j in at}
        distance = np.max([np.abs(have[j] - at[j]) for j in at], axis=0)
        unit = units(have[k], at[k], spot.unit, max(size_of(args[j]) for j in at))
        places = np.flatnonzero(is_near(distance, near * unit))
        if not places.size:
            continue

        def pick(arg: Any, j: int, places: Any = places) -> Any:
            if arg is None or type(arg) in (int, float, complex, bool) or j in apart:
                return arg
            return np.broadcast_to(np.asarray(arg), shape).reshape(-1)[places]

        here = [pick(arg, j) for j, arg in enumerate(args)]
        wide = [a.astype(np.result_type(a, float)) if isinstance(a, np.ndarray) else a for a in here]
        for j in at:
            wide[j] = at[j][places]

        def evaluate(x: Any, k: int = k, wide: list[Any] = wide) -> tuple[Any, Any]:
            moved = [*wide[:k], x, *wide[k + 1 :]]
            value = row.call(*moved, **options)
            return np.real(slope(row, seed(value), value, moved, options, k)), np.asarray(value, complex)

        here[k] = have[k][places]
        result = np.asarray(y).reshape(-1)[places]
        chosen = np.broadcast_to(slope(row, seed(result), result, here, options, k), places.shape)
        left, right, jumps = sides(evaluate, at[k][places], unit[places])
        keep = worth(spot.kind, left, right, chosen, jumps, distance[places])
        found = have[k][places], at[k][places], distance[places], left, right, chosen, jumps, keep
        yield Batch(k, shape, places, spot.kind, *found)


# --------------------------------------------------------------------------- lanes


def lanes(row: Row, refs: Any, args: Any, y: Any, options: dict[str, Any], near: float) -> Iterator[Batch]:
    """Yield the elements near kinks of a function of the elements along its axes."""
    x = np.asarray(args[0])
    if x.dtype.kind not in "fc" or not x.size:
        return
    name = "dim" if "dim" in row.params else "axis"
    axis = options.get(name, row.defaults.get(name))
    rest = {n: v for n, v in options.items() if n not in (name, "keepdims", "keepdim")}
    if rest.get("ord") == "fro":
        del rest["ord"]
    flat = to_last(x, axis)[0]
    shape = flat.shape
    flat = flat.reshape(-1, shape[-1])
    numbers = to_last(np.arange(x.size).reshape(x.shape), axis)[0].reshape(flat.shape)
    size = size_of(x)
    singly = [{**rest, "q": q} for q in np.ravel(rest["q"])] if "q" in rest else [rest]
    for rest, spot in ((one, spot) for one in singly for spot in LANES[row.name](flat, **one)):
        distance = np.abs(flat - spot.at)
        if spot.base is not None:
            distance = distance * 0 + np.nanmax(np.abs(flat - spot.base), axis=-1, keepdims=True, initial=0)
        unit = units(flat, spot.at, None, size)
        lane, i = np.nonzero(is_near(distance, near * unit))
        if not lane.size:
            continue
        rank = None if spot.rank is None else spot.rank[lane, i]
        wide = (flat if spot.base is None else spot.base)[lane].astype(np.result_type(flat, float))

        def of(z: Any, i: Any = i, rank: Any = rank, rest: dict[str, Any] = rest) -> Any:
            """Return the slope in the elements, of lanes one for each."""
            each = np.arange(len(i))
            value = row.call(z, **{name: -1}, **rest)
            if row.name in SELECTING:
                return (value == i if rank is None else value[each, rank] == i).astype(float)
            g = seed(value)
            if rank is not None:
                g[...] = 0
                g[each, rank] = 1
            return np.broadcast_to(slope(row, g, value, (z,), {name: -1, **rest}, 0), z.shape)[each, i]

        def evaluate(v: Any, of: Any = of, wide: Any = wide, i: Any = i) -> tuple[Any, Any]:
            moved = wide.copy()
            moved[np.arange(len(i)), i] = v
            return np.real(of(moved)), np.zeros(len(i))

        at, value = spot.at[lane, i], flat[lane, i]
        chosen = of(flat[lane])
        left, right, jumps = sides(evaluate, at, unit[lane, i])
        keep = worth(spot.kind, left, right, chosen, jumps, distance[lane, i])
        found = value, at, distance[lane, i], left, right, chosen, jumps, keep
        yield Batch(0, x.shape, numbers[lane, i], spot.kind, *found)


def pools(row: Row, refs: Any, args: Any, y: Any, options: dict[str, Any], near: float) -> Iterator[Batch]:
    """Yield the elements that tie, or nearly, for the largest of a window of max pooling."""
    from tape.diagnose.smoothness import largest_known
    from tape.nn.windows import adaptive, pool_taps

    x = np.asarray(args[0])
    if "output_size" in options:
        pairs, out = adaptive(x.shape[2:], options["output_size"]), tuple(options["output_size"])
    else:
        how: dict[str, Any] = {"stride": None, "padding": 0, "dilation": 1, "ceil_mode": False, **options}
        pairs, out = pool_taps(x.shape[2:], **how)
    number = np.arange(x.size).reshape(x.shape)
    for axis in range(2, x.ndim):  # windows along one axis after the other, their elements as the last axes
        taps = pairs[axis - 2]
        spread = np.full((*number.shape[:axis], out[axis - 2], *number.shape[axis + 1 :], len(taps)), -1)
        lead = (slice(None),) * axis
        for k, (outputs, inputs) in enumerate(taps):
            spread[(*lead, outputs, ..., k)] = number[(*lead, inputs)]
        number = spread
    number = number.reshape(-1, math.prod(number.shape[x.ndim :]))
    window = np.where(number >= 0, x.reshape(-1)[number], np.nan)
    at = largest_known(window)[0].at
    distance = np.abs(window - at)
    unit = units(window, at, None, size_of(x))
    lane, i = np.nonzero(is_near(distance, near * unit))
    if not lane.size:
        return
    taken = np.asarray(y).reshape(-1)[lane]
    chosen = (number[lane, i] % math.prod(x.shape[2:]) == taken).astype(float)

    def evaluate(v: Any) -> tuple[Any, Any]:
        moved = window[lane]
        moved[np.arange(len(i)), i] = v
        return (np.nanargmax(moved, axis=-1) == i).astype(float), np.zeros(len(i))

    left, right, jumps = sides(evaluate, at[lane, i], unit[lane, i])
    keep = worth("tie", left, right, chosen, jumps, distance[lane, i])
    found = window[lane, i], at[lane, i], distance[lane, i], left, right, chosen, jumps, keep
    yield Batch(0, x.shape, number[lane, i], "tie", *found)
