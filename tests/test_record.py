"""Recording: entries, names, scopes, lines, residuals, and the tapes that are open."""

from __future__ import annotations

import functools
import gc
import inspect
import numbers

import numpy as np
import pytest

import tape
from tape import context
from tape.entry import unpack
from tape.rule import what_is_read


def test_entries_list_the_calls_in_order():
    t = tape.Tape()
    w = t.weight(np.ones((3, 2)), name="w")
    x = t.input(np.ones(3), name="x")
    y = np.sum(np.sin(x @ w) * 2.0)
    names = [entry.row.name for entry in t.entries]
    assert names == ["input", "input", "operator.matmul", "np.sin", "operator.mul", "np.sum"]
    assert [entry.role for entry in t.entries] == [
        "weight",
        "input",
        "activation",
        "activation",
        "activation",
        "activation",
    ]
    assert [entry.name for entry in t.entries][:2] == ["w", "x"]
    product = t.entries[4]
    assert product.args == (t.entries[3], 2.0)
    assert t.entries[5] == y.entry
    assert t.entries[2].args == (x.entry, w.entry)
    np.testing.assert_array_equal(t.entries[-1].value, y.value)
    assert len(t) == len(t.entries) == 6
    with pytest.raises(IndexError, match="entry 6 of a tape of 6"):
        t.entries[6]


def test_entries_know_their_source_line():
    t = tape.Tape()
    x = t.input([1.0, 2.0])
    a = x * 3.0
    line = inspect.currentframe().f_lineno - 1
    b = np.sum(a)
    c = b.reshape(1) if hasattr(b, "reshape") else b
    for v, at in ((a, line), (b, line + 2), (c, line + 3)):
        file, number = v.entry.where
        assert file == __file__
        assert number == at
    assert a.entry.line == "a = x * 3.0"
    assert f"line {line}: a = x * 3.0" in a.entry.describe()


def test_lines_within_the_library_are_the_users():
    t = tape.Tape()
    x = t.input([1.0, 2.0])
    y = x.sum()
    assert y.entry.where[0] == __file__
    with t:
        tape.grad(lambda z: np.sum(z * z))(x)
    assert {entry.where[0] for entry in t.entries} == {__file__}


def test_scopes_nest_and_end():
    t = tape.Tape()
    x = t.input(1.0)
    with t.scope("encoder"):
        a = x * 2.0
        with t.scope("layer"):
            b = a * 2.0
        c = b * 2.0
    d = c * 2.0
    assert [v.entry.scope for v in (x, a, b, c, d)] == ["", "encoder", "encoder/layer", "encoder", ""]


def test_module_scope_names_entries_of_the_current_tape_and_runs_without_one():
    def model(x):
        with tape.scope("block"):
            return x * x

    assert model(3.0) == 9.0
    t = tape.Tape()
    with t:
        y = model(t.input(3.0))
    assert y.entry.scope == "block"


def test_scope_ends_when_its_block_raises():
    t = tape.Tape()
    x = t.input(1.0)
    with pytest.raises(RuntimeError, match="inside"), t.scope("broken"):
        raise RuntimeError("inside")
    assert (x * 2.0).entry.scope == ""


def test_names_are_given_and_shown():
    t = tape.Tape()
    h = t.name(t.input([1.0, 2.0], name="x") * 2.0, "hidden")
    assert h.name == "hidden"
    assert "'hidden'" in repr(h)
    assert "[2. 4.]" in repr(h)
    assert "(2,)" in repr(h)
    assert "#1" in repr(h)


def test_values_are_handed_out_read_only():
    t = tape.Tape()
    y = t.input([1.0, 2.0]) * 2.0
    with pytest.raises(ValueError, match="read-only"):
        y.value[0] = 3.0
    with pytest.raises(ValueError, match="read-only"):
        y.entry.value[0] = 3.0


def test_python_numbers_stay_weak():
    t = tape.Tape()
    x = t.input(np.ones(3, np.float32))
    assert (x * 2.0).dtype == np.float32
    assert (2 * x).dtype == np.float32
    assert (x**2).dtype == np.float32
    s = t.input(2.0)
    assert (x * s).dtype == np.float32
    assert t.sweep(np.sum(x * s))[x].dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, np.complex64, np.complex128])
def test_values_are_those_of_numpy(dtype):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3, 4)).astype(dtype)
    t = tape.Tape()
    x, z = t.input(a), t.input(b)
    for recorded, plain in (
        (x + z, a + b),
        (x * 2, a * 2),
        (2.0 / x, 2.0 / a),
        (np.sin(x), np.sin(a)),
        (x - z[0], a - b[0]),
    ):
        assert recorded.value.dtype == plain.dtype
        np.testing.assert_array_equal(recorded.value, plain)


