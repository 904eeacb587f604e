"""How far two right results may lie apart: derived from the program that computed them, not guessed.

Rounding errors grow with the program: on right code, relative errors of gradients reach tens of percent where terms
cancel, so that no fixed tolerance both passes right code and finds wrong code. Two derived ones do.

*The spread* of a whole program (Monte-Carlo arithmetic; Parker 1997). It is run again, forwards and in reverse, with
every primal and every adjoint moved by one or two units in the last place. The largest deviation of an adjoint over six
such runs, in the maximum norm, is what rounding does to it; another right program differs by a small multiple of that.

*The local bound* of one entry. Fed with the same primals and the same adjoint, two right rules differ by at most
``c u |J|^T |g|``, where ``u`` is the unit roundoff and ``c`` counts the operations; for a sum of ``n`` terms that is
``n`` more (Higham, *Accuracy and Stability of Numerical Algorithms*, 2002, section 3.1). Where a function's own
evaluation cancels (a variance, ``1 - tanh(x)**2``), the rounding error of torch's rule is measured and added.

A move depends on nothing but the bits of the number and the run, so that equal numbers stay equal and zeros stay
zeros: ties, and with them branches, are those of the recording.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tape import applied
from tape.adjoints import project
from tape.entry import dtype_of, unpack
from tape.record import INPUT

if TYPE_CHECKING:
    from tape.record import Tape
    from tape.rule import Row

__tape__ = True

SUSPECT, FAIL = 32.0, 100.0
"""Differences of more spreads than this are suspect, and fail."""

RUNS = 6
"""How many moved runs the spread is taken over."""

OPERATIONS = 8.0
"""``c`` of the local bound: a rule that takes several library calls of an ulp or two each, on both sides."""

LOCAL_RUNS = 6
"""How many moved runs the spread of one entry is taken over."""


def unit(dtype: Any) -> float:
    """Return the unit roundoff: half the distance from one to the next number."""
    return float(np.finfo(dtype).eps) / 2


def is_float(value: Any) -> bool:
    """Tell whether a value is an array or a number of floats or of complex numbers."""
    return type(value) is not tuple and value is not None and dtype_of(value).kind in "fc"


def largest(x: Any) -> float:
    """Return the maximum norm; of a tuple, that of all its parts."""
    if type(x) is tuple:
        return max((largest(part) for part in x), default=0.0)
    return float(np.max(np.abs(x), initial=0.0))


def distance(a: Any, b: Any) -> float:
    """Return the maximum norm of :func:`difference`; between integers, infinity unless all are equal."""
    if type(a) is tuple:
        return max((distance(x, y) for x, y in zip(a, b, strict=True)), default=0.0)
    if is_float(a):
        return largest(difference(a, b))
    return 0.0 if np.array_equal(a, b) else float("inf")


def difference(a: Any, b: Any) -> Any:
    """Return ``|a - b|``: infinity where one is finite and the other isn't, 0 between equal infinities and NaNs."""
    a, b = np.asarray(a), np.asarray(b)
    with np.errstate(invalid="ignore", over="ignore"):
        d = np.abs(a - b)
    if not np.all(np.isfinite(d)):
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        d = np.where(same, 0.0, np.where(np.isnan(d), np.inf, d))
    return d


# ------------------------------------------------------------------------ moves

_MIX = [np.uint64(m) for m in (0, 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93)] + [
    np.uint64(m) for m in (0xA0761D6478BD642F, 0xE7037ED1A0B428DB)
]
_STEPS = np.array([-2, -1, 1, 2])


def nudge(x: Any, run: int, *, exact: bool = False) -> Any:
    """Move each number by one or two units in the last place, up or down: told by its bits and the run.

    Parameters
    ----------
    x : array_like
        Floats or complex numbers, or a tuple of arrays; all else is returned as it is.
    run : int
        From 1; in run 0 nothing moves.
    exact : bool
        Leave whole numbers as they are: as data they are what was meant.
    """
    if type(x) is tuple:
        return tuple(nudge(part, run, exact=exact) for part in x)
    if run == 0 or not is_float(x):
        return x
    a = np.asarray(x)
    if a.dtype.kind == "c":
        return nudge(np.real(a), run, exact=exact) + 1j * nudge(np.imag(a), run, exact=exact)
    if a.dtype.itemsize > 8:
        raise TypeError(f"numbers of {a.dtype} are not moved: they are the referee's")
    shape = a.shape
    a = a.reshape(-1) if a.flags.c_contiguous else a.flatten()
    signed = np.int64 if a.dtype.itemsize == 8 else np.int32
    bits = a.view(signed)
    mixed = bits.astype(np.uint64) * _MIX[run]
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    steps = _STEPS[(mixed >> np.uint64(40)) & np.uint64(3)].astype(signed)
    still = (a == 0) | ~np.isfinite(a)
    if exact:
        still |= a == np.rint(a)
    steps[still] = 0
    return (bits + steps).view(a.dtype).reshape(shape)[()]


