"""Embedding: rows of a table, read by their numbers; the adjoints of rows that are read more than once add up."""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.errors import InputTypeError, ShapeError
from tape.primitive import ours
from tape.rule import general

__tape__ = True


def _kept(g: Any, indices: Any, padding_idx: int | None) -> Any:
    """Put zeros where the padding row was read."""
    return g if padding_idx is None else g * np.expand_dims(np.not_equal(indices, padding_idx), -1)


@ours
def take_rows(weight: Any, indices: Any, *, padding_idx: int | None = None) -> Any:
    """Return the rows of a table at the given numbers."""
    return np.take(weight, indices, axis=0)


@ours
def add_rows(g: Any, indices: Any, *, rows: int) -> Any:
    """Return a table of zeros, to whose rows those of ``g`` are added: the transpose of reading them."""
    g = np.asarray(g)
    out = np.zeros((rows, g.shape[-1]), g.dtype)
    _add(out, g, indices)
    return out


def _add(buffer: Any, g: Any, indices: Any) -> None:
    """Add rows to a table in place, in order of their numbers, each row's share summed up at once."""
    flat, g = np.reshape(indices, -1), np.reshape(g, (-1, g.shape[-1]))
    if flat.size == 0:
        return
    order = np.argsort(flat, kind="stable")
    ranked = flat[order]
    starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
    buffer[ranked[starts]] += np.add.reduceat(g[order], starts, axis=0)


def _into(buffer: Any, g: Any, weight: Any, indices: Any, *, padding_idx: int | None = None) -> None:
    _add(buffer, _kept(g, indices, padding_idx), indices)


general(
    take_rows,
    lambda g, y, weight, indices, *, padding_idx=None: add_rows(
        _kept(g, indices, padding_idx), indices, rows=np.shape(weight)[0]
    ),
    jvps=[lambda t, y, weight, indices, *, padding_idx=None: _kept(take_rows(t, indices), indices, padding_idx)],
    arrays=2,
    into=_into,
    keeps="1",
)
general(
    add_rows,
    lambda g, y, x, indices, *, rows: take_rows(g, indices),
    jvps=[lambda t, y, x, indices, *, rows: add_rows(t, indices, rows=rows)],
    arrays=2,
    keeps="1",
)


def embedding(indices: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """Return the rows of a table at the given numbers.

    Parameters
    ----------
    indices : array_like of int
        Of any shape ``(...)``; each from 0 to ``rows - 1``.
    weight : array_like
        The table, of shape ``(rows, size)``.
    padding_idx : int, optional
        A row that stays as it is: nothing flows into it. Negative numbers count from the end.

    Returns
    -------
    array
        Shape ``(..., size)``.

    Raises
    ------
    InputTypeError
        The indices aren't integers.
    IndexError
        An index, or the padding row, isn't in the table.
    """
    if np.ndim(weight) != 2:
        raise ShapeError(f"embedding: the table has shape {np.shape(weight)}, it must be (rows, size)")
    rows = np.shape(weight)[0]
    indices = whole(indices, "embedding: indices")
    if indices.size and (indices.min() < 0 or indices.max() >= rows):
        raise IndexError(
            f"embedding: indices from {indices.min()} to {indices.max()}, of a table of {rows} rows (0 to {rows - 1})"
        )
    if padding_idx is None:
        return take_rows(weight, indices)
    if not -rows <= padding_idx < rows:
        raise IndexError(f"embedding: padding_idx={padding_idx}, of a table of {rows} rows")
    return take_rows(weight, indices, padding_idx=padding_idx % rows)


def whole(values: Any, what: str) -> Any:
    """Return integers as an array, or refuse."""
    if type(values) is not np.ndarray:
        values = np.asarray(values, dtype=None if np.size(values) else np.intp)
    if values.dtype.kind not in "iu":
        raise InputTypeError(f"{what} of shape {values.shape} are {values.dtype}: they must be integers")
    return values


def one_hot(indices: Any, num_classes: int = -1) -> Any:
    """Return, for integers of shape ``(...)``, an integer array of shape ``(..., num_classes)``: 1 at each, else 0.

    Raises
    ------
    IndexError
        An index is negative, or ``num_classes`` or more.
    """
    indices = whole(indices, "one_hot: indices")
    if num_classes == -1:
        if not indices.size:
            raise ValueError("one_hot: num_classes can't be told from no indices at all: give it")
        num_classes = int(indices.max()) + 1
    if indices.size and (indices.min() < 0 or indices.max() >= num_classes):
        raise IndexError(f"one_hot: indices from {indices.min()} to {indices.max()} for {num_classes} classes")
    return (indices[..., None] == np.arange(num_classes)).astype(np.int64)
