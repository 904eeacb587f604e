"""Nested containers: arguments and results as dicts, lists, tuples and dataclasses of arrays."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import optree

from tape.var import Var

__tape__ = True

ndarray = np.ndarray
_NS = "tape"


def register_dataclass(cls: type) -> type:
    """Let instances of a dataclass be arguments of transforms, their fields being differentiated (decorator).

    Parameters
    ----------
    cls : type
        A dataclass whose fields are arrays or nested containers of arrays.
    """
    names = [f.name for f in dataclasses.fields(cls)]
    optree.register_pytree_node(
        cls,
        lambda o: (tuple(getattr(o, n) for n in names), None, tuple(names)),
        lambda _, children: cls(**dict(zip(names, children, strict=True))),
        namespace=_NS,
    )
    return cls


LEAVES = frozenset([ndarray, float, int, np.float64, np.float32, Var])


def flatten(tree: Any) -> tuple[list[Any], Any]:
    """Return the leaves of nested containers, and what is needed to put them together again."""
    if type(tree) is ndarray or type(tree) is float or type(tree) is Var:
        return [tree], None
    leaves, spec = optree.tree_flatten(tree, namespace=_NS)
    for x in leaves:
        if type(x) not in LEAVES and dataclasses.is_dataclass(type(x)):
            register_dataclass(type(x))  # which optree hasn't met: its fields may hold others
            return flatten(tree)
    return leaves, None if len(leaves) == 1 and leaves[0] is tree else spec


def labels(tree: Any, what: str) -> list[str]:
    """Return what to call each leaf of a tree that is called ``what``: ``argument 0['w'][1]``."""
    _, spec = flatten(tree)
    return [what] if spec is None else [a.codify(what) for a in optree.tree_accessors(tree, namespace=_NS)]


def unflatten(spec: Any, leaves: list[Any]) -> Any:
    """Put leaves together into the containers that they came from."""
    return leaves[0] if spec is None else optree.tree_unflatten(spec, leaves)
