"""The first NaN or infinity: which call made it of finite numbers, or which step of the sweep did."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tape.adjoints import Contribution
from tape.applied import contributions
from tape.containers import flatten, unflatten
from tape.diagnose.kinks import seed, source, whole_entries
from tape.entry import Entry, dtype_of, unpack
from tape.record import INPUT, Tape, Var
from tape.rule import Row
from tape.sweep import reverse, seed_for

__tape__ = True


class Nonfinite:
    """Where a program, or its reverse sweep, first left the finite numbers. ``print`` it.

    Attributes
    ----------
    entry : Entry
        The call.
    phase : {"forward", "reverse"}
        The call itself, or its step of the reverse sweep.
    target : Entry or None
        In reverse, the entry that the contribution is to.
    position : tuple of int
        The element: of the result, or, in reverse, of the adjoint of the argument; both have the shape of the result
        for functions that work element by element.
    value : number
        What was made there: the result, or the contribution.
    args : tuple
        The call's arguments at that element, for functions that work element by element; else as a whole.
    adjoint : number, array or None
        In reverse, the adjoint that came in.
    hint : str
        What is likely to have happened, and what to do.
    """

    __slots__ = ("adjoint", "args", "entry", "hint", "phase", "position", "target", "value")

    def __init__(
        self,
        entry: Entry,
        phase: str,
        position: tuple[int, ...],
        value: Any,
        args: tuple[Any, ...],
        hint: str,
        *,
        target: Entry | None = None,
        adjoint: Any = None,
    ) -> None:
        self.entry, self.phase, self.position, self.value = entry, phase, position, value
        self.args, self.hint, self.target, self.adjoint = args, hint, target, adjoint

    def __repr__(self) -> str:
        return f"<{self.phase}: {self.value} at {list(self.position)} of entry {self.entry.describe()}>"

    def __str__(self) -> str:
        from tape.show.text import Names, ascii_only, brief, call
        from tape.show.text import value as shown

        names = Names(self.entry._tape)
        row, refs, raws, _, _, options = unpack(self.entry._tape._log[self.entry.index])
        spelled = call(row.base, refs, raws, options or {}, names, 6, self.entry.role)
        at = f" [{', '.join(map(str, self.position))}]" if self.position else ""
        if self.phase == "forward":
            head = f"{shown(self.value, 6)} made by entry {names[self.entry.index]} = {spelled}"
            lines = [head, f"  element  {at.strip()}"] if at else [head]
        else:
            to = names[self.target.index] if self.target else "?"
            head = f"{shown(self.value, 6)} made in the reverse sweep by entry {names[self.entry.index]} = {spelled}"
            lines = [head, f"  to       adjoint of {to}{at}"]
        for k, (a, arg) in enumerate(zip(refs, self.args, strict=False)):
            called = names[a] if a >= 0 else f"argument {k} of {brief(row.base)}"
            lines.append(f"  {'argument' if k == 0 else '        '} {called} = {shown(arg, 6)}")
        if self.adjoint is not None:
            lines.append(f"  adjoint  {shown(self.adjoint, 6)}")
        if where := source(self.entry):
            lines.append(f"  line     {where}")
        lines.append(f"  hint     {self.hint}")
        return "\n".join(ascii_only(line) for line in lines)


def first_nonfinite(of: Tape | Callable[..., Any], *args: Any, seed: Any = None) -> Nonfinite | None:
    """Find the first call, or else the first step of the reverse sweep, that makes a NaN or an infinity.

    Parameters
    ----------
    of : Tape or callable
        A tape, which keeps all its values (``Tape(keep="all")``, the default); or a function, which is recorded.
    *args
        Of a tape: the output to sweep from, if its sweep is to be looked at, too. Of a function: its arguments. Those
        that are arrays of floats or complex numbers, or containers of them, are differentiated.
    seed : array_like, optional
        The adjoint of the output; ones by default.

    Returns
    -------
    Nonfinite or None
        None if there is nothing to report: each call and each step of the sweep made finite numbers of finite ones, and
        no input, no result swept from and no NaN is otherwise.

    Raises
    ------
    ValueError
        The tape doesn't keep its values.

    Notes
    -----
    An infinity may be meant, and harmless: ``np.log(0)`` that only ``np.exp`` reads. Infinite constants, such as the
    -inf that masks a softmax, are passed over as long as the results are finite.

    Examples
    --------
    >>> import numpy as np, tape
    >>> found = tape.first_nonfinite(lambda x: np.sum(np.sqrt(x) * 0.0), np.array([4.0, 0.0]))
    >>> found.entry.row.name, found.phase, found.position
    ('np.sqrt', 'reverse', (1,))
    """
    if isinstance(of, Tape):
        if len(args) > 1:
            raise TypeError(f"of a tape, first_nonfinite takes one output to sweep from, not {len(args)}")
        t, outputs = of, list[Var](args)
    else:
        t, outputs = recorded(of, args)
    for y in outputs:
        t._own(y)
    with np.errstate(all="ignore"):
        found = forward(t, outputs)
        for y in outputs:
            if found is None and dtype_of(y._value).kind in "fc":
                found = backward(t, y, seed)
    return found


def recorded(f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Tape, list[Var]]:
    """Record a function on a tape that keeps all values; return the tape, and the variables that were returned."""
    t = Tape()
    call: list[Any] = []
    with t, np.errstate(all="ignore"):
        for k, arg in enumerate(args):
            leaves, spec = flatten(arg)
            values = [x.value if isinstance(x, Var) else x for x in leaves]
            if all(dtype_of(x).kind in "fc" for x in values):
                values = [t.input(x, f"argument_{k}" if len(values) == 1 else None) for x in values]
            call.append(unflatten(spec, values))
        out = flatten(f(*call))[0]
    return t, [v for v in out if isinstance(v, Var)]


def bad(v: Any) -> Any:
    """Tell which elements aren't finite; of integers, booleans and what isn't an array, none."""
    if v is None:
        return np.zeros((), bool)
    if dtype_of(v).kind not in "fc":
        return np.zeros(np.shape(v), bool)
    return np.asarray(~np.isfinite(v))


def first(mask: Any) -> tuple[int, ...]:
    """Return the position of the first True."""
    return tuple(int(k) for k in np.unravel_index(int(np.argmax(mask)), np.shape(mask))) if np.ndim(mask) else ()


def by_element(row: Row, args: tuple[Any, ...], y: Any) -> bool:
    """Tell whether a call worked element by element, on arguments that broadcast to its result."""
    if row.kind != "elementwise":
        return False
    try:
        return np.broadcast_shapes(np.shape(y), *(np.shape(arg) for arg in args if arg is not None)) == np.shape(y)
    except ValueError:  # an argument that is looked at as a whole
        return False


def parts(v: Any) -> tuple[Any, ...]:
    """Return the results of a call, one or several."""
    return v if type(v) is tuple else (v,)


# ------------------------------------------------------------------------ forward


def forward(t: Tape, outputs: list[Var]) -> Nonfinite | None:
    """Return the first entry that made a value that isn't finite, of finite arguments.

    Where infinite constants alone are to blame, it is returned only if a NaN came of it, or an infinite output.
    """
    by_constant: Nonfinite | None = None
    spoiled = any(np.any(bad(part)) for v in outputs for part in parts(v._value))
    for i in whole_entries(t):
        row, refs, args, y, _, options = unpack(t._log[i])
        for part in parts(y):
            wrong = bad(part)
            if not np.any(wrong):
                continue
            spoiled = spoiled or bool(np.any(np.isnan(part)))
            made = wrong
            for given in (p for arg in args for p in parts(arg)):
                made = made & (~bad(given) if by_element(row, args, part) else not np.any(bad(given)))
            read = [p for a, arg in zip(refs, args, strict=True) if a >= 0 for p in parts(arg)]
            if np.any(made):
                return made_forward(t, i, row.base, args, part, first(made), options or {})
            if by_constant is None and not any(np.any(bad(p)) for p in read):
                by_constant = made_forward(t, i, row.base, args, part, first(wrong), options or {})
                by_constant.hint = "a constant argument isn't finite"
    return by_constant if spoiled else None


def made_forward(
    t: Tape, i: int, row: Row, args: tuple[Any, ...], y: Any, at: tuple[int, ...], options: dict[str, Any]
) -> Nonfinite:
    """Return the report of one entry's value."""
    value = np.asarray(y)[at]
    if by_element(row, args, y):
        args = picked(args, np.shape(y), at)
    return Nonfinite(Entry(t, i), "forward", at, value, args, hint_forward(row, args, value, np.asarray(y)))


