"""The gamma function and its kin, and the exponential, trigonometric and elliptic integrals."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp
from mpmath import mp

from comparisons.accuracy.exact import difference
from comparisons.accuracy.points import alone, pairs, spread, with_
from comparisons.accuracy.subject import D, of
from comparisons.accuracy.subjects.elementary import many, one
from tape.scipy.special import integrals, pieces

INF = float("inf")
ARGUMENTS = alone(
    [*spread(0, 170, 1.0, 1.4616321449683623, smallest=-140), *spread(-20, 0, -1.0, -2.0, -0.504, smallest=-20)]
)
LARGE = alone(spread(0, 1e300, 1.0, 2.0, 1.4616321449683623))
LEFT = alone(spread(-20, 0, -1.0, -2.0, -0.504083008264455, dense=25, smallest=-20))


def psi(x: Any) -> Any:
    """Return the digamma function."""
    return mp.psi(0, x)


one("gamma", mp.gamma, lambda x: mp.gamma(x) * psi(x), ARGUMENTS)
one("gammaln", lambda x: mp.log(abs(mp.gamma(x))) if x < 0 else mp.loggamma(x), psi, LARGE + LEFT)
one("loggamma", mp.loggamma, psi, LARGE)
one("psi", psi, lambda x: mp.psi(1, x), LARGE + LEFT)
one("rgamma", mp.rgamma, lambda x: -mp.rgamma(x) * psi(x), ARGUMENTS)
of(
    "_zeta",
    lambda s, q: sp.zeta(s, q),
    lambda s, q: mp.zeta(s, q),
    lambda s, q: mp.zeta(s, q, 1),
    lambda s, q: -s * mp.zeta(s + 1, q),
    at=with_((1.5,), (2.0,), (7.0,), then=spread(0, 1e6, dense=12, smallest=-30)),
)
PARAMETERS = [
    *pairs(spread(0, 100, smallest=-10), spread(0, 100, smallest=-10), 200),
    *pairs(spread(1, 1e9), spread(0, 1e9, smallest=-10), 200),
]


def rise(a: Any, b: Any) -> Any:
    """Return psi(a + b) - psi(a)."""
    return psi(a + b) - psi(a)


many("beta", mp.beta, lambda a, b: -mp.beta(a, b) * rise(a, b), lambda a, b: -mp.beta(a, b) * rise(b, a), at=PARAMETERS)
many(
    "betaln",
    lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b),
    lambda a, b: -rise(a, b),
    lambda a, b: -rise(b, a),
    at=PARAMETERS,
)
CHOICES = [(max(n, k), min(n, k)) for n, k in pairs(spread(0, 60, smallest=-10), spread(0, 60, smallest=-10), 200)]
many(
    "binom",
    mp.binomial,
    lambda n, k: mp.binomial(n, k) * rise(n - k + 1, k),
    lambda n, k: mp.binomial(n, k) * (psi(n - k + 1) - psi(k + 1)),
    at=CHOICES,
)
many("poch", mp.rf, lambda z, m: mp.rf(z, m) * rise(z, m), lambda z, m: mp.rf(z, m) * psi(z + m), at=CHOICES)
of(
    "tape.scipy.special.pieces.psi_difference",
    pieces.psi_difference,
    rise,
    lambda a, b: mp.psi(1, a + b) - mp.psi(1, a),
    lambda a, b: mp.psi(1, a + b),
    at=PARAMETERS,
)
of(
    "tape.scipy.special.pieces.over_all_integers",
    lambda q: pieces.over_all_integers(q, power=2),
    lambda q: (mp.pi * mp.csc(mp.pi * q)) ** 2,
    lambda q: -2 * mp.pi * mp.cot(mp.pi * q) * (mp.pi * mp.csc(mp.pi * q)) ** 2,
    at=alone([-1000 - x for x in spread(0, 1e6, dense=25, smallest=-10)]),
)

# ---------------------------------------------------------------------------- integrals
one("expi", mp.ei, lambda x: mp.exp(x) / x, alone(spread(-700, 700, 0.37250741078136663, dense=25)))
one("exp1", mp.e1, lambda x: -mp.exp(-x) / x, alone(spread(0, 700, dense=25)))
many(
    "expn",
    lambda n, x: mp.expint(n, x),
    None,
    lambda n, x: -mp.expint(n - 1, x),
    at=with_((1.0,), (2.0,), (5.0,), (30.0,), then=spread(0, 600, dense=8, smallest=-30)),
    integers=(0,),
)
one("spence", lambda x: mp.polylog(2, 1 - x), lambda x: mp.log(x) / (1 - x), alone(spread(0, 1e9, 1.0, dense=20)))
REAL = alone(spread(-1e6, 1e6, np.pi, np.pi / 2, dense=25, smallest=-140))
HALF = alone(spread(0, 1e6, np.pi, np.pi / 2, dense=25, smallest=-140))
of("scipy.special.sici", lambda x: sp.sici(x)[0], None, lambda x: mp.sin(x) / x, at=REAL, setting="[0]")
of("scipy.special.sici", lambda x: sp.sici(x)[1], None, lambda x: mp.cos(x) / x, at=HALF, setting="[1]")
GROWING = alone(spread(-700, 700, dense=25))
of("scipy.special.shichi", lambda x: sp.shichi(x)[0], None, lambda x: mp.sinh(x) / x, at=GROWING, setting="[0]")
of(
    "scipy.special.shichi",
    lambda x: sp.shichi(x)[1],
    None,
    lambda x: mp.cosh(x) / x,
    at=alone(spread(0, 700, dense=25)),
    setting="[1]",
)
WAVES = alone(spread(-1e3, 1e3, 1.0, 2**0.5, dense=25))
of(
    "scipy.special.fresnel",
    lambda x: sp.fresnel(x)[0],
    None,
    lambda x: mp.sin(mp.pi * x * x / 2),
    at=WAVES,
    setting="[0]",
)
of(
    "scipy.special.fresnel",
    lambda x: sp.fresnel(x)[1],
    None,
    lambda x: mp.cos(mp.pi * x * x / 2),
    at=WAVES,
    setting="[1]",
)

for _quarters, (_wave, _other) in enumerate(((mp.sin, mp.cos), (mp.cos, lambda x: -mp.sin(x)))):
    of(
        "tape.scipy.special.pieces.sine_of_square",
        lambda x, quarters=_quarters: pieces.sine_of_square(x, quarters=quarters),
        lambda x, wave=_wave: wave(mp.pi * x * x / 2),
        lambda x, other=_other: mp.pi * x * other(mp.pi * x * x / 2),
        at=WAVES,
        setting=f"(quarters={_quarters})",
    )

# ----------------------------------------------------------------------------- elliptic


def slope_k(m: Any) -> Any:
    """Return the derivative of ellipk."""
    return (mp.ellipe(m) - (1 - m) * mp.ellipk(m)) / (2 * m * (1 - m))


def slope_e(m: Any) -> Any:
    """Return the derivative of ellipe."""
    return (mp.ellipe(m) - mp.ellipk(m)) / (2 * m)


MODULI = alone(spread(-1e9, 1, dense=20, smallest=-30))
COMPLEMENTS = alone(spread(0, 1e9, 1.0, dense=20, smallest=-30))
one("ellipk", mp.ellipk, slope_k, MODULI)
one("ellipe", mp.ellipe, slope_e, MODULI)
one("ellipkm1", lambda p: mp.ellipk(1 - p), lambda p: -slope_k(1 - p), COMPLEMENTS)
for _kind, _slope in ((1, slope_k), (-1, slope_e)):
    of(
        "tape.scipy.special.integrals.elliptic_slope",
        lambda p, kind=_kind: integrals.elliptic_slope(p, order=1, kind=kind),
        lambda p, slope=_slope: slope(1 - p),
        D,
        at=alone(spread(0, 1e3, 1.0, dense=12, smallest=-10)),
        setting=f"(kind={_kind})",
        most=200,
    )
AMPLITUDES = pairs(spread(-20, 20, smallest=-5), spread(-50, 1, smallest=-10), 60)


def radicand(phi: Any, m: Any) -> Any:
    """Return 1 - m sin²(phi)."""
    return 1 - m * mp.sin(phi) ** 2


def first(phi: Any, m: Any) -> Any:
    """Return the incomplete integral of the first kind."""
    return mp.ellipf(phi, m)


def second(phi: Any, m: Any) -> Any:
    """Return the incomplete integral of the second kind."""
    return mp.ellipe(phi, m)


many("ellipkinc", first, lambda phi, m: 1 / mp.sqrt(radicand(phi, m)), D, at=AMPLITUDES, most=200)
many("ellipeinc", second, lambda phi, m: mp.sqrt(radicand(phi, m)), D, at=AMPLITUDES, most=200)
for _kind, _whole in ((1, first), (-1, second)):
    of(
        "tape.scipy.special.integrals.incomplete_slope",
        lambda phi, m, kind=_kind: integrals.incomplete_slope(phi, m, kind=kind),
        None,
        lambda phi, m, kind=_kind: kind * mp.sin(phi) ** 2 / 2 * radicand(phi, m) ** (-mp.mpf(2 + kind) / 2),
        lambda phi, m, whole=_whole: mp.diff(lambda m: whole(phi, m), m, 2, h=(1 - m) * mp.mpf(10) ** (-mp.dps // 4)),
        at=AMPLITUDES,
        setting=f"(kind={_kind})",
    )


def slope_f(u: Any, m: Any) -> Any:
    """Return the derivative in m of the first kind at the amplitude of u, which is in the first quarter of a turn."""
    s, c, d = (mp.ellipfun(name, u, m=m) for name in ("sn", "cn", "dn"))
    return (mp.ellipe(mp.asin(s), m) - (1 - m) * u) / (2 * m * (1 - m)) - s * c / (2 * (1 - m) * d)


of(
    "tape.scipy.special.integrals.jacobi_slope",
    lambda u, m: integrals.jacobi_slope(u, m, order=1),
    slope_f,
    lambda u, m: (mp.ellipfun("sn", u, m=m) / mp.ellipfun("dn", u, m=m)) ** 2 / 2,
    D,
    at=[(u, m) for u in spread(-1.5, 1.5, dense=10, smallest=-5) for m in (1e-3, 0.5, 0.99)],
    setting="(order=1)",
    most=200,
)
JACOBI = [(u, m) for u in spread(-9, 9, dense=10, smallest=-10) for m in (0.0, 0.5, 0.99)]
JACOBI_SLOPES = {
    "sn": lambda u, m: mp.ellipfun("cn", u, m=m) * mp.ellipfun("dn", u, m=m),
    "cn": lambda u, m: -mp.ellipfun("sn", u, m=m) * mp.ellipfun("dn", u, m=m),
    "dn": lambda u, m: -m * mp.ellipfun("sn", u, m=m) * mp.ellipfun("cn", u, m=m),
}
for _k, (_name, _jacobi) in enumerate(JACOBI_SLOPES.items()):
    of(
        "scipy.special.ellipj",
        lambda u, m, k=_k: sp.ellipj(u, m)[k],
        lambda u, m, name=_name: mp.ellipfun(name, u, m=m),
        _jacobi,
        D,
        at=JACOBI,
        setting=f"[{_k}]",
        most=200,
    )
of(
    "scipy.special.ellipj",
    lambda u, m: sp.ellipj(u, m)[3],
    None,
    lambda u, m: mp.ellipfun("dn", u, m=m),
    lambda u, m: difference(lambda u, m: mp.ellipfun("sn", u, m=m), 1)(u, m) / mp.ellipfun("cn", u, m=m),
    at=JACOBI,
    setting="[3]",
    most=200,
)
