"""Twins of products of matrices, and of their decompositions."""

from __future__ import annotations

import operator

import numpy as np
import torch

from tape.program.torch import twin

__tape__ = True

twin(np.matmul, operator.matmul)(torch.matmul)
