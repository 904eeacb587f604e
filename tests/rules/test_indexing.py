import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tape
from tests.rules.checks import same
from tests.samples.base import r

X = r(3, 4)
MASK = np.array([[True, False, True, False], [False] * 4, [True, True, False, True]])


@given(st.data())
def test_any_key(data):
    """The gradient of <w, x[key]> is w, added up where NumPy says that the key reads, for any key."""
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    arrays = hnp.integer_array_indices(shape, dtype=np.int64, result_shape=hnp.array_shapes(max_dims=2, max_side=3))
    masks = hnp.arrays(bool, shape)
    key = data.draw(st.one_of(hnp.basic_indices(shape, allow_newaxis=True), arrays, masks))
    x = np.arange(float(np.prod(shape))).reshape(shape)
    w = np.random.default_rng(0).integers(-9, 9, np.shape(x[key])).astype(float)
    want = np.zeros(shape)
    np.add.at(want.reshape(-1), np.asarray(x[key], int), w)
    assert np.array_equal(tape.grad(lambda x: np.sum(w * x[key]))(x), want)
    # The gradient of half the square is read the same way, and so is its own.
    hessian = tape.hvp(lambda x: np.sum(w * x[key] ** 2) / 2, (x,), (np.ones(shape),))
    assert np.array_equal(hessian, want)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x[np.int64(1)],
        lambda x: x[np.array(1), np.array([0, 0, 1])],
        lambda x: x[[0, 2, 0]],
        lambda x: x[[]],
        lambda x: x[[True, False, True], [1, 1]],
        lambda x: x[np.True_],
        lambda x: x[np.array(True)],
        lambda x: x[False],
        lambda x: x[1][2],
        lambda x: x[np.ix_([0, 2, 0], [1, 1])],
        lambda x: x[x > 0],
        lambda x: x[np.argmax(x, axis=0), np.arange(4)],
        lambda x: x[np.nonzero(x > 0)],
        lambda x: x[np.argsort(x[:, 0])],
        lambda x: x[np.unravel_index(np.argmax(x), np.shape(x))],
        lambda x: np.take(x, [1, 0, 1]),
        lambda x: np.take(x, [[1, -1], [1, 1]], axis=-1),
        lambda x: np.take(x, [5, -7], axis=0, mode="wrap"),
        lambda x: np.take(x, [5, -7], axis=0, mode="clip"),
        lambda x: np.take(x, 2, axis=1),
        lambda x: np.compress([True, False, True], x, axis=0),
        lambda x: np.extract(MASK, x),
        lambda x: np.extract(x > 0.5, x),
        lambda x: np.choose([2, 0, 1, 0], x),
        lambda x: np.choose([5, -1, 1, 0], [x[0], x[1], x[2]], mode="wrap"),
        lambda x: np.choose([5, -1, 1, 0], [x[0], 2.0, x[2]], mode="clip"),
        lambda x: np.select([x > 1, x < 0], [x, x * x], default=x[0]),
        lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=1),
        lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 3)),
        lambda x: np.bincount([0, 3, 0], x[:, 1], minlength=6),
        lambda x: np.bincount([0, 3, 0], x[:, 1]),
        lambda x: list(x),
    ],
)
def test_programs(f):
    same(f, X)


def test_constants_are_chosen_by_variables():
    table = np.arange(9.0).reshape(3, 3)
    x = np.array([0.3, 2.0, 0.1])
    g = tape.grad(lambda x: np.sum(np.choose(np.argsort(x), table) * x))(x)
    assert g.tolist() == np.choose(np.argsort(x), table).tolist()


def test_numpy_doesnt_ask_us_about_the_positions_of_take():
    with pytest.raises(tape.DetachError):
        tape.grad(lambda x: np.sum(np.take(X, np.argsort(x)) * x))(np.array([0.3, 2.0, 0.1]))


def test_what_is_read_twice_adds_up_on_all_paths():
    x, i = r(4, 2), np.array([3, 3, 0, -1])
    for key in (i, (i, 1), (slice(None), [1, 1]), (i, None), (i[:, None], [0, 0, 1])):
        want = np.zeros(x.shape)
        np.add.at(want, key, 1.0)
        assert np.array_equal(tape.grad(lambda x: np.sum(x[key]))(x), want)


