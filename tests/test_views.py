"""Random programs of views, writes and reads: on variables, on NumPy's arrays, in torch, and by complex steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import tape
from tape.program import torch as engine
from tape.program.replay import again, variable

torch = pytest.importorskip("torch")

STEP = 1e-200
"""Of a complex step: the imaginary part of what a program makes of x + ih d is h times its derivative along d."""

W = np.random.default_rng(3).uniform(0.5, 1.5, 64)


def weights(shape):
    return np.resize(W, shape)


def nd(n):
    return lambda x: x.ndim >= n


# What makes arrays of arrays: in NumPy and on variables, in torch (None: nothing alike), and where it may be called.
MAKERS = {
    "T": (lambda x: x.T, lambda x: x.permute(tuple(reversed(range(x.ndim)))), nd(0)),
    "reshape": (lambda x: x.reshape(-1), lambda x: x.reshape(-1), nd(0)),
    "reshape F": (lambda x: np.reshape(x, (-1,), order="F"), None, nd(0)),
    "ravel": (lambda x: x.ravel(), lambda x: x.reshape(-1), nd(0)),
    "ravel F": (lambda x: np.ravel(x, order="F"), None, nd(0)),
    "flatten": (lambda x: x.flatten(), lambda x: x.reshape(-1).clone(), nd(0)),
    "swapaxes": (lambda x: np.swapaxes(x, 0, -1), lambda x: x.transpose(0, -1), nd(1)),
    "moveaxis": (lambda x: np.moveaxis(x, 0, -1), lambda x: x.movedim(0, -1), nd(1)),
    "None": (lambda x: x[None], lambda x: x[None], lambda x: x.ndim < 4),
    "expand_dims": (lambda x: np.expand_dims(x, -1), lambda x: x.unsqueeze(-1), lambda x: x.ndim < 4),
    "squeeze": (np.squeeze, lambda x: x.squeeze(), nd(0)),
    "first": (lambda x: x[0], lambda x: x[0], lambda x: x.ndim >= 2 and x.shape[0] > 0),
    "element": (lambda x: x[(0,) * x.ndim + (...,)], lambda x: x[(0,) * x.ndim], lambda x: x.size > 0),
    "tail": (lambda x: x[1:], lambda x: x[1:], nd(1)),
    "every other": (lambda x: x[..., ::2], lambda x: x[..., ::2], nd(1)),
    "backwards": (lambda x: x[::-1], None, nd(1)),
    "negative step": (lambda x: x[..., ::-2], None, nd(1)),
    "flip": (np.flip, None, nd(1)),
    "rot90": (lambda x: np.rot90(x), None, nd(2)),
    "piece": (lambda x: np.array_split(x, 2)[0], lambda x: x.tensor_split(2)[0], nd(1)),
    "einsum": (lambda x: np.einsum("...ij->...ji", x), lambda x: x.transpose(-1, -2), nd(2)),
    "real": (lambda x: x[...], lambda x: x.view(x.shape), nd(0)),
    "diagonal": (lambda x: np.diagonal(x), lambda x: x.diagonal(), nd(2)),
    "broadcast_to": (
        lambda x: np.broadcast_to(x, (2, *x.shape)),
        lambda x: x.expand(2, *x.shape),
        lambda x: x.ndim < 4,
    ),
    "copy": (lambda x: x.copy(), lambda x: x.clone(), nd(0)),
    "tanh": (lambda x: np.tanh(x), lambda x: x.tanh(), nd(0)),
    "half": (lambda x: x * 0.5, lambda x: x * 0.5, nd(0)),
    "gather": (lambda x: x[[0, -1, 0]], lambda x: x[[0, -1, 0]], lambda x: x.ndim >= 1 and x.shape[0] > 0),
    "zeros_like": (lambda x: np.zeros_like(x), lambda x: torch.zeros_like(x), nd(0)),
}


def written(x, key, v):
    x[key] = v


def added(x, v):
    x += v


def taken(x, v):
    x -= v


def multiplied(x, v):
    x *= np.tanh(v) if not isinstance(x, torch.Tensor) else torch.tanh(v) if isinstance(v, torch.Tensor) else np.tanh(v)


def out_of(x, v):
    np.multiply(x, v, out=x) if not isinstance(x, torch.Tensor) else x.mul_(v)


def added_at(x, v):
    np.add.at(x, [0, -1, 0], v)


def sorted_(x, v):
    x.sort(axis=0)


def filled(x, v):
    x.fill(0.25)


def put(x, v):
    np.put(x, [0, -1, 0], [0.5, -0.5, 0.125])


def copied(x, v):
    np.copyto(x, v)


def masked(x, v):
    np.putmask(x, np.arange(x.size).reshape(x.shape) % 3 == 0, v)


def diagonal_filled(x, v):
    np.fill_diagonal(x, 0.75)


def flat(x, v):
    x.flat[1:4] = 0.5


WRITES = {
    "+=": (added, added, nd(0)),
    "-=": (taken, taken, nd(0)),
    "*=": (multiplied, multiplied, nd(0)),
    "out": (out_of, out_of, nd(0)),
    "copyto": (copied, lambda x, v: x.copy_(v) if isinstance(v, torch.Tensor) else x.fill_(v), nd(0)),
    "sort": (sorted_, None, nd(1)),
    "fill": (filled, lambda x, v: x.fill_(0.25), nd(0)),
    "put": (put, None, lambda x: x.size > 0),
    "putmask": (masked, None, nd(1)),
    "add.at": (added_at, None, lambda x: x.ndim >= 1 and x.shape[0] > 0),
    "fill_diagonal": (diagonal_filled, None, lambda x: x.ndim == 2),
    "flat": (flat, None, lambda x: x.size > 0),
}


def key_of(shape, code):
    """Return a key for a shape: a choice for each axis."""
    parts = []
    for n in shape:
        code, choice = divmod(code, 6)
        ways = [slice(None), slice(1, None), slice(None, None, 2), slice(None, None, -1), -1, 0]
        parts.append(ways[choice] if n or choice < 4 else slice(None))
    code, choice = divmod(code, 3)
    return (..., *parts) if choice == 1 else tuple(parts) if choice else tuple(parts[:1])


def in_torch(key):
    return all(not isinstance(p, slice) or p.step is None or p.step > 0 for p in key)


class Live:
    """One array of a program: in NumPy, as a variable, as a complex step, in torch (None: not followed there)."""

    def __init__(self, a, v, c, t):
        self.a, self.v, self.c, self.t = a, v, c, t


class Programs(RuleBasedStateMachine):
    """The values agree after each step, the derivatives in the end."""

    @initialize(fortran=st.booleans(), strided=st.booleans())
    def start(self, fortran, strided):
        strided = strided and not fortran
        rng = np.random.default_rng(5)
        self.tape, self.torch, self.live = tape.Tape(), not fortran and not strided, []
        self.inputs, self.leaves, self.directions = [], [], []
        for shape in ((3, 4), (4,)):
            x = rng.uniform(-1, 1, shape)
            if fortran:
                x = np.asfortranarray(x)
            elif strided:
                big = np.zeros([2 * n for n in shape])
                big = big[tuple(slice(None, None, -2) for _ in shape)]
                big[...] = x
                x = big
            d = rng.uniform(-1, 1, shape)
            v = self.tape.input(x)
            mine = x + 0.0 if not strided else laid_like(x)
            c = laid_like(x).astype(complex) if not strided else complex_like(x)
            c += 1j * STEP * d
            leaf = torch.tensor(x.copy(), requires_grad=True)
            self.inputs.append(v.entry)
            self.leaves.append(leaf)
            self.directions.append(d)
            self.live.append(Live(mine, v, c, leaf.clone()))

    def pick(self, i):
        return self.live[i % len(self.live)]

    def add(self, x, name):
        f, g, _ = MAKERS[name]
        a, v, c = f(x.a), f(x.v), f(x.c)
        if not isinstance(a, np.ndarray):  # a scalar: nothing that could be written into
            return
        t = None
        if self.torch and g is not None:
            t = g(x.t)
            self.torch = all(
                (y.t.untyped_storage().data_ptr() == t.untyped_storage().data_ptr()) == np.may_share_memory(y.a, a)
                for y in self.live
                if y.a.size and a.size
            )
        else:
            self.torch = False
        for y in self.live:
            assert np.shares_memory(y.a, a) == np.shares_memory(y.v, v), name
        self.live.append(Live(a, v, c, t))

    @rule(i=st.integers(0, 7), name=st.sampled_from(sorted(MAKERS)))
    @precondition(lambda self: len(self.live) < 9)
    def make(self, i, name):
        x = self.pick(i)
        if MAKERS[name][2](x.a):
            self.add(x, name)

    @rule(i=st.integers(0, 7), j=st.integers(0, 7), code=st.integers(0, 6**4), constant=st.booleans())
    def assign(self, i, j, code, constant):
        x, s = self.pick(i), self.pick(j)
        key = key_of(x.a.shape, code)
        target = x.a[key]
        if not self.fits(s.a, np.shape(target)):
            constant = True
        if not x.a.flags.writeable:
            with pytest.raises(ValueError, match="read-only"):
                x.v[key] = 0.5
            return
        for which in ("a", "v", "c"):
            written(getattr(x, which), key, 0.5 if constant else getattr(s, which))
        self.torch = self.torch and in_torch(key)
        if self.torch:
            written(x.t, key, 0.5 if constant else s.t)

    @rule(i=st.integers(0, 7), j=st.integers(0, 7), code=st.integers(0, 6**4))
    def assign_by_positions(self, i, j, code):
        """Duplicates among them: the last write wins, by which torch goes another way."""
        x, s = self.pick(i), self.pick(j)
        if not x.a.ndim or not x.a.shape[0] or not x.a.flags.writeable:
            return
        key = [np.array([0, -1, 0]), np.array([[0, 0], [-1, 0]])][code % 2]
        if code % 3 == 0:
            key = np.arange(x.a.size).reshape(x.a.shape) % 2 == 0
        shape = x.a[key].shape
        n = int(np.prod(shape))
        if not s.a.size:
            return
        for which in ("a", "v", "c"):
            source = getattr(s, which)
            written(getattr(x, which), key, source.reshape(-1)[np.arange(n) % source.size].reshape(shape))
        self.torch = False

    @rule(i=st.integers(0, 7), j=st.integers(0, 7), name=st.sampled_from(sorted(WRITES)), constant=st.booleans())
    def write(self, i, j, name, constant):
        x, s = self.pick(i), self.pick(j)
        f, g, where = WRITES[name]
        if not where(x.a):
            return
        small = name == "putmask" or not self.fits(s.a, x.a.shape) or (name == "add.at" and s.a.ndim)
        if small:
            constant = True
        if not x.a.flags.writeable:
            with pytest.raises(ValueError, match="read-only"):
                f(x.v, 0.5)
            return
        for which in ("a", "v", "c"):
            f(getattr(x, which), 0.5 if constant else getattr(s, which))
        self.torch = self.torch and g is not None
        if self.torch:
            g(x.t, 0.5 if constant else s.t)

    @rule(i=st.integers(0, 7))
    @precondition(lambda self: len(self.live) > 2)
    def forget(self, i):
        del self.live[i % len(self.live)]

    @staticmethod
    def fits(source, shape):
        try:
            return np.broadcast_shapes(source.shape, shape) == shape
        except ValueError:
            return False

    @invariant()
    def values_agree(self):
        for x in getattr(self, "live", ()):
            assert x.v.shape == x.a.shape
            np.testing.assert_array_equal(x.v.value, x.a)
            if self.torch:
                np.testing.assert_allclose(x.t.detach().numpy(), x.a, rtol=1e-12, atol=1e-12)

    def teardown(self):
        if not getattr(self, "live", ()):
            return
        total, t_total, change = 0.0, 0.0, 0.0
        for x in self.live:
            w = weights(x.a.shape)
            total = total + np.sum(x.v * w)
            change += np.sum(x.c.imag / STEP * w)
            if self.torch:
                t_total = t_total + (x.t * torch.tensor(w)).sum()
        adjoints = self.tape.sweep(total)
        found = [adjoints[e] for e in self.inputs]
        ours = sum(np.sum(g * d) for g, d in zip(found, self.directions, strict=True))
        # Tens of operations on numbers below 100: rounding is of 1e-14 of the largest, and a wrong zero is of 0.1.
        np.testing.assert_allclose(ours, change, rtol=1e-9, atol=1e-9)
        u = again(self.tape)
        np.testing.assert_array_equal(u.sweep(variable(u, total))[u.entries[0]], found[0])
        theirs = engine.replay(self.tape, total)
        for e, g in zip(self.inputs, found, strict=True):
            other = theirs.adjoints[e.index]
            np.testing.assert_allclose(g, 0 * g if other is None else other, rtol=1e-9, atol=1e-9)
        if self.torch:
            try:
                grads = torch.autograd.grad(t_total, self.leaves, allow_unused=True)
            except RuntimeError as error:
                if "modified by an inplace operation" in str(error) or "does not require grad" in str(error):
                    return
                raise
            for g, other in zip(found, grads, strict=True):
                np.testing.assert_allclose(g, 0 * g if other is None else other, rtol=1e-9, atol=1e-9)


def laid_like(x):
    """Return a copy with the strides of an array."""
    from tape.rules.assigning import copied as copy

    return copy(x)


def complex_like(x):
    """Return complex numbers that lie as an array does."""
    big = np.zeros([2 * n for n in x.shape], complex)
    big = big[tuple(slice(None, None, -2) for _ in x.shape)]
    big[...] = x
    return big


Programs.TestCase.settings = settings(stateful_step_count=14, max_examples=150)
TestPrograms = Programs.TestCase


def test_ravel_is_a_view_only_where_numpys_is():
    for key in (slice(None), slice(None, None, 2), slice(None, None, -1)):
        x = np.arange(6.0)
        v = tape.Tape().input(x.copy())
        for a in (x, v):
            np.ravel(a[key])[0] = 9.0
        np.testing.assert_array_equal(v.value, x)
