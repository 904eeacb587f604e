"""Inverses, systems and decompositions: as programs that don't depend on the library's choices, and where they end."""

import types

import numpy as np
import pytest

import tape
from tape import check
from tape.check.arguments import leaves
from tape.check.identities import curvature, weighed_gradient
from tape.errors import OptionError

LA = np.linalg
RNG = np.random.default_rng(5)
A = RNG.normal(size=(2, 3, 3))
B = RNG.normal(size=(2, 3, 2))
C = A + 1j * RNG.normal(size=A.shape)
WIDE, TALL = np.s_[:, :2], np.s_[:, :, :2]


def h(x):
    return np.conj(np.swapaxes(x, -1, -2))


def stretched(q, w, p):
    """Return ``q diag(f(w)) p``: independent of the phases and the order of what is decomposed."""
    return np.matmul(q * np.exp(w / 10)[..., None, :], p)


def eigh(x):
    w, v = LA.eigh(x + h(x))
    return [w, np.abs(v) ** 2, stretched(v, w, h(v))]


def eig(x):
    w, v = LA.eig(x)
    return [w, np.abs(v) ** 2]


def svd(x):
    u, s, vh = LA.svd(x, full_matrices=False)
    return [s, np.abs(u) ** 2, np.abs(vh) ** 2, np.matmul(u, vh), stretched(u, s, vh)]


PROGRAMS = {
    "inv": (LA.inv, ...),
    "det": (LA.det, ...),
    "slogdet": (lambda x: list(LA.slogdet(x)), ...),
    "solve": (lambda x: LA.solve(x, B), ...),
    "solve of a vector": (lambda x: LA.solve(x, B[0, :, 0]), ...),
    "pinv of wide": (LA.pinv, WIDE),
    "pinv of tall": (LA.pinv, TALL),
    "cholesky": (lambda x: LA.cholesky(np.matmul(x, h(x))), ...),
    "upper cholesky": (lambda x: LA.cholesky(np.matmul(x, h(x)), upper=True), ...),
    "qr": (lambda x: list(LA.qr(x)), ...),
    "complete qr": (lambda x: list(LA.qr(x, mode="complete")), ...),
    "qr of tall": (lambda x: list(LA.qr(x)), TALL),
    "qr of wide": (lambda x: list(LA.qr(x)), WIDE),
    "eigh": (eigh, ...),
    "eigvalsh": (lambda x: LA.eigvalsh(x + h(x)), ...),
    "upper eigvalsh": (lambda x: LA.eigvalsh(x + h(x), "U"), ...),
    "eig": (eig, ...),
    "eigvals": (LA.eigvals, ...),
    "svd": (svd, ...),
    "svd of tall": (svd, TALL),
    "svd of wide": (svd, WIDE),
    "svdvals": (LA.svdvals, TALL),
    "cond": (LA.cond, ...),
    "smallest cond": (lambda x: LA.cond(x, -2), ...),
    "cond of order inf": (lambda x: LA.cond(x, np.inf), ...),
    "nuclear norm": (lambda x: LA.norm(x, "nuc", axis=(0, 2), keepdims=True), ...),
    "matrix power": (lambda x: LA.matrix_power(x, -3), ...),
}


