"""A recorded tape, reduced to what recording without keeping values would have kept."""

from __future__ import annotations

from tape.entry import PLAIN_BINARY_LENGTH, PLAIN_UNARY_LENGTH, Abstract, abstract
from tape.record import ALIAS, INPUT, Tape
from tape.rule import ROWS

__tape__ = True


def residuals(t: Tape, last: int) -> Tape:
    """Return a copy of a tape that holds what recording without keeping values would have kept."""
    u = Tape(keep="residuals")
    for entry in t._log[: last + 1]:
        row = ROWS[entry[0]]
        if len(entry) == PLAIN_UNARY_LENGTH:
            number, a, x, y, lasti = entry
            entry = (number, a, x if row.saves0 else None, y if row.saves_y else None, lasti)
        elif len(entry) == PLAIN_BINARY_LENGTH:
            number, a, b, x, z, y, lasti = entry
            entry = (
                number,
                a,
                b,
                x if row.saves0 else None,
                z if row.saves1 else None,
                y if row.saves_y else None,
                lasti,
            )
        elif row is not INPUT:
            number, refs, raws, y, lasti, options = entry
            kept = tuple(
                raw if a < 0 or row.saves is None or k in row.saves or type(raw) is Abstract else abstract(raw)
                for k, (a, raw) in enumerate(zip(refs, raws, strict=True))
            )
            entry = (number, refs, kept, y if row.saves_y or row is ALIAS else abstract(y), lasti, options)
        u._log.append(entry)
    return u
