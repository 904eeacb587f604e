"""Derivatives in a parameter, differentiated in the argument once more, or the other way round, against mpmath."""

import pytest
import scipy.special as sp

import tape

mpmath = pytest.importorskip("mpmath")
mp = mpmath.mp


def wright(a, b, x):
    return sum(x**k / mp.factorial(k) * mp.rgamma(a * k + b) for k in range(40))


def log_wright(a, b, x):
    return mp.log(wright(a, b, x))


def lpmv(v, x):
    """Return Ferrers' function of order one, by the hypergeometric function of its degree."""
    return -mp.sqrt(1 - x * x) * v * (v + 1) / 2 * mp.hyp2f1(1 - v, v + 2, 2, (1 - x) / 2)


def sh_jacobi(n, p, q, x):
    return mp.jacobi(n, p - q, q - 1, 2 * x - 1) / mp.binomial(2 * n + p - 1, n)


def cylinder(value, slope, a, sign, x):
    """Return the solution of ``y'' = (a + sign x² / 4) y``, of a value and a slope at zero, by its power series."""
    terms = [value, slope, a * value / 2, a * slope / 6]
    for n in range(4, 60):
        terms.append((a * terms[n - 2] + sign * terms[n - 4] / 4) / (n * (n - 1)))
    return mp.polyval(terms[::-1], x)


def pbwa(a, x):
    """DLMF 12.14.2 and 12.14.3."""
    ratio = mp.sqrt(abs(mp.gamma(0.25 + 0.5j * a) / mp.gamma(0.75 + 0.5j * a)))
    return cylinder(mp.mpf(2) ** -0.75 * ratio, -(mp.mpf(2) ** -0.25) / ratio, a, -1, x)


def pbdv(v, x):
    """DLMF 12.2.6 and 12.2.7."""
    value = 2 ** (v / 2) * mp.sqrt(mp.pi) * mp.rgamma((1 - v) / 2)
    return cylinder(value, -(2 ** ((v + 1) / 2)) * mp.sqrt(mp.pi) * mp.rgamma(-v / 2), -v - 0.5, 1, x)


def second_integral(x):
    """The first result of ``it2i0k0``: the integral of ``(I_0(t) - 1) / t``."""
    return sum((x / 2) ** (2 * k) / mp.factorial(k) ** 2 / (2 * k) for k in range(1, 60))


MIXED = [
    (sp.eval_chebyt, mp.chebyt, (2.4, 0.3), (1, 2), 1e-10),
    (sp.eval_chebyu, mp.chebyu, (2.4, 0.3), (1, 2), 1e-10),
    (sp.eval_chebyt, mp.chebyt, (3.4, -0.2), (2, 1), 1e-9),
    (sp.eval_legendre, mp.legendre, (2.4, 0.3), (1, 2), 1e-10),
    (sp.eval_laguerre, lambda n, x: mp.laguerre(n, 0, x), (2.4, 0.7), (1, 2), 1e-10),
    (lambda v, x: sp.lpmv(1.0, v, x), lpmv, (2.5, 0.3), (1, 1), 1e-10),
    (lambda v, x: sp.lpmv(1.0, v, x), lpmv, (2.5, 0.3), (2, 1), 1e-9),
    (lambda v, x: sp.lpmv(1.0, v, x), lpmv, (2.5, 0.3), (3, 1), 1e-8),
    (sp.eval_sh_jacobi, sh_jacobi, (2.3, 2.7, 1.4, 0.6), (0, 0, 1, 2), 1e-10),
    (lambda a, x: sp.pbwa(a, x)[0], pbwa, (0.6, 1.3), (1, 2), 1e-10),
    (lambda v, x: sp.pbdv(v, x)[0], pbdv, (0.6, 1.3), (2, 2), 1e-9),
    (sp.wright_bessel, wright, (0.7, 1.6, 1.3), (1, 0, 1), 1e-10),
    (sp.wright_bessel, wright, (0.7, 1.6, 1.3), (0, 1, 2), 1e-10),
    (sp.log_wright_bessel, log_wright, (0.7, 1.6, 1.3), (1, 0, 1), 1e-9),
    (sp.log_wright_bessel, log_wright, (0.7, 1.6, 1.3), (0, 1, 1), 1e-9),
    (sp.log_wright_bessel, log_wright, (0.7, 1.6, 1.3), (0, 1, 2), 1e-8),
    (sp.log_wright_bessel, log_wright, (0.7, 1.6, 1.3), (1, 0, 2), 1e-8),
    *((lambda x: sp.it2i0k0(x)[0], second_integral, (x,), (n,), 1e-12) for x in (0.4, 3.0, 25.0) for n in (1, 2, 3)),
]


@pytest.mark.parametrize(("f", "exact", "at", "orders", "tolerance"), MIXED)
def test_mixed_derivatives(f, exact, at, orders, tolerance):
    with mp.workdps(40):
        want = float(mp.diff(exact, tuple(map(mp.mpf, at)), orders, h=mp.mpf(10) ** -8))
    places = [k for k, n in enumerate(orders) for _ in range(n)]
    for order in (places, places[::-1]):
        g = f
        for k in order:
            g = tape.grad(g, k)
        assert float(g(*at)) == pytest.approx(want, rel=tolerance, abs=0)
