"""The noncentral distributions: central ones, tails, large noncentralities, inverses, and what has no rule."""

import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.errors import DegenerateError, NoRuleError
from tape.scipy.special import noncentral
from tape.scipy.special.distributions import fisher_density
from tape.scipy.special.student import student_density

mp = pytest.importorskip("mpmath").mp


def slopes(f, at, positions):
    with np.errstate(all="ignore"):
        return [float(d) for d in tape.grad(f, positions)(*at)]


def chi(k, nc, x):
    k, nc, x = (mp.mpf(v) for v in (k, nc, x))
    return mp.exp(-(x + nc) / 2) / 2 * (x / nc) ** (k / 4 - 0.5) * mp.besseli(k / 2 - 1, mp.sqrt(nc * x))


@pytest.mark.parametrize(
    "at",
    [
        *[(2.0, 1.0, 3.0), (3.5, 20.0, 10.0), (2.0, 30.0, 0.1), (2.0, 30.0, 60.0), (1.0, 1e-5, 0.3)],
        *[(7.0, 2000.0, 1900.0), (7.0, 1e5, 1.001e5), (300.0, 5.0, 250.0), (0.3, 4.0, 1e-9)],
    ],
)
def test_chi_square(at):
    k, nc, x = at
    with mp.workdps(60):
        density, above = (float(chi(k + d, nc, x)) for d in (0, 2))
        second = float(mp.diff(lambda t: chi(k, nc, t), mp.mpf(x), relative=True))
    assert slopes(sp.chndtr, (x, k, nc), (0, 2)) == pytest.approx([density, -above], rel=1e-14, abs=0)
    found = float(tape.grad(lambda x: noncentral.noncentral_chi_density(k, nc, x))(x))
    assert found == pytest.approx(second, rel=1e-12 * (1 + nc / 1e3), abs=0)


@pytest.mark.parametrize("at", [(7.0, 1e6, 1.002e6), (1e6, 1e4, 1.01e6), (1e20, 2e3, 1e20), (0.3, 4.0, 1e-5)])
def test_densities_of_chi_square(at):
    """Of many terms, which would all be out of range if the sum began far from the largest; and above one."""
    with mp.workdps(40):
        want = float(chi(*at))
    assert float(noncentral.noncentral_chi_density(*at)) == pytest.approx(want, rel=2e-14, abs=0)


@pytest.mark.parametrize("at", [(3.0, 4.0, 2e4, 1e4), (3e5, 2e5, 5e3, 1.5)])
def test_densities_of_odds(at):
    """Of many terms, as those of chi-square; what is rounded off the mean is multiplied."""
    with mp.workdps(60):
        want = float(odds(*at, 0))
    assert float(noncentral.noncentral_odds(*at, kind=0)) == pytest.approx(want, rel=1e-11, abs=0)


def test_a_sum_ends_where_nothing_is_added(monkeypatch):
    asked = []
    assert noncentral.mixture(3.0, 0.0, lambda j: asked.append(j) or 0.5) == 0
    assert len(asked) == 2
    monkeypatch.setattr(noncentral, "LONGEST", 40)  # else NaN
    assert np.isnan(noncentral.noncentral_chi_density(7.0, 2000.0, 1900.0))
    assert np.isfinite(noncentral.noncentral_chi_density(7.0, 2.0, 3.0))


def odds(a, b, mean, x, kind):
    a, b, mean, x = (mp.mpf(v) for v in (a, b, mean, x))
    w, a = x / (1 + x), a + kind
    factor = mp.gamma(a + b - kind) / mp.gamma(b) / mp.gamma(a) * w ** (a - 1) * (1 - w) ** (b + 1 - kind)
    return factor * mp.exp(-mean) * mp.hyp1f1(a + b - kind, a, mean * w)


@pytest.mark.parametrize(
    "at",
    [
        *[
            (2.0, 1.0, 3.0, 0.5),
            (3.5, 20.0, 10.0, 1.0),
            (2.0, 30.0, 0.1, 2.0),
            (2.0, 3.0, 60.0, 80.0),
            (0.5, 0.5, 1e-5, 0.3),
        ],
        *[(7.0, 20.0, 2000.0, 100.0), (30.0, 5.0, 250.0, 40.0), (0.5, 0.5, 0.0, 0.3), (1e5, 3e5, 1e3, 0.333)],
    ],
)
def test_f(at):
    a, b, mean, x = at
    with mp.workdps(60):
        density, fall = (float(odds(*at, kind)) for kind in (0, 1))
        second = float(mp.diff(lambda t: odds(a, b, mean, t, 0), mp.mpf(x), relative=True))
        mixed = float(mp.diff(lambda t: odds(a, b, mean, t, 1), mp.mpf(x), relative=True))
    m, n = 2 * a, 2 * b
    found = slopes(sp.ncfdtr, (m, n, 2 * mean, x * n / m), (2, 3))
    assert found == pytest.approx([-fall / 2, density * m / n], rel=3e-13, abs=0)
    for kind, want in ((0, second), (1, mixed)):
        f = lambda x, kind=kind: noncentral.noncentral_odds(a, b, mean, x, kind=kind)
        assert float(tape.grad(f)(x)) == pytest.approx(want, rel=1e-10, abs=0)


