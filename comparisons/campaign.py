"""A campaign: many random networks, every gradient of each held against torch.autograd's.

The k-th network of a seed is the same one whatever the number of processes, and outcomes come in order: two runs with
one seed print the same figures.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from comparisons.fault import planted
from comparisons.pinned import pin
from comparisons.tally import Outcome

CHUNK = 8
"""Networks sent to a process at a time: few enough that an interrupt is soon obeyed."""


def seed_of(seed: int, index: int) -> int:
    """Return the seed of one network of a campaign."""
    import numpy as np

    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0])


def dtype_of(index: int) -> str:
    """Return the precision of one network of a campaign: two in three are float64, where a wrong rule can't hide."""
    return "float32" if index % 3 == 2 else "float64"


def examine(seed: int, index: int, fault: str | None = None) -> Outcome:
    """Draw one network, run it, and compare."""
    import numpy as np

    from comparisons.held import hold
    from tape.oracle import random_network

    network_seed, dtype = seed_of(seed, index), dtype_of(index)
    label = f"random_network({network_seed}, {dtype!r})"
    with np.errstate(all="ignore"), planted(fault):
        try:
            network = random_network(network_seed, dtype)
            return hold(network.run, label, dtype, [*network.kinds, "loss"])
        except Exception:  # a network that tape or its replay refuses is a finding like any other
            import traceback

            return Outcome(label, dtype, (), disagreements=1, report=f"{label}\n\n{traceback.format_exc()}")


@contextmanager
def deaf() -> Iterator[None]:
    """Ignore the interrupt key while the block runs: processes started in it ignore it for good, and leave it to us."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def several(args: tuple[int, range, str | None]) -> list[Outcome]:
    seed, indices, fault = args
    return [examine(seed, index, fault) for index in indices]


def run(networks: int, seed: int, jobs: int, fault: str | None = None) -> Iterator[Outcome]:
    """Yield the outcome of each network, in order.

    Parameters
    ----------
    networks : int
        How many.
    seed : int
        Of the campaign.
    jobs : int
        How many processes; with one, all happens in this one.
    fault : str, optional
        A function whose rule is broken on purpose, by name.
    """
    if jobs == 1 or networks <= 1:
        for index in range(networks):
            yield examine(seed, index, fault)
        return
    chunks = [(seed, range(k, min(k + CHUNK, networks)), fault) for k in range(0, networks, CHUNK)]
    pool = ProcessPoolExecutor(min(jobs, len(chunks)), mp_context=get_context("spawn"), initializer=pin, initargs=(1,))
    try:
        with deaf():
            found = pool.map(several, chunks)
        for outcomes in found:
            yield from outcomes
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


if __name__ == "__main__":  # what one may try: the command is the package's
    from comparisons.__main__ import main

    raise SystemExit(main())
