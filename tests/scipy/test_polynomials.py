"""Orthogonal polynomials: degrees however they are given, arguments where recurrences or series would lose digits."""

import numpy as np
import pytest

sp = pytest.importorskip("scipy.special")
mpmath = pytest.importorskip("mpmath")

import tape  # noqa: E402
from tape.scipy.special.polynomials import HIGHEST, by_degree, gegenbauer  # noqa: E402

X = np.array([-0.95, -0.3, 1e-7, 3e-4, 0.02, 0.6])
NAMES = ["legendre", "chebyt", "chebyu", "chebyc", "chebys", "sh_legendre", "sh_chebyt", "sh_chebyu"]


def slope(f, x):
    return tape.grad(lambda x: np.sum(f(x)))(x)


@pytest.mark.parametrize("name", [*NAMES, "laguerre"])
@pytest.mark.parametrize("degree", [0, 1, 2, 7, 300])
def test_a_whole_degree_is_an_integer_however_it_is_given(name, degree):
    f = getattr(sp, f"eval_{name}")
    x = np.abs(X)
    whole = slope(lambda x: f(degree, x), x)
    assert np.all(np.isfinite(whole))
    for given in float(degree), np.float64(degree), np.full(6, float(degree)), np.uint64(degree):
        np.testing.assert_allclose(slope(lambda x, n=given: f(n, x), x), whole, rtol=1e-13)
    mixed = np.array([degree, 2.5, degree, 2.5, degree, degree])
    broken = slope(lambda x: f(2.5, x), x)
    np.testing.assert_allclose(slope(lambda x: f(mixed, x), x), np.where(mixed == 2.5, broken, whole), rtol=1e-13)


def test_a_legendre_polynomial_of_high_degree_against_mpmath():
    with mpmath.workdps(60):
        want = [float(mpmath.diff(lambda t: mpmath.legendre(300, t), mpmath.mpf(x))) for x in X]
    np.testing.assert_allclose(slope(lambda x: sp.eval_legendre(300.0, x), X), want, rtol=1e-12)


@pytest.mark.parametrize("degree", [4, 12, 100])
def test_even_polynomials_have_slopes_that_are_right_about_zero(degree):
    x = np.array([1e-9, 3e-5, 2e-4, 1e-3])
    with mpmath.workdps(60):
        want = [float(mpmath.diff(lambda t: mpmath.legendre(degree, t), mpmath.mpf(float(t)))) for t in x]
    np.testing.assert_allclose(slope(lambda x: sp.eval_legendre(degree, x), x), want, rtol=1e-13)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("degree", [-1, -2, -5, -1.0, -5.0, -0.5, -1.5])
def test_negative_degrees_are_those_of_their_mirror_image(name, degree):
    f = getattr(sp, f"eval_{name}")
    x, h = np.array([0.2, 0.7]), 1e-6
    np.testing.assert_allclose(
        slope(lambda x: f(degree, x), x), (f(degree, x + h) - f(degree, x - h)) / (2 * h), rtol=1e-7, atol=1e-7
    )


