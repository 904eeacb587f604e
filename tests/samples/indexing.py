"""Samples of indexing: keys of every kind, with the arrays among them given apart."""

import numpy as np

from tape.rules.indexing import Slot, getitem, scatter, scatters
from tests.samples.base import case, of, r

I, J = Slot(0), Slot(1)
A = slice(None)


def ints(*values):
    return np.array(values, np.intp)


of(
    getitem,
    case(r(3, 4), key=1),
    case(r(3, 4), key=(2, -1)),
    case(r(3, 4), key=slice(None, None, -2)),
    case(r(), key=()),
)
of(getitem, case(r(3, 4), key=...), case(r(3, 4), key=None), case(r(2, 3, 4), key=(..., None, 1)), case(r(), key=...))
of(getitem, case(r(3, 4), key=(slice(0, 0), A)), case(r(3, 4), key=(None, slice(1, 9), None, -1)), case(r(4), key=()))
of(getitem, case(r(5), ints(0, 0, 3), key=I), case(r(5), ints(-1, 4, 1), key=I), case(r(5), ints(), key=I))
of(getitem, case(r(3, 4), ints(0, 2, 0, -3), key=I), case(r(3, 4), np.array([[0, 1], [0, 0]]), key=I))
of(getitem, case(r(2, 3, 4), ints(1, 1, 0), key=(A, I)), case(r(2, 3, 4), ints(1, 1), key=(..., I)))
of(
    getitem,
    case(r(3, 4), ints(0, 1, 0), ints(1, 2, 1), key=(I, J)),
    case(r(3, 4), np.array([[0], [2]]), ints(0, 3), key=(I, J)),
)
of(
    getitem,
    case(r(3, 4, 5), ints(0, 1), ints(1, 1), key=(I, slice(None, 2), J)),
    case(r(3, 4), ints(0, 1, 1), key=(I, None, 2)),
)
of(getitem, case(r(3, 4), r(3, 4) > 0, key=I), case(r(3, 4), np.array([True, False, True]), key=I))
of(
    getitem,
    case(r(3, 4), np.array([True, False, True, True]), key=(A, I)),
    case(r(3, 4), np.zeros((3, 4), bool), key=I),
)
of(getitem, case(r(3, 4), np.array([True, False, True]), ints(1, 3), key=(I, J)), case(r(3), np.array(True), key=I))
of(getitem, case(r(), np.array(True), key=I), case(r(), np.array(False), key=I), case(r(0, 3), ints(), key=I))
of(getitem, case(r(3, 4), np.array([False, True, False]), ints(2, 2), key=(I, J)))
of(getitem, case(r(6, 8)[::2, ::-2], ints(0, 0), key=I), case(r(2, 3) + 1j * r(2, 3), ints(1, 1), key=I))

of(scatter, case(r(4), key=1, shape=(3, 4)), case(r(3, 4), ints(0, 2, 0), key=I, shape=(5, 4)))
of(
    scatter,
    case(r(2, 3), ints(1, 1, 0), key=(A, I), shape=(2, 4)),
    case(r(2), np.array([True, False, True]), key=I, shape=(3,)),
)
of(scatter, case(r(), ints(0, 0), key=I, shape=(3, 2)), case(r(), key=(), shape=()))
of(
    scatters,
    case(r(4), r(4), r(2), ints(1, 1), keys=(0, 0, (2, I)), shape=(3, 4)),
    case(r(), r(), keys=(1, slice(None)), shape=(3,)),
    case(r(2, 3), r(3), r(2), keys=(..., 0, (slice(None), 1)), shape=(2, 3)),
    case(r(2, 4), ints(1, 1), r(2), np.array([True, False, True]), keys=(I, (I, 0)), shape=(3, 4)),
)
of(np.argwhere, case(r(3, 4) > 0), case(np.array([0.0, 2.0])))
of(np.flatnonzero, case(r(3, 4) > 0), case(np.array([0.0, 2.0])))
of(scatter, case(r(2, 4), ints(0, 0), key=I, shape=(1, 4)))
of(
    scatters,
    case(r(2), ints(1, 1), r(4), keys=((2, I), 0), shape=(3, 4)),
    case(r(4), r(3, 4), keys=(0, ...), shape=(3, 4)),
)
