"""Break a rule on purpose, to see that the comparison finds it: the test of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def find(name: str) -> list[Any]:
    """Return the rows of a function by its printed name, as ``np.tanh`` or ``tape.nn.conv2d``."""
    import tape.nn  # noqa: F401  the rows of networks
    from tape.rule import TABLE

    rows = {id(row): row for row in TABLE.values() if row.name == name and (row.vjps or row.joint)}
    return list(rows.values())


def wrong(rule: Callable[..., Any], factor: float) -> Callable[..., Any]:
    """Return a rule whose contributions are too large by a factor."""

    def broken(g: Any, *args: Any, **options: Any) -> Any:
        return rule(g * factor, *args, **options)

    return broken


@contextmanager
def planted(name: str | None, factor: float = 1.001) -> Iterator[None]:
    """Make the VJP of a function too large by a factor while the block runs; do nothing without a name."""
    from tape.rule import PLAN

    if name is None:
        yield
        return
    rows = [row for found in find(name) for row in {id(r): r for r in (found, found.plain)}.values()]
    before = [(row, row.vjps, row.joint, row.into, row.vjp0, row.vjp1, PLAN[row.id]) for row in rows]
    try:
        for row in rows:
            row.vjps = tuple(rule and wrong(rule, factor) for rule in row.vjps)
            row.joint = row.joint and wrong(row.joint, factor)
            row.into = None
            row.vjp0 = row.vjps[0] if row.vjps else None
            row.vjp1 = row.vjps[1] if len(row.vjps) > 1 else None
            PLAN[row.id] = (PLAN[row.id][0], row.vjp0, row.vjp1)
        yield
    finally:
        for row, vjps, joint, into, vjp0, vjp1, plan in before:
            row.vjps, row.joint, row.into, row.vjp0, row.vjp1 = vjps, joint, into, vjp0, vjp1
            PLAN[row.id] = plan
