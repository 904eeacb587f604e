"""Reading a tape: as text, for a terminal."""

from tape.show.text import Trace, table, trace

__tape__ = True

__all__ = ["Trace", "table", "trace"]
