"""Hypergeometric, orthogonal, cylinder and zeta functions in their parameters, against mpmath: twice, and mixed."""

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.errors import NoRuleError
from tape.scipy.special import zetas

mp = pytest.importorskip("mpmath").mp

CASES = [
    (sp.hyp0f1, mp.hyp0f1, (1.3, 0.7)),
    (sp.hyp1f1, mp.hyp1f1, (0.6, 1.9, -1.2)),
    (sp.hyp2f1, mp.hyp2f1, (0.6, 1.9, 2.3, 0.4)),
    (sp.hyperu, mp.hyperu, (0.6, 1.9, 1.2)),
    (sp.eval_legendre, mp.legendre, (2.3, 0.4)),
    (sp.eval_legendre, mp.legendre, (0.0, 0.4)),
    (sp.eval_sh_legendre, lambda n, x: mp.legendre(n, 2 * x - 1), (2.0, 0.4)),
    (sp.eval_chebyt, mp.chebyt, (2.3, 0.4)),
    (sp.eval_chebyt, mp.chebyt, (0.0, 0.4)),
    (sp.eval_chebyu, mp.chebyu, (3.0, 0.4)),
    (sp.eval_chebyc, lambda n, x: 2 * mp.chebyt(n, x / 2), (2.3, 0.4)),
    (sp.eval_chebys, lambda n, x: mp.chebyu(n, x / 2), (2.3, 0.4)),
    (sp.eval_sh_chebyt, lambda n, x: mp.chebyt(n, 2 * x - 1), (2.3, 0.6)),
    (sp.eval_sh_chebyu, lambda n, x: mp.chebyu(n, 2 * x - 1), (2.3, 0.6)),
    (sp.eval_laguerre, lambda n, x: mp.laguerre(n, 0, x), (2.3, 0.6)),
    (sp.eval_genlaguerre, mp.laguerre, (2.0, 0.7, 0.6)),
    (sp.eval_gegenbauer, mp.gegenbauer, (2.3, 0.7, 0.6)),
    (sp.eval_jacobi, mp.jacobi, (2.3, 0.7, 0.4, 0.6)),
    (
        sp.eval_sh_jacobi,
        lambda n, p, q, x: mp.jacobi(n, p - q, q - 1, 2 * x - 1) / mp.binomial(2 * n + p - 1, n),
        (2.3, 2.7, 1.4, 0.6),
    ),
    (lambda v, x: sp.lpmv(1.0, v, x), lambda v, x: mp.re(mp.legenp(v, 1, x)), (2.3, 0.4)),
    (lambda v, x: sp.pbdv(v, x)[0], mp.pcfd, (1.3, 0.8)),
    (lambda v, x: sp.pbdv(v, x)[1], lambda v, x: x / 2 * mp.pcfd(v, x) - mp.pcfd(v + 1, x), (1.3, 0.8)),
    (lambda v, x: sp.pbvv(v, x)[0], lambda v, x: mp.pcfv(-v - mp.mpf(1) / 2, x), (1.3, 0.8)),
    (lambda a, x: sp.pbwa(a, x)[0], mp.pcfw, (1.3, 0.8)),
    (sp.zeta, mp.zeta, (1.7, 0.6)),
]


def partial(f, at, orders):
    """Return a mixed derivative of an exact function, by differences in sixty digits."""
    with mp.workdps(60):
        h = mp.mpf(10) ** -14

        def differenced(k, point):
            if k == len(at):
                return f(*point)
            if orders[k] == 0:
                return differenced(k + 1, point)
            moved = [(*point[:k], point[k] + s * h, *point[k + 1 :]) for s in (-1, 0, 1)]
            low, middle, high = (differenced(k + 1, p) for p in moved)
            return (high - low) / (2 * h) if orders[k] == 1 else (high - 2 * middle + low) / (h * h)

        return float(mp.re(differenced(0, tuple(map(mp.mpf, at)))))


@pytest.mark.parametrize("case", range(len(CASES)))
def test_first_second_and_mixed_derivatives(case):
    f, exact, at = CASES[case]
    tolerance = 1e-9 if f is sp.hyperu else 3e-12
    last = len(at) - 1
    for k in range(last):
        once, twice, mixed = (
            [orders * (j == k) + (j == last) * extra for j in range(len(at))]
            for orders, extra in ((1, 0), (2, 0), (1, 1))
        )
        first = tape.grad(f, k)
        assert float(first(*at)) == pytest.approx(partial(exact, at, once), rel=tolerance, abs=tolerance)
        want = partial(exact, at, twice)
        assert float(tape.grad(first, k)(*at)) == pytest.approx(want, rel=50 * tolerance, abs=50 * tolerance)
        want = partial(exact, at, mixed)
        for found in (tape.grad(first, last), tape.grad(tape.grad(f, last), k)):
            assert float(found(*at)) == pytest.approx(want, rel=20 * tolerance, abs=20 * tolerance)


def test_two_parameters_at_once():
    at = (0.6, 1.9, 2.3, 0.4)
    for j in range(3):
        for k in range(j):
            want = partial(mp.hyp2f1, at, [int(i in (j, k)) for i in range(4)])
            assert float(tape.grad(tape.grad(sp.hyp2f1, j), k)(*at)) == pytest.approx(want, rel=1e-11, abs=0)


