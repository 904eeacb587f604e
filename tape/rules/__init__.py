"""The rule table, a file a family: importing this package fills :data:`tape.rule.TABLE`."""

from tape.rules import elementwise, indexing, linalg, reductions, shape
from tape.var import install_operators

__all__ = ["elementwise", "indexing", "linalg", "reductions", "shape"]

install_operators()
