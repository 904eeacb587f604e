"""Where functions have no derivative: every row of the rule table is smooth, linear, or says where its kinks are.

A row of :data:`POINTS` is a function of the call's arguments and options, and returns the kinks that each element may
be close to, as :class:`Spot`; one of :data:`LANES` does so for functions that reduce or order lanes, the elements
along their axes. Only places stand here: what the derivative is to either side, and at the kink, is asked of the rule.

Rows are named, not imported, so that ``tape.nn`` needn't be.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__tape__ = True


class Spot(NamedTuple):
    """A kink that elements of an argument may be close to."""

    argument: int
    """The argument in which the function bends."""
    at: dict[int, Any]
    """What arguments are there, broadcast to the elements; NaN where there is no kink."""
    kind: str = "corner"
    """``corner`` (found out to be an ``edge`` or a ``jump``, if it is one), ``tie`` or ``switch``."""
    unit: float | None = None
    """What a distance counts as near in proportion to; None: the size of the numbers."""


def points(*places: float) -> Callable[..., list[Spot]]:
    """Return a finder of kinks at fixed places."""
    return lambda x, **_: [Spot(0, {0: place}) for place in places]


def ties(a: Any, b: Any) -> list[Spot]:
    """Two arguments that are equal."""
    return [Spot(0, {0: b}, "tie"), Spot(1, {1: a}, "tie")]


def switches(a: Any, b: Any) -> list[Spot]:
    """A comparison that is about to come out otherwise."""
    return [Spot(0, {0: b}, "switch"), Spot(1, {1: a}, "switch")]


def origin(a: Any, b: Any) -> list[Spot]:
    """Both arguments zero."""
    return [Spot(0, {0: 0.0, 1: 0.0}), Spot(1, {0: 0.0, 1: 0.0})]


def whole(x: Any, **_: Any) -> list[Spot]:
    """The nearest whole number."""
    return [Spot(0, {0: np.rint(x)}, unit=1.0)]


def whole_but_zero(x: Any, **_: Any) -> list[Spot]:
    """The nearest whole number but zero, where it isn't cut off."""
    n = np.rint(np.real(x))
    return [Spot(0, {0: np.where(n == 0, np.nan, n)}, unit=1.0)]


def half_way(x: Any, decimals: int = 0) -> list[Spot]:
    """The nearest number that is rounded up or down."""
    step = 10.0**-decimals
    return [Spot(0, {0: (np.floor(x / step) + 0.5) * step}, unit=step)]


def quotient(a: Any, b: Any, *, but_zero: bool = False) -> list[Spot]:
    """Where the quotient passes a whole number."""
    n = np.rint(np.divide(a, b))
    n = np.where(n == 0, np.nan, n) if but_zero else n
    return [Spot(0, {0: n * b}), Spot(1, {1: np.divide(a, n)})]


def clip(x: Any, low: Any, high: Any) -> list[Spot]:
    """At one of the bounds."""
    bounds = [(k, bound) for k, bound in ((1, low), (2, high)) if bound is not None]
    if len(bounds) == 2:  # bounds that coincide make one kink
        bounds[1] = 2, np.where(np.equal(low, high), np.nan, high)
    return [Spot(0, {0: bound}) for _, bound in bounds] + [Spot(k, {k: x}) for k, _ in bounds]


def power(a: Any, b: Any) -> list[Spot]:
    """A base of zero; in the exponent, 0**0."""
    return [Spot(0, {0: 0.0}), Spot(1, {1: np.where(np.equal(a, 0), 0.0, np.nan)})]


def nearest(edges: Any, x: Any) -> Any:
    """Return the edge that is nearest to each element."""
    edges = np.sort(np.ravel(edges))
    if not edges.size:
        return np.full(np.shape(x), np.nan)
    k = np.clip(np.searchsorted(edges, x), 1, max(edges.size - 1, 1))
    low, high = edges[k - 1], edges[np.minimum(k, edges.size - 1)]
    return np.where(np.abs(x - low) <= np.abs(high - x), low, high)


