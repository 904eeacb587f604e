"""Which of SciPy's functions have a derivative, and under which name.

``python -m tape.scipy.coverage`` counts them; ``--markdown`` writes the page of the reference that lists them. Both are
read off the rule table and off what each module says it holds.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
import scipy.special as sp

from tape.rule import TABLE
from tape.scipy.lacking import methods

__tape__ = True

ROOMS = ("linalg", "integrate", "optimize", "signal", "sparse", "stats")

ABOUT = {
    "linalg": "Matrix functions, factorizations, systems, structured matrices",
    "integrate": "Initial value problems",
    "optimize": "Roots and minima",
    "signal": "Convolution and correlation",
    "sparse": "Products with constant sparse matrices, for `S @ x`",
    "stats": "Distributions",
}


def ufuncs() -> Iterator[tuple[str, str]]:
    """List the ufuncs of ``scipy.special``, each with ``derivative``, ``zero`` or ``in no class``."""
    for name in sorted(dir(sp)):
        fn = getattr(sp, name)
        if not name.startswith("_") and isinstance(fn, np.ufunc) and getattr(np, name, None) is not fn:
            row = TABLE.get(fn)
            if row is not None:
                yield name, "zero" if row.kind == "zero" else "derivative"
            else:
                yield name, "in no class"


def functions(room: str) -> list[tuple[str, Any]]:
    """List what stands under SciPy's names in a module of ``tape.scipy``."""
    module = import_module(f"tape.scipy.{room}")
    if room != "special":
        return [(name, getattr(module, name)) for name in module.__all__]
    public = ((name, getattr(module, name)) for name in module.__all__)
    return [(name, fn) for name, fn in public if callable(fn)]


def summary(fn: Any) -> str:
    """Return the first line of a docstring, without its markup."""
    line = (fn.__doc__ or "").strip().split("\n")[0]
    line = re.sub(r":\w+:`~?(?:tape\.scipy\.\w+\.)?([^`]*)`", r"`\1`", line.replace("``", "`"))
    line = line.rstrip(".:").removeprefix("Return ")
    return line[0].lower() + line[1:] if line[1:2].islower() else line


def entry(room: str, name: str, fn: Any) -> str:
    """Return the line of the page about one function or distribution."""
    if room != "stats":
        return f"- `{name}`: {summary(fn)}"
    found = " and ".join(f"`{m}`" for m in methods(name, fn))
    shapes = getattr(fn, "shapes", ())
    return f"- `{name}`: {found}" + (f"; shape parameters {', '.join(f'`{s}`' for s in shapes)}" if shapes else "")


def counts() -> dict[str, int]:
    """Count what has a derivative, by module."""
    found = {"special, ufuncs with a derivative": sum(kind == "derivative" for _, kind in ufuncs())}
    found["special, ufuncs that are zero everywhere"] = sum(kind == "zero" for _, kind in ufuncs())
    found["special, functions under tape.scipy"] = len(functions("special"))
    return found | {room: len(functions(room)) for room in ROOMS}


def markdown() -> str:
    """Return the page of the reference."""
    kinds = dict(ufuncs())
    named = lambda kind: " · ".join(f"`{name}`" for name, of in kinds.items() if of == kind)
    lines = [
        "# SciPy, function by function",
        "",
        "What of SciPy has a derivative. This page is written by `python -m tape.scipy.coverage --markdown`, from the",
        "rule table; a test compares. How to use it is in [the guide](../guide/scipy.md).",
        "",
        "## Called as SciPy's own: the ufuncs of `scipy.special`",
        "",
        "They let variables through: `from scipy.special import gammaln`.",
        "",
        named("derivative"),
        "",
        f"Zero wherever it exists: {named('zero')}",
        "",
        "None is left out. Counts, orders and degrees that SciPy takes as whole numbers are constants, and so are the",
        "order of `besselpoly` and, of the spheroidal functions that are given it, the characteristic value.",
        "",
        "## Imported from `tape.scipy` in place of SciPy's",
        "",
        "### `tape.scipy.special`: functions that aren't ufuncs",
        "",
        *[entry("special", name, fn) for name, fn in functions("special")],
    ]
    for room in ROOMS:
        lines += ["", f"### `tape.scipy.{room}`: {ABOUT[room][0].lower()}{ABOUT[room][1:]}", ""]
        lines += [entry(room, name, fn) for name, fn in functions(room)]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Print how many of SciPy's functions have a derivative, or the page that lists them."""
    parser = argparse.ArgumentParser(prog="python -m tape.scipy.coverage", description=main.__doc__)
    parser.add_argument("--markdown", action="store_true", help="print docs/reference/scipy.md")
    if parser.parse_args(arguments).markdown:
        print(markdown(), end="")
        return 0
    for what, number in counts().items():
        print(f"{what:44s} {number:4d}")
    unknown = [name for name, kind in ufuncs() if kind == "in no class"]
    if unknown:
        print(f"in no class: {', '.join(unknown)}")
    return 1 if unknown else 0


if __name__ == "__main__":
    raise SystemExit(main())
