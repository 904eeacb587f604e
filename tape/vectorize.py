"""Vectorize: call a function of numbers on every element of arrays, as ``np.vectorize`` does, and have it recorded.

``np.vectorize`` itself makes an array of objects of what it is given, which NumPy lets nobody intercept.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tape.entry import dtype_of
from tape.record import Var
from tape.rules.indexing import read
from tape.rules.shape import cast

__tape__ = True

NAME = r"\s*\w+\s*"
CORE = rf"\s*\((?:{NAME}(?:,{NAME})*,?)?\s*\)\s*"
SIGNATURE = re.compile(rf"^{CORE}(?:,{CORE})*->{CORE}(?:,{CORE})*$")

Core = tuple[str, ...]


class vectorize:
    """Make a function of numbers, or of arrays of a few axes, one of arrays: ``np.vectorize``, for variables.

    Parameters
    ----------
    pyfunc : callable, optional
        The function. Left out, this is a decorator.
    otypes : str or list of dtypes, optional
        The dtypes of the results; else they are those of the first call's results.
    doc : str, optional
        The docstring; else the function's own.
    excluded : iterable of str or int, optional
        Arguments that are handed on as they are, by name or by position.
    cache : bool
        Accepted, and of no effect: the function is called once for each element in any case.
    signature : str, optional
        As ``"(m,n),(n)->(m)"``: which axes, the last ones, belong to each single call.

    Examples
    --------
    >>> import numpy as np, tape
    >>> @tape.vectorize
    ... def f(a, b):
    ...     return a * b if a.value > 0 else b
    >>> tape.grad(lambda x: np.sum(f(x, 3.0)))(np.array([2.0, -1.0]))
    array([3., 0.])

    Notes
    -----
    The function is called once for each element, and what it does is recorded each time: where it can be written in
    NumPy calls on whole arrays, that is far faster. Constants come as Python's numbers, as NumPy has it; variables come
    as variables of no axes.
    """

    def __init__(
        self,
        pyfunc: Callable[..., Any] | None = None,
        otypes: Any = None,
        doc: str | None = None,
        excluded: Iterable[str | int] | None = None,
        cache: bool = False,
        signature: str | None = None,
    ) -> None:
        self.cache = cache
        self.excluded = frozenset(excluded or ())
        if otypes is None or isinstance(otypes, str):
            self.otypes = None if otypes is None else [np.dtype(c) for c in otypes]
        else:
            self.otypes = [np.dtype(d) for d in otypes]
        self.signature = signature
        self._cores = None if signature is None else parsed(signature)
        self._doc = doc
        self.pyfunc = pyfunc
        if pyfunc is not None:
            self._wrap(pyfunc)

    def _wrap(self, pyfunc: Callable[..., Any]) -> None:
        self.pyfunc = pyfunc
        self.__name__ = getattr(pyfunc, "__name__", type(pyfunc).__name__)
        self.__doc__ = pyfunc.__doc__ if self._doc is None else self._doc

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function on every element of the arguments, broadcast against each other."""
        if self.pyfunc is None:  # @tape.vectorize(signature=...)
            self._wrap(args[0])
            return self
        positions = [k for k in range(len(args)) if k not in self.excluded]
        names = [name for name in kwargs if name not in self.excluded]

        def one(*parts: Any) -> Any:
            full, named = list(args), dict(kwargs)
            for k, part in zip(positions, parts, strict=False):
                full[k] = part
            named.update(zip(names, parts[len(positions) :], strict=True))
            return self.pyfunc(*full, **named)  # type: ignore[misc]

        moving = [args[k] for k in positions] + [kwargs[name] for name in names]
        moving = [whole(x) for x in moving]
        if not moving:
            return one()
        return self._each(one, moving) if self._cores is None else self._cored(one, moving, *self._cores)

    def _each(self, one: Callable[..., Any], arrays: list[Any]) -> Any:
        shape = np.broadcast_shapes(*(np.shape(x) for x in arrays))
        flat = [elements(x, shape) for x in arrays]
        number = int(np.prod(shape, dtype=np.int64))
        if not number:
            if self.otypes is None:
                raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
            empty = tuple(np.zeros(shape, dtype) for dtype in self.otypes)
            return empty if len(empty) > 1 else next(iter(empty))
        results = [one(*(part(k) for part in flat)) for k in range(number)]
        several = isinstance(results[0], tuple)
        columns = list(zip(*results, strict=True)) if several else [results]
        found = tuple(self._joined(column, shape, (), k) for k, column in enumerate(columns))
        return found if several else next(iter(found))

    def _cored(self, one: Callable[..., Any], arrays: list[Any], given: list[Core], made: list[Core]) -> Any:
        if len(arrays) != len(given):
            raise TypeError(f"wrong number of positional arguments: expected {len(given)}, got {len(arrays)}")
        lengths: dict[str, int] = {}
        for x, core in zip(arrays, given, strict=True):
            if np.ndim(x) < len(core):
                raise ValueError(f"{np.ndim(x)}-dimensional argument does not have enough dimensions for {core}")
            agree(lengths, core, np.shape(x)[np.ndim(x) - len(core) :])
        shape = np.broadcast_shapes(
            *(np.shape(x)[: np.ndim(x) - len(core)] for x, core in zip(arrays, given, strict=True))
        )
        arrays = [
            np.broadcast_to(x, shape + np.shape(x)[np.ndim(x) - len(core) :])
            for x, core in zip(arrays, given, strict=True)
        ]
        columns: list[list[Any]] = [[] for _ in made]
        for place in np.ndindex(shape):
            results = one(*(read(x, (*place, ...)) if isinstance(x, Var) else x[place] for x in arrays))
            results = results if isinstance(results, tuple) else (results,)
            if len(results) != len(made):
                raise ValueError(f"wrong number of outputs from pyfunc: expected {len(made)}, got {len(results)}")
            for column, result, core in zip(columns, results, made, strict=True):
                result = whole(result)
                if np.ndim(result) != len(core):
                    raise ValueError(f"output of shape {np.shape(result)} doesn't have the dimensions {core}")
                agree(lengths, core, np.shape(result))
                column.append(result)
        if not columns[0] and (self.otypes is None or any(name not in lengths for core in made for name in core)):
            raise ValueError(
                "cannot call `vectorize` on size 0 inputs unless `otypes` is set, and the signature's output dimensions"
                " are those of inputs"
            )
        found = tuple(
            self._joined(column, shape, tuple(lengths[name] for name in core), k)
            for k, (column, core) in enumerate(zip(columns, made, strict=True))
        )
        return found if len(found) > 1 else next(iter(found))

    def _joined(self, results: Any, shape: tuple[int, ...], core: tuple[int, ...], k: int) -> Any:
        """Return results as one array, of the dtype that was asked for, or else that of the first of them."""
        if self.otypes is not None and k >= len(self.otypes):
            raise ValueError(f"otypes= gives {len(self.otypes)} dtypes, and the function has more results")
        if not results:
            return np.zeros(shape + core, self.otypes[k] if self.otypes else None)
        results = [whole(r) for r in results]
        dtype = self.otypes[k] if self.otypes else dtype_of(results[0])
        if any(isinstance(r, Var) for r in results):
            results = [r if dtype_of(r) == dtype else cast(r, dtype) for r in results]
        found = np.stack(results)
        found = found if dtype_of(found) == dtype else found.astype(dtype)
        return np.reshape(found, shape + core) if shape + core != np.shape(found) else found

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self) -> str:
        return f"<tape.vectorize of {getattr(self, '__name__', None)}>"


