"""Variables: what NumPy code is given in place of its arrays, so that every call it makes is listed.

A :class:`Var` holds a value and its place on a tape. Python's operators, NumPy's ufuncs (NEP 13), NumPy's other
functions (NEP 18) and the methods of arrays all end here. The first two have fast paths, which cost more lines than
the general path in :mod:`tape.record` and do nothing else than it does.
"""

from __future__ import annotations

import importlib
import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tape import record
from tape.entry import Entry, dtype_of, readonly
from tape.errors import DetachError, NoRuleError, OptionError
from tape.methods import Methods
from tape.rule import COMPOSITE, METADATA, PLAIN_UNARY, TABLE, Row
from tape.undispatched import instead_of

__tape__ = True

ndarray, float64, float32 = np.ndarray, np.float64, np.float32
asarray = np.asarray
F8, F4 = np.dtype(np.float64), np.dtype(np.float32)
getframe = sys._getframe


SHAPES = frozenset([np.shape, np.ndim])
LIKE: dict[Any, Any] = dict.fromkeys(SHAPES)
"""Functions that make an array like a variable, to the program that does, set by :mod:`tape.rules.writing`."""


FILL = (
    "; tape.vectorize stands in for np.vectorize; an array of variables is made with tape.array (np.array can't),"
    " np.stack or np.concatenate (np.column_stack for np.c_), and one that is to be filled with variables with"
    " tape.full, tape.zeros, or np.zeros(..., like=x)"
)


def detached(v: Var, how: str, more: str = "") -> DetachError:
    """Return the error for a conversion that would cut a variable off its tape."""
    return DetachError(
        f"{how} on a recorded variable of shape {v.shape} would cut it off its tape, and gradients through it would"
        f" be lost:"
        f" use NumPy's functions on the variable itself, or, where nothing is to flow, take its .value{more}"
    )


class Var(Methods):
    """A value on a tape.

    Variables come from :meth:`tape.Tape.input`, :meth:`tape.Tape.weight`, and from every call of a NumPy function
    on variables; ``tape.grad`` and its kin make them of the arguments. They behave as the arrays that they hold.

    Attributes
    ----------
    value : ndarray or scalar
        The primal, read-only. Nothing flows through it.
    """

    __slots__ = ("__weakref__", "_buffer", "_index", "_tape", "_value")
    __hash__ = None  # type: ignore[assignment]
    __array_priority__ = 1000.0

    _tape: record.Tape
    _index: int
    _value: Any
    _buffer: Any
    """The memory that it shares with other variables (:class:`tape.views.Buffer`); unset, where it shares none."""

    # ------------------------------------------------------------- the value

    @property
    def __class__(self) -> type:  # type: ignore[override]
        """The class of the value: ``isinstance(x, np.ndarray)`` holds where it holds of what the variable stands for.

        A program that asks what it was given takes the same branch when it is recorded. ``type(x)`` is :class:`Var`.
        """
        return type(self._value)

    @property
    def value(self) -> Any:
        """The primal, read-only. Nothing flows through it."""
        return readonly(self._value)

    @property
    def entry(self) -> Entry:
        """The entry that computed this variable."""
        return Entry(self._tape, self._index)

    @property
    def name(self) -> str | None:
        """The name of the entry, if it was given one."""
        return self._tape._names.get(self._index)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        value = self._value
        return value.shape if type(value) is ndarray else np.shape(value)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the value."""
        return dtype_of(self._value)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        value = self._value
        return value.ndim if type(value) is ndarray else np.ndim(value)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.size(self._value))

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self.itemsize

    def __len__(self) -> int:
        try:
            return len(self._value)
        except TypeError:
            raise TypeError("len() of a 0-d variable, which is one number") from None

    def __iter__(self) -> Iterator[Var]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d variable")
        return (self[k] for k in range(len(self)))

    def __repr__(self) -> str:
        closed = self._tape._log is record.CLOSED
        place = "of a finished derivative" if closed else f"#{self._index} {self.entry.row.name}"
        called = f" '{self.name}'" if self.name else ""
        values = np.array2string(np.asarray(self._value), threshold=20, prefix="Var(")
        return f"Var({values}, shape {self.shape}, {self.dtype}, {place}{called})"

    def __format__(self, spec: str) -> str:
        return format(self._value, spec) if spec else repr(self)

    def __bool__(self) -> bool:
        """Take a branch, which the tape notes: a replay that would take the other one is an error."""
        taken = bool(self._value)
        self._tape._branches.append((self._index, taken))
        return taken

    def __float__(self) -> float:
        raise detached(self, "float()", instead_of(getframe(1)) or FILL)

    def __int__(self) -> int:
        raise detached(self, "int()")

    def __complex__(self) -> complex:
        raise detached(self, "complex()")

    def __index__(self) -> int:
        raise detached(self, "an index made of, or an int taken of,")

    def __array__(self, *_: Any, **__: Any) -> Any:
        how = "np.asarray (or a function that NumPy doesn't dispatch, which calls it)"
        raise detached(self, how, instead_of(getframe(1)) or FILL)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("a variable is part of its tape, and can't be pickled: take its .value")

    def item(self) -> Any:
        """Refuse: what it would return is off the tape."""
        raise detached(self, "item()")

    def tolist(self) -> Any:
        """Refuse: what it would return is off the tape."""
        raise detached(self, "tolist()")

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write into the array: this variable, and all that are views of the same memory, go over to new entries."""
        from tape.views import store

        store(self, key, value, getframe(1))

    # -------------------------------------------------------- NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            return ufunc_with_options(ufunc, method, inputs, kwargs, getframe(1))
        fast = UNARY_FAST.get(ufunc)
        if fast is None:
            return general_ufunc(ufunc, inputs, getframe(1))
        t = self._tape
        x = self._value
        value = ufunc(x)
        if type(x) is ndarray:
            if (dtype := x.dtype) is not F8 and dtype is not F4:
                return general_ufunc(ufunc, inputs, getframe(1))
        elif (type(x) is not float64 and type(x) is not float) or type(value) is not float64:
            return general_ufunc(ufunc, inputs, getframe(1))
        number, saves, saves_y = fast
        log = t._log
        v = Var()
        v._tape = t
        v._index = len(log)
        v._value = value
        if t._keep:
            log.append((number, self._index, x, value, record.instruction(t, getframe(1))))
        else:
            log.append((number, self._index, x if saves else None, value if saves_y else None, -1))
        return v

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if func in LIKE:
            if func in SHAPES and type(args[0]) is Var and not kwargs:  # asked often, by rules and layers
                return func(args[0]._value)
            if (program := LIKE[func]) is not None:
                return program(self._tape, getframe(1), args, kwargs)
        return call(func, args, kwargs, getframe(1))

    # -------------------------------------------------------------- operators

    def __getitem__(self, key: Any) -> Any:
        return GETITEM(self, key, getframe(1))


