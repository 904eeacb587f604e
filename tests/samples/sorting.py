"""Samples of sorting, and of reading along an axis."""

import numpy as np

from tape.rules import sorting
from tests.samples.base import case, of, r

of(np.sort, case(r(6)), case(r(3, 4), axis=0), case(r(3, 4)), case(r(3, 4), axis=None), case(r(5), kind="stable"))
of(
    np.partition,
    case(r(6), kth=2),
    case(r(5, 4), kth=1, axis=0),
    case(r(3, 4), kth=(1, 2)),
    case(r(6), kth=3, axis=None),
)
of(np.argsort, case(r(6)), case(r(3, 4), axis=0, kind="stable"))
of(np.argpartition, case(r(6), kth=2), case(r(3, 4), kth=1, axis=0))
of(np.searchsorted, case(np.arange(4.0), r(3)), case(np.arange(4.0), r(3), side="right"))
of(np.digitize, case(r(3), np.arange(4.0)))
_rows, _columns = np.array([[0, 2, 2, 1], [1, 1, 0, 0]]), np.array([[3, 3], [0, 1], [2, -1]])
of(np.take_along_axis, case(r(3, 4), _rows, axis=0), case(r(3, 4), _columns, axis=1), case(r(3, 4), _columns))
of(np.take_along_axis, case(r(3, 4), np.array([5, 5, 0]), axis=None), case(r(3, 1), _rows[:, :1], axis=0))
of(
    sorting.scatter_along,
    case(r(2, 4), _rows, axis=0, shape=(3, 4)),
    case(r(3), np.array([5, 5, 0]), axis=None, shape=(3, 4)),
)
of(sorting.arrangement, case(np.array([3.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])))
