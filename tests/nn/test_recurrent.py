"""Recurrent networks against torch's modules: outputs, last states, and the gradient of every weight and state."""

import numpy as np
import pytest
import torch

import tape
import tape.nn
from tape.errors import ShapeError
from tape.program.torch import replay
from tests.nn.bounds import tensors

MODULES = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
OURS = {"rnn": tape.nn.rnn, "lstm": tape.nn.lstm, "gru": tape.nn.gru}
DTYPES = {torch.float64: np.float64, torch.float32: np.float32}


def close(a, b, dtype=np.float64):
    """Compare within what 10 steps of sums of some 20 terms of size about 1 may round, and their gates may damp."""
    b = b.detach().numpy() if isinstance(b, torch.Tensor) else b
    assert np.shape(a) == b.shape
    assert a.dtype == b.dtype == dtype
    np.testing.assert_allclose(a, b, rtol=0, atol=200 * np.finfo(dtype).eps * (1 + np.max(np.abs(b))))


def run(fn, x, hx, weights, **how):
    """Return output and last states in one tuple."""
    output, last = fn(x, hx, weights, **how)
    return (output, *last) if isinstance(last, tuple) else (output, last)


def compare(kind, *, layers=1, both=False, first=False, bias=True, batch=(3,), given=True, dtype=torch.float64, **more):
    torch.manual_seed(layers)
    module = MODULES[kind](3, 4, layers, bias=bias, batch_first=first, bidirectional=both, dtype=dtype, **more)
    weights = {name: p.detach().numpy() for name, p in module.named_parameters()}
    rng = np.random.default_rng(0)
    draw = lambda *shape: rng.normal(size=shape).astype(DTYPES[dtype])
    x = draw(*batch, 5, 3) if first else draw(5, *batch, 3)
    runs = layers * (2 if both else 1)
    states = [draw(runs, *batch, more.get("proj_size") or 4), draw(runs, *batch, 4)][: 2 if kind == "lstm" else 1]
    tx, *ts = tensors([x, *states])
    expected = module(tx, None if not given else tuple(ts) if kind == "lstm" else ts[0])
    expected = (expected[0], *(expected[1] if kind == "lstm" else expected[1:]))
    how = {"batch_first": first and batch != ()} | ({"nonlinearity": more["nonlinearity"]} if kind == "rnn" else {})
    ours = lambda x, states, weights: run(
        OURS[kind], x, None if not given else tuple(states) if kind == "lstm" else states[0], weights, **how
    )
    found = ours(x, states, weights)
    seeds = [draw(*e.shape) for e in expected]
    loss = lambda *args: sum(np.sum(y * g) for y, g in zip(ours(*args), seeds, strict=True))
    gx, gs, gw = tape.grad(loss, (0, 1, 2))(x, states, weights)
    torch.autograd.backward(expected, [torch.tensor(g) for g in seeds])
    for a, b in zip(found, expected, strict=True):
        close(a, b, DTYPES[dtype])
    close(gx, tx.grad, DTYPES[dtype])
    for a, b in zip(gs, ts, strict=True):
        if given:
            close(a, b.grad, DTYPES[dtype])
        else:
            np.testing.assert_array_equal(a, 0)
    for name, p in module.named_parameters():
        close(gw[name], p.grad, DTYPES[dtype])


KINDS = [("rnn", {"nonlinearity": "tanh"}), ("rnn", {"nonlinearity": "relu"}), ("lstm", {}), ("gru", {})]


@pytest.mark.parametrize(("kind", "more"), KINDS)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("first", [False, True])
def test_sequences(kind, more, layers, both, first):
    compare(kind, layers=layers, both=both, first=first, **more)


@pytest.mark.parametrize(("kind", "more"), KINDS)
@pytest.mark.parametrize(
    "case", [{"bias": False}, {"batch": ()}, {"given": False}, {"dtype": torch.float32}, {"batch": (1,), "layers": 3}]
)
def test_kinds_of_sequences(kind, more, case):
    compare(kind, both=True, **case, **more)


@pytest.mark.parametrize("both", [False, True])
def test_a_projected_hidden_state(both):
    compare("lstm", layers=2, both=both, proj_size=2)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("batch", [(), (3,)])
@pytest.mark.parametrize(
    ("ours", "theirs", "gates", "states"),
    [
        (tape.nn.rnn_cell, torch._VF.rnn_tanh_cell, 1, 1),
        (lambda *a: tape.nn.rnn_cell(*a, nonlinearity="relu"), torch._VF.rnn_relu_cell, 1, 1),
        (tape.nn.lstm_cell, torch._VF.lstm_cell, 4, 2),
        (tape.nn.gru_cell, torch._VF.gru_cell, 3, 1),
    ],
)
def test_cells(ours, theirs, gates, states, batch, bias):
    rng = np.random.default_rng(1)
    shapes = [(*batch, 3), *[(*batch, 4)] * states, (gates * 4, 3), (gates * 4, 4), *[(gates * 4,)] * (2 * bias)]
    arrays = [rng.normal(size=shape) for shape in shapes]

    def call(fn, x, *rest):
        hx = tuple(rest[:2]) if states == 2 else rest[0]
        out = fn(x, hx, *rest[states:])
        return out if isinstance(out, tuple) else (out,)

    def batched(x, *rest):  # torch's own cells want a batch
        if batch:
            return call(theirs, x, *rest)
        rows = [a[None] for a in (x, *rest[:states])]
        return tuple(out[0] for out in call(theirs, *rows, *rest[states:]))

    given = tensors(arrays)
    expected = batched(*given)
    found = call(ours, *arrays)
    seeds = [rng.normal(size=e.shape) for e in expected]
    gradients = tape.grad(
        lambda *a: sum(np.sum(y * g) for y, g in zip(call(ours, *a), seeds, strict=True)), tuple(range(len(arrays)))
    )(*arrays)
    torch.autograd.backward(expected, [torch.tensor(g) for g in seeds])
    for a, b in zip(found, expected, strict=True):
        close(a, b)
    for a, b in zip(gradients, given, strict=True):
        close(a, b.grad)


