"""Logarithms of densities and of probabilities, differentiable in the point and in every parameter.

Called as in SciPy, ``norm.logpdf(x, loc, scale)``: shape parameters, then location and scale, by position or by name.
Outside of the support the value is -inf and the gradient zero; where a parameter is out of its range both are NaN and
zero. Single precision stays, where SciPy computes in double.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.special as sp

from tape.errors import InputTypeError, ShapeError
from tape.record import Var
from tape.scipy.apart import held
from tape.scipy.lacking import lacking, method

__all__ = [
    "bernoulli",
    "beta",
    "binom",
    "cauchy",
    "chi2",
    "dirichlet",
    "expon",
    "gamma",
    "laplace",
    "logistic",
    "lognorm",
    "multivariate_normal",
    "norm",
    "poisson",
    "t",
    "uniform",
]

__tape__ = True

if not TYPE_CHECKING:
    __getattr__ = lacking("stats")

LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)


class Distribution:
    """One family of distributions: its name, its shape parameters and the standard member's log-density."""

    def __init__(
        self,
        name: str,
        shapes: str,
        standard: Callable[..., Any],
        inside: Callable[..., Any],
        *,
        valid: Callable[..., Any] | None = None,
        at: float = 0.5,
    ) -> None:
        self.name, self.shapes = name, tuple(shapes.split())
        self.standard, self.inside, self.valid, self.at = standard, inside, valid, at

    if not TYPE_CHECKING:

        def __getattr__(self, name: str):
            """Say what to do, for a method that SciPy has."""
            raise method(self, name)

    def parameters(self, args: tuple[Any, ...], named: dict[str, Any], rest: dict[str, Any]) -> list[Any]:
        """Return the parameters in order, given by position or by name; ``rest`` are those with defaults."""
        names = (*self.shapes, *rest)
        if len(args) > len(names):
            raise TypeError(f"{self.name} takes {len(names)} parameters ({', '.join(names)}), not {len(args)}")
        given = dict(zip(names, args, strict=False))
        for key, value in named.items():
            if key not in names or key in given:
                raise TypeError(f"{self.name} has no parameter {key!r} left: its parameters are {', '.join(names)}")
            given[key] = value
        missing = [n for n in self.shapes if n not in given]
        if missing:
            raise TypeError(f"{self.name} needs its shape parameter {missing[0]!r}")
        return [given.get(n, rest.get(n)) for n in names]

    def masked(self, x: Any, shapes: list[Any], scale: Any, log_scale: Any = 0.0) -> Any:
        """Return the log-density at standardised ``x``, less ``log_scale``.

        It is NaN and -inf where these belong, and nothing flows there.
        """
        kind = x.dtype if x.dtype.kind == "f" else np.dtype(float)
        shapes = [np.asarray(s, kind) if type(s) in (int, float, list, tuple) else s for s in shapes]
        values = [held(s) for s in shapes]
        good = np.greater(held(scale), 0)
        if self.valid is not None:
            good = good & self.valid(*values)
        good = good & ~np.isnan(held(x))
        for v in values:
            good = good & ~np.isnan(v)
        safe = [np.where(good, s, 1) if not np.all(good) else s for s in shapes]
        inside = good & self.inside(held(x), *[held(s) for s in safe])
        if np.all(inside):
            return self.standard(x, *safe) - log_scale
        found = self.standard(np.where(inside, x, self.at), *safe) - log_scale
        return np.where(inside, found, np.where(good, -np.inf, np.nan).astype(found.dtype))


class Continuous(Distribution):
    """A family of densities, with a location and a scale."""

    def logpdf(self, x: Any, *args: Any, **named: Any) -> Any:
        """Return the logarithm of the density at ``x``, of the broadcast shape of all arguments."""
        *shapes, loc, scale = self.parameters(args, named, {"loc": 0.0, "scale": 1.0})
        x, loc, scale = _unlisted(x), _unlisted(loc), _unlisted(scale)
        if type(scale) in (int, float) and scale > 0:
            return self.masked(_array((x - loc) / scale), shapes, scale, math.log(scale))
        positive = np.greater(held(scale), 0)
        safe = scale if np.all(positive) else np.where(positive, scale, 1)
        return self.masked(_array((x - loc) / safe), shapes, scale, np.log(safe))

    def pdf(self, x: Any, *args: Any, **named: Any) -> Any:
        """Return the density at ``x``."""
        return np.exp(self.logpdf(x, *args, **named))


