"""Functions of tape.scipy.linalg: SciPy's values, derivatives of both orders, and what is refused."""

import numpy as np
import pytest
import scipy.linalg as sl

import tape
from tape.errors import DegenerateError, OptionError, ShapeError
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
    assert np.sum(g * e) == pytest.approx((f(A + h * e) - f(A - h * e)) / (2 * h), rel=1e-7, abs=0)


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


@pytest.mark.parametrize("name", ["sqrtm", "logm"])
@pytest.mark.parametrize(
    "a", [np.array([[-4.0]]), np.diag([-4.0, 3.0]), np.array([[-4.0, 1.0], [0.0, 3.0]]), A - 2.4 * np.eye(4)]
)
def test_real_matrices_on_the_branch_cut(name, a):
    f = getattr(linalg, name)
    assert f(a).dtype.kind == "c"
    w = rng.normal(size=a.shape)
    for part in (np.real, np.imag):
        same(lambda a, p=part: np.sum(w * p(f(a))), a)
    if name == "sqrtm" and a.size == 1:
        assert tape.grad(lambda a: np.imag(f(a))[0, 0])(a) == -0.25  # of sqrt(-a), upwards of the cut


@pytest.mark.parametrize("seed", range(20))
def test_roots_and_logarithms_of_any_real_matrix(seed):
    """Most have an eigenvalue on the cut, beside others that are not."""
    random = np.random.default_rng(seed)
    a, w = random.normal(size=(4, 4)), random.normal(size=(2, 4, 4))
    for f in (linalg.sqrtm, linalg.logm):
        loss = lambda a: np.sum(w[0] * np.real(f(a)) + w[1] * np.imag(f(a)))
        e = random.normal(size=a.shape) * 1e-5
        exact = np.sum(tape.grad(loss)(a) * e)
        assert tape.jvp(loss, (a,), (e,))[1] == pytest.approx(exact, rel=1e-9, abs=0)
        assert (loss(a + e) - loss(a - e)) / 2 == pytest.approx(exact, rel=1e-4, abs=0)
        twice = np.sum(tape.hvp(loss, (a,), (e,)) * e)
        slope = lambda a: np.sum(tape.grad(loss)(a) * e)
        assert (slope(a + e) - slope(a - e)) / 2 == pytest.approx(twice, rel=1e-3, abs=0)


@pytest.mark.filterwarnings("ignore:Matrix is singular")
def test_solve_sylvester():
    b, q = B[:2] + 3 * np.eye(2), rng.normal(size=(4, 2))
    for a in (A, C):
        np.testing.assert_allclose(linalg.solve_sylvester(a, b, q), sl.solve_sylvester(a, b, q), rtol=1e-13)
        same(linalg.solve_sylvester, a, b, q, order=2 if a is A else 1)
    assert linalg.solve_sylvester(*(x.astype(np.float32) for x in (A, b, q))).dtype == np.float32
    with pytest.raises(ShapeError, match=r"\(2, 4\).*\(4, 4\).*\(2, 2\)"):
        linalg.solve_sylvester(A, b, q.T)
    with pytest.raises(ShapeError):
        linalg.solve_sylvester(A[:2], b, q)
    for a in (np.zeros((2, 2)), -b):
        with pytest.raises(DegenerateError, match="add up to zero"):
            linalg.solve_sylvester(a, b if a.any() else a, q[:2])
    with pytest.raises(DegenerateError, match="singular"):
        tape.grad(lambda a: np.sum(np.real(linalg.sqrtm(a))))(np.diag([0.0, 1.0]))


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


def test_corners_of_bands_outside_of_the_matrix_count_for_nothing():
    ab, b, along = rng.normal(size=(4, 5)) + 3, rng.normal(size=5), rng.normal(size=(4, 5))
    bands = (1, 2)
    outside = np.zeros((4, 5), bool)
    outside[0, :2] = outside[1, 0] = outside[3, -1] = True
    f = lambda ab: linalg.solve_banded(bands, ab, b)
    inside = np.where(outside, 0, along)
    np.testing.assert_array_equal(tape.jvp(f, [ab], [along])[1], tape.jvp(f, [ab], [inside])[1])
    assert np.all(tape.jacobian(f)(ab)[:, outside] == 0)
    for wrong in (ab[0], ab[:3], ab[None]):
        with pytest.raises(ShapeError, match="solve_banded"):
            linalg.solve_banded(bands, wrong, b)
    with pytest.raises(ShapeError, match="solve_banded"):
        linalg.solve_banded(bands, ab, b[None, None])
