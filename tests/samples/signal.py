"""Samples of padding, convolution, interpolation, phases, Bessel functions and histograms."""

import numpy as np

from tape.rules import bessel, differences, interpolation, statistics
from tests.samples.base import case, of, r, z


def single(*sizes):
    """Return numbers of single precision."""
    return r(*sizes).astype(np.float32)


# ------------------------------------------------------------------------------- padding

of(np.pad, case(r(3, 4), pad_width=((1, 2), (0, 1))), case(r(3), pad_width=((2, 2),), constant_values=1.5))
of(np.pad, case(r(2, 3), pad_width=((0, 0), (1, 0)), constant_values=((1, 2), (3, 4))), case(r(0), pad_width=((1, 1),)))
of(np.pad, case(z(3), pad_width=((1, 2),)), case(r(), pad_width=0), case(r(6, 4)[::-2, ::3], pad_width=((1, 0),) * 2))
for _mode in ("edge", "reflect", "symmetric", "wrap", "mean"):
    of(np.pad, case(r(3), pad_width=((5, 4),), mode=_mode), case(r(3, 2), pad_width=((1, 2), (0, 1)), mode=_mode))
    of(
        np.pad,
        case(r(1, 2), pad_width=((0, 0), (1, 1)), mode=_mode),
        case(z(2, 3).T, pad_width=((2, 1),) * 2, mode=_mode),
    )
for _mode in ("reflect", "symmetric"):
    _how = {"mode": _mode, "reflect_type": "odd"}
    of(np.pad, case(r(3), pad_width=((5, 7),), **_how), case(r(4, 2), pad_width=((1, 2), (0, 3)), **_how))
    of(np.pad, case(r(1, 2), pad_width=((2, 1), (1, 1)), **_how), case(z(2, 3), pad_width=((2, 1),) * 2, **_how))
of(np.pad, case(r(3), pad_width=((3, 2),), mode="linear_ramp"), case(z(2), pad_width=((3, 2),), mode="linear_ramp"))
of(np.pad, case(r(3, 1), pad_width=((2, 1), (3, 2)), mode="linear_ramp", end_values=((1.5, -1), (0, 2))))
of(np.pad, case(r(4, 3), pad_width=((1, 2), (2, 0)), mode="mean", stat_length=((2, 1), (1, 2))))
of(np.pad, case(r(4), pad_width=((1, 2),), mode="mean", stat_length=3))

# --------------------------------------------------------------- convolution, correlation

for _fn in (np.convolve, np.correlate):
    for _mode in ("full", "same", "valid"):
        of(_fn, case(r(5), r(3), mode=_mode), case(r(2), r(5), mode=_mode), case(r(4), r(4), mode=_mode))
        of(_fn, case(r(6), r(2), mode=_mode), case(z(2), z(5), mode=_mode), case(r(3), z(4), mode=_mode))
        of(_fn, case(r(8)[::-2], r(6)[::3], mode=_mode), case(r(1), r(3), mode=_mode))
    of(_fn, case(r(4), single(2)), case(r(4), [1, 2]))
    of(_fn, case(r(4), r(2), mode=1))
of(np.convolve, case(r(), r(3)), case(r(3), r()), case(2.0, r(3)))

# -------------------------------------------------------------------------- interpolation

_knots = np.array([-1.5, -0.5, 0.25, 1.75])
_where = (np.array([-1.0, 0.1, -2.5]), _knots)
_inside = (np.array([[-1.0], [0.1], [-2.5], [1.0], [3.0]]), _knots)
of(interpolation.interpolated, case(*_where, r(4), np.array(0.5), np.array(-2.0)), case(*_inside, r(4), r(), r()))
of(interpolation.interpolated, case(*_inside, z(4), z(), z()), case(np.array(0.3), _knots, r(4), 1.0, 2.0))
of(interpolation.interpolated, case(r(0), _knots, r(4), r(), r()), case(0.3, [-1.0, 1.0], r(2), 0.0, 0.0))
of(np.interp, case(_inside[0], _knots, r(4)), case(_inside[0], _knots, r(4), left=1.0, right=2.0))
of(np.interp, case(_inside[0], _knots[::-1], r(4), period=3.75), case(single(3), _knots, r(4)))

