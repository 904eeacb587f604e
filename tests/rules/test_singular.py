"""Determinants, pseudo-inverses and least squares of singular matrices, and of what a tolerance takes for singular."""

import numpy as np
import pytest

import tape
from tape import check
from tape.rules import solving as S
from tests.rules.checks import difference, h

LA = np.linalg
RNG = np.random.default_rng(12)
A = RNG.normal(size=(2, 3, 3))
C = A + 1j * RNG.normal(size=A.shape)
EPS = np.finfo(np.float64).eps
SCALES = (2.0**-27, 1.0, 2.0**27)


# --------------------------------------------------- determinants of singular matrices


@pytest.mark.parametrize("kind", ["real", "complex"])
@pytest.mark.parametrize("rank", [0, 1, 2, 3])
@pytest.mark.parametrize("distance", [0.0, 1e-13, 1e-8, 1e-3])
def test_second_derivatives_of_determinants_near_singular_matrices(rank, distance, kind):
    """They are sums of minors, and so smooth: 1 / det(a) has no place in them."""
    make = lambda *size: RNG.normal(size=size) + (1j * RNG.normal(size=size) if kind == "complex" else 0)
    x = make(4, rank) @ make(rank, 4) + distance * np.eye(4)
    d, g = make(2, 4, 4)
    f = lambda x: np.real(LA.det(x)) + 2 * np.imag(LA.det(x))
    got = tape.hvp(f, (x,), (d,))
    np.testing.assert_allclose(got, difference(tape.grad(f), x, d, 1e-4), atol=1e-5)
    batch = tape.hvp(lambda x: np.sum(np.real(LA.det(x))), (np.stack([x, g]),), (np.stack([d, d]),))
    np.testing.assert_allclose(batch[0], tape.hvp(lambda x: np.real(LA.det(x)), (x,), (d,)), atol=1e-12)


def test_second_derivatives_of_determinants_of_large_numbers():
    """Of two rows and columns they don't depend on the matrix."""
    d = np.array([[1.0, 2.0], [3.0, 4.0]])
    got = tape.hvp(LA.det, (A[0, :2, :2] * 1e12,), (d,))
    np.testing.assert_allclose(got, [[4.0, -3.0], [-2.0, 1.0]], rtol=1e-12)


def test_third_derivatives_of_determinants_are_right_or_nan():
    hessian = lambda x: tape.hvp(LA.det, (x,), (A[1],))
    four = RNG.normal(size=(3, 2, 4, 4))
    along_one = lambda x: tape.hvp(lambda x: np.sum(LA.det(x)), (x,), (four[1],))
    third = tape.jvp(along_one, (four[0],), (four[2],))[1]
    np.testing.assert_allclose(third, difference(along_one, four[0], four[2], 1e-3), atol=1e-5)
    x, d = A[0], RNG.normal(size=(3, 3))
    for scale in SCALES:
        for near in (0.0, 0.75, 1.5):
            u, _, vh = LA.svd(x)
            near_singular = u @ np.diag([2.0, 1.0, 2 * near * EPS**0.5]) @ vh * scale
            found = tape.jvp(hessian, (near_singular,), (d,))[1]
            assert np.isnan(found).any() == (near < 1)
    assert S.regular(np.zeros((2, 0, 0))).shape == (2, 1, 1)
    assert np.isnan(S.regular(np.zeros((2, 2))))
    assert S.regular(np.eye(2, dtype=np.complex64)).dtype == np.float32
    np.testing.assert_array_equal(S.regular(np.stack([np.eye(2), np.ones((2, 2))]))[:, 0, 0], [1, np.nan])


# ------------------------------------------------------------------ what a tolerance cuts


def cut(x, values):
    u, _, vh = LA.svd(x, full_matrices=False)
    return np.matmul(u * np.array(values), vh)


@pytest.mark.parametrize("kind", ["real", "complex"])
@pytest.mark.parametrize("part", [np.s_[:], np.s_[:, :, :2], np.s_[:, :2]])
@pytest.mark.parametrize("second", [0.9, 0.5, 1e-3, 0.0])
def test_what_a_tolerance_cuts_off_turns_what_stays(second, part, kind):
    x = cut((A if kind == "real" else C)[part], [2.0, 2 * second, second][: min(A[part].shape[1:])])
    tolerance = (1 + second) / 2
    b = np.array([1.0, -2.0, 3.0])[: x.shape[1]]
    programs = [
        lambda x: LA.pinv(x, rcond=tolerance),
        lambda x: LA.pinv(x, rtol=tolerance),
        lambda x: np.stack([LA.lstsq(x[k], b, rcond=tolerance)[0] for k in range(2)]),
        lambda x: np.stack([LA.lstsq(x[k], np.stack([b, b**2], 1), rcond=tolerance)[0] for k in range(2)]),
    ]
    # Of what is cut off exactly, only directions that keep the rank.
    d = RNG.normal(size=x.shape) if second else np.matmul(x, RNG.normal(size=(x.shape[-1],) * 2))
    for f in programs:
        assert check.dot_product(f, x) < 1e4
        _, tangent = tape.jvp(f, (x,), (d,))
        np.testing.assert_allclose(tangent, difference(f, x, d), atol=1e-5 / (1 - second))


