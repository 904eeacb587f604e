"""How samples are written: ``of(np.tanh, case(r(3, 4)), case(r()))``."""

from __future__ import annotations

import sys
import zlib
from collections import Counter
from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """One call: arrays by position, options by keyword, as :meth:`tape.rule.Row.call` takes them."""

    args: tuple[Any, ...]
    options: dict[str, Any]


SAMPLES: dict[Any, list[Case]] = {}


def case(*args: Any, **options: Any) -> Case:
    """Return one call. Float and complex arrays among ``args`` are differentiated, all else is constant."""
    return Case(args, options)


def of(fn: Any, *cases: Case) -> None:
    """Add samples for a function."""
    SAMPLES.setdefault(fn, []).extend(cases)


_calls: Counter[str] = Counter()


def r(*shape: int, low: float = -2.0, high: float = 2.0) -> Any:
    """Return uniform random numbers: the same ones in every run, other ones in every call within a file."""
    return _uniform(sys._getframe(1).f_globals["__name__"], shape, low, high)


def z(*shape: int) -> Any:
    """Return complex random numbers, as :func:`r` does real ones."""
    file = sys._getframe(1).f_globals["__name__"]
    return _uniform(file, shape) + 1j * _uniform(file, shape)


def _uniform(file: str, shape: tuple[int, ...], low: float = -2.0, high: float = 2.0) -> Any:
    _calls[file] += 1
    return np.random.default_rng([zlib.crc32(file.encode()), _calls[file]]).uniform(low, high, shape)
