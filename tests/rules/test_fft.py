"""Fourier transforms against torch.fft, in every option: adjoints, tangents, second derivatives.

Both libraries compute each element as a sum of up to a few hundred terms in double precision, in other orders.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tape
from tape.errors import InPlaceError, InputTypeError, OptionError
from tests.rules.checks import same

NORMS = (None, "backward", "ortho", "forward")
FULL, TO_HALF, FROM_HALF = ("fft", "ifft"), ("rfft", "ihfft"), ("irfft", "hfft")
ONE = (*FULL, *TO_HALF, *FROM_HALF)
SEVERAL = ("fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn")
REAL_ONLY = ("rfft", "ihfft", "rfft2", "rfftn")


def draw(rng, shape, dtype):
    x = rng.normal(size=shape)
    return (x + 1j * rng.normal(size=shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def dtypes(name):
    return ("float64",) if name in REAL_ONLY else ("float64", "complex128")


def in_torch(name, **options):
    """Return torch's function, with NumPy's options."""
    torch = pytest.importorskip("torch")
    names = {"axis": "dim", "axes": "dim"}
    return lambda x: getattr(torch.fft, name)(x, **{names.get(k, k): v for k, v in options.items()})


def close(ours, theirs, tolerance):
    theirs = theirs.resolve_conj().detach().numpy()
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    scale = max(np.max(np.abs(ours), initial=0), np.max(np.abs(theirs), initial=0))
    assert np.max(np.abs(ours - theirs), initial=0) <= tolerance * scale


def cube(y, w):
    """Return a number that isn't linear in any transform's result."""
    return (w * y * y * y).sum()


def agree(name, x, *, seed=0, tolerance=1e-13, theirs=None, **options):
    """Compare a transform with torch's: value, adjoint, tangent, second derivative."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    fn, theirs = getattr(np.fft, name), theirs or in_torch(name, **options)

    def f(x):
        return fn(x, **options)

    y = f(x)
    w, t = draw(rng, y.shape, y.dtype), draw(rng, x.shape, x.dtype)
    tx, tw, tt = (torch.tensor(a.copy("C"), requires_grad=k == 0) for k, a in enumerate((x, w, t)))
    ty = theirs(tx)
    value, pull = tape.vjp(f, x)
    assert np.array_equal(value, y)
    (adjoint,) = pull(w)
    close(value, ty, tolerance)
    close(adjoint, torch.autograd.grad(ty, tx, tw)[0], tolerance)
    _, tangent = tape.jvp(f, (x,), (t,))
    close(tangent, theirs(tt), tolerance)

    # <w, F t> = <F* w, t>: each side is a sum of as many products as there are elements.
    one, other = np.real(np.vdot(w, tangent)), np.real(np.vdot(adjoint, t))
    assert abs(one - other) <= tolerance * (np.linalg.norm(w) * np.linalg.norm(tangent) + 1e-300)

    def gradient(x):
        return tape.grad(lambda x: np.real(cube(f(x), w)))(x)

    (curved,) = tape.vjp(gradient, x)[1](t)
    (first,) = torch.autograd.grad(torch.real(cube(theirs(tx), tw)), tx, create_graph=True)
    close(gradient(x), first, tolerance * 10)  # two transforms of products of three
    close(curved, torch.autograd.grad(first, tx, tt)[0], tolerance * 10)
    assert curved.dtype == x.dtype


@pytest.mark.parametrize("name", ONE)
def test_every_length_and_norm(name):
    rng, norms = np.random.default_rng(1), itertools.cycle(NORMS)
    cases = itertools.product(dtypes(name), range(1, 7), (None, 1, 2, 3, 4, 5, 8))
    for (dtype, size, n), norm in zip(cases, norms):  # noqa: B905  seven lengths and four norms: each with each
        if n is None and size == 1 and name in FROM_HALF:
            continue  # no element: NumPy refuses it
        agree(name, draw(rng, (2, size), dtype), n=n, norm=norm)


