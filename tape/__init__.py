"""Reverse-mode automatic differentiation on a Wengert tape, for NumPy.

A tape records the NumPy calls that a program makes; a sweep over it, backwards, gives the derivative of a result with
respect to every value on the way::

    import numpy as np, tape

    gradient = tape.grad(lambda w, x: np.sum(np.tanh(x @ w) ** 2))

    t = tape.Tape()  # the same thing, in the open
    x = t.input([2.0, 5.0], name="x")
    y = np.log(x[0]) + x[0] * x[1] - np.sin(x[1])
    adjoints = t.sweep(y)

The rooms beside it, ``tape.check``, ``tape.nn``, ``tape.oracle``, ``tape.scipy`` and others, are imported when they are
first named: SciPy and torch aren't, before they are used.
"""

from importlib import import_module as _import_module
from importlib.util import find_spec as _find_spec
from typing import TYPE_CHECKING

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
    WrongDerivativeError,
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
    "WrongDerivativeError",
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

if TYPE_CHECKING:
    from tape import check as check
    from tape import coverage as coverage
    from tape import diagnose as diagnose
    from tape import nn as nn
    from tape import oracle as oracle
    from tape import program as program
    from tape import scipy as scipy
    from tape import show as show
else:  # a type checker that saw this would take any name for one of ours
    _ROOMS = ("check", "coverage", "diagnose", "nn", "oracle", "program", "scipy", "show")

    def __getattr__(name: str):
        """Import a room of the library when it is first named."""
        if name in _ROOMS:
            return _import_module(f"tape.{name}")
        from difflib import get_close_matches

        near = get_close_matches(name, [*__all__, *_ROOMS], n=1)
        hint = f": did you mean tape.{near[0]}?" if near else ""
        # Without a name, lest Python add a guess of its own, among what isn't public.
        raise AttributeError(f"module 'tape' has no attribute {name!r}{hint}", name=None)

    def __dir__():
        """List the rooms, too, but for those that lack what they need."""
        lacking = set() if _find_spec("scipy") else {"scipy"}
        return sorted({*globals(), *_ROOMS} - lacking)
