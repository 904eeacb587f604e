"""Incomplete gamma and beta functions in their shapes, thrice and mixed: small and large shapes, and the domain."""

import itertools
import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.scipy.special import densities, incomplete

mp = pytest.importorskip("mpmath").mp

STENCILS = {
    0: {0: 1.0},
    1: {-1: -0.5, 1: 0.5},
    2: {-1: 1.0, 0: -2.0, 1: 1.0},
    3: {-2: -0.5, -1: 1.0, 1: -1.0, 2: 0.5},
}


def near(want, rel):
    """Return what is that number to a relative error, and no other: pytest adds an absolute one of 1e-12."""
    return pytest.approx(want, rel=rel, abs=1e-290)


def derivative(f, at, orders):
    """Return a mixed derivative of an exact function by central differences in ninety digits."""
    with mp.workdps(90):
        at = [mp.mpf(x) for x in at]
        h = [x * mp.mpf(10) ** -12 for x in at]
        total = mp.mpf(0)
        for steps in itertools.product(*(STENCILS[n] for n in orders)):
            weight = mp.fprod(STENCILS[n][k] for n, k in zip(orders, steps, strict=True))
            total += weight * f(*(x + k * d for x, k, d in zip(at, steps, h, strict=True)))
        return float(total / mp.fprod(d**n for d, n in zip(h, orders, strict=True)))


@pytest.mark.parametrize(
    ("a", "x", "order", "tolerance"),
    [
        (1.0, 1.02, 2, 5e-14),
        (1.0, 1.1, 2, 2e-13),
        (2.5, 1.0, 3, 1e-14),
        (9.0, 8.1, 3, 1e-13),
        (0.3, 1.3, 3, 1e-12),
        (150.0, 1.02, 1, 1e-14),
        (170.0, 2.0, 2, 1e-14),
        (0.3, 700.0, 2, 1e-14),
        (300.0, 20.0, 3, 1e-14),
        (1e-3, 1.0, 3, 1e-14),
        (1e-3, 1.3, 3, 1e-14),
        (1e-8, 1.7, 2, 1e-14),
        (1e-8, 1.7, 3, 1e-14),
        (1e-8, 40.0, 3, 1e-14),
        (0.99, 3.0, 2, 1e-14),
    ],
)
def test_incomplete_gamma_functions(a, x, order, tolerance):
    def function(t):
        return mp.gammainc(t, 0, x, regularized=True) if x < a else -mp.gammainc(t, x, regularized=True)

    want = derivative(function, [a], [order])
    assert float(incomplete.gamma_in_shape(a, x, order=order)) == near(want, rel=tolerance)


@pytest.mark.parametrize("a", [0.3, 11.9, *np.linspace(12.05, 12.95, 10), 14.0, 1e3, 1e12])
def test_what_the_logarithm_has_more_than_digamma(a):
    with mp.workdps(40):
        want = float(mp.log(mp.mpf(a)) - mp.psi(0, mp.mpf(a)))
    assert float(incomplete.log_less_psi(a)) == near(want, rel=3e-15 if a > 12 else 2e-14)


BETAS = [
    (2.5, 1.5, 0.3),
    (0.3, 0.6, 0.5),
    (8.0, 2.0, 0.64),
    (30.0, 40.0, 0.4),
    (1000.0, 700.0, 0.9998),
    (1000.0, 700.0, 0.57),
    (2.0, 1e6, 2e-6),
    (0.5, 1e6, 1e-6),
    (0.01, 1.0001, 0.015),
    (0.01, 1.0001, 0.008),
    (1e-8, 0.4, 0.2),
    (1e-8, 1e-7, 0.9),
    (1e-3, 3.0, 0.9),
    (3.0, 1e-5, 0.9),
    (0.4, 1e-8, 0.3),
]


ORDERS = [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2), (3, 0), (0, 3), (3, 1), (1, 3)]


@pytest.mark.parametrize(
    ("a", "b", "x", "i", "j"), [(*at, i, j) for at in BETAS for i, j in ORDERS if i + j < 3 or at[0] < 1e3]
)
def test_incomplete_beta_functions(a, b, x, i, j):
    def function(s, t):
        if x * (a + b) < a:
            return mp.betainc(s, t, 0, mp.mpf(x), regularized=True)
        return -mp.betainc(t, s, 0, 1 - mp.mpf(x), regularized=True)

    want = derivative(function, (a, b), (i, j))
    # The parts of a third derivative cancel, the more the larger the shapes are.
    bound = 1e-13 if i + j < 3 else 1e-11 if b < 1e3 else 1e-9
    assert float(incomplete.beta_in_shapes(a, b, x, i=i, j=j)) == near(want, rel=bound)


@pytest.mark.parametrize(
    ("a", "b", "x", "order"),
    [(1e-8, 1.0, 1e-20, 1), (1e-10, 2.0, 1e-200, 1), (1e-3, 0.5, 1e-20, 2), (1e-4, 1e6, 1e-9, 1)],
)
def test_small_shapes(a, b, x, order):
    """At the small one's end, where the whole function changes, and the other one's side, where little does."""
    low = derivative(lambda s: mp.betainc(s, b, 0, mp.mpf(x), regularized=True), [a], [order])
    assert float(incomplete.beta_in_shapes(a, b, x, i=order, j=0)) == near(low, rel=3e-14)
    rest = 2.0**-40
    high = derivative(lambda s: mp.betainc(s, b, 0, mp.mpf(rest), regularized=True), [a], [order])
    assert float(incomplete.beta_in_shapes(b, a, 1 - rest, i=0, j=order)) == near(-high, rel=3e-14)


