"""What the special functions' derivatives are made of, by itself: about thresholds, at the ends, in float32."""

import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.scipy.special import densities, pieces, polygamma

mp = pytest.importorskip("mpmath").mp


def exact(f, *xs):
    """Values of a function of mpmath's numbers, rounded to double."""
    with mp.workdps(60):
        return np.array([float(f(*(mp.mpf(float(v)) for v in at))) for at in np.broadcast(*xs)])


# (a, b): the sum near and far from a, next to zero, below one, large, and where SciPy's own difference loses nothing
STEPS = [
    *[(0.5, 1e-10), (0.5, -1e-10), (0.3, 0.2), (0.9, -0.5), (1e-8, 1e-9), (0.999, 1e-14), (1.001, 1e-14), (1e-3, 0.7)],
    *[(3.0, 1e-9), (3.0, 1.49), (3.0, 1.51), (3.0, 2.0), (3.0, 9.0), (3.0, -0.7), (3.0, -1.49), (3.0, -1.51)],
    *[(40.0, 3.0), (1e5, -1e-3), (1e10, 7.0), (1e10, 1e10), (1e300, 1e299), (1e-300, 1.0), (2.0, 1e14)],
    *[(1e10, 1.5 - 1e10), (1e10, 0.25 - 1e10), (1e8, 40.0 - 1e8), (1e12, 3.0 - 1e12), (500.0, -499.5)],
    *[(30.0, -9.9), (30.0, -10.1), (30.0, -19.9), (30.0, -20.1), (30.0, 19.9), (30.0, 20.1)],
]


@pytest.mark.parametrize("order", [0, 1, 2, 3, 5, 8])
def test_differences_of_polygamma_keep_their_digits(order):
    a, b = np.array(STEPS).T
    with np.errstate(all="ignore"):
        seen = np.isfinite(a ** -(order + 1.0)) & np.isfinite((a + b) ** -(order + 1.0)) & (a < 1e30)
    a, b = a[seen], b[seen]
    want = exact(lambda x, d: mp.psi(order, x + d) - mp.psi(order, x), a, b)
    np.testing.assert_allclose(pieces.psi_difference(a, b, order=order), want, rtol=2e-15)
    one = np.array([pieces.psi_difference(x, d, order=order) for x, d in zip(a, b, strict=True)])
    np.testing.assert_allclose(one, want, rtol=2e-15)  # each by itself: what is chosen doesn't depend on its neighbours


def test_differences_of_digamma_where_an_argument_is_not_positive_among_others():
    a = np.array([3.0, -0.5, -2.5, 0.5, 4.0])
    b = np.array([1e-9, 0.2, 4.0, -1.25, 1e-12])
    want = exact(lambda x, d: mp.psi(0, x + d) - mp.psi(0, x), a, b)
    np.testing.assert_allclose(pieces.psi_difference(a, b), want, rtol=2e-15)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_differences_of_polygamma_at_the_ends(order):
    far = pieces.psi_difference(2.0, np.inf, order=order)  # psi is infinite there, its derivatives are zero
    assert far == (np.inf if order == 0 else pytest.approx(-float(mp.psi(order, 2)), rel=1e-15))
    sign = 1 if order % 2 == 0 else -1
    assert pieces.psi_difference(0.0, 2.0, order=order) == sign * np.inf
    assert pieces.psi_difference(2.0, -2.0, order=order) == -sign * np.inf
    got = pieces.psi_difference(np.array([np.nan, 2.0, 2.0]), np.array([1.0, np.nan, 1.0]), order=order)
    assert np.isnan(got[:2]).all()
    assert got[2] == pytest.approx(float(mp.psi(order, 3) - mp.psi(order, 2)), rel=1e-15)


def test_differences_of_digamma_of_no_one_and_many_numbers():
    assert pieces.psi_difference(np.zeros((0, 3)), 1.0).shape == (0, 3)
    single = pieces.psi_difference(np.float32(2), np.float32(3))
    assert single.dtype == np.float32
    a = np.linspace(0.1, 9, 2 * pieces.BLOCK + 1)  # more than what is dealt with together
    np.testing.assert_allclose(pieces.psi_difference(a, 2.0), 1 / a + 1 / (a + 1), rtol=1e-15)


def test_product_rounding_is_exact_and_zero_in_other_precisions():
    x, y = np.array([0.1, 1e10 / 3, -7.7, 1e300]), np.array([0.3, 1e-3, 1e5 / 7, 1e300])
    want = exact(lambda a, b: a * b - mp.mpf(float(a) * float(b)), x[:3], y[:3])
    np.testing.assert_array_equal(pieces.product_rounding(x, y), [*want, 0])
    assert (want != 0).all()
    for dtypes in (("f4", "f4"), ("f4", "f8"), ("f8", "f4")):
        got = pieces.product_rounding(x[:3].astype(dtypes[0]), y[:3].astype(dtypes[1]))
        assert got.dtype == np.result_type(*dtypes)
        np.testing.assert_array_equal(got, 0)


