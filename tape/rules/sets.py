"""Sets and orders: which elements are kept is a choice, recorded as positions; their values are read there.

A replay on other values chooses anew. Among equal elements the first is kept, and the adjoint is its own: where
elements are equal, a set has no derivative, for they would part at the slightest change.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.primitive import ours
from tape.record import Var
from tape.rule import Row, add, composite, zero
from tape.rules.indexing import as_given, read
from tape.rules.shape import cast
from tape.rules.sorting import arrangement

__tape__ = True

zero(np.isin, np.array_equiv, arrays=2)
zero(np.iscomplex, np.isreal, np.packbits, np.unpackbits)
if hasattr(np, "bitwise_count"):  # NumPy 2.0
    zero(np.bitwise_count)


# -------------------------------------------------------------------- distinct values


@ours
def first_of_each(x: Any, *, axis: int | None = None, equal_nan: bool = True, ordered: bool = True) -> Any:
    """Return where each distinct element (or slice, along an axis) is first found, in the order of np.unique."""
    x = np.asarray(x)
    distinct, positions = np.unique(x, return_index=True, axis=axis, equal_nan=equal_nan)
    if not ordered and axis is None:
        others = np.unique(x, equal_nan=equal_nan, sorted=False)  # in the order of a hash table
        positions = positions[arrangement(distinct, others)]
    return positions


@ours
def which_of_each(x: Any, *, axis: int | None = None, equal_nan: bool = True) -> Any:
    """Return, for each element, the position of its value among the distinct ones."""
    return np.unique(x, return_inverse=True, axis=axis, equal_nan=equal_nan)[1]


@ours
def count_of_each(x: Any, *, axis: int | None = None, equal_nan: bool = True) -> Any:
    """Return how often each distinct element is found."""
    return np.unique(x, return_counts=True, axis=axis, equal_nan=equal_nan)[1]


zero(first_of_each, which_of_each, count_of_each)


@composite(np.unique)
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """Return the distinct elements, each read where it is first found."""
    how: dict[str, Any] = {"axis": axis, "equal_nan": equal_nan}
    ordered = sorted or return_index or return_inverse or return_counts
    positions = first_of_each(ar, **how) if ordered else first_of_each(ar, **how, ordered=False)
    values = read(np.ravel(ar), positions) if axis is None else np.take(ar, positions, axis=axis)
    found = [values]
    if return_index:
        found.append(positions)
    if return_inverse:
        found.append(which_of_each(ar, **how))
    if return_counts:
        found.append(count_of_each(ar, **how))
    return tuple(found) if len(found) > 1 else values


_HASHES = "sorted" in inspect.signature(np.unique).parameters  # NumPy 2.3

if hasattr(np, "unique_values"):  # NumPy 2.0: tuples with names, whose types NumPy keeps to itself
    _ALL, _COUNTS, _INVERSE = (type(f(np.zeros(1))) for f in (np.unique_all, np.unique_counts, np.unique_inverse))

    @composite(np.unique_all)
    def _unique_all(x: Any, /) -> Any:
        return _ALL(*unique(x, True, True, True, equal_nan=False))

    @composite(np.unique_counts)
    def _unique_counts(x: Any, /) -> Any:
        return _COUNTS(*unique(x, return_counts=True, equal_nan=False))

    @composite(np.unique_inverse)
    def _unique_inverse(x: Any, /) -> Any:
        return _INVERSE(*unique(x, return_inverse=True, equal_nan=False))

    @composite(np.unique_values)
    def _unique_values(x: Any, /) -> Any:
        return unique(x, equal_nan=False, sorted=not _HASHES)


# ------------------------------------------------------------------ sets against sets


def both(a: Any, b: Any) -> Any:
    """Return the elements of two arrays, one after the other."""
    return np.concatenate((a, b), axis=None)


@ours
def common(a: Any, b: Any, *, assume_unique: bool = False, of: int = 0) -> Any:
    """Return where the elements that two arrays share are found in one of them (``of``)."""
    return np.intersect1d(a, b, assume_unique=assume_unique, return_indices=True)[1 + of]


@ours
def without(a: Any, b: Any, *, assume_unique: bool = False) -> Any:
    """Return where the elements of ``a`` are found that ``b`` hasn't."""
    a = np.ravel(a)
    positions = np.arange(a.size) if assume_unique else np.unique(a, return_index=True)[1]
    return positions[np.isin(a[positions], b, invert=True)]


