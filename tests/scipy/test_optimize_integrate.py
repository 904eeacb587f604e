"""Solutions that are differentiated: of equations and minimisations by the implicit function theorem, and in time."""

import numpy as np
import pytest
import scipy.integrate as si

import tape
from tape.errors import DegenerateError, OptionError
from tape.scipy import integrate, optimize
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
    x = lambda c: optimize.newton(lambda x, c: x * x - c, 1.0, (c,))
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


def pendulum(t, y, k, c):
    return np.stack([y[1], -k * np.sin(y[0]) - c * y[1]])


@pytest.mark.parametrize("method", ["RK45", "RK23"])
@pytest.mark.parametrize("t_eval", [None, np.linspace(0, 3, 7)])
def test_solve_ivp_has_the_values_of_scipy(method, t_eval):
    y0 = np.array([1.0, 0.0])
    for span in ((0, 3), (3, 0)):
        times = t_eval if t_eval is None or span[0] == 0 else t_eval[::-1]
        ours = integrate.solve_ivp(pendulum, span, y0, method, times, args=(2.0, 0.1))
        theirs = si.solve_ivp(pendulum, span, y0, method, times, args=(2.0, 0.1))
        np.testing.assert_allclose(ours.y, theirs.y, rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(ours.t, theirs.t)


def test_solve_ivp_is_differentiated():
    def end(y0, k, c):
        return integrate.solve_ivp(pendulum, (0, 3), y0, args=(k, c), rtol=1e-10, atol=1e-12).y[:, -1]

    y0, k, c = np.array([1.0, 0.0]), np.asarray(2.0), np.asarray(0.1)
    for n, at in enumerate((y0, k, c)):
        got = tape.jacobian(end, n)(y0, k, c)
        h = 1e-5
        for e in np.eye(at.size).reshape(-1, *at.shape):
            up, down = ([v + s * h * e if m == n else v for m, v in enumerate((y0, k, c))] for s in (1, -1))
            np.testing.assert_allclose(
                np.sum(got * e, axis=-1) if at.ndim else got, (end(*up) - end(*down)) / (2 * h), atol=1e-7
            )


def test_solve_ivp_of_decay_in_time_and_by_closure():
    times = np.linspace(0, 2, 5)
    f = lambda k: np.sum(
        integrate.solve_ivp(lambda t, y: [-k * y[0]], (0, 2), [3.0], t_eval=times, rtol=1e-9, atol=1e-12).y
    )
    np.testing.assert_allclose(tape.grad(f)(0.7), np.sum(-times * 3 * np.exp(-0.7 * times)), rtol=1e-6)
    np.testing.assert_allclose(tape.grad(tape.grad(f))(0.7), np.sum(times**2 * 3 * np.exp(-0.7 * times)), rtol=1e-6)
    with pytest.raises(OptionError, match="LSODA"):
        integrate.solve_ivp(lambda t, y: y, (0, 1), [1.0], "LSODA")
