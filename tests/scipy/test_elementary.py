"""The elementary special functions where their formulas would divide by zero, Tukey's distribution, and counts."""

import math

import numpy as np
import pytest
import scipy.special as sp

import tape
from tape.scipy.special import pieces

mp = pytest.importorskip("mpmath").mp


def both(f, *at):
    return [float(g) for g in tape.grad(f, (0, 1))(*at)]


@pytest.mark.parametrize("f", [sp.rel_entr, sp.kl_div])
def test_entropies_of_nothing_and_against_nothing(f):
    """Without a warning of a quotient that isn't taken."""
    with np.errstate(all="raise"):
        for a in (0.5, 1.0, 2.0):
            assert both(f, a, 0.0) == [math.inf, -math.inf]
        for a, b in ((0.0, 0.0), (-2.0, 0.0), (2.0, -1.0), (-2.0, -1.0), (0.0, -1.0)):
            assert both(f, a, b) == [0.0, 0.0]
        a, b = np.array([0.5, 0.0, 2.0, 0.3]), np.array([0.0, 0.0, -1.0, 0.7])
        in_a, in_b = tape.grad(lambda a, b: np.sum(f(a, b)), (0, 1))(a, b)
        one = int(f is sp.rel_entr)
        np.testing.assert_allclose(in_a, [math.inf, 0, 0, math.log(0.3 / 0.7) + one], rtol=1e-15)
        np.testing.assert_allclose(in_b, [-math.inf, 0, 0, 1 - one - 0.3 / 0.7], rtol=1e-15)


@pytest.mark.parametrize("at", [(0.0, 0.0), (-2.0, 0.0), (2.0, -1.0), (-2.0, 3.0)])
@pytest.mark.parametrize("f", [sp.rel_entr, sp.kl_div])
def test_entropies_of_nothing_stay_nothing(f, at):
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        assert float(tape.grad(tape.grad(f, i), j)(*at)) == 0


@pytest.mark.parametrize("f", [sp.rel_entr, sp.kl_div])
def test_second_derivatives_against_nothing(f):
    """In either order they are those of ``a log(a/b)`` as ``b`` falls to zero."""
    with np.errstate(divide="ignore"):
        second = [float(tape.grad(tape.grad(f, i), j)(2.0, 0.0)) for i in (0, 1) for j in (0, 1)]
    assert second == [0.5, -math.inf, -math.inf, math.inf]


@pytest.mark.parametrize("s", [1.5, 1.0, 2.5])
@pytest.mark.parametrize("x", [5.0, -5.0])
def test_tukeys_distribution_doesnt_move_beyond_its_ends(x, s):
    assert sp.tklmbda(x, s) == (x > 0)
    assert both(sp.tklmbda, x, s) == [0.0, 0.0]


@pytest.mark.parametrize(("x", "s"), [(0.3, 0.3), (-1.0, -0.5), (0.5, 1.5)])
def test_slopes_of_tukeys_distribution_are_scaled(x, s):
    assert both(lambda x, s: 3 * sp.tklmbda(x, s), x, s) == pytest.approx(np.multiply(3, both(sp.tklmbda, x, s)))


@pytest.mark.parametrize("p", [-1e-300, -1e-9, -0.3, -0.7, -30.0, -1e4])
def test_quantiles_of_logarithms_of_probabilities(p):
    """On both sides of one half: the derivative is the probability over the density."""
    with mp.workdps(60):
        rest = -mp.expm1(mp.mpf(p))
        # What the quantile itself, rounded, is right for.
        y = mp.mpf(float(sp.ndtri_exp(p)))
        tail = mp.erfc(abs(y) / mp.sqrt(2)) / 2
        want = float((mp.exp(p) / rest if y > 0 else 1) * tail * mp.sqrt(2 * mp.pi) * mp.exp(y * y / 2))
    assert float(tape.grad(sp.ndtri_exp)(p)) == pytest.approx(want, rel=1e-14, abs=0)


def test_whole_numbers_are_counts_as_they_are():
    assert type(pieces.count(3)) is int
    assert pieces.count(np.array([3])).dtype.kind == "i"
    assert type(pieces.count(2.7)) is float
    np.testing.assert_array_equal(pieces.count(np.array([2.7, -2.7])), [2.0, -2.0])
