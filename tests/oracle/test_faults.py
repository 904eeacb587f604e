"""The test of the test: every planted fault is found, by name, within a stated number of random networks."""

from __future__ import annotations

import functools

import pytest

import tape
from tape.oracle import Comparison, Network, compare, random_network
from tests.oracle.faults import FAULTS, Fault

LIMIT = 600
"""Networks within which each fault is found. Most need fewer than 60: the others need a rare kind, option and value."""


@functools.cache
def drawn() -> list[tuple[Network, frozenset[str]]]:
    """Return the networks, in the order of their seeds, and the functions that each calls."""
    found: list[tuple[Network, frozenset[str]]] = []
    for seed in range(LIMIT):
        network, t = random_network(seed), tape.Tape()
        network.run(t)
        found.append((network, frozenset(entry.row.name for entry in t.entries)))
    return found


def hunt(fault: Fault) -> tuple[int, Comparison | None]:
    """Return how many networks it takes to find a fault, counting those that call none of its functions."""
    networks = drawn()
    with fault.plant():
        for number, (network, functions) in enumerate(networks, 1):
            if fault.functions and functions.isdisjoint(fault.functions):
                continue
            t = tape.Tape()
            output = network.run(t)
            if fault.tamper is not None and not fault.tamper(t):
                continue
            comparison = compare(t, output)
            if not comparison.ok:
                return number, comparison
    return LIMIT + 1, None


@pytest.mark.parametrize("title", FAULTS)
def test_fault_is_found(title, record_property):
    fault = FAULTS[title]
    needed, comparison = hunt(fault)
    record_property("networks", needed)
    assert needed <= LIMIT, f"not found in {LIMIT} networks"
    print(f"{title}: found in network {needed}: {comparison.first}")
    culprit = comparison.first
    assert culprit.role in fault.roles
    assert not fault.functions or culprit.function in fault.functions
    assert culprit.nearer != "tape"


@pytest.mark.parametrize("title", FAULTS)
def test_fault_is_gone_afterwards(title):
    """What is planted is taken out again: the same table, rule for rule."""
    from tape import adjoints, applied, sweep
    from tape.rule import PLAN, TABLE

    def state():
        rows = [(r.vjps, r.joint, r.into, r.vjp0, r.vjp1, r.saves, r.saves_y) for r in TABLE.values()]
        return rows, list(PLAN), [vars(module).copy() for module in (adjoints, applied, sweep)]

    def interrupted():
        with FAULTS[title].plant():
            assert FAULTS[title].tamper is not None or state() != before
            raise KeyboardInterrupt

    before = state()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert state() == before
