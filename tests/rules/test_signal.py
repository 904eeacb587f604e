"""Convolution, interpolation, differences of samples, phases, Bessel functions."""

import numpy as np
import pytest

import tape
from tape.rules.bessel import HIGHEST, bessel_i
from tests.rules.checks import same_complex as same
from tests.samples.base import r, z


def exactly(f, *xs):
    """Check that a program gives NumPy's value to the bit, and its dtype."""
    t = tape.Tape()
    got, want = f(*(t.input(x) for x in xs)), f(*xs)
    assert type(got) is tape.Var
    np.testing.assert_array_equal(got.value, want)
    assert got.dtype == np.asarray(want).dtype
    assert got.shape == np.shape(want)


# --------------------------------------------------------------- convolution, correlation


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("fn", [np.convolve, np.correlate])
@pytest.mark.parametrize("n", range(1, 6))
@pytest.mark.parametrize("m", range(1, 6))
def test_every_pair_of_lengths(fn, mode, n, m):
    same(lambda a, v: fn(a, v, mode), r(n), r(m))
    same(lambda a, v: fn(a, v, mode), z(n), z(m), order=1)
    same(lambda v: fn(np.arange(1.0, n + 1), v, mode), r(m), order=1)


def test_one_sequence_with_itself():
    same(lambda a: np.convolve(a, a, "same"), r(4))
    same(lambda a: np.correlate(a, a, "full"), z(4))
    same(lambda a: np.correlate(a, a), r(4))


def test_convolution_agrees_with_torch():
    torch = pytest.importorskip("torch")
    a, v = r(7), r(3)
    x, w = (torch.tensor(p, requires_grad=True) for p in (a, v))
    torch.sum(torch.sin(torch.nn.functional.conv1d(x[None, None], w[None, None]))).backward()
    found = tape.grad(lambda a, v: np.sum(np.sin(np.correlate(a, v))), argnums=(0, 1))(a, v)
    np.testing.assert_allclose(found[0], x.grad.numpy(), rtol=1e-14)
    np.testing.assert_allclose(found[1], w.grad.numpy(), rtol=1e-14)


def test_empty_sequences_are_refused():
    for fn in (np.convolve, np.correlate):
        with pytest.raises(ValueError, match="empty"):
            tape.vjp(lambda a, fn=fn: fn(a, np.ones(2)), np.zeros(0))


# --------------------------------------------------------------------------- np.interp

KNOTS = np.array([-1.5, -0.5, 0.25, 1.75])
AT = np.array([[-1.0, 0.1, -2.5], [1.0, 3.0, 0.7]])


@pytest.mark.parametrize(
    "options", [{}, {"left": 1.5}, {"left": -1.0, "right": 0.5}, {"period": 3.75}, {"period": -3.75, "left": 9.0}]
)
def test_interp(options):
    for fp in (r(4), z(4)):
        same(lambda x, xp, fp: np.interp(x, xp, fp, **options), AT, KNOTS, fp)
        exactly(lambda x, xp, fp: np.interp(x, xp, fp, **options), AT, KNOTS, fp)
        same(lambda fp: np.interp(0.3, KNOTS, fp, **options), fp, order=1)
        same(lambda x: np.interp(x, KNOTS, fp, **options), AT, order=1)
        same(lambda xp: np.interp(0.3, xp, fp, **options), KNOTS, order=1)
    exactly(lambda x, fp: np.interp(x, KNOTS.tolist(), fp, **options), AT.astype("f"), r(4).astype("f"))


def test_interp_with_what_is_outside_as_variables():
    same(lambda x, fp, a, b: np.interp(x, KNOTS, fp, a, right=b), AT, r(4), r(), r())
    same(lambda x, fp, p: np.interp(x, KNOTS, fp, period=p), AT, r(4), np.array(3.75))
    same(lambda x, fp, a: np.interp(x, [0.5], fp, left=a), AT, r(1), r())
    same(lambda x, fp: np.interp(x, KNOTS[::-1] + 0.1, fp, period=4.0), AT, r(4))


