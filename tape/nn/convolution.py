"""Convolutions of one, two and three dimensions, and transposed ones.

There is one convolution here, :func:`conv`, of any number of axes. It is linear in the image and linear in the weight,
so that everything about its derivatives is in the trilinear form ``⟨g, conv(x, w)⟩``, and in its three partial maps:

- :func:`conv`, from an image and a weight to an output;
- :func:`conv_transpose`, from an output and a weight to an image;
- :func:`conv_weight`, from an output and an image to a weight.

The transposes of each are the two others, so that derivatives of any order stay among the three. A transposed
convolution is the second of them.

Each is a product of matrices once the image's windows are laid out as columns (Chellapilla, Puri and Simard, *High
performance convolutional neural networks for document processing*, 2006). The batch is worked off in parts whose
columns stay within a few megabytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tape.errors import ShapeError
from tape.nn.columns import Geometry
from tape.nn.windows import batched, each, positive, unbatched, volume
from tape.primitive import ours
from tape.rule import linear

__tape__ = True


@ours
def conv(x: Any, w: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
    """Convolve images with a weight, over any number of axes.

    Parameters
    ----------
    x : array of shape (n, channels, *size)
        Images.
    w : array of shape (outputs, channels // groups, *kernel)
        The weight. As in every library for networks it isn't flipped: this is a cross-correlation.
    stride, dilation : int or tuple of int
        Steps of the window, and within it, for all axes or for each.
    padding : int or tuple of int or of pairs of int
        Zeros around the images, on both sides, or ``(before, after)``.
    groups : int
        Into how many groups the channels and the outputs fall, with no connection between them.

    Returns
    -------
    array of shape (n, outputs, *out)
        ``out = ⌊(size + before + after - dilation * (kernel - 1) - 1) / stride⌋ + 1`` along each axis.

    Raises
    ------
    ShapeError
        The shapes don't fit.
    """
    check(x, w, groups)
    how = Geometry(x.shape[2:], w.shape[2:], stride, padding, dilation, groups)
    n, outputs = x.shape[0], w.shape[0]
    matrix = w.reshape(groups, outputs // groups, w.shape[1] * volume(how.kernel))
    y = np.empty((n, groups, outputs // groups, volume(how.out)), np.result_type(x, w))
    for part in how.parts(n, x.shape[1]):
        np.matmul(matrix, how.columns(x[part]), out=y[part])
    return y.reshape(n, outputs, *how.out)


@ours
def conv_transpose(
    g: Any, w: Any, *, size: tuple[int, ...], stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Return the images of a spatial size that :func:`conv`'s transpose makes of its outputs ``(n, outputs, *out)``.

    The weight is that of the convolution that is transposed, ``(outputs, channels // groups, *kernel)``.
    """
    how = Geometry(tuple(size), w.shape[2:], stride, padding, dilation, groups)
    n, outputs, channels = g.shape[0], w.shape[0], w.shape[1] * groups
    check_output(g, n, outputs, how)
    flat = g.reshape(n, groups, outputs // groups, volume(how.out))
    matrix = np.swapaxes(w.reshape(groups, outputs // groups, w.shape[1] * volume(how.kernel)), 1, 2)
    x = np.empty((n, channels, *how.size), np.result_type(g, w))
    for part in how.parts(n, channels):
        x[part] = how.images(np.matmul(matrix, flat[part]))
    return x


@ours
def conv_weight(
    g: Any, x: Any, *, kernel: tuple[int, ...], stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Return what :func:`conv`'s transpose makes of its outputs ``(n, outputs, *out)`` and its images: a weight."""
    how = Geometry(x.shape[2:], tuple(kernel), stride, padding, dilation, groups)
    n, channels, outputs = x.shape[0], x.shape[1], g.shape[1]
    check_output(g, n, outputs, how)
    flat = g.reshape(n, groups, outputs // groups, volume(how.out))
    total = np.zeros((groups, outputs // groups, channels // groups * volume(how.kernel)), np.result_type(g, x))
    for part in how.parts(n, channels):
        total += np.matmul(flat[part], np.swapaxes(how.columns(x[part]), 2, 3)).sum(axis=0)
    return total.reshape(outputs, channels // groups, *how.kernel)


linear(
    conv,
    lambda g, y, x, w, *, stride=1, padding=0, dilation=1, groups=1: conv_transpose(
        g, w, size=np.shape(x)[2:], stride=stride, padding=padding, dilation=dilation, groups=groups
    ),
    lambda g, y, x, w, *, stride=1, padding=0, dilation=1, groups=1: conv_weight(
        g, x, kernel=np.shape(w)[2:], stride=stride, padding=padding, dilation=dilation, groups=groups
    ),
)
linear(
    conv_transpose,
    lambda h, x, g, w, *, size, stride=1, padding=0, dilation=1, groups=1: conv(
        h, w, stride=stride, padding=padding, dilation=dilation, groups=groups
    ),
    lambda h, x, g, w, *, size, stride=1, padding=0, dilation=1, groups=1: conv_weight(
        g, h, kernel=np.shape(w)[2:], stride=stride, padding=padding, dilation=dilation, groups=groups
    ),
)
linear(
    conv_weight,
    lambda h, w, g, x, *, kernel, stride=1, padding=0, dilation=1, groups=1: conv(
        x, h, stride=stride, padding=padding, dilation=dilation, groups=groups
    ),
    lambda h, w, g, x, *, kernel, stride=1, padding=0, dilation=1, groups=1: conv_transpose(
        g, h, size=np.shape(x)[2:], stride=stride, padding=padding, dilation=dilation, groups=groups
    ),
)


# ----------------------------------------------------------------- what doesn't fit


def check(x: Any, w: Any, groups: int) -> None:
    """Check the shapes of images and weight."""
    if np.ndim(x) != np.ndim(w) or np.ndim(x) < 3:
        raise ShapeError(
            f"conv: images of shape {np.shape(x)} and a weight of shape {np.shape(w)}: they need as many axes, (n,"
            " channels, ...) and"
            " (outputs, channels // groups, ...)"
        )
    (groups,) = positive((groups,), "groups")
    channels, (outputs, inner) = np.shape(x)[1], np.shape(w)[:2]
    if channels != inner * groups:
        raise ShapeError(
            f"conv: images of shape {np.shape(x)} have {channels} channels, and a weight of shape {np.shape(w)} with"
            f" groups={groups} reads"
            f" {inner * groups}: give the weight the shape ({outputs}, {channels // groups}, ...) or change groups"
        )
    if outputs % groups:
        raise ShapeError(
            f"conv: a weight of shape {np.shape(w)} makes {outputs} outputs, which don't fall into groups={groups}:"
            " make it"
            " a multiple"
        )


def check_output(g: Any, n: int, outputs: int, how: Geometry) -> None:
    """Check that an array has the shape of the convolution's output."""
    want = (n, outputs, *how.out)
    if g.shape != want or outputs % how.groups:
        raise ShapeError(
            f"conv: images of size {how.size} under a kernel of size {how.kernel} have outputs of shape {want}, a"
            " multiple"
            f" of groups={how.groups} of them; the array given for them has shape {g.shape}"
        )


# --------------------------------------------------------------- as torch spells them


def same(size: tuple[int, ...], kernel: tuple[int, ...], stride: Any, dilation: Any) -> tuple[Any, ...]:
    """Return the padding that keeps the size: what is odd goes behind, as in torch."""
    n = len(kernel)
    if any(s != 1 for s in each(stride, n, "stride")):
        raise ShapeError(
            f"padding='same' with stride={stride!r}: only a stride of 1 keeps the size; give padding as numbers"
        )
    totals = [d * (k - 1) for k, d in zip(kernel, each(dilation, n, "dilation"), strict=True)]
    return tuple(t // 2 if t % 2 == 0 else (t // 2, t - t // 2) for t in totals)


def with_bias(y: Any, bias: Any, n: int) -> Any:
    """Add one number for each output channel."""
    if bias is None:
        return y
    if np.shape(bias) != np.shape(y)[1:2]:
        raise ShapeError(
            f"a bias of shape {np.shape(bias)} for {np.shape(y)[1]} output channels: it needs one number for each"
        )
    return y + np.reshape(bias, (-1, *(1,) * n))


def _conv(n: int, x: Any, w: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    x, single = batched(x, n, f"conv{n}d")
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ShapeError(f"padding={padding!r}: give 'same', 'valid' or numbers")
        padding = same(np.shape(x)[2:], np.shape(w)[2:], stride, dilation) if padding == "same" else 0
    y = conv(x, w, stride=stride, padding=padding, dilation=dilation, groups=groups)
    return unbatched(with_bias(y, bias, n), single)


def _conv_transpose(
    n: int, x: Any, w: Any, bias: Any, stride: Any, padding: Any, output_padding: Any, groups: int, dilation: Any
) -> Any:
    x, single = batched(x, n, f"conv_transpose{n}d")
    if np.ndim(w) != n + 2 or np.shape(w)[0] != np.shape(x)[1] or np.shape(x)[1] % groups:
        raise ShapeError(
            f"conv_transpose{n}d of images of shape {np.shape(x)} with a weight of shape {np.shape(w)},"
            f" groups={groups}: the weight has"
            " the shape (channels, outputs // groups, ...), its first axis the images' channels, a multiple of groups"
        )
    strides = positive(each(stride, n, "stride"), "stride")
    dilations = positive(each(dilation, n, "dilation"), "dilation")
    paddings = positive(each(padding, n, "padding"), "padding", 0)
    extras = positive(each(output_padding, n, "output_padding"), "output_padding", 0)
    if any(e >= max(s, d) for e, s, d in zip(extras, strides, dilations, strict=True)):
        raise ShapeError(
            f"output_padding={extras} must be smaller than the stride {strides} or the dilation {dilations}: it only"
            " tells apart"
            " the sizes that the stride maps to one"
        )
    axes = zip(np.shape(x)[2:], np.shape(w)[2:], strides, paddings, dilations, extras, strict=True)
    size = tuple((i - 1) * s - 2 * p + d * (k - 1) + e + 1 for i, k, s, p, d, e in axes)
    if min(size) < 1:
        raise ShapeError(
            f"conv_transpose{n}d of images of shape {np.shape(x)} would give the size {size}: take less padding (it"
            f" is {paddings})"
        )
    if any(e >= s for e, s in zip(extras, strides, strict=True)):
        # A convolution of this size would have more outputs: crop less behind; add zeros where nothing is cropped.
        ends = tuple((p, max(0, p - e)) for p, e in zip(paddings, extras, strict=True))
        rest = tuple(max(0, e - p) for p, e in zip(paddings, extras, strict=True))
        inner = tuple(o - e for o, e in zip(size, rest, strict=True))
        y = conv_transpose(x, w, size=inner, stride=stride, padding=ends, dilation=dilation, groups=groups)
        if any(rest):
            y = np.pad(y, ((0, 0), (0, 0), *((0, e) for e in rest)))
    else:
        y = conv_transpose(x, w, size=size, stride=stride, padding=padding, dilation=dilation, groups=groups)
    return unbatched(with_bias(y, bias, n), single)


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Convolve signals ``(n, channels, length)`` with a weight of as many axes. See :func:`conv2d`."""
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Convolve images with a weight, as ``torch.nn.functional.conv2d`` does.

    Parameters
    ----------
    input : array of shape (n, channels, height, width)
        Images; a single one may lack its first axis.
    weight : array of shape (outputs, channels // groups, kernel height, kernel width)
        The weight, which isn't flipped.
    bias : array of shape (outputs,), optional
        What is added to each output channel.
    stride, dilation : int or tuple of int
        Steps of the window, and within it.
    padding : int, tuple of int, 'valid' or 'same'
        Zeros on both sides; none; or as many as keep the size (odd ones behind).
    groups : int
        Into how many groups the channels and the outputs fall, with no connection between them.

    Returns
    -------
    array of shape (n, outputs, out height, out width)
        ``out = ⌊(size + 2 * padding - dilation * (kernel - 1) - 1) / stride⌋ + 1``.

    Raises
    ------
    ShapeError
        Channels, groups or sizes don't fit.

    See Also
    --------
    conv : the primitive, for any number of axes and padding on one side.

    Notes
    -----
    Dumoulin and Visin, *A guide to convolution arithmetic for deep learning* (2016).
    """
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Convolve volumes ``(n, channels, depth, height, width)`` with a weight of as many axes. See :func:`conv2d`."""
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Apply the transpose of a convolution to signals, of three axes. See :func:`conv_transpose2d`."""
    return _conv_transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Apply the transpose of a convolution to images, as ``torch.nn.functional.conv_transpose2d`` does.

    Parameters
    ----------
    input : array of shape (n, channels, height, width)
        Images; a single one may lack its first axis.
    weight : array of shape (channels, outputs // groups, kernel height, kernel width)
        The weight of the convolution that is transposed, from ``outputs`` to ``channels``.
    bias : array of shape (outputs,), optional
        What is added to each output channel.
    stride, padding, groups, dilation
        Those of the convolution that is transposed.
    output_padding : int or tuple of int
        How much longer the result is, of the sizes that the stride maps to one.

    Returns
    -------
    array of shape (n, outputs, out height, out width)
        ``out = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1``.

    Raises
    ------
    ShapeError
        Channels, groups or sizes don't fit.

    Notes
    -----
    Zeiler et al., *Deconvolutional networks* (2010).
    """
    return _conv_transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Apply the transpose of a convolution to volumes, of five axes. See :func:`conv_transpose2d`."""
    return _conv_transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)