def picked(args: tuple[Any, ...], shape: tuple[int, ...], at: tuple[int, ...]) -> tuple[Any, ...]:
    """Return arguments at one element of the result that they are broadcast to."""
    return tuple(None if arg is None else np.broadcast_to(np.asarray(arg), shape)[at] for arg in args)


def says(condition: Callable[..., Any], text: str) -> tuple[Callable[..., Any], str]:
    """Return one line of :data:`HINTS`."""
    return condition, text


LOGS = "np.log", "np.log2", "np.log10"
QUOTIENTS = "np.divide", "operator.truediv", "np.reciprocal", "np.linalg.slogdet"
"""Functions of whose hints none is about the order of real numbers."""
LOG = [says(lambda x: x == 0, "logarithm of 0"), says(lambda x: x < 0, "logarithm of a negative number")]
DIVIDE = [
    says(lambda a, b: a == 0 and b == 0, "0 divided by 0"),
    says(lambda a, b: b == 0, "division by 0"),
]
POWER = [
    says(lambda a, b: a == 0 and b < 0, "0 to a negative power"),
    says(lambda a, b: a < 0 and b != np.rint(b), "a negative number to a power that isn't whole"),
]
OUTSIDE = "an argument outside of where the function is defined"
MODULO, ARCS = [says(lambda a, b: b == 0, "division by 0")], [says(lambda x: abs(x) > 1, OUTSIDE)]
HINTS: dict[str, list[tuple[Callable[..., Any], str]]] = {
    **dict.fromkeys(LOGS, LOG),
    "np.linalg.slogdet": [says(lambda a: True, "logarithm of 0: the matrix is singular")],
    "np.log1p": [says(lambda x: x == -1, "logarithm of 0"), says(lambda x: x < -1, "logarithm of a negative number")],
    **dict.fromkeys(("np.divide", "operator.truediv"), DIVIDE),
    **dict.fromkeys(("np.remainder", "operator.mod", "np.fmod"), MODULO),
    "np.reciprocal": [says(lambda x: x == 0, "division by 0")],
    "np.sqrt": [says(lambda x: x < 0, "square root of a negative number")],
    **dict.fromkeys(("np.power", "operator.pow", "np.float_power"), POWER),
    **dict.fromkeys(("np.arcsin", "np.arccos"), ARCS),
    "np.arccosh": [says(lambda x: x < 1, OUTSIDE)],
    "np.arctanh": [says(lambda x: abs(x) >= 1, OUTSIDE)],
}
"""What makes functions infinite or NaN, but for numbers that grow too large."""


