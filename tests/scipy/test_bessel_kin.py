"""Kelvin and scaled Airy functions and integrals of Bessel functions: at zero, where formulas meet, and far out."""

import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.errors import InputTypeError
from tape.scipy.special import bessel_kin

mp = pytest.importorskip("mpmath").mp


def slope(f, x, times=1):
    for _ in range(times):
        f = tape.grad(f)
    with np.errstate(all="ignore"):
        return float(f(x))


@pytest.mark.parametrize("x", [0.0, 1e-5, 0.4, 3.0, 12.0])
def test_kelvin_functions_are_those_that_have_rules_of_their_own(x):
    parts = [(sp.ber, sp.bei), (sp.ker, sp.kei), (sp.berp, sp.beip), (sp.kerp, sp.keip)]
    for k, pair in enumerate(parts):
        for part, one in zip((np.real, np.imag), pair, strict=True):
            if x == 0 and k % 2:
                continue
            got, want = slope(lambda x, k=k, part=part: part(sp.kelvin(x)[k]), x), slope(one, x)
            assert got == pytest.approx(want, rel=1e-12, abs=1e-300)


SCALED = [
    (lambda x: mp.airyai(x), 1),
    (lambda x: mp.airyai(x, derivative=1), 1),
    (lambda x: mp.airybi(x), -1),
    (lambda x: mp.airybi(x, derivative=1), -1),
]


@pytest.mark.parametrize("x", [1e-4, 0.49, 0.51, 1.4, 3.0, 9.0, 60.0, 1e4])
@pytest.mark.parametrize("k", range(4))
def test_scaled_airy_functions(x, k):
    f, sign = SCALED[k]
    with mp.workdps(60):
        exact = lambda x: f(x) * mp.exp(sign * mp.mpf(2) / 3 * x * mp.sqrt(x))
        first, second = (float(mp.diff(exact, mp.mpf(x), n, relative=True)) for n in (1, 2))
    assert slope(lambda x: sp.airye(x)[k], x) == pytest.approx(first, rel=1e-13, abs=0)
    assert slope(lambda x: sp.airye(x)[k], x, 2) == pytest.approx(second, rel=1e-12, abs=0)


@pytest.mark.parametrize("x", [1e9, 1e10, 1e20, 1e60])
def test_scaled_airy_functions_far_out(x):
    """Where SciPy's values are NaN, the derivatives are those of the first terms of the asymptotic series, DLMF 9.7."""
    small = x**-1.25 / math.sqrt(math.pi)
    want = [-small / 8, -small * math.sqrt(x) / 8, -small / 4, small * math.sqrt(x) / 4]
    assert [slope(lambda x, k=k: sp.airye(x)[k], x) for k in range(4)] == pytest.approx(want, rel=1e-12, abs=0)


def test_scaled_airy_functions_at_zero():
    """The scaling has an infinite second derivative there, on the right."""
    f = [lambda x, k=k: sp.airye(x)[k] for k in range(4)]
    assert [slope(g, 0.0) for g in f] == pytest.approx([sp.airy(0.0)[1], 0, sp.airy(0.0)[3], 0], rel=1e-15, abs=0)
    assert [slope(g, 0.0, 2) for g in f] == [math.inf, -math.inf, -math.inf, -math.inf]


def test_scaled_airy_functions_of_others():
    """Of negative numbers Bi isn't scaled, and Ai isn't real; of complex ones the scaling isn't analytic."""
    x = -1.3
    assert slope(lambda x: sp.airye(x)[2], x) == pytest.approx(sp.airy(x)[3], rel=1e-15, abs=0)
    assert slope(lambda x: sp.airye(x)[3], x) == pytest.approx(x * sp.airy(x)[2], rel=1e-14, abs=0)
    assert np.isnan(slope(lambda x: sp.airye(x)[0], x))
    with pytest.raises(InputTypeError, match="airye"):
        tape.vjp(lambda z: sp.airye(z)[2], 1 + 1j)[1](1 + 0j)


