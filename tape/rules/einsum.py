"""Einstein summation: the adjoint of an operand is an einsum in which it and the result have changed places.

Subscripts are brought to one form when they are recorded: letters and an explicit result, the dots written out. So
the rule meets one form, and a tape prints what is summed over.

The adjoint of ``"ij,jk->ik"`` for its first operand is ``"ik,jk->ij"``. Two things don't turn round like that. An index
that nothing but the operand has was summed over alone: the adjoint is the same along it, and is broadcast. An index
that the operand has twice was a diagonal: the adjoint is zero beside it.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.errors import OptionError
from tape.rule import linear, metadata
from tape.rules.shape import cast

__tape__ = True

OPERANDS = 64
"""How many operands have a rule: NumPy itself takes no more than that at once."""

LARGE = 1 << 16
"""How many multiplications take longer than to look for a product of matrices that does them."""


def einsum(*operands: Any, subscripts: str, optimize: Any = False) -> Any:
    """Call np.einsum, the subscripts given as an option."""
    return np.einsum(subscripts, *operands, optimize=optimize)


# ---------------------------------------------------------------------- subscripts


def of_lists(args: Sequence[Any]) -> tuple[str, list[Any]]:
    """Return subscripts and operands of the form ``einsum(a, [0, 1], b, [1, 2], [0, 2])``."""
    paired = len(args) // 2 * 2
    operands, lists = list(args[:paired:2]), list(args[1:paired:2])
    result = [args[-1]] if len(args) % 2 else []
    known = sorted({k for indices in (*lists, *result) for k in indices if k is not Ellipsis})
    if len(known) > 52:
        raise ValueError(f"einsum has 52 indices to give, not {len(known)}")
    letters = dict(zip(known, sorted(string.ascii_letters, key=ord), strict=False))

    def word(indices: Any) -> str:
        return "".join("..." if k is Ellipsis else letters[k] for k in indices)

    return ",".join(map(word, lists)) + "".join("->" + word(indices) for indices in result), operands


def written_out(subscripts: str, ndims: Sequence[int]) -> str:
    """Return subscripts with letters in place of the dots, and with the result spelled out."""
    subscripts = subscripts.replace(" ", "")
    left, arrow, right = subscripts.partition("->")
    words = left.split(",")
    if len(words) != len(ndims):
        raise ValueError(f"einsum('{subscripts}') names {len(words)} operands, {len(ndims)} were given")
    free = iter(c for c in string.ascii_letters[::-1] if c not in subscripts)
    hidden = [n - len(word.replace("...", "")) if "..." in word else 0 for word, n in zip(words, ndims, strict=True)]
    for word, n, extra in zip(words, ndims, hidden, strict=True):
        if extra < 0 or ("..." not in word and len(word) != n):
            raise ValueError(f"einsum('{subscripts}'): '{word}' doesn't fit an operand with {n} axes")
    most = max(hidden, default=0)
    dots = [next(free, "") for _ in range(most)][::-1]
    if "" in dots:
        raise ValueError(f"einsum('{subscripts}') takes more indices than there are letters")
    words = [w.replace("...", "".join(dots[most - n :])) for w, n in zip(words, hidden, strict=True)]
    if arrow:
        if most and "..." not in right:
            raise ValueError(f"einsum('{subscripts}'): the axes of '...' must be in the result")
        return ",".join(words) + "->" + right.replace("...", "".join(dots))
    joined = "".join(words)
    once = sorted(c for c in set(joined) if joined.count(c) == 1 and c not in dots)
    return ",".join(words) + "->" + "".join(dots) + "".join(once)


def bound(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Bind a call of np.einsum, in either of its forms."""
    dtype, casting = kwargs.get("dtype"), kwargs.get("casting", "safe")
    plain = {"out": None, "order": "K"}  # at their defaults
    unknown = {
        k
        for k, v in kwargs.items()
        if k not in ("optimize", "dtype", "casting")
        and not (k in plain and type(v) is type(plain[k]) and v == plain[k])
    }
    if unknown:
        raise OptionError(f"np.einsum({', '.join(sorted(unknown))}=) has no rule: leave it out, and use the result")
    subscripts, operands = (args[0], list(args[1:])) if isinstance(args[0], str) else of_lists(args)
    if dtype is not None:
        operands = [cast_to(x, np.dtype(dtype), casting) for x in operands]
    options: dict[str, Any] = {"subscripts": written_out(subscripts, [np.ndim(x) for x in operands])}
    if kwargs.get("optimize", False) is not False:
        options["optimize"] = kwargs["optimize"]
    return tuple(operands), options


