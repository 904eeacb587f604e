"""Solutions of equations and of minimisations, differentiated by the implicit function theorem."""

import numpy as np
import pytest
import scipy.optimize as so

import tape
from tape.errors import DegenerateError, InputTypeError, OptionError, ShapeError
from tape.scipy import optimize
from tests.rules.checks import same


def equations(x, a, b):
    return np.stack([x[0] ** 3 + a * x[1] - b[0], x[1] + x[0] * b[1]])


def test_root():
    a, b = np.asarray(-1.3), np.array([2.0, 0.4])
    found = optimize.root(equations, np.ones(2), (a, b), tol=1e-13)
    np.testing.assert_allclose(equations(found.x, a, b), 0, atol=1e-12)
    same(lambda a, b: optimize.root(equations, np.ones(2), (a, b), tol=1e-13).x, a, b)


def test_root_of_an_array_and_of_a_number():
    c = np.array([[2.0, 3.0], [4.0, 5.0]])
    same(lambda c: optimize.root(lambda x, c: x * x * x - c, np.ones((2, 2)), c, tol=1e-12).x, c)
    x = lambda c: optimize.newton(lambda x, c: x * x - c, 1.0, args=(c,))
    assert x(2.0) == pytest.approx(np.sqrt(2))
    assert tape.grad(x)(2.0) == pytest.approx(0.5 / np.sqrt(2))
    assert tape.grad(tape.grad(x))(2.0) == pytest.approx(-0.25 * 2**-1.5)


def test_integers_among_the_parameters_are_constants():
    f = lambda c: np.sum(optimize.root(lambda x, n, c: x**n - c, np.ones(2), (3, c), tol=1e-12).x)
    np.testing.assert_allclose(tape.grad(f)(np.array([8.0, 27.0])), [1 / 12, 1 / 27])


def test_degenerate_and_unsolved():
    with pytest.raises(DegenerateError):
        tape.grad(lambda c: np.sum(optimize.root(lambda x, c: (x - c) ** 3, np.ones(1), (c,)).x))(np.asarray(1.0))
    with pytest.raises(RuntimeError, match="no solution"):
        optimize.root(lambda x, c: x * x + c, np.ones(1), (1.0,))


def test_minimize():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), rng.normal(size=20)

    def ridge(w, s, y):
        return np.sum((x @ w - y) ** 2) + s * np.sum(w * w)

    solved = lambda s, y: np.linalg.solve(x.T @ x + s * np.eye(3), x.T @ y)
    ours = lambda s, y: optimize.minimize(ridge, np.zeros(3), (s, y)).x
    s = np.asarray(0.7)
    np.testing.assert_allclose(ours(s, y), solved(s, y), rtol=1e-12)
    for k in (0, 1):
        np.testing.assert_allclose(tape.jacobian(ours, k)(s, y), tape.jacobian(solved, k)(s, y), rtol=1e-10, atol=1e-13)
    f = lambda g: lambda s: np.sum(g(s, y) ** 2)
    np.testing.assert_allclose(tape.hessian(f(ours))(s), tape.hessian(f(solved))(s), rtol=1e-9)
    # The minimum's own value changes as the function does with its argument held (the envelope theorem).
    least = lambda s: optimize.minimize(ridge, np.zeros(3), (s, y)).fun
    assert tape.grad(least)(s) == pytest.approx(np.sum(ours(s, y) ** 2))


def cube(x, c):
    return x * x * x - c


def test_complex_and_nested_parameters():
    """Of a complex parameter the derivative came out as zero."""
    size = lambda c: np.sum(optimize.root(lambda x, c: x * x - np.abs(c) ** 2, np.ones(1), (c,)).x)
    np.testing.assert_allclose(tape.grad(size)(3 + 4j), 0.6 + 0.8j)
    product = lambda a, b: np.sum(
        optimize.root(lambda x, p: cube(x, p["a"] * p["b"][0]), [1.0], ({"a": a, "b": [b]},)).x
    )
    np.testing.assert_allclose(tape.grad(product, (0, 1))(4.0, 2.0), [2 / 12, 4 / 12])


