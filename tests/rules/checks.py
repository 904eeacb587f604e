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
