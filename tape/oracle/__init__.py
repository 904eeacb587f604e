"""The oracle: random networks, compared gradient by gradient with torch.autograd under derived tolerances."""

from tape.oracle.comparison import compare as compare
from tape.oracle.networks import Network as Network
from tape.oracle.networks import random_network as random_network
from tape.oracle.report import Comparison as Comparison
from tape.oracle.report import Disagreement as Disagreement
from tape.oracle.report import Gradient as Gradient
from tape.oracle.reproducer import script as script

__tape__ = True
