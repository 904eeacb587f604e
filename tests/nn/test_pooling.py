"""Pooling against torch: values, positions, gradients; ties, NaN, overlaps, windows that hang over the end."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st

import tape
import tape.nn
from tape.errors import InputTypeError, ShapeError
from tape.program.torch import replay
from tests.nn.bounds import agree, tensors, with_gradients

DTYPES = st.sampled_from([np.float64, np.float32])


@st.composite
def geometries(draw):
    n = draw(st.integers(1, 3))
    few = lambda low, high: st.tuples(*[st.integers(low, high)] * n)
    kernel = draw(few(1, 4))
    return (
        n,
        draw(few(1, 8 if n < 3 else 4)),
        kernel,
        draw(st.none() | few(1, 4)),
        tuple(draw(st.integers(0, k // 2)) for k in kernel),
        draw(st.booleans()),
    )


def takes(pool, *args):
    """Tell whether torch finds a window at all."""
    try:
        pool(*args)
    except RuntimeError:
        return False
    return True


@given(geometries(), st.integers(1, 2), DTYPES, st.integers(0, 2**31))
def test_max_pool(geometry, dilation, dtype, seed):
    n, size, kernel, stride, padding, ceil_mode = geometry
    x = np.random.default_rng(seed).integers(0, 5, (2, 2, *size)).astype(dtype)  # ties in most windows
    how = kernel, stride, padding, dilation, ceil_mode, True
    ours, theirs = getattr(tape.nn, f"max_pool{n}d"), getattr(F, f"max_pool{n}d")
    assume(takes(theirs, torch.tensor(x), *how))
    np.testing.assert_array_equal(ours(x, *how)[1], theirs(torch.tensor(x), *how)[1].numpy())
    # An element is at most in all windows: so many terms has a gradient.
    agree(lambda x: ours(x, *how)[0], lambda x: theirs(x, *how)[0], [x], 64, dtype=dtype, seed=seed)


@given(geometries(), st.booleans(), st.none() | st.sampled_from([3, -2]), DTYPES, st.integers(0, 2**31))
def test_avg_pool(geometry, count_include_pad, divisor, dtype, seed):
    n, size, kernel, stride, padding, ceil_mode = geometry
    x = np.random.default_rng(seed).normal(size=(2, 2, *size))
    how = kernel, stride, padding, ceil_mode, count_include_pad, *([] if n == 1 else [divisor])
    ours, theirs = getattr(tape.nn, f"avg_pool{n}d"), getattr(F, f"avg_pool{n}d")
    assume(takes(theirs, torch.tensor(x), *how))
    if divisor is not None and divisor < 0 and n > 1:  # the bound of a linear map wants positive coefficients
        (y, g), (b, h) = (
            tape.value_and_grad(lambda x: np.sum(ours(x, *how)))(x),
            with_gradients(lambda x: theirs(x, *how).sum(), [x], np.float64(1)),
        )
        np.testing.assert_allclose(g, h, rtol=1e-12)
        np.testing.assert_allclose(y, b, rtol=0, atol=1e-12 * np.sum(np.abs(x)) * 64)
        return
    agree(lambda x: ours(x, *how), lambda x: theirs(x, *how), [x], 64, dtype=dtype, seed=seed)


@given(st.integers(1, 3), st.data(), DTYPES, st.integers(0, 2**31))
def test_adaptive_pools(n, data, dtype, seed):
    size = data.draw(st.tuples(*[st.integers(1, 7 if n < 3 else 4)] * n))
    out = data.draw(st.tuples(*[st.none() | st.integers(1, 9 if n < 3 else 5)] * n))
    rng = np.random.default_rng(seed)
    mean, mean_ = getattr(tape.nn, f"adaptive_avg_pool{n}d"), getattr(F, f"adaptive_avg_pool{n}d")
    top, top_ = getattr(tape.nn, f"adaptive_max_pool{n}d"), getattr(F, f"adaptive_max_pool{n}d")
    given_out = out if n > 1 else tuple(s if o is None else o for o, s in zip(out, size, strict=True))
    terms = 2 * 9**2 * 4  # of windows of up to 7 by 7, or 4 by 4 by 4, or of up to as many windows on one element
    x = rng.normal(size=(2, 2, *size))
    agree(lambda x: mean(x, out), lambda x: mean_(x, given_out), [x], terms, dtype=dtype, seed=seed)
    x = rng.integers(0, 5, (2, 2, *size)).astype(dtype)
    found, expected = top(x, out, True), top_(torch.tensor(x), given_out, True)
    np.testing.assert_array_equal(found[0], expected[0].numpy())
    np.testing.assert_array_equal(found[1], expected[1].numpy())
    agree(lambda x: top(x, out), lambda x: top_(x, given_out), [x], terms, dtype=dtype, seed=seed)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_single_image_needs_no_batch_axis(n):
    x = np.random.default_rng(n).normal(size=(2, *(5,) * n))
    for name, how in (("max_pool", 2), ("avg_pool", 2), ("adaptive_avg_pool", 3), ("adaptive_max_pool", 3)):
        ours, theirs = getattr(tape.nn, f"{name}{n}d"), getattr(F, f"{name}{n}d")
        agree(lambda x: ours(x, how), lambda x: theirs(x, how), [x], 5**n)


def test_ties_go_to_the_first_element():
    x = np.ones((1, 1, 2, 4))
    g = tape.grad(lambda x: np.sum(tape.nn.max_pool2d(x, 2)))(x)
    np.testing.assert_array_equal(g[0, 0], [[1, 0, 1, 0], [0, 0, 0, 0]])
    # The first in row-major order, not the first row's: column 1 of row 0 stands before column 0 of row 1.
    x = np.array([[[[0.0, 1.0], [1.0, 0.0]]]])
    g = tape.grad(lambda x: np.sum(tape.nn.max_pool2d(x, 2)))(x)
    np.testing.assert_array_equal(g[0, 0], [[0, 1], [0, 0]])


def test_windows_of_minus_infinity_alone():
    x = np.full((1, 1, 5), -np.inf)
    y, indices = tape.nn.max_pool1d(x, 3, 2, 1, return_indices=True)
    np.testing.assert_array_equal(y, np.full((1, 1, 3), -np.inf))
    np.testing.assert_array_equal(indices, [[[0, 1, 3]]])


@pytest.mark.parametrize("places", [[3], [3, 4], [0, 8], [1, 3, 5, 7]])
def test_nan_is_the_largest(places):
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    x.reshape(-1)[places] = np.nan
    found = tape.nn.max_pool2d(x, 2, 1, return_indices=True)
    expected = F.max_pool2d(torch.tensor(x), 2, 1, return_indices=True)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b.numpy())


def test_complex_numbers_have_no_largest():
    x = np.ones((1, 1, 4), complex)
    np.testing.assert_array_equal(tape.nn.avg_pool1d(1j * x, 2), np.full((1, 1, 2), 1j))
    with pytest.raises(InputTypeError, match="complex"):
        tape.nn.max_pool1d(x, 2)


def test_an_infinite_element_stays_in_its_windows():
    x = np.array([[[1.0, 2.0, np.inf, 4.0, 5.0, 6.0]]])
    np.testing.assert_array_equal(tape.nn.avg_pool1d(x, 2), [[[1.5, np.inf, 5.5]]])
    np.testing.assert_array_equal(tape.nn.adaptive_avg_pool1d(x, 3), [[[1.5, np.inf, 5.5]]])


POOLS = {
    "max, overlapping": (lambda x: tape.nn.max_pool2d(x, 3, 2, 1), lambda x: F.max_pool2d(x, 3, 2, 1)),
    "max, dilated": (lambda x: tape.nn.max_pool2d(x, 2, 1, 0, 2), lambda x: F.max_pool2d(x, 2, 1, 0, 2)),
    "mean": (
        lambda x: tape.nn.avg_pool2d(x, 3, 2, 1, True, False),
        lambda x: F.avg_pool2d(x, 3, 2, 1, True, False),
    ),
    "adaptive mean": (lambda x: tape.nn.adaptive_avg_pool2d(x, (4, 7)), lambda x: F.adaptive_avg_pool2d(x, (4, 7))),
    "adaptive max": (lambda x: tape.nn.adaptive_max_pool2d(x, (4, 3)), lambda x: F.adaptive_max_pool2d(x, (4, 3))),
}


@pytest.mark.parametrize("kind", POOLS)
def test_second_derivatives_and_replay(kind):
    ours, theirs = POOLS[kind]
    rng = np.random.default_rng(0)
    x, v = rng.normal(size=(2, 2, 6, 5)), rng.normal(size=(2, 2, 6, 5))
    loss = lambda x: np.sum(np.tanh(ours(x)) ** 2)
    (given_x,) = tensors([x])
    (g,) = torch.autograd.grad((theirs(given_x).tanh() ** 2).sum(), given_x, create_graph=True)
    (expected,) = torch.autograd.grad((g * torch.tensor(v)).sum(), given_x)
    twice = tape.grad(lambda x: np.sum(tape.grad(loss)(x) * v))(x)
    for found in (tape.hvp(loss, (x,), (v,)), twice):
        np.testing.assert_allclose(found, expected.numpy(), rtol=0, atol=1e-13)  # tens of terms of size 1
    t = tape.Tape()
    y = loss(t.input(x))
    again, adjoints = replay(t, y), t.sweep(y)
    for entry in t.entries:
        if again.adjoints[entry.index] is not None:
            np.testing.assert_allclose(adjoints[entry], again.adjoints[entry.index], rtol=0, atol=1e-13)


def test_every_window_of_a_long_axis_at_once():
    """A pool over the whole image is one sum, one search: no loop over its elements."""
    x = np.random.default_rng(0).normal(size=(1, 2, 300, 200))
    agree(lambda x: tape.nn.adaptive_avg_pool2d(x, 1), lambda x: F.adaptive_avg_pool2d(x, 1), [x], 60_000)
    agree(lambda x: tape.nn.adaptive_max_pool2d(x, 1), lambda x: F.adaptive_max_pool2d(x, 1), [x], 1)
    agree(lambda x: tape.nn.avg_pool2d(x, (300, 200)), lambda x: F.avg_pool2d(x, (300, 200)), [x], 60_000)


def test_no_windows_at_all():
    x = np.ones((2, 3, 4))
    for pool in (tape.nn.adaptive_avg_pool1d, tape.nn.adaptive_max_pool1d):
        assert pool(x, 0).shape == (2, 3, 0)
        np.testing.assert_array_equal(tape.grad(lambda x: np.sum(pool(x, 0)))(x), np.zeros_like(x))


def test_empty_batches():
    x = np.zeros((0, 2, 4, 4))
    for pool in (tape.nn.max_pool2d, tape.nn.avg_pool2d, tape.nn.adaptive_avg_pool2d, tape.nn.adaptive_max_pool2d):
        assert pool(x, 2).shape == (0, 2, 2, 2)
        assert tape.grad(lambda x: np.sum(pool(x, 2)))(x).shape == x.shape


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda x: tape.nn.max_pool2d(x, 7), r"kernel_size=\(7, 7\).*don't fit into the size \(6, 5\)"),
        (lambda x: tape.nn.max_pool2d(x, 3, padding=2), r"padding=\(2, 2\) is more than half"),
        (lambda x: tape.nn.max_pool2d(x, (2, 2, 2)), "has 3 numbers for 2 spatial axes"),
        (lambda x: tape.nn.max_pool2d(x, 0), "integer of at least 1"),
        (lambda x: tape.nn.avg_pool2d(x, 2, stride=0), "stride=.* at least 1"),
        (lambda x: tape.nn.avg_pool2d(x, 2, divisor_override=0), "divisor_override=0"),
        (lambda x: tape.nn.avg_pool3d(x[0], 2), r"avg_pool3d takes images of 5 axes.*\(2, 6, 5\)"),
        (lambda x: tape.nn.adaptive_avg_pool2d(x, (2, 2, 2)), "has 3 numbers for 2 spatial axes"),
        (lambda x: tape.nn.adaptive_max_pool2d(x[..., :0], 2), "empty size"),
        (lambda x: tape.nn.max_pool2d(x, 2.0), "integer of at least 1"),
    ],
)
def test_what_does_not_fit_is_said(call, says):
    x = np.random.default_rng(0).normal(size=(2, 2, 6, 5))
    with pytest.raises(ShapeError, match=says):
        call(x)
    with pytest.raises(ShapeError, match=says):
        tape.grad(lambda x: np.sum(call(x)))(x)
