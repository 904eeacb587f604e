"""Log-densities: SciPy's values, derivatives of both orders in the point and the parameters, nothing outside."""

import numpy as np
import pytest
import scipy.stats

import tape
from tape.errors import InputTypeError, ShapeError
from tape.scipy import stats
from tests.rules.checks import same

X = np.array([[0.3, 1.4, 0.8], [0.1, 2.2, 0.55]])
CONTINUOUS = {
    "norm": (),
    "t": (3.5,),
    "gamma": (2.5,),
    "beta": (2.5, 1.5),
    "expon": (),
    "lognorm": (0.8,),
    "laplace": (),
    "logistic": (),
    "cauchy": (),
    "chi2": (3.5,),
    "uniform": (),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_logpdf(name):
    ours, theirs, shapes = getattr(stats, name), getattr(scipy.stats, name), CONTINUOUS[name]
    for rest in ((), (0.05,), (-0.1, 3.0)):
        np.testing.assert_allclose(
            ours.logpdf(X, *shapes, *rest), theirs.logpdf(X, *shapes, *rest), rtol=1e-12, atol=1e-14
        )
        np.testing.assert_allclose(ours.pdf(X, *shapes, *rest), theirs.pdf(X, *shapes, *rest), rtol=1e-12)
    wide = np.array([-3.0, 0.0, 0.5, 1.0, 7.0, np.nan])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(ours.logpdf(wide, *shapes), theirs.logpdf(wide, *shapes), rtol=1e-12, atol=1e-14)
    loc, scale = np.array([-0.1, -0.2, -0.05]), np.array([[2.9], [3.1]])
    arrays = [np.asarray(s) for s in shapes]
    np.testing.assert_allclose(
        ours.logpdf(X, *arrays, loc=loc, scale=scale), theirs.logpdf(X, *arrays, loc, scale), rtol=1e-12
    )
    if name != "uniform":
        same(lambda x, *p: ours.logpdf(x, *p), X, *arrays, loc, scale)


@pytest.mark.parametrize("name", ["gamma", "beta", "expon", "lognorm", "chi2", "uniform"])
def test_outside_of_the_support_nothing_flows(name):
    d, shapes = getattr(stats, name), [np.asarray(s) for s in CONTINUOUS[name]]
    f = lambda x, loc, scale, *shapes: d.logpdf(x, *shapes, loc=loc, scale=scale)
    at = (np.asarray(-3.0), np.asarray(0.0), np.asarray(1.0), *shapes)
    assert f(*at) == -np.inf
    assert all(g == 0 for g in tape.grad(f, tuple(range(len(at))))(*at))


def test_invalid_parameters_are_nan():
    assert np.isnan(stats.norm.logpdf(0.3, 0.0, -1.0))
    assert np.isnan(stats.gamma.logpdf(0.3, -1.0))
    np.testing.assert_array_equal(np.isnan(stats.t.logpdf(0.3, np.array([1.0, -1.0, np.inf]))), [False, True, False])
    with pytest.raises(TypeError, match="shape parameter 'a'"):
        stats.gamma.logpdf(0.3)
    with pytest.raises(TypeError, match="no parameter 'b'"):
        stats.gamma.logpdf(0.3, 1.0, b=3)


DISCRETE = {"poisson": (2.5,), "binom": (5.0, 0.3), "bernoulli": (0.3,)}


@pytest.mark.parametrize("name", DISCRETE)
def test_logpmf(name):
    ours, theirs, shapes = getattr(stats, name), getattr(scipy.stats, name), DISCRETE[name]
    k = np.array([-1.0, 0, 1, 2, 5, 6, 1.5])
    np.testing.assert_allclose(ours.logpmf(k, *shapes), theirs.logpmf(k, *shapes), rtol=1e-12)
    np.testing.assert_allclose(ours.pmf(k + 1, *shapes, loc=1), theirs.pmf(k + 1, *shapes, loc=1), rtol=1e-12)
    count = np.array([0, 1, 1])
    *held, p = shapes
    same(lambda p: ours.logpmf(count, *held, p), np.array([p, p * 0.9, p * 1.1]))
    edge = np.array(0.0)
    assert tape.grad(lambda p: ours.logpmf(0, *held, p))(edge) == pytest.approx(-(held[0] if held else 1))
    with pytest.raises(InputTypeError, match="counts"):
        tape.grad(lambda k: ours.logpmf(k, *shapes))(1.0)


def test_multivariate_normal():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(3, 3))
    cov, mean, x = a @ a.T + np.eye(3), rng.normal(size=3), rng.normal(size=(2, 5, 3))
    ours, theirs = stats.multivariate_normal, scipy.stats.multivariate_normal
    np.testing.assert_allclose(ours.logpdf(x, mean, cov), theirs.logpdf(x, mean, cov))
    np.testing.assert_allclose(ours.logpdf(x[0, 0], mean, 2.0), theirs.logpdf(x[0, 0], mean, 2.0))
    np.testing.assert_allclose(ours.pdf(x, mean, cov), theirs.pdf(x, mean, cov))
    same(lambda x, m, a: ours.logpdf(x, m, a @ a.T + np.eye(3)), x, mean, a)
    with pytest.raises(np.linalg.LinAlgError):
        ours.logpdf(x, mean, np.zeros((3, 3)))


