"""Student's distribution function in its degrees of freedom, from 1e-12 on: against mpmath, and where it ends."""

import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.scipy.special import student
from tape.scipy.special.incomplete import interval

mp = pytest.importorskip("mpmath").mp

DEGREES = [1e-12, 1e-8, 1e-3, 0.05, 0.4, 0.999, 1.0, 1.7, 3.0, 6.5, 17.0, 19.0, 60.0, 1e3, 1e5]
POINTS = [1e-10, 1e-4, 0.03, 0.3, 0.7, 0.99, 1.0, 1.01, 1.4, 2.0, 3.5, 6.0, 12.0, 40.0, 300.0, 1e4, 1e8, 1e150, 1e300]


def exact(v, x, order):
    """Return a derivative in the degrees of freedom, by differences in sixty digits."""
    with mp.workdps(60):
        v, x = mp.mpf(v), mp.mpf(x)
        h = v * mp.mpf(10) ** -13

        def side(v):
            if x * x > 1:
                return -mp.betainc(v / 2, 0.5, 0, v / (v + x * x), regularized=True) / 2
            return mp.betainc(0.5, v / 2, 0, x * x / (v + x * x), regularized=True) / 2

        low, middle, high = (side(v + k * h) for k in (-1, 0, 1))
        return float((high - low) / (2 * h) if order == 1 else (high - 2 * middle + low) / (h * h))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("v", DEGREES)
def test_derivatives_in_the_degrees_of_freedom(v, order):
    want = np.array([exact(v, x, order) for x in POINTS])
    some = np.abs(want) > 1e-280
    x = np.array(POINTS)[some]
    got = student.student_in_freedom(v, x, order=order)
    np.testing.assert_allclose(got, want[some], rtol=1e-14)
    np.testing.assert_array_equal(student.student_in_freedom(v, -x, order=order), -got)


@pytest.mark.parametrize("order", [3, 4])
@pytest.mark.parametrize("v", [1e-8, 0.9, 1.1, 3.0, 30.0])
@pytest.mark.parametrize("x", [0.3, 2.0, 50.0])
def test_higher_derivatives(v, x, order):
    """By Taylor's formula, from the lower ones."""
    steps = v * 0.003 * np.cos((np.arange(7) + 0.5) * math.pi / 7)
    values = student.student_in_freedom(v + steps, x, order=order - 1)
    line = np.polynomial.Chebyshev.fit(steps, values, 6).deriv()(0)
    assert float(student.student_in_freedom(v, x, order=order)) == pytest.approx(line, rel=1e-8, abs=0)


@pytest.mark.parametrize("v", [1e8, 1e12, 1e15])
@pytest.mark.parametrize("x", [0.3, 0.5, 1.0, 2.0, 9.0])
def test_many_degrees_of_freedom(v, x):
    """By the first term of the expansion about the normal distribution."""
    rel = max(1e-6, 2 * x**4 / v)
    first = math.exp(-x * x / 2) / math.sqrt(2 * math.pi) * (x + x**3) / 4
    assert float(student.student_in_freedom(v, x, order=1)) == pytest.approx(first / v**2, rel=rel, abs=0)
    assert float(student.student_in_freedom(v, x, order=2)) == pytest.approx(-2 * first / v**3, rel=rel, abs=0)


def test_far_out_squares_dont_overflow():
    """The tail is a power: ``c(v) x**-v``, and so its derivative that times ``d log c - log x``."""
    v = 0.5
    x = np.array([1e100, 1e150, 1e160, 1e300])
    with mp.workdps(40):
        log = lambda v: (v / 2 - 1) * mp.log(v) - mp.log(mp.beta(v / 2, 0.5))
        slope, tail = float(mp.diff(log, v)), [float(mp.exp(log(mp.mpf(v)) - v * mp.log(mp.mpf(z)))) for z in x]
    np.testing.assert_allclose(student.student_in_freedom(v, x, order=1), -(slope - np.log(x)) * tail, rtol=1e-13)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("x", [1e-6, 0.3, 2.0, 1e4])
@pytest.mark.parametrize("v", [1e-8, 1e-3, 0.9, 1.1, 17.5, 200.0])
def test_the_density_in_the_degrees_of_freedom(v, x, order):
    def density(v):
        return mp.exp(-(v + 1) / 2 * mp.log1p(mp.mpf(x) ** 2 / v)) / (mp.sqrt(v) * mp.beta(v / 2, 0.5))

    with mp.workdps(60):
        want = float(mp.diff(density, mp.mpf(v), order, h=mp.mpf(v) * mp.mpf(10) ** -12))
    got = float(tape.grad(lambda x: student.student_in_freedom(v, x, order=order))(x))
    assert got == pytest.approx(want, rel=1e-12, abs=0)


def test_the_ends_the_domain_and_the_precision():
    for order in (1, 2):
        f = lambda v, x, order=order: student.student_in_freedom(v, x, order=order)
        np.testing.assert_array_equal(f(np.array([0.5, 2.0, math.inf]), 0.0), 0)
        np.testing.assert_array_equal(f(np.array([0.5, 2.0, math.inf]), math.inf), 0)
        np.testing.assert_array_equal(f(np.array([0.5, 2.0, math.inf]), -math.inf), 0)
        np.testing.assert_array_equal(f(math.inf, np.array([-2.0, 0.5, 3.0])), 0)
        for x in (-2.0, 0.0, 0.5, math.inf, -math.inf):
            np.testing.assert_array_equal(f(np.array([0.0, -0.5, -3.0, -math.inf, math.nan]), x), math.nan)
        np.testing.assert_array_equal(f(np.array([0.5, 3.0, math.inf]), math.nan), [math.nan] * 3)
        for v, x in (np.float32(2.5), np.float32(0.7)), (np.float32(2.5), 0.7), (np.float64(2.5), np.float32(0.7)):
            got = f(v, x)
            assert got.dtype == np.result_type(np.asarray(v) if v.dtype == np.float64 else v, x)
            assert float(got) == pytest.approx(float(f(2.5, float(x))), rel=1e-6, abs=0)


def test_solvers_for_the_degrees_of_freedom_use_them():
    v = float(sp.stdtridf(0.7, 0.6))
    want = -float(tape.grad(sp.stdtr, 1)(v, 0.6)) / exact(v, 0.6, 1)
    assert float(tape.grad(sp.stdtridf, 1)(0.7, 0.6)) == pytest.approx(want, rel=1e-7, abs=0)


@pytest.mark.parametrize("length", [1e-3, 1.0, 30.0, 60.0, 300.0])
def test_integrals_over_an_interval(length):
    """Of what changes near one end, whichever it is."""
    of = np.array([length, 2 * length])
    for f in (lambda u: np.exp(-u), lambda u: 4 * np.exp(-2 * u) / (1 + np.exp(-2 * u)) ** 2):
        want = -np.expm1(-of) if f(0.5) == math.exp(-0.5) else np.tanh(of)
        np.testing.assert_allclose(interval(f, of), want, rtol=1e-14)
        np.testing.assert_allclose(interval(lambda u, end, f=f: f(end - u), of, of), want, rtol=1e-14)
