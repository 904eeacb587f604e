"""What SciPy has and :mod:`tape.scipy` has not: an error that says what to do, wherever the name is looked up."""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import Any

import numpy as np

from tape.rule import COMPOSITE, TABLE

__tape__ = True

IMPORT = dis.opmap["IMPORT_FROM"]


def lacking(room: str) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of the module ``tape.scipy.{room}``.

    ``from tape.scipy.linalg import svdvals`` makes an error of its own of every AttributeError: there it is an
    ImportError that is raised, lest what it says be lost.
    """

    def __getattr__(name: str) -> Any:
        if name.startswith("_") or (says := hint(room, name)) is None:
            raise AttributeError(f"module 'tape.scipy.{room}' has no attribute {name!r}")
        if imports(sys._getframe(1)):
            raise ImportError(says)
        raise AttributeError(says, name=None)

    return __getattr__


def imports(frame: FrameType) -> bool:
    """Tell whether a frame is at a ``from ... import``."""
    return frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti] == IMPORT


def hint(room: str, name: str) -> str | None:
    """Return what to do about a name that SciPy has; None where SciPy hasn't got it, either."""
    theirs = getattr(import_module(f"scipy.{room}"), name, None)
    if theirs is None:
        return None
    called = f"scipy.{room}.{name}"
    if isinstance(theirs, np.ufunc) and (theirs in TABLE or theirs in COMPOSITE):
        return f"tape.scipy.{room} has no {name}: call {called} itself, a ufunc, to which variables can be given"
    if isinstance(theirs, type) and issubclass(theirs, Exception):
        return f"tape.scipy.{room} has no {name}: take {called} itself"
    return (
        f"tape.scipy.{room} has no {name}, which SciPy has: call {called} on values (x.value), through which nothing"
        " flows, or give a function of your own that calls it a rule, with tape.primitive"
    )


def method(distribution: Any, name: str) -> AttributeError:
    """Return the error for a method of a distribution that SciPy has and tape has not."""
    if name.startswith("_") or name in ("name", "shapes"):  # asked of one that is being copied, and has no name yet
        return AttributeError(name)
    called = f"stats.{distribution.name}"
    if not hasattr(getattr(import_module("scipy.stats"), distribution.name, None), name):
        return AttributeError(f"tape.scipy.{called} has no attribute {name!r}")
    have = methods(distribution.name, distribution)
    return AttributeError(
        f"tape.scipy.{called} has no {name}, which SciPy has: it has {' and '.join(have)}. Probabilities are written"
        f" with the ufuncs of scipy.special, ndtr, gammainc, betainc and others, to which variables can be given; or"
        f" call scipy.{called}.{name} on values (x.value), through which nothing flows",
        name=None,
    )


def methods(name: str, distribution: Any) -> list[str]:
    """List the methods of a distribution that SciPy's of that name has, too."""
    theirs = getattr(import_module("scipy.stats"), name)
    return [m for m in dir(type(distribution)) if not m.startswith("_") and hasattr(theirs, m)]
