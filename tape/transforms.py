"""Transforms: functions in, derivatives out, with the meanings that they have in JAX and torch.func.

Each records its function on a tape, sweeps, and gives the tape back. A derivative taken within another records its own
sweep on the same tape, so that it can itself be differentiated: its arguments get entries of their own, and adjoints
belong to entries, so that derivatives at two levels can't be confused.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tape import record, sweep
from tape.adjoints import own, zeros
from tape.arguments import check_callable, check_unused, numbers
from tape.containers import flatten, unflatten
from tape.errors import (
    ComplexOutputError,
    IndependentError,
    NonScalarError,
    OutputTypeError,
    SeedError,
)
from tape.guard import guard, verify
from tape.jacobians import jacobian_of
from tape.record import Var
from tape.recording import Recording, enclosing
from tape.rule import short

__tape__ = True

ndarray = np.ndarray


def scalar_output(r: Recording, what: str) -> Any:
    """Check that an output is one real number, and return it."""
    y = r.output
    if type(y) is not Var:
        if isinstance(y, (dict, list, tuple)) or y is None:
            raise NonScalarError(
                f"{what}: the function returned {type(y).__name__}, it must return one number (has_aux=True for more)"
            )
        if np.size(y) != 1:
            raise NonScalarError(
                f"{what}: the function returned an array of shape {np.shape(y)}, it must return one number"
            )
    check_output(r, y)
    if type(y) is not Var:
        return y
    dtype = y.dtype
    if dtype.kind == "c":
        raise ComplexOutputError(
            f"{what}: the output is complex, and has no one direction of steepest ascent: take np.real, np.imag or"
            f" np.abs of it, or use vjp"
        )
    return y


def check_output(r: Recording, y: Any) -> None:
    """Check that a result is a variable of the recording's tape, or a constant number or array of numbers."""
    if type(y) is Var:
        if y._tape is not r.tape:
            raise record.mixed(r.tape, y._tape)
    elif type(y) is not float and np.asarray(y).dtype.kind not in "biufc":
        raise OutputTypeError(
            f"the function returned a {type(y).__name__} ({short(y)}), which has no derivative: return numbers and"
            " arrays of numbers, and what else there is by has_aux=True"
        )


def outputs_of(r: Recording) -> tuple[list[Any], Any]:
    """Return the leaves of a recording's output, checked, and its containers."""
    outputs, spec = flatten(r.output)
    for y in outputs:
        check_output(r, y)
    return outputs, spec


def adjoints_of(r: Recording, seed: Any, unused: str, strong_zeros: bool = False) -> list[Any]:
    """Sweep a recording from its output; return the adjoint of each input."""
    y = r.output
    if type(y) is not Var:
        if unused == "error":
            raise IndependentError(
                "the result doesn't depend on the arguments: the function returned a constant (unused='zeros' gives"
                " zeros)"
            )
        return [zeros(v._value) for v in r.inputs]
    t = r.tape
    verify(t)
    if r.nested or strong_zeros:
        wanted = frozenset(v._index for v in r.inputs)
        adjoints = sweep.run(t, y._index, seed, wanted, recorded=r.nested, strong=strong_zeros)
        found = {v._index: adjoints[v._index] for v in r.inputs if v._index < len(adjoints)}
        del adjoints
    else:
        found = sweep.consume(t, y._index, seed)
    out: list[Any] = []
    for k, v in enumerate(r.inputs):
        g = found.pop(v._index, None)
        if g is None and unused == "error":
            raise IndependentError(
                f"the result doesn't depend on input {k} (shape {v.shape}): unused='zeros' gives zeros"
            )
        out.append(theirs(g, v._value))
    return out


def references(g: Any) -> int:
    """Count who holds an object, this function and Python's counter among them."""
    return sys.getrefcount(g)


def theirs(g: Any, primal: Any) -> Any:
    """Return an adjoint as the caller's own array, without a copy where nobody else holds it."""
    if type(g) is ndarray and g.base is None and g.ndim and references(g) <= ALONE:
        return g
    return own(g, primal)


def _alone() -> int:
    """Return the count of an array that only ``theirs`` and its caller hold, as this Python counts."""

    def like_theirs(g: Any) -> int:
        return references(g)

    g = np.zeros(1)
    return like_theirs(g)


ALONE = _alone()


def gradient_of(r: Recording, single: bool, unused: str, strong_zeros: bool) -> Any:
    """Return the gradient of a recording's output, one real number, in the containers of its arguments."""
    y = scalar_output(r, "gradient")
    seed = sweep.seed_for(y._value, None, "the output of the function") if type(y) is Var else None
    return r.trees(adjoints_of(r, seed, unused, strong_zeros), single)


