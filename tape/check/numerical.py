"""Derivatives by values alone: complex steps and differences; and the comparison with what the rules give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tape import transforms
from tape.adjoints import is_complex
from tape.check.arguments import inexact, largest, moved, name_of, nothing_to_move
from tape.entry import dtype_of
from tape.errors import WrongDerivativeError

__tape__ = True


def complex_step(f: Callable[..., Any], *args: Any, argnums: int = 0) -> Any:
    """Return a derivative by a complex step: exact to rounding, for functions that are analytic.

    Parameters
    ----------
    f : callable
        Returns a real number or array, and is written in NumPy functions that continue it into the complex plane: no
        ``abs``, ``max``, comparisons or ``real``.
    *args
        Arguments.
    argnums : int
        Which one to differentiate: a float or an array of floats.

    Returns
    -------
    ndarray
        The Jacobian, of shape ``output.shape + x.shape``.

    Raises
    ------
    TypeError
        The argument is complex.

    Notes
    -----
    ``Im f(x + ih) / h`` has no cancellation, so that ``h`` can be tiny: Squire and Trapp (1998).
    """
    x = np.asarray(args[argnums])
    if is_complex(x):
        raise TypeError("a complex step is taken off the real axis: the argument must be real")
    return columns(along_argument(f, args, argnums), x, lambda g, e: np.imag(g(x + 1e-30j * e)) / 1e-30)


def differences(f: Callable[..., Any], *args: Any, argnums: int = 0) -> Any:
    """Return a derivative by central differences, extrapolated twice, in double precision.

    Parameters
    ----------
    f : callable
        Returns a number or an array.
    *args
        Arguments.
    argnums : int
        Which one to differentiate: a float or an array of floats.

    Returns
    -------
    ndarray
        The Jacobian, of shape ``output.shape + x.shape``, good to about 1e-10 of its largest element where ``f`` is
        smooth and within 1/500 of the scale of ``x`` of no kink.

    Raises
    ------
    TypeError
        The argument is complex: give its real and its imaginary part as two.

    Notes
    -----
    Richardson's extrapolation of the steps h, h/2 and h/4: the error is of the order of h**6, and rounding over h.
    """
    x = np.asarray(args[argnums])
    if is_complex(x):
        raise TypeError("differences are taken along the real line: give the real and the imaginary part by themselves")
    x = np.asarray(x, np.float64)

    def along(g: Any, e: Any) -> Any:
        h = max(largest(x[e != 0]), (largest(x) or 1.0) / 10) / 512
        d = [(g(x + s * e) - g(x - s * e)) / (2 * s) for s in (h, h / 2, h / 4)]
        return (64 * d[2] - 20 * d[1] + d[0]) / 45

    return columns(along_argument(f, args, argnums), x, along)


def along_argument(f: Callable[..., Any], args: tuple[Any, ...], k: int) -> Callable[[Any], Any]:
    """Return ``f`` as a function of one of its arguments."""
    return lambda x: f(*args[:k], x, *args[k + 1 :]) if k != -1 else f(*args[:-1], x)


def columns(g: Callable[[Any], Any], x: Any, along: Callable[[Any, Any], Any]) -> Any:
    """Return the Jacobian whose columns are the derivatives along each element of ``x``."""
    found: list[Any] = []
    for k in range(x.size):
        e = np.zeros(x.shape)
        e.reshape(-1)[k] = 1
        found.append(np.asarray(along(g, e)))
    if not found:
        return np.zeros((*np.shape(g(x)), *x.shape))
    return np.stack(found, axis=-1).reshape((*found[0].shape, *x.shape))


def gradient(f: Callable[..., Any], *args: Any, tolerance: float | None = None) -> None:
    """Compare the derivatives of a function with differences.

    Parameters
    ----------
    f : callable
        Returns a number, an array, or a nested container of them. Of complex numbers, arguments and results, the real
        and the imaginary parts are compared by themselves, so that the function needn't have a complex derivative.
    *args
        Arguments: every float, complex number and array of them is differentiated, also within nested containers. What
        isn't to be, hold by a closure: ``lambda w: f(w, 0.5)``.
    tolerance : float, optional
        What is granted, as a part of the largest element of a Jacobian: 1e-6; 1e-3 for arguments in single precision,
        and 0.05 in half.

    Raises
    ------
    WrongDerivativeError
        Naming the argument and the element that is furthest off.
    InputTypeError
        Nothing in the arguments has a derivative, or nothing in the result.

    Examples
    --------
    >>> import numpy as np, tape
    >>> def energy(p):
    ...     return np.sum(p["k"] * p["x"] ** 2)
    >>> tape.check.gradient(energy, {"k": np.array([1.0, 3.0]), "x": np.array([0.5, -0.25])})
    """
    g, at, names, _ = moved(f, args)
    if not any(np.size(x) for x in at):
        raise nothing_to_move(f, args)
    for k, name in enumerate(names):
        for part, along, x in parts(at[k]):
            compare(
                lambda x, k=k, along=along: g(*at[:k], along(x), *at[k + 1 :]), x, name_of(f), part + name, tolerance
            )


def parts(x: Any) -> Iterator[tuple[str, Callable[[Any], Any], Any]]:
    """Yield the real parameters of an argument: what they're called, how they make the argument, and their values."""
    if not is_complex(x):
        yield "", lambda p: p, x
        return
    real, imaginary = np.real(x), np.imag(x)
    yield "the real part of ", lambda p: p + 1j * imaginary, real
    yield "the imaginary part of ", lambda p: real + 1j * p, imaginary


