"""Ufuncs' methods, and the options of their calls."""

import numpy as np
import pytest

import tape
from tape import InPlaceError, OptionError
from tape.errors import DegenerateError
from tape.rules.ufunc_methods import binary, checked
from tests.rules.checks import same

RNG = np.random.default_rng(11)
X = RNG.normal(size=(3, 4))
P = RNG.uniform(0.5, 1.5, size=(3, 4))
M = X > -0.7
A = np.array
INF, NAN = np.inf, np.nan

FAULTY = [np.power, np.arctan2]
"""What NumPy reduces wrongly, on some processors: see ``test_what_numpy_reduces_wrongly_is_refused``."""
BINARY = [
    np.add,
    np.subtract,
    np.multiply,
    np.divide,
    np.float_power,
    np.maximum,
    np.minimum,
    np.fmax,
    np.fmin,
    np.logaddexp,
    np.logaddexp2,
    np.hypot,
    np.copysign,
    np.fmod,
    np.remainder,
]
MANY = [np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2, np.hypot]
STARTED = [np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.hypot]


def slopes(f, *xs):
    return tape.grad(lambda *xs: np.sum(f(*xs)), tuple(range(len(xs))))(*xs)


@pytest.mark.parametrize("ufunc", BINARY, ids=lambda u: u.__name__)
class TestAlongAnAxis:
    def test_reduce(self, ufunc):
        same(lambda x: ufunc.reduce(x), P)
        same(lambda x: ufunc.reduce(x, axis=-1, keepdims=True), P)
        same(lambda x: ufunc.reduce(x, 1), P)
        same(lambda x: ufunc.reduce(x), P[0])
        same(lambda x: ufunc.reduce(x), P[:1])

    def test_accumulate(self, ufunc):
        same(lambda x: ufunc.accumulate(x), P)
        same(lambda x: ufunc.accumulate(x, axis=-1), P)
        same(lambda x: ufunc.accumulate(x), P[0])

    def test_reduceat(self, ufunc):
        same(lambda x: ufunc.reduceat(x, [0, 2]), P)
        same(lambda x: ufunc.reduceat(x, [0, 3, 1, 1], axis=1), P)
        same(lambda x: ufunc.reduceat(x, A([1, 3])), P[0])

    def test_outer(self, ufunc):
        same(lambda x, y: ufunc.outer(x, y), P, P[0] + 0.3)
        same(lambda x: ufunc.outer(x, 1.7), P)
        same(lambda y: ufunc.outer(A([2.0, 3.0]), y), P[0])

    def test_in_single_precision(self, ufunc):
        x = P.astype(np.float32)
        for f in (lambda x: ufunc.reduce(x, axis=1), ufunc.accumulate, lambda x: ufunc.reduceat(x, [0, 2], axis=1)):
            y, pullback = tape.vjp(f, x)
            assert y.dtype == f(x).dtype
            assert pullback(np.ones_like(y))[0].dtype == np.float32
            np.testing.assert_allclose(y, f(x), rtol=1e-6)


@pytest.mark.parametrize("ufunc", MANY, ids=lambda u: u.__name__)
def test_several_axes(ufunc):
    for axis in (None, (0, 1), (-1, 0), ()):
        same(lambda x, a=axis: ufunc.reduce(x, axis=a, keepdims=True), P)
        same(lambda x, a=axis: ufunc.reduce(x, axis=a), P)


@pytest.mark.parametrize("ufunc", STARTED, ids=lambda u: u.__name__)
def test_masks_and_initial_values(ufunc):
    for axis in (0, 1, None):
        same(lambda x, a=axis: ufunc.reduce(x, axis=a, initial=0.9), P)
        same(lambda x, a=axis: ufunc.reduce(x, axis=a, initial=0.9, where=M), P)
        same(lambda x, a=axis: ufunc.reduce(x, axis=a, initial=0.9, where=x > 0.8), P)
        (g,) = slopes(lambda x, a=axis: ufunc.reduce(x, axis=a, initial=0.9, where=M), P)
        assert not g[~M].any()
    same(lambda x, v: ufunc.reduce(x, initial=np.sum(v), where=M), P, P[0])


