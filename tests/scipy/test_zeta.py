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
