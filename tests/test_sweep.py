"""Sweeps: adjoints of every entry, contributions, pruning, ownership, tangents."""

from __future__ import annotations

import numpy as np
import pytest

import tape
from tape import sweep


def network():
    rng = np.random.default_rng(3)
    t = tape.Tape()
    x = t.input(rng.normal(size=(4, 3)), name="x")
    w1, w2 = t.weight(rng.normal(size=(3, 5)), name="w1"), t.weight(rng.normal(size=(5, 2)), name="w2")
    h = np.sin(x @ w1)
    y = h @ w2
    loss = np.sum(y * y)
    return t, x, w1, w2, h, y, loss


def test_adjoints_of_activations_and_weights():
    t, x, w1, w2, h, y, loss = network()
    a = t.sweep(loss)
    np.testing.assert_array_equal(a[loss], 1.0)
    np.testing.assert_allclose(a[y], 2 * y.value, rtol=1e-15)
    np.testing.assert_allclose(a[w2], h.value.T @ (2 * y.value), rtol=1e-14)
    np.testing.assert_allclose(a[h], 2 * y.value @ w2.value.T, rtol=1e-14)
    dz = a[h] * np.cos(x.value @ w1.value)
    np.testing.assert_allclose(a[w1], x.value.T @ dz, rtol=1e-14)
    np.testing.assert_allclose(a[x], dz @ w1.value.T, rtol=1e-14)
    for entry in t.entries:
        assert a[entry].shape == entry.shape
        assert a.reached(entry)


def test_a_sweep_changes_nothing_so_that_two_agree():
    t, *_, loss = network()
    first, second = t.sweep(loss), t.sweep(loss)
    for entry in t.entries:
        assert first[entry].tobytes() == second[entry].tobytes()


def test_the_fast_sweep_the_full_sweep_and_the_recorded_sweep_give_the_same_bits():
    rng = np.random.default_rng(0)
    w = rng.normal(size=(3, 3))

    def f(w):
        a = np.sin(w * 2.0 + 1.0)
        b = a * a + w * a
        c = np.exp(-b) / (1.0 + a * a)
        return np.sum(c @ w + w[0] + c * 3)

    fast = tape.grad(f)(w)
    t = tape.Tape()
    x = t.input(w)
    y = f(x)
    full = t.sweep(y)[x]
    recorded = sweep.reverse(t, y, recorded=True)[x]
    residuals = tape.Tape(keep="residuals")
    z = residuals.input(w)
    kept = residuals.sweep(f(z))[z]
    assert fast.tobytes() == full.tobytes() == recorded.value.tobytes() == kept.tobytes()


def test_contributions_add_up_in_the_order_of_the_sweep():
    t = tape.Tape()
    x = t.input(3.0, name="x")
    a = x * 2.0
    y = a * x + x
    seen: list[tape.Contribution] = []
    t.sweep(y, observe=seen.append)
    to_x = [c for c in seen if c.target == x.entry]
    assert [float(c.contribution) for c in to_x] == [1.0, 6.0, 6.0]
    assert [float(c.total) for c in to_x] == [1.0, 7.0, 13.0]
    assert [c.source.index for c in seen] == sorted((c.source.index for c in seen), reverse=True)
    sums: dict[int, float] = {}
    for c in seen:
        sums[c.target.index] = sums.get(c.target.index, 0.0) + float(c.contribution)
        assert sums[c.target.index] == float(c.total)


def test_observed_totals_are_not_changed_afterwards():
    t = tape.Tape()
    x = t.input([1.0, 2.0])
    y = np.sum(x * x + x * 2.0 + x * 3.0)
    seen = []
    t.sweep(y, observe=seen.append)
    totals = [c.total.copy() for c in seen]
    t.sweep(y, observe=lambda c: None)
    for c, total in zip(seen, totals, strict=True):
        np.testing.assert_array_equal(c.total, total)


def test_pruned_sweep_visits_only_what_leads_to_the_wanted():
    t, x, w1, w2, h, y, loss = network()
    full = t.sweep(loss)
    visited = []
    pruned = t.sweep(loss, wrt=w2, observe=lambda c: visited.append((c.source.index, c.target.index)))
    assert pruned[w2].tobytes() == full[w2].tobytes()
    targets = {target for _, target in visited}
    assert targets == {y.entry.index, w2.entry.index, *range(y.entry.index + 1, loss.entry.index)}
    assert h.entry.index not in targets
    assert w1.entry.index not in targets
    both = t.sweep(loss, wrt=[w1, h])
    assert both[h].tobytes() == full[h].tobytes()
    assert both[w1].tobytes() == full[w1].tobytes()
    with pytest.raises(KeyError):
        both[x]


def test_sweep_from_an_entry_in_the_middle():
    t, _, w1, w2, h, _, _ = network()
    a = t.sweep(h, np.ones(h.shape))
    np.testing.assert_array_equal(a[w2], np.zeros(w2.shape))
    assert not a.reached(w2)
    assert a[w1].any()


