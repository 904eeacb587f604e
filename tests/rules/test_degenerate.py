"""Where decompositions end: values that coincide or vanish, phases that are free, columns that depend on each other."""

import numpy as np
import pytest

import tape
from tape import check
from tape.rules import decompositions as D
from tape.rules import norms as N
from tests.rules.checks import difference, h

LA = np.linalg
RNG = np.random.default_rng(11)
A = RNG.normal(size=(2, 3, 3))
C = A + 1j * RNG.normal(size=A.shape)
EPS = np.finfo(np.float64).eps
SCALES = (2.0**-27, 1.0, 2.0**27)


def along(g, d):
    return np.sum(np.real(np.conj(g) * d))


def all_nan(g):
    return bool(np.all(np.isnan(g)))


def first_alone_is_nan(g):
    assert np.isnan(g[0]).any()
    assert np.isfinite(g[1]).all()


# -------------------------------------------------- margins: half and double, at every scale, each matrix for itself


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
@pytest.mark.parametrize("scale", SCALES)
def test_coinciding_is_relative_to_the_largest_of_a_matrix(scale, dtype):
    eps = np.finfo(dtype).eps
    unit = 16 * 2 * eps
    # Far below one of the largest, of another sign or of another phase than the first.
    w = np.array([[-1, -1 + unit / 2], [-1, -1 + 2 * unit], [unit / 2, -1], [1, 1e-30]]).astype(dtype) * dtype(scale)
    pair = [[True, True], [True, True]], [[True, False], [False, True]]
    np.testing.assert_array_equal(D.coincide(w), [pair[0], pair[1], pair[1], pair[1]])
    np.testing.assert_array_equal(D.coincide(w[1]), pair[1])
    summed = np.array([[1, unit / 2], [unit / 2, unit / 4], [1, -1]]).astype(dtype) * dtype(scale)
    gone = [
        [[False, False], [False, True]],
        [[False, False], [False, False]],
        [[False, True], [True, False]],
    ]
    np.testing.assert_array_equal(D.coincide(summed, opposite=True), gone)


def test_what_is_zero_coincides_and_vanishes():
    np.testing.assert_array_equal(D.coincide(np.zeros(2)), np.ones((2, 2), bool))
    np.testing.assert_array_equal(D.vanish(np.zeros(2), size=2), np.ones((1, 2), bool))
    assert D.coincide(np.zeros((2, 0))).shape == (2, 0, 0)
    assert D.vanish(np.zeros((2, 0)), size=3).shape == (2, 1, 0)


@pytest.mark.parametrize("n", [1, 3])
def test_the_margin_grows_with_the_matrix(n):
    w = np.concatenate([[1.0, 1.0 + 16 * (n + 2) * EPS * 0.75], 0.5 + np.arange(n) / 10])
    assert D.coincide(w)[0, 1]
    s = np.array([1.0, 16 * n * EPS * 0.75])
    np.testing.assert_array_equal(D.vanish(s, size=n), [[False, True]])
    np.testing.assert_array_equal(D.vanish(2 * s, size=n), [[False, True]])
    s[1] *= 1.5
    np.testing.assert_array_equal(D.vanish(s, size=n), [[False, False]])


@pytest.mark.parametrize("scale", SCALES)
def test_vanishing_is_relative_to_the_largest_of_a_matrix(scale):
    s = np.array([[1, 1e-15], [1, 0.5], [1e-15, 1e-15], [1e-8, 1e-8]]) * scale
    np.testing.assert_array_equal(
        D.vanish(s, size=2)[:, 0], [[False, True], [False, False], [False, False], [False, False]]
    )


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("n", [2, 5])
def test_torn_is_what_differs_beyond_rounding(n, scale):
    hole = ~np.eye(n, dtype=bool)
    unit = 1024 * n * EPS
    for near, torn in ((0.9995, False), (1.0006, True)):
        for sign in (1, -1, 1j):
            d = np.full(n, sign * 1.0)
            d[0] += unit * near
            found = D.torn(np.stack([d * scale, np.zeros(n), np.full(n, 1e6 * scale)]), hole)
            assert np.isnan(found[0]).any() == torn
            assert np.all(found[1:] == 0)
    assert np.all(D.torn(np.arange(n) * scale, ~hole) == 0)
    np.testing.assert_array_equal(
        np.isnan(D.torn(np.array([1.0, 2.0, 2.0]), np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], bool))),
        np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], bool),
    )
    # The largest may be of the other sign, and isn't one of the pair.
    d = np.array([1.0, 1.0 + 100 * EPS, -1e3])
    assert np.all(D.torn(d, ~np.eye(3, dtype=bool) & np.array([[1, 1, 0], [1, 1, 0], [0, 0, 0]], bool)) == 0)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("n", [2, 5])
