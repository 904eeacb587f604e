"""Carlson's integrals and the arithmetic-geometric mean: at zeros, where arguments are equal, and twice."""

import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.scipy.special import carlson

mp = pytest.importorskip("mpmath").mp


def slopes(f, *at):
    with np.errstate(all="ignore"):
        return [float(d) for d in tape.grad(f, tuple(range(len(at))))(*at)]


def test_at_zero_and_beyond():
    # R_F(0, y, y) is pi / (2 sqrt(y)), which has an infinite slope where an argument is zero
    assert slopes(sp.elliprf, 0.0, 1.0, 1.0)[0] == -math.inf
    assert slopes(sp.elliprf, 0.0, 1.0, 1.0)[1] == pytest.approx(-math.pi / 8, rel=1e-14)
    assert slopes(sp.elliprc, 0.0, 1.0) == [-math.inf, pytest.approx(-math.pi / 4, rel=1e-14)]
    # R_G(0, y, y) is pi sqrt(y) / 4, R_G(0, 0, z) sqrt(z) / 2
    assert slopes(sp.elliprg, 0.0, 1.0, 1.0)[1:] == pytest.approx([math.pi / 16] * 2, rel=1e-14)
    assert slopes(sp.elliprg, 0.0, 0.0, 4.0) == [math.inf, math.inf, pytest.approx(1 / 8, rel=1e-14)]
    assert all(np.isnan(slopes(sp.elliprd, -1.0, 1.0, 1.0)))
    assert np.isnan(carlson.carlson_integral(1e200, 1e-200, 1.0, 1.0, halves=(1, 2, 0, 0)))
    assert np.isnan(carlson.carlson_integral(0.0, 0.0, 1.0, 1.0, halves=(1, 2, 0, 0)))
    assert np.isnan(carlson.carlson_integral(-1 + 0j, 1.0, 1.0, 1.0, halves=(1, 2, 0, 0)))
    assert carlson.carlson_integral(np.ones(0), 1.0, 1.0, 1.0, halves=(1, 2, 0, 0)).shape == (0,)


@pytest.mark.parametrize("x", [1.0, 1 + 1e-9, 1 - 2**-40, 1.3, 1e-3, 1e5])
def test_twice_where_arguments_come_close(x):
    with mp.workdps(60):
        for f, exact in (
            (lambda x: sp.elliprf(x, 1.0, 1.0), lambda x: mp.elliprf(x, 1, 1)),
            (lambda x: sp.elliprd(1.0, x, 1.0), lambda x: mp.elliprd(1, x, 1)),
            (lambda x: sp.elliprd(1.0, 1.0, x), lambda x: mp.elliprd(1, 1, x)),
            (lambda x: sp.elliprg(x, 1.0, 1.0), lambda x: mp.elliprg(x, 1, 1)),
            (lambda x: sp.elliprj(x, 1.0, 1.0, 1.0), lambda x: mp.elliprj(x, 1, 1, 1)),
            (lambda x: sp.elliprj(1.0, 1.0, 1.0, x), lambda x: mp.elliprj(1, 1, 1, x)),
            (lambda x: sp.elliprc(1.0, x), lambda x: mp.elliprc(1, x)),
            (lambda x: sp.agm(1.0, x), lambda x: mp.agm(1, x)),
        ):
            want = mp.diff(exact, mp.mpf(x), 2, relative=True)
            assert float(tape.grad(tape.grad(f))(x)) == pytest.approx(float(want), rel=1e-13)


@pytest.mark.parametrize("at", [(1.0, 2.0, 3.0, -0.5), (0.2, 5.0, 1.0, -30.0), (4.0, 4.0, 4.0, -1e-3)])
def test_principal_values(at):
    x, y, z, p = (mp.mpf(v) for v in at)

    def exact(x, y, z, p):  # DLMF 19.20.14
        x, y, z = sorted((x, y, z))
        q = -p
        other = (z * (x + y + q) - x * y) / (z + q)
        found = (other - z) * mp.elliprj(x, y, z, other) - 3 * mp.elliprf(x, y, z)
        root = mp.sqrt(x * y * z / (x * y + other * q))
        return (found + 3 * root * mp.elliprc(x * y + other * q, other * q)) / (q + z)

    with mp.workdps(60):
        assert sp.elliprj(*at) == pytest.approx(float(exact(x, y, z, p)), rel=1e-12)
        for k, got in enumerate(slopes(sp.elliprj, *at)):
            want = mp.diff(exact, (x, y, z, p), tuple(int(j == k) for j in range(4)))
            assert got == pytest.approx(float(want), rel=1e-11)
        want = float(mp.diff(lambda t: exact(x, t, z, p), y, 2))
        assert float(tape.grad(tape.grad(lambda t: sp.elliprj(at[0], t, at[2], at[3])))(at[1])) == pytest.approx(want)


def test_integrals_of_complex_numbers():
    for angle in (0.3, 2.0, 3.0):
        x = complex(3 * np.exp(1j * angle))
        with mp.workdps(40):
            h = mp.mpf(10) ** -12
            want = complex((mp.elliprf(x + h, 1, 2) - mp.elliprf(x - h, 1, 2)) / (2 * h))
            again = complex((mp.elliprd(x + h, 1, 2) - mp.elliprd(x - h, 1, 2)) / (2 * h))
        for f, wanted in ((sp.elliprf, want), (sp.elliprd, again)):
            found = tape.vjp(lambda x, f=f: f(x, 1.0, 2.0), x)[1](1 + 0j)[0]
            assert np.conj(found) == pytest.approx(wanted, rel=1e-13)


def test_means():
    assert slopes(sp.agm, 2.0, 2.0) == pytest.approx([0.5, 0.5], rel=1e-15)
    assert slopes(sp.agm, -2.0, -3.0) == slopes(sp.agm, 2.0, 3.0)
    assert slopes(sp.agm, 3.0, 2.0) == slopes(sp.agm, 2.0, 3.0)[::-1]
    assert slopes(sp.agm, 0.0, 2.0) == [math.inf, 0.0]
    assert np.isnan(slopes(sp.agm, 0.0, 0.0)).all()
    assert np.isnan(slopes(sp.agm, 1.0, -1.0)).all()
    with mp.workdps(600):
        a, b = mp.mpf(10.0**150), mp.mpf(10.0**-130)
        want = [2 * a / (3 * mp.pi) * mp.agm(a, b) ** 2 * mp.elliprd(0, b * b, a * a) for a, b in ((a, b), (b, a))]
    assert slopes(sp.agm, 10.0**150, 10.0**-130) == pytest.approx([float(w) for w in want], rel=1e-14)
