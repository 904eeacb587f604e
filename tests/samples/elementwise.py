"""Samples of the elementwise functions: points of their domains away from kinks, of many shapes and layouts."""

import operator

import numpy as np

from tape.record import alias
from tape.rules import special
from tests.samples.base import case, of, r, z


def strided(*shape):
    """Return an array that isn't contiguous."""
    return r(*(2 * n for n in shape))[tuple(slice(None, None, 2) for _ in shape)].T


def unary(fn, low=-2.0, high=2.0, *, complex_too=False):
    of(
        fn,
        case(r(3, 4, low=low, high=high)),
        case(r(low=low, high=high)),
        case(float(r(low=low, high=high))),
        case(r(0, 2, low=low, high=high)),
        case(r(4, 6, low=low, high=high)[::2, ::-2].T),
    )
    if complex_too:
        of(fn, case(z(2, 3)))


for _fn in (np.negative, np.positive, np.square, np.exp, np.sin, np.cos, np.sinh, np.cosh, np.tanh):
    unary(_fn, complex_too=True)
for _fn in (np.exp2, np.expm1, np.arcsinh, np.arctan):
    unary(_fn, complex_too=True)
for _fn in (np.fabs, np.absolute, np.sinc, np.cbrt, np.deg2rad, np.rad2deg, np.radians, np.degrees):
    unary(_fn, 0.3, 2.0)
for _fn in (np.log, np.log2, np.log10, np.log1p, np.sqrt, np.reciprocal):
    unary(_fn, 0.3, 4.0, complex_too=True)
for _fn in (np.tan, np.arcsin, np.arccos, np.arctanh):
    unary(_fn, -0.9, 0.9, complex_too=True)
unary(np.arccosh, 1.3, 4.0, complex_too=True)
for _fn in (np.conjugate, np.real, np.imag):
    of(_fn, case(r(2, 3)), case(z(2, 3)), case(z(2, 3)[::-1, ::2]))
of(np.absolute, case(z(2, 3)), case(-r(3, low=0.3)))
of(np.angle, case(z(2, 3)), case(z(4), deg=True))
of(np.tanh, case(20 * r(30)), case(r(1, 600)))
of(np.sinc, case(0.01 * r(5)), case(10 * r(5)))
of(np.log1p, case(r(3, low=-0.99, high=-0.9)))
of(operator.neg, case(r(3)))
of(operator.pos, case(r(3)))
of(operator.abs, case(r(3)))


def binary(fn, *, low=0.3, high=2.0, complex_too=False):
    def b(*shape):
        return r(*shape, low=low, high=high)

    of(
        fn,
        case(b(3, 4), b(3, 4)),
        case(b(3, 1), b(4)),
        case(b(2, 1, 3), b()),
        case(float(b()), b(3)),
        case(b(3), 2.0),
        case(float(b()), float(b())),
        case(b(0, 3), b(1, 3)),
        case(b(6, 4)[::3, ::-1], b(4, 2).T),
    )
    if complex_too:
        of(fn, case(z(2, 3), z(3)), case(z(2, 3), r(3)), case(r(2, 1), z(3)))


for _fn in (np.add, np.subtract, np.multiply, np.divide, np.power):
    binary(_fn, complex_too=True)
for _fn in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod):
    of(_fn, case(r(3, low=0.3), r(3, low=0.3)), case(r(3, low=0.3), 2.5), case(1.5, r(2, 3, low=0.3)))
for _fn in (np.float_power, np.remainder, np.fmod, np.copysign, np.arctan2, np.hypot):
    binary(_fn)
for _fn in (np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2, special.weight):
    binary(_fn, low=-2.0)
of(np.power, case(r(3), 2), case(r(3), 3), case(r(3), -1), case(r(3), 0), case(r(3), 1), case(r(3), np.arange(3)))
of(np.power, case(2, r(3)), case(-r(3, low=0.3), 3.0), case(r(3, low=0.3), -0.5), case(r(2, 3, low=0.3), np.zeros(3)))
of(np.remainder, case(r(5), -0.7), case(10 * r(5), r(5, low=0.3)))
of(np.fmod, case(10 * r(5), -0.7), case(10 * r(5), r(5, low=0.3)))
of(np.copysign, case(r(8), r(8)))
of(np.arctan2, case(r(8), r(8)), case(1e200 * r(2), 1e200 * r(2)))
of(np.hypot, case(r(8), r(8)), case(1e200 * r(2), 1e200 * r(2)))
of(np.logaddexp, case(400 * r(5), 400 * r(5)))
of(np.fmax, case(np.array([np.nan, 1.0, np.nan]), np.array([0.5, np.nan, 2.0])))
of(np.fmin, case(np.array([np.nan, 1.0, np.nan]), np.array([0.5, np.nan, 2.0])))
of(np.nextafter, case(r(5), r(5)))
of(np.heaviside, case(r(5), r(5)), case(r(2, 3), 0.5))
of(np.ldexp, case(r(5), np.arange(5)), case(r(3, 1), np.array([-1, 2])))