@pytest.mark.parametrize("m", [0, 1, 2, 3, -1, -2])
@pytest.mark.parametrize("v", [2, 3, 4, -5, 2.5, 0.5, -1.7])
def test_associated_legendre_functions(m, v):
    x, h = np.array([-0.7, 0.1, 0.9]), 1e-6

    def f(x):
        return sp.lpmv(float(m), float(v), x)

    def d(x):
        return slope(f, x)

    np.testing.assert_allclose(d(x), (f(x + h) - f(x - h)) / (2 * h), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(slope(d, x), (d(x + h) - d(x - h)) / (2 * h), rtol=1e-7, atol=1e-7)


def test_associated_legendre_functions_at_the_ends():
    x = np.array([-1.0, -1 + 2.0**-52, 1 - 2.0**-53, 1.0])
    np.testing.assert_allclose(slope(lambda x: sp.lpmv(0.0, 3.0, x), x), 6.0, rtol=1e-14)
    np.testing.assert_allclose(slope(lambda x: sp.lpmv(2.0, 4.0, x), x), [90, 90, -90, -90], rtol=1e-14)
    mixed = slope(lambda x: sp.lpmv(np.array([0.0, 2.0, 1.0, 0.0]), np.array([3.0, 4.0, 2.5, 0.0]), x), x)
    assert mixed[0] == 6
    assert mixed[3] == 0
    assert np.all(np.isfinite(mixed))


def test_complex_arguments_have_complex_derivatives():
    z = np.array([0.3 + 0.4j, -0.2j])
    np.testing.assert_allclose(slope(lambda x: np.real(sp.eval_legendre(3.0, x)), z), np.conj(7.5 * z * z - 1.5))
    for f in (lambda x: sp.eval_jacobi(3.0, 0.5, 1.5, x)), (lambda x: sp.eval_genlaguerre(3.0, 0.5, x)):
        d = tape.vjp(f, z)[1](np.ones(2, complex))[0]
        np.testing.assert_allclose(np.conj(d), (f(z + 1e-6) - f(z - 1e-6)) / 2e-6, rtol=1e-8)


def test_parameters_beyond_the_usual_leave_a_degree_as_it_is():
    """SciPy's recurrence loses everything there."""
    x, h = -0.001, 1e-6

    def f(x):
        return sp.eval_jacobi(200.0, -7.3, -200.0, x)

    assert tape.grad(f)(x) == pytest.approx((f(x + h) - f(x - h)) / (2 * h), rel=1e-4, abs=0)


def test_chebyshev_functions_of_broken_degree():
    x = np.array([-0.99, -0.8, 0.3])
    for f, scale in (sp.eval_chebyt, 1), (lambda n, x: sp.eval_sh_chebyt(n, 0.5 * x + 0.5), 1):
        for n in 20.5, 60.25:
            turn = np.arccos(x)
            want = scale * n * np.sin(n * turn) / np.sin(turn)
            np.testing.assert_allclose(slope(lambda x, f=f, n=n: f(n, x), x), want, rtol=1e-11)


def test_zonal_functions_of_broken_degree_reach_beyond_one():
    f, h = (lambda x: sp.lpmv(0.0, 0.9, x)), 1e-6
    assert tape.grad(f)(2.0) == pytest.approx((f(2 + h) - f(2 - h)) / (2 * h), rel=1e-7, abs=0)


def test_where_associated_functions_are_no_numbers_neither_are_their_slopes():
    for m, x in (0.5, 0.3), (1.0, 2.0), (3.0, -1.5):
        assert np.isnan(sp.lpmv(m, 3.0, x))
        assert np.isnan(tape.grad(lambda x, m=m: sp.lpmv(m, 3.0, x))(x))


def test_which_degrees_are_handed_over_as_integers():
    """Whole ones from zero on, not too high, where every parameter is above the least usual."""
    seen = lambda n, *args: np.where(np.asarray(n).dtype.kind == "i", 1, 0) + 0 * args[-1]
    for n, whole in (0.0, 1), (1.0, 1), (float(HIGHEST), 1), (HIGHEST + 1.0, 0), (-1.0, 0), (2.5, 0):
        assert by_degree(seen, -1, n, 0.5) == whole
    for a, b, whole in (-0.5, 0.0, 0), (-0.4, -0.5, 0), (-0.4, -0.4, 1), (0.0, -0.6, 0):
        assert by_degree(seen, -0.5, 3.0, a, b, 0.5) == whole
    n, a = np.array([3.0, 3.0, 2.5]), np.array([0.5, -0.5, 0.5])
    assert by_degree(lambda n, a, x: n * 1.0, -0.5, n, a, 0.3).tolist() == [3.0, 3.0, 2.5]


@pytest.mark.parametrize("degree", [1, 3, 5, 7, 9])
@pytest.mark.parametrize("a", [0.5, 1.0, 2.5])
def test_odd_polynomials_about_zero_by_their_series(degree, a):
    for x in (0.01, -0.04):
        want = float(mpmath.gegenbauer(degree, a, mpmath.mpf(x)))
        assert float(gegenbauer(float(degree), a, x)) == pytest.approx(want, rel=1e-14, abs=0)


def test_chebyshevs_polynomials_of_broken_degree_at_the_ends_and_beyond():
    assert float(gegenbauer(3.5, 1.0, 1.0)) == pytest.approx(4.5, rel=1e-14)
    for x in (1.3, 1.7):
        want = float(2.5 * mpmath.sinh(2.5 * mpmath.acosh(x)) / mpmath.sqrt(mpmath.mpf(x) ** 2 - 1))
        assert float(tape.grad(sp.eval_chebyt, 1)(2.5, x)) == pytest.approx(want, rel=1e-12, abs=0)
    assert sp.eval_chebyt(2.5, -1.2) == np.inf == tape.grad(sp.eval_chebyt, 1)(2.5, -1.2)
