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
    assert slopes(sp.elliprf, 0.0, 1.0, 1.0)[1] == pytest.approx(-math.pi / 8, rel=1e-14, abs=0)
    assert slopes(sp.elliprc, 0.0, 1.0) == [-math.inf, pytest.approx(-math.pi / 4, rel=1e-14, abs=0)]
    assert slopes(sp.elliprc, 1.0, 0.0) == [-math.inf, -math.inf]
    # R_G(0, y, y) is pi sqrt(y) / 4, R_G(0, 0, z) sqrt(z) / 2
    assert slopes(sp.elliprg, 0.0, 1.0, 1.0)[1:] == pytest.approx([math.pi / 16] * 2, rel=1e-14, abs=0)
    assert slopes(sp.elliprg, 0.0, 0.0, 4.0) == [math.inf, math.inf, pytest.approx(1 / 8, rel=1e-14, abs=0)]
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
            assert float(tape.grad(tape.grad(f))(x)) == pytest.approx(float(want), rel=1e-13, abs=0)


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
        assert sp.elliprj(*at) == pytest.approx(float(exact(x, y, z, p)), rel=1e-12, abs=0)
        for k, got in enumerate(slopes(sp.elliprj, *at)):
            want = mp.diff(exact, (x, y, z, p), tuple(int(j == k) for j in range(4)))
            assert got == pytest.approx(float(want), rel=1e-11, abs=0)
        want = float(mp.diff(lambda t: exact(x, t, z, p), y, 2))
        assert float(tape.grad(tape.grad(lambda t: sp.elliprj(at[0], t, at[2], at[3])))(at[1])) == pytest.approx(want)


INTEGRALS = [((3, 1, 3, 0), 0), ((1, 1, 5, 0), 0), ((3, 1, 1, 0), 1), ((1, 4, 0, 0), 0), ((3, 1, 1, 2), 0)]


def exact_integral(at, halves, power):
    """By the trapezoidal rule too, with a range and a step that are more than enough, and no range of floats."""
    with mp.workdps(30):
        counted = [(mp.mpf(float(v)), n) for v, n in zip(at, halves, strict=True) if n]
        sizes = [mp.log(v) for v, n in counted if v]
        nodes = [mp.exp(mp.mpf(k) / 3) for k in range(int(3 * min(sizes)) - 240, int(3 * max(sizes)) + 240)]
        under = lambda t: mp.sqrt(mp.fprod((t + v) ** n for v, n in counted))
        return float(sum(t ** (power + 1) / under(t) for t in nodes) / 3)


FAR = [
    (0.0, 1e-150, 1e149, 1e120),
    (1e150, 1e149, 1e-140, 1e-5),
    (1e-149, 1e20, 1e150, 1e100),
    (1e-100, 1e-99, 1e-99, 1e150),
    (1.0, 2.0, 3.0, 4.0),
]


@pytest.mark.parametrize(("halves", "power"), INTEGRALS)
def test_arguments_of_all_sizes_side_by_side(halves, power):
    """Products of a few of their powers overflow; and each needs another number of nodes, none of which may."""
    rows = [row for row in FAR if row[0] or halves[0] == 1 or power]
    got = carlson.carlson_integral(*np.transpose(rows), halves=halves, power=power)
    assert got == pytest.approx([exact_integral(row, halves, power) for row in rows], rel=3e-15, abs=0)


def test_equal_arguments_at_the_ends_of_the_range():
    # R_G(x, x, x) is the root of x
    for x in (1e-305, 1e305):
        assert slopes(sp.elliprg, x, x, x) == pytest.approx([x**-0.5 / 6] * 3, rel=1e-14, abs=0)


def test_blocks(monkeypatch):
    """Of few values at a time, and of one if even that has more of them."""
    at = np.array([0.3, 1e-5, 7.0, 2.0, 1e9]), 1.0, 2.0, 1.0
    whole = carlson.carlson_integral(*at, halves=(3, 1, 1, 0), power=1)
    for size in (1, 500):
        monkeypatch.setattr(carlson, "BLOCK", size)
        assert carlson.carlson_integral(*at, halves=(3, 1, 1, 0), power=1) == pytest.approx(whole, rel=1e-15, abs=0)


def test_close_to_the_negative_axis():
    for angle in (math.pi - 0.015, 0.015 - math.pi):
        x = complex(np.exp(1j * angle))
        with mp.workdps(40):
            want = complex(8 * mp.diff(lambda t: mp.elliprg(t, 1, 2), mp.mpmathify(x)))
        got = carlson.carlson_integral(x, 1.0, 2.0, 1.0, halves=(3, 1, 1, 0), power=1)
        assert complex(got) == pytest.approx(want, rel=1e-12, abs=0)
    closer = complex(np.exp(1j * (math.pi - 0.0075)))  # not a number, rather than of too many nodes
    assert np.isnan(carlson.carlson_integral(closer, 1.0, 2.0, 1.0, halves=(3, 1, 1, 0), power=1))


def test_an_argument_of_no_power():
    f = lambda x, p: carlson.carlson_integral(x, 1.0, 1.0, p, halves=(3, 2, 0, 0))
    found = tape.vjp(f, np.array([1.0, 2.0]), np.array([[3.0], [4.0]]))[1](np.ones((2, 2)))
    assert found[1].shape == (2, 1)
    assert not found[1].any()


def test_integrals_of_complex_numbers():
    for angle in (0.3, 2.0, 3.0, -0.3, -2.0, -3.0):
        x = complex(3 * np.exp(1j * angle))
        with mp.workdps(40):
            h = mp.mpf(10) ** -12
            want = complex((mp.elliprf(x + h, 1, 2) - mp.elliprf(x - h, 1, 2)) / (2 * h))
            again = complex((mp.elliprd(x + h, 1, 2) - mp.elliprd(x - h, 1, 2)) / (2 * h))
        for f, wanted in ((sp.elliprf, want), (sp.elliprd, again)):
            found = tape.vjp(lambda x, f=f: f(x, 1.0, 2.0), x)[1](1 + 0j)[0]
            assert np.conj(found) == pytest.approx(wanted, rel=1e-13, abs=0)


def test_means():
    assert slopes(sp.agm, 2.0, 2.0) == pytest.approx([0.5, 0.5], rel=1e-15, abs=0)
    assert slopes(sp.agm, -2.0, -3.0) == slopes(sp.agm, 2.0, 3.0)
    assert slopes(sp.agm, 3.0, 2.0) == slopes(sp.agm, 2.0, 3.0)[::-1]
    assert slopes(sp.agm, 0.0, 2.0) == [math.inf, 0.0]
    assert np.isnan(slopes(sp.agm, 0.0, 0.0)).all()
    assert np.isnan(slopes(sp.agm, 1.0, -1.0)).all()
    with mp.workdps(600):
        a, b = mp.mpf(10.0**150), mp.mpf(10.0**-130)
        want = [2 * a / (3 * mp.pi) * mp.agm(a, b) ** 2 * mp.elliprd(0, b * b, a * a) for a, b in ((a, b), (b, a))]
    assert slopes(sp.agm, 10.0**150, 10.0**-130) == pytest.approx([float(w) for w in want], rel=1e-14, abs=0)
