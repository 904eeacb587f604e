"""The oracle: programs, compared gradient by gradient with torch.autograd under derived tolerances.

``compare(t, y)`` compares a recorded program, ``random_network(seed)`` draws one, ``script(t, y)`` writes one down as a
program that shows a disagreement, and ``@twin(f)`` names the torch function that computes what a primitive does.
"""

from tape.oracle.comparison import compare as compare
from tape.oracle.networks import Network as Network
from tape.oracle.networks import random_network as random_network
from tape.oracle.report import Comparison as Comparison
from tape.oracle.report import Disagreement as Disagreement
from tape.oracle.report import Gradient as Gradient
from tape.oracle.reproducer import script as script
from tape.program.torch import twin as twin

__tape__ = True
