"""Functions in their orders, degrees and other parameters, against mpmath: once, twice, and mixed with the argument."""

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.errors import NoRuleError
from tape.scipy.special.orders import in_order

mp = pytest.importorskip("mpmath").mp

EXACT = {
    "jv": lambda v, x: mp.besselj(v, x),
    "yv": lambda v, x: mp.bessely(v, x),
    "iv": lambda v, x: mp.besseli(v, x),
    "ive": lambda v, x: mp.exp(-x) * mp.besseli(v, x),
    "kv": lambda v, x: mp.besselk(v, x),
    "kve": lambda v, x: mp.exp(x) * mp.besselk(v, x),
    "struve": lambda v, x: mp.struveh(v, x),
    "modstruve": lambda v, x: mp.struvel(v, x),
}
NEAR = [(0.0, 0.3), (0.3, 3.0), (2.0, 1e-3), (7.0, 25.0), (30.0, 10.0), (-0.5, 1.0), (1.0, 100.0)]


def slope(f, v, x, order, degree):
    """Return a mixed derivative by differences in fifty digits, and the size of what is differentiated in the order."""
    with mp.workdps(50):
        v, x = mp.mpf(v), mp.mpf(x)

        def inner(t):
            return mp.diff(lambda z: f(t, z), x, degree, relative=True) if degree else f(t, x)

        return float(mp.diff(inner, v, order)), float(abs(inner(v)))


@pytest.mark.parametrize(("order", "degree"), [(1, 0), (2, 0), (3, 0), (1, 1)])
@pytest.mark.parametrize(("v", "x"), NEAR)
@pytest.mark.parametrize("kind", EXACT)
def test_derivatives_in_the_order(kind, v, x, order, degree):
    want, size = slope(EXACT[kind], v, x, order, degree)
    got = float(in_order(v, x, kind=kind, order=order, degree=degree))
    if kind.startswith("k"):
        assert got == pytest.approx(want, rel=1e-13)
    else:
        assert abs(got - want) <= 2e-12 * 6.0**order * max(abs(want), size)


@pytest.mark.parametrize("kind", EXACT)
def test_rules_are_of_these(kind):
    f = getattr(sp, kind)
    v, x = 1.3, 2.7
    over = tape.grad(f, 0)
    assert float(over(v, x)) == pytest.approx(slope(EXACT[kind], v, x, 1, 0)[0], rel=1e-12)
    assert float(tape.grad(over, 0)(v, x)) == pytest.approx(slope(EXACT[kind], v, x, 2, 0)[0], rel=1e-11)
    for one in (tape.grad(over, 1), tape.grad(tape.grad(f, 1), 0)):
        assert float(one(v, x)) == pytest.approx(slope(EXACT[kind], v, x, 1, 1)[0], rel=1e-11)


@pytest.mark.parametrize("kind", ["hankel1", "hankel2", "hankel1e", "hankel2e"])
def test_hankel_functions_of_complex_numbers(kind):
    v, z = 1.3, 2.7 - 0.4j
    with mp.workdps(40):
        first = kind[6] == "1"
        factor = mp.exp((-1j if first else 1j) * z) if kind.endswith("e") else 1
        want = factor * mp.diff(lambda t: (mp.hankel1 if first else mp.hankel2)(t, z), v)
    assert complex(in_order(v, z, kind=kind, order=1, degree=0)) == pytest.approx(complex(want), rel=1e-12)
    got = [float(tape.grad(lambda v, k=k: np.real(k * getattr(sp, kind)(v, z)))(v)) for k in (1, -1j)]
    assert got == pytest.approx([float(want.real), float(want.imag)], rel=1e-12)


@pytest.mark.parametrize(("v", "x"), [(0.0, 1e-300), (3.0, 1e-200), (0.3, 1e16), (200.0, 3.0), (0.7, 1e3)])
def test_functions_of_the_second_kind_at_extremes(v, x):
    """At order zero K is even: its derivative is zero, exactly."""
    with mp.workdps(60 if x < 1e6 else 200):
        want = float(mp.diff(lambda t: mp.besselk(t, x) * (mp.exp(x) if x > 1 else 1), v)) if v else 0.0
    if abs(want) < 1e300:
        got = float(in_order(v, x, kind="kve" if x > 1 else "kv", order=1, degree=0))
        assert got == pytest.approx(want, rel=2e-13)


def test_orders_at_which_there_is_no_derivative_are_refused():
    """Of a negative argument the function is real at whole orders only; at zero that of order zero jumps."""
    for v, x in ((2.0, -1.0), (0.0, 0.0)):
        with pytest.raises(NoRuleError, match="isn't known to eight digits"):
            tape.grad(sp.jv)(v, x)
    assert np.isnan(tape.grad(sp.kv)(1.5, -1.0))
    assert float(tape.grad(sp.jv)(4.5, 0.0)) == 0


def test_single_precision_stays_in_orders():
    v = np.array([0.5, 1.5], np.float32)
    for f in (sp.jv, sp.kv, sp.ive):
        found = tape.grad(lambda v, f=f: np.sum(f(v, np.float32(2))))(v)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, tape.grad(lambda v, f=f: np.sum(f(v, 2.0)))(v.astype(float)), rtol=1e-6)
