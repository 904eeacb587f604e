"""The referee: which of two results is nearer the truth.

A rule is judged by differences of its function in extended precision, which know nothing of any rule; the total of a
program, whose rules have all been found right, by the same tape replayed and swept in extended precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tape.oracle.tolerance import distance, is_float, largest

if TYPE_CHECKING:
    from tape.record import Tape
    from tape.rule import Row

__tape__ = True

KNOWN: dict[str, str] = {
    "np.expm1": "torch's derivative of expm1 is y + 1, which is 0 for large negative x (pytorch 192406)",
    "np.tanh": "torch's derivative of tanh is 1 - y*y, which cancels for large x",
    "tape.nn.gelu": "torch's derivative of gelu cancels where it saturates",
    "tape.nn.tanhshrink": "torch's derivative of x - tanh(x) is 1 - (1 - y*y), which cancels near 0",
    "tape.nn.celu": "torch's derivative of celu holds alpha in single precision",
    "np.hypot": "torch's derivative of hypot at (0, 0) is NaN",
    "np.linalg.det": "torch's derivative of det is 0 for a singular matrix (pytorch 104675)",
    "tape.nn.layer_norm": "torch's layer norm over one element has a weight gradient that isn't 0 (pytorch 188372)",
    "tape.nn.logsumexp": "torch's logsumexp of minus infinities has NaN for a derivative",
}
"""Where torch is known to be wrong: function to what it gets wrong. A disagreement there counts only if we are wrong."""

STEP = {True: 1e-4, False: 2e-3}
"""Steps of the differences, in extended and in double precision: their error is of fourth order in the step."""


def local(row: Row, args: Sequence[Any], options: dict[str, Any], k: int, g: Any) -> tuple[Any, Any]:
    """Return ``J^T g`` of one call for its argument ``k``, by differences of fourth order in extended precision.

    Returns
    -------
    truth, blur : ndarray or None
        The product, and how far it may be off. None where differences decide nothing: at a kink, outside the domain, for
        a function that takes no such numbers.
    """
    if type(g) is tuple or type(args[k]) is tuple:
        return None, None
    for dtype, wide in ((np.longdouble, True), (np.float64, False)):
        try:
            with np.errstate(all="ignore"):
                one = differences(row, args, options, k, g, STEP[wide], dtype)
                two = differences(row, args, options, k, g, STEP[wide] / 4, dtype)
        except TypeError:
            continue
        if not np.all(np.isfinite(two)) or distance(one, two) > 1e-6 * (largest(two) + largest(g)):
            return None, None
        return two, 4 * np.abs(one - two)
    return None, None


def differences(
    row: Row, args: Sequence[Any], options: dict[str, Any], k: int, g: Any, step: float, dtype: Any
) -> Any:
    """Return the differences for every element of one argument."""
    from tape.program.replay import promoted_options

    wide = [np.asarray(arg, dtype)[()] if is_float(arg) and type(arg) is not float else arg for arg in args]
    options = promoted_options(options, dtype)
    x = np.asarray(args[k], dtype)
    weights = np.asarray(g, dtype)
    out = np.zeros(x.size, dtype)

    def f(element: int, h: float) -> Any:
        flat = x.flatten()
        flat[element] += h
        return np.sum(weights * row.call(*wide[:k], flat.reshape(x.shape)[()], *wide[k + 1 :], **options))

    for element in range(x.size):
        h = dtype(step) * max(1, abs(x.reshape(-1)[element]))
        near, far = f(element, h) - f(element, -h), f(element, 2 * h) - f(element, -2 * h)
        out[element] = (8 * near - far) / (12 * h)
    return out.reshape(x.shape)


def totals(t: Tape, last: int, seed: Any) -> list[Any] | None:
    """Return every adjoint of a tape, replayed and swept in extended precision; None where that can't be done."""
    from tape.errors import TapeError
    from tape.program.replay import replay

    try:
        u = replay(t, engine="longdouble")
        adjoints = u.sweep(u.entries[last], np.asarray(seed, np.longdouble))
        return [adjoints[u.entries[i]] for i in range(last + 1)]
    except (TapeError, TypeError):
        return None


def nearer(ours: Any, theirs: Any, truth: Any, blur: Any) -> str:
    """Say which of two results is nearer the truth, which is known up to a blur: ``tape`` or ``torch``, if by a factor of four."""
    if truth is None or ours is None or theirs is None:
        return "undecided"
    mine, other = distance(np.asarray(ours, np.longdouble), truth), distance(np.asarray(theirs, np.longdouble), truth)
    blur = 1e-15 * largest(truth) if blur is None else float(blur)
    if max(mine, other) <= blur:
        return "undecided"
    if 4 * mine <= max(other, blur):
        return "tape"
    return "torch" if 4 * other <= max(mine, blur) else "neither"
