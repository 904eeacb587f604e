import numpy as np
import pytest

import tape
from tests.rules.checks import same
from tests.samples.base import r

X, A, B = r(2, 3, 4), r(3), r(2, 3)
UP, DOWN = r(2, low=0.5), r(2, low=2.5, high=4.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.apply_along_axis(lambda v: np.sum(v**2), 0, x),
        lambda x: np.apply_along_axis(lambda v: v * v[0], 1, x),
        lambda x: np.apply_along_axis(lambda v, c, k: np.outer(v, v) * c + k, -2, x, 2.0, k=1.0),
        lambda x: np.apply_along_axis(np.sort, 0, x),
        lambda x: np.apply_along_axis(lambda v: v * x[0, 0, 0], 2, x),
        lambda x: np.apply_along_axis(lambda v: v[:2], 1, x),
        lambda x: np.apply_along_axis(lambda v: v @ v, 0, x[0, 0]),
        lambda x: np.apply_along_axis(lambda v: [v[0] * v[1], 2.0], 2, x),
        lambda x: np.apply_over_axes(np.sum, x, [0, 2]),
        lambda x: np.apply_over_axes(np.cumsum, x, -1),
        lambda x: np.apply_over_axes(np.mean, x, (0, -1)),
        lambda x: np.fromfunction(lambda i, j: x[0, 0, 0] * i + x[0, 0, 1] * j, (2, 3)),
        lambda x: x[np.ix_([0, 1], [2, 0], [1])],
        lambda x: x[np.ix_([True, False], np.array([False, True, True]), [])],
        lambda x: x[np.ix_(np.argsort(x[:, 0, 0]))],
        lambda x: x[0][np.tril_indices(3)] + x[0][np.triu_indices_from(x[0, :, :3])],
    ],
)
def test_programs(f):
    same(f, X)


def test_slices_that_give_other_dtypes_are_cast_as_numpy_does():
    x = B.astype(np.float32)
    for f in (lambda v: np.sum(v), lambda v: v > 0, lambda v: np.ones(2), lambda v: np.argmax(v)):
        got, want = np.apply_along_axis(f, 1, tape.Tape().input(x)), np.apply_along_axis(f, 1, x)
        got = got.value if isinstance(got, tape.Var) else got
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)
    with pytest.raises(ValueError, match="iteration dimensions"):
        np.apply_along_axis(np.sum, 0, tape.Tape().input(np.zeros((3, 0))))
    with pytest.raises(ValueError, match="correct shape"):
        np.apply_over_axes(lambda x, k: np.sum(x), tape.Tape().input(B), [0])
    with pytest.raises(np.exceptions.AxisError):
        np.apply_along_axis(np.sum, 2, tape.Tape().input(B))


# ------------------------------------------------------------------------- pieces

V = np.array([-1.5, 0.3, 2.0, -0.2, 0.8, 1.1])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.piecewise(x, [x < 0, x >= 0], [lambda v: v**2, lambda v: np.exp(v)]),
        lambda x: np.piecewise(x, [x < 0], [lambda v: v**2, 3.0]),
        lambda x: np.piecewise(x, x < 0, [lambda v: v**2, lambda v: -v]),
        lambda x: np.piecewise(x, x < 0, [lambda v: v**2]),
        lambda x: np.piecewise(x, [x < 0.5, x < 0], [lambda v: v**2, lambda v: v * v[0], 1]),
        lambda x: np.piecewise(x, [x > 9, x < 0], [lambda v: 1 / v[:0], lambda v: v * x[0]]),
        lambda x: np.piecewise(x, (x < 0, x > 1), [lambda v, a, b: a * v + b, lambda v, a, b: v * b, x[1]], 2.0, b=3.0),
        lambda x: np.piecewise(x[0], [x[0] < 0, x[0] >= 0], [lambda v: v**3, lambda v: v]),
        lambda x: np.piecewise(x[:3], [True, False, True], [lambda v: v**3, lambda v: v]),
        lambda x: np.piecewise(x[:3], [[True, False, True]], [lambda v: v**3]),
        lambda x: np.piecewise(x, np.stack([x < 0, x > 1]), [lambda v: v**3, lambda v: v, lambda v: -v]),
        lambda x: np.piecewise(np.reshape(x, (3, 2)), [np.array([True, False, True])], [lambda v: v**2, 1.0]),
        lambda x: np.piecewise(x, [x < 0], [lambda v: np.sum(v), lambda v: v**2]),
        lambda x: np.piecewise(x, [x < 0, x > 1], [[10.0, 20.0], lambda v: v]),
    ],
)
def test_pieces(f):
    same(f, V)


def test_pieces_are_in_the_dtype_of_what_is_cut():
    x = V.astype(np.float32)

    def f(x):
        return np.piecewise(x, [x < 0], [lambda v: v * np.float64(2), 1])

    got = f(tape.Tape().input(x))
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got.value, f(x))
    assert tape.grad(lambda x: np.sum(f(x)))(x).dtype == np.float32
    with pytest.raises(ValueError, match="functions are expected"):
        np.piecewise(tape.Tape().input(V), [V < 0], [1, 2, 3])


