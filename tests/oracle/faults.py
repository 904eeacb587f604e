"""Faults: wrong rules and wrong sweeps to plant, each a way in which some library was wrong, or could be.

A fault is a context manager that makes the library wrong, silently, while its block runs. Rules that are wrong only
for some shapes fall back on the right one where the wrong one would raise: what is to be found are wrong numbers, not
errors.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from tape import adjoints, applied, nn, record, sweep
from tape.entry import unpack
from tape.nn import affine, attention, convolution, maxima, normalisation, tables
from tape.rule import PLAN, TABLE, Row
from tape.rules import indexing
from tape.rules.shape import inverse


@dataclass
class Fault:
    """One fault: how to plant it, in which functions' rows, and what the oracle is to say."""

    plant: Callable[[], Any]
    functions: tuple[str, ...] = ()
    """The names that the culprit may be found under; none: any."""
    roles: tuple[str, ...] = ("rule",)
    tamper: Callable[[Any], bool] | None = None
    """What to do to a recorded tape in place of planting; False if it has nothing to be done to."""


FAULTS: dict[str, Fault] = {}


# ------------------------------------------------------------------- planting


def rows_of(*fns: Any) -> list[Row]:
    """Return the rows of functions, their fast forms included."""
    return list({id(r): r for fn in fns for r in (TABLE[fn], TABLE[fn].plain)}.values())


@contextmanager
def replaced(*fns: Any, joint: Any = None, into: Any = None, only_fast: bool = False, **vjps: Any) -> Iterator[None]:
    """Give functions other rules: ``vjp0=lambda right: wrong``, each made of the right one."""
    rows = rows_of(*fns)
    before = [(r, r.vjps, r.joint, r.into, r.vjp0, r.vjp1, r.saves, r.saves_y, PLAN[r.id]) for r in rows]
    try:
        for r in rows:
            made = list(r.vjps)
            for name, wrong in vjps.items():
                k = int(name.removeprefix("vjp"))
                made[k] = wrong(made[k])
            first, second = (made[0] if made else None), (made[1] if len(made) > 1 else None)
            PLAN[r.id] = (PLAN[r.id][0], first, second)
            if not only_fast:
                r.vjps, r.vjp0, r.vjp1 = tuple(made), first, second
            r.saves, r.saves_y = None, True  # the wrong rule may read what the right one doesn't
            if joint is not None:
                r.joint = joint(r.joint)
            if into is not None or joint is not None or made:
                r.into = into
        yield
    finally:
        for r, vjps_, joint_, into_, vjp0, vjp1, saves, saves_y, plan in before:
            r.saves, r.saves_y = saves, saves_y
            r.vjps, r.joint, r.into, r.vjp0, r.vjp1 = vjps_, joint_, into_, vjp0, vjp1
            PLAN[r.id] = plan


def rule(title: str, *fns: Any, names: tuple[str, ...] = (), **how: Any) -> None:
    """Add a fault in the rules of functions."""
    named = names or tuple(TABLE[fn].name for fn in fns)
    FAULTS[title] = Fault(lambda: replaced(*fns, **how), named)


