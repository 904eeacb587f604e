"""Attention against torch: values and gradients under every kind of mask, and targets that may read nothing."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import tape
import tape.nn
from tape.errors import ShapeError
from tape.program.torch import replay
from tests.nn.bounds import tensors

SHAPES = (2, 4, 5, 6), (2, 4, 7, 6), (2, 4, 7, 3)


def draw(*shapes, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def close(a, b, dtype=np.float64):
    """Compare within what two products of matrices and a softmax of about 10 terms of size 1 round."""
    b = b.detach().numpy() if isinstance(b, torch.Tensor) else b
    assert np.shape(a) == b.shape
    assert a.dtype == b.dtype == dtype
    np.testing.assert_allclose(a, b, rtol=0, atol=100 * np.finfo(dtype).eps * (1 + np.max(np.abs(b), initial=0)))


def compare(ours, theirs, arrays, dtype=np.float64):
    given = tensors(arrays)
    expected = theirs(*given)
    (g,) = draw(expected.shape, seed=9, dtype=dtype)
    y, pull = tape.vjp(ours, *arrays)
    close(y, expected, dtype)
    for a, b in zip(pull(g), torch.autograd.grad(expected, given, torch.tensor(g)), strict=True):
        close(a, b, dtype)


def masks():
    rng = np.random.default_rng(3)
    some = rng.random((5, 7)) < 0.6
    some[:, 0] = True
    none = some.copy()
    none[2] = False
    return {
        "none": None,
        "booleans": some,
        "booleans for each head": rng.random((2, 4, 5, 7)) < 0.8,
        "booleans for each image": rng.random((2, 1, 1, 7)) < 0.8,
        "added": rng.normal(size=(5, 7)),
        "added for each head": rng.normal(size=(4, 5, 7)),
        "a target that reads nothing": none,
        "a target that reads nothing, added": np.where(none, rng.normal(size=(5, 7)), -np.inf),
    }


@pytest.mark.parametrize("kind", masks())
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_masks(kind, dtype):
    mask = masks()[kind]
    if mask is not None and mask.dtype != bool:
        mask = mask.astype(dtype)
    compare(
        lambda q, k, v: tape.nn.scaled_dot_product_attention(q, k, v, mask),
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, None if mask is None else torch.tensor(mask)),
        draw(*SHAPES, dtype=dtype),
        dtype,
    )


@pytest.mark.parametrize("how", [{"is_causal": True}, {"scale": 0.3}, {"is_causal": True, "scale": 2.0}])
@pytest.mark.parametrize("shapes", [SHAPES, ((5, 6), (7, 6), (7, 6)), ((3, 7, 2), (3, 5, 2), (3, 5, 4))])
def test_options(how, shapes):
    compare(
        lambda q, k, v: tape.nn.scaled_dot_product_attention(q, k, v, **how),
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, **how),
        draw(*shapes),
    )


def test_heads_of_the_query_share_those_of_the_key():
    compare(
        lambda q, k, v: tape.nn.scaled_dot_product_attention(q, k, v, enable_gqa=True),
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, enable_gqa=True),
        draw((2, 6, 5, 4), (2, 2, 7, 4), (2, 2, 7, 3)),
    )


def test_the_gradient_of_a_mask():
    compare(
        tape.nn.scaled_dot_product_attention,
        F.scaled_dot_product_attention,
        draw(*SHAPES, (5, 7)),
    )


@pytest.mark.parametrize("added", [False, True])
def test_a_target_that_reads_nothing_has_zeros(added):
    q, k, v = draw((3, 4), (5, 4), (5, 2))
    mask = np.ones((3, 5), bool)
    mask[1] = False
    mask = np.where(mask, 0, -np.inf) if added else mask
    y, pull = tape.vjp(lambda q, k, v: tape.nn.scaled_dot_product_attention(q, k, v, mask), q, k, v)
    gq, gk, gv = pull(np.ones_like(y))
    np.testing.assert_array_equal(y[1], 0)
    np.testing.assert_array_equal(gq[1], 0)
    others = tape.vjp(tape.nn.scaled_dot_product_attention, q[[0, 2]], k, v)[1](np.ones((2, 2)))
    close(gk, others[1])
    close(gv, others[2])
    second = tape.hvp(
        lambda q: np.sum(tape.nn.scaled_dot_product_attention(q, k, v, mask) ** 2), (q,), (np.ones_like(q),)
    )
    assert np.isfinite(second).all()
    np.testing.assert_array_equal(second[1], 0)


def test_scores_of_any_size():
    q, k, v = draw((3, 4), (5, 4), (5, 2))
    q *= 1e6
    compare(tape.nn.scaled_dot_product_attention, F.scaled_dot_product_attention, [q, k, v])


def test_second_derivatives():
    arrays, (v,) = draw((4, 3), (5, 3), (5, 2)), draw((4, 3), seed=5)
    loss = lambda q: np.sum(tape.nn.scaled_dot_product_attention(q, *arrays[1:], is_causal=True) ** 2)
    q, k, u = tensors(arrays)
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        y = (F.scaled_dot_product_attention(q, k, u, is_causal=True) ** 2).sum()
        (g,) = torch.autograd.grad(y, q, create_graph=True)
    (expected,) = torch.autograd.grad((g * torch.tensor(v)).sum(), q)
    close(tape.hvp(loss, arrays[:1], (v,)), expected)
    close(tape.grad(lambda q: np.sum(tape.grad(loss)(q) * v))(arrays[0]), expected)


def test_dropout_draws_once_and_scales():
    q, k, v = draw((3, 4), (5, 4), (5, 2))
    make = lambda: np.random.default_rng(1)
    attention = lambda q, k, v: tape.nn.scaled_dot_product_attention(q, k, v, dropout_p=0.4, generator=make())
    keep = tape.nn.dropout(np.ones((3, 5)), 0.4, generator=make())
    assert set(np.round(np.unique(keep), 12)) == {0, np.round(1 / 0.6, 12)}
    theirs = lambda q, k, v: (torch.softmax(q @ k.T / 2, -1) * torch.tensor(keep)) @ v
    compare(attention, theirs, [q, k, v])
    with pytest.raises(TypeError, match="generator"):
        tape.nn.scaled_dot_product_attention(q, k, v, dropout_p=0.4)


# --------------------------------------------------------------------- several heads


def heads(*, first, single, apart, masked, need, average=True, same=False, bias=True, seed=0):
    """Compare with torch's layer: result, weights, and the gradient of every input and weight."""
    torch.manual_seed(seed)
    width, n, targets, sources = 6, 2, 4, 4 if same else 5
    more = {"kdim": 5, "vdim": 3} if apart else {}
    module = torch.nn.MultiheadAttention(width, 2, batch_first=first, bias=bias, dtype=torch.float64, **more)
    if bias:
        torch.nn.init.normal_(module.in_proj_bias)
        torch.nn.init.normal_(module.out_proj.bias)
    lay = lambda length, size: (length, size) if single else (n, length, size) if first else (length, n, size)
    inputs = draw(lay(targets, width), lay(sources, more.get("kdim", width)), lay(sources, more.get("vdim", width)))
    inputs = inputs[:1] if same else inputs
    rng = np.random.default_rng(seed)
    how = {}
    if masked == "booleans":
        how = {"attn_mask": rng.random((targets, sources)) < 0.3, "key_padding_mask": rng.random((n, sources)) < 0.3}
        how["attn_mask"][:, 0] = how["key_padding_mask"][:, 0] = (
            False  # torch's layer makes NaN of those that read nothing
        )
    elif masked == "added":
        how = {
            "attn_mask": rng.normal(size=(2 * (1 if single else n), targets, sources)),
            "key_padding_mask": rng.normal(size=(n, sources)),
        }
    if single and how:
        how["key_padding_mask"] = how["key_padding_mask"][0]
    more = {"need_weights": need, "average_attn_weights": average}
    given = tensors(inputs)
    expected = module(*(given * 3 if same else given), **{k: torch.tensor(m) for k, m in how.items()}, **more)
    weights = {name: p.detach().numpy() for name, p in module.named_parameters()}

    def ours(inputs, weights):
        found = tape.nn.multi_head_attention(
            *(inputs * 3 if same else inputs),
            2,
            weights.get("in_proj_weight"),
            weights.get("in_proj_bias"),
            weights["out_proj.weight"],
            weights.get("out_proj.bias"),
            **{name: weights.get(name) for name in ("q_proj_weight", "k_proj_weight", "v_proj_weight")},
            batch_first=first,
            **how,
            **more,
        )
        return found if need else (found,)

    found = ours(inputs, weights)
    expected = [e for e in expected if e is not None]
    seeds = draw(*(e.shape for e in expected), seed=7)
    for a, b in zip(found, expected, strict=True):
        close(a, b)
    loss = lambda *args: sum(np.sum(y * g) for y, g in zip(ours(*args), seeds, strict=True))
    gi, gw = tape.grad(loss, (0, 1))(inputs, weights)
    torch.autograd.backward(expected, [torch.tensor(g) for g in seeds])
    for a, b in zip(gi, given, strict=True):
        close(a, b.grad)
    for name, p in module.named_parameters():
        close(gw[name], p.grad)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("masked", [None, "booleans", "added"])
