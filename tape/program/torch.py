"""Replay in torch: the same program, differentiated by ``torch.autograd``.

Each primitive has a *twin*, a torch function that computes what NumPy's does (``tape/program/twins``, a file a family).
A recorded tape runs again through the twins, with the gradient of every entry retained: so a network is written once,
and torch's adjoint of every single entry stands beside the tape's. torch is imported when this is first used.
"""

from __future__ import annotations

import functools
import importlib
import operator
import pkgutil
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tape.errors import MissingExtraError, NoTwinError, ReplayError

if TYPE_CHECKING:
    from tape.entry import Entry
    from tape.record import Tape
    from tape.rule import Row
    from tape.var import Var

__tape__ = True

TWINS: dict[Any, Callable[..., Any]] = {}
"""For each primitive, the torch function that computes the same, called as :meth:`tape.rule.Row.call` is."""

CASTS: set[Any] = set()
"""Primitives that turn integers among their arguments into floats, where there are floats among them."""


def twin(*fns: Any, casts: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the torch twin of a primitive (decorator).

    Parameters
    ----------
    *fns : callable
        The primitives that the function is the twin of: all spellings of it.
    casts : bool
        Integers and booleans among the arguments become floats where there are floats among them, by NumPy's promotion:
        as ufuncs and operators have it in any case. Otherwise they stay what they are: positions, conditions.

    Notes
    -----
    A twin takes the arguments of the recorded call: tensors by position (Python's numbers as they are), options by
    keyword, under NumPy's names. Arrays of different precision are given to it promoted as NumPy promotes them. What
    has a derivative of zero everywhere needs no twin: NumPy's function is run on the tensors' values.
    """

    def declare(made: Callable[..., Any]) -> Callable[..., Any]:
        for fn in fns:
            TWINS[fn] = made
            if casts or isinstance(fn, np.ufunc) or getattr(operator, getattr(fn, "__name__", ""), None) is fn:
                CASTS.add(fn)
        return made

    return declare


class Replayed(NamedTuple):
    """A tape, run again in torch: lists by entry index, with a tuple where an entry has several results."""

    values: list[Any]
    """The primals, as NumPy arrays."""
    adjoints: list[Any]
    """The adjoints, as NumPy arrays; None where autograd has none: integers, what the output doesn't read."""
    tensors: list[Any]
    """The tensors themselves, with their graph."""


@functools.cache
def library() -> Any:
    """Return torch, the twins declared.

    Raises
    ------
    MissingExtraError
        torch isn't installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError(
            "replaying a tape in torch needs PyTorch, which is an extra: pip install 'tape[torch]'"
        ) from error
    from tape.program import twins

    for module in pkgutil.iter_modules(twins.__path__):
        importlib.import_module(f"{twins.__name__}.{module.name}")
    return torch


def lookup(row: Row) -> Callable[..., Any]:
    """Return the twin of a row's function."""
    library()
    found = TWINS.get(row.fn)
    if found is None and row.kind == "zero":
        return functools.partial(in_numpy, row)
    if found is None:
        raise NoTwinError(
            f"{row.name} has no twin in torch, so a tape with it can't be replayed there: declare one with"
            " @tape.oracle.twin, a torch function of the same arguments and options"
        )
    return found


def replay(
    t: Tape,
    output: Var | Entry | int | None = None,
    seed: Any = None,
    *,
    inputs: Sequence[Any] | None = None,
    dtype: Any = None,
) -> Replayed:
    """Run a tape's calls again in torch, and differentiate the output there, with respect to every entry.

    Parameters
    ----------
    t : Tape
        The tape, which keeps its constants (``Tape(keep="all")``, the default).
    output : Var, Entry or int, optional
        The entry to differentiate, of the tape. Left out, only values are computed.
    seed : array_like, optional
        The adjoint of the output, of its shape; one, for a scalar.
    inputs : sequence of array_like, optional
        New values for the tape's inputs and weights, in the order of their entries, of the recorded shapes.
    dtype : dtype, optional
        Compute in this precision, in place of the recorded one: ``np.float32``, ``np.float64``.

    Returns
    -------
    Replayed
        Values, adjoints and tensors of every entry, by index.

    Raises
    ------
    MissingExtraError, NoTwinError
        torch isn't installed; a function has no twin.
    ReplayError
        A shape, a dtype or a branch isn't that of the recording: naming the entry.

    Notes
    -----
    In torch's convention for complex numbers, as in ours, the adjoint is the direction of steepest ascent.
    """
    from tape.entry import unpack
    from tape.program.replay import check_branches, constants_kept, given_inputs, promoted_options, replayable
    from tape.record import INPUT
    from tape.sweep import seed_for

    torch = library()
    replayable(t)
    fresh = given_inputs(t, inputs, dtype=dtype)
    tensors: list[Any] = []
    with torch.enable_grad():
        for i, entry in enumerate(t._log):
            row, refs, raws, y, _, options = unpack(entry)
            row = row.base
            if row is INPUT:
                made = to_tensor(fresh[i]).requires_grad_()
            else:
                constants_kept(t, i, refs, raws)
                args = [tensors[a] if a >= 0 else constant(raw, dtype) for a, raw in zip(refs, raws, strict=True)]
                made = own_tensor(call(row, raws, y, args, promoted_options(options, dtype), dtype), tensors, refs)
                check(t, i, made, y, dtype)
            for part in made if type(made) is tuple else (made,):
                if part.requires_grad:
                    part.retain_grad()
                elif part.is_floating_point() or part.is_complex():
                    part.requires_grad_()  # floats made of comparisons or positions: they have an adjoint, too
            tensors.append(made)
        values = [to_array(made) for made in tensors]
        check_branches(t, values)
        if output is not None:
            last = output if isinstance(output, int) else index_of(t, output)
            with np.errstate(all="ignore"):
                g = seed_for(values[last], seed, f"entry #{last}")
            if tensors[last].requires_grad:
                torch.autograd.backward(tensors[last], to_tensor(g))
    return Replayed(values, [gradient(made) for made in tensors], tensors)


def local_vjp(t: Tape, entry: Entry | int, adjoint: Any, primals: Sequence[Any] | None = None) -> list[Any]:
    """Differentiate one entry alone in torch: what it contributes to the adjoint of each of its arguments.

    Parameters
    ----------
    t : Tape
        The tape.
    entry : Entry or int
        Which entry.
    adjoint : array_like
        The adjoint of its result; a sequence of them (None: zero) for an entry with several results.
    primals : sequence of array_like, optional
        Values for the arguments, one each; None, or left out, where the recorded value is to be taken.

    Returns
    -------
    list
        For each argument, a NumPy array of its shape; None for constants and whatever has no derivative. An argument
        that is given twice has two contributions.
    """
    from tape.entry import Abstract, unpack
    from tape.program.replay import constants_kept

    torch = library()
    i = entry if isinstance(entry, int) else index_of(t, entry)
    row, refs, raws, y, _, options = unpack(t._log[i])
    row = row.base
    constants_kept(t, i, refs, raws)
    given = [None] * len(refs) if primals is None else list(primals)
    if len(given) != len(refs):
        raise ReplayError(f"entry {t.entries[i].describe()} has {len(refs)} arguments, {len(given)} primals were given")
    args: list[Any] = []
    for a, raw, primal in zip(refs, raws, given, strict=True):
        if a < 0:
            args.append(constant(raw if primal is None else primal, None))
            continue
        value = raw if primal is None else primal
        if value is None or type(value) is Abstract:
            raise ReplayError(
                f"the tape didn't keep the arguments of entry {t.entries[i].describe()}: give primals=, or record with"
                " keep='all'"
            )
        parts = [to_tensor(part) for part in (value if type(value) is tuple else (value,))]
        for part in parts:
            part.requires_grad_(part.is_floating_point() or part.is_complex())
        args.append(tuple(parts) if type(value) is tuple else parts[0])
    with torch.enable_grad():
        made = call(row, raws, y, args, options or {}, None)
        check(t, i, made, y, None)
        pairs = zip(made, adjoint, strict=True) if type(made) is tuple else [(made, adjoint)]
        live = [(part, to_tensor(g)) for part, g in pairs if g is not None and part.requires_grad]
        if live:
            torch.autograd.backward([part for part, _ in live], [g.to(part.dtype) for part, g in live])
    return [gradient(arg) if a >= 0 else None for a, arg in zip(refs, args, strict=True)]


def index_of(t: Tape, v: Var | Entry) -> int:
    """Return the number of an entry of this tape."""
    from tape.entry import Entry
    from tape.record import mixed

    if isinstance(v, Entry):
        if v._tape is not t:
            raise mixed(t, v._tape)
        return v.index
    t._own(v)
    return v._index


# --------------------------------------------------------------- to torch and back


def to_tensor(value: Any) -> Any:
    """Return a value as a tensor of the same dtype, which shares no memory with it."""
    torch = library()
    array = np.array(value)  # a copy: torch has neither negative strides nor read-only memory
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    try:
        return torch.from_numpy(array)
    except TypeError as error:
        raise ReplayError(f"torch has no tensors of dtype {array.dtype}: record in float64 or float32") from error


def constant(raw: Any, dtype: Any) -> Any:
    """Return a constant argument for a twin: arrays as tensors, Python's numbers and all else as they are."""
    from tape.program.replay import promoted

    if isinstance(raw, (np.ndarray, np.generic)):
        return to_tensor(promoted(raw, dtype))
    return raw


def to_array(made: Any) -> Any:
    """Return a tensor's value as an array of the caller's own."""
    if type(made) is tuple:
        return tuple(to_array(part) for part in made)
    return np.array(made.numpy(force=True))


def gradient(made: Any) -> Any:
    """Return what autograd left at a tensor, as an array of the caller's own."""
    if type(made) is tuple:
        parts = tuple(gradient(part) for part in made)
        return None if all(part is None for part in parts) else parts
    grad = getattr(made, "grad", None) if getattr(made, "requires_grad", False) else None
    return None if grad is None else to_array(grad)


def own_tensor(made: Any, tensors: list[Any], refs: Sequence[int]) -> Any:
    """Return a twin's result as a tensor of its own, where it is its argument: each entry has its own adjoint."""
    if isinstance(made, (list, tuple)):
        return tuple(part.view_as(part) for part in made)
    for a in refs:
        if a >= 0 and any(made is part for part in (tensors[a] if type(tensors[a]) is tuple else (tensors[a],))):
            return made.view_as(made)
    return made


# ------------------------------------------------------------------- one call


def call(row: Row, raws: Sequence[Any], y: Any, args: list[Any], options: dict[str, Any], dtype: Any) -> Any:
    """Call a row's twin, its arguments promoted as NumPy promotes them, which isn't as torch does."""
    torch = library()
    found = [arg.dtype for arg in args if isinstance(arg, torch.Tensor)]
    if found and (any(d is not found[0] for d in found[1:]) or not found[0].is_floating_point):
        args = promote(row, raws, y, args, dtype)
    options = {k: to_tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
    return lookup(row)(*args, **options)


def in_numpy(row: Row, *args: Any, **options: Any) -> Any:
    """Call a function without a derivative on the values of tensors, in NumPy."""
    torch = library()
    arrays = [to_array(a)[()] if isinstance(a, torch.Tensor) else a for a in args]
    options = {k: to_array(v) if isinstance(v, torch.Tensor) else v for k, v in options.items()}
    value = row.call(*arrays, **options)
    return tuple(to_tensor(part) for part in value) if type(value) is tuple else to_tensor(value)


def promote(row: Row, raws: Sequence[Any], y: Any, args: list[Any], dtype: Any) -> list[Any]:
    """Give the floating arguments of a call one dtype, and its integers too where it casts them."""
    from tape.entry import Abstract, dtype_of
    from tape.program.replay import promoted_dtype

    torch = library()
    casts, skip = row.fn in CASTS, 1 if row.fn is np.where else 0
    kinds = [
        raw.dtype if type(raw) is Abstract else raw for raw in raws[skip:] if raw is not None and type(raw) is not tuple
    ]
    inexact = [k for k in kinds if dtype_of(k).kind in "fc"]
    if casts:
        common = np.result_type(*kinds)
        if common.kind not in "fc" and y is not None and type(y) is not tuple:
            common = dtype_of(y)
    elif inexact:
        common = np.result_type(*inexact)
    else:
        return args
    if common.kind not in "fc":
        return args
    target = torch_dtype(promoted_dtype(common, dtype))
    return [
        arg.to(target)
        if k >= skip and isinstance(arg, torch.Tensor) and (casts or arg.is_floating_point() or arg.is_complex())
        else arg
        for k, arg in enumerate(args)
    ]


def torch_dtype(dtype: Any) -> Any:
    """Return torch's dtype for one of NumPy's."""
    return to_tensor(np.empty(0, dtype)).dtype


def check(t: Tape, i: int, made: Any, y: Any, dtype: Any) -> None:
    """Check that a twin's result has the shape and the dtype of the recorded one.

    Raises
    ------
    ReplayError
        Naming the entry: the twin computes something else than NumPy did.
    """
    from tape.entry import dtype_of

    if y is None:
        return
    if type(made) is tuple or type(y) is tuple:
        if type(made) is not type(y) or len(made) != len(y):
            raise ReplayError(f"entry {t.entries[i].describe()} has {np.shape(y)} results, its twin in torch others")
        for part, have in zip(made, y, strict=True):
            check(t, i, part, have, dtype)
        return
    torch = library()
    shape, have = np.shape(y), dtype_of(y)
    if not isinstance(made, torch.Tensor):
        raise ReplayError(f"entry {t.entries[i].describe()}: its twin in torch returned {type(made).__name__}")
    if tuple(made.shape) != shape:
        raise ReplayError(
            f"entry {t.entries[i].describe()} has shape {shape}, and in torch {tuple(made.shape)}: the inputs or"
            " the twin don't match the recording"
        )
    if have.kind not in "fc":
        return
    from tape.program.replay import promoted_dtype

    want = torch_dtype(promoted_dtype(have, dtype))
    if made.dtype is not want:
        raise ReplayError(
            f"entry {t.entries[i].describe()} is {have} (in torch {want}), and its twin made {made.dtype}"
        )
