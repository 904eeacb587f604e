"""Transforms: what they return, for arguments of every form, nested in every way."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pytest

import tape


def cube(x):
    return np.sum(x * x * x)


def test_grad_and_value_and_grad():
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(tape.grad(cube)(x), [3.0, 12.0])
    value, g = tape.value_and_grad(cube)(x)
    assert value == 9.0
    np.testing.assert_array_equal(g, [3.0, 12.0])


def test_scalars_in_every_form():
    for x in (2.0, np.float64(2.0), np.array(2.0), np.float32(2.0)):
        g = tape.grad(lambda x: x * x * 3.0)(x)
        assert isinstance(g, np.ndarray)
        assert g.shape == ()
        assert g.dtype == np.asarray(x).dtype
        assert g == 12.0


def test_argnums_and_keywords():
    def f(a, b, *, scale=1.0):
        return np.sum(a * b * scale)

    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    np.testing.assert_array_equal(tape.grad(f, 1)(a, b, scale=2.0), 2 * a)
    np.testing.assert_array_equal(tape.grad(f, -1)(a, b), a)
    ga, gb = tape.grad(f, (0, 1))(a, b)
    np.testing.assert_array_equal(ga, b)
    np.testing.assert_array_equal(gb, a)


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclasses.dataclass
class Layer:
    w: Any
    b: Any


def test_arguments_in_nested_containers():
    x = np.array([1.0, 2.0])
    params = {"a": [x, (x * 2, 3.0)], "pair": Pair(x, x + 1), "layer": Layer(np.ones((2, 2)), [np.zeros(2)])}

    def f(p):
        return (
            np.sum(p["a"][0] * p["a"][1][0]) * p["a"][1][1]
            + np.sum(p["pair"].left * p["pair"].right)
            + np.sum(x @ p["layer"].w + p["layer"].b[0])
        )

    g = tape.grad(f)(params)
    assert list(g) == ["a", "pair", "layer"]
    np.testing.assert_array_equal(g["a"][0], 6 * x)
    assert g["a"][1][1] == np.sum(2 * x * x)
    assert isinstance(g["pair"], Pair)
    np.testing.assert_array_equal(g["pair"].left, x + 1)
    assert isinstance(g["layer"], Layer)
    np.testing.assert_array_equal(g["layer"].w, np.outer(x, np.ones(2)))
    np.testing.assert_array_equal(g["layer"].b[0], np.ones(2))


def test_dataclasses_within_containers_and_dataclasses():
    @dataclasses.dataclass
    class Net:
        layers: list[Layer]

    net = Net([Layer(np.ones((2, 2)), np.zeros(2)), Layer(np.ones((2, 1)), np.zeros(1))])

    def f(net, x):
        for layer in net.layers:
            x = np.sin(x @ layer.w + layer.b)
        return np.sum(x)

    g = tape.grad(f)(net, np.ones((3, 2)))
    assert g.layers[1].w.shape == (2, 1)
    assert g.layers[0].b.shape == (2,)


def test_none_in_a_container_is_no_leaf():
    g = tape.grad(lambda p: p["w"] * 2.0)({"w": 1.0, "b": None})
    assert g == {"w": 2.0, "b": None}


def test_has_aux_returns_values():
    def f(x):
        y = x * x
        return np.sum(y), {"y": y, "n": 3}

    (value, aux), g = tape.value_and_grad(f, has_aux=True)(np.array([1.0, 2.0]))
    assert value == 5.0
    np.testing.assert_array_equal(aux["y"], [1.0, 4.0])
    assert not isinstance(aux["y"], tape.Var)
    g2, aux2 = tape.grad(f, has_aux=True)(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(g, g2)
    assert aux2["n"] == 3
    y, pull, aux3 = tape.vjp(f, np.array([1.0, 2.0]), has_aux=True)
    assert y == 5.0
    np.testing.assert_array_equal(pull(1.0)[0], g)
    np.testing.assert_array_equal(aux3["y"], [1.0, 4.0])


def test_names_and_docs_are_kept():
    def loss(x):
        """Say what it is."""
        return x * x

    for transformed in (tape.grad(loss), tape.value_and_grad(loss), tape.jacobian(loss), tape.checkpoint(loss)):
        assert transformed.__name__ == "loss"
        assert transformed.__doc__ == "Say what it is."


def test_vjp_pulls_back_often_and_from_containers():
    x, w = np.array([1.0, 2.0]), np.array([[1.0, 2.0], [3.0, 4.0]])
    out, pull = tape.vjp(lambda x, w: {"y": x @ w, "s": np.sum(x)}, x, w)
    np.testing.assert_array_equal(out["y"], x @ w)
    for scale in (1.0, 2.0):
        gx, gw = pull({"y": scale * np.array([1.0, 0.0]), "s": 1.0})
        np.testing.assert_array_equal(gx, scale * w[:, 0] + 1.0)
        np.testing.assert_array_equal(gw, scale * np.outer(x, [1.0, 0.0]))


def test_jvp_of_containers():
    x = np.array([1.0, 2.0])
    y, dy = tape.jvp(lambda p, z: [p["a"] * z, np.sum(p["b"])], ({"a": x, "b": x}, 3.0), ({"a": x, "b": x * 0}, 1.0))
    np.testing.assert_array_equal(y[0], 3 * x)
    np.testing.assert_array_equal(dy[0], 3 * x + x)
    assert dy[1] == 0.0


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_jacobian_in_both_modes(mode):
    a = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(tape.jacobian(lambda x: a @ x, mode=mode)(np.ones(3)), a)
    j = tape.jacobian(lambda x, y: x * y, argnums=(0, 1), mode=mode)(np.ones((2, 2)), np.full((2, 2), 3.0))
    assert j[0].shape == (2, 2, 2, 2)
    np.testing.assert_array_equal(j[0].reshape(4, 4), 3 * np.eye(4))
    tree = tape.jacobian(lambda p: {"u": p["a"] * 2.0, "v": p["b"] * p["a"]}, mode=mode)({"a": 1.0, "b": np.ones(2)})
    np.testing.assert_array_equal(tree["v"]["b"], np.eye(2))
    np.testing.assert_array_equal(tree["v"]["a"], np.ones(2))
    np.testing.assert_array_equal(tree["u"]["b"], np.zeros(2))
    assert tape.jacobian(lambda x: x[:0], mode=mode)(np.ones(3)).shape == (0, 3)
    assert tape.jacobian(lambda x: np.sin(x), mode=mode)(np.ones(0)).shape == (0, 0)
    assert tape.jacobian(lambda x: 3.0, mode=mode)(np.ones(3)).shape == (3,)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_jacobian_of_complex_numbers(mode):
    c = np.array([[2 + 3j, 1j], [1.0, -1 - 1j], [0.5, 4.0]])
    x, z = np.array([1.0, -2.0]), np.array([1 + 2j, 0.5 - 1j])
    np.testing.assert_array_equal(tape.jacobian(lambda x: c @ x, mode=mode)(x), c)
    np.testing.assert_array_equal(tape.jacobian(lambda z: c @ z, mode=mode)(z), c)
    np.testing.assert_array_equal(tape.jacobian(lambda z: z**2, mode=mode)(z), np.diag(2 * z))
    np.testing.assert_allclose(tape.jacobian(np.fft.rfft, mode=mode)(np.arange(3.0)), np.fft.rfft(np.eye(3)).T)
    single = tape.jacobian(lambda x: np.complex64(2 + 3j) * x, mode=mode)(np.float32(1.0))
    assert single == 2 + 3j
    assert single.dtype == np.complex64
    assert tape.jacobian(lambda x: c[:0] @ x, mode=mode)(x).shape == (0, 2)
    # Of real outputs, what grad gives of each: the direction of steepest ascent.
    real = lambda z: np.real(c @ z) + np.abs(z[0])
    rows = [tape.grad(lambda z, k=k: real(z)[k])(z) for k in range(3)]
    np.testing.assert_allclose(tape.jacobian(real, mode=mode)(z), rows, rtol=1e-15)
    # Recorded: the derivative of a derivative.
    slope = tape.jacobian(lambda z: tape.jacobian(lambda z: z**3, mode=mode)(z), mode=mode)(1 + 2j)
    assert slope == pytest.approx(6 * (1 + 2j))


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("f", [np.conj, lambda z: z * np.real(z), lambda z: z + 1e-5 * np.conj(z)])
def test_jacobian_without_a_complex_derivative(f, mode):
    with pytest.raises(tape.ComplexOutputError, match="depends on the direction"):
        tape.jacobian(f, mode=mode)(np.array([1 + 2j, 3.0]))
    with pytest.raises(tape.ComplexOutputError, match="depends on the direction"):
        tape.hessian(lambda z: np.real(z**3))(1 + 2j)


def test_hessian_and_hvp():
    a = np.array([[2.0, 1.0], [1.0, 4.0]])

    def f(x):
        return 0.5 * (x @ a @ x) + np.sum(np.sin(x))

    x, v = np.array([0.3, -0.4]), np.array([1.0, 2.0])
    h = a - np.diag(np.sin(x))
    np.testing.assert_allclose(tape.hessian(f)(x), h, rtol=1e-14)
    np.testing.assert_allclose(tape.hvp(f, (x,), (v,)), h @ v, rtol=1e-14)
    pair = tape.hvp(lambda x, y: np.sum(x * x * y), (x, v), (v, x))
    np.testing.assert_allclose(pair[0], 2 * v * v + 2 * x * x, rtol=1e-14)
    blocks = tape.hessian(lambda p: np.sum(p["a"] * p["a"]) * p["b"])({"a": x, "b": 2.0})
    np.testing.assert_allclose(blocks["a"]["a"], 4 * np.eye(2))
    np.testing.assert_allclose(blocks["a"]["b"], 2 * x)
    np.testing.assert_allclose(blocks["b"]["b"], 0.0)


def test_derivatives_of_high_order():
    f = np.sin
    for _ in range(6):
        f = tape.grad(f)
    np.testing.assert_allclose(f(0.7), -np.sin(0.7), rtol=1e-14)


def test_perturbations_are_not_confused():
    assert tape.grad(lambda x: x * tape.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert tape.grad(lambda x: x * tape.grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert tape.grad(lambda x: tape.grad(lambda y: x * y)(x))(3.0) == 1.0
    assert tape.grad(lambda x: tape.jvp(lambda y: x * y * y, (x,), (1.0,))[1])(3.0) == 12.0
    _, d = tape.jvp(lambda x: x * tape.jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,))
    assert d == 1.0
    assert tape.jvp(lambda x: tape.grad(lambda y: y * y * x)(x), (3.0,), (1.0,))[1] == 12.0
    assert tape.grad(lambda x: tape.vjp(lambda y: y * y * x, x)[1](x)[0])(3.0) == 54.0


def test_seeds_and_tangents_may_be_variables_of_an_outer_derivative():
    w = np.array([1.0, 2.0])
    y, pull = tape.vjp(lambda x: x * w, np.ones(2))
    np.testing.assert_array_equal(tape.grad(lambda g: np.sum(pull(g)[0] * g))(np.array([3.0, 4.0])), [6.0, 16.0])
    assert tape.grad(lambda v: tape.jvp(lambda x: x * x, (3.0,), (v,))[1])(1.0) == 6.0


def test_derivatives_inside_an_explicit_tape_are_recorded_on_it():
    t = tape.Tape()
    with t:
        x = t.input(2.0)
        g = tape.grad(lambda z: z * z * x)(3.0)
    assert g.value == 12.0
    assert t.sweep(g)[x] == 6.0


def test_stop_gradient():
    def f(p):
        frozen = tape.stop_gradient(p)
        return p["x"] * frozen["x"]

    assert tape.grad(f)({"x": 3.0}) == {"x": 3.0}
    assert tape.stop_gradient(2.0) == 2.0


class Counter:
    def __init__(self):
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        return np.sin(x) * np.cos(x)


def test_checkpoint_gives_the_same_bits_and_runs_the_function_once():
    f = Counter()
    x = np.linspace(0.0, 1.0, 7)

    def loss(f):
        return lambda x: np.sum(f(f(x) * x) * x)

    plain = tape.grad(loss(f))(x)
    f.calls = 0
    checked = tape.grad(loss(tape.checkpoint(f)))(x)
    assert f.calls == 2
    assert plain.tobytes() == checked.tobytes()
    np.testing.assert_allclose(
        tape.hessian(loss(tape.checkpoint(f)))(x), tape.hessian(loss(f))(x), rtol=1e-13, atol=1e-13
    )
    np.testing.assert_array_equal(tape.jvp(loss(tape.checkpoint(f)), (x,), (x,))[1], tape.jvp(loss(f), (x,), (x,))[1])
    np.testing.assert_array_equal(tape.jacobian(tape.checkpoint(f))(x), tape.jacobian(f)(x))


def test_checkpoints_nest_and_see_the_variables_around_them():
    x = np.array([0.5, 0.7])

    def f(wrap):
        def whole(w):
            inner = wrap(lambda a: np.sin(a) * w)

            def outer(a):
                b = a * a
                return inner(inner(b)) * w

            return np.sum(wrap(outer)(x * w))

        return whole

    w = np.array([1.5, -0.5])
    plain, checked = tape.grad(f(lambda g: g))(w), tape.grad(f(tape.checkpoint))(w)
    assert plain.tobytes() == checked.tobytes()


def test_checkpoint_replays_random_numbers():
    rng = np.random.default_rng(0)

    def noisy(x):
        return np.sin(x) * rng.normal(size=x.shape)

    x = np.ones(5)
    g = tape.grad(lambda x: np.sum(tape.checkpoint(noisy)(x)))(x)
    expected = np.cos(x) * np.random.default_rng(0).normal(size=5)
    np.testing.assert_allclose(g, expected, rtol=1e-15)


def test_sweeps_again_compute_a_checkpoint_once_each():
    calls = []

    @tape.primitive(lambda g, y, x: g * np.cos(x), jvps=[lambda t, y, x: t * np.cos(x)])
    def sine(x):
        calls.append(1)
        return np.sin(x)

    nested = tape.checkpoint(lambda x: tape.checkpoint(sine)(x) * 2.0)
    for n in (5, 40):
        calls.clear()
        x = np.linspace(0.0, 1.0, n)
        np.testing.assert_array_equal(tape.jacobian(nested)(x), np.diag(2 * np.cos(x)))
        assert len(calls) == n + 1
    t = tape.Tape()
    x = t.input(0.3)
    y = nested(nested(x))
    stretches = list(t._checkpoints)
    first = t.sweep(y)[x]
    for _ in range(5):
        assert t.sweep(y)[x] == first
        assert t.tangents([(x, 1.0)])[y] == pytest.approx(first)
        assert t._checkpoints == stretches


def test_checkpoint_gives_memory_back():
    import tracemalloc

    def deep(x):
        for _ in range(30):
            x = np.sin(x)
        return x

    def peak(f):
        x = np.ones(20_000)
        tracemalloc.start()
        try:
            tape.grad(lambda x: np.sum(f(f(f(f(x))))))(x)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(tape.checkpoint(deep)) < 0.45 * peak(deep)


def test_results_share_no_memory():
    x, y = np.ones(3), np.ones(3)
    a, b = tape.grad(lambda x, y: np.sum(x + y), (0, 1))(x, y)
    assert not np.shares_memory(a, b)
    held = np.arange(3.0)

    @tape.primitive(lambda g, y, x: held)
    def odd(x):
        return np.sum(x * held)

    g = tape.grad(odd)(x)
    assert not np.shares_memory(g, held)

    @tape.primitive(lambda g, y, x: x)
    def half_square(x):
        return 0.5 * np.sum(x * x)

    assert not np.shares_memory(tape.grad(half_square)(x), x)
    t = tape.Tape()
    u = t.input(x)
    v = u + 0.0
    adjoints = t.sweep(np.sum(v * 1.0))
    assert not np.shares_memory(adjoints[u], adjoints[v])
    assert not np.shares_memory(adjoints[u], adjoints[u])
    for g in (a, b, adjoints[u]):
        g += 1.0


def test_same_inputs_same_bits():
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=(5, 5)), rng.normal(size=(4, 5))

    def f(w):
        return np.sum(np.sin(x @ w) @ w * (w[0] + w[1]))

    first = tape.grad(f)(w)
    assert all(tape.grad(f)(w).tobytes() == first.tobytes() for _ in range(5))


def test_custom_primitive_in_both_modes_and_twice():
    @tape.primitive(lambda g, y, x, *, k=2.0: g * k * np.exp(k * x), jvps=[lambda t, y, x, *, k=2.0: t * k * y])
    def grow(x, *, k=2.0):
        return np.exp(k * x)

    assert grow(0.0) == 1.0
    np.testing.assert_allclose(tape.grad(grow)(0.3), 2 * np.exp(0.6))
    np.testing.assert_allclose(tape.grad(lambda x: grow(x, k=3.0))(0.3), 3 * np.exp(0.9))
    np.testing.assert_allclose(tape.jvp(grow, (0.3,), (1.0,))[1], 2 * np.exp(0.6))
    np.testing.assert_allclose(tape.grad(tape.grad(grow))(0.3), 4 * np.exp(0.6))


def test_inputs_are_not_touched():
    x = np.ones(3)
    x.flags.writeable = False
    tape.grad(cube)(x)
    y = np.ones(3)
    tape.grad(cube)(y)
    assert y.flags.writeable
    np.testing.assert_array_equal(y, 1.0)


def test_a_million_entries():
    def chain(x):
        for _ in range(1_000_000):
            x = x * 1.0000001
        return x

    np.testing.assert_allclose(tape.grad(chain)(1.0), np.exp(0.1), rtol=1e-7)


def test_a_complex_scalar_is_told_from_a_real_one_whatever_ran_before():
    tape.grad(np.abs)(np.float64(2.0))
    for z in (3 + 4j, np.complex128(3 + 4j)):
        assert abs(tape.grad(lambda z: np.abs(z * z))(z) - (6 + 8j)) < 1e-14