def test_a_phase_is_settled_within_rounding(n, scale):
    like = np.eye(n) * 0.5
    like[1, 0] = -1.0
    unit = 64 * n * EPS
    for near, settled in ((0.9997, True), (1.0003, False)):
        for sign in (1, -1):
            x = np.zeros(n)
            x[-1] = sign * unit * near
            found = D.settled(np.stack([x * scale, x * 0]), np.stack([like * scale, like]))
            assert np.isnan(found[0, -1]) != settled
            assert np.all(found[1] == 0)
            assert np.all(found[0, :-1] == 0)
    assert np.all(D.settled(np.zeros((2, n)), np.zeros((2, n, n))) == 0)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
@pytest.mark.parametrize("n", [2, 5])
def test_vectors_are_usable_far_from_a_defect(n, dtype):
    unit = 4 * n * np.finfo(dtype).eps ** 0.5
    q = LA.qr(RNG.normal(size=(n, n)))[0]
    for scale in (0.01, 1.0, 100.0):
        vs = [q @ np.diag([1.0] * (n - 1) + [unit * near]) * scale for near in (0.99, 1.01)]
        found = D.usable(np.stack(vs).astype(dtype))
        assert found.shape == (2, 1, 1)
        assert np.isnan(found[0])
        assert found[1] == 1
    assert D.usable(np.zeros((2, 0, 0))).size == 0
    assert np.isnan(D.usable(np.zeros((2, 2))))


# ------------------------------------------------------------------------------- phases


def turned(part):
    """Return a function of a decomposition's vectors, multiplied by a phase that the library chooses."""
    return lambda x: np.real(part(x) * (1 + 2j))


@pytest.mark.parametrize(
    "part",
    [
        lambda x: LA.eigh(x + h(x))[1][1, 0],
        lambda x: LA.eig(x)[1][1, 0],
        lambda x: LA.svd(x)[0][1, 0],
        lambda x: LA.svd(x)[2][0, 1],
        lambda x: LA.svd(x[:2], full_matrices=False)[2][0, 1],
    ],
)
@pytest.mark.parametrize("scale", SCALES)
def test_phases_that_are_free_are_nan(part, scale):
    assert np.isnan(tape.grad(turned(part))(C[0] * scale)).any()
    # In a batch, the other matrix has its derivative.
    one = tape.grad(lambda x: turned(part)(x[0]) + np.abs(part(x[1])) ** 2)(C * scale)
    assert np.isnan(one[0]).any()
    np.testing.assert_allclose(one[1], tape.grad(lambda x: np.abs(part(x)) ** 2)(C[1] * scale), rtol=1e-12)


def test_phases_that_turn_together_are_settled():
    """The phase of one vector alone is free; of a pair of singular vectors, only both."""

    def f(x):
        u, _, vh = LA.svd(x)
        return np.real(u[0, 0] * vh[0, 1] * (1 + 2j))

    assert check.dot_product(f, C[0]) < 1e4
    assert check.taylor(f, C[0]) > 1.8
    np.testing.assert_allclose(f(C[0] * 1e8), f(C[0]))
    np.testing.assert_allclose(tape.grad(f)(C[0] * 1e8) * 1e8, tape.grad(f)(C[0]), rtol=1e-9)


# ------------------------------------------------------------------- values that coincide

