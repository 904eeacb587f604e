"""Every public name of NumPy's is in one class, and the page of the reference says which."""

from pathlib import Path

import numpy as np
import pytest

import tape
from tape import coverage
from tape.rule import COMPOSITE, METADATA, TABLE

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "numpy.md"


def test_every_name_is_in_a_class():
    without = [one.name for one in (*coverage.functions(), *coverage.methods()) if one.kind is None]
    assert not without, f"in no class (has NumPy a new release?): {', '.join(without)}"


def test_no_name_is_in_two_classes():
    listed = {**coverage.REASONS, **coverage.UNFINISHED}
    assert len(listed) == len(coverage.REASONS) + len(coverage.UNFINISHED)
    by_hand = [
        name
        for name in listed
        if (fn := getattr(np, name.removeprefix("np."), None)) is not None
        and (fn in TABLE or fn in COMPOSITE or fn in METADATA)
    ]
    assert not by_hand, f"listed by hand, though they have rules: {by_hand}"


def test_names_listed_by_hand_exist():
    for name in (*coverage.REASONS, *coverage.UNFINISHED):
        found = np
        for part in name.split(".")[1:]:
            found = getattr(found, part, None)
        assert found is not None or name in GONE, f"{name} is no name of NumPy's"


GONE = {"np.trapz", "np.in1d"}
"""Names that some releases of NumPy have and this one may not."""


def test_the_page_is_what_the_table_says():
    if np.__version__.startswith("2.4."):
        assert PAGE.read_text(encoding="utf-8") == coverage.markdown(), "python -m tape.coverage --markdown > " + str(
            PAGE.relative_to(PAGE.parents[2])
        )


def test_a_name_in_no_class_is_told(monkeypatch, capsys):
    monkeypatch.setattr(np, "brand_new", lambda x: x, raising=False)
    assert coverage.main([]) == 1
    assert "np.brand_new" in capsys.readouterr().out


def test_what_a_peer_differentiates_has_a_derivative():
    pytest.importorskip("autograd")
    import autograd.numpy as anp
    from autograd.core import primitive_vjps

    ours = {one.name: one.kind for one in coverage.functions()}
    theirs = {
        f"np.{name}"
        for name in dir(anp)
        if (fn := getattr(anp, name)) is not None and callable(fn) and _hashed(fn, primitive_vjps)
    }
    assert len(theirs) > 80
    lacking = {
        name for name in theirs if ours.get(name, coverage.DERIVATIVE) not in (coverage.DERIVATIVE, coverage.ZERO)
    }
    # Autograd wraps what makes arrays, so that lists of its boxes become one: here it is np.stack, or like=.
    assert lacking <= {"np.array", "np.full", "np.asarray"}


def _hashed(fn, table):
    try:
        return fn in table
    except TypeError:
        return False


def test_a_function_that_is_not_of_real_numbers_refuses_variables():
    x = tape.Tape().input(np.ones(3))
    for call in (np.asarray, np.array, np.frombuffer):
        with pytest.raises((tape.TapeError, TypeError)):
            call(x)
