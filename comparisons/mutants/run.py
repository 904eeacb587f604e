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

from comparisons.mutants.checks import Check, Reached, outcome, reached
from comparisons.mutants.targets import Mutant, Target, memories, planted

PATIENCE = 5
"""How many seconds a test may take on a mutant, and twenty times as long as it takes on what is right, besides."""

SLOW = 0.1
"""Tests that take more seconds come after all the others: most mutants needn't meet them."""

MEMORY = 4 << 30
"""How much memory a mutant may ask for, in bytes, beyond what there is."""


class Verdict(NamedTuple):
    """What became of a mutant: the test that killed it, and how; None if it survived. How many tests it was put to."""

    killer: str | None
    how: str
    tests: int


class Suite:
    """The checks, and which of them reach which target: found by running them once on what is right.

    The checks of a target are in the order in which a mutant meets them: what killed its last mutant comes first, as it
    likely kills the next. The order decides which test is called the killer, and not whether there is one.
    """

    def __init__(self, targets: list[Target], checks: list[Check], bar: Any = None, jobs: int = 1) -> None:
        codes: dict[Any, int] = {id(t.code): k for k, t in enumerate(targets)}
        runs = dict(measured(checks, codes, jobs, bar))
        self.broken: list[tuple[str, str]] = []
        """Checks that fail on the right rules, and are left out: (name, how)."""
        self.of: dict[int, list[Check]] = {id(t): [] for t in targets}
        self.seconds: dict[int, float] = {}
        for k, check in sorted(enumerate(checks), key=lambda one: (runs[one[0]].seconds > SLOW, one[1].order)):
            self.seconds[id(check)] = runs[k].seconds
            if runs[k].failed is not None:
                self.broken.append((check.name, runs[k].failed))
            else:
                for at in runs[k].hit:
                    self.of[id(targets[at])].append(check)

    def verdict(self, mutant: Mutant) -> Verdict:
        """Put a mutant to its checks, here and now, until the first that fails."""
        checks = self.of[id(mutant.target)]
        with planted(mutant):
            for k, check in enumerate(checks):
                if hasattr(signal, "setitimer"):
                    signal.setitimer(signal.ITIMER_REAL, PATIENCE + 20 * self.seconds[id(check)])
                try:
                    how = outcome(check)
                finally:
                    if hasattr(signal, "setitimer"):
                        signal.setitimer(signal.ITIMER_REAL, 0)
                if how is not None:
                    return Verdict(check.name, how, k + 1)
        return Verdict(None, "no test reaches it" if not checks else "survived", len(checks))

    def learn(self, mutant: Mutant, verdict: Verdict) -> None:
        """Put what killed a mutant first."""
        checks = self.of[id(mutant.target)]
        for k, check in enumerate(checks):
            if check.name == verdict.killer:
                checks.insert(0, checks.pop(k))
                return


def measured(checks: list[Check], codes: dict[Any, int], jobs: int, bar: Any) -> Iterator[tuple[int, Reached]]:
    """Yield what each check reaches: a share of them here, which also makes ready what the mutants' processes need, and
    the others in processes of their own.
    """
    context = multiprocessing.get_context("fork")
    clear = memories()  # a function whose answer is remembered would seem not to be reached
    share = lambda j: range(j, len(checks), jobs)
    others: list[tuple[Connection, Any]] = []
    for j in range(1, jobs):
        ours, theirs = context.Pipe(duplex=False)
        work = lambda j=j, theirs=theirs: theirs.send([(k, reached(checks[k], codes, clear)) for k in share(j)])
        process = context.Process(target=work, daemon=True)
        process.start()
        theirs.close()
        others.append((ours, process))
    for k in share(0):
        yield k, reached(checks[k], codes, clear)
        if bar is not None:
            bar.update(jobs if k + jobs < len(checks) else len(checks) - k)
    for ours, process in others:
        yield from ours.recv()
        process.join()


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
    """Yield (number, verdict) of every mutant, as they come. What is killed depends on nothing but the mutant."""
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
                suite.learn(mutants[k], verdict)
                yield k, verdict
    finally:
        for pipe, (_, process) in running.items():
            process.terminate()
            process.join()
            pipe.close()
        gc.unfreeze()
