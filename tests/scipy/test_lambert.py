"""Lambert's function where its branches are cut and where they meet, and far out, against mpmath."""

import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.scipy.special.lambert import above_branch

mp = pytest.importorskip("mpmath").mp


def slope(z, k):
    """Return the derivative, of complex numbers."""
    return np.conj(tape.vjp(lambda z: sp.lambertw(z, k), complex(z))[1](1 + 0j)[0])


@pytest.mark.parametrize("k", [0, 1, -1, 2])
@pytest.mark.parametrize("x", [-0.36788, -0.37, -0.3862, -0.5, -20.0])
def test_both_sides_of_the_cut(k, x):
    """A number whose imaginary part is a negative zero is on the lower one."""
    above, below = slope(complex(x, 0.0), k), slope(complex(x, -0.0), -k)
    with mp.workdps(40):
        w = mp.lambertw(mp.mpf(x), k)
        want = complex(mp.exp(-w) / (1 + w))
    assert above == pytest.approx(want, rel=2e-15, abs=0)
    assert below == above.conjugate()


@pytest.mark.parametrize(
    ("z", "k"),
    [(-1e-300, -1), (1e-300, 1), (1e-300j, -3), (1e300, 0), (-1e300, 2), (0.3, 40), (20.0, 0), (80.0, 0), (-1e-2, -1)],
)
def test_far_out(z, k):
    """The power of a large value would multiply its rounding."""
    with mp.workdps(40):
        w = mp.lambertw(mp.mpmathify(z), k)
        want = complex(1 / (z * (1 + 1 / w)))
    assert slope(z, k) == pytest.approx(want, rel=1e-15, abs=0)


@pytest.mark.parametrize("z", [-0.3804 - 0.0134j, -0.3804 + 0.0134j, -0.3496, -0.3862])
def test_where_the_series_about_the_branch_point_end(z):
    """Newton's method has come to its end there, too."""
    for k in (0, 1, -1):
        with mp.workdps(40):
            w = mp.lambertw(mp.mpmathify(z), k)
            want = complex(mp.exp(-w) / (1 + w))
        assert slope(z, k) == pytest.approx(want, rel=2e-15, abs=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_precision_about_the_branch_point(dtype):
    """Of single precision all that the argument says is used; branches and arguments are broadcast."""
    x = (-0.36787944117144233 * (1 - np.array([1e-6, 1e-3, 0.0499, 0.5]))).astype(dtype)
    k = np.array([[0], [-1]])
    with mp.workdps(40):
        w = [[mp.lambertw(mp.mpf(float(t)), int(n)).real for t in x] for n in k[:, 0]]
        slopes = np.array([[float(mp.exp(-v) / (1 + v)) for v in row] for row in w])
    got = tape.grad(lambda x: np.sum([[2], [-1]] * np.real(sp.lambertw(x, k))))(x)
    assert got.dtype == dtype
    np.testing.assert_allclose(got, 2 * slopes[0] - slopes[1], rtol=4 * np.finfo(dtype).eps)
    assert tape.grad(lambda x: np.sum(np.real(sp.lambertw(x))))(np.zeros((0, 2), dtype)).shape == (0, 2)


def test_what_is_above_the_branch_is_of_the_values_type():
    y = sp.lambertw(-0.3)
    assert type(above_branch(-0.3, 0, y)) is np.complex128
    assert above_branch(np.full((2, 1), -0.3), np.zeros(3, int), np.full((2, 3), y)).shape == (2, 3)
    assert math.isnan(above_branch(math.nan, 0, complex(math.nan)).real)
