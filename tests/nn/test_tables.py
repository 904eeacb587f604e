import numpy as np
import pytest
import torch
import torch.nn.functional as F

import tape
from tape import nn
from tests.nn.against import compare, compare_second

rng = np.random.default_rng(0)
TABLE = rng.normal(size=(6, 3))


@pytest.mark.parametrize("indices", [[0, 5, 5, 2, 5], [[1, 1], [0, 1]], 3, [], [[[2]], [[2]]]])
@pytest.mark.parametrize("padding_idx", [None, 1, -1])
def test_embedding(indices, padding_idx):
    indices = np.array(indices, np.int64)
    there = torch.from_numpy(indices)
    ours = lambda w: np.tanh(nn.embedding(indices, w, padding_idx=padding_idx))
    torchs = lambda w: torch.tanh(F.embedding(there, w, padding_idx=padding_idx))
    compare(ours, torchs, TABLE)
    if indices.size:  # torch fails at the second derivative of reading nothing
        compare_second(ours, torchs, TABLE)


def test_a_row_that_is_read_often_gets_every_share():
    indices = np.array([2, 2, 2, 0])
    g = tape.grad(lambda w: np.sum(nn.embedding(indices, w) * np.arange(1.0, 5.0)[:, None]))(TABLE)
    np.testing.assert_array_equal(g[:, 0], [4, 0, 6, 0, 0, 0])


def test_reading_step_by_step_adds_into_one_buffer():
    def read(w):
        return sum(np.sum(nn.embedding([k % 6, 1], w) ** 2) for k in range(12))

    expected = tape.grad(lambda w: np.sum(nn.embedding([[k % 6, 1] for k in range(12)], w) ** 2))(TABLE)
    np.testing.assert_allclose(tape.grad(read)(TABLE), expected, rtol=1e-14)
    h = tape.hvp(read, (TABLE,), (np.ones_like(TABLE),))
    np.testing.assert_allclose(h, 2 * np.array([2, 14, 2, 2, 2, 2])[:, None] * np.ones(3), rtol=1e-14)


def test_the_sweep_costs_as_much_as_what_was_read_not_as_the_table(monkeypatch):
    from tape.nn import tables

    made = []
    monkeypatch.setattr(tables, "add_rows", lambda *a, **k: made.append(a))
    tape.grad(lambda w: sum(np.sum(nn.embedding([k], w)) for k in range(6)))(TABLE)
    assert made == []  # no table of zeros for each read: rows are added into one buffer


@pytest.mark.parametrize(
    ("indices", "message"), [([6], "indices from 6 to 6, of a table of 6 rows"), ([-1, 2], "from -1 to 2")]
)
def test_indices_that_are_not_in_the_table(indices, message):
    with pytest.raises(IndexError, match=message):
        nn.embedding(indices, TABLE)


def test_what_is_no_index_or_no_table():
    with pytest.raises(tape.InputTypeError, match=r"embedding: indices of shape \(1,\) are float64"):
        nn.embedding([1.0], TABLE)
    with pytest.raises(tape.ShapeError, match=r"the table has shape \(6,\)"):
        nn.embedding([1], TABLE[:, 0])
    with pytest.raises(IndexError, match="padding_idx=6"):
        nn.embedding([1], TABLE, padding_idx=6)


def test_one_hot():
    indices = np.array([[0, 2], [1, 0]])
    for classes in (-1, 4):
        expected = F.one_hot(torch.from_numpy(indices), classes).numpy()
        np.testing.assert_array_equal(nn.one_hot(indices, classes), expected)
        assert nn.one_hot(indices, classes).dtype == np.int64
    with pytest.raises(IndexError, match="from 0 to 2 for 2 classes"):
        nn.one_hot(indices, 2)
    with pytest.raises(ValueError, match="num_classes can't be told"):
        nn.one_hot(np.zeros(0, int))
    with pytest.raises(tape.InputTypeError):
        nn.one_hot(np.zeros(2))