def hint_forward(row: Row, args: tuple[Any, ...], value: Any, y: Any) -> str:
    """Return what is likely to have happened in a call."""
    if row is INPUT:
        return "the input itself isn't finite"
    at_zero = LOG[:1] if row.name in LOGS else HINTS.get(row.name, []) if row.name in QUOTIENTS else []
    for condition, text in at_zero if any(np.iscomplexobj(arg) for arg in args) else HINTS.get(row.name, []):
        if condition(*args):
            return text
    if any(np.size(arg) == 0 for arg in args if arg is not None):
        return "a reduction of no elements"
    largest = np.finfo(y.dtype).max
    grown = np.isinf(value) or row.kind != "elementwise"
    return f"overflow: beyond the largest {y.dtype.name}, {largest:.2g}" if grown else "not a number"


# ------------------------------------------------------------------------ reverse


def backward(t: Tape, output: Var, given: Any) -> Nonfinite | None:
    """Return the first step of the reverse sweep that made what isn't finite of a finite adjoint."""
    start = seed_for(output._value, seed(output._value) if given is None else given, "the output")
    adjoints: dict[int, Any] = {output._index: start}
    found: list[tuple[Contribution, Any]] = []

    def look(c: Contribution) -> None:
        before, adjoints[c.target.index] = adjoints.get(c.target.index), c.total
        incoming = adjoints.get(c.source.index)  # None for one of several results: all was finite so far
        if not found and made_here(c, incoming, before):
            found.append((c, incoming))

    reverse(t, output, start, observe=look)
    if not found:
        return None
    return next(made_reverse(t, *found[0]) for i in whole_entries(t) if i == found[0][0].source.index)