@ours
def apart(a: Any, b: Any, *, assume_unique: bool = False) -> Any:
    """Return where the elements that only one of two arrays has are found, counted on from the first to the second."""
    a, b = np.ravel(a), np.ravel(b)
    of_a, of_b = (np.arange(x.size) if assume_unique else np.unique(x, return_index=True)[1] for x in (a, b))
    positions = np.concatenate([of_a, a.size + of_b])
    elements = np.concatenate([a[of_a], b[of_b]])
    order = np.argsort(elements, kind="stable")
    changes = np.concatenate([[True], elements[order][1:] != elements[order][:-1], [True]])
    return positions[order[changes[1:] & changes[:-1]]] if elements.size else positions


zero(common, without, apart, arrays=2)


@composite(np.union1d)
def union1d(ar1: Any, ar2: Any) -> Any:
    """Return the elements of either array."""
    return unique(both(ar1, ar2))


@composite(np.intersect1d)
def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """Return the elements that both arrays have, as the first has them."""
    positions = common(ar1, ar2, assume_unique=assume_unique)
    values = read(both(ar1, ar2), positions)
    return (values, positions, common(ar1, ar2, assume_unique=assume_unique, of=1)) if return_indices else values


@composite(np.setdiff1d)
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Return the elements of the first array that the second hasn't."""
    return read(np.ravel(ar1), without(ar1, ar2, assume_unique=assume_unique))


@composite(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Return the elements that only one of the arrays has."""
    return read(both(ar1, ar2), apart(ar1, ar2, assume_unique=assume_unique))


# -------------------------------------------------------------------------- orders


@ours
def order_by(*keys: Any, axis: int = -1) -> Any:
    """Return the order of elements by their keys, the last of which counts first."""
    return np.lexsort(keys, axis)


@ours
def flat_index(*positions: Any, dims: Any, mode: Any = "raise", order: str = "C") -> Any:
    """Return positions in an array of some shape as positions in the flattened array."""
    return np.ravel_multi_index(positions, dims, mode, order)  # type: ignore[arg-type]


for _fn in (order_by, flat_index):
    add(Row(_fn, "zero", keeps="", bind=as_given))


@composite(np.lexsort)
def _lexsort(keys: Any, axis: int = -1) -> Any:
    return order_by(*keys, axis=axis)


@composite(np.ravel_multi_index)
def _ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: str = "C") -> Any:
    return flat_index(*multi_index, dims=dims, mode=mode, order=order)


@composite(np.sort_complex)
def sort_complex(a: Any) -> Any:
    """Return the elements in order, by their real parts and then by their imaginary parts, as complex numbers."""
    found, kind = np.sort(a), dtype_of(a)
    if kind.kind == "c":
        return found
    return cast(found, {"g": "G"}.get(kind.char, "F" if kind.char in "bhBH" else "D"))


# ----------------------------------------------------------------------- trimming


@ours
def untrimmed(x: Any, *, axis: int, trim: str = "fb") -> Any:
    """Return the positions along an axis from the first to the last slice that isn't zero."""
    x = np.asarray(x)
    n = x.shape[axis]
    found = np.flatnonzero(np.any(x, axis=tuple(k for k in range(x.ndim) if k != axis)))
    if not found.size:
        return np.arange(0)
    return np.arange(found[0] if "f" in trim else 0, found[-1] + 1 if "b" in trim else n)


zero(untrimmed)


@composite(np.trim_zeros)
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """Return an array without the zeros that it begins and ends with."""
    trim = trim.lower()
    if trim not in ("fb", "bf", "f", "b"):
        raise ValueError(f"unexpected character(s) in `trim`: {trim!r}")
    n = np.ndim(filt)
    axes = range(n) if axis is None else np.lib.array_utils.normalize_axis_tuple(axis, n, "axis")
    key: list[Any] = [slice(None)] * n
    for k in axes:
        kept = untrimmed(filt, axis=k, trim=trim)
        if isinstance(kept, Var):
            found = kept.value
            bool(np.array_equal(kept, found))  # a branch: a replay that would trim otherwise is an error
            kept = found
        key[k] = slice(int(kept[0]), int(kept[-1]) + 1) if kept.size else slice(0, 0)
    return filt[key[0] if n == 1 else tuple(key)] if axes else filt  # a view, as NumPy has it