Q = LA.qr(C[0])[0]
TWICE = Q @ np.diag([1.0, 1.0, 2.0]) @ h(Q)


@pytest.mark.parametrize("values", [LA.eigvals, lambda x: LA.eig(x)[0]])
@pytest.mark.parametrize("scale", SCALES)
def test_complex_eigenvalues_that_coincide_and_are_told_apart_are_nan(values, scale):
    """Of the same size, but another sign or phase: the adjoints 1 and -1, or 1 and 1j."""
    for x in (np.diag([1.0, 1.0, 2.0]) + 0j, np.eye(3) + 0j):
        for weights in ([1, -1, 0], [1, 1j, 0]):
            f = lambda x, w=weights: np.real(np.sum(values(x) * np.array(w)))
            assert all_nan(tape.grad(f)(x * scale))
        alike = tape.grad(lambda x: np.real(np.sum(values(x) ** 2 * (1 + 2j))))
        np.testing.assert_allclose(alike(x * scale), 2 * (1 - 2j) * h(x).T * scale, atol=1e-12 * scale)
    assert np.isnan(tape.grad(lambda x: np.real(values(x)[0] - values(x)[2]))(TWICE * scale)).any()


@pytest.mark.parametrize("scale", SCALES)
def test_each_matrix_of_a_batch_for_itself(scale):
    """One with coinciding values, one without, and one of another scale."""
    good = np.real(A[0] + A[0].T)
    x = np.stack([np.eye(3), good, good * 1e6, np.diag([1e-6, 2e-6, 3.0])]) * scale
    programs = {
        "eigh": lambda x: LA.eigh(x)[1][..., 0] ** 2 * np.array([1.0, 2.0, 3.0]),
        "eig": lambda x: np.real(LA.eig(x)[1][..., 0] ** 2) * np.array([1.0, 2.0, 3.0]),
        "svd": lambda x: LA.svd(x)[0][..., 0] ** 2 * np.array([1.0, 2.0, 3.0]),
        "eigvalsh": lambda x: LA.eigvalsh(x)[..., 0],
        "svdvals": lambda x: LA.svdvals(x)[..., 0],
    }
    for f in programs.values():
        g = tape.grad(lambda x, f=f: np.sum(f(x)))(x)
        assert np.isnan(g[0]).any()
        for k in (1, 2, 3):
            assert np.isfinite(g[k]).all()
            np.testing.assert_allclose(g[k], tape.grad(lambda x, f=f: np.sum(f(x)))(x[k]), rtol=1e-9)


def test_eigenvalues_of_large_matrices_come_in_another_order_with_vectors():
    x = np.random.default_rng(0).normal(size=(150, 150))
    w, v = LA.eig(x)
    y = LA.eigvals(x)
    slopes = LA.inv(v)[:, :, None] * v.T[:, None, :]
    order = np.argmin(np.abs(y[:, None] - w), axis=1)
    weights = RNG.normal(size=150)
    want = np.real(np.einsum("k,kij->ij", weights, slopes[order]))
    got = tape.grad(lambda x: np.sum(weights * np.real(LA.eigvals(x))))(x)
    np.testing.assert_allclose(got, want, atol=1e-9 * np.max(np.abs(want)))
    d = RNG.normal(size=x.shape)
    _, tangent = tape.jvp(LA.eigvals, (x,), (d,))
    np.testing.assert_allclose(tangent, np.einsum("kij,ij->k", slopes[order], d), rtol=1e-7)


def test_eigenvalues_are_matched_whatever_the_order(monkeypatch):
    plain = LA.eig

    def rolled(x):
        w, v = plain(x)
        return np.roll(w, 1, axis=-1), np.roll(v, 1, axis=-1)

    f = lambda x: np.sum(LA.eigvals(x) ** 2 * np.array([1.0, 2.0, 3.0]))
    x = np.array([[3.0, 0.4, 0.2], [0.1, 2.0, 0.3], [0.5, 0.1, 1.0]])
    want = tape.grad(f)(x), tape.jvp(f, (x,), (A[0],))[1]
    monkeypatch.setattr(LA, "eig", rolled)
    np.testing.assert_allclose(tape.grad(f)(x), want[0], rtol=1e-12)
    np.testing.assert_allclose(tape.jvp(f, (x,), (A[0],))[1], want[1], rtol=1e-12)


