"""Hypergeometric functions and orthogonal polynomials."""

from __future__ import annotations

from typing import Any

from mpmath import mp

from comparisons.accuracy.points import spread, with_
from comparisons.accuracy.subject import D, of
from comparisons.accuracy.subjects.elementary import many
from tape.scipy.special import polynomials

MOST = 200
ARGUMENTS = spread(-30, 30, dense=12, smallest=-10)
RIGHT = spread(0, 100, dense=12, smallest=-10)

many(
    "hyp0f1",
    lambda v, z: mp.hyp0f1(v, z),
    None,
    lambda v, z: mp.hyp0f1(v + 1, z) / v,
    at=with_((0.5,), (1.5,), (7.0,), then=spread(-100, 300, dense=12, smallest=-10)),
    most=MOST,
)
many(
    "hyp1f1",
    mp.hyp1f1,
    None,
    None,
    lambda a, b, z: a / b * mp.hyp1f1(a + 1, b + 1, z),
    at=with_((0.5, 1.5), (3.0, 2.0), (-2.5, 0.7), then=ARGUMENTS),
    most=MOST,
)
many(
    "hyp2f1",
    mp.hyp2f1,
    None,
    None,
    None,
    lambda a, b, c, z: a * b / c * mp.hyp2f1(a + 1, b + 1, c + 1, z),
    at=with_((0.5, 1.5, 2.5), (1.0, 1.0, 3.0), (-1.5, 0.7, 1.2), then=spread(-9, 1, dense=12, smallest=-10)),
    most=MOST,
)
many(
    "hyperu",
    mp.hyperu,
    None,
    None,
    lambda a, b, x: -a * mp.hyperu(a + 1, b + 1, x),
    at=with_((0.5, 1.5), (2.0, 0.7), then=RIGHT),
    most=MOST,
)


def wright(a: Any, b: Any, x: Any) -> Any:
    """Return Wright's generalized Bessel function, by its series."""
    total, k, term = mp.mpf(0), 0, mp.mpf(1)
    while True:
        part = term * mp.rgamma(a * k + b)
        total += part
        if k > 3 and abs(part) < abs(total) * mp.mpf(10) ** (-mp.dps):
            return total
        k += 1
        term = term * x / k


WRIGHT = with_((0.5, 1.5), (1.5, 0.5), then=spread(0, 50, dense=10, smallest=-10))
many("wright_bessel", wright, D, D, lambda a, b, x: wright(a, a + b, x), at=WRIGHT, most=MOST)
many(
    "log_wright_bessel",
    lambda a, b, x: mp.log(wright(a, b, x)),
    D,
    D,
    lambda a, b, x: wright(a, a + b, x) / wright(a, b, x),
    at=WRIGHT,
    most=MOST,
)

# --------------------------------------------------------------- orthogonal polynomials
# Of a whole degree, by their coefficients, which are rational: at more digits they're as good as exact.
DEGREES = ((1.0,), (4.0,), (11.0,), (2.5,))
INSIDE = spread(-1, 1, dense=10, smallest=-10)
SHIFTED = spread(0, 1, 0.5, dense=10, smallest=-10)
JACOBI = [(n, 1.5, 0.5, x) for (n,) in DEGREES for x in INSIDE]
GEGENBAUER = [(n, 1.5, x) for (n,) in (*DEGREES, (99.0,)) for x in INSIDE]
LAGUERRE = [(n, 1.5, x) for (n,) in DEGREES for x in spread(0, 30, dense=10, smallest=-10)]


def jacobi(n: Any, a: Any, b: Any, x: Any) -> Any:
    """Return Jacobi's polynomial, or of a broken degree the function that it is a value of."""
    return mp.binomial(n + a, n) * mp.hyp2f1(-n, n + a + b + 1, a + 1, (1 - x) / 2)


def jacobi_slope(n: Any, a: Any, b: Any, x: Any) -> Any:
    """Return its derivative in x."""
    return (
        mp.binomial(n + a, n)
        * mp.mpf(n)
        * (n + a + b + 1)
        / (a + 1)
        / 2
        * mp.hyp2f1(1 - n, n + a + b + 2, a + 2, (1 - x) / 2)
    )


def gegenbauer(n: Any, a: Any, x: Any) -> Any:
    """Return Gegenbauer's polynomial."""
    return mp.rf(2 * a, n) / mp.rf(a + mp.mpf(1) / 2, n) * jacobi(n, a - mp.mpf(1) / 2, a - mp.mpf(1) / 2, x)


def gegenbauer_slope(n: Any, a: Any, x: Any) -> Any:
    """Return its derivative in x."""
    return mp.rf(2 * a, n) / mp.rf(a + mp.mpf(1) / 2, n) * jacobi_slope(n, a - mp.mpf(1) / 2, a - mp.mpf(1) / 2, x)


def chebyt(n: Any, x: Any) -> Any:
    """Return Chebyshev's polynomial of the first kind."""
    return mp.hyp2f1(-n, n, mp.mpf(1) / 2, (1 - x) / 2)


def chebyt_slope(n: Any, x: Any) -> Any:
    """Return its derivative."""
    return n * n * mp.hyp2f1(1 - n, n + 1, mp.mpf(3) / 2, (1 - x) / 2)


