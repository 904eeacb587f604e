"""Carlson's symmetric elliptic integrals, and the arithmetic-geometric mean, in all their arguments; DLMF 19.16, 19.20.

Each derivative is an integral of the same kind, with other powers, whose integrand has one sign: Carlson (1977),
Special Functions of Applied Mathematics. In terms of the named ones it would cancel where arguments come close.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.rules.special import is_complex
from tape.scipy.special.pieces import alike, cast, precision

__tape__ = True

STEP = 0.375
"""Of the trapezoidal rule in the logarithm: for integrands analytic within ±π it errs by exp(-2π²/step), 1e-23."""

DIGITS = 40.0
"""How many powers of e the integrand falls by before it is left off, at either end."""

FARTHEST = 690.0
"""The logarithm of the largest ratio of arguments: that of larger ones is NaN, rather than cut off."""

BLOCK = 1 << 18
"""How many values of the integrand there may be at a time."""


@ours
def carlson_integral(x: Any, y: Any, z: Any, p: Any, *, halves: tuple[int, int, int, int], power: int = 0) -> Any:
    """Return the integral of ``t**power (t+x)**(-a/2) (t+y)**(-b/2) (t+z)**(-c/2) (t+p)**(-d/2)`` from 0 to infinity.

    Parameters
    ----------
    x, y, z, p : array_like
        Positive, or zero, or complex numbers off the negative axis.
    halves : tuple of int
        ``(a, b, c, d)``; an argument whose power is zero doesn't count.
    power : int
        That of ``t``.

    Notes
    -----
    By the trapezoidal rule in ``log(t)``, as close as the arguments of complex numbers need: DLMF 3.5(i).
    """
    complex_ = any(is_complex(v) for v in (x, y, z, p))
    dtype: Any = precision(*(v.real if is_complex(v) else v for v in (x, y, z, p)))
    kind: Any = np.complex128 if complex_ else np.float64
    columns = np.broadcast_arrays(*(np.asarray(v, kind) for v in (x, y, z, p)))
    shape = columns[0].shape
    factors = np.stack([np.ravel(v) for v, n in zip(columns, halves, strict=True) if n])
    powers = np.array([n for n in halves if n])
    out = np.empty(factors.shape[1], kind)
    with np.errstate(all="ignore"):
        size = np.abs(factors)
        largest = np.max(size, axis=0, initial=0)
        smallest = np.min(np.where(size == 0, math.inf, size), axis=0, initial=math.inf)
        zero = np.sum(np.where(size == 0, powers[:, None], 0), axis=0)
        rises, falls = power + 1 - zero / 2, np.sum(powers) / 2 - power - 1
        inside = math.pi - np.max(np.abs(np.angle(factors)), axis=0, initial=0)
        spread = np.log(largest) - np.log(smallest)
        good = (rises > 0) & (spread < FARTHEST) & (inside > 0.01) & np.isfinite(largest)
        out[:] = np.where((rises <= 0) & np.isfinite(largest) & (largest > 0), math.inf, math.nan)
        step = STEP * (inside / math.pi)
        # about the middle, so that nothing leaves the range of floats
        middle = np.exp2(np.rint((np.log2(largest) + np.log2(smallest)) / 2))
        low = -spread / 2 - 1 - DIGITS / np.where(good, rises, 1)
        high = spread / 2 + 1 + DIGITS / falls
        counts = np.where(good, np.ceil((high - low) / step), 0).astype(int)
        order = np.argsort(counts, kind="stable")
        order = order[np.searchsorted(counts[order], 1) :]
        while order.size:
            points = int(counts[order[-1]]) + 1
            some, order = order[-max(1, BLOCK // points) :], order[: -max(1, BLOCK // points)]
            h = step[some][:, None]
            u = np.minimum(np.floor(low[some][:, None] / h) * h + np.arange(points) * h, FARTHEST)  # some have too many
            t = np.exp(u)
            product = np.exp(u * ((power + 1) / 2))
            for v, n in zip(factors[:, some], powers, strict=True):
                product = product * (t + (v / middle[some])[:, None]) ** (-n / 4)
            # of the integrand's root so far: products of a few factors of its own may overflow
            out[some] = np.sum(np.square(product * middle[some][:, None] ** (-falls / 2)), axis=1) * h[:, 0]
    if complex_:
        return np.reshape(out, shape).astype(np.complex64 if dtype == np.float32 else np.complex128)[()]
    return cast(np.reshape(out, shape), dtype)


def _lowered(position: int) -> Callable[..., Any]:
    """Return the rule in one argument: its power is one lower, and comes in front."""

    def rule(g: Any, y_: Any, x: Any, y: Any, z: Any, p: Any, *, halves: Any, power: int = 0) -> Any:
        lower = tuple(n + 2 * (k == position) for k, n in enumerate(halves))
        return g * (-halves[position] / 2 * carlson_integral(x, y, z, p, halves=lower, power=power))

    return rule


elementwise(carlson_integral, *(_lowered(k) for k in range(4)))


# --------------------------------------------------------------------- R_F, R_D, R_G

elementwise(
    sp.elliprf,
    lambda g, r, x, y, z: g * (sp.elliprd(y, z, x) * (-1 / 6)),
    lambda g, r, x, y, z: g * (sp.elliprd(x, z, y) * (-1 / 6)),
    lambda g, r, x, y, z: g * (sp.elliprd(x, y, z) * (-1 / 6)),
)
elementwise(
    sp.elliprd,
    lambda g, r, x, y, z: g * (-0.75 * carlson_integral(x, y, z, 1.0, halves=(3, 1, 3, 0))),
    lambda g, r, x, y, z: g * (-0.75 * carlson_integral(x, y, z, 1.0, halves=(1, 3, 3, 0))),
    lambda g, r, x, y, z: g * (-2.25 * carlson_integral(x, y, z, 1.0, halves=(1, 1, 5, 0))),
)
elementwise(
    sp.elliprg,
    lambda g, r, x, y, z: g * (0.125 * carlson_integral(x, y, z, 1.0, halves=(3, 1, 1, 0), power=1)),
    lambda g, r, x, y, z: g * (0.125 * carlson_integral(x, y, z, 1.0, halves=(1, 3, 1, 0), power=1)),
    lambda g, r, x, y, z: g * (0.125 * carlson_integral(x, y, z, 1.0, halves=(1, 1, 3, 0), power=1)),
)

# ----------------------------------------------------------------------- R_C and R_J


def _principal(g: Any, r: Any, args: tuple[Any, ...], integral: Callable[..., Any], closed: Callable[..., Any]) -> Any:
    """Return ``g`` times ``integral(*args)``, or ``closed(r, *args)`` where the last argument is negative.

    There the function is a principal value, and that argument never comes close to another.
    """
    if is_complex(r):
        return g * integral(*args)
    *others, last = args
    left = np.less(last, 0)
    right = integral(*others, np.where(left, alike(1, r), last))
    safe = [np.where(left, v, alike(1, r)) for v in others]
    return g * np.where(left, closed(np.where(left, r, 0), *safe, np.where(left, last, alike(-1, r))), right)


elementwise(
    sp.elliprc,
    lambda g, r, x, y: _principal(
        g,
        r,
        (x, y),
        lambda x, y: -0.25 * carlson_integral(x, y, 1.0, 1.0, halves=(3, 2, 0, 0)),
        lambda r, x, y: (r - 1 / np.sqrt(x)) / (2 * (y - x)),
    ),
    lambda g, r, x, y: _principal(
        g,
        r,
        (x, y),
        lambda x, y: -0.5 * carlson_integral(x, y, 1.0, 1.0, halves=(1, 4, 0, 0)),
        lambda r, x, y: (r - np.sqrt(x) / y) / (2 * (x - y)),
    ),
)


def _rj_slope(r: Any, x: Any, y: Any, z: Any, p: Any) -> Any:
    """Return the derivative of R_J in ``x``, in partial fractions; so in ``y`` and ``z``, which it is symmetric in."""
    return (r - sp.elliprd(y, z, x)) / (2 * (p - x))


def _rj_slope_in_p(r: Any, x: Any, y: Any, z: Any, p: Any) -> Any:
    """Return the derivative of R_J in ``p``, by Euler's theorem: it is homogeneous of degree -3/2."""
    total = x * _rj_slope(r, x, y, z, p) + y * _rj_slope(r, y, z, x, p) + z * _rj_slope(r, z, x, y, p)
    return -(1.5 * r + total) / p


