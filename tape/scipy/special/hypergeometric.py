"""Hypergeometric functions, in their argument and parameters; DLMF 13, 15 and 10.46."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from tape.scipy.special.parametric import parametrised
from tape.scipy.special.pieces import weakly

__tape__ = True


def kummer_slope(a: Any, b: Any, z: Any) -> Any:
    """Return the derivative of Kummer's function, DLMF 13.3.15; for ``a = -1`` constant."""
    linear = np.equal(a, -1)
    above = (weakly(np.where(linear, 1, v + 1), a, b) for v in (a, b))
    return a / b * np.where(linear, 1, sp.hyp1f1(*above, z))


parametrised(sp.hyp0f1, lambda g, y, v, z: g * (sp.hyp0f1(v + 1, z) / v))
parametrised(sp.hyp1f1, lambda g, y, a, b, z: g * kummer_slope(a, b, z))
parametrised(sp.hyp2f1, lambda g, y, a, b, c, z: g * (a * b / c * sp.hyp2f1(a + 1, b + 1, c + 1, z)))
parametrised(sp.hyperu, lambda g, y, a, b, x: g * (-a * sp.hyperu(a + 1, b + 1, x)))
