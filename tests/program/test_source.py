"""A tape as source: it runs by itself, gives the sweep's bits, and says what it can't write."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tape
from tape import errors
from tape.program.source import source
from tape.program.spelling import number, scalar, written
from tests.program.programs import PROGRAMS, drawn, pairs


def run(text, name="written"):
    space = {"__name__": name}
    exec(compile(text, "<source>", "exec"), space)
    return space


def inputs_of(t):
    return [e for e in t.entries if e.role != "activation"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_source_gives_the_bits_of_the_sweep(name):
    t, y = PROGRAMS[name]()
    adjoints, before = t.sweep(y), len(t)
    space = run(t.source(y))
    assert len(t) == before
    assert np.asarray(space["forward"](**space["inputs"])[0]).tobytes() == np.asarray(y.value).tobytes()
    found = space["gradient"](**space["inputs"])
    for entry, theirs in zip(inputs_of(t), found, strict=True):
        ours = adjoints[entry]
        assert (theirs.shape, theirs.dtype) == (ours.shape, ours.dtype)
        assert theirs.tobytes() == ours.tobytes(), repr(entry)
    again = space["gradient"](**space["inputs"])
    assert all(a.tobytes() == b.tobytes() for a, b in zip(found, again, strict=True))


@given(steps=st.lists(st.tuples(*[st.integers(0, 15)] * 3), min_size=1, max_size=10), single=st.booleans())
def test_random_programs_keep_their_bits(steps, single):
    t, y = drawn(steps, np.float32 if single else np.float64)
    adjoints, space = t.sweep(y), run(t.source(y))
    found = space["gradient"](**space["inputs"])
    assert [g.tobytes() for g in found] == [adjoints[e].tobytes() for e in inputs_of(t)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_forward_program_alone(name):
    t, _ = PROGRAMS[name]()
    space = run(t.source())
    u = tape.program.replay.replay(t)
    assert np.asarray(space["forward"](**space["inputs"])).tobytes() == np.asarray(u.entries[-1].value).tobytes()
    assert "adjoint" not in space


@pytest.mark.parametrize("name", ["formula", "mlp", "network", "reads"])
def test_it_runs_by_itself(name, tmp_path):
    t, y = PROGRAMS[name]()
    file = tmp_path / "program.py"
    file.write_text(t.source(y))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-W", "error", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    adjoints = t.sweep(y)
    expected = "".join(f"{e.name or f'x{k}'} {adjoints[e]}\n" for k, e in enumerate(inputs_of(t)))
    assert done.stdout == expected


def test_entries_of_several_results():
    t, y = pairs()
    space = run(t.source(y))
    assert space["gradient"](**space["inputs"])[0].tobytes() == t.sweep(y)[t.entries[0]].tobytes()
    (found,) = run(t.source(y, wrt=[t.entries[1]]))["gradient"](**space["inputs"])
    assert [g.tobytes() for g in found] == [g.tobytes() for g in t.sweep(y)[t.entries[1]]]


def test_it_reads_as_one_would_write_it():
    t = tape.Tape()
    x = t.input([2.0, 5.0], name="x")
    with t.scope("model"):
        y = t.name(np.log(x[0]) + x[0] * x[1], "y")
    text = t.source(y)
    assert "    v1 = x[0]\n" in text
    assert "    v2 = np.log(v1)\n" in text
    assert "    y = v2 + v5\n" in text
    assert "# model: test_source.py:" in text
    assert "    d_x = np.zeros((2,), np.float64)\n" in text
    assert "    d_x[1] += d_v4\n" in text
    assert "np.add.at" not in text


def test_only_what_is_asked_for():
    t = tape.Tape()
    a, b = t.input(2.0, name="a"), t.input(3.0, name="b")
    h = a * b
    unused = np.sin(h)
    y = h * b
    text = t.source(y, wrt=h, name="slope")
    space = run(text)
    assert space["slope"](2.0, 3.0)[0] == 3.0
    assert "np.sin" not in text
    assert unused.value == np.sin(6.0)
    (zero,) = run(t.source(h, wrt=[y.entry]))["gradient"](2.0, 3.0)
    assert zero == 0


def test_seeds():
    t = tape.Tape()
    x = t.input([1.0, 2.0], name="x")
    y = x * x
    space = run(t.source(y))
    assert space["gradient"](np.array([1.0, 2.0]), seed=np.array([1.0, 10.0]))[0].tolist() == [2.0, 40.0]
    with pytest.raises(TypeError, match="seed"):
        space["gradient"](np.array([1.0, 2.0]))


def test_names_are_identifiers_and_never_clash():
    t = tape.Tape()
    x = t.input(2.0, name="np")
    y = t.input(3.0, name="lambda")
    z = t.name(x * y, "layer 1/out")
    w = t.name(z * x, "layer 1/out")
    space = run(t.source(w))
    assert [float(g) for g in space["gradient"](*space["inputs"].values())] == [12.0, 4.0]


def test_large_constants_and_their_layout():
    r = np.random.default_rng(0)
    t = tape.Tape()
    x = t.input(r.normal(size=(40, 30)), name="x")
    c = np.asfortranarray(r.normal(size=(40, 30)).astype(np.float32))
    y = np.sum(x * c) + np.sum(np.sum(c, axis=1) * x[:, 0])
    text = t.source(y)
    space = run(text)
    assert space["gradient"](**space["inputs"])[0].tobytes() == t.sweep(y)[x].tobytes()
    assert space["c0"].flags.f_contiguous
    assert not space["c0"].flags.c_contiguous


def test_what_has_no_name_is_named():
    @tape.primitive(lambda g, y, x: 2 * g)
    def doubled(x):
        return 2 * x

    t = tape.Tape()
    y = doubled(t.input(1.0))
    with pytest.raises(errors.SourceError, match=r"doubled.*define it at the top level of a module"):
        source(t, y)
    with pytest.raises(ValueError, match="can't be the name"):
        source(t, t.input(1.0), name="not a name")
    with pytest.raises(ValueError, match="empty"):
        source(tape.Tape())


@pytest.mark.parametrize(
    "value",
    [0.1, -0.0, 1e-320, float("inf"), float("-inf"), -3, True, 1 - 0j, complex(-0.0, float("inf")), 10**30],
)
def test_numbers_read_back(value):
    found = eval(number(value), {"np": np})
    assert type(found) is type(value)
    assert repr(found) == repr(value)


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", "f4", "f8", "c8", "c16"])
def test_arrays_and_scalars_read_back(dtype):
    r = np.random.default_rng(1)
    values = np.abs(r.normal(size=(2, 3)) * 100).astype(dtype)
    if np.dtype(dtype).kind in "fc":
        values[0, 0], values[1, 1] = np.inf, -np.inf
    for value in (values, values[:0], values[0, 1:1], np.asarray(values[0, 0])):
        found = eval(written(value), {"np": np})
        assert (found.dtype, found.shape, found.tobytes()) == (value.dtype, value.shape, value.tobytes())
    for value in values.flat:
        found = eval(scalar(value), {"np": np})
        assert (type(found), found.tobytes()) == (type(value), value.tobytes())
