"""SciPy, differentiated: importing this package gives the functions of ``scipy.special`` their rules.

These are NumPy ufuncs, so that ``scipy.special.gammaln(x)`` of a variable records itself. What SciPy doesn't dispatch
stands here under SciPy's own names, to be imported in place of SciPy's: ``from tape.scipy.special import logsumexp``.
``docs/reference/scipy.md`` lists it all.
"""

from tape.errors import MissingExtraError

try:
    import scipy as _scipy
except ImportError as error:
    raise MissingExtraError("tape.scipy needs SciPy, which is an extra: pip install 'tape[scipy]'") from error

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

from tape.scipy import special

__all__ = ["integrate", "linalg", "optimize", "signal", "sparse", "special", "stats"]

__tape__ = True

del _scipy

if TYPE_CHECKING:
    from tape.scipy import integrate, linalg, optimize, signal, sparse, stats
else:

    def __getattr__(name: str):
        """Import one of SciPy's rooms when it is first named."""
        if name in __all__:
            return _import_module(f"tape.scipy.{name}")
        raise AttributeError(f"module 'tape.scipy' has no attribute {name!r}: it has {', '.join(__all__)}")

    def __dir__():
        """List the rooms, too."""
        return sorted({*globals(), *__all__})