def test_units_are_no_singularity():
    f = lambda c: np.sum(optimize.root(lambda x, c: np.stack([x[0] - c, 1e-18 * (x[1] - c)]), np.zeros(2), c).x)
    assert tape.grad(f)(1.0) == pytest.approx(2)


def test_closures_are_refused():
    for call in (
        lambda c: optimize.root(lambda x: x * x - c, np.ones(1)).x,
        lambda c: optimize.root(lambda x, d: x * x - c * d, np.ones(1), (c,), method="krylov").x,
        lambda c: optimize.minimize(lambda x: np.sum((x - c) ** 2), np.ones(1)).x,
        lambda c: optimize.minimize(lambda x, d: np.sum((x - c) ** 2), np.ones(1), (c,), method="Nelder-Mead").x,
    ):
        with pytest.raises(InputTypeError, match="closes over a variable"):
            tape.grad(lambda c, call=call: call(c)[0])(2.0)


def test_what_is_refused():
    with pytest.raises(ShapeError, match=r"shape \(\), not \(2,\)"):
        optimize.root(lambda x, c: x[0] - c, np.ones(2), (1.0,))
    with pytest.raises(OptionError, match="constraints"):
        optimize.minimize(lambda x: np.sum(x * x), np.ones(2), constraints={"type": "eq", "fun": np.sum})
    with pytest.raises(OptionError, match="jac"):
        optimize.root(lambda x: x, np.ones(2), jac=np.eye)
    with pytest.raises(OptionError, match="takes no bounds"):
        optimize.minimize(lambda x: np.sum(x * x), np.ones(2), method="BFGS", bounds=[(0, 1)] * 2)
    with pytest.raises(ShapeError, match="one pair"):
        optimize.minimize(lambda x: np.sum(x * x), np.ones(2), bounds=[(0, 1)])
    with pytest.raises(InputTypeError, match="complex"):
        optimize.root(lambda x: x, 1j * np.ones(2))


@pytest.mark.parametrize(
    "f",
    [
        lambda c: optimize.root(lambda x, c: (x - c) ** 3, np.zeros(1) + 0.3, (c,)).x,  # stops near the root
        lambda c: optimize.root(lambda x, c: (x - c) ** 2, np.zeros(1) + 0.3, (c,)).x,
        lambda c: optimize.minimize(lambda x, c: np.sum(x**4 - (c - 1) * x), np.ones(1), (c,)).x,
        lambda c: optimize.minimize(lambda x, c: np.sum(np.exp(-c * x)), np.ones(1), (c,)).x,  # falls forever
        lambda c: optimize.minimize(lambda x, c: (x[0] - c) ** 2, np.ones(2), (c,)).x,
    ],
)
def test_what_is_nearly_degenerate(f):
    """Near a root of several equal ones the derivative came out as whatever rounding left."""
    f(np.asarray(1.0))
    with pytest.raises(DegenerateError):
        tape.grad(lambda c: f(c)[0])(1.0)


@pytest.mark.filterwarnings("ignore:delta_grad == 0.0")  # SciPy's, at the minimum itself: on some processors only
@pytest.mark.parametrize("method", ["dogleg", "trust-exact", "trust-constr", "Newton-CG", "Nelder-Mead", None])
def test_methods(method):
    f = lambda c: np.sum(optimize.minimize(lambda x, c: np.sum(np.cosh(x - c)), np.zeros(2), c, method).x ** 2)
    np.testing.assert_allclose(tape.grad(f)(np.array([0.3, 0.5])), [0.6, 1.0], rtol=1e-9)


A = np.array([[3.0, 1.0, 0.5], [1.0, 2.0, -0.3], [0.5, -0.3, 1.5]])


def bowl(x, b):
    return 0.5 * np.sum(x * (A @ x)) - np.sum(b * x) + np.sum(x**4) / 20


