import numpy as np
import pytest

import tape
from tape import nn

X = np.random.default_rng(0).normal(size=(40, 50))


def drawn(seed=1):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_mask_is_drawn_from_the_generator_and_scaled(dtype):
    x = X.astype(dtype)
    y = nn.dropout(x, 0.3, generator=drawn())
    assert y.dtype == dtype
    kept = y != 0
    np.testing.assert_array_equal(y, np.where(kept, x * dtype(1 / 0.7), 0))
    # 2,000 draws: five standard deviations of their mean are 0.051
    assert abs(np.mean(kept) - 0.7) < 0.051
    np.testing.assert_array_equal(y, nn.dropout(x, 0.3, generator=drawn()))
    assert not np.array_equal(y, nn.dropout(x, 0.3, generator=drawn(2)))


def test_the_sweep_sees_the_mask_of_the_recording():
    t = tape.Tape()
    x = t.input(X)
    y = nn.dropout(x, 0.5, generator=drawn())
    g = t.sweep(y, np.ones_like(X))[x]
    np.testing.assert_array_equal(g, np.where(y.value != 0, 2.0, 0.0))
    np.testing.assert_array_equal(t.tangents([(x, X)])[y], y.value)
    assert len(t) == 2


def test_a_checkpointed_dropout_keeps_its_mask():
    f = lambda x, g: np.sum(nn.dropout(np.tanh(x), 0.5, generator=g) ** 2)
    plain = tape.grad(lambda x: f(x, drawn()))(X)
    np.testing.assert_array_equal(tape.grad(tape.checkpoint(lambda x: f(x, drawn())))(X), plain)


def test_nothing_is_dropped_out_of_training_or_at_zero():
    assert nn.dropout(X, 0.5, False) is X
    assert nn.dropout(X, 0.0) is X
    assert not nn.dropout(X, 1.0, generator=drawn()).any()


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"p=1.5 must be a probability"):
        nn.dropout(X, 1.5, generator=drawn())
    with pytest.raises(TypeError, match=r"generator=np.random.default_rng\(seed\)"):
        nn.dropout(X, 0.5)
