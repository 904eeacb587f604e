import dataclasses
import itertools

import numpy as np
import pytest
import torch

import tape
from tape import nn

STEPS = 20
rng = np.random.default_rng(0)
START = {"w": rng.normal(size=(3, 4)), "b": [rng.normal(size=4), rng.normal(size=())]}
CURVE = {"w": rng.uniform(0.1, 2, (3, 4)), "b": [rng.uniform(0.1, 2, 4), rng.uniform(0.1, 2)]}


def bowl(params, scale):
    """Return a loss with a different curvature for every parameter."""
    total = np.sum(CURVE["w"].astype(params["w"].dtype) * np.cos(params["w"] * scale))
    return total + sum(
        np.sum(np.asarray(c, p.dtype) * np.sin(p * scale)) for c, p in zip(CURVE["b"], params["b"], strict=True)
    )


def options(**choices):
    """Return every combination of some options."""
    return [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]


SGD = options(lr=[0.05], momentum=[0.0, 0.9], weight_decay=[0.0, 0.1], maximize=[False, True])
SGD += options(lr=[0.05], momentum=[0.9], dampening=[0.3], weight_decay=[0.0, 0.1])
SGD += options(lr=[0.05], momentum=[0.9], nesterov=[True], weight_decay=[0.0, 0.1], maximize=[False, True])
ADAM = options(lr=[0.03], amsgrad=[False, True], weight_decay=[0.0, 0.1], maximize=[False, True])
ADAM += options(lr=[0.03], betas=[(0.7, 0.95)], eps=[1e-3], amsgrad=[False, True])
CASES = [(nn.SGD, torch.optim.SGD, o) for o in SGD]
CASES += [(nn.Adam, torch.optim.Adam, o) for o in ADAM]
CASES += [(nn.AdamW, torch.optim.AdamW, o) for o in [*ADAM, {}]]
CASES += [(nn.Adam, torch.optim.Adam, {}), (nn.SGD, torch.optim.SGD, {})]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("ours", "torchs", "how"), CASES, ids=lambda v: str(v) if isinstance(v, dict) else v.__name__)
def test_every_step_is_torchs(ours, torchs, how, dtype):
    """Both are fed the same gradients: a step costs at most ten roundings, of numbers of order one."""
    params = {"w": START["w"].astype(dtype), "b": [np.asarray(b, dtype) for b in START["b"]]}
    leaves = [torch.from_numpy(np.array(p)).requires_grad_() for p in (params["w"], *params["b"])]
    optimiser, theirs = ours(**how), torchs(leaves, foreach=False, **how)
    state = optimiser.init(params)
    gradient = tape.grad(bowl)
    for step in range(1, STEPS + 1):
        grads = gradient(params, 1 + step % 3)
        for leaf, g in zip(leaves, (grads["w"], *grads["b"]), strict=True):
            leaf.grad = torch.from_numpy(np.array(g))
        params, state = optimiser.update(params, grads, state)
        theirs.step()
        for leaf, p in zip(leaves, (params["w"], *params["b"]), strict=True):
            assert p.dtype == dtype
            assert p.shape == tuple(leaf.shape)
            np.testing.assert_allclose(p, leaf.detach().numpy(), rtol=0, atol=10 * step * np.finfo(dtype).eps * 4)
        assert state.step == step


@pytest.mark.parametrize("optimiser", [nn.SGD(lr=0.1, momentum=0.9, nesterov=True), nn.Adam(lr=0.1, amsgrad=True)])
def test_nothing_is_changed_in_place(optimiser):
    params, grads = np.ones(3), np.full(3, 0.5)
    state = optimiser.init(params)
    first, later = optimiser.update(params, grads, state)
    again, _ = optimiser.update(params, grads, state)
    second, _ = optimiser.update(first, grads, later)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(params, 1)
    np.testing.assert_array_equal(grads, 0.5)
    assert not any(b.any() for kind in state.buffers for b in kind)
    assert not np.array_equal(first, second)


