"""What is mutated: the functions that rules are made of, each with its source, and how a mutant is put in its place.

A function keeps its identity, and is given another code object: then it is wrong wherever it is held, in a row, in its
twin on the fast path, in the sweep's plan, or in another module's names.
"""

from __future__ import annotations
import __future__

import ast
import dis
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from comparisons.mutants.mutate import Change, changes

ROOT = Path(__file__).resolve().parents[2]
HOMES = ("tape.rules.", "tape.nn.", "tape.scipy.")
"""Where rules and their helpers live."""


class Target:
    """One piece of code to mutate, and the function objects that run it (several where it is a closure)."""

    def __init__(self, code: types.CodeType, functions: list[Any], label: str) -> None:
        self.code, self.functions, self.label = code, functions, label
        self.path = Path(code.co_filename).resolve()
        self.rows: set[str] = set()
        """The names of the rows whose rules reach it."""

    @property
    def file(self) -> str:
        return self.path.relative_to(ROOT).as_posix() if self.path.is_relative_to(ROOT) else self.path.name

    def __repr__(self) -> str:
        return f"<{self.file}: {self.label}>"


class Mutant:
    """One change of one target."""

    def __init__(self, target: Target, change: Change, code: types.CodeType) -> None:
        self.target, self.code = target, code
        self.kind, self.line, self.before, self.after = change.kind, change.line, change.before, change.after

    @property
    def change(self) -> str:
        return f"{short(self.before)} -> {short(self.after)}"

    def source(self) -> str:
        return lines(self.target.path)[self.line - 1].strip()


def short(text: str, most: int = 90) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 3] + "..."


_lines: dict[Path, list[str]] = {}


def lines(path: Path) -> list[str]:
    if path not in _lines:
        _lines[path] = path.read_text(encoding="utf-8").splitlines()
    return _lines[path]


# ------------------------------------------------------------------------ finding


def plain(fn: Any) -> Any:
    """Return the function within a primitive of ours, or within a cache."""
    while hasattr(fn, "__wrapped__"):
        fn = fn.__wrapped__
    return fn


def at_home(fn: Any) -> bool:
    return type(fn) is types.FunctionType and f"{fn.__module__}.".startswith(HOMES)


def callees(fn: Any) -> list[Any]:
    """Return the functions of the rules' own modules that a function's code names."""
    found: list[Any] = []
    names: list[str] = []
    codes = [fn.__code__]
    for code in codes:
        names += code.co_names
        codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    modules = [m for name in names if isinstance(m := fn.__globals__.get(name), types.ModuleType)]
    for name in names:
        for value in (fn.__globals__.get(name), *(vars(m).get(name) for m in modules)):
            inner = plain(value) if callable(value) else None
            if at_home(inner) and inner not in found:
                found.append(inner)
    for cell in fn.__closure__ or ():
        try:
            inner = plain(cell.cell_contents)
        except ValueError:
            continue
        if at_home(inner) and inner not in found:
            found.append(inner)
    return found


def rules_of(row: Any) -> list[tuple[str, Any]]:
    named = [(f"vjps[{k}]", r) for k, r in enumerate(row.vjps)] + [(f"jvps[{k}]", r) for k, r in enumerate(row.jvps)]
    named += [("joint", row.joint), ("jvp", row.jvp), ("into", row.into)]
    return [(role, rule) for role, rule in named if rule is not None]


def targets(rows: list[Any], pattern: str | None = None) -> list[Target]:
    """Return what the rules of some rows are made of: the rules, and every helper that they reach."""
    found: dict[types.CodeType, Target] = {}
    for row in rows:
        if pattern is not None and not fnmatch(row.name, pattern):
            continue
        reached: list[tuple[str, Any]] = []
        for role, rule in rules_of(row):
            rule = plain(rule)
            if at_home(rule):
                reached.append((f"{row.name}.{role}" if "<" in rule.__qualname__ else rule.__qualname__, rule))
        met = {id(fn) for _, fn in reached}
        for _, fn in reached:
            for callee in callees(fn):
                if id(callee) not in met:
                    met.add(id(callee))
                    reached.append((callee.__qualname__, callee))
        for label, fn in reached:
            target = found.setdefault(key(fn.__code__), Target(fn.__code__, [], label))
            if fn not in target.functions:
                target.functions.append(fn)
            target.rows.add(row.name)
    return sorted(found.values(), key=lambda t: (t.file, t.code.co_firstlineno, span(t.code)))


def key(code: types.CodeType) -> Any:
    """Return what tells code objects apart: equal ones on one line are still two."""
    return id(code)


# ------------------------------------------------------------------------ source


_trees: dict[Path, ast.Module] = {}


def tree(path: Path) -> ast.Module:
    if path not in _trees:
        _trees[path] = ast.parse("\n".join(lines(path)) + "\n")
    return _trees[path]


