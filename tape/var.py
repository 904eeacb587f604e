"""Variables: what NumPy code is given in place of its arrays, so that every call it makes is listed.

A :class:`Var` holds a value and its place on a tape. Python's operators, NumPy's ufuncs (NEP 13), NumPy's other
functions (NEP 18) and the methods of arrays all end here. The first two have fast paths, which cost more lines than
the general path in :mod:`tape.record` and do nothing else than it does.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tape import record
from tape.entry import Entry, dtype_of, readonly
from tape.errors import DetachError, InPlaceError, NoRuleError, OptionError
from tape.methods import Methods
from tape.rule import COMPOSITE, METADATA, PLAIN_UNARY, TABLE, Row, short

__tape__ = True

ndarray, float64, float32 = np.ndarray, np.float64, np.float32
asarray = np.asarray
F8, F4 = np.dtype(np.float64), np.dtype(np.float32)
getframe = sys._getframe
new = object.__new__


SHAPES = frozenset([np.shape, np.ndim])


def detached(v: Var, how: str) -> DetachError:
    """Return the error for a conversion that would cut a variable off its tape."""
    return DetachError(
        f"{how} on a recorded variable of shape {v.shape} would cut it off its tape, and gradients through it would"
        f" be lost:"
        " use NumPy's functions on the variable itself, or, where nothing is to flow, take its .value"
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

    __slots__ = ("_index", "_tape", "_value")
    __hash__ = None  # type: ignore[assignment]
    __array_priority__ = 1000.0

    _tape: record.Tape
    _index: int
    _value: Any

    # ------------------------------------------------------------- the value

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
        return len(self._value)

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

    def __copy__(self) -> Var:
        return self

    def __deepcopy__(self, _: Any) -> Var:
        return self

    def __float__(self) -> float:
        raise detached(self, "float()")

    def __int__(self) -> int:
        raise detached(self, "int()")

    def __complex__(self) -> complex:
        raise detached(self, "complex()")

    def __index__(self) -> int:
        raise detached(self, "an index made of, or an int taken of,")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise detached(self, "np.asarray (or a function that NumPy doesn't dispatch, which calls it)")

    def item(self) -> Any:
        """Refuse: what it would return is off the tape."""
        raise detached(self, "item()")

    def tolist(self) -> Any:
        """Refuse: what it would return is off the tape."""
        raise detached(self, "tolist()")

    def __setitem__(self, key: Any, _: Any) -> None:
        raise InPlaceError(
            f"x[{short(key)}] = ... writes into a recorded variable of shape {self.shape}: make a new array, by"
            f" np.where, np.concatenate"
            " or np.stack of the pieces"
        )

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
        v = new(Var)
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
        if func in SHAPES and type(args[0]) is Var and not kwargs:  # asked often, by rules and layers
            return func(args[0]._value)
        return call(func, args, kwargs, getframe(1))

    # -------------------------------------------------------------- operators

    def __getitem__(self, key: Any) -> Any:
        return GETITEM(self, key, getframe(1))

    def __iadd__(self, other: Any) -> Any:
        return in_place(self, "+=", operator.add, other)

    def __isub__(self, other: Any) -> Any:
        return in_place(self, "-=", operator.sub, other)

    def __imul__(self, other: Any) -> Any:
        return in_place(self, "*=", operator.mul, other)

    def __itruediv__(self, other: Any) -> Any:
        return in_place(self, "/=", operator.truediv, other)

    def __ipow__(self, other: Any) -> Any:
        return in_place(self, "**=", operator.pow, other)

    def __imatmul__(self, other: Any) -> Any:
        return in_place(self, "@=", operator.matmul, other)


UNARY_FAST: dict[Any, tuple[int, bool, bool]] = {}
"""Elementwise ufuncs of one argument: the number of the plain row, whether it keeps the argument, and the result."""


def general_ufunc(ufunc: np.ufunc, inputs: tuple[Any, ...], frame: Any) -> Any:
    """Record a ufunc by the general path, and note those that may take the fast one."""
    row = TABLE.get(ufunc)
    if row is None:
        program = COMPOSITE.get(ufunc)
        if program is None:
            raise no_rule(ufunc)
        return program(*inputs)
    if row.code == 0 and row.plain.code == PLAIN_UNARY:
        UNARY_FAST[ufunc] = (row.plain.id, row.saves0, row.saves_y)
    return record.record(row, inputs, {}, frame)


def _no_getitem(v: Var, key: Any, frame: Any) -> Any:
    raise NoRuleError("indexing has no rule: import tape, not tape.var")


GETITEM: Callable[[Var, Any, Any], Any] = _no_getitem
"""Indexing, set by :mod:`tape.rules.indexing`."""


def in_place(v: Var, sign: str, op: Callable[[Any, Any], Any], other: Any) -> Any:
    """Rebind for scalars, as NumPy does; refuse for arrays, whose other holders would see the change."""
    if type(v._value) is ndarray and v._value.ndim > 0:
        raise InPlaceError(
            f"x {sign} ... would change a recorded array of shape {v.shape} in place, and every view of it: write x"
            f" = x {sign[:-1]} ..."
        )
    return op(v, other)


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
    row = TABLE.get(func)
    if row is not None:
        arrays, options = row.bind(args, kwargs)
        return record.record(row, arrays, options, frame)
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


def ufunc_with_options(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any], frame: Any
) -> Any:
    """Record a ufunc's method, or a call with options: few of them have rules."""
    if method != "__call__":
        named = COMPOSITE.get((ufunc, method))
        if named is None:
            raise no_rule_method(ufunc, method)
        return named(*inputs, **kwargs)
    out = kwargs.get("out")
    if out is not None and any(o is not None for o in out):
        into = next(o for o in out if o is not None)
        raise InPlaceError(
            f"np.{ufunc.__name__}(..., out=) writes into"
            f" {'a recorded variable' if type(into) is Var else 'an ordinary array'} of shape"
            f" {np.shape(into)} (`a += x` of an array and a variable does, too): use the result instead, a = a + x"
        )
    for name, value in kwargs.items():
        if (
            name == "out"
            or (name == "where" and value is True)
            or (name in ("dtype", "casting", "order", "subok") and value is None)
        ):
            continue
        raise OptionError(
            f"np.{ufunc.__name__}({name}={short(value)}) has no rule: leave {name}= out, or use np.where or astype"
            f" on the result"
        )
    row = TABLE.get(ufunc)
    if row is None:
        raise no_rule(ufunc)
    return record.record(row, inputs, {}, frame)


