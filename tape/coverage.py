"""Which of NumPy's functions have a derivative: every public one is in exactly one class.

``python -m tape.coverage`` counts them; ``--markdown`` writes the page of the reference that lists them all. What is
here is read off the rule table, so that it can't differ from it; only what has no rule is listed by hand, with the
reason. A function that a new release of NumPy brings is in no class, and the tests say so.
"""

from __future__ import annotations

import argparse
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tape.rule import COMPOSITE, METADATA, TABLE

__tape__ = True

DERIVATIVE = "derivative"
ZERO = "zero everywhere"
OTHER = "not a function of real numbers"
MISSING = "not implemented"
CLASSES = (DERIVATIVE, ZERO, OTHER, MISSING)


class Listed(NamedTuple):
    """One public name of NumPy's."""

    name: str
    kind: str | None
    """One of :data:`CLASSES`; None for what nobody has put into one."""
    note: str


def _names(reason: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), reason)


REASONS: dict[str, str] = {
    **_names(
        "makes an array of sizes or of text; with like= a variable, a recorded one",
        "np.arange np.array np.asanyarray np.asarray np.asarray_chkfinite np.ascontiguousarray np.asfortranarray"
        " np.empty np.eye np.frombuffer np.fromfile np.fromfunction np.fromiter np.fromstring np.full np.identity"
        " np.ones np.require np.tri np.zeros np.loadtxt np.genfromtxt np.indices np.from_dlpack np.fromregex",
    ),
    **_names("a window of integer length", "np.bartlett np.blackman np.hamming np.hanning np.kaiser"),
    **_names(
        "positions",
        "np.diag_indices np.mask_indices np.tril_indices np.triu_indices np.nested_iters",
    ),
    **_names("frequencies of an integer length", "np.fft.fftfreq np.fft.rfftfreq"),
    **_names(
        "types, shapes and text",
        "np.base_repr np.binary_repr np.datetime_as_string np.format_float_positional np.format_float_scientific",
    ),
    **_names(
        "dates",
        "np.busday_count np.busday_offset np.busdaycalendar np.datetime_data np.is_busday np.isnat",
    ),
    **_names(
        "types, shapes and text",
        "np.broadcast_shapes np.isdtype np.isfortran np.isscalar np.issubdtype np.iterable np.mintypecode"
        " np.promote_types np.typename",
    ),
    **_names("files", "np.load np.memmap np.save np.savetxt np.savez np.savez_compressed"),
    **_names(
        "settings and help",
        "np.errstate np.get_include np.get_printoptions np.getbufsize np.geterr np.geterrcall np.info np.printoptions"
        " np.set_printoptions np.setbufsize np.seterr np.seterrcall np.show_config np.show_runtime np.test"
        " np.linalg.test np.fft.test",
    ),
    **_names(
        "a class of NumPy's, of iterators, types or records",
        "np.broadcast np.dtype np.finfo np.flatiter np.iinfo np.ndarray np.ndenumerate np.ndindex np.nditer np.recarray"
        " np.record np.ufunc",
    ),
    **_names("makes a ufunc of Python objects", "np.frompyfunc"),
}
"""What isn't a function of real numbers, and what it is instead."""

THROUGH: dict[str, str] = {"np.row_stack": "calls np.vstack"}
"""What NumPy doesn't dispatch itself, but which calls what it does."""

UNFINISHED: dict[str, str] = {
    **_names("matrices, which NumPy deprecates: use arrays", "np.asmatrix np.bmat np.matrix"),
    "np.poly1d": "a class that keeps its coefficients as an array: call np.polyval and its kin",
    "np.vectorize": "it makes an array of objects of its arguments: tape.vectorize does the same for variables",
}
"""What has no derivative here, and why."""

METHODS: dict[str, str] = {
    **_names(
        "memory",
        "base ctypes data device flags setflags strides to_device byteswap dump dumps getfield setfield tobytes tofile"
        " view resize",
    ),
}
"""Attributes of arrays that aren't functions of the elements."""


