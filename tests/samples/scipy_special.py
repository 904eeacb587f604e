"""Samples of the ufuncs of ``scipy.special``, and why most of them have no twin in torch."""

import importlib.util
from typing import Any

import numpy as np

from tests.samples.base import SAMPLES, case, of, r, z

WITHOUT_TWIN: dict[Any, str] = {}
"""Reasons, by function."""

ELSEWHERE: dict[Any, tuple[str, Any]] = {}
"""What torch has for some arguments only, or less accurately: reasons, and which samples are concerned."""

NOISY: dict[Any, tuple[str, Any]] = {}
"""Whose values aren't accurate enough for a Taylor test."""

ONCE: dict[Any, tuple[str, Any]] = {}
"""What is differentiated once only: reasons, and which samples are concerned."""


def unary(names: str, *arrays: Any) -> None:
    """Add samples of functions of one argument."""
    for name in names.split():
        of(getattr(sp, name), *(case(x) for x in arrays))


def positive(*shape: int, high: float = 4.0) -> Any:
    return r(*shape, low=0.2, high=high)


def one(*shape: int) -> Any:
    """Return numbers within (0, 1)."""
    return r(*shape, low=0.1, high=0.9)


if importlib.util.find_spec("scipy") is not None:
    import scipy.special as sp

    from tape.rule import TABLE
    from tape.scipy.special import (
        densities,
        faddeeva,
        incomplete,
        integrals,
        lambert,
        mathieu,
        orders,
        parametric,
        pieces,
        polynomials,
        scaled,
        spheroidal,
        student,
        wright,
    )

    before = set(SAMPLES)

    # ------------------------------------------------------------------------ gamma
    unary("gamma gammaln psi", positive(3, 4), r(3, low=-0.9, high=-0.1), r(), positive(4, 6).T[::2])
    unary("gamma loggamma rgamma", np.array([1.5 + 1j, 0.3 - 2j]))
    unary("loggamma", positive(3))
    unary("rgamma", positive(3, 4), np.array([-2.0, -1.0, 0.0, 0.3, -0.7]))
    of(pieces.ZETA, case(positive(3) + 1.1, positive(2, 3)))
    of(pieces.ZETA, case(2.5, positive(3)), case(np.array([2.0, 3.0]), positive(3, 2)))
    of(sp.beta, case(positive(3, 4), positive(4)), case(positive(), 1e-3), case(np.array([50.0]), positive(1)))
    of(sp.betaln, case(positive(3, 4), positive(4)))
    of(sp.binom, case(positive(3) + 4, positive(3)), case(6.5, positive(2, 2)))
    of(sp.poch, case(positive(3), positive(3)), case(positive(2, 1), 2.5))
    of(sp.gammasgn, case(r(3, 4)))
    for f in (sp.gammainc, sp.gammaincc):
        of(f, case(2.5, positive(3, 4)), case(positive(3), 2.0 * positive(3)))
        of(f, case(1e4, 1e4 * r(3, low=0.99, high=1.01)))
        of(f, case(positive(3, 1), 0.3 * positive(2)), case(np.array([12.0, 40.0]), np.array([15.0, 30.0])))
    for f in (sp.gammaincinv, sp.gammainccinv, sp.chdtri):
        of(f, case(2.5, one(3, 4)), case(40.0, one(2)), case(positive(3), one(2, 3)))
    for f in (sp.chdtr, sp.chdtrc):
        of(f, case(3.0, positive(3, 4)), case(positive(3), positive(2, 3)))
    for f in (sp.gdtr, sp.gdtrc):
        of(f, case(positive(3), 2.5, positive(3)), case(positive(3), positive(2, 1), positive(3)))
    of(sp.gdtrix, case(positive(3), 2.5, one(3)), case(positive(3), positive(2, 1), one(3)))
    of(sp.gdtria, case(one(3), 2.5, positive(3)), case(one(3), positive(2, 1), positive(3)))
    of(sp.gdtrib, case(positive(3), one(2, 1), positive(3)))
    of(sp.chdtriv, case(one(3), positive(2, 1)))
    of(sp.pdtrik, case(one(3) * 0.5 + 0.4, positive(3) * 0.1))
    for f in (sp.pdtr, sp.pdtrc):
        of(f, case(3.0, positive(3, 4)), case(2.5, positive(2)))
    of(sp.pdtri, case(3.0, one(3)))
    for f in (sp.betainc, sp.betaincc, sp.betaincinv, sp.betainccinv):
        of(f, case(2.5, 1.5, one(3, 4)), case(30.0, 40.0, one(2) * 0.2 + 0.3))
        of(f, case(positive(3), positive(2, 1), one(3)), case(np.array([12.0]), np.array([30.0]), np.array([0.3])))
    of(sp.btdtria, case(one(3), positive(2, 1), one(3)))
    of(sp.btdtrib, case(positive(3), one(2, 1), one(3)))
    of(sp.bdtrik, case(np.array([0.5, 0.7]), np.array([6.5, 8.5]), np.array([0.3, 0.4])))
    of(sp.bdtrin, case(np.array([1.5, 2.5]), np.array([0.5, 0.7]), np.array([0.3, 0.4])))
    of(sp.nbdtrik, case(np.array([0.5, 0.7]), np.array([2.5, 3.5]), np.array([0.3, 0.4])))
    of(sp.nbdtrin, case(np.array([1.5, 2.5]), np.array([0.5, 0.7]), np.array([0.3, 0.4])))
    for f in (sp.bdtr, sp.bdtrc, sp.bdtri):
        of(f, case(2.0, np.array([5]), one(3, 4)))
    for f in (sp.nbdtr, sp.nbdtrc, sp.nbdtri):
        of(f, case(2, 5, one(3, 4)))
    of(sp.stdtr, case(3.5, r(3, 4)), case(positive(3), r(2, 3)), case(np.array([30.0, 80.0]), np.array([0.5, -2.0])))
    of(sp.stdtrit, case(3.5, one(3, 4)), case(positive(3) + 1, one(2, 3)))
    of(sp.stdtridf, case(np.array([0.8, 0.9, 0.3]), np.array([1.0, 1.8, -0.6])))
    for f in (sp.fdtr, sp.fdtrc):
        of(f, case(3.5, 4.5, positive(3, 4)), case(positive(3), positive(2, 1), positive(3)))
    of(sp.fdtri, case(3.5, 4.5, one(3, 4)), case(positive(3) + 1, positive(2, 1) + 1, one(3)))
    of(sp.fdtridfd, case(np.array([3.5, 5.0]), np.array([0.6, 0.5]), np.array([1.3, 1.1])))

    # ----------------------------------------------------------------------- errors
    unary("erf erfc erfcx erfi dawsn ndtr log_ndtr", r(3, 4), r(), r(4, 6).T[::2], z(2))
    unary("erfcx dawsn log_ndtr", np.array([-3.0, 5.0, 6.5, 8.0, 30.0]))
    unary("log_ndtr", np.array([-40.0, -8.0, -1.0]))
    unary("wofz", z(3), np.array([3 + 0.5j, -2 - 0.3j, 20 + 1j]))
    of(faddeeva.faddeeva_derivative, *(case(x, order=n) for n in (0, 2) for x in (z(3), np.array([3 + 0.5j, 20 + 1j]))))
    unary("erfinv", r(3, 4, low=-0.9, high=0.9))
    unary("erfcinv", r(3, low=0.2, high=1.8))
    unary("ndtri", one(3, 4))
    unary("ndtri_exp", r(3, low=-20, high=-0.2))
    of(sp.owens_t, case(r(3, 4), r(4)))
    of(sp.nrdtrimn, case(r(3, low=0.6, high=0.9), positive(3), r(3)))
    of(sp.nrdtrisd, case(r(3), r(3, low=0.6, high=0.9), r(3) + 5))
    of(sp.tklmbda, case(r(3), 0.3), case(np.array([-5.0, 0.1, 5.0]), 1.5), case(r(2), -0.5))

    # ------------------------------------------------------------------- elementary
    unary("expm1 log1p", r(3, 4, low=-0.9), z(2) * 0.3)
    unary("exp2 exp10 exprel cosm1 expit log_expit sindg cosdg wrightomega", r(3, 4), r(), r(4, 6).T[::2])
    unary("exprel", np.array([-30.0, -3.0, 0.0, 1e-9, 3.5]))
    unary("expit log_expit", np.array([-30.0, 30.0]))
    unary("wrightomega", z(3))
    unary("cbrt entr", positive(3, 4))
    unary("logit", one(3, 4))
    unary("tandg cotdg", r(3, low=20, high=70))
    unary("round", r(3, 4))
    of(lambert.LAMBERTW, case(positive(3), 0, 1e-8), case(z(3), 1, 1e-8), case(np.array([0.0 + 0j]), 0, 1e-8))
    of(lambert.LAMBERTW, case(np.array([-0.36, -0.36787, -0.2]), 0, 1e-8), case(np.array([-0.36 + 0.01j]), -1, 1e-8))
    of(sp.radian, case(r(3), r(3), r(3)))
    for f in (sp.xlogy, sp.xlog1py):
        of(f, case(r(3, 4), positive(4)), case(z(3), z(3) + 3), case(0.5, positive(2)))
    for f in (sp.rel_entr, sp.kl_div):
        of(f, case(positive(3, 4), positive(4)), case(np.array([1.0, 2.0]), np.array([1.0001, 2.0])))
    of(sp.boxcox, case(positive(3, 4), r(4)), case(positive(3), np.array([0.0, 1e-8, 2.0])))
    of(sp.boxcox1p, case(positive(3, 4), r(4)), case(r(3, low=-0.5), np.array([0.0, 1e-8, 2.0])))
    for f in (sp.inv_boxcox, sp.inv_boxcox1p):
        of(f, case(r(3, 4, low=-0.4), r(4, low=-0.4, high=1.0)), case(r(3), np.array([0.0, 1e-8, 0.2])))
    of(sp.powm1, case(positive(3, 4), r(4)))
    of(sp.huber, case(positive(3, 1, high=1.0), np.array([-3.0, 0.1, 2.5, -0.15])))
    of(sp.pseudo_huber, case(positive(3, 4), r(3, 4)), case(1.5, r(3)))

    # ----------------------------------------------------------------------- bessel
    unary("j0 j1 i0 i1 i0e i1e", r(3, 4), r(), r(4, 6).T[::2])
    unary("y0 y1 k0 k1 k0e k1e", positive(3, 4), positive())
    for f in (sp.jv, sp.iv, sp.ive, sp.jve):
        of(f, case(1.5, positive(3, 4)), case(2, r(3)), case(np.array([0.0, 1.0, 2.5]), positive(3)))
    for f in (sp.yv, sp.kv, sp.kve, sp.yve):
        of(f, case(1.5, positive(3, 4)), case(2, positive(3)), case(np.array([0.0, 1.0, 2.5]), positive(3)))
    for f in (sp.jv, sp.iv, sp.ive, sp.jve, sp.yv, sp.kv, sp.kve, sp.yve, sp.struve, sp.modstruve):
        of(f, case(r(3), positive(2, 3)), case(np.array([0.5, 3.0]), np.array([30.0, 5.0])))
    for f in (sp.jv, sp.iv, sp.yv, sp.kv, sp.kve, sp.hankel1, sp.hankel2, sp.hankel1e, sp.hankel2e):
        of(f, case(1.5, z(3) + 3), case(positive(2), z(2) + 3))
    for f in (sp.yn, sp.kn):
        of(f, case(0, positive(3)), case(2, positive(2, 2)), case(np.array([0, 1, 3]), positive(3)))
    for f in (sp.struve, sp.modstruve):
        of(f, case(1.5, positive(3, 4)), case(0.0, positive(2)))
    unary("itstruve0 itmodstruve0 it2struve0", positive(3))
    unary("airy", r(3, 4), z(2))
    unary("itairy", positive(3))
    unary("itj0y0 iti0k0", positive(3))
    for f in (sp.pbdv, sp.pbvv, sp.pbwa):
        of(f, case(0.5, positive(3)), case(np.array([0.3, 1.4]), positive(2)))
    unary("ber bei", r(3, 4), positive(2))
    unary("ker kei berp beip kerp keip", positive(3, 4))

    # -------------------------------------------------------------------- integrals
    unary("expi exp1", positive(3, 4), z(2) + 3)
    of(sp.expn, case(0, positive(3)), case(2, positive(3, 4)), case(np.array([0, 1, 3]), positive(3)))
    unary("sici shichi", positive(3, 4), z(2) + 3)
    unary("fresnel", r(3, 4), z(2))
    unary("spence", positive(3, 4), np.array([1.0, 1.0 + 1e-9]), z(2) + 3)
    unary("ellipk ellipe", r(3, 4, high=0.9), np.array([0.0, 1e-9]))
    unary("ellipkm1", positive(3))
    of(sp.ellipkinc, case(r(3, 4), r(4, high=0.8)), case(np.array([4.0, -7.0]), 0.5))
    of(sp.ellipeinc, case(r(3, 4), r(4, high=0.8)), case(np.array([4.0, -7.0]), 0.5))
    of(sp.ellipj, case(r(3, 4), 0.5), case(np.array([0.5, -3.0, 8.0]), np.array([1e-6, 0.9, 0.999])))

    # ---------------------------------------------------------------------- Mathieu
    for f, lowest in ((sp.mathieu_a, 0.0), (sp.mathieu_b, 1.0)):
        of(f, case(np.array([lowest, 2.0, 5.0]), r(3, high=20.0)), case(3, r(2, 1)))
    for f, even in ((sp.mathieu_cem, True), (sp.mathieu_sem, False)):
        of(f, case(2.0, r(3, high=20.0), r(3, low=-200.0, high=400.0)), case(np.array([1, 4]), 2.5, r(2, high=90.0)))
        of(mathieu.characteristic_slope, *(case(2.0, r(3), even=even, order=n) for n in (1, 2)))
        degrees = ((1, 0), (1, 1), (2, 2), (0, 3))
        cases = (case(3.0, r(3), r(3, high=90.0), even=even, order=n, degree=k) for n, k in degrees)
        of(mathieu.angular_slope, *cases)
    for kind in ("modcem1", "modcem2", "modsem1", "modsem2"):
        of(getattr(sp, f"mathieu_{kind}"), case(np.array([1.0, 2.0]), positive(2), one(2)), case(3, 5.0, one(2, 2)))
        cases = (case(2.0, positive(2) + 1, one(2), kind=kind, order=1, degree=k) for k in (0, 1))
        of(mathieu.modified_slope, *cases)

    # ------------------------------------------------------------------- spheroidal
    # Integers of 64 bits beside the floats have SciPy compute in double precision: in single, it doesn't return.
    zero, first = np.array(0), np.array(1)
    for family in ("pro", "obl"):
        f = getattr(sp, f"{family}_cv")
        of(f, case(np.array([0, 1, 2]), 3.0, positive(3)), case(first, 4, positive(2, 1)))
        of(getattr(sp, f"{family}_ang1"), case(first, np.array([2, 3]), positive(2), one(2)))
        of(getattr(sp, f"{family}_ang1"), case(zero, 2, 2.5, one(2)))
        of(spheroidal.characteristic_slope, *(case(1.0, 2.0, positive(3), family=family, order=n) for n in (1, 2)))
        degrees = ((1, 0), (1, 1), (2, 0), (0, 1))
        cases = (case(1.0, 3.0, positive(2), one(2), kind=f"{family}_ang1", order=n, degree=k) for n, k in degrees)
        of(spheroidal.wave_slope, *cases)
        given = case(first, 2, 3.0, float(f(1.0, 2.0, 3.0)), np.array([0.2, 0.5]))
        of(getattr(sp, f"{family}_ang1_cv"), given)
        for kind in (f"{family}_rad1", f"{family}_rad2"):
            of(getattr(sp, kind), case(zero, np.array([0, 1]), 2 + one(2), 2 + one(2)), case(zero, 1, 2.5, 3 + one(2)))
            of(getattr(sp, f"{kind}_cv"), case(zero, 1, 3.0, float(f(0.0, 1.0, 3.0)), 2 + one(2)))
            cases = (case(0.0, 1.0, 2 + one(2), 2 + one(2), kind=kind, order=1, degree=k) for k in (0, 1))
            of(spheroidal.wave_slope, *cases)

    # --------------------------------------------------------------- hypergeometric
    of(sp.hyp0f1, case(1.5, r(3, 4)), case(1.5, z(2)))
    of(sp.hyp1f1, case(0.5, 1.5, r(3, 4)), case(0.5, 1.5, z(2)))
    of(sp.hyp2f1, case(0.5, 1.5, 2.5, r(3, high=0.9)), case(0.5, 1.5, 2.5, z(2) * 0.3))
    of(sp.hyperu, case(0.5, 1.5, positive(3)))
    of(sp.hyp0f1, case(positive(3), r(3)))
    of(sp.hyp1f1, case(positive(3), positive(2, 1) + 1, r(3)))
    of(sp.hyp2f1, case(positive(3), positive(2, 1), positive(3) + 2, 0.4 * r(3)))
    of(sp.hyperu, case(positive(3), one(2, 1), positive(3)))
    for f in (sp.wright_bessel, sp.log_wright_bessel):
        of(f, case(0.5, 1.5, positive(3)), case(r(2, low=0.5, high=1.5), r(2, low=1.0, high=2.0), positive(2)))
    for f in (wright.wright_slope, wright.log_wright_slope):
        of(f, case(r(2, low=0.5, high=1.5), r(2, low=1.0, high=2.0), positive(2), orders=(1, 0, 0)))
    names = "legendre sh_legendre chebyt chebyu chebyc chebys sh_chebyt sh_chebyu laguerre hermite hermitenorm"
    for name in names.split():
        f = getattr(sp, f"eval_{name}")
        of(f, case(0, one(3)), case(1, one(3)), case(4, one(3, 4)), case(np.array([0, 1, 3]), one(3)))
        if "hermite" not in name:
            of(f, case(2.5, one(3)), case(4.0, one(3)), case(np.array([0.4, 2.5, 3.0]), one(2, 3)))
    of(sp.eval_gegenbauer, case(0, 1.5, one(3)), case(4, 1.5, one(3)), case(2.5, 1.5, one(3)))
    of(sp.eval_genlaguerre, case(0, 1.5, one(3)), case(4, 1.5, one(3)), case(2.5, 1.5, one(3)))
    of(sp.eval_jacobi, case(0, 1.5, 0.5, one(3)), case(4, 1.5, 0.5, one(3)), case(2.5, 1.5, 0.5, one(3)))
    of(sp.eval_sh_jacobi, case(0, 2.5, 1.5, one(3)), case(4, 2.5, 1.5, one(3)), case(2.5, 2.5, 1.5, one(3)))
    of(sp.lpmv, case(0.0, 3.0, one(3)), case(2.0, 4.0, one(3)), case(np.array([-1.0, 1.0, 0.0]), 2.5, one(3)))
    of(polynomials.gegenbauer, case(3, 1.5, one(3, 2)), case(np.array([0.0, 2.5, 5.0]), 1.5, 0.3 * one(3)))
    of(polynomials.jacobi, case(3, 1.5, 0.5, one(3, 2)), case(np.array([0.0, 2.5, 4.0]), 1.5, 0.5, one(3)))
    of(polynomials.laguerre, case(3, 1.5, one(3, 2)), case(np.array([0.0, 2.5, 4.0]), 1.5, one(3)))
    of(sp.eval_gegenbauer, case(positive(2), positive(2), one(3, 2)))
    of(sp.eval_genlaguerre, case(positive(2), positive(2), one(3, 2)))
    of(sp.eval_jacobi, case(positive(2), one(2), one(2), one(3, 2)))
    of(sp.eval_sh_jacobi, case(positive(2), one(2) + 2, one(2) + 1, one(3, 2)))
    of(sp.lpmv, case(1.0, np.array([2.5, 3.0]), one(3, 2)))

    # ----------------------------------------------------------------------- pieces
    of(pieces.log_ratio, case(positive(3), positive(3)))
    of(pieces.log_ratio_and_one, case(positive(3), positive(3)), case(np.array([1.0, 3.7]), np.array([2.7, 10.0])))
    of(pieces.psi_difference, case(positive(3), r(3, low=0.0)), case(np.array([40.0, 1e5]), np.array([0.5, 2.0])))
    of(pieces.psi_difference, case(positive(3), r(3, low=0.0), order=1), case(np.array([-2.3, 1.5]), 0.25))
    of(densities.gamma_density, case(positive(3), positive(3)), case(positive(3) + 20, positive(3) + 20))
    of(densities.beta_density, case(positive(3), positive(3), one(3)), case(positive(3) + 20, positive(3) + 15, one(3)))
    of(pieces.scaled_integral, *(case(r(4, low=-1.0, high=4.0), order=n) for n in range(3)))
    of(pieces.mills, case(r(3, 4)), case(np.array([-40.0, 5.0])))
    for f in (faddeeva.dawson_derivative, pieces.exprel_derivative, pieces.log1prel_derivative):
        of(f, *(case(np.array([-0.9, -0.1, 1e-8, 0.3, 3.0, 9.0]), order=n) for n in range(3)))
    of(pieces.sine_of_square, *(case(r(4), quarters=k) for k in range(4)))
    of(pieces.over_all_integers, *(case(np.array([-3.3, 0.2, 0.45, 7.6]), power=k) for k in (2, 3)))
    of(densities.half_step, case(positive(3)), case(np.array([9.0, 30.0])))
    of(densities.student_power, case(3.5, r(4)), case(50.0, 9 * r(3)), case(positive(3), r(3)))
    for f in (scaled.scaled_i_derivative, scaled.scaled_k_derivative):
        of(
            f,
            *(case(1.0, np.array([0.3, 2.0, 7.0, 40.0]), order=n) for n in range(1, 3)),
            case(2.5, np.array([3.0, 9.0, 30.0]), order=1),
        )
    for n in (1, 2):
        of(incomplete.gamma_in_shape, case(positive(3), 2.0 * positive(2, 3), order=n))
        of(student.student_in_freedom, case(positive(3), r(2, 3), order=n))
    for i, j in (1, 0), (0, 1), (1, 1):
        of(incomplete.beta_in_shapes, case(positive(3), positive(2, 1), one(3), i=i, j=j))
    of(student.gamma_part, *(case(np.array([0.7, 4.0, 30.0]), order=n) for n in range(3)))
    of(densities.log1p_less, case(np.array([0.1, 0.45, 2.0])))
    for n in (1, 2):
        of(parametric.lpmv_slope, case(1.0, np.array([2.5, 3.2]), one(3, 2), order=n))
    for primed in (False, True):
        of(parametric.cylinder_slope, case(np.array([0.3, 1.4]), positive(2), kind="pbdv", order=1, primed=primed))
    of(parametric.cylinder_slope, case(np.array([0.3]), positive(1), kind="pbwa", order=1, primed=True))
    SLOPES = [f for name, f in vars(parametric).items() if name[0] != "_" and name.endswith("_slope")]
    for f in SLOPES:
        if f not in SAMPLES:
            count = TABLE[f].arrays - 1
            x = np.array([0.2, 0.35, 0.6])
            for k in range(count):
                orders_of = tuple(int(j == k) for j in range(count))
                at = [np.array([1.3, 0.6, 2.2]) + 0.7 * j for j in range(count)]
                of(f, *(case(*at, x, orders=(*orders_of, degree)) for degree in (0, 1)))
    for kind in ("jv", "kv", "kve", "iv", "ive", "struve", "modstruve", "hankel1e"):
        of(orders.in_order, case(positive(2), positive(2) + 1, kind=kind, order=1, degree=1))
    of(orders.in_order, case(np.array([0.5]), np.array([30.0]), kind="ive", order=1, degree=1))
    of(pieces.between, case(r(3), -1.0, 1.0))
    of(pieces.product_rounding, case(r(3).astype(np.float32), r(3).astype(np.float32)))  # in which there is none
    near = -0.36 + 0.005 * one(3) + 0.005j
    of(lambert.above_branch, case(near, 0, sp.lambertw(near)))
    of(integrals.elliptic_slope, *(case(positive(3), order=n, kind=k) for n in (1, 2) for k in (1, -1)))
    for n in (1, 2):
        of(integrals.incomplete_slope, *(case(r(3), 0.5, kind=k, order=n) for k in (1, -1)))
        of(
            integrals.incomplete_slope,
            *(case(np.array([0.3, 1.5, -5.0]), r(3, low=-20.0, high=0.9), kind=k, order=n) for k in (1, -1)),
        )
        of(integrals.jacobi_slope, case(np.array([0.5, -3.0, 8.0]), np.array([1e-6, 0.9, 0.999]), order=n))

    NOTHING = "torch has nothing like it"
    PIECE = "it only ever stands within a rule"
    HELD = "gammainc gammaincc erf erfc erfinv ndtr log_ndtr ndtri expit logit log_expit xlogy xlog1py entr"
    IN_TORCH = {
        *HELD.split(),
        *["gammaln", "psi", "i0", "i0e", "i1", "i1e", "exp2", "expm1", "log1p", "erfcx", "sindg", "cosdg", "loggamma"],
    }
    for f in set(SAMPLES) - before:
        if TABLE[f].kind != "zero" and getattr(f, "__name__", "") not in IN_TORCH:
            WITHOUT_TWIN[f] = NOTHING if isinstance(f, np.ufunc) else PIECE

    COMPLEX = ("SciPy's polygamma is real", lambda x: x.dtype.kind == "c")
    ONCE |= dict.fromkeys((sp.gamma, sp.loggamma, sp.rgamma), COMPLEX)
    BISECTED = ("SciPy finds the value by bisection, to 1e-14 or so", lambda x, s: True)
    ONCE[sp.tklmbda] = NOISY[sp.tklmbda] = BISECTED
    ROUGH = ("SciPy's rounding shows in the third derivative of its values", lambda *_, **__: True)
    ONCE |= dict.fromkeys((mathieu.modified_slope, wright.wright_slope, wright.log_wright_slope), ROUGH)
    ONCE[spheroidal.wave_slope] = (ROUGH[0], lambda *_, kind, **__: "rad" in kind)
    ONCE |= dict.fromkeys((sp.wright_bessel, sp.log_wright_bessel), (ROUGH[0], lambda a, b, x: np.ndim(a) > 0))
    NOISY[wright.log_wright_slope] = ROUGH
    NOISY[mathieu.modified_slope] = ROUGH

    ORDERS = (
        "the rounding of SciPy's values hides the remainder: test_orders has second derivatives against mpmath",
        lambda v, x, **_: isinstance(v, np.ndarray),
    )
    IN_ORDER = (sp.jv, sp.jve, sp.yv, sp.yve, sp.iv, sp.ive, sp.struve, sp.modstruve, orders.in_order)
    ONCE |= dict.fromkeys((*IN_ORDER, sp.hankel1, sp.hankel2, sp.hankel1e, sp.hankel2e), ORDERS)
    NOISY[orders.in_order] = ORDERS
    PARAMETERS = (ORDERS[0], lambda *xs, **_: any(isinstance(x, np.ndarray) for x in xs[:-1]))
    for f in (*SLOPES, *(getattr(sp, f.__name__[:-6], None) for f in SLOPES), sp.log_wright_bessel, sp.pbdv, sp.pbvv):
        if f is not None:
            ONCE[f] = PARAMETERS
    ONCE |= dict.fromkeys((sp.pbwa, polynomials.gegenbauer, polynomials.jacobi, polynomials.laguerre), PARAMETERS)
    NOISY |= dict.fromkeys((*SLOPES, sp.hyperu), PARAMETERS)

    COMPLEX_THERE = ("torch has it of real numbers", lambda *xs: any(np.iscomplexobj(x) for x in xs))
    ELSEWHERE |= dict.fromkeys((sp.xlogy, sp.xlog1py, sp.erf, sp.erfc, sp.erfcx, sp.ndtr, sp.log_ndtr), COMPLEX_THERE)
    ELSEWHERE[sp.loggamma] = COMPLEX_THERE
    ELSEWHERE[sp.psi] = ("torch's trigamma errs by 1e-10", lambda x: True)
    ELSEWHERE[sp.expit] = ("torch's 1 - y cancels", lambda x: np.max(np.abs(x), initial=0) > 20)
    LARGE = (
        "torch's density cancels, and it has no derivative in the shape",
        lambda a, x: np.max(a) > 1e3 or isinstance(a, np.ndarray),
    )
    ELSEWHERE |= dict.fromkeys((sp.gammainc, sp.gammaincc), LARGE)
    NOISY[sp.exp1] = ("SciPy's of complex numbers errs by 1e-12 about 3 to 5", lambda x: x.dtype.kind == "c")
    NOISY[sp.itairy] = (
        "SciPy computes it to 1e-9 about one, 1e-5 about five: the derivative is better",
        lambda x: True,
    )
