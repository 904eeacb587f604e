import copy
import inspect

import numpy as np
import pytest

import tape
from tape.methods import Methods
from tests.samples.base import r

X = r(3, 3)

SAME = {
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "real": lambda x: x.real,
    "imag": lambda x: (x * (1 + 2j)).imag,
    "flat": lambda x: np.stack(list(x.flat)),
    "reshape": lambda x: x.reshape(9, 1) + x.reshape((1, 9)) + x.reshape(-1, order="F"),
    "ravel": lambda x: x.ravel() * x.ravel("F"),
    "flatten": lambda x: x.flatten(),
    "transpose": lambda x: x.transpose() + x.transpose(1, 0) + x.transpose((0, 1)),
    "swapaxes": lambda x: x.swapaxes(0, -1),
    "squeeze": lambda x: x[None].squeeze() + x[:, None].squeeze(1),
    "repeat": lambda x: x.repeat(2) * x.repeat([2, 0, 4], axis=0).ravel(),
    "diagonal": lambda x: x.diagonal() + x.diagonal(0, 1, 0),
    "trace": lambda x: x.trace() + x.trace(offset=1),
    "copy": lambda x: x.copy(),
    "astype": lambda x: x.astype(np.float32).astype(float) + x.astype(int),
    "take": lambda x: x.take([1, 1], axis=0) + x.take([0, 4]).sum(),
    "compress": lambda x: x.compress([True, False, True], axis=1),
    "choose": lambda x: (x > 0).astype(int).choose([x, -x]),
    "nonzero": lambda x: x[(x > 0).nonzero()],
    "searchsorted": lambda x: np.sort(x[0]).searchsorted(0.1) + x[0].searchsorted(0.1, sorter=np.argsort(X[0])) + x,
    "sum": lambda x: x.sum() + x.sum(0) + x.sum(axis=-1, keepdims=True),
    "prod": lambda x: x.prod() + x.prod(axis=0),
    "mean": lambda x: x.mean() + x.mean(1),
    "std": lambda x: x.std() + x.std(0, ddof=1),
    "var": lambda x: x.var() + x.var(axis=1, ddof=1),
    "max": lambda x: x.max() + x.max(0, keepdims=True),
    "min": lambda x: x.min() + x.min(axis=1),
    "argmax": lambda x: x * x.argmax() + x.argmax(0),
    "argmin": lambda x: x * x.argmin() + x.argmin(axis=1),
    "any": lambda x: x * x.any() + (x > 0).any(0),
    "all": lambda x: x * x.all() + (x > 0).all(axis=1),
    "cumsum": lambda x: x.cumsum()[2] + x.cumsum(0),
    "cumprod": lambda x: x.cumprod()[2] + x.cumprod(axis=1),
    "argsort": lambda x: x[0][x[0].argsort()] + x.argsort(axis=0),
    "argpartition": lambda x: x[x[0].argpartition(1)[:1]],
    "conj": lambda x: x.conj(),
    "conjugate": lambda x: (x * 1j).conjugate().imag,
    "clip": lambda x: x.clip(-0.5, 0.5) + x.clip(min=0.1) + x.clip(max=x[0]),
    "round": lambda x: x.round() + x.round(1) * x,
    "dot": lambda x: x.dot(x) + x.dot(x[0]),
}
WRITES = {
    "sort": lambda x: x.sort(axis=0),
    "partition": lambda x: x.partition(1),
    "fill": lambda x: x.fill(2.0),
    "put": lambda x: x.put([0, -1], [1.0, 2.0]),
}
REFUSED = ["resize", "setfield", "byteswap"]
READS_MEMORY = ["view", "getfield", "tobytes", "tofile", "dump", "dumps"]


