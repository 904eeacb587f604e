"""Norms of vectors where elements tie, vanish, aren't finite or are complex."""

import numpy as np
import pytest

import tape
from tape.rules import norms as N

norm = np.linalg.norm


def test_ties_share_along_their_own_axis():
    x = np.array([[2.0, 1.0, 4.0], [-2.0, 3.0, 4.0]])
    for order, columns, lines in (
        (np.inf, [[0.5, 0, 0.5], [-0.5, 1, 0.5]], [[0, 0, 1], [0, 0, 1]]),
        (-np.inf, [[0.5, 1, 0.5], [-0.5, 0, 0.5]], [[0, 1, 0], [-1, 0, 0]]),
    ):
        for axis, want in ((0, columns), (1, lines)):
            got = tape.grad(lambda x, o=order, a=axis: np.sum(norm(x, o, axis=a)))(x)
            np.testing.assert_array_equal(got, want)


def test_what_isnt_a_number_takes_the_slope():
    got = tape.grad(lambda x: norm(x, np.inf))(np.array([1.0, np.nan, -3.0]))
    np.testing.assert_array_equal(got, [0.0, np.nan, 0.0])


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_lengths_are_numpys_and_none_at_the_origin(axis):
    x = np.array([[3.0, 0.0], [4.0, 0.0]])
    for scale in (1.0, 0.0, 1e-200, 1e200):
        want = np.sqrt(np.sum(x**2, axis=axis, keepdims=True)) * scale
        np.testing.assert_allclose(N.length(x * scale, axis=axis), want, rtol=1e-15)
        with np.errstate(invalid="ignore"):
            unit = np.where(want == 0, 0, x * scale / want)
        np.testing.assert_allclose(N.direction(x * scale, axis=axis), unit, rtol=1e-15)
    assert N.length(np.array([1.0, -np.inf]))[0] == np.inf


@pytest.mark.parametrize("order", [None, 1, 2, 3, np.inf, -np.inf, 0.5])
def test_the_tangent_of_a_norm_of_complex_numbers_is_real(order):
    x = np.array([1 + 2j, -3 + 1j, 0.5j])
    d = np.array([2 - 1j, 1j, 3.0])
    y, tangent = tape.jvp(lambda x: norm(x, order), (x,), (d,))
    assert tangent.dtype == y.dtype == np.float64
    np.testing.assert_allclose(tangent, (norm(x + 1e-6 * d, order) - norm(x - 1e-6 * d, order)) / 2e-6, rtol=1e-8)


@pytest.mark.parametrize("order", [-1, -2, -3.5])
def test_a_zero_takes_all_of_a_norm_of_negative_order(order):
    with np.errstate(divide="ignore"):  # NumPy's own
        np.testing.assert_array_equal(tape.grad(lambda x: norm(x, order))(np.array([0.0, 1.0, 2.0, -3.0])), np.zeros(4))
    x = np.array([1.0, 2.0, -3.0])
    got = tape.grad(lambda x: norm(x, order))(x)
    np.testing.assert_allclose(got, np.sign(x) * (np.abs(x) / norm(x, order)) ** (order - 1), rtol=1e-12)


@pytest.mark.parametrize("order", [0.5, 1, 1.5, 3])
def test_norms_of_zeros_have_no_slope(order):
    np.testing.assert_array_equal(tape.grad(lambda x: norm(x, order))(np.zeros(3)), np.zeros(3))
