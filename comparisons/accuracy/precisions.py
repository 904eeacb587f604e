"""Measure the rules that aren't elementwise: each in a lower precision beside itself in a higher one.

What a rule loses by cancelling, overflowing or underflowing grows with the rounding unit, and so the higher precision
shows it: float32 is held against float64 everywhere, and float64 against longdouble where NumPy has that. Arguments
and adjoints are numbers of the lower precision, the same in both. (A rule that is wrong in every precision alike isn't
seen here: the tests of the rule table are there for that.)

Not every error is the rule's: an inverse of a nearly singular matrix moves by more than its arguments do. So the
derivative in the higher precision is also taken of arguments and adjoints that are moved by half an ulp of the lower
one, and what that makes of it, its *spread*, is set beside the error.

Nor is a derivative to be right where the value isn't: where it is another in the two precisions, it took another
branch, or overflowed. Such a point is left out, and counted. But a function of NumPy's and SciPy's has their value,
one of ours has none but ours: so of ours it is an error like any other, as long as the derivative is finite. And so it
is of any function whose value isn't finite: a derivative that is finite then, and wrong, says so nowhere.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

import numpy as np

import tape
from comparisons.accuracy.families import FAMILIES
from tape.rule import TABLE, qualified
from tape.rules.parts import component
from tests.samples.base import Case
from tests.test_rules import cases, lowered, moving, prepared

PAIRS = (("float32", "float64"), ("float64", "longdouble"))
"""Lower and higher precision."""

DRAWS = 5
"""How often arguments and adjoints are moved."""

SAME_VALUE = 1e-2
"""A result that differs by more, of its largest element, took another branch: the sign of an eigenvector, a cut-off."""

WRONG = 16
"""By how many times ``1 + spread`` a derivative may err that has a value which differs, and not count as wrong."""

THEIRS = ("np.", "scipy.")
"""How the names begin of the functions whose values aren't ours."""

MATRICES = ("*linalg*", "*solving*", "*decompositions*", "*poly*")
"""Functions of whole matrices: LAPACK computes each element as well as the largest, by which they are moved, too."""


@dataclass
class Fared:
    """How one derivative fared: of one argument in reverse, or of the result in forward mode."""

    name: str
    of: str
    """The argument by its position, or ``tangent``."""
    points: int = 0
    error: float = 0.0
    """The largest error, in ulp of the largest element of the derivative; of others with it, if it is zero."""
    spread: float = 0.0
    """How far the derivative moves with its arguments there, in the same unit."""
    where: str = ""
    excess: float = 0.0
    """The largest error in units of what its arguments excuse, ``1 + spread``."""
    excess_at: str = ""
    refused: int = 0
    """At how many points the derivative isn't finite, and so says that it isn't right; they count for nothing else."""
    refused_at: str = ""
    left_out: int = 0
    """At how many points nothing was compared, since the value already differs."""

    def add(self, error: float, spread: float, where: str) -> None:
        """Take one more point in."""
        self.points += 1
        if error == math.inf:
            self.refused, self.refused_at = self.refused + 1, self.refused_at or where
            return
        if not error <= self.error:
            self.error, self.spread, self.where = error, spread, where
        excess = 0.0 if math.isinf(spread) else error / (1 + spread)
        if not excess <= self.excess:
            self.excess, self.excess_at = excess, where


def subjects(rows: str = "*") -> dict[str, list[tuple[Any, Case]]]:
    """Return the functions to be measured, by name, with their samples: all that mpmath isn't asked for."""
    found: dict[str, list[tuple[Any, Case]]] = {}
    for parameters in cases():
        fn, sample = parameters.values
        row = TABLE.get(fn)
        if row is not None and row.kind == "elementwise":
            continue
        name = row.name if row is not None else qualified(fn)
        if isinstance(fn, np.ufunc) and name.startswith("scipy.special."):  # of several results: mpmath has most
            continue
        if fn is component:  # one of several results as it is
            continue
        if fnmatch(name, rows) and not name.startswith("tests."):
            found.setdefault(name, []).append((fn, sample))
    return found


# ------------------------------------------------------------------- one evaluation


class Moved:
    """Numbers, moved at random by half an ulp: of themselves, or of the largest of the array."""

    def __init__(self, low: str, seed: int, *, alike: bool) -> None:
        self.rng, self.by, self.alike = np.random.default_rng(seed), float(np.finfo(low).eps) / 2, alike

    def __call__(self, a: Any) -> Any:
        a = np.asarray(a)
        size = np.max(np.abs(a), initial=0) if self.alike else np.abs(a)
        return (a + self.by * size * self.rng.uniform(-1, 1, a.shape)).astype(a.dtype)[()]


def weights(like: Any, seed: int) -> Any:
    """Return random numbers of the shape and the dtype of others, which single precision holds."""
    like = np.asarray(like)
    rng = np.random.default_rng(seed)
    w = rng.uniform(0.5, 1.5, like.shape) * rng.choice([-1.0, 1.0], like.shape)
    if like.dtype.kind == "c":
        return (w + 1j * rng.uniform(-1.5, 1.5, like.shape)).astype(np.complex64).astype(like.dtype)
    return w.astype(np.float32).astype(like.dtype)


