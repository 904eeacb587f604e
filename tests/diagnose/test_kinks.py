"""The kink report: every function with kinks is found at them, with the slopes of the function and of the sweep."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import pytest

import tape
from tape import nn
from tape.diagnose.smoothness import FMAX, FMIN, KINKED, LANES, POINTS, SMOOTH, UNSEEN
from tape.nn import activations, classification, normalisation
from tape.rule import TABLE
from tape.rules import norms, shape, special

A = np.array
INF, NAN = math.inf, math.nan


def report(f: Any, *args: Any, **how: Any) -> Any:
    t = tape.Tape()
    with np.errstate(all="ignore"):
        f(*[t.input(np.asarray(a, float)) for a in args])
    return tape.kinks(t, **how)


# Each: function, row, arguments, and the kinks: (argument, position, kind, left, right, chosen).
Row = tuple[int, tuple[int, ...], str, float, float, float]
ZERO = A([-2.0, 0.0, 3.0])
ABS: list[Row] = [(0, (1,), "corner", -1, 1, 0)]
JUMP: list[Row] = [(0, (1,), "jump", 0, 0, 0)]
TIE = A([1.0, 2.0]), A([1.0, 0.0])
LARGER: list[Row] = [(0, (0,), "tie", 0, 1, 0.5), (1, (0,), "tie", 0, 1, 0.5)]
SMALLER: list[Row] = [(0, (0,), "tie", 1, 0, 0.5), (1, (0,), "tie", 1, 0, 0.5)]
SWITCH: list[Row] = [(0, (0,), "switch", 0, 0, 0), (1, (0,), "switch", 0, 0, 0)]
SQUARED: list[Row] = [(0, (0,), "edge", NAN, INF, INF)]
ARC = A([-1.0, 0.5, 1.0])

# None: some, whose slopes have no short form.
CASES: list[tuple[str, Any, tuple[Any, ...], list[Row] | None]] = [
    ("np.absolute", np.abs, (ZERO,), ABS),
    ("operator.abs", abs, (ZERO,), ABS),
    ("np.fabs", np.fabs, (ZERO,), ABS),
    ("np.sign", np.sign, (ZERO,), JUMP),
    ("np.signbit", np.signbit, (ZERO,), JUMP),
    ("np.sqrt", np.sqrt, (A([0.0, 4.0]),), SQUARED),
    ("np.cbrt", np.cbrt, (A([0.0, 4.0]),), [(0, (0,), "edge", INF, INF, INF)]),
    ("np.arcsin", np.arcsin, (ARC,), [(0, (0,), "edge", NAN, INF, INF), (0, (2,), "edge", INF, NAN, INF)]),
    ("np.arccos", np.arccos, (ARC,), [(0, (0,), "edge", NAN, -INF, -INF), (0, (2,), "edge", -INF, NAN, -INF)]),
    ("np.arccosh", np.arccosh, (A([1.0, 2.0]),), SQUARED),
    ("operator.pow", lambda x: x**0.5, (A([0.0, 4.0]),), SQUARED),
    ("np.float_power", lambda x: np.float_power(x, 0.5), (A([0.0, 4.0]),), SQUARED),
    ("np.power", lambda x: np.power(x, A([0.5, 2.0, 1.0, 0.0])), (A([0.0] * 4),), SQUARED),
    ("np.power", lambda b: np.power(0.0, b), (A([0.0, 1.0]),), None),
    (
        "tape.rules.interpolation.interpolated",
        lambda x: np.interp(x, A([0.0, 1.0, 2.0]), A([0.0, 1.0, 3.0])),
        (A([0.5, 1.0, 2.0]),),
        [(0, (1,), "corner", 1, 2, 2), (0, (2,), "corner", 2, 0, 0)],
    ),
    ("np.maximum", np.maximum, TIE, LARGER),
    ("np.minimum", np.minimum, TIE, SMALLER),
    ("np.fmax", np.fmax, TIE, LARGER),
    ("np.fmin", np.fmin, TIE, SMALLER),
    (
        "np.clip",
        lambda x: np.clip(x, -1.0, 1.0),
        (A([-1.0, 0.0, 1.0]),),
        [(0, (0,), "corner", 0, 1, 1), (0, (2,), "corner", 1, 0, 1)],
    ),
    ("np.clip", lambda low: np.clip(A([0.5, 0.0]), low, None), (A([0.5, -1.0]),), [(1, (0,), "corner", 0, 1, 0)]),
    ("np.copysign", lambda x: np.copysign(x, 1.0), (ZERO,), ABS),
    ("np.copysign", lambda s: np.copysign(2.0, s), (ZERO,), [(1, (1,), "jump", 0, 0, 0)]),
    ("np.heaviside", lambda x: np.heaviside(x, 0.5), (ZERO,), JUMP),
    ("np.hypot", np.hypot, (A([0.0, 3.0]), A([0.0, 0.0])), [(k, (0,), "corner", -1, 1, 0) for k in (0, 1)]),
    ("np.arctan2", lambda a: np.arctan2(a, -1.0), (ZERO,), [(0, (1,), "jump", -1, -1, -1)]),
    ("np.floor", np.floor, (A([0.5, 7.0]),), JUMP),
    ("np.ceil", np.ceil, (A([0.5, 7.0]),), JUMP),
    ("np.trunc", np.trunc, (A([0.0, -7.0]),), JUMP),
    ("np.fix", np.fix, (A([0.0, -7.0]),), JUMP),
    ("tape.rules.shape.discretised", lambda x: shape.cast(x, int), (A([0.0, -7.0]),), JUMP),
    ("np.rint", np.rint, (A([0.0, -2.5]),), JUMP),
    ("np.round", lambda x: np.round(x, 1), (A([0.5, 0.25]),), JUMP),
    ("np.around", np.around, (A([0.0, 1e7 + 0.5]),), JUMP),
    ("np.remainder", lambda x: np.remainder(x, 1.5), (A([1.0, 3.0]),), [(0, (1,), "jump", 1, 1, 1)]),
    ("np.remainder", lambda b: np.remainder(3.0, b), (A([1.0, 1.5, 1.75]),), None),
    ("operator.mod", lambda x: x % 1.5, (A([1.0, 0.0]),), [(0, (1,), "jump", 1, 1, 1)]),
    ("np.fmod", lambda x: np.fmod(x, 1.5), (A([0.0, -3.0]),), [(0, (1,), "jump", 1, 1, 1)]),
    ("np.floor_divide", lambda x: np.floor_divide(x, 1.5), (A([1.0, 3.0]),), JUMP),
    ("operator.floordiv", lambda x: x // 1.5, (A([1.0, 3.0]),), JUMP),
    ("tape.rules.special.fraction", special.fraction, (A([0.0, 2.0]),), [(0, (1,), "jump", 1, 1, 1)]),
    ("np.searchsorted", lambda v: np.searchsorted(A([0.0, 1.0]), v), (A([0.5, 1.0]),), [(1, (1,), "switch", 0, 0, 0)]),
    ("np.digitize", lambda x: np.digitize(x, A([0.0, 1.0])), (A([0.5, 1.0]),), [(0, (1,), "switch", 0, 0, 0)]),
    *((f"np.{f.__name__}", f, TIE, SWITCH) for f in (np.less, np.less_equal, np.greater, np.greater_equal)),
    *((f"operator.{f.__name__}", f, TIE, SWITCH) for f in (operator.lt, operator.le, operator.gt, operator.ge)),
    # -- networks
    ("tape.nn.relu", nn.relu, (ZERO,), [(0, (1,), "corner", 0, 1, 0)]),
    ("tape.nn.step", activations.step, (ZERO,), JUMP),
    ("tape.nn.leaky_relu", lambda x: nn.leaky_relu(x, 0.1), (ZERO,), [(0, (1,), "corner", 0.1, 1, 0.1)]),
    ("tape.nn.elu", lambda x: nn.elu(x, alpha=2.0), (ZERO,), [(0, (1,), "corner", 2, 1, 2)]),
    ("tape.nn.elu", nn.elu, (ZERO,), []),
    (
        "tape.nn.selu",
        nn.selu,
        (ZERO,),
        [(0, (1,), "corner", 1.7580993408473766, 1.0507009873554805, 1.7580993408473766)],
    ),
    (
        "tape.nn.relu6",
        nn.relu6,
        (A([0.0, 1.0, 6.0]),),
        [(0, (0,), "corner", 0, 1, 0), (0, (2,), "corner", 1, 0, 0)],
    ),
    (
        "tape.nn.hardsigmoid",
        nn.hardsigmoid,
        (A([-3.0, 0.0, 3.0]),),
        [(0, (0,), "corner", 0, 1 / 6, 0), (0, (2,), "corner", 1 / 6, 0, 0)],
    ),
    (
        "tape.nn.hardswish",
        nn.hardswish,
        (A([-3.0, 0.0, 3.0]),),
        [(0, (0,), "corner", 0, -0.5, 0), (0, (2,), "corner", 1.5, 1, 1)],
    ),
    (
        "tape.nn.hardtanh",
        lambda x: nn.hardtanh(x, -2.0, 3.0),
        (ZERO,),
        [(0, (0,), "corner", 0, 1, 0), (0, (2,), "corner", 1, 0, 0)],
    ),
    ("tape.nn._prelu", lambda x: nn.prelu(x, A([0.25])), (ZERO,), [(0, (1,), "corner", 0.25, 1, 0.25)]),
    ("tape.nn.softshrink", nn.softshrink, (A([0.0, 0.5]),), [(0, (1,), "corner", 0, 1, 0)]),
    ("tape.nn.hardshrink", nn.hardshrink, (A([0.0, -0.5]),), [(0, (1,), "jump", 1, 0, 0)]),
    ("tape.nn._threshold", lambda x: nn.threshold(x, 0.5, 0.5), (A([0.0, 0.5]),), [(0, (1,), "corner", 0, 1, 0)]),
    ("tape.nn._threshold", lambda x: nn.threshold(x, 0.5, 9.0), (A([0.0, 0.5]),), [(0, (1,), "jump", 0, 1, 0)]),
    ("tape.nn.softplus", lambda x: nn.softplus(x, 1.0, 20.0), (A([0.0, 20.0]),), []),
    ("tape.nn.softplus", lambda x: nn.softplus(x, 1.0, 2.0), (A([0.0, 2.0]),), None),
    ("tape.nn._clamped_log", classification._clamped_log, (A([math.exp(-100)]),), None),
    # -- along axes
    *((f"np.{f.__name__}", f, (A([1.0, 3.0, 3.0]),), [(0, (k,), "tie", 0, 1, 0.5) for k in (1, 2)]) for f in (np.max,)),
    ("np.amax", lambda x: np.amax(x, 0), (A([[1.0], [1.0]]),), [(0, (k, 0), "tie", 0, 1, 0.5) for k in (0, 1)]),
    ("np.min", np.min, (A([1.0, 3.0, 1.0]),), [(0, (k,), "tie", 1, 0, 0.5) for k in (0, 2)]),
    ("np.amin", np.amin, (A([1.0, 3.0, 1.0]),), [(0, (k,), "tie", 1, 0, 0.5) for k in (0, 2)]),
    ("np.nanmax", np.nanmax, (A([1.0, 3.0, 3.0, NAN]),), [(0, (k,), "tie", 0, 1, 0.5) for k in (1, 2)]),
    ("np.nanmin", np.nanmin, (A([1.0, 3.0, 1.0, NAN]),), [(0, (k,), "tie", 1, 0, 0.5) for k in (0, 2)]),
    ("np.argmax", np.argmax, (A([1.0, 3.0, 3.0]),), [(0, (1,), "tie", 0, 1, 1), (0, (2,), "tie", 0, 1, 0)]),
    ("np.nanargmax", np.nanargmax, (A([NAN, 3.0, 3.0]),), [(0, (1,), "tie", 0, 1, 1), (0, (2,), "tie", 0, 1, 0)]),
    ("np.argmin", np.argmin, (A([1.0, 1.0, 3.0]),), [(0, (0,), "tie", 1, 0, 1), (0, (1,), "tie", 1, 0, 0)]),
    ("np.nanargmin", np.nanargmin, (A([1.0, 1.0, NAN]),), [(0, (0,), "tie", 1, 0, 1), (0, (1,), "tie", 1, 0, 0)]),
    ("np.median", np.median, (A([1.0, 2.0, 2.0]),), [(0, (1,), "tie", 1, 0, 0.5), (0, (2,), "tie", 1, 0, 0.5)]),
    ("np.median", np.median, (A([1.0, 2.0, 2.0, 5.0]),), []),  # the middle two count together
    ("np.median", np.median, (A([2.0, 2.0, 2.0]),), None),
    (FMAX, lambda x: np.fmax.reduce(x), (A([1.0, 3.0, 3.0]),), [(0, (k,), "tie", 0, 1, 0.5) for k in (1, 2)]),
    (FMIN, lambda x: np.fmin.reduce(x), (A([1.0, 3.0, 1.0]),), [(0, (k,), "tie", 1, 0, 0.5) for k in (0, 2)]),
    ("np.nanmedian", np.nanmedian, (A([1.0, 2.0, NAN, 2.0]),), [(0, (k,), "tie", 1, 0, 0.5) for k in (1, 3)]),
    (
        "np.quantile",
        lambda x: np.quantile(x, [0.0, 0.5]),
        (A([1.0, 2.0, 2.0]),),
        [(0, (k,), "tie", 1, 0, 0.5) for k in (1, 2)],
    ),
    ("np.percentile", lambda x: np.percentile(x, 50.0), (A([[1.0, 1.0, 2.0]]),), None),
    ("np.nanquantile", lambda x: np.nanquantile(x, 1.0), (A([NAN, 1.0, 1.0]),), None),
    ("np.nanpercentile", lambda x: np.nanpercentile(x, 0.0), (A([NAN, 1.0, 1.0]),), None),
    ("np.nanstd", np.nanstd, (A([5.0, NAN, 5.0]),), [(0, (k,), "corner", -0.5, 0.5, 0) for k in (0, 2)]),
    ("np.sort", np.sort, (A([3.0, 1.0, 3.0]),), [(0, (0,), "tie", 1, 0, 1), (0, (2,), "tie", 0, 1, 1)]),
    ("np.argsort", np.argsort, (A([3.0, 1.0, 3.0]),), [(0, (0,), "tie", 1, 0, 1), (0, (2,), "tie", 0, 1, 1)]),
    ("np.partition", lambda x: np.partition(x, 1), (A([3.0, 1.0, 3.0]),), None),
    ("np.linalg.norm", np.linalg.norm, (A([0.0, 0.0]),), [(0, (k,), "corner", -1, 1, 0) for k in (0, 1)]),
    ("np.linalg.norm", lambda x: np.linalg.norm(x, axis=1), (np.eye(2, 3)[1:],), []),
    ("np.linalg.norm", lambda x: np.linalg.norm(x, 1), (ZERO,), ABS),
    (
        "np.linalg.norm",
        lambda x: np.linalg.norm(x, INF),
        (A([2.0, -2.0, 1.0]),),
        [(0, (0,), "tie", 0, 1, 0.5), (0, (1,), "tie", -1, 0, -0.5)],
    ),
    ("np.linalg.norm", lambda x: np.linalg.norm(x, 3), (np.zeros((1, 2))[0],), None),
    ("tape.nn.vector_norm", lambda x: normalisation.vector_norm(x, p=2.0, dim=1), (np.zeros((1, 1)),), None),
    ("tape.rules.norms.length", norms.length, (np.zeros(1),), [(0, (0,), "corner", -1, 1, 0)]),
    ("tape.rules.norms.direction", norms.direction, (np.zeros(2),), None),
    ("np.std", np.std, (A([5.0, 5.0]),), [(0, (k,), "corner", -0.5, 0.5, 0) for k in (0, 1)]),
    (
        "tape.nn.max_pool_indices",
        lambda x: nn.max_pool1d(x, 2, padding=1),
        (A([[[2.0, 1.0, 1.0, 0.0]]]),),
        [(0, (0, 0, 1), "tie", 0, 1, 1), (0, (0, 0, 2), "tie", 0, 1, 0)],
    ),
    (
        "tape.nn.adaptive_max_pool_indices",
        lambda x: nn.adaptive_max_pool2d(x, (1, 2)),
        (A([[[[2.0, 1.0], [2.0, 0.0]]]]),),
        [(0, (0, 0, 0, 0), "tie", 0, 1, 1), (0, (0, 0, 1, 0), "tie", 0, 1, 0)],
    ),
]


@pytest.mark.parametrize(("name", "f", "args", "want"), CASES, ids=[f"{k}-{c[0]}" for k, c in enumerate(CASES)])
def test_kinks_of(name: str, f: Any, args: tuple[Any, ...], want: list[Row] | None) -> None:
    found = report(f, *args)
    rows = [k for k in found if k.entry.row.name == name]
    if want is None:
        assert rows
        return
    assert [(k.argument, k.position, k.kind) for k in rows] == [w[:3] for w in want]
    for k, w in zip(rows, want, strict=True):
        np.testing.assert_allclose([k.left, k.right, k.chosen], w[3:], rtol=1e-6, atol=1e-8)
        assert k.distance == 0 or k.distance < 1e-12


def test_each_function_with_kinks_has_a_case() -> None:
    """Where a row of the table is missing from the cases, a wrong place in it would go unnoticed."""
    assert {case[0] for case in CASES} == KINKED


def test_each_row_of_the_table_is_declared() -> None:
    names = {row.name: row.kind for row in TABLE.values()}
    library = ("np.", "operator.", "tape.rules.", "tape.nn.", "tape.record.")  # those of tests and of pages aside
    bent = {n for n, kind in names.items() if kind not in ("zero", "linear") and n.startswith(library)}
    missing = sorted(bent - KINKED - SMOOTH - UNSEEN)
    assert not missing, "say in tape/diagnose/smoothness.py where these have kinks, if any"
    assert not KINKED & SMOOTH
    assert not UNSEEN & (SMOOTH | KINKED)
    assert not (KINKED | SMOOTH | UNSEEN) - names.keys(), "declared, but no such row"
    assert not POINTS.keys() & LANES.keys()


SLOPES = [
    np.abs,
    nn.relu,
    nn.relu6,
    nn.hardtanh,
    nn.hardswish,
    nn.hardsigmoid,
    nn.leaky_relu,
    nn.selu,
    nn.softshrink,
    lambda x: nn.elu(x, 3.0),
    lambda x: np.maximum(x, 0.5),
    lambda x: np.minimum(x, -0.5),
    lambda x: np.clip(x, -0.5, 0.5),
    lambda x: np.hypot(x, 0.0),
    lambda x: np.copysign(x, -1.0),
]


@pytest.mark.parametrize("f", SLOPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_slopes_are_the_functions_own_and_the_sweeps(f: Any, dtype: Any) -> None:
    """To either side they are difference quotients of the function; the chosen one is what ``tape.grad`` gives."""
    x = A([-6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0, 0.25], dtype)
    t = tape.Tape()
    f(t.input(x))
    found = tape.kinks(t)
    assert found
    swept = tape.grad(lambda x: np.sum(f(x)))(x)
    h = 1e-7
    for k in found:
        at = np.float64(k.kink)
        np.testing.assert_allclose(k.right, (f(at + h) - f(at)) / h, atol=1e-6)
        np.testing.assert_allclose(k.left, (f(at) - f(at - h)) / h, atol=1e-6)
        assert k.chosen == swept[k.position]
        assert k.interval == (min(k.left, k.right), max(k.left, k.right))
        assert k.interval[0] - 1e-6 <= k.chosen <= k.interval[1] + 1e-6


LANE_SLOPES = [
    np.max,
    np.min,
    np.linalg.norm,
    np.std,
    lambda x: np.linalg.norm(x, 1),
    lambda x: np.linalg.norm(x, INF),
    lambda x: np.linalg.norm(x, 3),
    lambda x: np.median(x),
    lambda x: np.quantile(x, 0.4),
    lambda x: np.percentile(x, 75.0),
    lambda x: np.sum(np.sort(x) * A([1.0, 20.0, 300.0, 4000.0, 5.0])),
]


@pytest.mark.parametrize("f", LANE_SLOPES)
@pytest.mark.parametrize("x", [A([2.0, 1.0, 2.0, 0.0, 1.0]), np.zeros(5), A([1.0, 1.0, -1.0, 3.0, 1.0])])
def test_slopes_along_axes_are_the_functions_own_and_the_sweeps(f: Any, x: Any) -> None:
    found = report(f, x)
    swept = tape.grad(f)(x)
    h = 1e-7
    for k in (k for k in found if k.entry.row.name != "np.sort"):
        e = np.zeros(5)
        e[k.position] = h
        np.testing.assert_allclose(k.right, (f(x + e) - f(x)) / h, atol=1e-6)
        np.testing.assert_allclose(k.left, (f(x) - f(x - e)) / h, atol=1e-6)
        assert k.chosen == pytest.approx(swept[k.position], abs=1e-15)


def test_near_is_in_proportion() -> None:
    x = A([1e-9, 1e-3, 5.0, -2e-6])
    assert [k.position for k in report(np.abs, x)] == [(0,), (3,)]
    assert [k.position for k in report(np.abs, x, near=1e-3)] == [(0,), (1,), (3,)]
    assert not report(np.abs, x, exact=True)
    (k,) = report(lambda x: np.maximum(x, 1e6), A([1e6 + 0.5, 0.0]))
    assert (k.distance, k.left, k.right, k.chosen) == (0.5, 0, 1, 1)  # near the tie, and the sweep takes its side
    assert not report(lambda x: np.maximum(x, 1.0), A([1.0 + 1e-4, 1e9]))  # others' size doesn't count at a tie
    assert not report(np.floor, A([123456.5]))  # for rounding the step counts, and not the number


def test_smooth_functions_have_none() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.exp(x) * np.tanh(x) / (1 + x * x)) + np.mean(nn.gelu(x)) + np.sum(x**2) + np.sum(x**3.0)

    assert not report(f, np.zeros((3, 2)))
    assert str(report(f, np.zeros((3, 2)))) == "no kinks"


def test_constants_are_not_reported() -> None:
    t = tape.Tape()
    x = t.input(A([1.0, 2.0]))
    np.maximum(x, A([1.0, 0.0]))
    assert [(k.argument, k.position) for k in tape.kinks(t)] == [(0, (0,))]


def test_broadcast_elements_are_those_of_the_result() -> None:
    (k,) = report(np.maximum, A([[1.0], [2.0]]), A([2.0, 7.0, 9.0]))[:1]
    assert (k.argument, k.position) == (0, (1, 0))


def test_complex_moduli() -> None:
    t = tape.Tape()
    np.abs(t.input(A([0j, 1 + 1j])))
    (k,) = tape.kinks(t)
    assert (k.position, k.left, k.right, k.chosen) == ((0,), -1, 1, 0)


def test_checkpointed_stretches_are_looked_at_and_dropped_again() -> None:
    t = tape.Tape()
    x = t.input(A([0.0, 1.0]))
    with t:
        y = np.sum(tape.checkpoint(lambda x: np.abs(x * 2.0) * 3.0)(x))
    before, stretches = list(t._log), list(t._checkpoints)
    assert [k.entry.row.name for k in tape.kinks(t)] == ["np.absolute"]
    assert t._checkpoints == stretches
    assert [type(e[3]) for e in t._log[1:]] == [type(e[3]) for e in before[1:]]
    np.testing.assert_array_equal(t.sweep(y)[x], [0, 6])


def test_nested_checkpoints() -> None:
    inner = tape.checkpoint(lambda u: np.abs(u * 2.0) * 3.0)
    f = tape.checkpoint(lambda x: inner(x * 3.0) * 2.0)
    t = tape.Tape()
    x = t.input(A([0.0, 1.0]))
    with t:
        y = np.sum(f(x))
    for _ in range(2):
        assert [(k.entry.row.name, k.position) for k in tape.kinks(t)] == [("np.absolute", (0,))]
    np.testing.assert_array_equal(t.sweep(y)[x], [0, 36])
    assert tape.jvp(f, (1.0,), (1.0,))[1] == 36


def test_own_primitives_are_named_as_not_looked_at() -> None:
    @tape.primitive(lambda g, y, x: g * np.sign(x))
    def bent(x: Any) -> Any:
        return np.abs(x)

    try:
        found = report(bent, ZERO)
        assert [e.row.name for e in found.unknown] == [found.unknown[0].row.name]
        assert "bent" in str(found)
    finally:
        del TABLE[bent]


def test_limit_counts_what_it_leaves_out() -> None:
    found = report(np.abs, np.zeros(100), limit=10)
    assert (len(found), found.more) == (10, 90)
    assert str(found).endswith("... and 90 more")
    assert repr(found) == "<100 kinks of 2 entries>"
    assert len(report(np.abs, np.zeros(100))) == 100


def test_a_tape_of_residuals_is_refused() -> None:
    with pytest.raises(ValueError, match="keep='all'"):
        tape.kinks(tape.Tape(keep="residuals"))


def test_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    t = tape.Tape()
    x = t.input(ZERO, name="ξ")
    t.name(np.abs(x), "size")
    text = str(tape.kinks(t))
    assert text.isascii()
    head, line = text.splitlines()
    assert " ".join(head.split()) == "entry function arg element value distance kind left right chosen line"
    assert line.startswith("size   np.absolute    0  [1]")
    assert 't.name(np.abs(x), "size")' in line


def test_no_number_is_near_an_infinity():
    """-inf, which a running maximum starts from, ties with nothing that is finite."""
    t = tape.Tape()
    np.maximum(t.input([-np.inf, 3.0, 1.0]), [1.0, -np.inf, 2.0])
    assert not list(tape.kinks(t))


def test_bounds_that_coincide_make_one_kink():
    t = tape.Tape()
    np.clip(t.input([1.0, 2.0]), 1.0, 1.0)
    assert [(k.position, k.interval, k.chosen) for k in tape.kinks(t)] == [((0,), (0.0, 0.0), 1.0)]
