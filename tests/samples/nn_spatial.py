"""Samples of convolutions, pooling and attention: strides that don't divide, padding, dilation, groups, overlaps."""

import numpy as np

from tape.nn import attention, columns, convolution, maxima, means
from tests.samples.base import case, of, r

of(
    convolution.conv,
    case(r(2, 3, 7), r(4, 3, 3)),
    case(r(2, 3, 8), r(4, 3, 2), stride=3),
    case(r(1, 2, 5, 4), r(3, 2, 1, 1)),
    case(r(2, 2, 7, 6), r(4, 2, 3, 2), stride=(2, 3), padding=(1, 0), dilation=(1, 2)),
    case(r(2, 4, 5, 5), r(6, 2, 3, 3), padding=1, groups=2),
    case(r(2, 3, 5, 4), r(3, 1, 2, 3), padding=((0, 1), 1), groups=3),
    case(r(1, 2, 4, 3, 5), r(2, 2, 2, 2, 2), stride=2, padding=1),
    case(r(0, 2, 4), r(3, 2, 2)),
    case(np.swapaxes(r(2, 6, 3), 1, 2), r(2, 3, 3)[..., ::-1], padding=2),
)
of(
    convolution.conv_transpose,
    case(r(2, 4, 3), r(4, 3, 3), size=(5,)),
    case(r(2, 4, 3, 3), r(4, 2, 3, 2), size=(10, 7), stride=(3, 2)),  # the stride leaves one position over
    case(r(1, 6, 3, 4), r(6, 2, 2, 2), size=(3, 4), dilation=2, padding=1, groups=2),
    case(r(1, 2, 3, 3), r(2, 1, 2, 2), size=(3, 3), padding=((0, 1), (1, 0))),
    case(r(1, 2, 2, 2, 2), r(2, 2, 2, 1, 2), size=(4, 2, 3), stride=(2, 1, 1)),
)
of(
    convolution.conv_weight,
    case(r(2, 4, 5), r(2, 3, 7), kernel=(3,)),
    case(r(2, 4, 3, 2), r(2, 2, 7, 6), kernel=(3, 2), stride=(2, 3), dilation=(1, 2)),
    case(r(2, 6, 5, 5), r(2, 4, 5, 5), kernel=(3, 3), padding=1, groups=2),
    case(r(1, 2, 3, 3), r(1, 2, 3, 3), kernel=(2, 2), padding=((0, 1), (1, 0))),
    case(r(1, 2, 2, 2, 1), r(1, 2, 4, 3, 2), kernel=(2, 2, 2), stride=(2, 1, 1)),
)

of(
    columns.unfold,
    case(r(2, 3, 5, 4), kernel_size=2),
    case(r(1, 2, 7), kernel_size=3, stride=2, padding=1, dilation=2),
    case(r(2, 2, 3, 4), kernel_size=1),
)
of(
    columns.fold,
    case(r(2, 12, 12), output_size=(5, 4), kernel_size=2),
    case(r(1, 6, 3), output_size=(7,), kernel_size=3, stride=2, padding=1, dilation=2),
    case(r(2, 2, 12), output_size=(3, 4), kernel_size=1),
)

of(
    maxima.max_pool_indices,
    case(r(2, 3, 7), kernel_size=(2,)),
    case(r(2, 2, 7, 6), kernel_size=(3, 2), stride=(2, 1), padding=1, dilation=(1, 2), ceil_mode=True),
    case(r(1, 2, 4, 3, 3), kernel_size=2),
)
of(
    maxima.adaptive_max_pool_indices,
    case(r(2, 3, 7), output_size=(3,)),
    case(r(2, 2, 5, 3), output_size=(2, 5)),
    case(r(2, 1, 2, 3, 4), output_size=(1, 1, 1)),
)
of(
    maxima.pool_gather,
    case(r(1, 2, 4), np.array([[[0, 3], [2, 2]]])),
    case(r(2, 1, 2, 3), np.array([[[[5, 0, 0, 1]]], [[[3, 3, 3, 2]]]])),
)
of(
    maxima.pool_scatter,
    case(r(1, 2, 2), np.array([[[0, 3], [2, 2]]]), size=(4,)),
    case(r(2, 1, 1, 4), np.array([[[[5, 0, 0, 1]]], [[[3, 3, 3, 2]]]]), size=(2, 3)),
)
of(
    means.avg_pool,
    case(r(2, 3, 7), kernel_size=(2,)),
    case(r(2, 2, 7, 6), kernel_size=(3, 2), stride=(2, 1), padding=1, ceil_mode=True),
    case(r(2, 2, 5, 6), kernel_size=3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
    case(r(1, 1, 5, 4), kernel_size=(2, 3), stride=1, divisor_override=5),
    case(r(1, 2, 4, 3, 2), kernel_size=(4, 3, 2)),
)
of(
    means.avg_pool_transpose,
    case(r(2, 3, 3), size=(7,), kernel_size=(2,)),
    case(r(2, 2, 4, 7), size=(7, 6), kernel_size=(3, 2), stride=(2, 1), padding=1),
    case(r(1, 2, 3, 3), size=(5, 6), kernel_size=3, stride=2, padding=1, count_include_pad=False),
    case(r(1, 1, 4, 2), size=(5, 4), kernel_size=(2, 3), stride=1, divisor_override=5),
)
of(
    means.adaptive_avg_pool,
    case(r(2, 3, 7), output_size=(3,)),
    case(r(2, 2, 5, 3), output_size=(2, 5)),
    case(r(2, 1, 2, 3, 4), output_size=(1, 1, 1)),
)
of(
    means.adaptive_avg_pool_transpose,
    case(r(2, 3, 3), size=(7,)),
    case(r(2, 2, 2, 5), size=(5, 3)),
    case(r(2, 1, 1, 1, 1), size=(2, 3, 4)),
)

_scores = r(3, 4)
_scores[0, 1:3] = _scores[1] = -np.inf  # some of a row, and all of one
of(
    attention.masked_softmax,
    case(r(2, 3, 4), dim=-1),
    case(r(3, 2), dim=0),
    case(_scores, dim=-1),
    case(r(2, 0), dim=1),
)