def test_interp_at_knots_takes_the_piece_to_the_right():
    xp, fp = np.array([0.0, 1.0, 3.0]), np.array([1.0, 3.0, 2.0])
    slopes = tape.grad(lambda x: np.sum(np.interp(x, xp, fp)))(np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0]))
    assert slopes.tolist() == [0, 2, 2, -0.5, -0.5, 0, 0]
    jacobian = tape.jacobian(lambda fp: np.interp([-1.0, 0.0, 1.0, 3.0, 4.0], xp, fp))(fp)
    assert jacobian.tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]
    moved = tape.jacobian(lambda xp: np.interp([0.0, 1.0, 3.0], xp, fp))(xp)
    assert moved.tolist() == [[-2, 0, 0], [0, 0.5, 0], [0, 0, 0]]


def test_interp_at_the_first_and_last_knot_doesnt_read_what_is_outside():
    f = lambda fp, left, right: np.interp([-1.0, 0.0, 0.5, 1.0, 2.0], [0.0, 1.0], fp, left, right)
    at = np.array([3.0, 4.0]), 5.0, 6.0
    assert tape.jvp(f, at, (np.zeros(2), 0.25, 2.0))[1].tolist() == [0.25, 0, 0, 0, 2]
    assert [j.tolist() for j in tape.jacobian(f, (0, 1, 2))(*at)[1:]] == [[1, 0, 0, 0, 0], [0, 0, 0, 0, 1]]


def test_interp_at_a_jump():
    xp, fp = np.array([0.0, 1.0, 1.0, 2.0, 2.0]), np.array([0.0, 1.0, 5.0, 6.0, 8.0])
    exactly(lambda x: np.interp(x, xp, fp), np.array([0.5, 1.0, 1.5, 2.0]))
    assert tape.grad(lambda x: np.sum(np.interp(x, xp, fp)))(np.array([0.5, 1.0, 1.5, 2.0])).tolist() == [1, 1, 1, 0]
    found = tape.jacobian(lambda fp: np.interp([1.0, 2.0], xp, fp))(fp)
    assert found.tolist() == [[0, 0, 1, 0, 0], [0, 0, 0, 0, 1]]


def test_interp_refuses():
    with pytest.raises(ValueError, match="same length"):
        tape.grad(lambda x: np.interp(x, [0.0, 1.0], [1.0]))(0.5)
    with pytest.raises(ValueError, match="empty"):
        tape.grad(lambda x: np.interp(x, [], []))(0.5)
    with pytest.raises(ValueError, match="1-D"):
        tape.grad(lambda x: np.interp(x, [[0.0]], [[1.0]]))(0.5)
    with pytest.raises(ValueError, match="non-zero"):
        tape.grad(lambda x: np.interp(x, [0.0], [1.0], period=0))(0.5)
    with pytest.raises(TypeError, match="complex"):
        tape.grad(lambda x: np.interp(x, [0.0], [1.0], left=1j))(0.5)


# ------------------------------------------------------------------ np.gradient, np.unwrap


@pytest.mark.parametrize("edge_order", [1, 2])
@pytest.mark.parametrize(
    "spacing", [(), (0.5,), (2, 0.25), (np.array([0.0, 0.5, 1.5, 2.0]), 2.0), ([0, 1, 3, 4], np.arange(5.0))]
)
def test_gradient(edge_order, spacing):
    x = r(4, 5)
    same(lambda f: np.gradient(f, *spacing, edge_order=edge_order), x)
    t = tape.Tape()
    found = np.gradient(t.input(x), *spacing, edge_order=edge_order)
    for got, want in zip(found, np.gradient(x, *spacing, edge_order=edge_order), strict=True):
        np.testing.assert_array_equal(got.value, want)


@pytest.mark.parametrize("edge_order", [1, 2])
def test_gradient_with_spacings_that_are_variables(edge_order):
    steps = np.cumsum(r(5, low=0.5))
    same(lambda f, h, x: np.gradient(f, h, x, edge_order=edge_order), r(4, 5), np.array(0.7), steps)
    same(lambda f, h: np.gradient(f, h, edge_order=edge_order), r(4, 5), np.array(0.7))
    same(lambda x: np.gradient(np.arange(5) ** 2, x, edge_order=edge_order), steps)
    # Even, too: each position has a derivative of its own, which the formula for equal steps hasn't.
    same(lambda f, x: np.gradient(f, x, edge_order=edge_order), r(5), np.arange(5.0))


def test_gradient_along_axes():
    x = r(3, 4, 5)
    same(lambda f: np.gradient(f, axis=1), x, order=1)
    same(lambda f: np.gradient(f, 2.0, 3.0, axis=(-1, 0)), x, order=1)
    same(lambda f: np.gradient(f, axis=(1,)), z(3, 4), order=1)
    exactly(lambda f: np.gradient(f, np.float64(0.3)), r(5).astype("f"))
    exactly(lambda f: np.gradient(f, np.array([0, 0.5, 2, 3, 4])), r(5).astype("f"))


