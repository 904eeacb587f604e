"""SciPy, differentiated: importing this package gives the functions of ``scipy.special`` their rules.

These are NumPy ufuncs, so that ``scipy.special.gammaln(x)`` of a variable records itself. What SciPy doesn't dispatch
stands here under SciPy's own names, to be imported in place of SciPy's: ``from tape.scipy.special import logsumexp``.
"""

from tape.errors import MissingExtraError

try:
    import scipy as _scipy
except ImportError as error:
    raise MissingExtraError("tape.scipy needs SciPy, which is an extra: pip install 'tape[scipy]'") from error

from tape.scipy import special

__all__ = ["special"]

__tape__ = True

del _scipy
