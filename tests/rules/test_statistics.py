"""Covariances, correlations and histograms, with every option."""

import numpy as np
import pytest

import tape
from tape.program import torch as replayed
from tests.rules.checks import same_complex as same
from tests.samples.base import r, z

F = np.array([1, 2, 0, 3, 1])
W = np.array([0.5, 1.5, 0.25, 1.0, 2.0])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bias": True},
        {"ddof": 0},
        {"ddof": 2},
        {"fweights": F},
        {"aweights": W},
        {"fweights": F, "aweights": W},
        {"fweights": F, "aweights": W, "ddof": 0},
        {"aweights": W, "bias": True},
    ],
)
def test_cov(options):
    for x in (r(3, 5), z(3, 5), r(5), r(1, 5)):
        same(lambda x: np.cov(x, **options), x)
    same(lambda x: np.cov(x, rowvar=False, **options), r(5, 2))
    same(lambda x, y: np.cov(x, y, **options), r(5), r(2, 5))
    same(lambda x, y: np.cov(x, y, rowvar=False, **options), r(5, 2), r(5, 3))
    same(lambda x, y: np.cov(x, y=y, rowvar=False, **options), r(5), r(5))
    same(lambda y: np.cov(np.arange(5), y, **options), r(5), order=1)


@pytest.mark.parametrize("ddof", [None, 0, 2])
def test_cov_in_its_weights(ddof):
    same(lambda x, w: np.cov(x, aweights=w, ddof=ddof), r(2, 5), W)
    same(lambda x, w: np.cov(x, aweights=w, fweights=F, ddof=ddof), r(2, 5), W)
    same(lambda w: np.cov(np.arange(10.0).reshape(2, 5) ** 2, aweights=w, ddof=ddof), W)


def test_cov_dtype():
    x = r(3, 5).astype(np.float32)
    t = tape.Tape()
    v = t.input(x)
    for options in ({}, {"dtype": np.float32}, {"aweights": W, "dtype": np.float32}):
        y = np.cov(v, **options)
        assert y.dtype == np.cov(x, **options).dtype
        np.testing.assert_allclose(y.value, np.cov(x, **options), rtol=1e-5)
    assert t.sweep(np.sum(y * y))[v].dtype == np.float32


def test_cov_refuses():
    x = r(2, 5)
    with pytest.raises(tape.OptionError, match="aweights="):
        tape.vjp(lambda w: np.cov(x, fweights=w), W)
    with pytest.warns(RuntimeWarning, match="Degrees of freedom"), np.errstate(all="ignore"):
        tape.vjp(lambda x: np.cov(x), r(2, 1))
    for options, error, match in (
        ({"fweights": W}, TypeError, "integer"),
        ({"aweights": -W}, ValueError, "negative"),
        ({"aweights": W[:2]}, RuntimeError, "incompatible"),
        ({"aweights": np.ones((2, 5))}, RuntimeError, "multidimensional"),
        ({"ddof": 0.5}, ValueError, "ddof"),
        ({"y": np.ones((1, 2, 5))}, ValueError, "more than 2"),
    ):
        with pytest.raises(error, match=match):
            tape.vjp(lambda x, options=options: np.cov(x, **options), x)


def test_corrcoef():
    for x in (r(3, 5), z(3, 5), r(2, 2)):
        same(lambda x: np.corrcoef(x), x)
    same(lambda x: np.corrcoef(x, rowvar=False), r(5, 2))
    same(lambda x, y: np.corrcoef(x, y), r(5), r(5))
    same(lambda x: np.corrcoef(x), r(5))
    x = r(3, 5).astype(np.float32)
    assert tape.grad(lambda x: np.sum(np.corrcoef(x, dtype=np.float32)))(x).dtype == np.float32


def test_perfect_correlation_is_at_its_greatest():
    a = r(6)
    both = tape.grad(lambda b: np.corrcoef(a, b)[0, 1])
    assert np.max(np.abs(both(2 * a + 1))) < 1e-14
    assert np.max(np.linalg.eigvalsh(tape.hessian(lambda b: np.corrcoef(a, b)[0, 1])(2 * a + 1))) < 1e-12
    assert np.min(np.linalg.eigvalsh(tape.hessian(lambda b: np.corrcoef(a, b)[0, 1])(2 * a + 1))) < -1e-2


def test_cov_agrees_with_torch():
    torch = pytest.importorskip("torch")
    x = r(3, 6)
    w = r(3, 3)
    for ours, theirs in ((np.cov, torch.cov), (np.corrcoef, torch.corrcoef)):
        v = torch.tensor(x, requires_grad=True)
        torch.sum(theirs(v) * torch.tensor(w)).backward()
        found = tape.grad(lambda x, ours=ours: np.sum(ours(x) * w))(x)
        np.testing.assert_allclose(found, v.grad.numpy(), rtol=1e-12, atol=1e-13)


# ------------------------------------------------------------------------------- histograms