def weights_of(kind, **how):
    torch.manual_seed(0)
    module = MODULES[kind](3, 4, dtype=torch.float64, **how)
    return {name: p.detach().numpy() for name, p in module.named_parameters()}


def test_entries_grow_with_the_steps_alone():
    """One product of matrices for the inputs of all steps; each further step adds the same few entries."""
    weights = weights_of("lstm")
    counts = []
    for steps in (4, 5, 6):
        t = tape.Tape()
        tape.nn.lstm(t.input(np.ones((steps, 2, 3))), None, {k: t.weight(w) for k, w in weights.items()})
        counts.append(len(t))
    assert counts[2] - counts[1] == counts[1] - counts[0] <= 18


def test_the_same_program_in_torch():
    rng = np.random.default_rng(3)
    for kind, how in (
        ("lstm", {"bidirectional": True, "num_layers": 2}),
        ("gru", {}),
        ("rnn", {"nonlinearity": "relu"}),
    ):
        t = tape.Tape()
        weights = {name: t.weight(w, name) for name, w in weights_of(kind, **how).items()}
        more = {"nonlinearity": "relu"} if kind == "rnn" else {}
        y = np.sum(OURS[kind](t.input(rng.normal(size=(4, 2, 3))), None, weights, **more)[0] ** 2)
        again, adjoints = replay(t, y), t.sweep(y)
        for entry in t.entries:
            if again.adjoints[entry.index] is not None:
                close(adjoints[entry], again.adjoints[entry.index])


def test_second_derivatives():
    rng = np.random.default_rng(4)
    weights = weights_of("gru")
    x, v = rng.normal(size=(4, 2, 3)), rng.normal(size=(4, 2, 3))
    loss = lambda x: np.sum(tape.nn.gru(x, None, weights)[0] ** 2)
    module = torch.nn.GRU(3, 4, dtype=torch.float64)
    module.load_state_dict({k: torch.tensor(w) for k, w in weights.items()})
    (given,) = tensors([x])
    (g,) = torch.autograd.grad((module(given)[0] ** 2).sum(), given, create_graph=True)
    (expected,) = torch.autograd.grad((g * torch.tensor(v)).sum(), given)
    close(tape.hvp(loss, (x,), (v,)), expected)


def test_dropout_between_layers_only():
    rng = np.random.default_rng(5)
    x, one, two = rng.normal(size=(4, 2, 3)), weights_of("gru"), weights_of("gru", num_layers=2)
    draw = lambda: np.random.default_rng(0)
    plain, _ = tape.nn.gru(x, None, one)
    dropped, _ = tape.nn.gru(x, None, one, dropout=0.5, generator=draw())
    np.testing.assert_array_equal(plain, dropped)
    plain, _ = tape.nn.gru(x, None, two)
    dropped, _ = tape.nn.gru(x, None, two, dropout=0.5, generator=draw())
    again, _ = tape.nn.gru(x, None, two, dropout=0.5, generator=draw())
    assert not np.array_equal(plain, dropped)
    np.testing.assert_array_equal(dropped, again)
    with pytest.raises(TypeError, match="generator"):
        tape.nn.gru(x, None, two, dropout=0.5)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda x, w: tape.nn.lstm(x, None, {}), ValueError, "none at all"),
        (lambda x, w: tape.nn.lstm(x, None, {**w, "w_l0": 1}), ValueError, "not w_l0"),
        (lambda x, w: tape.nn.gru(x, None, {**w, "weight_hr_l0": 1}), ValueError, "not weight_hr_l0"),
        (
            lambda x, w: tape.nn.lstm(x, None, w | {"bias_hh_l0_reverse": 1}),
            ValueError,
            "2 directions, without bias_ih_l0_r",
        ),
        (lambda x, w: tape.nn.lstm(x, None, {**w, "weight_ih_l1": 1}), ValueError, "2 layers.*weight_hh_l1"),
        (lambda x, w: tape.nn.lstm(x[..., :2], None, w), ShapeError, r"layer l0.*\(2, 2\).*\(16, 3\)"),
        (lambda x, w: tape.nn.gru(x, None, w), ShapeError, r"gru, layer l0"),
        (lambda x, w: tape.nn.lstm(x, (x, x), w), ShapeError, r"\(4, 2, 3\).*must be \[\(1, 2, 4\), \(1, 2, 4\)\]"),
        (lambda x, w: tape.nn.lstm(x[0, 0], None, w), ShapeError, r"shape \(3,\).*\(time, n, inputs\)"),
        (lambda x, w: tape.nn.lstm(x[:0], None, w), ShapeError, "not empty"),
        (lambda x, w: tape.nn.rnn(x, None, w, nonlinearity="sin"), ValueError, "'tanh' or 'relu'"),
        (
            lambda x, w: tape.nn.gru_cell(x[0], np.ones((2, 5)), *w.values()),
            ShapeError,
            r"\(2, 5\).*\(3 \* size, inputs\)",
        ),
    ],
)
def test_what_does_not_fit_is_said(call, error, says):
    x = np.random.default_rng(0).normal(size=(4, 2, 3))
    with pytest.raises(error, match=says):
        call(x, weights_of("lstm"))
