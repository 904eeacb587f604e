"""SciPy's rules at the edges of domains, and in those of their formulas that few arguments need."""

import functools
import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.scipy.special import densities, faddeeva, gammas, integrals, pieces, scaled

mp = pytest.importorskip("mpmath").mp


def slope(f, k, *at):
    """Return the derivative of a function in its argument ``k``."""
    with np.errstate(all="ignore"):
        return float(tape.grad(lambda x: f(*at[:k], x, *at[k + 1 :]))(at[k]))


@pytest.mark.parametrize(
    ("f", "k", "at", "want"),
    [
        (sp.boxcox, 1, (0.0, 2.0), 1 / 4),
        (sp.boxcox, 1, (0.0, 3.0), 1 / 9),
        (sp.boxcox, 1, (1.0, 2.0), 0.0),
        (sp.huber, 0, (0.0, 3.0), 3.0),
        (sp.huber, 0, (2.0, -5.0), 3.0),
        (sp.xlogy, 0, (-1.0, 0.0), -math.inf),
        (sp.xlogy, 1, (-1.0, 0.0), -math.inf),
        (sp.xlogy, 0, (0.0, -1.0), 0.0),
        (sp.xlogy, 0, (0.0, 0.0), 0.0),
        (sp.xlog1py, 0, (0.0, 2.0), math.log(3)),
        (sp.xlog1py, 0, (0.0, -1.0), 0.0),
        (sp.bdtr, 2, (2.7, 5, 0.3), slope(sp.bdtr, 2, 2.0, 5, 0.3)),
        (lambda x: sp.sici(x)[0], 0, (0.0,), 1.0),
        (lambda x: sp.sici(x)[0], 0, (1.0,), math.sin(1)),
        (lambda x: sp.shichi(x)[0], 0, (0.0,), 1.0),
        (lambda x: sp.shichi(x)[0], 0, (1.0,), math.sinh(1)),
        (sp.beip, 0, (0.0,), 0.5),
        (sp.beip, 0, (1.0,), float(mp.diff(lambda x: mp.bei(0, x), 1, 2))),
        (sp.berp, 0, (0.0,), 0.0),
        (sp.kn, 1, (0, 1.5), -float(mp.besselk(1, 1.5))),
    ],
)
@pytest.mark.filterwarnings("ignore:non-integer arg")
def test_derivatives_at_edges(f, k, at, want):
    assert slope(f, k, *at) == pytest.approx(want, rel=1e-13, abs=1e-300)


def test_complex_logarithms_are_void_at_zero_alone():
    for b in (-1 + 0j, 2 + 0j, 1j):
        found = tape.vjp(lambda a, b=b: sp.xlogy(a, b), 0j)[1](1 + 0j)[0]
        assert found == pytest.approx(np.conj(np.log(b)), rel=1e-15, abs=0)


@pytest.mark.parametrize("f", [lambda z: sp.jve(0.5, z), lambda z: sp.yve(0.5, z)])
def test_what_isnt_holomorphic_is_refused(f):
    with pytest.raises(tape.TapeError):
        tape.vjp(f, 1 + 2j)[1](1 + 0j)


def test_derivatives_of_digamma_are_of_real_numbers():
    with pytest.raises(tape.TapeError):
        pieces.trigamma(1 + 2j)


def test_constants_take_the_precision_of_floats_alone():
    assert pieces.alike(3, 2.0) == pieces.alike(3, np.int64(2)) == 3
    assert pieces.alike(3, np.float32(2)).dtype == np.float32


def test_digamma_of_poles_and_of_complex_numbers():
    assert np.isnan(gammas.digamma(-2.0))
    assert gammas.digamma(-2.25 + 1j) == pytest.approx(complex(mp.digamma(mp.mpc(-2.25, 1))), rel=1e-14, abs=0)
    assert gammas.digamma(-2.25) == pytest.approx(float(mp.digamma(-2.25)), rel=1e-14, abs=0)


