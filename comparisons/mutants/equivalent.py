"""The mutants that are known to make no difference, each with the reason: what the folder ``known`` holds, a file
for each file of rules.

An entry names a file, a function and the changes, as they are printed; ``at``, a line of the function, tells apart the
same change in two places. In place of ``changes`` there may be ``at`` alone, or with ``kinds``: every such mutation of
that line, for lines that only choose among ways to the same numbers.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from comparisons.mutants.targets import Mutant

FOLDER = Path(__file__).with_name("known")


class Known:
    """The list, and which of its entries were met."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self.entries = entries
        self.met: set[tuple[int, str]] = set()
        for entry in entries:
            if not entry.get("reason") or not entry.get("function") or not ("changes" in entry or "at" in entry):
                raise ValueError(
                    f"comparisons/mutants/known: an entry needs function, reason, and changes or at: {entry}"
                )

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Known:
        """Read the lists."""
        lists = [tomllib.loads(p.read_text(encoding="utf-8")) for p in sorted(folder.glob("*.toml"))]
        return cls([entry for one in lists for entry in one.get("equivalent", [])])

    def reason(self, mutant: Mutant) -> str | None:
        """Return why a mutant is equivalent, if it is known to be."""
        for k, entry in enumerate(self.entries):
            if entry["file"] != mutant.target.file or entry["function"] != mutant.target.label:
                continue
            if "at" in entry and " ".join(entry["at"].split()) != " ".join(mutant.source().split()):
                continue
            if "kinds" in entry and mutant.kind not in entry["kinds"]:
                continue
            if "changes" in entry and mutant.change not in entry["changes"]:
                continue
            self.met.add((k, mutant.change if "changes" in entry else ""))
            return entry["reason"]
        return None

    def stale(self) -> list[str]:
        """Return what the list has and no surviving mutant met."""
        return [
            ": ".join(part for part in (entry["file"], entry["function"], change, entry.get("at")) if part)
            for k, entry in enumerate(self.entries)
            for change in entry.get("changes", [""])
            if (k, change) not in self.met
        ]


def entry(mutant: Mutant) -> str:
    """Return a mutant as an entry of the list, with the reason to be filled in."""
    quote = lambda text: "'" + text + "'" if "'" not in text else "'''" + text + "'''"
    return (
        f'[[equivalent]]\nfile = "{mutant.target.file}"\nfunction = "{mutant.target.label}"\n'
        f'at = {quote(mutant.source())}\nchanges = [{quote(mutant.change)}]\nreason = ""\n'
    )
