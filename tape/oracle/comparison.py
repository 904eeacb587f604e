"""Comparing a tape with torch.autograd: every value, every rule, every sum, every gradient of a recorded program.

The same program runs in torch through its twins, so that torch's adjoint of every entry stands beside ours. Then, from
the most local check to the most global, so that the first that fails names the culprit:

1. *values*: each entry's function, on torch's own arguments, gives what torch got; what the tape stored is that, too;
2. *branches*: where comparisons, positions and maxima differ because two numbers are equal up to rounding, the network
   is *ambiguous*: both results are right, and totals are not compared;
3. *rules*: each entry's VJP, fed with torch's own primals and adjoint, is torch's, within the local bound;
4. *sums*: each adjoint that a sweep returned is the sum of what the rules contribute to it;
5. *totals*: every adjoint, of ``t.sweep`` and of the hot path that ``tape.grad`` takes, is torch's, within its spread.

A disagreement of a rule or a sum explains those of all totals after it, which are then not compared.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from tape import sweep
from tape.entry import unpack
from tape.errors import ReplayError, TapeError
from tape.oracle import referee
from tape.oracle.report import Comparison, Disagreement, Gradient
from tape.oracle.reproducer import alone
from tape.oracle.residuals import residuals
from tape.oracle.tolerance import (
    FAIL,
    LOSSES,
    OPERATIONS,
    RUNS,
    SUSPECT,
    Spread,
    cast,
    contributions,
    difference,
    distance,
    finite,
    is_float,
    largest,
    magnitude,
    most,
    noise,
    nudge,
    roundoff,
    together,
    unit,
    whole,
)
from tape.program.replay import promoted_options
from tape.record import INPUT, Tape, Var
from tape.rule import ROWS

__tape__ = True

MANY = 512
"""The local bound takes an application of a rule for each element of its adjoint: large ones do without it."""

JUMP = {8: 1e-4, 4: 1e-2}
"""A rule whose result differs by more than this part between primals that agree up to rounding took another branch."""


def compare(t: Tape, output: Var, seed: Any = None) -> Comparison:
    """Compare every adjoint of a recorded program with torch.autograd's.

    Parameters
    ----------
    t : Tape
        The tape, which keeps all its values (``Tape(keep="all")``, the default).
    output : Var
        The entry that is differentiated.
    seed : array_like, optional
        Its adjoint, of its shape; one, for a scalar.

    Returns
    -------
    Comparison

    Raises
    ------
    NoTwinError, ReplayError
        A function has no twin in torch, or the twin's result hasn't the recorded shape.
    """
    return Comparing(t, output, seed).run()


class Comparing:
    """A comparison under way."""

    def __init__(self, t: Tape, output: Var, seed: Any) -> None:
        from tape.program import torch

        self.t, self.last = t, output._index
        self.output = output
        self.seed = sweep.seed_for(output._value, seed, "the output")
        self.torch = torch
        replayed = torch.replay(t, output, self.seed)
        self.tensors = replayed.tensors
        self.values = [scalar(v) for v in replayed.values]
        self.theirs = [scalar(g) for g in replayed.adjoints]
        self.spread = Spread(t, self.last, self.seed)
        self.found = Comparison()

    def run(self) -> Comparison:
        """Do every check, the most local first."""
        found = self.found
        with np.errstate(all="ignore"):
            for i in range(self.last + 1):
                self.value(i)
            ours = self.swept()
            if ours is None:
                return found
            for i in range(self.last, -1, -1):
                self.rule(i)
            self.sums(ours)
            if not found.disagreements and not found.exonerated:
                self.totals(ours)
        order = {"value": 0, "stored value": 1, "rule": 2, "sum": 3, "sharing": 4, "error": 5}
        found.disagreements.sort(key=lambda d: order.get(d.role, 9))
        return found

    # --------------------------------------------------------------- reports

    def report(self, i: int, role: str, error: float, ours: Any, theirs: Any, **more: Any) -> None:
        """Add a disagreement, or an exoneration."""
        entry = self.t.entries[i]
        d = Disagreement(
            i, entry.row.name, self.kind(i), role, error, copied(ours), copied(theirs), where=entry.where, **more
        )
        fault = referee.KNOWN.get(entry.row.name)
        if fault and d.nearer == "tape":
            d.note = fault
            self.found.exonerated.append(d)
        else:
            self.found.disagreements.append(d)

    def kind(self, i: int) -> str:
        """Return the layer that an entry belongs to: its outermost scope, or its function."""
        entry = self.t.entries[i]
        return entry.scope.split("/")[0] or entry.row.name

    # ---------------------------------------------------------------- values

    def value(self, i: int) -> None:
        """Compare an entry's value: computed from torch's arguments, and as the tape stored it."""
        row, refs, raws, y, _, options = unpack(self.t._log[i])
        theirs = self.values[i]
        if row is INPUT:
            if not np.array_equal(y, theirs, equal_nan=True):
                self.report(i, "stored value", float("inf"), y, theirs)
            return
        if not (type(y) is tuple or is_float(y)):
            if not np.array_equal(y, theirs):
                self.discrete(i)
            return
        args = self.arguments(refs, raws)
        options = options or {}
        ours = row.call(*args, **options)
        parts = zip(ours, theirs, strict=True) if type(ours) is tuple else [(ours, theirs)]
        for k, (mine, other) in enumerate(parts):
            if not is_float(mine):
                continue
            u = unit(mine.dtype)
            d = difference(mine, other)
            bound = OPERATIONS * u * np.abs(other) + np.finfo(mine.dtype).tiny
            if np.all(d <= bound):
                continue

            def moved(run: int, k: int = k) -> Any:
                value = row.call(*[nudge(arg, run) for arg in args], **options)
                return value[k] if type(value) is tuple else value

            bound = bound + OPERATIONS * u * largest(other) + SUSPECT * noise(moved, mine)
            if np.all(d <= bound):
                continue
            bound = bound + SUSPECT * self.roundoff(i, args, None, None, mine.dtype)
            if not np.all(d <= bound):
                self.report(i, "value", ratio(d, bound), mine, other)
                return
        if not self.near(i, y):
            again = row.call(*raws, **options)
            if distance(again, y) <= OPERATIONS * unit(np.asarray(theirs).dtype) * largest(y):
                self.found.ambiguous = True  # it follows from arguments that are torch's up to rounding: a step
            else:
                self.report(i, "stored value", self.off(y, theirs, self.spread.of_value(i)), y, theirs)

    def arguments(self, refs: Any, raws: Any) -> list[Any]:
        """Return the arguments that torch had."""
        return [self.values[a] if a >= 0 else raw for a, raw in zip(refs, raws, strict=True)]

    def near(self, i: int, y: Any) -> bool:
        """Tell whether a stored value is torch's up to what rounding does to it; after a branch it needn't be."""
        if self.found.ambiguous or not self.found.ok:
            return True
        theirs = self.values[i]
        return self.off(y, theirs, 0.0) <= SUSPECT / FAIL or self.off(y, theirs, self.spread.of_value(i)) <= 1

    def off(self, ours: Any, theirs: Any, spread: float) -> float:
        """Return a difference in units of the tolerance: a hundred spreads, no spread being smaller than an ulp."""
        d = distance(ours, theirs)
        first = ours[0] if type(ours) is tuple else ours
        info = np.finfo(np.asarray(first).dtype)
        return d / (FAIL * max(spread, unit(info.dtype) * finite(largest(theirs)), float(info.tiny)))

    # -------------------------------------------------------------- branches

    def discrete(self, i: int) -> None:
        """Look at an entry whose integers or booleans differ: a branch at rounding level, or a wrong function."""
        row, refs, raws, y, _, options = unpack(self.t._log[i])
        if np.array_equal(row.call(*self.arguments(refs, raws), **(options or {})), self.values[i]):
            self.found.ambiguous = True
        else:
            self.report(i, "value", float("inf"), y, self.values[i])

    def branched(self) -> bool:
        """Tell whether a rule takes another branch on torch's primals than on ours, which agree up to rounding."""
        for i in range(self.last + 1):
            row, refs, raws, y, _, options = unpack(self.t._log[i])
            g = self.theirs[i]
            if g is None or row is INPUT or row.kind == "zero":
                continue
            args, options = self.arguments(refs, raws), options or {}
            if type(y) is tuple:
                g = whole(g, y)
            mine = contributions(row, g, y, raws, options, refs)
            other = contributions(row, g, self.values[i], args, options, refs)
            for (_, _, a), (_, _, b) in zip(mine, other, strict=True):
                if type(a) is not tuple and is_float(a):
                    limit = JUMP.get(np.asarray(a).dtype.itemsize, 1e-2)
                    if distance(a, b) > limit * largest(b):
                        return True
        return False

    # ----------------------------------------------------------------- rules

    def rule(self, i: int) -> None:
        """Compare what an entry's rule makes of torch's primals and adjoint with what torch makes of them."""
        row, refs, raws, _, _, options = unpack(self.t._log[i])
        g = self.theirs[i]
        if g is None or row is INPUT or not any(a >= 0 for a in refs):
            return
        args, options, value = self.arguments(refs, raws), options or {}, self.values[i]
        primals = [arg if a >= 0 else None for a, arg in zip(refs, args, strict=True)]
        theirs = self.torch.local_vjp(self.t, i, g, primals)
        seed = whole(g, value)
        try:
            mine = {k: c for _, k, c in contributions(row, seed, value, args, options, refs)}
        except Exception as error:
            self.report(i, "error", float("inf"), None, None, note=f"the rule raised {type(error).__name__}: {error}")
            return
        for k, a in enumerate(refs):
            if a < 0 or not (type(args[k]) is tuple or is_float(args[k])):
                continue
            self.found.rules += 1

            def rule(one: Any, k: int = k) -> Any:
                made = contributions(row, one, value, args, options, refs)
                return next((c for _, at, c in made if at == k), 0.0 * args[k])

            self.contribution(i, k, g, mine.get(k), theirs[k], args, rule)

    def contribution(
        self,
        i: int,
        k: int,
        g: Any,
        ours: Any,
        theirs: Any,
        args: list[Any],
        rule: Callable[[Any], Any],
    ) -> None:
        """Compare one contribution with torch's: cheaply, within the local bound, with torch's own rounding error."""
        primal = args[k]
        if type(primal) is tuple:
            parts = [
                (np.zeros_like(p) if c is None else c)
                for p, c in zip(primal, ours or [None] * len(primal), strict=True)
            ]
            others = [
                (np.zeros_like(p) if c is None else c)
                for p, c in zip(primal, theirs or [None] * len(primal), strict=True)
            ]
            if any(
                np.any(difference(a, b) > OPERATIONS * unit(b.dtype) * largest(b))
                for a, b in zip(parts, others, strict=True)
            ):
                self.report(i, "rule", float("inf"), parts[0], others[0], argument=k, seed=g)
            return
        ours = np.zeros_like(primal) if ours is None else np.asarray(ours)
        theirs = np.zeros_like(primal) if theirs is None else np.asarray(theirs)
        if ours.dtype != theirs.dtype or ours.shape != theirs.shape:
            note = f"tape's is {ours.dtype} of shape {ours.shape}, torch's {theirs.dtype} of shape {theirs.shape}"
            self.report(i, "rule", float("inf"), ours, theirs, argument=k, note=note, seed=g)
            return
        u, tiny = unit(theirs.dtype), float(np.finfo(theirs.dtype).tiny)
        d = difference(ours, theirs)
        bound: Any = OPERATIONS * u * np.abs(theirs) + tiny
        if np.all(d <= bound):
            return
        if type(g) is not tuple and np.size(g) <= MANY:
            try:
                total, terms = magnitude(rule, g)
                bound = np.maximum(bound, np.nan_to_num((OPERATIONS + terms) * u * total, nan=0.0, posinf=0.0))
            except Exception:  # a rule that fails on parts of its adjoint gets no benefit of the doubt
                pass
            row = unpack(self.t._log[i])[0]
            if row.name in LOSSES:
                bound = bound + OPERATIONS * u * np.abs(g) * LOSSES[row.name](self.values[i], primal)
            if np.all(d <= bound):
                return
        bound = bound + SUSPECT * self.roundoff(i, args, k, g, theirs.dtype)
        if np.all(d <= bound):
            return
        row, *_, options = unpack(self.t._log[i])
        truth = referee.local(row, args, options or {}, k, whole(g, self.values[i]))
        at = np.unravel_index(np.argmax(d / bound), d.shape)
        nearer = referee.nearer(ours[at], theirs[at], *(None if part is None else part[at] for part in truth))
        self.report(i, "rule", ratio(d, bound), ours, theirs, argument=k, nearer=nearer, seed=g)

    def roundoff(self, i: int, args: list[Any], k: int | None, g: Any, dtype: Any) -> Any:
        """Return the rounding error in torch of an entry's rule for argument ``k``, or of its value; 0 if not real."""
        row, refs, _, y, _, options = unpack(self.t._log[i])
        if type(y) is tuple or dtype.kind != "f":
            return 0.0

        def local(given: list[Any], seed: Any) -> Any:
            precision = next(arg.dtype for a, arg in zip(refs, given, strict=True) if a >= 0 and is_float(arg))
            u, v = alone(row, refs, given, promoted_options(options, precision), {})
            if k is None:
                return self.torch.replay(u).values[v._index]
            made = self.torch.local_vjp(u, v._index, seed)[k]
            return np.zeros_like(given[k]) if made is None else made

        try:
            return roundoff(local, args, g, dtype)
        except (TapeError, TypeError, StopIteration):
            return 0.0

    # ------------------------------------------------------------------ sums

    def swept(self) -> list[Any] | None:
        """Return our adjoints, as the public sweep hands them out."""
        try:
            adjoints = self.t.sweep(self.output, self.seed)
            ours = [adjoints[self.t.entries[i]] for i in range(self.last + 1)]
        except Exception as error:
            self.report(
                self.last, "error", float("inf"), None, None, note=f"the sweep raised {type(error).__name__}: {error}"
            )
            return None
        seen: dict[int, int] = {}
        for i, g in enumerate(ours):
            if type(g) is np.ndarray and g.size:
                at = g.__array_interface__["data"][0]
                if at in seen:
                    self.report(
                        i, "sharing", float("inf"), g, None, note=f"shares memory with the adjoint of #{seen[at]}"
                    )
                seen[at] = i
        return ours

    def sums(self, ours: list[Any]) -> None:
        """Check that each adjoint is the sum of what the rules contribute to it, in whatever order it was added up."""
        try:
            expected, sizes, terms = self.added(ours, 0)
            wrong: list[tuple[int, Any]] = []
            for i in range(self.last, -1, -1):
                y = self.values[i]
                if type(y) is tuple or not is_float(y):
                    continue
                d = difference(ours[i], expected[i])
                # A sweep may split a contribution further (indexing adds element by element): hence a few terms more.
                if not np.all(d <= (terms[i] + OPERATIONS) * unit(np.asarray(y).dtype) * sizes[i]):
                    wrong.append((i, d))
            if not wrong:
                return
            # The sweep may have given a rule the same numbers in another order in memory, which round otherwise.
            moved = [self.added(ours, run)[0] for run in range(1, RUNS + 1)]
        except Exception as error:
            self.report(
                self.last, "error", float("inf"), None, None, note=f"a rule raised {type(error).__name__}: {error}"
            )
            return
        for i, d in wrong:
            u = unit(np.asarray(self.values[i]).dtype)
            bound = (terms[i] + OPERATIONS) * u * sizes[i] + SUSPECT * most(
                [difference(m[i], expected[i]) for m in moved]
            )
            if not np.all(d <= bound):
                note = "the sum of the rules' contributions stands for torch's"
                self.report(i, "sum", ratio(d, bound), ours[i], expected[i], note=note)

    def added(self, ours: list[Any], run: int) -> tuple[list[Any], list[Any], list[int]]:
        """Return the sum of what the rules contribute to each adjoint, that of the absolute values, and their number.

        The rules are fed with the adjoints that the sweep returned; moved, in a run above 0.
        """
        expected: list[Any] = [None] * (self.last + 1)
        sizes: list[Any] = [0.0] * (self.last + 1)
        terms = [0] * (self.last + 1)
        expected[self.last] = self.seed
        for i in range(self.last, -1, -1):
            row, refs, raws, y, _, options = unpack(self.t._log[i])
            if expected[i] is None:
                if type(y) is not tuple and is_float(y):
                    expected[i] = np.zeros_like(y)
                continue
            if row is INPUT or not (type(y) is tuple or is_float(y)):
                continue
            for a, _, c in contributions(row, nudge(ours[i], run), y, raws, options or {}, refs):
                expected[a] = c if expected[a] is None else together(expected[a], c)
                terms[a] += 1
                if type(c) is not tuple:
                    sizes[a] = sizes[a] + np.abs(c)
        return expected, sizes, terms

    # ---------------------------------------------------------------- totals

    def totals(self, ours: list[Any]) -> None:
        """Compare every adjoint with torch's: those of the public sweep, and those of the hot path."""
        failed: list[tuple[int, str, float, Any]] = []
        roles = self.t._roles
        records: list[Gradient] = []
        fast = self.fast()
        if fast is None:
            return
        for i in range(self.last, -1, -1):
            theirs = self.theirs[i]
            if type(theirs) is tuple or not is_float(self.values[i]):
                continue
            if theirs is None:
                if not self.tensors[i].requires_grad:  # no input leads here: torch computes none, ours is of no use
                    continue
                theirs = np.zeros_like(self.values[i])
            error = self.total(i, ours[i], theirs)
            if error > 1:
                failed.append((i, "total", error, ours[i]))
            elif i in roles:
                quick = self.total(i, fast[i] if i in fast else np.zeros_like(theirs), theirs)
                if quick > 1:
                    failed.append((i, "fast path", quick, fast.get(i)))
                error = max(error, quick)
            self.found.suspects += SUSPECT / FAIL < error <= 1
            self.found.elements += int(np.size(theirs))
            entry = self.t.entries[i]
            records.append(Gradient(i, self.kind(i), entry.row.name, roles.get(i, "activation"), error))
        if failed and self.branched():
            self.found.ambiguous = True
        if self.found.ambiguous:
            self.found.elements = 0
            return
        self.found.gradients = records
        for record in records:
            counter = {"weight": "weights", "input": "inputs"}.get(record.role, "activations")
            setattr(self.found, counter, getattr(self.found, counter) + 1)
        truth = referee.totals(self.t, self.last, self.seed) if failed else None
        for i, role, error, mine in failed[:10]:
            theirs = np.zeros_like(self.values[i]) if self.theirs[i] is None else self.theirs[i]
            nearer = referee.nearer(mine, theirs, truth[i] if truth is not None else None, None)
            self.report(
                i, role, error, mine, theirs, nearer=nearer, note="every rule agrees: look at how the sweep adds up"
            )

    def total(self, i: int, ours: Any, theirs: Any) -> float:
        """Return the error of one adjoint, in units of the tolerance; without the spread, where it passes without."""
        error = self.off(ours, theirs, 0.0)
        if error > SUSPECT / FAIL:
            error = self.off(ours, theirs, self.spread.of_adjoint(i))
        if (
            error > SUSPECT / FAIL
        ):  # torch's rules may lose digits where ours don't: what its own program does with rounding
            error = self.off(ours, theirs, max(self.spread.of_adjoint(i), self.spread_in_torch[i]))
        return error

    @cached_property
    def spread_in_torch(self) -> list[float]:
        """The rounding error of every adjoint in torch, in the maximum norm, seen as :func:`roundoff` sees a rule's."""
        spread = [0.0] * (self.last + 1)
        leaves = [self.values[i] for i in range(len(self.t)) if ROWS[self.t._log[i][0]] is INPUT]
        for run in range(RUNS):
            inputs = [cast(nudge(cast(x, np.float32), run), x.dtype) for x in leaves]
            try:
                narrow, wide = (
                    self.torch.replay(self.t, self.output, self.seed, inputs=inputs, dtype=dtype).adjoints
                    for dtype in (np.float32, np.float64)
                )
            except ReplayError:  # another branch
                continue
            for i in range(self.last + 1):
                one, other = narrow[i], wide[i]
                if one is not None and type(one) is not tuple and other is not None:
                    scale = unit(np.asarray(self.values[i]).dtype) / unit(np.float32)
                    spread[i] = max(spread[i], finite(distance(one, other)) * scale)
        return spread

    def fast(self) -> dict[int, Any] | None:
        """Sweep a copy of the tape as ``tape.grad`` does: of the residuals, in the loop that frees as it goes."""
        try:
            return sweep.consume(residuals(self.t, self.last), self.last, self.seed)
        except Exception as error:
            note = f"the hot path raised {type(error).__name__}: {error}"
            self.report(self.last, "error", float("inf"), None, None, note=note)
            return None


# --------------------------------------------------------------------- helpers


def scalar(value: Any) -> Any:
    """Return what NumPy gives for a 0-d array: a number."""
    if type(value) is tuple:
        return tuple(scalar(part) for part in value)
    return value[()] if type(value) is np.ndarray and value.ndim == 0 else value


def ratio(d: Any, bound: Any) -> float:
    """Return the largest difference in units of its bound."""
    with np.errstate(all="ignore"):
        return float(np.max(np.where(d > 0, d / np.asarray(bound), 0.0), initial=0.0))


def copied(value: Any) -> Any:
    """Return a value as an array of its own."""
    return None if value is None or type(value) is tuple else np.array(value)