# ------------------------------------------------------------------- the spread


def moved(t: Tape, last: int, seed: Any, run: int) -> tuple[list[Any], list[Any]]:
    """Run a tape and its reverse sweep, moving every primal and every adjoint; return both, as they were before that.

    An entry's rule is given the very arguments and the result that it had in this run, and the entries that read the
    result get it moved: so a maximum is still one of its arguments.
    """
    values: list[Any] = []
    read: list[Any] = []
    calls: list[Any] = []
    for entry in t._log[: last + 1]:
        row, refs, raws, y, _, options = unpack(entry)
        if row is INPUT:
            calls.append(None)
            values.append(y)
            read.append(nudge(y, run, exact=True))
            continue
        args = [read[a] if a >= 0 else raw for a, raw in zip(refs, raws, strict=True)]
        options = options or {}
        if type(y) is tuple or is_float(y):
            y = row.call(*args, **options)
        calls.append((row, refs, args, y, options))
        values.append(y)
        read.append(nudge(y, run))
    totals: list[Any] = [None] * (last + 1)
    totals[last] = seed
    for i in range(last, -1, -1):
        g = totals[i]
        if g is None or calls[i] is None:
            continue
        row, refs, args, y, options = calls[i]
        g = whole(g, y)
        for a, _, c in contributions(row, nudge(g, run), y, args, options, refs):
            if run and row.name in LOSSES:
                c = c + (1 if run % 2 else -1) * unit(c.dtype) * np.abs(g) * LOSSES[row.name](y, args[0])
            totals[a] = c if totals[a] is None else together(totals[a], c)
    return values, totals


def whole(g: Any, y: Any) -> Any:
    """Return the adjoint of an entry with several results with zeros for those that nothing has read."""
    if type(y) is not tuple:
        return g
    return tuple(np.zeros_like(part) if have is None else have for have, part in zip(g, y, strict=True))


def together(one: Any, other: Any) -> Any:
    """Add two contributions to an adjoint."""
    if type(one) is tuple:
        return tuple(b if a is None else a if b is None else a + b for a, b in zip(one, other, strict=True))
    return one + other


def contributions(
    row: Row, g: Any, y: Any, args: Sequence[Any], options: dict[str, Any], refs: Sequence[int]
) -> list[tuple[int, int, Any]]:
    """Return what one entry contributes: ``(argument's entry, position, contribution)``, projected onto its primal."""
    wanted = [k for k, a in enumerate(refs) if a >= 0]
    found: list[tuple[int, int, Any]] = []
    for k, c in applied.contributions(row, g, y, args, options, wanted):
        primal = args[k]
        if type(primal) is tuple:
            c = tuple(None if part is None else project(part, p, row) for part, p in zip(c, primal, strict=True))
        else:
            c = project(c, primal, row)
        if c is not None:  # into an integer or a boolean, nothing flows
            found.append((refs[k], k, c))
    return found


class Spread:
    """The spread of every primal and adjoint of a tape, in the maximum norm, computed when it is first asked for."""

    def __init__(self, t: Tape, last: int, seed: Any) -> None:
        self._tape, self._last, self._seed = t, last, seed
        self._found: tuple[list[float], list[float]] | None = None

    def _compute(self) -> tuple[list[float], list[float]]:
        if self._found is None:
            with np.errstate(all="ignore"):
                values, totals = moved(self._tape, self._last, self._seed, 0)
                of_values, of_adjoints = [0.0] * len(values), [0.0] * len(values)
                for run in range(1, RUNS + 1):
                    again, back = moved(self._tape, self._last, self._seed, run)
                    for k, value in enumerate(values):
                        of_values[k] = max(of_values[k], finite(distance(again[k], value)))
                        g = totals[k]
                        if g is not None and back[k] is not None and type(g) is not tuple:
                            of_adjoints[k] = max(of_adjoints[k], finite(distance(back[k], g)))
            self._found = of_values, of_adjoints
        return self._found

    def of_value(self, index: int) -> float:
        """Return the spread of an entry's value."""
        return self._compute()[0][index]

    def of_adjoint(self, index: int) -> float:
        """Return the spread of an entry's adjoint."""
        return self._compute()[1][index]