def test_the_nearest_are_found_once_each():
    y = np.array([[3.0, 1.0, 2.0], [1.0, 1.0, 1.0]])
    w = np.array([[1.0, 2.0, 3.1], [1.0, 1.0, 1.0]])
    np.testing.assert_array_equal(D.nearest(y, w), [[2, 0, 1], [0, 1, 2]])
    np.testing.assert_array_equal(D.nearest(y[0] * 1j, w[0] * 1j), [2, 0, 1])
    assert D.nearest(np.zeros((2, 0)), np.zeros((2, 0))).shape == (2, 0)


@pytest.mark.parametrize("scale", SCALES)
def test_a_defect_is_nan_in_both_modes(scale):
    jordan = np.array([[1.0, 1.0], [0.0, 1.0]]) * scale
    x = np.stack([jordan, np.array([[1.0, 1.0], [0.0, 3.0]]) * scale])
    for f in (
        LA.eigvals,
        lambda x: LA.eig(x)[0],
        lambda x: np.abs(LA.eig(x)[1]) ** 2,
    ):
        _, tangent = tape.jvp(f, (x,), (np.ones_like(x),))
        adjoint = tape.grad(lambda x, f=f: np.sum(np.real(f(x))))(x)
        first_alone_is_nan(tangent)
        first_alone_is_nan(adjoint)


# --------------------------------------------------------------- values that vanish: tips

RANK_ONE = np.outer([1.0, 2.0, 3.0], [1.0, 2.0, -1.0])
NEARLY = RANK_ONE + EPS * np.array([[2.0, 0, 0], [0, -4.0, 0], [0, 0, 0]])


@pytest.mark.parametrize("part", [np.s_[:], np.s_[:, :2], np.s_[:2]])
@pytest.mark.parametrize("scale", SCALES)
def test_at_the_tip_of_a_norm_the_slope_is_none(part, scale):
    """As of ``abs`` at 0, whatever vectors LAPACK takes for the values that vanish."""
    x = RANK_ONE[part] * scale
    unit = x / LA.norm(x)
    for nuclear in (lambda x: LA.norm(x, "nuc"), lambda x: np.sum(LA.svdvals(x))):
        np.testing.assert_allclose(tape.grad(nuclear)(x), unit, atol=1e-12)
        np.testing.assert_array_equal(tape.grad(nuclear)(np.zeros_like(x)), np.zeros_like(x))
    np.testing.assert_allclose(tape.grad(lambda x: np.sum(LA.svd(x, full_matrices=False).S))(x), unit, atol=1e-12)
    np.testing.assert_allclose(tape.grad(lambda x: LA.norm(x, 2))(x), unit, atol=1e-12)
    for order in (2, -2):
        np.testing.assert_array_equal(tape.grad(lambda x, o=order: LA.norm(x, o))(x * 0), x * 0)
    np.testing.assert_array_equal(tape.grad(lambda x: LA.norm(x, -2))(x), np.zeros_like(x))


def test_norms_near_a_tip_are_numpys():
    x = np.stack([RANK_ONE, A[0]])
    for order in (2, -2, "nuc"):
        got = tape.vjp(lambda x, o=order: LA.norm(x, o, axis=(1, 2)), x)[0]
        np.testing.assert_allclose(got, LA.norm(x, order, axis=(1, 2)), rtol=1e-12, atol=1e-14)
    assert tape.vjp(lambda x: LA.norm(x, -2), NEARLY)[0] > 0
    s = np.array([[1.0, 1e-16], [1e-16, 1e-16]])
    np.testing.assert_array_equal(N.at_tip(s, size=2), [[0.0, 1e-16], [0.0, 0.0]])