UNARY_FAST: dict[Any, tuple[int, bool, bool]] = {}
"""Elementwise ufuncs of one argument: the number of the plain row, whether it keeps the argument, and the result."""


def general_ufunc(ufunc: np.ufunc, inputs: tuple[Any, ...], frame: Any) -> Any:
    """Record a ufunc by the general path, and note those that may take the fast one."""
    row = TABLE.get(ufunc)
    if row is None:
        program = COMPOSITE.get(ufunc)
        if program is None:
            if "scipy.special" in sys.modules and "tape.scipy.special" not in sys.modules:
                importlib.import_module("tape.scipy.special")  # its ufuncs are NumPy's kind: these are their rules
                return general_ufunc(ufunc, inputs, frame)
            raise no_rule(ufunc)
        return program(*inputs)
    if row.code == 0 and row.plain.code == PLAIN_UNARY and keeps_dtype(ufunc):
        UNARY_FAST[ufunc] = (row.plain.id, row.saves0, row.saves_y)
    return record.record(row, inputs, {}, frame)


def keeps_dtype(ufunc: np.ufunc) -> bool:
    """Tell whether real numbers have results of their own dtype, as the fast path's adjoints have: some are complex."""
    return {"f->f", "d->d"} <= set(ufunc.types)


def _no_getitem(v: Var, key: Any, frame: Any) -> Any:
    raise NoRuleError("indexing has no rule: import tape, not tape.var")


GETITEM: Callable[[Var, Any, Any], Any] = _no_getitem
"""Indexing, set by :mod:`tape.rules.indexing`."""


def unnoted(v: Var, args: Any) -> None:
    """Stand in for :func:`tape.views.note`, which takes this place."""


NOTE: Callable[[Var, Any], None] = unnoted
"""Notes a result that may be a view of an argument, set by :mod:`tape.views`."""

NOTE_VIEW: Callable[[Var, Any], None] = unnoted
"""Notes a result that is a view of an array, set by :mod:`tape.views`."""


def in_place(op: Callable[[Any, Any], Any], name: str) -> Callable[[Var, Any], Any]:
    """Return an operator method that writes into its first operand: arrays change, scalars are rebound."""

    def method(self: Var, other: Any) -> Any:
        if type(self._value) is not ndarray:
            return op(self, other)
        from tape.views import update

        return update(self, op(self, other), name, getframe(1))

    return method


