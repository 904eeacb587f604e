"""The same program in torch: its values, and its adjoint of every entry."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tape
from tape import errors
from tape.program import torch as engine
from tests.program.programs import PROGRAMS, drawn, pairs

torch = pytest.importorskip("torch")

# Nothing here sums more than a few hundred terms, of size about one: differences of rounding stay far below 1e4 units.
UNITS = 1e4


def agree(ours, theirs, what, eps):
    assert theirs.shape == ours.shape, what
    assert theirs.dtype == ours.dtype, what
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=UNITS * eps * max(1, np.max(np.abs(ours), initial=0)))


def coarsest(t):
    """Return the rounding unit of the least precise entry: what passes through it is as rough."""
    return max(np.finfo(d).eps for d in (np.asarray(e.value).dtype for e in t.entries) if d.kind in "fc")


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_value_and_every_adjoint_is_torchs(name):
    t, y = PROGRAMS[name]()
    ours, found = t.sweep(y), engine.replay(t, y)
    compared = 0
    for entry, value, theirs in zip(t.entries, found.values, found.adjoints, strict=True):
        if entry.value is not None:
            np.testing.assert_allclose(value, entry.value, rtol=1e-4 if name == "float32" else 1e-10, atol=1e-12)
        if theirs is not None:
            agree(ours[entry], theirs, repr(entry), coarsest(t))
            compared += 1
        else:
            assert not ours.reached(entry), f"torch has no adjoint of {entry}"
    assert compared > len(t) // 3
    assert found.adjoints[y.entry.index] == 1


@pytest.mark.parametrize("name", PROGRAMS)
def test_one_entry_alone_contributes_what_the_rule_does(name):
    t, y = PROGRAMS[name]()
    seen = {}
    t.sweep(y, observe=lambda c: seen.setdefault(c.source.index, []).append((c.target.index, c.contribution)))
    adjoints = t.sweep(y)
    for index, contributions in seen.items():
        entry = t.entries[index]
        if any(isinstance(a, tape.Entry) and a.value is None for a in entry.args):
            continue  # within a checkpoint
        found = engine.local_vjp(t, index, adjoints[entry])
        theirs = [(a.index, c) for a, c in zip(entry.args, found, strict=True) if isinstance(a, tape.Entry)]
        theirs = [(a, c) for a, c in theirs if c is not None]
        ours = [(a, c) for a, c in contributions if np.any(c)]
        assert {a for a, _ in ours} <= {a for a, _ in theirs}, repr(entry)
        for target in {a for a, _ in ours}:
            agree(
                np.asarray(sum(c for a, c in ours if a == target)),
                np.asarray(sum(c for a, c in theirs if a == target)),
                repr(entry),
                coarsest(t),
            )


triples = st.lists(st.tuples(*[st.integers(0, 15)] * 3), min_size=1, max_size=10)


@given(steps=triples, single=st.booleans())
def test_random_programs_have_torchs_adjoints(steps, single):
    t, y = drawn(steps, np.float32 if single else np.float64)
    ours, found = t.sweep(y), engine.replay(t, y)
    for entry, theirs in zip(t.entries, found.adjoints, strict=True):
        if theirs is not None:
            agree(ours[entry], theirs, repr(entry), coarsest(t))
        else:
            assert not ours.reached(entry)


def test_entries_of_several_results():
    t, y = pairs()
    ours, found = t.sweep(y), engine.replay(t, y)
    assert [type(v) for v in found.values].count(tuple) == 2
    for entry, theirs in zip(t.entries, found.adjoints, strict=True):
        for here, there in zip(*(v if isinstance(v, tuple) else (v,) for v in (ours[entry], theirs)), strict=True):
            if there is None:  # the sine of the double isn't read
                assert not np.any(here)
            else:
                agree(here, there, repr(entry), np.finfo(float).eps)
    (found,) = engine.local_vjp(t, 1, (np.ones(2), np.zeros(2)))
    assert found == pytest.approx(np.cos([0.3, 0.4]))
    (found,) = engine.local_vjp(t, 1, (None, np.ones(2)))
    assert found == pytest.approx(-np.sin([0.3, 0.4]))


def test_each_entry_has_its_own_tensor():
    t, y = PROGRAMS["views"]()
    found = engine.replay(t, y)
    assert len({id(tensor) for tensor in found.tensors}) == len(t)
    assert all(a is not b for k, a in enumerate(found.adjoints) for b in found.adjoints[:k] if a is not None)


def test_an_aliased_argument_contributes_twice():
    t = tape.Tape()
    x = t.input([3.0, 4.0])
    y = x * x
    one, other = engine.local_vjp(t, y.entry, np.array([1.0, 10.0]))
    assert one.tolist() == other.tolist() == [3.0, 40.0]
    assert engine.replay(t, y, [1.0, 10.0]).adjoints[x.entry.index].tolist() == [6.0, 80.0]


def test_local_vjp_takes_other_primals():
    t = tape.Tape()
    x = t.input([3.0, 4.0])
    y = np.sin(x) * 2.0
    assert engine.local_vjp(t, y.entry, np.ones(2)) == [pytest.approx(np.full(2, 2.0)), None]
    (found,) = engine.local_vjp(t, t.entries[1], np.ones(2), [np.array([0.0, np.pi])])
    assert found == pytest.approx(np.array([1.0, -1.0]))
    with pytest.raises(tape.ReplayError, match="has 1 arguments, 2 primals were given"):
        engine.local_vjp(t, t.entries[1], np.ones(2), [np.ones(2), np.ones(2)])


def test_new_inputs_and_another_precision():
    t = tape.Tape()
    x = t.input(np.array([1.0, 2.0]), name="x")
    y = np.sum(np.exp(x) * np.array([2.0, 3.0]))
    found = engine.replay(t, y, inputs=[[0.0, 0.0]])
    assert found.values[-1] == 5.0
    assert found.adjoints[0].tolist() == [2.0, 3.0]
    single = engine.replay(t, y, dtype=np.float32)
    assert {v.dtype for v in single.values} == {np.dtype(np.float32)}
    assert single.adjoints[0].dtype == np.float32
    with pytest.raises(tape.ReplayError, match=r"input 0.*recorded with shape \(2,\).*given with shape \(3,\)"):
        engine.replay(t, y, inputs=[[0.0, 0.0, 0.0]])


def test_promotion_is_numpys():
    t = tape.Tape()
    x = t.input(np.ones((2, 2), np.float32))
    results = [x * np.float64(2), x * 2.0, x + np.arange(2), x > 0, (x > 0) * 0.5, np.sum(x > 0) / 4, x ** np.array(2)]
    values = engine.replay(t).values
    for result in results:
        assert values[result.entry.index].dtype == result.dtype, repr(result)


def test_a_branch_that_would_be_another_raises():
    t = tape.Tape()
    x = t.input(2.0, name="x")
    y = x * 3 if x > 1 else -x
    assert engine.replay(t, y).adjoints[0] == 3
    with pytest.raises(tape.ReplayError, match=r"branched on entry #1 .*was True and is now False"):
        engine.replay(t, y, inputs=[0.5])


def test_a_function_without_a_twin_raises():
    @tape.primitive(lambda g, y, x: 2 * g)
    def doubled(x):
        return 2 * x

    t = tape.Tape()
    y = doubled(t.input(1.0))
    with pytest.raises(errors.NoTwinError, match=r"doubled has no twin in torch.*@tape.oracle.twin"):
        engine.replay(t, y)


def test_a_twin_that_computes_something_else_raises(monkeypatch):
    t = tape.Tape()
    x = t.input([1.0, 2.0])
    np.sin(x)
    engine.library()
    monkeypatch.setitem(engine.TWINS, np.sin, lambda x: torch.sin(x)[:1])
    with pytest.raises(tape.ReplayError, match=r"np.sin .*has shape \(2,\), and in torch \(1,\)"):
        engine.replay(t)
    monkeypatch.setitem(engine.TWINS, np.sin, lambda x: torch.sin(x).float())
    with pytest.raises(tape.ReplayError, match=r"np.sin .*is float64 .*its twin made torch.float32"):
        engine.replay(t)
    monkeypatch.setitem(engine.TWINS, np.sin, lambda x: 1.0)
    with pytest.raises(tape.ReplayError, match=r"its twin in torch returned float"):
        engine.replay(t)


def test_seeds_are_checked_as_a_sweep_checks_them():
    t = tape.Tape()
    y = np.sin(t.input([1.0, 2.0]))
    with pytest.raises(tape.NonScalarError):
        engine.replay(t, y)
    with pytest.raises(tape.SeedError):
        engine.replay(t, y, [1.0])
    other = tape.Tape()
    with pytest.raises(tape.MixedTapesError):
        engine.replay(other, y)


def test_without_torch_the_error_names_the_extra(monkeypatch):
    engine.library.cache_clear()
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(tape.MissingExtraError, match=r"tape\[torch\]"):
        engine.replay(tape.Tape())
    monkeypatch.undo()
    engine.library()


def test_tape_is_imported_without_torch():
    import subprocess

    code = "import sys, tape, tape.program.torch; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