def moment(v, nc, t, power, hermite):
    """Return it by parabolic cylinder functions: DLMF 12.5.1; those with Hermite's polynomials by their recurrence."""
    if hermite:
        more, less = moment(v, nc, t, power + 1, hermite - 1), moment(v, nc, t, power, hermite - 1)
        return t * more - nc * less - (moment(v, nc, t, power, hermite - 2) if hermite > 1 else 0)
    q, a, b = v + power, v + t * t, t * nc
    constant = 2 * (v / 2) ** (v / 2) / mp.gamma(v / 2) / mp.sqrt(2 * mp.pi) * mp.exp((b * b / a / 2 - nc * nc) / 2)
    return constant * mp.gamma(q) * a ** (-q / 2) * mp.pcfu(q - mp.mpf(1) / 2, -b / mp.sqrt(a))


@pytest.mark.parametrize(
    "at",
    [
        *[(3.0, 2.0, 1.0), (10.0, 3.5, 20.0), (2.5, -2.0, 0.3), (60.0, 2.0, 3.0), (5.0, 1.0, -2.0), (5.0, 0.5, 0.0)],
        *[(1.5, 1.0, -2.0), (90.0, 3.0, 3.0), (1e6, 1.0, 1.0), (70.0, 18.0, -1e3), (0.1, 20.0, 5.0)],
        *[(0.05, 1.0, 2.0), (0.015, -3.0, 2.0), (0.011, 0.5, -1.0)],  # much lies where s**2 underflows
    ],
)
def test_t(at):
    with mp.workdps(60):
        exact = tuple(mp.mpf(x) for x in at)
        for power, hermite in ((0, 0), (1, 0), (1, 1), (2, 2)):
            want, size = (float(moment(*exact, power, h)) for h in (hermite, 0))
            found = float(noncentral.noncentral_t_moment(*at, power=power, hermite=hermite))
            assert found == pytest.approx(want, rel=1e-12, abs=1e-15 * size)
    fall, density = (noncentral.noncentral_t_moment(*at, power=k, hermite=0) for k in (0, 1))
    assert slopes(sp.nctdtr, at, (1, 2)) == [-fall, density]


@pytest.mark.parametrize("way", [-1, 1])
@pytest.mark.parametrize("q", [0.01, 0.5, 30.0, 1e6])
def test_the_range_of_the_integral(q, way):
    """To where ``s**q exp(-A s²/2 + B s)``, whose largest is at one, has fallen by ``FALL`` powers of e."""
    for square in (1e-9 * q, q, 100 * q):
        with np.errstate(all="ignore"):
            reach = mp.mpf(float(noncentral._reach(np.array([q]), np.array([square]), way)[0])) * way
        log = lambda r, a=square: q * r - a * mp.exp(2 * r) / 2 + (a - q) * mp.exp(r)
        assert float(log(0) - log(reach)) == pytest.approx(noncentral.FALL, rel=1e-7, abs=0)


def test_t_in_blocks(monkeypatch):
    v = np.array([0.5, 40.0, 3.0, 3.0, 1.0])
    found = noncentral.noncentral_t_moment(v, 1.0, 2.0, power=0, hermite=0)
    for block in (1, 700):
        monkeypatch.setattr(noncentral, "BLOCK", block)
        again = noncentral.noncentral_t_moment(v, 1.0, 2.0, power=0, hermite=0)
        np.testing.assert_allclose(again, found, rtol=1e-14)


