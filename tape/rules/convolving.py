"""Convolution and correlation of sequences: the adjoints are convolutions again.

A convolution is linear in both sequences, so that each adjoint is one of ``g`` and the other sequence, reversed. What
``mode`` leaves out of the full result has no adjoint: ``g`` is padded with zeros there, or, where that would be a
waste, the convolution is taken the other way round.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.rule import general, linear
from tape.rules.linalg import conj

__tape__ = True


def named(mode: Any) -> str:
    """Return a mode by its name: NumPy takes numbers, too."""
    return mode if isinstance(mode, str) else ("valid", "same", "full")[mode]


def transposed(g: Any, other: Any, n: int, mode: Any, late: bool) -> Any:
    """Return the adjoint of a sequence of ``n`` elements that was convolved with another.

    ``late`` tells by which of two places ``mode="same"`` is centred, where the shorter sequence is of even length.
    """
    m = np.shape(other)[0]
    short = min(n, m)
    mode = named(mode)
    if mode == "valid" and n < m:
        return np.convolve(other, g[::-1], "valid")[::-1]
    if mode == "valid":
        return np.convolve(g, other[::-1], "full")
    if mode == "same":
        before = short // 2 if late else (short - 1) // 2
        g = np.pad(g, (before, short - 1 - before))
    return np.convolve(g, other[::-1], "valid")


def line(x: Any) -> Any:
    """Return a single number as a sequence of one."""
    return x if np.ndim(x) else np.reshape(x, (1,))


def _convolve(g: Any, x: Any, other: Any, mode: Any) -> Any:
    return np.reshape(transposed(g, line(other), max(int(np.size(x)), 1), mode, False), np.shape(x))


linear(
    np.convolve,
    lambda g, y, a, v, *, mode="full": _convolve(g, a, v, mode),
    lambda g, y, a, v, *, mode="full": _convolve(g, v, a, mode),
)


def correlate(a: Any, v: Any, mode: Any) -> Any:
    """Return ``np.correlate``."""
    return np.correlate(a, v, mode)


def _correlate_a(g: Any, y: Any, a: Any, v: Any, *, mode: Any = "valid") -> Any:
    late = np.size(v) > np.size(a)
    return np.reshape(transposed(g, line(v)[::-1], int(np.size(a)), mode, late), np.shape(a))


def _correlate_v(g: Any, y: Any, a: Any, v: Any, *, mode: Any = "valid") -> Any:
    late = np.size(v) > np.size(a)
    return np.reshape(transposed(conj(g), line(a), int(np.size(v)), mode, late)[::-1], np.shape(v))


# The second sequence is conjugated: correlation is linear in it over the real numbers only.
general(
    np.correlate,
    _correlate_a,
    _correlate_v,
    jvps=[
        lambda t, y, a, v, *, mode="valid": correlate(t, v, mode),
        lambda t, y, a, v, *, mode="valid": correlate(a, t, mode),
    ],
)
