"""What is asked of a program of rows: NumPy's value, and derivatives that are right, of the first and second order.

Along a random direction t and for a random seed w, in double precision,

1. the tangent is the derivative: (f(x + h t) - f(x - h t)) / 2h = J t;
2. the adjoint is the transpose of that: <w, J t> = <J* w, t>;
3. and both again for the gradient of a function of the result.

The rows themselves are tested one by one in tests/test_rules.py.
"""

from typing import Any

import numpy as np

import tape

H = 1e-5


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


def same_complex(f, *xs, order=2):
    """Check a program; of complex numbers the second order through a real combination of its results."""
    if order == 1 or not any(np.iscomplexobj(y) for y in (*xs, f(*xs))):
        return same(f, *xs, order=order)
    same(f, *xs, order=1)
    return same(lambda *xs: np.real(f(*xs)) + 2 * np.imag(f(*xs)), *xs)


def h(x: Any) -> Any:
    """Return the conjugate transposes of matrices."""
    return np.conj(np.swapaxes(x, -1, -2))


def difference(f: Any, x: Any, d: Any, step: float = 1e-6) -> Any:
    """Return the derivative of ``f`` along ``d``, by differences."""
    return (f(x + step * d) - f(x - step * d)) / (2 * step)