@pytest.mark.parametrize("at", [(0.5, 1.5, 1.3), (0.5, 1.5, 2.0), (1.5, 2.0, 10.0)])
def test_wrights_function_and_its_logarithm(at):
    def exact(a, b, x):
        return mp.nsum(lambda k: x**k / mp.factorial(k) * mp.rgamma(a * k + b), [0, mp.inf])

    for k in (0, 1):
        want = partial(exact, at, [int(i == k) for i in range(3)])
        assert float(tape.grad(sp.wright_bessel, k)(*at)) == pytest.approx(want, rel=1e-11, abs=0)
        value = float(exact(*map(mp.mpf, at)))
        assert float(tape.grad(sp.log_wright_bessel, k)(*at)) == pytest.approx(want / value, rel=1e-11, abs=0)


@pytest.mark.parametrize(("s", "q"), [(1 + 2.0**-30, 1.0), (1.5, 1e-20), (2.0, 1e8), (40.0, 0.7), (3.0, 12.0)])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_hurwitz_zeta_in_the_exponent(s, q, order):
    with mp.workdps(60):
        want = mp.diff(lambda t: mp.zeta(t, mp.mpf(q)), mp.mpf(s), order, h=mp.mpf(10) ** -18)
    assert float(zetas.hurwitz_derivative(s, q, order=order)) == pytest.approx(float(want), rel=1e-13, abs=0)


def test_values_of_scipy_that_are_too_rough_are_refused():
    """At -0.9 SciPy's values of real degrees have few digits."""
    with pytest.raises(NoRuleError, match="eval_chebyt at"):
        tape.grad(sp.eval_chebyt)(10.3, -0.9)


def test_the_logarithm_of_wrights_function_once_in_a_parameter_and_then_thrice_in_the_argument_is_refused():
    """The other way round it is right."""
    at = 0.7, 1.6, 1.3
    once, thrice = tape.grad(sp.log_wright_bessel, 0), sp.log_wright_bessel
    for _ in range(3):
        thrice = tape.grad(thrice, 2)

    def exact(*orders):
        log = lambda a, b, x: mp.log(mp.fsum(x**k / mp.factorial(k) * mp.rgamma(a * k + b) for k in range(60)))
        with mp.workdps(50):
            return float(mp.diff(log, tuple(map(mp.mpf, at)), orders, h=mp.mpf(10) ** -9))

    assert float(tape.grad(thrice, 0)(*at)) == pytest.approx(exact(1, 0, 3), rel=1e-9, abs=0)
    once = tape.grad(tape.grad(once, 2), 2)
    assert float(once(*at)) == pytest.approx(exact(1, 0, 2), rel=1e-9, abs=0)
    with pytest.raises(NoRuleError, match="together with three in its argument"):
        tape.grad(once, 2)(*at)


def test_outside_of_the_domain_derivatives_in_parameters_are_nan():
    with np.errstate(all="ignore"):
        assert np.isnan(tape.grad(sp.zeta)(0.5, 1.5))
        assert np.isnan(tape.grad(sp.eval_legendre)(2.5, -1.5))


@pytest.mark.parametrize("name", ["cem", "sem", "modcem1", "modcem2", "modsem1", "modsem2"])
@pytest.mark.parametrize("result", [0, 1])
def test_mathieu_functions_in_both_arguments(name, result):
    """Against differences of SciPy's values, which mpmath doesn't have; once, twice, and mixed."""
    f = getattr(sp, f"mathieu_{name}")
    at = (2.3, 0.7 if "mod" in name else 30.0)

    def plain(q, x):
        return f(2, q, x)[result]

    for k in (0, 1):
        first = tape.grad(plain, k)
        h = 1e-3 * (10 if k and "mod" not in name else 1)
        steps = [tuple(a + s * h * (j == k) for j, a in enumerate(at)) for s in (-2, -1, 1, 2)]
        for g, derived in (
            (plain, first),
            (first, tape.grad(first, k)),
            (tape.grad(plain, 1 - k), tape.grad(first, 1 - k)),
        ):
            low2, low, high, high2 = (float(g(*step)) for step in steps)
            want = (low2 - 8 * low + 8 * high - high2) / (12 * h)
            assert float(derived(*at)) == pytest.approx(want, rel=3e-6, abs=1e-8)


@pytest.mark.parametrize("q", [0.0, 0.1, 2.3, -3.0])
def test_characteristic_values_of_mathieus_equation(q):
    """The slope is twice the mean of cos(2x) times the function squared, whose mean is one half: DLMF 28.2 and 28.5."""
    x = np.linspace(0, 360, 720, endpoint=False)
    for value, f in ((sp.mathieu_a, sp.mathieu_cem), (sp.mathieu_b, sp.mathieu_sem)):
        want = 4 * np.mean(np.cos(2 * np.radians(x)) * f(3, q, x)[0] ** 2)
        assert float(tape.grad(lambda q, value=value: value(3, q))(q)) == pytest.approx(want, rel=1e-11, abs=1e-12)