A = np.array([0.1, 0.5, 0.5, 2.5, -3.0, 1.0, 2.0, 0.75, 0.3])
EDGES = np.array([0.0, 0.5, 0.75, 2.0])
B = np.array([0.1, 0.55, 0.52, 2.5, -3.1, 1.07, 1.9, 0.7, 0.3])  # none of them at an edge
HOW = [{}, {"bins": 4}, {"bins": 3, "range": (0.0, 2.0)}, {"bins": EDGES}, {"bins": EDGES.tolist()}]


@pytest.mark.parametrize("options", HOW)
@pytest.mark.parametrize("density", [False, True])
def test_histogram_in_its_weights(options, density):
    for w in (r(9, low=0.5), z(9), r(3, 3, low=0.5)):
        same(lambda w: np.histogram(A.reshape(w.shape), weights=w, density=density, **options)[0], w)
        t = tape.Tape()
        got = np.histogram(A.reshape(w.shape), weights=t.input(w), density=density, **options)
        want = np.histogram(A.reshape(w.shape), weights=w, density=density, **options)
        np.testing.assert_array_equal(got[0].value, want[0])
        np.testing.assert_array_equal(got[1], want[1])


def test_histogram_agrees_with_torch():
    pytest.importorskip("torch")
    t = tape.Tape()
    w = t.input(r(9, low=0.5))
    y = np.sum(np.histogram(A, EDGES, weights=w, density=True)[0] ** 2)
    np.testing.assert_allclose(replayed.replay(t, y).adjoints[w._index], t.sweep(y)[w], rtol=1e-13)


@pytest.mark.parametrize("options", [*HOW, {"bins": "auto"}])
def test_histogram_of_samples(options):
    t = tape.Tape()
    a = t.input(A)
    got, edges = np.histogram(a, **options)
    want, places = np.histogram(A, **options)
    np.testing.assert_array_equal(got.value, want)
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(edges.value if isinstance(edges, tape.Var) else edges, places)
    assert not t.sweep(np.sum(got * 1.0))[a].any()  # counts change in jumps only
    same(lambda a: np.histogram(a, density=True, **options)[0], B)  # the width of the bins changes
    same(lambda a, w: np.histogram(a, weights=w, density=True, **{**options, "bins": 4})[0], B, r(9, low=0.5))


def test_histogram_in_its_edges():
    same(lambda e: np.histogram(B, e, density=True)[0], EDGES)
    same(lambda e, w: np.histogram(B, e, density=True, weights=w)[0], EDGES, r(9, low=0.5))
    same(lambda a: np.histogram(a, 4)[1], A)
    same(lambda a: np.histogram_bin_edges(a, 4), A)
    t = tape.Tape()
    np.testing.assert_array_equal(np.histogram_bin_edges(t.input(np.ones(3)), 4).value, np.linspace(0.5, 1.5, 5))


def test_histograms_with_weights_dont_change_with_their_samples():
    t = np.linspace(-1, 1, 9)
    for dtype in (np.float64, np.float32):
        w = np.arange(9).astype(dtype)
        y, tangent = tape.jvp(lambda a, w=w: np.histogram(a, 4, weights=w)[0], (B,), (t,))
        np.testing.assert_array_equal(y, np.histogram(B, 4, weights=w)[0])
        assert tangent.dtype == y.dtype
        np.testing.assert_array_equal(tangent, np.zeros(4))


def test_histograms_of_single_precision():
    x, y = r(9).astype(np.float32), r(9).astype(np.float32)
    w = np.abs(r(9)).astype(np.float32)
    for f in (
        lambda x, y, w: np.histogram(x, 3),
        lambda x, y, w: np.histogram(x, 3, density=True),
        lambda x, y, w: np.histogram(x, 3, weights=w),
        lambda x, y, w: flat(np.histogram2d(x, y, 3, weights=w)),
        lambda x, y, w: flat(np.histogram2d(x, y, 3, density=True)),
        lambda x, y, w: flat(np.histogram2d(x, y * np.float64(1), 3)),
    ):
        t = tape.Tape()
        inputs = [t.input(v) for v in (x, y, w)]
        for got, want in zip(f(*inputs), f(x, y, w), strict=True):
            np.testing.assert_array_equal(got.value, want)
            assert got.dtype == want.dtype


def test_histogram_refuses():
    with pytest.raises(ValueError, match="same shape"):
        tape.vjp(lambda w: np.histogram(A, weights=w), r(3))
    with pytest.raises(ValueError, match="monotonically"):
        tape.vjp(lambda w: np.histogram(A, EDGES[::-1], weights=w), r(9))
    with pytest.raises(TypeError, match="weighted"):
        tape.vjp(lambda w: np.histogram(A, "auto", weights=w), r(9))


X, Y = r(12), r(12)