POINTS: dict[str, Callable[..., list[Spot]]] = {
    **dict.fromkeys(("np.absolute", "operator.abs", "np.fabs", "np.sign", "np.sqrt", "np.cbrt"), points(0.0)),
    **dict.fromkeys(("np.arcsin", "np.arccos"), points(-1.0, 1.0)),
    "np.arccosh": points(1.0),
    **dict.fromkeys(("np.power", "operator.pow", "np.float_power"), power),
    **dict.fromkeys(("np.maximum", "np.minimum", "np.fmax", "np.fmin"), ties),
    "np.clip": clip,
    "np.copysign": lambda a, b: [Spot(0, {0: 0.0}), Spot(1, {1: 0.0})],
    "np.heaviside": lambda a, b: [Spot(0, {0: 0.0})],
    "np.hypot": origin,
    "np.arctan2": lambda a, b: [*origin(a, b), Spot(0, {0: np.where(np.less(b, 0), 0.0, np.nan)})],
    **dict.fromkeys(("np.remainder", "operator.mod", "np.floor_divide", "operator.floordiv"), quotient),
    "np.fmod": lambda a, b: quotient(a, b, but_zero=True),
    "tape.rules.special.fraction": whole_but_zero,
    # -- of no derivative: what jumps
    **dict.fromkeys(("np.floor", "np.ceil"), whole),
    **dict.fromkeys(("np.trunc", "np.fix", "tape.rules.shape.discretised"), whole_but_zero),
    **dict.fromkeys(("np.rint", "np.round", "np.around"), half_way),
    "np.signbit": points(0.0),
    "np.searchsorted": lambda a, v, **_: [Spot(1, {1: nearest(a, v)}, "switch")],
    "np.digitize": lambda x, bins, **_: [Spot(0, {0: nearest(bins, x)}, "switch")],
    "tape.rules.interpolation.interpolated": lambda x, xp, *_: [Spot(0, {0: nearest(xp, x)})],
    **dict.fromkeys(("np.less", "np.less_equal", "np.greater", "np.greater_equal"), switches),
    **dict.fromkeys(("operator.lt", "operator.le", "operator.gt", "operator.ge"), switches),
    # -- networks
    **dict.fromkeys(("tape.nn.relu", "tape.nn.leaky_relu", "tape.nn.elu", "tape.nn.selu"), points(0.0)),
    "tape.nn.step": lambda x, low=0.0: [Spot(0, {0: 0.0})],
    "tape.nn.relu6": points(0.0, 6.0),
    **dict.fromkeys(("tape.nn.hardsigmoid", "tape.nn.hardswish"), points(-3.0, 3.0)),
    "tape.nn.hardtanh": lambda x, min_val=-1.0, max_val=1.0: [Spot(0, {0: min_val}), Spot(0, {0: max_val})],
    "tape.nn._prelu": lambda x, weight: [Spot(0, {0: 0.0})],
    **dict.fromkeys(
        ("tape.nn.softshrink", "tape.nn.hardshrink"), lambda x, lambd=0.5: [Spot(0, {0: -lambd}), Spot(0, {0: lambd})]
    ),
    "tape.nn._threshold": lambda x, *, threshold, value: [Spot(0, {0: threshold})],
    "tape.nn.softplus": lambda x, beta=1.0, threshold=20.0: [Spot(0, {0: threshold / beta})],
    "tape.nn._clamped_log": points(math.exp(-100)),
}
"""Functions that work element by element."""

UNBROADCAST = {
    "np.searchsorted": (0,),
    "np.digitize": (1,),
    "tape.rules.interpolation.interpolated": (1, 2, 3, 4),
}
"""Arguments that every element sees as a whole."""


# ------------------------------------------------------------------------- lanes


class LaneSpot(NamedTuple):
    """A kink that elements of lanes ``(lanes, n)`` may be close to."""

    at: Any
    """What the element is there, ``(lanes, n)``; NaN where there is no kink."""
    rank: Any = None
    """For functions that order: which element of the result is asked for, by each element ``(lanes, n)``."""
    base: Any = None
    """What the whole lane is there, where it isn't one element alone that is moved."""
    kind: str = "tie"
    """As for :class:`Spot`."""


def ranks(x: Any) -> Any:
    """Return each element's rank in its lane: the first of equals is the lowest."""
    return np.argsort(np.argsort(x, axis=-1, kind="stable"), axis=-1, kind="stable")


def other(x: Any, j: Any) -> Any:
    """Return, for each element, the j-th smallest of the others in its lane; NaN where there is none."""
    s, r, n = np.sort(x, axis=-1), ranks(x), x.shape[-1]
    j = np.broadcast_to(np.asarray(j), (*x.shape[:-1], 1))
    valid, j = (j >= 0) & (j < n - 1), np.clip(j, 0, max(n - 2, 0))
    below, above = np.take_along_axis(s, j, -1), np.take_along_axis(s, np.minimum(j + 1, n - 1), -1)
    return np.where(valid, np.where(r > j, below, above), np.nan)


def largest(x: Any, **_: Any) -> list[LaneSpot]:
    """As large as the largest of the others."""
    return [LaneSpot(other(x, x.shape[-1] - 2))]