def test_dirichlet():
    rng = np.random.default_rng(0)
    x, alpha = rng.dirichlet([1, 2, 3], size=4).T, np.array([1.5, 2.5, 0.8])
    np.testing.assert_allclose(stats.dirichlet.logpdf(x, alpha), scipy.stats.dirichlet.logpdf(x, alpha))
    np.testing.assert_allclose(stats.dirichlet.logpdf(x[:-1], alpha), scipy.stats.dirichlet.logpdf(x[:-1], alpha))
    same(stats.dirichlet.logpdf, x[:-1], alpha)
    with pytest.raises(ValueError, match="sum to one"):
        stats.dirichlet.logpdf(x * 2, alpha)


def test_against_torch():
    torch = pytest.importorskip("torch")
    D = torch.distributions
    for name, make, shapes in (
        ("norm", lambda l, s: D.Normal(l, s), ()),
        ("t", lambda df, l, s: D.StudentT(df, l, s), (3.5,)),
        ("laplace", lambda l, s: D.Laplace(l, s), ()),
        ("cauchy", lambda l, s: D.Cauchy(l, s), ()),
    ):
        at = [np.asarray(v) for v in (*shapes, 0.1, 1.3)]
        p = [torch.tensor(v, requires_grad=True) for v in at]
        x = torch.tensor(X, requires_grad=True)
        make(*p).log_prob(x).sum().backward()
        ours = tape.grad(lambda x, *p: np.sum(getattr(stats, name).logpdf(x, *p)), tuple(range(len(at) + 1)))(X, *at)
        for g, v in zip(ours, (x, *p), strict=True):
            np.testing.assert_allclose(g, v.grad.numpy(), rtol=1e-12)


def test_lists_are_arrays():
    np.testing.assert_allclose(
        stats.norm.logpdf([1.0, 2.0], [0, 1], [1, 2]), scipy.stats.norm.logpdf([1, 2], [0, 1], [1, 2])
    )
    x, mean, cov = [[0.1, 0.2], [0.3, 0.4]], [0, 1], [[1, 0.2], [0.2, 2]]
    ours, theirs = stats.multivariate_normal, scipy.stats.multivariate_normal
    np.testing.assert_allclose(ours.logpdf(x, mean, cov), theirs.logpdf(x, mean, cov))


@pytest.mark.parametrize("name", CONTINUOUS)
def test_single_precision_stays(name):
    ours, shapes, x = getattr(stats, name), CONTINUOUS[name], np.array([0.3, 0.5, -3], np.float32)
    assert ours.logpdf(x, *shapes).dtype == np.float32
    assert ours.logpdf(x, *shapes, 0.1, 2.0).dtype == np.float32
    assert ours.logpdf(x, *(np.float32(s) for s in shapes), x, np.abs(x)).dtype == np.float32
    assert tape.grad(lambda x: np.sum(ours.logpdf(x, *shapes)))(x).dtype == np.float32


def test_single_precision_stays_for_counts():
    p = np.array([0.3, 0.5], np.float32)
    assert stats.poisson.logpmf([1, 2], p).dtype == stats.binom.logpmf(2, 5, p).dtype == np.float32
    x = np.array([[0.1, 0.2], [0.6, 0.7], [0.3, 0.1]], np.float32)
    assert stats.dirichlet.logpdf(x * np.float32(1 + 2e-7), np.ones(3, np.float32)).dtype == np.float32


@pytest.mark.parametrize("df", [0.5, 20.0, 31.99, 32.0, 1e3, 1e6])
def test_student_at_many_degrees_of_freedom(df):
    """SciPy's own logarithm of the beta function loses half the digits at a million; the gradient lost them all."""
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(40):

        def exact(df):
            a = mpmath.mpf(df) / 2
            ratio = mpmath.loggamma(a + 0.5) - mpmath.loggamma(a)
            return ratio - mpmath.log(2 * a * mpmath.pi) / 2 - (a + 0.5) * mpmath.log1p(mpmath.mpf(0.09) / (2 * a))

        value, slope = float(exact(df)), float(mpmath.diff(exact, df))
    got, gradient = tape.value_and_grad(lambda df: stats.t.logpdf(np.sqrt(0.09), df))(df)
    assert got == pytest.approx(value, rel=1e-14, abs=0)
    # The logarithm's own derivative cancels once more, its terms being df times as large.
    assert gradient == pytest.approx(slope, rel=1e-14 + 1e-16 * df, abs=0)


def test_counts_are_refused_as_variables():
    """Their derivative came out as zero (loc), or as that of another function, between the whole numbers (n)."""
    with pytest.raises(InputTypeError, match="loc is a count"):
        tape.grad(lambda loc: stats.poisson.logpmf(3, 2.0, loc))(0.0)
    with pytest.raises(InputTypeError, match="n is a count"):
        tape.grad(lambda n: stats.binom.logpmf(3, n, 0.3))(5.0)


def test_multivariate_normal_of_numbers():
    """Numbers for mean and covariance mean vectors of one part, as in SciPy, not one vector of as many as there are."""
    x = np.array([0.1, 0.2, 0.3])
    ours, theirs = stats.multivariate_normal, scipy.stats.multivariate_normal
    for rest in ((), (0.0,), (0.1, 2.0), (None, 2.0), (0.1, [[2.0]])):
        np.testing.assert_allclose(ours.logpdf(x, *rest), theirs.logpdf(x, *rest))
        assert np.shape(ours.logpdf(0.3, *rest)) == np.shape(ours.logpdf([0.3], *rest)) == ()
    same(lambda x, m, c: ours.logpdf(x, m, c), x, np.asarray(0.1), np.asarray(2.0))
    np.testing.assert_allclose(ours.logpdf(x, x * 2, x), theirs.logpdf(x, x * 2, np.diag(x)))
    with pytest.raises(ShapeError, match="vectors of 1 parts"):
        ours.logpdf(np.ones((4, 2)), 0.0, 3.0)