@pytest.mark.parametrize("kind", ["real", "complex"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_both_modes_and_both_orders(name, kind):
    f, part = PROGRAMS[name]
    x = (A if kind == "real" else C)[part]
    # Conditions of these matrices are below 100, and enter squared into second derivatives.
    assert check.dot_product(f, x) < 1e4
    assert check.taylor(f, x) > 1.8
    gradient = weighed_gradient(f, x)
    assert check.taylor(gradient, x) > 1.8
    assert curvature(gradient, x) > 1.8


def in_torch(torch):
    """Return the programs that torch has, by name."""
    linalg = torch.linalg

    def stretched(q, w, p):
        return torch.matmul(q * torch.exp(w / 10)[..., None, :], p)

    def eigh(x):
        w, v = linalg.eigh(x + x.mH)
        return [w, v.abs() ** 2, stretched(v, w.to(v.dtype), v.mH)]

    def eig(x):
        w, v = linalg.eig(x)
        return [w, v.abs() ** 2]

    def svd(x):
        u, s, vh = linalg.svd(x, full_matrices=False)
        return [s, u.abs() ** 2, vh.abs() ** 2, torch.matmul(u, vh), stretched(u, s.to(u.dtype), vh)]

    b = torch.from_numpy(B)
    return {
        "inv": linalg.inv,
        "det": linalg.det,
        "slogdet": lambda x: list(linalg.slogdet(x)),
        "solve": lambda x: linalg.solve(x, b.to(x.dtype)),
        "pinv of wide": linalg.pinv,
        "pinv of tall": linalg.pinv,
        "cholesky": lambda x: linalg.cholesky(x @ x.mH),
        "upper cholesky": lambda x: linalg.cholesky(x @ x.mH, upper=True),
        "qr": lambda x: list(linalg.qr(x)),
        "qr of tall": lambda x: list(linalg.qr(x)),
        "qr of wide": lambda x: list(linalg.qr(x)),
        "eigh": eigh,
        "eigvalsh": lambda x: linalg.eigvalsh(x + x.mH),
        "eig": eig,
        "svd": svd,
        "svd of tall": svd,
        "svd of wide": svd,
        "svdvals": linalg.svdvals,
        "cond": linalg.cond,
        "nuclear norm": lambda x: linalg.matrix_norm(x, "nuc", dim=(0, 2), keepdim=True),
        "matrix power": lambda x: linalg.matrix_power(x, -3),
    }


@pytest.mark.parametrize("kind", ["real", "complex"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_adjoints_are_torchs(name, kind):
    torch = pytest.importorskip("torch")
    theirs = in_torch(torch).get(name)
    if theirs is None:
        return
    f, part = PROGRAMS[name]
    x = (A if kind == "real" else C)[part]
    out, pullback = tape.vjp(lambda x: leaves(f(x)), x)
    tensor = torch.from_numpy(x.copy()).requires_grad_()
    made = theirs(tensor)
    made = made if isinstance(made, list) else [made]
    total = 0
    seeds = []
    for y, z in zip(out, made, strict=True):
        w = RNG.normal(size=np.shape(y)) + (1j * RNG.normal(size=np.shape(y)) if np.iscomplexobj(y) else 0)
        seeds.append(w)
        seed = torch.from_numpy(np.asarray(w))
        total = total + (torch.conj(seed).to(z.dtype) * z).real.sum()
        # The same value, though by another LAPACK.
        np.testing.assert_allclose(y, z.detach().numpy(), rtol=1e-9, atol=1e-9)
    if name == "eig" and kind == "real" and not np.iscomplexobj(out[0]):
        return
    total.backward()
    np.testing.assert_allclose(pullback(seeds)[0], tensor.grad.numpy(), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: LA.lstsq(x[:, :2], B[0, :, 0]),
        lambda x: LA.lstsq(x[:2], B[0, :2]),
        lambda x: LA.tensorsolve(np.reshape(x, (3, 3)), np.ones(3)),
        lambda x: LA.tensorinv(np.reshape(x, (3, 1, 3)), 1),
        *(lambda x, p=p: LA.cond(x, p) for p in (None, 2, -2, 1, -1, np.inf, -np.inf, "fro")),
        *(lambda x, o=o: LA.norm(x, o) for o in (None, 1, -1, 2, -2, np.inf, -np.inf, "fro", "nuc")),
        *(lambda x, o=o: LA.norm(x, o, axis=0) for o in (None, 0, 1, -1, 2, 3, 0.5, np.inf, -np.inf)),
        lambda x: LA.norm(x, 2, axis=(1, 0), keepdims=True),
        lambda x: LA.matrix_rank(x),
        lambda x: LA.qr(x[:, :2]),
        lambda x: LA.qr(x[:2]),
        lambda x: LA.qr(x, mode="r"),
        lambda x: LA.svd(x[:2], full_matrices=False),
        lambda x: LA.svd(x, compute_uv=False),
        lambda x: LA.eigh(x + x.T),
        lambda x: LA.slogdet(x),
    ],
)
def test_values_and_types_are_numpys(call):
    t = tape.Tape()
    want, got = call(A[0]), call(t.input(A[0]))
    assert type(got) in (type(want), tape.Var)
    for a, b in zip(want if isinstance(want, tuple) else [want], got if isinstance(got, tuple) else [got], strict=True):
        value = b.value if isinstance(b, tape.Var) else b
        assert np.shape(value) == np.shape(a)
        # The same numbers, though a norm may be added up in another order.
        np.testing.assert_allclose(value, a, rtol=1e-12, atol=1e-12)


# ------------------------------------------------------------------ where values coincide

Q = LA.qr(A[0])[0]
DEGENERATE = Q @ np.diag([1.0, 1.0, 2.0]) @ Q.T


def test_what_treats_coinciding_eigenvalues_alike_has_its_derivative():
    for x in (DEGENERATE, np.eye(3), np.zeros((3, 3))):
        for values in (LA.eigvalsh, lambda x: LA.eigh(x)[0]):  # the sum of the squares of the elements
            np.testing.assert_allclose(tape.grad(lambda x: np.sum(values(x) ** 2))(x), 2 * x, atol=1e-12)
        for values in (LA.svdvals, lambda x: LA.svd(x).S):
            np.testing.assert_allclose(tape.grad(lambda x: np.sum(values(x) ** 2))(x), 2 * x, atol=1e-12)
    # The discriminant, which is smooth where two eigenvalues meet.
    np.testing.assert_array_equal(tape.grad(lambda x: np.ptp(LA.eigvalsh(x)) ** 2)(np.eye(2)), np.zeros((2, 2)))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: LA.eigh(x)[0][0],
        lambda x: LA.eigvalsh(x)[0],
        lambda x: LA.eigh(x)[1][0, 0],
        lambda x: LA.svd(x)[1][1],
        lambda x: LA.svdvals(x)[1],
        lambda x: LA.svd(x)[0][0, 1],
        lambda x: np.sum(np.matmul(LA.eigh(x)[1] * LA.eigh(x)[0] ** 2, LA.eigh(x)[1].T)),
        lambda x: np.sum(np.matmul(LA.svd(x).U, LA.svd(x).Vh)),
        lambda x: np.real(LA.eig(np.diag(np.array([1.0, 1.0, 2.0])) + 0 * x)[0])[0],
    ],
)
def test_what_depends_on_the_basis_or_seems_to_is_nan(f):
    """At the identity, the basis that LAPACK takes is that of the axes: many adjoints of vectors vanish by accident."""
    for x in (DEGENERATE, np.diag([1.0, 1.0, 2.0]), np.eye(3)):
        assert np.isnan(tape.grad(f)(x)).any()


def test_second_derivatives_where_eigenvalues_coincide_are_not_made_up():
    assert np.isnan(tape.hvp(lambda x: np.sum(LA.eigvalsh(x) ** 3), (np.eye(3),), (A[0],))).any()


def test_a_phase_that_is_free_is_nan():
    def phase(x):
        return np.real(LA.eigh(x + h(x))[1][1, 0] * (1 + 2j))

    assert np.isnan(tape.grad(phase)(C[0])).any()


def test_a_defective_matrix_has_no_derivative():
    jordan = np.array([[1.0, 1.0], [0.0, 1.0]])
    assert np.isnan(tape.grad(lambda x: np.sum(np.real(LA.eigvals(x)) ** 2))(jordan)).any()


# -------------------------------------------------------------------------- singular ones

SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])


