"""Spheroidal wave functions, DLMF 30: in ``c`` by power series of their coefficients, the radial ones by interpolation.

The angular functions and the characteristic values depend on ``±c²``, in which the matrix of Legendre's functions is
linear: plus for the prolate ones, minus for the oblate. In ``x`` the second result is the derivative of the first, and
its own is what the differential equation says: DLMF 30.2.1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from tape.errors import NoRuleError
from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.declaring import outputs
from tape.scipy.special.eigenpairs import Pencil, enough, series
from tape.scipy.special.pieces import cast, precision, weakly
from tape.scipy.special.spectral import derivative

__tape__ = True

CHARACTERISTIC: dict[str, Any] = {"pro": sp.pro_cv, "obl": sp.obl_cv}
SIGN = {"pro": 1, "obl": -1}
KEPT = 3e-8
"""How small a wave of unit size may be at zero: the rounding of its series is a hundred millionth of that."""


def beside(m: int, degree: Any) -> Any:
    """Return what stands between neighbours in ``x`` times a normalised Legendre function: DLMF 14.10.3."""
    return np.sqrt((degree + 1 - m) * (degree + 1 + m) / ((2 * degree + 1) * (2 * degree + 3)))


def composed(terms: Any, c: float, sign: int) -> Any:
    """Return the derivatives in ``c`` of power series in ``±c²``, whose coefficients are along the first axis."""
    count = len(terms)
    step = np.zeros(count)
    step[1:3] = np.array([2 * c * sign, sign])[: count - 1]
    total, power = np.zeros_like(terms), np.eye(count)[0]
    for term in terms:
        total += np.multiply.outer(power, term)
        power = np.convolve(power, step)[:count]
    return total * np.array([math.factorial(k) for k in range(count)]).reshape(-1, *[1] * (terms.ndim - 1))


def pair(m: int, n: int, c: float, order: int, family: str) -> tuple[Any, Any]:
    """Return Taylor's coefficients, in ``±c²``, of a characteristic value and of its vector.

    Raises
    ------
    NoRuleError
        SciPy takes another value for this one, as it does where ``c`` is negative (that of zero).
    """
    name = f"{family}_cv"
    parity = (n - m) % 2
    degree = m + parity + 2.0 * np.arange(enough(30 + n - m + abs(c), name))
    below, here, above = (beside(m, degree + k) for k in (-1, 0, 1))
    pencil = Pencil(degree * (degree + 1), below**2 + here**2, (here * above)[:-1])
    values, vectors = series(pencil, (n - m) // 2, SIGN[family] * c * c, order)
    theirs = CHARACTERISTIC[family](m, n, c)
    if not abs(theirs - values[0]) <= 1e-8 * (1 + abs(values[0])):
        raise NoRuleError(
            f"scipy.special.{name} of m = {m}, n = {n} at c = {c:g}: SciPy's value is another ({theirs:.9g}; it is"
            f" {values[0]:.9g}), and so would the derivative of it, or of what is made with it, be"
        )
    return values, vectors


def legendre(m: int, count: int, x: Any) -> tuple[Any, Any]:
    """Return the normalised functions of degrees from ``m`` on, and their derivatives: without Condon's phase."""
    first = math.sqrt(0.5 * math.prod((2 * k + 1) / (2 * k) for k in range(1, m + 1))) * (1 - x * x) ** (m / 2)
    values, slopes = [first], [-m * x / (1 - x * x) * first]
    before, before_slope, back = np.zeros_like(x), np.zeros_like(x), 0.0
    for degree in range(m, m + count - 1):
        up = float(beside(m, degree))
        value = (x * values[-1] - back * before) / up
        slope = (values[-1] + x * slopes[-1] - back * before_slope) / up
        before, before_slope, back = values[-1], slopes[-1], up
        values.append(value)
        slopes.append(slope)
    return np.array(values), np.array(slopes)


