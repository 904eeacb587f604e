"""How a derivative is declared: one row a function.

A row names a function, says how its arguments are told apart (arrays by position, options by keyword), and
holds its derivative in the least redundant form that the function's structure allows:

- :func:`elementwise`: one partial product ``(g, y, *args) -> g * df/darg`` an argument. The VJP, the JVP, the
  complex conjugates and the undoing of broadcasting follow;
- :func:`linear`: one transpose an argument, for functions linear in each argument by itself. The JVP is the
  function itself;
- :func:`general`: VJP and JVP spelled out, either a function an argument or one joint function for all;
- :func:`zero`: the derivative is zero everywhere that it exists;
- :func:`metadata`: the result holds no value of the argument (shapes, types), so that nothing is recorded;
- :func:`composite`: the function is rewritten in terms of functions that have rows.

Rules are flat, ``(g, y, *args, **options)``, and written in NumPy, so that they run on plain arrays and are
themselves recorded when given variables. What a rule reads is what the sweep must keep: it is read off the rule's
own code, so that the two can't disagree.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable, Container, Sequence
from typing import Any

import numpy as np

from tape.errors import OptionError

__tape__ = True

Rule = Callable[..., Any]

GENERAL, PLAIN_UNARY, PLAIN_BINARY, LEAF = 0, 1, 2, 3


ROWS: list[Row] = []
"""Every row, by its number: entries hold the number, which the cycle collector needn't follow."""

PLAN: list[tuple[int, Any, Any]] = []
"""What the sweep needs of each row on its fast path: ``(code, vjp0, vjp1)``."""


