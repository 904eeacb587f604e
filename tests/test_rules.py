"""Tests that are made from the rule table: every row, at every one of its samples.

A row without a sample fails. What a row says is put to identities (forward and reverse sweep agree), to orders of
convergence (Taylor), to torch, and to itself (the recorded rule is the derivative of the rule).
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np
import pytest

import tape
import tape.nn  # its rows
from tape import adjoints, check, record, sweep, transforms
from tape.check.arguments import inexact, largest, moved, moves, normal
from tape.check.identities import curvature, weighed_gradient
from tape.entry import dtype_of
from tape.record import INPUT, Tape, Var, alias
from tape.rule import COMPOSITE, TABLE, Row
from tests.exemptions import DOUBLE, HELD, NO_TWIN, NOT_DERIVATIVE, NOT_TWICE, OTHER_IN_TORCH, exempt, skip
from tests.samples.base import SAMPLES, Case

ROWS = list({row.id: row for row in TABLE.values() if row is not INPUT}.values())


def same(one: Row, other: Row) -> bool:
    """Tell whether two rows are spellings of one function: they have the very same rules."""
    return one.kind != "zero" and (one.vjps, one.joint) == (other.vjps, other.joint)


def samples_of(row: Row) -> list[Case]:
    """Return a row's samples, or those of another spelling of it."""
    if row.fn in SAMPLES:
        return SAMPLES[row.fn]
    return next((SAMPLES[other.fn] for other in ROWS if other.fn in SAMPLES and same(row, other)), [])


def name(fn: Any) -> str:
    row = TABLE.get(fn)
    return row.name if row is not None else getattr(fn, "__name__", repr(fn))


def cases(*, zero: bool = False) -> list[Any]:
    """Return (function, sample) of every row, and of every function that is a program of rows and has samples."""
    rows = [(row.fn, samples_of(row)) for row in ROWS if (row.kind == "zero") == zero]
    programs = [] if zero else [(fn, SAMPLES[fn]) for fn in COMPOSITE if fn in SAMPLES]
    return [pytest.param(fn, c, id=f"{name(fn)}-{k}") for fn, found in (*rows, *programs) for k, c in enumerate(found)]