@pytest.mark.parametrize("name", ONE)
def test_axes_and_layouts(name):
    rng = np.random.default_rng(2)
    for dtype in dtypes(name):
        x = draw(rng, (4, 5, 6), dtype)
        for axis, n in itertools.product((0, 1, 2, -2), (None, 3, 7, 8)):
            agree(name, x, n=n, axis=axis)
        for view in (x.T, x[::2, ::-1], np.asfortranarray(x), x[:, :1], np.broadcast_to(x[:, :, :1], (4, 5, 3))):
            agree(name, view, axis=0)
            same(lambda x: np.abs(getattr(np.fft, name)(x, axis=0)), view)


@pytest.mark.parametrize("name", SEVERAL)
def test_several_axes(name):
    rng, norms = np.random.default_rng(3), itertools.cycle(NORMS)
    default = ((-2, -1),) if name.endswith("2") else ()
    for dtype in dtypes(name):
        for shape in (3, 4), (4, 3), (2, 5, 4), (3, 1, 2), (2, 3, 2, 3):
            agree(name, draw(rng, shape, dtype), norm=next(norms))
        x = draw(rng, (3, 4, 5), dtype)
        for axes in ((0, 1), (2, 0), (-1,), (0, -1, 1), *default):
            agree(name, x, axes=axes, norm=next(norms))
        for s, axes in (((4, 3), (0, 1)), ((2, 6), (2, 0)), ((7, 2, 3), (0, 1, 2)), ((1, 1), (0, 1)), ((5,), (1,))):
            agree(name, x, s=s, axes=axes, norm=next(norms))


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft"])
def test_an_axis_may_be_named_twice(name):
    """torch refuses it: the transforms are done one by one."""
    rng = np.random.default_rng(4)

    def theirs(sizes, axes, back=name in FULL):
        order = list(zip(sizes, axes, strict=True))
        if name == "rfft":
            order = [order[-1], *order[-2::-1]]
        elif back:
            order = order[::-1]
        last = 0 if name == "rfft" else len(order) - 1
        plain = {"rfft": "fft", "irfft": "ifft"}.get(name, name)

        def run(x):
            for k, (n, axis) in enumerate(order):
                x = in_torch(name if k == last else plain, n=n, axis=axis)(x)
            return x

        return run

    for dtype in dtypes(name):
        x = draw(rng, (4, 5), dtype)
        own = 2 * (5 - 1) if name == "irfft" else 5
        agree(name + "n", x, axes=(1, 1), theirs=theirs((5, own), (1, 1)))
        agree(name + "n", x, axes=(1, 0, 1), theirs=theirs((5, 4, own), (1, 0, 1)))
        agree(name + "n", x, s=(3, 6), axes=(1, -1), theirs=theirs((3, 6), (1, 1)))
        agree(name + "2", x, s=(6, 3), axes=(0, 0), theirs=theirs((6, 3), (0, 0)))
        agree(name + "n", x, s=(3, 7, 4), axes=(1, 1, 0), theirs=theirs((3, 7, 4), (1, 1, 0)))


@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn", "fft2", "irfft2"])
def test_a_length_of_minus_one_is_the_arrays(name):
    x = draw(np.random.default_rng(5), (3, 4), dtypes(name)[-1])
    agree(name, x, s=(-1, 5), axes=(0, 1), theirs=in_torch(name, s=(3, 5), axes=(0, 1)))
    agree(name, x, s=(2, -1), axes=(0, 1), theirs=in_torch(name, s=(2, 4), axes=(0, 1)))


