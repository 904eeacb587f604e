"""What the tests made from the rule table leave out: by function and sample, with the reason."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tape.nn import activations, tables

Samples = dict[Any, tuple[str, Callable[..., bool]]]
"""Function to the reason, and which of its samples are concerned: a function of the sample's arguments and options."""

NO_TWIN: dict[Any, str] = {}
"""Functions that torch has nothing like, or that only ever stand within a rule."""

OTHER_IN_TORCH: Samples = {
    np.arctan2: (
        "torch squares what it divides by, which overflows",
        lambda a, b: np.max(np.abs(a), initial=0) > 1e150,
    ),
    np.sinc: ("torch's formula cancels near zero", lambda x: 0 < np.max(np.abs(x), initial=0) < 0.1),
}
"""What torch gives by another convention, or less accurately."""

NOT_DERIVATIVE: Samples = {
    tables.take_rows: (
        "a padding row is shut off from the adjoint by definition",
        lambda *_, padding_idx=None: padding_idx is not None,
    ),
}
"""What is not the derivative of its value, and isn't meant to be."""

NOT_TWICE: Samples = {}
"""What is differentiated once only."""

DOUBLE: Samples = {
    activations._prelu: (
        "a weight that is a Python number is weak in the value, not in the mask",
        lambda x, w: type(w) is float,
    ),
}
"""Rules that compute in double precision, though arguments and result are in single precision."""
