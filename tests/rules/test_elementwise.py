"""The partial derivatives are accurate wherever their functions are: near zeros, poles and infinities, by mpmath."""

from __future__ import annotations

import operator
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import tape
from tape.rules import special

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


def exact(f: Any, points: Any, ulps: int, got: Any) -> None:
    """Compare numbers with mpmath's, in units of the last place."""
    with mp.workdps(400):
        for x, found in zip(points, got, strict=True):
            want = f(*(mp.mpf(float(v)) for v in np.atleast_1d(x)))
            assert abs(mp.mpf(float(found)) - want) <= ulps * 2.0**-52 * abs(want), x


@pytest.mark.parametrize("b", [0.3, 1.3, 2.5, 3.7])
def test_a_power_of_a_tiny_or_huge_base_keeps_its_digits(b: float) -> None:
    """``b - 1`` is rounded, which the power would multiply; ``a**b / a`` under- and overflows."""
    a = np.array([1e-300, 1e-120, 0.7, 1e90, 0.0])
    for f in (lambda a: np.sum(a**b), lambda a: np.sum(a ** np.full(5, b)), lambda a: np.sum(np.power(a, b))):
        with np.errstate(all="ignore"):
            got = tape.grad(f)(a)
            want = b * a[:-1] ** (b - 1)
        keep = np.isfinite(want) & (want > 1e-290)
        exact(lambda x: b * x ** (mp.mpf(b) - 1), a[:-1][keep], 4, got[:-1][keep])
        assert got[-1] == (np.inf if b < 1 else 0)


def test_a_small_product_is_left_where_the_power_itself_underflows() -> None:
    for b in (2.5, np.array([2.5])):
        got = tape.grad(lambda a, b=b: np.sum(a**b))(np.array([1e-150]))
        exact(lambda x: 2.5 * x ** mp.mpf(1.5), [1e-150], 4, got)


@pytest.mark.parametrize("base", [np.e, 2.0])
def test_what_is_rounded_off_a_difference_of_exponents_is_put_back(base: float) -> None:
    a, b = np.array([0.1, 700.3, -3e-9, 512.7, 0.3, -300.7]), np.array([300.7, 0.1, 200.1, 3.3e-9, 33.3, 0.1])
    f = np.logaddexp if base == np.e else np.logaddexp2
    got = tape.grad(lambda a, b: np.sum(f(a, b)), (0, 1))(a, b)
    power = mp.exp if base == np.e else lambda x: mp.mpf(2) ** x
    exact(lambda a, b: 1 / (1 + power(b - a)), list(zip(a, b, strict=True)), 8, got[0])
    exact(lambda a, b: 1 / (1 + power(a - b)), list(zip(a, b, strict=True)), 8, got[1])


def test_bells_keep_their_digits_far_out() -> None:
    x = np.array([-30.1, -6.3, 0.3, 12.7, 25.9])
    exact(lambda x: mp.exp(-x * x), x[1:], 8, special.bell(x, scale=1.0)[1:])
    exact(lambda x: mp.exp(-x * x / 2), x, 8, special.bell(x, scale=0.5))
    np.testing.assert_array_equal(special.bell(np.array([-1e200, 1e200]), scale=1.0), 0)


def test_a_logarithm_and_one_keep_their_digits_about_their_zero() -> None:
    x = np.array([0.3, 0.36, 0.3678794411, 0.36787944117144233, 0.37, 0.46, 1e-5, 4.0])
    exact(lambda x: mp.log(x) + 1, x, 8, special.log_and_one(x))
    for dtype in (np.complex64, np.complex128):
        z = np.array([0.37 + 0.02j, 0.3 - 0.1j], dtype)
        np.testing.assert_allclose(special.log_and_one(z), np.log(z) + 1, rtol=1e-5)
        assert special.log_and_one(z).dtype == dtype


@pytest.mark.parametrize("sign", [1, -1])
def test_the_square_of_a_complex_hyperbolic_secant(sign: int) -> None:
    z = sign * np.array([0.3 + 0.4j, 30 + 1j, 400 - 2j, 1e-3j, 800 + 1j])
    exact_ = [complex(mp.sech(mp.mpc(v)) ** 2) for v in z]
    np.testing.assert_allclose(special.sech2(z), exact_, rtol=1e-13, atol=0)


@pytest.mark.parametrize("power", [np.power, np.float_power, operator.pow])
@pytest.mark.parametrize("base", [-2.0, -2, np.float32(-2), np.float64(-2), np.array([-2.0, 3.0, 0.5])])
def test_powers_of_negative_numbers_to_complex_ones(power: Any, base: Any) -> None:
    b, t = 1.5 + 1j, 0.5 - 2j
    for f in (np.real, np.imag):
        part = lambda b, f=f: f(power(base, b))
        exact_ = np.asarray(base, complex) ** b * np.log(np.asarray(base, complex))
        _, pull = tape.vjp(part, b)
        adjoint = np.conj(np.sum(exact_)) if f is np.real else np.conj(np.sum(-1j * exact_))
        assert pull(np.ones(np.shape(base)))[0] == pytest.approx(complex(adjoint), rel=1e-6, abs=0)
        np.testing.assert_allclose(tape.jvp(part, (b,), (t,))[1], f(t * exact_), rtol=1e-6)


def test_masks_of_any_size_and_kind() -> None:
    g = np.random.default_rng(0).normal(size=700)
    for c in (g > 0, (g > 0).astype(int)):
        for size in (3, 700):
            np.testing.assert_array_equal(special.masked(g[:size], c[:size]), np.where(c[:size], g[:size], 0))
            np.testing.assert_array_equal(
                special.masked(g[:size], c[:size], outside=True), np.where(c[:size], 0, g[:size])
            )
    assert special.halves_known(np.nan, np.inf) == 0
