"""Riemann's zeta function: at its pole, its zeros and far out, and derivatives of high order."""

import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.errors import InputTypeError, NoRuleError
from tape.scipy.special.zetas import HIGHEST, hurwitz_derivative, zeta_derivative

mp = pytest.importorskip("mpmath").mp


def test_zeta_of_one_argument_dispatches():
    assert float(tape.grad(sp.zeta)(2.0)) == pytest.approx(-0.93754825431584375, rel=1e-15, abs=0)
    assert float(tape.grad(sp.zetac)(2.0)) == pytest.approx(-0.93754825431584375, rel=1e-15, abs=0)
    with pytest.raises(InputTypeError, match="real"):
        tape.vjp(sp.zeta, 2 + 1j)[1](1 + 0j)


def test_what_is_known():
    assert float(tape.grad(sp.zeta)(0.0)) == pytest.approx(-0.5 * math.log(2 * math.pi), rel=1e-15, abs=0)
    for n in (1, 2, 3, 4):  # DLMF 25.6.13
        want = (-1) ** n * math.factorial(2 * n) / (2 * (2 * math.pi) ** (2 * n)) * sp.zeta(2 * n + 1.0)
        assert float(tape.grad(sp.zeta)(-2.0 * n)) == pytest.approx(want, rel=1e-14, abs=0)
    assert float(tape.grad(sp.zetac)(1000.0)) == pytest.approx(-math.log(2) * 2.0**-1000, rel=1e-15, abs=0)
    assert float(tape.grad(sp.zetac)(2000.0)) == 0
    near = 1 + 2.0**-30
    assert float(tape.grad(sp.zeta)(near)) == pytest.approx(-(2.0**60), rel=1e-15, abs=0)


@pytest.mark.parametrize("order", [0, 2, 3, HIGHEST])
@pytest.mark.parametrize("s", [-0.9, 0.5, 1.5, 2.9, 3.1, 8.0, 60.0, 151.0])
def test_derivatives_of_high_order(order, s):
    with mp.workdps(30):
        want = mp.zeta(s, derivative=order)
    assert float(zeta_derivative(s, order=order)) == pytest.approx(float(want), rel=1e-14, abs=0)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("s", [-30.3, -5.5, -1.1])
def test_derivatives_of_negative_numbers(order, s):
    with mp.workdps(30):
        want = mp.diff(mp.zeta, mp.mpf(s), order)
    assert float(zeta_derivative(s, order=order)) == pytest.approx(float(want), rel=3e-14, abs=0)


@pytest.mark.parametrize("order", [0, 1, 2, HIGHEST])
@pytest.mark.parametrize(("s", "q"), [(1.0001, 0.5), (2.0, 1e-3), (3.0, 1e6), (7.0, 0.3), (151.0, 90.0), (180.0, 40.0)])
def test_derivatives_of_hurwitzs(order, s, q):
    with mp.workdps(40):
        want = float(mp.zeta(s, q, order))
    assert float(hurwitz_derivative(s, q, order=order)) == pytest.approx(want, rel=1e-13, abs=0)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_riemanns_to_both_sides_of_where_formulas_meet(order):
    """And at where they do, among one another."""
    s = np.array([-12.3, -9.1, -9.0, -8.9, -3.0, -2.0001, -1.01, -1.0, -0.99, 0.0, 0.9, 1.1, 2.9, 3.0, 3.1, 4.1, 40.0])
    got = zeta_derivative(s, order=order)
    with mp.workdps(50):
        want = [float(mp.diff(mp.zeta, mp.mpf(x), order, h=mp.mpf(10) ** -12)) for x in s]
    np.testing.assert_allclose(got, want, rtol=1e-14, atol=0)
    np.testing.assert_allclose([zeta_derivative(x, order=order) for x in s], want, rtol=1e-14, atol=0)


def test_zeros_are_exact():
    np.testing.assert_array_equal(zeta_derivative(np.arange(-40.0, 0, 2), order=0), 0)
    s = np.array([-2 + 2.0**-40, -2 - 2.0**-40, -8 + 2.0**-40])  # and beside them it is small to as many digits
    with mp.workdps(40):
        want = [float(mp.zeta(mp.mpf(x))) for x in s]
    np.testing.assert_allclose(zeta_derivative(s, order=0), want, rtol=1e-14, atol=0)


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("s", [-200.3, -250.3, -258.3])
def test_far_to_the_left_a_power_of_two_pi_keeps_its_digits(order, s):
    with mp.workdps(40):
        want = float(mp.diff(mp.zeta, mp.mpf(s), order, h=mp.mpf(10) ** -12))
    assert float(zeta_derivative(s, order=order)) == pytest.approx(want, rel=2e-15, abs=0)


