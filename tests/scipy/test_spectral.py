"""Derivatives by interpolation, of functions whose derivatives are known: the pieces, the choices, the refusals."""

import math

import numpy as np
import pytest
from numpy.polynomial import Chebyshev

from tape.errors import NoRuleError
from tape.scipy.special.spectral import POINTS, attempt, coefficients, derivative, growth, middle

KNOWN = {
    "exp": (np.exp, [np.exp] * 5),
    "sin": (np.sin, [np.sin, np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin]),
    "steep": (lambda x: np.exp(40 * x), [lambda x, n=n: 40.0**n * np.exp(40 * x) for n in range(5)]),
    "falling": (lambda x: np.exp(-40 * x), [lambda x, n=n: (-40.0) ** n * np.exp(-40 * x) for n in range(5)]),
    "pole": (
        lambda x: 1 / (x + 0.3),
        [lambda x, n=n: math.factorial(n) * (-1) ** n / (x + 0.3) ** (n + 1) for n in range(5)],
    ),
    "turning": (lambda x: np.exp(2j * x), [lambda x, n=n: (2j) ** n * np.exp(2j * x) for n in range(5)]),
}


def test_the_matrix_makes_coefficients_of_values():
    nodes, matrix = coefficients()
    assert nodes.shape == (POINTS,)
    assert POINTS % 2 == 0
    assert np.min(np.abs(nodes)) > 0.01
    for k in (0, 1, 2, 13, POINTS - 1):
        np.testing.assert_allclose(matrix @ Chebyshev.basis(k)(nodes), np.eye(POINTS)[k], atol=1e-14)


def test_derivatives_of_the_polynomials_in_the_middle():
    k = np.arange(POINTS)
    turn = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])[k % 4]  # cosine and sine of k quarter turns
    np.testing.assert_allclose(middle(0), turn[:, 0], atol=1e-9)
    np.testing.assert_allclose(middle(1), k * turn[:, 1], atol=1e-9)
    np.testing.assert_allclose(middle(2), -(k**2) * turn[:, 0], atol=1e-7)
    assert np.all(np.abs(middle(0)) <= 1 + 1e-9)


