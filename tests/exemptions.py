"""What the tests made from the rule table leave out, by name and with the reason."""

from typing import Any

import numpy as np

NO_TWIN: dict[Any, str] = {}
"""Functions that torch has nothing like, or that only ever stand within a rule."""

OTHER_IN_TORCH: dict[Any, str] = {}
"""Functions whose derivative torch gives by another convention, or wrongly, at some sample: the rest is compared elsewhere."""

NOT_TWICE: dict[Any, str] = {}
"""Functions that are differentiated once only."""

ARGUMENT_OF_DOUBLE: dict[Any, str] = {
    np.float_power: "computes in double precision, whatever it is given",
}
"""Functions whose rules compute in double precision for arguments of single precision."""