def test_determinant_of_a_singular_matrix():
    minors = np.array(
        [[(-1) ** (i + j) * LA.det(np.delete(np.delete(SINGULAR, i, 0), j, 1)) for j in range(3)] for i in range(3)]
    )
    np.testing.assert_allclose(tape.grad(LA.det)(SINGULAR), minors, atol=1e-12)
    np.testing.assert_array_equal(tape.grad(LA.det)(np.zeros((3, 3))), np.zeros((3, 3)))


def test_singular_matrices_are_errors():
    with pytest.raises(LA.LinAlgError, match="[Ss]ingular"):
        tape.grad(lambda x: np.sum(LA.inv(x)))(np.zeros((2, 2)))
    with pytest.raises(LA.LinAlgError, match="[Ss]ingular") as caught:
        tape.grad(lambda x: LA.slogdet(x)[1])(np.zeros((2, 2)))
    assert "slogdet" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: LA.svd(x[:2]), "full_matrices=False"),
        (lambda x: LA.svd(x, hermitian=True), "eigh"),
        (lambda x: LA.qr(x[:, :2], mode="complete"), "mode='reduced'"),
        (lambda x: LA.qr(x, mode="raw"), "'reduced'"),
    ],
)
def test_what_has_no_derivative_names_the_way_out(call, words):
    with pytest.raises(OptionError, match=words):
        call(tape.Tape().input(A[0]))


def test_single_precision_stays():
    x = A[0].astype(np.float32)
    for f in (LA.det, lambda x: np.sum(LA.inv(x)), lambda x: LA.svd(x)[1][0], lambda x: LA.eigh(x + x.T)[1][0, 0] ** 2):
        assert tape.grad(f)(x).dtype == np.float32


def test_entries_of_several_results_replay_and_export():
    t = tape.Tape()
    x = t.input(A[0], name="x")
    w, v = LA.eigh(x + x.T)
    y = np.sum(np.exp(w) * v[0] ** 2) + LA.slogdet(x).logabsdet
    adjoint = t.sweep(y)[x]
    module = types.ModuleType("exported")
    exec(t.source(y), module.__dict__)
    value, residuals = module.forward(A[0])
    assert value == y.value
    np.testing.assert_array_equal(module.adjoint(residuals)[0], adjoint)
