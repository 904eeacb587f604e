"""Covariances, correlations, and histograms.

The counts of a histogram are linear in the weights, and don't change with the samples but in jumps: the derivative in
these is zero. The edges of the bins, and so a density, do change with them, where they are laid between the least and
the greatest sample.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.errors import OptionError
from tape.primitive import ours
from tape.record import Var
from tape.rule import TABLE, composite, general, short, zero
from tape.rules.indexing import FIRST, as_given, read, scatter
from tape.rules.linalg import conj
from tape.rules.shape import cast
from tape.rules.special import is_complex

__tape__ = True


def plain(x: Any) -> Any:
    """Return the value of a variable, also within a list or a tuple."""
    if isinstance(x, Var):
        return x.value
    return [plain(part) for part in x] if isinstance(x, (list, tuple)) else x


def floats(x: Any, dtype: Any) -> Any:
    """Return an array or a variable in another precision."""
    if isinstance(x, Var):
        return x if dtype_of(x) == dtype else cast(x, dtype)
    return np.asarray(x, dtype)


def array(x: Any) -> Any:
    """Return anything but a variable as an array; of a list with variables in it, one of its stacked elements."""
    if isinstance(x, (list, tuple)) and any(isinstance(v, Var) for v in x):
        return np.stack(x)  # type: ignore[arg-type]
    return x if isinstance(x, Var) else np.asarray(x)


# -------------------------------------------------------------- covariance, correlation


def observations(m: Any, rowvar: bool, dtype: Any, name: str) -> Any:
    """Return variables in rows and observations in columns."""
    if np.ndim(m) > 2:
        raise ValueError(f"{name} has more than 2 dimensions")
    rows = floats(m, dtype)
    rows = rows if np.ndim(rows) == 2 else np.reshape(rows, (1, -1))
    return rows if rowvar else np.transpose(rows)


def _weights(w: Any, count: int, name: str) -> Any:
    w = floats(w, np.float64)
    if np.ndim(w) > 1:
        raise RuntimeError(f"cannot handle multidimensional {name}")
    if np.shape(w)[0] != count:
        raise RuntimeError(f"incompatible numbers of samples and {name}")
    if np.any(np.less(plain(w), 0)):
        raise ValueError(f"{name} cannot be negative")
    return w


@composite(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: Any = True,
    bias: Any = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """Return the covariance matrix of variables, which may be weighted."""
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    if isinstance(fweights, Var):
        raise OptionError(
            f"np.cov(fweights=) of shape {np.shape(fweights)} counts how often each sample was seen, and takes no"
            " variable: give aweights=, which may vary"
        )
    m, y = array(m), None if y is None else array(y)
    if dtype is None:
        dtype = np.result_type(dtype_of(m), np.float64, *([] if y is None else [dtype_of(y)]))
    x = observations(m, bool(rowvar) or np.ndim(m) == 1, dtype, "m")
    if np.shape(x)[0] == 0:
        return np.zeros((0, 0))
    if y is not None:
        other = observations(y, bool(rowvar) or np.ndim(y) < 2 or np.shape(y)[0] == 1, dtype, "y")
        x = np.concatenate([x, other], axis=0)
    if ddof is None:
        ddof = 1 if bias == 0 else 0
    count = np.shape(x)[1]
    w: Any = None
    if fweights is not None:
        w = _weights(fweights, count, "fweights")
        if not np.all(w == np.around(w)):
            raise TypeError("fweights must be integer")
    if aweights is not None:
        aweights = _weights(aweights, count, "aweights")
        w = aweights if w is None else w * aweights
    if w is None:
        mean, factor = np.mean(x, axis=1), count - ddof
    else:
        total = np.sum(w)
        mean = np.sum(x * w, axis=1) / total
        if ddof == 0:
            factor = total
        else:
            factor = total - (ddof if aweights is None else ddof * np.sum(w * aweights) / total)
    if factor <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=2)
        factor = 0.0
    x = floats(x - mean[:, None], dtype)
    c = np.dot(x, conj(np.transpose(x if w is None else x * w)))
    return np.squeeze(floats(c * np.true_divide(1, factor), dtype_of(c)))


@ours
def within_one(c: Any) -> Any:
    """Return correlations, of which rounding may have taken some beyond one, cut back to that: the derivative is one.

    A cut with a derivative of zero would make the second derivative of perfect correlations vanish.
    """
    if not is_complex(c):
        return np.clip(c, -1, 1)
    return np.clip(c.real, -1, 1) + 1j * np.clip(c.imag, -1, 1)


general(within_one, lambda g, y, c: g, jvps=[lambda t, y, c: t], keeps="")


@composite(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: Any = True, *, dtype: Any = None) -> Any:
    c = cov(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.real(np.diagonal(c)))
    return within_one(c / deviation[:, None] / deviation[None, :])


# ------------------------------------------------------------------------------- histograms


@ours
def ladder(first: Any, last: Any, *, steps: int) -> Any:
    """Return edges at equal distances."""
    return np.linspace(first, last, steps + 1, dtype=np.result_type(first, last))


def rungs(x: Any, steps: int) -> Any:
    """Return how far up a ladder each edge is, from 0 to 1."""
    return np.linspace(0, 1, steps + 1, dtype=dtype_of(x))


general(
    ladder,
    lambda g, y, first, last, *, steps: np.sum(g * rungs(g, steps)[::-1]),
    lambda g, y, first, last, *, steps: np.sum(g * rungs(g, steps)),
    jvps=[
        lambda t, y, first, last, *, steps: t * rungs(t, steps)[::-1],
        lambda t, y, first, last, *, steps: t * rungs(t, steps),
    ],
    keeps="",
)


def laid(samples: Any, steps: int) -> Any:
    """Return edges between the least and the greatest of recorded samples."""
    first, last = (np.min(samples), np.max(samples)) if np.size(samples) else (0.0, 1.0)
    if plain(first) == plain(last):
        first, last = first - 0.5, last + 0.5
    return ladder(first, last, steps=steps)


def bin_edges(a: Any, bins: Any, limits: Any, weights: Any) -> Any:
    """Return the edges of bins, recorded where they depend on variables."""
    if np.ndim(plain(bins)) == 1:
        edges = array(bins)
        if np.any(np.greater(plain(edges)[:-1], plain(edges)[1:])):
            raise ValueError("`bins` must increase monotonically, when an array")
        return edges
    edges = np.histogram_bin_edges(plain(a), bins, limits, plain(weights))
    return laid(a, len(edges) - 1) if isinstance(a, Var) and limits is None else edges


@composite(np.histogram_bin_edges)
def _histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    return bin_edges(a, bins, range, weights)


@ours
def counted(a: Any, edges: Any, *, bins: Any = None, limits: Any = None) -> Any:
    """Return the counts of ``np.histogram``, between edges or as ``bins`` and ``limits`` have them."""
    return np.histogram(a, edges if bins is None else bins, limits)[0]


@ours
def weighed(weights: Any, a: Any, edges: Any, *, bins: Any = None, limits: Any = None) -> Any:
    """Return the sums of the weights, by bin, of ``np.histogram``."""
    return np.histogram(a, edges if bins is None else bins, limits, weights=weights)[0]


@ours
def bin_of(a: Any, edges: Any) -> Any:
    """Return the number of the bin that each sample is in; for those in none, the number of bins."""
    edges, a = np.asarray(edges), np.ravel(a)
    at = np.searchsorted(edges, a, side="right") - 1
    last = len(edges) - 1
    at[a == edges[-1]] = last - 1
    at[(a < edges[0]) | (a > edges[-1])] = last  # where NaN, too, has come to lie
    return at


def _weighed(
    g: Any, y: Any, weights: Any, a: Any, edges: Any, *, bins: Any = None, limits: Any = None
) -> tuple[Any, None, None]:
    padded = np.concatenate([g, np.zeros(1, dtype_of(g))])
    return np.reshape(read(padded, bin_of(a, edges)), np.shape(weights)), None, None


def _weighed_tangent(
    tangents: Sequence[Any], y: Any, weights: Any, a: Any, edges: Any, *, bins: Any = None, limits: Any = None
) -> Any:
    if tangents[0] is None:  # of the samples and the edges alone
        return np.zeros(np.shape(y), dtype_of(y))
    return weighed(tangents[0], a, edges, bins=bins, limits=limits)


zero(counted, bin_of, arrays=2)
general(weighed, joint=_weighed, jvp=_weighed_tangent, keeps="1 2")


@composite(np.histogram)
def _histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    a, weights = array(a), None if weights is None else array(weights)
    if weights is not None and np.shape(weights) != np.shape(a):
        raise ValueError("weights should have the same shape as a.")
    edges = bin_edges(a, bins, range, weights)
    how = {} if np.ndim(plain(bins)) or isinstance(bins, str) else {"bins": operator.index(bins), "limits": range}
    n = counted(a, edges, **how) if weights is None else weighed(weights, a, edges, **how)
    if density:
        n = n / floats(np.diff(edges), np.float64) / np.sum(n)
    return n, edges


@ours
def cells(*columns_and_edges: Any) -> Any:
    """Return the position of each sample in a flattened grid of bins, which has a bin more at either end of each axis.

    The arguments are the coordinates, an array for each axis, and then the edges of each.
    """
    d = len(columns_and_edges) // 2
    columns, edges = columns_and_edges[:d], columns_and_edges[d:]
    found = [np.searchsorted(e, x, side="right") - (x == e[-1]) for x, e in zip(columns, edges, strict=True)]
    return np.ravel_multi_index(found, [len(e) + 1 for e in edges])


zero(cells)
TABLE[cells].binder = as_given


def _columns(sample: Any) -> list[Any]:
    """Return the coordinates of samples, an array for each axis."""
    if hasattr(sample, "shape") and np.ndim(sample) == 2:
        return [sample[:, k] for k in range(np.shape(sample)[1])]
    if hasattr(sample, "shape") or not np.ndim(plain(sample[0])):
        sample = [sample]
    columns = [array(part) for part in sample]
    common = np.result_type(*map(dtype_of, columns))
    return [floats(column, common) for column in columns]


def _side(x: Any, bins: Any, limits: Any, axis: int) -> Any:
    """Return the edges along one axis of a grid."""
    if np.ndim(plain(bins)) == 0:
        found = np.histogramdd(np.reshape(np.asarray(plain(x)), (-1, 1)), [bins], None if limits is None else [limits])
        laid_out = isinstance(x, Var) and limits is None
        return laid(x, int(bins)) if laid_out else found[1][0]
    if np.ndim(plain(bins)) != 1:
        raise ValueError(f"`bins[{axis}]` must be a scalar or 1d array")
    edges = array(bins)
    if np.any(np.greater(plain(edges)[:-1], plain(edges)[1:])):
        raise ValueError(f"`bins[{axis}]` must be monotonically increasing, when an array")
    return edges


def length(bins: Any) -> int | None:
    """Return how many bins, or edges, are given; None for a number of bins."""
    return len(bins) if isinstance(bins, (list, tuple)) or np.ndim(bins) else None


@composite(np.histogramdd)
def histogramdd(sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    """Return counts, or sums of weights, in a grid of bins, and the edges along each axis."""
    columns = _columns(sample)
    d = len(columns)
    each: Sequence[Any] = [bins] * d if length(bins) is None else bins
    limits = [None] * d if range is None else list(range)
    if len(each) != d:
        raise ValueError("The dimension of bins must be equal to the dimension of the sample x.")
    if len(limits) != d:
        raise ValueError("range argument must have one entry per dimension")
    edges = [_side(x, b, r, k) for k, (x, b, r) in enumerate(zip(columns, each, limits, strict=True))]
    at = cells(*columns, *edges)
    if weights is None:
        w: Any = np.ones(np.shape(columns[0]))
    else:
        w = array(weights)
        if dtype_of(w).kind == "c":
            raise TypeError(f"np.histogramdd takes real weights, not {short(plain(w))}")
        w = floats(w, np.float64)
    sizes = tuple(np.shape(e)[0] + 1 for e in edges)
    grid = np.reshape(scatter(w, at, key=FIRST, shape=(int(np.prod(sizes)),)), sizes)
    found = grid[(slice(1, -1),) * d]
    if density:
        total = np.sum(found)
        for k, e in enumerate(edges):
            found = found / np.reshape(np.diff(e), [-1 if j == k else 1 for j in np.arange(d)])
        found = found / total
    return found, edges


@composite(np.histogram2d)
def _histogram2d(x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    if len(x) != len(y):
        raise ValueError("x and y must have the same length.")
    if length(bins) not in (None, 1, 2):
        bins = [bins, bins]
    found, edges = histogramdd([x, y], bins, range, density, weights)
    return found, edges[0], edges[1]


# -------------------------------------------------------------------- what has no derivative


@composite(np.real_if_close)
def _real_if_close(a: Any, tol: float = 100) -> Any:
    if not is_complex(a):
        return a
    if tol > 1:
        tol = float(np.finfo(dtype_of(a)).eps) * tol
    return np.real(a) if np.all(np.less(np.abs(np.imag(a)), tol)) else a
