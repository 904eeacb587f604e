"""Samples of inverses, systems, determinants and decompositions, of matrices far from singular ones."""

import numpy as np

from tape.rules import decompositions as D
from tape.rules import norms as N
from tape.rules import parts as P
from tape.rules import solving as S
from tests.samples.base import case, of, r
from tests.samples.linalg import z

LA = np.linalg


def near(*shape):
    """Return matrices near the identity, whose singular values are apart."""
    n = shape[-1]
    return r(*shape, low=-0.3, high=0.3) + np.diag(np.arange(1.0, n + 1))


def positive(*shape):
    """Return Hermitian matrices with positive eigenvalues that are apart."""
    x = near(*shape)
    return np.matmul(x, np.swapaxes(x, -1, -2))


def cut(*shape):
    """Return matrices with a singular value below a fifth of the largest: pinv can cut it off."""
    u, _, vh = LA.svd(r(*shape), full_matrices=False)
    return np.matmul(u * (np.array([3.0, 2.0, 0.4])[: np.shape(u)[-1]]), vh)


of(LA.inv, case(near(3, 3)), case(near(2, 3, 3)), case(near(2, 2) + 0.3j * z(2, 2)), case(np.zeros((0, 0))))
of(LA.solve, case(near(3, 3), r(3)), case(near(3, 3), r(3, 2)), case(near(2, 3, 3), r(3)), case(near(2, 3, 3), r(3, 2)))
of(LA.solve, case(near(3, 3), r(2, 3, 1)), case(near(2, 2) + 0.3j * z(2, 2), z(2, 2)), case(near(3, 3).T, r(6)[::2]))
of(LA.det, case(near(3, 3)), case(r(2, 3, 3)), case(z(3, 3)), case(r(1, 1)), case(near(4, 4).T))
of(S.cofactors, case(near(3, 3)), case(near(2, 3, 3)), case(near(2, 2) + 0.3j * z(2, 2)))
of(S.cofactors_change, case(near(3, 3), r(3, 3)), case(near(2, 3, 3), r(2, 3, 3)))
of(S.cofactors_change, case(near(3, 3) + 0.3j * z(3, 3), z(3, 3)))
of(S.regular, case(near(3, 3)))
of(S.steepness, case(near(3, 3)), case(r(2, 2, 3)))
of(S.magnitude, case(r(3, 3)), case(z(2, 3)))
of(LA.slogdet, case(near(3, 3)), case(near(2, 3, 3)), case(near(2, 2) + 0.3j * z(2, 2)), case(-near(3, 3)))
of(P.component, case((r(3), r(2, 2)), index=1), case((r(3), r(2, 2)), index=0))
of(LA.pinv, case(near(3, 3)), case(r(2, 4)), case(r(2, 4, 2)), case(z(3, 2)), case(r(3, 2), rcond=1e-8))
of(LA.pinv, case(cut(4, 3), rcond=0.2), case(cut(2, 3, 4), rtol=0.2), case(cut(3, 3) + 0.01j * r(3, 3), rcond=0.2))
of(S.least_squares, case(r(4, 2), r(4)), case(r(2, 4), r(2)), case(r(4, 2), r(4, 3)), case(z(3, 2), z(3)))
of(S.least_squares, case(z(4, 2), z(4, 3)), case(r(2, 5).T, r(5, 1)), case(r(4, 1), r(4, 2)), case(r(4, 2), r(4, 0)))
of(S.least_squares, case(cut(4, 3), r(4), rcond=0.2), case(cut(3, 4), r(3, 2), rcond=0.2))
of(LA.lstsq, case(r(4, 2), r(4)), case(r(4, 2), r(4, 3)), case(r(2, 4), r(2, 1)))
of(LA.matrix_rank, case(near(3, 3)), case(near(2, 3, 3)))
of(LA.cond, case(near(3, 3)), case(near(3, 3), p=1), case(near(3, 3), p=-2), case(near(3, 3), p="fro"))
of(LA.tensorinv, case(r(4, 2, 2) + near(4, 4).reshape(4, 2, 2), ind=1))
of(LA.tensorsolve, case(r(2, 2, 4) + near(4, 4).reshape(2, 2, 4), r(2, 2)))

of(LA.cholesky, case(positive(3, 3)), case(positive(2, 3, 3)), case(positive(3, 3), upper=True))
of(D.thin_qr, case(near(3, 3)), case(r(4, 2)), case(r(2, 3, 2)), case(z(3, 2)))
of(LA.qr, case(near(3, 3)), case(r(2, 4)), case(r(4, 2), mode="r"))
of(LA.eigh, case(positive(3, 3)), case(positive(2, 3, 3)), case(positive(3, 3), UPLO="U"))
of(LA.eigvalsh, case(positive(3, 3)), case(positive(2, 3, 3)), case(positive(3, 3), UPLO="U"))
of(LA.eig, case(near(3, 3)), case(near(2, 3, 3)))
of(LA.eigvals, case(near(3, 3)), case(near(2, 3, 3)), case(near(3, 3) + 0.2j * z(3, 3)))
of(D.thin_svd, case(near(3, 3)), case(r(4, 2)), case(r(2, 2, 4)))
of(LA.svd, case(near(3, 3)), case(r(4, 2), full_matrices=False), case(r(4, 2), compute_uv=False))
of(LA.svdvals, case(near(3, 3)), case(r(4, 2)), case(r(2, 2, 4)), case(z(3, 2)))

_apart = np.array([1.0, 2.0, 4.0])
_hole = np.zeros((3, 3), bool)
of(D.coincide, case(_apart), case(_apart, opposite=True), case(np.array([1.0, 1.0, 2.0])))
of(D.vanish, case(np.array([2.0, 1.0, 0.0]), size=3), case(np.array([[2.0, 1.0]]), size=4))
of(D.torn, case(_apart, _hole), case(np.array([1.0, 1.0, 2.0]), ~_hole & (np.eye(3) == 1)))
of(D.settled, case(np.zeros(3), np.ones((3, 3))))
of(D.usable, case(near(3, 3)))
of(D.independent, case(near(3, 3)))
of(D.nearest, case(_apart, _apart[::-1]))
of(D.tips, case(_apart, _apart, size=3))
of(N.at_tip, case(np.array([2.0, 1.0]), size=3))
of(D.quotient, case(r(3, 3), r(3, 3, low=1, high=2), _hole))

for _ord in (1, -1, np.inf, -np.inf, 2, -2, "nuc", "fro"):
    of(LA.norm, case(r(3, 2), ord=_ord, axis=(0, 1)) if _ord == "fro" else case(r(5), ord=1))
of(LA.norm, case(r(5), ord=np.inf), case(r(5), ord=-np.inf), case(r(5), ord=2.5), case(z(5), ord=3))
of(LA.matrix_norm, *(case(r(3, 2), ord=o) for o in (1, -1, np.inf, -np.inf, 2, -2, "nuc")))
of(LA.matrix_norm, case(z(2, 3, 2), ord="nuc"), case(r(2, 3, 2), ord=2, keepdims=True))
of(LA.vector_norm, case(r(3, 2)), case(r(3, 2, 2), axis=(0, 2), ord=3))
