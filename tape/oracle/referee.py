"""The referee: which of two results is nearer the truth.

A rule is judged by differences of its function in extended precision, which know nothing of any rule; the total of a
program, whose rules have all been found right, by the same tape replayed and swept in extended precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tape.adjoints import is_complex
from tape.oracle.tolerance import distance, is_float, largest

if TYPE_CHECKING:
    from tape.record import Tape
    from tape.rule import Row

__tape__ = True

KNOWN: dict[str, str] = {
    "np.expm1": "torch's derivative of expm1 is y + 1, which is 0 for large negative x (pytorch 192406)",
    "tape.nn.celu": "torch's derivative of celu holds alpha in single precision",
    "np.hypot": "torch's derivative of hypot at (0, 0) is NaN",
    "np.linalg.det": "torch's derivative of det is 0 for a singular matrix (pytorch 104675)",
    "tape.nn.layer_norm": "torch's layer norm over one element has a weight gradient that isn't 0 (pytorch 188372)",
    "tape.nn.logsumexp": "torch's logsumexp of minus infinities has NaN for a derivative",
}
"""Where torch is known to be wrong: function to what it gets wrong. A disagreement there counts if we are wrong."""

MANY = 200_000
"""Differences take sixteen calls for each element of an argument: where that is more numbers, nothing is decided."""

STEPS = (5e-3, 2e-4)
"""Steps of the differences, the better first: their error is of eighth order. A short one stays clear of a kink."""

WEIGHTS = tuple(np.longdouble(a) / b for a, b in ((4, 5), (-1, 5), (4, 105), (-1, 280)))
"""Of the central differences over one step, two, three and four (Fornberg 1988, Mathematics of Computation 51)."""


def local(row: Row, args: Sequence[Any], options: dict[str, Any], k: int, g: Any) -> tuple[Any, Any]:
    """Return ``J^T g`` of one call for its argument ``k``, by differences in extended precision.

    Returns
    -------
    truth, blur : ndarray or None
        The product, and how far it may be off. None where differences decide nothing: at a kink, outside the domain,
        for complex numbers, for a function that takes no wide ones.
    """
    if type(g) is tuple or type(args[k]) is tuple or is_complex(g, *args):
        return None, None
    if np.size(args[k]) * max(np.size(x) for x in (g, *args)) > MANY:
        return None, None
    for dtype in (np.longdouble, np.float64):
        for step in STEPS:
            try:
                with np.errstate(all="ignore"):
                    one = differences(row, args, options, k, g, step, dtype)
                    two = differences(row, args, options, k, g, step / 2, dtype)
            except TypeError:
                break
            if np.all(np.isfinite(two)) and distance(one, two) <= 1e-6 * (largest(two) + largest(g)):
                size = float(np.sum(np.abs(np.asarray(g) * row.call(*args, **options))))
                return two, 4 * np.abs(one - two) + 16 * np.finfo(dtype).eps * size / step
    return None, None


def differences(row: Row, args: Sequence[Any], options: dict[str, Any], k: int, g: Any, step: float, dtype: Any) -> Any:
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
        for steps, weight in enumerate(WEIGHTS, 1):
            out[element] += dtype(weight) * (f(element, steps * h) - f(element, -steps * h))
        out[element] /= h
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
    """Say which of two results is nearer the truth, known up to a blur, if by a factor of four: ``tape``, ``torch``."""
    if truth is None or ours is None or theirs is None:
        return "undecided"
    mine, other = distance(np.asarray(ours, np.longdouble), truth), distance(np.asarray(theirs, np.longdouble), truth)
    blur = 1e-15 * largest(truth) if blur is None else float(blur)
    if max(mine, other) <= blur:
        return "undecided"
    if 4 * mine <= max(other, blur):
        return "tape"
    return "torch" if 4 * other <= max(mine, blur) else "neither"