def value_and_grad(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    unused: str = "zeros",
    strong_zeros: bool = False,
) -> Callable[..., Any]:
    """Return a function that computes the value of ``f`` and its gradient.

    Parameters
    ----------
    f : callable
        Returns one real number, or, with ``has_aux``, that and anything else.
    argnums : int or sequence of int
        Which positional arguments to differentiate; each may be a nested container of arrays.
    has_aux : bool
        ``f`` returns ``(output, aux)``, and so does the result: ``((value, aux), gradient)``.
    unused : {"zeros", "error"}
        What becomes of an input that the output doesn't depend on.
    strong_zeros : bool
        A zero adjoint stays zero, though the derivative that it is multiplied by be infinite or NaN. See
        :func:`tape.sweep.reverse`.

    Returns
    -------
    callable
        ``(value, gradient)``; the gradient has the containers of its argument, the shapes and dtypes of its arrays.

    Raises
    ------
    NonScalarError, ComplexOutputError, InputTypeError
        When called: the output isn't one real number; an input is an integer.
    """
    check_callable(f, "value_and_grad")
    nums, single = numbers(argnums)
    check_unused(unused)

    @functools.wraps(f, updated=())
    def derivative(*args: Any, **kwargs: Any) -> Any:
        r = Recording(f, args, kwargs, nums, has_aux=has_aux, frame=sys._getframe(0))
        try:
            found = gradient_of(r, single, unused, strong_zeros)
            value = r.plain(r.output)
            return ((value, r.plain(r.aux)), found) if has_aux else (value, found)
        finally:
            if not r.nested:
                r.tape.close()

    return derivative


def grad(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    unused: str = "zeros",
    strong_zeros: bool = False,
) -> Callable[..., Any]:
    """Return a function that computes the gradient of ``f``: the second result of :func:`value_and_grad`.

    Parameters
    ----------
    f : callable
        Returns one real number, or, with ``has_aux``, that and anything else.
    argnums : int or sequence of int
        Which positional arguments to differentiate; each may be a nested container of arrays.
    has_aux : bool
        ``f`` returns ``(output, aux)``, and the result is ``(gradient, aux)``.
    unused : {"zeros", "error"}
        What becomes of an input that the output doesn't depend on.
    strong_zeros : bool
        A zero adjoint stays zero, though the derivative that it is multiplied by be infinite or NaN. See
        :func:`tape.sweep.reverse`.

    Returns
    -------
    callable
        Takes the arguments of ``f``. The gradient has the containers of its argument, the shapes and dtypes of its
        arrays; of several arguments, it is a tuple.

    Raises
    ------
    NonScalarError, ComplexOutputError, InputTypeError
        When called: the output isn't one real number; an input is an integer.

    Examples
    --------
    >>> import numpy as np, tape
    >>> tape.grad(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    check_callable(f, "grad")
    nums, single = numbers(argnums)
    check_unused(unused)

    @functools.wraps(f, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        r = Recording(f, args, kwargs, nums, has_aux=has_aux, frame=sys._getframe(0))
        try:
            found = gradient_of(r, single, unused, strong_zeros)
            return (found, r.plain(r.aux)) if has_aux else found
        finally:
            if not r.nested:
                r.tape.close()

    return gradient


def vjp(f: Callable[..., Any], *args: Any, has_aux: bool = False) -> Any:
    """Return ``f(*args)`` and the function that pulls an adjoint of it back to the arguments.

    Parameters
    ----------
    f : callable
        Returns an array or a nested container of arrays.
    *args
        Arrays or nested containers of arrays, all of them differentiated.

    Returns
    -------
    output, pullback : Any, callable
        ``pullback(g)``, for ``g`` of the output's containers and shapes, returns a tuple: one adjoint an argument.
        It may be called often.
    """
    check_callable(f, "vjp")
    r = Recording(f, args, {}, tuple(range(len(args))), has_aux=has_aux, frame=sys._getframe(0))
    outputs, spec = outputs_of(r)
    t = r.tape
    wanted = frozenset(v._index for v in r.inputs)

    def pullback(g: Any) -> Any:
        seeds, given = flatten(g)
        if len(seeds) != len(outputs) or given != spec:
            raise SeedError(f"the adjoint has containers {given}, the output {spec}")
        verify(t)
        totals: list[Any] = [None] * len(r.inputs)
        for y, s in zip(outputs, seeds, strict=True):
            if type(y) is not Var:
                continue
            seed = sweep.seed_for(y._value, s, "the output")
            found = sweep.run(t, y._index, seed, wanted, recorded=r.nested)
            for k, v in enumerate(r.inputs):
                part = found[v._index] if v._index < len(found) else None
                if part is not None:
                    totals[k] = part if totals[k] is None else totals[k] + part
        return r.trees([own(total, v._value) for total, v in zip(totals, r.inputs, strict=True)], single=False)

    if not r.nested:  # the tape goes on reading what the caller now holds
        for y in outputs:
            if type(y) is Var and type(y._value) is ndarray:
                guard(t, y._value, y._index)
    out = r.plain(r.output)
    return (out, pullback, r.plain(r.aux)) if has_aux else (out, pullback)


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return ``f(*primals)`` and its tangent, for the tangents of the arguments.

    Parameters
    ----------
    f : callable
        Returns an array or a nested container of arrays.
    primals, tangents : sequence
        Arguments and their tangents: the same containers, the same shapes.
    """
    check_callable(f, "jvp")
    primals, tangents = tuple(primals), tuple(tangents)
    if len(primals) != len(tangents):
        raise SeedError(f"{len(primals)} primals and {len(tangents)} tangents: there must be one for each")
    r = Recording(f, primals, {}, tuple(range(len(primals))), has_aux=False, keep="all", frame=sys._getframe(0))
    try:
        seeds: list[Any] = []
        for tangent_, (spec, count) in zip(tangents, r.specs, strict=True):
            leaves, given = flatten(tangent_)
            if given != spec or len(leaves) != count:
                raise SeedError(f"a tangent has containers {given}, its primal {spec}")
            seeds += leaves
        found = sweep.forward(r.tape, zip(r.inputs, seeds, strict=True), recorded=r.nested)
        outputs, spec = outputs_of(r)
        values = [y._value if type(y) is Var and not r.nested else y for y in outputs]
        dots = [found[y] if type(y) is Var else zeros(y) for y in outputs]
        return unflatten(spec, values), unflatten(spec, dots)
    finally:
        if not r.nested:
            r.tape.close()


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, mode: str = "reverse") -> Callable[..., Any]:
    """Return a function that computes the Jacobian of ``f``.

    Parameters
    ----------
    f : callable
        Returns an array, or a nested container of arrays.
    argnums : int or sequence of int
        Which positional arguments to differentiate; each may be a nested container of arrays.
    mode : {"reverse", "forward"}
        One sweep for each element of the output, or one for each element of the input: take the fewer.

    Returns
    -------
    callable
        An array of shape ``output.shape + input.shape``; within the containers of the arguments, within those of the
        output. Where the output is complex, the complex derivative, also by real arguments. Of a real output by complex
        arguments, the direction of steepest ascent of each element, as from :func:`grad`.

    Raises
    ------
    ComplexOutputError
        Where the output and an argument are complex, and the function has no complex derivative there.
    """
    check_callable(f, "jacobian")
    nums, single = numbers(argnums)
    if mode not in ("reverse", "forward"):
        raise ValueError(f"mode is 'reverse' or 'forward', not {mode!r}")

    @functools.wraps(f, updated=())
    def derivative(*args: Any, **kwargs: Any) -> Any:
        keep = "all" if mode == "forward" else "residuals"
        r = Recording(f, args, kwargs, nums, has_aux=False, keep=keep, frame=sys._getframe(0))
        try:
            outputs, spec = outputs_of(r)
            blocks = [r.trees(jacobian_of(r, y, mode), single) for y in outputs]
            return unflatten(spec, blocks)
        finally:
            if not r.nested:
                r.tape.close()

    return derivative