def derivatives(fn: Any, sample: Case, move: Callable[[Any], Any]) -> tuple[list[Any], list[Any], list[Any]]:
    """Return values, adjoints of the arguments, and tangents of the results, for random weights of either."""
    positions = moving(fn, sample)
    args = tuple(move(a) if k in positions else a for k, a in enumerate(sample.args))
    f, at = prepared(fn, Case(args, sample.options), numbers=False)
    out, pull = tape.vjp(f, *at)
    adjoints = pull(type(out)(move(weights(y, k)) for k, y in enumerate(out)))
    try:
        tangents = tape.jvp(f, at, [move(weights(a, 100 + k)) for k, a in enumerate(at)])[1]
    except tape.NoRuleError:
        tangents = ()
    return list(out), list(adjoints), list(tangents)


# ---------------------------------------------------------------------- comparison


def largest(derivatives: Sequence[Any]) -> float:
    """Return the size of the largest element of all."""
    return max((float(np.max(np.abs(d), initial=0)) for d in derivatives), default=0.0)


def off(one: Any, other: Any, unit: float) -> float:
    """Return the largest difference, in a unit; infinity where the first isn't finite."""
    d = float(np.max(np.abs(np.asarray(one).astype(np.asarray(other).dtype) - other), initial=0))
    return d / unit if math.isfinite(d) else math.inf


def in_range(derivative: Any, low: str) -> bool:
    """Tell whether a derivative is of numbers that the lower precision has."""
    size = np.max(np.abs(derivative), initial=0)
    info = np.finfo(low)
    return bool(np.isfinite(size) and (size == 0 or 1e3 * info.tiny < size < info.max))


def shapes(values: Sequence[Any]) -> list[tuple[int, ...]]:
    """Return the shapes of some values."""
    return [np.shape(y) for y in values]


def finite(values: Sequence[Any]) -> bool:
    """Tell whether all elements of some values are finite."""
    return all(bool(np.all(np.isfinite(y))) for y in values)


def same_branch(values: Sequence[Any], others: Sequence[Any]) -> bool:
    """Tell whether values in two precisions are finite and of the same branch.

    What is smaller than any number of the lower precision, and zero or next to it there, is the same.
    """
    if not finite(values) or not finite(others):
        return False
    for y, z in zip(values, others, strict=True):
        tiny = float(np.finfo(y.dtype).tiny) if np.asarray(y).dtype.kind in "fc" else 0.0
        if np.max(np.abs(y - z), initial=0) > max(SAME_VALUE * np.max(np.abs(z), initial=0), tiny):
            return False
    return True


def hard(fn: Any, sample: Case) -> Iterator[tuple[str, str, Case, Case]]:
    """Yield what a sample becomes: where it comes from, the lower precision, and the same numbers in both."""
    positions = moving(fn, sample)
    for low, high in PAIRS:
        for family, make in FAMILIES.items():
            args = [lowered(make(np.asarray(a), low), low) if k in positions else a for k, a in enumerate(sample.args)]
            args = [lowered(a, low) for a in args]
            above = [lowered(a, high) for a in args]
            yield f"{family}, {low}", low, Case(tuple(args), sample.options), Case(tuple(above), sample.options)


def counts(name: str, values: Sequence[Any], excess: float) -> bool:
    """Tell whether a finite derivative counts, though the value differs: if it is right, or the value ours or none."""
    return excess <= WRONG or not name.startswith(THEIRS) or not finite(values)


def measure(name: str, samples: Sequence[tuple[Any, Case]]) -> list[Fared]:
    """Measure one function at its samples, and at all that is made of them."""
    found: dict[str, Fared] = {}
    kinds = (False, True) if any(fnmatch(name, pattern) for pattern in MATRICES) else (False,)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for fn, sample in samples:
            for where, low, below, above in hard(fn, sample):
                try:
                    mine, *got = derivatives(fn, below, lambda a: a)
                    values, *want = derivatives(fn, above, lambda a: a)
                    if not finite(values):
                        continue  # outside the domain
                    same = shapes(mine) == shapes(values) and same_branch(mine, values)
                    moves = [Moved(low, seed, alike=alike) for seed in range(DRAWS) for alike in kinds]
                    others = [derivatives(fn, above, move) for move in moves]
                    others = [made[1:] for made in others if shapes(made[0]) == shapes(values)]
                except (tape.TapeError, np.linalg.LinAlgError, TypeError, ValueError, ArithmeticError):
                    continue  # outside the domain, or not in this precision
                names = [[str(k) for k in moving(fn, sample)], ["tangent"] * len(want[1])]
                for mode, labels in enumerate(names):
                    for k, label in enumerate(labels):
                        exact = want[mode][k]
                        if not in_range(exact, low):
                            continue
                        # Of what is zero, the roundings are those of what it comes with.
                        size = largest([exact]) or largest(want[mode]) or 1.0
                        unit = size * float(np.finfo(low).eps)
                        fared = found.setdefault(label, Fared(name, label))
                        if np.shape(got[mode][k]) != np.shape(exact):
                            fared.left_out += 1
                            continue
                        spread = max((off(other[mode][k], exact, unit) for other in others), default=0.0)
                        error = off(got[mode][k], exact, unit)
                        if same or (error != math.inf and counts(name, mine, error / (1 + spread))):
                            fared.add(error, spread, where)
                        else:
                            fared.left_out += 1
    return list(found.values())


def one(task: str) -> list[Fared]:
    """Measure the function of a name, in whatever process."""
    return measure(task, subjects()[task])