def span(code: types.CodeType) -> list[Any]:
    """Return the first and last place in the text that a code object's instructions come from."""
    places = [p for p in code.co_positions() if None not in p and p[3]]
    return [min((p[0], p[2]) for p in places), max((p[1], p[3]) for p in places)] if places else [(0, 0), (0, 0)]


def node_of(target: Target) -> ast.FunctionDef | ast.Lambda | None:
    """Return the tree of a target's function; None if its text isn't what was compiled."""
    code = target.code
    fitting: list[Any] = []
    for node in ast.walk(tree(target.path)):
        if isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and node.lineno == code.co_firstlineno:
            fitting.append(node)
        elif isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first == code.co_firstlineno:
                fitting.append(node)
    start, end = span(code)
    for node in fitting:
        if isinstance(node, ast.Lambda):
            b: Any = node.body
            if not ((b.lineno, b.col_offset) <= start and end <= (b.end_lineno, b.end_col_offset)):
                continue
        made = compiled(node, target)
        if made is not None and program(made) == program(code) and span(made) == span(code):
            return node
    return None


def compiled(node: Any, target: Target) -> types.CodeType | None:
    """Compile a function by itself, with the same names from around it; None if that isn't possible."""
    free = target.code.co_freevars
    names = ast.Tuple([ast.Name(n, ast.Load()) for n in free], ast.Load())
    if isinstance(node, ast.Lambda):
        body = ast.IfExp(ast.Constant(True), node.body, names) if free else node.body
        inner: Any = ast.Expr(ast.Lambda(node.args, body))
    else:
        stay: list[Any] = [ast.If(ast.Constant(False), [ast.Expr(names)], [])] if free else []
        inner = ast.FunctionDef(node.name, node.args, [*node.body, *stay], [], None)
        inner.type_params = []
    ast.copy_location(inner, node)
    if isinstance(inner, ast.Expr):
        ast.copy_location(inner.value, node)
    name = getattr(inner, "name", None)  # by which the function may call itself: from around it, or the module's
    outer = ast.FunctionDef(
        "_outer",
        ast.arguments([], [ast.arg(n) for n in free], None, [], [], None, []),
        [*([ast.Global([name])] if name and name not in free else []), inner],
        [],
        None,
    )
    outer.type_params = []  # type: ignore[attr-defined]
    # An imported name is called otherwise than a variable's method: the compiler must know which it is.
    imports = [n for n in tree(target.path).body if isinstance(n, (ast.Import, ast.ImportFrom))]
    module = ast.fix_missing_locations(ast.Module([*imports, outer], []))
    try:
        code = compile(module, target.code.co_filename, "exec", __future__.annotations.compiler_flag, dont_inherit=True)
    except (SyntaxError, ValueError, TypeError):
        return None
    around = next(c for c in code.co_consts if isinstance(c, types.CodeType) and c.co_name == "_outer")
    found = [c for c in around.co_consts if isinstance(c, types.CodeType) and c.co_name == target.code.co_name]
    if not found:
        return None
    return found[0] if found[0].co_freevars == free else None


def program(code: types.CodeType) -> list[tuple[str, Any]]:
    """Return a code object's instructions, whatever the places at which it keeps its constants."""
    inner = lambda value: program(value) if isinstance(value, types.CodeType) else value
    return [(step.opname, inner(step.argval)) for step in dis.get_instructions(code)]


def mutants(target: Target) -> list[Mutant]:
    """Return the mutants of a target, without those that compile to the same program."""
    node = node_of(target)
    if node is None:
        return []
    met = {shape(target.code)}
    found: list[Mutant] = []
    for change in changes(node):
        code = compiled(change.tree, target)
        if code is not None and shape(code) not in met:
            met.add(shape(code))
            found.append(Mutant(target, change, code))
    return found


def shape(code: types.CodeType) -> Any:
    """Return what a code object does, apart from where it stands in the text."""
    consts = tuple(shape(c) if isinstance(c, types.CodeType) else (type(c), repr(c)) for c in code.co_consts)
    return code.co_code, consts, code.co_names, code.co_varnames


# ---------------------------------------------------------------------- replacing


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Put a mutant in its place while the block runs."""
    functions = mutant.target.functions
    before = [fn.__code__ for fn in functions]
    forget()
    try:
        for fn in functions:
            fn.__code__ = mutant.code
        yield
    finally:
        for fn, code in zip(functions, before, strict=True):
            fn.__code__ = code
        forget()


def forget() -> None:
    """Empty what tape's modules remember of earlier calls."""
    for clear in memories():
        clear()


def memories() -> list[Callable[[], None]]:
    """Return what empties the caches of the functions in tape's modules."""
    every = [v for name, module in list(sys.modules.items()) if name.startswith("tape.") for v in vars(module).values()]
    return [v.cache_clear for v in every if getattr(v, "cache_clear", None) is not None]