def hessian(f: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """Return a function that computes the Hessian of ``f``.

    Parameters
    ----------
    f : callable
        Returns one real number.
    argnums : int
        Which positional argument to differentiate twice; it may be a nested container of arrays.

    Returns
    -------
    callable
        An array of shape ``x.shape + x.shape``, or containers of containers of blocks: the Jacobian, by forward
        sweeps, of the gradient.
    """
    check_callable(f, "hessian")
    return jacobian(grad(f, argnums), argnums, mode="forward")


def hvp(f: Callable[..., Any], primals: Sequence[Any], vectors: Sequence[Any]) -> Any:
    """Return the product of the Hessian of ``f`` with a vector: the tangent of its gradient.

    Parameters
    ----------
    f : callable
        Returns one real number.
    primals, vectors : sequence
        Arguments, all of them differentiated, and the vectors for them.

    Returns
    -------
    tuple
        One product an argument, or the product where there is one argument.

    Notes
    -----
    Forward over reverse: about the cost of two gradients, whatever the number of inputs; Pearlmutter (1994).
    """
    check_callable(f, "hvp")
    primals = tuple(primals)
    nums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    return jvp(grad(f, nums), primals, vectors)[1]


def stop_gradient(x: Any) -> Any:
    """Return the values of a variable, or of a container of them, as constants: nothing flows back through them."""
    leaves, spec = flatten(x)
    return unflatten(spec, [v.value if type(v) is Var else v for v in leaves])


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that computes what ``f`` does and keeps nothing inside it for the sweep.

    The sweep replays the recorded entries of the call when it comes to them: memory for time. The replay runs the very
    calls that were recorded, so that random numbers and branches are those of the first run.

    Parameters
    ----------
    f : callable
        Any function of arrays; it may also use variables from around it.
    """
    check_callable(f, "checkpoint")

    @functools.wraps(f, updated=())
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        t = enclosing(flatten((args, kwargs))[0])
        if t is None:
            return f(*args, **kwargs)
        from tape.program.replay import drop

        start, kept, t._keep = len(t), t._keep, True
        try:
            out = f(*args, **kwargs)
        finally:
            t._keep = kept
        drop(t, start, len(t))
        t._checkpoints.append((start, len(t)))
        return out

    return checkpointed
