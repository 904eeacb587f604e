"""Which solutions for a parameter are taken for ones, and which are refused."""

import math

import numpy as np
import pytest
import scipy.special as sp

from tape.errors import DegenerateError
from tape.scipy.special import distributions

TINY = np.finfo(float).eps


def judge(reached, level, least=False):
    """Solve ``x = level``, where the solution that was found is ``reached``."""
    distributions.solved(sp.stdtridf, 0, lambda y: y, reached, least, [level])


SOLVED = [
    (0.5, 0.5 + 4e-6, 0.5 + 6e-6),
    (0.5, 0.5 - 4e-6, 0.5 - 6e-6),
    (1e-3, 1e-3 + 0.9e-8, 1e-3 + 1.1e-8),
    (0.999, 0.999 - 0.9e-8, 0.999 - 1.1e-8),
    (0.0, 3.9 * TINY, 4.5 * TINY),
    (1.0, 1 - 3.5 * TINY, 1 - 4.5 * TINY),
    (np.float32(0.5), np.float32(0.504), np.float32(0.506)),
]


@pytest.mark.parametrize(("reached", "near", "far"), SOLVED)
def test_a_solution_may_be_off_by_a_part_of_the_smaller_tail(reached, near, far):
    """And by a few roundings, however small that is."""
    judge(np.asarray(reached), reached)
    judge(np.asarray(reached), near)
    with pytest.raises(DegenerateError, match="stdtridf.*no argument 0"):
        judge(np.asarray(reached), far)


def test_one_that_is_no_solution_among_others():
    with pytest.raises(DegenerateError, match=r"stdtridf\(0\.75\)"):
        judge(np.array([0.2, 0.3, 0.4]), np.array([0.2, 0.75, 0.4]))


def test_least_counts_stand_for_the_levels_below():
    judge(np.array([0.6, 0.3]), np.array([0.5, 0.3]), np.array([True, False]))
    for least in (np.array([True, False]), np.array([False, False])):
        with pytest.raises(DegenerateError):
            judge(np.array([0.4, 0.3]), np.array([0.5, 0.3]), least)
    with pytest.raises(DegenerateError):
        judge(np.array([0.6, 0.3]), np.array([0.5, 0.3]), np.array([False, True]))


def test_what_isnt_finite_is_left_to_the_derivative():
    judge(np.array([math.inf, math.nan]), np.array([0.5, 0.5]))