class Row:
    """One function's derivative, and how a call of it is written down.

    Attributes
    ----------
    fn : callable
        The primitive: NumPy's function, or one of ours.
    kind : str
        ``elementwise``, ``linear``, ``general`` or ``zero``.
    vjps : tuple of callable
        One for each argument position; None where nothing is differentiated.
    joint : callable or None
        ``(g, y, *args, **options)`` to one contribution for each argument (None where there is none).
    jvp, jvps : callable or None, tuple of callable
        Joint form ``(tangents, y, *args, **options)``, tangents None where zero, or one function for each argument
        ``(t, y, *args, **options)``, whose results are added.
    holomorphic : bool
        The rules multiply ``g`` by the derivative itself, and the sweep conjugates for complex numbers; else they do so
        themselves. True for elementwise and linear rows.
    into : callable or None
        ``(buffer, g, *args, **options)``: add the contribution to the first argument into a buffer in place, where that
        is cheaper than making an array of it (indexing: one element of many).
    direct : bool
        The VJPs stand one by one, and that is all there is to it: the sweep needn't ask further.
    aside : callable or None
        ``(args, kwargs)`` of a call to the program that computes it, where the rules don't cover it (matrix norms).
    wrap : callable or None
        Of a function of several results: makes what the user gets of the one variable that holds them all.
    partial : bool
        Of several results: the rules take None for the adjoint of one that nothing flowed into; others get zeros.
    constants : str
        Why some arguments have no rule, where there is more to say than that they haven't.
    widens : str or None
        The rules compute with an argument by itself, and are given it in the precision of the result
        (:func:`tape.applied.widened`): as ``"floats"``, or ``"integers"`` where a function tells these from floats.
    saves_y, saves : bool, frozenset of int or None
        What the sweep reads: the result; the arguments, by position (None: all of them).
    """

    __slots__ = (
        "arrays",
        "aside",
        "base",
        "binder",
        "code",
        "constants",
        "defaults",
        "direct",
        "doc",
        "fn",
        "holomorphic",
        "id",
        "into",
        "joint",
        "jvp",
        "jvps",
        "kind",
        "name",
        "options",
        "packed",
        "params",
        "partial",
        "plain",
        "raw",
        "saves",
        "saves0",
        "saves1",
        "saves_y",
        "vjp0",
        "vjp1",
        "vjps",
        "widens",
        "wrap",
    )

    def __init__(
        self,
        fn: Callable[..., Any],
        kind: str,
        *,
        vjps: Sequence[Rule | None] = (),
        joint: Rule | None = None,
        jvp: Rule | None = None,
        jvps: Sequence[Rule | None] = (),
        arrays: int | None = None,
        keeps: str | None = None,
        packed: bool = False,
        name: str | None = None,
        bind: Callable[..., Any] | None = None,
        options: Sequence[str] = (),
        into: Callable[..., None] | None = None,
        holomorphic: bool | None = None,
    ) -> None:
        self.fn, self.kind = fn, kind
        self.name = name or qualified(fn)
        self.vjps, self.joint, self.jvp, self.jvps = tuple(vjps), joint, jvp, tuple(jvps)
        self.packed = packed
        rules = [r for r in (*vjps, joint, jvp, *jvps) if r is not None]
        self.params, self.defaults = parameters(fn)
        self.raw = getattr(fn, "__wrapped__", fn)
        self.options = frozenset(name for rule in rules for name in keyword_names(rule)) | frozenset(options)
        self.binder, self.into = bind, into
        self.holomorphic = kind in ("elementwise", "linear") if holomorphic is None else holomorphic
        if arrays is None:
            arrays = max((positional_count(rule) - 2 for rule in rules), default=len(self.params))
        self.arrays = arrays
        self.saves_y, self.saves = what_is_read(rules, keeps)
        self.saves0 = self.saves is None or 0 in self.saves
        self.saves1 = self.saves is None or 1 in self.saves
        self.code = GENERAL
        self.vjp0 = self.vjps[0] if self.vjps else None
        self.vjp1 = self.vjps[1] if len(self.vjps) > 1 else None
        self.id = len(ROWS)
        ROWS.append(self)
        PLAN.append((LEAF if kind == "input" else GENERAL, self.vjp0, self.vjp1))
        self.base: Row = self
        self.plain: Row = self
        self.direct = kind != "zero" and joint is None and into is None and 0 < arrays <= len(self.vjps)
        self.wrap: Callable[[Any], Any] | None = None
        self.partial = False
        self.widens: str | None = None
        self.aside: Callable[..., Callable[..., Any] | None] | None = None
        self.doc = ""
        self.constants = ""

    def __repr__(self) -> str:
        return f"<rule {self.name}: {self.kind}>"

    def call(self, *args: Any, **options: Any) -> Any:
        """Call the function on arrays by position and options by keyword."""
        if self.packed:
            return self.raw(args, **options)
        return self.raw(*args, **options)

    def vjp(self, position: int) -> Rule | None:
        """Return the VJP for one argument position."""
        vjps = self.vjps
        return vjps[position] if position < len(vjps) else None

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Tell arrays from options: ``np.sum(x, 0)`` becomes ``(x,), {"axis": 0}``.

        Raises
        ------
        OptionError
            An option that no rule of the row reads, unless it is given at its default.
        """
        if self.binder is not None:
            return self.binder(args, kwargs)
        if not kwargs and not self.packed and len(args) <= self.arrays:
            return args, {}
        if self.packed:
            arrays, rest, names = tuple(args[0]), args[1:], self.params[1:]
        else:
            count = self.arrays
            arrays, rest, names = args[:count], args[count:], self.params[count:]
            if len(arrays) < count and kwargs:
                arrays = list(arrays)
                for name in self.params[len(arrays) : count]:
                    if name not in kwargs:
                        break
                    kwargs = dict(kwargs)
                    arrays.append(kwargs.pop(name))
                arrays = tuple(arrays)
        if not rest and not kwargs:
            return arrays, {}
        if len(rest) > len(names):
            raise TypeError(f"{self.name} takes at most {len(self.params)} arguments, {len(args)} were given")
        options: dict[str, Any] = {}
        defaults = self.defaults
        for name, value in (*zip(names, rest, strict=False), *kwargs.items()):
            default = defaults.get(name, inspect.Parameter.empty)
            if value is default or (
                type(value) in (bool, int, str) and type(default) is type(value) and value == default
            ):
                continue
            if name not in self.options:
                known = ", ".join(sorted(self.options)) or "none"
                raise OptionError(
                    f"{self.name}({name}={short(value)}) has no rule: its derivative is declared for the options:"
                    f" {known}."
                    f" Leave {name}= out, or compute it from functions that have rules."
                )
            options[name] = frozen(value) if type(value) in FROZEN else value
        return arrays, options


TABLE: dict[Any, Row] = {}
"""The rule table: function to row."""

METADATA: set[Any] = set()
"""Functions that read only shapes and types: they run on the values, and nothing is recorded."""

COMPOSITE: dict[Any, Callable[..., Any]] = {}
"""Functions that are rewritten in terms of functions that have rows."""


def frozen(value: Any) -> Any:
    """Return an option as it is now, whatever becomes of the list or the array that it was given as."""
    if isinstance(value, (list, tuple)):
        return tuple(frozen(part) for part in value)
    return value.copy() if isinstance(value, np.ndarray) else value


FROZEN = frozenset((list, tuple, np.ndarray))


def short(value: Any) -> str:
    """Return a repr that fits in an error message."""
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}, {value.dtype}"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def qualified(fn: Any) -> str:
    """Return the name that a reader would type: ``np.tanh``, ``operator.mul``, ``tape.nn.conv2d``."""
    if isinstance(fn, np.ufunc):
        if getattr(np, fn.__name__, None) is fn:
            return f"np.{fn.__name__}"
        special = sys.modules.get("scipy.special")
        return f"scipy.special.{fn.__name__}" if getattr(special, fn.__name__, None) is fn else str(fn.__name__)
    module = getattr(fn, "__module__", "") or ""
    module = {"numpy": "np", "_operator": "operator"}.get(module, module)
    if module.startswith("numpy."):
        module = "np." + module.split(".", 1)[1]
    if module.startswith("tape.nn."):
        module = "tape.nn"
    return f"{module}.{fn.__name__}" if module else str(fn.__name__)


def parameters(fn: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the names and the defaults of a function's parameters, as far as Python knows them."""
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        nin = getattr(fn, "nin", 1)
        return tuple(f"x{k}" for k in range(1, nin + 1)), {}
    names = tuple(signature.parameters)
    empty = inspect.Parameter.empty
    return names, {n: p.default for n, p in signature.parameters.items() if p.default is not empty}


