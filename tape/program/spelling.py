"""Spelling: entries of a tape as Python statements, and values as literals that read back to the same bits."""

from __future__ import annotations

import base64
import keyword
import math
import operator
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tape.entry import Entry, unpack
from tape.errors import SourceError
from tape.operators import INFIX, PREFIX
from tape.record import ALIAS, Tape
from tape.rule import Row, short

__tape__ = True

RESERVED = {"np", "base64", "inputs", "residuals", "seed", "forward", "adjoint", "decoded", "key", "value"}
IN_LINE, IN_TEXT = 8, 1000
"""Arrays of so many elements stand in the statement that reads them, or are written as numbers."""
DECODED = '''
def decoded(text, dtype, shape):
    """Return an array from the text of its bytes."""
    return np.frombuffer(base64.b85decode(text), dtype).reshape(shape).copy()
'''


class Speller:
    """Writes the entries of a tape as a module: names for entries, constants and functions, and the statements."""

    def __init__(self, u: Tape, inputs: Sequence[int], last: int) -> None:
        self.u, self.inputs, self.last = u, inputs, last
        self.taken = set(RESERVED)
        self.names: dict[int, str] = {}
        self.imports: list[str] = []
        self.constants: list[str] = []
        self._functions: dict[Any, str] = {}
        self._arrays: dict[Any, tuple[Any, list[int], str]] = {}
        self._texts: dict[int, str] = {}
        self._forward: list[str] = []
        self._backward: list[str] = []
        self._returned: list[str] = []
        self._residuals: list[str] = []
        self._wanted: list[str] = []
        for k, i in enumerate(inputs):
            self.names[i] = self.fresh(u._names.get(i) or f"x{k}")

    # ------------------------------------------------------------------- names

    def fresh(self, wish: str) -> str:
        """Return an identifier that isn't taken, like a wish."""
        name = re.sub(r"\W", "_", wish)
        if not name.isidentifier() or keyword.iskeyword(name):
            name = f"v_{name}"
        found, k = name, 2
        while found in self.taken:
            found, k = f"{name}_{k}", k + 1
        self.taken.add(found)
        return found

    def function(self, fn: Any) -> str:
        """Return how a function is called, and import what it takes."""
        found = self._functions.get(fn)
        if found is None:
            found = self._functions[fn] = self._address(fn)
        return found

    def _address(self, fn: Any) -> str:
        name = getattr(fn, "__name__", "")
        for module, prefix in ((np, "np"), (np.linalg, "np.linalg"), (np.fft, "np.fft")):
            if getattr(module, name, None) is fn:
                return f"{prefix}.{name}"
        path = "scipy.special" if isinstance(fn, np.ufunc) else getattr(fn, "__module__", None) or ""
        found = getattr(sys.modules.get(path), name, None)
        raw = getattr(fn, "__wrapped__", fn)
        if path == "__main__" or found is None or (found is not fn and getattr(found, "__wrapped__", found) is not raw):
            raise SourceError(
                f"{short(fn)} can't be called from another module by its name ({path}.{name}), so a tape with it can't"
                " be written as source: define it at the top level of a module that can be imported"
            )
        local = self.fresh(name)
        self.imports.append(f"from {path} import {name}" + (f" as {local}" if local != name else ""))
        return local

    # ---------------------------------------------------------------- literals

    def atom(self, a: int, raw: Any) -> str:
        """Return an argument: the name of an entry, or a constant."""
        return self.names[a] if a >= 0 else self.literal(raw)

    def literal(self, value: Any) -> str:
        """Return an expression for a constant that evaluates to the same value, type and bits."""
        if value is None or value is Ellipsis or isinstance(value, (bool, str)):
            return "..." if value is Ellipsis else repr(value)
        if isinstance(value, np.ndarray):
            return self.array(value)
        if isinstance(value, np.generic):
            return scalar(value)
        if isinstance(value, (int, float, complex)):
            return number(value)
        if isinstance(value, slice):
            return f"slice({', '.join(self.literal(p) for p in (value.start, value.stop, value.step))})"
        if type(value) in (tuple, list):
            parts = [self.literal(part) for part in value]
            if isinstance(value, list):
                return f"[{', '.join(parts)}]"
            return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
        if type(value) is dict:
            return "{" + ", ".join(f"{self.literal(k)}: {self.literal(v)}" for k, v in value.items()) + "}"
        if isinstance(value, np.dtype):
            return f"np.dtype({value.str!r})"
        if isinstance(value, type) and issubclass(value, np.generic):
            return f"np.{value.__name__}"
        if value in (bool, int, float, complex):
            return value.__name__
        from tape.rules.indexing import Slot

        if isinstance(value, Slot):
            return f"{self.function(Slot)}({value.position})"
        if callable(value):
            return self.function(value)
        raise SourceError(
            f"{short(value)}, of type {type(value).__name__}, has no literal, so a tape with it as a constant or an"
            " option can't be written as source"
        )

    def array(self, value: Any) -> str:
        """Return an expression for an array: as it stands, if it is short, or the name of a constant of the module."""
        if value.ndim <= 1 and value.size <= IN_LINE and value.flags.c_contiguous:
            return written(value)
        axes = sorted(range(value.ndim), key=lambda k: (-abs(value.strides[k]), value.shape[k]))
        memory = (value.ctypes.data, value.dtype.str, *((value.strides[k], value.shape[k]) for k in axes))
        known = self._arrays.get(memory)
        if known is None:
            name = self.fresh(f"c{len(self._arrays)}")
            self.constants.append(f"{name} = {self.written(value)}")
            known = self._arrays[memory] = (value, axes, name)
        _, there, name = known
        if there == axes:
            return name
        return f"np.transpose({name}, {tuple(there[axes.index(k)] for k in range(value.ndim))})"

    def written(self, value: Any) -> str:
        """Return an expression that makes an array with the order of axes in memory that it has."""
        order = sorted(range(value.ndim), key=lambda k: -abs(value.strides[k]))
        dense = np.transpose(value, order)
        text = written(dense) if value.size <= IN_TEXT else self.encoded(dense)
        if order == list(range(value.ndim)) or not dense.flags.c_contiguous:
            return written(value) if value.size <= IN_TEXT else self.encoded(value)
        return f"np.transpose({text}, {tuple(int(k) for k in np.argsort(order))})"

    def encoded(self, value: Any) -> str:
        """Return an expression for a long array: the text of its bytes."""
        if value.dtype.hasobject:
            raise SourceError(f"an array of objects of shape {value.shape} has no literal")
        if "import base64" not in self.imports:
            self.imports.insert(0, "import base64")
        text = base64.b85encode(np.ascontiguousarray(value).tobytes()).decode()
        lines = "\n".join(f'    "{text[k : k + 100]}"' for k in range(0, len(text), 100))
        return f'decoded(\n{lines},\n    "{value.dtype.str}", {value.shape})'

    # -------------------------------------------------------------- statements

    def call(self, row: Row, args: Sequence[str], options: dict[str, Any]) -> str:
        """Return one call as an expression."""
        from tape.rules.indexing import getitem
        from tape.rules.parts import component

        fn = row.fn
        if fn is component:
            return f"{args[0]}[{options['index']}]"
        if fn in INFIX:
            a, b = (f"({arg})" if arg.startswith("-") else arg for arg in args)
            return f"{a} {INFIX[fn]} {b}"
        if fn in PREFIX:
            return f"{PREFIX[fn]}{args[0]}"
        if fn is operator.abs:
            return f"abs({args[0]})"
        if fn is getitem:
            return f"{args[0]}[{self.key(options['key'], args[1:])}]"
        keywords = [f"{name}={self.literal(value)}" for name, value in options.items()]
        if fn is np.einsum:
            return f"np.einsum({', '.join([repr(options['subscripts']), *args, *keywords[1:]])})"
        if row.packed:
            args = [f"({', '.join(args)}{',' if len(args) == 1 else ''})"]
        return f"{self.function(fn)}({', '.join([*args, *keywords])})"

    def key(self, key: Any, arrays: Sequence[str]) -> str:
        """Return what stands in the brackets of an index."""
        from tape.rules.indexing import Slot

        def part(p: Any) -> str:
            if isinstance(p, Slot):
                return arrays[p.position]
            if isinstance(p, slice):
                start, stop, step = ("" if q is None else self.literal(q) for q in (p.start, p.stop, p.step))
                return f"{start}:{stop}" + (f":{step}" if step else "")
            return self.literal(p)

        if type(key) is not tuple:
            return part(key)
        return ", ".join(part(p) for p in key) + ("," if len(key) == 1 else "") if key else "()"

    def literal_key(self, key: Any, arrays: Sequence[str]) -> str:
        """Return an index as an expression, to be handed to a function."""
        from tape.rules.indexing import Slot

        if isinstance(key, Slot):
            return arrays[key.position]
        parts = [arrays[p.position] if isinstance(p, Slot) else self.literal(p) for p in key]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"

    def comment(self, i: int, before: str) -> str:
        """Return where a forward entry was made, unless that is what the comment before said."""
        entry = Entry(self.u, i)
        file, line = entry.where
        scope = f"{entry.scope}: " if entry.scope else ""
        text = f"# {scope}{os.path.basename(file)}:{line}  {entry.line}".rstrip() if line else ""
        return "" if text == before else text

    def forward(self, entries: Iterable[int]) -> None:
        """Write the statements of the program."""
        said = ""
        for i in entries:
            if i in self.names:
                continue
            row, refs, raws, _, _, options = unpack(self.u._log[i])
            if row is ALIAS:
                self.names[i] = self.names[refs[0]]
                continue
            text = self.call(row, [self.atom(a, raw) for a, raw in zip(refs, raws, strict=True)], options or {})
            self.names[i] = self.fresh(self.u._names.get(i) or f"v{i}")
            if comment := self.comment(i, said):
                said = comment
                self._forward.append(comment)
            self._texts[i] = f"{self.names[i]} = {text}"
            self._forward.append(self._texts[i])

    def backward(
        self,
        entries: Sequence[int],
        groups: Sequence[tuple[int, int]],
        adjoints: Sequence[Any],
        targets: Sequence[int],
        statement: Callable[[int], tuple[str | None, str]],
    ) -> None:
        """Write the statements of the sweep."""
        ahead = list(groups)
        said = -1
        for j in entries:
            if j in self.names:
                continue
            while len(ahead) > 1 and ahead[1][0] <= j:
                ahead.pop(0)
            if ahead and ahead[0][1] != said:
                said = ahead[0][1]
                self._backward.append(f"# through {self._texts.get(said, self.names.get(said, ''))}")
            target, text = statement(j)
            self._backward.append(text if target is None else f"{target} = {text}")
        used = {name for line in self._backward if line[0] != "#" for name in re.findall(r"[^\W\d]\w*", line)}
        self._residuals = [n for i, n in self.names.items() if i <= self.last and n in used]
        self._residuals = list(dict.fromkeys(self._residuals))
        self._wanted = [self.names.get(k, f"v{k}") for k in targets]
        for k in targets:
            found = adjoints[k] if k < len(adjoints) else None
            self._returned.append(self.result(found, unpack(self.u._log[k])[3]))

    def result(self, found: Any, primal: Any) -> str:
        """Return an adjoint as the caller gets it: an array of its own."""
        if type(found) is list:
            return f"({', '.join(self.result(f, p) for f, p in zip(found, primal, strict=True))},)"
        if found is None:
            return zeros(primal)
        index = getattr(found, "_index", None)
        return f"np.array({self.names[index] if index is not None else self.literal(found)})"

    # ---------------------------------------------------------------- the whole

    def module(self, name: str, *, adjoint: bool) -> str:
        """Return the module."""
        if not name.isidentifier() or keyword.iskeyword(name) or name in RESERVED:
            raise ValueError(f"name={name!r} can't be the name of the function")
        parameters = ", ".join(self.names[i] for i in self.inputs)
        recorded = [
            f"    {self.names[i]!r}: {self.recorded(unpack(self.u._log[i])[3])},".replace("\n", "\n    ")
            for i in self.inputs
        ]
        out = self.names[self.last]
        kept = f"({', '.join(self._residuals)}{',' if len(self._residuals) == 1 else ''})"
        body = [*self._forward, f"return {out}, {kept}" if adjoint else f"return {out}"]
        parts = [f"def forward({parameters}):"]
        parts.append(f'    """Return the output{", and what its adjoint reads" if adjoint else ""}."""')
        parts += [f"    {line}" for line in body]
        if adjoint:
            y = unpack(self.u._log[self.last])[3]
            seed = "seed=" + scalar(np.asarray(y).dtype.type(1)) if np.shape(y) == () else "seed"
            if np.shape(y) != () and np.size(y) == 1:
                seed = f"seed={ones(y)}"
            parts += ["", "", f"def adjoint(residuals, {seed}):"]
            parts.append(f'    """Return the adjoints of {", ".join(self._wanted) or "nothing"}."""')
            if self._residuals:
                parts.append(f"    {kept} = residuals")
            parts += [f"    {line}" for line in self._backward]
            parts.append(f"    return ({', '.join(self._returned)}{',' if len(self._returned) == 1 else ''})")
            head = f"{parameters}, *, {seed}" if parameters else f"*, {seed}"
            parts += ["", "", f"def {name}({head}):"]
            parts.append(f'    """Return the adjoints of {", ".join(self._wanted) or "nothing"}."""')
            parts += [f"    _, residuals = forward({parameters})", "    return adjoint(residuals, seed)"]
            runs = np.size(y) == 1
        else:
            runs = True
        tail: list[str] = []
        if runs:
            call = (
                f"zip({self._wanted!r}, {name}(**inputs), strict=True)"
                if adjoint
                else f"[({out!r}, forward(**inputs))]"
            )
            tail = ["", "", 'if __name__ == "__main__":', f"    for key, value in {call}:", "        print(key, value)"]
        head = ['"""A recorded tape as NumPy: written by tape, to be read, run and changed."""', ""]
        head += [line for line in self.imports if line.startswith("import")]
        head += ["import numpy as np", *sorted(line for line in self.imports if line.startswith("from")), ""]
        helper = [DECODED, ""] if "import base64" in self.imports else []
        data = [*self.constants, "", "inputs = {", *recorded, "}", "", ""]
        return "\n".join([*head, *helper, *data, *parts, *tail]) + "\n"

    def recorded(self, value: Any) -> str:
        """Return an input's recorded value."""
        return self.written(value) if isinstance(value, np.ndarray) else self.literal(value)