def test_growth_is_the_logarithms_slope_over_a_twentieth_of_the_size_to_either_side():
    x, size = np.array([0.3, -1.0]), np.array([1.0, 2.0])
    np.testing.assert_allclose(growth(lambda x: np.exp(3 * x), [x], 0, size), [3, 3], rtol=1e-13)
    np.testing.assert_allclose(growth(lambda x: -np.exp(-3 * x), [x], 0, size), [-3, -3], rtol=1e-13)
    np.testing.assert_allclose(growth(lambda a, x: np.exp(a * x), [x, x], 1, size), x, rtol=1e-12)
    cubic = growth(lambda x: np.exp(x**3), [x], 0, size)
    np.testing.assert_allclose(cubic, 3 * x**2 + (0.05 * size) ** 2, rtol=1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        np.testing.assert_array_equal(growth(lambda x: 0 * x, [x], 0, size), [0, 0])
        np.testing.assert_array_equal(growth(lambda x: np.maximum(x, -1), [np.zeros(1)], 0, np.ones(1)), [0])


@pytest.mark.parametrize("radius", [0.1, 0.7])
@pytest.mark.parametrize("rate", [0.0, 0.4, -3.0])
@pytest.mark.parametrize("orders", [(1,), (2,), (1, 1), (2, 1)])
def test_attempts_are_right_with_a_rate_and_without_and_know_their_errors(orders, rate, radius):
    f = lambda *xs: math.prod(np.exp((k + 1) * x) for k, x in enumerate(xs))
    at = [np.array([0.3, -0.5]) for _ in orders]
    want = math.prod(float(k + 1) ** n for k, n in enumerate(orders)) * f(*at)
    both = attempt(f, at, orders, [np.full(2, radius)] * len(orders), [np.full(2, rate)] * len(orders))
    assert len(both) == 2
    for total, error, large in both:
        assert np.all(np.abs(total - want) <= 10 * error)
        assert np.all(error <= (1e-11 if rate >= 0 else 1e-8) / radius ** sum(orders))
        assert np.all(np.abs(np.log(large / f(*at))) < 0.3 + 6 * radius)
    assert np.array_equal(both[0][0], both[1][0]) == (rate == 0)


def test_three_arguments_move_at_once():
    at = [np.array([0.3]), np.array([-0.2]), np.array([0.9])]
    f = lambda a, b, c: np.exp(a) * np.sin(2 * b) * (1 + c + c**3)
    want = math.exp(0.3) * 2 * math.cos(-0.4) * (1 + 3 * 0.81)
    for total, error, _ in attempt(f, at, (2, 1, 1), [np.ones(1)] * 3, [np.full(1, 0.2)] * 3):
        assert total[0] == pytest.approx(want, rel=1e-11, abs=0)
        assert error[0] < 1e-8
    for k in range(3):  # and each is looked at, whether it is resolved
        rough = lambda *xs, k=k: np.abs(xs[k]) + xs[0] + xs[1] + xs[2]
        for _, error, _ in attempt(rough, [np.zeros(1)] * 3, (1, 1, 1), [np.ones(1)] * 3, [np.zeros(1)] * 3):
            assert np.isinf(error[0]), k


def test_an_argument_that_does_not_move_stays_where_it_is():
    x = np.array([0.3, -0.5])
    total, *_ = attempt(lambda a, x: a**3 * np.sin(x), [x + 1, x], (0, 1), [np.ones(2)], [np.zeros(2)])[0]
    np.testing.assert_allclose(total, (x + 1) ** 3 * np.cos(x), rtol=1e-13)


def test_what_the_coefficients_do_not_resolve_has_no_error_that_is_known():
    with np.errstate(all="ignore"):
        for f in (np.abs, lambda x: np.sin(400 * x), np.sqrt):
            for total, error, _ in attempt(f, [np.array([0.01])], (1,), [np.ones(1)], [np.zeros(1)]):
                assert np.isinf(error[0]) or np.isnan(total[0]), f


@pytest.mark.parametrize("order", [1, 2, 3])
def test_errors_are_those_that_noise_makes(order):
    rng = np.random.default_rng(0)
    f = lambda x: np.sin(x) * (1 + 1e-10 * rng.uniform(-1, 1, x.shape))
    x = np.full(300, 0.4)  # that many times
    for total, error, _ in attempt(f, [x], (order,), [np.ones(300)], [np.zeros(300)]):
        found = (total - [math.cos(0.4), -math.sin(0.4), -math.cos(0.4)][order - 1]) / error
        assert 0.15 < np.sqrt(np.mean(np.square(found))) < 2.5


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("name", list(KNOWN))
def test_derivatives_of_known_functions(name, order):
    f, derivatives = KNOWN[name]
    x = np.array([[-0.1, 0.02, 0.4, 3.0], [-1.0, -1.7, -9.0, 20.0]])[: 1 + (name == "sin")]
    got = derivative(f, (x,), (order,), name)
    assert got.shape == x.shape
    assert got.dtype == f(x).dtype
    np.testing.assert_allclose(got, derivatives[order](x), rtol=[0, 1e-13, 1e-11, 1e-10][order], atol=1e-13)


@pytest.mark.parametrize("orders", [(1, 0), (0, 1), (1, 1), (2, 1), (0, 0)])
def test_mixed_derivatives_of_arguments_that_are_broadcast(orders):
    a, x = np.array([[0.5], [2.0]]), np.array([0.3, 1.0, 4.0])
    i, j = orders
    got = derivative(lambda a, x: np.exp(-a) * np.cos(2 * x), (a, x), orders, "f")
    turned = [np.cos(2 * x), -2 * np.sin(2 * x)][j]
    np.testing.assert_allclose(got, (-1) ** i * np.exp(-a) * turned, rtol=3e-12)
    assert derivative(lambda a, x: a * x, (2.0, 3.0), (1, 0), "f") == pytest.approx(3, rel=1e-14, abs=0)
    assert derivative(np.exp, (np.zeros((0, 2)),), (1,), "f").shape == (0, 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_the_precision_is_that_of_the_arguments(dtype):
    x = np.array([0.3, 1.2], dtype)
    got = derivative(lambda a, x: a * np.exp(x), (np.ones(2, np.float32), x), (1, 0), "f")
    assert got.dtype == dtype
    np.testing.assert_allclose(got, np.exp(x), rtol=1e-6)


@pytest.mark.parametrize("size", [1.0, 1e-20])
@pytest.mark.parametrize("near", [1.0, 0.5, 0.3, 0.18, 0.1, 0.03, 0.01])
def test_intervals_shrink_to_where_the_function_is_analytic(near, size):
    x = np.array([0.0, 40.0])  # the other is good at once
    got = derivative(lambda x: size * (1 / (x * x + near * near) + x), (x + near,), (1,), "f") / size
    z = x + near
    want = 1 - 2 * z / (z * z + near * near) ** 2
    np.testing.assert_allclose(got, want, rtol=1e-9 if near < 0.02 else 2e-12, atol=1e-11)


@pytest.mark.parametrize("size", [1e-30, -1e-3, 1e30])
def test_the_functions_size_does_not_matter(size):
    f = lambda x: size / (x * x + 0.01)
    want = -2 * size * 0.1 / 0.02**2
    assert derivative(f, (0.1,), (1,), "f") == pytest.approx(want, rel=2e-12, abs=0)
    assert derivative(lambda x: size * np.cosh(x), (0.0,), (1,), "f") == pytest.approx(0, abs=abs(size) * 1e-14)


def test_errors_are_refused_beside_the_derivative_where_it_is_larger_than_the_function():
    rng = np.random.default_rng(0)
    for sign in (1, -1):
        f = lambda x, sign=sign: np.exp(sign * 40 * x) * (1 + 1e-9 * rng.uniform(-1, 1, x.shape))
        assert derivative(f, (0.3,), (1,), "f") == pytest.approx(sign * 40 * math.exp(sign * 12), rel=1e-8, abs=0)


def test_what_is_not_smooth_is_refused_with_its_place_and_what_has_no_value_has_no_derivative():
    wave = lambda a, x: np.where(x < 2, np.sin(x), math.nan) + 0 * a
    got = derivative(wave, (1.0, np.array([0.5, 5.0])), (0, 1), "f")
    np.testing.assert_allclose(got, [math.cos(0.5), math.nan], rtol=1e-13)
    assert np.isnan(derivative(lambda x: np.exp(x) * math.inf, (1.0,), (1,), "f"))
    with pytest.raises(
        NoRuleError, match=r"scipy\.special\.f at \(1, 0\.01\): the derivative in its parameters, 2 times"
    ):
        derivative(lambda a, x: np.abs(x) + 1, (1.0, np.array([30.0, 0.01])), (0, 2), "f")
    rng = np.random.default_rng(0)
    for size in (1, 1e-20):
        with pytest.raises(NoRuleError, match="to eight digits"):
            derivative(lambda x: size * np.exp(x) * (1 + 1e-7 * rng.uniform(-1, 1, x.shape)), (0.3,), (1,), "f")
        with pytest.raises(NoRuleError, match="to eight digits"):
            derivative(lambda x: size * np.cos(x) * (1 + 8e-9 * rng.uniform(-1, 1, x.shape)), (0.3,), (6,), "f")
    slightly = lambda x: np.exp(x) * (1 + 1e-10 * rng.uniform(-1, 1, x.shape))
    assert derivative(slightly, (0.3,), (1,), "f") == pytest.approx(math.exp(0.3), rel=1e-8, abs=0)
