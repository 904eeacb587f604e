"""The mutations: from the syntax tree of a function to those that differ from it in one place.

Each kind is a slip that one makes in writing rules. What only says what is wrong (``raise``, text) is left alone.
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

FACTORS = (2, 1.001)
"""What a result is multiplied by: grossly wrong, and barely."""

PAIRS = [
    ("sin", "cos"),
    ("sinh", "cosh"),
    ("tan", "tanh"),
    ("arcsin", "arcsinh"),
    ("exp", "expm1"),
    ("log", "log1p"),
    ("sqrt", "cbrt"),
    ("maximum", "minimum"),
    ("max", "min"),
    ("argmax", "argmin"),
    ("fmax", "fmin"),
    ("sum", "mean"),
    ("cumsum", "cumprod"),
    ("less", "less_equal"),
    ("greater", "greater_equal"),
    ("equal", "not_equal"),
    ("floor", "ceil"),
    ("rint", "floor"),
    ("tril", "triu"),
    ("any", "all"),
    ("real", "imag"),
    ("isnan", "isinf"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("floor_divide", "divide"),
    ("add", "subtract"),
    ("multiply", "divide"),
    ("logical_and", "logical_or"),
]
"""Functions that are taken for one another."""

LIKE: dict[str, list[str]] = {}
for _a, _b in PAIRS:
    LIKE.setdefault(_a, []).append(_b)
    LIKE.setdefault(_b, []).append(_a)

UNDONE = {"conj", "conjugate", "abs", "sign"}
"""Functions that are forgotten: ``np.conj(x)`` becomes ``x``."""

COMMUTATIVE = {
    "add multiply maximum minimum fmax fmin equal not_equal hypot logaddexp logical_and logical_or logical_xor"
    " swapaxes result_type promote_types",
    "isinstance issubclass getattr hasattr zip range slice min max print len broadcast_shapes",
}
COMMUTATIVE = {name for line in COMMUTATIVE for name in line.split()}
"""Calls whose arguments needn't be swapped: it changes nothing, or isn't a call at all that anyone would write."""

OPERATORS: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
COMPARED: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
AXES = {"axis", "dim", "axis1", "axis2", "axes"}
FLAGS = {"keepdims", "keepdim"}
NO_NUMBER = {"strict", "copy", "subok", "check_finite"}
"""Keywords that ask for a check or a copy, and change no number."""


class Change(NamedTuple):
    """One change: its kind, the line, what stood there and what stands there now, and the function's new tree."""

    kind: str
    line: int
    before: str
    after: str
    tree: ast.AST


def changes(root: ast.FunctionDef | ast.Lambda) -> Iterator[Change]:
    """Yield every mutation of a function, in the order of its text."""
    seen: set[str] = set()
    for node, kind, new in proposals(root):
        for part in ast.walk(new):
            if "lineno" in part._attributes and not hasattr(part, "lineno"):
                ast.copy_location(part, node)
        tree = copy.deepcopy(root, {id(node): new})
        text = ast.unparse(tree)
        if text not in seen:  # the same program, come by in another way
            seen.add(text)
            yield Change(kind, getattr(node, "lineno", root.lineno), ast.unparse(node), ast.unparse(new), tree)


def proposals(root: ast.FunctionDef | ast.Lambda) -> Iterator[tuple[ast.AST, str, ast.AST]]:
    """Yield (node, kind, what to put there)."""
    for node in nodes(root):
        if isinstance(node, ast.Return) and node.value is not None:
            yield from results(node.value)
        elif isinstance(node, ast.Lambda):
            yield from results(node.body)
        if isinstance(node, (ast.If, ast.IfExp)):
            yield node.test, "condition", inverted(node.test)
        if isinstance(node, ast.comprehension):
            for test in node.ifs:
                yield test, "condition", inverted(test)
        visit = VISIT.get(type(node))
        if visit is not None:
            for kind, new in visit(node):
                yield node, kind, new


def nodes(root: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that compute something, outer ones first."""
    yield root
    if isinstance(root, (ast.FunctionDef, ast.Lambda)):
        children: list[Any] = root.body if isinstance(root, ast.FunctionDef) else [root.body]
    elif isinstance(root, (ast.Raise, ast.JoinedStr, ast.Assert)):
        return
    elif isinstance(root, ast.With):
        children = list(root.body)
    elif isinstance(root, ast.AnnAssign):
        children = [root.value] if root.value else []
    elif isinstance(root, ast.Expr) and isinstance(root.value, ast.Constant):
        return
    elif isinstance(root, ast.Call):
        children = [c for c in ast.iter_child_nodes(root) if getattr(c, "arg", None) not in NO_NUMBER]
        if called(root) == "reshape":  # any negative number has NumPy work out the length
            children = [part for c in children for part in (c.elts if isinstance(c, ast.Tuple) else [c])]
            children = [c for c in children if not isinstance(c, ast.UnaryOp)]
    else:
        children = list(ast.iter_child_nodes(root))
    for child in children:
        yield from nodes(child)


def called(node: ast.Call) -> str:
    """Return the name of the function that is called, without its module."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else str(getattr(node.func, "id", ""))


def results(value: ast.AST) -> Iterator[tuple[ast.AST, str, ast.AST]]:
    """Yield the mutations of what is returned: its sign and its size."""
    if isinstance(value, (ast.Tuple, ast.List)):
        for part in value.elts:
            yield from results(part)
    elif isinstance(value, (ast.ListComp, ast.GeneratorExp)):
        yield from results(value.elt)
    elif isinstance(value, ast.BinOp) and textual(value.left):  # [None] * n
        return
    elif isinstance(value, ast.IfExp):
        yield from results(value.body)
        yield from results(value.orelse)
    elif isinstance(value, ast.Starred):
        yield from results(value.value)
    elif isinstance(value, (ast.Compare, ast.BoolOp)) or (
        isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not)
    ):
        yield value, "condition", inverted(value)
    elif not isinstance(value, ast.Constant) or type(value.value) in (int, float, complex):
        negated = isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub)
        if not negated:  # else it is a mutation of the sign
            yield value, "sign", ast.UnaryOp(ast.USub(), value)  # type: ignore[arg-type]
        for factor in FACTORS:
            yield value, "factor", ast.BinOp(value, ast.Mult(), ast.Constant(factor))  # type: ignore[arg-type]


