"""Writes: what NumPy programs that change arrays compute, and their gradients."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import tape
from tape.program.torch import replay as in_torch
from tests.samples.base import r

X, Y = r(3, 4), r(4)


def both(f, *xs):
    """Compare a function's value with NumPy's, its gradient with differences, its Hessian with the gradient's."""
    xs = [np.array(x) for x in xs]
    nums = tuple(range(len(xs)))
    before = [x.copy() for x in xs]
    value, gradients = tape.value_and_grad(f, nums)(*xs)
    for x, old in zip(xs, before, strict=True):
        np.testing.assert_array_equal(x, old)  # the user's arrays are as they were
    assert value == f(*[x.copy() for x in xs])
    rng = np.random.default_rng(1)
    directions = [rng.uniform(-1, 1, x.shape) for x in xs]
    h = 1e-6

    def moved(s, g):
        return g(*[x + s * h * d for x, d in zip(xs, directions, strict=True)])

    change = (moved(1, f) - moved(-1, f)) / (2 * h)
    ours = sum(np.sum(g * d) for g, d in zip(gradients, directions, strict=True))
    np.testing.assert_allclose(ours, change, rtol=1e-7, atol=1e-7)  # h**2, and 1e-15 / h, of values of about 10

    def apart(x, *rest):  # what isn't differentiated is NumPy's own, and written into
        return f(x, *[np.copy(a) for a in rest])

    gradient = tape.grad(apart)
    hessian = tape.hessian(apart)(*xs)
    one = gradient(xs[0] + h * directions[0], *xs[1:]) - gradient(xs[0] - h * directions[0], *xs[1:])
    product = np.tensordot(hessian, directions[0], directions[0].ndim)
    np.testing.assert_allclose(product, one / (2 * h), rtol=1e-6, atol=1e-6)
    return gradients


def rows_scaled(x, y):
    for k, row in enumerate(x):
        row *= y[k]
        row[0] = y[0] * row[1]
    return np.sum(x**3)


def cumulative(x, y):
    out = np.zeros_like(x)
    out[0] = x[0] * y
    for k in range(1, 3):
        out[k] = out[k - 1] * x[k] + y
    return np.sum(out**2)


def through_views(x, y):
    v = x.T[::-1][1:]
    v[0] = y[:3] ** 2
    w = v.reshape(-1)  # a copy
    w *= 3.0
    x[1:, 2:] *= 2.0
    return np.sum(v**3) + np.sum(w * x.ravel()[:9])


def outs(x, y):
    z = np.empty_like(x)
    np.multiply(x, y, out=z)
    np.add(z, 1.0, out=z, where=x > 0)
    np.sin(z[0], out=z[1])
    total = np.zeros((), like=x)
    np.sum(z**2, out=total)
    return total * np.sum(z)


def functions(x, y):
    x.sort(axis=1)
    np.put(x, [0, 5, 0], [y[0] ** 2, 1.0, 3.0 * y[1]])
    np.putmask(x, x > 1, y)
    np.place(x, x < -1, [2.0, 3.0])
    np.copyto(x[2], y * y)
    np.fill_diagonal(x[:, 1:], y[2] ** 2)
    np.put_along_axis(x, np.array([[1], [2], [0]]), x[:, :1] * y[0], 1)
    x.flat[3] = y[1] * y[2]
    return np.sum(x**3)


def added_at(x, y):
    np.add.at(x, ([0, 1, 0], [2, 2, 2]), y[:3] ** 2)
    np.multiply.at(x[1], [0, 0, 1], y[1:])
    np.maximum.at(y, [0, 0], np.array([0.01, 0.02]))
    np.negative.at(x, (0, [1, 1, 3]))
    return np.sum(x**3) + np.sum(y * y)


def duplicates(x, y):
    x[[0, 2, 0]] = y * np.array([[1.0], [2.0], [3.0]])
    x[1][[0, 0]] = y[:2] ** 2
    return np.sum(x**3)


def overlapping(x, y):
    x[1:] = x[:-1] * 2
    y[1:] = y[:-1]
    y[:-1] += y[1:] ** 2
    return np.sum(x**3) + np.sum(y**3)