@pytest.mark.parametrize(("a", "b"), [(1e16, 3.0), (3e15, -1e3), (2.3, -7.1), (900.0, 0.25), (5.0, 0.4), (1.0, -8.5)])
def test_differences_of_digamma(a, b):
    with mp.workdps(50):
        want = mp.digamma(mp.mpf(a) + mp.mpf(b)) - mp.digamma(a)
    assert float(pieces.psi_difference(np.float64(a), np.float64(b))) == pytest.approx(float(want), rel=1e-13, abs=0)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("a", "b"), [(1e9, 1.5e-4), (0.13, 7.5e-5), (5e7, -2e7), (4e-5, -2e-5), (3.0, 1e12), (2.0, -1.9), (1e6, 3.0)]
)
def test_differences_of_polygamma_do_not_cancel(a, b, order):
    with mp.workdps(60):
        want = mp.psi(order, mp.mpf(a) + mp.mpf(b)) - mp.psi(order, a)
    assert float(pieces.psi_difference(a, b, order=order)) == pytest.approx(float(want), rel=3e-15, abs=0)


def test_differences_of_digamma_of_many_numbers_are_those_of_each():
    a, b = np.geomspace(1e-3, 1e6, 5000).reshape(2, -1), np.array([[0.25], [-1e-4]])
    many = pieces.psi_difference(a, b)
    np.testing.assert_array_equal(
        many[:, ::499], [[pieces.psi_difference(p, q[0]) for p in r] for r, q in zip(a[:, ::499], b, strict=True)]
    )
    a[0, 7] = -2.5  # one that needs another formula
    mended = pieces.psi_difference(a, b)
    np.testing.assert_array_equal(np.delete(mended.ravel(), 7), np.delete(many.ravel(), 7))
    assert mended[0, 7] == pytest.approx(float(mp.digamma(-2.25) - mp.digamma(-2.5)), rel=1e-13, abs=0)


def test_binomial_coefficients_are_largest_in_the_middle():
    k = np.array([30.0, 30 + 2.0**-40])
    slope = tape.grad(lambda k: np.sum(sp.binom(60.0, k)))(k)
    assert slope[0] == 0
    with mp.workdps(50):
        want = mp.diff(lambda k: mp.binomial(60, k), mp.mpf(float(k[1])))
    assert slope[1] == pytest.approx(float(want), rel=1e-13, abs=0)


@pytest.mark.parametrize("a", [10.0, 12.0, 20.0, 100.0, 1e6])
def test_stirlings_remainder(a):
    with mp.workdps(60):
        want = mp.loggamma(a) - ((mp.mpf(a) - 0.5) * mp.log(a) - a + mp.log(2 * mp.pi) / 2)
    assert float(densities.stirling(a)) == pytest.approx(float(want), rel=1.5e-13, abs=0)


@pytest.mark.parametrize("n", [20.0, 1e3, 1e6])
@pytest.mark.parametrize("part", [0.05, 0.51, 0.6, 0.8, 0.99, 1.01, 1.2, 1.49, 3.0])
def test_deviances_are_longdoubles_where_they_are_large(n, part):
    x = n * part
    got = np.longdouble(densities.deviance(n, x))
    high = float(got)
    with mp.workdps(60):
        want = n * (mp.log(mp.mpf(x) / n) + 1 - mp.mpf(x) / n)
        error = abs(mp.mpf(high) + mp.mpf(float(got - np.longdouble(high))) - want)
        # In double down to -4, in extended precision below, of terms some times as large.
        assert error <= (4e-16 * abs(want) if want > -4 else 4e-19 * n * (1 + abs(mp.log(part))))


def density(a, b, x):
    a, b, x = mp.mpf(a), mp.mpf(b), mp.mpf(x)
    return mp.exp((a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x) - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(a + b))


@pytest.mark.parametrize(
    ("a", "b", "x"),
    [
        (2.0, 2.0, 0.3),
        (2.0, 5.0, 0.3),
        (3.0, 2.0, 0.7),
        (9.0, 1e40, 9e-40),
        (1e40, 9.0, 1 - 2.0**-53),
        (5.0, 1e100, 3e-100),
        (1e5, 2e5, 0.3333),
        (10.5, 11.5, 0.5),
    ],
)
def test_densities_of_beta_distributions(a, b, x):
    with mp.workdps(320):
        want = density(a, b, x)
    got = float(densities.beta_density(np.float64(a), np.float64(b), np.float64(x)))
    assert got == pytest.approx(float(want), rel=2e-12, abs=1e-300)


