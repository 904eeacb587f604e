import numpy as np
import pytest
import torch
import torch.nn.functional as F

import tape
from tape import nn
from tests.nn.against import compare, compare_second

rng = np.random.default_rng(0)
SHAPES = [(5, 4), (3, 4, 5), (2, 4, 3, 2)]


def vectors(n, count=2):
    return [rng.uniform(0.5, 2, n) for _ in range(count)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("affine", [True, False])
def test_batch_norm_in_training(shape, affine):
    x, (w, b) = rng.normal(size=shape) + 1, vectors(4)
    arrays = [x, w, b] if affine else [x]
    ours = lambda x, *wb: nn.batch_norm(x, None, None, *wb, training=True, eps=1e-3)
    torchs = lambda x, *wb: F.batch_norm(x, None, None, *wb, training=True, eps=1e-3)
    compare(ours, torchs, *arrays)
    compare_second(ours, torchs, *arrays)


@pytest.mark.parametrize("shape", SHAPES)
def test_batch_norm_in_evaluation(shape):
    x, (m, v, w, b) = rng.normal(size=shape), vectors(4, 4)
    m, v = (a.astype(np.float32).astype(np.float64) for a in (m, v))
    ours = lambda x, *wb: nn.batch_norm(x, m.astype(x.dtype), v.astype(x.dtype), *wb)
    torchs = lambda x, *wb: F.batch_norm(x, torch.from_numpy(m), torch.from_numpy(v), *wb)
    compare(ours, torchs, x)
    compare(ours, torchs, x, w)
    compare(ours, torchs, x, w, b)
    compare_second(ours, torchs, x, w, b)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_running_statistics_follow_as_torchs_do(shape, dtype):
    mean, var = np.zeros(4, dtype), np.ones(4, dtype)
    mean_, var_ = torch.zeros(4, dtype=torch.float64), torch.ones(4, dtype=torch.float64)
    for k in range(3):
        x = (rng.normal(size=shape) * (k + 1)).astype(dtype)
        nn.batch_norm(x, mean, var, training=True, momentum=0.3)
        F.batch_norm(torch.from_numpy(x.astype(np.float64)), mean_, var_, training=True, momentum=0.3)
    # three means of at most 15 terms, each with at most as many roundings
    rtol = 64 * np.finfo(dtype).eps
    np.testing.assert_allclose(mean, mean_.numpy(), rtol=rtol, atol=rtol)
    np.testing.assert_allclose(var, var_.numpy(), rtol=rtol)
    assert mean.dtype == var.dtype == dtype


def test_updating_running_statistics_does_not_disturb_a_derivative():
    x, mean, var = rng.normal(size=(6, 4)), np.zeros(4), np.ones(4)
    loss = lambda v, m, s: np.sum(np.tanh(nn.batch_norm(v, m, s, training=True)))
    np.testing.assert_array_equal(tape.grad(loss)(x, mean, var), tape.grad(loss)(x, None, None))
    np.testing.assert_allclose(mean, 0.1 * x.mean(0), rtol=1e-14)
    evaluated = lambda v: np.sum(np.tanh(nn.batch_norm(v, mean, var)))
    assert np.all(np.isfinite(tape.grad(evaluated)(x)))


def test_running_statistics_that_cannot_be_updated():
    x = rng.normal(size=(6, 4))
    with pytest.raises(tape.InPlaceError, match="must be plain arrays, not Var"):
        tape.grad(lambda m: np.sum(nn.batch_norm(x, m, None, training=True)))(np.zeros(4))
    with pytest.raises(tape.InPlaceError, match="not list"):
        nn.batch_norm(x, [0.0] * 4, [1.0] * 4, training=True)


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_instance_norm(shape):
    x, (w, b) = rng.normal(size=shape), vectors(4)
    compare(nn.instance_norm, F.instance_norm, x)
    ours = lambda x, w, b: nn.instance_norm(x, weight=w, bias=b)
    torchs = lambda x, w, b: F.instance_norm(x, weight=w, bias=b)
    compare(ours, torchs, x, w, b)
    compare_second(ours, torchs, x, w, b)


def test_instance_norm_with_running_statistics():
    x, mean, var = rng.normal(size=(3, 4, 5)), np.zeros(4), np.ones(4)
    mean_, var_ = torch.zeros(4, dtype=torch.float64), torch.ones(4, dtype=torch.float64)
    for use in (True, False):
        y = nn.instance_norm(x, mean, var, use_input_stats=use, momentum=0.2)
        y_ = F.instance_norm(torch.from_numpy(x), mean_, var_, use_input_stats=use, momentum=0.2)
        np.testing.assert_allclose(y, y_.numpy(), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(mean, mean_.numpy(), rtol=1e-13)
    np.testing.assert_allclose(var, var_.numpy(), rtol=1e-13)


@pytest.mark.parametrize("normalized", [(4,), (3, 4)])
def test_layer_norm(normalized):
    x, w, b = rng.normal(size=(2, 3, 4)) + 1, rng.normal(size=normalized), rng.normal(size=normalized)
    ours = lambda x, *wb: nn.layer_norm(x, normalized, *wb)
    torchs = lambda x, *wb: F.layer_norm(x, normalized, *wb)
    compare(ours, torchs, x)
    compare(ours, torchs, x, w)
    compare(ours, torchs, x, w, b)
    compare_second(ours, torchs, x, w, b)


def test_layer_norm_far_from_zero():
    # the mean is subtracted before squares are taken: their difference would lose all digits in float32
    x = (rng.normal(size=(3, 64)) + 1000).astype(np.float32)
    true = F.layer_norm(torch.from_numpy(x.astype(np.float64)), (64,)).numpy()
    assert np.max(np.abs(nn.layer_norm(x, 64) - true)) < 1e-4


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_layer_norm_over_one_element_has_no_weight_gradient(dtype):
    # torch 2.13 gives 7.2 in one such case
    x, w, b = (rng.normal(size=s).astype(dtype) * 100 for s in ((50, 1), (1,), (1,)))
    y, pullback = tape.vjp(lambda x, w, b: nn.layer_norm(x, 1, w, b), x, w, b)
    dx, dw, db = pullback(np.ones_like(y))
    np.testing.assert_array_equal(y, np.broadcast_to(b, y.shape))
    assert not dw.any()
    assert not dx.any()
    np.testing.assert_array_equal(db, 50)


def test_constant_rows_have_no_gradient_of_their_mean():
    g = tape.grad(lambda x: np.sum(nn.layer_norm(x, 4, np.arange(4.0))))(np.full((2, 4), 0.1))
    np.testing.assert_allclose(g, np.array([[-1.5, -0.5, 0.5, 1.5]] * 2) / np.sqrt(1e-5), rtol=1e-10)


@pytest.mark.parametrize("eps", [None, 1e-3])
@pytest.mark.parametrize("normalized", [(4,), (3, 4)])
def test_rms_norm(normalized, eps):
    x, w = rng.normal(size=(2, 3, 4)), rng.normal(size=normalized)
    ours = lambda x, *w: nn.rms_norm(x, normalized, *w, eps=eps)
    torchs = lambda x, *w: F.rms_norm(x, normalized, *w, eps=eps)
    compare(ours, torchs, x)
    compare(ours, torchs, x, w)
    compare_second(ours, torchs, x, w)


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("shape", SHAPES[1:])
def test_group_norm(shape, groups):
    x, (w, b) = rng.normal(size=shape), vectors(4)
    ours = lambda x, *wb: nn.group_norm(x, groups, *wb)
    torchs = lambda x, *wb: F.group_norm(x, groups, *wb)
    compare(ours, torchs, x)
    compare(ours, torchs, x, w, b)
    compare_second(ours, torchs, x, w, b)


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0, np.inf])
@pytest.mark.parametrize("dim", [0, 1, -1, (0, 2)])
def test_normalize(dim, p):
    x = rng.normal(size=(2, 3, 4))
    compare(lambda x: nn.normalize(x, p, dim), lambda x: F.normalize(x, p, dim), x)
    compare_second(lambda x: nn.normalize(x, p, dim), lambda x: F.normalize(x, p, dim), x)


