"""Primitives of one's own: what of them is recorded, and what would make a derivative wrong in silence."""

import numpy as np
import pytest

import tape

X = np.array([1.0, 2.0])


def test_without_a_rule():
    with pytest.raises(TypeError, match=r"there is none: @tape\.primitive\(lambda"):
        tape.primitive()
    with pytest.raises(TypeError, match="there is none"):
        tape.primitive(None)


def test_on_the_function_itself():
    @tape.primitive
    def square(x):
        return x * x

    for call in (square, tape.grad(square), lambda x: square(tape.Tape().input(x))):
        with pytest.raises(TypeError, match=r"makes a primitive of a function, not of .*@tape\.primitive\(rule\)"):
            call(2.0)


def test_a_function_that_reads_a_variable_from_around_it():
    def f(x):
        @tape.primitive(lambda g, y, z: g * x)
        def scale(z):
            return z * x

        return scale(x * 2)

    with pytest.raises(tape.RuleError, match=r"scale reads a variable that isn't among its arguments"):
        tape.grad(f)(2.0)
    with pytest.raises(tape.RuleError, match="isn't among its arguments"):
        tape.jvp(f, (2.0,), (1.0,))


@pytest.mark.parametrize("derivative", [tape.grad, lambda f: tape.grad(tape.grad(f)), tape.jacobian, tape.hessian])
def test_a_rule_that_reads_a_variable_from_around_it(derivative):
    def f(x):
        held = x.value

        @tape.primitive(lambda g, y, z: g * x, jvps=[lambda t, y, z: t * x])
        def scale(z):
            return z * held

        return scale(x * 2)

    with pytest.raises(tape.RuleError, match=r"the rule of .*scale reads a variable that isn't among"):
        derivative(f)(2.0)
    t = tape.Tape()
    v = t.input(2.0)
    with pytest.raises(tape.RuleError, match="reads a variable"):
        t.sweep(f(v))
    with pytest.raises(tape.RuleError, match="reads a variable"):
        t.tangents([(v, 1.0)])


def test_a_joint_rule_that_reads_a_variable_from_around_it():
    def f(x):
        @tape.primitive(joint=lambda g, y, a, b: (g * x, g))
        def scale(a, b):
            return a * x.value + b

        return scale(x, 1.0)

    with pytest.raises(tape.RuleError, match="reads a variable"):
        tape.grad(f)(2.0)


@pytest.mark.parametrize(
    ("returned", "what"),
    [(None, "None"), ([1.0], "a list"), ("x", "a str"), (np.array([None]), "a ndarray"), ((1.0, None), "None")],
)
def test_what_it_returns_is_numbers(returned, what):
    f = tape.primitive(lambda g, y, x: g)(lambda x: returned)
    with pytest.raises(tape.RuleError, match=f"returned {what}: a primitive returns an array of numbers"):
        tape.grad(f)(2.0)


def test_the_functions_defaults_are_the_rules():
    @tape.primitive(lambda g, y, x, *, n: g * n, jvps=[lambda t, y, x, *, n: t * n])
    def needs(x, n=3):
        return n * x

    @tape.primitive(lambda g, y, x, *, n=2: g * n)
    def differs(x, *, n=3):
        return n * x

    for f in (needs, differs):
        assert tape.grad(f)(2.0) == 3
        assert tape.grad(lambda x, f=f: f(x, n=5))(2.0) == 5
        assert tape.grad(lambda x, f=f: f(n=4, x=x))(2.0) == 4
    assert tape.grad(lambda x: needs(x, 7))(2.0) == 7
    assert tape.jvp(needs, (2.0,), (1.0,)) == (6.0, 3.0)


def test_an_array_that_is_left_out_is_the_functions_default():
    @tape.primitive(lambda g, y, x, w: g * w, lambda g, y, x, w: g * x)
    def scaled(x, w=2.0):
        return x * w

    assert tape.grad(scaled)(3.0) == 2
    assert tape.grad(lambda x: scaled(x, w=x))(3.0) == 6
    assert tape.grad(lambda w: scaled(3.0, w))(1.0) == 3


def test_any_number_of_arrays():
    @tape.primitive(joint=lambda g, y, *xs, scale: [g * scale] * len(xs))
    def total(*xs, scale=1.0):
        return sum(xs) * scale

    assert tape.grad(lambda a, b: total(a, b, a, scale=2.0), (0, 1))(2.0, 3.0) == (4, 2)
    assert tape.grad(lambda a: total(a))(2.0) == 1


def test_options_that_rule_and_function_disagree_about():
    with pytest.raises(TypeError, match="reads the option 'm', which the function doesn't have"):
        tape.primitive(lambda g, y, x, *, m: g)(lambda x, n=3: x)
    f = tape.primitive(lambda g, y, x: g)(lambda x, n=1: n * x)
    assert tape.grad(f)(2.0) == 1
    assert tape.grad(lambda x: f(x, n=1))(2.0) == 1
    with pytest.raises(tape.OptionError, match=r"n=2\): its rule doesn't read n=.*Have the rule name it"):
        tape.grad(lambda x: f(x, n=2))(2.0)
    with pytest.raises(TypeError, match=r"missing a required argument: 'x'"):
        tape.grad(lambda x: f(n=x))(2.0)


def test_variables_in_containers_are_refused():
    f = tape.primitive(lambda g, y, x: g)(lambda x: np.sum(x["a"] if isinstance(x, dict) else x))
    for given in ([1.0, None], {"a": None}, [[None]]):
        with pytest.raises(tape.RuleError, match="with variables in it.*each array as an argument of its own"):
            tape.grad(lambda x, given=given: f(filled(given, x)))(2.0)
    assert f({"a": X}) == 3.0


def filled(tree, x):
    if isinstance(tree, dict):
        return {k: filled(v, x) for k, v in tree.items()}
    return [filled(v, x) for v in tree] if isinstance(tree, list) else x if tree is None else tree


def test_a_buffer_that_it_uses_again_is_noticed():
    buffer = np.zeros(2)

    @tape.primitive(lambda g, y, x: g * 2 * x)
    def square(x):
        return np.multiply(x, x, out=buffer)

    tape.grad(lambda x: np.sum(square(x)))(X)
    with pytest.raises(tape.MutationError, match="square"):
        tape.grad(lambda x: np.sum(square(x) * square(2 * x)))(X)


def test_a_derivative_taken_within_is_of_plain_arrays():
    @tape.primitive(lambda g, y, x: 6 * x * g)
    def slope(x):
        return tape.grad(lambda x: x**3)(x)

    assert tape.grad(slope)(2.0) == 12
    t = tape.Tape()
    x = t.input(2.0)
    with t:
        assert t.sweep(slope(x))[x] == 12
