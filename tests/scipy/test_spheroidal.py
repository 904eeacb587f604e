"""Spheroidal functions, and Tukey's distribution, against differences of SciPy's values, and what is refused."""

import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.errors import NoRuleError
from tape.scipy.special.spheroidal import (
    CHARACTERISTIC,
    angular,
    characteristic,
    distinct,
    legendre,
    nonnegative,
    pair,
    sound,
    wave_slope,
)


def slope(f, x, h=1e-3):
    return (8 * (f(x + h) - f(x - h)) - f(x + 2 * h) + f(x - 2 * h)) / (12 * h)


@pytest.mark.parametrize("family", ["pro", "obl"])
def test_characteristic_values(family):
    f = getattr(sp, f"{family}_cv")
    for m, n, c in ((0, 2, 1.0), (1, 2, 4.0), (2, 5, 8.0)):
        first = tape.grad(f, 2)
        assert float(first(m, n, c)) == pytest.approx(slope(lambda c, m=m, n=n: f(m, n, c), c), rel=1e-8, abs=0)
        got = float(tape.grad(first, 2)(m, n, c))
        assert got == pytest.approx(slope(lambda c, m=m, n=n: float(first(m, n, c)), c), rel=1e-8, abs=0)


@pytest.mark.parametrize("kind", ["ang1", "rad1", "rad2"])
@pytest.mark.parametrize("family", ["pro", "obl"])
def test_functions(family, kind):
    f, given = getattr(sp, f"{family}_{kind}"), getattr(sp, f"{family}_{kind}_cv")
    for m, n, c in ((0, 1, 3.0), (1, 2, 4.0)):
        x, cv = 0.6 if kind == "ang1" else 4.0, getattr(sp, f"{family}_cv")(m, n, c)
        for k in (0, 1):
            want = slope(lambda c: f(m, n, c, x)[k], c), slope(lambda x: f(m, n, c, x)[k], x)
            got = tape.grad(lambda c, x: f(m, n, c, x)[k], (0, 1))(c, x)
            np.testing.assert_allclose(np.array(got, float), want, rtol=1e-6)
            assert float(tape.grad(lambda x: given(m, n, c, cv, x)[k])(x)) == pytest.approx(want[1], rel=1e-6, abs=0)


def test_what_scipy_has_wrong_is_refused():
    with pytest.raises(NoRuleError, match="Wronskian"):
        tape.grad(lambda x: sp.obl_rad2(0, 2, 1.0, x)[0])(0.3)
    with pytest.raises(NoRuleError, match="SciPy's value is another"):
        tape.grad(sp.pro_cv, 2)(0, 0, -1.0)
    with pytest.raises(NoRuleError, match="argument 3.*characteristic value only"):
        tape.grad(lambda cv: sp.pro_ang1_cv(0, 1, 1.0, cv, 0.3)[0])(2.5)
    with pytest.raises(NoRuleError, match="this isn't it"):
        tape.grad(lambda x: sp.pro_ang1_cv(0, 1, 1.0, 2.5, x)[1])(0.3)
    assert np.isnan(tape.grad(lambda c: sp.pro_ang1(0, 1, c, 1.5)[0])(2.0))


def test_tukeys_distribution_in_the_shape():
    for x, s in ((0.3, 0.3), (-1.0, -0.5), (0.5, 1.5), (2.0, 1e-9)):
        want = slope(lambda s, x=x: sp.tklmbda(x, s), s)
        assert float(tape.grad(sp.tklmbda, 1)(x, s)) == pytest.approx(want, rel=1e-8, abs=0)
    assert tape.grad(sp.tklmbda, 1)(5.0, 1.5) == 0