@pytest.mark.parametrize("v", [0.011, 0.1, 0.7, 4.0, 1e6])
def test_central_ones(v):
    t = np.array([-30.0, -1.0, 0.0, 0.5, 8.0])
    central = student_density(v, t)
    np.testing.assert_allclose(noncentral.noncentral_t_moment(v, 0.0, t, power=1, hermite=0), central, rtol=2e-13)
    x = np.array([0.1, 1.0, 8.0])
    found = tape.grad(lambda x: np.sum(sp.ncfdtr(v, 3.0, 0.0, x)))(x)
    np.testing.assert_allclose(found, fisher_density(v, 3.0, x), rtol=1e-9 if v > 1e3 else 1e-13)
    want = tape.grad(lambda x: np.sum(sp.chdtr(v, x)))(x)
    np.testing.assert_allclose(tape.grad(lambda x: np.sum(sp.chndtr(x, v, 0.0)))(x), want, rtol=1e-14, atol=1e-300)


INVERSES = [
    (sp.chndtrix, (0.3, 2.5, 4.0), sp.chndtr, lambda p, k, nc, y: (y, k, nc), 0, {0: None, 2: 2}),
    (sp.chndtrinc, (3.0, 2.5, 0.3), sp.chndtr, lambda x, k, p, y: (x, k, y), 2, {2: None, 0: 0}),
    (sp.ncfdtri, (2.5, 4.0, 3.0, 0.3), sp.ncfdtr, lambda m, n, nc, p, y: (m, n, nc, y), 3, {3: None, 2: 2}),
    (sp.ncfdtrinc, (2.5, 4.0, 0.3, 3.0), sp.ncfdtr, lambda m, n, p, f, y: (m, n, y, f), 2, {2: None, 3: 3}),
    (sp.nctdtrit, (2.5, 1.5, 0.3), sp.nctdtr, lambda v, nc, p, y: (v, nc, y), 2, {2: None, 1: 1}),
    (sp.nctdtrinc, (2.5, 0.3, 1.5), sp.nctdtr, lambda v, p, t, y: (v, y, t), 1, {1: None, 2: 2}),
]


@pytest.mark.parametrize(("f", "at", "whole", "put", "unknown", "known"), INVERSES)
def test_inverses(f, at, whole, put, unknown, known):
    """By the implicit function theorem, from the slopes of the distribution function."""
    full = put(*at, float(f(*at)))
    steep = slopes(whole, full, (unknown,))[0]
    for k, of in known.items():
        want = 1 / steep if of is None else -slopes(whole, full, (of,))[0] / steep
        assert slopes(f, at, (k,))[0] == pytest.approx(want, rel=1e-14, abs=0)


def test_outside_of_their_domains():
    for k, nc, x in ((2.0, -1.0, 1.0), (-2.0, 1.0, 1.0), (2.0, 1.0, -1.0), (2.0, math.inf, 1.0)):
        assert np.isnan(noncentral.noncentral_chi_density(k, nc, x))
        assert np.isnan(noncentral.noncentral_odds(k, 1.0, nc, x, kind=0))
    for a, b in ((0.0, 1.0), (1.0, 0.0), (-0.5, 1.0), (1.0, -0.5)):
        assert np.isnan(noncentral.noncentral_odds(a, b, 9.0, 9.0, kind=0))
    for mean, x in ((math.inf, 1.0), (1.0, math.inf), (math.inf, math.inf), (1.0, math.nan)):
        assert np.isnan(noncentral.noncentral_odds(1.5, 2.5, mean, x, kind=1))
        assert np.isnan(noncentral.noncentral_chi_density(1.5, mean, x))
    assert np.isnan(noncentral.noncentral_chi_density(0.0, 9.0, 9.0))
    for v in (-1.0, 1e-3, noncentral.FEWEST):
        assert np.isnan(noncentral.noncentral_t_moment(v, 1.0, 1.0, power=1, hermite=0))
    for nc, t in ((math.nan, 1.0), (1.0, math.inf)):
        assert np.isnan(noncentral.noncentral_t_moment(1.0, nc, t, power=1, hermite=0))
    assert noncentral.noncentral_t_moment(np.ones(0), 1.0, 1.0, power=1, hermite=0).shape == (0,)


@pytest.mark.parametrize(("k", "want"), [(1.5, math.inf), (2.0, 1.0), (2.5, 0.0)])
@pytest.mark.parametrize("nc", [0.0, 3.0])
def test_at_zero(k, want, nc):
    """A density is infinite, finite or zero there; the distribution function doesn't move from zero."""
    none = math.exp(-nc / 2)  # the chance of a central one
    assert slopes(sp.chndtr, (0.0, k, nc), (0, 2)) == pytest.approx([want * none / 2, 0], rel=1e-15, abs=0)
    assert slopes(sp.ncfdtr, (k, 6.0, nc, 0.0), (2, 3)) == pytest.approx([0, want * none], rel=1e-15, abs=0)


