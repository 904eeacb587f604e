"""Programs to be replayed and written out: small ones, of every structure that a tape can have."""

import numpy as np

import tape
from tape import nn
from tape.program import torch as engine

PROGRAMS = {}


def program(f):
    PROGRAMS[f.__name__] = f
    return f


def rng():
    return np.random.default_rng(7)


@program
def formula():
    """Scalars, shared: the worked example of every textbook."""
    t = tape.Tape()
    x = t.input([2.0, 5.0], name="x")
    return t, np.log(x[0]) + x[0] * x[1] - np.sin(x[1])


@program
def python_floats():
    t = tape.Tape()
    a, b = t.input(1.5, name="a"), t.input(-0.25, name="b")
    return t, a * b + 3 / a - b**2 * abs(b)


@program
def mlp():
    t, r = tape.Tape(), rng()
    x = r.normal(size=(8, 5))
    labels = np.eye(3)[r.integers(0, 3, 8)]
    w1, b1 = t.weight(r.normal(size=(5, 6)), "w1"), t.weight(r.normal(size=6), "b1")
    w2, b2 = t.weight(r.normal(size=(6, 3)), "w2"), t.weight(np.zeros(3), "b2")
    with t.scope("hidden"):
        h = t.name(np.tanh(x @ w1 + b1), "h")
    with t.scope("head"):
        z = h @ w2 + b2
        z = z - np.max(z, axis=1, keepdims=True)
        loss = np.mean(np.log(np.sum(np.exp(z), axis=1)) - np.sum(labels * z, axis=1))
    return t, loss


@program
def float32():
    t, r = tape.Tape(), rng()
    x = t.input(r.normal(size=(4, 3)).astype(np.float32), "x")
    scale = np.float32(0.3)
    y = (x * 2.5 + scale) / (1.0 + np.exp(-x)) @ r.normal(size=(3, 2)).astype(np.float32)
    return t, np.sum(y.astype(np.float64) ** 2)


@program
def reads():
    """Keys of every kind, duplicates among them, negative steps, and a read after a read."""
    t, r = tape.Tape(), rng()
    x = t.input(r.normal(size=(4, 5, 3)), "x")
    v = x[::-1, 1:4, ::2] ** 2
    y = np.sum(v) + np.sum(x[[0, 1, 1, -1]] * x[0]) + np.sum(x[0, :, [0, 2, 2]] ** 3) + np.sum(x[x.value > 0.5])
    return t, y + x[1, 2, 0] * x[..., None][-1, -1, 0, 0] + np.sum(x[np.array([0, 0]), 1:3, np.array([1, 1])])


@program
def views():
    """Results that are their argument under another shape, or the argument itself."""
    t, r = tape.Tape(), rng()
    x = t.input(r.normal(size=(3, 4)), "x")
    same = np.reshape(np.broadcast_to(np.reshape(x, (3, 4)), (3, 4))[...], (3, 4), order="F")
    back = np.transpose(np.transpose(same))
    return t, np.sum(np.sin(back) * x + +x * same)


@program
def fan_out():
    t, r = tape.Tape(), rng()
    x = t.input(r.normal(size=(2, 3)), "x")
    y = np.broadcast_to(np.sum(x, axis=1, keepdims=True), (4, 2, 3)) * x
    parts = np.split(y, 2)
    joined = np.concatenate([parts[0], parts[1], np.expand_dims(x, 0)], axis=0)
    for _ in range(3):
        joined = joined * x + np.where(joined > 0, joined, 0.1 * joined)
    return t, np.mean(joined) + np.prod(x) + np.max(joined, axis=0)[0, 0]


@program
def masks():
    """Booleans and integers that are computed, and counted."""
    t, r = tape.Tape(), rng()
    x = t.input(r.normal(size=(5,)), "x")
    positive = x > 0
    weight = positive * 2.0 + (np.sum(positive) / 3)
    order = np.argsort(x)
    return t, np.sum(weight * x) + np.sum(np.sort(x)[1:3]) + np.sum(x[order] * np.arange(5))


@program
def complex_numbers():
    t, r = tape.Tape(), rng()
    z = t.input(r.normal(size=(3,)) + 1j * r.normal(size=(3,)), "z")
    w = t.input(r.normal(size=(3,)), "w")
    return t, np.sum(np.abs(z * w + np.exp(1j * w)) ** 2) + np.sum(np.imag(z @ z * w))