def test_densities_at_the_ends_and_outside():
    for a, b, x, want in [(1, 2, 0, 2), (2, 1, 1, 2), (2, 2, -0.5, 0), (2, 2, 1.5, 0), (1, 1, 1, 1), (1, 1, 0, 1)]:
        assert float(densities.beta_density(*map(np.float64, (a, b, x)))) == want
    for a, x, want in [(1, 0, 1), (2.5, -1, 0), (12, -1, 0), (12, 0, 0)]:
        assert float(densities.gamma_density(*map(np.float64, (a, x)))) == want
    with mp.workdps(60):
        want = mp.exp((1e5 - 1) * mp.log(100100) - 100100 - mp.loggamma(1e5))
    assert float(densities.gamma_density(np.float64(1e5), np.float64(100100))) == pytest.approx(
        float(want), rel=1e-12, abs=0
    )


def test_arguments_side_by_side_and_alone_are_the_same():
    z = np.array([1.01, 1.5, 30.0, 2e3])
    for order in (1, 2, 3):
        together = pieces.scaled_integral(z, order=order)
        np.testing.assert_allclose(together, [pieces.scaled_integral(x, order=order) for x in z], rtol=1e-14)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("x", [-50.0, -8.0, -6.5, 6.5, 8.0, 50.0])
def test_derivatives_of_dawsons_integral(x, order):
    with mp.workdps(60):
        want = mp.diff(lambda t: mp.sqrt(mp.pi) / 2 * mp.exp(-t * t) * mp.erfi(t), x, order)
    assert float(faddeeva.dawson_derivative(np.float64(x), order=order)) == pytest.approx(float(want), rel=1e-14, abs=0)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("size", [0.7, 1.2, 3.0, 6.7, 7.9, 8.1, 30.0, 1e3, 1e8])
@pytest.mark.parametrize("turn", [0.0, 1e-9, 0.1, 0.3, 0.5, 0.8, 1.0, -0.1, -0.7])
def test_derivatives_of_faddeevas_function(turn, size, order):
    z = complex(size * np.exp(1j * np.pi * turn)) if turn % 1 else complex(size * np.cos(np.pi * turn))
    with mp.workdps(60 + 10 * order + (400 if size > 900 else 100)):
        before, want = mp.mpf(0), mp.exp(-(mp.mpc(z) ** 2)) * mp.erfc(-1j * mp.mpc(z))
        for n in range(order):  # DLMF 7.10.2 and 7.10.4
            before, want = want, (2j / mp.sqrt(mp.pi) if n == 0 else 0) - 2 * mp.mpc(z) * want - 2 * n * before
    if not mp.isfinite(want) or abs(want) > 1e300:
        return
    found = faddeeva.faddeeva_derivative(z, order=order)
    bound = 1e-14 * max(1, abs(z.imag * z.real) if turn < 0 else 0)  # below the real line exp(-z²) turns
    assert abs(found - complex(want)) <= bound * float(abs(want))
    if turn in (0.0, 1.0, 1e-9, 0.1):  # the real part is what a Voigt profile is made of
        assert found.real == pytest.approx(float(want.real), rel=1e-12, abs=1e-300)


def test_faddeevas_function_in_single_precision_and_without_a_number():
    z = np.array([1 + 1j, 30.0], np.complex64)
    assert faddeeva.faddeeva_derivative(z, order=1).dtype == np.complex64
    assert np.isnan(faddeeva.faddeeva_derivative(np.nan, order=1))
    d = tape.vjp(sp.erfcx, np.array([300 + 1j]))[1](np.array([1 + 0j]))[0]
    with mp.workdps(400):
        want = 2 * mp.mpc(300, 1) * mp.exp(mp.mpc(300, 1) ** 2) * mp.erfc(mp.mpc(300, 1)) - 2 / mp.sqrt(mp.pi)
    assert np.conj(d[0]) == pytest.approx(complex(want), rel=1e-14, abs=0)