@pytest.mark.parametrize("name", ["fftn", "rfftn", "irfftn"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_numpy_will_refuse(name):
    """Lengths without axes are those of the last ones; a length of None is the array's own, or twice as long."""
    x = draw(np.random.default_rng(6), (2, 3, 4), dtypes(name)[-1])
    agree(name, x, s=(5, 3))
    own = 6 if name == "irfftn" else 4
    agree(name, x, s=(None, None), axes=(1, 2), theirs=in_torch(name, s=(3, own), axes=(1, 2)))


@pytest.mark.parametrize("name", ["fftshift", "ifftshift"])
def test_shifts(name):
    rng = np.random.default_rng(7)
    for dtype in "float64", "complex128":
        for shape in (5,), (4,), (3, 4), (2, 3, 5):
            agree(name, draw(rng, shape, dtype))
        x = draw(rng, (2, 3, 5), dtype)
        for axes in (0, 2, -1, (0, 2), [1], (1, -1)):
            agree(name, x, axes=axes)
    same(lambda x: np.abs(getattr(np.fft, name)(x, axes=(1, 1))), x)


@pytest.mark.parametrize("name", ["fftshift", "ifftshift"])
def test_shift_and_back(name):
    other = {"fftshift": "ifftshift", "ifftshift": "fftshift"}[name]
    w = draw(np.random.default_rng(8), (3, 5), "float64")
    (adjoint,) = tape.vjp(getattr(np.fft, name), w)[1](w)
    assert np.array_equal(adjoint, getattr(np.fft, other)(w))


# ------------------------------------------------------------------- conventions


@pytest.mark.parametrize("name", FROM_HALF)
def test_nothing_flows_into_imaginary_parts_that_are_not_read(name):
    x = draw(np.random.default_rng(9), (5,), "complex128")
    w = draw(np.random.default_rng(10), (9,), "float64")
    fn = getattr(np.fft, name)
    (even,) = tape.vjp(lambda x: fn(x, 8), x)[1](w[:8])
    assert even[0].imag == 0
    assert even[4].imag == 0
    assert np.all(even[1:4].imag)
    (odd,) = tape.vjp(lambda x: fn(x, 9), x)[1](w)
    assert odd[0].imag == 0
    assert np.all(odd[1:].imag)
    (cut,) = tape.vjp(lambda x: fn(x, 4), x)[1](w[:4])
    assert cut[2].imag == 0
    assert not np.any(cut[3:])


def test_adjoint_of_a_real_array_is_real():
    x = draw(np.random.default_rng(11), (3, 4), "float64")
    for name in "fft", "ifft", "irfft", "hfft", "fft2", "irfft2", "fftn":
        fn = getattr(np.fft, name)
        g = tape.grad(lambda x: np.sum(np.abs(fn(x)) ** 2))(x)
        assert g.dtype == np.float64


def test_parseval():
    """The orthonormal transform keeps lengths: the gradient of half the square is the array itself."""
    for shape in (5,), (3, 4), (2, 3, 4):
        x = draw(np.random.default_rng(12), shape, "complex128")
        g = tape.grad(lambda x: np.sum(np.abs(np.fft.fftn(x, norm="ortho")) ** 2) / 2)(x)
        np.testing.assert_allclose(g, x, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("n", [5, 6])
def test_convolution(n):
    """A product of spectra is a circular convolution, whose Hessian is a circulant matrix."""
    rng = np.random.default_rng(13)
    x, k, w = (rng.normal(size=n) for _ in range(3))

    def convolved(x, k):
        return np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(k), n)

    gx, gk = tape.grad(lambda x, k: np.sum(w * convolved(x, k)), argnums=(0, 1))(x, k)
    at = np.arange(n)
    matrix = w[(at[:, None] + at) % n]
    np.testing.assert_allclose(gx, matrix @ k, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(gk, matrix @ x, rtol=1e-13, atol=1e-13)
    same(lambda x, k: convolved(x, k) ** 2, x, k)


# ------------------------------------------------------------------------ dtypes


@pytest.mark.parametrize("name", [*ONE, *SEVERAL, "fftshift", "ifftshift"])
def test_single_precision_stays_single(name):
    rng = np.random.default_rng(14)
    for dtype in ("float32",) if name in REAL_ONLY else ("float32", "complex64"):
        agree(name, draw(rng, (4, 5), dtype), tolerance=2e-6)  # some 30 roundings of 6e-8


@pytest.mark.parametrize("name", [*ONE, *SEVERAL, "fftshift"])
@pytest.mark.parametrize("dtype", ["float16", "longdouble", "clongdouble"])
def test_other_precisions(name, dtype):
    if np.dtype(dtype).kind == "c" and name in REAL_ONLY:
        return
    rng = np.random.default_rng(15)
    fn = getattr(np.fft, name)
    x = draw(rng, (4, 5), dtype)
    y, pull = tape.vjp(fn, x)
    assert y.dtype == fn(x).dtype
    w = draw(rng, y.shape, y.dtype)
    (adjoint,) = pull(w)
    assert (adjoint.shape, adjoint.dtype) == (x.shape, x.dtype)
    t = draw(rng, x.shape, dtype)
    with np.errstate(under="ignore"):
        gap = abs(np.real(np.vdot(w, fn(t))) - np.real(np.vdot(adjoint, t)))
    assert gap < {2: 2e-2, 16: 1e-16, 32: 1e-16}.get(x.dtype.itemsize, 1e-13) * 100


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("name", [*ONE, *SEVERAL])
def test_out_is_refused(name):
    x = draw(np.random.default_rng(16), (4, 4), "float64")
    fn = getattr(np.fft, name)
    out = np.zeros_like(fn(x))
    v = tape.Tape().input(x)
    with pytest.raises((OptionError, InPlaceError), match=rf"{name}\(out="):
        fn(v, out=out)
    assert not np.any(out)
    assert fn(v, out=None).shape == out.shape


@pytest.mark.parametrize("name", REAL_ONLY)
def test_complex_arrays_are_refused_as_numpy_does(name):
    v = tape.Tape().input(draw(np.random.default_rng(17), (4, 4), "complex128"))
    with pytest.raises(TypeError, match="not supported for the input types"):
        getattr(np.fft, name)(v)


def test_bad_options_are_refused_as_numpy_does():
    v = tape.Tape().input(np.ones((3, 4)))
    with pytest.raises(ValueError, match="Invalid norm value"):
        np.fft.fft(v, norm="unitary")
    with pytest.raises(ValueError, match="Invalid number of FFT data points"):
        np.fft.fft(v, 0)
    with pytest.raises(IndexError):
        np.fft.fft(v, axis=2)
    with pytest.raises(ValueError, match="different lengths"):
        np.fft.fft2(v, (3,))
    with pytest.raises(OptionError, match="variable as an option"):
        np.fft.fft(v, v)
    with pytest.raises(InputTypeError):
        tape.grad(lambda x: np.abs(np.fft.fft(x)).sum())(np.arange(4))


# ------------------------------------------------------------------------ the tape


def test_arguments_by_position_and_by_name():
    x = draw(np.random.default_rng(18), (3, 4), "float64")
    w = draw(np.random.default_rng(19), (6, 4), "complex128")
    calls = [
        lambda x: np.fft.fft(x, 6, 0, "ortho"),
        lambda x: np.fft.fft(a=x, norm="ortho", axis=0, n=6),
        lambda x: np.fft.fft(x, np.int64(6), axis=np.int32(0), norm="ortho"),
        lambda x: np.fft.fftn(x, [6], [0], "ortho"),
        lambda x: np.fft.fftn(x, s=np.array([6]), axes=np.array([0]), norm="ortho"),
    ]
    for f in calls:
        value, pull = tape.vjp(f, x)
        assert np.array_equal(value, calls[0](x))
        assert np.array_equal(pull(w)[0], tape.vjp(calls[0], x)[1](w)[0])


def test_a_transform_is_one_entry_and_keeps_nothing():
    t = tape.Tape(keep="residuals")
    x = t.input(np.ones((3, 4)))
    y = np.fft.irfft2(np.fft.rfft2(x))
    assert len(t) == 3
    t.sweep(y, np.ones(y.shape))
    for entry in t._log[1:]:
        assert not isinstance(entry[2][0], np.ndarray)
        assert not isinstance(entry[3], np.ndarray)


def test_lists_that_change_after_the_call():
    s, axes = [5, 6], [0, 1]
    x = draw(np.random.default_rng(20), (3, 4), "float64")
    value, pull = tape.vjp(lambda x: np.fft.fftn(x, s, axes), x)
    w = draw(np.random.default_rng(21), value.shape, value.dtype)
    want = pull(w)[0]
    value, pull = tape.vjp(lambda x: np.fft.fftn(x, s, axes), x)
    s[:], axes[:] = [2, 2], [1, 0]
    assert np.array_equal(pull(w)[0], want)


def test_no_axes_leave_the_array_as_it_is():
    x = draw(np.random.default_rng(22), (3, 4), "float64")
    t = tape.Tape()
    v = t.input(x)
    y = np.fft.fftn(v, axes=())
    assert np.array_equal(y.value, x)
    assert x.flags.writeable
    assert np.array_equal(t.sweep(y, 2 * x)[v], 2 * x)


def test_arrays_of_no_elements():
    for name in ("fft", "rfft", "ifft", "ihfft", "irfft", "hfft"):
        fn = getattr(np.fft, name)
        for x, n in ((np.ones((0, 3)), None), (np.ones((2, 0)), 4), (np.ones((2, 0)), 5)):
            value, pull = tape.vjp(lambda x: fn(x, n), x)
            (adjoint,) = pull(np.ones_like(value))
            assert adjoint.shape == x.shape
    value, pull = tape.vjp(lambda x: np.fft.fft2(x, (2, 2)), np.ones((3, 0)))
    assert pull(np.ones_like(value))[0].shape == (3, 0)


def test_frequencies_of_a_variable_spacing():
    """They take no array, and compute with the spacing as they find it."""
    for fn in np.fft.fftfreq, np.fft.rfftfreq:
        for n in 5, 6:
            _, dot = tape.jvp(lambda d: fn(n, d), (0.5,), (1.0,))
            np.testing.assert_allclose(dot, -fn(n, 0.5) / 0.5, rtol=1e-15)


# --------------------------------------------------------------------- at random


@st.composite
def calls(draw_):
    """Draw a transform, an array's shape and dtype, and options."""
    name = draw_(st.sampled_from((*ONE, *SEVERAL, "fftshift", "ifftshift")))
    plane = name.endswith("2")
    ndim = draw_(st.integers(2 if plane else 1, 4))
    shape = tuple(draw_(st.lists(st.integers(1, 5), min_size=ndim, max_size=ndim)))
    options = {}
    if name in ONE:
        axis = draw_(st.integers(-ndim, ndim - 1))
        options["axis"] = axis
        length, given_ = st.integers(1, 9), draw_(st.booleans())
        if given_ or (name in FROM_HALF and shape[axis] == 1):
            options["n"] = draw_(length)
    else:
        some = st.lists(st.integers(0, ndim - 1), min_size=1, max_size=ndim, unique=True)
        axes = draw_(some)
        axes = tuple(k - ndim * draw_(st.integers(0, 1)) for k in axes)
        if "shift" not in name:
            last = shape[axes[-1]] if axes else 1
            if draw_(st.booleans()) or (name.startswith("irfft") and last == 1):
                options["s"] = tuple(draw_(st.integers(1, 7)) for _ in axes)
        options["axes"] = axes
    if "shift" not in name:
        options["norm"] = draw_(st.sampled_from(NORMS))
    dtype = draw_(st.sampled_from(dtypes(name)))
    return name, shape, dtype, options


@given(calls(), st.integers(0, 2**31))
def test_any_call_agrees_with_torch(call, seed):
    name, shape, dtype, options = call
    agree(name, draw(np.random.default_rng(seed), shape, dtype), seed=seed + 1, **options)


@given(st.lists(st.sampled_from(["fft", "ifft", "irfft", "hfft"]), min_size=1, max_size=3), st.integers(0, 2**31))
def test_chains_agree_with_torch(names, seed):
    """Real and complex results follow one another, as they do in a program."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    x = draw(rng, (2, 4), "complex128")
    lengths = rng.integers(2, 8, len(names))

    def chain(x, library):
        for name, n in zip(names, lengths, strict=True):
            x = getattr(library, name)(x, int(n))
        return x

    y, pull = tape.vjp(lambda x: chain(x, np.fft), x)
    w = draw(rng, y.shape, y.dtype)
    tx = torch.tensor(x, requires_grad=True)
    close(pull(w)[0], torch.autograd.grad(chain(tx, torch.fft), tx, torch.tensor(w))[0], 1e-13)
