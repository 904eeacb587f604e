"""Random networks: small programs that use every kind of layer, drawn so that wrong derivatives have nowhere to hide.

A network is a list of tuples of four small integers ``(kind, a, b, c)``: which kind of layer, and what it is to make of
the entries that are live by then, each number being taken modulo what there is to choose from. So every list of
integers is a network, and dropping or lowering any of them gives another: Hypothesis shrinks a failure to a few
entries without knowing anything about networks.

The draw is biased to where faults hide. Dimensions are mostly equal and permutations mostly cycles of three, as a
transpose that isn't inverted would show in the shapes, or not at all. Indices repeat, inputs hold ties and exact
zeros, axes have one element, operands repeat (``x * x``), weights are shared, arrays are strided and 0-d.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np

from tape import record

if TYPE_CHECKING:
    from tape.record import Tape

__tape__ = True

Layer = Callable[["Builder", int, int, int], Any]

LAYERS: dict[str, Layer] = {}
"""The kinds of layers, by name: each takes entries that are live and returns a new one, or several."""

SPAN = 16
"""Operands and options are drawn from 0 to this, exclusive."""

LARGEST = 200
"""Entries with more elements are cut: an adjoint is no wronger for being large."""


def layer(name: str) -> Callable[[Layer], Layer]:
    """Declare a kind of layer (decorator)."""

    def declare(made: Layer) -> Layer:
        if name in LAYERS:
            raise ValueError(f"there is a kind of layer {name!r} already")
        LAYERS[name] = made
        return made

    return declare


class Builder:
    """What a layer works with: the live entries, and sources of inputs, weights and random numbers.

    Attributes
    ----------
    live : list of Var
        Entries that later layers may read, all of them floats.
    d : int
        The dimension that most axes of the network have.
    rng : numpy.random.Generator
        For constants: indices, masks, targets.
    """

    def __init__(
        self,
        make: Callable[[str, Any, str], Any],
        scope: Callable[[str], AbstractContextManager[Any]],
        dtype: Any,
        seed: int,
    ) -> None:
        self.make, self.scope = make, scope
        self.dtype = np.dtype(dtype)
        self.rng = np.random.default_rng(seed)
        self.d = int(self.rng.integers(2, 5))
        self.live: list[Any] = []
        self.used: set[int] = set()
        self.weights: list[Any] = []
        self.inputs = 0

    # --------------------------------------------------------------- leaves

    def values(self, shape: Sequence[int]) -> Any:
        """Return random numbers: with ties, with zeros, strided, reversed or plain."""
        rng, shape = self.rng, tuple(shape)
        style = int(rng.integers(8))
        if style == 2 and shape:
            return rng.normal(size=(*shape[:-1], 2 * shape[-1])).astype(self.dtype)[..., ::2]
        if style == 3 and len(shape) > 1:
            return rng.normal(size=shape[::-1]).astype(self.dtype).T
        x = rng.normal(size=shape)
        if style == 0:
            x = np.round(2 * x) / 2
        elif style == 1:
            x = x * (rng.random(shape) < 0.7)
        x = np.asarray(x, self.dtype)
        return x[::-1] if style == 4 and shape else x

    def input(self, shape: Sequence[int]) -> Any:
        """Return a new input, which is live from now on."""
        v = self.make("input", self.values(shape), f"x{self.inputs}")
        self.inputs += 1
        self.live.append(v)
        self.used.add(v._index)
        return v

    def weight(self, shape: Sequence[int], *, positive: bool = False) -> Any:
        """Return a weight: a new one, or one of its shape that another layer has."""
        shape = tuple(shape)
        shared = [w for w in self.weights if w.shape == shape]
        if shared and not positive and self.rng.integers(3) == 0:
            return shared[int(self.rng.integers(len(shared)))]
        value = self.values(shape)
        if positive:
            value = np.abs(value) + np.asarray(0.5, self.dtype)
        v = self.make("weight", value, f"w{len(self.weights)}")
        self.weights.append(v)
        return v

    def constant(self, shape: Sequence[int]) -> Any:
        """Return a constant array of floats."""
        return np.asarray(self.rng.normal(size=tuple(shape)), self.dtype)

    # ------------------------------------------------------------- operands

    def take(self, choice: int, ndim: int | None = None, *, least: int = 0, most: int = 5, ok: Any = None) -> Any:
        """Return a live entry with a number of axes, counting back from the newest; a new input where there is none.

        Parameters
        ----------
        choice : int
            Which one, modulo those there are and one more, which stands for a new input.
        ndim : int, optional
            How many axes it has; ``least`` to ``most`` otherwise.
        ok : callable, optional
            What else it must satisfy; then no new input is made unless nothing does.
        """
        low, high = (least, most) if ndim is None else (ndim, ndim)
        fit = [v for v in self.live if low <= v.ndim <= high and v.size and (ok is None or ok(v))]
        spare = 0 if ok is not None and fit else 1
        k = choice % (len(fit) + spare)
        if k == len(fit):
            return self.input(self.shape(low if ndim is not None else min(max(low, 2), high), choice))
        v = fit[-1 - k]
        self.used.add(v._index)
        return v

    def shape(self, ndim: int, choice: int = 0) -> tuple[int, ...]:
        """Return a shape: equal dimensions, for the most part; small ones where there are many."""
        shape = [self.d] * ndim if ndim < 4 else [2, 2] + [3] * (ndim - 2)
        if ndim and choice % 4 == 3:
            shape[choice % ndim] = 1
        elif ndim > 1 and choice % 4 == 2:
            shape[choice % ndim] = self.d + 1
        return tuple(shape)

    def like(self, x: Any, choice: int) -> Any:
        """Return an entry that broadcasts against another: itself, a live one, a weight, or a number."""
        way = choice % 6
        if way == 0:
            return x
        if way in (1, 2):

            def fits(v: Any) -> bool:
                return all(a == b or 1 in (a, b) for a, b in zip(v.shape[::-1], x.shape[::-1], strict=False))

            return self.take(choice // 6, ok=fits)
        shape = list(x.shape)
        if way == 3:
            shape = [1 if self.rng.integers(2) else n for n in shape]
        elif way == 4 and shape:
            shape = shape[int(self.rng.integers(1, len(shape) + 1)) :]
        return self.weight(shape)

    def finish(self, v: Any) -> Any:
        """Return an entry of a sane size and scale: what overflows is compared with nothing."""
        if v.size > LARGEST:
            v = v[tuple(slice(0, 2) for _ in range(v.ndim))]
        largest = float(np.max(np.abs(v._value), initial=0.0))
        if largest > 8.0:
            v = v * (2.0 / largest)
        return v


class Network:
    """A random network, from its code.

    Parameters
    ----------
    code : sequence of (int, int, int, int)
        The layers: kind, and what it makes of the live entries.
    dtype : dtype_like
        ``float64`` or ``float32``.
    seed : int
        Of the values of inputs, weights and constants.
    """

    def __init__(self, code: Iterable[Sequence[int]], dtype: Any = np.float64, seed: int = 0) -> None:
        self.code = [tuple(int(n) for n in step) for step in code]
        self.dtype, self.seed = np.dtype(dtype), int(seed)

    def __repr__(self) -> str:
        return f"Network({self.code}, {self.dtype.name!r}, seed={self.seed})"

    def __reduce__(self) -> Any:
        return Network, (self.code, self.dtype.name, self.seed)

    @property
    def kinds(self) -> list[str]:
        """The kinds of its layers, in order."""
        names = names_of_layers()
        return [names[step[0] % len(names)] for step in self.code]

    def run(self, t: Tape) -> Any:
        """Record the network on a tape, inputs and weights by name, and return its output, a scalar loss."""

        def make(role: str, value: Any, name: str) -> Any:
            return t.weight(value, name) if role == "weight" else t.input(value, name)

        return self.build(make, t.scope)

    def leaves(self) -> list[Any]:
        """Return the values of the inputs and weights, in the order in which :meth:`loss` takes them."""
        t = record.Tape()
        self.run(t)
        return [t._log[k][3] for k in sorted(t._roles)]

    def loss(self, leaves: Sequence[Any]) -> Any:
        """Compute the loss of given inputs and weights: a function, for ``tape.grad``."""
        given = iter(leaves)
        return self.build(lambda role, value, name: next(given), record.scope)

    def build(self, make: Callable[[str, Any, str], Any], scope: Callable[[str], AbstractContextManager[Any]]) -> Any:
        """Run the layers, with leaves from ``make(role, value, name)``, and return the loss."""
        names = names_of_layers()
        net = Builder(make, scope, self.dtype, self.seed)
        for kind, a, b, c in self.code:
            name = names[kind % len(names)]
            with scope(name):
                made = LAYERS[name](net, a, b, c)
                net.live += [net.finish(v) for v in (made if type(made) is tuple else (made,))]
        with scope("loss"):
            return loss(net)


def loss(net: Builder) -> Any:
    """Return a scalar of which every entry that nothing has read counts for something."""
    last = [v for v in net.live if v._index not in net.used] or [net.live[-1] if net.live else net.input((net.d,))]
    total: Any = None
    for k, v in enumerate(last):
        if not v.size:
            continue
        if v.ndim == 0:
            term = v * float(net.rng.uniform(0.5, 1.5))
        elif k % 3 == 2:
            term = np.sum(v * v)
        else:
            term = np.sum(v * net.constant(v.shape))
        total = term if total is None else total + term
    return np.sum(net.input((net.d,))) if total is None else total


_names: list[str] = []


def names_of_layers() -> list[str]:
    """Return the kinds of layers in the order of their numbers."""
    if not _names:
        for family in ("layers", "layers_nn"):
            importlib.import_module(f"tape.oracle.{family}")
        _names.extend(LAYERS)
    return _names


def random_network(
    seed: int, dtype: Any = np.float64, *, size: int = 12, kinds: Sequence[str] | None = None
) -> Network:
    """Draw a network without Hypothesis: the same one for the same seed.

    Parameters
    ----------
    seed : int
        Any integer from 0.
    dtype : dtype_like
        ``float64`` or ``float32``.
    size : int
        The largest number of layers.
    kinds : sequence of str, optional
        Kinds to draw more often: every second layer is one of these.
    """
    rng = np.random.default_rng([seed, 7919])
    names = names_of_layers()
    count = int(rng.integers(1, size + 1))
    code = rng.integers(0, SPAN, size=(count, 4))
    code[:, 0] = rng.integers(0, len(names), size=count)
    if kinds:
        chosen = [names.index(kind) for kind in kinds]
        code[::2, 0] = [chosen[int(k)] for k in rng.integers(0, len(chosen), size=len(code[::2]))]
    return Network(code.tolist(), dtype, seed)


def networks(*, size: int = 8, dtypes: Sequence[str] = ("float64", "float32")) -> Any:
    """Return a Hypothesis strategy of networks of at most ``size`` layers."""
    from hypothesis import strategies as st

    small = st.integers(0, SPAN - 1)
    step = st.tuples(st.integers(0, len(names_of_layers()) - 1), small, small, small)
    return st.builds(
        Network, st.lists(step, min_size=1, max_size=size), st.sampled_from(list(dtypes)), st.integers(0, 1000)
    )
