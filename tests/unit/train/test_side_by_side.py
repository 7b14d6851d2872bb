"""Parts in threads: the sums of one thread, and faults that are not lost."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn

from orchard.train.side_by_side import shares, side_by_side
from orchard.train.task import Loss


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def loss(model: nn.Module, x: torch.Tensor) -> Loss:
    total = model(x).square().sum()
    return Loss(total, len(x), {"total": total.item()})


def test_the_gradient_is_that_of_the_whole(two_threads):
    model = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 4))
    x = torch.randn(9, 6, generator=torch.Generator().manual_seed(0))
    cut = shares(range(9), model)
    assert [list(one) for one in cut] == [[0, 1, 2, 3], [4, 5, 6, 7, 8]]
    found = side_by_side(model, [partial(loss, model, x[one[0] : one[-1] + 1]) for one in cut])
    (found.total / 9).backward()
    grads = [weight.grad.clone() for weight in model.parameters()]
    model.zero_grad()
    whole = loss(model, x)
    (whole.total / 9).backward()
    assert found.terms == 9
    assert found.figures["total"] == pytest.approx(whole.figures["total"], rel=1e-6)
    for grad, weight in zip(grads, model.parameters(), strict=True):
        torch.testing.assert_close(grad, weight.grad)
    assert torch.get_num_threads() == 2


def test_a_fault_in_a_thread_is_raised(two_threads):
    model = nn.Linear(2, 2)

    def fails() -> Loss:
        raise ArithmeticError("in a thread")

    with pytest.raises(ArithmeticError, match="in a thread"):
        side_by_side(model, [partial(loss, model, torch.ones(1, 2)), fails])
    assert torch.get_num_threads() == 2


def test_one_thread_has_one_share(two_threads):
    torch.set_num_threads(1)
    assert len(shares(range(4), nn.Linear(2, 2))) == 1
    torch.set_num_threads(2)
    assert len(shares(range(1), nn.Linear(2, 2))) == 1


def test_without_gradients(two_threads):
    model = nn.Linear(2, 2)
    with torch.no_grad():
        found = side_by_side(model, [partial(loss, model, torch.ones(1, 2))] * 2)
    assert not found.total.requires_grad