@pytest.mark.parametrize("x", [1e-9, 0.3, 1.9, 2.1, 4.4, 15.9, 16.1, 17.5, 300.0])
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_quotients(x, order):
    for sign, exact in ((1, lambda x: (mp.besseli(0, x) - 1) / x), (-1, lambda x: (1 - mp.besselj(0, x)) / x)):
        with mp.workdps(60):
            want = float(mp.diff(exact, mp.mpf(x), order))
        bound = 3e-14 if abs(want) > 1e-3 or x < 1 else 1e-12
        for s in (1, -1):
            got = float(bessel_kin.bessel_quotient(s * x, order=order, sign=sign))
            assert got == pytest.approx(s ** (order + 1) * want, rel=bound, abs=0)


@pytest.mark.parametrize(
    ("sign", "order", "x", "bound"),
    [
        (-1, 6, 7.9, 2e-13),
        (-1, 12, 2.5, 1e-12),
        (-1, 12, 7.9, 1e-13),
        (-1, 12, 13.9, 1e-9),
        (1, 12, 2.5, 1e-14),
        (1, 12, 27.9, 1e-14),
    ],
)
def test_quotients_of_high_order(sign, order, x, bound):
    with mp.workdps(60):  # the power series, each term by itself
        factors = [mp.mpf(sign) ** (k + 1) / (mp.mpf(4) ** k * mp.factorial(k) ** 2) for k in range(1, 90)]
        powers = [(math.perm(n, order), mp.mpf(x) ** (n - order)) for n in range(1, 179, 2)]
        want = float(sum(c * n * t for c, (n, t) in zip(factors, powers, strict=True)))
    assert float(bessel_kin.bessel_quotient(x, order=order, sign=sign)) == pytest.approx(want, rel=bound, abs=0)


def test_at_zero():
    assert slope(lambda x: sp.it2i0k0(x)[0], 0.0) == 0
    assert slope(lambda x: sp.it2j0y0(x)[0], 0.0, 2) == 0.25
    assert slope(lambda x: sp.it2i0k0(x)[0], 0.0, 2) == 0.25
    # besselpoly(a, 1, 1) is a / 3 and smaller terms
    assert slope(lambda a: sp.besselpoly(a, 1.0, 1.0), 0.0) == pytest.approx(1 / 3, rel=1e-15, abs=0)
    assert slope(lambda a: sp.besselpoly(a, 1.0, 0.0), 0.0, 2) == pytest.approx(-0.5, rel=1e-15, abs=0)
    assert slope(lambda s: sp.besselpoly(0.0, s, 0.0), 1.0) == pytest.approx(-0.25, rel=1e-15, abs=0)


@pytest.mark.parametrize("a", [-3.0, 1e-9, 0.5, 4.0, 30.0, 200.0])
@pytest.mark.parametrize(("s", "v"), [(0.0, 0.0), (0.5, 1.0), (3.0, 2.0), (-0.4, 0.5)])
def test_moments_of_bessel_functions(a, s, v):
    """By their power series, and beyond those that SciPy's values are right for."""
    if a < 0 and v != round(v):
        return

    def series(a, s):
        total, power, k = mp.mpf(0), a**v / mp.gamma(v + 1), 0
        while k < 2 * abs(a) or abs(power) > mp.eps * abs(total):
            total += power / (s + v + 2 * k + 1)
            k += 1
            power *= -a * a / (k * (v + k))
        return total

    with mp.workdps(60 + 3 * math.ceil(abs(a))):
        a_, s_ = mp.mpf(a), mp.mpf(s)
        first = float(mp.diff(series, (a_, s_), (1, 0), relative=True))
        other = float(mp.diff(series, (a_, s_), (0, 1)))
    got = [float(d) for d in tape.grad(sp.besselpoly, (0, 1))(a, s, v)]
    assert got == pytest.approx([first, other], rel=2e-14 * (1 + abs(a)) ** 1.5, abs=0)


