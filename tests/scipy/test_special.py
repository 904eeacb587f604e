"""What the table tests can't ask of scipy.special: that every ufunc is in a class, accuracy, kinks, dtypes, errors."""

import subprocess
import sys

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sp

import tape
import tape.scipy.special as ts
from tape.errors import InputTypeError, NoRuleError
from tape.rule import TABLE
from tests.rules.checks import same

UFUNCS = {name: getattr(sp, name) for name in dir(sp) if isinstance(getattr(sp, name), np.ufunc)}


@pytest.mark.parametrize("name", UFUNCS)
def test_every_ufunc_has_a_rule(name):
    assert UFUNCS[name] in TABLE


def test_rules_come_when_they_are_first_asked_for():
    code = (
        "import sys, numpy as np, scipy.special as sp, tape\n"
        "assert 'tape.scipy' not in sys.modules\n"
        "assert abs(tape.grad(sp.gammaln)(2.0) - sp.psi(2.0)) < 1e-15\n"
        "assert 'tape.scipy.special' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_scipy_is_not_imported_by_tape():
    subprocess.run([sys.executable, "-c", "import sys, tape; assert 'scipy' not in sys.modules"], check=True)


MP = mp.mp.clone()
MP.dps = 60


def third(f, x, n=1):
    return float(MP.diff(f, MP.mpf(x), n))


ACCURATE = {
    "erfcx": (sp.erfcx, lambda x: MP.exp(x * x) * MP.erfc(x), [-3.0, 0.1, 0.99, 1.01, 2.0, 10.0, 1e3]),
    "dawsn": (sp.dawsn, lambda x: MP.sqrt(MP.pi) / 2 * MP.exp(-x * x) * MP.erfi(x), [0.0, 0.3, 3.0, 6.9, 7.1, 20.0]),
    "log_ndtr": (sp.log_ndtr, lambda x: MP.log(MP.erfc(-x / MP.sqrt(2)) / 2), [-30.0, -5.0, -1.0, 0.0, 3.0]),
    "exprel": (sp.exprel, lambda x: MP.expm1(x) / x, [-50.0, -3.1, -2.9, -1e-6, 1e-9, 0.5, 2.9, 3.1, 50.0]),
    "psi": (sp.psi, MP.psi0 if hasattr(MP, "psi0") else lambda x: MP.psi(0, x), [-5.3, -0.5, 1e-3, 1.4, 30.0, 1e5]),
    "expit": (sp.expit, lambda x: 1 / (1 + MP.exp(-x)), [-40.0, -1.0, 3.0, 40.0, 300.0]),
    "ellipk": (sp.ellipk, MP.ellipk, [-1e3, -2.0, 1e-9, 0.5, 0.99, 1 - 1e-6]),
    "ellipe": (sp.ellipe, MP.ellipe, [-1e3, -2.0, 1e-9, 0.5, 0.99, 1 - 1e-6]),
    "spence": (sp.spence, lambda x: MP.polylog(2, 1 - x), [0.01, 0.7, 1 - 1e-7, 1 + 1e-7, 1.3, 1.9]),
    "rgamma": (sp.rgamma, MP.rgamma, [-4.0, -2.5, -1e-9, 0.0, 0.4, 0.6, 3.0]),
    "gammainc": (lambda x: sp.gammainc(1e6, x), lambda x: MP.gammainc(10**6, 0, x, regularized=True), [1e6, 1.001e6]),
    "boxcox": (lambda s: sp.boxcox(3.0, s), lambda s: (3**s - 1) / s, [1e-9, -1e-5, 0.1, 2.0]),
    "inv_boxcox": (lambda s: sp.inv_boxcox(3.0, s), lambda s: (1 + 3 * s) ** (1 / s), [1e-9, -1e-5, 0.1, 2.0]),
    "beta": (lambda b: sp.betaln(b, 1e6), lambda b: MP.loggamma(b) - MP.loggamma(b + 10**6), [1e-3, 2.5, 10.0]),
    "betaln": (lambda a: sp.betaln(a, 0.5), lambda a: MP.loggamma(a) - MP.loggamma(a + MP.mpf(1) / 2), [1.0, 1e3, 1e8]),
    "kl_div": (lambda x: sp.kl_div(x, 2.0), lambda x: x * MP.log(x / 2) - x + 2, [2.000001, 1e-8, 5.0]),
}


@pytest.mark.parametrize("name", ACCURATE)
def test_derivatives_are_accurate_against_mpmath(name):
    f, exact, at = ACCURATE[name]
    for x in at:
        if name == "gammainc":  # mpmath's own differences would take long: the density, from its logarithm
            want = float(MP.exp((10**6 - 1) * MP.log(x) - x - MP.loggamma(10**6)))
        else:
            want = third(exact, x)
        got = float(tape.grad(f)(x))
        # The derivative's own functions err by a few ulp, and its argument's rounding counts where they are steep.
        assert got == pytest.approx(want, rel=2e-13, abs=1e-100), x


@pytest.mark.parametrize(
    ("name", "tolerance"), [("erfcx", 1e-12), ("dawsn", 1e-12), ("exprel", 1e-12), ("spence", 1e-11)]
)
def test_second_derivatives_are_accurate_against_mpmath(name, tolerance):
    f, exact, at = ACCURATE[name]
    for x in at:
        got = float(tape.grad(tape.grad(f))(x))
        assert got == pytest.approx(third(exact, x, 2), rel=tolerance, abs=1e-14), x


def grad_at(f, *xs):
    return [float(g) for g in tape.grad(f, tuple(range(len(xs))))(*xs)]


def test_conventions():
    assert grad_at(sp.xlogy, 0.0, 2.0) == [np.log(2.0), 0.0]
    assert grad_at(sp.xlogy, 0.0, 0.0) == [0.0, 0.0]
    assert grad_at(sp.xlog1py, 0.0, -1.0) == [0.0, 0.0]
    assert grad_at(sp.entr, -1.0) == [0.0]
    assert grad_at(sp.entr, 0.0) == [np.inf]
    assert grad_at(sp.rel_entr, 0.0, 2.0) == [-np.inf, 0.0]
    assert grad_at(sp.kl_div, 0.0, 2.0) == [-np.inf, 1.0]
    assert grad_at(sp.kl_div, -1.0, 2.0) == [0.0, 0.0]
    for f in sp.rel_entr, sp.kl_div:
        assert grad_at(f, 2.0, 0.0) == [np.inf, -np.inf]  # as the function is
        assert grad_at(f, 0.0, 0.0) == grad_at(f, -2.0, 0.0) == grad_at(f, 2.0, -1.0) == [0.0, 0.0]
        assert np.all(np.isnan(grad_at(f, np.nan, 1.0)))
        assert np.all(np.isnan(grad_at(f, 1.0, np.nan)))
    assert grad_at(sp.huber, 1.0, 3.0) == [2.0, 1.0]
    assert grad_at(sp.huber, 1.0, -0.5) == [0.0, -0.5]
    assert grad_at(lambda x: sp.gammainc(2.0, x), -0.0) == [0.0]
    assert grad_at(sp.bei, 0.0) == [0.0]
    assert grad_at(lambda x: sp.sici(x)[0], 0.0) == [1.0]
    assert grad_at(lambda x: sp.jv(2, x), 0.0) == [0.0]


def test_parameters_without_a_rule_raise():
    with pytest.raises(NoRuleError, match="argument 0"):
        tape.grad(lambda n: sp.yn(n, 2.0))(1.0)
    with pytest.raises(InputTypeError, match="real"):
        tape.grad(lambda z: np.real(sp.ive(1.0, z + 0j)))(0.5)


def test_several_results():
    x = np.linspace(-2, 2, 5)
    for k, d in enumerate([sp.airy(x)[1], x * sp.airy(x)[0], sp.airy(x)[3], x * sp.airy(x)[2]]):
        np.testing.assert_allclose(tape.grad(lambda x: np.sum(sp.airy(x)[k]))(x), d)
    assert isinstance(tape.value_and_grad(lambda x: np.sum(sp.fresnel(x)[1]))(x)[1], np.ndarray)


def test_lambertw_of_real_numbers_has_a_real_gradient():
    g = tape.grad(lambda x: np.sum(np.real(sp.lambertw(x))))(np.array([0.0, 1.0, 3.0]))
    w = sp.lambertw([0.0, 1.0, 3.0]).real
    np.testing.assert_allclose(g, np.exp(-w) / (1 + w))


@pytest.mark.parametrize("n", [0, 1, 3, np.array([0, 1, 2])])
def test_polygamma(n):
    x = np.array([0.7, 1.5, 3.0])
    np.testing.assert_allclose(ts.polygamma(n, x), sp.polygamma(n, x), rtol=1e-14)
    same(lambda x: ts.polygamma(n, x), x)
    np.testing.assert_allclose(tape.grad(lambda x: np.sum(ts.polygamma(n, x)))(x), sp.polygamma(n + 1, x), rtol=1e-13)


def test_zeta_dispatches():
    x = np.array([0.7, 1.5])
    np.testing.assert_allclose(tape.grad(lambda q: np.sum(sp.zeta(2.5, q)))(x), -2.5 * sp.zeta(3.5, x))


def test_multigammaln():
    a = np.array([2.5, 4.0])
    np.testing.assert_allclose(ts.multigammaln(a, 3), sp.multigammaln(a, 3), rtol=1e-14)
    same(lambda a: ts.multigammaln(a, 3), a)


A = np.random.default_rng(0).normal(size=(3, 4))
B = np.random.default_rng(1).uniform(0.5, 2, size=(3, 4))


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_logsumexp(axis, keepdims):
    for b in (None, B):
        want = sp.logsumexp(A, axis=axis, b=b, keepdims=keepdims)
        got = ts.logsumexp(A, axis=axis, b=b, keepdims=keepdims)
        np.testing.assert_allclose(got, want, rtol=1e-14)
        assert type(got) is type(want)
    same(lambda a: ts.logsumexp(a, axis=axis, keepdims=keepdims), A)
    same(lambda a, b: ts.logsumexp(a, axis=axis, b=b, keepdims=keepdims), A, B)


def test_logsumexp_of_signed_weights():
    b = np.where(A > 0, -B, B)
    for got, want in zip(ts.logsumexp(A, 1, b, return_sign=True), sp.logsumexp(A, 1, b, return_sign=True), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-13)
    np.testing.assert_allclose(
        tape.grad(lambda a: np.sum(ts.logsumexp(a, 1, b, return_sign=True)[0]))(A),
        b * np.exp(A) / np.sum(b * np.exp(A), axis=1, keepdims=True),
    )


def test_logsumexp_at_infinity():
    x = np.full(3, -np.inf)
    assert ts.logsumexp(x) == -np.inf
    np.testing.assert_array_equal(tape.grad(ts.logsumexp)(x), 0)
    np.testing.assert_array_equal(tape.grad(ts.logsumexp)(np.array([-np.inf, 0.0])), [0, 1])
    assert ts.logsumexp(np.array([np.inf, 0.0])) == np.inf


@pytest.mark.parametrize("axis", [None, 0, -1])
def test_softmaxes(axis):
    for f, theirs in ((ts.softmax, sp.softmax), (ts.log_softmax, sp.log_softmax)):
        np.testing.assert_allclose(f(A, axis), theirs(A, axis), rtol=1e-14)
        same(lambda a: f(a, axis), A)
        assert f(A.astype(np.float32), axis).dtype == np.float32


@pytest.mark.parametrize("f", [ts.softmax, ts.log_softmax, ts.logsumexp, lambda x: ts.polygamma(1, x), sp.entr])
def test_single_precision_stays(f):
    x = np.array([0.5, 1.5], np.float32)
    assert f(x).dtype == np.float32
    assert tape.grad(lambda x: np.sum(f(x)))(x).dtype == np.float32


def test_a_special_function_is_applied_in_place_by_its_method_at():
    def f(x):
        x = x * 1.0
        sp.erf.at(x, [0, 2, 0])
        return np.sum(x**2)

    same(f, np.array([0.3, 0.5, 0.7]))


@pytest.mark.parametrize("small", ["int8", "uint8", "bool"])
def test_small_and_unsigned_integers_beside_floats(small: str) -> None:
    """The rules subtract from orders, negate, and take logarithms: in more than eight bits."""
    n, x = np.array([0, 1, 1]).astype(small), np.array([0.7, 1.5, 0.5])
    for f in (
        lambda x, n: sp.jv(n, x),
        lambda x, n: sp.kv(n, x),
        lambda x, n: sp.boxcox(x, n),
        lambda x, n: sp.boxcox1p(n, x),
        lambda x, n: sp.rel_entr(x, n + (n == 0)),
        lambda x, n: sp.gammainc(n + (n == 0), x),
        lambda x, n: sp.huber(n, x),
    ):
        found, wanted = (tape.grad(lambda x, n=n: np.sum(f(x, n)))(x) for n in (n, n.astype(float)))
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-15)