@pytest.mark.parametrize(("a", "b"), [(1e4, 1e9), (1e5, 1e5), (1e4, 1e7)])
@pytest.mark.parametrize("far", [-5, -1, -0.05, 0.05, 1, 5])
def test_large_shapes(a, b, far):
    """In the integral that mpmath takes of the density's derivative, about where it is large."""
    mean = a / (a + b)
    width = math.sqrt(mean * (1 - mean) / (a + b))
    x = mean + far * width
    with mp.workdps(40):
        p, q = mp.mpf(a), mp.mpf(b)
        whole, psi = mp.loggamma(p) + mp.loggamma(q) - mp.loggamma(p + q), mp.psi(0, p + q)
        in_a, in_b = mp.psi(0, p) - psi, mp.psi(0, q) - psi

        def density(t):
            return mp.exp((p - 1) * mp.log(t) + (q - 1) * mp.log1p(-t) - whole)

        side = 1 if far > 0 else -1
        steps = sorted(x + side * k * width for k in range(0, 40, 4))
        first = -side * mp.quad(lambda t: density(t) * (mp.log(t) - in_a), steps)
        second = -side * mp.quad(lambda t: density(t) * (mp.log1p(-t) - in_b), steps)
    assert float(incomplete.beta_in_shapes(a, b, x, i=1, j=0)) == near(float(first), rel=1e-12)
    assert float(incomplete.beta_in_shapes(a, b, x, i=0, j=1)) == near(float(second), rel=1e-12)


@pytest.mark.parametrize("a", [1e-8, 0.5, 3.0, 9.9])
@pytest.mark.parametrize("b", [9.0, 11.0, 30.0, 500.0, 1e6])
def test_densities_of_a_small_and_a_large_shape(a, b):
    x = np.array([1e-20, a / (a + b), 0.3])
    with mp.workdps(60):
        want = [float(mp.exp((b - 1) * mp.log1p(-z)) * z ** (mp.mpf(a) - 1) / mp.beta(a, b)) for z in map(mp.mpf, x)]
    np.testing.assert_allclose(densities.beta_density(a, b, x), want, rtol=1e-14, atol=1e-300)
    np.testing.assert_allclose(tape.grad(lambda x: np.sum(sp.betainc(a, b, x)))(x), want, rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(("a", "x"), [(1e-8, 1.7), (1e-3, 0.3), (0.4, 4.0), (2.5, 2.0), (90.0, 80.0)])
def test_gamma_densities_in_the_shape(a, x, order):
    want = derivative(lambda t: mp.exp(-mp.mpf(x)) * mp.mpf(x) ** (t - 1) * mp.rgamma(t), [a], [order])
    assert float(tape.grad(lambda x: incomplete.gamma_in_shape(a, x, order=order))(x)) == near(want, rel=2e-13)


@pytest.mark.parametrize(("i", "j"), [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2), (0, 3)])
@pytest.mark.parametrize(
    ("a", "b", "x"),
    [(1e-8, 0.4, 0.2), (1e-8, 1e-7, 0.9), (1e-3, 3.0, 0.9), (3.0, 1e-5, 0.9), (2.5, 0.7, 0.3), (30.0, 40.0, 0.4)],
)
def test_beta_densities_in_the_shapes(a, b, x, i, j):
    def density(s, t):
        return mp.mpf(x) ** (s - 1) * (1 - mp.mpf(x)) ** (t - 1) / mp.beta(s, t)

    want = derivative(density, (a, b), (i, j))
    assert float(tape.grad(lambda x: incomplete.beta_in_shapes(a, b, x, i=i, j=j))(x)) == near(want, rel=5e-13)


OUTSIDE = [
    (-0.5, 0.0),
    (-0.5, 0.3),
    (-0.5, 2.0),
    (-0.5, math.inf),
    (0.0, 0.0),
    (0.0, 0.3),
    (2.5, -1.0),
    (2.5, math.nan),
]


@pytest.mark.parametrize(("a", "x"), OUTSIDE)
@pytest.mark.parametrize("order", [1, 2])
def test_gamma_outside_of_the_domain(a, x, order):
    assert np.isnan(incomplete.gamma_in_shape(a, x, order=order))


@pytest.mark.parametrize(("i", "j"), [(1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("x", [0.0, 0.3, 0.8, 1.0])
@pytest.mark.parametrize(("a", "b"), [(-0.5, 2.5), (2.5, -0.5), (0.0, 2.5), (2.5, 0.0), (-0.5, -0.5), (math.nan, 1.5)])
def test_beta_outside_of_the_domain(a, b, x, i, j):
    assert np.isnan(incomplete.beta_in_shapes(a, b, x, i=i, j=j))
    for outside in (-0.5, 1.5, math.nan):
        assert np.isnan(incomplete.beta_in_shapes(2.5, 1.5, outside, i=i, j=j))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("a", [0.5, 1.0, 2.5])
def test_at_the_ends_all_derivatives_are_zero(a, order):
    """Also of small shapes, whose density is infinite there."""
    for x in (0.0, math.inf):
        assert incomplete.gamma_in_shape(a, x, order=order) == 0
    for x in (0.0, 1.0):
        for b in (0.5, 1.0, 2.5):
            for i, j in ((order, 0), (0, order), (1, order)):
                assert incomplete.beta_in_shapes(a, b, x, i=i, j=j) == 0
