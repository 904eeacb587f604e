"""Every sample of every row, run in NumPy and, by its twin, in torch: the same values.

That the adjoints are the same as well, tests/test_rules.py tests.
"""

import importlib
import pkgutil

import numpy as np
import pytest

import tape
from tape.entry import dtype_of
from tape.program import torch as engine
from tape.record import enter
from tape.rule import TABLE
from tape.rules import decompositions
from tests import samples
from tests.exemptions import OTHER_IN_TORCH, skip
from tests.samples.base import SAMPLES

pytest.importorskip("torch")
for _module in pkgutil.iter_modules(samples.__path__):
    importlib.import_module(f"tests.samples.{_module.name}")
engine.library()

FREE = {np.linalg.eigh, np.linalg.eig, decompositions.thin_svd}
"""Whose vectors have a sign, or a phase, that each library chooses: their absolute values are compared."""

CASES = [
    (fn, k)
    for fn in SAMPLES
    if fn in TABLE and fn in engine.TWINS
    for k in range(len(SAMPLES[fn]))
    if type(SAMPLES[fn][k].args[0]) is not tuple
]


def differentiable(value):
    return isinstance(value, (float, complex, np.ndarray, np.inexact)) and dtype_of(value).kind in "fc"


def recorded(fn, sample):
    """Record one call: its float arguments are inputs."""
    t = tape.Tape()
    row = TABLE[fn]
    args = [t.input(a) if differentiable(a) else a for a in sample.args]
    raws = [getattr(a, "value", a) for a in args]
    refs = [getattr(a, "_index", -1) for a in args]
    return t, enter(t, row, refs, raws, dict(sample.options), row.call(*raws, **sample.options), None)


def parts(value):
    return value if isinstance(value, tuple) else (value,)


def close(ours, theirs, what):
    """Compare arrays: equal NaNs, and differences small beside the largest element."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, what
    # Sums of at most some hundred terms and functions right to a few units in the last place: 1e3 units are ample, and
    # a wrong formula is wrong by far more. Where the result cancels, the error is one of what was cancelled.
    eps = np.finfo(ours.dtype).eps if ours.dtype.kind in "fc" else 0
    known = np.abs(theirs[np.isfinite(theirs)]) if theirs.size else np.zeros(0)
    atol = 1e3 * eps * max(1.0, float(known.max(initial=0)))
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=atol, err_msg=what)


@pytest.mark.parametrize(("fn", "k"), CASES, ids=[f"{TABLE[fn].name}-{k}" for fn, k in CASES])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_twin_computes_what_the_primitive_computes(fn, k):
    sample, row = SAMPLES[fn][k], TABLE[fn]
    skip(OTHER_IN_TORCH, fn, sample)
    t, y = recorded(fn, sample)
    found = engine.replay(t)
    for ours, theirs in zip(parts(y._value), parts(found.values[-1]), strict=True):
        if fn in FREE:
            ours, theirs = np.abs(ours), np.abs(theirs)
        close(ours, theirs, f"{row.name}{sample.options}")