# ---------------------------------------------------------------------- numbers


def number(value: complex) -> str:
    """Return a Python number."""
    if isinstance(value, complex):
        return f"complex({number(value.real)}, {number(value.imag)})"
    if isinstance(value, float) and not math.isfinite(value):
        return "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"
    return repr(value)


def scalar(value: Any) -> str:
    """Return a NumPy scalar."""
    if value.dtype.kind == "b":
        return f"np.bool_({bool(value)})"
    if value.dtype.itemsize > 8 and value.dtype.kind == "f":
        return f"np.longdouble({str(value)!r})"
    if value.dtype.itemsize > 16:
        raise SourceError(f"{value!r} has no literal")
    return f"np.{value.dtype.name}({number(value.item())})"


def written(value: Any) -> str:
    """Return an array as its numbers."""
    if value.dtype.kind not in "biufc" or value.dtype.itemsize > (16 if value.dtype.kind == "c" else 8):
        raise SourceError(f"an array of {value.dtype} has no literal")

    def nested(part: Any) -> str:
        return f"[{', '.join(nested(p) for p in part)}]" if isinstance(part, list) else number(part)

    text = nested(value.tolist())
    if value.ndim > 1 and len(text) > 100:
        text = "[\n" + "".join(f"    {nested(row)},\n" for row in value.tolist()) + "]"
    if 0 in value.shape:
        return f"np.zeros({value.shape}, np.{value.dtype.name})"
    default = value.dtype == np.asarray(value.tolist()).dtype
    return f"np.array({text})" if default else f"np.array({text}, np.{value.dtype.name})"


def zeros(primal: Any) -> str:
    """Return zeros like a value."""
    if type(primal) is tuple:
        return f"({', '.join(zeros(p) for p in primal)},)"
    return f"np.zeros({np.shape(primal)}, np.{np.asarray(primal).dtype.name})"


def ones(primal: Any) -> str:
    """Return ones like a value."""
    return f"np.ones({np.shape(primal)}, np.{np.asarray(primal).dtype.name})"
