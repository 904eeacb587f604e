"""Changes in place: telling that an array isn't any more what it was when the tape read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tape.errors import MutationError

if TYPE_CHECKING:
    from tape.record import Tape

__tape__ = True

ndarray = np.ndarray


COPIED = 1 << 16
"""Bytes up to which an array is copied, and compared byte for byte: cheaper there than a sum, and exact."""

CHECKED_AT_USE = 1 << 10
"""Bytes up to which the comparison is made whenever the array is read again, and not by the sweep alone."""

PRIME = 1021
"""Words in a row of the sum: a prime, so that no regular rearrangement of elements keeps to columns."""

same = bytearray.__eq__
"""Compare a copy with an array of one piece where it lies: one pass, no second copy."""


def words(array: ndarray[Any, Any]) -> tuple[Any, Any] | None:
    """Return views of an array as rows of unsigned words, and of the words left over; None where it must be copied."""
    size = array.dtype.itemsize
    if array.nbytes <= COPIED or array.dtype.hasobject:
        return None
    if not array.flags.c_contiguous:
        if not array.flags.f_contiguous:
            return None
        array = array.T
    kind = "u8" if array.nbytes % 8 == 0 else f"u{size}" if size in (1, 2, 4) else "u1"
    flat = array.reshape(-1).view(kind)
    whole = flat.size // PRIME * PRIME
    return flat[:whole].reshape(-1, PRIME), flat[whole:]


def fingerprint(array: ndarray[Any, Any], views: tuple[Any, Any] | None) -> bytes | bytearray:
    """Return bytes that differ, but for a freak, when an array's contents differ: a copy, or a column sum of its words.

    Small arrays are copied, and so are those with gaps. Others are summed, in rows of a prime length, so that a changed
    element always shows and moved elements show unless they move by a multiple of that prime; it costs one reading.
    """
    if views is None:
        try:
            return bytearray(array.data)
        except ValueError:  # gaps are fine, dates have no buffer
            return bytearray(array.tobytes())
    rows, rest = views
    return np.add.reduce(rows, axis=0).tobytes() + rest.tobytes()


def unchanged(array: ndarray[Any, Any], views: tuple[Any, Any] | None, before: bytes | bytearray) -> bool:
    """Tell whether an array still has the fingerprint that it had."""
    if views is None:
        found = same(before, array)  # type: ignore[arg-type]
        return found if found is not NotImplemented else array.tobytes() == before  # gaps, types without a buffer
    return fingerprint(array, views) == before


def guard(t: Tape, array: ndarray[Any, Any], index: int) -> None:
    """Remember what an array of the user's looked like when an entry read it."""
    key = id(array)
    known = t._guards.get(key)
    if known is None:
        views = words(array) if array.nbytes > COPIED else None
        t._guards[key] = (array, views, fingerprint(array, views), index)
    elif array.nbytes <= CHECKED_AT_USE and not unchanged(array, known[1], known[2]):
        raise changed(t, array, known[3])


def verify(t: Tape) -> None:
    """Check that no array that the tape has read was changed since.

    Raises
    ------
    MutationError
        Naming the entry that read the array, and its line.
    """
    for array, views, before, index in t._guards.values():
        if not unchanged(array, views, before):
            raise changed(t, array, index)


def changed(t: Tape, array: ndarray[Any, Any], index: int) -> MutationError:
    """Return the error for an array that was changed after an entry had read it."""
    entry = t.entries[index]
    return MutationError(
        f"an array of shape {array.shape}, {array.dtype}, was changed in place after entry {entry.describe()} had"
        " read it: its derivative would be that of another program. Give the tape a copy (array.copy()), or change it"
        " after the sweep"
    )