of(np.gradient, case(r(5)), case(r(5), 0.5), case(r(5), np.array([0.0, 0.5, 1.5, 3.0, 3.5])), case(r(4, 3), r(), r()))
of(np.gradient, case(r(4), edge_order=2), case(r(5), r(5), edge_order=2), case(r(3, 4), 2.0, axis=-1), case(z(3)))
of(np.gradient, case(single(4), 0.5), case(r(2)), case(r(3, 4, 3), r(), r(4), axis=(2, 1), edge_order=2))

of(np.unwrap, case(r(6, low=-9, high=9)), case(r(2, 5, low=-9, high=9), axis=0), case(r(5), period=1.5))
of(np.unwrap, case(r(5, low=-9, high=9), discont=4.0), case(single(4)), case(r(0)), case(r(3, 2).T, axis=1))

# ----------------------------------------------------------------------- Bessel functions

_points = np.array([[-3.0, 0.0, 0.5], [1e-6, 7.0, 12.0]])
of(np.i0, case(r(3)), case(_points), case(r()), case(np.array([25.0, -30.0])), case(r(0)), case(1.5))
for _order in (0, 1, 2, 5):
    of(bessel.bessel_i, case(r(3), order=_order), case(_points, order=_order))
    of(bessel.bessel_i, case(r(), order=_order), case(r(6)[::2], order=_order))

# ------------------------------------------------------------------ correlations, histograms

of(statistics.within_one, case(r(3, 3, low=-0.9, high=0.9)), case(z(2, 2) / 4))
of(statistics.ladder, case(r(), r(), steps=4), case(np.array(1.0), np.array(2.0), steps=1), case(0.0, r(), steps=3))
_samples = np.array([0.1, 0.5, 0.5, 2.5, -3.0, 1.0, 2.0])
_edges = np.array([0.0, 0.5, 0.75, 2.0])
of(statistics.counted, case(_samples, _edges), case(_samples, _edges, bins=3, limits=(0.0, 2.2)))
of(statistics.bin_of, case(np.array([0.1, 0.6, np.nan, 5.0, -1.0]), _edges))
_off = _samples + 0.01
of(statistics.weighed, case(r(7), _off, _edges), case(r(7), _off, _edges, bins=_edges), case(z(7), _off, _edges))
of(statistics.weighed, case(r(7), _samples.tolist(), _edges.tolist()))
of(
    statistics.weighed,
    case(r(7), _samples.astype(int), np.array([0.1, 0.5, 2.2])),
    case(r(0), np.zeros(0, int), _edges),
)
_even = np.linspace(-1, 3, 5)
of(statistics.weighed, case(r(2, 3), [[0, 1, 2], [3, 4, -1]], _even.tolist(), bins=4, limits=(-1, 3)))
of(statistics.cells, case(r(4), r(4), _edges, _even), case(np.array([0.3, 5.0]), _edges))

# ------------------------------------------------- found by python -m comparisons.mutants

of(np.pad, case(r(1, 2, 3), pad_width=((1, 2), (0, 0), (0, 0)), mode="linear_ramp"))

# ------------------------------------------------------------------- differences, at uneven steps
for _fn in (differences.slope_first, differences.slope_within, differences.slope_last):
    of(_fn, case(r(3), r(3), r(3), r(3, low=0.3), r(3, low=0.3)), case(r(2), r(2), r(2), np.array(0.5), np.array(2.0)))
    of(_fn, case(r(2, 1), r(2, 1), r(2, 1), r(low=0.3), r(low=0.3)))
    of(_fn, case(z(2), z(2), z(2), r(2, high=-0.3), r(2, high=-0.3)))
