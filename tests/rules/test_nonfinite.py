"""Rules where an argument is infinite or no number: the derivative is that of the element that the value is."""

import numpy as np
import pytest

import tape
from tape.rules import norms
from tape.rules.reductions import tie_shares

INF, NAN = np.inf, np.nan
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

CASES = [
    (np.median, [1.0, NAN, 2.0], [0, 1, 0]),
    (np.median, [1.0, INF, 2.0, 5.0], [0, 0, 0.5, 0.5]),
    (np.median, [-INF, 1.0, 2.0], [0, 1, 0]),
    (np.median, [INF, 1.0, INF], [0.5, 0, 0.5]),
    (np.max, [1.0, NAN, 2.0], [0, 1, 0]),
    (lambda x: np.max(x, where=[True, True, False], initial=-9.0), [1.0, NAN, 2.0], [0, 1, 0]),
    (lambda x: np.max(x, where=[True, False, True], initial=-9.0), [1.0, NAN, 2.0], [0, 0, 1]),
    (lambda x: np.sum(np.maximum.accumulate(x)), [1.0, NAN, 2.0], [1, 2, 0]),
    (np.logaddexp.reduce, [1.0, INF, 2.0], [0, 1, 0]),
    (np.logaddexp.reduce, [-INF, 1.0], [0, 1]),
    (np.logaddexp.reduce, [INF, 1.0, INF], [0.5, 0, 0.5]),
    (np.linalg.norm, [1.0, INF], [NAN, NAN]),
]


@pytest.mark.parametrize(("f", "x", "want"), CASES)
def test_slopes(f, x, want):
    np.testing.assert_array_equal(tape.grad(f)(np.array(x)), want)


def test_a_slice_of_infinities_beside_a_finite_one():
    found = tape.jacobian(np.logaddexp.reduce)(np.array([[1.0, INF], [2.0, 1.0]]))
    finite = 1 / (1 + np.exp([1.0, -1.0]))
    np.testing.assert_allclose(found[0][:, 0], finite, rtol=1e-15)
    np.testing.assert_array_equal(found[1], [[0, 1], [0, 0]])


def test_lengths_neither_overflow_nor_become_nan():
    assert norms.length(np.array([1.0, INF]), axis=0) == [INF]
    np.testing.assert_allclose(norms.length(np.array([3e200, 4e200]), axis=0), [5e200])
    np.testing.assert_allclose(norms.length(np.array([3e-200, 4e-200]), axis=0), [5e-200])


@pytest.mark.parametrize(
    ("options", "x", "want"),
    [
        ({"axis": 1}, [[1.0, NAN, NAN], [4.0, 2.0, 3.0]], [[0, 0.5, 0.5], [1, 0, 0]]),
        ({"axis": 0}, [[1.0, NAN], [NAN, 2.0], [NAN, 2.0]], [[0, 1], [0.5, 0], [0.5, 0]]),
        ({"axis": 1}, [[2.0, 2.0], [NAN, 1.0]], [[0.5, 0.5], [1, 0]]),
        ({"axis": 1, "initial": -9.0}, [[1.0, 2.0], [NAN, 3.0], [NAN, NAN]], [[0, 1], [1, 0], [0.5, 0.5]]),
        ({"axis": 0, "initial": -9.0}, [[1.0, NAN], [2.0, 1.0]], [[0, 1], [1, 0]]),
        ({"axis": 0, "initial": -9.0}, [[NAN, 1.0], [NAN, NAN]], [[0.5, 0], [0.5, 1]]),
        ({"axis": 1, "initial": 5.0}, [[5.0, 5.0], [NAN, 5.0]], [[1 / 3, 1 / 3], [1, 0]]),
        ({"initial": NAN}, [1.0, NAN], [0, 0.5]),
        ({"axis": 1, "initial": -9.0, "where": [[True, False, True]]}, [[NAN, NAN, 1.0]], [[1, 0, 0]]),
    ],
)
def test_extremes_beside_no_numbers(options, x, want):
    np.testing.assert_array_equal(tape.grad(lambda x: np.sum(np.max(x, **options)))(np.array(x)), want)


def test_tangents_of_extremes_of_no_numbers():
    t = np.array([[1.0, 10.0], [100.0, 1000.0]])
    x = np.array([[NAN, 1.0], [2.0, 3.0]])
    np.testing.assert_array_equal(tape.jvp(lambda x: np.max(x, axis=1), (x,), (t,))[1], [1, 1000])
    along = tape.jvp(np.maximum.accumulate, (np.array([1.0, NAN, 2.0]),), (np.array([1.0, 10.0, 100.0]),))[1]
    np.testing.assert_array_equal(along, [1, 10, 10])


@pytest.mark.parametrize(
    ("axis", "x", "want"),
    [
        (1, [[INF, INF], [INF, 1.0]], [[0.5, 0.5], [1, 0]]),
        (0, [[INF, INF], [INF, 1.0]], [[0.5, 1], [0.5, 0]]),
        (1, [[1.0, 1.0, -INF], [INF, 1.0, 1.0]], [[0.5, 0.5, 0], [1, 0, 0]]),
    ],
)
def test_exponentials_beside_infinities(axis, x, want):
    x = np.array(x)
    np.testing.assert_array_equal(tape.grad(lambda x: np.sum(np.logaddexp.reduce(x, axis=axis)))(x), want)
    t = np.arange(1.0, x.size + 1).reshape(x.shape)
    along = tape.jvp(lambda x: np.logaddexp.reduce(x, axis=axis), (x,), (t,))[1]
    np.testing.assert_array_equal(along, np.sum(t * np.array(want), axis=axis))


def test_weighed_quantiles_of_no_numbers():
    f = lambda x: np.quantile(x, 0.5, weights=[1, 1, 1], method="inverted_cdf")
    x = np.array([1.0, NAN, 2.0])
    np.testing.assert_array_equal(tape.grad(f)(x), [0, 1, 0])
    assert tape.jvp(f, (x,), (np.array([1.0, 10.0, 100.0]),))[1] == 10


def test_ties_of_half_precision_are_counted_in_double():
    assert tie_shares(np.zeros(3, np.float16), np.zeros(1, np.float16)).dtype == np.float64