def test_gaps_that_are_narrow_and_matrices_that_are_cut_whole():
    x = cut(A[0], [2.0, 1.999, 1e-3])
    d = RNG.normal(size=(3, 3))
    f = lambda x: LA.pinv(x, rcond=0.9996)
    np.testing.assert_allclose(tape.jvp(f, (x,), (d,))[1], difference(f, x, d, 1e-7), rtol=1e-4, atol=1e-2)
    whole = tape.jvp(lambda x: LA.pinv(x, rcond=2.0), (x,), (d,))[1]
    np.testing.assert_array_equal(whole, np.zeros((3, 3)))
    assert np.all(S.steepness(np.zeros((2, 3, 3))) > 0)
    for x in (np.diag([1.0, 3.0]), np.diag([1e-5, 1e4])):
        assert 1 <= S.steepness(x)[0, 0] / np.max(x) ** 2 <= 1 + 2e-6
    assert S.steepness(np.eye(2, dtype=np.complex64)).dtype == np.float32
    assert S.steepness(np.zeros((2, 0, 3))).shape == (2, 1, 1)


def test_of_a_hermitian_pseudo_inverse_both_triangles_count():
    x = C[0] + h(C[0])
    w = C[1]

    def of_eigh(x):
        values, v = LA.eigh(x)
        return np.sum(np.real(w * np.matmul(v / values, h(v))))

    of_pinv = lambda x: np.sum(np.real(w * LA.pinv(x, hermitian=True)))
    np.testing.assert_allclose(tape.grad(of_pinv)(x), tape.grad(of_eigh)(x), rtol=1e-9)
    tangents = [tape.jvp(f, (x,), (w,))[1] for f in (of_pinv, of_eigh)]
    np.testing.assert_allclose(*tangents, rtol=1e-9)


# --------------------------------------------------------------- least squares' constants


def test_least_squares_of_other_types():
    """The tolerance is of the type that NumPy computes in, which is common to both."""
    for a in ([[1, 2], [3, 5]], np.array([[1, 2], [3, 5]])):
        np.testing.assert_allclose(tape.grad(lambda b, a=a: np.sum(LA.lstsq(a, b)[0]))(np.ones(2)), [-2.0, 1.0])
    a = np.array([[1, 1], [1, 1 + 1e-6]], np.float32)
    want = LA.inv(a.astype(float))[0]
    np.testing.assert_allclose(tape.grad(lambda b: LA.lstsq(a, b)[0][0])(np.ones(2)), want, rtol=1e-6)
    assert tape.grad(lambda b: np.sum(LA.lstsq(a, b)[0]))(np.ones(2, np.float32)).dtype == np.float32
    one = tape.Tape().input(np.ones(2))
    assert LA.lstsq(a, one)[2] == 2


@pytest.mark.parametrize("rcond", [None, -1, 1e-3, 0.0])
def test_the_rank_of_least_squares_is_numpys(rcond):
    for a in (cut(A[0][:, :2], [1.0, 1e-4]), cut(A[0], [1.0, 0.5, 40 * EPS]), np.zeros((3, 2))):
        want = LA.lstsq(a, np.ones(3), rcond)
        got = LA.lstsq(tape.Tape().input(a), np.ones(3), rcond)
        assert got[2] == want[2]
        assert np.shape(got[1]) == np.shape(want[1])
        np.testing.assert_allclose(got[1].value if isinstance(got[1], tape.Var) else got[1], want[1], rtol=1e-9)
    eps = np.finfo(np.float32).eps
    want = {None: 5 * eps, -1: eps}.get(rcond, rcond)
    assert S._cutoff(np.ones((2, 5)), np.complex64, rcond) == S._cutoff(np.ones((5, 2)), np.float32, rcond) == want


