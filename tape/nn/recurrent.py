"""Recurrent networks: RNN, LSTM and GRU, one step and whole sequences, equal to torch's.

All are programs of recorded calls: the inputs of all time steps are projected by one matrix product, and each step adds
one more for the hidden state, the gates' in one piece. Weights have torch's names, shapes and order of gates, so
that the arrays of a ``torch.nn.LSTM`` can be used as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tape.errors import ShapeError
from tape.nn.activations import relu, sigmoid
from tape.nn.affine import linear
from tape.nn.noise import dropout as drop
from tape.record import scope

__tape__ = True

NONLINEARITIES: dict[str, Callable[[Any], Any]] = {"tanh": np.tanh, "relu": relu}


# ------------------------------------------------------------ steps, their input projected


def _rnn(nonlinearity: str) -> Callable[..., Any]:
    if nonlinearity not in NONLINEARITIES:
        raise ValueError(f"nonlinearity={nonlinearity!r}: it is 'tanh' or 'relu'")
    fn = NONLINEARITIES[nonlinearity]

    def step(projected: Any, h: Any, w_hh: Any, b_hh: Any) -> Any:
        return fn(projected + linear(h, w_hh, b_hh))

    return step


def _lstm(projected: Any, h: Any, c: Any, w_hh: Any, b_hh: Any, w_hr: Any = None) -> tuple[Any, Any]:
    """Return the new hidden state and cell; the gates stand in the order input, forget, cell, output."""
    size = np.shape(c)[-1]
    gates = projected + linear(h, w_hh, b_hh)
    switches = sigmoid(gates[..., : 2 * size])
    candidate, output = np.tanh(gates[..., 2 * size : 3 * size]), sigmoid(gates[..., 3 * size :])
    c = switches[..., size:] * c + switches[..., :size] * candidate
    h = output * np.tanh(c)
    return (h if w_hr is None else linear(h, w_hr)), c


def _gru(projected: Any, h: Any, w_hh: Any, b_hh: Any) -> Any:
    """Return the new hidden state; the gates stand in the order reset, update, new."""
    size = np.shape(h)[-1]
    recurrent = linear(h, w_hh, b_hh)
    switches = sigmoid(projected[..., : 2 * size] + recurrent[..., : 2 * size])
    new = np.tanh(projected[..., 2 * size :] + switches[..., :size] * recurrent[..., 2 * size :])
    return new + switches[..., size:] * (h - new)


# ------------------------------------------------------------------------------ cells


def check_cell(x: Any, states: tuple[Any, ...], w_ih: Any, w_hh: Any, gates: int, what: str) -> None:
    """Check the shapes of one step."""
    size = np.shape(states[-1])[-1]
    fits = (
        np.ndim(x) in (1, 2)
        and all(np.shape(s)[:-1] == np.shape(x)[:-1] for s in states)
        and np.shape(w_ih) == (gates * size, np.shape(x)[-1])
        and np.shape(w_hh) == (gates * size, np.shape(states[0])[-1])
    )
    if not fits:
        raise ShapeError(
            f"{what} of x {np.shape(x)}, states {[np.shape(s) for s in states]}, w_ih {np.shape(w_ih)} and w_hh"
            f" {np.shape(w_hh)}: they must be (n, inputs), (n, size), ({gates} * size, inputs) and ({gates} * size,"
            " size)"
        )


def rnn_cell(
    x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None, nonlinearity: str = "tanh"
) -> Any:
    """Return the next hidden state of a plain recurrent network, ``tanh(w_ih x + b_ih + w_hh h + b_hh)``.

    Parameters
    ----------
    x, h : array of shape (n, inputs), (n, size)
        The input and the hidden state; both may lack the first axis.
    w_ih, w_hh : array of shape (size, inputs), (size, size)
        The weights.
    b_ih, b_hh : array of shape (size,), optional
        The biases.
    nonlinearity : {"tanh", "relu"}
        What the sum goes through.

    Raises
    ------
    ShapeError
        The shapes don't fit.

    Notes
    -----
    Elman, *Finding structure in time* (1990). torch spells it ``rnn_tanh_cell`` and ``rnn_relu_cell``.
    """
    step = _rnn(nonlinearity)
    check_cell(x, (h,), w_ih, w_hh, 1, "rnn_cell")
    return step(linear(x, w_ih, b_ih), h, w_hh, b_hh)


def lstm_cell(x: Any, hx: tuple[Any, Any], w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> tuple[Any, Any]:
    """Return the next hidden state and cell state of a long short-term memory.

    Parameters
    ----------
    x : array of shape (n, inputs)
        The input; it and the states may lack the first axis.
    hx : tuple of two arrays of shape (n, size)
        The hidden state and the cell state.
    w_ih, w_hh : array of shape (4 * size, inputs), (4 * size, size)
        The weights; the gates are input, forget, cell, output.
    b_ih, b_hh : array of shape (4 * size,), optional
        The biases.

    Raises
    ------
    ShapeError
        The shapes don't fit.

    Notes
    -----
    Hochreiter and Schmidhuber, *Long short-term memory* (1997), with the forget gate of Gers et al. (2000).
    """
    h, c = hx
    check_cell(x, (h, c), w_ih, w_hh, 4, "lstm_cell")
    return _lstm(linear(x, w_ih, b_ih), h, c, w_hh, b_hh)


def gru_cell(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """Return the next hidden state of a gated recurrent unit.

    Parameters
    ----------
    x, h : array of shape (n, inputs), (n, size)
        The input and the hidden state; both may lack the first axis.
    w_ih, w_hh : array of shape (3 * size, inputs), (3 * size, size)
        The weights; the gates are reset, update, new.
    b_ih, b_hh : array of shape (3 * size,), optional
        The biases.

    Raises
    ------
    ShapeError
        The shapes don't fit.

    Notes
    -----
    Cho et al., *Learning phrase representations using RNN encoder-decoder* (2014); the reset gate acts on the recurrent
    term after its product with the weight, as in torch and cuDNN.
    """
    check_cell(x, (h,), w_ih, w_hh, 3, "gru_cell")
    return _gru(linear(x, w_ih, b_ih), h, w_hh, b_hh)


# -------------------------------------------------------------------------- sequences

KINDS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
NAME = re.compile(rf"({'|'.join(KINDS)})_l(\d+)(_reverse)?")


def layers(weights: Mapping[str, Any], what: str) -> tuple[int, list[str]]:
    """Return how many layers the weights are for, and the suffixes of the directions."""
    found = {name: NAME.fullmatch(name) for name in weights}
    unknown = [name for name, match in found.items() if match is None or (match[1] == "weight_hr" and what != "lstm")]
    if unknown or not found:
        raise ValueError(
            f"{what}: the weights are named as torch names them, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0,"
            f" weight_ih_l0_reverse, ...; not {', '.join(unknown) or 'none at all'}"
        )
    count = 1 + max(int(m[2]) for m in found.values() if m)
    directions = ["", "_reverse"] if any(m[3] for m in found.values() if m) else [""]
    kinds = {m[1] for m in found.values() if m} | {"weight_ih", "weight_hh"}
    missing = [f"{k}_l{i}{d}" for i in range(count) for d in directions for k in sorted(kinds)]
    missing = [name for name in missing if name not in weights]
    if missing:
        raise ValueError(
            f"{what}: weights for {count} layers, {len(directions)} directions, without {', '.join(missing)}"
        )
    return count, directions


def sequence(
    x: Any,
    hx: tuple[Any, ...] | None,
    weights: Mapping[str, Any],
    what: str,
    gates: int,
    step: Callable[..., tuple[Any, ...]],
    batch_first: bool,
    dropout: float,
    generator: np.random.Generator | None,
) -> tuple[Any, tuple[Any, ...]]:
    """Run layers over a sequence; ``step(projected, states, w_hh, b_hh, w_hr)`` returns the next states."""
    count, directions = layers(weights, what)
    if np.ndim(x) not in (2, 3) or np.size(x) == 0:
        raise ShapeError(f"{what} of an input of shape {np.shape(x)}: it must be (time, n, inputs), and not empty")
    single = np.ndim(x) == 2
    if single:
        x = np.expand_dims(x, 1)
    elif batch_first:
        x = np.transpose(x, (1, 0, 2))
    hx = first_states(x, hx, weights, what, count * len(directions), single)
    finals: list[list[Any]] = [[] for _ in hx]
    for layer in range(count):
        outputs: list[Any] = []
        for k, direction in enumerate(directions):
            suffix = f"_l{layer}{direction}"
            w_ih, w_hh, b_ih, b_hh, w_hr = (weights.get(kind + suffix) for kind in KINDS)
            states = tuple(h[layer * len(directions) + k] for h in hx)
            check_cell(x[0], states, w_ih, w_hh, gates, f"{what}, layer {suffix[1:]},")
            with scope(suffix[1:]):
                projected = linear(x, w_ih, b_ih)
                hidden: list[Any] = [None] * len(x)
                for t in reversed(range(len(x))) if direction else range(len(x)):
                    states = step(projected[t], states, w_hh, b_hh, w_hr)
                    hidden[t] = states[0]
                outputs.append(np.stack(hidden))
            for final, state in zip(finals, states, strict=True):
                final.append(state)
        x = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=-1)
        if layer < count - 1:
            x = drop(x, dropout, generator=generator)
    if single:
        x = x[:, 0]
    elif batch_first:
        x = np.transpose(x, (1, 0, 2))
    return x, tuple(np.stack(final)[:, 0] if single else np.stack(final) for final in finals)


def first_states(
    x: Any, hx: tuple[Any, ...] | None, weights: Mapping[str, Any], what: str, runs: int, single: bool
) -> tuple[Any, ...]:
    """Return the states to begin with, of shape ``(layers * directions, n, size)``: zeros unless given."""
    cell = np.shape(weights["weight_ih_l0"])[0] // 4
    sizes = [np.shape(weights["weight_hh_l0"])[-1], *([cell] if what == "lstm" else [])]
    shapes = [(runs, np.shape(x)[1], size) for size in sizes]
    if hx is None:
        return tuple(np.zeros(shape, np.result_type(x, weights["weight_ih_l0"])) for shape in shapes)
    if single:
        hx = tuple(np.expand_dims(h, 1) for h in hx)
    if [np.shape(h) for h in hx] != shapes:
        raise ShapeError(
            f"{what}: first states of shapes {[np.shape(h) for h in hx]}, they must be {shapes}: (layers *"
            " directions, n,"
            " size), without n where the input has no batch"
        )
    return hx


def rnn(
    input: Any,
    hx: Any,
    weights: Mapping[str, Any],
    *,
    nonlinearity: str = "tanh",
    batch_first: bool = False,
    dropout: float = 0.0,
    generator: np.random.Generator | None = None,
) -> tuple[Any, Any]:
    """Run a plain recurrent network over sequences, as ``torch.nn.RNN`` does.

    Parameters
    ----------
    input : array of shape (time, n, inputs)
        Sequences; with ``batch_first``, of shape ``(n, time, inputs)``; a single one may lack ``n``.
    hx : array of shape (layers * directions, n, size) or None
        The hidden state to begin with; zeros if None.
    weights : mapping of str to array
        Under torch's names: ``weight_ih_l0``, ``weight_hh_l0``, ``bias_ih_l0``, ``bias_hh_l0``, further layers
        ``..._l1``, and the opposite direction ``..._l0_reverse``. The names tell how many layers and directions there
        are; biases may be left out.
    nonlinearity : {"tanh", "relu"}
        What each step's sum goes through.
    batch_first : bool
        The batch is the first axis of input and output (not of the states).
    dropout : float
        With what probability each output of a layer is dropped before the next one; 0 outside of training.
    generator : np.random.Generator, optional
        Draws what is dropped.

    Returns
    -------
    output : array of shape (time, n, directions * size)
        The last layer's hidden states.
    hidden : array of shape (layers * directions, n, size)
        The last hidden state of each layer and direction.

    Raises
    ------
    ShapeError, ValueError
        The shapes don't fit; weights are missing, or of unknown names.
    """
    cell = _rnn(nonlinearity)

    def step(projected: Any, states: Any, w_hh: Any, b_hh: Any, w_hr: Any) -> tuple[Any, ...]:
        return (cell(projected, states[0], w_hh, b_hh),)

    first = None if hx is None else (hx,)
    output, (hidden,) = sequence(input, first, weights, "rnn", 1, step, batch_first, dropout, generator)
    return output, hidden


def lstm(
    input: Any,
    hx: tuple[Any, Any] | None,
    weights: Mapping[str, Any],
    *,
    batch_first: bool = False,
    dropout: float = 0.0,
    generator: np.random.Generator | None = None,
) -> tuple[Any, tuple[Any, Any]]:
    """Run a long short-term memory over sequences, as ``torch.nn.LSTM`` does.

    Parameters
    ----------
    input, batch_first, dropout, generator
        As for :func:`rnn`.
    hx : tuple of two arrays of shape (layers * directions, n, size) or None
        Hidden state and cell state to begin with.
    weights : mapping of str to array
        As for :func:`rnn`; ``weight_hr_l0`` and its kin, where there, project the hidden state.

    Returns
    -------
    output : array of shape (time, n, directions * size)
        The last layer's hidden states.
    hidden, cell : tuple of two arrays of shape (layers * directions, n, size)
        The last states of each layer and direction.

    Raises
    ------
    ShapeError, ValueError
        The shapes don't fit; weights are missing, or of unknown names.
    """

    def step(projected: Any, states: Any, w_hh: Any, b_hh: Any, w_hr: Any) -> tuple[Any, ...]:
        return _lstm(projected, states[0], states[1], w_hh, b_hh, w_hr)

    output, (hidden, cell) = sequence(input, hx, weights, "lstm", 4, step, batch_first, dropout, generator)
    return output, (hidden, cell)


def gru(
    input: Any,
    hx: Any,
    weights: Mapping[str, Any],
    *,
    batch_first: bool = False,
    dropout: float = 0.0,
    generator: np.random.Generator | None = None,
) -> tuple[Any, Any]:
    """Run a gated recurrent unit over sequences, as ``torch.nn.GRU`` does.

    Parameters
    ----------
    input, hx, weights, batch_first, dropout, generator
        As for :func:`rnn`.

    Returns
    -------
    output : array of shape (time, n, directions * size)
        The last layer's hidden states.
    hidden : array of shape (layers * directions, n, size)
        The last hidden state of each layer and direction.

    Raises
    ------
    ShapeError, ValueError
        The shapes don't fit; weights are missing, or of unknown names.
    """

    def step(projected: Any, states: Any, w_hh: Any, b_hh: Any, w_hr: Any) -> tuple[Any, ...]:
        return (_gru(projected, states[0], w_hh, b_hh),)

    first = None if hx is None else (hx,)
    output, (hidden,) = sequence(input, first, weights, "gru", 3, step, batch_first, dropout, generator)
    return output, hidden