def call(fn: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a function as a user does, or, where its row has a calling convention of its own, as a bound call."""
    row = TABLE.get(fn)
    if row is not None and (row.binder is not None or fn is alias):
        return record.record(row, args, options, None)
    return fn(list(args), **options) if row is not None and row.packed else fn(*args, **options)


def held(fn: Any, sample: Case) -> list[int]:
    """Return which arguments of a sample aren't differentiated: lists of numbers, and what a rule declares constant."""
    row = TABLE.get(fn)
    constant = [] if row is None else [k for k in range(len(sample.args)) if row.vjps and row.vjp(k) is None]
    lists = [k for k, arg in enumerate(sample.args) if isinstance(arg, list) and not (row is not None and row.packed)]
    # The parameters of SciPy's functions are differentiated at samples of their own, where they are arrays.
    numbers = [k for k, arg in enumerate(sample.args) if type(arg) is float and "scipy.special" in name(fn)]
    return [*constant, *lists, *numbers, *(HELD[fn][1](*sample.args) if fn in HELD else [])]


def prepared(fn: Any, sample: Case, *, numbers: bool = True) -> tuple[Any, list[Any]]:
    """Return a sample as a function of what is differentiated, whose result is the floats of the output, and these.

    Without ``numbers``, Python's floats are held: only what :func:`moving` says is differentiated.
    """
    f = inexact(lambda *args: call(fn, args, sample.options))
    positions = moving(fn, sample)
    constant = held(fn, sample) if numbers else [k for k in range(len(sample.args)) if k not in positions]
    try:
        f, at, *_ = moved(f, sample.args, held=constant)
    except tape.InputTypeError:  # of integers
        return f, []
    return f, at


def moving(fn: Any, sample: Case) -> list[int]:
    """Return which arguments of a sample are arrays that are differentiated."""
    constant = held(fn, sample)
    return [k for k, a in enumerate(sample.args) if k not in constant and hasattr(a, "dtype") and moves(a)]


def test_every_row_has_a_sample() -> None:
    without = [row.name for row in ROWS if not samples_of(row) and not row.name.startswith("tests.")]
    assert not without, f"rows without samples: {without}"


def test_exemptions_are_of_functions_that_have_rows() -> None:
    for table in (NO_TWIN, NOT_TWICE, NOT_DERIVATIVE, OTHER_IN_TORCH, DOUBLE):
        assert not [fn for fn in table if fn not in SAMPLES]
    for table in (NOT_TWICE, NOT_DERIVATIVE, OTHER_IN_TORCH, DOUBLE):  # each is of some sample, or it's out of date
        assert not [fn for fn in table if not any(exempt(table, fn, c) for c in SAMPLES[fn])]


@pytest.mark.parametrize(("fn", "sample"), cases())
def test_forward_and_reverse_agree(fn: Any, sample: Case) -> None:
    f, at = prepared(fn, sample)
    # A rule of n operations errs by about sqrt(n) u; samples have some hundreds of elements, and conditions below 10.
    assert not at or check.dot_product(f, *at) < 1e3


@pytest.mark.parametrize(("fn", "sample"), cases())
def test_taylor_remainder_is_of_second_order(fn: Any, sample: Case) -> None:
    skip(NOT_DERIVATIVE, fn, sample)
    f, at = prepared(fn, sample)
    # The slope is taken over a factor of 4 in h, of remainders ten times above rounding: it is off by 0.07 at most, and
    # by the third order term, less than 0.1 at h < 1e-4.
    assert not at or check.taylor(f, *at) > 1.8


@pytest.mark.parametrize(("fn", "sample"), cases())
def test_recorded_rule_is_the_derivative_of_the_rule(fn: Any, sample: Case) -> None:
    f, at = prepared(fn, sample)
    if not at:
        return
    skip(NOT_TWICE, fn, sample)
    gradient = weighed_gradient(f, *at)
    assert check.taylor(gradient, *at) > 1.8
    assert curvature(gradient, *at) > 1.8


@pytest.mark.parametrize(("fn", "sample"), cases())
def test_gradients_are_of_the_recorded_and_the_plain_sweep_alike(fn: Any, sample: Case) -> None:
    f, at = prepared(fn, sample)
    if not at:
        return
    gradient = weighed_gradient(f, *at)
    plain = gradient(*at)
    recorded = transforms.vjp(gradient, *at)[0]
    for p, q in zip(plain, recorded, strict=True):
        scale = largest(p)
        np.testing.assert_allclose(q, p, rtol=0, atol=1e3 * 2.0**-53 * scale)  # the same rules, added in another order


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("fn", "sample"), cases())
def test_adjoints_have_their_primals_shape_and_dtype(fn: Any, sample: Case, dtype: str, monkeypatch: Any) -> None:
    low = Case(tuple(lowered(a, dtype) for a in sample.args), sample.options)
    f, at = prepared(fn, low)
    if not at or not all(np.all(np.isfinite(a)) for a in at):  # a sample that single precision doesn't hold
        return
    made: list[tuple[Any, Any]] = []
    original = adjoints.project

    def project(c: Any, primal: Any, row: Row) -> Any:
        made.append((dtype_of(c), dtype_of(primal)))
        return original(c, primal, row)

    monkeypatch.setattr(sweep, "project", project)
    found = weighed_gradient(f, *at)(*at)
    for g, a in zip(found, at, strict=True):
        assert (g.shape, g.dtype) == (np.shape(a), dtype_of(a))
    single = all(dtype_of(y) in ("float32", "complex64") for y in f(*at))
    if dtype == "float32" and single and fn in TABLE and not exempt(DOUBLE, fn, sample):
        # The rule itself computes in single precision: nothing is made in double, to be cast down.
        assert not [
            pair for pair in made if pair[0] in ("float64", "complex128") and pair[1] in ("float32", "complex64")
        ]


@pytest.mark.parametrize("dtype", ["float16", "longdouble"])
@pytest.mark.parametrize(("fn", "sample"), cases())
def test_half_and_extended_precision_stay(fn: Any, sample: Case, dtype: str) -> None:
    """What NumPy computes in half or in extended precision has adjoints in it, too."""
    low = Case(tuple(lowered(a, dtype) for a in sample.args), sample.options)
    f, at = prepared(fn, low)
    if not at or not all(np.all(np.isfinite(a)) for a in at):
        return
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        try:
            f(*at)
        except TypeError:  # NumPy's linear algebra has single and double precision only
            return
        found = weighed_gradient(f, *at)(*at)
    for g, a in zip(found, at, strict=True):
        assert (g.shape, g.dtype) == (np.shape(a), dtype_of(a))


