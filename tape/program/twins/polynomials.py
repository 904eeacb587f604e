"""Twins of polynomials: values, powers and least squares."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.program.twins.common import tensors, torch_dtype
from tape.rule import TABLE
from tape.rules import polynomials, quotients

__tape__ = True


twin(quotients.over, casts=True)(TABLE[quotients.over].raw)  # arithmetic, which is the same in torch


@twin(polynomials.powers)
def _powers(x: Any, *, n: int) -> Any:
    (x,) = tensors(x)
    return x.unsqueeze(-1) ** torch.arange(n)


@twin(np.vander)
def _vander(x: Any, *, N: int | None = None, increasing: bool = False) -> Any:
    n = len(x) if N is None else N
    x = x.to(torch_dtype(np.promote_types(np.dtype(str(x.dtype).removeprefix("torch.")), int)))
    found = x.unsqueeze(-1) ** torch.arange(n)
    return found if increasing else found.flip(-1)


@twin(np.polyval, casts=True)
def _polyval(p: Any, x: Any) -> Any:
    p, x = tensors(p, x)
    y = torch.zeros_like(x)
    for c in p:
        y = y * x + c
    return y


@twin(np.roots)
def _roots(p: Any) -> Any:
    found = torch.nonzero(p).reshape(-1)
    if not len(found):
        return p.new_zeros(0)
    trailing = len(p) - 1 - int(found[-1])
    p = p[int(found[0]) : int(found[-1]) + 1]
    rows = [-p[1:] / p[0], *torch.eye(len(p) - 1, dtype=p.dtype)[:-1]] if len(p) > 1 else []
    roots = torch.linalg.eigvals(torch.stack(rows)) if rows else p.new_zeros(0)
    if not p.is_complex() and roots.is_complex() and not torch.any(roots.imag):
        roots = roots.real
    return torch.cat([roots, roots.new_zeros(trailing)])
