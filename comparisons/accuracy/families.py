"""What is made of the arrays of a sample, to be hard: offsets, sizes, grades, near coincidences and singularities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def graded(a: Any) -> Any:
    """Let the elements fall by six powers of ten, from the first to the last."""
    return a * 10.0 ** np.linspace(0, -6, a.size).reshape(a.shape)


def close(a: Any) -> Any:
    """Bring all elements to within a thousandth of the first."""
    return a.flat[0] * (1 + 1e-3 * a) if a.size else a


def cancelling(a: Any) -> Any:
    """Put numbers of alternating sign in front, a million times as large as the elements, nearly."""
    return a + 1e6 * (-1.0) ** np.arange(a.size).reshape(a.shape)


def with_zeros(a: Any) -> Any:
    """Make each second element zero."""
    return a * (np.arange(a.size).reshape(a.shape) % 2)


def singular(a: Any) -> Any:
    """Bring the last row of each matrix to within a thousandth of the first."""
    if a.ndim >= 2 and a.shape[-2] > 1:
        a = np.array(a)
        a[..., -1, :] = a[..., 0, :] + 1e-3 * a[..., -1, :]
    return a


def huge(low: str) -> float:
    """Return a number whose square is out of a precision's range, and the square of whose reciprocal is, too."""
    return 2.0 ** (int(np.finfo(low).maxexp) * 2 // 3)


FAMILIES: dict[str, Callable[[Any, str], Any]] = {
    "as it is": lambda a, low: a,
    "offset by 1000": lambda a, low: a + 1e3,
    "times 1e-6": lambda a, low: a * 1e-6,
    "times 1e6": lambda a, low: a * 1e6,
    "tiny": lambda a, low: a / huge(low),
    "huge": lambda a, low: a * huge(low),
    "graded": lambda a, low: graded(a),
    "close together": lambda a, low: close(a),
    "cancelling": lambda a, low: cancelling(a),
    "with zeros": lambda a, low: with_zeros(a),
    "nearly singular": lambda a, low: singular(a),
}
"""By name: functions of one array, and of the precision that it is to be given in."""
