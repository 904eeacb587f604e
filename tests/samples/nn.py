"""Samples of the primitives of networks: activations, softmax, losses, normalisation, linear, embedding."""

import numpy as np

from tape.nn import activations as A
from tape.nn import affine as L
from tape.nn import classification as C
from tape.nn import losses as O
from tape.nn import normalisation as N
from tape.nn import softmaxes as S
from tape.nn import special as P
from tape.nn import tables as E
from tests.samples.base import case, of, r

# ------------------------------------------------------------------ activations
SMOOTH = [A.sigmoid_slope, A.sigmoid, A.softplus, A.logsigmoid, A.silu, A.mish, A.gelu, A.tanhshrink, A.softsign]
SMOOTH += [P.normal_pdf, P.erf, P.ndtr]
BENT = [A.relu, A.relu6, A.hardtanh, A.hardsigmoid, A.hardswish, A.leaky_relu, A.elu, A.selu, A.celu]
BENT += [A.softshrink, A.hardshrink, A.step]
for _fn in (*SMOOTH, *BENT):
    of(_fn, case(r(3, 4)), case(r()), case(r(2, 0)), case(r(4, 6)[::2, ::-1]))

of(A.softplus, case(r(5), beta=2.5), case(r(5) * 10, threshold=4.0), case(r(5), beta=0.3, threshold=np.inf))
of(A.gelu, case(r(3, 4), approximate="tanh"), case(r(), approximate="tanh"))
of(A.hardtanh, case(r(3, 4), min_val=-0.25, max_val=1.5))
of(A.leaky_relu, case(r(3, 4), negative_slope=0.3), case(r(4), negative_slope=1.5), case(r(4), negative_slope=-0.5))
of(A.leaky_relu, case(r(4), negative_slope=0.0))
of(A.elu, case(r(3, 4), alpha=0.4), case(r(4), alpha=2.0))
of(A.celu, case(r(3, 4), alpha=0.4), case(r(4), alpha=2.0))
of(A.softshrink, case(r(3, 4), lambd=0.1))
of(A.hardshrink, case(r(3, 4), lambd=0.1))
of(A.step, case(r(3, 4), low=0.25), case(r(4), low=1.5))
of(A._threshold, case(r(3, 4), threshold=0.1, value=-7.0), case(r(), threshold=0.5, value=2.0))
of(A._prelu, case(r(3, 4), r(4)), case(r(2, 3, 4), r(3, 1)), case(r(3, 4), r(1)), case(r(), r()), case(r(3), 0.2))

# --------------------------------------------------------------------- softmax
for _fn in (S.softmax, S.log_softmax, S.logsumexp):
    of(
        _fn,
        case(r(3, 4), dim=1),
        case(r(3, 4), dim=0),
        case(r(2, 3, 4), dim=-2),
        case(r(5), dim=0),
        case(r(3, 1), dim=1),
    )
    of(_fn, case(r(0, 3), dim=1), case(r(4, 6)[::2, ::-1] * 50, dim=0))
of(S.logsumexp, case(r(2, 3, 4), dim=(0, 2)), case(r(2, 3), dim=1, keepdim=True), case(r(2, 3), dim=(0, 1)))
of(S.logsumexp, case(np.array([[1.0, -np.inf, 2.0], [0.5, 0.25, -np.inf]]), dim=1))

# --------------------------------------------------------------- linear, embedding
of(
    L._linear,
    case(r(3, 4), r(2, 4)),
    case(r(3, 4), r(2, 4), r(2)),
    case(r(4), r(2, 4), r(2)),
    case(r(0, 4), r(2, 4), r(2)),
)
of(L._linear, case(r(2, 3, 4), r(5, 4), r(5)), case(r(3, 1), r(1, 1), r(1)), case(r(8, 3).T, r(4, 16)[:, ::2]))
of(
    E.take_rows,
    case(r(5, 3), np.array([0, 2, 2, 4])),
    case(r(5, 3), np.array([[1, 1], [1, 0]])),
    case(r(5, 3), np.array(3)),
)
of(E.take_rows, case(r(5, 3), np.array([[1, 2], [1, 0]]), padding_idx=1), case(r(5, 3), np.zeros((0,), int)))
of(E.add_rows, case(r(4, 3), np.array([0, 2, 2, 4]), rows=5), case(r(2, 2, 3), np.array([[1, 1], [1, 0]]), rows=2))
of(E.add_rows, case(r(3), np.array(1), rows=2))

