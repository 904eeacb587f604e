"""Samples of the functions that move elements."""

import numpy as np

from tape.rules import shape
from tests.samples.base import case, of, r, z


def strided(*sizes):
    """Return an array that isn't contiguous."""
    return r(*(2 * n for n in sizes))[tuple(slice(None, None, 2) for _ in sizes)]


of(shape.astype, case(r(3, 4), dtype=np.float32), case(r(), dtype=np.float32), case(r(2).astype("f"), dtype=float))
of(shape.astype, case(r(2, 3), dtype=complex), case(r(0, 2), dtype=np.float32))
of(shape.discretised, case(r(3, 4), dtype=np.int64), case(r(), dtype=bool))
of(np.copy, case(r(3, 4)), case(r()), case(strided(2, 3), order="C"), case(r(0, 3)))

of(
    np.broadcast_to,
    case(r(3, 1), shape=(2, 3, 4)),
    case(r(), shape=(2, 3)),
    case(r(1), shape=(0,)),
    case(r(3), shape=3),
)
of(shape.unbroadcast, case(r(2, 3, 4), shape=(3, 1)), case(r(2, 3), shape=()), case(r(3, 4), shape=(3, 4)))
of(shape.unbroadcast, case(r(0, 3), shape=(1, 3)), case(z(2, 3), shape=(1, 3)))

of(np.reshape, case(r(3, 4), shape=(2, 6)), case(r(3, 4), shape=-1), case(r(1, 1), shape=()), case(r(), shape=(1, 1)))
of(
    np.reshape,
    case(r(3, 4), shape=(2, -1), order="F"),
    case(strided(2, 6).T, shape=(3, 4)),
    case(r(0, 3), shape=(3, 0)),
)
of(np.expand_dims, case(r(3, 4), axis=0), case(r(3, 4), axis=(0, -1)), case(r(), axis=0), case(r(0), axis=-1))
of(np.squeeze, case(r(1, 3, 1)), case(r(1, 3, 1), axis=-1), case(r(1, 1)), case(r(1, 3, 1), axis=(0, 2)), case(r(3)))

of(np.transpose, case(r(3, 4)), case(r(2, 3, 4), axes=(2, 0, 1)), case(r(2, 3, 4), axes=(-1, 0, -2)), case(r(4)))
of(np.transpose, case(r()), case(strided(2, 3)), case(z(2, 3)))
of(np.swapaxes, case(r(2, 3, 4), axis1=0, axis2=-1), case(r(2, 3, 4), axis1=1, axis2=1))
of(np.moveaxis, case(r(2, 3, 4), source=0, destination=-1))
of(np.moveaxis, case(r(2, 3, 4, 5), source=(0, -2), destination=(-1, 1)))
if hasattr(np, "matrix_transpose"):
    of(np.matrix_transpose, case(r(3, 4)), case(r(2, 3, 4)))

of(np.flip, case(r(3, 4)), case(r(3, 4), axis=1), case(r(2, 3, 4), axis=(0, -1)), case(r(0, 2), axis=0), case(r()))
of(np.roll, case(r(3, 4), shift=5), case(r(3, 4), shift=-1, axis=1), case(r(3, 4), shift=(1, 2), axis=(0, 1)))
of(np.roll, case(r(3, 4), shift=(1, 2), axis=0), case(r(0), shift=2), case(r(5), shift=[2]))

of(np.repeat, case(r(3), repeats=2), case(r(2, 3), repeats=2), case(r(2, 3), repeats=3, axis=1), case(r(), repeats=4))
of(np.repeat, case(r(2, 3), repeats=np.array([2, 0, 1]), axis=-1), case(r(2, 1), repeats=[0, 3], axis=0))
of(np.repeat, case(r(2, 3), repeats=0, axis=0), case(r(4), repeats=[1]), case(r(4), repeats=np.array([1, 2, 0, 1])))

of(np.tril, case(r(3, 4)), case(r(4, 3), k=1), case(r(2, 3, 3), k=-1), case(r(3)), case(r(0, 3)))
of(np.triu, case(r(3, 4)), case(r(4, 3), k=1), case(r(2, 3, 3), k=-1), case(z(3, 3)))
of(np.diag, case(r(3)), case(r(3), k=1), case(r(3), k=-2), case(r(3, 4)), case(r(4, 3), k=-1), case(r(3, 3), k=2))
of(
    np.diagonal,
    case(r(3, 4)),
    case(r(3, 4), offset=1),
    case(r(2, 3, 4), axis1=-1, axis2=0),
    case(r(2, 3, 4), offset=-1),
)
of(np.diagonal, case(r(2, 3), offset=5), case(z(3, 3)))
of(np.trace, case(r(3, 4)), case(r(3, 4), offset=1), case(r(2, 3, 4), axis1=-1, axis2=0, offset=-1), case(z(3, 3)))
of(shape.undiagonal, case(r(3), shape=(3, 4)), case(r(4, 2), shape=(2, 3, 4), offset=-1, axis1=1, axis2=0))
of(shape.undiagonal, case(r(1), shape=(3, 3)))
