"""LU decompositions and what is solved with them: SciPy's values, torch's derivatives, those of both orders."""

import numpy as np
import pytest
import scipy.linalg as sl

import tape
from tape.errors import DegenerateError, ShapeError
from tape.program.replay import replay, variable
from tape.scipy import linalg
from tests.rules.checks import same, same_complex

rng = np.random.default_rng(0)
SHAPES = [(3, 3), (4, 3), (3, 5), (1, 1), (2, 4, 3), (2, 3, 3), (2, 1, 2, 4)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("options", [{}, {"permute_l": True}, {"p_indices": True}])
def test_lu(shape, options):
    a = rng.normal(size=shape)
    for x in (a, a.astype(np.float32), a + 1j * rng.normal(size=shape)):
        for ours, theirs in zip(linalg.lu(x, **options), sl.lu(x, **options), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    same(lambda a: linalg.lu(a, **options)[-2:], a)
    same_complex(lambda a: np.sum(np.abs(linalg.lu(a, **options)[-1]) ** 2), a + 1j * rng.normal(size=shape))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["real", "complex"])
def test_against_torch(shape, kind):
    torch = pytest.importorskip("torch")
    a = rng.normal(size=shape)
    w, v = (rng.normal(size=x.shape) for x in sl.lu(a)[1:])
    a = a if kind == "real" else a + 1j * rng.normal(size=shape)

    def total(a, lu, np):
        _, low, up = lu(a)
        return (w * np.real(low)).sum() + (v * np.imag(up * (2 + 1j))).sum()

    x = torch.tensor(a, requires_grad=True)
    w, v = torch.tensor(w), torch.tensor(v)
    total(x, torch.linalg.lu, torch).backward()
    w, v = w.numpy(), v.numpy()
    np.testing.assert_allclose(tape.grad(lambda a: total(a, linalg.lu, np))(a), x.grad.numpy(), rtol=1e-9, atol=1e-11)


def test_the_permutation_is_constant():
    a = rng.normal(size=(3, 3))
    w = rng.normal(size=(3, 3))
    np.testing.assert_array_equal(tape.grad(lambda a: np.sum(w * linalg.lu(a)[0]))(a), 0)
    whole = lambda a: np.sum(w * (lambda p, low, up: p @ low @ up)(*linalg.lu(a)))
    np.testing.assert_allclose(tape.grad(whole)(a), w, rtol=1e-12, atol=1e-13)


def test_lu_of_a_matrix_that_lacks_rank():
    a = np.ones((2, 2))
    assert linalg.lu(a)[2][1, 1] == 0
    with pytest.raises(DegenerateError, match="pivot"):
        tape.grad(lambda a: np.sum(linalg.lu(a)[1]))(a)
    with pytest.raises(DegenerateError, match="pivot"):
        tape.jvp(lambda a: linalg.lu(a)[1], (a,), (a,))
    with pytest.raises(ShapeError, match=r"\(3,\)"):
        linalg.lu(np.ones(3))


@pytest.mark.parametrize("trans", [0, 1, 2])
def test_lu_solve(trans):
    a, b = rng.normal(size=(4, 4)), rng.normal(size=(4, 2))
    c = a + 1j * rng.normal(size=(4, 4))
    for x in (a, c, a.astype(np.float32)):
        for right in (b.astype(x.dtype), b[:, 0].astype(x.dtype)):
            for ours, theirs in zip(linalg.lu_factor(x), sl.lu_factor(x), strict=True):
                np.testing.assert_array_equal(ours, theirs)
            ours = linalg.lu_solve(linalg.lu_factor(x), right, trans)
            np.testing.assert_allclose(ours, sl.lu_solve(sl.lu_factor(x), right, trans), rtol=1e-4)
            assert ours.dtype == x.dtype
            np.testing.assert_allclose([x, x.T, x.conj().T][trans] @ ours, right, rtol=1e-4, atol=1e-5)
    same(lambda a, b: linalg.lu_solve(linalg.lu_factor(a), b, trans), a, b)
    same(lambda b: linalg.lu_solve(sl.lu_factor(a), b, trans), b[:, 1])
    same_complex(lambda a: np.sum(np.abs(linalg.lu_solve(linalg.lu_factor(a), b + 0j, trans)) ** 2), c)


def test_lu_factor_and_solve_refuse_shapes():
    with pytest.raises(ShapeError, match=r"\(3, 2\)"):
        linalg.lu_factor(np.ones((3, 2)))
    with pytest.raises(ShapeError, match="lu_solve: b"):
        linalg.lu_solve(linalg.lu_factor(np.eye(3)), np.ones(2))


def test_a_replay_finds_its_own_pivots():
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 2.0])
    other = a[::-1].copy()
    t = tape.Tape()
    x = t.input(a)
    y = linalg.lu_solve(linalg.lu_factor(x), b)
    np.testing.assert_allclose(variable(replay(t, other), y).value, np.linalg.solve(other, b))
