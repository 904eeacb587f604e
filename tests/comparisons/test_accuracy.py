# ruff: noqa: E402 (what the modules need is asked for first)
"""The accuracy tool: what it covers, that its exact values are exact, and that its page is of what it measures."""

import re

import pytest

for needed in ("mpmath", "scipy", "tqdm"):
    pytest.importorskip(needed)

import tape.nn
import tape.scipy.special  # noqa: F401  it fills the rule table
from comparisons.accuracy import arrays_page, page, precisions, subjects  # noqa: F401  it fills the table of subjects
from comparisons.accuracy.__main__ import ARRAYS_PAGE, PAGE, main, tasks
from comparisons.accuracy.exact import difference, exact, inverse, mp, normal, ulps
from comparisons.accuracy.measure import Measured, measure
from comparisons.accuracy.subject import SUBJECTS, UNMEASURED, D
from tape.rule import TABLE


@pytest.fixture(scope="module")
def every():
    return {(name, argument) for name, argument, _ in tasks("*", 1)}


# --------------------------------------------------------------------- what it covers


def smooth_rows():
    return {r.name for r in TABLE.values() if r.kind == "elementwise" and r.name.startswith(KNOWN)} | {
        r.name for r in TABLE.values() if r.wrap is not None and r.name.startswith("scipy.special.")
    }


KNOWN = (
    "np.",
    "operator.",
    "scipy.",
    "tape.",
    "_lambertw",
    "_zeta",
    "_riemann_zeta",
    "_smirnovp",
)  # other tests add more


def test_every_smooth_row_is_measured_or_says_why_not(every):
    measured = {SUBJECTS[name].row for name, _ in every}
    assert smooth_rows() == measured | set(UNMEASURED)
    assert not measured & set(UNMEASURED)


def test_every_differentiable_argument_is_measured(every):
    rows = {r.name: r for r in TABLE.values()}
    measured = {(SUBJECTS[name].row, k) for name, k in every}  # in one setting or another
    for subject in SUBJECTS.values():
        for k in range(len(subject.slopes)):
            if rows[subject.row].vjp(k) is not None and (subject.row, k) not in measured:
                assert (subject.row, k) in OTHERWISE


OTHERWISE = {
    ("np.remainder", 0): "it is 1",
    ("np.fmod", 0): "it is 1",
    ("tape.scipy.special.integrals.elliptic_slope", 1): "",
    ("tape.scipy.special.lambert.above_branch", 2): "it is zero: the value follows from the first argument",
    **{  # by the very primitives that SciPy's functions have, of which they are measured
        (f"tape.scipy.special.polynomials.{name}", k): "that of scipy.special's"
        for name, count in (("gegenbauer", 2), ("jacobi", 3), ("laguerre", 2))
        for k in range(count)
    },
    **{
        (f"scipy.special.{name}", k): "in the degrees of freedom: a quotient of what is measured"
        for name, places in (
            ("chndtrix", (1,)),
            ("chndtrinc", (1,)),
            ("ncfdtri", (0, 1)),
            ("ncfdtrinc", (0, 1)),
            ("nctdtrit", (0,)),
            ("nctdtrinc", (0,)),
        )
        for k in places
    },
    **{
        (f"tape.scipy.special.noncentral.noncentral_{name}", k): "a second derivative of a function that is measured"
        for name, k in (("chi_density", 0), ("odds", 0), ("odds", 1), ("t_moment", 0))
    },
    ("scipy.special.nctdtr", 0): "mpmath hasn't got it: the tests compare with differences",
}


