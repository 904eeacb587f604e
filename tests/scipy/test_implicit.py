"""When a solution is said to be determined: the check behind roots and minima, and behind Sylvester's equation."""

import numpy as np
import pytest

import tape
from tape.errors import DegenerateError
from tape.scipy import linalg, optimize
from tape.scipy.implicit import _check

EPS = np.finfo(float).eps
M = np.array([[-3.0, -1.0, -2.0], [-1.0, -4.0, -0.5], [-0.5, -1.0, -5.0]])  # of negative elements alone
UNITS = [(1.0, 1.0), (np.array([1e-9, 1.0, 1e12]), np.array([1e8, 1e-7, 1.0])), (1e-15, 1e20)]


def in_units(rows, columns):
    """Return M, its equations and unknowns measured in other units."""
    return (np.ones(3) * rows)[:, None] * M * (np.ones(3) * columns)


@pytest.mark.parametrize(("rows", "columns"), UNITS)
def test_a_linear_system_is_determined_in_any_units(rows, columns):
    matrix = in_units(rows, columns)
    _check(np.array([1.0, -2.0, 3.0]), matrix, lambda x: np.zeros(3), lambda x: matrix)


@pytest.mark.parametrize("zero", [np.s_[1, :], np.s_[:, 2]])
def test_zero_rows_and_columns_are_singular(zero):
    matrix = M.copy()
    matrix[zero] = 0
    with pytest.raises(DegenerateError, match="singular"):
        _check(np.ones(3), matrix, lambda x: np.zeros(3), lambda x: matrix)


@pytest.mark.parametrize(("rows", "columns"), UNITS)
def test_rows_that_depend_on_others_are_singular(rows, columns):
    matrix = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    with pytest.raises(DegenerateError, match="singular"):
        _check(np.ones(3), np.outer(np.ones(3) * rows, np.ones(3) * columns) * matrix, np.zeros_like, lambda x: matrix)


@pytest.mark.parametrize(("rows", "columns"), UNITS)
def test_the_jacobian_is_taken_a_newtons_step_on_and_sixteen_roundings_of_the_unknowns(rows, columns):
    matrix, residual = in_units(rows, columns), np.array([1.0, -2.0, 0.5]) * rows
    y = np.array([0.5, -2.0, 0.0])
    seen = []
    _check(y, matrix, lambda x: residual, lambda x: seen.append(x) or matrix)
    step = -np.linalg.solve(M, np.array([1.0, -2.0, 0.5])) / columns
    np.testing.assert_allclose(seen[0], y + step, rtol=1e-13)
    _check(y, matrix, np.zeros_like, lambda x: seen.append(x) or matrix)
    np.testing.assert_array_equal(seen[1], y + 16 * EPS * np.abs(y))


@pytest.mark.parametrize("where", [0, 1, 2])
@pytest.mark.parametrize(("rows", "columns"), UNITS)
def test_the_jacobian_may_change_by_a_quarter_of_itself(rows, columns, where):
    """In the units in which its rows and columns are of one size, and in the largest of its rows."""
    matrix = in_units(rows, columns)
    sizes = np.max(np.abs(matrix / np.max(np.abs(matrix), axis=1, keepdims=True)), axis=0)
    part = np.zeros((3, 3))
    part[where] = [0.5, -0.25, 0.25]  # that of the matrix by which it changes
    change = matrix @ (part / sizes[:, None] * sizes)
    for times, fine in ((0.249, True), (0.251, False)):
        look = lambda: _check(np.ones(3), matrix, np.zeros_like, lambda x, times=times: matrix + times * change)
        if fine:
            look()
        else:
            with pytest.raises(DegenerateError, match="stopped far"):
                look()
    with pytest.raises(DegenerateError, match="stopped far"):  # at a quarter, too
        _check(np.ones(1), np.ones((1, 1)), np.zeros_like, lambda x: np.full((1, 1), 1.25))


def test_parameters_of_integers_stand_anywhere():
    def equations(x, a, n, b, c):
        return x**n * a - b * c

    f = lambda a, b, c: np.sum(optimize.root(equations, np.ones(1), (a, 3, b, c), tol=1e-13).x)
    a, b, c = np.float64(2.0), np.float64(3.0), np.float64(5.0)
    root = (b * c / a) ** (1 / 3)
    np.testing.assert_allclose(tape.grad(f, (0, 1, 2))(a, b, c), [-root / (3 * a), root / (3 * b), root / (3 * c)])


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(
    ("a", "b"), [([3.0, -8.0], [1.0, 2.0, 5.0]), ([0.5, 1.0], [2.0, -7.0, 4.0]), ([2.0], [6.0]), ([-9.0, 1.0], [3.0])]
)
def test_eigenvalues_that_add_up_to_zero_within_roundings_of_the_largest(a, b, scale):
    a, b = np.diag(a) * scale, np.diag(b) * scale
    q = np.ones((len(a), len(b)))
    b[0, 0] = -a[-1, -1]
    bound = EPS * (np.max(np.abs(a)) + np.max(np.abs(b))) * max(q.shape)
    for times, fine in ((0.7, False), (1.6, True)):
        b[0, 0] = -a[-1, -1] + times * bound
        if fine:
            assert np.all(np.isfinite(linalg.solve_sylvester(a, b, q)))
        else:
            with pytest.raises(DegenerateError, match="add up to zero"):
                linalg.solve_sylvester(a, b, q)
