import numpy as np
import pytest

import tape
from tests.rules.checks import same
from tests.samples.base import r

X = r(3, 4)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.ravel(x),
        lambda x: np.ravel(x, "F"),
        lambda x: np.ravel(x.T, "K"),
        lambda x: np.reshape(x.T, (2, 6), order="A"),
        lambda x: np.atleast_1d(x[0, 0], x),
        lambda x: np.atleast_2d(x[0, 0], x[0], x),
        lambda x: np.atleast_3d(x[0, 0], x[0], x, x[None], x[None, None]),
        lambda x: np.broadcast_arrays(x, x[0], x[:, :1]),
        lambda x: np.fliplr(x),
        lambda x: np.flipud(x[0]),
        lambda x: np.diagflat(x, -1),
        lambda x: np.resize(x, (5, 4)),
        lambda x: np.resize(x, 7),
        lambda x: np.full_like(x, x[0, 1]),
        lambda x: np.tile(x, 2),
        lambda x: np.tile(x[0], (2, 3)),
        lambda x: np.tile(x, (2, 1, 3)),
        lambda x: np.tile(x, (0, 2)),
        lambda x: np.linalg.diagonal(x, offset=1),
        lambda x: np.linalg.trace(x[None]),
        lambda x: np.linalg.matrix_transpose(x),
        lambda x: np.permute_dims(x, (1, 0)),
    ],
)
def test_programs(f):
    same(f, X)


@pytest.mark.parametrize("axis", [-3, -2, -1, 0, 1, 2])
@pytest.mark.parametrize("start", [-3, -2, -1, 0, 1, 2, 3])
def test_rollaxis(axis, start):
    same(lambda x: np.rollaxis(x, axis, start), r(2, 3, 4), order=1)


@pytest.mark.parametrize("k", range(-1, 5))
@pytest.mark.parametrize("axes", [(0, 1), (-1, 0)])
def test_rot90(k, axes):
    same(lambda x: np.rot90(x, k, axes), r(2, 3, 4), order=1)


def test_integers_have_no_adjoint():
    t = tape.Tape()
    x = t.input([1.5, -2.5])
    steps = x.astype(int)
    y = np.sum(x * np.reshape(steps, 2) * 0.5)
    adjoints = t.sweep(y)
    assert adjoints[x].tolist() == [0.5, -1.0]
    assert adjoints[steps].dtype == np.dtype(int)
    assert not adjoints.reached(steps)


def test_ravel_in_memory_order_needs_one():
    with pytest.raises(tape.OptionError, match="order='K'"):
        tape.grad(lambda x: np.sum(np.ravel(x, "K")))(r(4, 6)[::2, ::2])


def test_metadata_is_not_recorded():
    t = tape.Tape()
    x = t.input(X)
    assert np.shape(x) == (3, 4)
    assert np.ndim(x) == 2
    assert np.size(x) == 12
    assert np.result_type(x, np.float32) == np.float64
    assert np.isrealobj(x)
    assert not np.iscomplexobj(x)
    assert type(np.full_like(x, 2.0)) is np.ndarray
    assert len(t) == 1


def test_float32_stays():
    x = X.astype(np.float32)
    g = tape.grad(lambda x: np.sum(np.pad(np.repeat(x, [1, 0, 2], axis=0), 1, mode="edge") * np.float32(2)))(x)
    assert g.dtype == np.float32


@pytest.mark.parametrize(
    ("f", "option"),
    [
        (lambda x, o: np.roll(x, o, axis=(0, 1)), [1, 2]),
        (lambda x, o: np.transpose(x, o), [1, 0]),
        (lambda x, o: np.repeat(x, o, axis=0), np.array([2, 0])),
        (lambda x, o: np.pad(x, o), [1, 0]),
        (lambda x, o: np.moveaxis(x, o, (0, 1)), [1, 0]),
        (lambda x, o: np.tensordot(x, x, (o, (0, 1))), [1, 0]),
    ],
)
def test_an_option_that_is_changed_later_was_as_it_was(f, option):
    x = r(2, 2)
    weight = np.arange(1, np.size(f(x, option)) + 1).reshape(np.shape(f(x, option)))
    want = tape.grad(lambda x: np.sum(np.sin(f(x, option)) * weight))(x)
    t = tape.Tape()
    v = t.input(x)
    y = np.sum(np.sin(f(v, option)) * weight)
    option[:] = option[::-1]
    assert np.array_equal(t.sweep(y)[v], want)


def test_a_roll_by_more_than_the_length_is_undone():
    g = tape.grad(lambda x: np.roll(x, 2001)[0])(np.arange(7.0))
    assert g.tolist() == np.roll([1.0, 0, 0, 0, 0, 0, 0], -2001).tolist()


@pytest.mark.parametrize("cut", [np.s_[::2], np.s_[::-1], np.s_[1:5], np.s_[3:3]])
def test_ravel_is_a_view_where_numpys_is_and_a_copy_elsewhere(cut):
    def f(x):
        x = np.copy(x)
        flat = np.ravel(x[cut])
        flat[:1] = 7 * x[0]
        return x, flat

    x = np.arange(1.0, 9.0)
    y, pull = tape.vjp(f, x)
    for got, want in zip(y, f(x), strict=True):
        np.testing.assert_array_equal(got, want)
    g = pull((np.arange(8.0), np.zeros(np.shape(x[cut]))))[0]
    weight, moved = np.arange(8.0), f(x)[0] != x
    np.testing.assert_array_equal(g, np.where(moved, 0, weight) + np.eye(8)[0] * 7 * np.sum(weight[moved]))