def exact_moment(a, s, v, order, logs):
    """By the power series, whose terms are integrated one by one: of a positive order, or one that isn't whole."""
    with mp.workdps(40 + math.ceil(abs(a))):
        a, s, v = mp.mpf(a), mp.mpf(s), mp.mpf(v)
        total, term, factor, k = mp.mpf(0), mp.mpf(0), mp.rgamma(v + 1), 0
        while k < 10 + 2 * abs(a) or abs(term) > mp.eps * abs(total):
            power = v + 2 * k
            term = factor * math.prod(power - j for j in range(order)) * a ** (power - order)
            term *= (-1) ** logs * mp.factorial(logs) / (s + power + 1) ** (1 + logs)
            total += term
            k += 1
            factor /= -k * (v + k)
        return float(total)


@pytest.mark.parametrize(("order", "logs"), [(1, 0), (0, 1), (2, 0), (1, 1)])
@pytest.mark.parametrize(
    ("a", "s", "v"),
    [
        (0.5, -1.2, 1.0),
        (3.0, -2.5, 2.0),
        (-3.0, -3.5, 3.0),
        (1e-12, -1.5, 1.0),
        (0.5, -1.4, 0.5),
        (0.5, 0.6, -1.5),
        (0.5, 0.2, -0.5),
        (1e-12, -0.1, -0.8),
        (3.0, -0.94, 0.0),
        (300.0, -0.1, -0.83),
        (300.0, -1.23, 0.3),
        (-40.0, 1.0, 2.0),
    ],
)
def test_moments_of_which_the_beginning_counts(a, s, v, order, logs):
    """Powers of x below zero, which the Bessel function makes up for; so in second derivatives."""
    want = exact_moment(a, s, v, order, logs)
    got = float(bessel_kin.bessel_moment(a, s, v, order=order, logs=logs))
    assert got == pytest.approx(want, rel=1e-11 if order and abs(a) > 9 else 2e-14, abs=0)
    if v == round(v):  # of the negative order the same, up to the sign
        again = float(bessel_kin.bessel_moment(a, s, -v, order=order, logs=logs))
        assert again == (-1) ** round(v) * got


def test_moments_at_zero_argument():
    # the first terms are x**s (ax)**v / v!
    find = lambda s, v, order, logs: float(bessel_kin.bessel_moment(0.0, s, v, order=order, logs=logs))
    assert find(-1.2, 1.0, 1, 0) == pytest.approx(1.25, rel=1e-14, abs=0)
    assert find(-1.2, 1.0, 1, 1) == pytest.approx(-1.5625, rel=1e-14, abs=0)
    assert find(1.0, 2.0, 2, 0) == pytest.approx(0.25, rel=1e-14, abs=0)
    assert find(1.0, 0.0, 2, 0) == pytest.approx(-0.5, rel=1e-14, abs=0)
    assert find(-1.2, 1.0, 0, 1) == find(1.0, 0.0, 1, 0) == find(1.0, 1.5, 1, 0) == 0


def test_many_moments_at_once():
    a = np.linspace(-2, 2, 150)
    got = bessel_kin.bessel_moment(a, 1.0, 1.0, order=1, logs=0)
    want = [bessel_kin.bessel_moment(one, 1.0, 1.0, order=1, logs=0) for one in a[[0, 63, 64, 100, 128, 149]]]
    assert got[[0, 63, 64, 100, 128, 149]] == pytest.approx(want, rel=1e-14, abs=0)


def test_moments_that_oscillate_too_much_or_diverge_are_not_numbers():
    assert np.isnan(bessel_kin.bessel_moment(1e6, 1.0, 0.0, order=1, logs=0))
    assert np.isnan(bessel_kin.bessel_moment(-1e4, 1.0, 0.0, order=1, logs=0))
    assert np.isnan(bessel_kin.bessel_moment(1.0, -1.5, 0.0, order=0, logs=1))
    assert np.isnan(bessel_kin.bessel_moment(1.0, -0.5, -0.8, order=0, logs=1))
    assert np.isnan(bessel_kin.bessel_moment(1.0, math.inf, 1.0, order=1, logs=0))
