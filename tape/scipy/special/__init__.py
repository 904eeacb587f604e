"""Rules of the ufuncs of ``scipy.special``, and what of it SciPy doesn't dispatch, under SciPy's names.

Importing this fills the rule table.
"""

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from tape.rule import TABLE, widen
from tape.scipy.lacking import lacking
from tape.scipy.special import densities, incomplete
from tape.scipy.special.gammas import multigammaln, polygamma
from tape.scipy.special.reductions import log_softmax, logsumexp, softmax

__all__ = ["log_softmax", "logsumexp", "multigammaln", "polygamma", "softmax"]

__tape__ = True

for _room in (
    *("bessel", "bessel_kin", "carlson", "distributions", "elementary", "errors", "freedom", "hypergeometric"),
    *("integrals", "kolmogorov_smirnov", "lambert", "mathieu", "polynomials", "spheroidal", "wright", "voigt", "zetas"),
):
    import_module(f"{__name__}.{_room}")  # for the rows that it declares

if not TYPE_CHECKING:
    __getattr__ = lacking("special")

for _fn, _row in list(TABLE.items()):  # of NumPy's own ufuncs, those that need it say so
    if isinstance(_fn, np.ufunc) and _row.arrays > 1 and not hasattr(np, _fn.__name__):
        widen(_row, "integers")
for _fn in (densities.beta_density, densities.gamma_density, incomplete.beta_in_shapes, incomplete.gamma_in_shape):
    widen(TABLE[_fn], "integers")