@pytest.mark.filterwarnings("ignore:delta_grad == 0.0")
@pytest.mark.parametrize("method", [None, "TNC", "SLSQP", "trust-constr", "Nelder-Mead"])
def test_bounds(method):
    """One unknown on its lower bound, one on its upper, one between."""
    b, low, high = np.array([-2.0, 3.0, 1.0]), np.array([-0.2, -1.0, -4.0]), np.array([5.0, 0.9, 4.0])

    def least(b, low, high):
        return optimize.minimize(bowl, np.zeros(3), (b,), method, bounds=list(zip(low, high, strict=True))).x

    x = least(b, low, high)
    theirs = so.minimize(bowl, np.zeros(3), (b,), bounds=so.Bounds(low, high), tol=1e-12).x
    np.testing.assert_allclose(x, theirs, atol=1e-6)
    assert x[0] == low[0]
    assert x[1] == high[1]
    stiff = (A + np.diag(3 * x * x / 5))[2]
    by_b, by_low, by_high = (tape.jacobian(least, k)(b, low, high) for k in range(3))
    np.testing.assert_allclose(by_b, [[0, 0, 0], [0, 0, 0], [0, 0, 1 / stiff[2]]], rtol=1e-9)
    np.testing.assert_allclose(by_low, [[1, 0, 0], [0, 0, 0], [-stiff[0] / stiff[2], 0, 0]], rtol=1e-9)
    np.testing.assert_allclose(by_high, [[0, 0, 0], [0, 1, 0], [0, -stiff[1] / stiff[2], 0]], rtol=1e-9)
    if method is None:
        same(least, b, low, high)


def test_bounds_without_a_curvature_and_without_bounds():
    f = lambda c: optimize.minimize(lambda x, c: np.sum(c * x), np.zeros(2), (c,), bounds=so.Bounds(-1, 2)).x
    np.testing.assert_array_equal(f(np.array([1.0, -1.0])), [-1, 2])
    np.testing.assert_array_equal(tape.jacobian(f)(np.array([1.0, -1.0])), np.zeros((2, 2)))
    g = lambda c: (
        optimize.minimize(lambda x, c: np.sum(np.cosh(x - c)), np.zeros(2), (c,), bounds=[(None, 9), (0, None)]).x
    )
    np.testing.assert_allclose(tape.jacobian(g)(np.array([1.0, 2.0])), np.eye(2))
    pinned = lambda p: optimize.minimize(lambda x: np.sum((x - 3) ** 2), 0.0, bounds=[(p, p)]).x
    assert tape.grad(pinned)(1.0) == 1


@pytest.mark.parametrize("b", [0.5, 0.5 + 1e-9, 0.5 - 1e-9])
def test_a_gradient_that_vanishes_on_a_bound(b):
    f = lambda c: np.sum(optimize.minimize(lambda x, c: np.sum((x - c) ** 2), np.zeros(1), (c,), bounds=[(None, b)]).x)
    assert f(0.5) == pytest.approx(0.5)
    with pytest.raises(DegenerateError, match="each side"):
        tape.grad(f)(0.5)
    assert tape.grad(f)(0.5 + 1e-3) == 0
    assert tape.grad(f)(0.5 - 1e-3) == pytest.approx(1)


def test_a_solver_that_stops_far_from_the_minimum():
    """The interior method, stopped early, is neither on the bound nor where the gradient vanishes."""

    def least(c):
        options = {"gtol": 1e3, "barrier_tol": 1e3}
        return optimize.minimize(bowl, np.zeros(3), (c,), "trust-constr", bounds=[(-1, 1)] * 3, options=options).x

    c = np.array([-8.0, 9.0, 2.0])
    x = least(c)
    assert np.max(np.minimum(x + 1, 1 - x)[:2]) > 0.1
    with pytest.raises(DegenerateError, match="stopped far"):
        tape.jacobian(least)(c)