def smallest(x: Any, **_: Any) -> list[LaneSpot]:
    """As small as the smallest of the others."""
    return [LaneSpot(other(x, 0))]


def known(x: Any) -> Any:
    """Return how many elements of each lane aren't NaN."""
    return np.sum(~np.isnan(x), axis=-1, keepdims=True)


def largest_known(x: Any, **_: Any) -> list[LaneSpot]:
    """As large as the largest of the others that aren't NaN."""
    return [LaneSpot(other(x, known(x) - 2))]


def middle(x: Any, **_: Any) -> list[LaneSpot]:
    """As large as one of the others that are next to the median."""
    n = known(x)
    return [LaneSpot(other(x, j)) for j in ((n - 1) // 2 - 1, n // 2)]


def quantile(percent: bool) -> Callable[..., list[LaneSpot]]:
    """Return a finder of ties with the others that are next to a quantile, a single one."""

    def found(x: Any, *, q: float, method: str = "linear", **_: Any) -> list[LaneSpot]:
        from tape.rules.quantiles import position

        n = known(x)
        at = np.zeros(n.shape)
        for count in np.unique(n[n > 0]):
            at[n == count] = position(int(count), q, method, percent, x.dtype)[0]
        low, high = np.floor(at).astype(int), np.ceil(at).astype(int)
        return [LaneSpot(other(x, j)) for j in (low - 1, high)]

    return found


def neighbours(x: Any, **_: Any) -> list[LaneSpot]:
    """As large as one that it stands next to, in order."""
    s, r, n = np.sort(x, axis=-1), ranks(x), x.shape[-1]

    def of(k: Any) -> Any:
        found = np.take_along_axis(s, np.clip(k, 0, n - 1), -1)
        return np.where((k >= 0) & (k < n), found, np.nan)

    return [LaneSpot(of(r - 1), r), LaneSpot(of(r + 1), r)]


def kth(x: Any, *, kth: Any, **_: Any) -> list[LaneSpot]:
    """As large as one that is to stand next to the k-th place."""
    n = x.shape[-1]
    ks = {int(k) % n for k in np.ravel(kth)}
    return [LaneSpot(other(x, j), np.full(x.shape, k)) for k in ks for j in (k - 1, k)]


def norm(x: Any, *, ord: Any = None, **_: Any) -> list[LaneSpot]:
    """A norm of zero; a zero among the elements; a tie among the largest or the smallest."""
    zero = np.zeros(x.shape)
    if ord in (math.inf, -math.inf):
        size = np.abs(x)
        tie = other(size, x.shape[-1] - 2 if ord > 0 else 0)
        return [LaneSpot(np.sign(x) * tie), *([] if ord > 0 else [LaneSpot(zero, kind="corner")])]
    if ord not in (None, "fro") and ord <= 1:
        return [LaneSpot(zero, kind="corner")]
    return [LaneSpot(zero, base=zero, kind="corner")]


def constant(x: Any, **_: Any) -> list[LaneSpot]:
    """No spread."""
    mean = np.broadcast_to(np.mean(x, axis=-1, keepdims=True), x.shape)
    return [LaneSpot(mean, base=mean, kind="corner")]


def constant_known(x: Any, **_: Any) -> list[LaneSpot]:
    """No spread of what isn't NaN."""
    gap = np.isnan(x)
    mean = np.sum(np.where(gap, 0, x), axis=-1, keepdims=True) / np.maximum(known(x), 1)
    mean = np.where(gap, np.nan, mean)
    return [LaneSpot(mean, base=mean, kind="corner")]


FMAX, FMIN = "tape.rules.ufunc_methods.fmax_reduce", "tape.rules.ufunc_methods.fmin_reduce"

LANES: dict[str, Callable[..., list[LaneSpot]]] = {
    **dict.fromkeys(("np.max", "np.amax", "np.argmax"), largest),
    **dict.fromkeys(("np.min", "np.amin", "np.argmin", "np.nanmin", "np.nanargmin", FMIN), smallest),
    **dict.fromkeys(("np.nanmax", "np.nanargmax", FMAX), largest_known),
    **dict.fromkeys(("np.median", "np.nanmedian"), middle),
    **dict.fromkeys(("np.quantile", "np.nanquantile"), quantile(percent=False)),
    **dict.fromkeys(("np.percentile", "np.nanpercentile"), quantile(percent=True)),
    **dict.fromkeys(("np.sort", "np.argsort"), neighbours),
    "np.partition": kth,
    "np.linalg.norm": norm,
    "tape.nn.vector_norm": lambda x, *, p, **_: norm(x, ord=p),
    **dict.fromkeys(("tape.rules.norms.length", "tape.rules.norms.direction"), norm),
    "np.std": constant,
    "np.nanstd": constant_known,
}
"""Functions of the elements along their axes."""

PARTIAL = frozenset(("where", "initial", "mean", "weights"))
"""Options with which functions along axes aren't looked at."""

SELECTING = frozenset(("np.argmax", "np.argmin", "np.nanargmax", "np.nanargmin", "np.argsort"))
"""Functions whose result says which element is selected: the derivative is that of what it selects."""

POOLS = frozenset(("tape.nn.max_pool_indices", "tape.nn.adaptive_max_pool_indices"))
"""Functions that select the largest of each window."""

KINKED = frozenset((*POINTS, *LANES, *POOLS))
"""Every function that has kinks."""

_SMOOTH = """
    np.add operator.add np.subtract operator.sub np.multiply operator.mul np.divide operator.truediv np.negative
    operator.neg np.positive operator.pos np.reciprocal np.square np.ldexp np.nextafter np.exp np.exp2 np.expm1 np.log
    np.log2 np.log10 np.log1p np.logaddexp np.logaddexp2 np.sin np.cos np.tan np.arctan np.deg2rad np.radians np.rad2deg
    np.degrees np.sinc np.sinh np.cosh np.tanh np.arcsinh np.arctanh np.conjugate np.real np.imag
    np.where np.nan_to_num
    np.sum np.mean np.prod np.cumprod np.var np.nanvar np.vecdot np.vecmat np.pad np.concatenate np.stack np.hstack
    np.vstack np.dstack np.column_stack operator.getitem
    tape.rules.ufunc_methods.log_sum
    tape.rules.special.bell tape.rules.special.log_and_one tape.rules.special.exponential_shares
    tape.rules.special.sech2 tape.rules.special.sinc_derivative tape.rules.special.weight
    tape.rules.cumulative.recurrence tape.rules.differences.slope_first tape.rules.differences.slope_last
    tape.rules.differences.slope_within tape.rules.indexing.scatter tape.rules.indexing.scatters
    tape.nn.sigmoid tape.nn.sigmoid_slope tape.nn.logsigmoid tape.nn.silu tape.nn.mish tape.nn.gelu tape.nn.tanhshrink
    tape.nn.softsign tape.nn.celu tape.nn.entr tape.nn.erf tape.nn.ndtr tape.nn.normal_pdf
    tape.nn._huber tape.nn._smooth_l1 tape.nn._cross_entropy_of_logit tape.nn._cross_entropy_of_probability
    tape.nn.softmax tape.nn.log_softmax tape.nn.logsumexp tape.nn.masked_softmax tape.nn.entropy_of_classes
    tape.nn.probability_errors tape.nn.linear tape.nn.projected tape.nn.standardise tape.nn.reciprocal_std
    tape.nn.take_rows tape.nn.add_rows tape.nn.pool_gather tape.nn.pool_scatter
    np.correlate np.i0 np.polyval np.vander np.linalg.cholesky np.linalg.det np.linalg.inv np.linalg.slogdet
    np.linalg.solve
    tape.rules.bessel.bessel_i tape.rules.functional.spaced tape.rules.parts.component tape.rules.quotients.over
    tape.rules.polynomials.powers
    tape.rules.solving.cofactors tape.rules.solving.cofactors_change tape.rules.statistics.ladder
    tape.rules.statistics.within_one tape.rules.statistics.weighed
    tape.rules.assigning.add_at tape.rules.assigning.assign tape.rules.assigning.picked tape.rules.assigning.put
"""

SMOOTH = frozenset(_SMOOTH.split())
"""Functions with a derivative wherever they are finite. In ``np.where`` the condition bends, which is another row."""

_UNSEEN = """
    np.linalg.eig np.linalg.eigh np.linalg.eigvals np.linalg.eigvalsh np.linalg.pinv np.linalg.svdvals np.roots
    np.unwrap
    tape.rules.decompositions.quotient tape.rules.decompositions.thin_qr tape.rules.decompositions.thin_svd
    tape.rules.ufunc_methods.running_fmax tape.rules.ufunc_methods.running_fmin
    tape.rules.ufunc_methods.running_maximum tape.rules.ufunc_methods.running_minimum
    tape.rules.solving.least_squares tape.rules.norms.power_norm
"""

UNSEEN = frozenset(_UNSEEN.split())
"""Functions that may have kinks, and aren't looked at. The decompositions' rules fail by themselves where they have no
derivative, and a norm within the rule of another has the kinks of that."""
