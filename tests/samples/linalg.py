"""Samples of products, of operands with every number of axes that they take."""

import operator

import numpy as np

from tests.samples.base import case, of, r, z

F32 = r(3, 4).astype(np.float32)

for _fn in (np.matmul, operator.matmul):
    of(_fn, case(r(3), r(3)), case(r(2, 3), r(3)), case(r(2), r(2, 3)), case(r(2, 3), r(3, 4)), case(r(0, 3), r(3, 2)))
    of(_fn, case(r(5, 2, 3), r(3, 4)), case(r(2, 3), r(5, 3, 4)), case(r(5, 2, 3), r(5, 3, 4)), case(r(5, 2, 3), r(3)))
    of(
        _fn,
        case(r(3), r(5, 3, 4)),
        case(r(2, 1, 2, 3), r(5, 3, 4)),
        case(r(1, 2, 3), r(5, 3, 1)),
        case(r(2, 0), r(0, 3)),
    )
    of(_fn, case(r(3, 2).T, r(6, 8)[::2, ::-2]), case(z(2, 3), z(3, 2)), case(r(2, 3), z(3)), case(r(2, 3), F32))
    of(_fn, case(r(2, 4, 2, 3), r(3, 2)), case(r(2, 4, 2, 3), r(3)), case(r(3), r(2, 4, 3, 2)))

of(np.dot, case(r(3), r(3)), case(r(2, 3), r(3)), case(r(3), r(3, 4)), case(r(2, 3), r(3, 4)), case(r(), r(2, 3)))
of(np.dot, case(r(2, 5, 3), r(4, 3, 2)), case(r(3), r(4, 3, 2)), case(r(2, 3), r(4, 3, 2)), case(r(2, 5, 3), r(3, 4)))
of(np.dot, case(r(2, 3), r(2, 4, 3, 2)), case(r(2, 3), r(2, 2, 4, 3, 2)))
of(np.dot, case(r(2, 5, 3), r(3)), case(r(), r()), case(z(2, 3), z(3, 2)), case(r(2, 3), r()))
of(
    np.inner,
    case(r(3), r(3)),
    case(r(2, 3), r(4, 3)),
    case(r(2, 5, 3), r(4, 3)),
    case(r(3), r(4, 2, 3)),
    case(r(), r(3)),
)
of(np.inner, case(r(2, 3), r()), case(z(2, 3), z(3)))
of(np.outer, case(r(2), r(3)), case(r(2, 2), r(3)), case(r(), r(2, 3)), case(z(2), r(3)), case(r(0), r(3)))
of(
    np.tensordot,
    case(r(2, 3, 4), r(3, 4, 5)),
    case(r(2, 3), r(4, 5), axes=0),
    case(r(2, 3), r(3, 2), axes=([0, 1], [1, 0])),
)
of(np.tensordot, case(r(2, 3, 4, 5), r(5, 3, 6), axes=([-1, 1], [0, 1])), case(r(2, 3), r(3), axes=1))
of(np.tensordot, case(r(4, 2, 3), r(3, 6, 4), axes=((2, 0), (0, 2))), case(r(2, 3), r(4, 2), axes=(0, 1)))
of(np.tensordot, case(z(2, 3), z(3, 2), axes=1), case(r(3, 2, 4), r(5, 2, 4, 3), axes=([0, 2, 1], [3, 2, 1])))
if hasattr(np, "vecdot"):
    of(np.vecdot, case(r(3), r(3)), case(r(2, 3), r(3)), case(z(2, 3), z(2, 3)), case(r(4, 1, 3), r(2, 3)))
if hasattr(np, "matvec"):
    of(np.matvec, case(r(2, 3), r(3)), case(r(4, 2, 3), r(3)), case(z(2, 3), z(4, 3)))
    of(np.vecmat, case(r(2), r(2, 3)), case(r(4, 2), r(2, 3)), case(z(2), z(4, 2, 3)), case(r(2), r(4, 2, 3)))


def ein(subscripts, *operands, **options):
    """Add a sample of np.einsum."""
    of(np.einsum, case(*operands, subscripts=subscripts, **options))


ein("ij,jk->ik", r(2, 3), r(3, 4))
ein("ij->", r(2, 3))
ein("ij->ji", r(2, 3))
ein("i->i", r(3))
ein("ii->", r(3, 3))
ein("ii->i", r(3, 3))
ein("iii->i", r(3, 3, 3))
ein("iijj->ij", r(2, 2, 3, 3))
ein("ijij->ji", r(2, 3, 2, 3))
ein("iij,jk->ik", r(2, 2, 3), r(3, 4))
ein("ii,ij->j", r(3, 3), r(3, 2))
ein("ij,kl->", r(2, 3), r(4, 2))
ein("ij,kl->jl", r(2, 3), r(4, 2))
ein("ij,jk,kl->il", r(2, 3), r(3, 4), r(4, 2), optimize=True)
ein("ij,jk,kl->il", r(2, 3), r(3, 4), r(4, 2), optimize=["einsum_path", (1, 2), (0, 1)])
ein("ij,jk,kl->il", r(2, 3), r(3, 4), r(4, 2), optimize="greedy")
ein("i,i,i->i", r(3), r(3), r(3))
ein(",i->i", r(), r(3))
ein(",->", r(), r())
ein("bhqd,bhkd->bhqk", r(2, 2, 3, 4), r(2, 2, 5, 4))
ein("ij,ij->i", r(1, 3), r(2, 3))
ein("ij,ij->i", r(2, 1), r(2, 3))
ein("ij,j->i", r(2, 3), r(1))
ein("i,i->", r(1), r(4))
ein("ii,i->i", r(1, 1), r(3))
ein("ij,jk->ik", r(0, 3), r(3, 2))
ein("ij,jk->ik", r(2, 0), r(0, 2))
ein("ij,jk->ik", z(2, 3), z(3, 2))
ein("ii->i", z(2, 2))
ein("ij,j->i", r(3, 2).T, r(6)[::2])