def _rj(position: int, closed: Callable[..., Any]) -> Callable[..., Any]:
    halves = tuple(n + 2 * (k == position) for k, n in enumerate((1, 1, 1, 2)))
    scale = -1.5 if position == 3 else -0.75

    def integral(*args: Any) -> Any:
        return scale * carlson_integral(*args, halves=halves)

    def rule(g: Any, r: Any, x: Any, y: Any, z: Any, p: Any) -> Any:
        return _principal(g, r, (x, y, z, p), integral, closed)

    return rule


elementwise(
    sp.elliprj,
    _rj(0, _rj_slope),
    _rj(1, lambda r, x, y, z, p: _rj_slope(r, y, z, x, p)),
    _rj(2, lambda r, x, y, z, p: _rj_slope(r, z, x, y, p)),
    _rj(3, _rj_slope_in_p),
)

# --------------------------------------------------------- arithmetic-geometric mean


def _mean_slope(y: Any, a: Any, b: Any) -> Any:
    """Return the derivative in ``a`` of the mean ``y``, DLMF 19.22(ii): quotients alone, which don't overflow."""
    return 2 / (3 * math.pi) * np.square(y / a) * sp.elliprd(alike(0, y), np.square(b / a), alike(1, y))


def _agm(g: Any, y: Any, a: Any, b: Any) -> Any:
    """Return ``g`` times the derivative in ``a``: by that of the mean of the means of the two means, which lie close.

    So no square overflows. Of zero, where the mean vanishes, it is infinite.
    """
    void = np.equal(a, 0) | np.equal(b, 0)
    a_, b_ = np.where(void, 1, np.abs(a)), np.where(void, 1, np.abs(b))
    root, other = np.sqrt(a_), np.sqrt(b_)
    size, half, middle = np.where(void, 1, y), a_ * 0.5 + b_ * 0.5, root * other
    high, low = np.sqrt(half), np.sqrt(middle)
    first = _mean_slope(size, half * 0.5 + middle * 0.5, high * low)
    second = _mean_slope(size, high * low, half * 0.5 + middle * 0.5)
    slope = 0.25 * (first + low / high * second + other / root * (first + high / low * second))
    edge = np.where(np.equal(a, 0), np.where(np.equal(b, 0), math.nan, alike(math.inf, y)), 0)
    return g * np.where(void, edge, slope)


elementwise(sp.agm, lambda g, y, a, b: _agm(g, y, a, b), lambda g, y, a, b: _agm(g, y, b, a))