def positional_count(rule: Rule) -> int:
    """Count the positional parameters of a rule."""
    return sum(
        p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in inspect.signature(rule).parameters.values()
    )


def keyword_names(rule: Rule) -> list[str]:
    """Return the options that a rule names."""
    parameters = inspect.signature(rule).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        raise TypeError(
            f"a rule names its options, so that none is swallowed: {rule} takes **{list(parameters)[-1].name}"
        )
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]


def widen(row: Row, how: str = "floats") -> None:
    """Have the rules of a row given their arguments in the precision of the result."""
    row.widens, row.direct = how, False


class From:
    """The positions from one on, however many arguments there are."""

    __slots__ = ("first",)

    def __init__(self, first: int) -> None:
        self.first = first

    def __contains__(self, position: object) -> bool:
        return isinstance(position, int) and position >= self.first


def what_is_read(rules: Sequence[Rule], keeps: str | None) -> tuple[bool, Container[int] | None]:
    """Return which residuals a row's rules read: the result, and the positions of the arguments.

    ``keeps`` says it in place of the code, as ``"y 0 2"``, where a rule names an argument only for its shape; ``"1:"``
    is every argument from the second on.
    """
    if keeps is not None:
        words = keeps.split()
        if words and words[-1].endswith(":"):
            return "y" in words, From(int(words[-1][:-1]))
        return "y" in words, frozenset(int(w) for w in words if w != "y")
    saves_y, saves, every = False, set[int](), False
    for rule in rules:
        code = getattr(rule, "__code__", None)
        if code is None:
            return True, None
        names = code.co_varnames[: code.co_argcount]
        read = names_loaded(code)
        saves_y |= len(names) < 2 or names[1] in read
        saves |= {k - 2 for k, name in enumerate(names) if k >= 2 and name in read}
        every |= bool(code.co_flags & inspect.CO_VARARGS)
    return saves_y, None if every else frozenset(saves)