def test_dtype_of_methods():
    x = P.astype(np.float32)
    for ufunc in (np.add, np.multiply, np.maximum, np.hypot, np.logaddexp):
        for f in (
            lambda x, u=ufunc: u.reduce(x, dtype=np.float64),
            lambda x, u=ufunc: u.accumulate(x, dtype=np.float64),
            lambda x, u=ufunc: u.reduceat(x, [0, 2], dtype=np.float64),
            lambda x, u=ufunc: u.outer(x, x[0], dtype=np.float64),
        ):
            y, pullback = tape.vjp(f, x)
            assert y.dtype == f(x).dtype == np.float64
            np.testing.assert_allclose(y, f(x), rtol=1e-13)
            assert pullback(np.ones_like(y))[0].dtype == np.float32


@pytest.mark.parametrize(
    ("f", "x", "want"),
    [
        (np.logaddexp.reduce, A([INF, 0.0]), [1, 0]),
        (np.logaddexp.reduce, A([INF, INF]), [0.5, 0.5]),
        (np.logaddexp.reduce, A([-INF, -INF]), [0, 0]),
        (np.logaddexp.reduce, A([-INF, 1.0]), [0, 1]),
        (np.maximum.reduce, A([2.0, 2.0, 1.0]), [0.5, 0.5, 0]),
        (lambda x: np.maximum.accumulate(x)[-1], A([2.0, 2.0, 2.0]), [1 / 3, 1 / 3, 1 / 3]),
        (np.maximum.accumulate, A([1.0, 3.0, 2.0, 3.0, 4.0]), [1, 2.5, 0, 0.5, 1]),
        (np.minimum.accumulate, A([1.0, 3.0]), [2, 0]),
        (lambda x: np.fmax.accumulate(x)[1:], A([NAN, 3.0, NAN]), [0, 2, 0]),
        (lambda x: np.fmax.reduce(x, axis=0), A([NAN, 3.0, 3.0]), [0, 0.5, 0.5]),
        (np.multiply.reduce, A([2.0, 0.0, 5.0]), [0, 10, 0]),
        (lambda x: np.add.reduceat(x, [0, 2, 1]), A([1.0, 2.0, 3.0]), [1, 2, 2]),
    ],
)
def test_conventions(f, x, want):
    np.testing.assert_allclose(slopes(f, x)[0], want, atol=1e-15)
    for k in range(len(x)):
        t = np.zeros(len(x))
        t[k] = 1
        np.testing.assert_allclose(np.sum(tape.jvp(f, (x,), (t,))[1]), want[k], atol=1e-15)


def test_running_extremes_over_infinities():
    for ufunc in (np.maximum, np.minimum):
        x = A([1.0, INF, -INF, 2.0])
        (g,) = tape.vjp(ufunc.accumulate, x)[1](np.ones(4))
        np.testing.assert_array_equal(g, [1, 3, 0, 0] if ufunc is np.maximum else [2, 0, 2, 0])


def test_complex_numbers():
    z = X + 1j * P
    for ufunc in (np.add, np.multiply, np.subtract, np.divide):
        same(lambda z, u=ufunc: u.reduce(z, axis=1), z, order=1)
        same(lambda z, u=ufunc: u.accumulate(z, axis=1), z, order=1)
        same(lambda z, u=ufunc: u.reduceat(z, [0, 2], axis=1), z, order=1)
        same(lambda z, u=ufunc: u.outer(z, z[0]), z, order=1)


def test_long_axes_take_few_entries():
    x = np.linspace(0, 1, 2000)
    for f in (
        np.add.reduce,
        np.maximum.accumulate,
        np.logaddexp.reduce,
        lambda x: np.add.reduceat(x, range(0, 2000, 2)),
    ):
        t = tape.Tape()
        f(t.input(x))
        assert len(t) < 8


def test_empty_axes():
    x = np.zeros((0, 3))
    same(lambda x: np.add.reduce(x), x)
    same(lambda x: np.multiply.reduce(x), x)
    assert slopes(lambda x: np.hypot.reduce(x), x)[0].shape == (0, 3)
    with pytest.raises(ValueError, match="no identity"):
        slopes(lambda x: np.divide.reduce(x), x)


# -------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum], ids=lambda u: u.__name__)
def test_at_writes_into_no_ordinary_array(ufunc):
    def of_variables(x):
        a = np.zeros(4)
        ufunc.at(a, [0, 1], x[:2])
        return a

    with pytest.raises(InPlaceError, match="ordinary array"):
        slopes(of_variables, X[0])