@pytest.mark.parametrize("need", [False, True])
def test_several_heads(first, single, apart, masked, need):
    heads(first=first, single=single, apart=apart, masked=masked, need=need)


@pytest.mark.parametrize("masked", [None, "booleans", "added"])
@pytest.mark.parametrize("bias", [False, True])
def test_self_attention(masked, bias):
    heads(first=True, single=False, apart=False, masked=masked, need=True, average=False, same=True, bias=bias)


def test_causal_heads():
    torch.manual_seed(0)
    (x,) = draw((4, 2, 6))
    module = torch.nn.MultiheadAttention(6, 3, dtype=torch.float64)
    w = {name: p.detach().numpy() for name, p in module.named_parameters()}
    mask = torch.nn.Transformer.generate_square_subsequent_mask(4, dtype=torch.float64)
    expected = module(*[torch.tensor(x)] * 3, attn_mask=mask, need_weights=False)[0]
    found = tape.nn.multi_head_attention(
        x, x, x, 3, w["in_proj_weight"], w["in_proj_bias"], w["out_proj.weight"], w["out_proj.bias"], is_causal=True
    )
    close(found, expected)


def test_the_same_program_in_torch():
    t = tape.Tape()
    q, k, v = (t.input(a) for a in draw(*SHAPES))
    y = np.sum(tape.nn.scaled_dot_product_attention(q, k, v, masks()["a target that reads nothing"]) ** 2)
    again, adjoints = replay(t, y), t.sweep(y)
    for entry in t.entries:
        if again.adjoints[entry.index] is not None:
            close(adjoints[entry], again.adjoints[entry.index])


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda q, k, v: (q[..., :3], k, v), ShapeError, r"query \(5, 3\), key \(7, 4\)"),
        (lambda q, k, v: (q, k[:6], v), ShapeError, r"key \(6, 4\) and value \(7, 2\)"),
        (lambda q, k, v: (q, k, v, np.ones((5, 6), bool)), ShapeError, r"attn_mask of shape \(5, 6\).*\(5, 7\)"),
        (lambda q, k, v: (q, k, v, np.ones((2, 5, 7))), ShapeError, r"attn_mask of shape \(2, 5, 7\)"),
        (lambda q, k, v: (q, k, v, np.ones((5, 7), bool), 0.0, True), ValueError, "give one of them"),
    ],
)
def test_what_does_not_fit_is_said(call, error, says):
    with pytest.raises(error, match=says):
        tape.nn.scaled_dot_product_attention(*call(*draw((5, 4), (7, 4), (7, 2))))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"num_heads": 4}, "width of 6.*num_heads=4"),
        ({"in_proj_weight": np.ones((12, 6))}, r"\(12, 6\)"),
        ({"in_proj_bias": np.ones(6)}, r"in_proj_bias has shape \(6,\), it must be \(18,\)"),
        ({"in_proj_weight": None}, "give in_proj_weight, or all of"),
        ({"attn_mask": np.ones((4, 3), bool)}, r"attn_mask of shape \(4, 3\).*\(2, 2, 4, 4\)"),
        ({"key_padding_mask": np.ones((4, 2), bool)[:3]}, r"key_padding_mask of shape \(3, 2\)"),
        ({"query": np.ones((4, 6))}, "all of them have 3 axes"),
    ],
)
@pytest.mark.parametrize("together", [False, True])
def test_what_does_not_fit_several_heads(change, says, together):
    (x,) = draw((4, 2, 6))
    w = dict(
        zip(
            ("in_proj_weight", "in_proj_bias", "out_proj_weight", "out_proj_bias"),
            draw((18, 6), 18, (6, 6), 6),
            strict=True,
        )
    )
    y = x if together else x.copy()
    with pytest.raises(ShapeError, match=says):
        tape.nn.multi_head_attention(**{"query": x, "key": y, "value": y, "num_heads": 2} | w | change)
