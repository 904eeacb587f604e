"""Where a derivative isn't unique, or is easily got wrong: what we give, row by row."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tape
from tape import InputTypeError, OptionError, nn
from tape.rule import COMPOSITE
from tape.rule import TABLE as ROWS

INF, NAN = math.inf, math.nan
A = np.array


def slopes(f: Any, *args: Any) -> tuple[Any, ...]:
    """Return the gradient of the sum of ``f`` for each argument."""
    g = tape.grad(lambda *a: np.sum(f(*a)), tuple(range(len(args))))
    return g(*[np.asarray(a, float) for a in args])


# (function, arguments, what each argument's gradient is): values at kinks are exact.
TABLE: list[tuple[str, Any, tuple[Any, ...], tuple[Any, ...]]] = [
    ("abs at 0", np.abs, (A([-2.0, 0.0, 3.0]),), (A([-1.0, 0.0, 1.0]),)),
    ("fabs at 0", np.fabs, (A([-2.0, 0.0]),), (A([-1.0, 0.0]),)),
    ("sign at 0", np.sign, (A([-1.0, 0.0]),), (A([0.0, 0.0]),)),
    ("copysign at 0", np.copysign, (A([0.0, -2.0]), A([-1.0, -1.0])), (A([0.0, 1.0]), A([0.0, 0.0]))),
    ("maximum at a tie", np.maximum, (A([1.0, 2.0, 0.0]), A([1.0, 0.0, 3.0])), (A([0.5, 1, 0]), A([0.5, 0, 1]))),
    ("minimum at a tie", np.minimum, (A([1.0, 2.0, 0.0]), A([1.0, 0.0, 3.0])), (A([0.5, 0, 1]), A([0.5, 1, 0]))),
    ("maximum, equal infinities", np.maximum, (A([INF, -INF]), A([INF, INF])), (A([0.5, 0]), A([0.5, 1]))),
    ("fmax: NaN gives way", np.fmax, (A([1.0, NAN, 4.0]), A([1.0, 2.0, NAN])), (A([0.5, 0, 1]), A([0.5, 1, 0]))),
    ("fmin: NaN gives way", np.fmin, (A([1.0, NAN, 4.0]), A([1.0, 2.0, NAN])), (A([0.5, 0, 1]), A([0.5, 1, 0]))),
    ("max over ties", np.max, (A([1.0, 3.0, 3.0, 0.0]),), (A([0, 0.5, 0.5, 0]),)),
    ("min over ties", np.min, (A([1.0, 1.0, 1.0, 4.0]),), (A([1, 1, 1, 0]) / 3,)),
    (
        "amax over ties, along an axis",
        lambda x: np.amax(x, axis=1),
        (A([[2.0, 2.0], [1.0, 5.0]]),),
        (A([[0.5, 0.5], [0, 1]]),),
    ),
    ("amin over ties", np.amin, (A([2.0, 2.0]),), (A([0.5, 0.5]),)),
    ("median of an even count", np.median, (A([4.0, 1.0, 3.0, 2.0]),), (A([0, 0, 0.5, 0.5]),)),
    ("median over ties", np.median, (A([2.0, 2.0, 2.0, 7.0, 1.0]),), (A([1, 1, 1, 0, 0]) / 3,)),
    ("median, the middle two equal", np.median, (A([1.0, 2.0, 2.0, 5.0]),), (A([0, 0.5, 0.5, 0]),)),
    ("clip at its bounds", lambda x: np.clip(x, -1, 1), (A([-1.0, 1.0, 0.0, 2.0, -2.0]),), (A([1.0, 1, 1, 0, 0]),)),
    (
        "clip at array bounds",
        np.clip,
        (A([0.0, 1.0, 3.0]), A([0.0, 2.0, 0.0]), A([2.0, 3.0, 2.0])),
        (A([1.0, 0, 0]), A([0.0, 1, 0]), A([0.0, 0, 1])),
    ),
    (
        "clip, bounds crossed: the upper one counts",
        np.clip,
        (A([0.0]), A([2.0]), A([1.0])),
        (A([0.0]), A([0.0]), A([1.0])),
    ),
    ("norm at 0", np.linalg.norm, (A([0.0, 0.0]),), (A([0.0, 0.0]),)),
    ("norm, ord=inf, over ties", lambda x: np.linalg.norm(x, INF), (A([2.0, -2.0, 1.0]),), (A([0.5, -0.5, 0]),)),
    ("norm, ord=-inf, over ties", lambda x: np.linalg.norm(x, -INF), (A([2.0, -1.0, 1.0]),), (A([0, -0.5, 0.5]),)),
    ("norm, ord=1, at 0", lambda x: np.linalg.norm(x, 1), (A([0.0, -3.0]),), (A([0.0, -1.0]),)),
    ("norm, ord=3, at 0", lambda x: np.linalg.norm(x, 3), (A([0.0, 0.0]),), (A([0.0, 0.0]),)),
    ("std of constants", np.std, (A([2.0, 2.0, 2.0]),), (A([0.0, 0, 0]),)),
    ("var of constants", np.var, (A([2.0, 2.0, 2.0]),), (A([0.0, 0, 0]),)),
    ("std of one element", lambda x: np.std(x, axis=0), (A([[3.0, 4.0]]),), (A([[0.0, 0.0]]),)),
    ("prod with a zero", np.prod, (A([2.0, 0.0, 5.0]),), (A([0.0, 10.0, 0.0]),)),
    ("prod with two zeros", np.prod, (A([0.0, 0.0, 5.0]),), (A([0.0, 0.0, 0.0]),)),
    # y = (0, 0, 0): dy0 = 1, dy1/dx0 = 2, dy2/dx0 = 6
    ("cumprod with a zero", np.cumprod, (A([0.0, 2.0, 3.0]),), (A([9.0, 0.0, 0.0]),)),
    # y = (2, 0, 0, 0): by the definition, 1 + 0 + 0 + 0; 2 + 6 + 0; 0; 0
    ("cumprod with two zeros", np.cumprod, (A([2.0, 0.0, 3.0, 0.0]),), (A([1.0, 8.0, 0.0, 0.0]),)),
    ("x**0", lambda x: x**0, (A([0.0, 2.0]),), (A([0.0, 0.0]),)),
    ("x**y, y = 0", np.power, (A([0.0, 2.0]), A([0.0, 0.0])), (A([0.0, 0.0]), A([0.0, math.log(2)]))),
    ("0**y, y > 0", np.power, (A([0.0, 0.0]), A([2.0, 1.0])), (A([0.0, 1.0]), A([0.0, 0.0]))),
    ("sinc at 0", np.sinc, (A([0.0]),), (A([0.0]),)),
    ("arctan2(0, 0)", np.arctan2, (A([0.0]), A([0.0])), (A([0.0]), A([0.0]))),
    ("hypot(0, 0)", np.hypot, (A([0.0]), A([0.0])), (A([0.0]), A([0.0]))),
    ("logaddexp(inf, 0)", np.logaddexp, (A([INF]), A([0.0])), (A([1.0]), A([0.0]))),
    ("logaddexp(-inf, 0)", np.logaddexp, (A([-INF]), A([0.0])), (A([0.0]), A([1.0]))),
    ("logaddexp(-inf, -inf)", np.logaddexp, (A([-INF]), A([-INF])), (A([0.0]), A([0.0]))),
    ("logaddexp(inf, inf)", np.logaddexp, (A([INF]), A([INF])), (A([0.5]), A([0.5]))),
    ("nansum", np.nansum, (A([1.0, NAN, 2.0]),), (A([1.0, 0.0, 1.0]),)),
    ("nanmean", np.nanmean, (A([1.0, NAN, 2.0]),), (A([0.5, 0.0, 0.5]),)),
    ("nanmax", np.nanmax, (A([1.0, NAN, 2.0, 2.0]),), (A([0.0, 0, 0.5, 0.5]),)),
    ("nan_to_num", np.nan_to_num, (A([1.0, NAN, INF]),), (A([1.0, 0.0, 0.0]),)),
    ("relu at 0", nn.relu, (A([-1.0, 0.0, 2.0]),), (A([0.0, 0, 1]),)),
    ("relu6 at its kinks", nn.relu6, (A([0.0, 6.0, 3.0, 7.0]),), (A([0.0, 0, 1, 0]),)),
    ("hardtanh at its kinks", nn.hardtanh, (A([-1.0, 1.0, 0.5, 2.0]),), (A([0.0, 0, 1, 0]),)),
    ("leaky_relu at 0: the slope to the left", nn.leaky_relu, (A([0.0, 1.0]),), (A([0.01, 1]),)),
    ("softplus at 0", nn.softplus, (A([0.0]),), (A([0.5]),)),
    ("logsumexp, every entry -inf", lambda x: nn.logsumexp(x, 0), (A([-INF, -INF]),), (A([0.0, 0.0]),)),
    ("logsumexp, one entry -inf", lambda x: nn.logsumexp(x, 0), (A([-INF, 3.0]),), (A([0.0, 1.0]),)),
    ("std, of float zeros", np.std, (A([0.0, 0.0]),), (A([0.0, 0.0]),)),
    ("maximum of a constant at a tie", lambda x: np.maximum(x, 0.0), (A([0.0]),), (A([0.5]),)),
    ("max over ties of all", lambda x: np.max(x), (np.zeros((2, 2)),), (np.full((2, 2), 0.25),)),
    ("median of an even count, ties", np.median, (A([2.0, 2.0, 2.0, 2.0]),), (A([1, 1, 1, 1]) / 4,)),
    ("a read of one element twice", lambda x: x[[0, 0, 1]], (A([1.0, 2.0, 3.0]),), (A([2.0, 1, 0]),)),
    ("np.take of one element twice", lambda x: np.take(x, [2, 2]), (A([1.0, 2.0, 3.0]),), (A([0.0, 0, 2]),)),
    ("heaviside", np.heaviside, (A([0.0, 1.0]), A([0.5, 0.5])), (A([0.0, 0.0]), A([1.0, 0.0]))),
    ("rounding", np.round, (A([0.5, 1.2]),), (A([0.0, 0.0]),)),
]


@pytest.mark.parametrize(("f", "args", "want"), [pytest.param(*row[1:], id=row[0]) for row in TABLE])
def test_at_a_kink(f: Any, args: tuple[Any, ...], want: tuple[Any, ...]) -> None:
    for got, expected in zip(slopes(f, *args), want, strict=True):
        np.testing.assert_allclose(got, expected, rtol=4 * 2.0**-53, atol=0)


@pytest.mark.parametrize(("f", "args", "want"), [pytest.param(*row[1:], id=row[0]) for row in TABLE])
def test_at_a_kink_by_tangents(f: Any, args: tuple[Any, ...], want: tuple[Any, ...]) -> None:
    """A forward sweep gives the same values: along each axis in turn."""
    for k, expected in enumerate(want):
        for at in np.ndindex(args[k].shape):
            tangents = [np.zeros(a.shape) for a in args]
            tangents[k][at] = 1
            got = tape.jvp(lambda *a: np.sum(f(*a)), args, tangents)[1]
            np.testing.assert_allclose(got, expected[at], rtol=4 * 2.0**-53, atol=0)


def test_no_rounding_of_constants_is_taken_for_a_spread() -> None:
    (g,) = slopes(np.std, np.full(3, 0.1))  # whose mean is rounded
    np.testing.assert_allclose(g, 0, atol=4 * 2.0**-53)


def test_where_of_an_infinite_slope_is_nan() -> None:
    def f(x: Any) -> Any:
        return np.where(x > 0, np.sqrt(x), x)

    with np.errstate(divide="ignore", invalid="ignore"):
        (g,) = slopes(f, A([0.0, 4.0]))
    np.testing.assert_array_equal(g, [NAN, 0.25])  # 0 times infinity: the branch that isn't taken has no strong zero


def test_where_of_an_infinite_slope_with_strong_zeros() -> None:
    def f(x: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return np.sum(np.where(x > 0, np.sqrt(x), x))

    g = tape.grad(f, strong_zeros=True)(A([-1.0, 0.0, 4.0]))  # and without a warning
    np.testing.assert_array_equal(g, [1, 1, 0.25])


def test_power_of_a_negative_base_has_no_slope_in_the_exponent() -> None:
    with np.errstate(invalid="ignore"):
        a, b = slopes(np.power, A([-2.0]), A([2.0]))
    np.testing.assert_array_equal(a, [-4.0])
    assert np.isnan(b).all()


def test_power_mixes_its_derivatives_at_exponent_zero() -> None:
    mixed = tape.grad(lambda b: tape.grad(lambda a: a**b)(3.0))(0.0)  # d/db of b a**(b-1) is 1/a
    np.testing.assert_allclose(mixed, 1 / 3, rtol=4 * 2.0**-53)


def test_power_warns_of_nothing_that_is_finite() -> None:
    slopes(lambda x: x ** A([0.0, 1.0, 2.0]), A([0.0, 0.0, 0.0]))  # warnings are errors here
    tape.grad(lambda x: np.sum(tape.grad(lambda x: np.sum(x ** A([0.0, 1.0, 2.0, 3.0])))(x) * x))(
        A([-1.0, 0.0, -2.0, 0.0])
    )


def test_sinc_bends_at_zero() -> None:
    assert tape.grad(tape.grad(np.sinc))(0.0) == pytest.approx(-(math.pi**2) / 3, rel=1e-15, abs=0)
    fourth = tape.grad(tape.grad(tape.grad(tape.grad(np.sinc))))(1e-9)
    assert fourth == pytest.approx(math.pi**4 / 5, rel=1e-12, abs=0)


def test_hessian_of_a_norm_at_zero_is_no_number() -> None:
    with np.errstate(invalid="ignore"):
        assert np.isnan(tape.hessian(np.linalg.norm)(np.zeros(2))).all()


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_norms_are_scaled(scale: float) -> None:
    with np.errstate(over="ignore", under="ignore"):  # np.linalg.norm itself squares
        (g,) = slopes(np.linalg.norm, scale * A([3.0, -4.0]))
        (huge,) = slopes(lambda x: np.linalg.norm(x, axis=0), scale * A([[3.0], [-4.0]]))
    np.testing.assert_allclose(g, [0.6, -0.8], rtol=1e-15)
    np.testing.assert_allclose(huge[:, 0], [0.6, -0.8], rtol=1e-15)


def test_hypot_and_arctan2_are_scaled() -> None:
    a, b = slopes(np.hypot, A([1e160]), A([1e160]))
    np.testing.assert_allclose([a[0], b[0]], math.sqrt(0.5), rtol=1e-15)
    a, b = slopes(np.arctan2, A([1e200]), A([1e200]))
    np.testing.assert_allclose([a[0], b[0]], [0.5e-200, -0.5e-200], rtol=1e-15)


@pytest.mark.parametrize("f", [np.arctan, np.arcsinh])
def test_inverse_functions_do_not_overflow(f: Any) -> None:
    (g,) = slopes(f, A([1e200]))
    np.testing.assert_allclose(g, 0 if f is np.arctan else 1e-200, rtol=1e-15)


@pytest.mark.parametrize("n", [4, 1000])  # small arrays take a shorter way
def test_tanh_does_not_cancel(n: int) -> None:
    x = np.linspace(-30, 30, n)
    (g,) = slopes(np.tanh, x)
    np.testing.assert_allclose(g, 1 / np.cosh(x) ** 2, rtol=8 * 2.0**-53)
    assert tape.grad(np.tanh)(20.0) == pytest.approx(4 * math.exp(-40), rel=1e-15, abs=0)
    (g,) = slopes(np.tanh, np.array([-1e4, 800.0]))
    np.testing.assert_array_equal(g, 0)
    second = tape.grad(tape.grad(np.tanh))(20.0)
    assert second == pytest.approx(-8 * math.exp(-40), rel=1e-15, abs=0)


def test_tanh_in_single_precision() -> None:
    x = np.linspace(-20, 20, 9, dtype=np.float32)
    g = tape.grad(lambda x: np.sum(np.tanh(x)))(x)
    assert g.dtype == np.float32
    np.testing.assert_allclose(g, 1 / np.cosh(x.astype(float)) ** 2, rtol=8 * 2.0**-24)


def test_expm1_of_very_negative_numbers() -> None:
    (g,) = slopes(np.expm1, A([-50.0, -700.0]))
    np.testing.assert_allclose(g, np.exp([-50.0, -700.0]), rtol=4 * 2.0**-53)


def test_duplicate_reads_add_up() -> None:
    indices = A([0, 2, 2, 2])
    (g,) = slopes(lambda x: np.take_along_axis(x, indices, axis=0), A([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(g, [1, 0, 3])


def test_nan_spreads_where_numpy_spreads_it() -> None:
    (g,) = slopes(np.max, A([1.0, NAN]))
    np.testing.assert_array_equal(g, [0, 1])  # the maximum is the NaN
    a, b = slopes(np.maximum, A([NAN]), A([2.0]))
    np.testing.assert_array_equal([a, b], [[1.0], [1.0]])


# ------------------------------------------------------------------------ complex


def test_complex_gradients_point_uphill() -> None:
    z = A([3.0 + 4.0j, -1.0 + 1.0j, 0.0])
    g = tape.grad(lambda z: np.sum(np.abs(z)))(z)
    np.testing.assert_allclose(g, [0.6 + 0.8j, (-1 + 1j) / math.sqrt(2), 0], rtol=1e-15)
    g = tape.grad(lambda z: np.sum(np.real(z * np.conj(z))))(z)
    np.testing.assert_allclose(g, 2 * z, rtol=1e-15)
    np.testing.assert_array_equal(tape.grad(lambda z: np.sum(np.imag(z)))(z), [1j, 1j, 1j])
    np.testing.assert_allclose(
        tape.grad(lambda z: np.sum(np.angle(z)))(z)[:2], 1j * z[:2] / np.abs(z[:2]) ** 2, rtol=1e-15
    )
    assert tape.grad(lambda z: np.sum(np.angle(z)))(z)[2] == 0


def test_a_real_input_gets_a_real_adjoint() -> None:
    g = tape.grad(lambda x: np.sum(np.abs(np.exp(1j * x) + 2)))(A([0.5, 1.0]))
    assert g.dtype == np.float64
    x = A([0.5, 1.0])
    np.testing.assert_allclose(g, -2 * np.sin(x) / np.abs(np.exp(1j * x) + 2), rtol=1e-14)


# ------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x, where=A([True, False])),
        lambda x: np.sum(x, initial=1.0),
        lambda x: np.sum(x, dtype=np.float32),
        lambda x: np.max(x, initial=9.0),
        lambda x: np.var(x, mean=0.0),
        lambda x: np.clip(x, 0, 1, dtype=np.float32),
        lambda x: np.linalg.norm(x[None] * x[:, None], 2),
        lambda x: np.linalg.norm(x, 0),
        lambda x: np.add.reduce(x, dtype=np.float32),
        lambda x: np.average(x, returned=True)[0],
    ],
)
def test_options_are_refused_or_right(f: Any) -> None:
    """An option is never swallowed: it has a rule, or it raises."""
    x = A([1.25, 2.0])
    try:
        (g,) = slopes(f, x)
    except OptionError as error:
        if "no rule" in str(error):
            return
        raise
    h, steps = 1e-3, np.eye(2)
    want = [(np.sum(f(x + h * e)) - np.sum(f(x - h * e))) / (2 * h) for e in steps]
    np.testing.assert_allclose(g, want, rtol=1e-3, atol=1e-3)


def test_where_of_a_condition_alone_is_refused() -> None:
    with pytest.raises(OptionError, match="no rule"):
        slopes(lambda x: np.where(x > 0), A([1.0, 2.0]))


def test_reductions_with_where() -> None:
    mask = A([[True, False, True], [False, True, True]])
    for f in (np.sum, np.mean, np.prod, np.var, np.std):
        try:
            (g,) = slopes(lambda x: f(x, axis=1, where=mask), A([[1.0, 2.0, 4.0], [3.0, 5.0, 7.0]]))
        except OptionError:
            continue
        np.testing.assert_array_equal(g[~mask], 0)
        assert np.any(g[mask])


# ---------------------------------------------------------------------------- types


def test_complex_outputs_are_refused() -> None:
    with pytest.raises(tape.ComplexOutputError):
        tape.grad(lambda z: z * z)(1 + 1j)


@pytest.mark.parametrize("x", [np.array([1, 2]), 3, True, np.array([True])])
def test_integer_inputs_are_refused(x: Any) -> None:
    with pytest.raises(InputTypeError):
        tape.grad(lambda x: np.sum(x * 1.0))(x)


def test_integer_constants_are_fine() -> None:
    np.testing.assert_array_equal(slopes(lambda x: x * A([1, 2]) + 3, A([1.0, 2.0]))[0], [1, 2])
    np.testing.assert_array_equal(slopes(lambda x: x * A([True, False]), A([1.0, 2.0]))[0], [1, 0])


def test_python_numbers_are_weak() -> None:
    x = np.ones(3, np.float32)
    for f in (lambda x: 2.0 * x / 3, lambda x: x**2 + 1.5, lambda x: np.maximum(x, 0.5), lambda x: np.clip(x, 0, 2.0)):
        assert f(x).dtype == np.float32
        value, g = tape.value_and_grad(lambda x: np.sum(f(x)))(x)
        assert (value.dtype, g.dtype) == (np.float32, np.float32)
        assert tape.jvp(f, (x,), (x,))[1].dtype == np.float32


def test_results_of_no_dimension() -> None:
    value, g = tape.value_and_grad(lambda x: x * x)(3.0)
    assert value == 9.0
    assert isinstance(g, np.ndarray)
    assert (g.shape, g.dtype, float(g)) == ((), np.float64, 6.0)
    value, g = tape.value_and_grad(lambda x: np.sum(x))(np.float32(3))
    assert type(value) is type(np.sum(np.float32(3)))
    assert (g.shape, g.dtype) == ((), np.float32)


# ------------------------------------------------------------------------- networks


def test_softplus_and_its_kin_are_stable_at_both_ends() -> None:
    x = A([-1e4, -800.0, -40.0, 40.0, 800.0, 1e4])
    with np.errstate(under="ignore"):
        small = np.exp(x[:3])
    np.testing.assert_allclose(slopes(nn.softplus, x)[0], [*small, 1, 1, 1], rtol=1e-15)
    np.testing.assert_allclose(slopes(nn.sigmoid, x)[0], [*small, math.exp(-40), 0, 0], rtol=1e-15)
    np.testing.assert_allclose(slopes(nn.logsigmoid, x)[0], [1, 1, 1, math.exp(-40), 0, 0], rtol=1e-15)
    np.testing.assert_allclose(nn.logsigmoid(x), [*x[:3], -math.exp(-40), 0, 0], rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_layer_norm_over_one_element_has_no_weight_gradient(dtype: Any) -> None:
    x = A([[3.0], [1e3], [-7.3]], dtype)
    g = tape.grad(lambda w: np.sum(nn.layer_norm(x, 1, weight=w)))(np.ones(1, dtype))
    np.testing.assert_array_equal(g, [0])


# ------------------------------------------------------------------ rooms that may not be built yet


def known(fn: Any) -> None:
    if fn not in ROWS and fn not in COMPOSITE:
        pytest.skip(f"{fn.__name__} has no rule")


def test_determinant_of_a_singular_matrix() -> None:
    known(np.linalg.det)
    np.testing.assert_allclose(tape.grad(np.linalg.det)(A([[1.0, 2.0], [2.0, 4.0]])), [[4, -2], [-2, 1]], atol=1e-14)
    np.testing.assert_array_equal(tape.grad(np.linalg.det)(np.zeros((2, 2))), 0)


@pytest.mark.parametrize("f", [np.linalg.inv, lambda x: np.linalg.slogdet(x)[1]])
def test_inverse_and_logarithm_of_a_singular_matrix_raise(f: Any) -> None:
    known(np.linalg.inv)
    known(np.linalg.slogdet)
    with pytest.raises((np.linalg.LinAlgError, tape.TapeError), match=r"[Ss]ingular"):
        tape.grad(lambda x: np.sum(f(x)))(A([[1.0, 2.0], [2.0, 4.0]]))


def test_degenerate_eigenvalues() -> None:
    known(np.linalg.eigh)
    x = np.eye(3)
    g = tape.grad(lambda x: np.sum(np.linalg.eigh(x)[0] ** 3))(x)  # invariant: the trace of the cube
    np.testing.assert_allclose(g, 3 * x, atol=1e-14)
    try:
        g = tape.grad(lambda x: np.linalg.eigh(x)[1][0, 1])(x)
    except tape.TapeError:
        return
    assert np.isnan(g).any()  # an eigenvector that is anyone's guess


@pytest.mark.parametrize("n", [5, 6])
def test_transforms_of_odd_lengths(n: int) -> None:
    known(np.fft.rfft)
    known(np.fft.irfft)
    x = np.random.default_rng(n).normal(size=n)
    (g,) = slopes(lambda x: np.abs(np.fft.rfft(x)) ** 2, x)
    weights = np.full(n // 2 + 1, 2.0)  # all but the first and, of an even length, the last stand for two
    h, e = 1e-6, np.eye(n)
    want = [np.sum(np.abs(np.fft.rfft(x + h * d)) ** 2 - np.abs(np.fft.rfft(x - h * d)) ** 2) / (2 * h) for d in e]
    np.testing.assert_allclose(g, want, rtol=1e-6, atol=1e-6)
    z = np.fft.rfft(x)
    back = tape.grad(lambda z: np.sum(np.fft.irfft(z, n=n) ** 2))(z)
    weights[0] = 1
    weights[-1] = 2 if n % 2 else 1
    want = 2 * weights * z / n  # Parseval: n times the sum of squares is that of the weighted moduli's squares
    want[0] = want[0].real
    np.testing.assert_allclose(back, want, atol=1e-14)


def test_the_last_of_several_writes_wins() -> None:
    def f(v: Any) -> Any:
        x = np.concatenate([v, v]) * 1.0
        x[[0, 0]] = 3.0 * v
        return x * A([1.0, 10.0, 100.0, 1000.0])

    v = A([1.0, 2.0])
    try:
        (g,) = slopes(f, v)
    except tape.InPlaceError:
        pytest.skip("no writes into variables")
    np.testing.assert_array_equal(f(v), [6, 20, 100, 2000])
    np.testing.assert_array_equal(g, [100, 3 + 10 + 1000])


def test_xlogy_at_zero() -> None:
    special = pytest.importorskip("scipy.special")
    try:
        a, b = slopes(special.xlogy, A([0.0, 0.0]), A([2.0, 3.0]))
    except tape.NoRuleError:
        pytest.skip("scipy.special.xlogy has no rule")
    np.testing.assert_allclose(a, np.log([2.0, 3.0]), rtol=1e-15)
    np.testing.assert_array_equal(b, 0)


# ----------------------------------------------------------------- ufuncs' methods


def test_ufunc_methods_are_reductions() -> None:
    x = A([[1.0, 2.0], [3.0, 5.0]])
    w = A([1.0, 10.0])
    for got, f in (
        (lambda x: np.add.reduce(x), lambda x: np.sum(x, axis=0)),
        (lambda x: np.multiply.reduce(x, axis=1), lambda x: np.prod(x, axis=1)),
        (lambda x: np.maximum.reduce(x), lambda x: np.max(x, axis=0)),
        (lambda x: np.add.accumulate(x), lambda x: np.cumsum(x, axis=0)),
        (lambda x: np.multiply.accumulate(x), lambda x: np.cumprod(x, axis=0)),
    ):
        np.testing.assert_array_equal(slopes(lambda x: w * got(x), x), slopes(lambda x: w * f(x), x))


def test_linear_cost_of_running_products() -> None:
    (g,) = slopes(np.cumprod, np.ones(1000))
    np.testing.assert_array_equal(g, np.arange(1000, 0, -1))