def _class_of(name: str, fn: Any) -> tuple[str | None, str]:
    """Return the class of one of NumPy's callables, and a note."""
    try:
        row = TABLE.get(fn)
        program = COMPOSITE.get(fn)
        metadata = fn in METADATA
    except TypeError:  # not hashable
        row, program, metadata = None, None, False
    if row is not None:
        return (ZERO, "") if row.kind == "zero" else (DERIVATIVE, row.kind)
    if program is not None:
        return DERIVATIVE, "a program of others"
    if metadata:
        return OTHER, "types, shapes and text"
    if name in THROUGH:
        return DERIVATIVE, THROUGH[name]
    if name in UNFINISHED:
        return MISSING, UNFINISHED[name]
    if name in REASONS:
        return OTHER, REASONS[name]
    if isinstance(fn, type) and (issubclass(fn, (np.generic, Exception, np.dtype)) or fn.__module__ == "builtins"):
        return OTHER, "a type"
    return None, ""


def functions() -> Iterator[Listed]:
    """List every public callable of ``numpy``, ``numpy.linalg`` and ``numpy.fft``."""
    for prefix, module in (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft)):
        for attribute in sorted(dir(module)):
            fn = getattr(module, attribute)
            if attribute.startswith("_") or isinstance(fn, types.ModuleType) or not callable(fn):
                continue
            name = f"{prefix}.{attribute}"
            yield Listed(name, *_class_of(name, fn))


def methods() -> Iterator[Listed]:
    """List every public attribute of arrays."""
    from tape.var import Var

    for attribute in sorted(dir(np.ndarray)):
        if attribute.startswith("_"):
            continue
        name = f"ndarray.{attribute}"
        if attribute in METHODS:
            yield Listed(name, OTHER, METHODS[attribute])
        elif hasattr(Var, attribute):
            fn = getattr(np, attribute, None)
            kind, note = _class_of(f"np.{attribute}", fn) if fn is not None else (None, "")
            yield Listed(name, kind or DERIVATIVE, note)
        else:
            yield Listed(name, None, "")


def counts() -> dict[str, dict[str, int]]:
    """Count names by class: those of functions, and those of methods."""
    found: dict[str, dict[str, int]] = {}
    for what, listed in (("functions", functions()), ("methods", methods())):
        row = found.setdefault(what, dict.fromkeys(CLASSES, 0))
        for one in listed:
            row[one.kind or "in no class"] = row.get(one.kind or "in no class", 0) + 1
    return found


def markdown() -> str:
    """Return the page of the reference."""
    everything = [*functions(), *methods()]
    lines = [
        "# NumPy, function by function",
        "",
        "Every public callable of `numpy`, `numpy.linalg` and `numpy.fft`, and every attribute of arrays, is in one",
        "class. This page is written by `python -m tape.coverage --markdown`, from the rule table; a test compares.",
        "",
        "| class | functions | methods of arrays |",
        "|---|---|---|",
    ]
    found = counts()
    lines += [f"| {kind} | {found['functions'][kind]} | {found['methods'][kind]} |" for kind in CLASSES]
    titles = {
        DERIVATIVE: "With a derivative",
        ZERO: "Zero everywhere: the derivative is zero wherever it exists",
        OTHER: "Not functions of real numbers",
        MISSING: "Not implemented",
    }
    for kind in CLASSES:
        lines += ["", f"## {titles[kind]}", ""]
        of_kind = [one for one in everything if one.kind == kind]
        if kind in (DERIVATIVE, ZERO):
            lines.append(" · ".join(f"`{one.name}`" for one in of_kind))
            continue
        by_note: dict[str, list[str]] = {}
        for one in of_kind:
            by_note.setdefault(one.note, []).append(f"`{one.name}`")
        lines += [f"- {note}: {', '.join(names)}" for note, names in by_note.items()]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Print how many of NumPy's functions are in each class, or the page that lists them."""
    parser = argparse.ArgumentParser(prog="python -m tape.coverage", description=main.__doc__)
    parser.add_argument("--markdown", action="store_true", help="print docs/reference/numpy.md")
    options = parser.parse_args(arguments)
    if options.markdown:
        print(markdown(), end="")
        return 0
    for what, row in counts().items():
        print(what)
        for kind, number in row.items():
            print(f"  {kind:32s} {number:4d}")
    missing = [one for one in [*functions(), *methods()] if one.kind is None]
    if missing:
        print(f"in no class: {', '.join(one.name for one in missing)}")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
