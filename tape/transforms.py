"""Transforms: functions in, derivatives out, with the meanings that they have in JAX and torch.func.

Each records its function on a tape, sweeps, and gives the tape back. A derivative taken within another records its own
sweep on the same tape, so that it can itself be differentiated: its arguments get entries of their own, and adjoints
belong to entries, so that derivatives at two levels can't be confused.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import optree

from tape import record, sweep
from tape.errors import (
    ClosedTapeError,
    ComplexOutputError,
    DetachError,
    IndependentError,
    InPlaceError,
    InputTypeError,
    NonScalarError,
    SeedError,
)
from tape.record import ALIAS, Tape, Var

__tape__ = True

ndarray = np.ndarray
_NS = "tape"


def register_dataclass(cls: type) -> type:
    """Let instances of a dataclass be arguments of transforms, their fields being differentiated (decorator).

    Parameters
    ----------
    cls : type
        A dataclass whose fields are arrays or nested containers of arrays.
    """
    names = [f.name for f in dataclasses.fields(cls)]
    optree.register_pytree_node(
        cls,
        lambda o: (tuple(getattr(o, n) for n in names), None, tuple(names)),
        lambda _, children: cls(**dict(zip(names, children, strict=True))),
        namespace=_NS,
    )
    return cls


def flatten(tree: Any) -> tuple[list[Any], Any]:
    """Return the leaves of nested containers, and what is needed to put them together again."""
    if type(tree) is ndarray or type(tree) is float or type(tree) is Var:
        return [tree], None
    leaves, spec = optree.tree_flatten(tree, namespace=_NS)
    fresh = {type(leaf) for leaf in leaves if dataclasses.is_dataclass(leaf) and not isinstance(leaf, type)}
    if fresh:  # dataclasses that optree hasn't met: their fields may hold others
        for kind in fresh:
            register_dataclass(kind)
        return flatten(tree)
    return leaves, None if len(leaves) == 1 and leaves[0] is tree else spec


def unflatten(spec: Any, leaves: list[Any]) -> Any:
    """Put leaves together into the containers that they came from."""
    return leaves[0] if spec is None else optree.tree_unflatten(spec, leaves)


class Recording:
    """A function, recorded: its inputs as entries, its output, and the tape they are on."""

    __slots__ = ("aux", "inputs", "nested", "output", "specs", "tape")

    def __init__(
        self,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        argnums: tuple[int, ...],
        *,
        has_aux: bool,
        keep: str = "residuals",
        frame: Any,
    ) -> None:
        outer = enclosing(args)
        self.nested = outer is not None
        t = self.tape = outer if outer is not None else Tape(keep=keep)
        kept, t._keep = t._keep, t._keep or keep == "all"
        before = record.live()
        record._stack.set((*before, (t, frame)))
        self.inputs: list[Var] = []
        self.specs: list[tuple[Any, int]] = []
        done = False
        try:
            call = list(args)
            for k in argnums:
                if not -len(args) <= k < len(args):
                    raise TypeError(f"argnums={k}, but the function was called with {len(args)} positional arguments")
                leaves, spec = flatten(args[k])
                fresh = [leaf(t, x, frame, f"argument {k}") for x in leaves]
                self.inputs += fresh
                self.specs.append((spec, len(fresh)))
                call[k] = unflatten(spec, list(fresh))
            output = f(*call, **kwargs)
            self.aux = None
            if has_aux:
                if not isinstance(output, tuple) or len(output) != 2:
                    raise TypeError(
                        f"has_aux=True: the function must return (output, aux), it returned {type(output).__name__}"
                    )
                output, self.aux = output
            self.output = output
            done = True
        except ValueError as error:
            if isinstance(
                error.__cause__, DetachError
            ):  # all that NumPy says is "setting an array element with a sequence"
                raise InPlaceError(
                    "a recorded variable was assigned into an element of an ordinary array, which would cut it off"
                    " its tape:"
                    " collect the pieces in a list, and make the array with np.stack or np.concatenate"
                ) from error
            raise
        finally:
            record._stack.set(before)
            t._keep = kept
            if not done and not self.nested:
                t.close()

    def trees(self, leaves: Sequence[Any], single: bool) -> Any:
        """Put what belongs to the inputs into the containers of the arguments."""
        out, k = [], 0
        for spec, count in self.specs:
            out.append(unflatten(spec, list(leaves[k : k + count])))
            k += count
        return out[0] if single else tuple(out)

    def plain(self, tree: Any) -> Any:
        """Return results as the caller gets them: variables of an outer tape, or the values of our own."""
        if self.nested:
            return tree
        if type(tree) is Var:
            return tree._value
        leaves, spec = flatten(tree)
        return unflatten(spec, [x._value if type(x) is Var else x for x in leaves])


def enclosing(args: tuple[Any, ...]) -> Tape | None:
    """Return the tape that a derivative taken here is part of, if any: that of its arguments, or the current one."""
    for arg in args:
        if type(arg) is ndarray or type(arg) is float:
            continue
        if type(arg) is Var:
            return still_open(arg)
        for x in flatten(arg)[0]:
            if type(x) is Var:
                return still_open(x)
    return record.current()


def still_open(v: Var) -> Tape:
    """Return a variable's tape, checked to be open."""
    if v._tape._log is record.CLOSED:
        raise ClosedTapeError(
            "an argument is a variable of a finished derivative: return it from its function, or take its .value"
        )
    return v._tape


