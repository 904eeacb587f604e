"""Twins of inverses, systems, determinants and decompositions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from tape.program.torch import twin
from tape.rules import decompositions, norms, parts, solving

__tape__ = True

LA = torch.linalg

twin(np.linalg.inv)(LA.inv)
twin(np.linalg.det)(LA.det)
twin(np.linalg.slogdet)(lambda a: tuple(LA.slogdet(a)))
twin(parts.component)(lambda results, *, index: results[index])
twin(np.linalg.cholesky)(lambda a, *, upper=False: LA.cholesky(a, upper=upper))
twin(np.linalg.eigvalsh)(lambda a, *, UPLO="L": LA.eigvalsh(a, UPLO))
twin(np.linalg.svdvals)(LA.svdvals)
twin(decompositions.thin_qr)(lambda a: tuple(LA.qr(a)))
twin(decompositions.thin_svd)(lambda a: tuple(LA.svd(a, full_matrices=False)))
twin(np.linalg.eigh)(lambda a, *, UPLO="L": tuple(LA.eigh(a, UPLO)))


@twin(solving.cofactors)
def _cofactors(a: Any) -> Any:
    return LA.det(a)[..., None, None] * LA.inv(a).mT


@twin(np.linalg.solve, casts=True)
def _solve(a: Any, b: Any) -> Any:
    return LA.solve(a, b) if b.ndim > 1 else LA.solve(a, b.unsqueeze(-1)).squeeze(-1)


@twin(np.linalg.pinv)
def _pinv(a: Any, *, rcond: Any = None, hermitian: bool = False, rtol: Any = None) -> Any:
    given = rcond if rtol is None or rtol is np._NoValue else rtol
    return LA.pinv(a, rtol=1e-15 if given is None else given, hermitian=hermitian)


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
def _coincide(w: Any, *, opposite: bool = False) -> Any:
    one, other = w.unsqueeze(-1), w.unsqueeze(-2)
    largest = w.abs().amax(-1)[..., None, None]
    bound = decompositions.MARGIN * w.shape[-1] * torch.finfo(w.dtype).eps * largest
    return (one + other if opposite else one - other).abs() <= bound


def _size_of(x: Any) -> Any:
    return x.abs().amax((-2, -1), keepdim=True)


@twin(decompositions.vanish)
def _vanish(s: Any, *, size: int) -> Any:
    return (s <= decompositions.MARGIN * size * torch.finfo(s.dtype).eps * s.amax(-1, keepdim=True)).unsqueeze(-2)


@twin(norms.at_tip)
def _at_tip(s: Any, *, size: int) -> Any:
    return torch.where(_vanish(s, size=size)[..., 0, :], s, torch.zeros_like(s))


@twin(decompositions.tips)
def _tips(g: Any, s: Any, *, size: int) -> Any:
    none, slope = _vanish(s, size=size)[..., 0, :], g.abs()
    steepest = torch.where(none, torch.zeros_like(slope), slope).amax(-1, keepdim=True)
    bound = decompositions.MARGIN * size * torch.finfo(s.dtype).eps * steepest * s.amax(-1, keepdim=True)
    found = torch.where(slope * s <= bound, -g, torch.full_like(g, math.nan))
    return torch.where(none, found, torch.zeros_like(g))


@twin(decompositions.independent)
def _independent(r: Any) -> Any:
    r = r.abs()
    bound = decompositions.MARGIN * r.shape[-1] * torch.finfo(r.dtype).eps * r.amax(-2)
    hole = (torch.diagonal(r, dim1=-2, dim2=-1) <= bound).any(-1)
    return torch.where(hole, math.nan, 1.0).to(r.dtype)[..., None, None]


@twin(decompositions.nearest)
def _nearest(y: Any, w: Any) -> Any:
    return torch.from_numpy(decompositions.nearest(y.detach().numpy(), w.detach().numpy()))


@twin(solving.regular)
def _regular(a: Any) -> Any:
    s = LA.svdvals(a)
    good = s.amin(-1) > torch.finfo(s.dtype).eps ** 0.5 * s.amax(-1)
    return torch.where(good, 1.0, math.nan).to(s.dtype)[..., None, None]


@twin(solving.steepness)
def _steepness(p: Any) -> Any:
    bits, power = torch.frexp((LA.svdvals(p).amax(-1) ** 2).clamp_min(torch.finfo(p.real.dtype).tiny))
    return torch.ldexp(torch.ceil(bits * 2**20) / 2**20, power)[..., None, None]


@twin(solving.magnitude)
def _magnitude(a: Any) -> Any:
    size = a.abs().amax() if a.numel() else torch.zeros((), dtype=a.real.dtype)
    return torch.ldexp(torch.ones_like(size), torch.frexp(size).exponent - 1)


@twin(solving.cofactors_change, casts=True)
def _cofactors_change(a: Any, d: Any) -> Any:
    c = _cofactors(a)
    both = (d * c).sum((-2, -1), keepdim=True)
    return (c * both - torch.matmul(torch.matmul(c, d.mT), c)) / LA.det(a)[..., None, None]


@twin(decompositions.quotient)
def _quotient(x: Any, e: Any, hole: Any) -> Any:
    return torch.where(hole, torch.full_like(x, math.nan), x / torch.where(hole, torch.ones_like(e), e))


@twin(decompositions.torn)
def _torn(d: Any, hole: Any) -> Any:
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
