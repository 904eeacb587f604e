"""Rules where an argument is infinite or no number: the derivative is that of the element that the value is."""

import numpy as np
import pytest

import tape
from tape.rules import norms

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
