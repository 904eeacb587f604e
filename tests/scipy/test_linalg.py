"""Functions of tape.scipy.linalg: SciPy's values, derivatives of both orders, and what is refused."""

import numpy as np
import pytest
import scipy.linalg as sl

import tape
from tape.errors import OptionError, ShapeError
from tape.scipy import linalg
from tests.rules.checks import same

rng = np.random.default_rng(0)
A = rng.normal(size=(4, 4)) * 0.3 + 2 * np.eye(4)
C = A + 0.2j * rng.normal(size=(4, 4))
P = A @ A.T
B, V = rng.normal(size=(4, 2)), rng.normal(size=4)

FUNCTIONS = ["expm", "sqrtm", "logm", "sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_matrices(name):
    for a in (A, C):
        ours, theirs = getattr(linalg, name)(a), getattr(sl, name)(a)
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-14)
        assert ours.dtype == a.dtype
    g = tape.grad(lambda a: np.sum(B @ B.T * getattr(linalg, name)(a)))(A)
    e = rng.normal(size=A.shape)
    h = 1e-5
    f = lambda a: np.sum(B @ B.T * getattr(sl, name)(a))
    assert np.sum(g * e) == pytest.approx((f(A + h * e) - f(A - h * e)) / (2 * h), rel=1e-7)


def test_expm_against_frechet_and_torch():
    e = rng.normal(size=A.shape)
    np.testing.assert_allclose(tape.jvp(linalg.expm, (A,), (e,))[1], sl.expm_frechet(A, e)[1], rtol=1e-12)
    torch = pytest.importorskip("torch")
    x = torch.tensor(A, requires_grad=True)
    torch.linalg.matrix_exp(x).sum().backward()
    np.testing.assert_allclose(tape.grad(lambda a: np.sum(linalg.expm(a)))(A), x.grad.numpy(), rtol=1e-12)


def test_sqrtm_of_equal_eigenvalues():
    g = tape.grad(lambda a: np.sum(linalg.sqrtm(a)))(4 * np.eye(3))
    np.testing.assert_allclose(g, np.full((3, 3), 0.25), rtol=1e-13)


@pytest.mark.parametrize("trans", ["N", "T", "C", 0])
@pytest.mark.parametrize("lower", [False, True])
def test_solve_triangular(trans, lower):
    for b in (V, B):
        for a in (A, C):
            np.testing.assert_allclose(
                linalg.solve_triangular(a, b, trans, lower), sl.solve_triangular(a, b, trans, lower), rtol=1e-13
            )
        same(lambda a, b: linalg.solve_triangular(a, b, trans, lower), A, b)
    g = tape.grad(lambda a: np.sum(linalg.solve_triangular(a, V, trans, lower)))(A)
    assert not np.any(np.triu(g, 1) if lower else np.tril(g, -1))
    with pytest.raises(ShapeError):
        linalg.solve_triangular(A[:3], V)


@pytest.mark.parametrize("lower", [False, True])
def test_cholesky(lower):
    np.testing.assert_allclose(linalg.cholesky(P, lower), sl.cholesky(P, lower), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(linalg.cho_solve(linalg.cho_factor(P, lower), B), sl.solve(P, B), rtol=1e-11)
    same(lambda a, b: linalg.cho_solve(linalg.cho_factor(a @ a.T, lower), b), A, B)
    same(lambda a: linalg.cholesky(a @ a.T, lower), A)


def test_solve_inv_det():
    np.testing.assert_allclose(linalg.solve(A, B, transposed=True), sl.solve(A, B, transposed=True), rtol=1e-13)
    same(lambda a, b: linalg.solve(a, b), A, V)
    same(linalg.inv, A)
    same(linalg.det, A)
    with pytest.raises(OptionError):
        linalg.solve(A, B, assume_a="pos")


@pytest.mark.parametrize("bands", [(1, 1), (2, 0), (0, 2), (2, 3)])
def test_solve_banded(bands):
    low, up = bands
    ab = rng.normal(size=(low + up + 1, 6))
    ab[up] += 5
    for b in (rng.normal(size=6), rng.normal(size=(6, 2))):
        np.testing.assert_allclose(linalg.solve_banded(bands, ab, b), sl.solve_banded(bands, ab, b))
        same(lambda ab, b: linalg.solve_banded(bands, ab, b), ab, b)


def test_structured_matrices():
    c, r = rng.normal(size=4), rng.normal(size=3)
    np.testing.assert_array_equal(linalg.toeplitz(c, r), sl.toeplitz(c, r))
    np.testing.assert_array_equal(linalg.toeplitz(c + 1j), sl.toeplitz(c + 1j))
    np.testing.assert_array_equal(linalg.circulant(c), sl.circulant(c))
    np.testing.assert_array_equal(linalg.block_diag(A, B, V), sl.block_diag(A, B, V))
    same(linalg.toeplitz, c, r)
    same(linalg.toeplitz, c)
    same(linalg.circulant, c)
    same(linalg.block_diag, A, B, V)
