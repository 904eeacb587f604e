"""Convolution and correlation of arrays of any number of axes, under SciPy's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.signal as ss

from tape.errors import OptionError, ShapeError
from tape.primitive import ours
from tape.rule import linear
from tape.rules.linalg import conj
from tape.scipy.lacking import lacking

__all__ = ["convolve", "convolve2d", "correlate", "fftconvolve"]

__tape__ = True

if not TYPE_CHECKING:
    __getattr__ = lacking("signal")


@ours
def convolved(a: Any, b: Any, *, method: str = "auto") -> Any:
    """Return the whole convolution of two arrays, by ``scipy.signal``."""
    if np.ndim(a) > 1 and np.result_type(a, b) == np.float16:
        raise TypeError("scipy.signal has no half precision of several axes: give float32 or float64")
    return ss.convolve(a, b, mode="full", method=method)


def flip(x: Any) -> Any:
    """Reverse every axis."""
    return x[(slice(None, None, -1),) * np.ndim(x)]


def _transpose(g: Any, other: Any, like: Any, method: str) -> Any:
    """Return the correlation with the other array where they overlap whole."""
    full = convolved(g, flip(other), method=method)
    return full[tuple(slice(m - 1, m - 1 + n) for m, n in zip(np.shape(other), np.shape(like), strict=True))]


linear(
    convolved,
    lambda g, y, a, b, *, method="auto": _transpose(g, b, a, method),
    lambda g, y, a, b, *, method="auto": _transpose(g, a, b, method),
)


def convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """Convolve two arrays of as many axes, as ``scipy.signal.convolve``.

    Parameters
    ----------
    in1, in2 : array_like
        The arrays.
    mode : {"full", "same", "valid"}
        The whole of it, its middle of the shape of ``in1``, or where the arrays overlap whole.
    method : {"auto", "direct", "fft"}
        How it is computed.
    """
    a, b = np.shape(in1), np.shape(in2)
    if len(a) != len(b) or not a:
        raise ShapeError(f"convolve takes arrays of as many axes, one or more, not of shapes {a} and {b}")
    if mode not in ("full", "same", "valid"):
        raise ValueError("acceptable mode flags are 'valid', 'same', or 'full'")
    full = convolved(in1, in2, method=method)
    if mode == "full":
        return full
    if mode == "same":
        return full[tuple(slice((m - 1) // 2, (m - 1) // 2 + n) for n, m in zip(a, b, strict=True))]
    if not (all(n >= m for n, m in zip(a, b, strict=True)) or all(n <= m for n, m in zip(a, b, strict=True))):
        raise ValueError("For 'valid' mode, one must be at least as large as the other in every dimension")
    return full[tuple(slice(min(n, m) - 1, max(n, m)) for n, m in zip(a, b, strict=True))]


def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """Correlate two arrays of as many axes, as ``scipy.signal.correlate``; options as of :func:`convolve`."""
    in2 = np.asarray(in2) if isinstance(in2, (list, tuple)) else in2
    return convolve(in1, conj(flip(in2)), mode, method)


def fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    """Convolve by Fourier transforms, over all axes."""
    if axes is not None:
        raise OptionError("tape.scipy.signal.fftconvolve(axes=) has no rule: leave it out, or use np.fft")
    return convolve(in1, in2, mode, "fft")


def convolve2d(in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: float = 0) -> Any:
    """Convolve two matrices, with zeros beyond the boundary."""
    if boundary != "fill" or fillvalue != 0:
        raise OptionError("tape.scipy.signal.convolve2d has a rule for zeros beyond the boundary: use np.pad first")
    if np.ndim(in1) != 2 or np.ndim(in2) != 2:
        raise ValueError("convolve2d inputs must both be 2-D arrays")
    return convolve(in1, in2, mode, "direct")