def chebyu(n: Any, x: Any) -> Any:
    """Return Chebyshev's polynomial of the second kind."""
    return gegenbauer(n, mp.mpf(1), x)


def chebyu_slope(n: Any, x: Any) -> Any:
    """Return its derivative."""
    return gegenbauer_slope(n, mp.mpf(1), x)


def polynomial(name: str, value: Any, slope: Any, xs: list[float], whole: bool = False) -> None:
    """Add a family of polynomials."""
    degrees = DEGREES[:-1] if whole else DEGREES
    at = with_(*degrees, then=xs)
    many(f"eval_{name}", value, None, slope, at=at, most=MOST, integers=(0,) if whole else ())


for _shift, _xs in (("", INSIDE), ("sh_", SHIFTED)):
    _u = (lambda x: 2 * x - 1) if _shift else (lambda x: x)
    _c = 2 if _shift else 1
    polynomial(
        f"{_shift}legendre",
        lambda n, x, u=_u: jacobi(n, mp.mpf(0), mp.mpf(0), u(x)),
        lambda n, x, u=_u, c=_c: c * jacobi_slope(n, mp.mpf(0), mp.mpf(0), u(x)),
        _xs,
    )
    polynomial(
        f"{_shift}chebyt",
        lambda n, x, u=_u: chebyt(n, u(x)),
        lambda n, x, u=_u, c=_c: c * chebyt_slope(n, u(x)),
        _xs,
    )
    polynomial(
        f"{_shift}chebyu",
        lambda n, x, u=_u: chebyu(n, u(x)),
        lambda n, x, u=_u, c=_c: c * chebyu_slope(n, u(x)),
        _xs,
    )
polynomial("chebyc", lambda n, x: 2 * chebyt(n, x / 2), lambda n, x: chebyt_slope(n, x / 2), INSIDE)
polynomial("chebys", lambda n, x: chebyu(n, x / 2), lambda n, x: chebyu_slope(n, x / 2) / 2, INSIDE)
polynomial(
    "laguerre",
    lambda n, x: mp.laguerre(n, 0, x),
    lambda n, x: -mp.laguerre(n - 1, 1, x),
    spread(0, 30, dense=10, smallest=-10),
)
WIDE = spread(-9, 9, dense=10, smallest=-10)
polynomial("hermite", mp.hermite, lambda n, x: 2 * n * mp.hermite(n - 1, x), WIDE, whole=True)


def normed(n: Any, x: Any) -> Any:
    """Return Hermite's polynomial of the normal distribution."""
    return mp.mpf(2) ** (-n / 2) * mp.hermite(n, x / mp.sqrt(2))


polynomial("hermitenorm", normed, lambda n, x: n * normed(n - 1, x), WIDE, whole=True)
many(
    "eval_gegenbauer",
    gegenbauer,
    None,
    None,
    gegenbauer_slope,
    at=GEGENBAUER,
    most=MOST,
)
many(
    "eval_genlaguerre",
    lambda n, a, x: mp.laguerre(n, a, x),
    None,
    None,
    lambda n, a, x: -mp.laguerre(n - 1, a + 1, x),
    at=LAGUERRE,
    most=MOST,
)
many(
    "eval_jacobi",
    jacobi,
    None,
    None,
    None,
    jacobi_slope,
    at=JACOBI,
    most=MOST,
)
HERE = "tape.scipy.special.polynomials"
of(f"{HERE}.jacobi", polynomials.jacobi, jacobi, None, None, None, jacobi_slope, at=JACOBI, most=MOST)
of(f"{HERE}.gegenbauer", polynomials.gegenbauer, gegenbauer, None, None, gegenbauer_slope, at=GEGENBAUER, most=MOST)
of(
    f"{HERE}.laguerre",
    polynomials.laguerre,
    lambda n, a, x: mp.laguerre(n, a, x),
    None,
    None,
    lambda n, a, x: -mp.laguerre(n - 1, a + 1, x),
    at=LAGUERRE,
    most=MOST,
)


def scale(n: Any, p: Any) -> Any:
    """Return what SciPy's shifted Jacobi polynomials are divided by."""
    return mp.binomial(2 * n + p - 1, n)


many(
    "eval_sh_jacobi",
    lambda n, p, q, x: jacobi(n, p - q, q - 1, 2 * x - 1) / scale(n, p),
    None,
    None,
    None,
    lambda n, p, q, x: 2 * jacobi_slope(n, p - q, q - 1, 2 * x - 1) / scale(n, p),
    at=[(n, 2.5, 1.5, x) for (n,) in DEGREES for x in SHIFTED],
    most=MOST,
)


LEGENDRE = {
    (0, 3): (lambda x: (5 * x**3 - 3 * x) / 2, lambda x: (15 * x**2 - 3) / 2),
    (2, 4): (lambda x: (7 * x**2 - 1) * (1 - x**2) * 15 / 2, lambda x: (16 * x - 28 * x**3) * 15 / 2),
}
"""Associated Legendre functions with their derivatives, by order and degree."""

many(
    "lpmv",
    lambda m, v, x: LEGENDRE[int(m), int(v)][0](x),
    None,
    None,
    lambda m, v, x: LEGENDRE[int(m), int(v)][1](x),
    at=with_((0.0, 3.0), (2.0, 4.0), then=INSIDE),
)
