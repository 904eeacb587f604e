import numpy as np
import pytest

import tape
from tests.rules.checks import same
from tests.samples.base import r

P, Q, X = r(4), r(3), r(5)
AT = np.array([-1.0, -0.3, 0.2, 0.9, 1.4, 2.1])
Y, W = r(6), r(6, low=0.5, high=2.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda p, q: np.polyadd(p, q),
        lambda p, q: np.polyadd(q, p),
        lambda p, q: np.polysub(p, [1.0, 2.0]),
        lambda p, q: np.polyadd(2.0, q),
        lambda p, q: np.polymul(p, q),
        lambda p, q: np.polymul(np.concatenate([[0.0, 0.0], p]), q),
        lambda p, q: np.polymul([1, 2], q),
        lambda p, q: np.polydiv(p, q),
        lambda p, q: np.polydiv(q, p),
        lambda p, q: np.polydiv(np.polymul(p, q), q),
        lambda p, q: np.polydiv(p, 2.0),
        lambda p, q: np.polyder(p),
        lambda p, q: np.polyder(p, 2),
        lambda p, q: np.polyint(p, 2, k=[1.0, 2.0]),
        lambda p, q: np.polyint(p, k=q[0]),
        lambda p, q: np.polyint(p, 2, k=q),
        lambda p, q: np.polyint(p, 3, k=2.0),
        lambda p, q: np.poly(p),
        lambda p, q: np.polyval(p, q),
        lambda p, q: np.polyval(p, np.polyval(p, q)),
        lambda p, q: np.polyval([1, 2, 3], q),
        lambda p, q: np.polyval([p[0], 2.0, p[1]], p),
        lambda p, q: np.polyval(np.reshape(p, (2, 2)), q[:2]),
        lambda p, q: np.vander(p, 3),
        lambda p, q: np.vander(p, increasing=True),
        lambda p, q: np.polynomial.polynomial.polyval(p, [1.0, 2.0, 3.0]),
        lambda p, q: np.polynomial.chebyshev.chebval(p, [1.0, 2.0, 3.0]),
        lambda p, q: np.polynomial.legendre.legval(p, [1.0, 2.0, 3.0]),
        lambda p, q: np.polynomial.hermite.hermval(p, [1.0, 2.0, 3.0]),
        lambda p, q: np.polynomial.laguerre.lagval(p, [1.0, 2.0, 3.0]),
        lambda p, q: np.poly1d([1.0, 2.0, 3.0])(q),
        lambda p, q: np.poly1d(p)(q),
        lambda p, q: (np.poly1d(p) * np.poly1d(q)).coeffs,
        lambda p, q: (np.poly1d(p) + q).coeffs,
        lambda p, q: np.poly1d(p).deriv().integ()(q),
    ],
)
def test_programs(f):
    same(f, P, Q)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y, w: np.polyfit(x, y, 2),
        lambda x, y, w: np.polyfit(x, y, 3, w=w),
        lambda x, y, w: np.polyfit(x, np.stack([y, y * w], axis=1), 1, w=w),
        lambda x, y, w: np.polyfit(x, y, 2, cov=True),
        lambda x, y, w: np.polyfit(x, y, 2, w=w, cov="unscaled"),
        lambda x, y, w: np.polyfit(x, np.stack([y, w], axis=1), 1, cov=True),
        lambda x, y, w: np.polyfit(AT, y, 0),
        lambda x, y, w: np.polyval(np.polyfit(x, y, 3), 0.5),
    ],
)
def test_fits(f):
    same(f, AT, Y, W)


def test_fit_of_a_polynomial_is_the_polynomial():
    p = np.array([1.0, -2.0, 0.5])
    jacobian = tape.jacobian(lambda y: np.polyfit(AT, y, 2))(np.polyval(p, AT))
    np.testing.assert_allclose(jacobian, np.linalg.pinv(np.vander(AT, 3)), rtol=1e-12, atol=1e-14)
    # Moving a point along the curve moves nothing: dp/dx = -pinv(V) diag(p').
    moved = tape.jacobian(lambda x: np.polyfit(x, np.polyval(p, AT), 2))(AT)
    np.testing.assert_allclose(moved, -np.linalg.pinv(np.vander(AT, 3)) * np.polyval(np.polyder(p), AT), atol=1e-13)


