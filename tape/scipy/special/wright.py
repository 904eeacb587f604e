"""Wright's generalised Bessel function and its logarithm, in the parameters by :mod:`tape.scipy.special.spectral`.

In the argument by the parameter ``b``, raised by ``a``: DLMF 10.46.1, differentiated term by term.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from tape.errors import NoRuleError
from tape.scipy.special.parametric import declared, parametrised

__tape__ = True


def log_wright(a: Any, b: Any, x: Any, degree: int) -> Any:
    """Return a derivative of the logarithm in the argument: two at most."""

    def ratio(a: Any, b: Any, x: Any) -> Any:
        return np.exp(sp.log_wright_bessel(a, a + b, x) - sp.log_wright_bessel(a, b, x))

    if degree > 2:
        raise NoRuleError(
            "scipy.special.log_wright_bessel has no derivative in its parameters together with three in its argument:"
            " np.log(scipy.special.wright_bessel(a, b, x)) has"
        )
    if degree == 0:
        return sp.log_wright_bessel(a, b, x)
    return ratio(a, b, x) * (1 if degree == 1 else ratio(a, a + b, x) - ratio(a, b, x))


wright_slope = declared("wright_bessel", 2, lambda a, b, x, m: sp.wright_bessel(a, m * a + b, x))
log_wright_slope = declared("log_wright_bessel", 2, log_wright)
parametrised(sp.wright_bessel, lambda g, y, a, b, x: g * sp.wright_bessel(a, a + b, x))
parametrised(sp.log_wright_bessel, lambda g, y, a, b, x: g * np.exp(sp.log_wright_bessel(a, a + b, x) - y))