def wrong(rule_: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return a maker of a wrong rule: used where it returns a result of the right shape, the right rule elsewhere."""

    def make(right: Any) -> Any:
        def made(g: Any, y: Any, *args: Any, **options: Any) -> Any:
            good = right(g, y, *args, **options)
            with np.errstate(all="ignore"):
                try:
                    bad = rule_(g, y, *args, **options)
                except (ValueError, IndexError):
                    return good
            return bad if np.shape(bad) == np.shape(good) else good

        return made

    return make


@contextmanager
def mutated(module: Any, name: str, *changes: tuple[str, str]) -> Iterator[None]:
    """Compile a function of a module again, its source changed."""
    fn = getattr(module, name)
    source = inspect.getsource(inspect.unwrap(fn))
    for old, new in changes:
        assert old in source, f"{name} no longer reads {old!r}: plant the fault anew"
        source = source.replace(old, new)
    space = dict(vars(module))
    exec(compile("from __future__ import annotations\n" + source, f"<fault in {name}>", "exec"), space)
    setattr(module, name, space[name])
    try:
        yield
    finally:
        setattr(module, name, fn)


@contextmanager
def patched(module: Any, name: str, value: Any) -> Iterator[None]:
    """Give a module another function of a name."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


# ------------------------------------------------------------ elementwise rules

MUL, POW, MATMUL = (np.multiply, operator.mul), (np.power, operator.pow), (np.matmul, operator.matmul)

rule("missing factor", np.square, vjp0=wrong(lambda g, y, x: g * x))
rule("wrong sign", np.cos, vjp0=wrong(lambda g, y, x: g * np.sin(x)))
rule("relative 1e-6", np.exp, vjp0=wrong(lambda g, y, x: g * y * (1 + 1e-6)))
rule(
    "float32 inside a float64 rule",
    np.sin,
    vjp0=wrong(lambda g, y, x: g * np.cos(np.asarray(x, np.float32)).astype(np.asarray(x).dtype)),
)
rule("tanh' from x for y", np.tanh, vjp0=wrong(lambda g, y, x: g * (1 - x * x)))
rule("where branches swapped", np.where, vjp1=wrong(lambda g, y, c, a, b: np.where(c, 0, g)))
rule(
    "clip lets through what it cut",
    np.clip,
    vjp0=wrong(lambda g, y, x, low=None, high=None: g * (x >= (-np.inf if low is None else low))),
)


def power_of_zero(g: Any, y: Any, a: Any, b: Any) -> Any:
    return g * (b * np.power(a, b - 1.0))


rule("pow' at 0 in the base", *POW, vjp0=wrong(power_of_zero))
rule("pow' at 0 in the exponent", *POW, vjp1=wrong(lambda g, y, a, b: g * y * np.log(a)))
rule("maximum's tie given to both", np.maximum, vjp0=wrong(lambda g, y, a, b: g * (a >= b)))


def scale_dropped(g: Any, y: Any, a: Any, b: Any) -> Any:
    return g * 1.0 if type(b) is float else g * b


rule("attention's scale dropped", *MUL, vjp0=wrong(scale_dropped))


def redrawn(g: Any, y: Any, a: Any, b: Any) -> Any:
    """Shuffle what looks like a mask of dropout: zeros, and one other number."""
    if isinstance(b, np.ndarray) and b.size > 1 and len(np.unique(b)) == 2 and 0 in b:
        return g * np.roll(b.reshape(-1), 1).reshape(b.shape)
    return g * b


rule("dropout's mask redrawn", *MUL, vjp0=wrong(redrawn))


def sigmoid_slope(g: Any, y: Any, x: Any) -> Any:
    e = np.exp(x)
    return g * e / (1 + e) ** 2


rule("sigmoid' overflows", nn.sigmoid, vjp0=wrong(sigmoid_slope))
rule(
    "softplus'(0) = 0",
    nn.softplus,
    vjp0=wrong(lambda g, y, x, **options: g * np.where(x == 0, 0.0, 1 / (1 + np.exp(-x * options.get("beta", 1.0))))),
)

# ------------------------------------------------------------ shapes and products


def wrong_sum(g: Any, *, shape: tuple[int, ...]) -> Any:
    """Sum over the wrong axis where the shapes allow it."""
    right = UNBROADCAST(g, shape=shape)
    if np.ndim(g) == 2 and np.shape(g)[0] == np.shape(g)[1] and len(shape) in (1, 2) and np.size(right) != 1:
        return np.reshape(np.sum(g, axis=1 if len(shape) == 1 or shape[0] == 1 else 0), shape)
    return right


def no_sum(g: Any, *, shape: tuple[int, ...]) -> Any:
    """Take the first of what is to be summed."""
    g = g[(0,) * (np.ndim(g) - len(shape))]
    return g[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]


UNBROADCAST = adjoints.UNBROADCAST
FAULTS["unbroadcast missing"] = Fault(lambda: patched(adjoints, "UNBROADCAST", no_sum))
FAULTS["unbroadcast over the wrong axis"] = Fault(lambda: patched(adjoints, "UNBROADCAST", wrong_sum))

rule("transpose missing in matmul's first argument", *MATMUL, vjp0=wrong(lambda g, y, a, b: np.matmul(g, b)))
rule("transpose missing in matmul's second argument", *MATMUL, vjp1=wrong(lambda g, y, a, b: np.matmul(a, g)))
rule("permutation not inverted", np.transpose, vjp0=wrong(lambda g, y, x, axes=None: np.transpose(g, axes)))
rule(
    "rollaxis of a negative axis",
    np.moveaxis,
    vjp0=wrong(
        lambda g, y, x, source, destination: (
            np.moveaxis(g, destination, source)
            if np.ndim(source) or source >= 0
            else np.moveaxis(g, destination, np.ndim(x) + source - 1)
        )
    ),
)


def swapped_pieces(right: Any) -> Any:
    def made(g: Any, y: Any, *xs: Any, **options: Any) -> Any:
        good = list(right(g, y, *xs, **options))
        if len(good) > 1 and np.shape(good[0]) == np.shape(good[1]):
            good[:2] = good[1], good[0]
        return good

    return made


rule("concatenation's pieces swapped", np.concatenate, joint=swapped_pieces)


def overwritten(buffer: Any, g: Any, x: Any, *arrays: Any, key: Any) -> None:
    added = np.zeros_like(buffer)
    added[indexing.filled(key, arrays)] = g
    buffer += added


rule(
    "duplicate indices overwritten",
    indexing.getitem,
    joint=lambda right: lambda g, y, x, *arrays, key: (scattered_once(g, x, arrays, key), *[None] * len(arrays)),
    into=overwritten,
)


def scattered_once(g: Any, x: Any, arrays: Any, key: Any) -> Any:
    out = np.zeros(np.shape(x), np.asarray(g).dtype)
    overwritten(out, g, x, *arrays, key=key)
    return out


def einsum_diagonal(right: Any) -> Any:
    """Spread the adjoint of a trace over the whole matrix, not its diagonal."""

    def made(g: Any, y: Any, *operands: Any, **options: Any) -> Any:
        good = right(g, y, *operands, **options)
        x = operands[0]
        repeated = len(operands) == 1 and np.ndim(x) == 2 and np.ndim(y) < 2
        return np.broadcast_to(np.expand_dims(g, -1) if np.ndim(g) else g, np.shape(x)) if repeated else good

    return made


rule("einsum's repeated index", np.einsum, vjp0=einsum_diagonal)

# ----------------------------------------------------------------- reductions


def unexpanded(g: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    count = np.size(x) // max(np.size(y), 1)
    return np.broadcast_to(g / count, np.shape(x))


def miscounted(g: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    full = g if keepdims or axis is None else np.expand_dims(g, axis)
    return np.broadcast_to(full / np.size(x), np.shape(x))


rule("keepdims lost in a mean", np.mean, vjp0=wrong(unexpanded))
rule("mean over the wrong count", np.mean, vjp0=wrong(miscounted))
rule(
    "variance without its ddof",
    np.var,
    vjp0=lambda right: (
        lambda g, y, x, *, axis=None, ddof=0, keepdims=False, **more: right(
            g, y, x, axis=axis, ddof=0, keepdims=keepdims, **more
        )
    ),
)


def all_ties(g: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    if not keepdims and axis is not None:
        g, y = np.expand_dims(g, axis), np.expand_dims(y, axis)
    return g * (x == y)


rule("max's ties all given 1", np.max, np.amax, vjp0=wrong(all_ties))


def by_division(g: Any, y: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    if not keepdims and axis is not None:
        g, y = np.expand_dims(g, axis), np.expand_dims(y, axis)
    return g * y / x


rule("prod by division", np.prod, vjp0=wrong(by_division))
rule(
    "cumprod by division",
    np.cumprod,
    vjp0=wrong(lambda g, y, x, *, axis=None: np.flip(np.cumsum(np.flip(g * y, axis), axis), axis) / x),
)
rule("norm NaN at 0", np.linalg.norm, vjp0=wrong(lambda g, y, x, **options: unguarded_norm(g, y, x, **options)))


def unguarded_norm(g: Any, y: Any, x: Any, *, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if not keepdims and axis is not None:
        g, y = np.expand_dims(g, axis), np.expand_dims(y, axis)
    return g * x / y


# ------------------------------------------------------------------- networks

rule("softmax without its sum", nn.softmax, vjp0=wrong(lambda g, y, x, *, dim: g * y))
rule(
    "log-softmax over the wrong axis",
    nn.log_softmax,
    vjp0=wrong(lambda g, y, x, *, dim: g - np.exp(y) * np.sum(g, axis=0 if dim % np.ndim(x) else -1, keepdims=True)),
)
rule("attention's softmax without its sum", attention.masked_softmax, vjp0=wrong(lambda g, y, x, *, dim: g * y))


def standardise(*, eps: bool = True, mean: bool = True, statistics: bool = True) -> Callable[..., Any]:
    def made(g: Any, y: Any, x: Any, *, axis: Any, eps: float, centred: bool = True) -> Any:
        r = normalisation.reciprocal_std(x, axis=axis, eps=eps if keep_eps else 0.0, centred=centred)
        if not statistics:
            return g * r
        h = g - y * np.mean(g * y, axis=axis, keepdims=True)
        return (h - np.mean(g, axis=axis, keepdims=True) if centred and mean else h) * r

    keep_eps = eps
    return wrong(made)


for _title, _how in {
    "layer norm's eps dropped": {"eps": False},
    "layer norm's mean term dropped": {"mean": False},
    "batch norm's statistics taken for constants": {"statistics": False},
}.items():
    rule(_title, normalisation.standardise, vjp0=standardise(**_how))


def unflipped(right: Any) -> Any:
    def made(g: Any, y: Any, x: Any, w: Any, **options: Any) -> Any:
        return right(g, y, x, w[(..., *[slice(None, None, -1)] * (np.ndim(w) - 2))], **options)

    return made


def groups_mixed(right: Any) -> Any:
    def made(g: Any, y: Any, x: Any, w: Any, *, groups: int = 1, **options: Any) -> Any:
        good = right(g, y, x, w, groups=groups, **options)
        return np.roll(good, np.shape(good)[0] // groups, axis=0) if groups > 1 else good

    return made


def stride_forgotten(right: Any) -> Any:
    def made(h: Any, y: Any, g: Any, w: Any, *, stride: Any = 1, **options: Any) -> Any:
        good = right(h, y, g, w, stride=stride, **options)
        return np.roll(good, 1, axis=-1) if np.max(stride) > 1 else good

    return made


rule("conv's kernel not flipped", convolution.conv, vjp0=unflipped)
rule("conv's weight gradient with groups", convolution.conv, vjp1=groups_mixed)
rule("transposed conv of stride 2", convolution.conv_transpose, vjp0=stride_forgotten)


def overlap_lost(right: Any) -> Any:
    def made(g: Any, y: Any, x: Any, indices: Any) -> Any:
        out = np.zeros_like(x)
        at = maxima.flat_places(indices, int(np.prod(np.shape(x)[2:])))
        out.reshape(-1)[at] = np.reshape(g, -1)
        return out, None

    return made


rule("pooling's overlap overwritten", maxima.pool_gather, joint=overlap_lost)


def rows_once(g: Any, y: Any, weight: Any, indices: Any, *, padding_idx: int | None = None) -> Any:
    out = np.zeros(np.shape(weight), np.asarray(g).dtype)
    out[indices] = g
    if padding_idx is not None:
        out[padding_idx] = 0
    return out


rule("embedding's rows not added up", tables.take_rows, vjp0=wrong(rows_once))
rule(
    "bias of a linear layer not summed",
    affine._linear,
    vjp2=wrong(lambda g, y, x, weight, bias=None: np.reshape(g, (-1, np.shape(g)[-1]))[0]),
)

# --------------------------------------------------------------------- sweeps


def forgetful(t: Any, i: int, entry: Any, g: Any, adjoints: Any, ours: Any, **how: Any) -> None:
    """Assign each contribution, in place of adding it."""
    for a in unpack(entry)[1]:
        if a >= 0:
            adjoints[a], ours[a] = None, 0
    VISIT(t, i, entry, g, adjoints, ours, **how)


def once(t: Any, i: int, entry: Any, g: Any, adjoints: Any, ours: Any, **how: Any) -> None:
    """Take an operand that is given twice for one that is given once."""
    row, refs, raws, y, lasti, options = unpack(entry)
    kept = tuple(a if a not in refs[:k] else -1 for k, a in enumerate(refs))
    VISIT(t, i, (row.id, kept, raws, y, lasti, options), g, adjoints, ours, **how)


VISIT = sweep.visit
SUMS = ("sum",)
FAULTS["fan-out assigned, not added"] = Fault(lambda: patched(sweep, "visit", forgetful), roles=SUMS)
FAULTS["x * x counted once"] = Fault(lambda: patched(sweep, "visit", once), roles=SUMS)
FAULTS["fan-out assigned in the hot path"] = Fault(
    lambda: mutated(sweep, "consume", ("adjoints[b] = h + c", "adjoints[b] = c"), ("h += c", "h[...] = c")),
    roles=("fast path",),
)
FAULTS["a borrowed adjoint is added to in place"] = Fault(
    lambda: mutated(sweep, "visit", ("elif ours[a]:", "elif type(h) is ndarray and h.ndim and h.flags.writeable:")),
    roles=SUMS,
)
FAULTS["a borrowed adjoint is added to in the hot path"] = Fault(
    lambda: mutated(
        sweep,
        "consume",
        ("elif ours[b]:", "elif type(h) is ndarray:"),
        ("elif ours[a]:", "elif type(h) is ndarray:"),
    ),
    roles=("fast path", "error"),  # a broadcast adjoint is read-only, and raises
)
FAULTS["fan-out assigned where the hot path delivers"] = Fault(
    lambda: mutated(sweep, "deliver", ("adjoints[a] = h + c", "adjoints[a] = c"), ("adjoints[a] += c", "pass")),
    roles=("fast path",),
)
FAULTS["a borrowed adjoint is added to where the hot path delivers"] = Fault(
    lambda: mutated(sweep, "deliver", ("elif ours[a]:", "elif type(h) is ndarray:")),
    roles=("fast path", "error"),
)
FAULTS["the hot path has a rule of its own"] = Fault(
    lambda: replaced(*MUL, vjp1=wrong(lambda g, y, a, b: g * a * 1.0001), only_fast=True), roles=("fast path",)
)
FAULTS["adjoint shared between two results"] = Fault(
    lambda: patched(adjoints, "own", lambda found, primal: adjoints.zeros(primal) if found is None else found),
    roles=("sharing",),
)
FAULTS["complex conjugate missing"] = Fault(lambda: patched(applied, "is_complex", lambda *values: False))


def changed_in_place(t: Any) -> bool:
    """Change a primal after it was recorded, as code outside could."""
    for entry in reversed(t._log):
        y = unpack(entry)[3]
        if (
            type(y) is np.ndarray
            and y.dtype.kind == "f"
            and y.base is None
            and y.size > 1
            and entry[0] != record.INPUT.id
        ):
            y.flags.writeable = True
            y *= 1.01
            return bool(np.any(y))
    return False


FAULTS["stale primal after a change in place"] = Fault(ExitStack, roles=("stored value",), tamper=changed_in_place)

assert inverse((1, 2, 0), 3) != (1, 2, 0)  # the permutation that isn't inverted must not be an involution
