"""Functions that NumPy doesn't dispatch: which of SciPy's took a variable for an array, and what stands in for it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import FrameType

__tape__ = True


def instead_of(frame: FrameType | None) -> str:
    """Return, for an error, what to call in place of the function of SciPy's that a frame is in; "" if it is in none.

    Parameters
    ----------
    frame : frame or None
        The frame in which a variable was to become an array.
    """
    calls = list(scipys(frame))
    for part, name in calls[::-1]:  # the outermost is what the user called
        try:
            stands_in: object = importlib.import_module(f"tape.scipy.{part}")
            for attribute in name.split("."):
                stands_in = getattr(stands_in, attribute)
        except (ImportError, AttributeError):
            continue
        return f"; SciPy's functions don't let variables through: call tape.scipy.{part}.{name}"
    if calls:
        part, name = calls[-1]
        return (
            f"; SciPy's functions don't let variables through, and scipy.{part}.{name} has none that stands in for it"
            " in tape.scipy: give it a rule with tape.primitive"
        )
    return ""


def scipys(frame: FrameType | None) -> Iterator[tuple[str, str]]:
    """Yield the public functions of SciPy's that a frame is within, as ``("linalg", "expm")``, innermost first."""
    while frame is not None:
        top, *parts = frame.f_globals.get("__name__", "").split(".")
        if top not in ("numpy", "scipy"):
            return
        if top == "scipy":
            yield from public(frame, parts)
        frame = frame.f_back


def public(frame: FrameType, parts: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what users call the function of a frame, if they do."""
    local, name = frame.f_locals, frame.f_code.co_name
    decorated = local.get("f") or local.get("fun") or local.get("func")
    owner = local.get("self")
    if parts[0] == "_lib" and callable(decorated):  # SciPy's decorators convert what they hand on
        parts, name = decorated.__module__.split(".")[1:], decorated.__name__
    elif owner is not None and name == "__init__":
        name = type(owner).__name__
    elif owner is not None:  # a distribution
        name = f"{getattr(owner, 'name', type(owner).__name__.removesuffix('_gen'))}.{name}"
    first = name.partition(".")[0]
    if parts and "._" not in f".{name}" and hasattr(sys.modules.get(f"scipy.{parts[0]}"), first):
        yield parts[0], name
