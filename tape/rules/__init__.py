"""The rule table, a file a family: importing this package fills :data:`tape.rule.TABLE`."""

from tape.rules import cumulative, elementwise, indexing, linalg, reductions, shape, sorting, special
from tape.var import install_operators

__all__ = ["cumulative", "elementwise", "indexing", "linalg", "reductions", "shape", "sorting", "special"]

install_operators()
