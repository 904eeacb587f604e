"""Mathieu functions: accuracy against 40 digits of their Fourier coefficients, symmetries, and what has no value."""

import itertools

import numpy as np
import pytest
import scipy.special as sp
from mpmath import mp

import tape
from comparisons.accuracy.exact import difference
from comparisons.accuracy.subjects.waves import angular, characteristic
from tape.errors import NoRuleError
from tape.scipy.special.mathieu import angular_slope, characteristic_slope, modified_slope

QS = [-30.0, -0.5, 1e-3, 0.5, 5.0, 25.0, 100.0]
EVEN = [True, False]


def want(f, k, *args):
    with mp.workdps(40):
        return float(difference(f, k)(*(mp.mpf(x) for x in args)))


def slopes(f, m, q):
    """Return the first two derivatives in the parameter."""
    with mp.workdps(40):
        h = mp.mpf(10) ** -11
        low, middle, high = (f(m, q + s * h) for s in (-1, 0, 1))
        return float((high - low) / (2 * h)), float((low - 2 * middle + high) / h**2)


@pytest.mark.parametrize("q", QS)
@pytest.mark.parametrize("even", EVEN)
def test_characteristic_values_in_the_parameter(even, q):
    f, exact = sp.mathieu_a if even else sp.mathieu_b, characteristic(even)
    for m in [0, 1, 2, 5, 8][not even :]:
        once, more = slopes(exact, m, q)
        assert float(tape.grad(f, 1)(m, q)) == pytest.approx(once, rel=1e-14, abs=1e-15)
        assert float(tape.grad(tape.grad(f, 1), 1)(m, q)) == pytest.approx(more, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("q", QS)
@pytest.mark.parametrize("even", EVEN)
@pytest.mark.parametrize("k", [0, 1])
def test_functions_in_parameter_and_angle(even, k, q):
    f, exact = sp.mathieu_cem if even else sp.mathieu_sem, angular(even, k)
    for m, x in [(0, 17.0), (1, -200.0), (2, 17.0), (5, -200.0)][not even :]:
        got = tape.grad(lambda q, x, m=m: f(m, q, x)[k], (0, 1))(q, x)
        scale = max(1.0, m * m)
        assert float(got[0]) == pytest.approx(want(exact, 1, m, q, x), rel=1e-13, abs=1e-14 * scale)
        # the second result's is made of SciPy's own values, which are off by 3e-10 where q is small
        assert float(got[1]) == pytest.approx(want(exact, 2, m, q, x), rel=1e-8, abs=1e-14 * scale)


@pytest.mark.parametrize("even", EVEN)
@pytest.mark.parametrize("q", [-3.0, 0.5, 25.0])
def test_further_derivatives_in_the_angle_obey_mathieus_equation(even, q):
    x = np.array([17.0, -200.0, 90.0])
    turn = 2 * np.radians(x)
    for m in (1, 2, 5):
        f = [angular_slope(m, q, x, even=even, order=0, degree=k) for k in range(5)]
        bend = 2 * q * np.cos(turn) - (sp.mathieu_a if even else sp.mathieu_b)(m, q)
        first, second = -4 * q * np.sin(turn), -8 * q * np.cos(turn)
        want = [bend * f[0], bend * f[1] + first * f[0], bend * f[2] + 2 * first * f[1] + second * f[0]]
        np.testing.assert_allclose(f[2:], want, rtol=1e-11, atol=1e-11 * np.max(np.abs(want)))


@pytest.mark.parametrize("even", EVEN)
def test_series_and_scipys_values_are_of_one_function(even):
    """The sign is that of SciPy's value at every parameter, also of large ones, where it is hidden at x = 0."""
    f, a = (sp.mathieu_cem, sp.mathieu_a) if even else (sp.mathieu_sem, sp.mathieu_b)
    for m, q in itertools.product(range(not even, 9), [-400.0, -50.0, -1.0, 0.0, 1.0, 30.0, 100.0, 400.0]):
        x = np.linspace(-180, 180, 9) + 3.0
        for k in (0, 1):
            got = angular_slope(m, q, x, even=even, order=0, degree=k)
            np.testing.assert_allclose(got, f(m, q, x)[k], rtol=1e-9, atol=1e-10 * (1 + m))
        assert characteristic_slope(m, q, even=even, order=0) == pytest.approx(a(m, q), rel=1e-12, abs=1e-12)


MODIFIED = {  # of order m at (m, q, x): DLMF 28.24 with 30 digits, differentiated in q
    "modcem1": ((2, 0.5, 1.5), (2, 25.0, 1.5)),
    "modsem1": ((2, 0.5, 1.5), (5, 25.0, 0.3)),
    "modcem2": ((1, 5.0, 0.3), (2, 0.05, 1.5)),
    "modsem2": ((1, 25.0, 0.3), (2, 0.05, 0.3)),
}


def modified(kind, m, q, x):
    """Return a modified function as a series of products of Bessel functions: DLMF 28.24.2 to 28.24.5."""
    even = kind.startswith("modc")
    other = mp.besselj if kind.endswith("1") else mp.bessely
    from comparisons.accuracy.subjects.waves import fourier

    _, amplitudes = fourier(even, m, q, mp.dps)
    first, s = amplitudes[0][0], (m - amplitudes[0][0]) // 2
    inner, outer = mp.sqrt(q) * mp.exp(-x), mp.sqrt(q) * mp.exp(x)
    total = mp.mpf(0)
    for j, (_, c) in enumerate(amplitudes[:24]):
        one = mp.besselj(j - s, inner) * other(j + s + first, outer)
        two = mp.besselj(j + s + first, inner) * other(j - s, outer)
        total += (-1) ** (j + s) * c * (one + two if even else one - two)
    return total / amplitudes[s][1] / (2 if first == 0 and s == 0 else 1)


@pytest.mark.parametrize("kind", MODIFIED)
def test_modified_functions_in_parameter_and_argument(kind):
    f = getattr(sp, f"mathieu_{kind}")
    for m, q, x in MODIFIED[kind]:
        with mp.workdps(30):
            step, at = mp.mpf(10) ** -10 * q, mp.mpf(x)
            values = [modified(kind, m, mp.mpf(q) + s * step, at) for s in (1, -1, 0)]
            slope = float((values[0] - values[1]) / (2 * step))
            assert float(values[2]) == pytest.approx(f(m, q, x)[0], rel=1e-11, abs=0)
        assert float(tape.grad(lambda q, m=m, x=x: f(m, q, x)[0])(q)) == pytest.approx(slope, rel=1e-11, abs=0)
        for k in (0, 1):
            got = tape.grad(lambda x, m=m, q=q, k=k: f(m, q, x)[k])(x)
            near = [f(m, q, x + s * 1e-4)[k] for s in (1, -1, 2, -2)]
            assert float(got) == pytest.approx((8 * (near[0] - near[1]) - near[2] + near[3]) / 12e-4, rel=1e-8, abs=0)


@pytest.mark.parametrize("kind", MODIFIED)
def test_modified_functions_twice(kind):
    def gradient(q, x, k=0):
        return tape.grad(lambda q, x: getattr(sp, f"mathieu_{kind}")(2, q, x)[k], (0, 1))(q, x)

    q, x, h = 5.0, 0.7, 1e-3
    for k, one, two in itertools.product((0, 1), (0, 1), (0, 1)):
        step = [h * (one == 0), h * (one == 1)]
        near = [float(gradient(q + s * step[0], x + s * step[1], k)[two]) for s in (1, -1, 2, -2)]
        got = tape.grad(lambda q, x, k=k, two=two: gradient(q, x, k)[two], one)(q, x)
        assert float(got) == pytest.approx((8 * (near[0] - near[1]) - near[2] + near[3]) / (12 * h), rel=1e-6, abs=0)


@pytest.mark.parametrize("kind", MODIFIED)
def test_modified_functions_in_both_arguments_in_either_order(kind):
    """Three times in the parameter and twice in the argument: the equation, differentiated by hand and by tape."""
    for order in (1, 2):
        bent = tape.grad(lambda x, n=order + 1: modified_slope(2, 5.0, x, kind=kind, order=n, degree=1))(0.7)
        once = lambda q, x, n=order: modified_slope(2, q, x, kind=kind, order=n, degree=1)
        other = tape.grad(lambda q: tape.grad(once, 1)(q, 0.7))(5.0)
        assert float(bent) == pytest.approx(float(other), rel=1e-6, abs=0)


def test_where_scipy_has_no_value_there_is_no_derivative():
    for f in (sp.mathieu_a, sp.mathieu_b):
        assert np.isnan(tape.grad(f, 1)(1.5, 2.0))
        assert np.isnan(tape.grad(f, 1)(-1.0, 2.0))
    for f in (sp.mathieu_cem, sp.mathieu_sem, sp.mathieu_modcem1, sp.mathieu_modsem2):
        for m, q in ((1.5, 2.0), (201.0, 2.0)):
            for k in (0, 1):
                assert all(np.isnan(g) for g in tape.grad(lambda q, x, f=f, k=k, m=m: f(m, q, x)[k], (0, 1))(q, 0.3))
    for f in (sp.mathieu_cem, sp.mathieu_sem):  # of large parameters, where it has characteristic values
        assert np.isnan(tape.grad(lambda q, f=f: f(3, q, 3.0)[0])(1e4))
    assert np.isnan(tape.grad(lambda q: sp.mathieu_modcem1(1, q, 0.3)[0])(-1.0))
    assert tape.grad(lambda q: sp.mathieu_sem(0, q, 30.0)[0])(1.0) == 0  # as SciPy has it: a function that is zero


def test_what_is_not_known_is_refused():
    with pytest.raises(NoRuleError, match="coefficients"):
        tape.grad(sp.mathieu_a, 1)(2, 1e7)
    with pytest.raises(NoRuleError, match="SciPy's value is another"):  # -120391, it is about -195577
        tape.grad(sp.mathieu_a, 1)(3, 1e5)
    for f, name, q in ((sp.mathieu_cem, "mathieu_cem", 400.0), (sp.mathieu_sem, "mathieu_sem", -400.0)):
        with pytest.raises(NoRuleError, match=f"scipy.special.{name} of order 25"):
            tape.grad(lambda q, f=f: f(25, q, 3.0)[0])(q)
    with pytest.raises(NoRuleError, match="modcem2"):  # of a logarithm, where SciPy has values on one side only
        tape.grad(lambda q: sp.mathieu_modcem2(1, q, 0.3)[0])(1e-6)
    with pytest.raises(NoRuleError, match="argument 0"):
        tape.grad(lambda m: sp.mathieu_a(m, 1.0))(2.0)
    with pytest.raises(NoRuleError, match="argument 0"):
        tape.grad(lambda m: sp.mathieu_cem(m, 1.0, 3.0)[0])(2.0)
