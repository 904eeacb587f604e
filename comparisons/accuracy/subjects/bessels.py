"""Bessel, Airy, Struve and Kelvin functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp
from mpmath import mp

from comparisons.accuracy.exact import difference
from comparisons.accuracy.points import Points, alone, spread, with_
from comparisons.accuracy.subject import D, of
from comparisons.accuracy.subjects.elementary import many, one
from tape.scipy.special import scaled

MOST = 100
WAVES = alone(spread(-1e4, 1e4, 2.404825557695773, 3.8317059702075125, 1.841183781340659, dense=20, smallest=-30))
RIGHT = alone(spread(0, 1e3, 0.8935769662791675, 2.197141326031017, dense=10, smallest=-20))
GROWING = alone(spread(-700, 700, dense=12, smallest=-20))
DECAYING = alone(spread(0, 700, dense=8, smallest=-20))
SCALED = alone(spread(-1e9, 1e9, 1.5450, dense=10, smallest=-20))
SCALED_RIGHT = alone(spread(0, 1e9, dense=6, smallest=-20))


def first(n: float) -> Any:
    """Return the derivative of J of an order."""
    return lambda x: (mp.besselj(n - 1, x) - mp.besselj(n + 1, x)) / 2


def second(n: float) -> Any:
    """Return the derivative of Y of an order."""
    return lambda x: (mp.bessely(n - 1, x) - mp.bessely(n + 1, x)) / 2


def growing(n: float) -> Any:
    """Return the derivative of I of an order."""
    return lambda x: (mp.besseli(n - 1, x) + mp.besseli(n + 1, x)) / 2


def decaying(n: float) -> Any:
    """Return the derivative of K of an order."""
    return lambda x: -(mp.besselk(n - 1, x) + mp.besselk(n + 1, x)) / 2


def scaled_growing(n: Any, x: Any) -> Any:
    """Return exp(-|x|) I."""
    return mp.exp(-abs(x)) * mp.besseli(n, x)


def scaled_growing_slope(n: Any, x: Any) -> Any:
    """Return its derivative."""
    return mp.exp(-abs(x)) * (growing(n)(x) - mp.sign(x) * mp.besseli(n, x))


def scaled_decaying(n: Any, x: Any) -> Any:
    """Return exp(x) K."""
    return mp.exp(x) * mp.besselk(n, x)


def scaled_decaying_slope(n: Any, x: Any) -> Any:
    """Return its derivative."""
    return mp.exp(x) * (decaying(n)(x) + mp.besselk(n, x))


for _n in (0, 1):
    one(f"j{_n}", lambda x, n=_n: mp.besselj(n, x), first(_n), WAVES, most=MOST)
    one(f"y{_n}", lambda x, n=_n: mp.bessely(n, x), second(_n), RIGHT, most=MOST)
    one(f"i{_n}", lambda x, n=_n: mp.besseli(n, x), growing(_n), GROWING, most=MOST)
    one(f"k{_n}", lambda x, n=_n: mp.besselk(n, x), decaying(_n), DECAYING, most=MOST)
    one(
        f"i{_n}e",
        lambda x, n=_n: scaled_growing(n, x),
        lambda x, n=_n: scaled_growing_slope(n, x),
        SCALED,
        most=MOST,
    )
    one(
        f"k{_n}e",
        lambda x, n=_n: scaled_decaying(n, x),
        lambda x, n=_n: scaled_decaying_slope(n, x),
        SCALED_RIGHT,
        most=MOST,
    )

ORDERS = ((0.0,), (1.0,), (2.5,), (10.0,))


def of_order(name: str, value: Any, slope: Any, xs: list[float], **more: Any) -> None:
    """Add a function of an order and an argument."""
    many(name, value, None, slope, at=with_(*ORDERS, then=xs), most=MOST, **more)


SOME = spread(0, 1e3, dense=5, smallest=-10)
FEW = spread(0, 600, dense=4, smallest=-10)
of_order("jv", lambda v, x: mp.besselj(v, x), lambda v, x: first(v)(x), SOME)
of_order("yv", lambda v, x: mp.bessely(v, x), lambda v, x: second(v)(x), SOME)
of_order("iv", lambda v, x: mp.besseli(v, x), lambda v, x: growing(v)(x), FEW)
of_order("kv", lambda v, x: mp.besselk(v, x), lambda v, x: decaying(v)(x), FEW)
of_order("jve", lambda v, x: mp.besselj(v, x), lambda v, x: first(v)(x), SOME)
of_order("yve", lambda v, x: mp.bessely(v, x), lambda v, x: second(v)(x), SOME)
WIDE = spread(0, 1e9, dense=4, smallest=-10)
of_order("ive", scaled_growing, scaled_growing_slope, WIDE)
of_order("kve", scaled_decaying, scaled_decaying_slope, WIDE)
WHOLE: Points = with_((0.0,), (1.0,), (3.0,), then=SOME)
many("yn", lambda n, x: mp.bessely(n, x), None, lambda n, x: second(n)(x), at=WHOLE, most=MOST, integers=(0,))
WHOLE = with_((0.0,), (1.0,), (3.0,), then=FEW)
many("kn", lambda n, x: mp.besselk(n, x), None, lambda n, x: decaying(n)(x), at=WHOLE, most=MOST, integers=(0,))


def turned(v: Any, x: Any) -> Any:
    """Return the derivative of exp(-ix) H1 (or of its conjugate): its real part."""
    j, y, dj, dy = mp.besselj(v, x), mp.bessely(v, x), first(v)(x), second(v)(x)
    return mp.re(mp.exp(-1j * x) * (dj + 1j * dy - 1j * (j + 1j * y)))


for _f, _scaled in ((sp.hankel1, sp.hankel1e), (sp.hankel2, sp.hankel2e)):
    of(
        f"scipy.special.{_f.__name__}",
        lambda v, x, f=_f: np.real(f(v, x)),
        lambda v, x: mp.besselj(v, x),
        None,
        lambda v, x: first(v)(x),
        at=with_(*ORDERS, then=SOME),
        setting="(real part)",
        most=MOST,
    )
    of(
        f"scipy.special.{_scaled.__name__}",
        lambda v, x, f=_scaled: np.real(f(v, x)),
        lambda v, x: mp.re(mp.exp(-1j * x) * mp.hankel1(v, x)),
        None,
        lambda v, x: turned(v, x),
        at=with_(*ORDERS, then=SOME),
        setting="(real part)",
        most=MOST,
    )


def twice(f: Any, slope: Any, sign: int) -> Any:
    """Return the second derivative of exp(sign x) f(0, x), whose f obeys Bessel's modified equation."""

    def second_slope(v: Any, x: Any) -> Any:
        value, first = f(0, x), slope(0)(x)
        return mp.exp(sign * x) * ((value - first / x) + 2 * sign * first + value)

    return second_slope