def test_only_what_rules_read_is_kept_in_a_gradient():
    alive = []

    def f(x):
        a = x + 1.0  # nothing reads a: the sum's rule wants a shape, the addition nothing
        b = a + 2.0
        s = np.sum(b)
        entry = unpack(s._tape._log[a._index])
        alive.append((entry[2], entry[3]))
        return s

    np.testing.assert_array_equal(tape.grad(f)(np.ones(3)), np.ones(3))
    ((raws, y),) = alive
    assert raws[0] is None
    assert y is None


def test_what_every_rule_reads_is_kept_whichever_of_them_takes_arguments_as_they_come():
    takes_all = lambda g, y, *args: g * args[0]
    reads_y = lambda g, y, x: g * y
    neither = lambda g, y, x: g
    assert what_is_read([takes_all, neither], None) == (False, None)
    assert what_is_read([takes_all, reads_y], None) == what_is_read([reads_y, takes_all], None) == (True, None)
    assert what_is_read([neither, reads_y], None) == (True, frozenset())


def test_tuples_on_the_tape_are_not_tracked_by_the_collector():
    t = tape.Tape(keep="residuals")
    x = t.input(0.5)
    for _ in range(100):
        x = x * 0.9
    gc.collect()
    tracked = [k for k in range(1, 101) if gc.is_tracked(t._log[k])]
    assert tracked == []


def test_bool_of_a_variable_is_a_branch_on_the_tape():
    t = tape.Tape()
    x = t.input([1.0, -1.0])
    assert x[0] > 0
    assert not x[1] > 0
    assert [taken for _, taken in t._branches] == [True, False]


def test_iteration_length_and_membership():
    t = tape.Tape()
    x = t.input([[1.0, 2.0], [3.0, 4.0]])
    rows = list(x)
    assert len(rows) == len(x) == 2
    np.testing.assert_array_equal(rows[1].value, [3.0, 4.0])
    with pytest.raises(TypeError, match="0-d"):
        iter(x[0, 0])


def test_format_shows_the_value():
    t = tape.Tape()
    y = t.input(2.0) * 3.0
    assert f"{y:.2f}" == "6.00"


def test_a_variable_is_not_hashable_as_arrays_are_not():
    with pytest.raises(TypeError, match="unhashable"):
        hash(tape.Tape().input(1.0))


def test_current_tape_is_that_of_the_innermost_open_block():
    assert context.current() is None
    with tape.Tape() as outer:
        assert context.current() is outer
        with tape.Tape() as inner:
            assert context.current() is inner
            with outer:
                assert context.current() is outer
            assert context.current() is inner
        assert context.current() is outer
    assert context.current() is None


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit, SystemExit])
def test_no_tape_stays_open_after_an_exception(error):
    def f(x):
        raise error

    with pytest.raises(error):
        tape.grad(f)(1.0)
    assert context.current() is None
    with pytest.raises(error), tape.Tape():
        raise error
    assert context.current() is None


def test_a_suspended_generator_does_not_lend_its_tape():
    def steps():
        with tape.Tape() as t:
            x = t.input(2.0)
            yield x * x
            yield x * x * x

    running = steps()
    next(running)
    assert context.current() is None
    assert tape.grad(lambda x: x * x)(3.0) == 6.0
    next(running)
    running.close()
    assert context.current() is None


def test_a_generator_closed_halfway_in_a_gradient_leaves_nothing():
    def numbers(x):
        with tape.Tape() as t:
            yield t.input(1.0)
            yield t.input(2.0)

    def f(x):
        pieces = numbers(x)
        next(pieces)
        pieces.close()
        return x * x

    assert tape.grad(f)(3.0) == 6.0
    assert context.current() is None


def test_a_finished_derivatives_tape_is_given_back():
    import weakref

    held = []

    def f(x):
        held.append(weakref.ref(x._tape))
        return x * x

    tape.grad(f)(3.0)
    assert held[0]() is None


def test_exit_stack_opens_a_tape_in_the_callers_frame():
    import contextlib

    with contextlib.ExitStack() as stack:
        t = stack.enter_context(tape.Tape())
        assert context.current() is t
    assert context.current() is None


def test_programs_that_ask_what_they_were_given_take_the_same_branch():
    @functools.singledispatch
    def kind(x):
        return "other"

    kind.register(np.ndarray)(lambda x: "array")
    kind.register(float)(lambda x: "float")

    def asks(x):
        return (
            isinstance(x, np.ndarray),
            isinstance(x, (float, np.floating)),
            isinstance(x, numbers.Real),
            np.isscalar(x),
            kind(x),
        )

    for x in (np.ones(3), np.float64(2.0), np.float32(2.0), 2.0, np.ones(())):
        v = tape.Tape().input(x)
        assert asks(v) == asks(v.value)
        assert type(v) is tape.Var
        assert isinstance(v, tape.Var)
        seen = []
        tape.grad(lambda x, seen=seen: (seen.append(asks(x)), np.sum(x))[1])(x)
        assert seen == [asks(x)]
