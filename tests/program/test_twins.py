"""Every sample of every row, run in NumPy and, by its twin, in torch: the same values, and the same adjoints."""

import importlib
import pkgutil

import numpy as np
import pytest

import tape
from tape.entry import dtype_of
from tape.program import torch as engine
from tape.record import INPUT, enter
from tape.rule import TABLE
from tests import samples
from tests.samples.base import SAMPLES

pytest.importorskip("torch")
for _module in pkgutil.iter_modules(samples.__path__):
    importlib.import_module(f"tests.samples.{_module.name}")

CASES = [(fn, k) for fn in SAMPLES if fn in TABLE for k in range(len(SAMPLES[fn]))]


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
    t, y = recorded(fn, sample)
    smooth = row.kind != "zero" and not isinstance(y._value, tuple) and len(t) > 1 and y.dtype.kind in "fc"
    seed = np.random.default_rng(k).uniform(0.5, 1.5, y.shape).astype(y.dtype) if smooth else None
    found = engine.replay(t, y if smooth else None, seed)
    for ours, theirs in zip(parts(y._value), parts(found.values[-1]), strict=True):
        close(ours, theirs, f"{row.name}{sample.options}")
    if smooth:
        adjoints = t.sweep(y, seed)
        for entry, theirs in zip(t.entries, found.adjoints, strict=True):
            ours = adjoints[entry]
            close(ours, np.zeros_like(ours) if theirs is None else theirs, f"{row.name}{sample.options}, {entry!r}")


def test_every_row_with_a_derivative_has_a_twin():
    engine.library()
    made_here = {fn for fn in TABLE if not getattr(fn, "__module__", "tape").startswith(("tape", "numpy", "_operator"))}
    missing = {
        row.name
        for fn, row in TABLE.items()
        if row.kind != "zero" and row.fn not in engine.TWINS and row is not INPUT and fn not in made_here
    }
    assert not missing, f"without a twin in torch: {', '.join(sorted(missing))}"