of(
    "tape.scipy.special.scaled.scaled_k_derivative",
    lambda v, x: scaled.scaled_k_derivative(v, x, order=1),
    scaled_decaying_slope,
    None,
    twice(mp.besselk, decaying, 1),
    at=with_((0.0,), then=spread(0, 1e4, dense=6, smallest=-5)),
    most=MOST,
)
of(
    "tape.scipy.special.scaled.scaled_i_derivative",
    lambda v, x: scaled.scaled_i_derivative(v, x, order=1),
    scaled_growing_slope,
    None,
    twice(mp.besseli, growing, -1),
    at=with_((0.0,), then=spread(0, 1e4, dense=6, smallest=-5)),
    most=MOST,
)

# ------------------------------------------------------------------------ Struve and Airy
STRUVE = spread(0, 100, dense=10, smallest=-5)


def struve(v: Any, x: Any) -> Any:
    """Return the derivative of Struve's function."""
    return mp.struveh(v - 1, x) - v / x * mp.struveh(v, x)


def modstruve(v: Any, x: Any) -> Any:
    """Return the derivative of the modified one."""
    return mp.struvel(v - 1, x) - v / x * mp.struvel(v, x)


of_order("struve", lambda v, x: mp.struveh(v, x), struve, STRUVE)
of_order("modstruve", lambda v, x: mp.struvel(v, x), modstruve, STRUVE)
one("itstruve0", None, lambda x: mp.struveh(0, x), alone(STRUVE), most=MOST)
one("itmodstruve0", None, lambda x: mp.struvel(0, x), alone(STRUVE), most=MOST)
one("it2struve0", None, lambda x: -mp.struveh(0, x) / x, alone(STRUVE), most=MOST)


