"""It is never silently wrong: what bad input gets, with messages that a reader can act on."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest

import tape


def x3():
    return np.array([1.0, 2.0, 3.0])


def test_non_scalar_output_without_a_seed():
    with pytest.raises(tape.NonScalarError, match=r"shape \(3,\).*np\.sum.*seed=.*tape\.jacobian"):
        tape.grad(lambda x: x * 2.0)(x3())
    t = tape.Tape()
    with pytest.raises(tape.NonScalarError, match=r"entry #1 has shape \(3,\)"):
        t.sweep(t.input(x3()) * 2.0)


def test_output_of_another_type():
    with pytest.raises(tape.NonScalarError, match="returned NoneType.*has_aux"):
        tape.grad(lambda x: None)(x3())
    with pytest.raises(tape.NonScalarError, match="returned tuple"):
        tape.grad(lambda x: (np.sum(x), x))(x3())
    with pytest.raises(tape.NonScalarError, match=r"shape \(2,\)"):
        tape.grad(lambda x: np.ones(2))(x3())


def test_seed_of_another_shape():
    t = tape.Tape()
    y = t.input(x3()) * 2.0
    with pytest.raises(tape.SeedError, match=r"seed has shape \(2,\), and entry #1 \(3,\)"):
        t.sweep(y, np.ones(2))
    with pytest.raises(tape.SeedError, match="complex"):
        t.sweep(y, 1j * np.ones(3))
    with pytest.raises(tape.SeedError, match="containers"):
        tape.vjp(lambda x: {"a": x}, x3())[1](np.ones(3))
    with pytest.raises(tape.SeedError, match="2 primals and 1 tangents"):
        tape.jvp(np.add, (1.0, 2.0), (1.0,))


@pytest.mark.parametrize("value", [np.arange(3), 3, True, np.array([True]), np.array([1], np.uint8)])
def test_integer_input(value):
    with pytest.raises(tape.InputTypeError, match=r"(int|bool|uint8).*no derivative.*give floats.*argnums"):
        tape.grad(lambda x: np.sum(x * 1.0))(value)
    with pytest.raises(tape.InputTypeError, match="input 'n'"):
        tape.Tape().input(value, name="n")


def test_input_of_strings_and_objects():
    with pytest.raises(tape.InputTypeError, match="no derivative"):
        tape.grad(lambda x: x)("text")
    with pytest.raises(tape.InputTypeError, match="already on its tape"):
        t = tape.Tape()
        t.input(t.input(1.0))


def test_integer_output():
    with pytest.raises(tape.InputTypeError, match="integers and booleans have no derivative"):
        tape.grad(lambda x: np.argmax(x))(x3())


def test_complex_output():
    with pytest.raises(tape.ComplexOutputError, match="no one direction of steepest ascent.*np.abs"):
        tape.grad(lambda z: z * z)(1 + 2j)
    t = tape.Tape()
    with pytest.raises(tape.ComplexOutputError, match="give a seed"):
        t.sweep(t.input(1 + 2j) * 2.0)


def test_a_function_without_a_rule():
    def twice(x):
        return 2 * x

    with pytest.raises(tape.NoRuleError, match=r"^twice.* has no derivative rule.*tape\.primitive"):
        tape.grad(lambda x: np.sum(np.frompyfunc(twice, 1, 1)(x)))(x3())


def test_an_unknown_option_is_told_when_it_is_recorded():
    recorded = []

    def f(x):
        try:
            return np.einsum("i->", x, order="C")
        except tape.OptionError as error:
            recorded.append(str(error))
            raise

    with pytest.raises(tape.OptionError):
        tape.grad(f)(x3())
    assert "np.einsum" in recorded[0]
    assert "order" in recorded[0]
    with pytest.raises(tape.OptionError, match=r"np\.sin\(where="):
        tape.grad(lambda x: np.sum(np.sin(x, where=np.array([True, False, True]))))(x3())


def test_a_constant_changed_after_it_was_recorded():
    def f(x, c):
        y = x * c
        c[1] = 7.0
        return np.sum(y)

    with pytest.raises(tape.MutationError, match=r"shape \(3,\).*entry #1.*test_errors\.py.*y = x \* c.*copy"):
        tape.grad(f)(x3(), np.ones(3))


def test_an_input_changed_after_it_was_recorded():
    w = x3()

    def f(x):
        y = np.sum(x * x)
        w[0] = 5.0
        return y

    with pytest.raises(tape.MutationError, match=r"entry #0 input"):
        tape.grad(f)(w)


@pytest.mark.parametrize("change", ["element", "swap", "reverse", "scale", "last"])
@pytest.mark.parametrize("make", ["large", "float32", "odd", "fortran", "strided", "bytes"])
def test_every_change_of_a_large_array_is_seen(change, make):
    rng = np.random.default_rng(1)
    c = {
        "large": lambda: rng.normal(size=(300, 40)),
        "float32": lambda: rng.normal(size=(301, 41)).astype(np.float32),
        "odd": lambda: rng.normal(size=1777).astype(np.float16),
        "fortran": lambda: np.asfortranarray(rng.normal(size=(50, 60))),
        "strided": lambda: rng.normal(size=(400, 40))[::2, ::2],
        "bytes": lambda: rng.normal(size=2049).astype(np.longdouble),
    }[make]()
    t = tape.Tape()
    y = np.sum(t.input(np.ones(c.shape)) * c)
    t.sweep(y)
    flat = c.reshape(-1) if c.flags.c_contiguous else c.T.reshape(-1) if c.flags.f_contiguous else None
    if change == "element":
        c[c.shape[0] // 2] += 0.5
    elif change == "last":
        c[-1] += 1
    elif change == "scale":
        c *= 2
    elif change == "reverse":
        c[...] = c[::-1].copy()
    elif flat is not None:
        flat[[3, 900]] = flat[[900, 3]]
    else:
        c[[0, 1]] = c[[1, 0]]
    with pytest.raises(tape.MutationError, match="changed in place after entry #1"):
        t.sweep(y)


def test_a_small_buffer_used_again_is_told_when_it_is_used():
    buffer = np.ones(3)

    def f(x):
        y = x * buffer
        buffer[:] = 2.0
        return np.sum(y + x * buffer)

    with pytest.raises(tape.MutationError, match="y = x \\* buffer"):
        tape.grad(f)(x3())


def test_a_constant_of_a_checkpoint_is_replayed_and_so_it_may_not_change():
    c = np.ones(3)

    def f(x):
        y = np.sum(tape.checkpoint(lambda a: np.sin(np.exp(a + c)))(x))
        c[0] = 4.0
        return y

    with pytest.raises(tape.MutationError, match=r"shape \(3,\).*operator\.add|np\.add"):
        tape.grad(f)(x3())


@pytest.mark.parametrize(
    "constant",
    [
        np.full(3, 3.0, dtype=object),
        np.ma.masked_array(np.ones(3), [True, False, False]),
        np.ones((1, 3)).view(np.matrix),
    ],
    ids=["objects", "masked", "matrix"],
)
def test_constants_whose_operations_are_others(constant):
    with pytest.raises(tape.InputTypeError, match="constant .*plain numeric array"):
        tape.grad(lambda x: np.sum(x * constant))(x3())
    if constant.dtype != object:
        with pytest.raises(tape.InputTypeError, match="plain array"):
            tape.grad(np.sum)(constant)


def test_a_seed_of_another_tape():
    t, other = tape.Tape(), tape.Tape()
    y = t.input(x3()) * 2.0
    with pytest.raises(tape.MixedTapesError):
        t.sweep(y, other.input(x3()))


def test_the_output_of_vjp_changed_by_its_holder():
    y, pullback = tape.vjp(np.exp, x3())
    pullback(np.ones(3))
    y += 1.0
    with pytest.raises(tape.MutationError, match="entry #1"):
        pullback(np.ones(3))


@pytest.mark.parametrize(
    ("convert", "name"),
    [
        (float, "float"),
        (int, "int"),
        (complex, "complex"),
        (np.asarray, "np.asarray"),
        (lambda x: x.item(), "item"),
        (lambda x: x.tolist(), "tolist"),
        (lambda x: [1, 2, 3][x], "index"),
        (lambda x: np.array([x, x]), "np.asarray"),
        (lambda x: __import__("math").sin(x), "float"),
    ],
)
def test_detaching(convert, name):
    with pytest.raises(tape.DetachError, match=rf"{name}.*recorded variable.*\.value"):
        tape.grad(convert)(1.0)


def test_writing_a_variable_into_an_ordinary_array():
    def into(x):
        total = np.zeros(3)
        total += x
        return np.sum(total)

    with pytest.raises(tape.InPlaceError, match=r"element of an ordinary array.*tape\.zeros"):
        tape.grad(lambda x: np.zeros(3).__setitem__(0, x[0]))(x3())
    with pytest.raises(tape.DetachError, match=r"np.asarray.*tape\.zeros"):
        tape.grad(lambda x: np.zeros(3).__setitem__(slice(None), x))(x3())
    with pytest.raises(tape.InPlaceError, match=r"out=.*ordinary array of shape \(3,\).*tape\.zeros"):
        tape.grad(into)(x3())


def test_adding_up_numbers_in_place_is_what_numpy_does():
    def f(x):
        total = 0.0
        for k in range(3):
            total += x[k] * x[k]
        total *= 2.0
        return total

    np.testing.assert_array_equal(tape.grad(f)(x3()), 4 * x3())


def test_a_result_that_does_not_depend_on_the_input():
    np.testing.assert_array_equal(tape.grad(lambda x: 3.0)(x3()), np.zeros(3))
    np.testing.assert_array_equal(tape.grad(lambda x, y: np.sum(y), (0, 1))(x3(), x3())[0], np.zeros(3))
    with pytest.raises(tape.IndependentError, match="returned a constant"):
        tape.grad(lambda x: 3.0, unused="error")(x3())
    with pytest.raises(tape.IndependentError, match=r"input 0 \(shape \(3,\)\)"):
        tape.grad(lambda x, y: np.sum(y), (0, 1), unused="error")(x3(), x3())
    with pytest.raises(ValueError, match="'zeros' or 'error'"):
        tape.grad(lambda x: x, unused="maybe")


def test_mixing_two_open_tapes():
    a, b = tape.Tape(), tape.Tape()
    x, y = a.input(1.0), b.input(2.0)
    for call in (lambda: x * y, lambda: np.add(x, y), lambda: np.hypot(x3() * x, y), lambda: a.sweep(y)):
        with pytest.raises(tape.MixedTapesError, match=r"two tapes.*with t:"):
            call()
    c = tape.Tape()
    z = c.input(1.0)
    with pytest.raises(tape.MixedTapesError):
        tape.grad(lambda w: w * z)(2.0)
    with c:
        assert tape.grad(lambda w: w * z)(2.0).value == 1.0


def test_a_variable_that_outlived_its_derivative():
    leaked = []

    def f(x):
        leaked.append(x)
        return x * x

    tape.grad(f)(2.0)
    for use in (lambda: leaked[0] * 2.0, lambda: np.sin(leaked[0]), lambda: tape.grad(np.sin)(leaked[0])):
        with pytest.raises(tape.ClosedTapeError, match=r"finished"):
            use()
    with pytest.raises(tape.ClosedTapeError, match="finished"):
        tape.grad(lambda y: y * leaked[0])(1.0)
    assert "finished" in repr(leaked[0])


def test_a_closed_tape():
    t = tape.Tape()
    y = t.input(1.0) * 2.0
    t.close()
    with pytest.raises(tape.ClosedTapeError):
        t.sweep(y)
    with pytest.raises(tape.ClosedTapeError):
        _ = y * 2.0


def test_argnums_out_of_range_and_of_another_type():
    with pytest.raises(TypeError, match="argnums=2.*1 positional"):
        tape.grad(np.sum, argnums=2)(x3())
    for argnums in ((), "x", ("x",), 1.0, [0.5], None, True):
        with pytest.raises(TypeError, match="integer or a non-empty sequence"):
            tape.grad(np.sum, argnums=argnums)
    for argnums in ((0, 0), (0, -2), (-1, 1)):
        with pytest.raises(TypeError, match="names argument -?[012] twice"):
            tape.grad(lambda x, y: np.sum(x * y), argnums=argnums)(x3(), x3())
    for argnums in (np.int64(1), np.array([1]), [1]):
        np.testing.assert_array_equal(np.ravel(tape.grad(lambda x, y: np.sum(x * y), argnums)(x3(), x3())), x3())
    with pytest.raises(TypeError, match="0 positional arguments.*not those given by name"):
        tape.grad(lambda x: x * x)(x=3.0)
    with pytest.raises(TypeError, match="output, aux"):
        tape.grad(np.sum, has_aux=True)(x3())


def test_a_rule_that_fails_says_at_which_entry():
    @tape.primitive(lambda g, y, x: np.concatenate([g, np.ones(1)]))
    def broken(x):
        return x * 2.0

    with pytest.raises(tape.RuleError, match=r"shape \(4,\) for an argument of shape \(3,\)") as caught:
        tape.grad(lambda x: np.sum(broken(x)))(x3())
    assert any("in the reverse sweep, at entry #1" in note and "broken" in note for note in caught.value.__notes__)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda g, x: (g * x,), "list of 2 contributions.*returned 1 of them"),
        (lambda g, x: (g * x, g, g), "list of 2 contributions.*returned 3 of them"),
        (lambda g, x: g * x, "list of 2 contributions.*returned ndarray"),
    ],
)
def test_a_joint_rule_makes_one_contribution_an_argument(returned, message):
    @tape.primitive(joint=lambda g, y, x, z: returned(g, x))
    def f(x, z):
        return x * x + z

    with pytest.raises(tape.RuleError, match=message):
        tape.grad(lambda x, z: np.sum(f(x, z)), (0, 1))(x3(), x3())


@pytest.mark.parametrize(("made", "what"), [(lambda g: None, "None"), (list, "a list")])
def test_a_rule_returns_an_array(made, what):
    @tape.primitive(lambda g, y, x: made(g * x))
    def f(x):
        return x * x

    with pytest.raises(tape.RuleError, match=f"returned {what} for an argument of shape"):
        tape.grad(lambda x: np.sum(f(x)))(x3())


def test_a_tangent_has_the_shape_of_its_result():
    @tape.primitive(jvps=[lambda t, y, x: np.sum(t * x)])
    def f(x):
        return x * x

    with pytest.raises(tape.RuleError, match=r"tangent of shape \(\) for a result of shape \(3,\)"):
        tape.jvp(f, (x3(),), (x3(),))


def test_a_rule_that_swallows_options_is_refused():
    with pytest.raises(TypeError, match="names its options"):

        @tape.primitive(lambda g, y, x, **options: g)
        def f(x, *, axis=None):
            return x


def test_adjoints_that_were_not_asked_for():
    t = tape.Tape()
    x, w = t.input(1.0), t.weight(2.0)
    y = x * w
    adjoints = t.sweep(y, wrt=w)
    assert adjoints[w] == 1.0
    with pytest.raises(KeyError, match="wrt="):
        adjoints[x]
    with pytest.raises(TypeError, match="variables and entries"):
        adjoints[3]


def test_every_error_is_a_tape_error():
    for name in dir(tape):
        kind = getattr(tape, name)
        if isinstance(kind, type) and issubclass(kind, Exception):
            assert issubclass(kind, tape.TapeError)
            assert kind.__doc__


@pytest.mark.parametrize("product", [lambda v, s: v * s, lambda v, s: v @ s, lambda v, s: v + s])
def test_arrays_that_are_not_numpys_are_refused(product):
    sparse = pytest.importorskip("scipy.sparse")
    for kind in (sparse.csr_matrix, sparse.csr_array):
        with pytest.raises(tape.InputTypeError, match=r"constant csr_.* of shape \(3, 3\).*toarray"):
            tape.grad(lambda v: np.sum(product(v, kind(np.eye(3)))))(np.ones(3))


class Metres(np.ndarray):
    """An array with a unit, which has NumPy's functions mean something of their own."""

    def __array_ufunc__(self, *args, **kwargs):
        raise AssertionError("this isn't called: the variable comes first")