def whole(x: Any) -> Any:
    """Return an argument as an array or a variable; a list of variables as one."""
    if isinstance(x, (list, tuple)) and any(isinstance(part, Var) for part in x):
        return np.stack(x)
    return x if isinstance(x, Var) else np.asarray(x)


def elements(x: Any, shape: tuple[int, ...]) -> Callable[[int], Any]:
    """Return a function that gives an argument's element at a position of the broadcast, flattened arguments."""
    if isinstance(x, Var):
        if x.shape == () and x.size:
            return lambda _: x
        flat = np.ravel(x if x.shape == shape else np.broadcast_to(x, shape))
        return lambda k: read(flat, k)
    objects = np.broadcast_to(np.asarray(x, object), shape).reshape(-1)  # Python's numbers, as NumPy gives them
    return lambda k: objects[k]


def parsed(signature: str) -> tuple[list[Core], list[Core]]:
    """Return the names of the axes of each argument and of each result."""
    if not SIGNATURE.match(signature):
        raise ValueError(f"not a valid gufunc signature: {signature}")
    given, made = (
        [tuple(re.findall(r"\w+", core)) for core in re.findall(r"\(([^)]*)\)", side)] for side in signature.split("->")
    )
    return given, made


def agree(lengths: dict[str, int], core: Core, shape: tuple[int, ...]) -> None:
    """Note the lengths of axes by their names, and raise an error where a name has two."""
    for name, length in zip(core, shape, strict=True):
        if lengths.setdefault(name, length) != length:
            raise ValueError(f"inconsistent size for core dimension {name!r}: {length} vs {lengths[name]}")
