"""Riemann's and Hurwitz's zeta functions of real numbers, and their derivatives in ``s``; DLMF 25.2, 25.4, 25.11."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp
from scipy.special import _ufuncs

from tape.errors import NoRuleError
from tape.primitive import ours
from tape.rule import elementwise
from tape.rules.special import sine_of_turns
from tape.scipy.special.densities import stirling
from tape.scipy.special.pieces import ZETA, cast, only_real, precision

__tape__ = True

RIEMANN: Any = getattr(_ufuncs, "_riemann_zeta")  # noqa: B009  the ufunc behind scipy.special.zeta of one argument

STIELTJES = [
    *(0.577215664901532861, -0.0728158454836767249, -0.00484518159643615924, 0.000342305736717224311),
    *(9.68904193944708357e-5, 6.61103181084218918e-6, -3.31624090875277236e-7, -1.04620945844791874e-7),
    *(-8.73321810027379736e-9, -9.47827778276235896e-11, 5.65842192760870797e-11, 6.76868986351369666e-12),
    *(3.49211593667203185e-13, -4.41042474175775338e-15, -2.39978622177099918e-15, -2.16773122007268285e-16),
    *(-9.54446607636696517e-18, 7.3876766605386365e-20, 4.80085078248806523e-20, 4.13995673771330564e-21),
    *(1.91682015939912339e-22, 2.04415431222621661e-24, -4.81849850110735344e-25, -4.81185705151256648e-26),
    *(-2.56026331031881494e-27, -6.92784089530466712e-29, 1.62860755048558674e-30, 3.19393756115325558e-31),
    *(2.09915158936342553e-32, 8.33674529544144048e-34, 1.34125937721921867e-35, -9.137143891298172e-37),
]
"""Stieltjes' constants, each over its factorial, DLMF 25.2.5: the series about the pole that they make is of all s."""

HIGHEST = 8
"""The highest order of derivatives: of higher ones that table would have to be longer."""

TERMS, CORRECTIONS = 16, 6
"""Of the sum, and of Euler's and Maclaurin's correction to it."""


def about_the_pole(s: Any, order: int) -> Any:
    """Return a derivative of zeta for ``s`` within [-1, 3], by its Laurent series: DLMF 25.2.4."""
    u = s - 1
    total = np.zeros_like(u)
    for k in range(len(STIELTJES) - 1, order - 1, -1):
        total = total * u + (-1) ** k * STIELTJES[k] * math.perm(k, order)
    return (-1) ** order * math.factorial(order) / u ** (order + 1) + total


def left_over(s: Any, last: Any, order: int) -> Any:
    """Return a derivative of what Euler and Maclaurin have for the sum of ``k**-s`` from ``k = last`` on: DLMF 2.10.1.

    The first 16 terms having been added, it is small where ``s`` is too large beside ``last`` for its series, and
    nothing long before ``s`` is so large that it's held.
    """
    few = np.minimum(s, 1e4)
    bernoulli, rising, polynomials = sp.bernoulli(2 * CORRECTIONS), np.polynomial.Polynomial([1.0]), []
    for k in range(1, 2 * CORRECTIONS):  # s (s+1) ... (s + 2k - 2)
        rising = rising * np.polynomial.Polynomial([k - 1.0, 1.0])
        if k % 2:
            polynomials.append((bernoulli[k + 1] / math.factorial(k + 1) * rising, k))
    rest = 0.0
    for j in range(order + 1):  # of k**-s times (k / (s-1) + 1/2 + ...), by Leibniz' rule
        inner = (-1) ** j * math.factorial(j) * last / (few - 1) ** (j + 1) + (0.5 if j == 0 else 0)
        inner = inner + sum(p.deriv(j)(few) * last ** -float(k) for p, k in polynomials)
        rest = rest + math.comb(order, j) * (-np.log(last)) ** (order - j) * inner
    return last**-few * rest


def summed(s: Any, order: int) -> Any:
    """Return a derivative of zeta for ``s`` of two or more, by Euler's and Maclaurin's formula: DLMF 25.2.9."""
    total = left_over(s, float(TERMS), order)
    for k in range(TERMS - 1, 1, -1):
        total = total + (-math.log(k)) ** order * float(k) ** -s
    return total + (1 if order == 0 else 0)