def real_parts(found: list[Any]) -> list[Any]:
    """Return the real numbers that some results are made of."""
    return [part for y in found for part in ((np.real(y), np.imag(y)) if is_complex(y) else (y,))]


def compare(f: Callable[[Any], Any], x: Any, name: str, argument: str, tolerance: float | None) -> None:
    """Compare the Jacobians of a function's results in one real argument with differences."""
    results = inexact(f)
    found = transforms.jacobian(lambda x: real_parts(results(x)))(x)
    if not found:
        raise nothing_compared(name, f(x))
    for j, got in enumerate(found):
        want = differences(lambda x, j=j: real_parts(results(x))[j], x)
        what = name if len(found) == 1 else f"part {j} of {name}"
        verdict(got, want, np.ndim(x), what, argument, granted(x) if tolerance is None else tolerance)


def nothing_compared(name: str, y: Any) -> Exception:
    """Return the error for a function whose result has no derivative."""
    from tape.errors import InputTypeError
    from tape.rule import short

    return InputTypeError(
        f"nothing that {name} returns has a derivative to be checked: it returned {short(y)}, where floats are needed"
    )


def granted(x: Any) -> float:
    """Return the tolerance for an argument of some precision."""
    size = dtype_of(x).itemsize
    return 1e-6 if size > 4 else 1e-3 if size == 4 else 0.05


def verdict(got: Any, want: Any, inputs: int, name: str, argument: str, tolerance: float) -> None:
    """Raise, unless a Jacobian in an argument of so many axes comes close to another."""
    scale = float(np.max(np.abs(want), initial=0)) or 1.0
    off = np.where(np.isnan(got) & np.isnan(want), 0, np.abs(got - want)) / scale
    off = np.where(np.isnan(off), np.inf, off)
    worst = float(np.max(off, initial=0))
    if worst > tolerance:
        at = np.unravel_index(int(np.argmax(off)), off.shape)
        out, into = (tuple(int(i) for i in part) for part in (at[: len(at) - inputs], at[len(at) - inputs :]))
        raise WrongDerivativeError(
            f"the derivative of element {list(out)} of {name} in element {list(into)} of {argument} is"
            f" {got[at]:.10g} by the rules and {want[at]:.10g} by differences: off by {worst:.2g} of the largest"
            f" element ({scale:.3g}), of which {tolerance:.2g} is granted; {int(np.sum(off > tolerance))} of {off.size}"
            " elements are off by more"
        )
