"""What a mutant is put to: the tests of the repository, called as functions, and which of them reach which rule.

A test is called with the values of its parametrisation; of pytest's fixtures it may take ``monkeypatch`` alone.
Warnings are errors, as in the suite.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pytest
from _pytest.config import parse_warning_filter
from _pytest.outcomes import Failed, OutcomeException

TABLE_CHECKS = (
    "test_agrees_with_torch",
    "test_forward_and_reverse_agree",
    "test_taylor_remainder_is_of_second_order",
    "test_recorded_rule_is_the_derivative_of_the_rule",
    "test_adjoints_have_their_primals_shape_and_dtype",
    "test_gradients_are_of_the_recorded_and_the_plain_sweep_alike",
    "test_zero_rows_are_constant_nearby",
)
"""The tests of tests/test_rules.py that run a rule: those first that see most."""

FOLDERS = ("tests.rules", "tests.nn", "tests.scipy")


class Check:
    """One test with one set of values."""

    def __init__(self, name: str, fn: Callable[..., Any], values: dict[str, Any], rank: int) -> None:
        self.name, self.fn, self.values, self.rank = name, fn, values, rank
        sample = name.rstrip("]").rpartition("-")[2]
        self.order = (rank, int(sample) if sample.isdigit() else 0)
        """First that which sees most, and of each row the first sample before any row's second."""

    def __repr__(self) -> str:
        return self.name

    def __call__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for text in marks(self.fn, "filterwarnings"):
                warnings.filterwarnings(*parse_warning_filter(text, escape=False))
            if "monkeypatch" in self.values:
                with pytest.MonkeyPatch.context() as patch:
                    self.fn(**{**self.values, "monkeypatch": patch})
            else:
                self.fn(**self.values)


def marks(fn: Callable[..., Any], name: str) -> list[str]:
    """Return the words of a test's marks, and its module's, of one name."""
    module = getattr(sys.modules[fn.__module__], "pytestmark", [])
    every = [*(module if isinstance(module, list) else [module]), *getattr(fn, "pytestmark", [])]
    return [word for mark in every if mark.name == name for word in mark.args]


def gather() -> list[Check]:
    """Return every check: those of the table, then those of the folders of tests."""
    quick()
    table = importlib.import_module("tests.test_rules")
    found: list[Check] = []
    for rank, name in enumerate(TABLE_CHECKS):
        found += of_function(getattr(table, name), rank)
    for folder in FOLDERS:
        package = importlib.import_module(folder)
        names = sorted(m.name for m in pkgutil.iter_modules(package.__path__) if m.name.startswith("test_"))
        for name in names:
            found += of_module(importlib.import_module(f"{folder}.{name}"), len(TABLE_CHECKS))
    return found


def quick() -> None:
    """Draw hypothesis's examples the same in every run, and don't look for the smallest that fails."""
    from hypothesis import HealthCheck, Phase, settings

    settings.register_profile(
        "mutants",
        derandomize=True,
        deadline=None,
        database=None,
        max_examples=50,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutants")


def of_module(module: types.ModuleType, rank: int) -> Iterator[Check]:
    """Yield the checks of a module of tests."""
    for name, fn in list(vars(module).items()):
        if name.startswith("test_") and inspect.isfunction(fn) and fn.__module__ == module.__name__:
            yield from of_function(fn, rank)


def of_function(fn: Callable[..., Any], rank: int) -> Iterator[Check]:
    """Yield a test's checks, one for each set of values; none if it takes a fixture that we haven't got."""
    given = [m for m in getattr(fn, "pytestmark", []) if m.name == "parametrize"]
    groups = [list(expanded(*m.args[:2])) for m in given]
    hypothesis = hasattr(fn, "hypothesis")
    for group in itertools.product(*groups):
        values: dict[str, Any] = {}
        words: list[str] = []
        for label, part in group:
            values.update(part)
            words.append(label)
        wanted = set() if hypothesis else set(inspect.signature(fn).parameters) - set(values)
        if wanted - {"monkeypatch"}:
            return
        module = fn.__module__.removeprefix("tests.")
        name = f"{module}.{fn.__name__}" + (f"[{'-'.join(words)}]" if words else "")
        yield Check(name, fn, {**values, **dict.fromkeys(wanted)}, rank)


def expanded(names: Any, rows: Iterable[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (label, values) of one parametrisation."""
    keys = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
    for k, row in enumerate(rows):
        given = getattr(row, "values", row) if type(row).__name__ == "ParameterSet" else row
        label = getattr(row, "id", None) if type(row).__name__ == "ParameterSet" else None
        if type(row).__name__ != "ParameterSet" and len(keys) == 1:
            given = (row,)
        yield str(label if label is not None else short(given, k)), dict(zip(keys, given, strict=True))


def short(given: Any, k: int) -> str:
    text = "-".join(str(v) for v in given if isinstance(v, (str, int, float)))
    return text or str(k)


def outcome(check: Check) -> str | None:
    """Run a check: None if it passes or is skipped, else how it failed."""
    try:
        check()
    except AssertionError:
        return "assertion"
    except Failed:
        return "assertion"
    except OutcomeException:  # skipped
        return None
    except Exception as e:
        return "assertion" if type(e).__name__ == "WrongDerivativeError" else type(e).__name__
    except BaseException as e:
        if isinstance(e, KeyboardInterrupt):
            raise
        return type(e).__name__
    return None


class Reached(NamedTuple):
    """What a check's run on the right rules showed: how it failed, or None; which targets it ran; how long it took."""

    failed: str | None
    hit: set[int]
    seconds: float


def reached(check: Check, codes: dict[types.CodeType, int], clear: Iterable[Callable[[], None]] = ()) -> Reached:
    """Empty caches, run a check, and see its outcome and which of some code objects were run by it."""
    for empty in clear:
        empty()
    hit: set[int] = set()

    def profile(frame: types.FrameType, event: str, _: Any) -> None:
        if event == "call":
            at = codes.get(id(frame.f_code))  # type: ignore[call-overload]
            if at is not None:
                hit.add(at)

    began = time.perf_counter()
    sys.setprofile(profile)
    try:
        found = outcome(check)
    finally:
        sys.setprofile(None)
    return Reached(found, hit, time.perf_counter() - began)
