"""The partial derivatives are accurate wherever their functions are: near zeros, poles and infinities, by mpmath."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest

import tape

with mp.workdps(50):
    THIRD = mp.mpf(1) / 3
TRUE: dict[Any, Any] = {
    np.exp: mp.exp,
    np.exp2: lambda x: mp.mpf(2) ** x * mp.log(2),
    np.expm1: mp.exp,
    np.log: lambda x: 1 / x,
    np.log2: lambda x: 1 / (x * mp.log(2)),
    np.log10: lambda x: 1 / (x * mp.log(10)),
    np.log1p: lambda x: 1 / (1 + x),
    np.sqrt: lambda x: 1 / (2 * mp.sqrt(x)),
    np.cbrt: lambda x: THIRD * abs(x) ** (-2 * THIRD),
    np.square: lambda x: 2 * x,
    np.reciprocal: lambda x: -1 / x**2,
    np.sin: mp.cos,
    np.cos: lambda x: -mp.sin(x),
    np.tan: lambda x: mp.sec(x) ** 2,
    np.arcsin: lambda x: 1 / mp.sqrt(1 - x * x),
    np.arccos: lambda x: -1 / mp.sqrt(1 - x * x),
    np.arctan: lambda x: 1 / (1 + x * x),
    np.sinh: mp.cosh,
    np.cosh: mp.sinh,
    np.tanh: lambda x: mp.sech(x) ** 2,
    np.arcsinh: lambda x: 1 / mp.sqrt(1 + x * x),
    np.arccosh: lambda x: 1 / mp.sqrt(x * x - 1),
    np.arctanh: lambda x: 1 / (1 - x * x),
}

_small, _ratio = np.logspace(-12, -1, 12), np.random.default_rng(0).uniform(0.5, 1, 30)
_wide = np.logspace(-12, 2.5, 30) * _ratio
POINTS = np.concatenate([_wide, -_wide, 1 - _small, -1 + _small, 1 + _small])


@pytest.mark.parametrize("f", TRUE, ids=lambda f: f.__name__)
def test_partials_are_accurate(f: Any) -> None:
    with np.errstate(all="ignore"):
        x = POINTS[np.isfinite(f(POINTS))]
    got = tape.grad(lambda x: np.sum(f(x)))(x)
    with mp.workdps(50):
        # A rule is four operations at most, each right to u, on a value of NumPy's right to 4 u, perhaps squared.
        for a, b in zip(x.tolist(), got.tolist(), strict=True):
            want = TRUE[f](mp.mpf(a))
            assert abs(b - want) <= 12 * 2.0**-53 * abs(want) + 1e-307, a


def test_sinc_is_accurate_to_its_scale() -> None:
    x = np.concatenate([POINTS, np.linspace(-9, 9, 40), [1e6 + 0.25]])
    first = tape.grad(lambda x: np.sum(np.sinc(x)))(x)
    second = tape.grad(lambda x: np.sum(tape.grad(lambda x: np.sum(np.sinc(x)))(x)))(x)
    with mp.workdps(50):
        for a, b, c in zip(x.tolist(), first.tolist(), second.tolist(), strict=True):
            u = mp.pi * mp.mpf(a)
            one = mp.pi * (mp.cos(u) * u - mp.sin(u)) / u**2
            two = mp.pi**2 * ((2 - u**2) * mp.sin(u) - 2 * u * mp.cos(u)) / u**3
            # An oscillation: accurate to its amplitude, which is about pi and pi**2 over the angle.
            assert abs(b - one) <= 16 * 2.0**-53 * mp.pi / max(1, abs(u)), a
            assert abs(c - two) <= 64 * 2.0**-53 * mp.pi**2 / max(1, abs(u)), a


def test_logaddexp_is_accurate_for_any_distance() -> None:
    d = np.concatenate([_wide, -_wide])
    a, b = tape.grad(lambda a, b: np.sum(np.logaddexp(a, b)), (0, 1))(d, np.zeros_like(d))
    with mp.workdps(50):
        for x, p, q in zip(d.tolist(), a.tolist(), b.tolist(), strict=True):
            assert abs(p - 1 / (1 + mp.exp(-x))) <= 8 * 2.0**-53 / (1 + mp.exp(-x))
            assert abs(q - 1 / (1 + mp.exp(x))) <= 8 * 2.0**-53 / (1 + mp.exp(x))


def test_results_of_several_parts() -> None:
    x = np.array([1.75, -2.5])
    np.testing.assert_array_equal(tape.grad(lambda x: np.sum(np.modf(x)[0]))(x), [1, 1])
    np.testing.assert_array_equal(tape.grad(lambda x: np.sum(np.modf(x)[1]))(x), [0, 0])
    np.testing.assert_array_equal(tape.grad(lambda x: np.sum(np.frexp(x)[0]))(x), [0.5, 0.25])
    np.testing.assert_array_equal(tape.grad(lambda x: np.sum(np.divmod(x, 1.0)[1]))(x), [1, 1])
    t = tape.Tape()
    v = t.input(x)
    for part, whole in zip((*np.modf(v), *np.frexp(v)), (*np.modf(x), *np.frexp(x)), strict=True):
        np.testing.assert_array_equal(part.value, whole)
    assert np.modf(t.input(np.array([np.inf])))[0].value == 0
