"""Reverse-mode automatic differentiation on a Wengert tape, for NumPy.

A tape records the NumPy calls that a program makes; a sweep over it, backwards, gives the derivative of a result with
respect to every value on the way::

    import numpy as np, tape

    gradient = tape.grad(lambda w, x: np.sum(np.tanh(x @ w) ** 2))

    t = tape.Tape()  # the same thing, in the open
    x = t.input([2.0, 5.0], name="x")
    y = np.log(x[0]) + x[0] * x[1] - np.sin(x[1])
    adjoints = t.sweep(y)
"""

from tape import record as _record
from tape import rules as _rules
from tape.adjoints import Adjoints, Contribution
from tape.containers import register_dataclass
from tape.diagnose.kinks import kinks
from tape.diagnose.nonfinite import first_nonfinite
from tape.entry import Entry
from tape.errors import (
    ClosedTapeError,
    ComplexOutputError,
    DegenerateError,
    DetachError,
    IndependentError,
    InPlaceError,
    InputTypeError,
    MissingExtraError,
    MixedTapesError,
    MutationError,
    NonScalarError,
    NoRuleError,
    NoTwinError,
    OptionError,
    OutputTypeError,
    ReplayError,
    RuleError,
    SeedError,
    ShapeError,
    SourceError,
    TapeError,
)
from tape.primitive import primitive
from tape.record import Tape, scope
from tape.rules.writing import array, empty, full, ones, zeros
from tape.transforms import checkpoint, grad, hessian, hvp, jacobian, jvp, stop_gradient, value_and_grad, vjp
from tape.var import Var
from tape.vectorize import vectorize

__version__ = "0.1.0"

__all__ = [
    "Adjoints",
    "ClosedTapeError",
    "ComplexOutputError",
    "Contribution",
    "DegenerateError",
    "DetachError",
    "Entry",
    "InPlaceError",
    "IndependentError",
    "InputTypeError",
    "MissingExtraError",
    "MixedTapesError",
    "MutationError",
    "NoRuleError",
    "NoTwinError",
    "NonScalarError",
    "OptionError",
    "OutputTypeError",
    "ReplayError",
    "RuleError",
    "SeedError",
    "ShapeError",
    "SourceError",
    "Tape",
    "TapeError",
    "Var",
    "array",
    "checkpoint",
    "empty",
    "first_nonfinite",
    "full",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "kinks",
    "ones",
    "primitive",
    "register_dataclass",
    "scope",
    "stop_gradient",
    "value_and_grad",
    "vectorize",
    "vjp",
    "zeros",
]

del _record, _rules  # imported in this order, for the rules fill the table
