"""Bessel functions scaled by an exponential: each integral where its neighbours would cancel, and where they meet."""

import functools

import numpy as np
import pytest

import tape
from tape.scipy.special.scaled import HIGHEST, scaled_i_derivative, scaled_k_derivative

mp = pytest.importorskip("mpmath").mp


def exact(bessel, below, scale, v, x, order):
    """Return a derivative by Leibniz' rule and the neighbouring orders, with digits enough for what cancels."""
    with mp.workdps(60 + 12 * order):
        v, x = mp.mpf(v), mp.mpf(x)
        total = mp.mpf(0)
        for k in range(order + 1):
            terms = (mp.binomial(k, j) * bessel(v - k + 2 * j, x) for j in range(k + 1))
            total += mp.binomial(order, k) * scale ** (order - k) * (mp.mpf(below) / 2) ** k * sum(terms)
        return float(total * mp.exp(scale * x))


def of_i(v, x, order):
    return exact(mp.besseli, 1, 1 if x < 0 else -1, v, x, order)


CANCELS = {(1.9, 1.0), (1.9, 1.3), (40.0, 1.0), (200.0, 5.0), (250.0, 30.0)}
"""Where a third derivative is close to its zero, or the neighbouring orders, of which it is made there, cancel."""


def rounding(v, x):
    return 1e-12 if (v, x) in CANCELS else 3e-14


@functools.cache
def column_of_k(x, top):
    """Return K of the orders from 0 to ``top``, by recurrence upwards, where it grows: DLMF 10.29.1."""
    with mp.workdps(110):
        found = [mp.besselk(0, x), mp.besselk(1, x)]
        for n in range(1, top):
            found.append(found[-2] + 2 * n / mp.mpf(x) * found[-1])
        return found


def of_k(v, x, order):
    if v < 200:
        return exact(mp.besselk, -1, 1, v, x, order)
    return exact(lambda n, x: column_of_k(float(x), int(v) + 5)[int(n)], -1, 1, v, x, order)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    ("v", "x"),
    [
        *[(0.0, 1.0), (3.0, 1.5), (-3.0, 40.0), (3.0, -7.0), (4.0, -7.0), (5.0, 1e5)],  # by half a turn
        *[(2.5, 12.0), (2.5, 20.0), (30.0, 30.0), (30.5, 50.0), (700.0, 1e5), (HIGHEST, 1e7)],  # descent
        *[(0.3, 1.0), (1.7, 5.0), (1.7, 22.0), (-0.6, 3.0)],  # upward
        *[
            (v, x)
            for v in (1.9, 2.0, 2.1, 12.0, 40.0)
            for x in (1.0, 1.3, v, 3 * v, 0.4 * v * v, 0.6 * v * v)
            if x >= 1
        ],
        *[(2.5, 1e3), (30.5, 1e4), (300.5, 1e3), (3000.5, 1e4), (3000.0, 300.0), (HIGHEST, 1e4), (HIGHEST - 1, 1e7)],
        *[(-0.5, 0.5), (0.5, 0.5), (-1.3, 0.9), (4.0, -0.8), (1.3, 0.2)],  # the neighbours themselves
    ],
)
def test_scaled_i(v, x, order):
    assert float(scaled_i_derivative(float(v), x, order=order)) == pytest.approx(
        of_i(v, x, order), rel=rounding(v, x), abs=0
    )


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    ("v", "x"),
    [
        *[(0.3, 0.5), (0.0, 1.0), (-2.5, 3.0), (150.0, 1e4), (99.0, 2.0), (HIGHEST, 1e7), (200.0, 5.0), (250.0, 30.0)],
        *[(300.0, 1e3), (1e3, 1e3), (1e3, 1e5), (3e3, 1e4), (3e3, 1e6), (HIGHEST, 1e4)],
    ],
)
def test_scaled_k(v, x, order):
    assert float(scaled_k_derivative(float(v), x, order=order)) == pytest.approx(
        of_k(v, x, order), rel=rounding(v, x), abs=0
    )


def test_places_that_need_different_formulas():
    v = np.array([[-1.3], [2.0], [1.3], [2.5]])
    x = np.array([0.5, 3.0, 30.0])
    want = [[of_i(a, b, 2) for b in x] for a in v[:, 0]]
    np.testing.assert_allclose(scaled_i_derivative(v, x, order=2), want, rtol=3e-14)
    want = [[of_k(a, b, 2) for b in x] for a in v[:, 0]]
    np.testing.assert_allclose(scaled_k_derivative(v, x, order=2), want, rtol=3e-14)
    for f in (scaled_i_derivative, scaled_k_derivative):
        assert f(v.astype(np.float32), np.float32(3), order=1).dtype == np.float32
        assert f(np.ones((0, 1)), x, order=1).shape == (0, 3)


def test_in_the_order_then():
    """A derivative of a derivative in the argument, with a seed."""
    v, x, h = 2.3, 30.0, mp.mpf(10) ** -12
    for f, bessel, scale in ((scaled_i_derivative, mp.besseli, -1), (scaled_k_derivative, mp.besselk, 1)):
        with mp.workdps(50):
            slope = lambda w: mp.diff(lambda t: mp.exp(scale * t) * bessel(w, t), x)
            want = float((slope(v + h) - slope(v - h)) / (2 * h))
        assert float(tape.vjp(lambda v: f(v, x, order=1), v)[1](3.0)[0]) == pytest.approx(3 * want, rel=1e-11, abs=0)


def test_at_zero():
    """There is a kink at zero where the function isn't zero itself."""
    for v, order, want in (1.0, 1, 0.5), (2.0, 2, 0.25), (3.0, 3, 0.125), (4.0, 3, 0.0), (0.0, 1, 0.0):
        assert scaled_i_derivative(v, 0.0, order=order) == want
        assert scaled_i_derivative(v, -0.0, order=order) == want