def test_numbers_that_numpy_makes_objects_of():
    t = tape.Tape()
    for f in (lambda v: v * Fraction(1, 2), lambda v: Fraction(1, 2) * v, lambda v: np.power(v, Fraction(1, 2))):
        with pytest.raises(tape.InputTypeError, match=r"Fraction\(1, 2\).*float\(x\)"):
            f(t.input(x3()))


def test_arrays_of_other_behaviour():
    t = tape.Tape()
    v, metres = t.input(x3()), x3().view(Metres)
    with pytest.raises(tape.InputTypeError, match=r"constant Metres.*np\.asarray"):
        v * metres
    with pytest.raises(tape.InputTypeError, match=r"input is a Metres.*np\.asarray"):
        t.input(metres)
    with pytest.raises(tape.InputTypeError, match="MaskedArray"):
        np.average(v, weights=np.ma.masked_array(x3(), [0, 1, 0]))


def test_dates_and_masks_are_no_numbers():
    t = tape.Tape()
    v = t.input(x3())
    for seed in (np.array([1, 2, 3], "m8[D]"), np.ma.ones(3), x3().astype(object)):
        with pytest.raises(tape.SeedError, match="plain array"):
            t.sweep(v * 2.0, seed)
    with pytest.raises(TypeError, match="not of datetime64"):
        np.interp(v, np.array(["2020-01-01", "2020-01-02", "2020-01-03"], "M8[D]"), x3())


@pytest.mark.parametrize("returned", ["x", len, np.array(["x"]), b"x", np.array([None])])
def test_a_result_that_is_no_number(returned):
    for call in (
        lambda f: tape.grad(f)(1.0),
        lambda f: tape.jacobian(f)(1.0),
        lambda f: tape.vjp(f, 1.0),
        lambda f: tape.jvp(f, (1.0,), (1.0,)),
    ):
        with pytest.raises(tape.OutputTypeError, match="which has no derivative: return numbers.*has_aux"):
            call(lambda x: returned)
    assert tape.grad(lambda x: (x * x, returned), has_aux=True)(1.0)[0] == 2


def test_a_result_of_another_tape():
    v = tape.Tape().input(3.0)
    for call in (
        lambda f: tape.grad(f)(1.0),
        lambda f: tape.jacobian(f)(1.0),
        lambda f: tape.vjp(f, 1.0),
        lambda f: tape.jvp(f, (1.0,), (1.0,)),
    ):
        with pytest.raises(tape.MixedTapesError):
            call(lambda x: v * 2.0)


def test_a_variable_is_not_pickled():
    with pytest.raises(TypeError, match=r"part of its tape.*\.value"):
        pickle.dumps(tape.Tape().input(1.0))
