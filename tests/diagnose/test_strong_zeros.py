"""Strong zeros: a zero adjoint stays zero, whatever the derivative is that it is multiplied by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tape

A = np.array


def quiet(f: Any) -> Any:
    """Return a function that doesn't warn in the forward pass."""

    def called(*args: Any) -> Any:
        with np.errstate(all="ignore"):
            return f(*args)

    return called


@quiet
def chosen(x: Any) -> Any:
    return np.sum(np.where(x > 0, np.sqrt(x), x))


X = A([-1.0, 0.0, 4.0])


def test_the_branch_not_taken_gives_nothing() -> None:
    g = tape.grad(chosen, strong_zeros=True)(X)  # without a warning, which would be an error here
    np.testing.assert_array_equal(g, [1, 1, 0.25])
    value, g = tape.value_and_grad(chosen, strong_zeros=True)(X)
    assert value == chosen(X)
    np.testing.assert_array_equal(g, [1, 1, 0.25])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(tape.grad(chosen)(X), [np.nan, np.nan, 0.25])


@pytest.mark.parametrize("wrt", [False, True])
def test_in_a_sweep(wrt: bool) -> None:
    t = tape.Tape()
    x = t.input(X)
    y = chosen(x)
    seen: list[Any] = []
    how: dict[str, Any] = {"wrt": x} if wrt else {}
    np.testing.assert_array_equal(t.sweep(y, strong_zeros=True, observe=seen.append, **how)[x], [1, 1, 0.25])
    assert all(np.all(np.isfinite(c.contribution)) for c in seen)


@pytest.mark.parametrize(
    ("f", "x", "want"),
    [
        (lambda x: np.where(x > 0, x * np.log(x), 0.0), [0.0, 1.0], [0, 1]),
        (lambda x: np.where(x != 0, np.sin(x) / x, 1.0), [0.0, np.pi], [0, -1 / np.pi]),
        (lambda x: np.where(x < 1, np.arcsin(x), x), [0.0, 1.0, 3.0], [1, 1, 1]),
        (lambda x: np.where(x < 9, x, np.exp(x * 1e3)), [1.0], [1]),
        (lambda x: np.where(A([[True], [False]]), x, x**-0.5), [0.0, 1.0], [np.nan, 0.5]),
        (lambda x: np.sqrt(x) * 0.0, [0.0, 1.0], [0, 0]),
    ],
)
def test_functions(f: Any, x: Any, want: Any) -> None:
    with np.errstate(all="ignore"):
        g = tape.grad(quiet(lambda x: np.sum(f(x))), strong_zeros=True)(A(x))
    if np.isnan(want[0]):  # what is taken is as infinite as ever
        assert not np.isfinite(g[0])
    else:
        np.testing.assert_allclose(g, want, atol=1e-15)


def test_whole_adjoints_of_other_functions() -> None:
    @tape.primitive(lambda g, y, x: g * np.full(3, np.inf))
    def steep(x: Any) -> Any:
        return np.sum(x)

    from tape.rule import TABLE

    f = lambda x: steep(x) * 0.0 + np.sum(x)
    try:
        np.testing.assert_array_equal(tape.grad(f, strong_zeros=True)(np.ones(3)), np.ones(3))
        with np.errstate(invalid="ignore"):
            assert np.isnan(tape.grad(f)(np.ones(3))).all()
    finally:
        del TABLE[steep]


def test_nothing_else_changes() -> None:
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=(3, 4)), rng.normal(size=(5, 3))

    def f(w: Any, x: Any) -> Any:
        h = np.maximum(x @ w, 0.1)
        first, second = h[:, :2], h[:, 2:]
        return np.sum(np.tanh(first) * second / (1 + np.std(h))) + np.max(x[0]) + np.linalg.norm(w)

    for a, b in zip(tape.grad(f, (0, 1), strong_zeros=True)(w, x), tape.grad(f, (0, 1))(w, x), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)
        assert a.dtype == b.dtype


def test_shapes_and_dtypes() -> None:
    for dtype in (np.float32, np.float64):
        g = tape.grad(chosen, strong_zeros=True)(X.astype(dtype))
        assert g.dtype == dtype
        g = tape.grad(lambda x: np.where(x > 0, 1.0, x) * 0.0, strong_zeros=True)(dtype(2))
        assert (g.dtype, g.shape, float(g)) == (dtype, (), 0.0)
    z = A([0j, 3 + 4j])
    g = tape.grad(quiet(lambda z: np.sum(np.abs(np.where(z != 0, np.sqrt(z), z)))), strong_zeros=True)(z)
    np.testing.assert_allclose(g[1], 0.1 * np.sqrt(0.2) * (3 + 4j), rtol=1e-14)
    assert np.isfinite(g).all()


def test_an_input_that_only_zeros_come_back_to_is_used() -> None:
    f = lambda x: np.sum(x) * 0.0
    np.testing.assert_array_equal(tape.grad(f, strong_zeros=True, unused="error")(np.ones(2)), [0, 0])
    f = lambda x: np.linalg.norm(x) * 0.0
    np.testing.assert_array_equal(tape.grad(f, strong_zeros=True, unused="error")(np.ones(2)), [0, 0])


def test_higher_derivatives() -> None:
    """Each sweep has its own zeros: the outer one goes through the inner one's quotients of zero by zero."""
    inner = tape.grad(chosen, strong_zeros=True)
    with np.errstate(all="ignore"):
        second = tape.grad(lambda x: np.sum(inner(x)), strong_zeros=True)(X)
    np.testing.assert_array_equal(second, [0, 0, -1 / 32])
    t = tape.Tape()
    x = t.input(X)
    g = t.sweep(chosen(x), recorded=True, strong_zeros=True)[x]
    np.testing.assert_array_equal(t.sweep(np.sum(g), strong_zeros=True)[x], [0, 0, -1 / 32])


def test_several_results() -> None:
    def f(x: Any) -> Any:
        w, v = np.linalg.eigh(x)
        return np.sum(w * A([1.0, 0.0])) + 0.0 * np.sum(v * v)

    x = A([[2.0, 1.0], [1.0, 3.0]])
    np.testing.assert_allclose(tape.grad(f, strong_zeros=True)(x), tape.grad(f)(x), rtol=1e-13)


def test_checkpoints_and_integers() -> None:
    f = lambda x: np.sum(tape.checkpoint(lambda x: np.where(x > 0, np.sqrt(np.abs(x)), x))(x)[np.argsort(X)])
    np.testing.assert_array_equal(tape.grad(f, strong_zeros=True)(X), [1, 1, 0.25])


def test_results_that_nothing_flowed_into_dont_count() -> None:
    """Of equal singular values the vectors have no derivative: that of zero times them is zero, if zeros are strong."""

    def f(x: Any) -> Any:
        return np.sum(0.0 * np.linalg.svd(x)[0])

    assert np.isnan(tape.grad(f)(np.eye(2))).all()
    assert not tape.grad(f, strong_zeros=True)(np.eye(2)).any()