def test_scaled_bessel_functions_of_negative_numbers_and_of_order_none():
    x = np.array([30.0, 200.0])
    for n in range(5):
        for order in range(4):
            plus, minus = (scaled.scaled_i_derivative(float(n), s * x, order=order) for s in (1, -1))
            np.testing.assert_allclose(minus, (-1) ** (n + order) * np.asarray(plus), rtol=1e-13)
        np.testing.assert_allclose(scaled.scaled_i_derivative(float(n), x, order=0), sp.ive(n, x), rtol=1e-13)


@functools.cache
def exact(v, x, order):
    """Return a derivative of ``exp(x) K(v, x)``, which takes mpmath some time."""
    with mp.workdps(60 if x < 1e6 else 150):
        return float(mp.diff(lambda t: mp.besselk(v, t) * mp.exp(t), x, order))


@pytest.mark.parametrize(
    ("v", "x"),
    [
        (0.0, 1e3),
        (0.0, 9e13),
        (0.0, 1e16),
        (2.5, 3e14),
        (1.0, 1e20),
        (0.3, 2.0),
        (20.0, 3.0),
        (60.0, 1.5),
        (-80.0, 3.0),
        (100.0, 1.0),
        (150.0, 1e6),
        (150.0, 2e3),
    ],
)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_derivatives_of_scaled_bessel_functions_of_the_second_kind(v, x, order):
    want = exact(v, x, order)
    # The exponents of large orders, some hundreds, are rounded before they are raised.
    bound = 1e-14 if abs(v) < 30 else 1e-13
    assert float(scaled.scaled_k_derivative(v, np.float64(x), order=order)) == pytest.approx(want, rel=bound, abs=0)


@pytest.mark.parametrize(
    ("v", "x", "digits"),
    [
        (0.0, 2.0, 14),
        (3.0, 5.0, 14),
        (3.0, 13.0, 14),
        (0.5, 23.0, 14),
        (2.5, 23.0, 14),
        (7.5, 60.0, 14),
        (10.0, 120.0, 14),
        (7.5, 40.0, 14),
        (10.0, 60.0, 14),
        (12.0, 50.0, 14),
    ],
)
@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_of_scaled_bessel_functions_of_the_first_kind(v, x, digits, order):
    with mp.workdps(60):
        want = mp.diff(lambda t: mp.besseli(v, t) * mp.exp(-t), x, order)
    got = float(scaled.scaled_i_derivative(v, np.float64(x), order=order))
    assert got == pytest.approx(float(want), rel=10.0**-digits, abs=0)


@pytest.mark.parametrize("p", [1e-20, 1e-8, 0.3, 1 - 1e-9])
@pytest.mark.parametrize(("a", "b"), [(2.5, 1.5), (0.3, 0.6), (1.5, 2.5)])
def test_quantiles_of_beta_close_to_one(a, b, p):
    """What the quantile lacks to one isn't in the quantile."""
    with mp.workdps(60):

        def density(z, a, b):
            return z ** (a - 1) * (1 - z) ** (b - 1) / mp.beta(a, b)

        def quantile(z, a, b):  # from a start that is right to 1e-15 or so
            z = mp.mpf(z)
            for _ in range(4):
                z -= (mp.betainc(a, b, 0, z, regularized=True) - p) / density(z, a, b)
            return z

        rest = quantile(sp.betaincinv(b, a, p), b, a)  # of the upper tail
        upper = 1 / density(rest, b, a)
        lower = 1 / density(quantile(sp.betaincinv(a, b, p), a, b), a, b)
    slope = tape.grad(lambda p: sp.betainccinv(a, b, p))(p)
    assert slope == pytest.approx(-float(upper), rel=1e-13, abs=1e-19)  # smaller than the reference resolves
    assert tape.grad(lambda p: sp.betaincinv(a, b, p))(p) == pytest.approx(float(lower), rel=1e-13, abs=0)


