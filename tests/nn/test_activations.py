import numpy as np
import pytest
import torch
import torch.nn.functional as F

import tape
from tape import nn
from tests.nn.against import compare, compare_second, slope

rng = np.random.default_rng(0)
X = rng.uniform(-4, 4, (4, 6))


def exact_celu(x, alpha=1.0):
    """Compute celu in torch without its derivative's division in float32."""
    return F.elu(x / alpha) * alpha


CASES = {
    "relu": (nn.relu, F.relu),
    "relu6": (lambda x: nn.relu6(x * 3), lambda x: F.relu6(x * 3)),
    "leaky_relu": (nn.leaky_relu, F.leaky_relu),
    "leaky_relu 0.3": (lambda x: nn.leaky_relu(x, 0.3), lambda x: F.leaky_relu(x, 0.3)),
    "leaky_relu 1.5": (lambda x: nn.leaky_relu(x, 1.5), lambda x: F.leaky_relu(x, 1.5)),
    "leaky_relu -1": (lambda x: nn.leaky_relu(x, negative_slope=-1.0), lambda x: F.leaky_relu(x, -1.0)),
    "elu": (nn.elu, F.elu),
    "elu 0.4": (lambda x: nn.elu(x, 0.4), lambda x: F.elu(x, 0.4)),
    "elu 3": (lambda x: nn.elu(x, alpha=3.0), lambda x: F.elu(x, 3.0)),
    "selu": (nn.selu, F.selu),
    "celu": (nn.celu, F.celu),
    "celu 0.4": (lambda x: nn.celu(x, 0.4), lambda x: exact_celu(x, 0.4)),
    "gelu": (nn.gelu, F.gelu),
    "gelu tanh": (lambda x: nn.gelu(x, "tanh"), lambda x: F.gelu(x, approximate="tanh")),
    "silu": (nn.silu, F.silu),
    "mish": (nn.mish, F.mish),
    "softplus": (nn.softplus, F.softplus),
    "softplus 0.5": (lambda x: nn.softplus(x, 0.5), lambda x: F.softplus(x, 0.5)),
    "softplus options": (lambda x: nn.softplus(x, 2.0, 3.0), lambda x: F.softplus(x, 2.0, 3.0)),
    "sigmoid": (nn.sigmoid, F.sigmoid),
    "logsigmoid": (nn.logsigmoid, F.logsigmoid),
    "tanh": (nn.tanh, F.tanh),
    "hardtanh": (nn.hardtanh, F.hardtanh),
    "hardtanh options": (lambda x: nn.hardtanh(x, -0.5, 2.0), lambda x: F.hardtanh(x, -0.5, 2.0)),
    "hardsigmoid": (nn.hardsigmoid, lambda x: F.relu6(x + 3) / 6),  # torch's own has a derivative in float32
    "hardswish": (nn.hardswish, F.hardswish),
    "softsign": (nn.softsign, F.softsign),
    "tanhshrink": (nn.tanhshrink, F.tanhshrink),
    "softshrink": (nn.softshrink, F.softshrink),
    "softshrink 1": (lambda x: nn.softshrink(x, 1.0), lambda x: F.softshrink(x, 1.0)),
    "hardshrink": (nn.hardshrink, F.hardshrink),
    "hardshrink 1": (lambda x: nn.hardshrink(x, 1.0), lambda x: F.hardshrink(x, 1.0)),
    "threshold": (lambda x: nn.threshold(x, 0.1, -7.0), lambda x: F.threshold(x, 0.1, -7.0)),
    "glu": (nn.glu, F.glu),
    "glu 0": (lambda x: nn.glu(x, 0), lambda x: F.glu(x, 0)),
}
SMOOTH = ["elu", "selu", "gelu", "gelu tanh", "silu", "mish", "softplus", "sigmoid", "logsigmoid", "tanhshrink"]
SMOOTH += ["softsign", "leaky_relu", "relu", "hardswish", "celu 0.4", "softplus options", "glu"]


@pytest.mark.parametrize("name", CASES)
def test_values_gradients_and_tangents_are_torchs(name):
    ours, torchs = CASES[name]
    compare(ours, torchs, X)
    compare(ours, torchs, X[::2, ::-1])
    if name[:3] != "glu":
        compare(ours, torchs, X[0, 0])
        compare(ours, torchs, X[:0])


@pytest.mark.parametrize("name", SMOOTH)
def test_second_derivatives_are_torchs(name):
    compare_second(*CASES[name], X)


@pytest.mark.parametrize("name", SMOOTH[:10])
def test_third_derivatives_are_torchs(name):
    ours, torchs = CASES[name]
    x = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    y = torchs(x)
    for _ in range(3):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
    found = tape.grad(tape.grad(tape.grad(ours)))(0.7)
    assert found == pytest.approx(y.item(), rel=1e-11, abs=0)


@pytest.mark.parametrize("shape", [(6,), (1,)])
def test_prelu(shape):
    weight = rng.uniform(-0.5, 0.5, shape)
    compare(nn.prelu, F.prelu, X, weight)
    compare(nn.prelu, F.prelu, rng.normal(size=(2, shape[0], 3, 2)), weight)
    compare_second(nn.prelu, F.prelu, X, weight)


def test_prelu_of_wrong_weights():
    with pytest.raises(tape.ShapeError, match=r"weight of shape \(3,\) for 6 channels"):
        nn.prelu(X, np.zeros(3))