def test_third_derivatives_of_determinants_of_larger_matrices():
    a, d, e, f = np.random.default_rng(4).normal(size=(4, 4, 4))

    def second(a):
        return np.sum(tape.grad(lambda b: np.sum(tape.grad(LA.det)(b) * d))(a) * e)

    found = np.sum(tape.grad(second)(a) * f)
    assert found == pytest.approx(difference(second, a, f), rel=1e-7, abs=0)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_what_cofactors_change_by_is_linear_in_the_change_and_its_own_adjoint(n):
    a, d, e, f = np.random.default_rng(5).normal(size=(4, n, n))
    change = lambda d: S.cofactors_change(a, d)
    _, pull = tape.vjp(change, d)
    np.testing.assert_allclose(pull(e)[0], change(e), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(tape.jvp(change, (d,), (e,))[1], change(e), rtol=1e-12, atol=1e-14)
    assert np.sum(f * change(e)) == pytest.approx(np.sum(e * change(f)), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("p", [1, -1, "fro", np.inf, -np.inf])
def test_singular_matrices_of_a_stack_have_an_infinite_condition_and_leave_the_others_alone(p):
    singular = np.outer([1.0, 2.0, 3.0], [1.0, 0.5, 2.0])
    singular[2] = 0
    x = np.stack([A[0], singular, A[1]])
    t = tape.Tape()
    v = t.input(x)
    y = LA.cond(v, p)
    np.testing.assert_allclose(y.value, LA.cond(x, p), rtol=1e-12)
    assert np.isinf(y.value[1])
    with np.errstate(all="ignore"):
        got = t.sweep(np.sum(y))[v]
    for k in (0, 2):
        np.testing.assert_allclose(got[k], tape.grad(lambda a: LA.cond(a, p))(x[k]), rtol=1e-12)
    assert not np.any(np.isfinite(got[1][got[1] != 0]))


def test_a_single_number_has_spread_zero_also_along_axis_0():
    for f in (np.nanvar, np.nanstd):
        assert f(2.0, axis=0) == 0 == tape.grad(lambda x: f(x, axis=0))(2.0)


# ------------------------------------------------------------------- least squares keep their digits


def flat(rows, columns, kind):
    """Return a matrix whose elements differ by a thousandth: of condition 1000 or so."""
    x = RNG.normal(size=(rows, columns)) + (1j * RNG.normal(size=(rows, columns)) if kind == "complex" else 0)
    return 1 + 1e-3 * x


@pytest.mark.parametrize("kind", ["real", "complex"])
@pytest.mark.parametrize("size", [(4, 2), (2, 4), (3, 3)])
def test_least_squares_lose_no_more_than_their_condition(size, kind):
    """By way of the pseudo-inverse's derivative they lost its square: all but two digits of single precision."""
    low = np.float32 if kind == "real" else np.complex64
    a, b = flat(*size, kind).astype(low), flat(size[0], 1, kind)[:, 0].astype(low)
    high = np.result_type(low, np.float64)
    g, d = RNG.normal(size=size[1]).astype(np.float32), flat(*size, "real").astype(np.float32)

    def solved(a, b):
        return LA.lstsq(a, b)[0]

    for derivative in (
        lambda a, b: tape.vjp(solved, a, b)[1](g.astype(a.dtype))[0],
        lambda a, b: tape.jvp(lambda a: solved(a, b), [a], [d.astype(a.dtype)])[1],
    ):
        want, got = derivative(a.astype(high), b.astype(high)), derivative(a, b)
        off = np.max(np.abs(got - want)) / np.max(np.abs(want))
        # At worst the condition, some 1e4, times a small multiple of the rounding unit, 6e-8; it was 0.1.
        assert off < 5e-3, off


@pytest.mark.parametrize("exponent", [-90, -60, 60, 90])
def test_least_squares_of_huge_and_tiny_matrices(exponent):
    """The square of the pseudo-inverse is out of range, and not their derivative."""
    a, b = RNG.normal(size=(2, 4)).astype(np.float32), RNG.normal(size=2).astype(np.float32)
    scale = np.float32(2.0**exponent)
    f = lambda a, b: np.sum(LA.lstsq(a, b)[0] ** 2)
    want = tape.grad(f)(a, b)
    np.testing.assert_allclose(tape.grad(f)(a * scale, b * scale) * scale, want, rtol=1e-4)
    along = lambda a, b: tape.jvp(lambda a: LA.lstsq(a, b)[0], [a], [a[::-1].copy()])[1]
    np.testing.assert_allclose(along(a * scale, b * scale), along(a, b), rtol=1e-4)
    condition = tape.grad(lambda a: LA.cond(a[:, :2], 1))
    np.testing.assert_allclose(condition(a * scale) * scale, condition(a), rtol=1e-4)
