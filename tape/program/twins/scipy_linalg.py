"""Twins of the functions of ``scipy.linalg`` that torch has, too; nothing where SciPy isn't installed."""

from __future__ import annotations

import importlib.util

import torch

from tape.program.torch import twin

__tape__ = True

if importlib.util.find_spec("scipy") is not None:
    from tape.scipy import lu

    twin(lu.factors)(lambda a: tuple(torch.linalg.lu(a)))