def lists(x, y):
    x[0] = [y[0], y[1] ** 2, 1.0, y[3]]
    a = np.array([y[0] * 2, 3.0, y[1]], like=x)
    a[1] = x[0, 1]
    b = np.full((2, 2), y[2], like=x)
    b[0, 0] += 1
    return np.sum(x**2) + np.sum(a**2) * np.sum(b**3)


PROGRAMS = [rows_scaled, cumulative, through_views, outs, functions, added_at, duplicates, overlapping, lists]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_a_program_that_writes(f):
    both(f, X, Y)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_replay_and_source(f):
    pytest.importorskip("torch")
    t = tape.Tape()
    x, y = t.input(X, "x"), t.input(Y, "y")
    entries = x.entry, y.entry
    with t:
        out = f(x, y)
    adjoints = t.sweep(out)
    theirs = in_torch(t, out)
    names = {"__name__": "written"}
    exec(compile(t.source(out), "written", "exec"), names)
    written = names["gradient"](**names["inputs"])
    for k, e in enumerate(entries):
        np.testing.assert_allclose(adjoints[e], theirs.adjoints[e.index], rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(adjoints[e], written[k])


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_checkpoints_and_forward_sweeps(f):
    plain = tape.grad(f, (0, 1))(X, Y)
    dropped = tape.grad(lambda x, y: tape.checkpoint(f)(np.copy(x), np.copy(y)), (0, 1))(X, Y)
    for g, h in zip(plain, dropped, strict=True):
        np.testing.assert_array_equal(g, h)
    d = r(3, 4)
    np.testing.assert_allclose(tape.jvp(lambda x: f(x, Y.copy()), (X,), (d,))[1], np.sum(plain[0] * d), rtol=1e-12)


def test_complex_parts_are_views():
    def f(x, y):
        z = x * (1 + 2j)
        z.real[0] = y
        z.imag *= x
        z.imag = z.imag + z.real
        return np.sum(np.abs(z) ** 2) + np.sum(z.real[1] * z.imag[2])

    both(f, X, Y)


@pytest.mark.parametrize("op", ["+", "-", "*", "/", "**", "%", "//"])
def test_operators_in_place_change_views(op):
    names = {}
    exec(
        f"def f(x, y):\n    x = np.abs(x) + 1\n    v = x[1:]\n    x {op}= np.abs(y) + 1\n    return np.sum(x * v[0])",
        globals(),
        names,
    )
    x, y = X.copy(), Y.copy()
    assert tape.value_and_grad(names["f"])(x, y)[0] == names["f"](X.copy(), Y.copy())


def test_zero_dimensional_views_and_scalars():
    t = tape.Tape()
    x = t.input(np.arange(3.0))
    zero, scalar = x[0, ...], x[0]
    zero += 5.0
    scalar += 1.0
    assert x.value[0] == 5.0
    assert zero.value == 5.0
    assert scalar.value == 1.0
    x[0] = 7.0
    assert zero.value == 7.0
    with pytest.raises(TypeError, match="does not support item assignment"):
        scalar[()] = 1.0


@pytest.mark.parametrize("make", [np.copy, copy.copy, copy.deepcopy, lambda x: x.copy(), lambda x: x.flatten()])
def test_copies_dont_see_writes(make):
    x = tape.Tape().input(Y)
    y = make(x)
    x[0] = 9.0
    np.testing.assert_array_equal(y.value, Y)


@pytest.mark.parametrize(
    "view",
    [
        lambda x: np.broadcast_to(x, (2, 3, 4)),
        np.diagonal,
        np.diag,
        lambda x: np.imag(x),
    ],
)
def test_read_only_views(view):
    t = tape.Tape()
    v = view(t.input(X))
    with pytest.raises(ValueError, match="read-only"):
        v[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        v += 1.0


def test_errors_are_numpys():
    t = tape.Tape()
    x = t.input(Y)
    with pytest.raises(ValueError, match="could not broadcast"):
        x[:2] = np.ones(3)
    with pytest.raises(IndexError):
        x[7] = 1.0
    with pytest.raises(TypeError, match="same_kind"):
        x += 1j
    with pytest.raises(ValueError, match="non-broadcastable output"):
        x += np.ones((2, 4))
    with pytest.raises(TypeError, match="same_kind"):
        n = np.argsort(x)
        n += 0.5
    np.testing.assert_array_equal(x.value, Y)


def test_transforms_hand_over_copies():
    def f(x):
        x[0] = 3.0 * x[1]
        return np.sum(x**2)

    t = tape.Tape()
    with t:
        x = t.input(Y)
        g = tape.grad(f)(x)
        np.testing.assert_array_equal(x.value, Y)
        g += 1.0
        f(x)
        assert x.value[0] == 3.0 * Y[1]


def test_inputs_that_share_memory():
    def f(x, y):
        x[0] = 1.0
        return np.sum(x * y)

    with pytest.raises(tape.InPlaceError, match="another input shares"):
        tape.grad(f, (0, 1))(Y, Y)
    with pytest.raises(tape.InPlaceError, match="another input shares"):
        tape.hessian(lambda x: np.sum(tape.grad(f, (0, 1))(x, x)[0]))(Y)


def test_adjoints_that_come_as_one_variable_are_written_apart():
    def f(x):
        a, b = tape.grad(lambda u, v: np.sum((u + v) * x**2), (0, 1))(x, np.copy(x))
        a += 1.0
        return np.sum(a * b)

    np.testing.assert_allclose(tape.grad(f)(Y), 4 * Y**3 + 2 * Y, rtol=1e-12)


def test_constructors():
    def f(x):
        a, b, c = tape.zeros(3), tape.ones((2, 2)), tape.full(2, x[0] ** 2)
        d, e = tape.array([x[1], 2.0]), tape.empty(1)
        a[1] = x[1] * x[2]
        b[0] *= x[:2]
        c[0] = 3.0
        d += 1.0
        e[0] = x[3]
        return np.sum(a) + np.sum(b) * np.sum(c) + np.sum(d**2) * np.sum(e)

    both(f, Y)
    assert type(tape.zeros(3)) is np.ndarray


def test_a_write_of_what_is_written():
    """A list of writes, and of rows that are gone, costs in proportion to it."""
    t = tape.Tape()
    x = t.input(np.ones((50, 2)))
    for k in range(50):
        x[k] *= 2.0
    assert len(t) < 50 * 8
    assert len(x._buffer.members) < 40


VIEWS = {
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "reshape": lambda x: x.reshape(4, 3),
    "reshape F": lambda x: np.reshape(x, (4, 3), order="F"),
    "ravel": np.ravel,
    "ravel F": lambda x: np.ravel(x, order="F"),
    "ravel K": lambda x: np.ravel(x, order="K"),
    "ravel of a slice": lambda x: np.ravel(x[0, ::2]),
    "transpose": np.transpose,
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "moveaxis": lambda x: np.moveaxis(x, 0, 1),
    "rollaxis": lambda x: np.rollaxis(x, 1),
    "expand_dims": lambda x: np.expand_dims(x, 0),
    "squeeze": lambda x: np.squeeze(x),
    "flip": np.flip,
    "fliplr": np.fliplr,
    "flipud": np.flipud,
    "rot90": np.rot90,
    "rot90 by 0": lambda x: np.rot90(x, 0),
    "rot90 by 2": lambda x: np.rot90(x, 2),
    "split": lambda x: np.split(x, 3)[1],
    "array_split": lambda x: np.array_split(x, 2)[1],
    "hsplit": lambda x: np.hsplit(x, 2)[1],
    "vsplit": lambda x: np.vsplit(x, 3)[1],
    "diagonal": np.diagonal,
    "diag": np.diag,
    "trace": lambda x: np.atleast_1d(np.trace(x)),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 3, 4)),
    "real": np.real,
    "imag": np.imag,
    "atleast_3d": np.atleast_3d,
    "einsum": lambda x: np.einsum("ij->ji", x),
    "diagonal by einsum": lambda x: np.einsum("ii->i", x[:, :3]),
    "tile": lambda x: np.tile(x, (1, 1)),
    "full_like": lambda x: np.full_like(x, x[0, 0]),
    "resize": lambda x: np.resize(x, (3, 4)),
    "take": lambda x: np.take(x, [0, 1], axis=0),
    "take one": lambda x: np.take(x, 0, axis=0),
    "compress": lambda x: np.compress([True, True, True], x, axis=0),
    "repeat": lambda x: np.repeat(x, 1, axis=0),
    "roll": lambda x: np.roll(x, 0),
    "where": lambda x: np.where(True, x, x),
    "clip": lambda x: np.clip(x, -9, 9),
    "tril": np.tril,
    "concatenate": lambda x: np.concatenate([x]),
    "meshgrid": lambda x: np.meshgrid(x[0], x[1])[0],
    "windows": lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=1),
    "astype": lambda x: x.astype(float),
    "astype without a copy": lambda x: x.astype(float, copy=False),
    "conj": lambda x: x.conj(),
    "positive": lambda x: +x,
    "delete": lambda x: np.delete(x, [], axis=0),
    "append": lambda x: np.append(x, np.zeros((0, 4)), axis=0),
    "pad": lambda x: np.pad(x, 0),
    "select": lambda x: np.select([x > 0], [x], x),
    "nan_to_num": np.nan_to_num,
    "stack": lambda x: np.stack([x])[0],
    "round": lambda x: np.round(x, 3),
    "sort": np.sort,
    "matrix_transpose": lambda x: np.linalg.matrix_transpose(x),
    "unstack": lambda x: np.unstack(x)[0] if hasattr(np, "unstack") else x[0],
    "diagflat": np.diagflat,
    "real_if_close": np.real_if_close,
}


