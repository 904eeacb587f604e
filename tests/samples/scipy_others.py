"""Samples of the primitives of ``tape.scipy`` other than the special functions."""

import importlib.util

import numpy as np

from tests.samples.base import SAMPLES, case, of, r, z
from tests.samples.scipy_special import WITHOUT_TWIN


def well(*shape):
    """Return matrices far from singular, whose eigenvalues are in the right half plane."""
    return r(*shape, low=-0.5, high=0.5) + 2 * np.eye(shape[-1])


if importlib.util.find_spec("scipy") is not None:
    import scipy.sparse

    from tape.scipy import implicit, linalg, lu, signal, sparse

    before = set(SAMPLES)
    of(linalg.expm, case(r(3, 3)), case(r(2, 2, 2)), case(z(3, 3)), case(r(4, 6).T[:4:1, :4]), case(r(1, 1)))
    for f in (linalg.sqrtm, linalg.logm):
        of(f, case(well(3, 3)), case(well(2, 2) + 0.3j * r(2, 2)))
    of(linalg.sylvester, case(well(3, 3), well(2, 2), r(3, 2)), case(well(2, 2) + 0.3j * r(2, 2), well(2, 2), z(2, 2)))
    of(linalg.sylvester, case(r(1, 1, low=0.5), r(1, 1, low=0.5), r(1, 1)))
    for f in (linalg.sinm, linalg.cosm, linalg.tanm, linalg.sinhm, linalg.coshm, linalg.tanhm):
        of(f, case(r(3, 3) * 0.3), case(z(2, 2) * 0.3))
    for trans in (0, 1, 2):
        for lower in (False, True):
            of(linalg.triangular, case(well(3, 3), r(3), trans=trans, lower=lower))
            of(linalg.triangular, case(well(3, 3) + 0.3j * r(3, 3), z(3, 2), trans=trans, lower=lower))
    of(linalg.triangular, case(r(3, 3), r(3, 2), unit_diagonal=True), case(well(3, 3).T, r(2, 3).T, lower=True))
    for bands in ((1, 1), (2, 1), (0, 1), (1, 0), (0, 2)):
        middle = np.eye(sum(bands) + 1)[bands[1]][:, None] * 5
        of(linalg.banded, case(r(sum(bands) + 1, 5) + middle, r(5), bands=bands))
        of(linalg.banded, case(z(sum(bands) + 1, 5) + middle, z(5, 2), bands=bands))
    of(
        lu.factors,
        case(r(3, 3)),
        case(r(4, 2)),
        case(r(2, 2, 4)),
        case(r(1, 1)),
        case(z(3, 3)),
        case(r(4, 6).T[:3, :3]),
    )
    of(lu.interchanges, case(r(3, 3)), case(z(2, 2)))
    of(lu.permutation, case(np.array([2, 2, 2])), case(np.array([1, 1]), dtype=np.float32))
    of(signal.convolved, case(r(5), r(3)), case(r(3), r(5)), case(r(4, 5), r(2, 3)), case(z(4), r(2)), case(r(1), r(3)))
    of(signal.convolved, case(r(8), r(5), method="fft"), case(r(4, 5).T, r(2, 3), method="direct"))
    S = scipy.sparse.random_array((4, 3), density=0.6, rng=0, format="csr")
    P = (S.data, S.indices, S.indptr)
    of(
        sparse.product,
        case(*P, r(3), shape=S.shape, turned=False),
        case(*P, r(3, 2), shape=S.shape, turned=False),
        case(*P, r(4), shape=S.shape, turned=True),
        case(S.data * (1 + 2j), S.indices, S.indptr, z(3), shape=S.shape, turned=False),
    )

    def cubic(x, a, b):
        """Return an equation with one real root."""
        return x**3 + a * x - b

    def newton(a, b):
        """Return its root."""
        x = np.ones(np.broadcast_shapes(np.shape(a), np.shape(b)))
        for _ in range(60):
            x = x - cubic(x, a, b) / (3 * x * x + a)
        return x

    of(implicit.solution, case(r(3, low=1.0), r(3), equations=cubic, solver=newton))

    for f in set(SAMPLES) - before - {lu.factors}:
        WITHOUT_TWIN[f] = "torch has nothing like it"
