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