@pytest.mark.parametrize("kind", [1, -1])
@pytest.mark.parametrize("order", [2, 3, 4])
def test_derivatives_of_complete_elliptic_integrals_far_to_the_left(kind, order):
    p = np.array([0.01, 3.9, 4.0, 4.1, 1e3, 1e8])
    half, sign = mp.mpf(1) / 2, mp.mpf(kind) / 2
    with mp.workdps(40):
        factor = mp.pi / 2 * mp.rf(half, order) * mp.rf(sign, order) / mp.factorial(order)
        want = [float(factor * mp.hyp2f1(half + order, sign + order, 1 + order, 1 - mp.mpf(x))) for x in p]
    np.testing.assert_allclose(integrals.elliptic_slope(p, order=order, kind=kind), want, rtol=1e-14)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("v", [0.0, 1.0, 2.0, 5.0, 20.0, 0.3, 1.5, 2.5, 7.3, 20.5, -0.7, -2.5, -3.0])
def test_derivatives_of_scaled_bessel_functions_between_small_and_large(v, order):
    """Where the neighbouring orders cancel, and the terms of an integral along the real line."""
    x = np.array([1.1, 3.0, 9.0, 21.0, 60.0, 300.0, 1e5])
    with mp.workdps(80):
        want = []
        for z in map(mp.mpf, x.tolist()):
            terms = [
                (-1) ** (order - k)
                * mp.binomial(order, k)
                * mp.binomial(k, j)
                / 2**k
                * mp.besseli(mp.mpf(v) - k + 2 * j, z)
                for k in range(order + 1)
                for j in range(k + 1)
            ]
            want.append(float(mp.exp(-z) * mp.fsum(terms)))
    found = scaled.scaled_i_derivative(v, x, order=order)
    np.testing.assert_allclose(found, want, rtol=2e-13)
    if v == round(v):
        odd = -1 if (v + order) % 2 else 1
        np.testing.assert_array_equal(scaled.scaled_i_derivative(v, -x, order=order), odd * found)


@pytest.mark.parametrize("b", [1.0, 3.0, 1e-280, 7e299, 1e-5])
def test_relative_entropy_about_its_minimum(b):
    a = b / math.e * np.array([1, 1 + 2.0**-52, 1 - 2.0**-40, 1.05, 0.95])
    with mp.workdps(40):
        want = [float(mp.log(mp.mpf(float(x)) / mp.mpf(b)) + 1) for x in a]
    np.testing.assert_allclose(tape.grad(lambda a: np.sum(sp.rel_entr(a, b)))(a), want, rtol=2e-15)


@pytest.mark.parametrize("k", [0, -1, 1, 2])
@pytest.mark.parametrize("off", [1e-16, 1e-12, 1e-6, 1e-3, 0.04, 0.06, 0.5, 1e-9j, -1e-9j, 1e-3 - 1e-4j, -1e-3])
def test_branches_of_lambert_where_they_meet(k, off):
    z = -0.36787944117144233 * (1 - off)
    with mp.workdps(50):
        w = mp.lambertw(z, k)
        first = mp.exp(-w) / (1 + w)
        second = -first * first * (2 + w) / (1 + w)  # DLMF 4.13.5
    d = tape.vjp(lambda z: sp.lambertw(z, k), complex(z))[1](1 + 0j)[0]
    assert np.conj(d) == pytest.approx(complex(first), rel=1e-14, abs=0)
    if isinstance(off, float) and off > 0 and k in (0, -1):
        real = tape.grad(lambda x: np.real(sp.lambertw(x, k)))
        assert real(z) == pytest.approx(float(first.real), rel=1e-14, abs=0)
        assert tape.grad(real)(z) == pytest.approx(float(second.real), rel=1e-14, abs=0)


@pytest.mark.parametrize("v", [0.0, 2.5, 4.0])
def test_slopes_of_struves_function_far_out(v):
    x = np.array([0.3, 4.9, 12.5, 80.0, 300.0])
    with mp.workdps(50):
        want = [float(mp.struveh(v - 1, z) - v / z * mp.struveh(v, z)) for z in map(mp.mpf, x.tolist())]
    slope = tape.grad(lambda x: np.sum(sp.struve(v, x)))(x)
    np.testing.assert_allclose(slope, want, rtol=3e-13, atol=1e-15)


COUNTED = {
    "yn": (2.9, 2, 0.7),
    "kn": (2.9, 2, 0.7),
    "expn": (2.9, 2, 0.7),
    "pdtri": (-0.5, 0, 0.3),
}