# ---------------------------------------------------------------- normalisation
for _fn in (N.standardise, N.reciprocal_std):
    of(
        _fn,
        case(r(3, 4), axis=(1,), eps=1e-5),
        case(r(3, 4), axis=(0,), eps=1e-2),
        case(r(2, 3, 4), axis=(0, 2), eps=1e-5),
    )
    of(_fn, case(r(3, 4), axis=(1,), eps=1e-5, centred=False), case(r(2, 3, 4), axis=(1, 2), eps=0.1, centred=False))
    of(_fn, case(r(3, 1), axis=(1,), eps=1e-5), case(r(6, 8)[::2, ::-2], axis=(1,), eps=1e-5))
of(N.projected, case(r(3, 4), r(3, 4), axis=(1,)), case(r(2, 3, 4), r(2, 3, 4), axis=(0, 2), centred=False))
of(N.projected, case(r(3, 1), r(3, 1), axis=(1,)), case(r(6, 8)[::2, ::-2], r(3, 4), axis=(0,)))
for _p in (1.0, 1.5, 2.0, 3.0, np.inf):
    of(N.vector_norm, case(r(3, 4), p=_p, dim=1), case(r(2, 3, 4), p=_p, dim=(0, 2)), case(r(4), p=_p, dim=-1))

# ---------------------------------------------------------------------- losses
of(O._smooth_l1, case(r(3, 4)), case(r(3, 4), beta=0.5), case(r()))
of(O._huber, case(r(3, 4)), case(r(3, 4), delta=0.5), case(r()))
of(O.entr, case(r(3, 4, low=0.1, high=1.0)), case(r(low=0.1, high=1.0)))
of(C._clamped_log, case(r(3, 4, low=0.1, high=1.0)), case(r(low=0.1, high=1.0)))
of(C._cross_entropy_of_probability, case(r(3, 4, low=0.1, high=0.9), r(3, 4, low=0.1, high=0.9)))
of(C._cross_entropy_of_probability, case(r(3, 4, low=0.1, high=0.9), r(4, low=0.1, high=0.9)))
of(
    C._cross_entropy_of_logit,
    case(r(3, 4), r(3, 4, low=0, high=1)),
    case(r(3, 4) * 20, r(4, low=0, high=1)),
    case(r(), r()),
)
_targets = np.array([1, 0, 3, 1])
_map = np.array([[0, 2], [1, 1], [2, 0]])
of(C.pick, case(r(4, 5), _targets), case(r(5), np.array(2)), case(r(3, 3, 2), _map), case(r(0, 3), np.zeros(0, int)))
of(C.place, case(r(4), _targets, classes=5), case(r(), np.array(2), classes=5), case(r(3, 2), _map, classes=3))
of(C.mean_picked, case(r(4, 5), _targets, count=4), case(r(5), np.array(2), count=1), case(r(3, 3, 2), _map, count=6))
of(
    C.entropy_of_classes,
    case(r(4, 5), _targets, count=4),
    case(r(5) * 20, np.array(2), count=1),
    case(r(3, 3, 2), _map, count=6),
)
of(
    C.probability_errors,
    case(r(), r(4, 5), _targets, count=4),
    case(r(), r(5), np.array(2), count=1),
    case(r(), r(3, 3, 2), _map, count=6),
)
for _fn in (N.standardise, N.reciprocal_std):
    of(_fn, case(r(3, 1), axis=(1,), eps=0.5, centred=False))