def finite(d: float) -> float:
    """Leave out a run that left the domain: it says nothing about rounding."""
    return d if d < float("inf") else 0.0


# -------------------------------------------------------------- the local bound

LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "np.tanh": lambda y, x: 2 * y * y,  # 1 - y*y
    "np.sinc": lambda y, x: np.where(x == 0, 0, 2 / np.where(x == 0, 1, np.abs(x))),  # (cos(pi x) - sinc(x)) / x
    "tape.nn.tanhshrink": lambda y, x: 2.0,  # 1 - (1 - tanh(x)**2)
    "tape.nn.sigmoid": lambda y, x: np.abs(y),  # y * (1 - y)
    "tape.nn.silu": lambda y, x: 1 + np.abs(x),  # s * (1 + x * (1 - s))
    "tape.nn.mish": lambda y, x: 1 + np.abs(x),
    "tape.nn.gelu": lambda y, x: 1 + np.abs(x) ** 3,  # (1 + t) / 2 + x * (1 - t*t) * z'(x) / 2
}
"""Where torch's derivative is a difference in which a rounded result cancels: what it loses, in units of ``u |g|``.

The digits that are left hang on one rounding, which neither ``|J|^T |g|`` nor moved arguments show: near saturation the
result doesn't move at all.
"""


def magnitude(rule: Callable[[Any], Any], g: Any) -> tuple[Any, Any]:
    """Return ``|J|^T |g|``, and of how many terms each of its elements is the sum.

    The rule is applied once for each element of the adjoint.

    Parameters
    ----------
    rule : callable
        An entry's VJP for one argument, as a function of the adjoint.
    g : array_like
        The adjoint.
    """
    g = np.asarray(g)
    total: Any = 0.0
    terms: Any = 0
    flat = g.reshape(-1)
    for k in np.flatnonzero(flat):
        one = np.zeros(g.size, g.dtype)
        one[k] = flat[k]
        c = np.abs(rule(one.reshape(g.shape)[()]))
        total, terms = total + c, terms + (c != 0)
    return total, terms


def noise(local: Callable[[int], Any], base: Any) -> Any:
    """Return how far a function's result moves with its arguments, element by element, over a few moved runs.

    Parameters
    ----------
    local : callable
        The run's number to the result, of moved arguments.
    base : array_like
        The result, nothing moved.
    """
    with np.errstate(all="ignore"):
        return most([difference(local(run), base) for run in range(1, LOCAL_RUNS + 1)])


def most(deviations: list[Any]) -> Any:
    """Return the largest deviations, element by element, and a share of the largest of all.

    An element whose few runs happened to round alike is given a share of what its neighbours show.
    """
    deviation = np.max([np.where(np.isfinite(d), d, 0.0) for d in deviations], axis=0)
    return deviation + largest(deviation) / SUSPECT


def roundoff(local: Callable[[list[Any], Any], Any], args: Sequence[Any], g: Any, dtype: Any) -> Any:
    """Return the rounding error of a rule, element by element: seen in single precision, and scaled.

    Parameters
    ----------
    local : callable
        Arguments and adjoint to the contribution, in the precision that they come in.
    args, g : sequence, array_like
        The arguments and the adjoint about which to look.
    dtype : dtype
        The precision in question.

    Notes
    -----
    Single precision against double, on the same arguments of single precision: what differs is what the rule's own
    steps round, its cancellations included. Moving the arguments alone wouldn't show it: near saturation the result
    of ``tanh`` doesn't move, and ``1 - y*y`` has lost its digits all the same.
    """
    deviations: list[Any] = []
    size = largest(g) if g is not None else 0.0
    scale = 2.0 ** -np.frexp(size)[1] if 0 < size < np.inf else 1.0  # what single precision can't hold would seem exact
    with np.errstate(all="ignore"):
        for run in range(LOCAL_RUNS):
            narrow = [nudge(cast(arg, np.float32), run) for arg in args]
            seed = None if g is None else nudge(cast(g * scale, np.float32), run)
            wide = [cast(arg, np.float64) for arg in narrow]
            deviations.append(difference(local(narrow, seed), local(wide, cast(seed, np.float64))))
    return most(deviations) * (unit(dtype) / unit(np.float32) / scale)


def cast(value: Any, dtype: Any) -> Any:
    """Return an array or a NumPy number of floats in another precision, and all else as it is."""
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f":
        return value.astype(dtype)
    return value
