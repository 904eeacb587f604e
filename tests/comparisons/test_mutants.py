# ruff: noqa: E402 (what the modules need is asked for first)
"""The mutation test: what it changes, that it puts back what it changed, and that it sees what a weak suite doesn't."""

import ast
import json
import sys

import numpy as np
import pytest

for needed in ("torch", "tqdm"):
    pytest.importorskip(needed)

from comparisons.mutants import checks, report
from comparisons.mutants.__main__ import earlier, main, parse, same
from comparisons.mutants.equivalent import Known, entry
from comparisons.mutants.mutate import KINDS, changes
from comparisons.mutants.run import Suite, Verdict, run
from comparisons.mutants.targets import Target, mutants, node_of, planted, targets
from tape.rule import TABLE
from tape.scipy.special import spectral
from tests import test_rules
from tests.rules import test_conventions

FUNCTIONS = (np.sin, np.hypot, np.divide)


@pytest.fixture(scope="module")
def found():
    return targets([TABLE[f] for f in FUNCTIONS])


@pytest.fixture(scope="module")
def table():
    every = gathered()
    conventions = [c for c in checks.of_module(test_conventions, len(checks.TABLE_CHECKS)) if "hypot" in c.name]
    return [c for c in every if c.values["fn"] in FUNCTIONS] + conventions


def gathered():
    return [
        c for rank, name in enumerate(checks.TABLE_CHECKS) for c in checks.of_function(getattr(test_rules, name), rank)
    ]


def of_text(text):
    return [f"{c.kind}: {ast.unparse(c.tree.body)}" for c in changes(ast.parse(text, mode="eval").body)]


# ------------------------------------------------------------------ the changes


def test_every_slip_is_made():
    made = of_text("lambda g, y, x: g * np.cos(x)")
    for wanted in (
        "sign: -(g * np.cos(x))",
        "factor: g * np.cos(x) * 2",
        "factor: g * np.cos(x) * 1.001",
        "product: g",
        "product: np.cos(x)",
        "function: g * np.sin(x)",
    ):
        assert wanted in made
    made = of_text("lambda g, y, x: g - np.sum(y / x, axis=-1, keepdims=True) if x < 0.5 else f(g, y)")
    for wanted in (
        "g + ",
        "x / y",
        "y * x",
        "axis=0",
        "axis=-2",
        "keepdims=False",
        "x <= 0.5",
        "x < 0.25",
        "not x < 0.5",
    ):
        assert any(wanted in text for text in made), wanted
    assert any(text.endswith("else f(y, g)") for text in made)
    assert {text.split(":")[0] for text in made} <= set(KINDS)


def test_messages_are_left_alone():
    tree = ast.parse("def f(g, n):\n    if n > 2:\n        raise ValueError(f'{n + 1}', 3 - n)\n    return g").body[0]
    assert not [c for c in changes(tree) if "ValueError" in c.before or c.before in ("n + 1", "3 - n", "3")]


def test_a_mutant_is_another_program_than_the_right_one(found):
    assert all(node_of(t) is not None for t in found)
    for target in found:
        codes = [m.code for m in mutants(target)]
        assert all(c != target.code for c in codes)
        assert len({(c.co_code, c.co_consts, c.co_names) for c in codes}) == len(codes)


def test_helpers_are_reached(found):
    labels = {t.label for t in found}
    assert {"np.sin.vjps[0]", "part", "np.hypot.vjps[0]", "np.hypot.vjps[1]"} <= labels
    assert next(t for t in found if t.label == "part").rows == {"np.hypot"}


def test_what_is_planted_is_taken_back(found):
    before = np.cos(1.0)
    rule = TABLE[np.sin].vjps[0]
    target = next(t for t in found if t.label == "np.sin.vjps[0]")
    mutant = next(m for m in mutants(target) if m.kind == "sign")
    with planted(mutant):
        assert rule(1.0, None, 1.0) == -before
        assert TABLE[np.sin].plain.vjp0(1.0, None, 1.0) == -before
    assert rule(1.0, None, 1.0) == before
    with pytest.raises(ZeroDivisionError), planted(mutant):
        _ = 1 / 0
    assert rule(1.0, None, 1.0) == before


# ----------------------------------------------------------------- the verdicts


def test_the_suite_kills_all_that_differ(found, table):
    suite = Suite(found, table)
    assert not suite.broken
    every = [m for t in found for m in mutants(t)]
    known = Known.read()
    judged = [(m, v, known.reason(m)) for m, v in ((m, suite.verdict(m)) for m in every)]
    left = [(m, v) for m, v, reason in judged if v.killer is None and reason is None]
    assert not left, "\n".join(report.survivor(m, v) for m, v in left)
    assert report.tally(judged)["equivalent"] > 0  # np.hypot's stand-in for a zero
    assert report.tally(judged)["rate"] == 100


def test_the_verdicts_do_not_depend_on_the_number_of_processes(found, table):
    suite = Suite(found, table)
    some = [m for t in found for m in mutants(t)][::12]
    one, two = ({k: v.killer is None for k, v in run(suite, some, jobs)} for jobs in (1, 2))
    assert one == two == {k: suite.verdict(m).killer is None for k, m in enumerate(some)}


