"""The methods and properties that NumPy's arrays have, for variables: each calls the function of the same name.

What would change the array's size, or hand out its memory, raises an error that names what to write in its place.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tape import var
from tape.errors import DetachError, InPlaceError
from tape.habits import Habits

if TYPE_CHECKING:
    from tape.var import Var

__tape__ = True

getframe = sys._getframe


def given(**options: Any) -> dict[str, Any]:
    """Return the options that aren't None, which is the default of each."""
    return {name: value for name, value in options.items() if value is not None}


def refused(name: str, instead: str) -> InPlaceError:
    """Return the error for a method that would write into a variable."""
    return InPlaceError(
        f"x.{name}(...) writes into a recorded variable, and whoever has read it would see that: {instead}"
    )


def detached(name: str, instead: str = "") -> DetachError:
    """Return the error for a method that hands out the memory of a variable."""
    return DetachError(
        f"x.{name}(...) would read a recorded variable's memory, and gradients through it would be lost:"
        f" {instead}take its .value, through which nothing flows"
    )


def call(fn: Any, *args: Any, **options: Any) -> Any:
    """Record one of NumPy's functions as if the user had called it: NumPy needn't be asked whose it is."""
    return var.call(fn, args, options, getframe(2))


def write(v: Any, made: Any) -> None:
    """Give an array new content."""
    from tape.views import replace

    replace(v, made, getframe(2), fresh=True)


