import numpy as np
import pytest

import tape
from tape.program.replay import replay
from tests.rules.checks import same
from tests.samples.base import r

X, Y = r(3, 4), r(3, 4)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: np.concatenate([x, np.ones((1, 4)), y, x]),
        lambda x, y: np.concatenate((x, y), 1),
        lambda x, y: np.concatenate(x),
        lambda x, y: np.concat([x, y], axis=None),
        lambda x, y: np.append(x, y),
        lambda x, y: np.append(x, [[1.0]] * 3, axis=1),
        lambda x, y: np.block([[x, y], [y, x]]),
        lambda x, y: np.block([x[0], 2.0, y[0]]),
        lambda x, y: np.block([[[x]], [[y]]]),
        lambda x, y: np.block(x),
        lambda x, y: np.array_split(x * y, 3, axis=1),
        lambda x, y: np.array_split(x, [1, 1, 3, 9], axis=-1),
        lambda x, y: np.split(x, 2, axis=1),
        lambda x, y: np.split(x, [2]),
        lambda x, y: np.hsplit(x, 4),
        lambda x, y: np.hsplit(x[0], 2),
        lambda x, y: np.vsplit(x, 3),
        lambda x, y: np.dsplit(x[None], [1, 2]),
        lambda x, y: np.meshgrid(x[0], y[:, 0]),
        lambda x, y: np.meshgrid(x[0], y[:, 0], [1.0, 2.0], indexing="ij"),
        lambda x, y: np.meshgrid(x[0], y[:, 0], sparse=True),
        lambda x, y: np.meshgrid(x[0]),
        lambda x, y: np.delete(x, 1, axis=0),
        lambda x, y: np.delete(x, [1, -1, 1]),
        lambda x, y: np.delete(x, slice(None, None, 2), axis=1),
        lambda x, y: np.insert(x, 1, y[0, 0]),
        lambda x, y: np.insert(x, 1, y[0], axis=0),
        lambda x, y: np.insert(x, 1, y[:, 0], axis=1),
        lambda x, y: np.insert(x, [1], y[:, :2], axis=1),
        lambda x, y: np.insert(x, [1, 4, 1], y[:, :3], axis=1),
        lambda x, y: np.insert(x, slice(0, 2), y[:2], axis=0),
        lambda x, y: np.insert(x, [2, 2], y[0, :2]),
        lambda x, y: np.insert(x, -1, y[0, :3]),
    ],
)
def test_programs(f):
    same(f, X, Y)


@pytest.mark.skipif(not hasattr(np, "unstack"), reason="np.unstack came with NumPy 2.1")
def test_unstack():
    same(lambda x: np.unstack(x, axis=1), X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: np.delete(x, np.argmax(x)),
        lambda x, y: np.delete(x, np.argsort(x[0])[:2], axis=1),
        lambda x, y: np.delete(y[0], x[0] > 0),
        lambda x, y: np.delete(np.ones((2, 4)), np.argmin(y[0]), axis=1) * x[0, :3],
        lambda x, y: np.insert(x, np.argmax(x), y[0, :2]),
        lambda x, y: np.insert(x, np.argsort(x[0])[:2], y[:, :2], axis=1),
        lambda x, y: np.insert(x[0], y[0] > 0, 2.0),
        lambda x, y: np.insert(x[0], [], []),
    ],
)
def test_inserting_and_deleting_by_recorded_positions(f):
    same(f, X, Y)


def test_replay_deletes_anew():
    t = tape.Tape()
    x = t.input(np.array([3.0, 1.0, 2.0]))
    np.sum(np.delete(x, np.argmax(x)))
    np.sum(np.insert(x, np.argmin(x), 5.0) * np.arange(4.0))
    other = np.array([1.0, 2.0, 3.0])
    found = [entry.value for entry in replay(t, other).entries if entry.shape == () and entry.fn is np.sum]
    assert found == [3.0, np.sum(np.insert(other, 0, 5.0) * np.arange(4.0))]


def test_blocks_are_copies():
    def f(x):
        part = np.block(x)
        part[0] = 5.0
        return np.sum(part) + np.sum(x**2)

    assert tape.value_and_grad(f)(X)[0] == f(X)


def test_the_tangent_of_one_of_the_pieces():
    for join, zero in ((np.concatenate, np.zeros((3, 4))), (np.stack, np.zeros((3, 4)))):
        found = tape.jvp(lambda x, join=join: join([x, Y, x]), (X,), (Y,))[1]
        np.testing.assert_array_equal(found, join([Y, zero, Y]))


def test_joining_is_one_entry():
    t = tape.Tape()
    x = t.input(X)
    np.stack([x] * 100)
    assert len(t) == 2


@pytest.mark.parametrize(
    "f", [lambda x: np.concatenate([x, x], dtype=np.float32), lambda x: np.stack([x, x], casting="no")]
)
def test_options_without_a_rule(f):
    with pytest.raises(tape.OptionError):
        tape.grad(lambda x: np.sum(f(x)))(X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.split(x, 3, axis=1),
        lambda x: np.array_split(x, 0),
        lambda x: np.vsplit(x[0], 2),
        lambda x: np.dsplit(x, 2),
        lambda x: np.block([[x], x]),
        lambda x: np.block([]),
        lambda x: np.concatenate([x, x[0]]),
        lambda x: np.meshgrid(x[0], x[0], indexing="yx"),
    ],
)
def test_errors_are_numpys(f):
    with pytest.raises(ValueError) as ours:
        tape.grad(f)(X)
    assert not isinstance(ours.value, tape.TapeError)
    if f.__code__.co_names[1:2] != ("block",):
        with pytest.raises(ValueError):
            f(X)
