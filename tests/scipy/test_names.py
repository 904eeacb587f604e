"""What tape.scipy has, and what it says of what it has not; options that check, as SciPy's do."""

import copy
import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest
import scipy
import scipy.linalg as sl
import scipy.special as sp

import tape
from tape.scipy import coverage, linalg, stats
from tape.scipy.special import logsumexp

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "scipy.md"
ROOMS = ["integrate", "linalg", "optimize", "signal", "sparse", "stats"]


@pytest.mark.parametrize("room", ROOMS)
def test_what_is_public_is_scipys_too_and_all_of_it_is_listed(room):
    ours, theirs = importlib.import_module(f"tape.scipy.{room}"), importlib.import_module(f"scipy.{room}")
    assert getattr(tape.scipy, room) is ours
    here = {
        name
        for name, value in vars(ours).items()
        if not name.startswith("_")
        and getattr(value, "__module__", "").startswith("tape.scipy")
        and hasattr(theirs, name)
    }
    assert set(ours.__all__) == here | ({"matmul"} if room == "sparse" else set())
    assert list(ours.__all__) == sorted(ours.__all__)
    for name in ours.__all__:
        assert inspect.getdoc(getattr(ours, name))


@pytest.mark.parametrize("room", [*ROOMS, "special"])
def test_no_module_of_ours_hides_a_function_of_scipys(room):
    ours, theirs = importlib.import_module(f"tape.scipy.{room}"), importlib.import_module(f"scipy.{room}")
    modules = [name for name, value in vars(ours).items() if inspect.ismodule(value)]
    assert not [name for name in modules if callable(getattr(theirs, name, None))]
    if room == "special":
        assert len(modules) > 20


@pytest.mark.parametrize(
    ("room", "name"),
    [
        ("integrate", "quad"),
        ("linalg", "svdvals"),
        ("optimize", "curve_fit"),
        ("signal", "lfilter"),
        ("sparse", "csr_array"),
        ("stats", "weibull_max"),
        ("special", "comb"),
    ],
)
def test_what_scipy_has_and_tape_has_not(room, name):
    module = importlib.import_module(f"tape.scipy.{room}")
    says = rf"^tape\.scipy\.{room} has no {name}, which SciPy has: call scipy\.{room}\.{name} on val.*tape\.primitive"
    with pytest.raises(AttributeError, match=says):
        getattr(module, name)
    with pytest.raises(ImportError, match=says):
        exec(f"from tape.scipy.{room} import {name}", {})
    assert not hasattr(module, name)
    with pytest.raises(AttributeError, match="has no attribute 'blah'"):
        module.blah  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'blah'"):
        exec(f"from tape.scipy.{room} import blah", {})


def test_what_is_taken_from_scipy_itself():
    with pytest.raises(ImportError, match=r"take scipy\.linalg\.LinAlgError itself"):
        exec("from tape.scipy.linalg import LinAlgError", {})
    with pytest.raises(ImportError, match=r"call scipy\.special\.gammaln itself, a ufunc"):
        exec("from tape.scipy.special import gammaln", {})
    with pytest.raises(AttributeError, match="'fft': it has integrate, linalg"):
        tape.scipy.fft  # noqa: B018
    assert set(tape.scipy.__all__) <= set(dir(tape.scipy))
    assert tape.scipy.special.logsumexp is logsumexp


def test_methods_of_distributions():
    with pytest.raises(AttributeError, match=r"stats\.norm has no cdf.*it has logpdf and pdf\..*ndtr.*\.value"):
        stats.norm.cdf(1.0)
    with pytest.raises(AttributeError, match=r"it has logpmf and pmf\."):
        stats.poisson.sf(1.0)
    with pytest.raises(AttributeError, match=r"stats\.norm has no attribute 'blah'"):
        stats.norm.blah  # noqa: B018
    assert copy.deepcopy(stats.gamma).logpdf(1.0, 2.0) == stats.gamma.logpdf(1.0, 2.0)


# --------------------------------------------------------------------------- the page


def test_the_page_is_what_the_modules_say():
    if scipy.__version__.startswith("1.17."):
        assert PAGE.read_text(encoding="utf-8") == coverage.markdown(), (
            "python -m tape.scipy.coverage --markdown > docs/reference/scipy.md"
        )


def test_every_ufunc_of_scipys_is_in_a_class(capsys):
    assert coverage.main([]) == 0, capsys.readouterr().out
    kinds = dict(coverage.ufuncs())
    assert kinds["i0"] == kinds["gammaln"] == "derivative"
    assert kinds["gammasgn"] == "zero"
    assert kinds["nctdtr"] == "derivative"
    assert set(kinds.values()) == {"derivative", "zero"}


def test_a_ufunc_in_no_class_is_told(monkeypatch, capsys):
    monkeypatch.setattr(sp, "brand_new", np.frompyfunc(abs, 1, 1), raising=False)
    assert coverage.main([]) == 1
    assert "in no class: brand_new" in capsys.readouterr().out


# ------------------------------------------------------------------------ check_finite

A, B = np.array([[4.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])
FACTORS, PIVOTS = np.array([[4.0, 1.0], [0.25, 2.75]]), np.array([0, 1])
CHECKED = {
    "solve": linalg.solve,
    "solve_triangular": linalg.solve_triangular,
    "cho_solve": lambda a, b, **options: linalg.cho_solve((a, False), b, **options),
    "lu_solve": lambda a, b, **options: linalg.lu_solve((a, PIVOTS), b, **options),
    "solve_banded": lambda a, b, **options: linalg.solve_banded((0, 1), a, b, **options),
    "inv": linalg.inv,
    "det": linalg.det,
    "cholesky": linalg.cholesky,
    "cho_factor": lambda a, **options: linalg.cho_factor(a, **options)[0],
    "lu": lambda a, **options: linalg.lu(a, **options)[2],
    "lu_factor": lambda a, **options: linalg.lu_factor(a, **options)[0],
}


@pytest.mark.parametrize("name", CHECKED)
def test_infinities_are_refused_where_scipy_refuses_them(name):
    f = CHECKED[name]
    rest = (B,) if "solve" in name else ()
    bad = np.where(A == 4, np.nan, A)
    for x in (bad, np.where(A == 4, np.inf, A)):
        with pytest.raises(ValueError, match="must not contain infs or NaNs"):
            f(x, *rest)
        with pytest.raises(ValueError, match="must not contain infs or NaNs"):
            tape.grad(lambda a: np.sum(f(a, *rest)))(x)
    if rest:
        with pytest.raises(ValueError, match="must not contain infs or NaNs"):
            f(A, B * np.inf)
        with np.errstate(invalid="ignore"):
            assert np.any(np.isnan(f(A, B * np.nan, check_finite=False)))
    elif name not in ("cholesky", "cho_factor"):  # which have no factor of what isn't positive definite
        with np.errstate(invalid="ignore"):
            assert np.any(np.isnan(f(bad, check_finite=False)))
    g = lambda a, **options: tape.grad(lambda a: np.sum(f(a, *rest, **options)))(a)
    np.testing.assert_array_equal(g(A, check_finite=False), g(A))


def test_every_function_that_scipy_checks_is_checked():
    ours, theirs = (
        {name for name in linalg.__all__ if "check_finite" in inspect.signature(getattr(module, name)).parameters}
        for module in (linalg, sl)
    )
    assert ours == theirs == CHECKED.keys()


def test_a_seed_that_is_not_finite_is_no_error():
    _, pullback = tape.vjp(linalg.solve_triangular, A, B)
    for c in pullback(np.array([np.nan, 1.0])):
        assert np.any(np.isnan(c))