def test_logarithm_and_one_keeps_its_digits_where_the_sum_cancels():
    y = np.array([1.0, 3.0, 7e10, 0.3, 1.0, 1.0, 2.0, 2.0, 5.0, 5.0])
    x = y / math.e * np.array([1, 1 + 1e-12, 1 - 1e-9, 1.01, 1.104, 1.106, 0.904, 0.906, 3.0, 1e-9])
    want = exact(lambda a, b: mp.log(a / b) + 1, x, y)
    np.testing.assert_allclose(pieces.log_ratio_and_one(x, y), want, rtol=2e-15)
    assert pieces.log_ratio_and_one(np.float32(2), np.float32(5)).dtype == np.float32
    assert pieces.log_ratio_and_one(np.float32(2), np.float64(5)).dtype == np.float64


def test_slope_of_a_power_times_an_exponential():
    a = np.array([3.0, 3.0, 3.0, 1e8, 0.5, 1.0, 1e3])
    x = np.array([1e-3, 2.0 + 1e-12, 40.0, 1e8, 2.0, 3.0, np.inf])
    want = [*exact(lambda s, t: (s - 1 - t) / t, a[:-1], x[:-1]), -1]
    np.testing.assert_allclose(densities.power_slope(a, x), want, rtol=4e-16)
    assert densities.power_slope(3.0, np.inf) == -1


def test_slope_of_a_power_times_an_exponential_has_derivatives_also_beside_infinity():
    slope = tape.grad(lambda x: densities.power_slope(3.0, x).sum())(np.array([0.5, np.inf, 4.0]))
    np.testing.assert_allclose(slope, [-2 / 0.25, 0, -2 / 16], rtol=1e-15)


def test_logarithm_less_its_first_approximation():
    w = np.concatenate([np.geomspace(1e-9, 1e9, 40), np.linspace(0.2, 0.6, 401), [np.finfo(float).max]])
    want = exact(lambda v: mp.log1p(v) - v / (1 + v), w)
    np.testing.assert_allclose(densities.log1p_less(w), want, rtol=2e-15)
    assert densities.log1p_less(0.0) == 0


@pytest.mark.parametrize("order", [0, 1, 2, 4, 9, 14])
def test_repeated_integrals_of_the_error_function(order):
    x = np.array([-3.0, -0.5, 0.0, 0.5, 0.999, 1.001, 1.5, 2.5, 6.0, 30.0, 1e4])

    def repeated(z):  # upwards in enough digits: DLMF 7.18.7
        before, found = 2 / mp.sqrt(mp.pi), mp.exp(z * z) * mp.erfc(z)
        for n in range(1, order + 1):
            before, found = found, (before - 2 * z * found) / (2 * n)
        return found

    with mp.workdps(250):
        want = np.array([float(repeated(mp.mpf(float(v)))) for v in x])
    near, bound = x <= 1, 3e-15 * (order + 1)
    # upwards, to one, digits cancel from order to order
    np.testing.assert_allclose(
        pieces.scaled_integral(x[near], order=order), want[near], rtol=bound * 2 ** min(order, 6)
    )
    np.testing.assert_allclose(pieces.scaled_integral(x[~near], order=order), want[~near], rtol=bound)
    for v, one in zip(x[~near], want[~near], strict=True):  # so many steps are taken as the smallest of an array needs
        assert pieces.scaled_integral(v, order=order) == pytest.approx(one, rel=bound, abs=0)


@pytest.mark.parametrize("x", [1e150, 1e160, 1e200, 1e300, np.inf])
def test_repeated_integrals_of_the_error_function_vanish_far_out(x):
    for order in (1, 2, 12):
        assert pieces.scaled_integral(x, order=order) == pytest.approx(0, abs=1e-300)
    assert tape.grad(sp.erfcx)(x) == pytest.approx(0, abs=1e-300)


def test_second_derivatives_of_the_normal_distribution_functions_logarithm():
    x = np.array([-1e12, -1e10, -1e9, -1e8, -1e4, -30.0, -3.0, -1e-3, 0.0, 1e-3, 0.5, 3.0, 9.0, 30.0, 40.0, 60.0])
    with mp.workdps(60):

        def second(v):
            ratio = mp.sqrt(2 / mp.pi) * mp.exp(-v * v / 2) / mp.erfc(-v / mp.sqrt(2))
            return -ratio * (v + ratio)

        want = np.array([float(second(mp.mpf(float(v)))) if v > -1e5 else -1.0 for v in x])
    got = tape.grad(lambda v: pieces.mills(v).sum())(x)
    seen = (np.abs(want) > 1e-290) & (np.abs(x) < 20)
    np.testing.assert_allclose(got[seen], want[seen], rtol=4e-15)
    np.testing.assert_allclose(got[x < -20], want[x < -20], rtol=4e-15)
    np.testing.assert_allclose(got[x > 20], want[x > 20], rtol=1e-12, atol=1e-290)


