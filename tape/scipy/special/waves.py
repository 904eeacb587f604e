"""Mathieu functions, in the argument and in the parameter; DLMF 28.

In the argument by their differential equation; in the parameter, and their characteristic values there, by
:mod:`tape.scipy.special.spectral`. Orders are whole numbers. Angles are in degrees, and the second result is the
derivative with respect to radians.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.declaring import outputs, without
from tape.scipy.special.pieces import weakly
from tape.scipy.special.spectral import derivative

__tape__ = True

RADIAN = math.pi / 180


@ours
def mathieu_value_slope(m: Any, q: Any, *, kind: str, order: int) -> Any:
    """Return a derivative in ``q`` of ``scipy.special.mathieu_a`` or ``mathieu_b``."""
    return derivative(getattr(sp, kind), (m, q), (0, order), kind)


elementwise(
    mathieu_value_slope,
    None,
    lambda g, y, m, q, *, kind, order: g * mathieu_value_slope(m, q, kind=kind, order=order + 1),
)


def leibniz(order: int, factors: Callable[[int], Any], function: Callable[[int], Any]) -> Any:
    """Return a derivative of a product, from those of its factors."""
    return sum(math.comb(order, k) * factors(k) * function(order - k) for k in range(order + 1))


# --------------------------------------------------------------------------- Mathieu


def mathieu_factor(kind: str, m: Any, q: Any, x: Any, k: int) -> Any:
    """Return a derivative in ``q`` of what multiplies the function in its second derivative: DLMF 28.2.1, 28.20.1."""
    value = mathieu_value_slope(m, q, kind="mathieu_a" if "cem" in kind else "mathieu_b", order=k)
    value = weakly(value, m, q)
    wave = np.cosh(2 * x) if "_mod" in kind else np.cos(2 * RADIAN * x)
    return (1 if "_mod" in kind else -1) * (value - (2 * q * wave if k == 0 else 2 * wave if k == 1 else 0))


@ours
def mathieu_slope(m: Any, q: Any, x: Any, *, kind: str, order: int, primed: bool) -> Any:
    """Return a derivative in ``q`` of a Mathieu function, or of its derivative (``primed``)."""
    return derivative(lambda m, q, x: getattr(sp, kind)(m, q, x)[int(primed)], (m, q, x), (0, order, 0), kind)


def mathieu_in_argument(kind: str, m: Any, q: Any, x: Any, order: int, primed: bool) -> Any:
    """Return the derivative in the argument of such a derivative."""
    unit = 1.0 if "_mod" in kind else RADIAN
    if not primed:
        return unit * mathieu_slope(m, q, x, kind=kind, order=order, primed=True)
    found = leibniz(
        order,
        lambda k: mathieu_factor(kind, m, q, x, k),
        lambda k: mathieu_slope(m, q, x, kind=kind, order=k, primed=False),
    )
    return unit * found


elementwise(
    mathieu_slope,
    None,
    lambda g, y, m, q, x, *, kind, order, primed: g * mathieu_slope(m, q, x, kind=kind, order=order + 1, primed=primed),
    lambda g, y, m, q, x, *, kind, order, primed: g * mathieu_in_argument(kind, m, q, x, order, primed),
)


def mathieu(kind: str) -> None:
    """Declare a Mathieu function."""
    unit = 1.0 if "_mod" in kind else RADIAN
    outputs(
        getattr(sp, kind),
        lambda y, m, q, x: [unit * y[1], lambda: unit * (mathieu_factor(kind, m, q, x, 0) * y[0])],
        moving=2,
        _1=lambda y, m, q, x: [
            lambda primed=primed: mathieu_slope(m, q, x, kind=kind, order=1, primed=primed) for primed in (False, True)
        ],
    )


for _kind in ("mathieu_a", "mathieu_b"):
    elementwise(
        getattr(sp, _kind), None, lambda g, y, m, q, kind=_kind: g * mathieu_value_slope(m, q, kind=kind, order=1)
    )
for _kind in ("cem", "sem", "modcem1", "modcem2", "modsem1", "modsem2"):
    mathieu(f"mathieu_{_kind}")

# ------------------------------------------------------------------------ spheroidal
without(
    "obl_ang1 obl_ang1_cv obl_cv obl_rad1 obl_rad1_cv obl_rad2 obl_rad2_cv"
    " pro_ang1 pro_ang1_cv pro_cv pro_rad1 pro_rad1_cv pro_rad2 pro_rad2_cv",
    "spheroidal wave functions aren't implemented: SciPy's don't return at all in single precision, and its radial ones"
    " of the second kind don't obey their differential equation",
)