def leaf(t: Tape, x: Any, frame: Any, what: str) -> Var:
    """Return a fresh entry for one array of an argument."""
    if type(x) is Var:
        if x.dtype.kind not in "fc":
            raise InputTypeError(f"{what} is {x.dtype} of shape {x.shape}, which has no derivative")
        return record.record(ALIAS, (x,), {}, frame)
    x = record.differentiable(x, what)
    return record.leaf(t, x, "input", frame)


def numbers(argnums: int | Sequence[int]) -> tuple[tuple[int, ...], bool]:
    """Return argnums as a tuple, and whether it was a single one."""
    if isinstance(argnums, int):
        return (argnums,), True
    found = tuple(argnums)
    if not found:
        raise TypeError(f"argnums is an integer or a non-empty sequence of integers, not {argnums!r}")
    return found, False


def check_unused(unused: str) -> None:
    """Check the option for inputs that the output doesn't depend on."""
    if unused not in ("zeros", "error"):
        raise ValueError(f"unused is 'zeros' or 'error', not {unused!r}")


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
        return y
    if y._tape is not r.tape:
        raise record.mixed(r.tape, y._tape)
    dtype = y.dtype
    if dtype.kind == "c":
        raise ComplexOutputError(
            f"{what}: the output is complex, and has no one direction of steepest ascent: take np.real, np.imag or"
            f" np.abs of it, or use vjp"
        )
    return y


def adjoints_of(r: Recording, seed: Any, unused: str) -> list[Any]:
    """Sweep a recording from its output; return the adjoint of each input."""
    y = r.output
    if type(y) is not Var:
        if unused == "error":
            raise IndependentError(
                "the result doesn't depend on the arguments: the function returned a constant (unused='zeros' gives"
                " zeros)"
            )
        return [sweep.zeros(v._value) for v in r.inputs]
    t = r.tape
    record.verify(t)
    if r.nested:
        adjoints = sweep.run(t, y._index, seed, frozenset(v._index for v in r.inputs), recorded=True)
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
    return sweep.own(g, primal)


def _alone() -> int:
    """Return the count of an array that only ``theirs`` and its caller hold, as this Python counts."""

    def like_theirs(g: Any) -> int:
        return references(g)

    g = np.zeros(1)
    return like_theirs(g)


