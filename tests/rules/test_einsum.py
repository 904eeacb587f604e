import numpy as np
import pytest

import tape
from tests.rules.checks import same
from tests.samples.base import r


def ein(*shapes, **options):
    """Return a test case: subscripts, operands, options."""
    *_, subscripts = shapes
    return pytest.param(subscripts, [r(*s) for s in shapes[:-1]], options, id=f"{subscripts}")


@pytest.mark.parametrize(
    ("subscripts", "operands", "options"),
    [
        ein((2, 3, 4), (4, 3), "...ij,jk->...ik"),
        ein((5, 2, 3, 4), (2, 4, 2), "...ij,...jk->...ik"),
        ein((5, 2, 3, 4), (1, 4, 2), "...ij,...jk"),
        ein((5, 3, 3), "...ii"),
        ein((5, 3, 3), "...ii->...i"),
        ein((3, 2, 2), "i...->..."),
        ein((3, 2, 2), "i...j"),
        ein((3, 2), (2, 4), "i...,...j->ij..."),
        ein((3, 2), (2,), "...,..."),
        ein((3, 1, 2), (4, 1), "a...,...->...a"),
        ein((3, 3), "...ij->ij"),
        ein((), "..."),
        ein((3, 2), "ba"),
        ein((3, 2), (4, 3), "ba,cb"),
        ein((3, 2), (2, 3), "Ab,bC"),
        ein((3, 2), (2, 3), " i j , j k -> i k "),
        ein((3, 3, 3), "iii"),
        ein((3, 2, 3, 3), "ijii->ji"),
        ein((3, 1), (3, 4), "ij,ij->ij"),
        ein((3, 1), (4, 2), "ij,jk->ik"),
        ein((1, 4), (3, 1), "ij,ij->"),
        ein((1, 4), (3, 4), "ij,ij->", optimize=True),
        ein((1, 1), (3,), "ii,i->"),
        ein((1, 1), (3,), "ii,i->i"),
        ein((0,), "i->"),
        ein((3, 3), (3, 3), (3, 3), "ij,jk,kl", optimize="optimal"),
        ein((3, 3), (3, 3), (3, 3), "ij,jk,kl", optimize=("greedy", 100)),
        ein((3, 2), (2, 3), (3, 2), "ij,jk,kl->il", optimize=["einsum_path", (0, 2), (0, 1)]),
        ein((2, 3), (3, 3), (3, 4), "...j,jk,kl", optimize=True),
        ein((3, 2), (2, 3), "ij,jk->ik", order="K", casting="safe", dtype=None, out=None),
        ein((3, 2), (2, 3), "ij,jk->ik", dtype=np.float64),
        ein((3, 2), (2, 3), "ij,jk->ik", dtype=np.float32, casting="same_kind"),
    ],
)
def test_subscripts(subscripts, operands, options):
    if options.get("dtype") is np.float32:
        t = tape.Tape()
        xs = [t.input(x) for x in operands]
        y = np.einsum(subscripts, *xs, **options)
        np.testing.assert_array_equal(y.value, np.einsum(subscripts, *operands, **options))
        assert (y.dtype, t.sweep(np.sum(y))[xs[0]].dtype) == (np.float32, np.float64)
        return
    same(lambda *xs: np.einsum(subscripts, *xs, **options), *operands)


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: np.einsum(a, [0, 1], b, [1, 2]),
        lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [2, 0]),
        lambda a, b: np.einsum(a, (0, 1), b, (1, 2), ()),
        lambda a, b: np.einsum(a, [0, ...], b, [..., 1], [0, 1, ...]),
        lambda a, b: np.einsum(a, [30, 2]),
        lambda a, b: np.einsum(a, [1, 0]),
        lambda a, b: np.einsum(a @ b, [5, 5]),
        lambda a, b: np.einsum(a @ b, [5, 5], [5], optimize=True),
        lambda a, b: np.einsum(a, [0, 1], np.ones((2, 3)), [1, 2]),
        lambda a, b: np.einsum("ij,jk", a, [[1.0, 2.0], [3.0, 4.0]]),
        lambda a, b: np.einsum(",ij", 2.0, a),
        lambda a, b: np.einsum("ij,ij,ik->k", a, a, a),
        lambda a, b: np.einsum("ij,jk,kl", a, b, a, optimize=np.einsum_path("ij,jk,kl", a, b, a)[0]),
        lambda a, b: np.einsum(a, [0, 1], b, [1, 2], optimize=np.einsum_path(a, [0, 1], b, [1, 2])[0]),
    ],
)
def test_forms(f):
    same(f, r(3, 2), r(2, 3))


