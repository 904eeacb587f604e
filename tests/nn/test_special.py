import math

import mpmath
import numpy as np
import pytest

import tape
from tape.nn import erf, ndtr
from tape.nn.special import SMALL, SPACING, coefficients, normal_pdf

rng = np.random.default_rng(0)
CASES = [
    (erf, mpmath.erf, np.r_[rng.uniform(-6.5, 6.5, 600), rng.normal(size=200) * 1e-3, 1 / 128, -1 / 128, 1e-300]),
    (ndtr, mpmath.ncdf, np.r_[rng.uniform(-9, 9, 600), rng.normal(size=200) * 1e-3]),
]


def ulps(found, function, x):
    """Return the error of each result in units of its own last place."""
    with mpmath.workprec(160):
        true = [function(mpmath.mpf(float(v))) for v in x]
        errors = [mpmath.mpf(float(f)) - t for f, t in zip(found, true, strict=True)]
        return max(
            abs(float(e / float(np.spacing(found.dtype.type(float(t)))))) for e, t in zip(errors, true, strict=True)
        )


@pytest.mark.parametrize(("ours", "true", "x"), CASES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_within_three_ulps(ours, true, x, dtype):
    x = x.astype(dtype)
    assert ours(x).dtype == dtype
    assert ulps(ours(x), true, x) <= 3
    assert ulps(np.concatenate([ours(part) for part in np.array_split(x, len(x) // SMALL + 1)]), true, x) <= 3


# Bounds, points, the function, and how it and its derivatives follow from those of erfc
TABLES = {
    "erf": (0, 6, [0, 1 / 256, 0.5, 2, 6], mpmath.erf, 1),
    "ndtr": (-38.5, 8.5, [-37, -10, -2.875, -2 - 1 / 256, -2, -1.25, 0, 0.75, 8.5], mpmath.ncdf, 2),
}


@pytest.mark.parametrize("kind", TABLES)
def test_the_table_holds_taylor_coefficients(kind):
    low, high, points, true, width = TABLES[kind]
    coefficients.cache_clear()
    table, first = coefficients(kind, "g")
    assert (first, first + table.shape[1] - 1) == (low * SPACING, high * SPACING)
    for x in points:
        with mpmath.workprec(300):
            z = mpmath.mpf(x) / mpmath.sqrt(width)
            want = [true(mpmath.mpf(x)) if x > -9 else mpmath.erfc(-z) / 2]
            for n in range(len(table) - 1):
                slope = (-1) ** n * mpmath.hermite(n, z) * mpmath.exp(-z * z) * 2 / mpmath.sqrt(mpmath.pi)
                want.append(slope / mpmath.factorial(n + 1) / (1 if kind == "erf" else 2 * mpmath.sqrt(2) ** (n + 1)))
            want = np.array([np.longdouble(mpmath.nstr(c, 30)) for c in want])
        found = table[:, int(x * SPACING) - first]
        # A few roundings each, and a Hermite polynomial that cancels by a factor of ten at most.
        assert np.all(np.abs(found - want) <= 32 * np.finfo(np.longdouble).eps * np.abs(want)), x


def test_the_lower_tail_keeps_its_relative_accuracy():
    x = np.linspace(-37, -9, 150)
    assert ulps(ndtr(x), mpmath.ncdf, x) <= 3


def test_ends_zeros_and_nan():
    ends = np.array([-np.inf, -1000.0, 0.0, 1000.0, np.inf, np.nan])
    np.testing.assert_array_equal(erf(ends), [-1, -1, 0, 1, 1, np.nan])
    np.testing.assert_array_equal(ndtr(ends), [0, 0, 0.5, 1, 1, np.nan])
    assert math.copysign(1, erf(-0.0)) == -1
    assert type(erf(0.5)) is np.float64


def test_shapes_strides_and_other_types():
    x = rng.normal(size=(300, 40))
    assert np.array_equal(erf(x.T), erf(x).T)
    assert np.array_equal(ndtr(x[::2, ::-1]), ndtr(x)[::2, ::-1])
    assert erf(np.zeros((0, 3))).shape == (0, 3)
    assert erf(np.array([1, 2])).dtype == np.float64
    assert erf(x.astype(np.float16)).dtype == np.float16


@pytest.mark.parametrize(("ours", "true"), [(erf, mpmath.erf), (ndtr, mpmath.ncdf)])
def test_longdouble_is_computed_in_longdouble(ours, true):
    def exactly(v):
        return mpmath.mpf(float(v)) + mpmath.mpf(float(v - np.longdouble(float(v))))

    for x in np.linspace(-4, 4, 25, dtype=np.longdouble) / 3:
        with mpmath.workprec(160):
            # a few units; π, of which the table is made, is off by one
            assert abs(exactly(ours(x)) - true(exactly(x))) < 8 * float(np.finfo(np.longdouble).eps)


def test_derivatives_of_any_order():
    x = 0.7
    assert tape.grad(ndtr)(x) == pytest.approx(normal_pdf(x), rel=4e-16, abs=0)
    assert tape.grad(tape.grad(ndtr))(x) == pytest.approx(-x * normal_pdf(x), rel=1e-15, abs=0)
    assert tape.grad(tape.grad(tape.grad(ndtr)))(x) == pytest.approx((x * x - 1) * normal_pdf(x), rel=1e-14, abs=0)
    assert tape.grad(tape.grad(erf))(x) == pytest.approx(
        -4 * x / math.sqrt(math.pi) * math.exp(-x * x), rel=1e-15, abs=0
    )
