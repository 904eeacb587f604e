import numpy as np
import pytest
import torch
import torch.nn.functional as F

import tape
from tape import nn
from tests.nn.against import compare, compare_second, slope

rng = np.random.default_rng(0)
X, Y, W = (
    rng.normal(size=(4, 5)) * 2,
    rng.normal(size=(4, 5)) * 2,
    rng.uniform(0.5, 2, (4, 5)).astype(np.float32).astype(np.float64),
)
P = rng.dirichlet(np.ones(5), 4)

CASES = {
    "mse": (nn.mse_loss, F.mse_loss, {}),
    "l1": (nn.l1_loss, F.l1_loss, {}),
    "smooth l1": (nn.smooth_l1_loss, F.smooth_l1_loss, {}),
    "smooth l1, beta": (nn.smooth_l1_loss, F.smooth_l1_loss, {"beta": 0.4}),
    "smooth l1, beta 0": (nn.smooth_l1_loss, F.smooth_l1_loss, {"beta": 0.0}),
    "huber": (nn.huber_loss, F.huber_loss, {}),
    "huber, delta": (nn.huber_loss, F.huber_loss, {"delta": 2.5}),
}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", CASES)
def test_regression(name, reduction):
    ours, torchs, options = CASES[name]
    options = {**options, "reduction": reduction}
    compare(lambda x, y: ours(x, y, **options), lambda x, y: torchs(x, y, **options), X, Y)
    compare(lambda x, y: ours(x, y, **options), lambda x, y: torchs(x, y, **options), X[0, 0], Y[0, 0])
    compare_second(lambda x, y: ours(x, y, **options), lambda x, y: torchs(x, y, **options), X, Y)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(
    ("ours", "torchs"), [(nn.mse_loss, F.mse_loss), (nn.l1_loss, F.l1_loss), (nn.huber_loss, F.huber_loss)]
)
def test_weighted_regression(ours, torchs, reduction):
    compare(
        lambda x, y: ours(x, y, reduction=reduction, weight=W.astype(x.dtype)),
        lambda x, y: torchs(x, y, reduction=reduction, weight=torch.from_numpy(W)),
        X,
        Y,
    )


@pytest.mark.filterwarnings("ignore:reduction. 'mean'")  # torch's, that this isn't the mathematicians' divergence
@pytest.mark.parametrize("reduction", ["mean", "sum", "none", "batchmean"])
@pytest.mark.parametrize("log_target", [False, True])
def test_kl_div(log_target, reduction):
    options = {"reduction": reduction, "log_target": log_target}
    target = np.log(P) if log_target else P
    compare(lambda x, y: nn.kl_div(x, y, **options), lambda x, y: F.kl_div(x, y, **options), np.log(P[::-1]), target)
    compare_second(
        lambda x, y: nn.kl_div(x, y, **options), lambda x, y: F.kl_div(x, y, **options), np.log(P[::-1]), target
    )


def test_kl_div_of_impossible_classes():
    target = np.array([0.0, 0.5, 0.5])
    value, g = tape.value_and_grad(lambda x: nn.kl_div(x, target, "sum"))(np.log([0.2, 0.3, 0.5]))
    assert value == pytest.approx(0.5 * np.log(0.5 / 0.3), rel=1e-15, abs=0)
    np.testing.assert_array_equal(g, -target)


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: nn.l1_loss(x, 0.0), 0, 0),
        (lambda x: nn.smooth_l1_loss(x, 0.0), 1, 1),
        (lambda x: nn.smooth_l1_loss(x, 0.0), 0, 0),
        (lambda x: nn.smooth_l1_loss(x, 0.0, beta=0.0), 0, 0),
        (lambda x: nn.huber_loss(x, 0.0, delta=2.0), 2, 2),
        (lambda x: nn.huber_loss(x, 0.0, delta=2.0), -3, -2),
        (lambda x: nn.mse_loss(x, 0.0), 3, 6),
    ],
)
def test_the_convention_at_a_kink(f, x, expected):
    assert slope(f, x) == expected


@pytest.mark.parametrize("loss", [nn.mse_loss, nn.l1_loss, nn.smooth_l1_loss, nn.huber_loss, nn.kl_div])
def test_shapes_are_not_broadcast_in_silence(loss):
    with pytest.raises(tape.ShapeError, match=r"input has shape \(4, 1\), target \(4,\)"):
        loss(np.zeros((4, 1)), np.zeros(4))


@pytest.mark.parametrize("loss", [nn.mse_loss, nn.l1_loss, nn.smooth_l1_loss, nn.huber_loss, nn.kl_div])
def test_an_unknown_reduction(loss):
    with pytest.raises(ValueError, match="reduction is 'mean', 'sum' or 'none', not 'avg'"):
        loss(P, P, reduction="avg")


def test_options_out_of_range():
    with pytest.raises(ValueError, match="beta=-1 must not be negative"):
        nn.smooth_l1_loss(X, Y, beta=-1)
    with pytest.raises(ValueError, match="delta=0 must be positive"):
        nn.huber_loss(X, Y, delta=0)
