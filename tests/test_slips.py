"""What a newcomer tries, or writes out of habit: it works, or the error says what to write."""

from __future__ import annotations

import dataclasses
import inspect
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import tape
from tape import coverage, nn
from tape.habits import HERE


def x3():
    return np.array([1.0, 2.0, 3.0])


@dataclasses.dataclass
class Layer:
    """A layer, with a field that isn't to be differentiated."""

    weight: Any
    width: Any


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        (
            {"w": 1.0, "n": 3},
            r"^argument 0\['n'\] is 3 \(int\).*give floats \(3\.0\), or keep it out.*argnums.*closes over",
        ),
        ({"l": [{"act": "relu", "W": 1.0}]}, r"^argument 0\['l'\]\[0\]\['act'\] is 'relu' \(str\).*: keep it out"),
        ([1.0, np.arange(2)], r"^argument 0\[1\] is int64 of shape \(2,\).*x\.astype\(float\)"),
        (Layer(np.ones(2), 2), r"^argument 0\.width is 2 \(int\)"),
    ],
)
def test_what_has_no_derivative_in_a_container(tree, says):
    for take in (lambda f: tape.grad(f)(tree), lambda f: tape.vjp(f, tree), lambda f: tape.jvp(f, (tree,), (tree,))):
        with pytest.raises(tape.InputTypeError, match=says):
            take(lambda x: 1.0)
    t = tape.Tape()
    with t, pytest.raises(tape.InputTypeError, match=r"^argument 1\[0\] is int64 of shape \(\)"):
        tape.grad(lambda x, y: x, argnums=1)(1.0, [np.argmax(t.input(x3()))])


def test_what_makes_arrays_of_variables_is_named():
    for make in (lambda x: np.array([x[0], x[1]]), lambda x: np.c_[x, x], lambda x: np.full(3, x), np.asarray):
        with pytest.raises(tape.DetachError, match=r"tape\.array.*np\.stack.*np\.column_stack for np\.c_.*tape\.full"):
            tape.grad(lambda x, make=make: np.sum(make(x)))(x3())
    made = tape.grad(lambda x: np.sum(tape.array([x[0], x[1]]) + np.column_stack([x, x])[0] + tape.full(2, x[2])))(x3())
    np.testing.assert_array_equal(made, [3.0, 1.0, 2.0])


def test_the_rooms_are_there_when_they_are_named():
    code = (
        "import sys, tape\n"
        "assert not {'scipy', 'torch'} & set(sys.modules)\n"
        "rooms = 'check coverage diagnose nn oracle program scipy show'.split()\n"
        "assert set(rooms) <= set(dir(tape)), dir(tape)\n"
        "assert all(getattr(tape, room).__name__ == f'tape.{room}' for room in rooms)\n"
        "assert tape.check.rule and tape.oracle.compare and tape.nn.relu and tape.show.trace\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_scipy_tape_does_not_list_what_needs_it():
    code = "import sys; sys.modules['scipy'] = None; import inspect, tape; inspect.getmembers(tape); tape.scipy"
    found = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "MissingExtraError: tape.scipy needs SciPy" in found.stderr


def test_a_name_that_tape_does_not_have():
    with pytest.raises(AttributeError, match=r"has no attribute 'gard': did you mean tape\.grad\?$"):
        tape.gard  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute 'blah'$"):
        tape.blah  # noqa: B018
    assert not hasattr(tape, "__wrapped__")


@pytest.mark.parametrize("transform", ["grad", "value_and_grad", "jacobian", "hessian", "checkpoint"])
def test_a_transform_of_what_is_no_function(transform):
    with pytest.raises(TypeError, match=rf"tape\.{transform} takes a function, not 3\.0 \(float\): give f itself"):
        getattr(tape, transform)(3.0)


@pytest.mark.parametrize("transform", ["vjp", "jvp", "hvp"])
def test_a_product_with_the_derivative_of_what_is_no_function(transform):
    with pytest.raises(TypeError, match=rf"tape\.{transform} takes a function, not array of shape \(3,\)"):
        getattr(tape, transform)(x3(), (x3(),), (x3(),))


def test_names_are_strings():
    t = tape.Tape()
    x = t.input(1.0)
    for call in (lambda: t.input(1.0, name=3), lambda: t.weight(1.0, 3), lambda: t.name(x, 3)):
        with pytest.raises(TypeError, match=r"name of an entry is a string, not 3 \(int\)"):
            call()
    with pytest.raises(TypeError, match="name of a scope is a string"), t.scope(3):
        pass
    assert len(t) == 1


def test_what_takes_options_says_which():
    for method, options in {
        tape.Tape.sweep: {"wrt", "observe", "recorded", "strong_zeros"},
        tape.Tape.tangents: {"last", "recorded"},
        tape.Tape.trace: {"wrt"},
        tape.Tape.source: {"wrt", "name"},
    }.items():
        assert options <= set(inspect.signature(method).parameters)
    for name in ("grad", "value_and_grad", "jacobian", "hessian"):
        assert "Parameters\n" in getattr(tape, name).__doc__


def test_a_tensor_of_torchs_beside_a_variable():
    torch = pytest.importorskip("torch")
    for f in (lambda v, c: v * c, lambda v, c: c * v, np.dot, lambda v, c: np.concatenate([v, c])):
        with pytest.raises(tape.InputTypeError, match=r"constant Tensor of shape \(3,\).*x\.detach\(\)\.numpy\(\)"):
            tape.grad(lambda v: np.sum(f(v, torch.ones(3, requires_grad=True))))(x3())
    with pytest.raises(TypeError, match=r"len\(\) of a 0-d variable"):
        tape.grad(lambda v: np.sum(torch.as_tensor(v)))(x3())


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("grad", r"tape\.grad\(f\)\(x\).*t\.sweep\(y\)\[x\]"),
        ("backward", r"t\.sweep\(y\)"),
        ("detach", r"x\.value.*tape\.stop_gradient\(x\)"),
        ("numpy", r"x\.value"),
        ("requires_grad_", "argnums"),
        ("exp", r"np\.exp\(x\)$"),
        ("norm", r"np\.linalg\.norm\(x\)$"),
        ("relu", r"tape\.nn\.relu\(x\)$"),
        ("numel", r"x\.size$"),
    ],
)
def test_what_other_libraries_arrays_have(name, says):
    x = tape.Tape().input(x3())
    with pytest.raises(AttributeError, match=f"^a variable has no attribute '{name}': .*{says}"):
        getattr(x, name)
    assert not hasattr(x, name)
    assert name not in dir(x)


def test_hints_name_what_is_there():
    x = tape.Tape().input(x3())
    assert "reshape" in dir(x)
    with pytest.raises(AttributeError, match="has no attribute 'blah'$"):
        x.blah  # noqa: B018
    with pytest.raises(tape.DetachError, match=r"x\.reshape.*\.value"):
        x.view(3)
    for name, hint in HERE.items():
        assert not hasattr(np.ndarray, name) or name in coverage.METHODS, f"{name} is one of NumPy's methods"
        for module, function in re.findall(r"\b(np|np\.linalg|tape|tape\.nn|t|x)\.([a-zA-Z_]+)\b(?!\.)", hint):
            place = {"np": np, "np.linalg": np.linalg, "tape": tape, "tape.nn": nn, "t": tape.Tape, "x": x}[module]
            assert hasattr(place, function), f"{name}: {hint}"