@pytest.mark.parametrize("order", [0, 1, 3])
def test_hurwitzs_of_many_terms_alike(order):
    """Where what Euler and Maclaurin correct is the most of the sum, and ``s`` not small beside ``q``."""
    s, q = np.meshgrid([1.01, 2.5, 12.0, 30.0, 60.0, 90.0], [1e-3, 3.0, 20.0, 60.0, 150.0])
    with mp.workdps(300):  # mpmath's are right to so many decimals, and these are as small as 1e-197
        want = [[float(mp.zeta(x, a, order)) for x, a in zip(*row, strict=True)] for row in zip(s, q, strict=True)]
    np.testing.assert_allclose(hurwitz_derivative(s, q, order=order), want, rtol=3e-15, atol=0)
    for row, x, a in zip(want, s, q, strict=True):
        np.testing.assert_allclose(hurwitz_derivative(x, a[0], order=order), row, rtol=3e-15, atol=0)
    np.testing.assert_allclose(
        hurwitz_derivative(s[0, 1], q[:, 0], order=order), np.array(want)[:, 1], rtol=3e-15, atol=0
    )


def test_of_large_numbers_nothing_is_left():
    s = np.array([1500.0, 6e3, 2e4, 1e300])
    for order in (0, 1, 2):
        np.testing.assert_array_equal(zeta_derivative(np.append(s, math.inf), order=order), 1 if order == 0 else 0)
        np.testing.assert_array_equal(hurwitz_derivative(s, 2.0, order=order), 0)
        np.testing.assert_array_equal(hurwitz_derivative(s, 1e5, order=order), 0)


def test_poles_and_what_is_out_of_the_domain_are_nan_among_others():
    s = np.array([1.0, 2.0, 0.5, math.nan, 2.0, math.inf, 2.0, 2.0, 3.0])
    q = np.array([2.0, 0.0, 1.0, 1.0, math.nan, 1.0, math.inf, -1.0, 2.0])
    for order in (0, 1, 2):
        got = hurwitz_derivative(s, q, order=order)
        assert np.isnan(got[:-1]).all()
        assert got[-1] == pytest.approx(float(hurwitz_derivative(3.0, 2.0, order=order)), rel=1e-15, abs=0)


def test_single_precision_of_both_arguments():
    s, q = np.array([2, 3.5], np.float32), np.float32(1.5)
    got = hurwitz_derivative(s, q, order=1)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, hurwitz_derivative(s.astype(float), 1.5, order=1), rtol=1e-7, atol=0)
    assert hurwitz_derivative(s, q.astype(float), order=1).dtype == np.float64
    assert hurwitz_derivative(s.astype(float), q, order=1).dtype == np.float64


@pytest.mark.parametrize("order", [0, 1, 2])
def test_hurwitzs_in_the_second_argument(order):
    with mp.workdps(40):
        want = float(mp.diff(lambda q: mp.zeta(mp.mpf("3.5"), q, order), mp.mpf("0.75"), h=mp.mpf(10) ** -12))
    got = tape.grad(lambda q: hurwitz_derivative(3.5, q, order=order))(0.75)
    assert float(got) == pytest.approx(want, rel=1e-14, abs=0)


@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_are_differentiated_in_s(order):
    """With weights, of functions of any order."""
    s, weight = np.array([1.5, 3.5]), np.array([2.0, -0.7])
    for f in (
        lambda s, order: zeta_derivative(s, order=order),
        lambda s, order: hurwitz_derivative(s, 0.6, order=order),
    ):
        (got,) = tape.vjp(lambda s, f=f: f(s, order), s)[1](weight)
        np.testing.assert_allclose(got, weight * f(s, order + 1), rtol=1e-15, atol=0)


def test_hurwitzs_twice():
    with mp.workdps(30):
        want = float(mp.diff(lambda q: mp.zeta(3, q, 1), 2.5))
    assert float(tape.grad(lambda q: tape.grad(lambda s: sp.zeta(s, q))(3.0))(2.5)) == pytest.approx(
        want, rel=1e-14, abs=0
    )
    assert float(tape.grad(lambda s: tape.grad(lambda q: sp.zeta(s, q))(2.5))(3.0)) == pytest.approx(
        want, rel=1e-14, abs=0
    )
    assert np.isnan(hurwitz_derivative(np.array([0.5, 2.0]), np.array([1.0, -0.5]), order=1)).all()


def test_more_raises():
    with pytest.raises(NoRuleError, match="order"):
        zeta_derivative(2.0, order=HIGHEST + 1)
    with pytest.raises(NoRuleError, match="order"):
        hurwitz_derivative(2.0, 1.0, order=HIGHEST + 1)
    assert zeta_derivative(np.float32(2), order=1).dtype == np.float32