class Discrete(Distribution):
    """A family of probabilities of whole numbers, with a location."""

    def logpmf(self, k: Any, *args: Any, **named: Any) -> Any:
        """Return the logarithm of the probability of the counts ``k``.

        Counts are constants: ``k``, ``loc``, and the number of trials ``n``.

        Raises
        ------
        InputTypeError
            A count that is a variable.
        """
        *shapes, loc = self.parameters(args, named, {"loc": 0})
        counts = {"k": k, "loc": loc, "n": dict(zip(self.shapes, shapes, strict=True)).get("n")}
        for name, count in counts.items():
            if type(count) is Var:
                raise InputTypeError(
                    f"{self.name}.logpmf: {name} is a count, and counts have no derivative: give a constant (.value)"
                )
        kinds = [s.dtype for s in shapes if hasattr(s, "dtype") and s.dtype.kind == "f"]
        k = np.asarray(k, float) - np.asarray(loc, float)
        return self.masked(np.asarray(k, np.result_type(*kinds) if kinds else float), shapes, 1.0)

    def pmf(self, k: Any, *args: Any, **named: Any) -> Any:
        """Return the probability of the counts ``k``."""
        return np.exp(self.logpmf(k, *args, **named))


def _array(x: Any) -> Any:
    return np.asarray(x, float) if type(x) in (int, float, list, tuple) else x


def _unlisted(x: Any) -> Any:
    return np.asarray(x, float) if type(x) in (list, tuple) else x


def _everywhere(x: Any, *_: Any) -> Any:
    return np.ones(np.shape(x), bool)


def _positive(*shapes: Any) -> Any:
    good: Any = True
    for s in shapes:
        good = good & np.greater(s, 0)
    return good


def _student(z: Any, df: Any) -> Any:
    heavy = np.isfinite(held(df))
    if not np.all(heavy):  # the normal distribution, at infinitely many degrees of freedom
        return np.where(heavy, _student(z, np.where(heavy, df, 1)), z * z * -0.5 - LOG_ROOT_TWO_PI)
    return _gamma_ratio(df * 0.5) - LOG_ROOT_TWO_PI - (df + 1) * 0.5 * np.log1p(z * z / df)


def _gamma_ratio(a: Any) -> Any:
    """Return ``log(gamma(a + 1/2) / gamma(a) / sqrt(a))``, which vanishes at infinity as ``-1 / (8 a)``.

    By its asymptotic series from 16 on, where what is left out is below rounding: the difference of logarithms, and of
    their derivatives, cancels there. Abramowitz and Stegun (1964), 6.1.47.
    """
    large = held(a) >= 16
    r = 1 / np.where(large, a, 16)
    s = r * r
    series = -s * (31 / 18432 - s * (691 / 180224))
    series = r * (-1 / 8 + s * (1 / 192 + s * (-1 / 640 + s * (17 / 14336 + series))))
    if np.all(large):
        return series
    small = np.where(large, 1, a)
    return np.where(
        large, series, 0.5 * (math.log(math.pi) - np.log(small)) - sp.betaln(small, np.asarray(0.5, small.dtype))
    )


def _lognormal(z: Any, s: Any) -> Any:
    y = np.log(z)
    return -0.5 * np.square(y / s) - np.log(s) - y - LOG_ROOT_TWO_PI


def _logistic(z: Any) -> Any:
    y = -np.abs(z)
    return y - 2 * np.log1p(np.exp(y))


norm = Continuous("norm", "", lambda z: z * z * -0.5 - LOG_ROOT_TWO_PI, _everywhere)
t = Continuous("t", "df", _student, _everywhere, valid=_positive)
gamma = Continuous(
    "gamma",
    "a",
    lambda z, a: sp.xlogy(a - 1, z) - z - sp.gammaln(a),
    lambda z, a: np.greater_equal(z, 0),
    valid=_positive,
)
beta = Continuous(
    "beta",
    "a b",
    lambda z, a, b: sp.xlogy(a - 1, z) + sp.xlog1py(b - 1, -z) - sp.betaln(a, b),
    lambda z, a, b: np.greater_equal(z, 0) & np.less_equal(z, 1),
    valid=_positive,
)
expon = Continuous("expon", "", lambda z: -z, lambda z: np.greater_equal(z, 0))
lognorm = Continuous("lognorm", "s", _lognormal, lambda z, s: np.greater(z, 0), valid=_positive)
laplace = Continuous("laplace", "", lambda z: -np.abs(z) - math.log(2), _everywhere)
logistic = Continuous("logistic", "", _logistic, _everywhere)
cauchy = Continuous("cauchy", "", lambda z: -np.log1p(z * z) - math.log(math.pi), _everywhere)
chi2 = Continuous(
    "chi2",
    "df",
    lambda z, df: sp.xlogy(df * 0.5 - 1, z) - z * 0.5 - sp.gammaln(df * 0.5) - df * (0.5 * math.log(2)),
    lambda z, df: np.greater_equal(z, 0),
    valid=_positive,
)
uniform = Continuous("uniform", "", lambda z: 0 * z, lambda z: np.greater_equal(z, 0) & np.less_equal(z, 1))


def _whole(k: Any) -> Any:
    return np.equal(k, np.floor(k)) & np.greater_equal(k, 0)