def waves(m: int, n: int, c: float, x: Any, order: int, family: str) -> Any:
    """Return derivatives in ``c``, up to an order, of the angular function and of its slope in ``x``.

    In Flammer's normalisation, by the value, or the slope, of Legendre's function at zero.
    """
    parity = (n - m) % 2
    _, vectors = pair(m, n, c, order, family)
    count = 2 * vectors.shape[1]
    middle = np.array(legendre(m, count, np.zeros(1)))[parity, parity::2, 0]
    at = np.array(legendre(m, count, x))[:, parity::2]
    norm = math.sqrt(2 / (2 * n + 1) * math.prod(range(n - m + 1, n + m + 1)))
    at_zero = vectors[0] @ middle
    if abs(at_zero) < KEPT:
        raise NoRuleError(
            f"scipy.special.{family}_ang1 of m = {m}, n = {n} at c = {c:g}: the wave is so small at zero, where it is"
            " normalised, that fewer than eight digits of its derivative are left"
        )
    factor = np.zeros(order + 1)
    factor[0] = norm * middle[(n - m) // 2] / at_zero
    for k in range(1, order + 1):
        factor[k] = -(vectors[1 : k + 1] @ middle) @ factor[k - 1 :: -1][:k] / at_zero
    scaled = np.array([factor[k::-1] @ vectors[: k + 1] for k in range(order + 1)])
    return composed(np.einsum("kr,dri->kdi", scaled, at), c, SIGN[family])


def distinct(known: Any, *parameters: Any) -> Any:
    """Yield orders, degrees and parameters, and where they stand: what SciPy has no value of is left out."""
    for m, n, c in set(zip(*(p[known].tolist() for p in parameters), strict=True)):
        where = known & (parameters[0] == m) & (parameters[1] == n) & (parameters[2] == c)
        yield int(m), int(n), c, where


@ours
def characteristic_slope(m: Any, n: Any, c: Any, *, family: str, order: int) -> Any:
    """Return a derivative in ``c`` of ``pro_cv`` or ``obl_cv``."""
    dtype = precision(m, n, c)
    m, n, c = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (m, n, c)))
    out = np.full(m.shape, math.nan)
    for i, j, z, where in distinct(np.isfinite(CHARACTERISTIC[family](m, n, c)), m, n, c):
        out[where] = composed(pair(i, j, z, order, family)[0], z, SIGN[family])[order]
    return cast(out, dtype)


def angular(m: Any, n: Any, c: Any, x: Any, kind: str, order: int, degree: int) -> Any:
    """Return what :func:`wave_slope` does of an angular function, by its series of Legendre's."""
    dtype = precision(m, n, c, x)
    m, n, c, x = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (m, n, c, x)))
    theirs = np.asarray(getattr(sp, kind)(m, n, c, x)[degree])
    out = np.full(m.shape, math.nan)
    for i, j, z, where in distinct(np.isfinite(theirs), m, n, c):
        found = waves(i, j, z, x[where], order, kind[:3])[:, degree]
        if not np.all(np.abs(found[0] - theirs[where]) <= 1e-6 * (1 + np.max(np.abs(found[0])))):
            raise NoRuleError(
                f"scipy.special.{kind} of m = {i}, n = {j} at c = {z:g}: SciPy's value is off by more than a"
                " millionth, and its derivative would be, too"
            )
        out[where] = found[order]
    return cast(out, dtype)


def radial(m: Any, n: Any, c: Any, x: Any, kind: str, order: int, degree: int) -> Any:
    """Return what :func:`wave_slope` does of a radial function, by interpolation."""
    f = getattr(sp, kind)

    def values(*args: Any) -> Any:
        found = np.asarray(f(*args)[degree])
        return np.where(args[2] > 0, found, math.nan)  # SciPy has numbers for others, too

    if np.any(np.isfinite(f(*plain(m, n, c, x))[degree]) & (plain(c)[0] <= 0)):
        raise NoRuleError(f"scipy.special.{kind} has no derivative in c at zero, or below: SciPy has no value there")
    return derivative(values, (m, n, c, x), (0, 0, order, 0), kind)


@ours
def wave_slope(m: Any, n: Any, c: Any, x: Any, *, kind: str, order: int, degree: int) -> Any:
    """Return a derivative in ``c`` of a wave function (``kind`` is ``pro_ang1``, ``obl_rad2`` ...), or, of degree 1, of
    its derivative in ``x``.
    """
    return (radial if "rad" in kind else angular)(m, n, c, x, kind, order, degree)


def bend(m: Any, c: Any, x: Any, values: Any, slope: Any, own: Any, kind: str) -> Any:
    """Return the derivative in ``x`` of the last slope, given ``own``, the derivatives of the characteristic value.

    ``values`` are the derivatives of the function in ``c``, up to some order, and ``slope`` is that of its derivative
    in ``x``. With ``d = x² ∓ 1`` the equation is ``d f'' + 2 x f' = (λ - (±c²) x² ± m²/d) f``.
    """
    order, sign = len(values) - 1, SIGN[kind[:3]]
    radially = "rad" in kind
    signed, edge = (1, sign) if radially else (sign, 1)
    signed = signed * np.square(x)
    total = (own[0] - signed * (c * c)) * values[order]
    for k in range(1, order + 1):
        lost = 2 * signed * c if k == 1 else 2 * signed if k == 2 else 0
        total = total + math.comb(order, k) * (own[k] - lost) * values[order - k]
    d = (x - 1) * (x + 1) if edge == 1 else np.square(x) + 1
    return (total - 2 * x * slope + edge * (m * m) * values[order] / d) / d


def plain(*xs: Any) -> list[Any]:
    """Return the values of variables, to look at."""
    return [np.asarray(getattr(x, "value", x), np.float64) for x in xs]