@pytest.mark.parametrize("m", [0, 1, 2, 3, 5])
def test_normalised_legendre_functions_and_their_slopes(m):
    x, h = np.array([-0.7, 0.0, 0.4]), 1e-6

    def exact(degree, x):
        ratio = math.factorial(degree - m) / math.factorial(degree + m)
        return (-1) ** m * math.sqrt((degree + 0.5) * ratio) * sp.lpmv(m, degree, x)

    values, slopes = legendre(m, 6, x)
    assert values.shape == slopes.shape == (6, 3)
    for k in range(6):
        np.testing.assert_allclose(values[k], exact(m + k, x), rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(slopes[k], (exact(m + k, x + h) - exact(m + k, x - h)) / (2 * h), atol=1e-7)


@pytest.mark.parametrize(("family", "m", "n", "c"), [("pro", 0, 100, 5.0), ("obl", 1, 90, 20.0), ("pro", 3, 8, 60.0)])
def test_matrices_are_large_enough_for_their_degree_and_parameter(family, m, n, c):
    values, _ = pair(m, n, c, 0, family)
    assert values[0] == pytest.approx(CHARACTERISTIC[family](m, n, c), rel=1e-11, abs=0)


def test_other_values_of_scipys_than_ours_are_refused(monkeypatch):
    right = pair(0, 0, 0.0, 0, "pro")[0][0], pair(1, 30, 2.0, 0, "pro")[0][0]
    assert abs(right[0]) < 1e-13
    assert right[1] > 100
    for (m, n, c), value in (((0, 0, 0.0), right[0]), ((1, 30, 2.0), right[1])):
        for shift, passes in ((7e-9, True), (-7e-9, True), (1.5e-8, False), (-1.5e-8, False)):
            shifted = value + shift * (1 + abs(value))
            monkeypatch.setitem(CHARACTERISTIC, "pro", lambda *_, shifted=shifted: shifted)
            if passes:
                pair(m, n, c, 1, "pro")
            else:
                with pytest.raises(NoRuleError, match="SciPy's value is another"):
                    pair(m, n, c, 1, "pro")


def test_parameters_are_told_apart():
    m, n, c = np.array([0.0, 1, 0, 0, 1]), np.array([2.0, 2, 3, 2, 2]), np.array([1.5, 1.5, 1.5, 2.5, 1.5])
    known = np.array([True, True, True, True, False])
    found = {(i, j, z): where.tolist() for i, j, z, where in distinct(known, m, n, c)}
    assert len(found) == 4
    assert found[1, 2, 1.5] == [False, True, False, False, False]
    assert found[0, 2, 1.5] == [True, False, False, False, False]


def test_one_wronskian_off_among_others_is_refused():
    c, x = np.array([2.0, 2.0]), np.array([3.0, 4.0])
    y = sp.pro_rad2(0, 1, c, x)
    for shift, passes in ((0.0, True), (7e-7, True), (-7e-7, True), (1.5e-6, False), (-1.5e-6, False)):
        shifted = [v * np.array([1.0, 1 + shift]) for v in y]
        if passes:
            sound("pro_rad2", shifted, 0, 1, c, x)
        else:
            with pytest.raises(NoRuleError, match=r"pro_rad2 at \(0, 1, 2, 4\).*Wronskian"):
                sound("pro_rad2", shifted, 0, 1, c, x)


@pytest.mark.parametrize(("m", "n", "x"), [(0, 1, [0.005, 0.01]), (0, 1, [0.005, -0.9]), (3, 6, [0.01, 0.6])])
def test_one_angular_value_off_among_others_is_refused(monkeypatch, m, n, x):
    f, x = sp.pro_ang1, np.array(x)
    value, slopes = f(m, n, 1.0, x)
    bound = 1e-6 * (1 + np.max(np.abs(value)))
    for shift, passes in ((0.7, True), (-0.7, True), (1.4, False), (-1.4, False)):
        theirs = value + np.array([shift * bound, 0.0]), slopes
        monkeypatch.setattr(sp, "pro_ang1", lambda *_, theirs=theirs: theirs)
        if passes:
            assert np.all(np.isfinite(angular(m, n, 1.0, x, "pro_ang1", 1, 0)))
        else:
            with pytest.raises(NoRuleError, match="more than a millionth"):
                angular(m, n, 1.0, x, "pro_ang1", 1, 0)


@pytest.mark.parametrize(("m", "n", "c"), [(0, 0, 0.0), (0, 20, 1.0)])
def test_one_characteristic_value_off_among_others_is_refused(m, n, c):
    right = sp.pro_cv(m, n, c)
    for shift, passes in ((0.0, True), (7e-9, True), (-7e-9, True), (1.5e-8, False), (-1.5e-8, False)):
        cv = np.array([right, right + shift * (1 + abs(right))])
        if passes:
            characteristic("pro_ang1_cv", m, n, c, cv)
        else:
            with pytest.raises(NoRuleError, match="this isn't it"):
                characteristic("pro_ang1_cv", m, n, c, cv)


def test_one_negative_parameter_among_others_is_refused_and_zero_is_not():
    nonnegative(np.array([0.0, 1.0]), "pro_cv")
    with pytest.raises(NoRuleError, match="give abs"):
        nonnegative(np.array([1.0, -1e-9]), "pro_cv")


@pytest.mark.parametrize("kind", ["pro_ang1", "obl_ang1"])
def test_slopes_of_third_derivatives_in_the_parameter(kind):
    def third(x):
        return wave_slope(2, 4, 1.5, x, kind=kind, order=3, degree=1)

    for x in (-0.4, 0.3):
        want = slope(lambda x: float(third(x)), x)
        assert float(tape.grad(third)(x)) == pytest.approx(want, rel=1e-7, abs=0)


def test_radial_functions_of_small_parameters():
    for c in (0.3, 0.8):
        want = slope(lambda c: sp.pro_rad1(0, 1, c, 3.0)[0], c)
        assert float(tape.grad(lambda c: sp.pro_rad1(0, 1, c, 3.0)[0])(c)) == pytest.approx(want, rel=1e-6, abs=0)


def test_radial_functions_of_one_parameter_not_above_zero_are_refused():
    for c in (np.array([1.0, -1.0]), np.array([-1.0, 1.0]), np.array([0.0, 1.0])):
        assert np.all(np.isfinite(sp.pro_rad1(0, 1, c, 3.0)[0]))
        with pytest.raises(NoRuleError, match="no derivative in c at zero, or below"):
            wave_slope(0, 1, c, 3.0, kind="pro_rad1", order=1, degree=0)


def test_characteristic_values_of_large_parameters_take_as_many_terms_as_these_need():
    """Of even degrees they are ``(2n + 1) c`` to leading order, the oblate ones ``-c² + 2 (n + 1) c``: DLMF 30.9."""
    for c in (60.0, 150.0):  # at 400 SciPy writes beyond its arrays
        for n in (0, 6 if c < 100 else 20):
            assert float(tape.grad(sp.pro_cv, 2)(0, n, c)) == pytest.approx(2 * n + 1, rel=1e-2)
            assert float(tape.grad(sp.obl_cv, 2)(0, n, c)) == pytest.approx(-2 * c + 2 * (n + 1), rel=1e-2)


def test_oblate_radial_functions_at_zero():
    h = 1e-5
    for n in (0, 2):
        f = lambda c, n=n: sp.obl_rad1(0, n, c, 0.0)[0]
        assert float(tape.grad(f)(1.5)) == pytest.approx((f(1.5 + h) - f(1.5 - h)) / (2 * h), rel=1e-6)


@pytest.mark.parametrize(("m", "n"), [(0, 0), (0, 1), (1, 2)])
def test_waves_that_are_nearly_nothing_where_they_are_normalised_are_refused(m, n):
    """Oblate ones of large parameters stand at the ends; prolate ones don't."""
    slope = lambda f, c: float(tape.grad(lambda c: f(m, n, c, 0.5)[0])(c))
    for c in (15.0, 19.0):
        h, value = 0.02, lambda c: sp.obl_ang1(m, n, c, 0.5)[0]
        near = (8 * (value(c + h) - value(c - h)) - value(c + 2 * h) + value(c - 2 * h)) / (12 * h)
        assert slope(sp.obl_ang1, c) == pytest.approx(near, rel=1e-6 if c < 19 else 1e-5, abs=0)  # as SciPy's value
    with pytest.raises(NoRuleError, match=f"obl_ang1 of m = {m}, n = {n} at c = 27: the wave is so small at zero"):
        slope(sp.obl_ang1, 27.0)
    assert np.isfinite(slope(sp.pro_ang1, 27.0))
