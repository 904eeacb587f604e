"""What is done with a tape that is recorded: it is swept, printed, written as source."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tape.adjoints import Adjoints, Contribution
    from tape.entry import Entry
    from tape.show.text import Trace
    from tape.var import Var

__tape__ = True


class Reading:
    """The methods of :class:`tape.Tape` that read it: each calls the function of a room of its own."""

    __slots__ = ()

    # ---------------------------------------------------------------- sweeps

    def sweep(
        self,
        output: Var,
        seed: Any = None,
        *,
        wrt: Var | Iterable[Var] | None = None,
        observe: Callable[[Contribution], None] | None = None,
        recorded: bool = False,
        strong_zeros: bool = False,
    ) -> Adjoints:
        """Reverse sweep: the adjoint of every entry. See :func:`tape.sweep.reverse`.

        Parameters
        ----------
        output : Var
            The entry to start from; a scalar, unless a seed is given.
        seed : array_like, optional
            The adjoint of the output, of its shape. One, for a scalar.
        wrt : Var or iterable of Var, optional
            Which adjoints are wanted; all, if left out.
        observe : callable, optional
            Called with a :class:`tape.Contribution` for every contribution, in order.
        recorded : bool
            Record the sweep itself on the tape, for higher derivatives.
        strong_zeros : bool
            A zero adjoint stays zero, though the derivative that it is multiplied by be infinite or NaN.
        """
        from tape.sweep import reverse

        return reverse(
            self,  # type: ignore[arg-type]
            output,
            seed,
            wrt=wrt,
            observe=observe,
            recorded=recorded,
            strong_zeros=strong_zeros,
        )

    def tangents(
        self, seeds: Iterable[tuple[Var, Any]], *, last: Var | None = None, recorded: bool = False
    ) -> Adjoints:
        """Forward sweep: the tangent of every entry. See :func:`tape.sweep.forward`.

        Parameters
        ----------
        seeds : iterable of (Var, array_like)
            Entries and their tangents, of the same shapes.
        last : Var, optional
            The entry to stop at; the end of the tape otherwise.
        recorded : bool
            Record the sweep itself on the tape.
        """
        from tape.sweep import forward

        return forward(self, seeds, last=last, recorded=recorded)  # type: ignore[arg-type]

    # --------------------------------------------------------------- reading

    def __str__(self) -> str:
        from tape.show.text import table

        return table(self)  # type: ignore[arg-type]

    def trace(self, output: Var, seed: Any = None, *, wrt: Var | Iterable[Var] | None = None) -> Trace:
        """Sweep, and return the trace table with adjoints and where they came from. See :func:`tape.show.trace`."""
        from tape.show.text import trace

        return trace(self, output, seed, wrt=wrt)  # type: ignore[arg-type]

    def source(
        self,
        output: Var | Entry | None = None,
        *,
        wrt: Var | Entry | Iterable[Var | Entry] | None = None,
        name: str = "gradient",
    ) -> str:
        """Return the tape as plain NumPy source. See :func:`tape.program.source.source`.

        Parameters
        ----------
        output : Var, optional
            What the program computes, and differentiates. Left out: the last entry, which is computed only.
        wrt : Var or iterable of Var, optional
            Whose adjoints the program returns; those of all inputs and weights, if left out.
        name : str
            What the function is called that returns the adjoints.
        """
        from tape.program.source import source

        return source(self, output, wrt=wrt, name=name)  # type: ignore[arg-type]
