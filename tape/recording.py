"""A function, recorded: what every transform begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tape import record
from tape.containers import flatten, unflatten
from tape.context import STACK, current, live
from tape.errors import ClosedTapeError, DetachError, InPlaceError, InputTypeError
from tape.record import ALIAS, Tape, Var
from tape.rule import short
from tape.views import MAKE_IT

__tape__ = True

ndarray = np.ndarray


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
        flat = [flatten(arg) for arg in args]
        outer = enclosing([x for leaves, _ in flat for x in leaves])
        self.nested = outer is not None
        t = self.tape = outer if outer is not None else Tape(keep=keep)
        kept, t._keep = t._keep, t._keep or keep == "all"
        before = live()
        STACK.set((*before, (t, frame)))
        self.inputs: list[Var] = []
        self.specs: list[tuple[Any, int]] = []
        done = False
        lasti = record.instruction(t, frame)
        try:
            call = list(args)
            for at, k in enumerate(argnums):
                if not -len(args) <= k < len(args):
                    raise TypeError(
                        f"argnums={k}, but the function was called with {len(args)} positional arguments: only these"
                        " can be differentiated, not those given by name"
                    )
                if at and {k, k - len(args), k + len(args)} & set(argnums[:at]):
                    raise TypeError(f"argnums={argnums} names argument {k} twice")
                leaves, spec = flat[k]
                self.specs.append((spec, len(leaves)))
                fresh = []  # which the function may write into
                for j, x in enumerate(leaves):
                    if type(x) is ndarray and x.dtype.kind == "f":
                        v = record.leaf(t, x, "input", lasti)
                    else:
                        v = leaf(t, x, frame, lasti, (k, spec, j))
                    self.inputs.append(v)
                    fresh.append(twin(v))
                call[k] = fresh[0] if spec is None else unflatten(spec, fresh)
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
                    f" its tape: {MAKE_IT}"
                ) from error
            raise
        finally:
            STACK.set(before)
            t._keep = kept
            if not done and not self.nested:
                t.close()

    def trees(self, leaves: Sequence[Any], single: bool) -> Any:
        """Put what belongs to the inputs into the containers of the arguments."""
        if single and self.specs[0][0] is None:
            return leaves[0]
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


def twin(v: Var) -> Var:
    """Return another variable of the same entry: what is written into one of the two, the other doesn't see."""
    other = Var()
    other._tape, other._index, other._value = v._tape, v._index, v._value
    return other


def enclosing(leaves: Iterable[Any]) -> Tape | None:
    """Return the tape that a derivative taken here is part of, if any: that of its arguments, or the current one."""
    for x in leaves:
        if type(x) is Var:
            return still_open(x)
    return current()


def still_open(v: Var) -> Tape:
    """Return a variable's tape, checked to be open."""
    if v._tape._log is record.CLOSED:
        raise ClosedTapeError(
            "an argument is a variable of a finished derivative: return it from its function, or take its .value"
        )
    return v._tape


Place = tuple[int, Any, int]
"""Where an array stands: the position of the argument, its containers, which of their leaves it is."""


def leaf(t: Tape, x: Any, frame: Any, lasti: int, place: Place) -> Var:
    """Return a fresh entry for one leaf of an argument, whatever it is."""
    if type(x) is Var:
        if x.dtype.kind not in "fc":
            raise without_derivative(x, place)
        return record.record(ALIAS, (x,), {}, frame)
    if np.asarray(x).dtype.kind not in "fc":
        raise without_derivative(x, place)
    return record.leaf(t, record.differentiable(x), "input", lasti)


def without_derivative(x: Any, place: Place) -> InputTypeError:
    """Return the error for an integer, or what isn't a number at all, among what is to be differentiated."""
    position, spec, leaf = place
    name = f"argument {position}"
    if spec is not None:
        name = spec.accessors()[leaf].codify(name)
    if isinstance(x, (Var, ndarray, np.generic)):
        what, instead = f"{x.dtype} of shape {x.shape}", "give floats (x.astype(float)), or "
    elif isinstance(x, int):
        what, instead = f"{x!r} ({type(x).__name__})", f"give floats ({float(x)}), or "
    else:
        what, instead = f"{short(x)} ({type(x).__name__})", ""
    return InputTypeError(
        f"{name} is {what}, which has no derivative: {instead}keep it out of what is differentiated, as an argument"
        " that argnums doesn't name, or as a value that the function closes over"
    )