def test_the_page_is_of_what_is_measured(every):
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+?)` \| (\d) \|", text, re.M)
    assert len(rows) == len(set(rows))
    assert {(name, int(argument)) for name, argument in rows} == every
    within, _, rest = text.partition("## Not measured")
    assert set(re.findall(r"`(.+?)`", rest)) == set(UNMEASURED)
    for one in page.reasons():
        assert f"**{one.text}**" in within, "a reason that nothing needs: take it out"


def test_the_table_is_held_row_by_row(every):
    import json

    from comparisons.accuracy.__main__ import HELD

    assert {(name, k) for name, k, _, _ in json.loads(HELD.read_text(encoding="utf-8"))} == every


# ------------------------------------------------------------------------ exact values


def test_digits_are_added_until_nothing_cancels():
    assert exact(lambda x: 1 - mp.tanh(x) ** 2, (300.0,)) == pytest.approx(1.0601586212017243e-260, rel=1e-14)
    assert exact(lambda x: (x - mp.sin(x)) / x**3, (1e-200,)) == pytest.approx(mp.mpf(1) / 6, rel=1e-18)
    assert exact(lambda x: x - x, (3.0,)) == 0
    assert exact(lambda x: 1 / x, (0.0,)) is None
    assert exact(lambda x: (x + 1) - x - 1 + mp.mpf(10) ** (-mp.dps), (1.0,)) is None


def test_differences_and_inverses():
    assert abs(exact(difference(mp.exp, 0), (700.0,)) / exact(mp.exp, (700.0,)) - 1) < 1e-14  # of 15 digits, here
    assert exact(difference(lambda a, b: a * mp.log(b), 1), (3.0, 1e-200)) == pytest.approx(3e200, rel=1e-15)
    root = inverse(mp.exp, mp.exp, lambda p: 0.7)
    assert exact(root, (2.0,)) == pytest.approx(mp.log(2), rel=1e-18)


@pytest.mark.parametrize("name", [n for n, s in SUBJECTS.items() if s.value])
def test_closed_forms_are_the_derivatives(name):
    subject = SUBJECTS[name]
    middle = [p for p in subject.points if all(1e-3 < abs(x) < 6 for x in p)] or list(subject.points)
    point = middle[len(middle) // 3]
    for k, slope in enumerate(subject.slopes):
        if slope is None or slope is D:
            continue
        want, got = exact(difference(subject.value, k), point, 200), exact(slope, point)
        assert abs(got - want) <= 1e-15 * abs(want), (point, k)


def test_ulps():
    assert ulps(1.0, mp.mpf(1)) == 0
    assert ulps(1.0 + 2**-52, mp.mpf(1)) == 1
    assert ulps(float("nan"), mp.mpf(1)) == float("inf")
    assert not normal(mp.mpf(10) ** -310)
    assert not normal(mp.mpf(10) ** 310)


# ----------------------------------------------------------------------------- the tool


def test_a_planted_error_shows(monkeypatch):
    import numpy as np

    subject = SUBJECTS["np.sqrt"]
    assert measure(subject, 0, every=10).worst < 2
    monkeypatch.setattr(subject, "program", lambda x: np.sqrt(x) * (1 + 1e-14))
    assert 40 < measure(subject, 0, every=10).worst < 140


def test_the_command(capsys, tmp_path):
    assert main(["--rows", "np.tan*", "--every", "9", "--jobs", "1", "--json", str(tmp_path / "a.json")]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^rules 2 \| points \d+ \| worst \d\.\d ulp \(np\.tanh? at .+\) \| over 16 ulp: 0$", out, re.M)
    assert '"name": "np.tan"' in (tmp_path / "a.json").read_text()


def test_over_the_bound_without_a_reason_is_a_failure(capsys, monkeypatch):
    monkeypatch.setattr(page, "BOUND", 0)
    monkeypatch.setattr(page, "reasons", list)
    assert main(["--rows", "np.sqrt", "--every", "9", "--jobs", "1"]) == 1
    assert "np.sqrt, argument 0 is over 0 ulp, and has no reason" in capsys.readouterr().err


def test_wrong_arguments(capsys):
    assert main(["--rows", "np.nothing"]) == 2
    with pytest.raises(SystemExit):
        main(["--write", "--rows", "np.sin"])
    assert "--write: the page is of all rows" in capsys.readouterr().err


# ------------------------------------------------------------------------------- arrays


def beside(name):
    """Return how the first sample of a function fares."""
    return precisions.measure(name, precisions.subjects(name)[name][:1])


@pytest.mark.parametrize("name", precisions.subjects())
def test_rules_of_arrays_lose_no_more_than_their_arguments(name):
    assert not arrays_page.lacking(beside(name))


def test_a_planted_cancellation_shows(monkeypatch):
    import numpy as np

    row = TABLE[np.var]
    before = {f.of: f for f in beside("np.var")}
    assert before["0"].excess < arrays_page.BOUND
    digits = lambda g, y, x: 2 / np.size(x) * g * ((x + 4096) - (np.mean(x) + 4096))
    monkeypatch.setattr(row, "vjps", (digits,))
    after = {f.of: f for f in beside("np.var")}
    assert after["0"].excess > 1000
    assert after["tangent"] == before["tangent"]
    (line,) = arrays_page.lacking([after["0"]])
    assert line == "np.var, argument 0, errs by more than its arguments do, and has no reason"
    monkeypatch.setattr(row, "vjps", (lambda g, y, x: g * (x * 1e35 / 1e35),))  # which is too much for float32
    after = {f.of: f for f in beside("np.var")}
    assert after["0"].refused > 0
    assert after["0"].refused_at.startswith("times 1e6")


def test_a_derivative_that_follows_a_value_which_overflows_shows(monkeypatch):
    import numpy as np

    row = TABLE[np.std]
    by_value = lambda g, _, x, y=np.std: g * (x - np.mean(x)) / (np.size(x) * y(x))
    monkeypatch.setattr(row, "vjps", (by_value,))  # it is 0 where y is infinite
    found = {f.of: f for f in beside("np.std")}["0"]
    assert found.excess > 1e5
    assert found.excess_at.startswith("huge")
    without = lambda g, _, x: by_value(g, _, x, lambda x: np.where(np.isinf(np.std(x)), np.nan, np.std(x)))
    monkeypatch.setattr(row, "vjps", (without,))  # NaN where it is, as says the value
    found = {f.of: f for f in beside("np.std")}["0"]
    assert (found.left_out, found.refused) == (2 + 2, 0)  # huge, and tiny, where it is 0: in both precisions


def test_which_derivatives_count_though_the_value_differs():
    assert precisions.counts("np.std", [0.0], 1.0)  # right
    assert not precisions.counts("np.std", [0.0], 1e6)  # as wrong as the value, which is NumPy's
    assert precisions.counts("tape.nn.standardise", [0.0], 1e6)  # and which is ours
    assert precisions.counts("np.std", [float("inf")], 1e6)  # finite, though the value isn't


def test_what_underflows_is_the_same_value():
    import numpy as np

    assert precisions.same_branch([np.float32(0)], [np.float64(1e-50)])
    assert not precisions.same_branch([np.float32(0)], [np.float64(1e-30)])
    assert not precisions.same_branch([np.float32(np.inf)], [np.float64(1e50)])


def test_an_excuse_has_a_bound(monkeypatch):
    monkeypatch.setattr(arrays_page, "reasons", lambda: (arrays_page.Reason("so it is", {"np.var/0": 50.0}),))
    fared = precisions.Fared("np.var", "0", excess=40.0, excess_at="huge, float32")
    assert not arrays_page.lacking([fared])
    fared.excess = 60.0
    (line,) = arrays_page.lacking([fared])
    assert line == "np.var, argument 0, errs by 60 times its spread, huge, float32, of which 50 are accepted"
    assert len(arrays_page.lacking([precisions.Fared("np.var", "tangent", excess=40.0)])) == 1
    assert "| `np.var` | argument 0 | 60.0 | huge, float32 | 50 |  |  | 3 |" in arrays_page.text(
        [precisions.Fared("np.var", "0", error=1e3, excess=60.0, excess_at="huge, float32", left_out=3)]
    )


def test_the_page_of_arrays_is_of_what_is_measured():
    text = ARRAYS_PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(.+?)` \|", text, re.M)) == set(precisions.subjects())
    for why, _ in arrays_page.reasons():
        assert f"**{why}**" in text, "a reason that nothing needs: take it out"


def test_the_command_measures_arrays(capsys):
    assert main(["--rows", "np.trapezoid", "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    assert re.search(
        r"^derivatives of arrays 2 \| points \d+ \| within 16 ulp: 2 \| beyond .*: 0 \| .*: 0 \|.*: 0,", out, re.M
    )


def test_reasons_are_of_names_and_arguments(monkeypatch):
    known = [page.Reason("first", ("np.power/0",)), page.Reason("all", ("scipy.special.airy [[]*",))]
    monkeypatch.setattr(page, "reasons", lambda: known)
    assert page.reason(Measured("np.power", 0)) is known[0]
    assert page.reason(Measured("np.power", 1)) is None