def test_ill_conditioned_fit_is_not_squared():
    x = np.linspace(1, 2, 30)
    jacobian = tape.jacobian(lambda y: np.polyfit(x, y, 8))(np.sin(x))
    exact = np.linalg.pinv(np.vander(x, 9) / np.linalg.norm(np.vander(x, 9), axis=0), rcond=1e-15)
    exact = exact / np.linalg.norm(np.vander(x, 9), axis=0)[:, None]
    # The condition is 5e9: by way of the normal equations, nothing would be left.
    assert np.max(np.abs(jacobian - exact)) < 1e-5 * np.max(np.abs(exact))


def test_full_fit():
    t = tape.Tape()
    y = t.input(Y)
    got, want = np.polyfit(AT, y, 2, full=True), np.polyfit(AT, Y, 2, full=True)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a.value if isinstance(a, tape.Var) else a, b, rtol=1e-12)
    same(lambda y: np.polyfit(AT, y, 2, full=True)[1], Y)
    assert np.polyfit(AT[:3], y[:3], 2, full=True)[1].shape == (0,)


def test_degenerate_fit():
    with pytest.raises(tape.DegenerateError, match="fit fewer"):
        tape.grad(lambda y: np.sum(np.polyfit(np.ones(6), y, 2)))(Y)
    for args, kind in (((AT, Y, -1), ValueError), ((AT[None], Y, 1), TypeError), ((AT, Y[:3], 1), TypeError)):
        with pytest.raises(kind):
            np.polyfit(*args)
        with pytest.raises(kind):
            t = tape.Tape()
            np.polyfit(t.input(args[0]), *args[1:])


# -------------------------------------------------------------------------- roots


def test_roots():
    p = np.poly([2.0, -2.0, 0.0])  # NumPy puts the zero last, and no longer so at the slightest change
    same(lambda p: np.sum(np.roots(p) ** 4), p)
    for roots in ([1.0, 2.0, -3.0], [0.5], [2.0, -1.0]):
        p = np.poly(roots) * 2.0
        same(lambda p: np.roots(p), p)
        jacobian = tape.jacobian(lambda r: np.roots(2.0 * np.poly(r)))(np.roots(p))
        np.testing.assert_allclose(jacobian, np.eye(len(roots)), atol=1e-13)
    p = np.array([1.0, 0.0, 1.0, 2.0])  # a pair of conjugates
    same(lambda p: np.real(np.roots(p)) ** 2, p)
    same(lambda p: np.abs(np.roots(p)), p)
    same(lambda p: np.roots(np.concatenate([[0.0], p])).real, p)
    assert tape.jacobian(lambda p: np.real(np.roots(p[:1])))(p).shape == (0, 4)


def test_sums_and_products_of_roots():
    # Vieta: the sum of the roots is -p[1] / p[0], their product (-1)**n p[n] / p[0].
    gradient = tape.grad(lambda p: np.real(np.sum(np.roots(p))))(P)
    np.testing.assert_allclose(gradient, [P[1] / P[0] ** 2, -1 / P[0], 0, 0], atol=1e-12)
    gradient = tape.grad(lambda p: np.real(np.prod(np.roots(p))))(P)
    np.testing.assert_allclose(gradient, [P[3] / P[0] ** 2, 0, 0, -1 / P[0]], atol=1e-12)


@pytest.mark.parametrize("roots", [[1.0, 1.0], [0.0, 0.0, 2.0], [1.0, 1.0, 1.0, 3.0], [2.0, -1.0, -1.0], [0, 0, 0]])
def test_multiple_roots_have_no_derivative(roots):
    p = np.poly(roots)
    with pytest.raises(tape.DegenerateError, match="multiple"):
        tape.grad(lambda p: np.real(np.sum(np.roots(p))))(p)
    with pytest.raises(tape.DegenerateError, match="multiple"):
        tape.jvp(np.roots, (p,), (np.ones_like(p),))


def test_close_roots_still_have_one():
    p = np.poly([1.0, 1.0 + 1e-3, 3.0])
    gradient = tape.grad(lambda p: np.real(np.sum(np.roots(p))))(p)
    np.testing.assert_allclose(gradient, [p[1], -1, 0, 0], atol=1e-5)


