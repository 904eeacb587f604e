"""Every way that tape refuses to guess, each with a type of its own.

All of them derive from :class:`TapeError`, so that ``except tape.TapeError`` catches what the library
says and nothing else; those that are also a wrong type or a wrong value derive from Python's own as well.
"""


class TapeError(Exception):
    """Whatever tape refuses to do because the result would be wrong, or a guess."""


class NonScalarError(TapeError, ValueError):
    """A sweep from an output with several elements, and no seed to weigh them."""


class SeedError(TapeError, ValueError):
    """A seed or tangent that doesn't have its primal's shape."""


class InputTypeError(TapeError, TypeError):
    """An input that has no derivative: integers, booleans, strings, objects."""


class ComplexOutputError(TapeError, TypeError):
    """``grad`` of a complex output, which has no one direction of steepest ascent."""


class OutputTypeError(TapeError, TypeError):
    """A result that isn't made of numbers: a string, a function, an object."""


class NoRuleError(TapeError, NotImplementedError):
    """A function that no rule is declared for, met while recording or sweeping."""


class RuleError(TapeError, ValueError):
    """A rule that returned something else than a contribution to each argument, or a tangent of the result."""


class OptionError(TapeError, NotImplementedError):
    """An option that the function's rule doesn't know, such as ``out=``."""


class MutationError(TapeError, RuntimeError):
    """An array that was changed in place after the tape had recorded it."""


class InPlaceError(TapeError, TypeError):
    """A write into a recorded variable, which would change what the tape has read."""


class DetachError(TapeError, RuntimeError):
    """A conversion (``float``, ``np.asarray``, ...) that would cut a recorded variable off its tape."""


class IndependentError(TapeError, ValueError):
    """A result that doesn't depend on an input whose derivative was asked for."""


class MixedTapesError(TapeError, RuntimeError):
    """One call on variables of two tapes."""


class ClosedTapeError(TapeError, RuntimeError):
    """A variable that outlived the derivative that made it, or a tape that was swept away."""


class ShapeError(TapeError, ValueError):
    """Arrays and hyperparameters whose shapes don't fit together; the message names them and the way out."""


class ReplayError(TapeError, RuntimeError):
    """A replay whose branches, shapes or types aren't those of the recording."""


class DegenerateError(TapeError, ArithmeticError):
    """A point where the derivative that was asked for is undefined."""


class MissingExtraError(TapeError, ImportError):
    """An optional dependency that isn't installed; the message names the extra."""


class NoTwinError(TapeError, NotImplementedError):
    """A function without a twin in the library that a tape is to be replayed in."""


class SourceError(TapeError, ValueError):
    """A tape that can't be written as source: a function or a value in it has no name or literal."""


class WrongDerivativeError(TapeError, AssertionError):
    """A derivative that a check of :mod:`tape.check` found wrong; the message names the worst element."""
