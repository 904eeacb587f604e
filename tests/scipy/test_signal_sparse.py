"""Convolutions, and products with sparse matrices."""

import numpy as np
import pytest
import scipy.signal as ss
import scipy.sparse

import tape
from tape.errors import InputTypeError, OptionError, TapeError
from tape.scipy import signal, sparse
from tests.rules.checks import same

rng = np.random.default_rng(0)
PAIRS = [((5,), (3,)), ((3,), (5,)), ((4,), (4,)), ((4, 5), (2, 3)), ((2, 3), (4, 5)), ((5, 6), (2, 2)), ((1,), (2,))]


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("shapes", PAIRS)
def test_convolutions(shapes, mode):
    a, b = (rng.normal(size=s) for s in shapes)
    z = b + 1j * rng.normal(size=b.shape)
    for name in ("convolve", "correlate", "fftconvolve"):
        ours, theirs = getattr(signal, name), getattr(ss, name)
        np.testing.assert_allclose(ours(a, b, mode), theirs(a, b, mode), rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(ours(a, z, mode), theirs(a, z, mode), rtol=1e-12, atol=1e-13)
        same(lambda a, b: ours(a, b, mode), a, b)
    for method in ("direct", "fft"):
        same(lambda a, b: signal.convolve(a, b, mode, method), a, b)
    if a.ndim == 2:
        np.testing.assert_allclose(signal.convolve2d(a, b, mode), ss.convolve2d(a, b, mode), rtol=1e-12, atol=1e-14)
        same(lambda a, b: signal.convolve2d(a, b, mode), a, b)


def test_lists_are_arrays():
    np.testing.assert_array_equal(signal.correlate([1.0, 2.0], [3.0, 4.0]), ss.correlate([1.0, 2.0], [3.0, 4.0]))


def test_what_is_refused():
    with pytest.raises(OptionError):
        signal.convolve2d(np.ones((2, 2)), np.ones((2, 2)), boundary="wrap")
    with pytest.raises(OptionError):
        signal.fftconvolve(np.ones((2, 2)), np.ones((2, 2)), axes=0)
    with pytest.raises(ValueError, match="valid"):
        signal.convolve(np.ones((2, 5)), np.ones((3, 3)), "valid")


@pytest.mark.parametrize("kind", ["csr_array", "csc_array", "coo_array", "csr_matrix"])
def test_sparse_products(kind):
    dense = rng.normal(size=(4, 3)) * (rng.uniform(size=(4, 3)) < 0.6)
    s = getattr(scipy.sparse, kind)(dense)
    for x in (rng.normal(size=3), rng.normal(size=(3, 2))):
        np.testing.assert_allclose(sparse.matmul(s, x), dense @ x)
        same(lambda x: sparse.matmul(s, x), x)
    for x in (rng.normal(size=4), rng.normal(size=(2, 4))):
        np.testing.assert_allclose(sparse.matmul(x, s), x @ dense)
        same(lambda x: sparse.matmul(x, s), x)
    with pytest.raises(InputTypeError):
        sparse.matmul(dense, dense)


def test_a_sparse_matrix_is_guarded_as_arrays_are():
    s = scipy.sparse.csr_array(np.eye(3))
    t = tape.Tape()
    y = np.sum(sparse.matmul(s, t.input(np.ones(3))))
    s.data[1] = 5
    with pytest.raises(tape.MutationError, match="product"):
        t.sweep(y)


def test_the_operator_raises():
    s = scipy.sparse.csr_array(np.eye(3))
    with pytest.raises(TapeError, match="cut it off its tape"):
        tape.grad(lambda x: np.sum(s @ x))(np.ones(3))


@pytest.mark.parametrize(("a", "b"), [(np.ones(3), np.ones((2, 2))), (np.float64(2), np.float64(3))])
def test_convolve_takes_arrays_of_as_many_axes(a, b):
    with pytest.raises(tape.ShapeError, match="as many axes, one or more"):
        signal.convolve(a, b)
