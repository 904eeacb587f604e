"""Samples of polynomials: of every degree from none on, with zeros before and behind, real and complex."""

import numpy as np

from tape.rules import polynomials, quotients
from tests.samples.base import case, of, r, z

F32 = r(3).astype(np.float32)

of(polynomials.powers, case(r(3), n=4), case(r(), n=3), case(r(2, 2), n=1), case(r(3), n=0), case(z(3), n=3))
of(polynomials.powers, case(np.array([0.0, -0.5, 2.0]), n=4), case(r(0), n=2), case(r(6)[::-2], n=2))
of(np.vander, case(r(3)), case(r(3), N=5), case(r(3), N=4, increasing=True), case(r(3), N=1), case(r(2), N=0))
of(np.vander, case(z(3), N=4), case(np.array([0.0, 1.0])), case(F32, N=3), case(r(0)), case(r(6)[::2], N=3))
of(np.polyval, case(r(4), r(3)), case(r(4), r()), case(r(1), r(3)), case(r(2), r(2, 3)), case(r(3), 2.0))
of(np.polyval, case(z(3), z(2)), case(r(3), z(2)), case(z(3), r(2)), case(F32, r(2)), case(r(0), r(2)))
of(np.polyval, case(np.array([1, 2, 3]), r(3)), case(r(3), np.array([1, 2])), case(r(3), r(0)), case(r(4), r(3, 2).T))
of(np.polyval, case(r(8)[::-2], np.array([0.0, 1.0])), case(r(3, 2), r(2)), case(r(3, 2), r(4, 1)))
of(np.roots, case(np.array([1.0, -6.0, 11.0, -6.2])), case(np.array([2.0, 1.0, 3.0])), case(r(2)), case(r(1)))
of(np.roots, case(np.array([1.0, 0.5, -2.0, 1.0, 0.3])), case(z(4)), case(r(5)))

X = np.array([-1.0, -0.3, 0.2, 0.9, 1.4, 2.1])
W = r(6, low=0.5, high=2.0)

of(polynomials.not_leading_zeros, case(np.array([0.0, 0.0, 1.0, 2.0])), case(np.zeros(3)), case(np.ones(1)))
of(polynomials.not_rounding, case(np.array([1e-17, 0.0, 1.0, 0.0])), case(np.zeros(3)), case(np.ones(2)))

of(np.polyadd, case(r(3), r(3)), case(r(4), r(2)), case(r(), r(3)), case(F32, F32), case(z(2), r(3)))
of(np.polysub, case(r(3), r(3)), case(r(4), r(2)), case(r(2), np.array([1, 2, 3])), case(F32, F32))
of(np.polymul, case(r(3), r(2)), case(r(3), r()), case(F32, F32), case(r(1), r(1)))
of(
    np.polydiv,
    case(r(5), r(3)),
    case(r(2), r(4)),
    case(r(3), r(3)),
    case(r(4), r(1)),
    case(z(4), z(2)),
    case(r(3), r()),
)
of(np.polyder, case(r(4)), case(r(5), m=2), case(r(3), m=0), case(r(2), m=3), case(F32), case(z(3)))
of(np.polyint, case(r(4)), case(r(2), m=2), case(r(3), m=0), case(r(3), m=2, k=[1.0, 2.0]), case(r(3), m=2, k=3.0))
of(np.poly, case(r(4)), case(z(3)), case(F32), case(r(1)), case(np.zeros(3)))
of(np.polyfit, case(X, r(6), deg=2), case(X, r(6, 2), deg=3), case(X, r(6), deg=4), case(X, r(6), deg=0))
of(np.polyfit, case(X[1:5], r(4), deg=3))  # through every point
of(np.polyfit, case(X, r(6), deg=2, w=W), case(X, r(6, 2), deg=1, w=W))
of(quotients.over, case(r(), r(low=0.3)), case(r(2, 3), r(low=0.3)), case(z(), z()), case(r(2), np.array(-2.0), of=3.0))
