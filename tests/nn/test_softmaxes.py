import numpy as np
import pytest
import torch
import torch.nn.functional as F

import tape
from tape import nn
from tests.nn.against import compare, compare_second

rng = np.random.default_rng(0)
X = rng.uniform(-4, 4, (3, 4, 5))


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize(
    ("ours", "torchs"), [(nn.softmax, F.softmax), (nn.log_softmax, F.log_softmax), (nn.softmin, F.softmin)]
)
def test_softmax(ours, torchs, dim):
    compare(lambda x: ours(x, dim), lambda x: torchs(x, dim), X)
    compare(lambda x: ours(x, dim=dim), lambda x: torchs(x, dim), X[:, ::2, ::-1])
    compare_second(lambda x: ours(x, dim), lambda x: torchs(x, dim), X[:2, :2, :2])


@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [0, 1, -1, (0, 2)])
def test_logsumexp(dim, keepdim):
    compare(lambda x: nn.logsumexp(x, dim, keepdim), lambda x: torch.logsumexp(x, dim, keepdim), X)
    compare_second(lambda x: nn.logsumexp(x, dim, keepdim), lambda x: torch.logsumexp(x, dim, keepdim), X[:2, :2, :2])


@pytest.mark.parametrize("ours", [nn.softmax, nn.log_softmax, nn.logsumexp])
def test_one_number_has_all_of_the_probability(ours):
    value, g = tape.value_and_grad(lambda x: ours(x, 0))(0.75)
    assert (value, g) == {nn.softmax: (1, 0), nn.log_softmax: (0, 0), nn.logsumexp: (0.75, 1)}[ours]


@pytest.mark.parametrize("ours", [nn.softmax, nn.log_softmax, nn.logsumexp])
def test_numbers_of_any_size(ours):
    x = np.array([[1000.0, 999.0, -1000.0], [-1e5, -1e5 - 1, -2e5]])
    shifted = np.array([[0.0, -1.0, -2000.0], [0.0, -1.0, -1e5]])
    lift = np.array([[1000.0], [-1e5]])[:, : 1 if ours is not nn.logsumexp else None]
    expected = ours(shifted, 1) + (lift[:, 0] if ours is nn.logsumexp else 0)
    np.testing.assert_allclose(ours(x, 1), expected, rtol=1e-15)
    w = rng.normal(size=np.shape(expected))
    given, wanted = (tape.grad(lambda v: np.sum(ours(v, 1) * w))(a) for a in (x, shifted))
    # the rounding of a thousand, or of a hundred thousand, is what separates the two
    np.testing.assert_allclose(given, wanted, rtol=1e-10, atol=1e-10)


def test_masked_entries_get_nothing():
    x = np.array([[0.5, -np.inf, 1.0], [-np.inf, -np.inf, -np.inf]])
    assert nn.logsumexp(x, 1)[1] == -np.inf
    g = tape.grad(lambda v: nn.logsumexp(v, 1)[0] + nn.logsumexp(v, 1)[1])(x)
    np.testing.assert_array_equal(g[1], 0)
    np.testing.assert_allclose(g[0], [1 / (1 + np.exp(0.5)), 0, 1 / (1 + np.exp(-0.5))], rtol=1e-15)
    along = tape.jvp(lambda v: nn.logsumexp(v, 1), (x,), (np.ones_like(x),))[1]
    np.testing.assert_allclose(along, [1, 0], rtol=1e-15)
    np.testing.assert_array_equal(nn.softmax(x[0], 0)[1], 0)


def test_a_row_that_is_masked_entirely_is_nan_as_in_torch():
    x = np.array([[-np.inf, -np.inf], [0.0, 0.0]])
    np.testing.assert_array_equal(nn.softmax(x, 1), F.softmax(torch.from_numpy(x), 1).numpy())
    np.testing.assert_array_equal(nn.log_softmax(x, 1), F.log_softmax(torch.from_numpy(x), 1).numpy())


def test_an_infinite_entry_has_no_derivative():
    x = np.array([np.inf, 0.0])
    assert nn.logsumexp(x, 0) == np.inf
    np.testing.assert_array_equal(tape.grad(lambda v: nn.logsumexp(v, 0))(x), [np.nan, 0])


def test_log_softmax_is_finite_where_softmax_underflows():
    assert nn.log_softmax(np.array([0.0, -1e4]), 0)[1] == -1e4


@pytest.mark.parametrize("f", [lambda x: nn.logsumexp(x, 0), np.logaddexp.reduce], ids=["logsumexp", "logaddexp"])
def test_shares_far_from_the_origin_are_as_accurate_as_near_it(f):
    x = np.array([0.25, 1.5, -3.0])
    near = tape.grad(f)(x)
    np.testing.assert_allclose(tape.grad(f)(x + 2.0**40), near, rtol=1e-15)
    np.testing.assert_allclose(tape.grad(f)(x - 2.0**40), near, rtol=1e-15)
