"""Fourier transforms: every function of ``numpy.fft``, of real and complex arrays, along any axes, of any lengths.

Each is a sum over the elements, so that it is its own tangent, and its adjoint is the transform that goes the other
way, with the normalisation that the first one had: ``ifft(norm="forward")`` for ``fft(norm="backward")``. Where a
length was given, the array was cut off or padded with zeros first, and its adjoint is padded or cut off last.

A half spectrum stands for a whole one, in which each frequency occurs twice, but for the zero one and, in even lengths,
the highest (Nyquist's). So ``irfft`` and ``hfft`` read all others twice, and their adjoints are twice as large there;
``rfft`` and ``ihfft`` write them once, where the transform back reads them twice: they are halved before. Of the zero
and the highest frequency ``irfft`` doesn't read the imaginary part; the adjoint there is real since ``rfft`` makes it
so. Frigo and Johnson, *The design and implementation of FFTW3*, Proc. IEEE 93 (2005), have the half spectra.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tape.rule import linear

__tape__ = True

Step = tuple[str, Any, Any]
"""One transform along one axis: the function of one axis, the axis, the length (None: the function's default)."""

OPPOSITE: dict[Any, str] = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}
"""With which normalisation the transform the other way is the adjoint."""


def resized(x: Any, size: int, axis: int) -> Any:
    """Cut an axis off at a length, or pad it with zeros."""
    shape = np.shape(x)
    axis %= len(shape)
    have = shape[axis]
    if have > size:
        return x[(*[slice(None)] * axis, slice(size))]
    if have < size:
        return np.pad(x, [(0, size - have if k == axis else 0) for k in range(len(shape))])
    return x


def weighed(spectrum: Any, n: int, axis: int, weight: float) -> Any:
    """Multiply by a weight what stands for two frequencies in a half spectrum: all but zero and Nyquist's."""
    weights = np.full(n // 2 + 1, weight, np.finfo(spectrum.dtype).dtype)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    shape = [1] * np.ndim(spectrum)
    shape[axis] = -1
    return spectrum * weights.reshape(shape)


# --------------------------------------------------------------- adjoints along one axis


def _fft(g: Any, n: int, axis: int, norm: Any) -> Any:
    return np.fft.ifft(g, axis=axis, norm=norm)


def _ifft(g: Any, n: int, axis: int, norm: Any) -> Any:
    return np.fft.fft(g, axis=axis, norm=norm)


def _rfft(g: Any, n: int, axis: int, norm: Any) -> Any:
    return np.fft.irfft(weighed(g, n, axis, 0.5), n, axis, norm)


def _irfft(g: Any, n: int, axis: int, norm: Any) -> Any:
    return weighed(np.fft.rfft(g, axis=axis, norm=norm), n, axis, 2.0)


def _hfft(g: Any, n: int, axis: int, norm: Any) -> Any:
    return weighed(np.fft.ihfft(g, axis=axis, norm=norm), n, axis, 2.0)


def _ihfft(g: Any, n: int, axis: int, norm: Any) -> Any:
    return np.fft.hfft(weighed(g, n, axis, 0.5), n, axis, norm)


ADJOINT = {"fft": _fft, "ifft": _ifft, "rfft": _rfft, "irfft": _irfft, "hfft": _hfft, "ihfft": _ihfft}
"""For each function of one axis, ``(g, n, axis, norm)``: the adjoint, of ``n`` elements or frequencies."""


def undo(g: Any, x: Any, steps: Sequence[Step], norm: Any) -> Any:
    """Return the adjoint of transforms done one after the other, from that of the last."""
    sizes, done = list(np.shape(x)), list[tuple[str, int, int, int]]()
    for kind, axis, n in steps:
        have = sizes[axis]
        if n is None:
            n = 2 * (have - 1) if kind in ("irfft", "hfft") else have
        done.append((kind, axis, int(n), have))
        sizes[axis] = n // 2 + 1 if kind in ("rfft", "ihfft") else n
    for kind, axis, n, have in reversed(done):
        g = resized(ADJOINT[kind](g, n, axis, OPPOSITE[norm]), have, axis)
    return g


# ------------------------------------------------------------------ several axes


def steps(kind: str, x: Any, s: Any, axes: Any) -> list[Step]:
    """Return the transforms along one axis each that NumPy does for one along several, in its order."""
    shape = np.shape(x)
    if s is None:  # lengths are those from before the first transform, even where an axis is named twice
        axes = range(len(shape)) if axes is None else list(axes)
        s = [shape[k] for k in axes]
        if kind == "irfft":
            s[-1] = 2 * (s[-1] - 1)
    else:
        axes = range(-len(s), 0) if axes is None else list(axes)
        s = [shape[k] if n is not None and n == -1 else n for n, k in zip(s, axes, strict=True)]
    pairs = list(zip(axes, s, strict=True))
    if kind == "irfft":
        return [*(("ifft", *pair) for pair in pairs[:-1]), (kind, *pairs[-1])]
    if kind == "rfft":
        return [(kind, *pairs[-1]), *(("fft", *pair) for pair in reversed(pairs[:-1]))]
    return [(kind, *pair) for pair in reversed(pairs)]


def undo_all(kind: str, g: Any, x: Any, s: Any, axes: Any, norm: Any) -> Any:
    """Return the adjoint of a transform along several axes."""
    return undo(g, x, steps(kind, x, s, axes), norm)


# -------------------------------------------------------------------- the table
# The rules conjugate by themselves (the transforms back are conjugate), so that the sweep need not do it twice.


def along_one(kind: str) -> None:
    """Declare a transform along one axis."""
    linear(
        getattr(np.fft, kind),
        lambda g, y, x, *, n=None, axis=-1, norm=None: undo(g, x, [(kind, axis, n)], norm),
        keeps="",
        holomorphic=False,
    )


def along_several(kind: str, suffix: str, last: tuple[int, ...] | None) -> None:
    """Declare a transform along several axes, all or the ``last`` ones if none are named."""
    linear(
        getattr(np.fft, kind + suffix),
        lambda g, y, x, *, s=None, axes=last, norm=None: undo_all(kind, g, x, s, axes, norm),
        keeps="",
        holomorphic=False,
    )


for _kind in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    along_one(_kind)
for _kind in ("fft", "ifft", "rfft", "irfft"):
    along_several(_kind, "2", (-2, -1))
    along_several(_kind, "n", None)

linear(np.fft.fftshift, lambda g, y, x, *, axes=None: np.fft.ifftshift(g, axes), keeps="", holomorphic=False)
linear(np.fft.ifftshift, lambda g, y, x, *, axes=None: np.fft.fftshift(g, axes), keeps="", holomorphic=False)