@pytest.mark.parametrize("name", SAME)
def test_a_method_does_what_the_arrays_does(name):
    f = SAME[name]
    t = tape.Tape()
    x = t.input(X)
    y = f(x)
    want = f(X)
    assert y.shape == want.shape
    assert y.dtype == want.dtype
    # The same calls in the same order, but for functions that NumPy's methods write otherwise: a few roundings.
    assert np.allclose(y.value, want, rtol=1e-14, atol=1e-14)
    direction = np.cos(np.arange(9.0)).reshape(3, 3)
    h = 1e-6
    if name == "astype":  # single precision has steps, which differences see: twice, and the second cast has none
        assert np.array_equal(t.sweep(y, np.ones((3, 3)))[x], np.ones((3, 3)))
        return
    change = (np.sum(f(X + h * direction)) - np.sum(f(X - h * direction))) / (2 * h)
    # Values of about 10: h**2 of the third derivative, 1e-15 / h of rounding.
    assert abs(np.sum(t.sweep(np.sum(y))[x] * direction) - change) < 1e-7


def test_every_method_of_arrays_is_here_or_refused():
    public = {n for n in dir(np.ndarray) if not n.startswith("_")}
    # What has to do with memory, which variables haven't; and the two that are refused in tape.var.
    memory = {"base", "ctypes", "data", "device", "flags", "setflags", "strides", "to_device"}
    have = {n for n in dir(tape.Var) if not n.startswith("_")}
    assert public - memory - have == set()
    methods = {n for n in vars(Methods) if not n.startswith("_") and n not in ("ndim", "dtype")}
    assert methods == {*SAME, *WRITES, *REFUSED, *READS_MEMORY}


def test_every_method_is_documented_in_a_line():
    for name, member in vars(Methods).items():
        if not name.startswith("_"):
            doc = inspect.getdoc(member)
            assert doc is not None
            assert "\n" not in doc, name


@pytest.mark.parametrize("f", [copy.copy, copy.deepcopy, lambda x: copy.deepcopy({"x": x})["x"]])
def test_copies_stay_on_the_tape(f):
    assert np.array_equal(tape.grad(lambda x: np.sum(f(x) * x))(X), 2 * X)


def test_divmod():
    def f(x):
        whole, rest = divmod(x, 0.7)
        other, left = divmod(5.0, np.abs(x) + 0.1)
        return np.sum(whole + rest * x + other + left)

    h, direction = 1e-7, np.cos(np.arange(9.0)).reshape(3, 3)
    change = (f(X + h * direction) - f(X - h * direction)) / (2 * h)
    # Values of about 50: 1e-14 / h of rounding.
    assert abs(np.sum(tape.grad(f)(X) * direction) - change) < 1e-5


@pytest.mark.parametrize("name", WRITES)
def test_writing(name):
    x, v = X.copy(), tape.Tape().input(X)
    assert WRITES[name](v) is None
    WRITES[name](x)
    assert np.array_equal(v.value, x)


@pytest.mark.parametrize("name", REFUSED)
def test_other_memory_is_refused(name):
    with pytest.raises(tape.InPlaceError, match=f"x.{name}"):
        getattr(tape.Tape().input(X), name)(0)


@pytest.mark.parametrize("name", READS_MEMORY)
def test_memory_isnt_handed_out(name):
    with pytest.raises(tape.DetachError, match=r"\.value"):
        getattr(tape.Tape().input(X), name)(0)


def test_a_method_is_recorded_at_the_users_line():
    t = tape.Tape()
    y = t.input(X).sum(axis=0)
    assert y.entry.line == "y = t.input(X).sum(axis=0)"
    assert y.entry.options == {"axis": 0}


@pytest.mark.parametrize(
    ("f", "error"),
    [
        (lambda x: x[0].mT, ValueError),
        (lambda x: x.astype(np.float32, casting="safe"), TypeError),
        (lambda x: x.sum(out=np.zeros(())), tape.TapeError),
        (lambda x: x.take([0], out=np.zeros(1)), tape.InPlaceError),
    ],
)
def test_errors(f, error):
    with pytest.raises(error):
        f(tape.Tape().input(X))
