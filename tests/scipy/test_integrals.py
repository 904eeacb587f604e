"""Incomplete elliptic integrals and Jacobi's functions: higher derivatives in the parameter, against mpmath."""

import numpy as np
import pytest

import tape
from tape.scipy.special.integrals import incomplete_slope, jacobi_slope

mp = pytest.importorskip("mpmath").mp


def slope(phi, m, kind, order):
    """Return a derivative in ``m`` of one of the two integrals, of less than half a turn."""
    factor = mp.rf(mp.mpf(kind) / 2, order)
    power = mp.mpf(kind) / 2 + order
    return factor * mp.quad(lambda t: mp.sin(t) ** (2 * order) / (1 - m * mp.sin(t) ** 2) ** power, [0, phi])


@pytest.mark.parametrize("order", [2, 3, 4])
@pytest.mark.parametrize("kind", [1, -1])
def test_derivatives_of_higher_order_in_the_parameter(kind, order):
    """Also where the number of panels is the least, and a parameter is a little below zero."""
    phi, m = np.array([0.48, 0.475, 1.3, 0.01, 0.9]), np.array([-0.93, -0.87, -1.01, -3.0, 0.4])
    with mp.workdps(30):
        want = [float(slope(mp.mpf(a), mp.mpf(b), kind, order)) for a, b in zip(phi, m, strict=True)]
    found = [incomplete_slope(a, b, kind=kind, order=order) for a, b in zip(phi, m, strict=True)]
    np.testing.assert_allclose(found, want, rtol=4e-15)
    np.testing.assert_allclose(incomplete_slope(phi, m, kind=kind, order=order), want, rtol=4e-15)
    assert incomplete_slope(phi[:0], m[:0], kind=kind, order=order).shape == (0,)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("turns", [0.0, 1.0])
def test_at_the_end_of_the_domain(order, turns):
    """At m = 1 the integrals over a quarter of a turn or more are infinite; beyond, none is known."""
    with np.errstate(all="ignore"):
        ends = [float(incomplete_slope(0.3 + turns * np.pi, m, kind=1, order=order)) for m in (1.0, 1.5)]
    with mp.workdps(30):
        want = float(slope(mp.mpf("0.3"), 1, 1, order)) if turns == 0 else np.inf
    assert ends[0] == pytest.approx(want, rel=1e-14, abs=0)
    assert np.isnan(ends[1])


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(("u", "m"), [(0.4, 0.3), (-0.9, 0.7), (1.1, 0.05)])
def test_at_the_amplitude_of_jacobis_functions(u, m, order):
    def exact(u, m):
        return slope(mp.asin(mp.ellipfun("sn", u, m=m)), m, 1, order)

    with mp.workdps(30):
        h = mp.mpf(10) ** -9
        ends = [[exact(u + i * s * h, m + (1 - i) * s * h) for s in (1, -1)] for i in (1, 0)]
        want = [float(mp.re(high - low) / (2 * h)) for high, low in ends]
    got = tape.grad(lambda u, m: jacobi_slope(u, m, order=order), (0, 1))(u, m)
    np.testing.assert_allclose(np.array(got, float), want, rtol=1e-13)
