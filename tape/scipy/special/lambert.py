"""Lambert's function, whose branches meet at -1/e, where its derivative is infinite; DLMF 4.13."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import _ufuncs

from tape.primitive import ours
from tape.rule import elementwise
from tape.rules.special import INVERSE_E, REST_OF_INVERSE_E

__tape__ = True

LAMBERTW: Any = getattr(_ufuncs, "_lambertw")  # noqa: B009  the ufunc behind scipy.special.lambertw

NEAR = 0.05
"""How far from the branch point, times e, the series about it is taken."""


@ours
def above_branch(z: Any, k: Any, y: Any) -> Any:
    """Return ``1 + y``, where ``y`` is the ``k``-th branch at ``z``: near -1/e from ``z``, as ``y`` is rounded.

    By Newton's method for ``1 + (q - 1) exp(q) = e z + 1``, from the series in ``p = sqrt(2 (e z + 1))``, DLMF 4.13.6.
    """
    found = np.asarray(1 + y)
    z = np.asarray(z, np.complex128)
    rest = np.asarray(math.e * ((z + INVERSE_E) + REST_OF_INVERSE_E))
    rest.imag = math.e * z.imag  # a zero's sign, which says on which side of a cut it is, is lost in sums
    near = (np.abs(rest) < NEAR) & (np.abs(found) < 1)  # of branches that don't meet there, this is 7 or more
    if np.any(near):
        r, sign = (np.broadcast_to(v, found.shape)[near] for v in (rest, np.where(np.equal(k, 0), 1, -1)))
        p = sign * np.sqrt(2 * r)
        q = p * (1 - p / 3)
        for _ in range(3):
            power, value = q, np.zeros_like(q)
            for n in range(2, 20):
                power = power * q
                value = value + power * ((n - 1) / math.factorial(n))
            q = q - (value - r) / (q * np.exp(q))
        found[near] = q
    return found[()]


def slope(z: Any, q: Any) -> Any:
    """Return the derivative of Lambert's function, given ``q``, one more than it: DLMF 4.13.4.

    The power ``exp(1 - q)`` is ``(q - 1) / z``; it would multiply the rounding of a large ``q``.
    """
    large = np.greater(np.abs(q), 3)
    power = np.where(large, (q - 1) / np.where(large, z, 1), np.exp(1 - np.where(large, 1, q)))
    return power / q


elementwise(above_branch, lambda g, y, z, k, w: g * slope(z, y), None, lambda g, y, z, k, w: 0 * g)
elementwise(LAMBERTW, lambda g, y, z, k, tol: g * slope(z, above_branch(z, k, y)), None, None)
