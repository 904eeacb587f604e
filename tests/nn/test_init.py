import math

import numpy as np
import pytest
import torch

import tape
from tape.nn import init

SHAPE = (60, 20, 3, 3)


def generator():
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("draw", "std"),
    [
        (lambda: init.kaiming_uniform(generator(), SHAPE), math.sqrt(2 / 180)),
        (lambda: init.kaiming_uniform(generator(), SHAPE, a=math.sqrt(5)), math.sqrt(1 / 3 / 180)),
        (lambda: init.kaiming_normal(generator(), SHAPE, mode="fan_out", nonlinearity="relu"), math.sqrt(2 / 540)),
        (lambda: init.xavier_uniform(generator(), SHAPE, gain=2.0), 2 * math.sqrt(2 / 720)),
        (lambda: init.xavier_normal(generator(), SHAPE), math.sqrt(2 / 720)),
    ],
)
def test_the_variance_is_the_papers(draw, std):
    w = draw()
    assert w.shape == SHAPE
    np.testing.assert_array_equal(w, draw())
    # 10,800 draws: the standard deviation of their standard deviation is at most 0.7 %
    assert np.std(w) == pytest.approx(std, rel=0.035, abs=0)
    assert abs(np.mean(w)) < 5 * std / math.sqrt(w.size)


def test_uniform_weights_are_within_torchs_bound():
    w = init.kaiming_uniform(generator(), (50, 40), dtype=np.float32)
    there = torch.empty(50, 40)
    torch.nn.init.kaiming_uniform_(there)
    bound = math.sqrt(6 / 40)
    assert w.dtype == np.float32
    for values in (w, there.numpy()):
        assert 0.99 * bound < np.max(np.abs(values)) <= bound * (1 + 1e-6)


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
def test_gains_are_torchs(name):
    assert init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    assert init.calculate_gain("leaky_relu", 0.3) == torch.nn.init.calculate_gain("leaky_relu", 0.3)


def test_what_is_refused():
    with pytest.raises(tape.ShapeError, match=r"\(3,\) has no fan-in"):
        init.kaiming_normal(generator(), (3,))
    with pytest.raises(ValueError, match="mode is 'fan_in' or 'fan_out'"):
        init.kaiming_uniform(generator(), (3, 4), mode="fan")
    with pytest.raises(ValueError, match="not 'gelu'"):
        init.calculate_gain("gelu")
