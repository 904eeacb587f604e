"""Samples of sets and orders: elements that come twice, that come once, NaN, slices, no elements at all."""

import numpy as np

from tape.rules import joining, sets
from tests.samples.base import case, of, r

TWICE = np.array([2.0, 1.0, 3.0, 1.0, 2.0])
NAN = np.array([2.0, np.nan, 1.0, np.nan])
ROWS = np.array([[1.0, 2.0], [0.5, 1.0], [1.0, 2.0]])
BITS = np.array([[1, 0, 1], [0, 1, 1]], bool)

of(np.isin, case(r(2, 3), r(4)), case(TWICE, np.array([1.0, 7.0])), case(TWICE, 7.0, invert=True))
of(np.array_equiv, case(r(2), r(2)), case(np.ones((2, 3)), np.ones(3)))
of(np.iscomplex, case(r(3)), case(r(2) + 1j * np.array([0.0, 1.0])))
of(np.isreal, case(r(3)), case(r(2) + 1j * np.array([0.0, 1.0])))
of(np.packbits, case(BITS), case(BITS, axis=1, bitorder="little"))
of(np.unpackbits, case(np.array([3, 5], np.uint8)), case(np.array([[3], [5]], np.uint8), axis=1, count=4))
if hasattr(np, "bitwise_count"):
    of(np.bitwise_count, case(np.array([3, 5])))
for _fn in (sets.first_of_each, sets.which_of_each, sets.count_of_each):
    of(_fn, case(TWICE), case(r(2, 3)), case(ROWS, axis=0), case(NAN), case(NAN, equal_nan=False), case(r(0)))
of(sets.first_of_each, case(TWICE, ordered=False), case(NAN, ordered=False, equal_nan=False))
of(sets.common, case(TWICE, np.array([1.0, 2.0, 9.0])), case(r(3), r(3)), case(TWICE, np.array([2.0, 1.0]), of=1))
for _fn in (sets.without, sets.apart):
    of(_fn, case(TWICE, np.array([1.0, 9.0])), case(r(2, 2), r(3)), case(r(2), r(0)), case(r(0), r(0)))
    of(_fn, case(np.array([3.0, 1.0, 2.0]), np.array([1.0, 4.0]), assume_unique=True))
of(sets.order_by, case(TWICE, r(5)), case(r(2, 3), r(2, 3), axis=0))
of(sets.flat_index, case(np.array([0, 1]), np.array([2, 0]), dims=(2, 3)), case(1, 5, dims=(2, 3), mode="clip"))
of(sets.untrimmed, case(np.array([0.0, 1.0, 0.0]), axis=0), case(np.array([[0.0, 1.0]]), axis=1, trim="b"))
of(sets.untrimmed, case(np.zeros(3), axis=0))

of(np.unique, case(r(5)), case(r(2, 3)), case(r(3), return_index=True, return_inverse=True, return_counts=True))
of(np.unique, case(r(3, 2), axis=0), case(r(2, 3), axis=1, return_inverse=True), case(r(4).astype(np.float32)))
of(np.unique, case(r(3) + 1j * r(3)), case(r()), case(r(0)), case(r(6)[::-2]))
of(np.union1d, case(r(3), r(2)), case(r(2, 2), r(1)))
of(np.setdiff1d, case(r(3), r(2)), case(r(3), r(2), assume_unique=True))
of(np.setxor1d, case(r(3), r(2)), case(r(3), r(2), assume_unique=True), case(r(0), r(0)))
of(np.intersect1d, case(r(3), r(3)))
of(np.sort_complex, case(r(4)), case(r(3) + 1j * r(3)), case(r(2, 3)))
of(np.real_if_close, case(r(3)), case(r(3) + 1j * r(3)))
of(np.trim_zeros, case(r(4)))

of(joining.kept, case(np.array([0, 2]), n=4), case(slice(1, 3), n=4), case(BITS[0], n=3), case(1, n=2))
of(joining.order_with, case(np.array([0, 2]), n=4, count=2), case(1, n=3, count=4))
