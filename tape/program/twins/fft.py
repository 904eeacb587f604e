"""Twins of the Fourier transforms: torch's along one axis, in the order in which NumPy does them.

torch's own transforms along several axes know no axis named twice, and read a length of -1 otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import axes_of
from tape.rules.fft import steps

__tape__ = True


def run(kind: str, x: Any, n: Any, axis: Any, norm: Any) -> Any:
    """Transform along one axis."""
    fn, n, axis = getattr(torch.fft, kind), None if n is None else int(n), int(axis) % x.ndim
    empty = [k for k, size in enumerate(x.shape) if size == 0 and k != axis]
    if not empty:
        return fn(x, n, axis, norm)
    # Nothing to transform, which MKL refuses: the result's shape and dtype are those that zeros give.
    y = fn(x.new_zeros([1 if k in empty else size for k, size in enumerate(x.shape)]), n, axis, norm)
    for k in empty:
        y = y.narrow(k, 0, 0)
    return y + torch.real(x).sum() * 0


twin(np.fft.fft)(lambda x, *, n=None, axis=-1, norm=None: run("fft", x, n, axis, norm))
twin(np.fft.ifft)(lambda x, *, n=None, axis=-1, norm=None: run("ifft", x, n, axis, norm))
twin(np.fft.rfft)(lambda x, *, n=None, axis=-1, norm=None: run("rfft", x, n, axis, norm))
twin(np.fft.irfft)(lambda x, *, n=None, axis=-1, norm=None: run("irfft", x, n, axis, norm))
twin(np.fft.hfft)(lambda x, *, n=None, axis=-1, norm=None: run("hfft", x, n, axis, norm))
twin(np.fft.ihfft)(lambda x, *, n=None, axis=-1, norm=None: run("ihfft", x, n, axis, norm))


def along(kind: str, axes: Any) -> Callable[..., Any]:
    """Return the twin of a transform along several axes, with those that it goes along if none are given."""
    default = axes

    def transform(x: Any, *, s: Any = None, axes: Any = default, norm: Any = None) -> Any:
        for name, axis, n in steps(kind, x, s, axes):
            x = run(name, x, n, axis, norm)
        return x

    return transform


twin(np.fft.fft2)(along("fft", (-2, -1)))
twin(np.fft.ifft2)(along("ifft", (-2, -1)))
twin(np.fft.rfft2)(along("rfft", (-2, -1)))
twin(np.fft.irfft2)(along("irfft", (-2, -1)))
twin(np.fft.fftn)(along("fft", None))
twin(np.fft.ifftn)(along("ifft", None))
twin(np.fft.rfftn)(along("rfft", None))
twin(np.fft.irfftn)(along("irfft", None))


def rolled(x: Any, axes: Any, sign: int) -> Any:
    """Roll each axis by half its length, forwards or backwards."""
    axes = axes_of(x, axes)
    return torch.roll(x, [sign * (x.shape[k] // 2) for k in axes], axes) if axes else x.clone()


twin(np.fft.fftshift)(lambda x, *, axes=None: rolled(x, axes, 1))
twin(np.fft.ifftshift)(lambda x, *, axes=None: rolled(x, axes, -1))