def no_rule(func: Any) -> NoRuleError:
    """Return the error for a function that has no row."""
    from tape.rule import qualified

    return NoRuleError(
        f"{qualified(func)} has no derivative rule: compute it from functions that have one, declare a rule with"
        f" tape.primitive,"
        " or take the variable's .value, through which nothing flows"
    )


def call(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], frame: Any) -> Any:
    """Record one call of a function as the user spelled it."""
    if kwargs and kwargs.get("out") is not None:
        from tape.views import into

        return into(func, args, kwargs, frame)
    row = TABLE.get(func)
    if row is not None:
        if row.aside is not None and (other := row.aside(args, kwargs)) is not None:
            return other(*args, **kwargs)
        arrays, options = row.bind(args, kwargs)
        v = record.record(row, arrays, options, frame)
        if (
            type(v) is Var
            and type(value := v._value) is ndarray
            and (value.base is not None or (arrays and value is getattr(arrays[0], "_value", None)))
        ):
            NOTE(v, arrays)
        return v
    program = COMPOSITE.get(func)
    if program is not None:
        return program(*args, **kwargs)
    if func in METADATA:
        return func(*[unwrapped(a) for a in args], **{k: unwrapped(a) for k, a in kwargs.items()})
    raise no_rule(func)


def unwrapped(value: Any) -> Any:
    """Return the value of a variable, also within a list or a tuple."""
    if type(value) is Var:
        return value._value
    if isinstance(value, (list, tuple)):
        return type(value)([unwrapped(v) for v in value])  # type: ignore[call-arg]
    return value


OF_AXES = frozenset(["reduce", "accumulate", "reduceat"])


def ufunc_with_options(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any], frame: Any
) -> Any:
    """Record a ufunc's method, or a call with options: few of them have rules."""
    if method != "__call__":
        named = COMPOSITE.get((ufunc, method)) or COMPOSITE[np.ufunc, method](ufunc)
        if method in OF_AXES and (out := kwargs.get("out")) is not None and out[0] is not None:
            from tape.views import method_into

            return method_into(f"np.{ufunc.__name__}.{method}", named, inputs, kwargs, frame)
        return named(*inputs, **kwargs)
    out = kwargs.get("out")
    if out is not None and any(o is not None for o in out):
        from tape.views import ufunc_into

        return ufunc_into(ufunc, inputs, kwargs, frame)
    where = kwargs.get("where", True)
    if where is not True:
        raise OptionError(
            f"np.{ufunc.__name__}(where=) without out= leaves the elements that aren't selected as they lie in memory,"
            f" any numbers: write np.where(mask, np.{ufunc.__name__}(...), other)"
        )
    if kwargs.get("order") not in (None, "K") or kwargs.get("subok") not in (None, True):
        raise OptionError(f"np.{ufunc.__name__} has no rule for order= and subok=: leave them out")
    options = {name: kwargs[name] for name in ("dtype", "signature", "casting") if kwargs.get(name) is not None}
    if options:
        inputs = in_loop(ufunc, inputs, options)
    if TABLE.get(ufunc) is None and COMPOSITE.get(ufunc) is None:
        raise no_rule(ufunc)
    return general_ufunc(ufunc, inputs, frame)


def in_loop(ufunc: np.ufunc, inputs: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, ...]:
    """Return a ufunc's arguments in the dtypes that ``dtype=`` or ``signature=`` has it compute in."""
    from tape.rules.shape import cast

    dtype, signature = options.get("dtype"), options.get("signature")
    if isinstance(signature, str):
        letters = signature.replace("->", "")
        signature = tuple(map(np.dtype, letters if len(letters) > 1 else letters * (ufunc.nin + ufunc.nout)))
    if signature is None and dtype is not None:
        signature = (None,) * ufunc.nin + (np.dtype(dtype),) * ufunc.nout
    kinds = [type(x) if type(x) in (int, float, complex) else dtype_of(x) for x in inputs]
    chosen: dict[str, Any] = {} if signature is None else {"signature": signature}
    found = ufunc.resolve_dtypes(  # type: ignore[attr-defined]
        (*kinds, *[None] * ufunc.nout), casting=options.get("casting", "same_kind"), **chosen
    )
    if dtype is not None and any(d != dtype for d in found[ufunc.nin :]):
        raise OptionError(f"np.{ufunc.__name__} has no loop for dtype={np.dtype(dtype)}: use astype on the result")
    return tuple(x if dtype_of(x) == d else cast(x, d) for x, d in zip(inputs, found, strict=False))


