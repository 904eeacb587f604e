"""What users of other libraries write on their arrays, and what does the same here: for the messages of errors."""

from __future__ import annotations

from typing import Never

__tape__ = True

ADJOINTS = (
    "adjoints aren't kept on variables: tape.grad(f)(x) returns a gradient, t.sweep(y)[x] the adjoint of x on a tape"
)
CONSTANT = "x.value is its array, tape.stop_gradient(x) the same as a constant: nothing flows through either"
DIFFERENTIATED = "what argnums names, or t.input and t.weight make, is differentiated; tape.stop_gradient(x) isn't"
ON_THE_CPU = "arrays are NumPy's, in the computer's own memory: x.astype(dtype) gives another precision"

NUMPYS = (
    "abs exp expm1 log log1p log2 log10 sqrt square sin cos tan tanh sinh cosh sign floor ceil maximum minimum where"
    " median quantile flip roll tile tril triu outer einsum allclose isnan isfinite"
)
"""Methods of tensors that are functions of NumPy's, of the same name."""

HERE: dict[str, str] = {
    "grad": ADJOINTS,
    "backward": "t.sweep(y) returns the adjoint of every entry of a tape, tape.grad(f)(x) the gradient of a function",
    "zero_grad": "nothing is added up from one sweep to the next, and so there is nothing to zero",
    "retain_grad": "t.sweep(y) returns the adjoints of all that lies between, too: t.sweep(y)[x]",
    "register_hook": "t.sweep(y, observe=f) calls f with every contribution",
    "grad_fn": "x.entry is the entry of the tape that computed it",
    "is_leaf": "x.entry is the entry of the tape that computed it",
    "detach": CONSTANT,
    "data": CONSTANT,
    "numpy": CONSTANT,
    "requires_grad": DIFFERENTIATED,
    "requires_grad_": DIFFERENTIATED,
    "cpu": ON_THE_CPU,
    "cuda": ON_THE_CPU,
    "to": ON_THE_CPU,
    "device": ON_THE_CPU,
    "float": "x.astype(np.float32)",
    "double": "x.astype(np.float64)",
    "type": "x.astype(dtype)",
    "clone": "x.copy()",
    "contiguous": "np.copy(x), if it must be",
    "dim": "x.ndim",
    "numel": "x.size",
    "unsqueeze": "np.expand_dims(x, axis), or x[..., None]",
    "permute": "x.transpose(axes)",
    "expand": "np.broadcast_to(x, shape)",
    "mm": "x @ y",
    "bmm": "x @ y",
    "matmul": "x @ y",
    "mv": "x @ y",
    "t": "x.T",
    "cat": "np.concatenate([x, y])",
    "masked_fill": "np.where(mask, value, x)",
    "scatter_add": "np.add.at(x, indices, values)",
    "index_select": "np.take(x, indices, axis)",
    "at": "x[index] = value writes into a variable, and x[index] += value adds to it",
    "view_as": "np.reshape(x, y.shape)",
    **{name: f"tape.nn.{name}(x)" for name in ("relu", "sigmoid", "softmax", "log_softmax", "logsumexp")},
    **{name: f"np.{name}(x)" for name in NUMPYS.split()},
    "norm": "np.linalg.norm(x)",
    **{name: f"np.linalg.{name}(x)" for name in ("det", "inv", "svd", "qr", "cholesky", "slogdet")},
}
"""Attributes of torch's tensors and JAX's arrays that variables don't have, to what there is in their place."""


class Instead:
    """An attribute that isn't there, and that says what is: to ``hasattr`` there is none.

    A ``__getattr__`` would do the same, and make every access to a variable slower, of which recording has many.
    """

    __slots__ = ("hint", "name")

    def __init__(self, name: str, hint: str) -> None:
        self.name, self.hint = name, hint

    def __get__(self, _: object, owner: type) -> Never:
        raise AttributeError(f"a variable has no attribute {self.name!r}: {self.hint}", name=None)


class Habits:
    """What other libraries' arrays have, to be asked in vain."""

    __slots__ = ()

    def __dir__(self) -> list[str]:
        """List what there is, without what only gives a hint."""
        return sorted({*object.__dir__(self)} - HERE.keys())


for _name, _hint in HERE.items():
    setattr(Habits, _name, Instead(_name, _hint))