def test_path_is_numpys():
    t = tape.Tape()
    a, b = r(3, 2), r(2, 3)
    assert np.einsum_path("ij,jk", t.input(a), b)[0] == np.einsum_path("ij,jk", a, b)[0]
    got = np.einsum_path("ij,jk,kl->il", t.input(a), b, a, optimize="optimal", einsum_call=False)
    assert got == np.einsum_path("ij,jk,kl->il", a, b, a, optimize="optimal")


def test_many_operands():
    n = 60
    word = ",".join(["i"] * n) + "->"
    found = tape.grad(lambda x: np.einsum(word, *[np.ones(3)] * (n - 1), x, optimize=True))(np.full(3, 2.0))
    np.testing.assert_array_equal(found, np.ones(3))


def test_complex_against_torch():
    torch = pytest.importorskip("torch")
    a, b = r(2, 3) + 1j * r(2, 3), r(4, 3) + 1j * r(4, 3)
    s, u = (torch.tensor(v, requires_grad=True) for v in (a, b))
    torch.sum(torch.abs(torch.einsum("ij,kj->ik", s, u.conj())) ** 2).backward()
    got = tape.grad(lambda a, b: np.sum(np.abs(np.einsum("ij,kj->ik", a, np.conj(b))) ** 2), argnums=(0, 1))(a, b)
    np.testing.assert_allclose(got[0], s.grad, rtol=1e-12)
    np.testing.assert_allclose(got[1], u.grad, rtol=1e-12)


@pytest.mark.parametrize("subscripts", ["ij,jk->il", "ij->ii", "i.j", "ijk", "ij,jk->ikk", "i->...", "ij,jk,kl->il"])
def test_errors_are_numpys(subscripts):
    operands = [np.ones((2, 2))] * min(subscripts.count(",") + 1, 2)
    with pytest.raises(ValueError):
        np.einsum(subscripts, *operands)
    t = tape.Tape()
    with pytest.raises(ValueError):
        np.einsum(subscripts, *(t.input(x) for x in operands))


def test_options_without_a_rule():
    t = tape.Tape()
    x = t.input(r(2, 2))
    with pytest.raises(tape.TapeError):
        np.einsum("ij->ji", x, out=np.zeros((2, 2)))
    with pytest.raises(tape.OptionError):
        np.einsum("ij->ji", x, order="F")
    with pytest.raises(TypeError, match="cannot cast"):
        np.einsum("ij->ji", x, dtype=np.float32)


@pytest.mark.parametrize("subscripts", ["ij,jk->ik", "bij,bkj->bik", "aij,aij->a", "iij,jk->ik"])
def test_large_adjoints_are_products_of_matrices_and_the_same_numbers(subscripts, monkeypatch):
    from tape.rules import einsum

    sizes = dict(zip("abijk", (40, 5, 41, 43, 47), strict=True))
    x, z = (r(*(sizes[c] for c in word)) for word in subscripts.partition("->")[0].split(","))
    got = tape.grad(lambda x, z: np.sum(np.einsum(subscripts, x, z) ** 2), argnums=(0, 1))(x, z)
    assert einsum.large(subscripts, x, z)
    monkeypatch.setattr(einsum, "LARGE", np.inf)
    want = tape.grad(lambda x, z: np.sum(np.einsum(subscripts, x, z) ** 2), argnums=(0, 1))(x, z)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12 * np.max(np.abs(other)))