@pytest.mark.parametrize("ufunc", FAULTY, ids=lambda u: u.__name__)
def test_what_numpy_reduces_wrongly_is_refused(ufunc):
    """Where NumPy is right, the steps are its result; where it is wrong, an error says so; accumulate is right."""
    same(lambda x: ufunc.accumulate(x, axis=1), P)
    same(lambda x: ufunc.accumulate(x), P)
    for method in (lambda x: ufunc.reduce(x, axis=1), lambda x: ufunc.reduceat(x, [0], axis=1)[:, 0]):
        steps = ufunc(ufunc(ufunc(P[:, 0], P[:, 1]), P[:, 2]), P[:, 3])
        if np.allclose(method(P), steps):
            same(method, P)
        else:
            with pytest.raises(DegenerateError, match="accumulate"):
                slopes(method, P)


def reduced_into(a):
    a = a * 1.0
    np.add.reduce(a, axis=0, out=a[0])
    return np.sum(a**2)


def accumulated_into(a):
    a = a * 1.0
    found = np.add.accumulate(a, 0, None, a)
    return np.sum(found**2) + np.sum(a)


def reduced_at_into(a):
    a, b = a * 1.0, np.empty_like(a)
    np.maximum.accumulate(a, axis=1, out=b)
    np.multiply.reduceat(b, [0, 1], axis=1, out=a[:, :2])
    return np.sum(a**2 * b)


@pytest.mark.parametrize("f", [reduced_into, accumulated_into, reduced_at_into])
def test_methods_write_into_variables(f):
    same(f, X)


@pytest.mark.parametrize("f", [np.sum, np.prod, np.mean, np.nansum, np.add.reduce, np.multiply.reduce])
def test_what_is_written_into_more_precision_is_added_up_in_it(f):
    x, want = (1 + RNG.normal(size=10_003) * 1e-4).astype(np.float32), np.zeros(())
    f(x, out=want)
    t = tape.Tape()
    w = t.input(np.zeros(()))
    assert f(t.input(x), out=w) is w
    assert w.value == want
    assert want != f(x)


def test_methods_write_into_no_ordinary_array():
    with pytest.raises(InPlaceError, match=r"np\.add\.reduce\(out=\) writes a recorded variable into an ordinary"):
        slopes(lambda x: np.add.reduce(x, axis=0, out=np.zeros(4)), X)


def test_what_numpy_refuses():
    with pytest.raises(ValueError, match="two arguments|binary"):
        slopes(lambda x: np.exp.reduce(x), X)
    with pytest.raises(ValueError, match="not reorderable"):
        slopes(lambda x: np.subtract.reduce(x, axis=(0, 1)), X)
    with pytest.raises(RuntimeError, match="whole arrays|signature"):
        slopes(lambda x: np.matmul.reduce(x), X)
    with pytest.raises(ValueError, match="initial"):
        slopes(lambda x: np.hypot.reduce(x, where=M), X)
    with pytest.raises(IndexError):
        slopes(lambda x: np.add.reduceat(x, [0, 9]), X)
    with pytest.raises(TypeError):
        slopes(lambda x: np.maximum.accumulate(x), A(1.0))


# --------------------------------------------------------------------- options of a call


def test_the_dtype_of_a_call():
    x = X.astype(np.float32)
    for f in (
        lambda x: np.exp(x, dtype=np.float64),
        lambda x: np.add(x, 1.5, dtype=np.float64),
        lambda x: np.multiply(x, x, dtype="f8"),
        lambda x: np.multiply(x, x, signature="dd->d"),
        lambda x: np.hypot(x, 2, dtype=np.float64),
        lambda x: np.sqrt(np.abs(x), dtype=np.complex128),
    ):
        y, pullback = tape.vjp(f, x)
        assert y.dtype == f(x).dtype
        np.testing.assert_array_equal(y, f(x))
        assert pullback(np.ones_like(y))[0].dtype == np.float32
    for f in (
        lambda x: np.add(x, 1.5, dtype=np.float32),
        lambda x: np.sin(x, dtype=np.float32),
        lambda x: np.multiply(x, 2, casting="unsafe", order="K", subok=True, where=True, out=None),
    ):
        y, pullback = tape.vjp(f, X)
        assert y.dtype == f(X).dtype
        np.testing.assert_array_equal(y, f(X))
        assert pullback(np.ones_like(y))[0].dtype == np.float64
    same(lambda x: np.exp(x, dtype=np.float64), X)