def result(name: str, k: int, slope: Any, at: Points) -> None:
    """Add one of several results."""
    f, fixed = getattr(sp, name), (None,) * (len(at[0]) - 1)
    of(f"scipy.special.{name}", lambda *xs: f(*xs)[k], None, *fixed, slope, at=at, setting=f"[{k}]", most=MOST)


AIRY = alone(spread(-50, 60, -2.338107410459767, -1.018792971647471, dense=20, smallest=-10))
AIRIES = (
    lambda x: mp.airyai(x, derivative=1),
    lambda x: x * mp.airyai(x),
    lambda x: mp.airybi(x, derivative=1),
    lambda x: x * mp.airybi(x),
)
for _k, _slope in enumerate(AIRIES):
    result("airy", _k, _slope, AIRY)
INTEGRALS = alone(spread(0, 9, dense=12, smallest=-10))
for _k, _slope in enumerate((mp.airyai, mp.airybi, lambda x: mp.airyai(-x), lambda x: mp.airybi(-x))):
    result("itairy", _k, _slope, INTEGRALS)
LONG = alone(spread(0, 100, dense=20, smallest=-10))
result("itj0y0", 0, lambda x: mp.besselj(0, x), LONG)
result("itj0y0", 1, lambda x: mp.bessely(0, x), LONG)
result("iti0k0", 0, lambda x: mp.besseli(0, x), LONG)
result("iti0k0", 1, lambda x: mp.besselk(0, x), LONG)
CYLINDER = with_((0.5,), (2.0,), then=spread(-6, 20, dense=10, smallest=-5))
result("pbdv", 0, lambda v, x: x / 2 * mp.pcfd(v, x) - mp.pcfd(v + 1, x), CYLINDER)
result("pbdv", 1, lambda v, x: (x * x / 4 - v - mp.mpf(1) / 2) * mp.pcfd(v, x), CYLINDER)
for _k, _name, _f in ((0, "pbvv", lambda v, x: mp.pcfv(-v - mp.mpf(1) / 2, x)), (0, "pbwa", mp.pcfw)):
    result(_name, _k, difference(_f, 1), with_((0.5,), (2.0,), then=spread(-4, 4, dense=8, smallest=-5)))
result(
    "pbwa",
    1,
    lambda a, x: (a - x * x / 4) * mp.pcfw(a, x),
    with_((0.5,), (2.0,), then=spread(-4, 4, dense=8, smallest=-5)),
)

# -------------------------------------------------------------------------------- Kelvin
KELVIN = alone(spread(0, 60, dense=7, smallest=-10))
for _name in ("ber", "bei", "ker", "kei"):
    _f = {k: (lambda x, k=k: getattr(mp, k)(0, x)) for k in ("ber", "bei", "ker", "kei")}[_name]
    one(_name, _f, D, KELVIN, most=MOST)


# w'' = (i w) - w'/x for w = ber + i bei, and for w = ker + i kei
one("berp", None, lambda x: -mp.bei(0, x) - mp.diff(lambda t: mp.ber(0, t), x, relative=True) / x, KELVIN, most=MOST)
one("beip", None, lambda x: mp.ber(0, x) - mp.diff(lambda t: mp.bei(0, t), x, relative=True) / x, KELVIN, most=MOST)
one("kerp", None, lambda x: -mp.kei(0, x) - mp.diff(lambda t: mp.ker(0, t), x, relative=True) / x, KELVIN, most=MOST)
one("keip", None, lambda x: mp.ker(0, x) - mp.diff(lambda t: mp.kei(0, t), x, relative=True) / x, KELVIN, most=MOST)
