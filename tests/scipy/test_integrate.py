"""Initial value problems: SciPy's values, and derivatives of what is returned."""

import numpy as np
import pytest
import scipy.integrate as si

import tape
from tape.errors import InputTypeError, OptionError, ShapeError
from tape.scipy import integrate
from tests.rules.checks import same


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


def test_a_right_side_that_writes_into_its_own_array():
    """Its slopes were one array, so that each step took the last one for all: 0.496 in place of 0.540."""
    buffer = np.zeros(2)

    def turning(t, y):
        buffer[0], buffer[1] = y[1], -y[0]
        return buffer

    times = np.linspace(0, 1, 5)
    for t_eval in (None, times):
        ours = integrate.solve_ivp(turning, (0, 1), [1.0, 0.0], t_eval=t_eval).y
        theirs = si.solve_ivp(lambda t, y: turning(t, y).copy(), (0, 1), [1.0, 0.0], t_eval=t_eval).y
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)

    def pushed(t, y):
        buffer[0] = np.cos(t)
        return buffer

    end = lambda y: np.sum(integrate.solve_ivp(pushed, (0, 1), y, rtol=1e-9).y[0, -1])
    value, g = tape.value_and_grad(end)(np.array([1.0, 0.0]))
    assert value == pytest.approx(1 + np.sin(1))
    np.testing.assert_allclose(g, [1, 0])


def test_arguments_as_scipy_takes_them():
    decay = lambda t, y, p: -p["k"] * p["j"][0] * y
    f = lambda k: integrate.solve_ivp(decay, (0, 2), [1.0], args=({"k": k, "j": [k]},), rtol=1e-9).y[0, -1]
    assert tape.grad(f)(1.0) == pytest.approx(-4 * np.exp(-2), rel=1e-5, abs=0)
    assert integrate.solve_ivp(lambda t, y: -y, (0, 1), [1.0], "RK45", None, False, args=None).success
    with pytest.raises(TypeError, match="args is a tuple"):
        integrate.solve_ivp(lambda t, y, k: -k * y, (0, 1), [1.0], args=2.0)
    for option in ("dense_output", "vectorized", "events", "jac", "min_step"):
        with pytest.raises(OptionError, match=option):
            integrate.solve_ivp(lambda t, y: -y, (0, 1), [1.0], **{option: True})


def test_no_time_at_all():
    """At given times the state was 0 / 0."""
    for times in (None, [1.0], []):
        ours = integrate.solve_ivp(lambda t, y: -y, (1, 1), [1.0], t_eval=times).y
        theirs = np.asarray(si.solve_ivp(lambda t, y: -y, (1, 1), [1.0], t_eval=times).y)
        np.testing.assert_array_equal(ours, theirs.reshape(1, -1))


def test_times_are_constants():
    decay = lambda t, y: -y
    for f in (
        lambda T: integrate.solve_ivp(decay, (0, T), [1.0]).y[0, -1],
        lambda T: integrate.solve_ivp(decay, (0, 2), [1.0], t_eval=[T, 2.0]).y[0, 0],
        lambda T: integrate.odeint(decay, 1.0, [0, T])[-1, 0],
    ):
        with pytest.raises(InputTypeError, match="are constants"):
            tape.grad(f)(1.0)
    f = lambda T: integrate.solve_ivp(lambda s, y: -T * y, (0, 1), [1.0], rtol=1e-9).y[0, -1]
    assert tape.grad(f)(1.5) == pytest.approx(-np.exp(-1.5), rel=1e-5, abs=0)


def test_complex_states():
    turn = lambda w: np.real(integrate.solve_ivp(lambda t, y: 1j * w * y, (0, 1), [1 + 0j], rtol=1e-9).y[0, -1])
    assert tape.grad(turn)(2.0) == pytest.approx(-np.sin(2), rel=1e-6, abs=0)
    with pytest.raises(InputTypeError, match="y0 is real"):  # SciPy drops the imaginary part, with a warning
        integrate.solve_ivp(lambda t, y: 1j * y, (0, 1), [1.0])


