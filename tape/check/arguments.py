"""What a check moves: the floats and complex numbers among a function's arguments, wherever they lie."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tape.containers import flatten, labels, unflatten
from tape.entry import dtype_of
from tape.errors import InputTypeError
from tape.rule import short

__tape__ = True


class Moved(NamedTuple):
    """A function of what is moved alone, where that is, how each part is called, and of which argument it is."""

    f: Callable[..., Any]
    at: list[Any]
    labels: list[str]
    positions: list[int]


def moved(f: Callable[..., Any], args: Sequence[Any], *, held: Sequence[int] = ()) -> Moved:
    """Return a function of the floats and complex numbers among its arguments, the rest being held.

    Parameters
    ----------
    f : callable
        The function.
    args : sequence
        Its arguments: arrays, numbers, and nested containers of them.
    held : sequence of int
        Positions of arguments that aren't moved.

    Raises
    ------
    InputTypeError
        Nothing is left to move.
    """
    flat = [flatten(arg) for arg in args]
    places = [
        (k, j) for k, (leaves, _) in enumerate(flat) for j, leaf in enumerate(leaves) if k not in held and moves(leaf)
    ]
    if not places:
        raise nothing_to_move(f, args)

    def of(*some: Any) -> Any:
        leaves = [list(found) for found, _ in flat]
        for (k, j), value in zip(places, some, strict=True):
            leaves[k][j] = value
        return f(*[unflatten(spec, found) for (_, spec), found in zip(flat, leaves, strict=True)])

    of.__name__ = name_of(f)
    names = [labels(arg, f"argument {k}") for k, arg in enumerate(args)]
    return Moved(of, [flat[k][0][j] for k, j in places], [names[k][j] for k, j in places], [k for k, _ in places])


def moves(leaf: Any) -> bool:
    """Tell whether a leaf is a number or an array that has derivatives."""
    return isinstance(leaf, (float, complex, np.ndarray, np.generic)) and dtype_of(leaf).kind in "fc"


def nothing_to_move(f: Callable[..., Any], args: Sequence[Any]) -> InputTypeError:
    """Return the error for arguments that have no derivative."""
    have = ", ".join(f"argument {k} is {short(arg)}" for k, arg in enumerate(args)) or "it has no arguments"
    return InputTypeError(
        f"nothing in the arguments of {name_of(f)} has a derivative to be checked ({have}): give floats"
        " (x.astype(float), 2.0)"
    )


def name_of(f: Any) -> str:
    """Return what to call a function in a message."""
    return str(getattr(f, "__name__", None) or short(f))


def normal(like: Any, rng: np.random.Generator) -> Any:
    """Return normal random numbers of an array's shape and dtype, and of the scale of its largest element."""
    shape, dtype = np.shape(like), dtype_of(like)
    found = rng.standard_normal(shape)
    if dtype.kind == "c":
        found = found + 1j * rng.standard_normal(shape)
    return np.asarray(found * (largest(like) or 1.0)).astype(dtype)


def largest(a: Any) -> float:
    """Return the largest absolute value in an array, of those that are finite."""
    a = np.abs(np.asarray(a))
    return float(np.max(a, where=np.isfinite(a), initial=0))


def weights(outputs: Sequence[Any], rng: np.random.Generator) -> list[Any]:
    """Return normal random numbers of some arrays' shapes and dtypes, of the scale of one."""
    return [normal(np.ones_like(y), rng) for y in outputs]


def inner(a: Sequence[Any], b: Sequence[Any]) -> float:
    """Return the real inner product of two lists of arrays."""
    return math.fsum(float(np.sum(np.real(np.conj(p) * q))) for p, q in zip(a, b, strict=True))


def size(a: Sequence[Any]) -> float:
    """Return the 2-norm of a list of arrays."""
    scale = max((float(np.max(np.abs(p), initial=0)) for p in a), default=0.0)
    if scale == 0 or not math.isfinite(scale):
        return scale
    return scale * math.sqrt(math.fsum(float(np.sum(np.abs(p / scale) ** 2)) for p in a))


def leaves(tree: Any) -> list[Any]:
    """Return the float and complex arrays in an output: indices and masks have no derivative."""
    return [leaf for leaf in flatten(tree)[0] if dtype_of(leaf).kind in "fc"]


def inexact(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``f`` with the floats of its output alone, as a list."""
    return lambda *args: leaves(f(*args))


def unit_roundoff(arrays: Sequence[Any]) -> float:
    """Return the unit roundoff of the coarsest of some arrays."""
    return max((float(np.finfo(dtype_of(a)).eps) / 2 for a in arrays), default=2.0**-53)
