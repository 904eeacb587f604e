"""Changes in place: telling that an array isn't any more what it was when the tape read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tape.errors import MutationError

if TYPE_CHECKING:
    from tape.record import Tape

__tape__ = True

ndarray = np.ndarray


def fingerprint(array: ndarray[Any, Any]) -> bytes:
    """Return bytes that differ, but for a freak, when an array's contents differ: a column sum of its words.

    Small arrays are copied. Large ones are summed as unsigned words, in rows of a prime length, so that a changed
    element always shows and moved elements show unless they move by a multiple of that prime; it costs one reading.
    """
    if array.nbytes <= 1024:
        return array.tobytes()
    size = array.dtype.itemsize
    if not array.flags.c_contiguous or array.nbytes % 8:
        if size not in (1, 2, 4, 8) or array.dtype.hasobject:
            return array.tobytes()
        if not array.flags.c_contiguous:
            array = array.T if array.flags.f_contiguous else np.ascontiguousarray(array)
        words = array.reshape(-1).view(f"u{size}")
    else:
        words = array.reshape(-1).view("u8")
    whole = words.size // 1021 * 1021
    columns = np.add.reduce(words[:whole].reshape(-1, 1021), axis=0, dtype=words.dtype)
    return columns.tobytes() + words[whole:].tobytes()


def guard(t: Tape, array: ndarray[Any, Any], index: int) -> None:
    """Remember what an array of the user's looked like when an entry read it."""
    key = id(array)
    known = t._guards.get(key)
    if known is None:
        t._guards[key] = (array, fingerprint(array), index)
    elif array.nbytes <= 1024 and array.tobytes() != known[1]:
        raise changed(t, array, known[2])


def verify(t: Tape) -> None:
    """Check that no array that the tape has read was changed since.

    Raises
    ------
    MutationError
        Naming the entry that read the array, and its line.
    """
    for array, print_, index in t._guards.values():
        if fingerprint(array) != print_:
            raise changed(t, array, index)


def changed(t: Tape, array: ndarray[Any, Any], index: int) -> MutationError:
    """Return the error for an array that was changed after an entry had read it."""
    entry = t.entries[index]
    return MutationError(
        f"an array of shape {array.shape}, {array.dtype}, was changed in place after entry {entry.describe()} had"
        f" read it:"
        " its derivative would be that of another program. Give the tape a copy (array.copy()), or change it after"
        " the sweep"
    )