@program
def orders():
    """Constants in Fortran's order, and transposed: their layout decides how NumPy sums."""
    t, r = tape.Tape(), rng()
    x = t.input(np.asfortranarray(r.normal(size=(9, 7))), "x")
    c = np.asfortranarray(r.normal(size=(7, 9)))
    d = np.transpose(r.normal(size=(5, 4, 3)), (1, 2, 0))
    return t, np.sum((x @ c) ** 2) + np.sum(np.sum(d, axis=1) * x[0, 0]) + np.sum(x * c.T)


@program
def network():
    """Convolution, normalisation and pooling."""
    t, r = tape.Tape(), rng()
    x = r.normal(size=(2, 3, 6, 6))
    w, b = t.weight(r.normal(size=(4, 3, 3, 3)) / 5, "w"), t.weight(r.normal(size=4), "b")
    h = nn.relu(nn.conv2d(x, w, b, stride=1, padding=1))
    h = nn.max_pool2d(h, 2)
    out = np.reshape(h, (2, -1)) @ t.weight(r.normal(size=(36, 5)) / 6, "head")
    return t, nn.cross_entropy(out, np.array([1, 4]))


@program
def embedding():
    """Rows that are read twice, from a table that is read twice."""
    t, r = tape.Tape(), rng()
    table = t.weight(r.normal(size=(5, 3)), "table")
    words = nn.embedding(np.array([[1, 4, 1], [0, 0, 2]]), table)
    return t, np.sum(np.tanh(words) @ table.T) + np.sum(nn.embedding(np.array([3, 3]), table) ** 2)


@program
def second_order():
    """A loss with a gradient in it: the sweep's own calls are entries."""
    t, r = tape.Tape(), rng()
    x = t.input(r.normal(size=(3, 2)), "x")
    inner = tape.grad(lambda v: np.sum(np.tanh(v @ np.ones(2)) * v[:, 0] ** 3))
    with t:
        return t, np.sum(inner(x) ** 2)


@program
def checkpointed():
    t, r = tape.Tape(), rng()
    x = t.input(r.normal(size=(4,)), "x")
    block = tape.checkpoint(lambda v: np.sin(v * 3.0) * v)
    with t:
        return t, np.sum(block(block(x)))


# ----------------------------------------------------------- an entry of two results


@tape.primitive(
    joint=lambda g, y, x: [g[0] * np.cos(x) - g[1] * np.sin(x)],
    jvp=lambda t, y, x: (t[0] * np.cos(x), -t[0] * np.sin(x)),
)
def sine_and_cosine(x):
    return np.sin(x), np.cos(x)


engine.twin(sine_and_cosine)(lambda x: (x.sin(), x.cos()))


def pairs():
    t = tape.Tape()
    x = t.input([0.3, 0.4], name="x")
    (s, c), (_, other) = sine_and_cosine(x), sine_and_cosine(x * 2)
    return t, np.sum(s * c**2 + s * other)


# ------------------------------------------------------------------ random programs
# A program is a list of triples of small integers: which step, and on which of the values so far (counted modulo), so
# that a failing one shrinks by dropping steps. All values are 3 by 3, and none grows beyond a few units.

STEPS = [
    lambda a, b: a + b,
    lambda a, b: a - 0.5 * b,
    lambda a, b: a * np.cos(b),
    lambda a, b: np.tanh(a @ b),
    lambda a, b: np.sin(a),
    lambda a, b: np.exp(-(a**2)),
    lambda a, b: a.T,
    lambda a, b: a[::-1],
    lambda a, b: a[[0, 2, 2]] + b[:, 1:2],
    lambda a, b: np.broadcast_to(np.mean(a, axis=0), (3, 3)),
    lambda a, b: np.where(a > b, a, 0.1 * b),
    lambda a, b: np.maximum(a, b.T),
    lambda a, b: np.reshape(np.reshape(a, (9,)), (3, 3), order="F"),
    lambda a, b: np.concatenate([a[:1], b[1:]]),
    lambda a, b: a / (1.0 + np.sum(b * b, axis=1, keepdims=True)),
    lambda a, b: np.cumsum(np.sort(a, axis=1), axis=0) / 3,
]


def drawn(steps, dtype=np.float64):
    """Record a random program."""
    t, r = tape.Tape(), rng()
    values = [t.input(r.uniform(-1, 1, (3, 3)).astype(dtype)) for _ in range(2)]
    for step, i, j in steps:
        values.append(STEPS[step % len(STEPS)](values[-1 - i % len(values)], values[-1 - j % len(values)]))
    return t, np.sum(values[-1] * r.uniform(0.5, 1.5, (3, 3)).astype(dtype))