@pytest.mark.parametrize("times", [np.linspace(0, 3, 7), np.linspace(3, 0, 7), [0, 1, 1, 2], [1.5], [2, 2]])
@pytest.mark.parametrize("tfirst", [False, True])
def test_odeint_has_the_values_of_scipy(times, tfirst):
    f = pendulum if tfirst else lambda y, t, k, c: pendulum(t, y, k, c)
    for y0 in ([1.0, 0.0], np.array([0.3, -0.2])):
        ours = integrate.odeint(f, y0, times, (2.0, 0.1), tfirst=tfirst, rtol=1e-10, atol=1e-10)
        theirs = si.odeint(f, y0, times, (2.0, 0.1), tfirst=tfirst, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(ours, theirs, atol=1e-7)


def test_odeint_at_its_own_tolerance():
    times = np.linspace(0, 20, 41)
    f = lambda y, t: [y[1], -y[0]]
    ours, theirs = (m.odeint(f, [1.0, 0.0], times)[:, 0] - np.cos(times) for m in (integrate, si))
    assert np.max(np.abs(ours)) < 10 * np.max(np.abs(theirs))


def test_odeint_is_differentiated():
    times = np.array([0, 1, 1, 2.5])
    decay = lambda y, t, k: -k * y
    np.testing.assert_allclose(integrate.odeint(decay, 2.0, times, (0.7,))[:, 0], 2 * np.exp(-0.7 * times), rtol=1e-7)
    f = lambda k, y: np.sum(integrate.odeint(decay, y, times, (k,)))
    for n in (1, 2):
        g = f
        for _ in range(n):
            g = tape.grad(g)
        np.testing.assert_allclose(g(0.7, 2.0), np.sum(2 * (-times) ** n * np.exp(-0.7 * times)), rtol=1e-6)
    assert tape.grad(f, 1)(0.7, 2.0) == pytest.approx(np.sum(np.exp(-0.7 * times)))
    held = [0, 1, 2]  # few steps, which a difference doesn't change
    same(
        lambda y, k: integrate.odeint(decay, y, held, (k,), h0=1.0, rtol=1, atol=1),
        np.array([1.0, 2.0]),
        np.asarray(0.3),
    )


def test_what_odeint_refuses():
    f = lambda y, t: -y
    for options in ({"Dfun": f}, {"tcrit": [0.5]}, {"full_output": True}, {"mxstep": 10}, {"mxordn": 5}, {"hmin": 0.1}):
        with pytest.raises(OptionError, match=next(iter(options))):
            integrate.odeint(f, 1.0, [0, 1], **options)
    with pytest.raises(ShapeError, match=r"\(2, 2\)"):
        integrate.odeint(f, np.ones((2, 2)), [0, 1])
    with pytest.raises(ValueError, match="neither rise nor fall"):
        integrate.odeint(f, 1.0, [0, 1, 0.5])
    with pytest.raises(InputTypeError, match="solve_ivp"):
        integrate.odeint(f, 1j, [0, 1])


def written(t, y, k):
    out = np.zeros(2)
    out[0] = y[1]
    out[1] = -k * y[0]
    return out


def summed(t, y, k):
    out = np.zeros(2)
    out += k * y
    return out


@pytest.mark.parametrize(
    ("fun", "error"),
    [(written, tape.InPlaceError), (summed, tape.InPlaceError), (lambda t, y, k: np.array([k, 1.0]), tape.DetachError)],
)
def test_a_right_side_that_fills_an_array_is_told_how_to(fun, error):
    says = r"^tape\.scipy\.integrate\.solve_ivp: the right side .*: return a list of its elements.*tape\.zeros\(n\)"
    solve = lambda k: np.sum(integrate.solve_ivp(fun, (0, 1), [1.0, 0.0], args=(k,)).y)
    with pytest.raises(error, match=says):
        tape.grad(solve)(2.0)
    with pytest.raises(error, match=says):
        solve(tape.Tape().input(2.0))


def test_what_it_is_told_works():
    def filled(t, y, k):
        out = tape.zeros(2)
        out[0] = y[1]
        out[1] = -k * y[0]
        return out

    solve = lambda fun: tape.grad(lambda k: np.sum(integrate.solve_ivp(fun, (0, 1), [1.0, 0.0], args=(k,)).y))(2.0)
    assert solve(filled) == solve(lambda t, y, k: [y[1], -k * y[0]])


def test_another_mistake_in_a_right_side_is_left_as_it_is():
    def broken(t, y, k):
        if type(y) is tape.Var or type(k) is tape.Var:
            raise ValueError("mine")
        return y

    with pytest.raises(ValueError, match="^mine$"):
        tape.grad(lambda k: np.sum(integrate.solve_ivp(broken, (0, 1), [1.0], args=(k,)).y))(2.0)
