"""Samples of the Fourier transforms: odd and even lengths, cut off and padded, of real and complex arrays."""

import numpy as np

from tests.samples.base import case, of, r, z

for _fn in (np.fft.fft, np.fft.ifft):
    of(_fn, case(r(5)), case(z(4)), case(z(1)), case(z(2)), case(r(3, 4), axis=0), case(z(2, 5, 3), axis=1))
    of(_fn, case(z(2, 5), n=3), case(r(2, 5), n=3), case(z(5, 2), n=8, axis=0), case(r(3, 2), n=6, axis=-2))
    of(_fn, case(z(5), norm="backward"), case(z(5), norm="ortho"), case(r(4), norm="forward"))
    of(_fn, case(z(4, 6).T), case(r(6, 8)[::2, ::-2]), case(r(0, 3)))
    of(_fn, case(z(4), n=6, norm="ortho"), case(z(3, 1), n=1, axis=0), case(r(5), n=5))

for _fn in (np.fft.rfft, np.fft.ihfft):
    of(_fn, case(r(5)), case(r(4)), case(r(1)), case(r(2)), case(r(3)), case(r(3, 4), axis=0), case(r(2, 5, 3), axis=1))
    of(_fn, case(r(2, 5), n=3), case(r(2, 5), n=4), case(r(5, 2), n=8, axis=0), case(r(3, 2), n=7, axis=-2))
    of(_fn, case(r(5), norm="backward"), case(r(5), norm="ortho"), case(r(4), norm="forward"), case(r(4), n=1))
    of(_fn, case(r(4, 6).T), case(r(6, 8)[::2, ::-2]), case(r(0, 3)))
    of(_fn, case(r(4), n=6, norm="ortho"), case(r(1), n=6))

for _fn in (np.fft.irfft, np.fft.hfft):
    of(_fn, case(z(5)), case(r(4)), case(z(2)), case(z(3), n=5), case(z(3, 4), axis=0), case(z(2, 5, 3), axis=1))
    of(_fn, case(z(2, 5), n=3), case(z(2, 5), n=4), case(z(5, 2), n=12, axis=0), case(r(3, 2), n=7, axis=-2))
    of(_fn, case(z(5), norm="backward"), case(z(5), norm="ortho"), case(z(4), n=7, norm="forward"), case(z(4), n=1))
    of(_fn, case(z(4, 6).T), case(z(6, 8)[::2, ::-2]), case(r(0, 3)))
    of(_fn, case(r(4), n=5, norm="ortho"), case(z(1), n=1), case(z(1), n=2), case(z(1), n=6))

for _fn in (np.fft.fft2, np.fft.ifft2):
    of(_fn, case(r(3, 4)), case(z(2, 5, 3)), case(z(2, 5, 3), axes=(0, 1)), case(z(3, 4), s=(4, 3)))
    of(_fn, case(r(3, 4), s=(5, 6), norm="ortho"), case(z(3, 4), s=(-1, 2), axes=(1, 0), norm="forward"))
    of(_fn, case(z(3, 2)), case(z(2, 3), axes=(1,)), case(z(2, 3), axes=(-1, -1), s=(2, 4)))

for _fn in (np.fft.fftn, np.fft.ifftn):
    of(_fn, case(r(5)), case(z(3, 4)), case(r(2, 3, 4)), case(z(2, 3, 4), axes=(2, 0)), case(z(2, 3), axes=[0, 0]))
    of(_fn, case(z(2, 3, 4), s=(3, 3, 3), axes=(2, 1, 0)), case(r(2, 3, 4), s=(3, -1), axes=(-1, 0), norm="ortho"))
    of(_fn, case(z(3, 4).T, norm="forward"), case(r(4, 3), axes=(0,)), case(z(2, 3), axes=()))
    of(_fn, case(z(4, 3), s=(2, 3), axes=(0, 0)), case(r(2, 2), axes=()))

of(np.fft.rfft2, case(r(3, 4)), case(r(2, 5, 3)), case(r(2, 5, 3), axes=(0, 1)), case(r(3, 4), s=(4, 3)))
of(np.fft.rfft2, case(r(3, 4), s=(5, 6), norm="ortho"), case(r(3, 4), s=(-1, 2), axes=(1, 0), norm="forward"))
of(np.fft.rfft2, case(r(3, 2)), case(r(3, 4).T))
of(np.fft.rfftn, case(r(5)), case(r(3, 4)), case(r(2, 3, 4)), case(r(2, 3, 4), axes=(2, 0)), case(r(2, 3), axes=[1, 1]))
of(np.fft.rfftn, case(r(2, 3, 4), s=(3, 3, 3), axes=(2, 1, 0)), case(r(2, 3, 4), s=(3, -1), axes=(-1, 0), norm="ortho"))
of(np.fft.rfftn, case(r(4, 3), norm="forward"))

of(np.fft.irfft2, case(z(3, 4)), case(z(2, 5, 3)), case(z(2, 5, 3), axes=(0, 1)), case(z(3, 4), s=(4, 3)))
of(np.fft.irfft2, case(r(3, 4), s=(5, 6), norm="ortho"), case(z(3, 4), s=(-1, 2), axes=(1, 0), norm="forward"))
of(np.fft.irfft2, case(z(3, 2)), case(z(3, 4).T))
of(
    np.fft.irfftn,
    case(z(5)),
    case(z(3, 4)),
    case(r(2, 3, 4)),
    case(z(2, 3, 4), axes=(2, 0)),
    case(z(2, 3), axes=[1, 1]),
)
of(np.fft.irfftn, case(z(2, 3, 4), s=(3, 3, 3), axes=(2, 1, 0)), case(z(2, 3, 4), s=(3, -1), axes=(-1, 0)))
of(np.fft.irfftn, case(z(4, 3), norm="forward"))

for _fn in (np.fft.fftshift, np.fft.ifftshift):
    of(_fn, case(r(5)), case(r(4)), case(z(3, 4)), case(r(3, 5), axes=1), case(r(3, 4, 5), axes=(0, -1)))
    of(_fn, case(r(0, 3)), case(z(3).astype("F")), case(r(3, 5), axes=(1, 1)), case(r(3, 5), axes=[]))
