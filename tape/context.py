"""Which tape is current, and which code is the user's.

Tapes that are open stand in a context variable, so that threads and tasks have their own.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tape.record import Tape

__tape__ = True

getframe = sys._getframe
_libraries: dict[str, bool] = {}


def outside(frame: FrameType) -> FrameType:
    """Return the nearest frame that isn't tape's own, nor NumPy's, nor the standard library's context managers."""
    start = frame
    while True:
        scope = frame.f_globals
        if "__tape__" not in scope:
            module = scope.get("__name__", "")
            library = _libraries.get(module)
            if library is None:
                library = module in ("contextlib", "optree.ops") or module.startswith("numpy")
                _libraries[module] = library
            if not library:
                return frame
        if frame.f_back is None:
            return start
        frame = frame.f_back


STACK: ContextVar[tuple[tuple[Tape, FrameType | None], ...]] = ContextVar("tape_stack", default=())


def live() -> tuple[tuple[Tape, FrameType | None], ...]:
    """Return the tapes opened by frames that are still on the call stack of this thread, outermost first.

    A generator that is suspended within ``with tape:`` leaves its tape in the context of whoever drives it: its frame
    isn't among the callers, by which such a tape is told and left out.
    """
    stack = STACK.get()
    if not stack:
        return stack
    frames: set[FrameType] = set()
    frame: FrameType | None = getframe(1)
    while frame is not None:
        frames.add(frame)
        frame = frame.f_back
    return tuple(pair for pair in stack if pair[1] in frames)


def current() -> Tape | None:
    """Return the innermost open tape, if any."""
    stack = live()
    return stack[-1][0] if stack else None
