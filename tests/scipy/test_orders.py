"""Functions in their orders, degrees and other parameters, against mpmath: once, twice, and mixed with the argument."""

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.errors import InputTypeError, NoRuleError
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
NEAR = [(0.0, 0.3), (0.3, 3.0), (2.0, 1e-3), (7.0, 25.0), (30.0, 10.0), (-0.5, 1.0), (1.0, 100.0), (40.0, 50.0)]


def slope(f, v, x, order, degree):
    """Return a mixed derivative by central differences in fifty digits, and what is differentiated in the order."""
    with mp.workdps(50):
        v, x, h = mp.mpf(v), mp.mpf(x), mp.mpf(10) ** -10

        def inner(t):
            return (f(t, x * (1 + h)) - f(t, x * (1 - h))) / (2 * h * x) if degree else f(t, x)

        weights = {1: [-0.5, 0, 0.5], 2: [1, -2, 1], 3: [-0.5, 1, 0, -1, 0.5]}[order]
        values = [inner(v + (k - len(weights) // 2) * h) if w else 0 for k, w in enumerate(weights)]
        found = mp.fsum(w * y for w, y in zip(weights, values, strict=True)) / h**order
        return float(found), float(abs(values[len(weights) // 2] or values[0]))


@pytest.mark.parametrize(("order", "degree"), [(1, 0), (2, 0), (3, 0), (1, 1)])
@pytest.mark.parametrize(("v", "x"), NEAR)
@pytest.mark.parametrize("kind", EXACT)
def test_derivatives_in_the_order(kind, v, x, order, degree):
    want, size = slope(EXACT[kind], v, x, order, degree)
    got = float(in_order(v, x, kind=kind, order=order, degree=degree))
    if kind.startswith("k"):
        assert got == pytest.approx(want, rel=1e-13, abs=0)
    else:
        assert abs(got - want) <= 2e-12 * 6.0**order * max(abs(want), size)


@pytest.mark.parametrize("kind", EXACT)
def test_rules_are_of_these(kind):
    f = getattr(sp, kind)
    v, x = 1.3, 2.7
    over = tape.grad(f, 0)
    assert float(over(v, x)) == pytest.approx(slope(EXACT[kind], v, x, 1, 0)[0], rel=1e-12, abs=0)
    assert float(tape.grad(over, 0)(v, x)) == pytest.approx(slope(EXACT[kind], v, x, 2, 0)[0], rel=1e-11, abs=0)
    for one in (tape.grad(over, 1), tape.grad(tape.grad(f, 1), 0)):
        assert float(one(v, x)) == pytest.approx(slope(EXACT[kind], v, x, 1, 1)[0], rel=1e-11, abs=0)


@pytest.mark.parametrize("kind", ["hankel1", "hankel2", "hankel1e", "hankel2e"])
def test_hankel_functions_of_complex_numbers(kind):
    v, z = 1.3, 2.7 - 0.4j
    with mp.workdps(40):
        first = kind[6] == "1"
        factor = mp.exp((-1j if first else 1j) * z) if kind.endswith("e") else 1
        want = factor * mp.diff(lambda t: (mp.hankel1 if first else mp.hankel2)(t, z), v)
    assert complex(in_order(v, z, kind=kind, order=1, degree=0)) == pytest.approx(complex(want), rel=1e-12, abs=0)
    got = [float(tape.grad(lambda v, k=k: np.real(k * getattr(sp, kind)(v, z)))(v)) for k in (1, -1j)]
    assert got == pytest.approx([float(want.real), float(want.imag)], rel=1e-12, abs=0)


@pytest.mark.parametrize(("v", "x"), [(0.0, 1e-300), (3.0, 1e-200), (0.3, 1e16), (200.0, 3.0), (0.7, 1e3)])
def test_functions_of_the_second_kind_at_extremes(v, x):
    """At order zero K is even: its derivative is zero, exactly."""
    with mp.workdps(60 if x < 1e6 else 200):
        want = float(mp.diff(lambda t: mp.besselk(t, x) * (mp.exp(x) if x > 1 else 1), v)) if v else 0.0
    if abs(want) < 1e300:
        got = float(in_order(v, x, kind="kve" if x > 1 else "kv", order=1, degree=0))
        assert got == pytest.approx(want, rel=2e-13, abs=0)


@pytest.mark.parametrize("x", [1e16, 1e40, 1e155, 1e190])
def test_the_second_kind_far_out(x):
    """There ``exp(x) K`` is ``sqrt(π / 2x) (1 + (4v² - 1) / 8x)``: DLMF 10.40.2."""
    for v in (2.5, -28.0):
        once, twice = (float(in_order(v, x, kind="kve", order=n, degree=0)) for n in (1, 2))
        assert twice == pytest.approx(np.sqrt(np.pi / 2 / x) / x, rel=1e-11, abs=0)
        assert once == pytest.approx(v * twice, rel=1e-11, abs=0)


@pytest.mark.parametrize("x", [1e-5, 0.5, 3.0, 40.0])
@pytest.mark.parametrize("order", [1, 2])
def test_the_second_kind_is_even_in_its_order(order, x):
    v = np.array([0.01, 8.0, 20.0, 100.0])
    right, left = (in_order(n, x, kind="kve", order=order, degree=1) for n in (v, -v))
    np.testing.assert_allclose(left, (-1) ** order * right, rtol=1e-13)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(("v", "x"), [(2.0, 40.0), (2.5, 1e6), (-1.7, 1e12)])
def test_the_first_kind_far_out(v, x, order):
    """By its asymptotic series, DLMF 10.40.1, whose terms are polynomials in the squared order."""
    with mp.workdps(30):
        terms, total = np.array([mp.mpf(1)]), np.array([mp.mpf(0)] * 60)
        for k in range(1, 29):
            total[: len(terms)] += terms
            terms = np.convolve(terms, [((2 * k - 1) ** 2) / (8 * k * mp.mpf(x)), 0, -4 / (8 * k * mp.mpf(x))])
        derived = np.polynomial.Polynomial(total).deriv(order)
        want = float(derived(mp.mpf(v)) / mp.sqrt(2 * mp.pi * x))
    assert float(in_order(v, x, kind="ive", order=order, degree=0)) == pytest.approx(want, rel=1e-12, abs=0)


SCALES = {"kve": 1, "ive": -1, "hankel1e": -1j, "hankel2e": 1j}
KINDS = ["jv", "yv", "jve", "yve", "iv", "ive", "kv", "kve", "hankel1", "hankel2", "hankel1e", "hankel2e", "struve"]
REAL = ["jve", "yve", "ive", "struve"]


AT = [(1.3, 2.7), (0.4, 30.0), (-2.6, 4.0)]
CASES = [(kind, *at) for kind in [*KINDS, "modstruve"] for at in AT]
CASES += [(kind, *at) for kind in KINDS if kind not in REAL for at in [(1.3, 2.7 - 0.4j), (0.4, 30 + 0.1j)]]


@pytest.mark.parametrize(("kind", "v", "x"), CASES)
def test_bessels_equation_differentiated_in_the_order(kind, v, x):
    """And in the argument: once, and twice. The functions that are scaled have an exponential as a factor."""
    sign, own = (-1 if kind[0] in "ikm" else 1), -SCALES.get(kind, 0)

    def unscaled(values):
        powers = [[mp.binomial(k, j) * own ** (k - j) for j in range(k + 1)] for k in range(len(values))]
        return [complex(sum(c * y for c, y in zip(row, values, strict=False))) for row in powers]

    f = getattr(sp, kind)
    slopes = unscaled([complex(in_order(v, x, kind=kind, order=1, degree=k)) for k in range(4)])
    at = complex(x) if kind[0] == "h" else x
    y, pull = tape.vjp(lambda x: f(v, x), at)
    value, slope = unscaled([complex(y), complex(pull(y * 0 + 1)[0]).conjugate()])
    source = 4 * (x / 2) ** (v + 1) * sp.rgamma(v + 0.5) / np.sqrt(np.pi) if "struve" in kind else 0
    rate = np.log(x / 2) - sp.psi(v + 0.5)
    once = [x * x * slopes[2], x * slopes[1], (sign * x * x - v * v) * slopes[0], -2 * v * value, -source * rate]
    assert abs(sum(once)) < 1e-11 * max(map(abs, once))
    twice = [x * x * slopes[3], 3 * x * slopes[2], (1 + sign * x * x - v * v) * slopes[1], 2 * sign * x * slopes[0]]
    twice += [-2 * v * slope, -source * (1 + (v + 1) * rate) / x]
    assert abs(sum(twice)) < 1e-10 * max(map(abs, twice))


@pytest.mark.parametrize("kind", ["jv", "kve", "ive", "hankel1e"])
def test_degrees_are_raised(kind):
    part = np.real if kind[0] == "h" else (lambda z: z)
    for degree in (1, 2):
        got = tape.grad(lambda x, n=degree: part(in_order(1.3, x, kind=kind, order=1, degree=n)))(2.7)
        assert float(got) == float(part(in_order(1.3, 2.7, kind=kind, order=1, degree=degree + 1)))


def test_the_scaled_first_kind_at_zero_and_elsewhere():
    x = np.array([0.0, 3.0, 2.0, 40.0])
    found = in_order(2.5, x, kind="ive", order=1, degree=1)
    one_by_one = [in_order(2.5, float(t), kind="ive", order=1, degree=1) for t in x]
    np.testing.assert_allclose(found, one_by_one, rtol=1e-13)


@pytest.mark.parametrize("f", [sp.jve, sp.yve, sp.ive])
def test_functions_scaled_by_a_part_of_their_argument_are_of_real_ones(f):
    """In their orders they are known of complex arguments, too, and in those aren't analytic."""
    z = np.array(2.7 - 0.4j)
    h = 1e-5
    near = (np.real(f(1.3 + h, z)) - np.real(f(1.3 - h, z))) / (2 * h)
    assert float(tape.grad(lambda v: np.real(f(v, z)))(1.3)) == pytest.approx(near, rel=1e-7, abs=0)
    slope = tape.grad(lambda v, z: np.real(f(v, z)))
    with pytest.raises(InputTypeError, match=f"{f.__name__} is known for real numbers only"):
        tape.grad(lambda x: slope(1.3, x - 0.4j))(2.7)


def test_parts_of_hankel_functions_by_themselves():
    """One may be far smaller than the other."""
    for degree in (0, 1):
        j, y = (in_order(7.3, 0.2, kind=kind, order=1, degree=degree) for kind in ("jv", "yv"))
        for kind, turn in (("hankel1", 1), ("hankel2", -1)):
            found = in_order(7.3, 0.2, kind=kind, order=1, degree=degree)
            assert [found.real, found.imag] == [j, turn * y]


def test_the_exponential_is_a_factor():
    v, x = np.array([0.3, 2.0, 5.0]), np.array([25.0, 26.0, 30.0])
    for order in (1, 2):
        i, scaled = (in_order(v, x, kind=kind, order=order, degree=0) for kind in ("iv", "ive"))
        np.testing.assert_allclose(i, np.exp(x) * scaled, rtol=1e-15)


def test_the_ends_of_what_is_known_of_the_second_kind():
    """Beyond orders of a million it would take too long."""
    for kind in ("kv", "kve"):
        assert float(in_order(1.5, np.inf, kind=kind, order=1, degree=0)) == 0
        for v, x in ((np.inf, np.inf), (1.5, 0.0), (1.5, -1.0), (1.5, np.nan), (1e6, 1e6), (-2e6, 1e6)):
            assert np.isnan(in_order(v, x, kind=kind, order=1, degree=0))
    v, x = 7e5, 1e10  # DLMF 10.41.4
    size = np.hypot(v, x)
    value = np.sqrt(np.pi / 2 / size) * np.exp(v * np.arcsinh(v / x) - v * v / (x + size))
    slope = value * (np.arcsinh(v / x) - v / (2 * size * size))
    assert float(in_order(v, x, kind="kve", order=1, degree=0)) == pytest.approx(slope, rel=1e-8, abs=0)
    for kind in ("iv", "ive"):
        assert np.isnan(in_order(1.5, np.inf, kind=kind, order=1, degree=0))


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