@pytest.mark.parametrize(
    ("args", "options", "error", "match"),
    [
        ((1.0, 2.0, 3.0), {}, TypeError, "invalid number"),
        ((np.ones((2, 2)),), {"axis": 0}, ValueError, "scalars or 1d"),
        ((np.arange(3.0),), {"axis": 0}, ValueError, "match"),
        ((), {"edge_order": 3}, ValueError, "greater than 2"),
        ((), {"axis": (0, 0)}, ValueError, "repeated"),
        ((), {"axis": 0, "edge_order": 2}, ValueError, "too small"),
    ],
)
def test_gradient_refuses(args, options, error, match):
    with pytest.raises(error, match=match):
        tape.vjp(lambda f: np.gradient(f, *args, **options), r(2, 4))


def test_ediff1d():
    for x in (r(2, 3), r(1), z(4), np.zeros(0)):
        same(lambda x: np.ediff1d(x), x)
        same(lambda x: np.ediff1d(x, to_end=[1.0, 2.0]), x)
        same(lambda x: np.ediff1d(x, to_begin=0, to_end=np.ones((2, 2))), x)
    same(lambda x, a, b: np.ediff1d(x, b, a), r(3), r(), r(2))
    same(lambda x, a: np.ediff1d(x, to_begin=(a, 1.0)), r(3), r())
    same(lambda a: np.ediff1d([1.0, 3.0], to_begin=a), r(2))
    exactly(lambda x: np.ediff1d(x, to_begin=np.ones(2)), r(3).astype("f"))
    with pytest.raises(TypeError, match="same_kind"):
        tape.vjp(lambda x: np.ediff1d(x, to_end=1j), r(3))


def test_unwrap():
    p = np.array([[0.0, 3.1, 6.7, -2.2, 9.3], [1.1, -4.2, 4.6, 0.3, 1.7]])
    for options in ({}, {"axis": 0}, {"discont": 4.0}, {"period": 3.0}, {"period": 2.0, "discont": 1.5}):
        same(lambda p, options=options: np.unwrap(p, **options), p)
        exactly(lambda p, options=options: np.unwrap(p, **options), p)
        exactly(lambda p, options=options: np.unwrap(p, **options), p.astype("f"))
    same(lambda z: np.unwrap(np.angle(z)), z(6))
    with pytest.raises(tape.OptionError, match="variable as an option"):
        tape.grad(lambda p: np.sum(np.unwrap(p, period=p[0])))(p[0])


# ----------------------------------------------------------------------- Bessel functions


@pytest.mark.parametrize("order", range(HIGHEST + 1))
def test_bessel_functions_are_accurate(order):
    mpmath = pytest.importorskip("mpmath")
    join = 20.0 + order**2
    rng = np.random.default_rng(order)
    x = [*rng.uniform(0, 40, 40), *10 ** rng.uniform(-8, 2.8, 40), *rng.uniform(join - 3, join + 5, 20), join, 712.0]
    x = np.array([*x, *np.negative(x[:20])])
    found = bessel_i(x, order=order)
    with mpmath.workdps(40):
        for a, b in zip(x, found, strict=True):
            true = mpmath.besseli(order, mpmath.mpf(float(a)))
            assert abs(mpmath.mpf(float(b)) - true) < 8 * 2.0**-52 * abs(true)


def test_bessel_functions_at_the_ends():
    x = np.array([0.0, np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(bessel_i(x, order=0), [1, np.inf, np.inf, np.nan])
    np.testing.assert_array_equal(bessel_i(x, order=1), [0, np.inf, -np.inf, np.nan])
    assert bessel_i(np.float32(2), order=1).dtype == np.float32


def test_i0():
    same(np.i0, np.array([-3.0, 0.0, 0.5, 9.0]))
    d = np.i0
    for n in range(4):  # at zero: 0, 1/2, 0, 3/8
        d = tape.grad(d)
        np.testing.assert_allclose(d(0.0), (0, 0.5, 0, 0.375)[n], atol=1e-16)
    with pytest.raises(tape.NoRuleError, match="up to order 8"):
        bessel_i(1.0, order=9)
