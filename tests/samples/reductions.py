"""Samples of the reductions: every axis, several, all, none; axes of length one, no axes; extremes away from ties."""

import numpy as np

from tape.rules import norms, quantiles, reductions, ufunc_methods
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
for _fn in (np.var, np.std, np.nanvar, np.nanstd):
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
of(norms.length, case(r(5)), case(r(3, 4), axis=1), case(z(5)), case(r(3, 4), axis=0), case(r(2, 3, 2), axis=(0, 1)))
of(norms.direction, case(r(5)), case(r(3, 4), axis=1), case(z(5)))
of(reductions.tie_shares, case(np.array([1.0, 3.0, 3.0]), np.array([3.0])))
of(quantiles.median_shares, case(r(5)), case(r(2, 4), axis=1))
for _fn in (np.count_nonzero, np.all, np.any, np.argmax, np.argmin, np.nanargmax, np.nanargmin):
    of(_fn, case(r(3, 4)), case(r(3, 4), axis=1, keepdims=True))

# -------------------------------------------------------------------------- options
M = r(3, 4) > -0.5
M[:, 0] = True
HOLES = r(3, 4)
HOLES[[1, 0, 2], [0, 2, 3]] = np.nan  # of each column, one of the first two rows at least is a number

for _fn in (np.sum, np.prod, np.nansum, np.nanprod):
    of(
        _fn,
        case(r(3, 4), where=M, axis=1),
        case(r(3, 4), where=M[0], keepdims=True),
        case(r(3, 4), where=M[:, :1], axis=(0, 1), initial=2.5),
        case(r(3, 4), axis=-1, initial=-0.5, keepdims=True),
        case(r(3, 4).astype(np.float32), axis=0, dtype=np.float64),
        case(r(3, 4).T, axis=0, dtype=np.complex128),
    )
    of(_fn, case(z(2, 3), where=M[:2, :3], axis=0, initial=2.0))
for _fn in (np.mean, np.nanmean, np.var, np.std, np.nanvar, np.nanstd):
    of(
        _fn,
        case(r(3, 4), where=M, axis=1),
        case(r(3, 4), where=M[0], keepdims=True),
        case(r(2, 3, 4), where=M, axis=(0, 2)),
    )
    of(_fn, case(z(2, 3), where=np.array([[True], [True]])))
for _fn in (np.mean, np.nanmean, np.var, np.std):  # of nanvar NumPy rounds the deviations to single precision
    of(_fn, case(r(3, 4).astype(np.float32), axis=0, dtype=np.float64))
for _fn in (np.var, np.std, np.nanvar, np.nanstd):
    of(
        _fn,
        case(r(3, 4), axis=0, correction=1),
        case(r(3, 4), axis=1, mean=np.array([[0.1], [0.2], [-0.3]])),
        case(r(3, 5), where=np.arange(5) > 1, axis=1, ddof=1, mean=0.25, keepdims=True),
        case(z(3, 4), axis=1, ddof=1),
    )
for _fn in (np.nanvar, np.nanstd):
    of(_fn, case(HOLES), case(HOLES, axis=0), case(HOLES, axis=0, where=np.array([[True], [True], [False]])))
for _fn in (np.max, np.amax, np.nanmax, ufunc_methods.fmax_reduce):
    of(
        _fn,
        case(r(3, 4), axis=1, where=M, initial=-9.0),
        case(r(3, 4), initial=1.0, axis=0, keepdims=True),
        case(r(3), initial=9.0),
        case(r(0, 3), axis=0, initial=1.0),
    )
for _fn in (np.min, np.amin, np.nanmin, ufunc_methods.fmin_reduce):
    of(
        _fn,
        case(r(3, 4), axis=1, where=M, initial=9.0),
        case(r(3, 4), initial=-1.0, axis=0, keepdims=True),
        case(r(3), initial=-9.0),
        case(r(0, 3), axis=0, initial=1.0),
    )