def right(s: Any, order: int) -> Any:
    """Return a derivative of zeta for ``s`` of -1 or more."""
    near = s < 3
    return np.where(near, about_the_pole(np.where(near, s, 2), order), summed(np.where(near, 3, s), order))


def reflected(s: Any, order: int) -> Any:
    """Return a derivative of zeta for ``s`` below -1, by the functional equation: DLMF 25.4.1, and Leibniz' rule."""
    t = 1 - s
    long = t.astype(np.longdouble)
    tau = 2 * np.longdouble(math.pi) + 2.4492935982947064e-16  # 2π, with what a float64 leaves of it
    large = np.exp(long * np.log(long / tau) - long + 0.5 * np.log(tau / long)).astype(np.float64)
    # gamma(t) (2 pi)**-t and its derivatives: the logarithm's are psi's
    factor = [np.where(t > 10, large * np.exp(stirling(np.maximum(t, 10))), sp.gamma(np.minimum(t, 10)) * tau**-t)]
    slopes = [sp.psi(t) - math.log(2 * math.pi)]
    slopes += [(-1) ** (k + 1) * math.factorial(k) * ZETA(k + 1.0, t) for k in range(1, order)]
    for k in range(order):
        factor.append(sum(math.comb(k, i) * factor[i] * slopes[k - i] for i in range(k + 1)))
    zetas = [right(t, k) for k in range(order + 1)]
    found = np.zeros_like(t)
    for k in range(order + 1):
        pair = sum(math.comb(k, i) * factor[i] * zetas[k - i] for i in range(k + 1))
        turned = sine_of_turns((s + order - k) / 2)
        found = found + math.comb(order, k) * (-1) ** k * (math.pi / 2) ** (order - k) * turned * pair
    return 2 * found


@ours
def zeta_derivative(s: Any, *, order: int) -> Any:
    """Return a derivative of Riemann's zeta function, of real numbers."""
    if order > HIGHEST:
        raise NoRuleError(f"derivatives of Riemann's zeta function are there to order {HIGHEST}, not {order}")
    only_real(s, "zeta")
    x = np.asarray(s, np.float64)
    with np.errstate(all="ignore"):
        left = x < -1
        found = np.where(left, reflected(np.where(left, x, -2), order), right(np.where(left, 2, x), order))
    return cast(found, precision(s))


@ours
def hurwitz_derivative(s: Any, q: Any, *, order: int) -> Any:
    """Return a derivative in ``s`` of Hurwitz's zeta function, ``s`` above one and ``q`` positive: DLMF 25.11.5."""
    if order > HIGHEST:
        raise NoRuleError(f"derivatives of Hurwitz's zeta function are there to order {HIGHEST}, not {order}")
    x, start = np.broadcast_arrays(np.asarray(s, np.float64), np.asarray(q, np.float64))
    good = (x > 1) & (start > 0) & np.isfinite(x) & np.isfinite(start)
    x, start = np.where(good, x, 2), np.where(good, start, 1)
    with np.errstate(all="ignore"):
        total = left_over(x, start + TERMS, order)
        for k in range(TERMS - 1, -1, -1):
            total = total + (-np.log(start + k)) ** order * (start + k) ** -x
    return cast(np.where(good, total, math.nan), precision(s, q))


def _in_q(g: Any, y: Any, s: Any, q: Any, *, order: int) -> Any:
    lower = order * hurwitz_derivative(s + 1, q, order=order - 1) if order else 0.0
    return -g * (s * hurwitz_derivative(s + 1, q, order=order) + lower)


elementwise(hurwitz_derivative, lambda g, y, s, q, *, order: g * hurwitz_derivative(s, q, order=order + 1), _in_q)
elementwise(
    ZETA, lambda g, y, s, q: g * hurwitz_derivative(s, q, order=1), lambda g, y, s, q: g * (-s * ZETA(s + 1, q))
)
elementwise(zeta_derivative, lambda g, y, s, *, order: g * zeta_derivative(s, order=order + 1))
elementwise(RIEMANN, lambda g, y, s: g * zeta_derivative(s, order=1))
elementwise(sp.zetac, lambda g, y, s: g * zeta_derivative(s, order=1))
