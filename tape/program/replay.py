"""Replay: running a tape's calls again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tape.record import Tape

__tape__ = True


def drop(t: Tape, start: int, stop: int) -> None:
    """Drop the values of a stretch of the tape but for those that it was given from before; replaying restores them."""
    from tape.record import abstract, unpack

    log = t._log
    for i in range(start, stop):
        row, refs, raws, y, lasti, options = unpack(log[i])
        if refs:
            kept = tuple(raw if a < start else abstract(raw) for a, raw in zip(refs, raws, strict=True))
            log[i] = (row.base.id, refs, kept, abstract(y), lasti, options)
    t._checkpoints.append((start, stop))


def recompute(t: Tape, start: int, stop: int) -> None:
    """Compute again, in order, the values that :func:`drop` dropped."""
    from tape.record import unpack

    log = t._log
    values: dict[int, Any] = {}
    for i in range(start, min(stop, len(log))):
        row, refs, raws, y, lasti, options = unpack(log[i])
        if refs:
            raws = tuple(raw if a < start else values[a] for a, raw in zip(refs, raws, strict=True))
            y = row.call(*raws, **(options or {}))
            log[i] = (row.id, refs, raws, y, lasti, options)
        values[i] = y
