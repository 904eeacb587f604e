import numpy as np
import pytest

import tape
from tape.program.replay import replay
from tape.rules import sets
from tests.rules.checks import same
from tests.samples.base import r

X, Y = r(3, 4), r(5)
TWICE = np.array([2.0, 1.0, 3.0, 1.0, 2.0])
NAN = np.array([2.0, np.nan, 1.0, np.nan, 1.0])


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: np.unique(x),
        lambda x, y: np.unique(x * x[0, 0], axis=1),
        lambda x, y: np.unique(np.concatenate([y, [1.0, 2.0, 1.0]])),
        lambda x, y: np.union1d(x, y),
        lambda x, y: np.union1d(y, [0.5, 0.5]),
        lambda x, y: np.setdiff1d(x, y),
        lambda x, y: np.setdiff1d(np.concatenate([y, [1.0, 2.0]]), [2.0]),
        lambda x, y: np.setxor1d(x, y),
        lambda x, y: np.setxor1d(np.concatenate([y, [1.0]]), np.concatenate([x[0], [1.0, 3.0]])),
        lambda x, y: np.trim_zeros(np.concatenate([[0.0, 0.0], y, [0.0]])),
        lambda x, y: np.trim_zeros(np.concatenate([[0.0], y, [0.0]]), "b"),
        lambda x, y: np.trim_zeros(np.zeros(3) * y[0]),
        lambda x, y: np.take(y, np.lexsort((y, np.round(y)))),
        lambda x, y: x[np.isin(x, x[0, :2])],
        lambda x, y: np.ravel(x)[np.ravel_multi_index(np.unravel_index(np.argsort(x, axis=None), (3, 4)), (3, 4))],
        lambda x, y: np.where(np.isreal(y), y, 0.0) + np.array_equiv(x, x[0]),
    ],
)
def test_programs(f):
    same(f, X, Y)


OPTIONS = [
    {"return_index": True, "return_inverse": True, "return_counts": True},
    {"return_counts": True},
    {"return_inverse": True, "axis": 0},
    {"equal_nan": False, "return_index": True, "return_counts": True},
    {"sorted": False},
    {"sorted": False, "equal_nan": False},
    {"sorted": False, "return_inverse": True},
]


def equal(got, want):
    """Check results that are alike, one or several, variables or not."""
    assert (type(got), type(want)) == (tape.Var, np.ndarray) or type(got) is type(want)
    if isinstance(want, tuple):
        assert len(got) == len(want)
        for a, b in zip(got, want, strict=True):
            equal(a, b)
    else:
        got = got.value if isinstance(got, tape.Var) else got
        assert (got.dtype, got.shape) == (want.dtype, want.shape)
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("x", [TWICE, NAN, X, X[:0], np.array(1.0), TWICE + 1j * TWICE, X.astype(np.float32)])
def test_unique_is_numpys(options, x):
    if options.get("axis") == 0 and x.ndim == 0:
        return
    if "sorted" in options and not hasattr(np, "unique_values"):
        return
    equal(np.unique(tape.Tape().input(x), **options), np.unique(x, **options))


@pytest.mark.parametrize("name", ["unique_all", "unique_counts", "unique_inverse", "unique_values"])
@pytest.mark.parametrize("x", [TWICE, NAN, X])
def test_array_api_is_numpys(name, x):
    fn = getattr(np, name, None)
    if fn is None:
        pytest.skip("came with NumPy 2.0")
    equal(fn(tape.Tape().input(x)), fn(x))


@pytest.mark.parametrize("fn", [np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d])
@pytest.mark.parametrize("other", [np.array([1.0, 7.0, 2.0, 2.0]), np.array([[3]]), np.zeros(0)])
@pytest.mark.parametrize("x", [TWICE, NAN[:3], X])
def test_sets_are_numpys(fn, other, x):
    t = tape.Tape()
    equal(fn(t.input(x), other), fn(x, other))
    equal(fn(other, t.input(x)), fn(other, x))
    if fn is not np.union1d:
        x, other = np.unique(x), np.unique(other)
        equal(fn(t.input(x), other, assume_unique=True), fn(x, other, assume_unique=True))


