"""Replays in NumPy, on the same inputs and on others, and in longdouble."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tape
from tape.program.replay import replay, variable
from tests.program.programs import PROGRAMS, drawn

UNROUNDED = np.finfo(np.longdouble).eps < np.finfo(np.float64).eps


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_inputs_give_the_same_bits(name):
    t, y = PROGRAMS[name]()
    adjoints = t.sweep(y)
    u = replay(t)
    again = u.sweep(variable(u, y))
    assert len(u) == len(t)
    for old, new in zip(t.entries, u.entries, strict=True):
        assert (old.fn, old.options, old.name, old.scope, old.role, old.where) == (
            new.fn,
            new.options,
            new.name,
            new.scope,
            new.role,
            new.where,
        )
        if old.value is not None:
            assert np.asarray(old.value).tobytes() == np.asarray(new.value).tobytes()
        assert adjoints[old].tobytes() == again[new].tobytes(), repr(old)


def test_new_inputs_give_what_recording_them_gives():
    def build(x, w):
        t = tape.Tape()
        x, w = t.input(x), t.weight(w)
        return t, np.sum(np.tanh(x @ w) * x[:, :2])

    r = np.random.default_rng(0)
    first, second = ((r.normal(size=(4, 3)), r.normal(size=(3, 2))) for _ in range(2))
    t, _ = build(*first)
    u, y = build(*second)
    v = replay(t, *second)
    ours, theirs = v.sweep(variable(v, y)), u.sweep(y)
    assert all(ours[a].tobytes() == theirs[b].tobytes() for a, b in zip(v.entries, u.entries, strict=True))


@pytest.mark.skipif(not UNROUNDED, reason="longdouble is double here")
@pytest.mark.parametrize("name", PROGRAMS)
def test_longdouble_is_the_same_program_with_less_rounding(name):
    t, y = PROGRAMS[name]()
    u = replay(t, engine="longdouble")
    ours, exact = t.sweep(y), u.sweep(variable(u, y))
    unit = 1e-3 if name == "float32" else 1e-10
    for old, new in zip(t.entries, u.entries, strict=True):
        fine = np.asarray(new.value).dtype
        if np.asarray(old.value if old.value is not None else new.value).dtype.kind in "fc":
            assert fine in (np.longdouble, np.clongdouble), repr(old)
            assert exact[new].dtype == fine
            np.testing.assert_allclose(ours[old], exact[new].astype(ours[old].dtype), rtol=unit, atol=unit)


@pytest.mark.skipif(not UNROUNDED, reason="longdouble is double here")
@given(steps=st.lists(st.tuples(*[st.integers(0, 15)] * 3), min_size=1, max_size=10))
def test_longdouble_of_random_programs(steps):
    t, y = drawn(steps)
    u = replay(t, engine="longdouble")
    ours, exact = t.sweep(y), u.sweep(variable(u, y))
    for old, new in zip(t.entries, u.entries, strict=True):
        if old.value.dtype.kind == "f":
            assert new.value.dtype == exact[new].dtype == np.longdouble
            # ten steps of a few dozen operations each, none of which multiplies an error by more than a few units
            np.testing.assert_allclose(ours[old], exact[new].astype(float), rtol=1e-9, atol=1e-9)


@pytest.mark.skipif(not UNROUNDED, reason="longdouble is double here")
def test_longdouble_is_nearer_the_truth():
    # sum of k * 0.1 for k < 1000, minus its exact value with the double nearest to 0.1: an integer times 2**-55
    tenth = 0.1
    t = tape.Tape()
    x = t.input(np.full(1000, tenth))
    y = np.cumsum(x * np.arange(1000.0))[-1]
    exact = np.longdouble(tenth) * 499500  # a 53-bit times a 19-bit integer: 72 bits, rounded once
    error = abs(np.longdouble(y.value) - exact)
    u = replay(t, engine="longdouble")
    assert abs(u.entries[-1].value - exact) < error / 100


@pytest.mark.skipif(not UNROUNDED, reason="longdouble is double here")
def test_casts_and_constants_are_promoted():
    t = tape.Tape()
    x = t.input(np.ones(3, np.float32))
    y = x.astype(np.float64) * np.float32(0.1) + np.zeros(3, np.float32)
    y.astype(np.float32)
    u = replay(t, engine="longdouble")
    assert [e.value.dtype for e in u.entries] == [np.longdouble] * len(u)


@pytest.mark.skipif(not UNROUNDED, reason="longdouble is double here")
def test_a_function_that_has_no_longdouble_raises():
    @tape.primitive(lambda g, y, x: g)
    def rounded(x):
        return np.asarray(x, np.float64)

    t = tape.Tape()
    rounded(t.input(np.ones(2)))
    with pytest.raises(tape.ReplayError, match=r"rounded .*has shape \(2,\), float64 in the replay"):
        replay(t, engine="longdouble")

    @tape.primitive(lambda g, y, x: g)
    def picky(x):
        return np.linalg.inv(x)

    t = tape.Tape()
    picky(t.input(np.eye(2)))
    with pytest.raises(tape.ReplayError, match=r"picky .*doesn't compute in"):
        replay(t, engine="longdouble")


def test_the_torch_engine():
    pytest.importorskip("torch")
    t = tape.Tape()
    np.sin(t.input([1.0, 2.0]))
    found = replay(t, [0.0, 0.0], engine="torch")
    assert found.values[1].tolist() == [0.0, 0.0]
    assert found.adjoints == [None, None]


def test_inputs_of_another_shape_or_dtype_raise():
    t = tape.Tape()
    np.sin(t.input([1.0, 2.0], name="x"))
    with pytest.raises(tape.ReplayError, match=r"'x'.*recorded with shape \(2,\), float64.*shape \(3,\), float64"):
        replay(t, [1.0, 2.0, 3.0])
    with pytest.raises(tape.ReplayError, match=r"given with shape .*float32"):
        replay(t, np.zeros(2, np.float32))
    with pytest.raises(tape.ReplayError, match="has 1 inputs and weights, 2 values"):
        replay(t, [1.0, 2.0], [3.0])
    with pytest.raises(tape.InputTypeError):
        replay(t, [1, 2])
    with pytest.raises(ValueError, match="'numpy', 'longdouble' or 'torch'"):
        replay(t, engine="fortran")


def test_another_branch_raises():
    t = tape.Tape()
    x = t.input(2.0)
    _ = x * 3 if x > 1 else -x
    assert replay(t, 5.0).entries[-1].value == 15
    with pytest.raises(tape.ReplayError, match=r"branched on entry #1 .*x > 1.*which was True and is now False"):
        replay(t, 0.5)


def test_a_shape_that_depends_on_values_raises():
    t = tape.Tape()
    x = t.input([1.0, -2.0, 3.0])
    np.sum(x[x > 0])
    assert replay(t, [2.0, 5.0, -1.0]).entries[-1].value == 7
    with pytest.raises(tape.ReplayError, match=r"has shape \(3,\).*by the recording \(2,\)"):
        replay(t, [1.0, 2.0, 3.0])


def test_a_tape_of_residuals_without_its_constants_raises():
    t = tape.Tape(keep="residuals")
    t.input([1.0, 2.0]) + 3.0
    with pytest.raises(tape.ReplayError, match=r"keeps only what a sweep reads.*keep='all'"):
        replay(t)


def test_a_constant_that_was_changed_raises():
    t = tape.Tape()
    c = np.ones(2)
    np.sum(t.input([1.0, 2.0]) * c)
    c[0] = 5
    with pytest.raises(tape.MutationError):
        replay(t)


def test_a_replay_guards_its_constants_and_inputs():
    t = tape.Tape()
    c, x = np.ones(2), np.array([1.0, 2.0])
    y = np.sum(t.input([1.0, 2.0]) * c)
    u = replay(t, x)
    x[0] = 7
    with pytest.raises(tape.MutationError):
        u.sweep(variable(u, y))
