"""Where squares, powers and products of arguments are out of range, and derivatives aren't.

NumPy's values are kept, whatever they are. The derivative is the true one, or not finite: never a number that looks
like one.
"""

import math

import numpy as np
import pytest

import tape
from tape.rules.differences import slope_first, slope_last, slope_within

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's own values overflow

FAR = [2.0**84, 2.0**-84, 2.0**120, 2.0**-115]
"""In single precision the square of none of them is in range; they are, and so are their reciprocals."""

ROUNDINGS = 64 * 2.0**-23
"""Of sums of some ten terms."""


def r(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def same_from_afar(f, x, scale, degree):
    """Compare both derivatives of a function of a degree, far away, with what they are nearby in double precision."""
    w, t = r(8, *np.shape(f(x))), r(9, *x.shape)
    d = np.float64(scale) ** (degree - 1)
    want = tape.vjp(f, x.astype(np.float64))[1](w.astype(np.float64))[0] * d
    got = tape.vjp(f, x * np.float32(scale))[1](w)[0]
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, want, rtol=0, atol=ROUNDINGS * np.abs(want).max())
    along = tape.jvp(f, (x.astype(np.float64),), (t.astype(np.float64),))[1] * d
    tangent = tape.jvp(f, (x * np.float32(scale),), (t,))[1]
    np.testing.assert_allclose(tangent, along, rtol=0, atol=ROUNDINGS * np.abs(along).max())


# --------------------------------------------------------------------------- spreads


@pytest.mark.parametrize("scale", FAR)
@pytest.mark.parametrize("options", [{"axis": 1}, {}, {"axis": 0, "ddof": 1, "keepdims": True}])
@pytest.mark.parametrize("std", [np.std, np.nanstd])
def test_standard_deviations(std, options, scale):
    same_from_afar(lambda x: std(x, **options), r(1, 4, 6), scale, 1)


@pytest.mark.parametrize("scale", FAR)
def test_standard_deviations_of_some_elements(scale):
    x, known = r(2, 4, 6), r(3, 4, 6) > -0.5
    same_from_afar(lambda x: np.std(x, axis=1, where=known), x, scale, 1)
    x[~known] = np.nan
    f = lambda x: np.nanstd(x, axis=1)
    want = tape.grad(lambda x: np.sum(f(x)))(x.astype(np.float64))
    np.testing.assert_allclose(tape.grad(lambda x: np.sum(f(x)))(x * np.float32(scale)), want, rtol=0, atol=ROUNDINGS)


@pytest.mark.parametrize("scale", [2.0**84, 2.0**-84])
def test_variances(scale):
    same_from_afar(lambda x: np.var(x, axis=1), r(1, 4, 6), scale, 2)
    same_from_afar(lambda x: np.nanvar(x, axis=1), r(1, 4, 6), scale, 2)