def test_parameters_of_any_container():
    @dataclasses.dataclass
    class Layer:
        w: np.ndarray
        b: np.ndarray

    adam = nn.Adam(lr=0.1)
    params = (Layer(np.ones((2, 2)), np.zeros(2)), [np.ones(1)])
    grads = tape.grad(lambda p: np.sum(p[0].w ** 2) + np.sum(p[0].b * 3) + np.sum(p[1][0]))(params)
    moved, _ = adam.update(params, grads, adam.init(params))
    assert type(moved[0]) is Layer
    # the first step of Adam is the learning rate, against the sign of the gradient
    np.testing.assert_allclose(moved[0].w, 0.9, rtol=1e-7)
    np.testing.assert_allclose(moved[0].b, -0.1, rtol=1e-7)
    np.testing.assert_allclose(moved[1][0], 0.9, rtol=1e-7)


def test_gradients_that_do_not_fit():
    sgd = nn.SGD()
    with pytest.raises(tape.ShapeError, match=r"gradient of shape \(3,\) for a parameter of shape \(2,\)"):
        sgd.update(np.zeros(2), np.zeros(3), sgd.init(np.zeros(2)))
    with pytest.raises(tape.ShapeError, match="gradients come in containers"):
        sgd.update({"a": np.zeros(2)}, [np.zeros(2)], sgd.init({"a": np.zeros(2)}))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.SGD(lr=-1), "SGD: lr=-1 must not be negative"),
        (lambda: nn.SGD(momentum=-0.1), "momentum=-0.1"),
        (lambda: nn.SGD(nesterov=True), "nesterov needs a momentum"),
        (lambda: nn.SGD(momentum=0.9, dampening=0.1, nesterov=True), "nesterov needs a momentum, and no dampening"),
        (lambda: nn.Adam(betas=(0.9, 1.0)), r"Adam: betas=\(0.9, 1.0\)"),
        (lambda: nn.Adam(eps=-1e-8), "eps=-1e-08"),
        (lambda: nn.AdamW(weight_decay=float("nan")), "AdamW: weight_decay=nan"),
    ],
)
def test_hyperparameters_out_of_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, np.inf])
@pytest.mark.parametrize("max_norm", [0.5, 1e3])
def test_clip_grad_norm(max_norm, norm_type, dtype):
    grads = {"w": START["w"].astype(dtype), "b": [np.asarray(b, dtype) for b in START["b"]]}
    leaves = [torch.zeros(np.shape(g), dtype=torch.float64) for g in (grads["w"], *grads["b"])]
    for leaf, g in zip(leaves, (grads["w"], *grads["b"]), strict=True):
        leaf.grad = torch.from_numpy(np.array(g, np.float64))
    expected = torch.nn.utils.clip_grad_norm_(leaves, max_norm, norm_type)
    clipped, total = nn.clip_grad_norm(grads, max_norm, norm_type)
    rtol = float(32 * np.finfo(dtype).eps)  # norms of 17 numbers
    assert total == pytest.approx(expected.item(), rel=rtol, abs=0)
    for leaf, g in zip(leaves, (clipped["w"], *clipped["b"]), strict=True):
        assert g.dtype == dtype
        np.testing.assert_allclose(g, leaf.grad.numpy(), rtol=rtol)


def test_clip_grad_norm_of_what_is_not_finite():
    grads = [np.array([1.0, np.nan])]
    with pytest.raises(FloatingPointError, match="the norm of the gradients is nan"):
        nn.clip_grad_norm(grads, 1.0, error_if_nonfinite=True)
    clipped, total = nn.clip_grad_norm(grads, 1.0)
    assert np.isnan(total)
    assert np.isnan(clipped[0]).all()
    assert nn.clip_grad_norm({}, 1.0) == ({}, 0)


@pytest.mark.parametrize("norm_type", [1, 2, 3, np.inf])
@pytest.mark.parametrize("far", [1e25, 1e-25])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, whose norm overflows
def test_clip_grad_norm_where_squares_are_out_of_range(far, norm_type):
    grads = {"a": np.array([3.0, -4.0], np.float32), "b": np.array([12.0], np.float32)}
    near, total = nn.clip_grad_norm(grads, 1.0, norm_type)
    clipped, there = nn.clip_grad_norm({k: g * np.float32(far) for k, g in grads.items()}, 1.0, norm_type)
    np.testing.assert_allclose(there, total * far, rtol=1e-5)
    if far > 1:  # 1e-6 is added to the norm
        np.testing.assert_allclose(clipped["a"], near["a"], rtol=1e-5)