def test_a_key_that_is_changed_later_was_read_as_it_was():
    i = np.array([0, 1])
    t = tape.Tape()
    x = t.input([1.0, 2.0, 3.0])
    y = np.sum(x[i] ** 2)
    i[:] = 2
    assert t.sweep(y)[x].tolist() == [2.0, 4.0, 0.0]


def test_the_sweeps_give_the_same_bits():
    x = r(5, 3)

    def f(x):
        i = np.array([0, 0, 4])
        return np.sum(np.sin(x)) + np.sum(x[i] * x[1] * 0.1) + np.sum(x * x) * x[2, 1] + np.sum(x[1:, 0] ** 3)

    fast = tape.grad(f)(x)
    t = tape.Tape()
    v = t.input(x)
    y = f(v)
    recorded = tape.sweep.reverse(t, y, recorded=True)[v]
    assert fast.tobytes() == t.sweep(y)[v].tobytes() == recorded.value.tobytes()


@pytest.mark.parametrize("one", [1, np.int64(1), np.array(1), (np.array(1), slice(None))], ids=str)
def test_a_number_reads_a_view_and_an_array_without_axes_a_copy(one):
    def f(x):
        row = x[one]
        row *= 3.0
        return np.sum(x**2) + np.sum(row)

    value, g = tape.value_and_grad(f)(X)
    view = np.shares_memory(X, X[one])
    assert value == f(X.copy())
    np.testing.assert_allclose(g, 2 * X * np.array([[1], [9 if view else 1], [1]]) + [[0], [3], [0]], rtol=1e-15)


def test_writing_where_an_array_without_axes_points():
    def f(x, v):
        x = x * 1.0
        x[np.array(1)] = v
        x[np.array(-1), 1:] *= 2.0
        np.multiply.at(x, np.array(0), v)
        np.add.at(x, (..., np.array(0)), v[0])
        return np.sum(x**3)

    same(f, X, r(4))


def test_who_observes_a_sweep_is_told_what_was_read():
    t = tape.Tape()
    x = t.input(X)
    y = np.sum(x[[0, 0]] ** 2)
    told = []
    assert np.array_equal(t.sweep(y, observe=told.append)[x], t.sweep(y)[x])
    np.testing.assert_array_equal(told[-1].contribution, 4 * X * np.array([[1], [0], [0]]))


def test_what_is_read_is_where_the_user_reads_it():
    t = tape.Tape()
    x = t.input(X)
    a = x[0]
    b, _ = np.split(a, 2)
    assert a.entry.line == "a = x[0]"
    assert b.entry.line == "b, _ = np.split(a, 2)"


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.put(np.zeros(3), [0], x),
        lambda x: np.copyto(np.zeros((3, 4)), x),
        lambda x: np.putmask(np.zeros((3, 4)), MASK, x),
        lambda x: np.place(np.zeros((3, 4)), MASK, x),
        lambda x: np.put_along_axis(np.zeros((3, 4)), MASK.astype(int), x, 0),
        lambda x: np.add.at(np.zeros(3), [0], x),
        lambda x: np.sum(x, out=np.zeros(())),
    ],
)
def test_writing_into_an_ordinary_array_is_refused(f):
    with pytest.raises(tape.InPlaceError, match="ordinary array.*tape.zeros"):
        tape.grad(f)(X)


@pytest.mark.parametrize(
    ("f", "error"),
    [
        (lambda x: x[x], IndexError),
        (lambda x: x[3], IndexError),
        (lambda x: x[0, 0, 0], IndexError),
        (lambda x: x[: np.argmax(x)], tape.DetachError),
        (lambda x: np.take(x, 0, mode="odd"), tape.OptionError),
        (lambda x: np.choose([7, 0, 0, 0], x), IndexError),
        (lambda x: np.choose([-1, 0, 0, 0], x), ValueError),
    ],
)
def test_errors(f, error):
    with pytest.raises(error):
        tape.grad(f)(X)