def test_complex_functions_of_real_numbers_have_real_gradients():
    """At each call: the second would have taken a way that is for real results."""
    for dtype in "float64", "float32":
        x = np.array([0.3, 1.2], dtype)
        for _ in range(3):
            g = tape.grad(lambda x: np.sum(np.real(sp.wofz(x))))(x)
            assert g.dtype == dtype
            np.testing.assert_allclose(g, -2 * x * np.exp(-x * x), rtol=1e-6)


@pytest.mark.parametrize(("f", "exact"), [(sp.ellipkinc, MP.ellipf), (sp.ellipeinc, MP.ellipe)])
def test_incomplete_elliptic_integrals_twice_in_the_parameter(f, exact):
    twice = tape.grad(tape.grad(f, 1), 1)
    for phi in (1e-4, 1.57, -1.5, 3.0, 20.0):
        for m in (-1e3, -0.5, 0.0, 0.5, 1 - 1e-9):
            step = MP.mpf(10) ** -15 * (1 - MP.mpf(m))
            want = float(MP.diff(lambda m, phi=phi: exact(MP.mpf(phi), m), MP.mpf(m), 2, h=step))
            assert float(twice(phi, m)) == pytest.approx(want, rel=2e-14, abs=0)
    assert np.isnan(tape.grad(f, 1)(0.3, 2.0))
    assert np.isnan(twice(0.3, 2.0))