@pytest.mark.parametrize("scale", SCALES)
def test_a_pole_where_values_vanish_is_nan(scale):
    for f in (
        lambda x: np.sum(np.log(LA.svdvals(x))),
        lambda x: np.sum(1 / LA.svdvals(x)),
        lambda x: np.sum(np.sqrt(LA.svdvals(x))),
        lambda x: LA.cond(x),
        lambda x: LA.svdvals(x)[-1],
    ):
        assert np.isnan(tape.grad(f)(NEARLY[:2] * scale)).any()
    with np.errstate(divide="ignore", invalid="ignore"):
        assert np.isnan(tape.grad(lambda x: np.sum(np.log(LA.svdvals(x))))(np.diag([scale, 0.0]))).any()


def test_no_batch_is_so_large_that_its_values_vanish():
    x = np.zeros((5000, 2, 2)) + np.diag([1.0, 3200 * EPS])
    got = tape.grad(lambda x: np.sum(LA.svdvals(x)))(x)
    np.testing.assert_allclose(got, np.broadcast_to(np.eye(2), x.shape))


@pytest.mark.parametrize("scale", SCALES)
def test_tips_are_flat_and_poles_are_not(scale):
    unit = 16 * 2 * EPS
    s = np.array([4.0, 0.5 * unit]) * scale
    # The slope times the value, beside the others' slope times the largest value.
    for near, flat in ((0.75, True), (1.5, False)):
        for sign in (1, -1):
            g = np.array([-2.0, sign * 2.0 * 4 / 0.5 * near])
            found = D.tips(np.stack([g, g]), np.stack([s, [1.0, 0.5]]), size=2)
            np.testing.assert_array_equal(found, [[0, -g[1] if flat else np.nan], [0, 0]])
    assert D.tips(np.zeros((2, 0)), np.zeros((2, 0)), size=0).shape == (2, 0)
    assert D.tips(np.ones(2, np.float32), np.ones(2, np.float32), size=2).dtype == np.float32


def test_second_derivatives_past_a_tip():
    """The square of a value is smooth where that vanishes: of its adjoint the value is taken away, not the slope."""
    x = LA.qr(A[0])[0] @ np.diag([2.0, 1.0, 0.0]) @ LA.qr(A[1])[0]
    np.testing.assert_allclose(tape.hvp(lambda x: np.sum(LA.svdvals(x) ** 2), (x,), (A[0],)), 2 * A[0], atol=1e-9)


@pytest.mark.parametrize("part", [np.s_[:, :, :2], np.s_[:, :2], np.s_[:, :1], np.s_[:, :, :1]])
def test_vectors_of_no_value_are_nan(part):
    """Of a tall or wide matrix, those beside the others' span aren't determined where their value vanishes."""
    tall = np.stack([RANK_ONE, A[1]])[part] * np.array([1.0, 1e-6])[:, None, None]
    if min(tall.shape[1:]) == 1:
        tall = np.stack([tall[0] * 0, tall[1]])
    f = lambda x: LA.svd(x, full_matrices=False)
    for k, pick in ((0, np.s_[..., -1]), (2, np.s_[..., -1, :])):
        g = tape.grad(
            lambda x, k=k, pick=pick: np.sum(f(x)[k][pick] ** 2 * np.arange(1.0, f(x)[k][pick].shape[-1] + 1))
        )(tall)
        assert np.isfinite(g[1]).all()
        _, tangents = tape.jvp(lambda x, k=k: f(x)[k], (tall,), (np.ones_like(tall),))
        assert np.isfinite(tangents[1]).all()
        if (k == 0) == (tall.shape[1] > tall.shape[2]):
            assert np.isnan(g[0]).any()
            assert np.isnan(tangents[0]).any()