def _binomial(k: Any, n: Any, p: Any) -> Any:
    count = sp.gammaln(n + 1.0) - sp.gammaln(k + 1.0) - sp.gammaln(n - k + 1.0)
    return count + sp.xlogy(k, p) + sp.xlog1py(n - k, -p)


def _chance(p: Any) -> Any:
    return np.greater_equal(p, 0) & np.less_equal(p, 1)


poisson = Discrete(
    "poisson",
    "mu",
    lambda k, mu: sp.xlogy(k, mu) - sp.gammaln(k + 1.0) - mu,
    lambda k, mu: _whole(k),
    valid=lambda mu: np.greater_equal(mu, 0),
    at=0.0,
)
binom = Discrete(
    "binom",
    "n p",
    _binomial,
    lambda k, n, p: _whole(k) & np.less_equal(k, n),
    valid=lambda n, p: _chance(p) & _whole(n),
    at=0.0,
)
bernoulli = Discrete(
    "bernoulli",
    "p",
    lambda k, p: _binomial(k, 1.0, p),
    lambda k, p: _whole(k) & np.less_equal(k, 1),
    valid=_chance,
    at=0.0,
)


class MultivariateNormal:
    """The normal distribution of vectors."""

    def logpdf(self, x: Any, mean: Any = None, cov: Any = 1) -> Any:
        """Return the logarithm of the density at vectors ``x`` of shape (..., n).

        How long the vectors are is told by ``cov``, of shape (n, n) or (n,) (a diagonal), or where that is a number by
        ``mean``; of numbers alone they have one part, and ``x`` of shape (m,) is m points. The covariance is taken as
        it is: its adjoint isn't made symmetric. A singular one raises.
        """
        x, mean, cov = _array(x), _array(mean), _array(cov)
        n = np.shape(cov)[-1] if np.ndim(cov) else np.shape(mean)[-1] if mean is not None and np.ndim(mean) else 1
        if np.ndim(cov) < 2:
            cov = cov * np.eye(n, dtype=cov.dtype if cov.dtype.kind == "f" else float)
        if n == 1 and np.ndim(x) < 2 and np.shape(x) != (1,):
            x = np.expand_dims(x, -1)
        deviation = x if mean is None else x - mean
        if np.shape(deviation)[-1:] != (n,) or np.shape(x)[-1:] != (n,) or np.shape(cov) != (n, n):
            raise ShapeError(
                f"multivariate_normal: x of shape {np.shape(x)} isn't of vectors of {n} parts, as are told by cov of"
                f" shape {np.shape(cov)} and mean of shape {np.shape(mean) if mean is not None else None}"
            )
        flat = np.reshape(deviation, (-1, n))
        if np.any(np.linalg.eigvalsh(held(cov)) <= 0):
            raise np.linalg.LinAlgError("multivariate_normal: the covariance isn't positive definite")
        solved = np.linalg.solve(cov, flat.T).T
        distance = np.sum(flat * solved, axis=-1)
        found = -0.5 * (distance + np.linalg.slogdet(cov)[1]) - n * LOG_ROOT_TWO_PI
        return np.reshape(found, np.shape(deviation)[:-1])

    def pdf(self, x: Any, mean: Any = None, cov: Any = 1) -> Any:
        """Return the density at vectors ``x``."""
        return np.exp(self.logpdf(x, mean, cov))


class Dirichlet:
    """The distribution of vectors of positive parts that sum to one."""

    def logpdf(self, x: Any, alpha: Any) -> Any:
        """Return the logarithm of the density at ``x``, of shape (n, ...); the last part may be left out."""
        alpha, x = _array(alpha), _array(x)
        n = np.shape(alpha)[0]
        if np.shape(x)[0] == n - 1:
            x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)], axis=0)
        value = np.asarray(held(x))
        if np.shape(x)[0] != n:
            raise ShapeError(f"dirichlet: x of shape {np.shape(x)} has not {n} parts, as alpha has, nor one fewer")
        if (
            np.any(value < 0)
            or np.any(np.abs(np.sum(value, axis=0) - 1) > max(1e-9, 8 * n * np.finfo(value.dtype).eps))
            or np.any(np.asarray(held(alpha)) <= 0)
        ):
            raise ValueError("dirichlet: the parts must be positive and sum to one, the parameters be positive")
        powers = np.reshape(alpha - 1, (n,) + (1,) * (np.ndim(x) - 1))
        return np.sum(sp.xlogy(powers, x), axis=0) + sp.gammaln(np.sum(alpha)) - np.sum(sp.gammaln(alpha))

    def pdf(self, x: Any, alpha: Any) -> Any:
        """Return the density at ``x``."""
        return np.exp(self.logpdf(x, alpha))


multivariate_normal = MultivariateNormal()
dirichlet = Dirichlet()
