"""Changes in place: telling that an array isn't any more what it was when the tape read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tape.errors import MutationError

if TYPE_CHECKING:
    from tape.record import Tape

__tape__ = True

ndarray = np.ndarray


SMALL = 1024
"""Bytes up to which an array is copied rather than summed."""

PRIME = 1021
"""Words in a row of the sum: a prime, so that no regular rearrangement of elements keeps to columns."""


def words(array: ndarray[Any, Any]) -> tuple[Any, Any] | None:
    """Return views of an array as rows of unsigned words, and of the words left over; None where it must be copied."""
    size = array.dtype.itemsize
    if array.nbytes <= SMALL or array.dtype.hasobject:
        return None
    if not array.flags.c_contiguous:
        if not array.flags.f_contiguous:
            return None
        array = array.T
    kind = "u8" if array.nbytes % 8 == 0 else f"u{size}" if size in (1, 2, 4) else "u1"
    flat = array.reshape(-1).view(kind)
    whole = flat.size // PRIME * PRIME
    return flat[:whole].reshape(-1, PRIME), flat[whole:]


def fingerprint(array: ndarray[Any, Any], views: tuple[Any, Any] | None) -> bytes:
    """Return bytes that differ, but for a freak, when an array's contents differ: a column sum of its words.

    Small arrays are copied, and so are those with gaps. Others are summed, in rows of a prime length, so that a changed
    element always shows and moved elements show unless they move by a multiple of that prime; it costs one reading.
    """
    if views is None:
        return array.tobytes()
    rows, rest = views
    return np.add.reduce(rows, axis=0).tobytes() + rest.tobytes()


def guard(t: Tape, array: ndarray[Any, Any], index: int) -> None:
    """Remember what an array of the user's looked like when an entry read it."""
    key = id(array)
    known = t._guards.get(key)
    if known is None:
        views = words(array)
        t._guards[key] = (array, views, fingerprint(array, views), index)
    elif known[1] is None and array.tobytes() != known[2]:
        raise changed(t, array, known[3])


def verify(t: Tape) -> None:
    """Check that no array that the tape has read was changed since.

    Raises
    ------
    MutationError
        Naming the entry that read the array, and its line.
    """
    for array, views, before, index in t._guards.values():
        if fingerprint(array, views) != before:
            raise changed(t, array, index)


def changed(t: Tape, array: ndarray[Any, Any], index: int) -> MutationError:
    """Return the error for an array that was changed after an entry had read it."""
    entry = t.entries[index]
    return MutationError(
        f"an array of shape {array.shape}, {array.dtype}, was changed in place after entry {entry.describe()} had"
        " read it: its derivative would be that of another program. Give the tape a copy (array.copy()), or change it"
        " after the sweep"
    )
