"""Samples of the reductions: every axis, several, all, none; axes of length one, no axes; extremes away from ties."""

import numpy as np

from tape.rules import reductions
from tests.samples.base import case, of, r
from tests.samples.elementwise import z


def reduction(fn, *, empty=False, several=True):
    of(
        fn,
        case(r(3, 4)),
        case(r(3, 4), axis=0),
        case(r(3, 4), axis=np.int64(1)),
        case(r(3, 4), axis=-1, keepdims=True),
        case(r(5)),
        case(r(2, 3, 1), axis=2),
        case(r(6, 4)[::2, ::-1].T, axis=1),
        case(r(3, 4), keepdims=True),
    )
    if several:
        of(fn, case(r(2, 3, 4), axis=(0, 2)), case(r(2, 3, 4), axis=(-1, 0), keepdims=True))
    if empty:
        of(fn, case(r(0, 3), axis=0), case(r(0)))


for _fn in (np.sum, np.prod):
    reduction(_fn, empty=True)
    of(_fn, case(r()), case(float(r())))
for _fn in (
    np.mean,
    np.max,
    np.amax,
    np.min,
    np.amin,
    np.median,
    np.nansum,
    np.nanmean,
    np.nanmax,
    np.nanmin,
    np.ptp,
    np.nanprod,
):
    reduction(_fn)
for _fn in (np.var, np.std):
    reduction(_fn)
    of(_fn, case(r(3, 4), axis=0, ddof=1), case(r(3, 4), ddof=2, keepdims=True))
of(np.max, case(r()))
of(np.median, case(r(4)), case(r(1)), case(r(2, 6), axis=1))
for _fn in (np.sum, np.mean):
    of(_fn, case(z(2, 3), axis=0))
of(np.prod, case(np.array([2.0, 0.0, 3.0])), case(np.array([0.0, 0.0, 3.0])), case(r(1)))
of(np.var, case(z(2, 3), axis=0))
of(np.std, case(z(2, 3)))
for _fn in (np.nansum, np.nanmean, np.nanmax, np.nanmin, np.nanprod):
    of(_fn, case(np.where(r(3, 4) > 1, np.nan, r(3, 4)), axis=1))
of(np.average, case(r(3, 4)), case(r(3, 4), axis=0), case(r(3, 4), axis=1, weights=r(4, low=0.5)))
of(np.average, case(r(3, 4), weights=r(3, 4, low=0.5), keepdims=True))

of(np.linalg.norm, case(r(5)), case(r(3, 4)), case(r(3, 4), axis=1), case(r(3, 4), axis=0, keepdims=True))
of(
    np.linalg.norm,
    case(z(5)),
    case(z(3, 4), axis=1),
    case(r(3, 4), ord="fro"),
    case(r(2, 3, 4), ord="fro", axis=(0, 2)),
)
for _ord in (1, 2, 3, 2.5, np.inf, -np.inf):
    of(np.linalg.norm, case(r(5, low=0.3), ord=_ord), case(r(3, 4, low=0.3), ord=_ord, axis=1))
of(np.linalg.vector_norm, case(r(5)), case(r(3, 4)), case(r(2, 3, 4), axis=(0, 2), keepdims=True))
of(np.linalg.vector_norm, case(r(3, 4, low=0.3), ord=3, axis=0), case(r(3, 4), keepdims=True))
of(reductions.length, case(r(5)), case(r(3, 4), axis=1), case(z(5)))
of(reductions.direction, case(r(5)), case(r(3, 4), axis=1), case(z(5)))

of(reductions.tie_shares, case(np.array([1.0, 3.0, 3.0]), np.array([3.0])))
of(reductions.median_shares, case(r(5)), case(r(2, 4), axis=1))
for _fn in (np.count_nonzero, np.all, np.any, np.argmax, np.argmin, np.nanargmax, np.nanargmin):
    of(_fn, case(r(3, 4)), case(r(3, 4), axis=1, keepdims=True))