def mixed(central, weights):
    """Return the mixture of a central distribution function, with Poisson's weights of some mean."""
    return sum(mp.exp(-weights) * weights**j / mp.factorial(j) * central(j) for j in range(30))


def chi_squared(x, k, nc):
    return mixed(lambda j: mp.gammainc(k / 2 + j, 0, x / 2, regularized=True), nc / 2)


def fisher(m, n, nc, f):
    return mixed(lambda j: mp.betainc(m / 2 + j, n / 2, 0, m * f / (m * f + n), regularized=True), nc / 2)


FREEDOM = [
    (sp.chndtr, chi_squared, (3.0, 2.5, 1.2), 1),
    *((sp.ncfdtr, fisher, (3.0, 2.5, 1.2, 0.8), k) for k in (0, 1)),
]


@pytest.mark.parametrize(("f", "exact", "at", "k"), FREEDOM)
def test_in_the_degrees_of_freedom(f, exact, at, k):
    """Once; twice; and mixed with another argument, whichever comes first."""
    with mp.workdps(30):
        at_mp = tuple(mp.mpf(x) for x in at)
        unit = lambda *of: tuple(sum(int(i == j) for j in of) for i in range(len(at)))
        want = lambda *of: float(mp.diff(exact, at_mp, unit(*of), h=mp.mpf(10) ** -7))
        assert float(tape.grad(f, k)(*at)) == pytest.approx(want(k), rel=1e-11, abs=0)
        for j in range(len(at)):
            both = want(k, j)
            for first, then in ((k, j), (j, k)):
                assert float(tape.grad(tape.grad(f, first), then)(*at)) == pytest.approx(both, rel=1e-9, abs=0)


@pytest.mark.parametrize("at", [(3.0, 1.2, 0.8), (10.0, -1.0, 2.0), (30.0, 2.0, 2.5), (2.0, 0.5, -1.0)])
def test_of_t_in_the_degrees_of_freedom(at):
    def difference(f, k, h=1e-3):
        moved = lambda s: f(*(a + s * h * (i == k) for i, a in enumerate(at)))
        return (moved(-2) - 8 * moved(-1) + 8 * moved(1) - moved(2)) / (12 * h)

    f = lambda *args: -0.7 * sp.nctdtr(*args)
    assert float(tape.grad(f)(*at)) == pytest.approx(difference(f, 0), rel=1e-8, abs=0)
    for j in range(3):
        want = difference(tape.grad(f, j), 0)
        for first, then in ((0, j), (j, 0)):
            assert float(tape.grad(tape.grad(f, first), then)(*at)) == pytest.approx(want, rel=1e-6, abs=1e-10)
    density = tape.grad(tape.grad(sp.nctdtr, 2), 2)
    with pytest.raises(NoRuleError, match="take that in the degrees of freedom first"):
        tape.grad(density)(*at)


@pytest.mark.parametrize(
    ("inverse", "f", "place", "at"),
    [
        (sp.chndtridf, sp.chndtr, 1, (3.0, 0.5, 1.2)),
        (sp.chndtrix, sp.chndtr, 0, (0.5, 2.5, 1.2)),
        (sp.ncfdtridfn, sp.ncfdtr, 0, (0.5, 3.0, 1.2, 2.0)),
        (sp.ncfdtridfd, sp.ncfdtr, 1, (2.5, 0.5, 1.2, 1.3)),
        (sp.nctdtridf, sp.nctdtr, 0, (0.3, 1.2, 0.8)),
        (sp.nctdtrit, sp.nctdtr, 2, (3.0, 1.2, 0.6)),
    ],
)
def test_inverses_undo_the_distribution_functions(inverse, f, place, at):
    """The distribution function of the solution is the level, and doesn't move with the other arguments."""
    value = inverse(*at)
    if abs(f(*at[:place], value, *at[place + 1 :]) - at[place]) > 1e-6:
        pytest.skip("SciPy doesn't find it")
    back = lambda *args: f(*args[:place], inverse(*args), *args[place + 1 :])
    for k in range(len(at)):
        assert float(tape.grad(back, k)(*at)) == pytest.approx(float(k == place), abs=1e-9)


def test_a_level_that_no_number_of_degrees_of_freedom_gives():
    with (
        np.errstate(all="ignore"),
        pytest.raises(DegenerateError, match="no argument 1 of .* gives this level"),
    ):
        tape.grad(sp.ncfdtridfd, 1)(3.0, 0.5, 1.2, 0.8)
