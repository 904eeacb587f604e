"""What the tests made from the rule table leave out: by function and sample, with the reason."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tape.nn import activations, tables
from tape.rules import norms
from tape.rules.solving import least_squares
from tape.scipy.special import lambert
from tests.samples.base import Case
from tests.samples.scipy_special import ELSEWHERE, NOISY, ONCE, WITHOUT_TWIN

Samples = dict[Any, tuple[str, Callable[..., bool]]]
"""Function to the reason, and which of its samples are concerned: a function of the sample's arguments and options."""

NO_TWIN: dict[Any, str] = {
    **WITHOUT_TWIN,
    norms.power_norm: "it stands within the rule of np.linalg.norm",
}
"""Functions that torch has nothing like, or that only ever stand within a rule."""

OTHER_IN_TORCH: Samples = {
    np.arctan2: (
        "torch squares what it divides by, which overflows",
        lambda a, b: np.max(np.abs(a), initial=0) > 1e150,
    ),
    np.linalg.pinv: (
        "torch takes what a tolerance cuts off for zero: see test_singular",
        lambda a, rcond=None, rtol=None: 0.2 in (rcond, rtol),
    ),
    least_squares: (
        "torch's pinv takes what a tolerance cuts off for zero: see test_singular",
        lambda a, b, rcond=None: rcond == 0.2,
    ),
    np.sinc: ("torch's formula cancels near zero", lambda x: 0 < np.max(np.abs(x), initial=0) < 0.1),
    **ELSEWHERE,
}
"""What torch gives by another convention, or less accurately."""

NOT_DERIVATIVE: Samples = {
    tables.take_rows: (
        "a padding row is shut off from the adjoint by definition",
        lambda *_, padding_idx=None: padding_idx is not None,
    ),
}
"""What is not the derivative of its value, and isn't meant to be."""

NOT_DERIVATIVE |= NOISY

HERMITIAN = (
    "of a Hermitian matrix NumPy reads one triangle, and the adjoint is shared by both: see test_decompositions",
    lambda *_, **__: True,
)
NOT_DERIVATIVE |= dict.fromkeys((np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh), HERMITIAN)

NOT_TWICE: Samples = {**dict.fromkeys((np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh), HERMITIAN), **ONCE}
"""What is differentiated once only."""

DOUBLE: Samples = {
    activations._prelu: (
        "a weight that is a Python number is weak in the value, not in the mask",
        lambda x, w: type(w) is float,
    ),
}
"""Rules that compute in double precision, though arguments and result are in single precision."""

HELD: dict[Any, tuple[str, Callable[..., list[int]]]] = {
    np.power: (
        "negative numbers have no derivative in the exponent, and zero none of its powers below one",
        lambda x, p: [1] if np.any(np.less(x, 0)) else [0] if np.all(np.equal(x, 0)) else [],
    ),
    lambert.above_branch: ("the branch's value goes with the first argument", lambda z, k, w: [2]),
}
"""Function to the reason and the arguments that aren't differentiated: a function of the sample's arguments."""


def exempt(table: Samples, fn: Any, sample: Case) -> str | None:
    """Return why a sample is left out, if it is."""
    reason, concerned = table.get(fn, ("", None))
    return reason if concerned is not None and concerned(*sample.args, **sample.options) else None


def skip(table: Samples, fn: Any, sample: Case) -> None:
    """Leave a test out, where the sample is exempt from it."""
    reason = exempt(table, fn, sample)
    if reason:
        pytest.skip(reason)
