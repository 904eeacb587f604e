"""Reverse-mode automatic differentiation on a Wengert tape, for NumPy."""

from tape import record as _record, rules as _rules  # noqa: F401  the rules fill the table
from tape.errors import *  # noqa: F403
from tape.primitive import primitive
from tape.record import Entry, Tape, scope
from tape.sweep import Adjoints, Contribution
from tape.transforms import (
    checkpoint,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    register_dataclass,
    stop_gradient,
    value_and_grad,
    vjp,
)
from tape.var import Var
