"""Twins of the functions of ``scipy.linalg`` that torch has, too; nothing where SciPy isn't installed."""

from __future__ import annotations

import importlib.util

import torch

from tape.program.torch import twin

__tape__ = True

if importlib.util.find_spec("scipy") is not None:
    from tape.scipy import lu

    @twin(lu.factors)
    def _factors(a: torch.Tensor) -> tuple[torch.Tensor, ...]:
        p, lower, upper = torch.linalg.lu(a)
        return p.real, lower, upper  # torch's permutation is complex, where the matrix is
