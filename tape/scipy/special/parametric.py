"""Hypergeometric functions, orthogonal functions and parabolic cylinder functions: derivatives in their parameters.

By :mod:`tape.scipy.special.spectral`, of the derivative of some degree in the argument: DLMF 13.3.15, 15.5.2 and 18.9.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.spectral import derivative, interpolated

__tape__ = True


SLOPES: dict[str, Callable[..., Any]] = {}
"""The primitives, by the names of the functions."""


def declared(name: str, count: int, value: Callable[..., Any]) -> Callable[..., Any]:
    """Return the primitive of a function's derivatives in its parameters, ``count`` of them, and in its argument.

    ``value`` is ``(*parameters, x, degree)``, the derivative of a degree in the argument; the others are interpolated.
    """

    def slope(*args: Any, orders: tuple[int, ...]) -> Any:
        return derivative(lambda *at: value(*at, orders[-1]), args, (*orders[:-1], 0), name)

    SLOPES[name] = interpolated(name, slope, count + 1)
    return SLOPES[name]


def first_in(primitive: Callable[..., Any], count: int) -> list[Callable[..., Any]]:
    """Return the rules of a function in each of its parameters."""

    def of(k: int) -> Callable[..., Any]:
        orders = tuple(int(j == k) for j in range(count + 1))
        return lambda g, y, *args: g * primitive(*args, orders=orders)

    return [of(k) for k in range(count)]


def parametrised(fn: Any, in_argument: Callable[..., Any]) -> None:
    """Declare a function by its rule in the argument; in the parameters it has its primitive here."""
    elementwise(fn, *first_in(SLOPES[fn.__name__], fn.nin - 1), in_argument)


def rising(a: Any, m: int) -> Any:
    """Return ``a (a + 1) ... (a + m - 1)``."""
    return math.prod((a + j for j in range(m)), start=1.0)


def falling(a: Any, m: int) -> Any:
    """Return ``a (a - 1) ... (a - m + 1)``."""
    return math.prod((a - j for j in range(m)), start=1.0)


# ------------------------------------------------------------------- hypergeometric
hyp0f1_slope = declared("hyp0f1", 1, lambda v, z, m: sp.hyp0f1(v + m, z) / rising(v, m))
hyp1f1_slope = declared("hyp1f1", 2, lambda a, b, z, m: sp.hyp1f1(a + m, b + m, z) * (rising(a, m) / rising(b, m)))
hyp2f1_slope = declared(
    "hyp2f1",
    3,
    lambda a, b, c, z, m: sp.hyp2f1(a + m, b + m, c + m, z) * (rising(a, m) * rising(b, m) / rising(c, m)),
)
hyperu_slope = declared("hyperu", 2, lambda a, b, x, m: (-1) ** m * rising(a, m) * sp.hyperu(a + m, b + m, x))


# ----------------------------------------------------------------------- orthogonal
def gegenbauer(n: Any, a: Any, x: Any, m: int) -> Any:
    """Return a derivative in the argument."""
    return 2**m * rising(a, m) * sp.eval_gegenbauer(n - m, a + m, x)


def legendre(n: Any, x: Any, m: int) -> Any:
    """Return a derivative in the argument."""
    return gegenbauer(n, 0.5, x, m) if m else sp.eval_legendre(n, x)


def chebyt(n: Any, x: Any, m: int) -> Any:
    """Return a derivative in the argument."""
    return n * chebyu(n - 1, x, m - 1) if m else sp.eval_chebyt(n, x)


def chebyu(n: Any, x: Any, m: int) -> Any:
    """Return a derivative in the argument."""
    return gegenbauer(n, 1.0, x, m) if m else sp.eval_chebyu(n, x)


def laguerre(n: Any, a: Any, x: Any, m: int) -> Any:
    """Return a derivative in the argument."""
    return (-1) ** m * sp.eval_genlaguerre(n - m, a + m, x)


def jacobi(n: Any, a: Any, b: Any, x: Any, m: int) -> Any:
    """Return a derivative in the argument."""
    return rising(n + a + b + 1, m) * 0.5**m * sp.eval_jacobi(n - m, a + m, b + m, x)


def sh_jacobi(n: Any, p: Any, q: Any, x: Any, m: int) -> Any:
    """Return a derivative in the argument."""
    return falling(n, m) * sp.eval_sh_jacobi(n - m, p + 2 * m, q + m, x)


eval_legendre_slope = declared("eval_legendre", 1, legendre)
eval_sh_legendre_slope = declared("eval_sh_legendre", 1, lambda n, x, m: 2**m * legendre(n, 2 * x - 1, m))
eval_chebyt_slope = declared("eval_chebyt", 1, chebyt)
eval_chebyu_slope = declared("eval_chebyu", 1, chebyu)
eval_chebyc_slope = declared("eval_chebyc", 1, lambda n, x, m: 2 * 0.5**m * chebyt(n, x / 2, m))
eval_chebys_slope = declared("eval_chebys", 1, lambda n, x, m: 0.5**m * chebyu(n, x / 2, m))
eval_sh_chebyt_slope = declared("eval_sh_chebyt", 1, lambda n, x, m: 2**m * chebyt(n, 2 * x - 1, m))
eval_sh_chebyu_slope = declared("eval_sh_chebyu", 1, lambda n, x, m: 2**m * chebyu(n, 2 * x - 1, m))
eval_laguerre_slope = declared("eval_laguerre", 1, lambda n, x, m: laguerre(n, 0.0, x, m))
eval_gegenbauer_slope = declared("eval_gegenbauer", 2, gegenbauer)
eval_genlaguerre_slope = declared("eval_genlaguerre", 2, laguerre)
eval_jacobi_slope = declared("eval_jacobi", 3, jacobi)
eval_sh_jacobi_slope = declared("eval_sh_jacobi", 3, sh_jacobi)


@ours
def lpmv_slope(m: Any, v: Any, x: Any, *, order: int) -> Any:
    """Return a derivative of Legendre's associated function in its degree."""
    return derivative(sp.lpmv, (m, v, x), (0, order, 0), "lpmv")


