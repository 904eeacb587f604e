import math

import numpy as np
import pytest

import tape
from tests.rules.checks import same
from tests.samples.base import r

X, Y = r(3, 1), r(2)
M, N = r(5, 3, 2), r(2)


def clipped(a, b):
    return a * b if a > b else b**2


@pytest.mark.parametrize(
    "f",
    [
        lambda v, x, y: v(clipped)(x, y),
        lambda v, x, y: v(lambda a, b: (a * b, a + b))(x, y),
        lambda v, x, y: v(lambda a, b: a * b)(x, b=2.0),
        lambda v, x, y: v(lambda a, b=1.0: a * b)(x[0, 0]),
        lambda v, x, y: v(lambda a, p: np.polyval(p, a), excluded=["p"])(x, p=[1.0, 2.0, 3.0]),
        lambda v, x, y: v(lambda a, p: np.polyval(p, a), excluded={1})(x, y),
        lambda v, x, y: v(lambda a, b: a * b)(x[0, 0], [1.0, 2.0]),
        lambda v, x, y: v(lambda a, b: a * b, otypes="d")(x, y),
        lambda v, x, y: v(lambda a: a * a, otypes=[float])(x[:0]),
        lambda v, x, y: v(lambda a: (a * a, a), otypes=["d", "d"])(x[:0]),
        lambda v, x, y: v(lambda a, b: a @ b, signature="(n),(n)->()")(y, y),
        lambda v, x, y: v(lambda a, b: a * b, signature="(n),()->(n)")(x * y, x[:, 0]),
        lambda v, x, y: v(lambda a, b: (np.outer(a, b), a), signature="(n),(m)->(n,m),(n)")(x, y),
        lambda v, x, y: v(lambda a: np.sum(a), signature="(i,j)->()")(x * y),
        lambda v, x, y: v(lambda a: np.cumsum(a), signature="(i)->(i)", otypes=[float])(x * y),
    ],
)
def test_as_numpy(f):
    same(
        lambda x, y: f(tape.vectorize if isinstance(x, tape.Var) or isinstance(y, tape.Var) else np.vectorize, x, y),
        X,
        Y,
    )
    got, want = f(tape.vectorize, X, Y), f(np.vectorize, X, Y)
    for a, b in zip(*((v if isinstance(v, tuple) else (v,)) for v in (got, want)), strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        np.testing.assert_array_equal(a, b)


def test_stacks():
    same(lambda m, n: tape.vectorize(lambda a, b: a @ b, signature="(m,n),(n)->(m)")(m, n), M, N)


def test_decorator():
    @tape.vectorize(signature="(n)->()")
    def length(v):
        """Return the length."""
        return np.sqrt(v @ v)

    @tape.vectorize
    def square(v):
        return v * v

    assert (length.__name__, length.__doc__) == ("length", "Return the length.")
    np.testing.assert_allclose(tape.grad(lambda m: np.sum(length(m)))(M), M / np.linalg.norm(M, axis=-1, keepdims=True))
    np.testing.assert_allclose(tape.grad(lambda m: np.sum(square(m)))(M), 2 * M)
    assert tape.vectorize(square, doc="Other.").__doc__ == "Other."


def test_constants_are_pythons_numbers_and_closures_are_recorded():
    seen = []

    def f(x):
        return tape.vectorize(lambda a: seen.append(type(a)) or math.exp(a) * x[0, 0])(np.arange(3.0))

    np.testing.assert_allclose(tape.grad(lambda x: np.sum(f(x)))(X)[0, 0], np.sum(np.exp(np.arange(3.0))))
    assert set(seen) == {float}


def test_dtype_is_that_of_the_first_result():
    for f in (lambda a: a if a > 0 else 1, lambda a: 1 if a > 0 else a, lambda a: a > 0, lambda a: a * 2):
        x = np.array([1.5, -2.5], np.float32)
        got, want = tape.vectorize(f)(tape.Tape().input(x)), np.vectorize(f)(x)
        got = got.value if isinstance(got, tape.Var) else got
        np.testing.assert_array_equal(got, want)
        assert got.dtype.kind == want.dtype.kind  # a variable stays in single precision, Python's floats can't
    assert tape.vectorize(lambda a: a * 2, otypes=["f"])(tape.Tape().input(X)).dtype == np.float32


def test_gaps_in_what_is_called():
    class Model:
        @tape.vectorize
        def of(self, a):
            return a * self.scale

        scale = 2.0

    assert Model().of(3.0) == 6.0
    assert tape.vectorize(lambda: 3.0)() == 3.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: tape.vectorize(lambda a: a)(x[:0]), "size 0"),
        (lambda x: tape.vectorize(lambda a: a, signature="(n)->(n)")(np.zeros((0, 3)) * x[0]), "size 0"),
        (lambda x: tape.vectorize(lambda a: a, signature="n->n")(x), "not a valid gufunc signature"),
        (lambda x: tape.vectorize(lambda a, b: a @ b, signature="(n),(n)->()")(x, x[:, :2]), "core dimension"),
        (lambda x: tape.vectorize(lambda a: a, signature="(m,n,k)->()")(x), "enough dimensions"),
        (lambda x: tape.vectorize(lambda a: a, signature="(n)->()")(x), "dimensions"),
        (lambda x: tape.vectorize(lambda a: a, signature="(n)->(),()")(x), "wrong number of outputs"),
        (lambda x: tape.vectorize(lambda a, b: a * b)(x, np.ones(5)), "broadcast|mismatch"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        tape.grad(lambda x: np.sum(call(x)))(np.ones((2, 3)))
    with pytest.raises(TypeError, match="positional"):
        tape.vectorize(lambda a: a, signature="(n)->(n)")(X, X)