KINKS = [
    (nn.relu, 0, 0),
    (nn.relu6, 0, 0),
    (nn.relu6, 6, 0),
    (nn.hardtanh, -1, 0),
    (nn.hardtanh, 1, 0),
    (nn.hardsigmoid, -3, 0),
    (nn.hardsigmoid, 3, 0),
    (nn.hardswish, -3, 0),
    (nn.hardswish, 3, 1),
    (nn.leaky_relu, 0, 0.01),
    (lambda x: nn.elu(x, 2.0), 0, 2),
    (nn.celu, 0, 1),
    (nn.softshrink, 0.5, 0),
    (nn.softshrink, -0.5, 0),
    (nn.hardshrink, 0.5, 0),
    (nn.hardshrink, -0.5, 0),
    (lambda x: nn.threshold(x, 1.0, 0.0), 1, 0),
    (nn.softplus, 0, 0.5),
    (lambda x: nn.softplus(x, threshold=1.0), 1, 1 / (1 + np.exp(-1))),
    (lambda x: nn.prelu(x, 0.25), 0, 0.25),
    (nn.sigmoid, 0, 0.25),
    (nn.logsigmoid, 0, 0.5),
    (nn.softsign, 0, 1),
    (nn.tanhshrink, 0, 0),
    (nn.silu, 0, 0.5),
    (nn.gelu, 0, 0.5),
    (nn.mish, 0, 0.6),
]


@pytest.mark.parametrize(("f", "x", "expected"), KINKS)
def test_the_convention_at_a_kink(f, x, expected):
    assert slope(f, x) == pytest.approx(expected, rel=1e-15, abs=0)
    array = tape.grad(lambda v: np.sum(f(v)))(np.full(3, float(x), np.float32))
    assert array.dtype == np.float32
    assert array == pytest.approx(np.full(3, expected), rel=1e-6, abs=0)


LARGE = np.array([-1000.0, -100.0, 100.0, 1000.0])
ENDS = {
    nn.sigmoid: ([0, np.exp(-100), 1, 1], [0, np.exp(-100), np.exp(-100), 0]),
    nn.softplus: ([0, np.exp(-100), 100, 1000], [0, np.exp(-100), 1, 1]),
    nn.logsigmoid: ([-1000, -100, -np.exp(-100), 0], [1, 1, np.exp(-100), 0]),
    nn.silu: ([0, -100 * np.exp(-100), 100, 1000], [0, -99 * np.exp(-100), 1, 1]),
    nn.mish: ([0, -100 * np.exp(-100), 100, 1000], [0, -99 * np.exp(-100), 1, 1]),
    nn.gelu: ([0, 0, 100, 1000], [0, 0, 1, 1]),
    nn.elu: ([-1, -1, 100, 1000], [0, np.exp(-100), 1, 1]),
}


@pytest.mark.parametrize("f", ENDS, ids=lambda f: f.__name__)
def test_nothing_overflows_at_the_ends(f):
    value, slopes = ENDS[f]
    np.testing.assert_allclose(f(LARGE), value, rtol=1e-14)
    np.testing.assert_allclose(tape.grad(lambda x: np.sum(f(x)))(LARGE), slopes, rtol=1e-14)
    assert np.all(np.isfinite(tape.grad(lambda x: np.sum(f(x)))(LARGE.astype(np.float32) * 1e4)))


def test_the_derivative_of_sigmoid_does_not_cancel():
    # y (1 - y) would be off by one part in a thousand here
    assert slope(nn.sigmoid, 30.0) == pytest.approx(np.exp(-30.0) / (1 + np.exp(-30.0)) ** 2, rel=1e-15, abs=0)


def test_softplus_without_a_threshold_is_exact():
    assert nn.softplus(25.0, threshold=np.inf) == 25 + np.log1p(np.exp(-25.0))
    assert nn.softplus(25.0) == 25


def test_options_out_of_range():
    with pytest.raises(ValueError, match="approximate is 'none' or 'tanh', not 'erf'"):
        nn.gelu(X, "erf")
    with pytest.raises(ValueError, match=r"min_val=2.0 is above max_val=1.0"):
        nn.hardtanh(X, 2.0, 1.0)
    with pytest.raises(ValueError, match="alpha must not be 0"):
        nn.celu(X, 0.0)
    with pytest.raises(ValueError, match="lambd=-1 must not be negative"):
        nn.softshrink(X, -1)
    with pytest.raises(tape.ShapeError, match=r"axis 1 of an array of shape \(2, 3\) can't be halved"):
        nn.glu(np.zeros((2, 3)), 1)


def test_one_call_is_one_entry():
    t = tape.Tape()
    x = t.input(X, name="x")
    for k, f in enumerate((nn.relu, nn.gelu, lambda v: nn.leaky_relu(v, 0.2), nn.sigmoid)):
        f(x)
        assert len(t) == 2 + k
    assert t.entries[1].row.name == "tape.nn.relu"
    assert t.entries[3].options == {"negative_slope": 0.2}
    assert t.entries[1].where[0] == __file__


@pytest.mark.parametrize(
    "f",
    [
        nn.relu,
        nn.sigmoid,
        nn.gelu,
        lambda x: nn.leaky_relu(x, 0.2),
        lambda x: nn.prelu(x, 0.1),
        lambda x: nn.threshold(x, 0.0, 1.0),
        lambda x: nn.softmax(x, 0),
        lambda x: nn.log_softmax(x, 0),
        lambda x: nn.logsumexp(x, 0),
        lambda x: nn.layer_norm(x, 2),
        lambda x: nn.normalize(x, dim=0),
    ],
)
def test_complex_numbers_are_refused(f):
    x = np.array([1 + 1j, 2 - 1j])
    with pytest.raises(tape.InputTypeError, match="is a function of real numbers"):
        f(x)
    with pytest.raises(tape.InputTypeError, match="is a function of real numbers"):
        tape.vjp(f, x)
