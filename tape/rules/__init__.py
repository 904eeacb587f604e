"""The rule table, a file a family: importing this package fills :data:`tape.rule.TABLE`."""

from tape.rules import (
    cumulative,
    einsum,
    elementwise,
    indexing,
    joining,
    linalg,
    reductions,
    selecting,
    shape,
    sorting,
    special,
)
from tape.var import install_operators

__all__ = [
    "cumulative",
    "einsum",
    "elementwise",
    "indexing",
    "joining",
    "linalg",
    "reductions",
    "selecting",
    "shape",
    "sorting",
    "special",
]

install_operators()
