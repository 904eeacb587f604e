"""Hypergeometric, orthogonal, cylinder and zeta functions in their parameters: by differences of mpmath's functions."""

from __future__ import annotations

from typing import Any

from mpmath import mp

from comparisons.accuracy.points import Points
from comparisons.accuracy.subject import unmeasured
from comparisons.accuracy.subjects.orders import parameter
from tape.scipy.special import parametric

XS = [0.1, 0.6, 1.7, 6.0]
UNIT = [-0.7, -0.2, 0.3, 0.8]
DEGREES = (0.4, 2.0, 3.5)
CASES: dict[str, tuple[Any, Points]] = {
    "hyp0f1": (mp.hyp0f1, [(v, x) for v in (0.5, 2.3) for x in XS]),
    "hyp1f1": (mp.hyp1f1, [(a, b, x) for a in (0.5, 3.0) for b in (1.5, 6.0) for x in (*XS, -3.0)]),
    "hyp2f1": (mp.hyp2f1, [(a, b, 2.2, x) for a in (0.5, 3.0) for b in (1.5, 2.6) for x in UNIT]),
    "hyperu": (mp.hyperu, [(a, b, x) for a in (0.5, 3.0) for b in (1.5, 0.3) for x in XS]),
    "eval_legendre": (mp.legendre, [(n, x) for n in DEGREES for x in UNIT]),
    "eval_sh_legendre": (lambda n, x: mp.legendre(n, 2 * x - 1), [(n, abs(x)) for n in DEGREES for x in UNIT]),
    "eval_chebyt": (mp.chebyt, [(n, x) for n in DEGREES for x in UNIT]),
    "eval_chebyu": (mp.chebyu, [(n, x) for n in DEGREES for x in UNIT]),
    "eval_chebyc": (lambda n, x: 2 * mp.chebyt(n, x / 2), [(n, x) for n in DEGREES for x in UNIT]),
    "eval_chebys": (lambda n, x: mp.chebyu(n, x / 2), [(n, x) for n in DEGREES for x in UNIT]),
    "eval_sh_chebyt": (lambda n, x: mp.chebyt(n, 2 * x - 1), [(n, abs(x)) for n in DEGREES for x in UNIT]),
    "eval_sh_chebyu": (lambda n, x: mp.chebyu(n, 2 * x - 1), [(n, abs(x)) for n in DEGREES for x in UNIT]),
    "eval_laguerre": (lambda n, x: mp.laguerre(n, 0, x), [(n, x) for n in DEGREES for x in XS]),
    "eval_gegenbauer": (mp.gegenbauer, [(n, a, x) for n in DEGREES for a in (0.7, 2.0) for x in UNIT]),
    "eval_genlaguerre": (mp.laguerre, [(n, a, x) for n in DEGREES for a in (0.7, 2.0) for x in XS]),
    "eval_jacobi": (mp.jacobi, [(n, a, 0.6, x) for n in DEGREES for a in (0.7, 2.0) for x in UNIT]),
}


def sh_jacobi(n: Any, p: Any, q: Any, x: Any) -> Any:
    """Return the shifted Jacobi function."""
    return mp.jacobi(n, p - q, q - 1, 2 * x - 1) / mp.binomial(2 * n + p - 1, n)


CASES["eval_sh_jacobi"] = (sh_jacobi, [(n, 2.6, 1.3, abs(x)) for n in DEGREES for x in UNIT])
for _name, (_f, _at) in CASES.items():
    for _k in range(len(_at[0]) - 1):
        parameter(_name, _f, _k, _at, setting=f"(in the parameter {_k})")
parameter(
    "lpmv",
    lambda m, v, x: mp.re(mp.legenp(v, m, x)),
    1,
    [(m, v, x) for m in (0.0, 2.0) for v in (2.0, 3.5, 9.3) for x in UNIT],
    setting="(in the parameter 1)",
)
CYLINDERS = [(v, x) for v in (0.5, 2.0, -1.3) for x in (-2.0, 0.3, 3.0)]
PRIMED = {0: lambda v, x: mp.pcfd(v, x), 1: lambda v, x: x / 2 * mp.pcfd(v, x) - mp.pcfd(v + 1, x)}
for _k, _f in PRIMED.items():
    parameter("pbdv", _f, 0, CYLINDERS, setting=f"(in the parameter) [{_k}]", result=_k)
parameter("pbvv", lambda v, x: mp.pcfv(-v - mp.mpf(1) / 2, x), 0, CYLINDERS, setting="(in the parameter) [0]", result=0)
parameter("pbwa", mp.pcfw, 0, CYLINDERS, setting="(in the parameter) [0]", result=0)
SLOPES = [name for name in vars(parametric) if name[0] != "_" and name.endswith("_slope")]
unmeasured(
    " ".join(f"tape.scipy.special.parametric.{name}" for name in SLOPES),
    "it stands within rules, which are measured: those of the functions in their parameters",
)