def test_jacobi_functions_in_the_parameter():
    for u in (1e-5, 0.3, -2.0, 5.0, 9.0):
        for m in (1e-12, 0.3, 0.9, 0.999999):
            for k, name in enumerate(("sn", "cn", "dn")):
                want = MP.diff(
                    lambda m, u=u, name=name: MP.ellipfun(name, MP.mpf(u), m=m), MP.mpf(m), h=MP.mpf(10) ** -25
                )
                got = tape.grad(lambda m, k=k, u=u: sp.ellipj(u, m)[k])(m)
                assert float(got) == pytest.approx(float(want), rel=1e-13, abs=0), (name, u, m)
    u = np.array([0.3, 5.0, 30.0])  # m = 1: DLMF 22.10(ii)
    got = [tape.grad(lambda m, k=k: np.sum(sp.ellipj(u, m)[k]))(np.ones(3)) for k in range(4)]
    rest, more, sech = np.sinh(u) * np.cosh(u) - u, np.sinh(u) * np.cosh(u) + u, 1 / np.cosh(u)
    for g, want in zip(
        got,
        (-rest * sech**2, rest * np.tanh(u) * sech, -more * np.tanh(u) * sech, -rest * sech),
        strict=True,
    ):
        np.testing.assert_allclose(g, want / 4, rtol=1e-13)
    assert np.isnan(tape.grad(lambda m: sp.ellipj(0.3, m)[3])(1.5))