def made_here(c: Contribution, incoming: Any, before: Any) -> bool:
    """Tell whether a contribution isn't finite though its adjoint is, or a sum though its summands are."""
    wrong = bad(c.contribution)
    if not np.any(wrong):
        return bool(np.any(bad(c.total))) and not np.any(bad(before))
    come = bad(incoming)
    if c.source.row.kind == "elementwise" and come.shape == wrong.shape:
        return bool(np.any(wrong & ~come))
    return not np.any(come)


def made_reverse(t: Tape, c: Contribution, g: Any) -> Nonfinite:
    """Return the report of one contribution."""
    row, refs, args, y, _, options = unpack(t._log[c.source.index])
    row, options = row.base, options or {}
    how: dict[str, Any] = {"target": c.target}
    wrong = bad(c.contribution)
    if not np.any(wrong):
        at = first(bad(c.total))
        hint = "overflow in adding up what came along several ways"
        return Nonfinite(c.source, "reverse", at, np.asarray(c.total)[at], args, hint, adjoint=g, **how)
    if not by_element(row, args, y):
        at = first(wrong)
        hint = "the derivative is infinite or NaN here, or overflows"
        if g is not None and not np.any(g):
            hint = "0 times an infinite derivative or NaN: strong_zeros=True leaves it out"
        return Nonfinite(c.source, "reverse", at, np.asarray(c.contribution)[at], args, hint, adjoint=g, **how)
    # Element by element: the contribution before it was summed over what was broadcast, and where.
    for k in (j for j, a in enumerate(refs) if a == c.target.index):
        made = np.broadcast_to(contributions(row, g, y, args, options, [k])[0][1], np.shape(y))
        wrong = bad(made) & ~bad(g)
        if np.any(wrong):
            at = first(wrong)
            incoming, here = np.broadcast_to(g, np.shape(y))[at], picked(args, np.shape(y), at)
            slope = derivative(row, y, args, options, k, at)
            hint = hint_reverse(row, here, incoming, slope, k)
            return Nonfinite(c.source, "reverse", at, made[at], here, hint, adjoint=incoming, **how)
    at = first(bad(c.contribution))
    hint = "overflow in summing over what was broadcast"
    return Nonfinite(c.source, "reverse", at, np.asarray(c.contribution)[at], args, hint, adjoint=g, **how)


def derivative(row: Row, y: Any, args: Any, options: dict[str, Any], k: int, at: tuple[int, ...]) -> Any:
    """Return the derivative that a rule multiplies by, at one element."""
    found = contributions(row, seed(y), y, args, options, [k])[0][1]
    return np.broadcast_to(found, np.shape(y))[at]


def hint_reverse(row: Row, args: tuple[Any, ...], g: Any, slope: Any, k: int) -> str:
    """Return what is likely to have happened in a step of the sweep."""
    if np.isfinite(slope):
        return f"overflow: an adjoint of {g:.3g} times a derivative of {slope:.3g}"
    place = f"{args[k]:.6g}" if args[k] is not None else "here"
    what = "NaN" if np.isnan(slope) else "infinite" if not math.isnan(abs(slope)) else "undefined"
    text = f"the derivative of {row.name} is {what} at {place}"
    if g == 0:
        text += (
            ", and 0 times that is NaN: choose the argument first, np.where(condition, x, 1.0), or sweep with"
            " strong_zeros=True"
        )
    return text
