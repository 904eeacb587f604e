"""Every sample of every row, run in NumPy and, by its twin, in torch: the same values, and the same adjoints."""

import importlib
import pkgutil

import numpy as np
import pytest

import tape
from tape.program import torch as engine
from tape.record import INPUT, dtype_of, enter
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


def close(ours, theirs, what, scale=1.0):
    """Compare arrays: equal NaNs, and differences small beside the largest element."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, what
    # Sums of at most some hundred terms and functions right to a few units in the last place: 1e3 units are ample, and
    # a wrong formula is wrong by far more. Where the result cancels, the error is one of what was cancelled.
    eps = np.finfo(ours.dtype).eps if ours.dtype.kind in "fc" else 0
    known = np.abs(theirs[np.isfinite(theirs)]) if theirs.size else np.zeros(0)
    atol = 1e3 * eps * max(scale, float(known.max(initial=0)))
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=atol, err_msg=what)


@pytest.mark.parametrize(("fn", "k"), CASES, ids=[f"{TABLE[fn].name}-{k}" for fn, k in CASES])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_twin_computes_what_the_primitive_computes(fn, k):
    sample = SAMPLES[fn][k]
    t, y = recorded(fn, sample)
    found = engine.replay(t)
    for ours, theirs in zip(parts(y._value), parts(found.values[-1]), strict=True):
        close(ours, theirs, f"{TABLE[fn].name}{sample.options}")


# Where the derivative isn't unique, or torch's is wrong: the convention is tested elsewhere, and isn't compared.
KINKS = {}


@pytest.mark.parametrize(("fn", "k"), CASES, ids=[f"{TABLE[fn].name}-{k}" for fn, k in CASES])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_adjoints_are_torchs(fn, k):
    sample, row = SAMPLES[fn][k], TABLE[fn]
    t, y = recorded(fn, sample)
    if row.kind == "zero" or isinstance(y._value, tuple) or not len(t) > 1 or y.dtype.kind not in "fc":
        return
    rng = np.random.default_rng(k)
    seed = rng.uniform(0.5, 1.5, y.shape).astype(y.dtype)
    ours, theirs = t.sweep(y, seed), engine.replay(t, y, seed).adjoints
    for entry in t.entries:
        there = theirs[entry.index]
        here = ours[entry]
        if there is None:
            there = np.zeros_like(here)
        close(here, there, f"{row.name}{sample.options}, entry {entry.index}")


def test_every_row_with_a_derivative_has_a_twin():
    engine.library()
    made_here = {fn for fn in TABLE if not getattr(fn, "__module__", "tape").startswith(("tape", "numpy", "_operator"))}
    missing = {
        row.name
        for fn, row in TABLE.items()
        if row.kind != "zero" and row.fn not in engine.TWINS and row is not INPUT and fn not in made_here
    }
    assert not missing, f"without a twin in torch: {', '.join(sorted(missing))}"
