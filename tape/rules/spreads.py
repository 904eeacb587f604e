"""Spreads: variances and standard deviations, of all elements or of those that aren't NaN.

Of equal elements both are zero, and so are their derivatives. A mean that is given (``mean=``) is an argument of its
own: a constant here; where it is a variable, it is subtracted first.

Where squares overflow or vanish, so do NumPy's values, which are kept. The derivatives are the true ones: that of a
standard deviation doesn't depend on the scale, and is made of the deviations alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.rule import general
from tape.rules.norms import direction
from tape.rules.reductions import computed_in, conj, count, counting, expand, unmasked

__tape__ = True


def known(x: Any, where: Any, nan: bool) -> Any:
    """Return which elements count: True for all of them."""
    if nan and np.any(np.isnan(x.value if hasattr(x, "value") else x)):
        kept = np.logical_not(np.isnan(x))
        return kept if where is True else np.logical_and(kept, where)
    return where


def middle_of(x: Any, mean: Any, nan: bool) -> Any:
    """Return a given mean: the functions that leave out NaN compute in the precision of the elements."""
    return np.asarray(mean, dtype_of(x)) if nan and mean is not None else mean


def number(x: Any, axis: Any, where: Any) -> Any:
    """Return how many elements count, the axes kept: a number where it is the same everywhere."""
    if where is True:
        return count(x, axis)
    return np.sum(np.broadcast_to(where, np.shape(x)), axis=axis, keepdims=True, dtype=counting(x))


def deviations(x: Any, axis: Any, where: Any, middle: Any, *, twice: bool = False) -> Any:
    """Return the deviations from the mean, zero of what doesn't count.

    Taken twice, those of equal elements vanish in spite of the rounding of their mean.
    """
    if middle is not None:
        return unmasked(x - middle, where)
    x = unmasked(x, where)
    axis = axis if np.ndim(x) else None  # a single number may be reduced along axis 0, but has no mean along it
    for _ in range(2 if twice else 1):
        if where is True:
            x = x - np.mean(x, axis=axis, keepdims=True)
        else:
            total = np.sum(x, axis=axis, keepdims=True)
            x = unmasked(x - total / np.maximum(number(x, axis, where), 1), where)
    return x


def varying(x: Any, axis: Any, where: Any, middle: Any) -> Any:
    """Return which elements count, but for those that are alone: they don't deviate from a mean that isn't given."""
    if middle is not None:
        return where
    if where is True:
        return count(x, axis) != 1
    return np.logical_and(where, np.not_equal(number(x, axis, where), 1))


def freedom(x: Any, axis: Any, where: Any, ddof: Any, correction: Any) -> Any:
    """Return by what the squares are divided, the axes kept."""
    less = ddof if correction is None else correction
    n = number(x, axis, where)
    return max(n - less, 0) if where is True else np.maximum(n - less, 0)


def root_of_freedom(x: Any, axis: Any, where: Any, ddof: Any, correction: Any) -> Any:
    """Return its root: by what the length of the deviations is divided."""
    n = freedom(x, axis, where, ddof, correction)
    return math.sqrt(n) if where is True else np.sqrt(n)


def _variance(nan: bool) -> tuple[Any, Any]:
    def vjp(
        g: Any,
        y: Any,
        x: Any,
        *,
        axis: Any = None,
        ddof: Any = 0,
        keepdims: bool = False,
        dtype: Any = None,
        where: Any = True,
        mean: Any = None,
        correction: Any = None,
    ) -> Any:
        """Return ``g * 2 (x - mean) / (n - ddof)``."""
        x = computed_in(x, dtype)
        where, mean = known(x, where, nan), middle_of(x, mean, nan)
        scale = expand(g, x, axis, keepdims) * 2 / freedom(x, axis, where, ddof, correction)
        return unmasked(scale * deviations(x, axis, where, mean), where)

    def jvp(
        t: Any,
        y: Any,
        x: Any,
        *,
        axis: Any = None,
        ddof: Any = 0,
        keepdims: bool = False,
        dtype: Any = None,
        where: Any = True,
        mean: Any = None,
        correction: Any = None,
    ) -> Any:
        """Return ``2 sum(t (x - mean)) / (n - ddof)``."""
        x = computed_in(x, dtype)
        where, mean = known(x, where, nan), middle_of(x, mean, nan)
        d = conj(deviations(x, axis, where, mean))
        total = np.sum(unmasked(t, where) * d, axis=axis, keepdims=True)
        return settled(total * 2 / freedom(x, axis, where, ddof, correction), y)

    return vjp, jvp


def _deviation(nan: bool) -> tuple[Any, Any]:
    def vjp(
        g: Any,
        y: Any,
        x: Any,
        *,
        axis: Any = None,
        ddof: Any = 0,
        keepdims: bool = False,
        dtype: Any = None,
        where: Any = True,
        mean: Any = None,
        correction: Any = None,
    ) -> Any:
        """Return ``g / sqrt(n - ddof)`` along the deviations from the mean, zero where these are.

        They are divided by their own length: ``y`` overflows, vanishes, and is off where the mean is.
        """
        x = computed_in(x, dtype)
        where, mean = known(x, where, nan), middle_of(x, mean, nan)
        some = varying(x, axis, where, mean)
        d = unmasked(deviations(x, axis, where, mean, twice=True), some)
        root = root_of_freedom(x, axis, where, ddof, correction)
        return unmasked(expand(g, x, axis, keepdims) / root * direction(d, axis=axis), some)

    def jvp(
        t: Any,
        y: Any,
        x: Any,
        *,
        axis: Any = None,
        ddof: Any = 0,
        keepdims: bool = False,
        dtype: Any = None,
        where: Any = True,
        mean: Any = None,
        correction: Any = None,
    ) -> Any:
        """Return how far the tangent goes along the deviations, over ``sqrt(n - ddof)``."""
        x = computed_in(x, dtype)
        where, mean = known(x, where, nan), middle_of(x, mean, nan)
        some = varying(x, axis, where, mean)
        d = unmasked(deviations(x, axis, where, mean, twice=True), some)
        root = root_of_freedom(x, axis, where, ddof, correction)
        along = unmasked(t * conj(direction(d, axis=axis)), some)
        return settled(np.sum(along, axis=axis, keepdims=True) / root, y)

    return vjp, jvp


def settled(found: Any, y: Any) -> Any:
    """Return what was reduced with its axes kept in the shape of the result."""
    return found if np.shape(found) == np.shape(y) else np.reshape(found, np.shape(y))


for _fn, _nan in ((np.var, False), (np.nanvar, True)):
    _vjp, _jvp = _variance(_nan)
    general(_fn, _vjp, jvps=[_jvp], keeps="0")
for _fn, _nan in ((np.std, False), (np.nanstd, True)):
    _vjp, _jvp = _deviation(_nan)
    general(_fn, _vjp, jvps=[_jvp], keeps="0")