def test_between_is_strict_and_a_mask():
    got = pieces.between(np.array([-1.0, 0.0, 0.5, 1.0, 2.0, np.nan]), 0, 1)
    assert got.dtype == bool
    assert got.tolist() == [False, False, True, False, False, False]


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_derivatives_of_digamma_by_order(order):
    x = np.array([-1.3, 0.2, 1.0, 7.5]) if order < 1 else np.array([0.2, 1.0, 7.5])
    want = exact(lambda v: mp.psi(order, v), x)
    np.testing.assert_allclose(pieces.polygamma_of(order, x), want, rtol=2e-15)
    assert pieces.polygamma_of(order, x.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("x", [-999.7, -1000.3, -1000.75, -1e6 - 0.5, -1e6 - 2.0**-20, -(2.0**40) + 0.25])
@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_polygamma_functions_far_to_the_left(n, x):
    """By reflection: SciPy would take as many steps as the argument is below zero."""
    with mp.workdps(40):
        q = mp.mpf(x)
        whole = mp.diff(lambda t: mp.pi * mp.cot(mp.pi * t), q - mp.nint(q), n)
        want = float(mp.psi(n, 1 - q) * (-1) ** n - whole)
    found = pieces.polygamma_of(n, np.array([x, 0.5]))
    assert found[0] == pytest.approx(want, rel=1e-13, abs=0)
    assert found[1] == pieces.polygamma_of(n, 0.5)
    assert float(pieces.polygamma_of(n, x)) == found[0]
    single = np.float32(-(2.0**20) + 0.25)
    assert pieces.polygamma_of(n, single).dtype == np.float32
    assert float(pieces.polygamma_of(n, single)) == pytest.approx(
        float(pieces.polygamma_of(n, float(single))), rel=1e-6, abs=0
    )


def test_polygamma_functions_of_several_orders_far_to_the_left():
    n, x = np.array([[0], [1], [4]]), np.array([-1e9 - 0.3, 0.7])
    for k in range(3):
        np.testing.assert_array_equal(polygamma(n, x)[k], polygamma(int(n[k, 0]), x))
    slope = tape.grad(lambda x: np.sum(polygamma(n, x)))(x)
    np.testing.assert_allclose(slope, sum(polygamma(int(k) + 1, x) for k in n[:, 0]), rtol=1e-13)
    assert np.isnan(pieces.polygamma_of(1, -np.inf))
    with np.errstate(divide="ignore"):
        assert pieces.polygamma_of(1, -2000.0) == np.inf


@pytest.mark.parametrize("order", range(7))
def test_derivatives_of_exprel_and_its_like_by_hypergeometric_functions(order):
    x = np.array(
        [
            -9.0,
            -2.0 - order + 1e-9,
            -2.0,
            -0.7,
            -0.39,
            -0.21,
            -0.01,
            1e-9,
            0.21,
            0.39,
            0.41,
            0.8,
            1.9,
            2.0 + order - 1e-9,
            9.0,
        ]
    )
    want = exact(lambda z: mp.hyp1f1(order + 1, order + 2, z) / (order + 1), x)
    np.testing.assert_allclose(pieces.exprel_derivative(x, order=order), want, rtol=4e-15)
    x = x[x > -1]
    sign = (-1) ** order * math.factorial(order) / (order + 1)
    want = exact(lambda z: sign * mp.hyp2f1(order + 1, order + 1, order + 2, -z), x)
    np.testing.assert_allclose(pieces.log1prel_derivative(x, order=order), want, rtol=1e-15 * 3.0**order)


def test_a_difference_of_digamma_functions_at_a_pole_and_beside_one():
    found = [float(pieces.psi_difference(0.0, 1.0, order=k)) for k in range(4)]
    assert found == [math.inf, -math.inf, math.inf, -math.inf]
    a, b = np.array([1.0, -2.3, 0.7, -25.3]), np.array([0.5, 0.25, -0.2, 0.5])
    each = [float(pieces.psi_difference(x, y)) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(pieces.psi_difference(a, b), each, rtol=1e-15)
    np.testing.assert_allclose(each, exact(lambda a, b: mp.psi(0, a + b) - mp.psi(0, a), a, b), rtol=1e-14)


def test_whole_numbers_beside_one_far_to_the_left_keep_their_derivatives():
    """The sum over all integers has poles at them, which nothing may flow through: zero times infinity isn't zero."""
    x = np.array([-2000.3, 2.0, 0.5, 7.0])
    for n in (1, 2):
        found = tape.grad(lambda x, n=n: np.sum(pieces.polygamma_of(n, x)))(x)
        np.testing.assert_allclose(found, pieces.polygamma_of(n + 1, x), rtol=1e-14)
