"""Dropout: the mask is drawn once, when it is recorded, and is a constant of the tape."""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.entry import dtype_of

__tape__ = True


def dropout(x: Any, p: float = 0.5, training: bool = True, *, generator: np.random.Generator | None = None) -> Any:
    """Return ``x`` with each element set to zero with probability ``p``, the others scaled by ``1 / (1 - p)``.

    Parameters
    ----------
    x : array_like
        Of any shape.
    p : float
        From 0 to 1.
    training : bool
        When False, ``x`` is returned as it is.
    generator : np.random.Generator
        Where the mask is drawn from; needed when training with ``p`` above 0.

    Raises
    ------
    TypeError
        There is no generator to draw from.
    ValueError
        ``p`` isn't a probability.

    Notes
    -----
    Srivastava et al. (2014), JMLR 15. One entry, a product with the mask: sweeps and replays see the mask of the
    first run.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p={p} must be a probability, from 0 to 1")
    if not training or p == 0:
        return x
    if not isinstance(generator, np.random.Generator):
        raise TypeError(
            "dropout draws from a generator of your own, so that a run can be repeated:"
            " generator=np.random.default_rng(seed)"
        )
    dtype = dtype_of(x)
    mask = np.asarray(generator.random(np.shape(x), np.float32) >= np.float32(p), dtype)
    if p < 1:
        mask *= dtype.type(1 / (1 - p))
    return x * mask
