import numpy as np
import pytest
import torch.nn.functional as F

import tape
from tape import nn
from tests.nn.against import compare, compare_second

rng = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(3, 4), (4,), (2, 3, 4), (1, 4), (0, 4), (2, 1, 3, 4)])
@pytest.mark.parametrize("biased", [True, False])
def test_linear(shape, biased):
    arrays = [rng.normal(size=shape), rng.normal(size=(5, 4)), rng.normal(size=5)][: 2 + biased]
    compare(nn.linear, F.linear, *arrays)
    compare_second(nn.linear, F.linear, *arrays)


def test_strided_arguments():
    compare(nn.linear, F.linear, rng.normal(size=(8, 6)).T[::2], rng.normal(size=(5, 16))[:, ::2], rng.normal(size=5))


def test_complex_weights():
    x, w, b = (rng.normal(size=s) + 1j * rng.normal(size=s) for s in ((3, 4), (2, 4), (2,)))
    assert np.allclose(nn.linear(x, w, b), x @ w.T + b, rtol=1e-14)
    g = tape.grad(lambda v: np.sum(np.abs(nn.linear(x, v, b)) ** 2))(w)
    np.testing.assert_allclose(g, (2 * nn.linear(x, w, b)).T @ x.conj(), rtol=1e-13)


def test_the_tangent_of_each_argument_alone():
    x, w, b = rng.normal(size=(2, 3, 4)), rng.normal(size=(5, 4)), rng.normal(size=5)
    dx, dw, db = (rng.normal(size=a.shape) for a in (x, w, b))
    for f, a, d, want in (
        (lambda x: nn.linear(x, w, b), x, dx, dx @ w.T),
        (lambda w: nn.linear(x, w, b), w, dw, x @ dw.T),
        (lambda b: nn.linear(x, w, b), b, db, np.broadcast_to(db, (2, 3, 5))),
    ):
        np.testing.assert_allclose(tape.jvp(f, (a,), (d,))[1], want, rtol=0, atol=1e-13)


def test_one_layer_is_one_entry():
    t = tape.Tape()
    x, w, b = t.input(np.ones((3, 4))), t.weight(np.ones((2, 4))), t.weight(np.ones(2))
    nn.linear(x, w, bias=b)
    assert len(t) == 4


def test_the_given_bias_is_not_written_into():
    bias = np.zeros(2, np.float32)
    y = nn.linear(np.ones((3, 4), np.float32), np.ones((2, 4), np.float32), bias)
    y += 1
    assert not bias.any()
    assert nn.linear(np.ones((3, 4), np.float32), np.ones((2, 4), np.float32), np.zeros(2)).dtype == np.float64


@pytest.mark.parametrize(
    "shapes",
    [
        ((3, 4), (4, 2), (2,)),
        ((3, 4), (2, 4), (3,)),
        ((3, 4), (4,), None),
        ((), (2, 4), None),
        ((), (3,), (3,)),
        ((3, 4), (2, 4), (1, 2)),
    ],
)
def test_shapes_that_do_not_fit(shapes):
    arrays = [None if s is None else np.zeros(s) for s in shapes]
    with pytest.raises(
        tape.ShapeError, match=r"linear: x of shape .* they must be \(..., in\), \(out, in\) and \(out,\)"
    ):
        nn.linear(*arrays)


def test_a_bias_of_higher_precision_is_added():
    x, w, b = np.ones((2, 3), np.float32), np.ones((4, 3), np.float32), np.arange(4.0)
    value, (gx, gw, gb) = tape.value_and_grad(lambda *a: np.sum(nn.linear(*a) ** 2), argnums=(0, 1, 2))(x, w, b)
    assert value == np.sum((3 + b) ** 2) * 2
    assert (gx.dtype, gw.dtype, gb.dtype) == (np.float32, np.float32, np.float64)
    np.testing.assert_array_equal(gb, 4 * (3 + b))
    np.testing.assert_array_equal(gw, np.broadcast_to(4 * (3 + b)[:, None], (4, 3)))
    np.testing.assert_array_equal(gx, np.full((2, 3), 2 * np.sum(3 + b)))
