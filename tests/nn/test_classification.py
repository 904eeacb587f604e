import numpy as np
import pytest
import torch
import torch.nn.functional as F

import tape
from tape import nn
from tape.nn.classification import _clamped_log
from tests.nn.against import compare, compare_second

rng = np.random.default_rng(0)
WEIGHT = rng.uniform(0.5, 2, 4).astype(np.float32).astype(np.float64)
SHAPES = [((4,), ()), ((6, 4), (6,)), ((3, 4, 2), (3, 2)), ((2, 4, 3, 2), (2, 3, 2))]
REDUCTIONS = ["mean", "sum", "none"]


def there(a):
    return None if a is None else torch.from_numpy(np.array(a))


def case(shapes, ignored=False):
    x, target = rng.normal(size=shapes[0]) * 2, rng.integers(0, 4, shapes[1])
    if ignored and target.ndim:
        target[0] = -100
    return x, target


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize("shapes", SHAPES)
def test_nll_and_cross_entropy(shapes, ignored, weight, reduction):
    x, target = case(shapes, ignored)
    for smoothing in (None, 0.0, 0.2):
        ours, torchs = (nn.nll_loss, F.nll_loss) if smoothing is None else (nn.cross_entropy, F.cross_entropy)
        options = {"reduction": reduction} | ({} if smoothing is None else {"label_smoothing": smoothing})
        mine = lambda v: ours(v, target, None if weight is None else weight.astype(v.dtype), **options)
        theirs = lambda v: torchs(v, there(target), there(weight), **options)
        compare(mine, theirs, x)
        if smoothing is not None:
            compare_second(mine, theirs, x)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("shape", [(4,), (6, 4), (2, 4, 3)])
def test_probabilities_as_targets(shape, smoothing, weight, reduction):
    x, target = rng.normal(size=shape), rng.uniform(0, 1, shape)
    options = {"reduction": reduction, "label_smoothing": smoothing}
    compare(
        lambda v, t: nn.cross_entropy(v, t, None if weight is None else weight.astype(v.dtype), **options),
        lambda v, t: F.cross_entropy(v, t, there(weight), **options),
        x,
        target,
    )


@pytest.mark.parametrize("ignore_index", [2, -1])
def test_ignore_index(ignore_index):
    x, target = case(SHAPES[1])
    target[:2] = ignore_index
    compare(
        lambda v: nn.cross_entropy(v, target, ignore_index=ignore_index),
        lambda v: F.cross_entropy(v, there(target), ignore_index=ignore_index),
        x,
    )
    g = tape.grad(lambda v: nn.cross_entropy(v, target, ignore_index=ignore_index))(x)
    assert not g[:2].any()


@pytest.mark.parametrize("target", [np.full(3, -100), np.zeros(0, int)])
def test_nothing_counts_is_nan_in_the_mean_and_zero_in_the_sum(target):
    x = np.zeros((len(target), 4))
    assert np.isnan(nn.cross_entropy(x, target))
    assert np.isnan(nn.nll_loss(x, target, WEIGHT))
    assert np.isnan(F.cross_entropy(there(x), there(target)).item())
    assert nn.cross_entropy(x, target, reduction="sum") == 0


def test_the_class_weight_has_a_gradient():
    x, target = case(SHAPES[1])
    total = lambda w: nn.cross_entropy(x, target, w)
    step = 1e-6 * np.eye(4)
    numeric = [(total(WEIGHT + s) - total(WEIGHT - s)) / 2e-6 for s in step]
    # central differences: error h²/6 f''' ~ 1e-12, and 1e-16/h = 1e-10 of rounding
    np.testing.assert_allclose(tape.grad(total)(WEIGHT), numeric, atol=1e-8)


def test_logits_of_any_size():
    x = np.array([[1000.0, 0.0, -1000.0], [0.0, 1000.0, 0.0]])
    value, g = tape.value_and_grad(lambda v: nn.cross_entropy(v, np.array([0, 0]), reduction="sum"))(x)
    assert value == 1000
    np.testing.assert_array_equal(g, [[0, 0, 0], [-1, 1, 0]])


@pytest.mark.parametrize("loss", [nn.nll_loss, nn.cross_entropy])
def test_targets_that_are_wrong(loss):
    x = np.zeros((3, 4))
    with pytest.raises(IndexError, match=r"target 4 is not one of 4 classes \(0 to 3; ignore_index=-100\)"):
        loss(x, np.array([0, 4, 1]))
    with pytest.raises(IndexError, match="target -1 is not one of 4 classes"):
        loss(x, np.array([0, -1, 1]))
    with pytest.raises(
        tape.ShapeError, match=r"input has shape \(3, 4\), so target must have shape \(3,\), not \(4,\)"
    ):
        loss(x, np.zeros(4, int))
    with pytest.raises(tape.InputTypeError, match=r"target of shape \(3,\) is float64, it must hold class numbers"):
        loss(x, np.zeros(3))
    with pytest.raises(tape.ShapeError, match=r"weight has shape \(3,\), it must be \(4,\)"):
        loss(x, np.zeros(3, int), np.ones(3))
    with pytest.raises(ValueError, match="reduction is"):
        loss(x, np.zeros(3, int), reduction="batchmean")
    with pytest.raises(tape.ShapeError, match="input has no class axis"):
        loss(np.float64(1), np.array(0))


