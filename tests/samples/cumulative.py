"""Samples of the functions that run along an axis."""

import numpy as np

from tape.rules import cumulative, ufunc_methods
from tests.samples.base import case, of, r

for _fn in (np.cumsum, np.cumprod):
    of(
        _fn,
        case(r(5)),
        case(r(3, 4)),
        case(r(3, 4), axis=0),
        case(r(2, 3, 4), axis=-2),
        case(r(1)),
        case(r(2, 0), axis=1),
    )
for _fn in (np.nancumsum, np.nancumprod):
    of(_fn, case(np.array([1.5, np.nan, -2.0, 0.5])), case(np.where(r(3, 4) > 1, np.nan, r(3, 4)), axis=1))
for _fn in (np.cumulative_sum, np.cumulative_prod):
    of(_fn, case(r(5)), case(r(3, 4), axis=0))
of(np.cumprod, case(np.array([0.0, 2.0, 3.0])), case(np.array([2.0, 0.0, 3.0, 0.0, 5.0])))
of(cumulative.recurrence, case(r(5), r(5)), case(r(2, 5), r(2, 5), reverse=True), case(r(2, 1), r(2, 1)))
of(np.diff, case(r(5)), case(r(3, 4), axis=0), case(r(3, 5), n=2), case(r(2), n=3), case(r(3, 4), n=0))
of(np.ediff1d, case(r(2, 3)))
of(np.trapezoid, case(r(5)), case(r(3, 4), dx=0.5, axis=0), case(r(3, 4), x=np.array([0.0, 1.0, 3.0]), axis=0))
of(np.trapezoid, case(r(3, 4), x=np.cumsum(r(3, 4, low=0.3), axis=1)))
for _fn in (np.cumsum, np.cumprod, np.nancumsum, np.nancumprod):
    of(_fn, case(r(3, 4).astype(np.float32), axis=-1, dtype=np.float64), case(r(2, 3), dtype=np.complex128))
for _fn in (np.cumulative_sum, np.cumulative_prod):
    of(_fn, case(r(3, 4), axis=-1, include_initial=True), case(r(3).astype(np.float32), dtype=np.float64))
for _fn in ufunc_methods.RUNNING.values():
    of(_fn, case(r(6)), case(r(3, 4)), case(r(2, 1)), case(r(2, 0)))
for _fn in (ufunc_methods.running_fmax, ufunc_methods.running_fmin):
    of(_fn, case(np.array([0.1, np.nan, 0.5, np.nan, 1.0, 0.2])))
of(ufunc_methods.stays, case(np.array([1.0, 1.0, 2.0])))
of(ufunc_methods.reached, case(np.array([1.0, 0.5, 2.0]), np.array([1.0, 1.0, 2.0])))
of(ufunc_methods.slice_sums, case(r(6), indices=np.array([0, 2, 5])), case(r(2, 5), indices=np.array([1, 4, 2, 2])))
of(ufunc_methods.slice_spread, case(r(3), indices=np.array([0, 2, 5]), n=6))
of(ufunc_methods.slice_spread, case(r(2, 4), indices=np.array([1, 4, 2, 2]), n=5))
for _fn in (np.cumsum, np.cumprod):
    of(_fn, case(r(2, 3, 4), axis=0))
of(np.diff, case(r(3, 4, 2), axis=0), case(r(3, 4, 2), n=2, axis=0), case(r(2, 3), n=2, axis=0))
