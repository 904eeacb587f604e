"""The benchmark measures the same derivatives under every peer, and says what it is to say."""

import json
import subprocess
import sys

import numpy as np
import pytest

from comparisons.speed import bench, worker
from comparisons.speed.problems import CHAINS, SIZES, cnn, iterate, mlp

pytest.importorskip("torch")
pytest.importorskip("autograd")

DIFFERENTIATING = ("tape", "torch", "autograd")


def arrays(gradient):
    parts = gradient if isinstance(gradient, list) else [gradient]
    return [np.asarray(part) for part in parts]


@pytest.mark.parametrize("problem", CHAINS)
def test_the_peers_agree_on_a_chain(problem):
    results = {peer: worker.load(peer)[problem]() for peer in DIFFERENTIATING}
    values = {peer: step() for peer, step in results.items()}
    want_value, want = values.pop("torch")
    for value, gradient in values.values():
        # 200 calls, each right to a few ulp, with derivatives that contract: far below 1e-11.
        np.testing.assert_allclose(value, want_value.numpy(), rtol=1e-11)
        np.testing.assert_allclose(gradient, want.numpy(), rtol=1e-11)
    assert np.all(want.numpy() != 0)
    np.testing.assert_allclose(worker.load("numpy")[problem]()(), want_value.numpy(), rtol=1e-11)


@pytest.mark.parametrize("problem", [*SIZES, "cnn"])
def test_the_peers_agree_on_a_network(problem):
    found = {peer: steps[problem]()() for peer in worker.PEERS if problem in (steps := worker.load(peer))}
    if problem in SIZES:
        found["a bare tape"] = worker.load("numpy")[f"{problem}-bare"]()()
    want_value, want = found.pop("torch")
    weights = (cnn() if problem == "cnn" else mlp(problem)).weights
    assert {"tape"} <= set(found)
    for value, gradient in found.values():
        # float32, sums over at most 50,000 terms whose roundings are random: below 1e-3 of the largest.
        np.testing.assert_allclose(value, want_value.numpy(), rtol=1e-5)
        for ours, theirs, w in zip(arrays(gradient), want, weights, strict=True):
            assert ours.shape == w.shape
            assert ours.dtype == np.float32
            np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-3 * float(abs(theirs).max()))


def test_a_chain_is_of_200_calls():
    import tape

    t = tape.Tape()
    iterate(t.input(0.5), np.sin, 0.9)
    assert len(t) == 1 + 200


def test_targets_are_held_against_ratios():
    targets = bench.time_targets({"chain-array": {"torch": 0.4, "autograd": 0.1}, "mlp-small": {"autograd": 1.0}})
    assert [(t.found, t.bound, t.met) for t in targets] == [(0.4, 0.33, False), (0.1, 0.2, True)]


def test_a_ratio_is_taken_round_by_round():
    """The machine runs at half its pace in every other round: the ratio doesn't see it."""

    class Paced:
        def __init__(self, seconds):
            self.can, self.seconds, self.round = {"chain-array"}, seconds, 0

        def ask(self, what, *_):
            if what == "build":
                return self.seconds
            self.round += 1
            wall = self.seconds * (1 + self.round % 2)
            return wall, wall

    found = bench.times({"tape": Paced(1.0), "torch": Paced(4.0)}, "chain-array", rounds=4, seconds=1.0, threads=1)
    assert found.ratios == {"torch": 0.25}
    assert found.seconds == {"tape": 1.5, "torch": 6.0}


def test_the_command_prints_ratios_and_writes_figures(tmp_path):
    command = [sys.executable, "-m", "comparisons.speed", "--rounds", "2", "--seconds", "0.001"]
    done = subprocess.run(
        [*command, "--only", "chain-array", "mlp-small", "--json", str(tmp_path / "speed.json")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "tape takes" in done.stdout
    assert "targets" in done.stdout
    figures = json.loads((tmp_path / "speed.json").read_text())
    assert figures["hardware"]
    assert set(figures["seconds"]["chain-array"]) == {"tape", "torch", "autograd", bench.FORWARD_ONLY}
    assert set(figures["seconds"]["mlp-small"]) == {
        "tape",
        "torch",
        "autograd",
        "numpy",
        "a bare tape",
        "matmuls alone",
    }
    assert [t["bound"] for t in figures["targets"]] == [0.33, 0.2, 0.6]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--threads", "0"], "at least 1"),
        (["--only", "nothing"], "invalid choice"),
        (["--json", "/no/such/folder/x"], "no folder"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message, capsys):
    from comparisons.speed.__main__ import main

    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_memory_is_measured_in_a_process_of_its_own():
    size = bench.once(worker.measure_bytes, "tape", 40_000, 1)
    # An entry of 5 or 7 references, one or two floats, an adjoint and its slot: between 100 and 300 bytes.
    assert 60 < size < 300
