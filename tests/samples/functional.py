"""Samples of spaced numbers: to either side, with and without the end point, along any axis."""

import numpy as np

from tape.rules import functional
from tests.samples.base import case, of, r, z

F32 = r(3).astype(np.float32)

of(functional.spaced, case(r(), r(), num=5), case(r(), r(), num=4, endpoint=False), case(r(), r(), num=1))
of(functional.spaced, case(r(3), r(3), num=4), case(r(3), r(2, 1), num=4, axis=-1), case(r(2, 3), r(), num=3, axis=1))
of(functional.spaced, case(r(), r(), num=0), case(z(2), z(2), num=3), case(r(2), z(), num=3), case(F32, r(3), num=3))
of(functional.spaced, case(2.0, r(), num=4), case(r(), 3, num=4), case(r(0), r(0), num=2), case(r(6)[::2], r(3), num=2))

of(np.linspace, case(r(), r(), num=5), case(r(2), r(3, 1), num=4, axis=1), case(r(), r(), num=5, retstep=True))
of(np.linspace, case(F32, F32, num=3), case(r(), r(), num=3, dtype=np.float32), case(r(), r(), num=3, dtype=complex))
of(
    np.logspace,
    case(r(), r(), num=4),
    case(r(2), r(2), num=3, axis=-1),
    case(r(), r(), num=3, endpoint=False, base=2.0),
)
of(np.logspace, case(r(), r(), 3, True, r(low=1.0, high=3.0)), case(r(2), r(2), 3, True, r(3, 1, low=1.0, high=3.0)))
of(np.geomspace, case(r(low=0.5), r(low=0.5), num=4), case(-r(2, low=0.5), -r(2, low=0.5), num=3, axis=-1))
of(
    np.geomspace,
    case(r(low=0.5), r(low=0.5), num=3, endpoint=False),
    case(z(2), z(2), num=4),
    case(r(low=0.5), 8.0, num=1),
)
