"""What writing into arrays is on a tape, beyond the samples: layouts, tangents of one argument, recorded positions."""

import warnings

import numpy as np
import pytest

import tape
from tape.rules.assigning import copied
from tests.samples.base import r

X, Y = r(3, 4), r(4)


@pytest.mark.parametrize(
    "x",
    [
        r(3, 4),
        np.asfortranarray(r(3, 4)),
        np.transpose(r(2, 3, 4), (1, 0, 2)),
        r(6, 8)[::2, ::-2],
        r(6, 8).T[::-1, 1:4],
        r(4, 6, 2)[::-3, :, 0],
        np.broadcast_to(r(4), (3, 4)),
        r(3, 0)[::2],
        r(),
    ],
)
def test_a_copy_lies_in_memory_as_the_array_does(x):
    y = copied(x)
    assert not np.shares_memory(x, y)
    np.testing.assert_array_equal(y, x)
    if 0 not in x.strides and x.size:
        assert y.strides == x.strides
    each = np.arange(1.0 + x.size)[1:].reshape(x.shape)
    y[...] = each  # no two elements share memory
    np.testing.assert_array_equal(y, each)


def written(x, y):
    x = np.copy(x) if isinstance(x, tape.Var) else np.array(x, like=y)
    x[1] = y
    np.put(x, [0, 11], y[:2])
    return x


def test_the_tangent_of_what_is_written_or_written_into_alone():
    dx, dy = r(3, 4), r(4)
    x, zero = written(X, Y), np.zeros((3, 4))
    into = tape.jvp(lambda v: written(v, Y) ** 2, (X,), (dx,))[1]
    np.testing.assert_allclose(into, 2 * x * written(dx, np.zeros(4)), rtol=1e-15)
    of = tape.jvp(lambda v: written(X, v) ** 2, (Y,), (dy,))[1]
    np.testing.assert_allclose(of, 2 * x * written(zero, dy), rtol=1e-15)


def test_of_complex_numbers_cast_to_real_ones_the_real_part_is_written():
    z, dz = r(4) + 1j * r(4), r(4) + 1j * r(4)

    def f(z):
        x = np.ones((3, 4), like=np.real(z))
        np.put(x, range(4, 12), z)
        return x

    t, w = tape.Tape(), r(3, 4)
    v = t.input(z)
    with warnings.catch_warnings():  # the program's own: its derivatives don't warn
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        y = f(v)
    np.testing.assert_array_equal(y.value, [np.ones(4), z.real, z.real])
    np.testing.assert_array_equal(t.tangents([(v, dz)])[y], [np.zeros(4), dz.real, dz.real])
    np.testing.assert_array_equal(t.sweep(np.sum(y * w))[v], w[1] + w[2])


def test_a_recorded_position_that_is_written_twice_keeps_the_last():
    def f(x, v):
        y = x * 1.0
        y[np.argsort(x)[[2, 0, 2]]] = v
        return np.sum(y**2)

    x, v = np.array([0.5, 3.0, -1.0]), np.array([7.0, 5.0, 2.0])
    gx, gv = tape.grad(f, (0, 1))(x, v)
    assert gx.tolist() == [1, 0, 0]
    assert gv.tolist() == [0, 10, 4]
    assert tape.hvp(lambda v: f(np.array(x, like=v), v), (v,), (np.ones(3),)).tolist() == [0, 2, 2]


def test_the_last_of_two_writes_is_that_of_the_values_not_of_their_tangents():
    i, v = np.asfortranarray([[1, 1, 0], [4, 0, -1]]), np.asfortranarray(np.arange(1.0, 7.0).reshape(2, 3))
    x, dv = np.zeros(5), np.arange(10.0, 70.0, 10.0).reshape(2, 3)  # NumPy writes it in another order
    x[i] = v

    def f(v):
        y = np.zeros(5, like=v)
        y[i] = v
        return y

    np.testing.assert_array_equal(tape.jvp(f, (v,), (dv,))[1], 10 * x)
    np.testing.assert_array_equal(tape.grad(lambda v: np.sum(f(v) * dv.reshape(-1)[:5]))(v) != 0, np.isin(v, x))
