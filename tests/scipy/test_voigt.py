"""Voigt's profile, Faddeeva's function, the modified Fresnel integrals: zero widths, far out, near the real axis."""

import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.scipy.special import faddeeva, voigt

mp = pytest.importorskip("mpmath").mp


def exact(z, order):
    before, found = -1j / mp.sqrt(mp.pi), mp.exp(-z * z) * mp.erfc(-1j * z)
    for n in range(order):
        before, found = found, -2 * (z * found + max(n, 1) * before)
    return found


def exact_voigt(x, s, c, order):
    x, s, c = (mp.mpf(v) for v in (x, s, c))
    if s == 0:
        return 1j / mp.pi * (-1) ** order * mp.factorial(order) / (x + 1j * c) ** (order + 1)
    return exact((x + 1j * c) / (s * mp.sqrt(2)), order) / (s * mp.sqrt(2)) ** (order + 1) / mp.sqrt(mp.pi)


AT = [
    *[(0.3, 1.0, 0.5), (-4.0, 1.0, 0.2), (-4.0, 1.0, 3.0), (6.0, 1.0, 1e-20), (0.3, 1.0, 0.0), (5.0, 1.5, 0.0)],
    *[(30.0, 1.0, 1e-3), (-12.0, 1.0, 0.0), (12.0, 1.0, 1e-30), (12.0, 1.0, 9.0), (3.0, 0.0, 2.0), (3.0, 1e-150, 2.0)],
    *[(1e100, 1.0, 1e90), (0.3, 1.0, -0.5), (5.0, -1.0, 0.2), (0.0, 1.0, -9.0), (12.0, 1.0, -1e-3), (9.5, 1.0, -0.6)],
    *[(2.9, 1.0, 0.69), (2.9, 1.0, 0.72), (2.7, 1.0, 0.3), (2.9, 1.0, -0.3), (9.8, 1.0, 0.5), (9.9, 1.0, 0.5)],
]


@pytest.mark.parametrize("at", AT)
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_derivatives_of_voigts_profile(at, order):
    with mp.workdps(2000 if max(at) > 1e10 or at[1] == 1e-150 else 300):
        want = exact_voigt(*at, order)
        real, imaginary = float(want.real), float(want.imag)
    bound = 2e-14 if order < 3 else 1e-13
    # where one of the parts is far smaller than the other because it passes through zero, it is as accurate as that
    for part, one in enumerate((real, imaginary)):
        got = float(voigt.voigt_derivative(*at, order=order, part=part))
        near = 1e-14 * max(abs(real), abs(imaginary)) if abs(at[2]) > 0.1 else 0
        assert got == pytest.approx(one, rel=bound * 8, abs=near), part


@pytest.mark.parametrize("at", AT[:14])
def test_slopes_of_voigts_profile(at):
    with mp.workdps(2000 if max(at) > 1e10 or at[1] == 1e-150 else 300):
        first, second = exact_voigt(*at, 1), exact_voigt(*at, 2)
        wanted = [float(first.real), float(at[1] * second.real), float(-first.imag)]
    found = [float(d) for d in tape.grad(sp.voigt_profile, (0, 1, 2))(*at)]
    assert found == pytest.approx(wanted, rel=1e-12, abs=0)


def test_many_at_once():
    x = np.linspace(-9, 9, 10_000)
    together = voigt.voigt_derivative(x, 1.0, 0.1, order=1, part=0)
    alone = [voigt.voigt_derivative(v, 1.0, 0.1, order=1, part=0) for v in x[::997]]
    np.testing.assert_allclose(together[::997], alone, rtol=1e-14)


@pytest.mark.parametrize("x", [-1e5, -30.0, -3.0, -0.5, 0.0, 0.7, 3.0, 9.0, 11.0, 1e5])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_derivatives_of_the_modified_fresnel_integrals(x, order):
    with mp.workdps(60):
        turn = mp.expjpi(mp.mpf(1) / 4)
        want = complex(exact(turn * mp.mpf(x), order) * turn**order / 2)
    assert complex(voigt.fresnel_derivative(x, order=order, sign=1)) == pytest.approx(want, rel=4e-15, abs=0)
    assert complex(voigt.fresnel_derivative(x, order=order, sign=-1)) == pytest.approx(
        want.conjugate(), rel=4e-15, abs=0
    )


def test_slopes_of_the_modified_fresnel_integrals():
    """Of negative numbers too, of which SciPy's own values have a wrong imaginary part."""
    for x in (-7.3, 2.1):
        for f, sign in ((sp.modfresnelp, 1), (sp.modfresnelm, -1)):
            for part, want in ((np.real, -math.cos(x * x)), (np.imag, -sign * math.sin(x * x))):
                assert float(tape.grad(lambda x: part(f(x)[0]))(x)) == pytest.approx(want, rel=3e-14, abs=0)
                want = float(part(voigt.fresnel_derivative(x, order=1, sign=sign)))
                assert float(tape.grad(lambda x: part(f(x)[1]))(x)) == pytest.approx(want, rel=1e-14, abs=0)


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("x", [8.3, 22.9, 26.1])
def test_real_part_of_faddeevas_function_on_the_real_axis(x, order):
    """It has all its digits, far below the imaginary part."""
    with mp.workdps(400):
        want = float(exact(mp.mpc(x), order).real)
    assert faddeeva.faddeeva_derivative(x, order=order).real == pytest.approx(want, rel=2e-15, abs=0)


@pytest.mark.parametrize(
    ("z", "order"),
    [
        *[(0.97, 12), (-0.6 - 0.7j, 10)],  # where Taylor's series is longest
        *[(z, n) for z in (1.0, 1j, -1.0, -1j, 8.0, 8j) for n in (0, 2)],  # where methods meet
        *[(30 - 30j, n) for n in (0, 1)],  # what lies below is as large as the series
    ],
)
def test_methods_of_faddeevas_function(z, order):
    with mp.workdps(850 if abs(z) > 10 else 80):
        want = complex(exact(mp.mpc(z), order))
    assert complex(faddeeva.faddeeva_derivative(z, order=order)) == pytest.approx(want, rel=1e-13, abs=0)


def test_faddeevas_function_so_far_out_that_powers_overflow():
    assert [faddeeva.faddeeva_derivative(x, order=3) for x in (1e120, -1e120)] == [0, 0]
