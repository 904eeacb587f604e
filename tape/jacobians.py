"""Jacobians: a sweep for each element of the output in reverse, or for each element of the inputs forwards."""

from __future__ import annotations

from typing import Any

import numpy as np

from tape import sweep
from tape.adjoints import own
from tape.errors import ComplexOutputError
from tape.guard import verify
from tape.record import Var
from tape.recording import Recording

__tape__ = True


def jacobian_of(r: Recording, y: Any, mode: str) -> list[Any]:
    """Return the blocks of the Jacobian of one output, one for each input."""
    if type(y) is not Var:
        return [np.zeros((*np.shape(y), *v.shape), v.dtype) for v in r.inputs]
    return jacobian_rows(r, y) if mode == "reverse" else jacobian_columns(r, y)


def unit(shape: tuple[int, ...], dtype: Any, k: int) -> Any:
    """Return an array of zeros but for a one at flat position ``k``."""
    seed = np.zeros(shape, dtype)
    seed.reshape(-1)[k] = 1
    return seed


def stacked(parts: list[Any], shape: tuple[int, ...], *, axis: int = 0) -> Any:
    """Stack arrays, plain or recorded, and give the result a shape."""
    return np.reshape(np.stack(parts, axis=axis), shape)


def jacobian_rows(r: Recording, y: Var) -> list[Any]:
    """Return the Jacobian by reverse sweeps, one for each element of the output; two, where they are complex.

    The adjoint, of the seeds 1 and 1j, is of the real and of the imaginary part: they are a complex derivative in the
    real inputs, and in complex ones where they agree.
    """
    verify(r.tape)
    real = adjoint_rows(r, y, 1)
    if y.dtype.kind != "c":
        return real
    return [
        np.conj(same_along(one, other)) if v.dtype.kind == "c" else one + 1j * other
        for v, one, other in zip(r.inputs, real, adjoint_rows(r, y, 1j), strict=True)
    ]


def adjoint_rows(r: Recording, y: Var, seed: complex) -> list[Any]:
    """Return, for each input, its adjoints of a seed at each element of the output in turn."""
    t = r.tape
    wanted = frozenset(v._index for v in r.inputs)
    found: list[list[Any]] = []
    for k in range(y.size):
        g = sweep.seed_for(y._value, unit(y.shape, y.dtype, k) * y.dtype.type(seed), "the output")
        adjoints = sweep.run(t, y._index, g, wanted, recorded=r.nested)
        found.append([own(adjoints[v._index] if v._index < len(adjoints) else None, v._value) for v in r.inputs])
    return [
        stacked([row[j] for row in found], (*y.shape, *v.shape)) if found else np.zeros((*y.shape, *v.shape), v.dtype)
        for j, v in enumerate(r.inputs)
    ]


def jacobian_columns(r: Recording, y: Var) -> list[Any]:
    """Return the Jacobian by forward sweeps, one for each element of the inputs; two, for those of complex inputs."""
    blocks: list[Any] = []
    for v in r.inputs:
        block = tangent_columns(r, y, v, 1)
        if v.dtype.kind == "c":
            other = tangent_columns(r, y, v, 1j)
            block = same_along(block, other) if y.dtype.kind == "c" else block + 1j * other
        blocks.append(block)
    return blocks


def tangent_columns(r: Recording, y: Var, v: Var, seed: complex) -> Any:
    """Return the tangents of the output, of a seed at each element of an input in turn."""
    columns: list[Any] = []
    for k in range(v.size):
        along = unit(v.shape, v.dtype, k) * v.dtype.type(seed)
        columns.append(sweep.forward(r.tape, [(v, along)], last=y, recorded=r.nested)[y])
    shape = (*y.shape, *v.shape)
    return stacked(columns, shape, axis=-1) if columns else np.zeros(shape, y.dtype)


def same_along(one: Any, other: Any) -> Any:
    """Return a derivative along 1, of complex numbers by complex ones, if that along 1j is 1j times as much.

    That is the Cauchy-Riemann equations: else the function has no complex derivative, and part of what it has would be
    lost. They hold but for rounding.
    """
    p, q = (np.asarray(v.value if type(v) is Var else v) for v in (one, other))
    if p.size:
        eps = np.finfo(p.dtype).eps
        size = np.maximum(np.abs(p), np.abs(q))
        if np.any(np.abs(q - 1j * p) > np.sqrt(eps) * size + 1e3 * eps * np.max(size)):
            raise ComplexOutputError(
                "jacobian: the output is complex, and isn't a differentiable function of the complex argument"
                " (its derivative depends on the direction: np.conj, np.real and np.abs do that): differentiate"
                " np.real and np.imag of it apart, or by the real and the imaginary part of the argument"
            )
    return one