@pytest.mark.parametrize(
    ("part", "k"),
    [(np.s_[:, :2], 2), (np.s_[:2], 0), (np.s_[:, :], 0), (np.s_[:, :], 2)],
    ids=["tall", "wide", "u", "v"],
)
def test_vectors_of_no_value_that_are_determined_have_their_derivative(part, k):
    """One value that vanishes: on the short side of a matrix, its vector is what is orthogonal to the others."""
    x = A[0] @ np.diag([1.0, 1.0, 0.0]) @ A[1]
    x = RANK_ONE[part] if np.s_[:, :] != part else x

    def f(x):
        found = LA.svd(x, full_matrices=False)[k]
        last = found[:, -1] if k == 0 else found[-1]
        return np.sum(last**2 * np.arange(1.0, 1.0 + np.shape(last)[0]))

    d = RNG.normal(size=x.shape)
    got = tape.grad(f)(x)
    np.testing.assert_allclose(along(got, d), difference(f, x, d), rtol=1e-6)
    np.testing.assert_allclose(tape.jvp(f, (x,), (d,))[1], difference(f, x, d), rtol=1e-6)


def test_singular_values_of_a_half_and_vectors_that_are_opposite():
    """Nothing cancels in what is divided by, or compared with: 2 s - 1, and the phases' adjoints of the two sides."""
    x = np.diag([0.5, 2.0])
    f = lambda x: np.sum(np.matmul(*LA.svd(x)[::2]) * np.array([[1.0, 2.0], [3.0, 4.0]]))
    d = RNG.normal(size=(2, 2))
    np.testing.assert_allclose(along(tape.grad(f)(x), d), difference(f, x, d), rtol=1e-6)
    for seed in range(5):
        z = np.random.default_rng(seed).normal(size=(2, 4, 4))
        z = z[0] + 1j * z[1]
        x = -np.matmul(z, h(z)) - np.eye(4)
        polar = lambda x: np.real(np.trace(np.matmul(*LA.svd(x)[::2])))
        np.testing.assert_allclose(tape.grad(polar)(x), np.zeros((4, 4)), atol=1e-12)


# --------------------------------------------------------------------- dependent columns


@pytest.mark.parametrize("scale", SCALES)
def test_qr_of_dependent_columns_is_nan(scale):
    base = RNG.normal(size=(4, 2)) @ RNG.normal(size=(2, 3))
    exactly = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    assert np.all(np.isnan(tape.grad(lambda x: np.sum(LA.qr(x)[0] ** 3))(exactly * scale)))
    assert np.all(np.isnan(tape.jvp(lambda x: LA.qr(x)[0], (exactly * scale,), (base,))[1]))
    x = np.stack([base, RNG.normal(size=(4, 3))]) * scale
    for f in (lambda x: LA.qr(x)[0][..., 2] ** 3, lambda x: LA.qr(x)[1][..., 0, 2] ** 2):
        g = tape.grad(lambda x, f=f: np.sum(f(x)))(x)
        _, tangent = tape.jvp(f, (x,), (np.ones_like(x),))
        first_alone_is_nan(g)
        first_alone_is_nan(tangent)


def test_columns_are_independent_beyond_rounding_whatever_their_sizes():
    n = 3
    for near, good in ((0.75, False), (1.5, True)):
        for size in (1e-200, 1e-8, 1.0, 1e8):
            r = np.eye(n)
            r[:, -1] = (
                [0.1, -size, size * 16 * n * EPS * near] if size >= 1 else np.array([0, -1, 16 * n * EPS * near]) * size
            )
            assert (D.independent(r)[0, 0] == 1) == good
            assert (D.independent(np.stack([r, np.eye(n)]))[:, 0, 0] == 1).tolist() == [good, True]
    assert D.independent(np.eye(2, dtype=np.complex64)).dtype == np.float32
    assert D.independent(np.zeros((2, 0, 0))).shape == (2, 1, 1)
    assert np.isnan(D.independent(np.zeros((2, 2))))
    # A column of other units.
    x = RNG.normal(size=(3, 2)) * np.array([1.0, 1e-20])
    f = lambda x: LA.qr(x)[1][1, 1] * 1e20
    d = RNG.normal(size=(3, 2)) * np.array([1.0, 1e-20])
    np.testing.assert_allclose(along(tape.grad(f)(x), d), difference(f, x, d), rtol=1e-7)