def test_options_out_of_range():
    with pytest.raises(ValueError, match=r"label_smoothing=1.5 must be from 0 to 1"):
        nn.cross_entropy(np.zeros((3, 4)), np.zeros(3, int), label_smoothing=1.5)


# ------------------------------------------------------------------- two classes


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("pos_weight", [None, WEIGHT])
def test_binary_cross_entropy_with_logits(pos_weight, weighted, reduction):
    x, target = rng.normal(size=(3, 4)) * 5, rng.uniform(0, 1, (3, 4))
    w = rng.uniform(0.5, 2, (3, 4)).astype(np.float32).astype(np.float64) if weighted else None
    like = lambda a, v: None if a is None else a.astype(v.dtype)
    mine = lambda v, t: nn.binary_cross_entropy_with_logits(
        v, t, like(w, v), reduction=reduction, pos_weight=like(pos_weight, v)
    )
    theirs = lambda v, t: F.binary_cross_entropy_with_logits(
        v, t, there(w), reduction=reduction, pos_weight=there(pos_weight)
    )
    compare(mine, theirs, x, target)
    compare_second(mine, theirs, x, target)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_binary_cross_entropy(weighted, reduction):
    x, target = rng.uniform(0.1, 0.9, (3, 4)), rng.uniform(0, 1, (3, 4))
    w = rng.uniform(0.5, 2, (3, 4)).astype(np.float32).astype(np.float64) if weighted else None
    mine = lambda v, t: nn.binary_cross_entropy(v, t, None if w is None else w.astype(v.dtype), reduction=reduction)
    theirs = lambda v, t: F.binary_cross_entropy(v, t, there(w), reduction=reduction)
    compare(mine, theirs, x, target)
    compare_second(mine, theirs, x, target, factor=1e6)  # torch adds 1e-12 to the denominator, of 0.1


def test_logits_and_probabilities_at_the_ends():
    x, target = np.array([-1000.0, 1000.0, -1000.0, 1000.0]), np.array([0.0, 1.0, 1.0, 0.0])
    value, g = tape.value_and_grad(lambda v: nn.binary_cross_entropy_with_logits(v, target, reduction="sum"))(x)
    assert value == 2000
    np.testing.assert_array_equal(g, [0, 0, -1, 1])
    p = np.array([0.0, 1.0, 0.0, 1.0])
    tensor = there(p).requires_grad_()
    F.binary_cross_entropy(tensor, there(target), reduction="sum").backward()
    value, g = tape.value_and_grad(lambda v: nn.binary_cross_entropy(v, target, reduction="sum"))(p)
    assert value == 200
    np.testing.assert_allclose(g, tensor.grad.numpy(), rtol=1e-8)  # torch's 1e-12 is a float32


def test_the_logarithm_is_constant_where_it_is_cut_off():
    x = np.array([0.0, 1e-50, 4e-44, 1e-20, 0.5])
    value, g = tape.value_and_grad(lambda v: np.sum(_clamped_log(v)))(x)
    assert value == pytest.approx(-200 + np.sum(np.log(x[2:])), rel=1e-15, abs=0)
    np.testing.assert_allclose(g, [0, 0, 2.5e43, 1e20, 2], rtol=1e-15)


def test_the_derivative_of_a_sure_logit_does_not_cancel():
    g = tape.grad(lambda v: nn.binary_cross_entropy_with_logits(v, 1.0))(40.0)
    assert g == pytest.approx(-np.exp(-40.0), rel=1e-15, abs=0)  # sigmoid(40) - 1 would be 0


def test_what_is_refused():
    with pytest.raises(ValueError, match="input runs from -1 to 2, it must be probabilities"):
        nn.binary_cross_entropy(np.array([-1.0, 2.0]), np.zeros(2))
    with pytest.raises(ValueError, match="use binary_cross_entropy_with_logits"):
        tape.grad(lambda v: nn.binary_cross_entropy(v, np.zeros(2)))(np.array([0.5, np.nan]))
    for loss in (nn.binary_cross_entropy, nn.binary_cross_entropy_with_logits):
        with pytest.raises(tape.ShapeError, match=r"input has shape \(2, 1\), target \(2,\)"):
            loss(np.zeros((2, 1)), np.zeros(2))
        with pytest.raises(ValueError, match="reduction is"):
            loss(np.zeros(2), np.zeros(2), reduction="all")


def test_the_gradient_in_a_target_is_accurate_for_every_probability():
    x = np.array([1e-30, 1e-11, 0.2, 0.5, 0.6, 1 - 1e-9])
    g = tape.grad(lambda t: nn.binary_cross_entropy(x, t, reduction="sum"))(np.full(6, 0.3))
    np.testing.assert_allclose(g, np.log1p(-x) - np.log(x), rtol=1e-14)
