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
    return mp.legenp(v, 1, x, type=2)


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
        assert float(g(*at)) == pytest.approx(want, rel=tolerance)
