"""Kolmogorov's and Smirnov's distributions: where series meet, at the ends, at knots, and twice."""

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.scipy.special import kolmogorov_smirnov

mp = pytest.importorskip("mpmath").mp


def distribution(x):
    """Return Kolmogorov's, by the series that converges fast for small arguments, and is exact for all."""
    terms = (mp.exp(-(((2 * k - 1) * mp.pi) ** 2) / 8 / x**2) for k in range(1, 200 if x > 2 else 30))
    return mp.sqrt(2 * mp.pi) / x * mp.fsum(terms)


@pytest.mark.parametrize("x", [0.03, 0.1, 0.5, 0.81, 0.83, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_of_kolmogorovs(x, order):
    with mp.workdps(120):
        want = -float(mp.diff(distribution, mp.mpf(x), order))
    assert float(kolmogorov_smirnov.kolmogorov_derivative(x, order=order)) == pytest.approx(want, rel=1e-14, abs=0)


@pytest.mark.parametrize("order", [1, 2, 5])
def test_ends_of_kolmogorovs(order):
    ends = np.array([-np.inf, -1.0, 0.0, 5e-324, 1e-200, 1e-3, 40.0, 1e300, np.inf, np.nan])
    found = kolmogorov_smirnov.kolmogorov_derivative(ends, order=order)
    np.testing.assert_array_equal(found, np.where(np.isnan(ends), np.nan, 0))


@pytest.mark.parametrize("p", [1e-12, 0.3, 0.999])
def test_inverses(p):
    y = sp.kolmogi(p)
    assert float(tape.grad(sp.kolmogi)(p)) == pytest.approx(1 / float(tape.grad(sp.kolmogorov)(y)), rel=1e-15, abs=0)
    y = sp.smirnovi(7, p)
    want = 1 / float(tape.grad(lambda x: sp.smirnov(7, x))(y))
    assert float(tape.grad(lambda p: sp.smirnovi(7, p))(p)) == pytest.approx(want, rel=1e-15, abs=0)


def smirnov(n, x):
    terms = (
        mp.binomial(n, j) * x * (x + mp.mpf(j) / n) ** (j - 1) * (1 - x - mp.mpf(j) / n) ** (n - j)
        for j in range(n + 1)
        if mp.mpf(j) / n < 1 - x
    )
    return mp.fsum(terms)


@pytest.mark.parametrize("n", [1, 2, 9, 300])
@pytest.mark.parametrize("x", [0.003, 0.17, 0.41, 0.83])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_derivatives_of_smirnovs(n, x, order):
    with mp.workdps(60):
        want = float(mp.diff(lambda x: smirnov(n, x), mp.mpf(x), order, h=mp.mpf(10) ** -12))
    got = float(kolmogorov_smirnov.smirnov_derivative(n, x, order=order))
    assert got == pytest.approx(want, rel=2e-11, abs=1e-14 * n**order)  # of a polynomial, perhaps nothing is left
    if order == 1:
        assert float(tape.grad(lambda x: sp.smirnov(n, x))(x)) == pytest.approx(want, rel=1e-14, abs=0)
    if order == 2:
        assert float(tape.grad(tape.grad(lambda x: sp.smirnov(n, x)))(x)) == got


def test_ends_and_knots_of_smirnovs():
    # of two: 1 - x - 2x² up to a half, from there (1 - x)²
    second = [kolmogorov_smirnov.smirnov_derivative(2, x, order=2) for x in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert second == [-2, -2, 2, 2, 2]
    assert [kolmogorov_smirnov.smirnov_derivative(2, x, order=1) for x in (0.0, 0.5, 1.0)] == [-1, -1, 0]
    # a polynomial of the degree of the count
    assert [kolmogorov_smirnov.smirnov_derivative(3, 1.0, order=k) for k in (2, 3, 4, 5)] == [0, -6, 0, 0]
    assert np.isnan(
        kolmogorov_smirnov.smirnov_derivative(np.array([2, 2, 0]), np.array([-0.1, 1.1, 0.5]), order=1)
    ).all()


def test_many_counts_at_once():
    n = np.array([[1], [400], [20], [3]])
    x = np.linspace(0.01, 0.99, 300)
    together = kolmogorov_smirnov.smirnov_derivative(n, x, order=1)
    np.testing.assert_allclose(together, kolmogorov_smirnov.SMIRNOV_SLOPE(n, x), rtol=1e-11, atol=1e-300)


@pytest.mark.parametrize("order", [1, 2])
def test_fractions_of_counts(order):
    """SciPy's function takes none."""
    want = kolmogorov_smirnov.smirnov_derivative(2, 0.3, order=order)
    assert kolmogorov_smirnov.smirnov_derivative(2.7, 0.3, order=order) == want
    assert np.isnan(kolmogorov_smirnov.smirnov_derivative(0.7, 0.3, order=order))


def test_precisions():
    single, double = np.array([0.3], np.float32), np.array([0.3])
    assert kolmogorov_smirnov.kolmogorov_derivative(single, order=1).dtype == np.float32
    for n, x in ((10 * single, single), (10 * single, double), (10 * double, single)):
        found = kolmogorov_smirnov.smirnov_derivative(n, x, order=1)
        assert found.dtype == sp.smirnov(np.floor(n), x).dtype
        np.testing.assert_allclose(found, kolmogorov_smirnov.SMIRNOV_SLOPE(3.0, 0.3), rtol=1e-6)
