"""Twins of the ufuncs of ``scipy.special`` that torch has, too; nothing where SciPy isn't installed."""

from __future__ import annotations

import importlib.util
import math

import torch

from tape.program.torch import twin
from tape.program.twins.common import tensors

__tape__ = True

if importlib.util.find_spec("scipy") is not None:
    import scipy.special as sp

    SAME = "gammaln i0 i0e i1 i1e erf erfc erfcx erfinv ndtr log_ndtr ndtri expit logit entr exp2 expm1 log1p"
    for _name in SAME.split():
        twin(getattr(sp, _name))(getattr(torch.special, _name))
    twin(sp.psi)(torch.special.digamma)
    twin(sp.loggamma)(torch.special.gammaln)
    twin(sp.log_expit)(torch.nn.functional.logsigmoid)
    twin(sp.sindg)(lambda x: torch.sin(x * (math.pi / 180)))
    twin(sp.cosdg)(lambda x: torch.cos(x * (math.pi / 180)))
    twin(sp.gammainc)(lambda a, x: torch.special.gammainc(*tensors(a, x)))
    twin(sp.gammaincc)(lambda a, x: torch.special.gammaincc(*tensors(a, x)))
    twin(sp.xlogy)(lambda a, b: torch.special.xlogy(*tensors(a, b)))
    twin(sp.xlog1py)(lambda a, b: torch.special.xlog1py(*tensors(a, b)))
