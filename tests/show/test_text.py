"""The trace table: what it shows, how it folds, and that it is ASCII."""

from __future__ import annotations

import doctest
import re
import sys

import numpy as np
import pytest

import tape
from tape.show import table, trace


def branches() -> tuple[tape.Tape, tape.Var]:
    t = tape.Tape()
    s = t.input(2.0, name="s")
    return t, t.name(s**2 * (3 * s), "z")


def test_without_a_sweep() -> None:
    t, _ = branches()
    assert str(t) == "\n".join(
        [
            "entry  call     value",
            "s      input        2",
            "v1     s ** 2       4",
            "v2     3 * s        6",
            "z      v1 * v2     24",
        ]
    )


def test_contributions_are_listed_in_the_order_of_the_sweep() -> None:
    t, z = branches()
    traced = trace(t, z)
    assert str(traced) == "\n".join(
        [
            "entry  call     value  adjoint  from",
            "s      input        2       36  12 (v2) + 24 (v1)",
            "v1     s ** 2       4        6  z",
            "v2     3 * s        6        4  z",
            "z      v1 * v2     24        1  seed",
        ]
    )
    assert traced[t.entries[0]] == 36
    assert [(c.source.index, c.target.index) for c in traced.contributions] == [(3, 1), (3, 2), (2, 0), (1, 0)]
    assert repr(traced) == "<Trace of 4 entries, 4 contributions>"


def test_a_repeated_operand_contributes_twice() -> None:
    t = tape.Tape()
    x = t.input(3.0, name="x")
    assert "6  3 (v1) + 3 (v1)" in str(trace(t, x * x))


def test_adjoints_alone_have_no_from() -> None:
    t, z = branches()
    lines = table(t, adjoints=t.sweep(z)).splitlines()
    assert lines[0].split() == ["entry", "call", "value", "adjoint"]
    assert lines[1].split() == ["s", "input", "2", "36"]


def test_a_pruned_sweep_leaves_cells_empty() -> None:
    t = tape.Tape()
    x, w = t.input(2.0, name="x"), t.weight(3.0, name="w")
    y = w * (x * x)
    lines = str(trace(t, y, wrt=w)).splitlines()
    assert lines[1].split() == ["x", "input", "2"]
    assert lines[2].split() == ["w", "weight", "3", "4", "v3"]
    assert lines[3].split() == ["v2", "x", "*", "x", "4"]
    assert lines[4].split() == ["v3", "w", "*", "v2", "12", "1", "seed"]


def test_examples_in_the_docstrings() -> None:
    found = doctest.testmod(sys.modules["tape.show.text"])
    assert found.failed == 0
    assert found.attempted >= 5


def test_the_seed_is_told_from_what_the_sweep_reached() -> None:
    t, z = branches()
    later = z * 2.0
    lines = str(trace(t, z)).splitlines()
    assert lines[4].endswith("seed")
    assert lines[5].split() == ["v4", "z", "*", "2", "48"]
    assert str(trace(t, later)).splitlines()[4].endswith("v4")


def test_released_adjoints_are_shown_from_their_contributions() -> None:
    t, z = branches()
    lines = str(trace(t, z, wrt=t.input(1.0))).splitlines()
    assert lines[1].split() == ["s", "input", "2"]
    x = t.input(1.0)
    lines = str(trace(t, (x + 1.0) * 2.0, wrt=x)).splitlines()
    assert lines[-2].split() == ["v6", "v5", "+", "1", "2", "2", "v7"]


def test_calls_are_shown_as_one_types_them() -> None:
    t = tape.Tape()
    x = t.input(np.ones((2, 3)), name="x")
    _ = x @ np.ones(3), -x, x[0, ..., ::2], x[np.array([0, 1])], 2.0 / x, x > 0, np.sum(x, axis=1), np.transpose(x)
    _ = np.exp(x), np.array([1.0, 2.0, 3.0]) * x
    calls = [re.split("  +", line)[1] for line in str(t).splitlines()[2:]]
    assert calls == [
        "x @ [1, 1, 1]",
        "-x",
        "x[0, ..., ::2]",
        "x[[0, 1]]",
        "2 / x",
        "x > 0",
        "np.sum(x, axis=1)",
        "np.transpose(x)",
        "np.exp(x)",
        "np.multiply([1, 2, 3], x)",
    ]


def test_values() -> None:
    t = tape.Tape()
    for value in (
        np.array([[1.0, -2.0], [-1.0, 1.0]]),
        np.linspace(-1, 1, 10, dtype="f4"),
        np.array([1.0, np.nan, np.inf, 4.0, 5.0]),
        np.full(5, np.nan),
        np.zeros((0, 3)),
        np.array([3j, 4.0, 0, 0, 0]),
        1.5 + 2j,
        1 / 3,
    ):
        t.input(value)
    big = t.input(np.arange(6.0))
    _ = big > 2
    cells = [line.split(maxsplit=2)[2] for line in str(t).splitlines()[1:9]]
    assert cells == [
        "[[1, -2], [-1, 1]]",
        "float32[10] -1..1",
        "float64[5] 1..5, 2 not finite",
        "float64[5] 5 not finite",
        "[]",
        "complex128[5] |0..4|",
        "1.5+2j",
        "0.333333",
    ]
    assert str(t).splitlines()[-1].endswith("bool[6] 3 True")
    assert "0.33333333" in table(t, digits=8)


