"""What is asked of every sample of a row, whatever the function: three identities that no wrong rule passes.

Along a random direction t and for a random seed w, in double precision,

1. the tangent is the derivative: (f(x + h t) - f(x - h t)) / 2h = J t;
2. the adjoint is the transpose of that: <w, J t> = <J* w, t>;
3. and both again for the pair (x, w) -> J* w, which is the rule itself, recorded.
"""

import numpy as np

import tape
from tape.record import record
from tape.rule import TABLE
from tests.samples.base import SAMPLES

H = 1e-5


def inexact(x):
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") in ("f", "c")


def inner(a, b):
    """Return the real inner product of two lists of arrays."""
    return sum(float(np.sum(np.real(np.conj(x) * y))) for x, y in zip(a, b, strict=True))


def like(rng, x):
    x = np.asarray(x)
    d = rng.normal(size=x.shape)
    return (d + 1j * rng.normal(size=x.shape) if x.dtype.kind == "c" else d).astype(x.dtype)


def close(a, b, tolerance, what):
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape, f"{what}: {a.shape} and {b.shape}"
    scale = 1 + np.max(np.abs(a), initial=0) + np.max(np.abs(b), initial=0)
    assert np.max(np.abs(a - b), initial=0) <= tolerance * scale, f"{what}: {a} and {b}"


def check(fn, case, *, order=2, seed=0):
    """Check the three identities for one sample."""
    row, rng = TABLE[fn], np.random.default_rng(seed)
    # Differences need double precision: samples in single precision are cast, and their dtypes checked beside.
    single = any(getattr(a, "dtype", None) in (np.float32, np.complex64) for a in case.args)
    at = [k for k, a in enumerate(case.args) if inexact(a)]
    xs = [case.args[k] for k in at]

    def f(*xs):
        args = list(case.args)
        for k, x in zip(at, xs, strict=True):
            args[k] = x
        return record(row, tuple(args), case.options, None)

    y = f(*xs)
    _, pull = tape.vjp(f, *xs)
    if np.asarray(y).dtype.kind not in "fc":
        return
    w = like(rng, y)
    for g, x in zip(pull(w), xs, strict=True):
        assert np.shape(g) == np.shape(x), f"{row.name}: adjoint {np.shape(g)} of {np.shape(x)}"
        assert np.asarray(g).dtype == np.asarray(x).dtype, f"{row.name}: adjoint {g.dtype}"
    single = single or np.asarray(y).dtype in (np.float32, np.complex64)
    identities(f, xs, y, w, rng, row.name, 1e-4 if single else 1e-8, differences=not single)
    if order == 2 and not single:

        def rule(*xs_and_w):
            return tape.vjp(f, *xs_and_w[:-1])[1](xs_and_w[-1])

        for k in range(len(xs)):
            both = [*xs, w]
            out = rule(*both)[k]
            identities(lambda *a, k=k: rule(*a)[k], both, out, like(rng, out), rng, f"{row.name}, recorded", 1e-8)


def identities(f, xs, y, w, rng, name, tolerance, *, differences=True):
    ts = [like(rng, x) for x in xs]
    _, dot = tape.jvp(f, tuple(xs), tuple(ts))
    if differences:
        up = f(*(np.asarray(x) + H * t for x, t in zip(xs, ts, strict=True)))
        down = f(*(np.asarray(x) - H * t for x, t in zip(xs, ts, strict=True)))
        # Bilinear functions have no error of the third order: what is left is rounding, 1e-16 / H of the values.
        close(dot, (np.asarray(up) - np.asarray(down)) / (2 * H), 1e-7, f"{name}: tangent")
    adjoints = tape.vjp(f, *xs)[1](w)
    close(inner([w], [dot]), inner(adjoints, ts), tolerance * (1 + np.size(y)), f"{name}: <w, Jt> = <J*w, t>")


def family(*modules):
    """Return ``(fn, sample)`` for every row that these modules of tape.rules declare; each row must have a sample."""
    names = {m.__name__ for m in modules}
    found = []
    for fn, row in TABLE.items():
        rules = [r for r in (*row.vjps, row.joint) if r is not None] or [fn]
        if rules[0].__module__ in names:
            found += [(fn, case) for case in SAMPLES[row.fn]]
    return found


def identify(value):
    return getattr(value, "__name__", "")


def same(f, *xs, order=2, seed=0):
    """Check that a program of rows computes what NumPy does, and its derivatives."""
    rng = np.random.default_rng(seed)
    want = f(*xs)
    t = tape.Tape()
    got = f(*(t.input(x) for x in xs))
    flat = [v.value if isinstance(v, tape.Var) else v for v in (got if isinstance(got, (list, tuple)) else [got])]
    wanted = list(want) if isinstance(want, (list, tuple)) else [want]
    assert type(got) is type(want) or not isinstance(want, (list, tuple))
    assert len(flat) == len(wanted)
    for a, b in zip(flat, wanted, strict=True):
        assert np.shape(a) == np.shape(b)
        assert np.asarray(a).dtype == np.asarray(b).dtype
        # The same sums in another order: a few roundings.
        assert np.allclose(a, b, rtol=1e-13, atol=1e-13)
    weights = [like(rng, y) for y in wanted]

    def total(*xs):
        out = f(*xs)
        outs = out if isinstance(out, (list, tuple)) else [out]
        return sum(np.sum(y * y * w) for y, w in zip(outs, weights, strict=True))

    y = total(*xs)
    # A square has a third derivative of none, a product of two has a few: H**2 of it, and 1e-16 / H of rounding.
    identities(total, xs, y, like(rng, y), rng, "program", 1e-9)
    if order == 2:
        identities(lambda *xs: tape.grad(total)(*xs), xs, xs[0], like(rng, xs[0]), rng, "gradient", 1e-9)
