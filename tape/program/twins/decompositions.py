"""Twins of inverses, systems, determinants and decompositions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.rules import decompositions, parts, solving

__tape__ = True

LA = torch.linalg

twin(np.linalg.inv)(LA.inv)
twin(np.linalg.det)(LA.det)
twin(np.linalg.slogdet)(lambda a: tuple(LA.slogdet(a)))
twin(solving.cofactors)(lambda a: LA.det(a)[..., None, None] * LA.inv(a).mT)
twin(parts.component)(lambda results, *, index: results[index])
twin(np.linalg.cholesky)(lambda a, *, upper=False: LA.cholesky(a, upper=upper))
twin(np.linalg.eigvalsh)(lambda a, *, UPLO="L": LA.eigvalsh(a, UPLO))
twin(np.linalg.svdvals)(LA.svdvals)
twin(decompositions.thin_qr)(lambda a: tuple(LA.qr(a)))
twin(decompositions.thin_svd)(lambda a: tuple(LA.svd(a, full_matrices=False)))
twin(np.linalg.eigh)(lambda a, *, UPLO="L": tuple(LA.eigh(a, UPLO)))


@twin(np.linalg.solve, casts=True)
def _solve(a: Any, b: Any) -> Any:
    return LA.solve(a, b) if b.ndim > 1 else LA.solve(a, b.unsqueeze(-1)).squeeze(-1)


@twin(np.linalg.pinv)
def _pinv(a: Any, *, rcond: Any = None, hermitian: bool = False, rtol: Any = None) -> Any:
    return LA.pinv(a, rtol=1e-15 if rcond is None else rcond, hermitian=hermitian)


@twin(solving.least_squares, casts=True)
def _least_squares(a: Any, b: Any, *, rcond: Any = None) -> Any:
    return torch.matmul(LA.pinv(a, rtol=torch.finfo(a.dtype).eps * max(a.shape[-2:]) if rcond is None else rcond), b)


def _real(found: Any, a: Any) -> Any:
    """Return eigenvalues or vectors as NumPy gives them: real, where they all are."""
    return found.real if not a.is_complex() and not torch.any(found.imag.detach()) else found


@twin(np.linalg.eig)
def _eig(a: Any) -> Any:
    w, v = LA.eig(a)
    return (w.real, v.real) if not a.is_complex() and not torch.any(w.imag.detach()) else (w, v)


twin(np.linalg.eigvals)(lambda a: _real(LA.eigvals(a), a))


# ------------------------------------------------------- what stands within the rules


@twin(decompositions.coincide)
def _coincide(w: Any, *, against: float = 0.0) -> Any:
    one, other = w.unsqueeze(-1), w.unsqueeze(-2)
    largest = w.abs().amax(-1)[..., None, None]
    bound = decompositions.MARGIN * w.shape[-1] * torch.finfo(w.dtype).eps * largest
    return (one + other if against else one - other).abs() <= bound


def _size_of(x: Any) -> Any:
    return x.abs().amax((-2, -1), keepdim=True)


@twin(decompositions.vanish)
def _vanish(s: Any, *, size: int) -> Any:
    return (s <= decompositions.MARGIN * size * torch.finfo(s.dtype).eps * s.amax(-1, keepdim=True)).unsqueeze(-2)


@twin(decompositions.quotient)
def _quotient(x: Any, e: Any, hole: Any) -> Any:
    return torch.where(hole, torch.full_like(x, math.nan), x / torch.where(hole, torch.ones_like(e), e))


@twin(decompositions.torn)
def _torn(d: Any, hole: Any) -> Any:
    d = d.real if d.is_complex() else d
    bound = 1024 * d.shape[-1] * torch.finfo(d.dtype).eps * d.abs().amax(-1)[..., None, None]
    apart = (d.unsqueeze(-1) - d.unsqueeze(-2)).abs() > bound
    return torch.where(hole & apart, math.nan, 0.0).to(d.dtype)


@twin(decompositions.settled)
def _settled(x: Any, like: Any) -> Any:
    none = x.abs() <= 64 * x.shape[-1] * torch.finfo(x.dtype).eps * _size_of(like)[..., 0]
    return torch.where(none, 0.0, math.nan).to(x.dtype)


@twin(decompositions.usable)
def _usable(v: Any) -> Any:
    s = LA.svdvals(v)
    good = s[..., -1:] > 4 * s.shape[-1] * torch.finfo(s.dtype).eps ** 0.5 * s[..., :1]
    return torch.where(good, 1.0, math.nan).to(s.dtype)[..., None]