ALONE = _alone()


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, has_aux: bool = False, unused: str = "zeros"
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

    Returns
    -------
    callable
        ``(value, gradient)``; the gradient has the containers of its argument, the shapes and dtypes of its arrays.

    Raises
    ------
    NonScalarError, ComplexOutputError, InputTypeError
        When called: the output isn't one real number; an input is an integer.
    """
    nums, single = numbers(argnums)
    check_unused(unused)

    @functools.wraps(f, updated=())
    def derivative(*args: Any, **kwargs: Any) -> Any:
        r = Recording(f, args, kwargs, nums, has_aux=has_aux, frame=sys._getframe(0))
        try:
            y = scalar_output(r, "gradient")
            seed = sweep.seed_for(y._value, None, "the output of the function") if type(y) is Var else None
            gradient = r.trees(adjoints_of(r, seed, unused), single)
            value = r.plain(y)
            return ((value, r.plain(r.aux)), gradient) if has_aux else (value, gradient)
        finally:
            if not r.nested:
                r.tape.close()

    return derivative


def grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, has_aux: bool = False, unused: str = "zeros"
) -> Callable[..., Any]:
    """Return a function that computes the gradient of ``f``. See :func:`value_and_grad`, whose second result this is.

    Examples
    --------
    >>> import numpy as np, tape
    >>> tape.grad(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    both = value_and_grad(f, argnums, has_aux=has_aux, unused=unused)

    @functools.wraps(f, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, g = both(*args, **kwargs)
        return (g, value[1]) if has_aux else g

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
    r = Recording(f, args, {}, tuple(range(len(args))), has_aux=has_aux, frame=sys._getframe(0))
    outputs, spec = flatten(r.output)
    t = r.tape
    wanted = frozenset(v._index for v in r.inputs)

    def pullback(g: Any) -> Any:
        seeds, given = flatten(g)
        if len(seeds) != len(outputs) or given != spec:
            raise SeedError(f"the adjoint has containers {given}, the output {spec}")
        record.verify(t)
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
        return r.trees([sweep.own(total, v._value) for total, v in zip(totals, r.inputs, strict=True)], single=False)

    if not r.nested:  # the tape goes on reading what the caller now holds
        for y in outputs:
            if type(y) is Var and type(y._value) is ndarray:
                record.guard(t, y._value, y._index)
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
        outputs, spec = flatten(r.output)
        values = [y._value if type(y) is Var and not r.nested else y for y in outputs]
        dots = [found[y] if type(y) is Var else sweep.zeros(y) for y in outputs]
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
        output.
    """
    nums, single = numbers(argnums)
    if mode not in ("reverse", "forward"):
        raise ValueError(f"mode is 'reverse' or 'forward', not {mode!r}")

    @functools.wraps(f, updated=())
    def derivative(*args: Any, **kwargs: Any) -> Any:
        keep = "all" if mode == "forward" else "residuals"
        r = Recording(f, args, kwargs, nums, has_aux=False, keep=keep, frame=sys._getframe(0))
        try:
            outputs, spec = flatten(r.output)
            blocks = [r.trees(jacobian_of(r, y, mode), single) for y in outputs]
            return unflatten(spec, blocks)
        finally:
            if not r.nested:
                r.tape.close()

    return derivative


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
    """Return the Jacobian by reverse sweeps, one for each element of the output."""
    t = r.tape
    record.verify(t)
    wanted = frozenset(v._index for v in r.inputs)
    found: list[list[Any]] = []
    for k in range(y.size):
        seed = sweep.seed_for(y._value, unit(y.shape, y.dtype, k), "the output")
        adjoints = sweep.run(t, y._index, seed, wanted, recorded=r.nested)
        found.append([sweep.own(adjoints[v._index] if v._index < len(adjoints) else None, v._value) for v in r.inputs])
    return [
        stacked([row[j] for row in found], (*y.shape, *v.shape)) if found else np.zeros((*y.shape, *v.shape), v.dtype)
        for j, v in enumerate(r.inputs)
    ]


def jacobian_columns(r: Recording, y: Var) -> list[Any]:
    """Return the Jacobian by forward sweeps, one for each element of the inputs."""
    blocks: list[Any] = []
    for v in r.inputs:
        columns: list[Any] = []
        for k in range(v.size):
            tangents = sweep.forward(r.tape, [(v, unit(v.shape, v.dtype, k))], last=y, recorded=r.nested)
            columns.append(tangents[y])
        shape = (*y.shape, *v.shape)
        blocks.append(stacked(columns, shape, axis=-1) if columns else np.zeros(shape, y.dtype))
    return blocks


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

    @functools.wraps(f, updated=())
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        t = enclosing((*args, *kwargs.values()))
        if t is None:
            return f(*args, **kwargs)
        from tape.program.replay import drop

        start, kept, t._keep = len(t), t._keep, True
        try:
            out = f(*args, **kwargs)
        finally:
            t._keep = kept
        drop(t, start, len(t))
        return out

    return checkpointed