of(ufunc_methods.fmax_reduce, case(HOLES, axis=1), case(r(2, 3, 4), axis=(0, 2)))
of(ufunc_methods.fmin_reduce, case(HOLES, axis=1), case(r(2, 3, 4), axis=(0, 2)))
of(np.average, case(r(3, 4), axis=(1, 0), weights=r(4, 3, low=0.5)), case(r(2, 3, 4), axis=(0, -1)))
of(np.average, case(r(2, 3, 4), axis=(2, 0), weights=r(4, 2, low=0.5), keepdims=True), case(z(3), weights=r(3, low=1)))

# ------------------------------------------------------------------------ quantiles
METHODS = [
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
]
of(np.nanmedian, case(r(3, 4)), case(HOLES, axis=0), case(HOLES, axis=1, keepdims=True), case(r(2, 3, 4), axis=(0, -1)))
for _fn, _scale in ((np.quantile, 1), (np.percentile, 100), (np.nanquantile, 1), (np.nanpercentile, 100)):
    of(
        _fn,
        case(r(5), q=0.3 * _scale),
        case(r(3, 4), q=0.7 * _scale, axis=0, keepdims=True),
        case(r(3, 4), q=np.array([0.0, 0.2, 1.0]) * _scale),
        case(r(3, 4), q=np.array([[0.1, 0.9]]) * _scale, axis=-1, keepdims=True),
        case(r(2, 3, 4).transpose(2, 0, 1), q=np.array([0.5, 0.25]) * _scale, axis=(0, 2)),
        case(r(1), q=0.4 * _scale),
        case(r(6).astype(np.float32), q=0.35 * _scale),
    )
    of(_fn, *[case(r(3, 7), q=np.array([0.15, 0.5, 0.8]) * _scale, axis=1, method=m) for m in METHODS])
    of(_fn, case(r(7), q=np.array([0.3, 0.8]) * _scale, weights=r(7, low=0.2), method="inverted_cdf"))
for _fn, _scale in ((np.quantile, 1), (np.percentile, 100)):  # the others, of NumPy 2.4, fail along an axis
    of(_fn, case(r(3, 5), q=0.6 * _scale, axis=1, weights=r(5, low=0.2), method="inverted_cdf", keepdims=True))
for _fn, _scale in ((np.nanquantile, 1), (np.nanpercentile, 100)):
    of(_fn, case(HOLES, q=np.array([0.3, 0.6]) * _scale, axis=0), case(HOLES, q=0.6 * _scale, method="hazen"))
_places = quantiles.ranks(np.array([[3.0, 1.0, 1.0, 2.0], [0.0, np.nan, 5.0, 4.0]]))
of(quantiles.ranks, case(r(3, 4), axis=1), case(r(2, 3)))
_how = {"q": np.array([0.2, 0.7]), "dtype": np.dtype(float), "nan": True}
of(quantiles.scattered, case(r(2), _places, **_how), case(r(2, 3), quantiles.ranks(r(3, 5), axis=1), **_how))
of(quantiles.gathered, case(r(8), _places, **_how), case(r(3, 5), quantiles.ranks(r(3, 5), axis=1), **_how))

# ------------------------------------------------------------------- ufuncs' methods
of(ufunc_methods.log_sum, case(r(5)), case(r(3, 4), axis=1), case(r(2, 3, 4), axis=(0, 2), keepdims=True))
of(ufunc_methods.log_sum, case(np.array([-np.inf, 0.5, 1.0])))
of(ufunc_methods.infinite_shares, case(np.array([np.inf, 1.0, np.inf]), np.array([np.inf])))

# Given no norm that is in range, it is a function of the elements.
of(norms.power_norm, case(r(5, low=0.3), 0, order=3), case(r(3, 4, low=0.3), np.zeros((3, 1), int), order=1.5, axis=1))
of(norms.power_norm, case(r(5, low=0.3), 0, order=-2), case(z(5), 0, order=3))
