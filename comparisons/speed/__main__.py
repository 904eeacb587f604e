"""How fast is tape beside torch, HIPS autograd and bare NumPy?

One worker process a peer, threads pinned to the same number, samples taken in turn, medians. Ratios are tape's time
over the peer's in the same round: below 1, tape is faster.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

from comparisons.pinned import pin
from comparisons.speed import bench, worker


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m comparisons.speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--threads", type=positive, default=1, metavar="N", help="threads for every peer (default: 1)")
    parser.add_argument("--rounds", type=positive, default=15, metavar="N", help="samples of each peer (default: 15)")
    parser.add_argument(
        "--seconds", type=float, default=0.03, metavar="S", help="how long a sample lasts (default: 0.03)"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[*bench.PROBLEMS, "long", "memory"],
        metavar="PROBLEM",
        help=f"these alone: {', '.join(bench.PROBLEMS)}, long, memory",
    )
    parser.add_argument(
        "--peers",
        nargs="+",
        choices=list(worker.PEERS),
        default=list(worker.PEERS),
        metavar="PEER",
        help=f"these alone: {', '.join(worker.PEERS)}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures, and the hardware's name")
    options = parser.parse_args(arguments)
    if options.seconds <= 0:
        parser.error("--seconds must be positive")
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"--json: there is no folder {options.json.resolve().parent}")
    return options


def versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in ("numpy", "torch", "autograd")} | {
        "python": sys.version.split()[0]
    }


def duration(seconds: float) -> str:
    """Return a time as a reader wants it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def print_times(problem: str, found: bench.Times) -> None:
    print(f"\n{problem}")
    for peer, seconds in found.seconds.items():
        ratio = f"tape takes {found.ratios[peer]:6.2f} of it" if peer in found.ratios else ""
        a_call = f"{seconds / 200 * 1e6:8.2f} us a call" if problem.startswith("chain") else ""
        print(f"  {peer:22s} {duration(seconds):>10s} {a_call:18s} {ratio}".rstrip())
    for peer, why in found.missing.items():
        print(f"  {peer:22s} not measured: {why}")


def run(options: argparse.Namespace) -> dict[str, Any]:
    chosen = options.only or [*bench.PROBLEMS, "long", "memory"]
    figures: dict[str, Any] = {
        "hardware": worker.hardware(),
        "versions": versions(),
        "threads": options.threads,
        "seconds": {},
        "ratios": {},
    }
    print(f"{figures['hardware']}; {', '.join(f'{k} {v}' for k, v in figures['versions'].items())}")
    print(
        f"{options.threads} thread(s), medians of {options.rounds} samples of {duration(options.seconds)} in turn;"
        " ratios round by round"
    )
    targets: list[bench.Target] = []
    problems = [name for name in bench.PROBLEMS if name in chosen]
    if problems:
        workers: dict[str, bench.Worker] = {}
        try:
            for peer in options.peers:
                workers[peer] = bench.Worker(peer, options.threads)
            for name in problems:
                found = bench.times(
                    workers, name, rounds=options.rounds, seconds=options.seconds, threads=options.threads
                )
                figures["seconds"][name], figures["ratios"][name] = found.seconds, found.ratios
                print_times(name, found)
        finally:
            for w in workers.values():
                w.close()
        targets += bench.time_targets(figures["ratios"])
    if "long" in chosen:
        targets += print_long(options, figures)
    if "memory" in chosen:
        targets += print_memory(options, figures)
    print("\ntargets")
    for t in targets:
        print(f"  {'met   ' if t.met else 'MISSED'} {t.what:58s} {t.found:8.3g}   at most {t.bound:g}")
    figures["targets"] = [t._asdict() | {"met": t.met} for t in targets]
    return figures


def print_long(options: argparse.Namespace, figures: dict[str, Any]) -> list[bench.Target]:
    print("\na chain of scalars, gradient: time and memory an entry")
    peers = [peer for peer in options.peers if peer != "numpy"]
    found = bench.long_tapes(peers, [10_000, 100_000, 1_000_000], options.threads)
    for peer, row in found.items():
        for size, (seconds, size_bytes) in row.items():
            print(
                f"  {peer:10s} {size:9,d} entries  {duration(seconds):>8s} an entry  {size_bytes:8.0f} bytes an entry"
            )
    figures["long"] = {peer: {str(k): v for k, v in row.items()} for peer, row in found.items()}
    ours = found.get("tape", {})
    if 1_000_000 not in ours or 10_000 not in ours:
        return []
    return [
        bench.Target(
            "10^6 scalar entries: time an entry over that at 10^4",
            ours[1_000_000][0] / ours[10_000][0],
            bench.GROWTH_BOUND,
        ),
        bench.Target("10^6 scalar entries: bytes an entry", ours[1_000_000][1], bench.BYTES_BOUND),
    ]


def print_memory(options: argparse.Namespace, figures: dict[str, Any]) -> list[bench.Target]:
    print("\nmlp-large: peak memory of the step above the import")
    found = bench.memory(options.peers, options.threads)
    for peer, size in found.items():
        print(f"  {peer:10s} {size / 2**20:7.1f} MiB")
    figures["memory"] = found
    if "tape" not in found or "torch" not in found:
        return []
    return [bench.Target("mlp-large: peak memory of torch's", found["tape"] / found["torch"], bench.MEMORY_BOUND)]


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    pin(options.threads)
    try:
        figures = run(options)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
