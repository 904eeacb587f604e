"""The proof: on random networks every gradient of every entry is torch.autograd's, within derived tolerances."""

from __future__ import annotations

import inspect
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings

import tape
from tape.oracle import Comparison, Disagreement, Gradient, Network, compare, random_network, script, twin
from tape.oracle.networks import LAYERS, names_of_layers, networks

EXAMPLES = 100
"""Networks for each precision: Hypothesis's own, the same ones in every run."""


def check(network: Network) -> None:
    """Compare a network's gradients, and fail with a script that shows the first one that is wrong."""
    t = tape.Tape()
    output = network.run(t)
    comparison = compare(t, output)
    if not comparison.ok:
        pytest.fail(f"{network}\n{comparison}\n\n{script(t, output, comparison.first)}")


@settings(max_examples=EXAMPLES)
@given(networks(dtypes=["float64"]))
def test_gradients_of_random_networks_in_float64(network):
    check(network)


@settings(max_examples=EXAMPLES)
@given(networks(dtypes=["float32"]))
def test_gradients_of_random_networks_in_float32(network):
    check(network)


@pytest.mark.parametrize("kind", names_of_layers())
def test_each_kind_of_layer(kind):
    """Every kind is compared, under several options, in networks of its own."""
    number = names_of_layers().index(kind)
    compared = 0
    for seed in range(4):
        rng = np.random.default_rng([seed, number])
        code = [(number, *map(int, rng.integers(0, 16, 3))) for _ in range(2)]
        network = Network(code, ("float64", "float32")[seed % 2], seed)
        t = tape.Tape()
        comparison = compare(t, network.run(t))
        assert comparison.ok, f"{network}\n{comparison}"
        compared += comparison.activations
    assert compared > 0


def test_every_layer_of_the_issue_is_drawn():
    """Random networks hold every kind of layer, and often several precisions of each."""
    seen: set[str] = set()
    for seed in range(400):
        seen.update(random_network(seed).kinds)
    assert seen == set(LAYERS)


def test_networks_repeat_themselves_and_can_be_pickled():
    network = random_network(5, np.float32)
    again = pickle.loads(pickle.dumps(network))
    one, other = tape.Tape(), tape.Tape()
    y, z = network.run(one), again.run(other)
    assert repr(network) == repr(again)
    assert y.value == z.value
    assert y.dtype == np.float32
    assert [e.row.name for e in one.entries] == [e.row.name for e in other.entries]


@pytest.mark.parametrize("seed", range(12))
def test_grad_of_a_network_is_its_sweep(seed):
    """``tape.grad`` records less and sweeps in another loop; what it returns is what ``t.sweep`` does, up to order."""
    network = random_network(seed)
    leaves = network.leaves()
    t = tape.Tape()
    output = network.run(t)
    adjoints = t.sweep(output)
    with np.errstate(all="ignore"):
        found = tape.grad(network.loss)(leaves)
    for entry, g in zip([e for e in t.entries if e.index in t._roles], found, strict=True):
        # Both add the same contributions, in orders that differ by a rounding error for each.
        np.testing.assert_allclose(
            g, adjoints[entry], rtol=1e-9, atol=1e-12 * max(1.0, float(np.max(np.abs(g), initial=0)))
        )


def test_a_comparison_counts_and_names():
    t = tape.Tape()
    x, w = t.input(np.ones((2, 3)) * 0.5, "x"), t.weight(np.arange(12.0).reshape(3, 4) / 7, "w")
    with t.scope("layer"):
        h = np.tanh(x @ w)
    comparison = compare(t, np.sum(h * h))
    assert (comparison.weights, comparison.inputs, comparison.activations) == (1, 1, 4)
    assert comparison.elements == 12 + 6 + 3 * 8 + 1
    assert {g.kind for g in comparison.gradients} == {"input", "layer", "operator.mul", "np.sum"}
    assert max(comparison.errors.values()) < 1
    assert comparison.ok
    assert not comparison.ambiguous
    assert pickle.loads(pickle.dumps(comparison)).report() == comparison.report()