@pytest.mark.parametrize("name", VIEWS)
def test_what_is_a_view_and_what_may_be_written_is_numpys(name):
    x = X.copy()
    v = tape.Tape().input(x)
    a, y = VIEWS[name](x), VIEWS[name](v)
    np.testing.assert_array_equal(y.value, a)
    assert np.shares_memory(y, v) == np.shares_memory(a, x)
    assert y._value.flags.writeable == a.flags.writeable or np.shares_memory(a, x) is False
    if not np.shares_memory(a, x) and a.flags.writeable and a.size:
        y[...] = 5.0
        np.testing.assert_array_equal(v.value, X)
        return
    v[...] = 7.0
    x[...] = 7.0
    np.testing.assert_array_equal(y.value, a)
    if a.flags.writeable and np.shares_memory(a, x):
        y[...] = a[...] = 5.0
        np.testing.assert_array_equal(v.value, x)


def test_the_adjoint_of_what_was_written_since_is_not_zero_but_an_error():
    t = tape.Tape()
    x = t.input(Y.copy())
    view = x[1:]
    y = np.sum(x * x)
    swept = t.sweep(y)
    for _ in range(2):
        x[0] = x[1] * 2
    for v in (x, view):
        for ask in (lambda v: swept[v], lambda v: t.sweep(y)[v], lambda v: t.sweep(y, wrt=v)[v]):
            with pytest.raises(tape.MutationError, match=r"entries\[[01]\]\], or sweep before the write"):
                ask(v)
    np.testing.assert_array_equal(swept[t.entries[0]], 2 * Y)
    later = x + 1  # no variable that was written into: zeros, as ever
    assert not t.sweep(y)[later].any()
    np.testing.assert_array_equal(t.sweep(np.sum(x))[x], np.ones_like(Y))


def test_many_views_of_views():
    x = y = tape.Tape().input(Y)
    for _ in range(5000):
        y = y[::-1]
    x[0] = 9.0
    assert y.value[0] == 9.0


def test_a_write_within_a_nested_derivative_into_an_outer_array():
    def f(x):
        y = x * 2.0
        z = y[1:]

        def g(a):
            z[0] = a[0] * a[1]
            return np.sum(y * z[0])

        return np.sum(tape.grad(g)(x) * y)

    np.testing.assert_allclose(tape.grad(f)(np.array([1.0, 2.0, 3.0])), [132.0, 48.0, 12.0], rtol=1e-15)