def no_rule_method(ufunc: np.ufunc, method: str) -> NoRuleError:
    """Return the error for a ufunc's method that has no rule."""
    return NoRuleError(
        f"np.{ufunc.__name__}.{method} has no derivative rule: write it with np.sum, np.cumsum and their kin"
    )


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
        if kind is float or kind is int or (kind is float64 and is_double(x)):
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
        elif kind is Var:
            if other._tape is not t:
                raise record.mixed(t, other._tape)
            z = other._value
            if type(x) is ndarray:
                if (
                    type(z) is not ndarray
                    or x.shape != z.shape
                    or (dtype := x.dtype) is not z.dtype
                    or (dtype is not F8 and dtype is not F4)
                ):
                    return general(self, other)
                value = fn(x, z)
            else:
                value = fn(x, z)
                if (type(value) is not float and type(value) is not float64) or type(z) is ndarray:
                    return general(self, other)
                if type(x) is float32 or type(z) is float32:
                    return general(self, other)
            a, b = self._index, other._index
        else:
            return general(self, other)
        log = t._log
        v = new(Var)
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
COMPARE = ("lt", "le", "eq", "ne", "gt", "ge")
LOGICAL = {"and": "and_", "or": "or_", "xor": "xor"}
UNARY = ("neg", "pos", "abs", "invert")


def install_operators() -> None:
    """Give variables the operators, of the rows in the table. Called once, when the rules have been read."""
    for name in BINARY:
        fn = getattr(operator, name)
        setattr(Var, f"__{name}__", binary(fn, TABLE[fn]))
        setattr(Var, f"__r{name}__", binary(fn, TABLE[fn], reflected=True))
    for name in COMPARE:
        fn = getattr(operator, name)
        setattr(Var, f"__{name}__", binary(fn, TABLE[fn]))
    for name, spelled in LOGICAL.items():
        fn = getattr(operator, spelled)
        setattr(Var, f"__{name}__", binary(fn, TABLE[fn]))
        setattr(Var, f"__r{name}__", binary(fn, TABLE[fn], reflected=True))
    for name in UNARY:
        setattr(Var, f"__{name}__", unary(TABLE[getattr(operator, name)]))
