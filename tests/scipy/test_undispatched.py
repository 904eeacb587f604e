"""SciPy's functions that take a variable for an array: the error names what stands in for them."""

import numpy as np
import pytest
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.optimize
import scipy.signal
import scipy.special
import scipy.stats

import tape
from tape.undispatched import instead_of

A = np.eye(2) + 0.1


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: scipy.linalg.expm(x), "linalg.expm"),
        (lambda x: scipy.linalg.cho_factor(x), "linalg.cho_factor"),
        (lambda x: scipy.linalg.solve(x, x), "linalg.solve"),
        (lambda x: scipy.special.logsumexp(x), "special.logsumexp"),
        (lambda x: scipy.signal.fftconvolve(x, x), "signal.fftconvolve"),
        (lambda x: scipy.stats.norm.logpdf(x), "stats.norm.logpdf"),
        (lambda x: scipy.stats.multivariate_normal.logpdf(x, np.zeros(2)), "stats.multivariate_normal.logpdf"),
        (lambda x: scipy.integrate.solve_ivp(lambda t, y: x @ y, (0, 1), np.ones(2)), "integrate.solve_ivp"),
    ],
)
def test_the_error_names_what_stands_in(call, name):
    with pytest.raises(tape.DetachError, match=rf"call tape\.scipy\.{name}$"):
        tape.grad(lambda x: np.sum(call(x)))(A)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: scipy.interpolate.CubicSpline(x[0], x[1])(0.5), "interpolate.CubicSpline"),
        (lambda x: scipy.stats.zscore(x), "stats.zscore"),
        (lambda x: scipy.integrate.quad(lambda t: x[0, 0] * t, 0, 1)[0], "integrate.quad"),
    ],
)
def test_where_nothing_stands_in_it_says_so(call, name):
    with pytest.raises(tape.DetachError, match=rf"scipy\.{name} has none .*tape\.primitive$"):
        tape.grad(lambda x: np.sum(call(x)))(A)


def test_elsewhere_it_is_the_conversion_that_is_named():
    for call in (np.asarray, float, lambda x: np.array([x, x])):
        with pytest.raises(tape.DetachError, match=r"np\.zeros\(\.\.\., like=x\)$"):
            tape.grad(call)(1.0)
    assert instead_of(None) == ""
