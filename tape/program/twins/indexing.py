"""Twins of indexing: NumPy's placement of axes, and its negative steps, in torch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.rules import indexing as rules

__tape__ = True


def positions(shape: tuple[int, ...], key: Any) -> Any:
    """Return where the elements that a key picks stand in the flat array of this shape: NumPy reads the key."""
    return torch.from_numpy(np.array(np.arange(math.prod(shape)).reshape(shape)[key]))


def numpy_key(key: Any, arrays: tuple[Any, ...]) -> Any:
    """Return a key as NumPy takes it."""
    return rules.filled(key, tuple(np.asarray(a) for a in arrays))


@twin(rules.getitem)
def _getitem(x: Any, *arrays: Any, key: Any) -> Any:
    parts = key if type(key) is tuple else (key,)
    if not arrays and all(not isinstance(p, slice) or p.step is None or p.step > 0 for p in parts):
        return x[key]
    if arrays and all(type(p) is rules.Slot for p in parts):
        return x[tuple(a.long() if a.dtype is not torch.bool else a for a in arrays)]
    # torch places the axes of a key of integers, arrays and slices otherwise, and takes no negative steps
    return x.reshape(-1)[positions(tuple(x.shape), numpy_key(key, arrays))]


@twin(rules.scatter)
def _scatter(g: Any, *arrays: Any, key: Any, shape: tuple[int, ...]) -> Any:
    return scattered([(g, arrays, key)], shape)


@twin(rules.scatters)
def _scatters(*parts: Any, keys: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    return scattered(list(rules.apart(parts, keys)), shape)


def scattered(pieces: list[Any], shape: tuple[int, ...]) -> Any:
    """Return zeros of a shape, with each piece added where its key points."""
    flat = torch.zeros(math.prod(shape), dtype=pieces[0][0].dtype)
    for g, arrays, key in pieces:
        where = positions(shape, numpy_key(key, tuple(arrays)))
        flat = flat.index_put((where,), g.expand(where.shape), accumulate=True)
    return flat.reshape(shape)
