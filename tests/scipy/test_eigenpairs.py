"""Eigenvalues and eigenvectors as power series in a parameter, against 40 digits and by the equations they obey."""

import numpy as np
import pytest

from tape.errors import NoRuleError
from tape.scipy.special.eigenpairs import LARGEST, Pencil, enough, series

mp = pytest.importorskip("mpmath").mp


def pencil(size, shift):
    """Return matrices as those of Mathieu's equation, in whose largest entries LAPACK's errors are large."""
    return Pencil(np.square(shift + 2.0 * np.arange(size)), np.zeros(size), np.ones(size - 1))


def exact(fixed, t, value, vector):
    """Return an eigenvalue and its vector to 40 digits, from ones to fifteen, by inverse iteration."""
    n, t = len(fixed), mp.mpf(t)
    v, guess = [mp.mpf(x) for x in vector], mp.mpf(value)
    for _ in range(3):
        c, d = [mp.mpf(0)] * n, list(v)  # Thomas' algorithm
        for k in range(n):
            pivot = mp.mpf(fixed[k]) - guess - (t * c[k - 1] if k else 0)
            c[k], d[k] = t / pivot, (d[k] - (t * d[k - 1] if k else 0)) / pivot
        for k in range(n - 2, -1, -1):
            d[k] -= c[k] * d[k + 1]
        guess += mp.fdot(v, v) / mp.fdot(v, d)
        length = mp.sqrt(mp.fdot(d, d)) * mp.sign(mp.fdot(v, d))
        v = [x / length for x in d]
    sign = mp.sign(mp.fdot(v, map(mp.mpf, vector)))
    return guess, [sign * x for x in v]


@pytest.mark.parametrize(
    ("size", "shift", "t", "index"), [(40, 1, 5.0, 2), (60, 1, -700.0, 0), (150, 2, 1e3, 40), (8, 2, 1e-9, 1)]
)
def test_a_pair_and_its_derivatives(size, shift, t, index):
    fixed, diagonal, beside = made = pencil(size, shift)
    values, v = series(made, index, t, 3)
    assert values.shape == (4,)
    assert v.shape == (4, size)
    with mp.workdps(40):
        value, vector = exact(fixed, t, values[0], v[0])
        assert abs(values[0] - value) <= 2e-16 * max(abs(value), abs(t))
        assert max(abs(mp.mpf(a) - b) for a, b in zip(v[0], vector, strict=True)) < 4e-16
        once = 2 * mp.fsum(a * b for a, b in zip(vector[1:], vector[:-1], strict=True))
        assert abs(values[1] - once) <= 1e-15

    def times(x):
        y = diagonal * x
        y[:-1] += beside * x[1:]
        y[1:] += beside * x[:-1]
        return y

    for k in range(1, 4):
        left = fixed * v[k] + t * times(v[k]) + times(v[k - 1])
        right = sum(values[j] * v[k - j] for j in range(k + 1))
        size = np.max(np.abs(fixed * v[k])) + np.max(np.abs(v[k - 1]))
        np.testing.assert_allclose(left, right, atol=1e-14 * size)
        assert abs(sum(v[j] @ v[k - j] for j in range(k + 1))) < 1e-14 * np.max(np.abs(v[k])) + 1e-16


def test_systems_that_are_too_large():
    assert enough(LARGEST - 0.5, "f") == enough(float(LARGEST), "f") == LARGEST
    with pytest.raises(NoRuleError, match=r"scipy.special.f: .*\(2001 coefficients"):
        enough(LARGEST + 1.0, "f")