def test_coefficients_of_conjugate_roots_are_real():
    z = np.array([1.0 + 2.0j, 1.0 - 2.0j, 0.5])
    t = tape.Tape()
    found = np.poly(t.input(z))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found.value, np.poly(z))
    assert np.poly(t.input(z[:1])).dtype == np.complex128
    assert np.poly(t.input(z[:0])) == 1.0
    with pytest.raises(ValueError, match="1d or non-empty square"):
        np.poly(t.input(np.ones((2, 3))))


def test_coefficients_of_a_matrix():
    if not any(np.linalg.eigvals in table for table in (tape.rule.TABLE, tape.rule.COMPOSITE)):
        pytest.skip("eigenvalues have no rule")
    a = np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 0.7], [0.1, 0.4, 2.0]])
    same(lambda a: np.poly(a), a)
    # The last coefficient is the determinant, but for its sign.
    np.testing.assert_allclose(tape.grad(lambda a: -np.poly(a)[3])(a), np.linalg.det(a) * np.linalg.inv(a).T)


# --------------------------------------------------------------------------- kinds


@pytest.mark.parametrize(
    "f",
    [
        lambda p: np.polyadd(p, p),
        lambda p: np.polymul(p, p),
        lambda p: np.polyder(p),
        lambda p: np.polyint(p),
        lambda p: np.poly(p),
        lambda p: np.polyval(p, p),
        lambda p: np.polyval(p, 2.0),
        lambda p: np.polyval(p, 3),
        lambda p: np.vander(p),
        lambda p: np.roots(p),
        lambda p: np.polydiv(p, p[:2])[0],
        lambda p: np.polyfit(AT[:4].astype(np.float32), p, 1),
    ],
)
def test_dtypes_are_numpys(f):
    p = P.astype(np.float32)
    t = tape.Tape()
    v = t.input(p)
    got, want = f(v), f(p)
    assert got.dtype == want.dtype
    assert t.sweep(np.sum(np.real(got)))[v].dtype == np.float32


def test_2d_polynomials():
    c, x, y = r(2, 3), r(4), r(4)
    same(lambda x, y, c: np.polynomial.polynomial.polyval2d(x, y, c), x, y, c)
    same(lambda x, y, c: np.polynomial.polynomial.polygrid2d(x, y[:2], c), x, y, c)


@pytest.mark.parametrize(
    "f", [lambda p: np.polynomial.polynomial.polyval(2.0, p), lambda p: np.polynomial.Polynomial(p)]
)
def test_what_numpy_does_not_dispatch_is_refused(f):
    with pytest.raises(tape.DetachError):
        tape.grad(lambda p: np.sum(f(p)))(P)


def test_values_at_a_polynomial_are_refused():
    with pytest.raises(tape.OptionError, match="compose"):
        tape.grad(lambda p: np.polyval(p, np.poly1d([1.0, 2.0])))(P)


@pytest.mark.parametrize("f", [np.polymul, np.polydiv])
def test_polynomials_are_of_one_axis(f):
    with pytest.raises(ValueError, match="1d only"):
        f(tape.Tape().input(np.ones((2, 2))), [1.0, 2.0])
    with pytest.raises(ValueError, match="positive"):
        np.polyder(tape.Tape().input(P), -1)


def test_against_torch():
    torch = pytest.importorskip("torch")
    a, y = (torch.tensor(v, requires_grad=True) for v in (AT, Y))
    v = torch.stack([a**2, a, a**0], dim=1)
    loss = torch.sum(torch.linalg.lstsq(v, y[:, None]).solution ** 2)
    loss.backward()
    got = tape.grad(lambda x, y: np.sum(np.polyfit(x, y, 2) ** 2), argnums=(0, 1))(AT, Y)
    np.testing.assert_allclose(got[0], a.grad, rtol=1e-11)
    np.testing.assert_allclose(got[1], y.grad, rtol=1e-11)


def test_roots_are_multiple_by_their_own_rounding_whatever_the_scale():
    sums = tape.grad(lambda p: np.sum(np.real(np.roots(p))))
    np.testing.assert_allclose(sums(np.array([1e-14, 1e-14])), [1e14, -1e14])
    np.testing.assert_allclose(sums(np.array([1e-14, -3e-14, 2e-14])), [-3e14, -1e14, 0], atol=1e3)
    with pytest.raises(tape.DegenerateError, match="multiple"):
        sums(np.poly([1, 1 + 1e-9]))
    with pytest.raises(tape.DegenerateError, match="multiple"):
        sums(np.poly([1000, 1000 + 1e-6]))