def inverted(test: Any) -> Any:
    return (
        test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else ast.UnaryOp(ast.Not(), test)
    )


def textual(node: ast.AST) -> bool:
    """Tell whether an operand is text, or a tuple or a list written out: ``+`` joins them, ``*`` repeats them."""
    return isinstance(node, (ast.JoinedStr, ast.Tuple, ast.List, ast.ListComp)) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def of_binary(node: ast.BinOp) -> Iterator[tuple[str, ast.AST]]:
    a, op, b = node.left, node.op, node.right
    if textual(a) or textual(b):
        return
    if type(op) in OPERATORS:
        kind = "sign" if isinstance(op, (ast.Add, ast.Sub)) else "comparison"
        yield kind, ast.BinOp(a, OPERATORS[type(op)](), b)
    if isinstance(op, (ast.Add, ast.Sub)):
        yield "term", a
        yield "term", b
    elif isinstance(op, (ast.Mult, ast.Div)):
        yield "product", a
        if isinstance(op, ast.Mult):
            yield "product", b
        else:
            yield "product", ast.BinOp(a, ast.Mult(), b)
    if isinstance(op, (ast.Sub, ast.Div, ast.Pow, ast.MatMult, ast.FloorDiv, ast.Mod)):
        yield "order", ast.BinOp(b, op, a)


def of_unary(node: ast.UnaryOp) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield "sign", node.operand
    elif isinstance(node.op, ast.Invert):
        yield "condition", node.operand


def of_call(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    name = called(node)
    numpy = (
        isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id == "np"
    )
    args = node.args
    if numpy:
        for other in LIKE.get(name, ()):
            yield "function", ast.Call(ast.Attribute(node.func.value, other, ast.Load()), args, node.keywords)  # type: ignore[attr-defined]
        if name in UNDONE and len(args) == 1:
            yield "function", args[0]
    if name not in COMMUTATIVE and len(args) > 1 and not any(isinstance(a, ast.Starred) for a in args):
        for k in range(len(args) - 1):
            if ast.dump(args[k]) != ast.dump(args[k + 1]):
                swapped = [*args[:k], args[k + 1], args[k], *args[k + 2 :]]
                yield "order", ast.Call(node.func, swapped, node.keywords)
    for k, word in enumerate(node.keywords):
        for kind, new in of_keyword(word):
            others = [*node.keywords[:k], ast.keyword(word.arg, new), *node.keywords[k + 1 :]]
            yield kind, ast.Call(node.func, args, others)


def of_keyword(word: ast.keyword) -> Iterator[tuple[str, Any]]:
    value = word.value
    number = value.operand if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub) else value
    if word.arg in FLAGS:
        if not isinstance(value, ast.Constant):
            yield "axis", ast.UnaryOp(ast.Not(), value)
    elif word.arg in AXES and not isinstance(number, ast.Constant):
        yield "axis", ast.Constant(0)
        yield "axis", ast.UnaryOp(ast.USub(), ast.Constant(1))
    elif word.arg in AXES and number is not value:  # a constant from behind: the others are mutated as constants
        yield "axis", ast.Constant(0)


def of_compare(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    for k, op in enumerate(node.ops):
        if type(op) in COMPARED:
            ops = [*node.ops[:k], COMPARED[type(op)](), *node.ops[k + 1 :]]
            yield "comparison", ast.Compare(node.left, ops, node.comparators)


def of_bool(node: ast.BoolOp) -> Iterator[tuple[str, ast.AST]]:
    yield "condition", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)


def of_constant(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int):
        yield "constant", ast.Constant(value + 1)
    elif isinstance(value, float) and math.isfinite(value):
        yield "constant", ast.Constant(value / 2 if value else 1.0)


def of_augmented(node: ast.AugAssign) -> Iterator[tuple[str, ast.AST]]:
    if type(node.op) in (ast.Add, ast.Sub):
        yield "sign", ast.AugAssign(node.target, OPERATORS[type(node.op)](), node.value)


VISIT: dict[type, Any] = {
    ast.BinOp: of_binary,
    ast.UnaryOp: of_unary,
    ast.Call: of_call,
    ast.Compare: of_compare,
    ast.BoolOp: of_bool,
    ast.Constant: of_constant,
    ast.AugAssign: of_augmented,
}
KINDS = ["sign", "factor", "order", "term", "product", "axis", "function", "comparison", "constant", "condition"]