def flat(found):
    """Return what np.histogramdd and np.histogram2d return as one list."""
    counts, *edges = found
    return [counts, *(edges[0] if isinstance(edges[0], list) else edges)]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bins": 3},
        {"bins": (2, 3)},
        {"bins": [np.array([-1.0, 0.0, 1.5]), 3]},
        {"bins": [EDGES, EDGES]},
        {"bins": 2, "range": [(-1.0, 1.0), (-2.0, 0.5)]},
        {"bins": 3, "range": [None, (-2.0, 2.0)]},
    ],
)
@pytest.mark.parametrize("density", [False, True])
def test_histograms_of_two_axes(options, density):
    w = r(12, low=0.5)
    for f in (
        lambda w: np.histogram2d(X, Y, weights=w, density=density, **options),
        lambda w: np.histogramdd([X, Y], weights=w, density=density, **options),
        lambda w: np.histogramdd(np.stack([X, Y], 1), weights=w, density=density, **options),
    ):
        same(lambda w, f=f: f(w)[0], w)
        t = tape.Tape()
        for got, want in zip(flat(f(t.input(w))), flat(f(w)), strict=True):
            np.testing.assert_array_equal(got.value if isinstance(got, tape.Var) else got, want)
    t = tape.Tape()
    got, want = (np.histogram2d(x, y, density=density, **options) for x, y in ((t.input(X), t.input(Y)), (X, Y)))
    np.testing.assert_array_equal(got[0].value, want[0])
    same(lambda x, y: np.histogram2d(x, y, density=True, **options)[0], X, Y)
    same(lambda s: np.histogramdd(s, density=True, **options)[0], np.stack([X, Y], 1))


def test_histograms_of_one_and_three_axes():
    w = r(12, low=0.5)
    same(lambda w: np.histogramdd(X, 3, weights=w)[0], w)
    same(lambda w: np.histogramdd([X, Y, X * Y], 2, weights=w, density=True)[0], w)
    same(lambda x: np.histogramdd(x, 3, density=True)[0], X)
    same(lambda w: np.histogram2d(X, Y, np.linspace(-2, 2, 4), weights=w)[0], w)
    same(lambda e: np.histogram2d(X, Y, e, density=True)[0], np.linspace(-2, 2, 4))
    same(lambda e: np.histogram2d(X, Y, [e, 3], density=True)[0], np.linspace(-2, 2, 4))


def test_histograms_of_two_axes_refuse():
    with pytest.raises(ValueError, match="dimension of bins"):
        tape.vjp(lambda w: np.histogramdd([X, Y], [2, 2, 2], weights=w)[0], X)
    with pytest.raises(ValueError, match="one entry per dimension"):
        tape.vjp(lambda w: np.histogramdd([X, Y], 2, [(0, 1)], weights=w)[0], X)
    with pytest.raises(TypeError, match="real weights"):
        tape.vjp(lambda w: np.histogramdd([X, Y], 2, weights=w)[0], X + 1j)
    with pytest.raises(ValueError, match="monotonically"):
        tape.vjp(lambda w: np.histogramdd([X, Y], [[1, 0], 2], weights=w)[0], X)
    with pytest.raises(ValueError, match="same length"):
        tape.vjp(lambda w: np.histogram2d(X, Y[:2], weights=w)[0], X)


# ------------------------------------------------------------------- trimming, real parts


@pytest.mark.parametrize("trim", ["fb", "f", "b", "BF"])
@pytest.mark.parametrize("options", [{}, {"axis": -1}, {"axis": 0}, {"axis": ()}])
def test_trim_zeros(trim, options):
    flat, square = np.array([0, 0, 1.5, 0, -2, 0]), np.zeros((4, 5))
    square[1:3, 2] = 1.5
    for x in (flat, square, 0 * flat, 0 * square):
        if np.ndim(x) == 1 and options.get("axis") == 0:
            continue
        want = np.trim_zeros(x, trim, **options)
        y, back = tape.vjp(lambda x: np.trim_zeros(x, trim, **options) * 1.0, x)
        np.testing.assert_array_equal(y, want)
        seed = np.arange(1.0, want.size + 1).reshape(want.shape)
        (g,) = back(seed)
        assert np.sum(g) == np.sum(seed)  # all of it arrives, and where the values stand
        assert np.sum(g * x) == np.sum(seed * want)


def test_trim_zeros_refuses():
    with pytest.raises(ValueError, match="unexpected"):
        tape.vjp(lambda x: np.trim_zeros(x, "x"), np.ones(3))


def test_real_if_close():
    same(lambda x: np.real_if_close(x) * 1.0, r(3))
    same(lambda x: np.real_if_close(x) * 1.0, z(3))
    for x, options in ((r(3) + 1e-15j, {}), (r(3) + 1e-13j, {"tol": 1e3}), (r(3) + 0.1j, {"tol": 0.5})):
        y, back = tape.vjp(lambda x, options=options: np.real_if_close(x, **options) * 2.0, x)
        np.testing.assert_array_equal(y, 2 * x.real)
        np.testing.assert_array_equal(back(np.ones(3))[0], 2)
    assert np.real_if_close(tape.Tape().input((r(3) + 1e-6j).astype(np.complex64))).dtype == np.float32
