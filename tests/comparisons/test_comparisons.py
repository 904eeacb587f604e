"""The main job: what its last line says, when it fails, and that its report stands by itself."""

import math
import re
import signal
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from comparisons import campaign, tally
from comparisons.__main__ import main
from comparisons.fault import find, planted
from comparisons.tally import Gradient, Outcome, Tally

for needed in ("torch", "sklearn", "matplotlib", "tqdm", "jinja2"):
    pytest.importorskip(needed)

LAST = re.compile(
    r"networks (\d+) \| activation gradients (\d+) \| weight gradients (\d+) \| ambiguous (\d+) \| disagreements (\d+)"
)


def last_line(out):
    found = LAST.fullmatch(out.splitlines()[-1])
    assert found, out[-500:]
    return tuple(int(n) for n in found.groups())


class Page(HTMLParser):
    """What a page refers to, and which identifiers it has."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.tags = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href", "data", "action")]


# ------------------------------------------------------------------ the whole job


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    report = tmp_path_factory.mktemp("report") / "page.html"
    command = [sys.executable, "-m", "comparisons", "--networks", "8", "--steps", "3", "--jobs", "2"]
    done = subprocess.run([*command, "--report", str(report)], capture_output=True, text=True, timeout=300, check=False)
    return done, report


def test_right_code_passes(small):
    done, _ = small
    assert done.returncode == 0, done.stdout + done.stderr
    networks, activations, weights, ambiguous, disagreements = last_line(done.stdout)
    assert (networks, disagreements) == (8, 0)
    assert activations > 8
    assert weights > 0
    assert ambiguous <= networks


def test_the_digits_are_compared_at_the_first_and_the_last_step(small):
    done, _ = small
    for name in ("MLP", "CNN"):
        after = done.stdout[done.stdout.index(f"digits, {name}: 3 steps") :]
        steps = re.findall(
            r"(first|last) step: activation gradients (\d+), weight gradients 6,.*disagreements 0", after
        )
        assert [which for which, _ in steps[:2]] == ["first", "last"]
        assert all(int(activations) >= 8 for _, activations in steps)


def test_progress_stays_off_the_output(small):
    done, _ = small
    assert "random networks: 100%" in done.stderr
    assert "%|" not in done.stdout


def test_the_report_needs_nothing_else(small):
    done, report = small
    text = report.read_text(encoding="utf-8")
    page = Page(text)
    assert done.stdout.splitlines()[-1] in text
    assert [link for link in page.links if not link.startswith("#")] == []
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count("svg") == 3
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert re.findall(r"@import|url\((?!#)", text) == []
    assert "prefers-color-scheme: dark" in text
    assert "#010203" not in text


def test_a_wrong_rule_is_found(capsys, tmp_path):
    report = tmp_path / "page.html"
    command = ["--networks", "3", "--steps", "1", "--jobs", "1", "--report", str(report), "--plant", "tape.nn.linear"]
    assert main(command) == 1
    out, err = capsys.readouterr()
    disagreements = last_line(out)[-1]
    assert disagreements > 0
    assert f"NOT PASSED: {disagreements} disagreements" in err
    assert "tape.nn.linear" in out
    assert "import tape" in out  # the script that shows it
    assert "import tape" in report.read_text(encoding="utf-8")
    assert main(["--networks", "1", "--steps", "1", "--jobs", "1", "--no-report"]) == 0  # the fault is gone


def test_an_accuracy_below_the_goal_fails(capsys, monkeypatch):
    from comparisons import digits

    short = {name: model._replace(epochs=1, rate=1e-6) for name, model in digits.MODELS.items()}
    monkeypatch.setattr(digits, "MODELS", short)
    monkeypatch.setattr(digits, "compare", lambda logits, weights, images, labels, label: Outcome(label, "float32", ()))
    assert main(["--networks", "1", "--jobs", "1", "--no-report"]) == 1
    out, err = capsys.readouterr()
    assert last_line(out)[-1] == 0
    assert "97 % is the goal" in err


def test_an_interrupt_keeps_what_was_found(tmp_path):
    report = tmp_path / "page.html"
    command = [sys.executable, "-m", "comparisons", "--networks", "100000", "--no-digits", "--jobs", "1"]
    with subprocess.Popen(
        [*command, "--report", str(report)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs this in the background has told its children to ignore the signal.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        seen = ""
        while not re.search(r" [1-9]\d*/100000", seen):
            letter = process.stderr.read(1)
            assert letter, seen
            seen += letter
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert 1 <= last_line(out)[0] < 100_000
    assert "interrupted after" in err
    assert "Traceback" not in err
    assert "interrupted after" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--networks", "0"], "at least 1"),
        (["--networks", "many"], "whole number"),
        (["--jobs", "0"], "at least 1"),
        (["--seed", "-1"], "at least 0"),
        (["--report", "/no/such/folder/x.html"], "no folder"),
        (["--report", "/"], "is a folder"),
        (["--nonsense"], "unrecognized"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_a_fault_in_an_unknown_function_is_refused(capsys):
    assert main(["--plant", "np.nothing", "--no-report"]) == 2
    assert "np.nothing" in capsys.readouterr().err


# ------------------------------------------------------------------- the campaign


def test_the_networks_do_not_depend_on_the_number_of_processes():
    one, two = (list(campaign.run(12, 5, jobs)) for jobs in (1, 2))
    assert one == two
    assert [o.label for o in one] != [o.label for o in campaign.run(12, 6, 1)]


def test_networks_come_in_both_precisions():
    assert {campaign.dtype_of(k) for k in range(3)} == {"float32", "float64"}


def test_a_network_that_raises_is_a_disagreement(monkeypatch):
    from tape import oracle

    def fails(seed, dtype):
        raise RuntimeError("no such network")

    monkeypatch.setattr(oracle, "random_network", fails)
    outcome = campaign.examine(0, 0)
    assert outcome.disagreements == 1
    assert "no such network" in outcome.report


def test_a_planted_fault_is_lifted_again():
    import tape

    rows = find("np.tanh")
    assert rows
    slope = tape.grad(np.tanh)
    with planted("np.tanh", 2.0):
        wrong = slope(0.3)
    assert wrong == 2 * slope(0.3)


# ---------------------------------------------------------------------- the tally


def test_the_tally_adds_up():
    t = Tally()
    gradients = (Gradient("conv", "weight", 0.5), Gradient("conv", "activation", 0.0), Gradient("sum", "input", 1e-9))
    t.add(Outcome("a", "float64", gradients, kinds=("conv", "sum"), rules=4))
    t.add(Outcome("b", "float32", (Gradient("conv", "activation", math.nan),), kinds=("conv",), ambiguous=True))
    t.add(Outcome("c", "float32", (Gradient("conv", "activation", 7.0),), kinds=("conv",), disagreements=2))
    assert t.line() == "networks 3 | activation gradients 3 | weight gradients 1 | ambiguous 1 | disagreements 2"
    assert (t.inputs, t.rules, t.exact) == (1, 4, 1)
    assert (t.kinds["conv"].networks, t.kinds["conv"].gradients) == (3, 4)
    assert math.isnan(t.kinds["conv"].worst)
    assert [f.label for f in t.failures] == ["c"]
    assert sum(t.histogram["float64"]) == 2
    assert sum(t.histogram["float32"]) == 2


@pytest.mark.parametrize(
    ("error", "bin_"),
    [(0.0, 0), (1e-30, 0), (1e-6, 0), (1.0, 24), (1e3, tally.BINS - 1), (math.inf, tally.BINS - 1), (math.nan, 35)],
)
def test_every_error_has_a_bin(error, bin_):
    assert tally.bin_of(error) == bin_


ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
    for room in ("tape", "comparisons")
    for path in sorted((ROOT / room).rglob("*.py"))
    if '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_what_it_takes(command):
    found = subprocess.run([sys.executable, "-m", command, "--help"], capture_output=True, text=True, cwd=ROOT)
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("usage: python -m ")
    assert {"comparisons", "comparisons.campaign", "comparisons.speed", "tape.coverage"} <= set(COMMANDS)
