"""The first NaN or infinity is found: the call, the element, and what is likely to have happened."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tape
from tape import nn

A = np.array
INF, NAN = math.inf, math.nan
M = A([True, False, True])

FORWARD: list[tuple[str, Any, Any, str, tuple[int, ...], str]] = [
    ("log of 0", lambda x: np.log(x), A([1.0, 0.0]), "np.log", (1,), "logarithm of 0"),
    ("log of a negative number", lambda x: np.log10(x), A([1.0, -2.0]), "np.log10", (1,), "of a negative number"),
    ("log1p", lambda x: np.log1p(x), A([-1.0]), "np.log1p", (0,), "logarithm of 0"),
    ("division", lambda x: x / (x - 1.0), A([[0.0, 1.0]]), "operator.truediv", (0, 1), "division by 0"),
    ("0 / 0", lambda x: x / x, A([1.0, 0.0]), "operator.truediv", (1,), "0 divided by 0"),
    ("reciprocal", lambda x: np.reciprocal(x), A([1.0, 0.0]), "np.reciprocal", (1,), "division by 0"),
    ("remainder", lambda x: x % 0.0, A([1.0]), "operator.mod", (0,), "division by 0"),
    ("sqrt", lambda x: np.sqrt(x), A([1.0, -1.0]), "np.sqrt", (1,), "square root of a negative number"),
    ("0**-1", lambda x: x**-1.0, A([1.0, 0.0]), "operator.pow", (1,), "0 to a negative power"),
    ("(-2)**0.5", lambda x: x**0.5, A([1.0, -2.0]), "operator.pow", (1,), "isn't whole"),
    ("arcsin", lambda x: np.arcsin(x), A([1.0, 1.5]), "np.arcsin", (1,), "outside of where"),
    ("arccosh", lambda x: np.arccosh(x), A([1.0, 0.5]), "np.arccosh", (1,), "outside of where"),
    ("arctanh", lambda x: np.arctanh(x), A([0.0, 1.0]), "np.arctanh", (1,), "outside of where"),
    ("exp", lambda x: np.exp(x), A([1.0, 1e3]), "np.exp", (1,), "overflow: beyond the largest float64, 1.8e+308"),
    ("product", lambda x: x @ x, A([1e200, 1.0]), "operator.matmul", (), "overflow"),
    ("input", lambda x: x * 2.0, A([1.0, NAN]), "input", (1,), "the input itself"),
    ("constant", lambda x: x * A([1.0, INF]), A([1.0, 2.0]), "operator.mul", (1,), "a constant argument"),
    ("the first of several", lambda x: np.exp(np.log(x) / x), A([1.0, 0.0]), "np.log", (1,), "logarithm of 0"),
]


@pytest.mark.parametrize(("f", "x", "name", "position", "hint"), [pytest.param(*c[1:], id=c[0]) for c in FORWARD])
def test_first_call(f: Any, x: Any, name: str, position: tuple[int, ...], hint: str) -> None:
    found = tape.first_nonfinite(lambda x: np.sum(f(x)), x)  # no warning, which would be an error here
    assert found is not None
    assert (found.entry.row.name, found.phase, found.position) == (name, "forward", position)
    assert hint in found.hint
    assert not np.isfinite(found.value)
    assert found.hint in str(found)
    if name not in ("input", "operator.matmul"):
        assert found.args[0] == found.entry.args[0].value[position]  # one element


def where_sqrt(x: Any) -> Any:
    return np.where(x > 0, np.sqrt(x), x)


REVERSE: list[tuple[str, Any, Any, str, tuple[int, ...], str]] = [
    ("sqrt at 0", np.sqrt, A([4.0, 0.0]), "np.sqrt", (1,), "np.sqrt is infinite at 0"),
    ("0 times infinity", where_sqrt, A([4.0, 0.0]), "np.sqrt", (1,), "strong_zeros=True"),
    ("power", lambda x: x**0.5, A([4.0, 0.0]), "operator.pow", (1,), "is infinite at 0"),
    ("arcsin", np.arcsin, A([0.0, 1.0]), "np.arcsin", (1,), "is infinite at 1"),
    ("broadcast", lambda x: np.sqrt(x) * np.ones((2, 3)), A([[0.0], [1.0]]), "np.sqrt", (0, 0), "is infinite at 0"),
    (
        "a broadcast argument",
        lambda x: np.power(x, A([1.0, 0.5, 2.0])),
        A([0.0]),
        "np.power",
        (1,),
        "np.power is infinite at 0",
    ),
    (
        "overflow",
        lambda x: (x * 1e-100) ** -1.0 * 1e200,
        A([2.0]),
        "operator.pow",
        (0,),
        "overflow: an adjoint of 1e+200 times a derivative of -",
    ),
    (
        "overflow in a sum",
        lambda x: (x * 1e308 + x * 1e308) * 0.1 * 10.0,
        A([1e-3]),
        "operator.mul",
        (0,),
        "adding up",
    ),
]


@pytest.mark.parametrize(("f", "x", "name", "position", "hint"), [pytest.param(*c[1:], id=c[0]) for c in REVERSE])
def test_first_step_of_the_sweep(f: Any, x: Any, name: str, position: tuple[int, ...], hint: str) -> None:
    found = tape.first_nonfinite(lambda x: np.sum(f(x)), x)
    assert found is not None
    assert (found.entry.row.name, found.phase, found.position) == (name, "reverse", position)
    assert hint in found.hint
    assert found.target is not None
    assert found.target.index < found.entry.index
    assert found.hint in str(found)


def test_finite_programs_have_none() -> None:
    f = lambda x: np.sum(np.exp(x) * np.tanh(x)) + np.max(x)
    assert tape.first_nonfinite(f, A([1.0, -2.0])) is None
    assert tape.first_nonfinite(np.exp, A([1.0, -2.0])) is None  # not one number: swept with ones
    assert tape.first_nonfinite(lambda x: 3.0, A([1.0])) is None


def test_masks_of_infinity_are_meant() -> None:
    f = lambda x: np.sum(nn.softmax(np.where(M, x, -INF), -1) ** 2)
    assert tape.first_nonfinite(f, A([1.0, 2.0, 3.0])) is None
    found = tape.first_nonfinite(lambda x: np.sum(np.where(M, x, -INF)), A([1.0, 2.0, 3.0]))  # an infinite output
    assert found is not None
    assert (found.entry.row.name, found.position, found.hint) == ("np.where", (1,), "a constant argument isn't finite")


def test_of_a_tape() -> None:
    t = tape.Tape()
    x = t.input(A([4.0, 0.0]), name="x")
    y = t.name(np.sqrt(x), "root")
    z = np.sum(y)
    assert tape.first_nonfinite(t) is None  # the calls alone
    found = tape.first_nonfinite(t, z)
    assert found is not None
    assert (found.entry.name, found.target.name, found.position) == ("root", "x", (1,))  # type: ignore[union-attr]
    assert (found.value, found.adjoint, found.args) == (INF, 1.0, (0.0,))
    assert tape.first_nonfinite(t, y, seed=A([1.0, 1.0])) is not None
    assert found.entry.line == 'y = t.name(np.sqrt(x), "root")'
    with pytest.raises(TypeError, match="one output"):
        tape.first_nonfinite(t, y, z)
    with pytest.raises(ValueError, match="keep='all'"):
        tape.first_nonfinite(tape.Tape(keep="residuals"))


def test_arguments_that_are_not_differentiated() -> None:
    f = lambda p, n, flag: np.sum(np.log(p["w"] * n)) if flag else p["w"]
    found = tape.first_nonfinite(f, {"w": A([1.0, 0.0])}, 3, True)
    assert found is not None
    assert found.entry.row.name == "np.log"


def test_complex_numbers() -> None:
    found = tape.first_nonfinite(lambda z: np.abs(np.log(z)), 0j)
    assert found is not None
    assert found.entry.row.name == "np.log"
    assert str(found)


def test_functions_along_axes() -> None:
    @tape.primitive(lambda g, y, x: g * np.full(3, INF))
    def steep(x: Any) -> Any:
        return np.sum(x)

    from tape.rule import TABLE

    try:
        found = tape.first_nonfinite(lambda x: steep(x) * 2.0, A([1.0, 2.0, 3.0]))
        none = tape.first_nonfinite(lambda x: steep(x) * 0.0, A([1.0, 2.0, 3.0]))
    finally:
        del TABLE[steep]
    assert found is not None
    assert none is not None
    assert (found.phase, found.position, found.adjoint) == ("reverse", (0,), 2.0)
    assert "infinite or NaN" in found.hint
    assert "strong_zeros" in none.hint


def test_report() -> None:
    t = tape.Tape()
    x = t.input(A([[4.0, 0.0]]), name="x")
    with np.errstate(divide="ignore"):
        y = t.name(np.log(x), "y")
    found = tape.first_nonfinite(t, y)
    assert found is not None
    assert found.args == (0.0,)
    lines = str(found).splitlines()
    assert lines[0] == "-inf made by entry y = np.log(x)"
    assert [line.split()[0] for line in lines[1:]] == ["element", "argument", "line", "hint"]
    assert lines[1].endswith("[0, 1]")
    assert repr(found).startswith("<forward: -inf at [0, 1] of entry #1 'y' np.log (File")


def test_several_results() -> None:
    f = lambda x: np.sum(np.sqrt(np.linalg.eigh(x)[0] - 1.0))
    found = tape.first_nonfinite(f, np.diag([1.0, 2.0]))
    assert found is not None
    assert (found.entry.row.name, found.phase) == ("np.sqrt", "reverse")


def test_checkpointed_stretches() -> None:
    found = tape.first_nonfinite(lambda x: np.sum(tape.checkpoint(lambda x: np.sqrt(x * 2.0))(x)), A([0.0, 1.0]))
    assert found is not None
    assert (found.entry.row.name, found.phase, found.args[0]) == ("np.sqrt", "reverse", 0.0)


def test_arguments_that_are_looked_at_as_a_whole() -> None:
    """Some elementwise rows have an argument that doesn't broadcast to their result."""
    from tape.primitive import ours
    from tape.rule import TABLE, elementwise

    @ours
    def shifted(x: Any, like: Any) -> Any:
        return x / np.sum(like)

    elementwise(shifted, lambda g, y, x, like: g * INF, None)
    try:
        forward = tape.first_nonfinite(lambda x: shifted(x, np.zeros((4, 5))), A([1.0, 2.0]))
        reverse = tape.first_nonfinite(lambda x: shifted(x, np.ones((4, 5))), A([1.0, 2.0]))
    finally:
        del TABLE[shifted]
    assert forward is not None
    assert reverse is not None
    assert (forward.phase, forward.position) == ("forward", (0,))
    assert (reverse.phase, reverse.position) == ("reverse", (0,))
    assert str(forward)
    assert str(reverse)


@pytest.mark.parametrize(
    ("f", "at", "hint"),
    [
        (lambda a: np.linalg.slogdet(a)[1], np.zeros((2, 2)), "singular"),
        (lambda z: np.real(np.sum(np.log(z))), np.array([0j, 1j]), "logarithm of 0"),
        (lambda z: np.real(np.sum(1 / z)), np.array([1j, 0j]), "division by 0"),
    ],
)
def test_hints_of_what_isnt_overflow(f, at, hint):
    found = tape.first_nonfinite(f, at)
    assert hint in found.hint
