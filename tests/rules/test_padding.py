"""Padding in every mode: borders of elements, of statistics, of variables."""

import numpy as np
import pytest

import tape
from tests.rules.checks import same
from tests.samples.base import r

X = r(3, 4)
C = r(2, 2)

MODES = [
    ("constant", {}),
    ("constant", {"constant_values": 2.5}),
    ("edge", {}),
    ("linear_ramp", {}),
    ("linear_ramp", {"end_values": (1.5, -2.0)}),
    ("maximum", {}),
    ("maximum", {"stat_length": 2}),
    ("mean", {}),
    ("mean", {"stat_length": (1, 2)}),
    ("median", {}),
    ("median", {"stat_length": (3, 2)}),
    ("minimum", {"stat_length": (2, 1)}),
    ("reflect", {}),
    ("reflect", {"reflect_type": "odd"}),
    ("reflect", {"reflect_type": "even"}),
    ("symmetric", {}),
    ("symmetric", {"reflect_type": "odd"}),
    ("wrap", {}),
]


@pytest.mark.parametrize(("mode", "options"), MODES)
@pytest.mark.parametrize("shape", [(1,), (2,), (5,), (3, 4), (2, 1, 3)])
def test_modes(mode, options, shape):
    x = r(*shape)
    for width in (0, 1, (2, 1), (0, 3), 7, ((4, 5),) * len(shape)):
        same(lambda x, width=width: np.pad(x, width, mode, **options), x, order=1)
        t = tape.Tape()
        assert np.array_equal(np.pad(t.input(x), width, mode, **options).value, np.pad(x, width, mode, **options))


@pytest.mark.parametrize(("mode", "options"), MODES)
def test_second_order_and_widths_by_axis(mode, options):
    same(lambda x: np.pad(x, {1: (2, 1)}, mode, **options), X)
    same(lambda x: np.pad(x, {0: 1, -1: 3}, mode, **options), X)
    same(lambda x: np.pad(x.T, ((1, 2), (0, 1)), mode, **options), X)


@pytest.mark.parametrize(("mode", "name"), [("constant", "constant_values"), ("linear_ramp", "end_values")])
@pytest.mark.parametrize(
    "border",
    [
        lambda c: c,
        lambda c: c[0, 0],
        lambda c: c[0],
        lambda c: c[:, :1],
        lambda c: c[:1],
        lambda c: c[:1, :1],
        lambda c: (c[0, 0], 3.0),
        lambda c: ((c[0, 0], 3.0), (1.0, c[1, 1])),
    ],
)
def test_borders_that_are_variables(mode, name, border):
    same(lambda x, c: np.pad(x, ((1, 2), (0, 1)), mode, **{name: border(c)}), X, C)


@pytest.mark.parametrize(("mode", "options"), MODES)
@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
def test_dtype_stays(mode, options, dtype):
    x = (X + (1j * r(3, 4) if dtype is np.complex128 else 0)).astype(dtype)
    t = tape.Tape()
    v = t.input(x)
    y = np.pad(v, 2, mode, **options)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y.value, np.pad(x, 2, mode, **options))
    assert t.sweep(y, np.ones_like(y.value))[v].dtype == dtype
    if dtype is np.complex128 and mode not in ("maximum", "minimum", "median"):
        same(lambda x: np.pad(x, 2, mode, **options), x, order=1)


def test_empty():
    nothing = np.zeros((0, 3))
    for mode in ("maximum", "median", "mean", "edge", "wrap", "linear_ramp"):
        same(lambda x, mode=mode: np.pad(x, ((0, 0), (1, 2)), mode), nothing, order=1)
        with pytest.raises(ValueError, match="can't extend empty axis 0"):
            tape.vjp(lambda x, mode=mode: np.pad(x, 1, mode), nothing)
    same(lambda x: np.pad(x, 1), nothing, order=1)
    with pytest.raises(ValueError, match="stat_length of 0"):
        tape.vjp(lambda x: np.pad(x, 1, "maximum", stat_length=0), X)


@pytest.mark.parametrize(
    ("mode", "options", "error", "match"),
    [
        ("empty", {}, tape.OptionError, r"np\.pad.*\(3, 4\).*undefined values.*constant"),
        (lambda v, *_: v, {}, tape.OptionError, r"np\.pad.*\(3, 4\).*in place.*np\.concatenate"),
        ("constant", {"end_values": 1}, tape.OptionError, "takes no end_values="),
        ("mean", {"reflect_type": "odd"}, tape.OptionError, "takes no reflect_type="),
        ("none", {}, ValueError, "not supported"),
        ("maximum", {"stat_length": -1}, ValueError, "negative"),
        ("maximum", {"stat_length": (1, -1)}, ValueError, "negative"),
    ],
)
def test_refuses(mode, options, error, match):
    with pytest.raises(error, match=match):
        tape.grad(lambda x: np.sum(np.pad(x, 1, mode, **options)))(X)


def test_widths_are_whole_and_positive():
    with pytest.raises(TypeError, match="integral"):
        tape.grad(lambda x: np.sum(np.pad(x, 1.5)))(X)
    for mode in ("constant", "maximum"):
        with pytest.raises(ValueError, match="negative"):
            tape.grad(lambda x, mode=mode: np.sum(np.pad(x, (1, -1), mode)))(X)


def test_nothing_flows_into_means_of_nothing():
    t = tape.Tape()
    x = t.input(np.array([2.0, 1.0]))
    with pytest.warns(RuntimeWarning):
        y = np.pad(x, 1, "mean", stat_length=(0, 1))
    np.testing.assert_array_equal(t.sweep(y, np.array([10.0, 1.0, 2.0, 4.0]))[x], [1, 6])


def test_equal_extremes_share():
    g = tape.grad(lambda x: np.pad(x, (1, 0), "maximum")[0])(np.array([2.0, 1.0, 2.0]))
    assert g.tolist() == [0.5, 0.0, 0.5]