def test_a_seed_stands_for_the_adjoint_of_the_output():
    t = tape.Tape()
    x = t.input(np.linspace(-1, 1, 6).reshape(2, 3))
    comparison = compare(t, np.exp(x), seed=np.full((2, 3), 3.0))
    assert comparison.ok
    assert comparison.rules == 1


def test_branches_that_differ_by_rounding_are_ambiguous():
    """Torch's power and NumPy's differ in the last place for some numbers: the comparison y >= c then does, too."""
    t = tape.Tape()
    v = t.input(np.random.default_rng(0).uniform(0.5, 2, 20_000))
    y = v**2.7
    theirs = torch.pow(torch.from_numpy(v.value.copy()), 2.7).numpy()
    assert np.any(y.value != theirs), "NumPy's and torch's powers agree to the last place: take another function"
    c = np.maximum(y.value, theirs)
    comparison = compare(t, np.sum(np.where(y >= c, y * 2, y * 3)))
    assert comparison.ok
    assert comparison.ambiguous
    assert comparison.activations == 0
    assert "0 disagreements\nno gradient was compared: a comparison, a position or a maximum" in comparison.report()


def test_a_report_counts_in_words_and_says_why_nothing_was_compared():
    @tape.primitive(lambda g, y, x: g * 2.0)
    def square(x):
        return x * x

    twin(square)(lambda x: x * x)
    t = tape.Tape()
    y = np.sum(square(t.input(np.array([3.0, -1.0]))) * 2.0)
    wrong = compare(t, y)
    head, why, culprit, *_ = wrong.report().split("\n")
    assert head == "0 activation, 0 weight, 0 input gradients, 3 rules: 1 disagreement"
    assert why == "no gradient was compared: what disagrees before them, below, would make them wrong"
    assert culprit.startswith("entry #1 ")
    assert "square" in culprit
    assert not wrong.gradients
    assert wrong.first.nearer == "torch"

    known = Disagreement(1, "np.expm1", "", "rule", 2.0, 0.5, 0.0, nearer="tape", note="torch's is wrong")
    right = Comparison(rules=1, exonerated=[known, known])
    assert right.report() == (
        "0 activation, 0 weight, 0 input gradients, 1 rule: 0 disagreements\n"
        "no gradient was compared: torch is known to be wrong on the way (entry #1 np.expm1: torch's is wrong)"
    )
    assert "leads to the output" in Comparison().report()
    some = Comparison(gradients=[Gradient(0, "input", "input", "input", 0.0)])
    assert (some.uncompared(), some.report().count("\n")) == ("", 0)


def test_every_field_is_explained():
    for kind in (Comparison, Disagreement, Gradient):
        source = inspect.getsource(kind)
        for name in kind.__annotations__:
            assert re.search(rf'^    {name}: [^\n]*\n    """', source, re.M), f"{kind.__name__}.{name}"


def test_a_disagreement_comes_with_a_script_that_shows_it(tmp_path):
    """The script runs by itself, keeps the aliasing of ``x * x``, and is of one entry where that suffices."""
    t = tape.Tape()
    x = t.input(np.array([[1.0, -2.0], [0.25, 3.0]]), "x")
    h = np.exp(x)
    y = np.sum((h * h).T[::-1] @ x)
    assert compare(t, y).ok
    whole = script(t, y)
    local = script(t, y, Disagreement(2, "operator.mul", "", "rule", 2.0, None, None, seed=np.ones((2, 2))))
    assert "x_2" not in local
    assert "h" not in local.split("import")[-1] or "np.exp" not in local
    for text in (whole, local):
        path = tmp_path / "shows.py"
        path.write_text(text)
        done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "0 disagreements" in done.stdout
    assert local.count("t.input(") == 1