def names_loaded(code: types.CodeType) -> set[str]:
    """Return the local names that a function's code reads."""
    import dis

    reads = set[str](code.co_cellvars)
    for instruction in dis.get_instructions(code):
        if instruction.opname.startswith(("LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE", "STORE_FAST_LOAD_FAST")):
            value = instruction.argval
            reads.update(value if isinstance(value, tuple) else (value,))
    return reads


def add(row: Row) -> Row:
    """Put a row into the table."""
    TABLE[row.fn] = row
    return row


def elementwise(fn: Callable[..., Any], *partials: Rule | None, like: Sequence[Callable[..., Any]] = ()) -> Row:
    """Declare a function that works element by element.

    Parameters
    ----------
    fn : callable
        The function; where it is a ufunc of one or two arguments it is recorded on the fast path.
    *partials : callable
        For each argument ``(g, y, *args) -> g * df/darg``: linear in ``g``, and holomorphic where it is used on complex
        numbers (the sweep conjugates). Broadcasting is undone by the sweep. None for a condition or an index.
    like : sequence of callable
        Other spellings of the same function (``operator.mul`` for ``np.multiply``).
    """
    for spelling in (*like, fn):
        row = add(Row(spelling, "elementwise", vjps=partials, arrays=len(partials)))
        twin = Row(spelling, "elementwise", vjps=partials, arrays=len(partials))
        if len(partials) <= 2:
            twin.code = PLAIN_UNARY if len(partials) == 1 else PLAIN_BINARY
        twin.base, row.plain = row, twin
        PLAN[twin.id] = (twin.code, twin.vjp0, twin.vjp1)
    return TABLE[fn]


def linear(
    fn: Callable[..., Any],
    *transposes: Rule | None,
    like: Sequence[Callable[..., Any]] = (),
    keeps: str | None = None,
    **shape: Any,
) -> Row:
    """Declare a function that is linear in each argument by itself, by its transposes ``(g, y, *args, **options)``."""
    for spelling in (*like, fn):
        add(Row(spelling, "linear", vjps=transposes, keeps=keeps, **shape))
    return TABLE[fn]


def general(
    fn: Callable[..., Any],
    *vjps: Rule | None,
    jvp: Rule | None = None,
    jvps: Sequence[Rule | None] = (),
    joint: Rule | None = None,
    like: Sequence[Callable[..., Any]] = (),
    **shape: Any,
) -> Row:
    """Declare a function by its VJP (one an argument, or ``joint``) and its JVP (one an argument, or joint)."""
    for spelling in (*like, fn):
        add(Row(spelling, "general", vjps=vjps, joint=joint, jvp=jvp, jvps=jvps, **shape))
    return TABLE[fn]


def zero(*fns: Callable[..., Any], arrays: int | None = None) -> None:
    """Declare functions whose derivative is zero wherever it exists: signs, comparisons, positions."""
    for fn in fns:
        row = add(Row(fn, "zero", keeps=""))
        row.arrays = arrays or getattr(fn, "nin", 1)
        row.options = frozenset(row.params[row.arrays :]) - {"out"}


def metadata(*fns: Callable[..., Any]) -> None:
    """Declare functions that read nothing but shapes and types."""
    METADATA.update(fns)


def composite(fn: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function as a program of functions that have rows (decorator)."""

    def register(program: Callable[..., Any]) -> Callable[..., Any]:
        COMPOSITE[fn] = program
        return program

    return register