def test_intersection_reads_the_first_array():
    other = np.array([1.0, 2.0, 9.0])
    equal(
        np.intersect1d(tape.Tape().input(TWICE), other, return_indices=True),
        np.intersect1d(TWICE, other, return_indices=True),
    )
    found = tape.grad(lambda x, y: np.sum(np.intersect1d(x, y) * [10.0, 20.0]), argnums=(0, 1))(TWICE, other)
    np.testing.assert_array_equal(found[0], [20.0, 10.0, 0.0, 0.0, 0.0])  # the first of equal elements
    np.testing.assert_array_equal(found[1], np.zeros(3))


def test_replay_chooses_anew():
    t = tape.Tape()
    x = t.input(np.array([3.0, 1.0, 2.0]))
    y = np.sum(np.unique(x) * np.array([1.0, 10.0, 100.0]))
    assert y.value == 321.0
    assert replay(t, np.array([1.0, 5.0, 3.0])).entries[-1].value == 531.0


def test_trimming_gives_a_view():
    def f(x):
        part = sets.trim_zeros(x)
        part[0] = 5.0
        return np.sum(part**2) + np.sum(x) * x[1]

    x = np.array([0.0, 1.0, -2.0, 3.0])
    assert tape.value_and_grad(f)(x.copy())[0] == f(x.copy())
    np.testing.assert_array_equal(tape.grad(f)(x.copy()), [5.0, 0.0, 1.0, 11.0])
    t = tape.Tape()
    np.sum(sets.trim_zeros(t.input(x)))
    with pytest.raises(tape.ReplayError):
        replay(t, x[::-1].copy())


def test_zeros_on_all_sides():
    if "axis" not in np.trim_zeros.__wrapped__.__code__.co_varnames:
        pytest.skip("axes came with NumPy 2.2")
    a = np.pad(r(2, 3), ((1, 2), (0, 1)))
    same(lambda x: np.trim_zeros(np.pad(x, ((1, 2), (0, 1)))), X)
    for options in ({}, {"axis": 0}, {"axis": -1, "trim": "f"}, {"axis": ()}):
        equal(np.trim_zeros(tape.Tape().input(a), **options), np.trim_zeros(a, **options))
        equal(sets.trim_zeros(tape.Tape().input(a), **options), np.trim_zeros(a, **options))
    with pytest.raises(np.exceptions.AxisError):
        sets.trim_zeros(tape.Tape().input(a), axis=2)
    with pytest.raises(ValueError, match="unexpected"):
        np.trim_zeros(tape.Tape().input(Y), "x")


@pytest.mark.parametrize("x", [Y, Y.astype(np.float32), Y + 1j * Y[::-1], Y.astype(np.complex64)])
def test_complex_orders(x):
    equal(np.sort_complex(tape.Tape().input(x)), np.sort_complex(x))


def test_real_if_close():
    z = np.array([1.0 + 1e-15j, 2.0])
    equal(np.real_if_close(tape.Tape().input(z)), np.real_if_close(z))
    equal(np.real_if_close(tape.Tape().input(z), tol=1e-20), np.real_if_close(z, tol=1e-20))
    equal(np.real_if_close(tape.Tape().input(Y)), np.real_if_close(Y))
    found = tape.grad(lambda z: np.sum(np.real_if_close(z) ** 2))(z)
    np.testing.assert_allclose(found, 2 * z.real)


def test_bits_and_positions_are_not_differentiable():
    t = tape.Tape()
    x = t.input(TWICE)
    positive = x > 1.5
    np.testing.assert_array_equal(np.packbits(positive).value, np.packbits(TWICE > 1.5))
    np.testing.assert_array_equal(np.bitwise_count(np.argsort(x)).value, np.bitwise_count(np.argsort(TWICE)))
    at = (np.argmax(x), np.argmin(x))
    np.testing.assert_array_equal(np.ravel_multi_index(at, (5, 5)).value, 11)
    with pytest.raises(ValueError, match="invalid entry"):
        np.ravel_multi_index(at, (2, 2))
    np.testing.assert_array_equal(np.ravel_multi_index(at, (2, 2), mode="clip").value, 3)
    np.testing.assert_array_equal(np.lexsort(np.stack([x, -x])).value, np.lexsort((TWICE, -TWICE)))