def test_rows_out_of_range_beside_others_and_equal_ones():
    x = np.array([[1.0, 2.0, 4.0], [1e25, 2e25, 4e25], [3.0, 3.0, 3.0], [1e-25, 2e-25, 4e-25]], np.float32)
    g = tape.grad(lambda x: np.sum(np.std(x, axis=1)))(x)
    want = (x[0] - x[0].mean()) / (3 * np.std(x[0]))
    np.testing.assert_allclose(g, [want, want, [0, 0, 0], want], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("std", [np.std, np.nanstd])
@pytest.mark.parametrize("options", [{}, {"where": np.array([True, True, False, True, True, True, True, True])}])
def test_equal_elements_have_no_direction_though_their_mean_is_rounded(std, options):
    x = np.full(8, 0.1)
    x[2:] = [math.nan if options else 0.1, *x[3:]]
    t = np.arange(8.0)
    for k in (3, 7, 8):
        cut = {name: value[:k] for name, value in options.items()}
        f = lambda x, cut=cut: std(x, **cut)
        assert tape.jvp(f, (x[:k],), (t[:k],))[1] == 0
        assert not tape.grad(f)(x[:k]).any()


def test_the_slope_of_a_standard_deviation_doesnt_inherit_the_rounding_of_its_value():
    # Of two numbers it is half the distance. NumPy's mean is rounded, and with it the value: to 2 %, here.
    x = np.array([1000000.5, 1000000.8125], np.float32)
    where = np.array([True, True])
    np.testing.assert_allclose(tape.grad(lambda x: np.std(x, where=where))(x), [-0.5, 0.5], rtol=1e-6)


@pytest.mark.parametrize("scale", [2.0**84, 2.0**-84])
def test_second_derivatives_of_standard_deviations(scale):
    x, t = r(1, 2, 6), r(4, 2, 6)
    gradient = tape.grad(lambda x: np.sum(np.std(x, axis=1)))
    want = tape.jvp(gradient, (x.astype(np.float64),), (t.astype(np.float64),))[1]
    got = tape.jvp(gradient, (x * np.float32(scale),), (t * np.float32(scale),))[1]
    np.testing.assert_allclose(got, want, rtol=0, atol=ROUNDINGS * np.abs(want).max())


def test_what_is_alone_has_no_deviation():
    curved = tape.hessian(lambda x: np.sum(np.std(x, axis=0)))
    np.testing.assert_array_equal(curved(np.ones((1, 2))), 0)
    known = np.array([[True], [False]])
    np.testing.assert_array_equal(tape.hessian(lambda x: np.sum(np.std(x, axis=0, where=known)))(np.eye(2)), 0)
    given = tape.grad(lambda x: np.sum(np.std(x, axis=0, mean=np.zeros((1, 2)))))
    np.testing.assert_array_equal(given(np.array([[2.0, -3.0]])), [[1, -1]])  # it deviates from a mean that is given


# ----------------------------------------------------------------------------- norms

ORDERS = [None, 3, 2.5, 1.5, 0.5, -0.5, -1, -3]


@pytest.mark.parametrize("scale", [2.0**84, 2.0**-84, 2.0**110, 2.0**-115])
@pytest.mark.parametrize("order", ORDERS)
def test_norms(order, scale):
    x = r(5, 3, 5)
    same_from_afar(lambda x: np.linalg.norm(x, order, axis=1), x, scale, 1)
    same_from_afar(lambda x: np.linalg.norm(x[0], order), x, scale, 1)
    if order:
        same_from_afar(lambda x: np.linalg.vector_norm(x, ord=order, axis=0, keepdims=True), x, scale, 1)


@pytest.mark.parametrize("order", ORDERS)
def test_norms_out_of_range_beside_others(order):
    x = r(5, 1, 5) * np.array([[1.0], [1e25], [1e-25], [0.0]], np.float32)
    f = lambda x: np.sum(np.linalg.norm(x, order, axis=1))
    near = tape.grad(f)(x[:1])[0]
    want = [near, near, near, np.zeros(5)]
    np.testing.assert_allclose(tape.grad(f)(x), want, rtol=0, atol=ROUNDINGS * np.abs(near).max())


@pytest.mark.parametrize("scale", [2.0**84, 2.0**-84])
@pytest.mark.parametrize("order", [2, 3, 1.5])
def test_second_derivatives_of_norms(order, scale):
    x, t = r(6, 2, 5), r(7, 2, 5)
    gradient = tape.grad(lambda x: np.sum(np.linalg.norm(x, order, axis=1)))
    want = tape.jvp(gradient, (x.astype(np.float64),), (t.astype(np.float64),))[1]
    got = tape.jvp(gradient, (x * np.float32(scale),), (t * np.float32(scale),))[1]
    np.testing.assert_allclose(got, want, rtol=0, atol=ROUNDINGS * np.abs(want).max())


def test_a_norm_beyond_the_largest_number():
    x = np.array([3e38, -3e38], np.float32)
    np.testing.assert_allclose(tape.grad(np.linalg.norm)(x), [0.5**0.5, -(0.5**0.5)], rtol=1e-6)
    assert np.all(np.isnan(tape.grad(lambda x: np.linalg.norm(x, 3))(x)))
    np.testing.assert_array_equal(tape.grad(lambda x: np.linalg.norm(x, 3))(np.array([1, np.inf])), [0, np.nan])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("order", [2, 3, -2])
def test_norms_in_each_precision(order, dtype):
    x = np.array([1.0, -2.0, 3.0], dtype)
    info = np.finfo(dtype)
    near = tape.grad(lambda x: np.linalg.norm(x, order))(x)
    for far in (dtype(2) ** (info.maxexp * 3 // 4), dtype(2) ** (info.minexp * 3 // 4)):
        got = tape.grad(lambda x: np.linalg.norm(x, order))(x * far)
        assert got.dtype == dtype
        np.testing.assert_allclose(got, near, rtol=0, atol=8 * info.eps)


# ---------------------------------------------------------------------- np.gradient


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("edge_order", [1, 2])
@pytest.mark.parametrize("far", [0.7, -0.7])
def test_differences_at_huge_and_tiny_steps(far, edge_order, dtype):
    step = dtype(2) ** int(np.finfo(dtype).maxexp * far)
    f, x = r(1, 2, 6).astype(dtype), np.cumsum(np.abs(r(2, 6)) + 0.1).astype(dtype)
    w = r(3, 2, 6).astype(dtype)
    slopes = lambda f, x: np.gradient(f, x, axis=1, edge_order=edge_order)
    y, pull = tape.vjp(slopes, f * step, x * step)
    np.testing.assert_array_equal(y, np.gradient(f * step, x * step, axis=1, edge_order=edge_order))  # NumPy's value
    want = tape.vjp(slopes, f.astype(np.longdouble), x.astype(np.longdouble))[1](w.astype(np.longdouble))
    for got, near in zip(pull(w), want, strict=True):  # both are of degree -1
        assert got.dtype == dtype
        np.testing.assert_allclose(got * step, near, rtol=0, atol=32 * np.finfo(dtype).eps * np.abs(near).max())
    ones = (r(4, 2, 6).astype(dtype), r(5, 6).astype(dtype))
    near = tape.jvp(slopes, (f.astype(np.longdouble), x.astype(np.longdouble)), ones)[1]
    got = tape.jvp(slopes, (f * step, x * step), (ones[0] * step, ones[1] * step))[1]
    np.testing.assert_allclose(got, near, rtol=0, atol=32 * np.finfo(dtype).eps * np.abs(near).max())


@pytest.mark.parametrize("far", [0.7, -0.7])
def test_differences_at_huge_and_tiny_even_steps(far):
    step, f, h, t = np.float32(2.0 ** int(128 * far)), r(1, 6), np.float32(1.5), r(2, 6)
    slopes = lambda f, h: np.gradient(f, h, edge_order=2)
    want = tape.jvp(slopes, (f.astype(float), np.float64(h)), (t.astype(float), 0.5))[1]
    y, got = tape.jvp(slopes, (f * step, h * step), (t * step, np.float32(0.5) * step))
    np.testing.assert_array_equal(y, np.gradient(f * step, h * step, edge_order=2))
    np.testing.assert_allclose(got, want, rtol=0, atol=ROUNDINGS * np.abs(want).max())
    # The step moves by less than the square root of the range allows.
    by_step = tape.jvp(slopes, (f * step, h * step), (0 * t, np.float32(1)))[1] * step
    want = tape.jvp(slopes, (f.astype(float), np.float64(h)), (0.0 * t, 1.0))[1]
    np.testing.assert_allclose(by_step, want, rtol=0, atol=ROUNDINGS * np.abs(want).max())


def test_differences_at_steps_of_very_different_size():
    x = np.array([0, 1e-25, 1, 1e25, 2e25], np.float32)
    f = np.array([1, 2, 3, 4, 5], np.float32)
    for k in range(5):
        slope = lambda f, k=k: np.gradient(f, x, edge_order=2)[k]
        want = tape.grad(slope)(f.astype(np.longdouble))
        np.testing.assert_allclose(tape.grad(slope)(f), want, rtol=1e-5, atol=1e-44)


@pytest.mark.parametrize("sign", [1, -1])
def test_differences_at_a_huge_step_beside_a_tiny_one(sign):
    """A sum of steps over their product: over the smaller one first it would leave the range."""
    one, other = np.float32(sign * 2.0**100), np.float32(sign * 2.0**-60)
    for p, q in ((one, other), (other, one)):
        for slope in (slope_first, slope_within, slope_last):
            values = [np.float32(v) for v in (1, 2, 4)]
            partial = tape.grad(slope, 1)(*values, p, q)
            assert partial.dtype == np.float32
            want = tape.grad(slope, 1)(*(np.longdouble(v) for v in (*values, p, q)))
            np.testing.assert_allclose(partial, want, rtol=1e-6)


@pytest.mark.parametrize("edge_order", [1, 2])
def test_differences_curve_alike(edge_order):
    f, x = r(1, 6).astype(float), np.cumsum(np.abs(r(2, 6)) + 0.1).astype(float)
    curved = tape.hessian(lambda v: np.sum(np.gradient(v[0], v[1], edge_order=edge_order) ** 2))
    near, far = curved(np.stack([f, x])), curved(np.stack([f, x]) * 2.0**500)  # of degree -2
    np.testing.assert_allclose(far * 2.0**1000, near, rtol=1e-9, atol=1e-9)


# ------------------------------------------------------------------------ np.polydiv


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("far", [0.7, -0.7])
def test_division_of_polynomials(far, dtype):
    scale = dtype(2) ** int(np.finfo(dtype).maxexp * far)
    u, v = (np.array(p, dtype) for p in ([1, -2, 0.5, 3, 0.25], [1.5, -1, 2]))
    w = np.array([0.5, -1, 2], dtype)
    quotient = lambda u, v: np.polydiv(u, v)[0]
    np.testing.assert_array_equal(tape.vjp(quotient, u * scale, v * scale)[0], np.polydiv(u * scale, v * scale)[0])
    rest = lambda u, v: np.polydiv(u, v)[1][-1]
    for f, degree, seed in ((quotient, 0, w), (rest, 1, dtype(1))):
        want = tape.vjp(f, u.astype(np.longdouble), v.astype(np.longdouble))[1](seed.astype(np.longdouble))
        for got, near in zip(tape.vjp(f, u * scale, v * scale)[1](seed), want, strict=True):
            got = got if degree else got * scale
            np.testing.assert_allclose(got, near, rtol=0, atol=64 * np.finfo(dtype).eps * np.abs(near).max())


@pytest.mark.parametrize("x", [1e25, -1e-25])
def test_an_adjoint_may_be_as_large_as_a_reciprocals_square_is_small(x):
    x = np.array([x], np.float32)
    np.testing.assert_allclose(tape.vjp(np.reciprocal, x)[1](x)[0], -1 / x, rtol=1e-6)


# ----------------------------------------------------------------------- log_ndtr


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_curvature_of_the_logarithm_of_a_normal_tail(dtype):
    """It tends to -1, as the logarithm to ``-x² / 2``; the next terms are ``1 / x²`` and, of the third, ``2 / x³``."""
    sp = pytest.importorskip("scipy.special")
    x = -(dtype(2) ** np.arange(4, np.finfo(dtype).maxexp - 4, 7))
    slope = tape.grad(lambda x: np.sum(sp.log_ndtr(x)))
    bend = tape.grad(lambda x: np.sum(slope(x)))
    twist = tape.grad(lambda x: np.sum(bend(x)))
    small = 2.0 / np.abs(x.astype(np.longdouble)) ** 2  # half the bound of the terms that are left out
    eps = np.finfo(dtype).eps
    assert np.all(np.abs(bend(x) + 1) <= small + 16 * eps)
    assert np.all(np.abs(twist(x)) <= 4 * small + 16 * eps)
