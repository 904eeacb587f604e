import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tape
from tape.rules.linalg import conj
from tests.rules.checks import same
from tests.samples.base import r

X, Y = r(3, 4), r(4, 3)


def z(*sizes):
    return r(*sizes) + 1j * r(*sizes)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: np.vdot(x, y),
        lambda x, y: np.kron(x[:2], y[:2]),
        lambda x, y: np.kron(x[0], y),
        lambda x, y: np.kron(x[0, 0], y[0]),
        lambda x, y: np.cross(x[:, :3], y[1:]),
        lambda x, y: np.cross(x, x[:, ::-1], axis=0),
        lambda x, y: np.cross(x, y[0], axisa=0, axisc=0),
        lambda x, y: np.multiply.outer(x, y[0]),
        lambda x, y: np.subtract.outer(x[0], y),
        lambda x, y: np.linalg.multi_dot([x, y, x, y[:, 0]]),
        lambda x, y: np.linalg.multi_dot([x[0], y, x]),
        lambda x, y: np.linalg.matrix_power(x @ y, 5),
        lambda x, y: np.linalg.matrix_power(x @ y, 1),
        lambda x, y: np.linalg.matmul(x, y),
        lambda x, y: np.linalg.outer(x[0], y[0]),
        lambda x, y: np.linalg.tensordot(x, y, axes=1),
        lambda x, y: np.linalg.vecdot(x, y.T, axis=0),
        lambda x, y: np.linalg.cross(x[:, :3], y[1:]),
        lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [0, 2]),
        lambda x, y: np.einsum(x, [..., 1], y, [1, 7]),
        lambda x, y: np.einsum("...j,jk", x, y),
        lambda x, y: np.einsum("ij...,jk->...ik", x, y),
        lambda x, y: np.einsum("...,...->...", x, y.T),
        lambda x, y: np.einsum("...ab,...bc->...ac", x[None], np.stack([y, y])),
        lambda x, y: np.einsum("ba", x),
        lambda x, y: np.einsum("ij, jk", x, y, optimize=True),
        lambda x, y: np.einsum("zA,AZ", x, y),
    ],
)
def test_programs(f):
    same(f, X, Y)


def test_complex_vdot():
    same(lambda x, y: np.real(np.vdot(x, y)), z(3), z(3), order=1)


def test_conjugates_of_scalars_and_arrays():
    x = r(3)
    assert conj(x) is x
    assert conj(2.0) == 2.0
    assert conj(1 + 2j) == 1 - 2j
    np.testing.assert_array_equal(conj(x * 1j), -1j * x)
    same(lambda x: np.real(np.vdot(1 + 2j, x)), z(1), order=1)


def test_matrix_power_of_none_is_constant():
    assert isinstance(np.linalg.matrix_power(tape.Tape().input(X @ Y), 0), np.ndarray)


@given(st.data())
def test_any_einsum(data):
    """Any words over a few letters, with letters repeated within a word, and any result."""
    words = data.draw(st.lists(st.text("ijk", max_size=3), min_size=1, max_size=3))
    letters = sorted(set("".join(words)))
    result = "".join(
        data.draw(st.permutations(data.draw(st.lists(st.sampled_from(letters), unique=True)) if letters else []))
    )
    sizes = {"i": 2, "j": 3, "k": 1}
    call = ",".join(words) + "->" + result
    operands = [r(*(sizes[c] for c in w)) for w in words]
    weight = r(*(sizes[c] for c in result))

    def f(*xs):
        return np.sum(np.einsum(call, *xs) * weight)

    got = tape.grad(f, tuple(range(len(words))))(*operands)
    # Of a function that is linear in an operand, the derivative along it is its value there.
    for k, g in enumerate(got):
        direction = r(*np.shape(operands[k]))
        moved = [direction if j == k else x for j, x in enumerate(operands)]
        scale = np.sum(np.einsum(call, *map(abs, moved)) * abs(weight))
        assert abs(np.sum(g * direction) - f(*moved)) <= 1e-13 * (1 + scale)


@pytest.mark.parametrize(
    "call",
    [("ij,jk->ik", X), ("ijk->i", X), ("i...->i", X), ("...->", X), ("...ijk->i", X), ([0, 1],), (X, list(range(60)))],
)
def test_einsum_errors(call):
    t = tape.Tape()
    v = t.input(X)
    with pytest.raises((ValueError, TypeError)):
        np.einsum(*(v if a is X else a for a in call), v, [0, 1]) if isinstance(call[0], list) else np.einsum(
            *(v if a is X else a for a in call)
        )


def test_einsum_options_without_a_rule():
    with pytest.raises(tape.OptionError, match="order"):
        tape.grad(lambda x: np.einsum("ij->", x, order="F"))(X)


def test_nothing_flows_beside_a_diagonal():
    x = np.full((3, 3), np.inf)
    g = tape.grad(lambda x: np.sum(np.einsum("ii->i", x) * np.array([np.inf, np.nan, 1.0])))(x)
    assert np.array_equal(g, np.where(np.eye(3, dtype=bool), [np.inf, np.nan, 1.0], 0.0), equal_nan=True)


SHAPES = [
    ((5, 6), (6, 7)),
    ((2, 5, 6), (6, 7)),
    ((2, 3, 5, 6), (6, 7)),
    ((5, 6), (6,)),
    ((2, 5, 6), (6,)),
    ((6,), (6, 7)),
]


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_each_adjoint_is_one_product(a, b, monkeypatch):
    """Of matrices, of a stack and one matrix: as many multiplications as the forward product took, in one call."""
    calls = []
    matmul = np.matmul

    def counted(x, y):
        calls.append((np.shape(x), np.shape(y)))
        return matmul(x, y)

    a, b = r(*a).astype(np.float32), r(*b).astype(np.float32)
    t = tape.Tape()
    x, y = t.input(a), t.input(b)
    out = np.matmul(x, y)
    seed = np.broadcast_to(np.float32(1), out.shape)
    monkeypatch.setattr(np, "matmul", counted)
    adjoints = t.sweep(out, seed)
    assert len(calls) <= 2
    assert all(len(sizes) <= 2 for call in calls for sizes in call)
    assert adjoints[x].dtype == adjoints[y].dtype == np.float32


@pytest.mark.parametrize(("n", "m"), list(itertools.product(range(1, 4), range(1, 4))))
def test_tensordot_in_every_order_of_axes(n, m):
    a, b = r(*range(2, 2 + n)), r(*range(2, 2 + m))
    k = min(n, m)
    for order in itertools.permutations(range(k)):
        same(lambda x, y, order=order: np.tensordot(x, y, axes=(list(order), list(order))), a, b, order=1)


def test_cross_of_plane_vectors():
    with pytest.warns(DeprecationWarning, match="2 components"):
        tape.grad(lambda x: np.sum(np.cross(x[:, :2], x[:, 2:])))(X)
    with pytest.raises(ValueError, match="2 or 3 components"):
        tape.grad(lambda x: np.cross(x, x))(X)
    with pytest.raises(ValueError, match="3-dimensional"):
        tape.grad(lambda x: np.linalg.cross(x[:, :2], x[:, 2:]))(X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        same(lambda x: np.cross(x[:, :2], x[:, 2:]), X)
        same(lambda x: np.cross(x[:, :2], x[:, 1:]), X)
        same(lambda x: np.cross(x[:, :3], x[:, 2:]), X)
        same(lambda x: np.cross(x[:2], x[1:], axis=0), X)
        same(lambda x: np.cross(x[:2], x[0, 1:], axisa=0, axisc=0), X)
