"""Samples of joining: many pieces, unlike pieces, pieces that are constant."""

import numpy as np

from tests.samples.base import case, of, r

F32 = r(2, 3).astype(np.float32)

of(np.concatenate, case(r(2, 3), r(4, 3)), case(r(2, 3), r(2, 1), r(2, 0), axis=1), case(r(2, 3), axis=-1))
of(np.concatenate, case(r(2, 3), r(4), r(), axis=None), case(r(2, 3), F32), case(r(2), np.arange(3)), case(r(0), r(0)))
of(np.concatenate, case(r(2), r(2) + 1j * r(2)), case(r(4, 6)[::2, ::-2], r(3, 2).T, axis=-2))
of(np.stack, case(r(2, 3), r(2, 3)), case(r(2, 3), r(2, 3), r(2, 3), axis=-1), case(r(), r()), case(r(2, 0), axis=1))
of(np.stack, case(r(2, 3), F32, axis=1))
of(np.hstack, case(r(2), r(3), r()), case(r(2, 3), r(2, 1)), case(r(2, 3, 1), r(2, 1, 1)), case(r()), case(r(0), r(2)))
of(np.vstack, case(r(3), r(2, 3)), case(r(2, 3), r(1, 3)), case(r(), r()), case(r(2, 3, 1), r(1, 3, 1)))
of(np.dstack, case(r(3), r(3)), case(r(2, 3), r(2, 3, 2)), case(r(), r()))
of(np.column_stack, case(r(3), r(3, 2), r(3)), case(r(3, 1), r(3, 4)))
