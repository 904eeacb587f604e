"""Changes in place are found in arrays of every size, layout and type."""

import numpy as np
import pytest

import tape
from tape.guard import CHECKED_AT_USE, COPIED, fingerprint, unchanged, words

SIZES = [CHECKED_AT_USE // 16, COPIED // 16, COPIED // 8 + 8, 3 * COPIED // 8]
"""Of doubles: checked at use, copied, summed, and summed in several rows."""

LAYOUTS = {
    "contiguous": lambda x: x,
    "Fortran": lambda x: np.asfortranarray(x.reshape(2, -1)),
    "strided": lambda x: np.repeat(x, 2)[::2],
    "reversed": lambda x: x[::-1],
}


def first(x):
    x.flat[0] = np.nextafter(x.flat[0], 9)


def last(x):
    x.flat[-1] += 1


def reversed_in_place(x):
    x[...] = x[..., ::-1].copy()


@pytest.mark.parametrize("change", [first, last, reversed_in_place])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", SIZES)
def test_a_change_is_found_by_the_sweep(size, layout, change):
    c = LAYOUTS[layout](np.random.default_rng(size).normal(size=size))
    t = tape.Tape()
    y = np.sum(t.input(np.ones_like(c), name="x") * c)
    t.sweep(y)  # nothing has changed
    change(c)
    with pytest.raises(tape.MutationError, match="entry #1 operator.mul"):
        t.sweep(y)


def test_a_small_array_is_compared_when_it_is_read_again():
    t, c = tape.Tape(), np.ones(CHECKED_AT_USE // 8)
    x = t.input(np.ones_like(c))
    _ = x * c
    c[3] = 2
    with pytest.raises(tape.MutationError):
        _ = x + c


@pytest.mark.parametrize(
    "array",
    [
        np.array(3.0),
        np.array(7),
        np.array([5]),
        np.zeros((0, 3)),
        np.arange(3.0, dtype=np.longdouble),
        np.arange(3.0).astype(">f8"),
        np.arange(3).astype("M8[D]"),
        np.array([True, False]),
        np.arange(3) + 1j,
        np.arange(6.0, dtype=np.float16)[::2],
    ],
    ids=lambda a: f"{a.dtype}{a.shape}",
)
def test_fingerprints_of_every_type(array):
    before = fingerprint(array, words(array))
    assert unchanged(array, words(array), before)
    if array.size:
        other = array.copy()
        other.flat[0] = other.flat[0] ^ True if array.dtype == bool else other.flat[0] + 1
        assert not unchanged(other, words(other), before)
