"""Initial value problems: SciPy's values, and derivatives of what is returned."""

import numpy as np
import pytest
import scipy.integrate as si

import tape
from tape.errors import OptionError
from tape.scipy import integrate


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
