"""Costs grow in proportion to the program: counted in operations, so that no clock and no load decides.

The count is one for each call that Python's profiler sees, and the number of elements of every array that is made and
that one of tape's own functions returns (alone or among others; a view is made at no cost). Whatever makes an array of
n elements for each of n entries shows as n². What no function returns, such as a sum in place, adds up such arrays.
"""

import functools
import sys

import numpy as np
import pytest

import tape
from tape.rules.indexing import GETITEM

SMALL = 80


def arrays(value):
    """Find the arrays in a result."""
    if type(value) is tape.Var:
        yield from arrays(value._value)
    elif isinstance(value, np.ndarray):
        yield value
    elif type(value) in (list, tuple):
        for part in value:
            yield from arrays(part)


def operations(f, *args):
    """Count the operations of a call of ``f``."""
    count = 0
    met = {id(a): a for a in args}  # keeps them, so that no other array is given the same id

    def see(frame, event, arg):
        nonlocal count
        if event in ("call", "c_call"):
            count += 1
        elif event == "return" and "__tape__" in frame.f_globals:
            for a in arrays(arg):
                if a.base is None and id(a) not in met:
                    met[id(a)] = a
                    count += a.size

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        f(*args)
    finally:
        sys.setprofile(before)
    return count


def growth(transform, program, n=SMALL):
    """Return by how much the operations grow when the program is twice as long."""
    small, large = (operations(transform(program), np.linspace(0.1, 1.0, m)) for m in (n, 2 * n))
    return large / small


# -------------------------------------------------------------- programs of length n


def reads(x):
    s = 0.0
    for k in range(len(x)):
        s = s + x[k] * x[k]
    return s


def iteration(x):
    s = 0.0
    for v in x:
        s = s + v * v
    return s


def slices(x):
    s = 0.0
    for k in range(len(x) - 1):
        s = s + np.sum(x[k : k + 2] ** 2)
    return s


def reads_by_arrays(x):
    s = 0.0
    for k in range(len(x)):
        s = s + np.sum(x[[k, 0]] ** 2)
    return s


def reads_and_the_whole(x):
    return reads(x) + np.sum(np.sin(x)) + reads(x * x)


def rows(x):
    table = np.reshape(np.stack([x, x], axis=1), (-1, 2))
    return sum(np.sum(table[k] ** 2) for k in range(len(x)))


def concatenation(x):
    return np.sum(np.concatenate([x[k : k + 1] for k in range(len(x))]) ** 2)


def stacking(x):
    return np.sum(np.stack([x[k] * x[k - 1] for k in range(len(x))]) ** 2)


def splitting(x):
    return sum(np.sum(part**2) for part in np.split(x, len(x)))


def fan_out(x):
    one = x[0]
    s = one
    for _ in range(len(x)):
        s = s + one * one
    return s


def fan_out_of_arrays(x):
    few = x[:5]
    return functools.reduce(np.add, [few * few for _ in range(len(x))])[0]


def chain(x):
    y = x[:3]
    for _ in range(len(x)):
        y = np.sin(y) * 1.01
    return np.sum(y)


PROGRAMS = [
    reads,
    iteration,
    slices,
    reads_by_arrays,
    reads_and_the_whole,
    rows,
    concatenation,
    stacking,
    splitting,
    fan_out,
    fan_out_of_arrays,
    chain,
]


# ------------------------------------------------------------------------- the sweeps


def everything(f):
    def sweep(x):
        t = tape.Tape()
        return t.sweep(f(t.input(x)))

    return sweep


def recorded(f):
    def sweep(x):
        t = tape.Tape()
        v = t.input(x)
        return tape.sweep.reverse(t, f(v), wrt=v, recorded=True)

    return sweep


def twice(f):
    return tape.grad(lambda x: np.sum(tape.grad(f)(x) ** 2))


def thrice(f):
    return tape.grad(lambda x: np.sum(twice(f)(x)))


def forward_over_reverse(f):
    return lambda x: tape.hvp(f, (x,), (np.ones_like(x),))


def forward(f):
    return lambda x: tape.jvp(f, (x,), (np.ones_like(x),))


def checkpointed(f):
    return tape.grad(tape.checkpoint(f))


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(
    "sweep", [tape.grad, everything, recorded, twice, forward_over_reverse, forward, checkpointed, thrice]
)
def test_twice_the_program_takes_twice_the_operations(sweep, program):
    # a + b n at most doubles; a part that grows with n² would come near to four.
    assert growth(sweep, program) <= 2.1


def test_entries_of_a_recorded_sweep():
    """Reading n elements records a fixed number of entries for each, and one that adds all of them up."""
    sizes = {}
    for n in (50, 100, 150):
        t = tape.Tape()
        x = t.input(np.linspace(0.1, 1.0, n))
        y = reads(x)
        before = len(t)
        tape.sweep.reverse(t, y, wrt=x, recorded=True)
        sizes[n] = len(t) - before
        assert [e.fn.__name__ for e in list(t.entries)[before:] if np.size(e.value) == n] == ["scatters"]
    assert sizes[150] - sizes[100] == sizes[100] - sizes[50]


# ------------------------------------------------------- the test of the test: planted


@pytest.mark.parametrize("sweep", [tape.grad, everything, recorded, twice])
def test_an_array_for_each_read_is_found(sweep, monkeypatch):
    monkeypatch.setattr(GETITEM, "into", None)
    assert growth(sweep, reads) > 2.5


@pytest.mark.parametrize("sweep", [tape.grad, everything, recorded])
def test_joining_in_pairs_is_found(sweep):
    def pairs(x):
        parts = [x[k : k + 1] for k in range(len(x))]
        return np.sum(functools.reduce(lambda a, b: np.concatenate([a, b]), parts))

    assert growth(sweep, pairs) > 2.5


def test_adding_up_a_fan_out_again_each_time_is_found():
    def again(x):
        return sum(np.sum(x[:k] ** 2) for k in range(1, len(x)))

    assert growth(tape.grad, again) > 2.5