def is_double(x: Any) -> bool:
    """Tell whether a value has double precision, so that a NumPy double, which isn't weak, leaves it so."""
    return x.dtype is F8 if type(x) is ndarray else type(x) is float or type(x) is float64


def binary(fn: Callable[[Any, Any], Any], row: Row, *, reflected: bool = False) -> Callable[[Var, Any], Any]:
    """Return an operator method: :func:`tape.record.record`, at less cost for the common kinds of operands."""
    plain, saves0, saves1, saves_y = row.plain, row.saves0, row.saves1, row.saves_y
    number = plain.id
    boxes = fn is not operator.pow  # NumPy has fast paths for x**2 and its like, for Python's numbers only

    if plain is row:  # no fast path: its sweep needs what only the general path notes
        return lambda self, other: record.record(row, (other, self) if reflected else (self, other), {}, getframe(1))

    def method(self: Var, other: Any) -> Any:
        t = self._tape
        x = self._value
        kind = type(other)
        if kind is Var:
            if other._tape is not t:
                raise record.mixed(t, other._tape)
            z = other._value
            if type(x) is ndarray:
                if (dtype := x.dtype) is not F8 and dtype is not F4:
                    return general(self, other)
                if x is not z and (type(z) is not ndarray or dtype is not z.dtype or x.shape != z.shape):
                    return general(self, other)
                value = fn(x, z)
            else:
                value = fn(x, z)
                if (type(value) is not float and type(value) is not float64) or type(z) is ndarray:
                    return general(self, other)
                if type(x) is float32 or type(z) is float32:
                    return general(self, other)
            a, b = self._index, other._index
        elif kind is float or kind is int or (kind is float64 and is_double(x)):
            z: Any = other
            if type(x) is ndarray:
                if (dtype := x.dtype) is F8:
                    if boxes and not t._keep:
                        z = asarray(other, F8)  # NumPy converts a Python number at each use: we use it twice
                elif dtype is not F4:
                    return general(self, other)
                value = fn(z, x) if reflected else fn(x, z)
            else:
                value = fn(z, x) if reflected else fn(x, z)
                if type(value) is not float and type(value) is not float64:
                    return general(self, other)
            if reflected:
                a, b, x, z = -1, self._index, z, x
            else:
                a, b = self._index, -1
        else:
            return general(self, other)
        log = t._log
        v = Var()
        v._tape = t
        v._index = len(log)
        v._value = value
        if t._keep:
            log.append((number, a, b, x, z, value, record.instruction(t, getframe(1))))
        else:
            log.append((number, a, b, x if saves0 else None, z if saves1 else None, value if saves_y else None, -1))
        return v

    def general(self: Var, other: Any) -> Any:
        return record.record(row, (other, self) if reflected else (self, other), {}, getframe(2))

    return method


def unary(row: Row) -> Callable[[Var], Any]:
    """Return an operator method of one operand."""

    def method(self: Var) -> Any:
        return record.record(row, (self,), {}, getframe(1))

    return method


BINARY = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "**", "matmul": "@", "mod": "%", "floordiv": "//"}
UFUNCS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "pow": "power",
    "matmul": "matmul",
    "mod": "remainder",
    "floordiv": "floor_divide",
}
"""How NumPy calls the operators in its messages."""
COMPARE = ("lt", "le", "eq", "ne", "gt", "ge")
LOGICAL = {"and": "and_", "or": "or_", "xor": "xor"}
UNARY = ("neg", "pos", "abs", "invert")


def install_operators() -> None:
    """Give variables the operators, of the rows in the table. Called once, when the rules have been read."""
    for name in BINARY:
        fn = getattr(operator, name)
        setattr(Var, f"__{name}__", binary(fn, TABLE[fn]))
        setattr(Var, f"__r{name}__", binary(fn, TABLE[fn], reflected=True))
        setattr(Var, f"__i{name}__", in_place(fn, UFUNCS[name]))
    for name in COMPARE:
        fn = getattr(operator, name)
        setattr(Var, f"__{name}__", binary(fn, TABLE[fn]))
    for name, spelled in LOGICAL.items():
        fn = getattr(operator, spelled)
        setattr(Var, f"__{name}__", binary(fn, TABLE[fn]))
        setattr(Var, f"__r{name}__", binary(fn, TABLE[fn], reflected=True))
        setattr(Var, f"__i{name}__", in_place(fn, f"bitwise_{name}"))
    for name in UNARY:
        setattr(Var, f"__{name}__", unary(TABLE[getattr(operator, name)]))