of(np.clip, case(r(9), -0.5, 0.7), case(r(9), None, 0.5), case(r(9), 0.5, None))
of(np.clip, case(r(3, 4), r(4, high=-0.5), r(3, 1, low=0.5)), case(r(9), r(9), r(9)), case(float(r()), -0.5, 0.5))
of(np.where, case(r(3, 4) > 0, r(3, 4), r(3, 4)), case(r(3, 1) > 0, r(4), 1.0), case(np.array(True), r(), r(2)))
of(np.where, case(r(3) > 0, z(3), r(3)))
of(np.nan_to_num, case(np.array([1.0, -2.0])), case(np.array([[0.5, 3.0]]), nan=1.0, posinf=9.0, neginf=-9.0))

# ------------------------------------------------------------------------- of ours
unary(special.sech2, complex_too=True)
unary(special.fraction, 0.1, 0.9)
of(special.weight, case(r(3), r(3), scale=0.7))
of(special.bell, *(case(r(5), scale=s) for s in (0.5, 1.0, -1.0)), case(z(3), scale=1.0))
of(special.log_and_one, case(np.array([0.05, 0.3, 0.36787944117144233, 0.4, 3.0])))
of(special.sinc_derivative, case(r(5), order=1), case(4 * r(5), order=2), case(0.1 * r(5), order=3))
of(special.exponent, case(r(5)))
of(special.halves, case(r(5), r(5)))
of(special.halves_known, case(r(5), r(5)))
of(special.masked, case(r(5), r(5) > 0), case(r(30, 30), r(30, 30) > 0), case(r(600).T, r(600) > 0, outside=True))
of(np.where, case(r(30, 30) > 0, r(30, 1), r(30)), case(np.array([0, 2]), r(2), r(2)))

# --------------------------------------------------------------- programs of others
of(np.modf, case(r(5, low=0.1, high=0.9)))
of(np.divmod, case(r(5), r(5, low=0.3)))
of(np.frexp, case(r(5, low=0.6, high=0.9)))

# ------------------------------------------------------------------------------ zero
of(np.sign, case(z(2, 3)))
for _fn in (np.sign, np.floor, np.ceil, np.rint, np.trunc, np.fix, np.round, np.around, np.signbit, np.spacing):
    of(_fn, case(r(3, 4)), case(float(r())))
of(np.round, case(r(3), decimals=1))
for _fn in (np.isnan, np.isinf, np.isfinite, np.isposinf, np.isneginf, np.logical_not):
    of(_fn, case(r(3, 4)))
for _fn in (np.less, np.less_equal, np.equal, np.not_equal, np.greater, np.greater_equal, np.floor_divide):
    of(_fn, case(r(3, 4), r(4)))
for _fn in (np.logical_and, np.logical_or, np.logical_xor, np.isclose, np.allclose, np.array_equal):
    of(_fn, case(r(3), r(3)))
for _fn in (operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge, operator.floordiv):
    of(_fn, case(r(3), r(3)), case(r(3), 0.7))
for _fn in (np.left_shift, np.right_shift, np.gcd, np.lcm):
    of(_fn, case(np.arange(3), np.array([5, 6, 7])))
for _fn in (np.bitwise_and, np.bitwise_or, np.bitwise_xor, operator.and_, operator.or_, operator.xor):
    of(_fn, case(np.arange(3), np.array([5, 6, 7])))
for _fn in (np.invert, operator.invert):
    of(_fn, case(np.arange(3)))
of(alias, case(r(3)))

# ----------------------------------------------------- found by python -m comparisons.mutants
of(np.fmod, case(np.array([2.3, 12.530809568010897]), np.array([0.7, 1.6105585087879914])))  # (a - y) / b is rounded
of(np.power, case(0.0, r(3, low=0.5)))  # a Python number that has no logarithm
of(np.sign, case(np.array([1j, -1, 0.6 + 0.8j])))  # of modulus one
of(np.heaviside, case(np.array([0, 1, -1]), r(3)))  # at the step, with adjoints other than one

# ------------------------------------------------------------- shares in sums of exponentials
of(special.exponential_shares, case(r(3, 4)), case(r(3, 4), axis=1), case(r(2, 3, 4), axis=(0, 2)), case(r()))
of(special.exponential_shares, case(np.array([[1.0, -np.inf, 2.0], [0.5, 0.25, -np.inf]]), axis=1))