def sound(kind: str, y: Any, *args: Any) -> None:
    """Make sure of the second kind's values, of which SciPy's are wrong in many places, by the Wronskian: DLMF 30.11.7.

    Raises
    ------
    NoRuleError
        They aren't what they should be.
    """
    c, x, value, slope = plain(args[2], args[-1], *y)
    with np.errstate(all="ignore"):
        one, its = getattr(sp, kind.replace("rad2", "rad1"))(*plain(*args))
        wronskian = (one * slope - its * value) * c * (np.square(x) - SIGN[kind[:3]])
        wrong = np.isfinite(value) & ~(np.abs(wronskian - 1) <= 1e-6)
    if np.any(wrong):
        point = ", ".join(f"{v[wrong][0]:g}" for v in np.broadcast_arrays(*plain(*args)))
        raise NoRuleError(
            f"scipy.special.{kind} at ({point}): SciPy's values are wrong there (of the two kinds the Wronskian is"
            f" {wronskian[wrong][0]:.3g} of what it should be), and their derivatives would be"
        )


def nonnegative(c: Any, name: str) -> None:
    """Refuse negative ``c``, for which SciPy has the characteristic value of zero."""
    if np.any(plain(c)[0] < 0):
        raise NoRuleError(
            f"scipy.special.{name}: SciPy's value for negative c isn't a wave function. It is the same for -c: give"
            " abs(c)"
        )


def characteristic(kind: str, m: Any, n: Any, c: Any, cv: Any) -> None:
    """Refuse what isn't the characteristic value, off which the function doesn't fulfil the equation."""
    right = CHARACTERISTIC[kind[:3]](*plain(m, n, c))
    if np.any(np.abs(right - plain(cv)[0]) > 1e-8 * (1 + np.abs(right))):
        raise NoRuleError(
            f"scipy.special.{kind}: the derivative of its second result is known at the characteristic value only, and"
            " this isn't it"
        )


def _own(m: Any, n: Any, c: Any, order: int, family: str) -> list[Any]:
    nonnegative(c, f"{family}_cv")
    # never by SciPy in single precision, in which its search for the value doesn't end
    found = [characteristic_slope(m, n, c, family=family, order=k) for k in range(order + 1)]
    return [weakly(v, m, n, c) for v in found]


def _in_x(g: Any, y: Any, m: Any, n: Any, c: Any, x: Any, *, kind: str, order: int, degree: int) -> Any:
    if degree == 0:
        return g * wave_slope(m, n, c, x, kind=kind, order=order, degree=1)
    values = [wave_slope(m, n, c, x, kind=kind, order=k, degree=0) for k in range(order + 1)]
    return g * bend(m, c, x, values, y, _own(m, n, c, order, kind[:3]), kind)


elementwise(
    characteristic_slope,
    None,
    None,
    lambda g, y, m, n, c, *, family, order: g * characteristic_slope(m, n, c, family=family, order=order + 1),
)
elementwise(
    wave_slope,
    None,
    None,
    lambda g, y, m, n, c, x, *, kind, order, degree: (
        g * wave_slope(m, n, c, x, kind=kind, order=order + 1, degree=degree)
    ),
    _in_x,
)


def _results(kind: str) -> Any:
    """Return the derivatives in ``c`` and in ``x``."""

    def derivatives(y: Any, m: Any, n: Any, c: Any, x: Any) -> list[list[Any]]:
        if kind.endswith("2"):
            sound(kind, y, m, n, c, x)
        return [
            [lambda k=k: wave_slope(m, n, c, x, kind=kind, order=1, degree=k) for k in (0, 1)],
            [y[1], lambda: bend(m, c, x, [y[0]], y[1], _own(m, n, c, 0, kind[:3]), kind)],
        ]

    return derivatives


def _given(kind: str) -> Any:
    """Return the derivatives in ``x`` alone."""

    def derivatives(y: Any, m: Any, n: Any, c: Any, cv: Any, x: Any) -> list[Any]:
        if kind.endswith("2"):
            sound(f"{kind}_cv", y, m, n, c, cv, x)

        def second() -> Any:
            nonnegative(c, f"{kind}_cv")
            characteristic(f"{kind}_cv", m, n, c, cv)
            return bend(m, c, x, [y[0]], y[1], [cv], kind)

        return [y[1], second]

    return derivatives


elementwise(sp.pro_cv, None, None, lambda g, y, m, n, c: g * characteristic_slope(m, n, c, family="pro", order=1))
elementwise(sp.obl_cv, None, None, lambda g, y, m, n, c: g * characteristic_slope(m, n, c, family="obl", order=1))

CONSTANTS = (
    "Its series makes a wave function of the characteristic value only, off which it is whatever SciPy's recurrences"
    " leave; the function without _cv has a rule"
)
for _family in ("pro", "obl"):
    for _kind in (f"{_family}_ang1", f"{_family}_rad1", f"{_family}_rad2"):
        outputs(getattr(sp, _kind), _results(_kind), moving=(2, 3))
        outputs(getattr(sp, f"{_kind}_cv"), _given(_kind), moving=4, constants=CONSTANTS)