def cast_to(x: Any, dtype: np.dtype[Any], casting: Any) -> Any:
    """Cast an operand to the dtype that is to be computed in, if that kind of casting is allowed."""
    have = dtype_of(x)
    if not np.can_cast(have, dtype, casting):
        raise TypeError(f"np.einsum: cannot cast an operand from {have} to {dtype} with casting={casting!r}")
    return x if have == dtype else cast(x, dtype)


# ------------------------------------------------------------------------ the rule


def adjoint(k: int, g: Any, operands: Sequence[Any], subscripts: str, optimize: Any) -> Any:
    """Return the adjoint of operand ``k``."""
    left, _, result = subscripts.partition("->")
    words = left.split(",")
    word, shape = words[k], np.shape(operands[k])
    others = [(w, x) for j, (w, x) in enumerate(zip(words, operands, strict=True)) if j != k]
    once = list(dict.fromkeys(word))
    seen = set(result).union(*(w for w, _ in others))
    found = [c for c in once if c in seen]
    call = ",".join([result, *(w for w, _ in others)]) + "->" + "".join(found)
    if optimize is False and len(others) == 1:
        optimize = np.size(g) * np.size(others[0][1]) >= LARGE and large(call, g, others[0][1])
    elif not isinstance(optimize, (bool, str)):  # a path is of the operands that it was given for: these need another
        optimize = True
    c = np.einsum(call, g, *(x for _, x in others), optimize=optimize)
    if len(found) < len(once):
        c = np.reshape(c, [np.shape(c)[found.index(o)] if o in found else 1 for o in once])
    if len(once) == len(word):
        full = np.broadcast_shapes(np.shape(c), shape)
        return c if np.shape(c) == full else np.broadcast_to(c, full)
    lengths = np.broadcast_shapes(np.shape(c), tuple(shape[word.index(o)] for o in once))
    return on_diagonal(np.broadcast_to(c, lengths), word, dict(zip(once, lengths, strict=True)))


def large(call: str, *operands: Any) -> bool:
    """Tell whether a contraction of two operands is worth the search for a matrix product in it.

    NumPy makes one only where it is asked to optimize, and is tens of microseconds in finding it.
    """
    lengths: dict[str, int] = {}
    for word, x in zip(call.partition("->")[0].split(","), operands, strict=True):
        for index, n in zip(word, np.shape(x), strict=True):
            lengths[index] = max(n, lengths.get(index, 1))
    return math.prod(lengths.values()) >= LARGE


def on_diagonal(c: Any, word: str, lengths: dict[str, int]) -> Any:
    """Spread an array, whose axes are the indices of a word, over axes that repeat them: zero beside the diagonals."""
    ndim = len(word)
    on: Any = True
    for axis, index in enumerate(word):
        start = word.index(index)
        if start != axis:
            n = lengths[index]
            one, other = (np.arange(n).reshape([n if k == at else 1 for k in range(ndim)]) for at in (start, axis))
            on = on & (one == other)
    # The first time that an index comes is the axis that carries it: in that order the axes of c are already.
    carried = [lengths[index] if word.index(index) == axis else 1 for axis, index in enumerate(word)]
    return np.where(on, np.reshape(c, carried), 0)


def rule_for(k: int) -> Callable[..., Any]:
    """Return the rule of operand ``k``."""

    def rule(g: Any, y: Any, *operands: Any, subscripts: str, optimize: Any = False) -> Any:
        return adjoint(k, g, operands, subscripts, optimize)

    return rule


EINSUM = linear(np.einsum, *(rule_for(k) for k in range(OPERANDS)), bind=bound, keeps="0:")
EINSUM.raw = einsum
metadata(np.einsum_path)