def lowered(a: Any, dtype: str) -> Any:
    """Return an array of floats in another precision."""
    if not isinstance(a, (np.ndarray, np.generic)) or a.dtype.kind not in "fc":
        return a
    with np.errstate(over="ignore"):
        return a.astype(dtype if a.dtype.kind == "f" else COMPLEX[dtype])


COMPLEX = {"float64": "complex128", "float32": "complex64", "float16": "complex64", "longdouble": "clongdouble"}


@pytest.mark.parametrize(("fn", "sample"), cases(zero=True))
def test_zero_rows_are_constant_nearby(fn: Any, sample: Case) -> None:
    t = Tape()
    positions = [k for k, arg in enumerate(sample.args) if moves(arg)]
    args = list(sample.args)
    for k in positions:
        args[k] = t.input(args[k])
    out = call(fn, tuple(args), sample.options)
    value = call(fn, sample.args, sample.options)
    if positions:
        assert type(out) is Var
        np.testing.assert_array_equal(out.value, value)
        if out.dtype.kind in "fc":
            adjoints = t.sweep(out, np.ones_like(value))
            assert not any(np.any(adjoints[args[k]]) for k in positions)
    near = [a * (1 + 1e-12) if k in positions else a for k, a in enumerate(sample.args)]
    np.testing.assert_array_equal(call(fn, tuple(near), sample.options), value)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_rules_are_flat(row: Row) -> None:
    """Options are keyword-only, with NumPy's own defaults, so that leaving one out means the same everywhere."""
    for rule in (*row.vjps, row.joint, row.jvp, *row.jvps):
        if rule is None:
            continue
        for p in inspect.signature(rule).parameters.values():
            assert p.kind is not p.VAR_KEYWORD
            if p.kind is p.KEYWORD_ONLY and p.name in row.defaults and p.default is not p.empty:
                theirs = row.defaults[p.name]
                assert theirs is np._NoValue or theirs is p.empty or p.default == theirs, p.name


# ------------------------------------------------------------------------------ torch


@functools.cache
def twins() -> Any:
    pytest.importorskip("torch")
    from tape.program import torch

    torch.library()
    return torch


def test_every_row_has_a_twin_or_a_reason() -> None:
    torch = twins()
    without = [row.name for row in ROWS if row.kind != "zero" and row.fn not in torch.TWINS and row.fn not in NO_TWIN]
    assert not without, f"rows without a twin in torch: {without}"
    assert not [name(fn) for fn in NO_TWIN if fn in torch.TWINS]


@pytest.mark.parametrize(("fn", "sample"), [c for c in cases() if c.values[0] in TABLE])
def test_agrees_with_torch(fn: Any, sample: Case) -> None:
    if fn in NO_TWIN:
        pytest.skip(NO_TWIN[fn])
    skip(OTHER_IN_TORCH, fn, sample)
    torch = twins()
    if fn not in torch.TWINS:
        pytest.fail("neither twin nor reason")
    constant = held(fn, sample)
    positions = [k for k, arg in enumerate(sample.args) if k not in constant and moves(arg)]
    if not positions:
        return
    t = Tape()
    args = list(sample.args)
    for k in positions:
        args[k] = t.input(args[k])
    out = call(fn, tuple(args), sample.options)
    if type(out) is not Var or type(out.value) is tuple or out.dtype.kind not in "fc":
        return
    w = normal(np.ones_like(out.value), np.random.default_rng(0))
    adjoints = t.sweep(out, w)
    theirs = torch.replay(t, out, w)
    for k in positions:
        ours, other = adjoints[args[k]], theirs.adjoints[args[k]._index]
        other = np.zeros_like(ours) if other is None else other
        # Both err by some sqrt(n) u of the largest terms added up: a few hundred for samples of some hundred elements.
        np.testing.assert_allclose(ours, other, rtol=1e3 * 2.0**-53, atol=1e3 * 2.0**-53 * largest(ours))