# ------------------------------------------------------------------ spaced numbers


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: np.linspace(a, b, 7),
        lambda a, b: np.linspace(a, b, 7, retstep=True),
        lambda a, b: np.linspace(a, b, 4, False, axis=1),
        lambda a, b: np.linspace(a, b, 4, axis=-1, retstep=True),
        lambda a, b: np.linspace(0, b, 4),
        lambda a, b: np.linspace([1, 2, 3], a, 4),
        lambda a, b: np.linspace([a[0], 2.0], a[:2], 4),
        lambda a, b: np.linspace(a, a, 4),
        lambda a, b: np.linspace(a, b, 1) + np.linspace(a, b, 1, endpoint=False),
        lambda a, b: np.linspace(a, b, 0),
        lambda a, b: np.linspace(a[0], b[0, 0], dtype=np.float64),
        lambda a, b: np.logspace(a, b, 5),
        lambda a, b: np.logspace(a, b, 5, base=2, axis=1),
        lambda a, b: np.logspace(a, b, 3, base=np.exp(b)),
        lambda a, b: np.logspace(0, a, 3, endpoint=False),
    ],
)
def test_spaced_numbers(f):
    same(f, A, B)


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: np.geomspace(a, b, 5),
        lambda a, b: np.geomspace(-a, -b, 5, axis=1),
        lambda a, b: np.geomspace(a, b, 1),
        lambda a, b: np.geomspace(a, b, 2, endpoint=False),
        lambda a, b: np.geomspace(a, b, 0),
        lambda a, b: np.geomspace(a[0], b, 3),
        lambda a, b: np.geomspace(1, b, 3),
        lambda a, b: np.geomspace(a[0], 8),
    ],
)
def test_geometric_sequences(f):
    same(f, UP, DOWN)


@pytest.mark.parametrize("fn", [np.linspace, np.logspace, np.geomspace])
@pytest.mark.parametrize("options", [{}, {"dtype": np.float32}, {"dtype": complex}])
@pytest.mark.parametrize(
    ("start", "stop"),
    [
        (np.float32(1), 2.0),
        (np.float32(1), np.float64(2)),
        (np.ones(2, np.float32), 2),
        (1.0, np.ones(1)),
        (np.float32(1), np.float32(2)),
        (1.0 + 1.0j, 2.0),
    ],
)
def test_dtypes_are_numpys(fn, start, stop, options):
    if type(start) is complex and options.get("dtype") is np.float32:
        return
    t = tape.Tape()
    want = fn(start, stop, 3, **options)
    one, other = t.input(start), stop if type(stop) is int else t.input(stop)
    for got in (fn(one, stop, 3, **options), fn(start, other, 3, **options), fn(one, other, 3, **options)):
        if isinstance(got, tape.Var):
            assert (got.dtype, got.shape) == (want.dtype, want.shape)
            np.testing.assert_allclose(got.value, want, rtol=1e-6 if want.dtype == np.float32 else 1e-14)


def test_whole_numbers_have_no_derivative():
    t = tape.Tape()
    a = t.input(-2.5)
    got = np.linspace(a, 3.0, 5, dtype=int)
    np.testing.assert_array_equal(got.value, np.linspace(-2.5, 3.0, 5, dtype=int))
    assert got.dtype == int
    for f in (lambda x: np.geomspace(x, 1.0), lambda x: np.geomspace(1.0, x)):
        with pytest.raises(ValueError, match="cannot include zero"):
            f(t.input(0.0))
    for f in (np.linspace, np.geomspace):
        with pytest.raises(ValueError, match="non-negative"):
            f(a, 3.0, -1)


def test_against_torch():
    torch = pytest.importorskip("torch")
    a, b = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.7, 3.0))
    part = torch.arange(5, dtype=torch.float64) / 4
    torch.sum((a * (b / a) ** part) ** 2).backward()
    got = tape.grad(lambda a, b: np.sum(np.geomspace(a, b, 5) ** 2), argnums=(0, 1))(0.7, 3.0)
    np.testing.assert_allclose(got, [a.grad, b.grad], rtol=1e-13)


# ------------------------------------------------------- what NumPy asks nobody about


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.full(3, x[0]),
        lambda x: np.array([x[0], x[1]]),
        lambda x: np.asarray([x, x]),
        lambda x: np.vectorize(lambda v: v * v)(x),
        lambda x: np.vectorize(lambda v: v * v, otypes=[float])(x),
        lambda x: np.vectorize(lambda v: v @ v, signature="(n)->()")(x),
        lambda x: np.vectorize(lambda v: v * x[0])(np.arange(3.0)),
        lambda x: np.frompyfunc(lambda v: v * v, 1, 1)(x),
        lambda x: np.piecewise(np.arange(3.0), [np.arange(3.0) < 1], [lambda v: x[0] * v]),
    ],
)
def test_what_numpy_does_not_dispatch_is_refused(f):
    with pytest.raises(tape.TapeError):
        tape.grad(lambda x: np.sum(f(x)))(V)


def test_the_way_out_is_named():
    for f, way in ((lambda x: np.array([x[0], x[1]]), "np.stack"), (np.vectorize(lambda v: v * v), "tape.vectorize")):
        with pytest.raises(tape.DetachError, match=way):
            tape.grad(lambda x, f=f: np.sum(f(x)))(V)