def _lpmv_slope(g: Any, y: Any, m: Any, v: Any, x: Any, *, order: int) -> Any:
    """Return the derivative in the argument, DLMF 14.10.5, differentiated in the degree by Leibniz' rule."""
    before, lower = ((sp.lpmv(m, n, x) if order == 1 else lpmv_slope(m, n, x, order=order - 1)) for n in (v, v - 1))
    here = v * y + order * before
    below = (v + m) * lpmv_slope(m, v - 1, x, order=order) + order * lower
    return g * ((x * here - below) / ((x - 1) * (x + 1)))


elementwise(lpmv_slope, None, lambda g, y, m, v, x, *, order: g * lpmv_slope(m, v, x, order=order + 1), _lpmv_slope)

# --------------------------------------------------------------- parabolic cylinders


@ours
def cylinder_slope(v: Any, x: Any, *, kind: str, order: int, primed: bool) -> Any:
    """Return a derivative in the parameter of a parabolic cylinder function, or of its derivative (``primed``)."""
    return derivative(lambda v, x: getattr(sp, kind)(v, x)[int(primed)], (v, x), (order, 0), kind)


def _cylinder_slope(g: Any, y: Any, v: Any, x: Any, *, kind: str, order: int, primed: bool) -> Any:
    """Return the derivative in the argument; twice, by the differential equation, DLMF 12.2.2 and 12.2.3."""
    if not primed:
        return g * cylinder_slope(v, x, kind=kind, order=order, primed=True)
    at, before = (cylinder_slope(v, x, kind=kind, order=n, primed=False) for n in (order, order - 1))
    factor, slope = (v - 0.25 * (x * x), 1) if kind == "pbwa" else (0.25 * (x * x) - v - 0.5, -1)
    return g * (factor * at + slope * order * before)


elementwise(
    cylinder_slope,
    lambda g, y, v, x, *, kind, order, primed: g * cylinder_slope(v, x, kind=kind, order=order + 1, primed=primed),
    _cylinder_slope,
)
