"""Rules of the ufuncs of ``scipy.special``, and what of it SciPy doesn't dispatch, under SciPy's names.

Importing this fills the rule table; :data:`WITHOUT` names the ufuncs that have no rule, with the reasons.
"""

from tape.scipy.special import bessel, elementary, errors, hypergeometric, integrals
from tape.scipy.special.declaring import WITHOUT
from tape.scipy.special.gamma import multigammaln, polygamma
from tape.scipy.special.reductions import log_softmax, logsumexp, softmax

__all__ = [
    "WITHOUT",
    "bessel",
    "elementary",
    "errors",
    "hypergeometric",
    "integrals",
    "log_softmax",
    "logsumexp",
    "multigammaln",
    "polygamma",
    "softmax",
]

__tape__ = True