def test_what_reaches_what_does_not_depend_on_the_number_of_processes(found, table):
    one, two = (Suite(found, table, jobs=jobs) for jobs in (1, 2))
    names = lambda suite: {k: sorted(c.name for c in checks) for k, checks in suite.of.items()}
    assert names(one) == names(two)
    assert any(names(one).values())


def test_what_killed_a_mutant_is_put_to_the_next_first(found, table):
    suite = Suite(found, table)
    target = next(t for t in found if t.label == "np.sin.vjps[0]")
    first, *others = mutants(target)
    last = suite.of[id(target)][-1]
    suite.learn(first, Verdict(last.name, "assertion", len(suite.of[id(target)])))
    assert suite.of[id(target)][0] is last
    before = list(suite.of[id(target)])
    suite.learn(others[0], Verdict(None, "survived", len(before)))
    assert suite.of[id(target)] == before


def test_a_function_whose_answer_is_remembered_is_reached_by_every_test_that_asks():
    remembered = spectral.coefficients
    target = Target(remembered.__wrapped__.__code__, [remembered.__wrapped__], "coefficients")
    asking = [checks.Check(f"test {k}", remembered, {}, k) for k in range(2)]
    assert Suite([target], asking).of[id(target)] == asking


def test_a_weakened_check_lets_mutants_live_and_says_which(found, table):
    weak = [c for c in table if "forward_and_reverse" in c.name]  # the rules' both modes are one: it sees no factor
    suite = Suite(found, weak)
    target = next(t for t in found if t.label == "np.sin.vjps[0]")
    left = [(m, v) for m in mutants(target) if (v := suite.verdict(m)).killer is None]
    assert {"sign", "factor", "function"} <= {m.kind for m, _ in left}
    text = report.survivor(*left[0])
    assert "np.sin.vjps[0]" in text
    assert "elementwise(np.sin, lambda g, y, x: g * np.cos(x))" in text


def test_what_no_test_reaches_survives(found):
    verdict = Suite(found, []).verdict(mutants(found[0])[0])
    assert verdict == Verdict(None, "no test reaches it", 0)


def test_verdicts_of_earlier_runs_are_taken_over_and_of_mutants_alike_the_survivors(found, tmp_path):
    first, second = mutants(found[0])[:2]
    killed, lives = Verdict("a test", "assertion", 3), Verdict(None, "survived", 9)
    runs = [[(first, killed), (second, killed), (second, lives)], [(first, lives), (first, killed)], [(first, killed)]]
    paths = [tmp_path / f"{k}.json" for k in range(len(runs))]
    for path, verdicts in zip(paths, runs, strict=True):
        path.write_text(json.dumps({"mutants": [report.record(m, v) for m, v in verdicts]}))
    one, other = (same(report.record(m)) for m in (first, second))
    assert earlier(paths[:1]) == {one: killed, other: lives}
    assert earlier(paths[:2]) == {one: lives, other: lives}
    assert earlier(paths) == {one: killed, other: lives}


# ------------------------------------------------------------ known equivalents


def test_an_equivalent_mutant_is_known_by_its_function_and_change(found):
    target = next(t for t in found if t.label == "np.sin.vjps[0]")
    mutant, other = mutants(target)[:2]
    words = {"file": target.file, "function": target.label}
    known = Known([{**words, "changes": [mutant.change, "a -> b"], "reason": "planted"}])
    assert known.reason(mutant) == "planted"
    assert known.reason(other) is None
    assert known.stale() == [f"{target.file}: {target.label}: a -> b"]
    line = Known([{**words, "at": mutant.source(), "kinds": [mutant.kind], "reason": "planted"}])
    assert line.reason(mutant) == "planted"
    assert Known([{**words, "at": "another line", "reason": "planted"}]).reason(mutant) is None
    with pytest.raises(ValueError, match="reason"):
        Known([{**words, "changes": []}])
    assert f"'{mutant.change}'" in entry(mutant)


def test_every_known_equivalent_has_a_function_that_exists():
    exist = {(t.file, t.label) for t in targets(test_rules.ROWS)}
    assert not {(e["file"], e["function"]) for e in Known.read().entries} - exist


# ------------------------------------------------------------------ the command


def test_the_page_says_if_not_all_were_judged(found):
    some = mutants(found[0])[:3]
    judged = [(m, Verdict(None, "survived", 1), "a reason" if k == 0 else None) for k, m in enumerate(some)]
    assert "judged" not in report.markdown(judged, 3)
    text = report.markdown(judged, 5)
    assert "**3 of 5 mutants were judged:**" in text
    assert "1 make no difference, 2 survive" in text
    assert text.count(f"`{some[1].target.label}`") == 2


def test_what_is_not_installed_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mpmath", None)
    assert main(["--rows", "np.sin"]) == 2
    assert "needs mpmath: pip install 'tape[test]'" in capsys.readouterr().err


def test_wrong_arguments(capsys):
    for wrong in (["--jobs", "0"], ["--limit", "x"], ["--json", "/no/such/folder/x.json"]):
        with pytest.raises(SystemExit) as stopped:
            parse(wrong)
        assert stopped.value.code == 2
    assert main(["--rows", "no.such.function"]) == 2
    assert "no rule fits" in capsys.readouterr().err