def test_what_was_not_kept_is_marked() -> None:
    t = tape.Tape(keep="residuals")
    x = t.input(np.ones(5), name="x")
    y = x + 2.0
    assert str(t).splitlines()[2].split() == ["v1", "x", "+", "const", "-"]
    _ = np.sum(y)
    assert str(t).splitlines()[3].split() == ["v2", "np.sum(v1)", "float64[]"]


@pytest.mark.parametrize(
    ("name", "shown"), [("θ", "theta"), ("Σ₀", "Sigma0"), ("v̄", "v\\u0304"), ("权", "\\u6743"), ("a\nb", "a\\nb")]
)
def test_ascii(name: str, shown: str) -> None:
    t = tape.Tape()
    with t.scope("σ"):
        x = t.input(1.0, name=name)
        y = x * 2.0
    text = str(trace(t, y))
    assert text.isascii()
    assert text.splitlines()[1].startswith(shown)
    assert text.splitlines()[1].endswith("sigma")


def test_a_name_that_stands_twice_is_told_apart() -> None:
    t = tape.Tape()
    x, y = t.input(1.0, name="x"), t.input(2.0, name="x")
    _ = x * y
    assert str(t).splitlines()[3].split()[:4] == ["v2", "x#0", "*", "x#1"]


def deep(blocks: int, layers: int) -> tape.Tape:
    t = tape.Tape()
    h = t.input(1.0)
    for b in range(blocks):
        with t.scope(f"block{b}"):
            for k in range(layers):
                with t.scope(f"layer{k}"):
                    h = h * 2.0 + 1.0
    _ = h - 1.0
    return t


def test_a_long_tape_is_folded_by_scope_innermost_first() -> None:
    t = deep(2, 30)
    lines = table(t, limit=80).splitlines()
    assert len(lines) - 1 <= 80
    assert lines[1].split()[0] == "v0"
    assert lines[-1].split()[0] == "v121"
    assert ["v19..v20", "(2 entries: 1 *, 1 +)", "block0/layer9"] in [re.split("  +", line) for line in lines]
    lines = table(t, limit=24).splitlines()
    assert [line.split()[0] for line in lines[1:]] == [
        *(f"v{k}" for k in range(6)),
        "v6..v60",
        "v61..v115",
        *(f"v{k}" for k in range(116, 122)),
    ]
    assert lines[7].endswith("block0")
    assert lines[8].endswith("block1")


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 60, 121, 122, 1000])
@pytest.mark.parametrize("scoped", [True, False])
def test_every_entry_is_on_exactly_one_line(limit: int, scoped: bool) -> None:
    t = deep(4, 15)
    if not scoped:
        t._scopes.clear()
    seen: list[int] = []
    lines = table(t, limit=limit).splitlines()[1:]
    for line in lines:
        first, _, last = line.split()[0].partition("..")
        seen += range(int(first[1:]), int((last or first)[1:]) + 1)
    assert seen == list(range(len(t)))
    assert len(lines) <= max(limit, 3)


def test_width_cuts_the_widest_column() -> None:
    t = tape.Tape()
    x = t.input(np.ones((2, 2)), name="x")
    y = x
    for _ in range(12):
        y = y + x
    text = str(table(t, contributions=trace(t, np.sum(y)).contributions, width=70))
    assert max(map(len, text.splitlines())) <= 70
    assert "..." in text


def test_digits_are_given_up_before_cells_are_cut() -> None:
    t = tape.Tape()
    t.input([1 / 3, 2 / 3], name="x")
    assert "[0.333333, 0.666667]" in table(t, width=40)
    assert "[0.33333, 0.66667]" in table(t, width=32)
    assert "[0.333, 0.667]" in table(t, width=28)
    assert "[0.333333, ..." in table(t, width=28, digits=6)


def test_the_terminal_width_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    t, z = branches()
    monkeypatch.setenv("COLUMNS", "60")
    t.name(z, "z" * 100)
    assert max(map(len, str(t).splitlines())) <= 60


def test_wide_fan_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    t = tape.Tape()
    x = t.input(1.0, name="x")
    total = x * 1.0
    for k in range(9):
        total = total + x * float(k)
    assert str(trace(t, total)).splitlines()[1].endswith("... 6 more")


def test_empty_and_closed() -> None:
    t = tape.Tape()
    assert str(t) == "<empty tape>"
    _ = t.input(1.0)
    t.close()
    assert str(t) == "<closed tape>"


def test_a_sweep_of_vectors_needs_a_seed() -> None:
    t = tape.Tape()
    x = t.input(np.ones(3), name="x")
    with pytest.raises(tape.NonScalarError):
        trace(t, x * 2.0)
    assert "[0, 2, 0]" in str(trace(t, x * 2.0, seed=[0.0, 1.0, 0.0]))