def test_normalize_of_zeros_and_of_huge_numbers():
    assert not nn.normalize(np.zeros((2, 3))).any()
    g = tape.grad(lambda x: np.sum(nn.normalize(x)))(np.zeros((2, 3)))
    np.testing.assert_allclose(g, 1e12, rtol=1e-15)
    np.testing.assert_allclose(nn.normalize(np.array([[3e200, 4e200]])), [[0.6, 0.8]], rtol=1e-15)
    np.testing.assert_allclose(nn.normalize(np.array([[3e-200, 4e-200]]), eps=0.0), [[0.6, 0.8]], rtol=1e-15)


def test_the_largest_element_is_shared_by_ties():
    g = tape.grad(lambda x: np.sum(nn.normalisation.vector_norm(x, p=np.inf, dim=1)))(np.array([[2.0, -2.0, 1.0]]))
    np.testing.assert_array_equal(g, [[0.5, -0.5, 0]])


X = np.zeros((3, 4, 5))
WRONG = [
    (lambda: nn.batch_norm(X, None, None), "batch_norm: there are no running statistics"),
    (lambda: nn.batch_norm(X, np.zeros(3), np.zeros(4)), r"running_mean has shape \(3,\), x has 4 channels"),
    (
        lambda: nn.batch_norm(X[0, 0], None, None, training=True),
        r"x has shape \(5,\), it must have a batch and a channel",
    ),
    (lambda: nn.batch_norm(X[:1, :, 0], None, None, training=True), "1 values a channel: training needs 2"),
    (lambda: nn.instance_norm(X[:, :, :1]), "1 values a channel"),
    (lambda: nn.instance_norm(X, use_input_stats=False), "instance_norm: there are no running statistics"),
    (lambda: nn.layer_norm(X, 4), r"normalized_shape=\(4,\), but x has shape \(3, 4, 5\)"),
    (lambda: nn.layer_norm(X, ()), r"normalized_shape=\(\)"),
    (lambda: nn.layer_norm(X, 5, np.ones(4)), r"weight has shape \(4,\), it must have that of normalized_shape"),
    (lambda: nn.rms_norm(X, (3, 5)), "it must end in that"),
    (lambda: nn.group_norm(X, 3), "4 channels can't be dealt into 3 groups"),
    (lambda: nn.group_norm(X, 2, np.ones(2)), r"weight has shape \(2,\), x has 4 channels"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_shapes_that_do_not_fit(call, message):
    with pytest.raises(tape.ShapeError, match=message):
        call()


def test_what_is_no_norm():
    with pytest.raises(ValueError, match=r"p=0.5 is below 1"):
        nn.normalize(X, 0.5)


# ------------------------------------------------------------- where squares are out of range


def exactly(x, w, eps, centred):
    """Return the standardised rows, and the adjoint of the rows from ``w``, in longdouble."""
    x, w = x.astype(np.longdouble), w.astype(np.longdouble)
    mean = lambda a: np.mean(a, axis=1, keepdims=True)
    d = x - mean(x) if centred else x
    r = 1 / np.sqrt(mean(d * d) + np.longdouble(eps))
    y = d * r
    return y, r * (w - y * mean(w * y) - (mean(w) if centred else 0))


# Powers of two, whose squares are out of single precision's range, and close to the ends of the range itself.
FAR = [2.0**83, 2.0**125, 2.0**-83, 2.0**-110]
SCALED = [(s, eps) for s in FAR for eps in (0.0, 1e-30, 1e-5)] + [(2.0**-60, 2.0**-126), (2.0**-64, 2.0**-133)]


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize(("scale", "eps"), SCALED)
def test_normalising_where_squares_are_out_of_range(scale, eps, centred):
    x = (np.random.default_rng(1).normal(size=(4, 6)) * np.array([[scale], [1], [scale], [2**-70]])).astype(np.float32)
    w = np.random.default_rng(2).normal(size=(4, 6)).astype(np.float32)
    norm = lambda x: nn.normalisation.standardise(x, axis=(1,), eps=eps, centred=centred)
    y, pull = tape.vjp(norm, x)
    (g,) = pull(w)
    want, slope = exactly(x, w, eps, centred)
    assert y.dtype == g.dtype == np.float32
    # sums of six terms each
    np.testing.assert_array_less(np.abs(y - want).max(1), 8 * 2**-23 * np.abs(want).max(1))
    np.testing.assert_array_less(np.abs(g - slope).max(1), 16 * 2**-23 * np.abs(slope).max(1))
    tangent = tape.jvp(norm, (x,), (w * x,))[1]
    along = exactly(x, w * x.astype(np.longdouble), eps, centred)[1]  # the Jacobian is symmetric
    np.testing.assert_array_less(np.abs(tangent - along).max(1), 16 * 2**-23 * np.abs(along).max(1))


def test_rows_in_range_keep_their_bits_beside_others():
    x = rng.normal(size=(3, 4, 5)).astype(np.float32)
    far = np.concatenate([x, np.full_like(x, 1e25)])
    np.testing.assert_array_equal(nn.layer_norm(far, 5)[:3], nn.layer_norm(x, 5))
    np.testing.assert_array_equal(nn.rms_norm(far, 5)[:3], nn.rms_norm(x, 5))


@pytest.mark.parametrize(
    "norm",
    [
        lambda x: nn.layer_norm(x, 6),
        lambda x: nn.rms_norm(x, 6),
        lambda x: nn.batch_norm(x, None, None, training=True),
        lambda x: nn.group_norm(x, 2),
        lambda x: nn.instance_norm(x),
    ],
)
def test_every_normalisation_of_huge_numbers_is_that_of_any(norm):
    x, w = (np.random.default_rng(k).normal(size=(3, 4, 6)).astype(np.float32) for k in (3, 4))
    near, slope = tape.vjp(norm, x * 2.0**20)
    far, slope_far = tape.vjp(norm, x * 2.0**84)
    np.testing.assert_allclose(far, near, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slope_far(w)[0] * 2.0**84, slope(w)[0] * 2.0**20, rtol=1e-5, atol=1e-5)


def test_equal_huge_numbers_are_normalised_to_zero():
    x = np.full((2, 7), 1.1e38, np.float32)  # whose sum is beyond the largest number, too
    w = np.arange(7, dtype=np.float32)
    y, pull = tape.vjp(lambda x: nn.layer_norm(x, 7), x)
    np.testing.assert_array_equal(y, 0)
    slope = np.stack([w - 3, w - 3]) / np.sqrt(1e-5)
    np.testing.assert_allclose(pull(np.stack([w, w]))[0], slope, rtol=1e-5, atol=1e-3)


def test_what_is_not_finite_stays_so():
    x = np.array([[1.0, np.inf, 2.0], [1.0, np.nan, 2.0], [1.0, 2.0, 3.0]])
    y, pull = tape.vjp(lambda x: nn.layer_norm(x, 3), x)
    assert np.all(np.isnan(y[:2]))
    assert np.all(np.isnan(pull(np.ones_like(x))[0][:2]))
    assert np.all(np.isfinite(y[2]))
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(nn.rms_norm(x, 3)[:2], [[0, np.nan, 0], [np.nan] * 3])
    assert nn.layer_norm(np.zeros((0, 3)), 3).shape == (0, 3)


def test_second_derivatives_of_normalising_huge_numbers():
    # each derivative of a function of degree 0 is of a degree less
    f = lambda x: np.sum(nn.layer_norm(x, 4) ** 3)
    x, t = (np.random.default_rng(k).normal(size=(2, 4)).astype(np.float32) for k in (5, 6))
    x *= 2.0**30
    for s in (2.0**40, 2.0**-94):  # to where squares are out of range
        near = tape.jvp(tape.grad(f), (x,), (t * 2.0**30,))[1]
        if s < 1:
            f = lambda x: np.sum(nn.layer_norm(x, 4, eps=0.0) ** 3)
        far = tape.jvp(tape.grad(f), (x * s,), (t * s * 2.0**30,))[1]
        np.testing.assert_allclose(far * s, near, rtol=2e-4, atol=2e-4 * np.abs(near).max())


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
def test_normalize_of_numbers_whose_norm_is_beyond_the_largest(p):
    x = np.array([[3.0, -3.0, 2.0, 1.0], [1.0, 2.0, 3.0, 4.0]])
    w = np.array([1.0, 2.0, 3.0, 5.0], np.float32)
    far = (x * [[1e38], [1]]).astype(np.float32)
    y, pull = tape.vjp(lambda x: nn.normalize(x, p), far)
    want, slope = tape.vjp(lambda x: nn.normalize(x, p), x)
    np.testing.assert_allclose(y, want, rtol=1e-6)
    (g,), (h,) = pull(np.stack([w, w])), slope(np.stack([w, w]))
    np.testing.assert_array_equal(g[1], tape.vjp(lambda x: nn.normalize(x, p), far[1:])[1](w[None])[0][0])
    np.testing.assert_allclose(g[0] * 1e38, h[0], rtol=0, atol=1e-5)
