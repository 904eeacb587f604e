"""Run the peers in turn, and hold what comes out against the targets."""

from __future__ import annotations

import multiprocessing
import statistics
from collections.abc import Iterable
from typing import Any, NamedTuple

from comparisons.speed import worker

FORWARD_ONLY = "numpy (forward only)"


class Target(NamedTuple):
    """What tape is to reach: a ratio, or a size, at most so large."""

    what: str
    found: float
    bound: float

    @property
    def met(self) -> bool:
        """Whether it is reached."""
        return self.found <= self.bound


TIME_TARGETS = [
    ("chain-array", "torch", 0.33),
    ("chain-array", "autograd", 0.2),
    ("chain-scalar", "torch", 0.15),
    ("mlp-large", "matmuls alone", 1.2),
    ("mlp-large", "torch", 1.0),
    ("mlp-small", "torch", 0.6),
]
"""Problem, peer, and the most that tape may take of the peer's time."""

GROWTH_BOUND, BYTES_BOUND, MEMORY_BOUND = 1.3, 300.0, 1.0
PROBLEMS = [
    *(f"{kind}-{shape}" for shape in ("array", "scalar") for kind in ("chain", "chain-tanh", "chain-exp")),
    "mlp-small",
    "mlp-large",
    "cnn",
]


class Worker:
    """A peer's process."""

    def __init__(self, peer: str, threads: int) -> None:
        self.peer = peer
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=worker.serve, args=(peer, threads, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.can = set(self.receive())

    def receive(self) -> Any:
        try:
            return self.connection.recv()
        except EOFError:
            raise RuntimeError(f"the worker of {self.peer} died (exit code {self.process.exitcode})") from None

    def ask(self, *message: Any) -> Any:
        self.connection.send(message)
        return self.receive()

    def close(self) -> None:
        self.connection.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.terminate()


def once(target: Any, *args: Any) -> Any:
    """Run one measurement in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(*args, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        return ours.recv()
    except EOFError:
        return None
    finally:
        process.join()


class Times(NamedTuple):
    """What one problem took."""

    seconds: dict[str, float]
    """Median seconds a step, by peer."""
    ratios: dict[str, float]
    """Tape's time over the peer's: the median of the ratios round by round, since a machine's pace drifts."""
    missing: dict[str, str]
    """Why a peer has no time."""


def times(workers: dict[str, Worker], problem: str, *, rounds: int, seconds: float, threads: int) -> Times:
    """Measure each peer's time of a step.

    Parameters
    ----------
    workers : dict
        Worker by peer.
    problem : str
        Which problem.
    rounds : int
        How many samples of each peer, taken in turn.
    seconds : float
        How long one sample shall last.
    threads : int
        With one thread, a sample that had the processor for less than nine tenths of its time is dropped.
    """
    entrants: list[tuple[str, Worker, str]] = []
    for peer, w in workers.items():
        if problem in w.can:
            entrants.append((FORWARD_ONLY if peer == "numpy" and problem.startswith("chain") else peer, w, problem))
        for label, part in (("a bare tape", "bare"), ("matmuls alone", "matmuls")):
            if f"{problem}-{part}" in w.can:
                entrants.append((label, w, f"{problem}-{part}"))
    samples: dict[str, dict[int, tuple[float, bool]]] = {}  # by peer and round: the time, and whether to trust it
    missing: dict[str, str] = {}
    calls: dict[str, int] = {}
    for k in range(rounds):
        for label, w, name in entrants:
            if label in missing:
                continue
            need_build = label not in calls or sum(other is w for _, other, _ in entrants) > 1
            answer = w.ask("build", name) if need_build else None
            if isinstance(answer, str):
                missing[label] = answer
                continue
            if label not in calls:
                calls[label] = max(1, round(seconds / max(answer, 1e-7)))
            wall, cpu = w.ask("sample", calls[label])
            samples.setdefault(label, {})[k] = wall, threads > 1 or cpu > 0.9 * wall
    kept = {
        label: {k: wall for k, (wall, alone) in rows.items() if alone} or {k: wall for k, (wall, _) in rows.items()}
        for label, rows in samples.items()
    }
    ratios: dict[str, float] = {}
    for label in kept.keys() - {"tape"} if "tape" in kept else ():
        ours, rows = kept["tape"], kept[label]
        if not ours.keys() & rows.keys():  # no round in which both were undisturbed
            ours, rows = ({k: wall for k, (wall, _) in samples[peer].items()} for peer in ("tape", label))
        ratios[label] = statistics.median(ours[k] / rows[k] for k in ours.keys() & rows.keys())
    return Times({label: statistics.median(rows.values()) for label, rows in kept.items()}, ratios, missing)


def time_targets(found: dict[str, dict[str, float]]) -> list[Target]:
    """Hold ratios, by problem and peer, against the targets."""
    return [
        Target(f"{problem}: time of {peer}'s", found[problem][peer], bound)
        for problem, peer, bound in TIME_TARGETS
        if peer in found.get(problem, {})
    ]


def long_tapes(peers: Iterable[str], sizes: list[int], threads: int) -> dict[str, dict[int, tuple[float, float]]]:
    """Return (seconds, bytes) an entry, by peer and length: only tape goes to the longest."""
    found: dict[str, dict[int, tuple[float, float]]] = {}
    for peer in peers:
        lengths = [size for size in sizes if peer == "tape" or size <= 100_000]
        seconds = once(worker.measure_entries, peer, lengths, 5 if peer == "tape" else 3, threads)
        if seconds is None:
            continue
        for size in lengths:
            size_bytes = once(worker.measure_bytes, peer, size, threads)
            if size_bytes is not None:
                found.setdefault(peer, {})[size] = (seconds[size], size_bytes)
    return found


def memory(peers: Iterable[str], threads: int) -> dict[str, float]:
    """Return the peak bytes of the large perceptron's step above each peer's import."""
    found = {peer: once(worker.measure_step, peer, "mlp-large", threads, 5) for peer in peers}
    return {peer: answer for peer, answer in found.items() if answer is not None}