@pytest.mark.filterwarnings("ignore:floating point number truncated:RuntimeWarning")
@pytest.mark.parametrize("name", COUNTED)
def test_the_fraction_of_a_count_is_dropped_as_the_function_drops_it(name):
    given, taken, x = COUNTED[name]
    f = getattr(sp, name)
    assert f(given, x) == f(taken, x)
    want = tape.grad(lambda x: f(taken, x))(x)
    assert tape.grad(lambda x: f(given, x))(x) == want != 0
    many = tape.grad(lambda x: np.sum(f(np.array([given, taken]), x)))(np.array([x, x]))
    np.testing.assert_array_equal(many, want)


@pytest.mark.filterwarnings("ignore:floating point number truncated:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:non-integer arg:DeprecationWarning")
@pytest.mark.parametrize("name", ["bdtr", "bdtrc", "bdtri", "nbdtr", "nbdtrc", "nbdtri"])
def test_fractions_of_counts_in_distributions_are_dropped(name):
    f = getattr(sp, name)
    k, whole_k = (1.0, 1.0) if name.startswith("b") else (1.7, 1.0)
    assert f(k, 7.3, 0.4) == f(whole_k, 7.0, 0.4)
    assert tape.grad(lambda p: f(k, 7.3, p))(0.4) == tape.grad(lambda p: f(whole_k, 7.0, p))(0.4) != 0


def test_boxcox1p_of_minus_one():
    assert tape.grad(lambda s: sp.boxcox1p(-1.0, s))(2.5) == pytest.approx(1 / 2.5**2)
    both = tape.grad(lambda s: np.sum(sp.boxcox1p(np.array([-1.0, 1.0]), s)))(0.5)
    assert both == pytest.approx(4 + (0.5 * math.sqrt(2) * math.log(2) - math.sqrt(2) + 1) / 0.25)


@pytest.mark.parametrize("b", [-1.0, -2.0, 2.5])
def test_kummers_function_that_is_linear(b):
    assert tape.grad(lambda z: sp.hyp1f1(-1.0, b, z))(1.7) == -1 / b


def test_what_is_rounded_off_a_product():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 50)) * 10.0 ** rng.integers(-100, 100, (2, 50))
    with mp.workdps(60):
        want = [float(mp.mpf(a) * mp.mpf(b) - mp.mpf(a * b)) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    np.testing.assert_array_equal(pieces.product_rounding(x, y), want)
    assert pieces.product_rounding(1e308, 1e308) == pieces.product_rounding(np.float32(0.1), 0.1) == 0


def test_densities_put_back_what_is_rounded_off_a_product():
    with mp.workdps(40):
        a, b, x = map(mp.mpf, (0.7, 2.5, 200.1))
        want = float(a * mp.exp((b - 1) * mp.log(a * x) - a * x - mp.loggamma(b)))
        p, q = mp.mpf(5.61302), mp.mpf(5.79875)
        owen = float(mp.exp(-p * p / 2 * (1 + q * q)) / (2 * mp.pi * (1 + q * q)))
    assert tape.grad(lambda x: sp.gdtr(0.7, 2.5, x))(200.1) == pytest.approx(want, rel=1e-15, abs=0)
    assert tape.grad(lambda x: sp.gdtrc(0.7, 2.5, x))(200.1) == pytest.approx(-want, rel=1e-15, abs=0)
    assert tape.grad(lambda a: sp.gdtr(a, 2.5, 0.0))(0.7) == 0
    assert tape.grad(lambda a: sp.owens_t(5.61302, a))(5.79875) == pytest.approx(owen, rel=1e-15, abs=0)


def test_the_gamma_density_about_its_mode():
    slope = tape.grad(tape.grad(lambda x: sp.gammainc(2.5, x)))
    assert slope(1.5) == 0
    x = 1.5 * (1 + 2.0**-50)
    with mp.workdps(40):
        z = mp.mpf(x)
        want = float(mp.exp(mp.mpf("1.5") * mp.log(z) - z) / mp.gamma(mp.mpf("2.5")) * (mp.mpf("1.5") - z) / z)
    assert slope(x) == pytest.approx(want, rel=1e-14, abs=0)
    assert slope(math.inf) == 0
