"""Samples of the rarer ufuncs of ``scipy.special``: elliptic integrals, zeta, distributions of several parameters."""

import importlib.util

import numpy as np

from tests.samples.base import SAMPLES, case, of, r, z
from tests.samples.scipy_special import NOISY, ONCE, WITHOUT_TWIN, one, positive

if importlib.util.find_spec("scipy") is not None:
    import scipy.special as sp

    from tape.scipy.special import bessel_kin, carlson, freedom, kolmogorov_smirnov, noncentral, voigt, zetas

    before = set(SAMPLES)

    # ---------------------------------------------------------------------- Carlson
    same = np.array([1.0, 1.0 + 1e-9, 2.0])  # beside 1.0: what is equal, or nearly
    for f in (sp.elliprf, sp.elliprd, sp.elliprg):
        of(f, case(positive(3, 4), positive(4), positive(3, 1)), case(same, 1.0, same[::-1]))
        of(f, case(z(2) + 3, 1.0, z(2) + 3))
    of(sp.elliprc, case(positive(3, 4), positive(4)), case(same, np.ones(3)), case(positive(3), -positive(3)))
    of(sp.elliprc, case(z(3) + 3, z(3) + 3))
    of(sp.elliprj, case(positive(3, 4), positive(4), positive(3, 1), positive(3, 4)), case(same, 1.0, same, np.ones(3)))
    of(sp.elliprj, case(positive(3), positive(3), positive(3), -positive(3)), case(z(2) + 3, z(2) + 3, 1.0, z(2) + 3))
    of(carlson.carlson_integral, case(positive(3), positive(2, 1), positive(), 1.0, halves=(3, 1, 2, 0)))
    of(carlson.carlson_integral, case(z(3) + 3, positive(3), 1.0, positive(3), halves=(3, 1, 0, 4), power=1))
    of(sp.agm, case(positive(3, 4), positive(4)), case(same, np.ones(3)), case(-positive(2), -positive(2)))

    # ------------------------------------------------------------------------- zeta
    for f in (zetas.RIEMANN, sp.zetac):
        of(f, case(positive(3, 4) + 1.5), case(np.array([-20.5, -7.3, -2.0, -0.4, 0.0, 0.7])), case(positive() + 1))
    of(zetas.hurwitz_derivative, *(case(1.1 + positive(3), positive(2, 1), order=n) for n in (0, 1)))
    of(zetas.zeta_derivative, *(case(np.array([-7.3, 0.3, 1.7, 4.5]), order=n) for n in range(3)))

    # --------------------------------------------------------------------- Faddeeva
    wide = np.array([1e-3, 1.0])
    of(sp.voigt_profile, case(r(3, 4), positive(4), positive(3, 1)), case(np.array([9.0, -0.5]), wide, wide[::-1]))
    for k in (0, 1):
        of(voigt.voigt_derivative, case(r(3), positive(3), positive(3), order=1, part=k))
    for f in (sp.modfresnelp, sp.modfresnelm):  # of negative numbers SciPy's values are wrong: see test_voigt
        of(f, case(positive(3, 4)), case(np.array([8.5, 30.0])))
    for k in (1, -1):
        of(voigt.turned_by_square, case(r(3, 4), sign=k))
        of(voigt.fresnel_derivative, case(r(3, 4), order=1, sign=k), case(np.array([-9.0, 9.0]), order=2, sign=k))

    # ----------------------------------------------------------------------- Bessel
    of(sp.kelvin, case(positive(3, 4)), case(positive()))
    of(sp.airye, case(positive(3, 4)), case(np.array([0.3, 0.7, 3.0, 9.0, 30.0])))
    of(sp.it2i0k0, case(positive(3, 4)), case(np.array([0.1, 3.0, 20.0])))
    of(sp.it2j0y0, case(positive(3, 4)), case(np.array([0.1, 0.5, 3.0])))
    of(sp.besselpoly, case(positive(3, 4), positive(4), 2.0), case(positive(3), 1.5, np.array([0.0, 1.0, 2.5])))
    for k in (1, -1):
        of(bessel_kin.bessel_quotient, *(case(np.array([-3.0, 0.0, 0.5, 20.0]), order=n, sign=k) for n in range(3)))
        of(bessel_kin.scaled_third, case(positive(3, 4), order=0, kind=k), case(np.array([1.0, 25.0]), order=1, kind=k))
    of(bessel_kin.bessel_moment, case(positive(3), positive(3), 0.5, order=1, logs=0))

    # ------------------------------------------------------------------- Kolmogorov
    of(sp.kolmogorov, case(r(3, 4, low=0.3, high=1.8)), case(1.0))
    of(sp.kolmogi, case(one(3, 4)))
    of(sp.smirnov, case(5, one(3, 4)), case(np.array([1, 20, 300]), one(3) * 0.15 + 0.01))
    of(sp.smirnovi, case(5, one(3, 4)), case(np.array([1, 20, 300]), one(3)))
    of(kolmogorov_smirnov.SMIRNOV_SLOPE, case(5, one(3)), case(np.array([2, 20]), one(2)))
    of(kolmogorov_smirnov.kolmogorov_derivative, *(case(np.array([0.3, 0.7, 0.9, 2.0]), order=n) for n in (1, 2)))
    of(kolmogorov_smirnov.smirnov_derivative, *(case(np.array([1, 4, 30]), one(2, 3), order=n) for n in (1, 2)))

    # ------------------------------------------------------------------- noncentral
    of(sp.chndtr, case(positive(3, 4), 2.5, positive(4)), case(np.array([9.0, 300.0]), 3.0, np.array([9.0, 250.0])))
    of(sp.chndtrix, case(one(3, 4), 2.5, positive(4)))
    of(sp.chndtrinc, case(positive(3), 2.5, one(3) * 0.1))
    of(sp.ncfdtr, case(2.5, 4.0, positive(3, 4), positive(4)), case(2.5, 4.0, 30.0, np.array([0.1, 9.0, 300.0])))
    of(sp.ncfdtri, case(2.5, 4.0, positive(3, 4), one(4)))
    of(sp.ncfdtrinc, case(2.5, 4.0, one(3) * 0.1, positive(3)))
    of(sp.nctdtr, case(2.5, r(3, 4), r(4)), case(9.0, 12.0, np.array([0.3, 9.0, 15.0])))
    of(sp.nctdtrit, case(2.5, r(3, 4), one(4)))
    of(sp.nctdtrinc, case(2.5, one(3), r(3)))
    of(noncentral.noncentral_chi_density, case(2.5, positive(3, 4), positive(4)))
    for k in (0, 1):
        of(noncentral.noncentral_odds, case(2.5, 1.5, positive(3, 4), positive(4), kind=k))
        of(noncentral.noncentral_t_moment, case(2.5, r(3, 4), r(4), power=k, hermite=1))
    of(sp.chndtr, case(positive(2), positive(2), positive(2)))
    of(sp.chndtridf, case(positive(2) + 1, one(2) * 0.5 + 0.2, positive(2)))
    of(sp.ncfdtr, case(positive(2), positive(2), positive(2), positive(2)))
    of(sp.ncfdtridfn, case(np.array([0.4]), 3.0, 1.2, np.array([0.8])))
    of(sp.ncfdtridfd, case(2.5, np.array([0.5]), 1.2, np.array([1.3])))
    of(sp.nctdtr, case(positive(2) + 1, one(2), one(2)))
    of(sp.nctdtridf, case(np.array([0.3]), 1.2, np.array([0.8])))
    for f, count in ((freedom.chndtr_slope, 3), (freedom.ncfdtr_slope, 4), (freedom.nctdtr_slope, 3)):
        of(f, case(*(positive(2) + 1 for _ in range(count)), orders=(1, 1, *[0] * (count - 2))))
    of(freedom.odds_slope, case(*(positive(2) + 0.5 for _ in range(4)), orders=(1, 0, 0, 1)))
    HIDDEN = (
        "the rounding of SciPy's values hides the remainder: test_noncentral has second derivatives against mpmath",
        lambda *xs, **_: all(isinstance(x, np.ndarray) for x in xs[:2]),
    )
    for f in (freedom.chndtr_slope, freedom.ncfdtr_slope, freedom.nctdtr_slope, freedom.odds_slope):
        ONCE[f] = NOISY[f] = HIDDEN
    ONCE.update(dict.fromkeys((sp.chndtr, sp.ncfdtr, sp.nctdtr), HIDDEN))
    SEARCHED = ("SciPy finds the value by a search that stops early", lambda *xs: True)
    OF_SEARCH = (sp.ncfdtrinc, sp.nctdtrinc, sp.chndtridf, sp.ncfdtridfn, sp.ncfdtridfd, sp.nctdtridf)
    NOISY.update(dict.fromkeys(OF_SEARCH, SEARCHED))
    ONCE.update(dict.fromkeys(OF_SEARCH, SEARCHED))

    for f in set(SAMPLES) - before:
        WITHOUT_TWIN[f] = (
            "torch has nothing like it" if isinstance(f, np.ufunc) else "it only ever stands within a rule"
        )
