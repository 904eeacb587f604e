"""Every page of the book runs: each Python block is executed, and what it prints is compared with what the page says.

A page's blocks share one namespace and run in order. The ``text`` block after a Python block is its output, to the
letter; a block that prints must have one. The info string ``python raises`` announces an exception, whose type and
message end the output. No block is left out: blocks executed are counted against fences present, which are found in
another way.

``python tests/test_docs.py docs/page.md`` writes the outputs into a page, for whoever edits one to read through.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import re
import sys
import types
from pathlib import Path
from typing import NamedTuple

import pytest

from tape.rule import TABLE

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("README.md")])
BLOCK = re.compile(r"^```python( raises)?\n(.*?)^```\n(?:\n*^```text\n(.*?)^```\n)?", re.M | re.S)
WIDTH = "110"


class Result(NamedTuple):
    """What became of a page: its text with the true outputs, how many blocks ran, and where page and truth differ."""

    text: str
    executed: int
    compared: int
    faults: list[str]


def execute(text: str, name: str) -> Result:
    """Run a page."""
    table = dict(TABLE)  # a page may give its own functions rules, which are nobody else's
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    module = types.ModuleType("page")
    sys.modules["page"] = module
    faults: list[str] = []
    out, at, executed, compared = [], 0, 0, 0
    try:
        for found in BLOCK.finditer(text):
            raises, source, expected = found.groups()
            line = text.count("\n", 0, found.start(2)) + 1
            printed, error = run(source, name, line, module.__dict__)
            executed += 1
            compared += expected is not None
            if error and not raises:
                faults.append(f"{name}:{line}: the block raised {error}")
            if raises and not error:
                faults.append(f"{name}:{line}: the block was to raise, and didn't")
            true = "\n".join(part.rstrip() for part in (printed + error).splitlines())
            true += "\n" if true else ""
            if true != (expected or "") and not (error and not raises):
                faults.append(f"{name}:{line}: the block prints\n{true}and the page says\n{expected or 'nothing'}")
            out += [text[at : found.start()], f"```python{raises or ''}\n{source}```\n"]
            out += [f"\n```text\n{true}```\n"] if true else []
            at = found.end()
    finally:
        del sys.modules["page"], linecache.cache[name]
        for fn in TABLE.keys() - table.keys():
            if getattr(fn, "__module__", None) == "page":  # not those of a part of the library that it imports first
                del TABLE[fn]
    return Result("".join(out) + text[at:], executed, compared, faults)


def run(source: str, name: str, line: int, namespace: dict[str, object]) -> tuple[str, str]:
    """Run one block; return what it printed, and the exception that it ended in."""
    printed, error = io.StringIO(), ""
    try:
        code = compile("\n" * (line - 1) + source, name, "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
    except Exception as e:
        error = f"{type(e).__name__}: {e}\n"
    return printed.getvalue(), error


def fences(text: str) -> tuple[int, int]:
    """Count the fences that open Python blocks and outputs, wherever they stand and however they are spelled."""
    opening, python, output = True, 0, 0
    for line in text.splitlines():
        fence = re.match(r"[\s>*+-]*(?:```+|~~~+)\s*\{?\.?(\w*)", line)
        if fence:
            python += opening and fence[1].lower() in ("python", "py", "pycon", "python3", "doctest", "code")
            output += opening and fence[1].lower() == "text"
            opening = not opening
    return python, output


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_page(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", WIDTH)
    text = page.read_text(encoding="utf-8")
    result = execute(text, page.relative_to(ROOT).as_posix())
    assert not result.faults, "\n\n".join(result.faults)
    assert (result.executed, result.compared) == fences(text), "a block was left out"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links(page: Path) -> None:
    for target, anchor in links(page):
        to = (page.parent / target).resolve() if target else page
        assert to.exists(), f"{target} doesn't exist"
        assert not anchor or anchor in anchors(to), f"{target} has no heading #{anchor}"


def prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def links(page: Path) -> list[tuple[str, str]]:
    found = re.findall(r"\]\(([^)#]*)#?([^)]*)\)", prose(page))
    return [(target, anchor) for target, anchor in found if "://" not in target]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", prose(page), flags=re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_book_is_there_and_can_be_reached_from_its_first_page() -> None:
    index = ROOT / "docs" / "index.md"
    reached = {(index.parent / target).resolve() for target, _ in links(index)}
    book = {page for page in PAGES if "docs" in page.parts and page != index}
    assert len(book) >= 10
    assert book <= reached


# ------------------------------------------------------------ the gate, tested with planted faults


def page(*blocks: str) -> str:
    return "# A page\n\n" + "\n".join(blocks)


def block(source: str, output: str | None = None, info: str = "python") -> str:
    return f"```{info}\n{source}\n```\n" + (f"\n```text\n{output}\n```\n" if output is not None else "")


def test_gate_passes_what_is_right() -> None:
    text = page(
        block("x = 2"),
        block("print(x + 1)", "3"),
        block("1 / 0", "ZeroDivisionError: division by zero", "python raises"),
    )
    result = execute(text, "a page")
    assert (result.faults, result.executed, result.compared) == ([], 3, 2)
    assert fences(text) == (3, 2)
    assert result.text == text


def test_rules_of_a_page_stay_on_it() -> None:
    before = set(TABLE)
    text = page(block("import tape\n\n@tape.primitive(lambda g, y, x: g)\ndef same(x):\n    return x"))
    assert not execute(text, "a page").faults
    assert set(TABLE) == before


@pytest.mark.parametrize(
    "text",
    [
        page(block("print(3)", "4")),
        page(block("print(3)")),
        page(block("pass", "3")),
        page(block("1 / 0")),
        page(block("print(3)", "3", "python raises")),
        page(block("not python")),
    ],
    ids=["wrong number", "output not shown", "output not printed", "raises", "doesn't raise", "syntax"],
)
def test_gate_finds_a_wrong_block(text: str) -> None:
    assert execute(text, "a page").faults


@pytest.mark.parametrize(
    "text",
    [
        page("1. an item\n\n   ```python\n   x = 1\n   ```\n"),
        page("~~~python\nx = 1\n~~~\n"),
        page("```py\nx = 1\n```\n"),
        page("```python title='x'\nx = 1\n```\n"),
        page("```pycon\n>>> 1\n```\n"),
        page("```text\nan output of nothing\n```\n"),
    ],
    ids=["indented", "tildes", "py", "attributes", "pycon", "stray output"],
)
def test_gate_finds_a_block_left_out(text: str) -> None:
    result = execute(text, "a page")
    assert (result.executed, result.compared) != fences(text)


if __name__ == "__main__":
    import os

    os.environ["COLUMNS"] = WIDTH
    for given in map(Path, sys.argv[1:]):
        made = execute(given.read_text(encoding="utf-8"), given.resolve().relative_to(ROOT).as_posix())
        given.write_text(made.text, encoding="utf-8")
        print(*(f for f in made.faults if "raise" in f), f"{given}: {made.executed} blocks", sep="\n")
