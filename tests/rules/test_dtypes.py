"""Types of numbers: beside each other, half, extended, and integers that are small or unsigned."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

import tape
from tape import nn

A, B = np.array([0.3, 1.7, 2.1]), np.array([1.3, -0.6, 2.45])

PAIRS = {
    "power": np.power,
    "**": operator.pow,
    "float_power": np.float_power,
    "polyval": np.polyval,
    "cross entropy": lambda a, b: nn.binary_cross_entropy_with_logits(b, a),
}


@pytest.mark.parametrize("low", ["float32", "float16"])
@pytest.mark.parametrize("name", PAIRS)
def test_an_argument_of_less_precision_spoils_no_derivative(name: str, low: str) -> None:
    """What is computed in double precision has derivatives in it, whatever the other argument is stored as."""
    for a, b in ((A.astype(low), B), (A, B.astype(low))):
        found = tape.grad(lambda a, b: np.sum(PAIRS[name](a, b)), (0, 1))(a, b)
        wanted = tape.grad(lambda a, b: np.sum(PAIRS[name](a, b)), (0, 1))(a.astype(float), b.astype(float))
        for g, w, x in zip(found, wanted, (a, b), strict=True):
            assert g.dtype == x.dtype
            np.testing.assert_allclose(g, w, rtol=8 * np.finfo(x.dtype).eps)
        tangent = tape.jvp(PAIRS[name], (a, b), (a, b))[1]
        exact = tape.jvp(PAIRS[name], (a.astype(float), b.astype(float)), (a.astype(float), b.astype(float)))[1]
        np.testing.assert_allclose(tangent, exact, rtol=1e-14)


@pytest.mark.parametrize("small", ["int8", "uint8", "int64", "uint64", "bool"])
def test_small_and_unsigned_integers_beside_floats(small: str) -> None:
    """No logarithm of them in half precision, no unsigned number below zero, no boolean negated."""
    n, x = np.array([0, 1, 5]).astype(small), np.array([100.0, 1.5, 0.5])
    for f in (
        lambda x, n: np.power(x, n),
        lambda x, n: np.float_power(n, x),
        lambda x, n: np.power(n, x),
        lambda x, n: np.fmin(x, n),
        lambda x, n: np.fmin(n, x),
        lambda x, n: nn.binary_cross_entropy_with_logits(x, n),
    ):
        found, wanted = (tape.grad(lambda x, n=n: np.sum(f(x, n)))(x) for n in (n, n.astype(float)))
        np.testing.assert_allclose(found, wanted, rtol=1e-15)


def test_powers_of_integer_places_dont_overflow() -> None:
    """NumPy's polyval multiplies floats, once it has added a coefficient; so must its rule."""
    places = np.array([0, 10**5])
    found = tape.grad(lambda p: np.sum(np.polyval(p, places)))(np.ones(6))
    np.testing.assert_array_equal(found, [1e25, 1e20, 1e15, 1e10, 1e5, 2.0])


@pytest.mark.parametrize("dtype", ["int8", "uint8", "bool", "float32"])
def test_least_squares_of_another_dtype(dtype: str) -> None:
    a, b = np.array([[1, 0], [1, 1], [0, 1], [1, 0]]).astype(dtype), np.array([1.0, 3.0, 2.0, 5.0])

    def f(b: Any, a: Any = a) -> Any:
        x, residuals, _, s = np.linalg.lstsq(a, b)
        return np.sum(x * x) + residuals[0] + np.sum(s)

    np.testing.assert_allclose(tape.grad(f)(b), tape.grad(lambda b: f(b, a.astype(float)))(b), rtol=1e-13)
    assert f(tape.Tape().input(b)).dtype == f(b).dtype
    t = tape.Tape()
    singular = np.linalg.lstsq(t.input(a.astype("f4")), b)[3]
    assert singular.dtype == np.linalg.lstsq(a.astype("f4"), b)[3].dtype


def test_sinc_in_half_precision() -> None:
    """The powers of its series underflow there: it was NaN."""
    x = np.linspace(-3, 3, 13).astype(np.float16)
    found, wanted = (tape.grad(lambda x: np.sum(np.sinc(x)))(x) for x in (x, x.astype(float)))
    np.testing.assert_allclose(found, wanted, atol=2.0**-11)


def test_nanmean_in_half_precision_stays() -> None:
    x = np.array([[1.0, np.nan, 2.5], [3.0, 4.0, 5.0]], np.float16)
    for axis in (None, 0, 1):
        found = np.nanmean(tape.Tape().input(x), axis=axis)
        np.testing.assert_array_equal(found.value, np.nanmean(x, axis=axis))
        assert found.dtype == np.float16


EXTENDED = {
    "exp2": (np.exp2, lambda x, y: y * np.log(np.longdouble(2))),
    "log2": (np.log2, lambda x, y: 1 / (x * np.log(np.longdouble(2)))),
    "log10": (np.log10, lambda x, y: 1 / (x * np.log(np.longdouble(10)))),
    "deg2rad": (np.deg2rad, lambda x, y: np.deg2rad(np.longdouble(1))),
    "rad2deg": (np.rad2deg, lambda x, y: np.rad2deg(np.longdouble(1))),
    "a**x": (lambda x: 2.5**x, lambda x, y: y * np.log(np.longdouble(2.5))),
    "logaddexp2": (lambda x: np.logaddexp2(x, 0), lambda x, y: 1 / (1 + np.exp2(-x))),
}


@pytest.mark.parametrize("name", EXTENDED)
def test_constants_are_as_precise_as_extended_precision(name: str) -> None:
    f, slope = EXTENDED[name]
    x = np.longdouble(7) / 10
    found, wanted = tape.grad(f)(x), slope(x, f(x))
    assert abs(found - wanted) <= 4 * np.finfo(np.longdouble).eps * abs(wanted)
