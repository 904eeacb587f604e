"""Convolutions against torch: values, every gradient, second derivatives, and what doesn't fit."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st

import tape
from tape.errors import ShapeError
from tape.nn import columns
from tape.program.torch import replay
from tests.nn.bounds import agree, tensors, with_gradients

OURS = {n: getattr(tape.nn, f"conv{n}d") for n in (1, 2, 3)}
THEIRS = {n: getattr(F, f"conv{n}d") for n in (1, 2, 3)}
OURS_T = {n: getattr(tape.nn, f"conv_transpose{n}d") for n in (1, 2, 3)}
THEIRS_T = {n: getattr(F, f"conv_transpose{n}d") for n in (1, 2, 3)}
DTYPES = st.sampled_from([np.float64, np.float32])


@st.composite
def geometries(draw):
    n = draw(st.integers(1, 3))
    few = lambda low, high: st.tuples(*[st.integers(low, high)] * n)
    return (
        n,
        draw(few(1, 7 if n < 3 else 4)),
        draw(few(1, 3)),
        draw(few(1, 3)),
        draw(few(0, 2)),
        draw(few(1, 2)),
        draw(st.sampled_from([1, 2, 3])),
        draw(st.integers(1, 2)),
    )


@given(geometries(), st.booleans(), DTYPES, st.integers(0, 2**31))
def test_conv(geometry, biased, dtype, seed):
    n, size, kernel, stride, padding, dilation, groups, inner = geometry
    assume(all(i + 2 * p >= d * (k - 1) + 1 for i, p, d, k in zip(size, padding, dilation, kernel, strict=True)))
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(2, inner * groups, *size)), rng.normal(size=(2 * groups, inner, *kernel))
    how = stride, padding, dilation, groups
    arrays = [x, w, *([rng.normal(size=2 * groups)] if biased else [])]
    ours = lambda x, w, b=None: OURS[n](x, w, b, *how)
    theirs = lambda x, w, b=None: THEIRS[n](x, w, b, *how)
    # A gradient sums over the batch and the places, or over the outputs and the kernel.
    terms = 2 * math.prod(s + 2 * p for s, p in zip(size, padding, strict=True)) + 6 * math.prod(kernel)
    agree(ours, theirs, arrays, terms, dtype=dtype, seed=seed)


@given(geometries(), st.integers(0, 3), st.booleans(), DTYPES, st.integers(0, 2**31))
def test_conv_transpose(geometry, extra, biased, dtype, seed):
    n, size, kernel, stride, padding, dilation, groups, inner = geometry
    extras = tuple(min(extra, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True))
    axes = list(zip(size, kernel, stride, padding, dilation, extras, strict=True))
    out = [(i - 1) * s - 2 * p + d * (k - 1) + e + 1 for i, k, s, p, d, e in axes]
    assume(min(out) > 0)
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(2, 2 * groups, *size)), rng.normal(size=(2 * groups, inner, *kernel))
    arrays = [x, w, *([rng.normal(size=inner * groups)] if biased else [])]
    how = stride, padding, extras, groups, dilation
    ours = lambda x, w, b=None: OURS_T[n](x, w, b, *how)
    theirs = lambda x, w, b=None: THEIRS_T[n](x, w, b, *how)
    agree(ours, theirs, arrays, 2 * math.prod(out) + 6 * math.prod(kernel), dtype=dtype, seed=seed)


@pytest.mark.parametrize("kernel", [(3, 2), (4, 1), (5, 3)])
@pytest.mark.parametrize("dilation", [1, (2, 3)])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # torch says that it copies
def test_padding_by_name(kernel, dilation, padding):
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(2, 3, 9, 8)), rng.normal(size=(4, 3, *kernel))
    agree(
        lambda x, w: tape.nn.conv2d(x, w, padding=padding, dilation=dilation),
        lambda x, w: F.conv2d(x, w, padding=padding, dilation=dilation),
        arrays,
        2 * 72 + 60,
    )


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_single_image_needs_no_batch_axis(n):
    rng = np.random.default_rng(n)
    arrays = rng.normal(size=(2, *(5,) * n)), rng.normal(size=(2, 2, *(3,) * n)), rng.normal(size=2)
    agree(OURS[n], THEIRS[n], arrays, 5**n + 2 * 3**n)
    agree(OURS_T[n], THEIRS_T[n], arrays, 7**n + 2 * 3**n)


def test_padding_on_one_side_only():
    rng = np.random.default_rng(0)
    agree(
        lambda x, w: tape.nn.conv(x, w, padding=((2, 0), 1), stride=(1, 2)),
        lambda x, w: F.conv2d(F.pad(x, (1, 1, 2, 0)), w, stride=(1, 2)),
        (rng.normal(size=(2, 3, 5, 6)), rng.normal(size=(4, 3, 3, 2))),
        2 * 42 + 24,
    )


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "groups"), [(1, 0, 1, 1), (2, 1, 1, 2), ((2, 1), (0, 1), 2, 4)]
)
def test_the_three_maps_are_transposes_of_each_other(stride, padding, dilation, groups):
    rng = np.random.default_rng(0)
    how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    x, w = rng.normal(size=(2, 4, 7, 6)), rng.normal(size=(8, 4 // groups, 3, 2))
    y = tape.nn.conv(x, w, **how)
    g = rng.normal(size=y.shape)
    form = np.sum(g * y)
    # A sum of at most 10^4 terms of size about 1.
    np.testing.assert_allclose(np.sum(tape.nn.conv_transpose(g, w, size=(7, 6), **how) * x), form, atol=1e-10)
    np.testing.assert_allclose(np.sum(tape.nn.conv_weight(g, x, kernel=(3, 2), **how) * w), form, atol=1e-10)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("stride", "padding", "dilation", "groups"), [(1, 1, 1, 1), (2, 0, 1, 2), ((1, 2), 1, 2, 2)])
def test_second_derivatives(transposed, stride, padding, dilation, groups):
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(2, 4, 6, 5)), rng.normal(size=(4, 4 // groups, 3, 2)) / 4
    if transposed:
        ours = lambda x, w: tape.nn.conv_transpose2d(x, w, None, stride, padding, 0, groups, dilation)
        theirs = lambda x, w: F.conv_transpose2d(x, w, None, stride, padding, 0, groups, dilation)
    else:
        ours = lambda x, w: tape.nn.conv2d(x, w, None, stride, padding, dilation, groups)
        theirs = lambda x, w: F.conv2d(x, w, None, stride, padding, dilation, groups)
    vx, vw = rng.normal(size=x.shape), rng.normal(size=w.shape)
    found = tape.hvp(lambda x, w: np.sum(np.tanh(ours(x, w)) ** 2), (x, w), (vx, vw))
    given = tensors([x, w])
    gradients = torch.autograd.grad((theirs(*given).tanh() ** 2).sum(), given, create_graph=True)
    along = sum((g * torch.tensor(v)).sum() for g, v in zip(gradients, (vx, vw), strict=True))
    expected = torch.autograd.grad(along, given)
    nested = tape.grad(  # reverse over reverse: rules of rules
        lambda x, w: sum(
            np.sum(g * v)
            for g, v in zip(
                tape.grad(lambda x, w: np.sum(np.tanh(ours(x, w)) ** 2), (0, 1))(x, w), (vx, vw), strict=True
            )
        ),
        (0, 1),
    )(x, w)
    for a, b, c in zip(found, nested, expected, strict=True):
        # A few hundred terms of size up to 10, rounded at 1e-16 each.
        np.testing.assert_allclose(a, c.numpy(), rtol=0, atol=1e-11)
        np.testing.assert_allclose(b, c.numpy(), rtol=0, atol=1e-11)


def test_tangents():
    rng = np.random.default_rng(2)
    primals = rng.normal(size=(2, 4, 6)), rng.normal(size=(6, 2, 3)), rng.normal(size=6)
    tangents = [rng.normal(size=p.shape) for p in primals]
    found = tape.jvp(lambda *a: tape.nn.conv1d(*a, stride=2, padding=1, groups=2), primals, tangents)
    (x, w, b), (dx, dw, db) = map(torch.tensor, primals), map(torch.tensor, tangents)
    how = {"stride": 2, "padding": 1, "groups": 2}
    expected = F.conv1d(x, w, b, **how), F.conv1d(dx, w, db, **how) + F.conv1d(x, dw, **how)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b.numpy(), rtol=0, atol=1e-14 * 20)  # 13 terms of size up to 10


def test_a_batch_worked_off_in_parts_gives_the_same(monkeypatch):
    rng = np.random.default_rng(3)
    x, w = rng.normal(size=(5, 2, 6, 6)), rng.normal(size=(3, 2, 3, 3))

    def run(x):
        return [tape.nn.conv2d(x, w), *tape.grad(lambda x, w: np.sum(tape.nn.conv2d(x, w) ** 2), (0, 1))(x, w)]

    whole = run(x)
    run(-x)  # memory that is used again holds other results than those to be compared
    monkeypatch.setattr(columns, "COLUMNS", 2 * 2 * 9 * 16)  # two images at a time
    for a, b in zip(run(x), whole, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-11)


def test_an_empty_batch():
    x, w = np.zeros((0, 2, 4, 4)), np.ones((3, 2, 3, 3))
    assert tape.nn.conv2d(x, w).shape == (0, 3, 2, 2)
    gx, gw = tape.grad(lambda x, w: np.sum(tape.nn.conv2d(x, w)), (0, 1))(x, w)
    assert gx.shape == x.shape
    np.testing.assert_array_equal(gw, 0)


def test_complex_images_and_weights():
    rng = np.random.default_rng(4)
    make = lambda *shape: rng.normal(size=shape) + 1j * rng.normal(size=shape)
    x, w, g = make(1, 2, 5), make(3, 2, 2), make(1, 3, 4)
    y, pull = tape.vjp(tape.nn.conv1d, x, w)
    expected = with_gradients(F.conv1d, (x, w), g)
    for a, b in zip((y, *pull(g)), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-13)  # some ten terms of size up to 10


def test_the_same_program_in_torch():
    rng = np.random.default_rng(5)
    t = tape.Tape()
    x, w, v = (
        t.input(a)
        for a in (rng.normal(size=(2, 4, 7, 6)), rng.normal(size=(4, 2, 3, 3)), rng.normal(size=(4, 3, 2, 2)))
    )
    h = np.tanh(tape.nn.conv2d(x, w, stride=2, padding=1, groups=2))
    y = np.sum(tape.nn.conv_transpose2d(h, v, stride=2) ** 2)
    again, adjoints = replay(t, y), t.sweep(y)
    for entry in t.entries:
        np.testing.assert_allclose(adjoints[entry], again.adjoints[entry.index], rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    "how", [{}, {"stride": (2, 1)}, {"padding": (1, 2), "dilation": 2}, {"padding": 1, "stride": 3}]
)
def test_columns(how):
    rng = np.random.default_rng(6)
    x = rng.normal(size=(2, 3, 6, 7))
    agree(lambda x: tape.nn.unfold(x, (3, 2), **how), lambda x: F.unfold(x, (3, 2), **how), [x], 6)
    columns = rng.normal(size=tape.nn.unfold(x, (3, 2), **how).shape)
    agree(lambda c: tape.nn.fold(c, (6, 7), (3, 2), **how), lambda c: F.fold(c, (6, 7), (3, 2), **how), [columns], 6)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda x, w: tape.nn.conv2d(x, w[:, :2]),
            r"\(2, 4, 6, 5\) have 4 channels.*\(4, 2, 3, 3\) with groups=1 reads 2",
        ),
        (lambda x, w: tape.nn.conv2d(x, w[:3, :2], groups=2), "3 outputs, which don't fall into groups=2"),
        (lambda x, w: tape.nn.conv2d(x, w, dilation=3), r"larger than the image of size \(6, 5\).*pad more"),
        (lambda x, w: tape.nn.conv2d(x, w, stride=0), "stride=.*integer of at least 1"),
        (lambda x, w: tape.nn.conv2d(x, w, stride=(1, 2, 1)), "stride=.* has 3 numbers for 2 spatial axes"),
        (lambda x, w: tape.nn.conv2d(x, w, padding=-1), "negative: crop"),
        (lambda x, w: tape.nn.conv2d(x, w, padding="full"), "'same', 'valid' or numbers"),
        (lambda x, w: tape.nn.conv2d(x, w, stride=2, padding="same"), "only a stride of 1"),
        (lambda x, w: tape.nn.conv2d(x, w, np.ones(3)), r"bias of shape \(3,\) for 4 output channels"),
        (lambda x, w: tape.nn.conv1d(x, w), r"conv1d takes images of 3 axes.*\(2, 4, 6, 5\)"),
        (lambda x, w: tape.nn.conv2d(x, w[..., 0]), r"\(4, 4, 3\).*as many axes"),
        (lambda x, w: tape.nn.conv_transpose2d(x[:, :3], w), r"\(2, 3, 6, 5\).*its first axis the images' channels"),
        (lambda x, w: tape.nn.conv_transpose2d(x[..., :1, :1], w, padding=2), r"size \(-1, -1\): take less padding"),
        (lambda x, w: tape.nn.conv_transpose2d(x, w, output_padding=1), r"output_padding=\(1, 1\) must be smaller"),
        (lambda x, w: tape.nn.unfold(x, 7), r"kernel of size \(7, 7\)"),
        (lambda x, w: tape.nn.fold(x[0], (6, 5), 2), r"\(4, 6, 5\).*must be \(n, channels \* 4, 20\)"),
        (lambda x, w: tape.nn.fold(x[0, :, :5, :4], (3, 3), 2), r"\(4, 5, 4\).*must be \(n, channels \* 4, 4\)"),
        (lambda x, w: tape.nn.conv_transpose(x, w, size=(9, 9)), r"outputs of shape \(2, 4, 7, 7\)"),
    ],
)
def test_what_does_not_fit_is_said(call, says):
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 4, 6, 5)), rng.normal(size=(4, 4, 3, 3))
    with pytest.raises(ShapeError, match=says):
        call(x, w)
    with pytest.raises(ShapeError, match=says):
        tape.grad(lambda x: np.sum(call(x, w)))(x)
