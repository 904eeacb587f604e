"""Samples of writes: keys of every kind, layouts, what is written broadcast, and elements that are written twice."""

import numpy as np

from tape.rules.assigning import add_at, assign, constant, picked, put
from tape.rules.indexing import Slot
from tests.samples.base import case, of, r

I, J = Slot(0), Slot(1)
A = slice(None)


def ints(*values):
    return np.array(values, np.intp)


def c(*shape):
    return r(*shape) + 1j * r(*shape)


of(
    assign,
    case(r(3, 4), r(4), key=1),
    case(r(3, 4), r(), key=(2, -1)),
    case(r(3, 4), r(2, 1), key=slice(None, None, -2)),
    case(r(3, 4), r(3, 4), key=...),
    case(r(), r(), key=()),
    case(r(3, 4), r(1, 1, 4), key=(A, None)),
    case(r(2, 0), r(0), key=0),
)
of(
    assign,
    case(np.asfortranarray(r(3, 4)), r(3, 2), key=(A, slice(1, 3))),
    case(r(6, 8)[::2, ::-2], r(3), key=(A, 0)),
    case(r(4, 3).T, 2.5, key=(1, A)),
    case(c(3), r(2), key=slice(1, None)),
    case(c(3), c(2), key=slice(1, None)),
    case(r(3), r(2).astype(np.float32), key=slice(1, None)),
)
of(
    assign,
    case(r(5), r(3), ints(0, 0, 3), key=I),
    case(r(5), r(2, 3), np.array([[1, 1, 0], [4, 0, -1]]), key=I),
    case(r(5), np.asfortranarray(r(2, 3)), np.array([[1, 1, 0], [4, 0, -1]]), key=I),
    case(r(5), r(3), np.array([[1, 1, 0], [4, 0, -1]]), key=I),
    case(r(3, 4), r(2, 1), ints(1, 1), key=I),
    case(r(3, 4), r(), ints(1, 1), ints(2, 2), key=(I, J)),
    case(r(3, 4, 5), r(2, 2), ints(0, 1), ints(1, 1), key=(I, slice(None, 2), J)),
    case(r(3, 4), r(6), np.arange(12).reshape(3, 4) % 5 > 1, key=I),
    case(r(3, 4), r(), r(3, 4) > 0, key=I),
    case(c(4), c(3), ints(2, 2, 1), key=I),
    case(r(4), r(0), ints(), key=I),
)
of(
    put,
    case(r(3, 4), r(2), at=ints(3, 7)),
    case(r(3, 4), r(2, 1), at=np.array([[0, 4, 8], [1, 5, 9]])),
    case(r(3, 4), r(1, 1, 2), at=ints(3, 7)),
    case(np.asfortranarray(r(3, 4)), r(2), at=ints(3, 7)),
    case(c(3), c(2), at=ints(2, 0)),
    case(c(3), r(2), at=ints(2, 0), part="real"),
    case(c(3), r(2), at=ints(2, 0), part="imag"),
    case(r(), r(), at=np.array(0)),
    case(r(3), r(0), at=ints()),
)
of(
    picked,
    case(r(3, 4), at=ints(3, 7)),
    case(np.asfortranarray(r(3, 4)), at=np.array([[0, 4], [1, 9]])),
    case(c(3), at=ints(2, 0)),
    case(c(3), at=ints(2, 0), part="real"),
    case(c(3), at=ints(2, 0), part="imag"),
    case(r(), at=np.array(0)),
)
of(
    add_at,
    case(r(5), r(3), ints(0, 0, 3), key=I),
    case(r(3, 4), r(2, 4), ints(1, 1), key=I),
    case(r(3, 4), r(), ints(1, 1), ints(2, 2), key=(I, J)),
    case(r(3, 4), r(3, 2), ints(1, 1), key=(A, I)),
    case(np.asfortranarray(r(3, 4)), r(2, 1), ints(0, 0), key=I),
    case(c(4), c(3), ints(2, 2, 1), key=I),
)
of(constant, case(r(3)), case(c(2, 2)), case(r()))
of(
    np.lib.stride_tricks.sliding_window_view,
    case(r(5), window_shape=2),
    case(r(3, 4), window_shape=2, axis=1),
    case(r(3, 4), window_shape=(2, 3)),
    case(np.asfortranarray(r(3, 4)), window_shape=2, axis=0),
)
of(assign, case(r(3, 4), r(1, 4), key=1), case(r(3, 4), r(3, 2), ints(1, 1), key=(A, I)))
of(put, case(r(3, 4), r(1, 2), at=ints(3, 7)))