def test_fan_out_of_one_entry_to_itself_and_to_many():
    t = tape.Tape()
    x = t.input([2.0, 3.0])
    y = x * x
    np.testing.assert_array_equal(t.sweep(np.sum(y))[x], 2 * x.value)
    b = x + x
    c = b + b
    np.testing.assert_array_equal(t.sweep(np.sum(c))[x], [4.0, 4.0])


def test_broadcasting_is_undone():
    t = tape.Tape()
    a, b, c, s = t.input(np.ones((2, 3))), t.input(np.ones(3)), t.input(np.ones((2, 1))), t.input(2.0)
    y = np.sum(a * b * c * s)
    adjoints = t.sweep(y)
    np.testing.assert_array_equal(adjoints[b], [4.0, 4.0, 4.0])
    np.testing.assert_array_equal(adjoints[c], [[6.0], [6.0]])
    assert adjoints[s] == 6.0
    assert adjoints[s].shape == ()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_adjoints_have_the_dtype_of_their_primals(dtype):
    t = tape.Tape()
    x, w = t.input(np.ones(3, dtype)), t.input(np.ones(3, np.float64))
    y = np.sum(x * w * 2.0)
    a = t.sweep(y)
    assert a[x].dtype == dtype
    assert a[w].dtype == np.float64


def test_a_real_input_of_a_complex_product_has_a_real_adjoint():
    t = tape.Tape()
    x, z = t.input([1.0, 2.0]), t.input([1 + 1j, 2 - 1j])
    y = x * z
    a = t.sweep(y, np.array([1 + 0j, 1j]))
    assert a[x].dtype == np.float64
    np.testing.assert_allclose(a[x], [1.0, -1.0])
    np.testing.assert_allclose(a[z], np.array([1 + 0j, 1j]) * x.value)


def test_tangents_of_every_entry():
    t, x, w1, w2, h, y, loss = network()
    v = np.random.default_rng(0).normal(size=w1.shape)
    d = t.tangents([(w1, v)])
    np.testing.assert_array_equal(d[w1], v)
    np.testing.assert_array_equal(d[w2], np.zeros(w2.shape))
    np.testing.assert_allclose(d[h], np.cos(x.value @ w1.value) * (x.value @ v), rtol=1e-13)
    np.testing.assert_allclose(d[loss], np.sum(t.sweep(loss)[w1] * v), rtol=1e-13)
    with pytest.raises(tape.SeedError, match="shape"):
        t.tangents([(w1, np.ones(3))])


def test_deep_tapes_are_swept_without_recursion():
    t = tape.Tape(keep="residuals")
    x = v = t.input(np.ones(2))
    for _ in range(50_000):
        v = v + 1.0
    np.testing.assert_array_equal(t.sweep(np.sum(v), wrt=x)[x], [1.0, 1.0])
    np.testing.assert_array_equal(t.tangents([(x, np.ones(2))])[v], [1.0, 1.0])


def test_a_borrowed_adjoint_is_not_added_to_in_place():
    # The two arguments of an addition share one adjoint; the second arrival at one mustn't change the other.
    t = tape.Tape()
    a, b = t.input(np.ones(2)), t.input(np.ones(2))
    y = np.sum((a + b) + a * 2.0 + a * 3.0)
    adjoints = t.sweep(y)
    np.testing.assert_array_equal(adjoints[a], [6.0, 6.0])
    np.testing.assert_array_equal(adjoints[b], [1.0, 1.0])
    ga, gb = tape.grad(lambda a, b: np.sum((a + b) + a * 2.0 + a * 3.0), (0, 1))(np.ones(2), np.ones(2))
    np.testing.assert_array_equal(ga, [6.0, 6.0])
    np.testing.assert_array_equal(gb, [1.0, 1.0])


def test_the_users_seed_is_not_written_to():
    seed = np.ones(2)
    t = tape.Tape()
    x = t.input(np.ones(2))
    t.sweep(x + (x + x) * 1.0, seed)
    np.testing.assert_array_equal(seed, np.ones(2))


@pytest.mark.parametrize(
    "f", [lambda z: np.prod(z, axis=0), lambda z: np.cumprod(z, axis=0), lambda z: np.multiply.reduce(z)]
)
def test_products_of_complex_numbers_conjugate(f):
    rng = np.random.default_rng(5)
    z, h = rng.normal(size=(2, 3, 4, 2)) @ np.array([1, 1j])
    w = rng.normal(size=np.shape(f(z)))
    g = tape.grad(lambda z: np.sum(np.real(f(z) * w)) + np.sum(np.imag(f(z))))(z)
    e = 1e-6
    slope = [np.sum(np.real(f(z + s * h) * w)) + np.sum(np.imag(f(z + s * h))) for s in (e, -e)]
    np.testing.assert_allclose(np.sum(np.real(np.conj(g) * h)), (slope[0] - slope[1]) / (2 * e), rtol=1e-8)