class Flat:
    """The elements of a variable along one axis, as ``x.flat``: reading copies, writing changes the variable."""

    __slots__ = ("_v",)

    def __init__(self, v: Any) -> None:
        self._v = v

    def __len__(self) -> int:
        return self._v.size

    def __iter__(self) -> Iterator[Any]:
        return iter(np.ravel(self._v))

    def __getitem__(self, key: Any) -> Any:
        """Return a copy of some of the elements."""
        flat = np.ravel(self._v)[key]
        return np.copy(flat) if np.may_share_memory(flat, self._v) else flat

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write into some of the elements: values are repeated as often as needed."""
        np.put(self._v, np.arange(self._v.size)[key], value)


class Methods(Habits):
    """The methods of :class:`tape.Var` that it shares with NumPy's arrays."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def ndim(self) -> int: ...  # noqa: D102
        @property
        def dtype(self) -> np.dtype[Any]: ...  # noqa: D102

    # ------------------------------------------------------------- parts and views

    @property
    def T(self) -> Var:
        """The axes reversed. See :func:`numpy.transpose`."""
        return call(np.transpose, self)

    @property
    def mT(self) -> Var:
        """The last two axes swapped, for stacks of matrices."""
        if self.ndim < 2:
            raise ValueError(f"matrix transpose with ndim < 2 is undefined: ndim is {self.ndim}")
        return call(np.swapaxes, self, -1, -2)

    @property
    def real(self) -> Var:
        """The real part. See :func:`numpy.real`."""
        return call(np.real, self)

    @real.setter
    def real(self, value: Any) -> None:
        call(np.real, self)[...] = value

    @property
    def imag(self) -> Var:
        """The imaginary part. See :func:`numpy.imag`."""
        return call(np.imag, self)

    @imag.setter
    def imag(self, value: Any) -> None:
        if self.dtype.kind != "c":
            raise TypeError("array does not have imaginary part to set")
        call(np.imag, self)[...] = value

    @property
    def flat(self) -> Flat:
        """The elements, one after the other, to be read and written."""
        return Flat(self)

    @flat.setter
    def flat(self, value: Any) -> None:
        Flat(self)[:] = value

    # --------------------------------------------------------------------- shapes

    def reshape(self, *shape: Any, order: str = "C") -> Var:
        """Return the elements in another shape: ``x.reshape(2, 3)`` or ``x.reshape((2, 3))``."""
        return call(np.reshape, self, shape[0] if len(shape) == 1 else shape, order=order)

    def ravel(self, order: str = "C") -> Var:
        """Return the elements along one axis. See :func:`numpy.ravel`."""
        return call(np.ravel, self, order=order)

    def flatten(self, order: str = "C") -> Var:
        """Return a copy of the elements along one axis. See :func:`numpy.ravel`, which may give a view."""
        flat = call(np.ravel, self, order=order)
        return call(np.copy, flat) if np.may_share_memory(flat, self) else flat

    def transpose(self, *axes: Any) -> Var:
        """Permute the axes: ``x.transpose(1, 0)`` or ``x.transpose((1, 0))``; reverse them if none are given."""
        return call(np.transpose, self, **given(axes=axes[0] if len(axes) == 1 else axes or None))

    def swapaxes(self, axis1: int, axis2: int) -> Var:
        """Swap two axes. See :func:`numpy.swapaxes`."""
        return call(np.swapaxes, self, axis1, axis2)

    def squeeze(self, axis: Any = None) -> Var:
        """Drop axes of length one. See :func:`numpy.squeeze`."""
        return call(np.squeeze, self, **given(axis=axis))

    def repeat(self, repeats: Any, axis: int | None = None) -> Var:
        """Repeat elements. See :func:`numpy.repeat`."""
        return call(np.repeat, self, repeats, **given(axis=axis))

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Var:
        """Return a diagonal. See :func:`numpy.diagonal`."""
        return call(np.diagonal, self, offset, axis1, axis2)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Var:
        """Sum a diagonal. See :func:`numpy.trace`."""
        return call(np.trace, self, offset, axis1, axis2, **given(dtype=dtype, out=out))

    def copy(self, order: str = "C") -> Var:
        """Return a copy, through which adjoints flow. See :func:`numpy.copy`."""
        return call(np.copy, self, order=order)

    def astype(
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
    ) -> Var:
        """Cast; to integers and booleans the derivative is zero."""
        from tape.rules.shape import cast

        if not np.can_cast(self.dtype, dtype, casting):  # type: ignore[call-overload]
            raise TypeError(f"Cannot cast from {self.dtype} to {np.dtype(dtype)} according to the rule {casting!r}")
        if not copy and self.dtype == dtype and order == "K":
            return self  # type: ignore[return-value]
        return cast(self, dtype)

    # ------------------------------------------------------------ reading elements

    def take(self, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise") -> Var:
        """Return elements by position. See :func:`numpy.take`."""
        return call(np.take, self, indices, axis=axis, out=out, mode=mode)

    def compress(self, condition: Any, axis: int | None = None, out: Any = None) -> Var:
        """Return the elements where a condition holds. See :func:`numpy.compress`."""
        return call(np.compress, condition, self, axis=axis, out=out)

    def choose(self, choices: Any, out: Any = None, mode: str = "raise") -> Var:
        """Pick from arrays by number. See :func:`numpy.choose`."""
        return call(np.choose, self, choices, out=out, mode=mode)

    def nonzero(self) -> tuple[Var, ...]:
        """Return the positions of what isn't zero. See :func:`numpy.nonzero`."""
        return call(np.nonzero, self)

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Var:
        """Return where values belong in order. See :func:`numpy.searchsorted`."""
        return call(np.searchsorted, self, v, **({} if side == "left" else {"side": side}), **given(sorter=sorter))

    # ------------------------------------------------------------------ reductions

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, **options: Any) -> Var:
        """Add up the elements along axes. See :func:`numpy.sum`."""
        return call(np.sum, self, **given(axis=axis, dtype=dtype, out=out), **options)

    def prod(self, axis: Any = None, dtype: Any = None, out: Any = None, **options: Any) -> Var:
        """Multiply the elements along axes. See :func:`numpy.prod`."""
        return call(np.prod, self, **given(axis=axis, dtype=dtype, out=out), **options)

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, **options: Any) -> Var:
        """Average the elements along axes. See :func:`numpy.mean`."""
        return call(np.mean, self, **given(axis=axis, dtype=dtype, out=out), **options)

    def std(self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, **options: Any) -> Var:
        """Return the standard deviation along axes. See :func:`numpy.std`."""
        return call(np.std, self, **given(axis=axis, dtype=dtype, out=out, ddof=ddof or None), **options)

    def var(self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, **options: Any) -> Var:
        """Return the variance along axes. See :func:`numpy.var`."""
        return call(np.var, self, **given(axis=axis, dtype=dtype, out=out, ddof=ddof or None), **options)

    def max(self, axis: Any = None, out: Any = None, **options: Any) -> Var:
        """Return the largest element along axes. See :func:`numpy.max`."""
        return call(np.max, self, **given(axis=axis, out=out), **options)

    def min(self, axis: Any = None, out: Any = None, **options: Any) -> Var:
        """Return the smallest element along axes. See :func:`numpy.min`."""
        return call(np.min, self, **given(axis=axis, out=out), **options)

    def argmax(self, axis: int | None = None, out: Any = None, **options: Any) -> Var:
        """Return the position of the largest element. See :func:`numpy.argmax`."""
        return call(np.argmax, self, **given(axis=axis, out=out), **options)

    def argmin(self, axis: int | None = None, out: Any = None, **options: Any) -> Var:
        """Return the position of the smallest element. See :func:`numpy.argmin`."""
        return call(np.argmin, self, **given(axis=axis, out=out), **options)

    def any(self, axis: Any = None, out: Any = None, **options: Any) -> Var:
        """Tell whether any element is true. See :func:`numpy.any`."""
        return call(np.any, self, **given(axis=axis, out=out), **options)

    def all(self, axis: Any = None, out: Any = None, **options: Any) -> Var:
        """Tell whether all elements are true. See :func:`numpy.all`."""
        return call(np.all, self, **given(axis=axis, out=out), **options)

    def cumsum(self, axis: int | None = None, dtype: Any = None, out: Any = None) -> Var:
        """Return the running sums. See :func:`numpy.cumsum`."""
        return call(np.cumsum, self, **given(axis=axis, dtype=dtype, out=out))

    def cumprod(self, axis: int | None = None, dtype: Any = None, out: Any = None) -> Var:
        """Return the running products. See :func:`numpy.cumprod`."""
        return call(np.cumprod, self, **given(axis=axis, dtype=dtype, out=out))

    def argsort(self, axis: int | None = -1, **options: Any) -> Var:
        """Return the positions that sort. See :func:`numpy.argsort`."""
        return call(np.argsort, self, axis=axis, **given(**options))

    def argpartition(self, kth: Any, axis: int | None = -1, **options: Any) -> Var:
        """Return the positions that partition. See :func:`numpy.argpartition`."""
        return call(np.argpartition, self, kth, axis=axis, **given(**options))

    # ------------------------------------------------------- elementwise, products

    def conj(self) -> Var:
        """Return the complex conjugate; of real numbers the array itself, as NumPy's method does."""
        if self.dtype.kind != "c":
            return self  # type: ignore[return-value]
        return np.conjugate(self)  # type: ignore[return-value, call-overload]

    def conjugate(self) -> Var:
        """Return the complex conjugate; of real numbers the array itself, as NumPy's method does."""
        if self.dtype.kind != "c":
            return self  # type: ignore[return-value]
        return np.conjugate(self)  # type: ignore[return-value, call-overload]

    def clip(self, min: Any = None, max: Any = None, out: Any = None, **options: Any) -> Var:
        """Limit the values. See :func:`numpy.clip`."""
        return call(np.clip, self, min, max, **given(out=out), **options)

    def round(self, decimals: int = 0, out: Any = None) -> Var:
        """Round: the derivative is zero. See :func:`numpy.round`."""
        return call(np.round, self, **given(decimals=decimals or None, out=out))

    def dot(self, b: Any, out: Any = None) -> Var:
        """Multiply matrices. See :func:`numpy.dot`."""
        return call(np.dot, self, b, **given(out=out))

    def __divmod__(self, other: Any) -> tuple[Var, Var]:
        return call(np.divmod, self, other)

    def __rdivmod__(self, other: Any) -> tuple[Var, Var]:
        return call(np.divmod, other, self)

    def __copy__(self) -> Var:
        return call(np.copy, self)

    def __deepcopy__(self, _: Any) -> Var:
        """Copy the value, as for arrays: not the tape."""
        return call(np.copy, self)

    # ---------------------------------------------------------------------- writing

    def sort(self, axis: int = -1, **options: Any) -> None:
        """Sort the array in place. See :func:`numpy.sort`, which gives a new one."""
        write(self, call(np.sort, self, **given(axis=axis, **options)))

    def partition(self, kth: Any, axis: int = -1, **options: Any) -> None:
        """Partition the array in place. See :func:`numpy.partition`, which gives a new one."""
        write(self, call(np.partition, self, kth, **given(axis=axis, **options)))

    def fill(self, value: Any) -> None:
        """Write one number into every element."""
        if np.size(value) != 1:
            raise ValueError(f"fill takes one number, not an array of shape {np.shape(value)}")
        self[...] = np.reshape(value, ())  # type: ignore[index]

    def put(self, indices: Any, values: Any, mode: str = "raise") -> None:
        """Write values at positions of the flat array. See :func:`numpy.put`."""
        call(np.put, self, indices, values, **({} if mode == "raise" else {"mode": mode}))

    # --------------------------------------------------------------------- refused

    def resize(self, *_: Any, **__: Any) -> None:
        """Refuse: it writes into the array."""
        raise refused("resize", "np.resize(x, shape) gives a new array")

    def setfield(self, *_: Any, **__: Any) -> None:
        """Refuse: it writes into the array."""
        raise refused("setfield", "np.where gives a new array")

    def byteswap(self, *_: Any, **__: Any) -> None:
        """Refuse: other bytes would be other numbers."""
        raise refused("byteswap", "take its .value")

    def view(self, *_: Any, **__: Any) -> None:
        """Refuse: what it would return is off the tape."""
        raise detached("view", "x.reshape gives it another shape, x.astype another dtype; ")

    def getfield(self, *_: Any, **__: Any) -> None:
        """Refuse: what it would return is off the tape."""
        raise detached("getfield")

    def tobytes(self, *_: Any, **__: Any) -> None:
        """Refuse: what it would return is off the tape."""
        raise detached("tobytes")

    def tofile(self, *_: Any, **__: Any) -> None:
        """Refuse: what it would return is off the tape."""
        raise detached("tofile")

    def dump(self, *_: Any, **__: Any) -> None:
        """Refuse: what it would return is off the tape."""
        raise detached("dump")

    def dumps(self, *_: Any, **__: Any) -> None:
        """Refuse: what it would return is off the tape."""
        raise detached("dumps")
