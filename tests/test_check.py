"""The checks find planted mistakes, each the kind that it is for, and pass what is right."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tape
from tape import InputTypeError, NoRuleError, check
from tape.check.identities import curvature, weighed_gradient
from tape.errors import WrongDerivativeError
from tape.rule import TABLE

X = np.array([0.5, -1.2, 2.0])


def planted(vjp: Any, jvp: Any = None) -> Any:
    """Return a primitive that cubes, with rules of which one may be wrong."""

    @tape.primitive(vjp, jvps=[] if jvp is None else [jvp])
    def cube(x: Any) -> Any:
        return x * x * x

    return cube


RIGHT_VJP, RIGHT_JVP = lambda g, y, x: g * 3 * x * x, lambda t, y, x: t * 3 * x * x


def test_rule_passes_what_is_right() -> None:
    check.rule(planted(RIGHT_VJP, RIGHT_JVP), X)
    check.rule(planted(RIGHT_VJP), X)
    check.rule(np.tanh, X)
    check.rule(np.sum, np.ones((2, 3)), axis=1)
    check.rule(np.multiply, X, X[::-1])
    check.rule(np.hypot, 0.3, 0.4)
    check.rule(np.where, X > 0, X, 2 * X)


@pytest.mark.parametrize(
    ("vjp", "jvp", "said"),
    [
        (lambda g, y, x: g * 3 * x, RIGHT_JVP, r"element \[\d\] of .*cube in element \[\d\] of argument 0"),
        (lambda g, y, x: g * 3 * x * x * (1 + 1e-5), RIGHT_JVP, "granted"),
        (lambda g, y, x: (g * 3 * x * x)[::-1], RIGHT_JVP, "by differences"),
        (RIGHT_VJP, lambda t, y, x: t * 3 * x * x * (1 + 1e-9), "isn't the transpose"),
        (RIGHT_VJP, lambda t, y, x: -t * 3 * x * x, "isn't the transpose"),
        (lambda g, y, x: g * 3 * tape.stop_gradient(x) * x, RIGHT_JVP, "its recorded VJP is wrong"),
        (lambda g, y, x: g * 3 * tape.stop_gradient(x) * x, None, "its recorded VJP is wrong"),
    ],
)
def test_rule_finds_planted_mistakes(vjp: Any, jvp: Any, said: str) -> None:
    with pytest.raises(WrongDerivativeError, match=said):
        check.rule(planted(vjp, jvp), X)


def test_rule_wants_a_rule() -> None:
    with pytest.raises(NoRuleError, match=r"tape\.primitive"):
        check.rule(lambda x: x, X)


def test_gradient_names_the_worst_element() -> None:
    cube = planted(lambda g, y, x: g * (3 * x * x + np.array([0.0, 0.5, 0.1])))

    def f(x: Any) -> Any:
        return cube(x)

    with pytest.raises(WrongDerivativeError, match=r"element \[1\] of f in element \[1\] of argument 0 is 4\.82 by"):
        check.gradient(f, X)


def test_gradient_takes_several_arguments_and_constants() -> None:
    check.gradient(lambda a, n, b: np.sum(a**n * b), X, 3, np.float64(2.5))
    check.gradient(lambda a: np.sum(a * a), X.astype(np.float32))
    check.gradient(lambda a: a * a, 0.5)


def test_gradient_of_nan_is_wrong() -> None:
    cube = planted(lambda g, y, x: g * np.nan)
    with pytest.raises(WrongDerivativeError):
        check.gradient(cube, X)


def test_dot_product_tells_the_modes_apart() -> None:
    assert check.dot_product(lambda x: np.cumsum(np.exp(x)), X) < 100
    assert check.dot_product(planted(RIGHT_VJP, lambda t, y, x: t * 3 * x * x * (1 + 1e-12)), X) > 1e3
    assert check.dot_product(lambda z: np.abs(z) + np.real(z * z), X + 1j) < 100
    assert check.dot_product(lambda x: {"a": x * x, "b": (np.sum(x), np.argmax(x))}, X) < 100
    assert check.dot_product(lambda x: x * np.inf, X) == math.inf


@pytest.mark.parametrize(("mistake", "low", "high"), [(0.0, 1.9, 2.1), (1e-5, 0.9, 1.9), (0.1, 0.9, 1.1)])
def test_taylor_is_an_order(mistake: float, low: float, high: float) -> None:
    cube = planted(RIGHT_VJP, lambda t, y, x: t * 3 * x * x * (1 + mistake))
    assert low < check.taylor(cube, X) < high


def test_taylor_of_special_cases() -> None:
    assert check.taylor(lambda x: 3 * x, X) == math.inf  # linear: no remainder
    assert check.taylor(lambda x: np.abs(x), np.zeros(3)) < 1.1  # a kink
    assert check.taylor(lambda x: x * x * x, np.array([1e200 ** (1 / 3)])) == pytest.approx(2, abs=0.1)


def test_curvature_agrees_with_taylor() -> None:
    gradient = weighed_gradient(lambda x: np.exp(x) * x, X)
    assert curvature(gradient, X) == pytest.approx(2, abs=0.1)
    assert check.taylor(gradient, X) == pytest.approx(2, abs=0.1)


def test_complex_step_is_exact() -> None:
    got = check.complex_step(lambda x: np.exp(x) / np.sqrt(np.sin(x) ** 3 + np.cos(x) ** 3), 1.5)
    want = tape.grad(lambda x: np.exp(x) / np.sqrt(np.sin(x) ** 3 + np.cos(x) ** 3))(1.5)
    assert got == pytest.approx(float(want), rel=1e-14, abs=0)  # the example of Squire and Trapp
    np.testing.assert_allclose(
        check.complex_step(lambda a, b: a * np.tanh(b), 2.0, X, argnums=1), np.diag(2 / np.cosh(X) ** 2), rtol=1e-14
    )
    assert check.complex_step(np.sum, np.zeros((0, 2))).shape == (0, 2)
    with pytest.raises(TypeError, match="real"):
        check.complex_step(np.exp, 1j)


def test_differences_are_good_to_ten_digits() -> None:
    got = check.differences(lambda a, b: np.outer(np.exp(a), b), X, np.array([2.0, -1.0]))
    want = tape.jacobian(lambda a, b: np.expand_dims(np.exp(a), 1) * b)(X, np.array([2.0, -1.0]))
    assert got.shape == (3, 2, 3)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-10 * np.max(np.abs(want)))
    np.testing.assert_allclose(check.differences(lambda x: x**2, np.array([0.0, 1e3])), [[0, 0], [0, 2e3]], atol=1e-7)


@pytest.mark.parametrize(
    ("fn", "seen_by"),
    [(np.hypot, "taylor"), (np.cumsum, "dot_product"), (np.prod, "dot_product"), (np.linalg.norm, "dot_product")],
    ids=lambda p: getattr(p, "__name__", p),
)
def test_faults_planted_in_the_table_are_found(fn: Any, seen_by: str, monkeypatch: Any) -> None:
    """An elementwise rule serves both modes, so that the identity holds of a wrong one, too; its order tells."""
    row = TABLE[fn]
    args = (X, X[::-1].copy()) if fn is np.hypot else (X,)
    check.rule(fn, *args)
    right = row.vjps[0]
    monkeypatch.setattr(row, "vjps", (lambda g, *a, **o: right(g, *a, **o) * 1.001, *row.vjps[1:]))
    with pytest.raises(WrongDerivativeError):
        check.rule(fn, *args)
    if seen_by == "taylor":
        assert check.dot_product(fn, *args) < 1e3
        assert check.taylor(fn, *args) < 1.5
    else:
        assert check.dot_product(fn, *args) > 1e3


# ------------------------------------------------------------------------ what is moved

WRONG = planted(lambda g, y, x: g * x)


@pytest.mark.parametrize(
    ("f", "args", "said"),
    [
        (lambda p: np.sum(WRONG(p["w"])), ({"n": np.arange(3), "w": X},), r"element \[\d\] of argument 0\['w'\] is"),
        (lambda p: np.sum(p[0] * WRONG(p[1])), ([X, X],), r"element \[\d\] of argument 0\[1\] is"),
        (lambda x, c: np.sum(x) * WRONG(c), (X, 2.0), r"element \[\] of argument 1 is"),
        (lambda c: WRONG(c), (2.0,), r"element \[\] of argument 0 is"),
        (lambda n, x: np.sum(WRONG(x[n])), (np.array([0, 2]), X), r"element \[\d\] of argument 1 is"),
        (lambda x: {"a": x, "b": WRONG(x)}, (X,), r"element \[\d\] of part 1 of <lambda>"),
    ],
)
def test_wrong_rules_are_found_wherever_the_argument_lies(f: Any, args: tuple[Any, ...], said: str) -> None:
    with pytest.raises(WrongDerivativeError, match=said):
        check.gradient(f, *args)
    mended = planted(RIGHT_VJP, lambda t, y, x: t * x)

    def g(*args: Any) -> Any:
        return f(*args)

    f.__globals__["WRONG"], wrong = mended, WRONG
    try:
        check.gradient(g, *args)
        assert check.dot_product(g, *args) > 1e3
        assert check.taylor(g, *args) < 1.5
    finally:
        f.__globals__["WRONG"] = wrong


@pytest.mark.parametrize("args", [(np.arange(3),), (3,), ({"n": np.arange(3)},), ([],), (None,), ("x",), ()])
def test_a_check_of_nothing_is_an_error(args: tuple[Any, ...]) -> None:
    for one in (check.gradient, check.dot_product, check.taylor):
        with pytest.raises(InputTypeError, match=r"nothing in the arguments of f has a derivative.*give floats"):
            one(f, *args)
    with pytest.raises(InputTypeError, match=r"nothing in the arguments of .*cube has a derivative"):
        check.rule(WRONG, *args[:1] or ([],))


def f(*args: Any) -> Any:
    return 1.0


def test_a_result_without_a_derivative_is_an_error() -> None:
    with pytest.raises(InputTypeError, match="nothing that argmax returns has a derivative"):
        check.gradient(np.argmax, X)


def test_rule_takes_lists_as_numpy_does() -> None:
    check.rule(np.concatenate, [X, X[:2]])
    check.rule(planted(RIGHT_VJP), [0.5, 2.0])
    with pytest.raises(WrongDerivativeError):
        check.rule(WRONG, [0.5, 2.0])


def test_rule_of_tangents_alone() -> None:
    @tape.primitive(jvps=[lambda t, y, x: t * 2 * x])
    def square(x: Any) -> Any:
        return x * x

    check.rule(square, X)

    @tape.primitive(jvps=[lambda t, y, x: t * x])
    def wrong(x: Any) -> Any:
        return x * x

    with pytest.raises(WrongDerivativeError, match="its JVP is wrong"):
        check.rule(wrong, X)


def test_rule_tells_what_to_do_with_a_program() -> None:
    with pytest.raises(NoRuleError, match=r"average has no rule of its own.*tape\.check\.gradient"):
        check.rule(np.average, X)


Z = np.array([1.0 + 2.0j, 0.5 - 1.0j])


@pytest.mark.parametrize(
    "f",
    [
        np.exp,
        np.conj,
        np.abs,
        lambda z: z * np.abs(z) ** 2,
        lambda z: np.real(z * z),
        lambda z: [z * z, np.argmax(z.real)],
    ],
)
@pytest.mark.parametrize("dtype", ["complex128", "complex64"])
def test_gradient_of_complex_numbers(f: Any, dtype: str) -> None:
    check.gradient(f, Z.astype(dtype))
    check.gradient(lambda x: f(x + 1j), X)


def test_gradient_of_complex_numbers_finds_mistakes() -> None:
    def square(vjp: Any) -> Any:
        return tape.primitive(vjp)(lambda z: z * z)

    right = square(lambda g, y, z: g * 2 * np.conj(z))
    check.gradient(right, Z)
    check.gradient(right, 1 + 2j)
    check.rule(right, Z)
    with pytest.raises(WrongDerivativeError, match=r"of part 1 of .* of the real part of argument 0 is"):
        check.gradient(square(lambda g, y, z: g * 2 * z), Z)
    with pytest.raises(TypeError, match="along the real line"):
        check.differences(np.exp, 1j)
