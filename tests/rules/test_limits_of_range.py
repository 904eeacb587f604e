"""Norms and normalisations of numbers whose powers leave the range: the limits, and the ways beyond them."""

import math

import numpy as np
import pytest

import tape
from tape.nn.normalisation import reciprocal_std, standardise
from tape.rules.norms import direction, in_range, limits, power_norm

TYPES = (np.float16, np.float32, np.float64, np.longdouble)


@pytest.mark.parametrize("dtype", TYPES)
def test_limits_are_where_a_sum_of_powers_loses_digits(dtype):
    info = np.finfo(dtype)
    rounding = min(2e4 * float(info.eps), 0.05)  # of a logarithm in the thousands
    least = np.asarray(2, dtype) ** (info.minexp + (0 if dtype is np.float16 else info.nmant))
    for order in (1, 2, 3):
        low, high = limits(np.dtype(dtype), order)
        assert high == info.max
        assert low / max(least ** (1 / dtype(order)), info.tiny) == pytest.approx(1, rel=rounding)
        low, high = limits(np.dtype(dtype), -order)
        assert low == info.tiny
        with np.errstate(over="ignore"):
            most = least ** (-1 / dtype(order))
        assert high / min(most, info.max) == pytest.approx(1, rel=rounding)
    assert limits(np.dtype(np.float64), 0.99)[0] == pytest.approx(2.0 ** (-970 / 0.99), rel=1e-12, abs=0)
    assert limits(np.dtype(np.float64), 0.1) == (np.finfo(float).tiny, np.finfo(float).max)
    assert limits(np.dtype(np.float64), -0.1) == (np.finfo(float).tiny, np.finfo(float).max)


def test_numbers_at_the_limits_are_in_range():
    least, most = limits(np.dtype(np.float64), 2)
    found = in_range(np.array([0, least / 2, least, 1, most, math.inf, math.nan]), 2)
    assert found.dtype == bool
    assert found.tolist() == [False, False, True, True, True, False, False]


@pytest.mark.parametrize("size", [1e-250, 1.0, 1e250])
@pytest.mark.parametrize("sign", [1, -1])
def test_directions_of_numbers_of_one_sign(size, sign):
    x = sign * size * np.array([[3.0, 4.0], [5.0, 12.0]])
    np.testing.assert_allclose(direction(x, axis=1), sign * np.array([[0.6, 0.8], [5 / 13, 12 / 13]]), rtol=1e-15)
    np.testing.assert_array_equal(direction(np.zeros((2, 3)), axis=0), np.zeros((2, 3)))


@pytest.mark.parametrize("size", [1e-250, 1.0, 1e250])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("order", [3, 0.5, -2])
def test_power_norms_along_either_axis(order, axis, size):
    x = np.array([[3.0, -4.0, 1.5], [5.0, 2.0, -0.5]])
    exact = np.sum(np.abs(x) ** order, axis=axis, keepdims=True) ** (1 / order)
    slope = np.sign(x) * (np.abs(x) / exact) ** (order - 1)
    with np.errstate(all="ignore"):
        theirs = np.linalg.norm(size * x, order, axis, keepdims=True)
    np.testing.assert_allclose(power_norm(size * x, theirs, order=order, axis=axis), size * exact, rtol=1e-14)
    f = lambda x: np.linalg.norm(x, order, axis)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(tape.grad(lambda x: np.sum(f(x)))(size * x), slope, rtol=1e-13)
        v = np.array([[1.0, 2.0, -1.0], [0.5, 3.0, 1.0]])
        _, tangent = tape.jvp(f, (size * x,), (v,))
        np.testing.assert_allclose(tangent, np.sum(slope * v, axis=axis), rtol=1e-13)
        again = lambda x: power_norm(x, theirs, order=order, axis=axis)
        _, tangent = tape.jvp(again, (size * x,), (v,))
        np.testing.assert_allclose(tangent, np.sum(slope * v, axis=axis, keepdims=True), rtol=1e-13)


@pytest.mark.parametrize("eps", [0.0, 1e-5])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("size", [1e-30, 1e-25, 1.0, 1e25, 1e30])
def test_normalisation_of_numbers_of_one_sign(size, sign, eps):
    x = np.float32(sign * size) * np.array([[1.0, 2.0, 4.0], [3.0, 3.5, 5.0]], np.float32)
    for centred in (True, False):
        wide = x.astype(np.float64) - (np.mean(x.astype(np.float64), 1, keepdims=True) if centred else 0)
        want = 1 / np.sqrt(np.mean(wide * wide, 1, keepdims=True) + eps)
        got = reciprocal_std(x, axis=(1,), eps=eps, centred=centred)
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, want, rtol=2e-6)
        np.testing.assert_allclose(standardise(x, axis=(1,), eps=eps, centred=centred), wide * want, rtol=3e-6)


def test_rows_of_zeros_of_huge_and_of_usual_numbers_beside_each_other():
    x = np.array([[0, 0, 0], [-1e25, -2e25, -4e25], [1, 2, 4], [-1e-30, -2e-30, -4e-30]], np.float32)
    wide = x.astype(np.float64)
    for centred in (True, False):
        parts = wide - (wide.mean(1, keepdims=True) if centred else 0)
        for eps in (1e-5, 1e-30, 1e-38):
            want = parts / np.sqrt(np.mean(parts * parts, 1, keepdims=True) + float(np.float64(eps)))
            got = standardise(x, axis=(1,), eps=eps, centred=centred)
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-30)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalisation_of_subnormal_numbers_takes_no_mean_of_them(dtype):
    counts = np.array([[7, 16, 29], [-3, -8, -31]])  # of the smallest number, whose mean isn't a whole one
    x = np.finfo(dtype).smallest_subnormal * counts.astype(dtype)
    for centred in (True, False):
        parts = counts - (counts.mean(1, keepdims=True) if centred else 0)
        want = parts / np.sqrt(np.mean(parts * parts, 1, keepdims=True))
        np.testing.assert_allclose(standardise(x, axis=(1,), eps=0.0, centred=centred), want, rtol=1e-6)
