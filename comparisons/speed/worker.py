"""One process a peer: it builds problems, answers with samples, and measures its own memory.

A peer's modules are imported in its own process alone, with its threads pinned before that, so that no peer's pools,
caches or imports touch another's.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

PEERS = {"tape": "in_tape", "torch": "in_torch", "autograd": "in_autograd", "numpy": "in_numpy"}


def load(peer: str) -> dict[str, Callable[[], Callable[[], Any]]]:
    """Import a peer, and return its problems."""
    return importlib.import_module(f"comparisons.speed.{PEERS[peer]}").steps()


def serve(peer: str, threads: int, connection: Any) -> None:
    """Answer ``("build", name)`` with the seconds of a step, ``("sample", calls)`` with (wall, CPU) seconds a step."""
    prepare(threads)
    steps = load(peer)
    if peer == "torch":
        sys.modules["torch"].set_num_threads(threads)
    connection.send(sorted(steps))
    step: Callable[[], Any] | None = None
    while True:
        try:
            message = connection.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            if message[0] == "build":
                step = steps[message[1]]()
                connection.send(warm(step))
            else:
                connection.send(sample(step, message[1]))
        except KeyboardInterrupt:
            return
        except Exception as error:  # the parent decides: a peer that can't do a problem doesn't stop the others
            connection.send(error_text(error))


def prepare(threads: int) -> None:
    from comparisons.pinned import pin

    pin(threads)


def error_text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def warm(step: Callable[[], Any]) -> float:
    """Run a step until its time settles: return the last one's seconds."""
    seconds = 0.0
    for _ in range(3):
        begun = time.perf_counter()
        step()
        seconds = time.perf_counter() - begun
    return seconds


def sample(step: Any, calls: int) -> tuple[float, float]:
    """Return wall and CPU seconds a step, over so many steps."""
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        step()
    return (time.perf_counter() - wall) / calls, (time.process_time() - cpu) / calls


# --------------------------------------------------------------------- memory


def status(key: str) -> int | None:
    """Return a line of Linux's account of this process, in bytes; None elsewhere."""
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith(key + ":"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def resident() -> int:
    """Return the bytes that this process holds now (its peak so far, where the system doesn't tell)."""
    found = status("VmRSS")
    return found if found is not None else peak()


def peak() -> int:
    """Return the most bytes that this process has held, since :func:`forget_peak` where the system allows that."""
    found = status("VmHWM")
    if found is not None:
        return found
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def forget_peak() -> None:
    """Start the peak afresh (Linux)."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def measure_step(peer: str, problem: str, threads: int, count: int, connection: Any) -> None:
    """Answer with the peak memory of some steps of a problem above the peer's import, in bytes."""
    prepare(threads)
    steps = load(peer)
    if peer == "torch":
        sys.modules["torch"].set_num_threads(threads)
    gc.collect()
    forget_peak()
    before = resident()
    step = steps[problem]()
    for _ in range(count):
        step()
    connection.send(peak() - before)


def long_chain(peer: str, entries: int) -> Callable[[], Any]:
    """Return value and gradient of a chain of so many scalar entries."""
    return importlib.import_module(f"comparisons.speed.{PEERS[peer]}").chain("chain", "scalar", entries // 4)


def measure_entries(peer: str, sizes: list[int], rounds: int, threads: int, connection: Any) -> None:
    """Answer with the median seconds an entry of chains of several lengths, by length, sampled in turn."""
    prepare(threads)
    load(peer)
    steps = {size: long_chain(peer, size) for size in sizes}
    found: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(rounds + 1):
        for size, step in steps.items():
            found[size].append(sample(step, max(1, 20_000 // size))[0] / size)
    connection.send({size: sorted(seconds[1:])[(len(seconds) - 1) // 2] for size, seconds in found.items()})


def measure_bytes(peer: str, size: int, threads: int, connection: Any) -> None:
    """Answer with the peak bytes an entry of a long chain of scalars, above what a short one leaves."""
    prepare(threads)
    load(peer)
    long_chain(peer, 1000)()
    step = long_chain(peer, size)
    gc.collect()
    forget_peak()
    before = resident()
    step()
    connection.send((peak() - before) / size)


def hardware() -> str:
    """Return the processor's name, as far as the system tells."""
    import platform

    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return f"{line.split(':', 1)[1].strip()}, {os.cpu_count()} cores"
    except OSError:
        pass
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
