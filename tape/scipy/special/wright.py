"""Wright's generalised Bessel function and its logarithm, in the parameters by :mod:`tape.scipy.special.spectral`.

In the argument by the parameter ``b``, raised by ``a``: DLMF 10.46.1, differentiated term by term.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from tape.errors import NoRuleError
from tape.primitive import ours
from tape.rule import elementwise
from tape.scipy.special.spectral import derivative

__tape__ = True


@ours
def wright_slope(a: Any, b: Any, x: Any, *, first: int, second: int, degree: int) -> Any:
    """Return a derivative of ``wright_bessel``, of orders in the parameters and of a degree in the argument."""

    def f(a: Any, b: Any, x: Any) -> Any:
        return sp.wright_bessel(a, degree * a + b, x)

    return derivative(f, (a, b, x), (first, second, 0), "wright_bessel")


@ours
def log_wright_slope(a: Any, b: Any, x: Any, *, first: int, second: int, degree: int) -> Any:
    """Return a derivative of ``log_wright_bessel``, as :func:`wright_slope` does; the degree is two at most."""

    def ratio(a: Any, b: Any, x: Any) -> Any:
        return np.exp(sp.log_wright_bessel(a, a + b, x) - sp.log_wright_bessel(a, b, x))

    def f(a: Any, b: Any, x: Any) -> Any:
        if degree == 0:
            return sp.log_wright_bessel(a, b, x)
        return ratio(a, b, x) * (1 if degree == 1 else ratio(a, a + b, x) - ratio(a, b, x))

    if degree > 2:
        raise NoRuleError(
            "scipy.special.log_wright_bessel has no derivative in its parameters together with three in its argument:"
            " np.log(scipy.special.wright_bessel(a, b, x)) has"
        )
    return derivative(f, (a, b, x), (first, second, 0), "log_wright_bessel")


def _rules(slope: Any) -> list[Any]:
    """Return the rules of a slope: those of one order more."""
    return [
        lambda g, y, a, b, x, *, first, second, degree: (
            g * slope(a, b, x, first=first + 1, second=second, degree=degree)
        ),
        lambda g, y, a, b, x, *, first, second, degree: (
            g * slope(a, b, x, first=first, second=second + 1, degree=degree)
        ),
        lambda g, y, a, b, x, *, first, second, degree: (
            g * slope(a, b, x, first=first, second=second, degree=degree + 1)
        ),
    ]


elementwise(wright_slope, *_rules(wright_slope))
elementwise(log_wright_slope, *_rules(log_wright_slope))
elementwise(
    sp.wright_bessel,
    lambda g, y, a, b, x: g * wright_slope(a, b, x, first=1, second=0, degree=0),
    lambda g, y, a, b, x: g * wright_slope(a, b, x, first=0, second=1, degree=0),
    lambda g, y, a, b, x: g * sp.wright_bessel(a, a + b, x),
)
elementwise(
    sp.log_wright_bessel,
    lambda g, y, a, b, x: g * log_wright_slope(a, b, x, first=1, second=0, degree=0),
    lambda g, y, a, b, x: g * log_wright_slope(a, b, x, first=0, second=1, degree=0),
    lambda g, y, a, b, x: g * np.exp(sp.log_wright_bessel(a, a + b, x) - y),
)
