"""Distribution functions in their shapes: against mpmath, twice, at the ends, and where there is no solution."""

import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.errors import DegenerateError, NoRuleError
from tape.scipy.special import incomplete, student

mp = pytest.importorskip("mpmath").mp


def differences(f, n, at):
    """Return a derivative by central differences in sixty digits, whose truncation is of 1e-20 or so."""
    with mp.workdps(80):
        x = mp.mpf(at)
        h = x * mp.mpf(10) ** -12
        if n == 1:
            return float((f(x + h) - f(x - h)) / (2 * h))
        return float((f(x + h) - 2 * f(x) + f(x - h)) / (h * h))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("a", [1e-3, 0.3, 1.0, 9.0, 300.0])
@pytest.mark.parametrize("x", [1e-100, 1e-3, 0.9, 1.1, 5.0, 20.0])
def test_incomplete_gamma_functions_in_the_shape(a, x, order):
    x = mp.mpf(x)

    def function(t):
        return mp.gammainc(t, 0, x, regularized=True) if x < a else -mp.gammainc(t, x, regularized=True)

    want = differences(function, order, a)
    assert float(incomplete.gamma_in_shape(a, float(x), order=order)) == pytest.approx(want, rel=3e-12, abs=1e-290)


@pytest.mark.parametrize("a", [1e4, 1e6])
@pytest.mark.parametrize("part", [0.99, 0.9999, 1.0, 1.001, 1.01])
def test_incomplete_gamma_functions_of_large_shapes(a, part):
    """In the integral that mpmath takes of the density's derivative, about where it is large."""
    x = a * part
    with mp.workdps(40):
        psi, width = mp.psi(0, a), mp.sqrt(a)

        def slope(t):
            return mp.exp((a - 1) * mp.log(t) - t - mp.loggamma(a)) * (mp.log(t) - psi)

        steps = [x + k * width for k in range(0, 60, 4)] if x > a else [x - k * width for k in range(56, -1, -4)]
        want = mp.quad(slope, steps) * (-1 if x > a else 1)
    assert float(incomplete.gamma_in_shape(a, x, order=1)) == pytest.approx(float(want), rel=1e-12, abs=0)


BETAS = [(1e-3, 1.0), (0.3, 0.6), (0.5, 30.0), (2.5, 1.5), (30.0, 40.0), (50.0, 1e-2)]


@pytest.mark.parametrize(("i", "j"), [(1, 0), (0, 1), (2, 0)])
@pytest.mark.parametrize(("a", "b"), BETAS)
@pytest.mark.parametrize("x", [1e-20, 0.01, 0.3, 0.7, 0.9998])
def test_incomplete_beta_functions_in_the_shapes(a, b, x, i, j):
    x = mp.mpf(x)

    def function(s, t):
        if x * (a + b) < a:
            return mp.betainc(s, t, 0, x, regularized=True)
        return -mp.betainc(t, s, 0, 1 - x, regularized=True)

    want = differences(lambda t: function(t, b) if i else function(a, t), i + j, a if i else b)
    got = float(incomplete.beta_in_shapes(a, b, float(x), i=i, j=j))
    # The second derivative of a function that is nearly constant there is far smaller than its parts.
    assert got == pytest.approx(want, rel=1e-11, abs=1e-290 if i + j == 1 else 1e-13 / a**2)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("v", [1e-2, 0.1, 1.0, 3.5, 50.0, 1e4, 1e8])
@pytest.mark.parametrize("x", [1e-5, -0.1, 1.5, -1.6, 3.0, 10.0])
def test_students_distribution_function_in_the_degrees_of_freedom(v, x, order):
    half = mp.mpf(1) / 2

    def function(t):
        if abs(x) < 1.5:
            return mp.sign(x) * mp.betainc(half, t / 2, 0, mp.mpf(x) ** 2 / (t + mp.mpf(x) ** 2), regularized=True) / 2
        return -mp.sign(x) * mp.betainc(t / 2, half, 0, t / (t + mp.mpf(x) ** 2), regularized=True) / 2

    got = float(student.student_in_freedom(v, x, order=order))
    assert got == pytest.approx(differences(function, order, v), rel=3e-12, abs=1e-290)


def test_heavy_tails_dont_overflow():
    with mp.workdps(60):
        want = differences(
            lambda t: -mp.betainc(t / 2, mp.mpf(1) / 2, 0, t / (t + mp.mpf(10) ** 16), regularized=True) / 2, 1, 0.01
        )
    assert float(tape.grad(sp.stdtr)(0.01, 1e8)) == pytest.approx(want, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("f", "at"),
    [
        (sp.gammainc, (2.5, 0.0)),
        (sp.gammainc, (2.5, math.inf)),
        (sp.betainc, (2.5, 1.5, 0.0)),
        (sp.betainc, (2.5, 1.5, 1.0)),
        (sp.stdtr, (2.5, 0.0)),
        (sp.stdtr, (2.5, -math.inf)),
    ],
)
def test_at_the_ends_a_distribution_function_doesnt_move(f, at):
    assert float(tape.grad(f)(*at)) == 0


@pytest.mark.parametrize(
    ("f", "at"), [(sp.gammainc, (-1.0, 2.0)), (sp.betainc, (-1.0, 2.0, 0.5)), (sp.stdtr, (-1.0, 2.0))]
)
def test_outside_of_the_domain_it_is_nan(f, at):
    with np.errstate(all="ignore"):
        assert np.isnan(tape.grad(f)(*at))


@pytest.mark.parametrize(
    ("f", "at"),
    [
        (sp.stdtridf, (0.3, 1.0)),
        (sp.stdtridf, (0.9, 1.0)),
        (sp.fdtridfd, (3.0, 0.9, 1.3)),
    ],
)
def test_levels_that_no_parameter_gives_are_refused(f, at):
    with pytest.raises(DegenerateError, match="no argument"):
        tape.grad(f)(*at)


@pytest.mark.parametrize(
    ("f", "at"), [(sp.pdtrik, (0.6, 0.35)), (sp.bdtrik, (0.01, 5.0, 0.3)), (sp.nbdtrik, (0.01, 5.0, 0.9))]
)
def test_counts_of_zero_dont_move(f, at):
    """Below the probability of zero the solution is zero, whatever the level."""
    assert f(*at) == 0
    for k in range(len(at)):
        assert float(tape.grad(f, k)(*at)) == 0


def test_counts_have_no_rule():
    for f, at in ((sp.pdtr, (2.0, 3.0)), (sp.pdtri, (2.0, 0.3)), (sp.bdtr, (2.0, 5, 0.3))):
        with pytest.raises(NoRuleError, match="argument 0"):
            tape.grad(f)(*at)


@pytest.mark.parametrize(("m", "n", "x"), [(3.5, 4.5, 0.36), (1.0, 7.0, 3.0), (30.0, 40.0, 1.3), (30.0, 40.0, 0.2)])
def test_fishers_distribution_function_in_both_degrees_of_freedom(m, n, x):
    def function(s, t):
        return mp.betainc(s / 2, t / 2, 0, s * x / (t + s * x), regularized=True)

    got = tape.grad(sp.fdtr, (0, 1))(m, n, x)
    want = differences(lambda s: function(s, n), 1, m), differences(lambda t: function(m, t), 1, n)
    assert [float(g) for g in got] == pytest.approx(want, rel=1e-12, abs=0)