def test_the_options_of_a_call_that_are_refused():
    with pytest.raises(OptionError, match=r"where=.*np\.where\(mask, np\.add"):
        slopes(lambda x: np.add(x, x, where=M), X)
    with pytest.raises(OptionError, match="where="):
        slopes(lambda x: np.exp(x, where=x > 0), X)
    with pytest.raises(OptionError, match="order="):
        slopes(lambda x: np.exp(x, order="F"), X)
    with pytest.raises(TypeError):
        slopes(lambda x: np.exp(x, dtype=np.int64), X)
    with pytest.raises(TypeError):
        slopes(lambda x: np.exp(x, dtype=np.float32, casting="safe"), X)


# ------------------------------------------------- found by python -m comparisons.mutants

BLOCK = RNG.uniform(0.5, 1.5, size=(2, 3, 4))


@pytest.mark.parametrize("axis", [0, 1, 2, (0, 2)])
def test_axes_of_blocks(axis):
    same(lambda x: np.hypot.reduce(x, axis=axis), BLOCK, order=1)
    mask = np.arange(24).reshape(2, 3, 4) % 3 > 0
    same(lambda x: np.hypot.reduce(x, axis=axis, where=mask, initial=0.5), BLOCK, order=1)
    if isinstance(axis, int):
        same(lambda x: np.subtract.reduce(x, axis=axis, where=mask, initial=5.0), BLOCK, order=1)
        for ufunc in (np.add, np.multiply, np.hypot):
            same(lambda x, ufunc=ufunc: ufunc.reduceat(x, [0, 1], axis=axis), BLOCK, order=1)
            t = tape.Tape()
            nothing = np.array([], int)
            found = ufunc.reduceat(t.input(BLOCK), nothing, axis=axis)
            assert found.shape == ufunc.reduceat(BLOCK, nothing, axis=axis).shape
        same(lambda x: np.quantile(x, 0.3, axis=axis), BLOCK, order=1)
        how = {"weights": np.arange(1.0, 25).reshape(BLOCK.shape), "method": "inverted_cdf", "axis": axis}
        same(lambda x: np.quantile(x, 0.3, **how), BLOCK, order=1)


def test_logical_and_exclusive_reductions_are_numpys():
    t = tape.Tape()
    x = np.array([[0.0, 1.0], [2.0, 3.0]])
    v = t.input(x)
    for initial in (True, False):
        for ufunc in (np.logical_and, np.logical_or):
            found = ufunc.reduce(v, initial=initial)
            np.testing.assert_array_equal(getattr(found, "value", found), ufunc.reduce(x, initial=initial))
    found = np.logical_xor.reduce(v)
    np.testing.assert_array_equal(getattr(found, "value", found), np.logical_xor.reduce(x))


def test_what_an_empty_axis_starts_from_has_the_shape_of_the_others():
    t = tape.Tape()
    found = np.hypot.reduce(t.input(np.zeros((0, 3))), initial=2.0)
    assert np.array_equal(getattr(found, "value", found), [2, 2, 2])


def test_steps_are_compared_to_within_a_rounding_each():
    eps, steps = np.finfo(float).eps, 1000
    near = (64 + steps) * eps
    assert checked("np.f.reduce", 1.0, 1 + 1.9 * near, steps) == 1
    assert np.isnan(checked("np.f.reduce", np.nan, np.nan, 1))
    with pytest.raises(DegenerateError, match=r"^np\.f\.reduce of NumPy"):
        checked("np.f.reduce", 1.0, 1 + 2.1 * near, steps)


def test_refusals_name_the_method():
    t = tape.Tape()
    v = t.input(np.ones(3))
    with pytest.raises(ValueError, match=r"^np\.modf\.reduce: only"):
        binary(np.modf, "reduce")
    with pytest.raises(ValueError, match=r"^np\.divmod\.reduce: only"):
        binary(np.divmod, "reduce")
    with pytest.raises(IndexError, match=r"reduceat: indices \[3\] are out of bounds"):
        np.hypot.reduceat(v, [3])
