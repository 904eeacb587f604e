"""Run the mutants, each in a process of its own that is forked from one in which all is ready.

What a mutant breaks, it breaks there: a crash, an endless loop and a used-up memory are ways to be killed.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from comparisons.mutants.checks import Check, outcome, reached
from comparisons.mutants.targets import Mutant, Target, planted

SECONDS = 20
"""How long one test may take: the slowest takes less than one."""

MEMORY = 4 << 30
"""How much memory a mutant may ask for, in bytes, beyond what there is."""


class Verdict(NamedTuple):
    """What became of a mutant: the test that killed it, and how; None if it survived. How many tests it was put to."""

    killer: str | None
    how: str
    tests: int


class Suite:
    """The checks, and which of them reach which target: found by running them once on what is right."""

    def __init__(self, targets: list[Target], checks: list[Check], bar: Any = None) -> None:
        codes: dict[Any, int] = {id(t.code): k for k, t in enumerate(targets)}
        self.broken: list[tuple[str, str]] = []
        """Checks that fail on the right rules, and are left out: (name, how)."""
        self.of: dict[int, list[Check]] = {id(t): [] for t in targets}
        for check in sorted(checks, key=lambda c: c.order):
            failed, hit = reached(check, codes)
            if failed is not None:
                self.broken.append((check.name, failed))
            else:
                for k in hit:
                    self.of[id(targets[k])].append(check)
            if bar is not None:
                bar.update()

    def verdict(self, mutant: Mutant) -> Verdict:
        """Put a mutant to its checks, here and now, until the first that fails."""
        checks = self.of[id(mutant.target)]
        with planted(mutant):
            for k, check in enumerate(checks):
                if hasattr(signal, "setitimer"):
                    signal.setitimer(signal.ITIMER_REAL, SECONDS)
                try:
                    how = outcome(check)
                finally:
                    if hasattr(signal, "setitimer"):
                        signal.setitimer(signal.ITIMER_REAL, 0)
                if how is not None:
                    return Verdict(check.name, how, k + 1)
        return Verdict(None, "no test reaches it" if not checks else "survived", len(checks))


def child(suite: Suite, mutant: Mutant, pipe: Connection) -> None:
    """Judge one mutant, and say so."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # too long, and the process ends
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    pipe.send(tuple(suite.verdict(mutant)))
    pipe.close()
    os._exit(0)


def limit() -> None:
    """Bound the memory of this process, where the system lets us."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm") as f:
            now = int(f.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))


def run(suite: Suite, mutants: list[Mutant], jobs: int) -> Iterator[tuple[int, Verdict]]:
    """Yield (number, verdict) of every mutant, as they come; the verdicts depend on nothing but the mutant."""
    context = multiprocessing.get_context("fork")
    gc.collect()
    gc.freeze()  # so that the children's collectors don't copy what they share
    running: dict[Any, tuple[int, Any]] = {}
    todo = iter(enumerate(mutants))
    sys.stdout.flush()
    try:
        while True:
            while len(running) < jobs and (following := next(todo, None)) is not None:
                k, mutant = following
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=child, args=(suite, mutant, theirs), daemon=True)
                process.start()
                theirs.close()
                running[ours] = (k, process)
            if not running:
                return
            for pipe in wait(list(running)):
                k, process = running.pop(pipe)
                try:
                    verdict = Verdict(*pipe.recv())  # type: ignore[attr-defined]
                except EOFError:
                    verdict = None
                pipe.close()  # type: ignore[attr-defined]
                process.join()
                if verdict is None:
                    late = process.exitcode == -signal.SIGALRM
                    verdict = Verdict("?", "took too long" if late else f"crashed ({process.exitcode})", 0)
                yield k, verdict
    finally:
        for pipe, (_, process) in running.items():
            process.terminate()
            process.join()
            pipe.close()
        gc.unfreeze()
