"""Check derivatives without another library: by identities, orders of convergence, complex steps and differences.

A sweep in reverse and one forwards must agree (:func:`dot_product`); a Taylor remainder must shrink with the square of
the step (:func:`taylor`); differences must come close (:func:`gradient`). :func:`rule` puts a rule of one's own through
all of it.

Every float, complex number and array of them among the arguments is moved, within containers, too; the rest is held.
Where nothing is left to move, that is an error: a check that compares nothing passes everything.
"""

from tape.check.identities import dot_product, taylor
from tape.check.numerical import complex_step, differences, gradient
from tape.check.rules import rule

__all__ = ["complex_step", "differences", "dot_product", "gradient", "rule", "taylor"]

__tape__ = True
