"""Parts in threads: the sums of one thread, and faults that are not lost."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn

from orchard.train.language import cross_entropy
from orchard.train.parallel import recompute
from orchard.train.side_by_side import shares, side_by_side
from orchard.train.task import Loss

from .language.shapes import DENSE, drawn, ids


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
    assert [list(one) for one in shares([], nn.Linear(2, 2))] == [[]]


def test_without_gradients_nothing_is_kept_for_them(two_threads):
    model, seen = nn.Linear(2, 2), []

    def looks() -> Loss:
        seen.append(loss(model, torch.ones(1, 2)))
        return seen[-1]

    with torch.no_grad():
        found = side_by_side(model, [looks, looks])
    assert not found.total.requires_grad
    assert not any(one.total.requires_grad for one in seen)


class Added(nn.Module):
    """Weights that share a gradient, since they are only ever added, and one that all places share."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
        self.everywhere = nn.Parameter(torch.ones(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (self.first + self.second) * x + self.everywhere.expand(3)


@pytest.mark.parametrize("count", [2, 3])
def test_weights_that_share_a_gradient(two_threads, count):
    model, x = Added(), torch.arange(18.0).view(6, 3)

    def summed(x: torch.Tensor) -> Loss:
        total = loss(model, x).total + model.first.sum()  # whose gradient is one number, spread out
        return Loss(total, len(x), {})

    parts = x.chunk(count)
    side_by_side(model, [partial(summed, part) for part in parts]).total.backward()
    grads = [weight.grad.clone() for weight in model.parameters()]
    model.zero_grad()
    sum(summed(part).total for part in parts).backward()
    for grad, weight in zip(grads, model.parameters(), strict=True):
        torch.testing.assert_close(grad, weight.grad)


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_that_have_no_samples_help_the_others(threads, two_threads):
    torch.set_num_threads(threads)
    model, seen = nn.Linear(2, 2), []

    def looks() -> Loss:
        seen.append(torch.get_num_threads())
        return loss(model, torch.ones(1, 2))

    for _ in range(2):
        side_by_side(model, [looks, looks]).total.backward()
    assert seen == [threads // 2] * 4
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("fault", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("part", [0, 1])
def test_a_fault_on_the_way_back_is_raised_and_the_next_step_is_whole(two_threads, fault, part):
    model, x = nn.Linear(2, 2), torch.ones(3, 2)

    def fails(grad: torch.Tensor) -> None:
        raise fault

    def broken() -> Loss:
        found = loss(model, x)
        found.total.register_hook(fails)
        return found

    parts = [partial(loss, model, x)] * 2
    found = side_by_side(model, [*parts[:part], broken, *parts[part + 1 :]])
    with pytest.raises(fault):
        found.total.backward()
    assert torch.get_num_threads() == 2
    assert all(weight.grad is None for weight in model.parameters())
    side_by_side(model, parts).total.backward()
    grad = model.weight.grad.clone()
    model.zero_grad()
    (2 * loss(model, x).total).backward()
    torch.testing.assert_close(grad, model.weight.grad)


def language(threads: int, again: bool) -> list[torch.Tensor]:
    """Gradients of a language model in threads; `again`: activations are worked out twice."""
    torch.set_num_threads(threads)
    model = drawn(DENSE, torch.bfloat16)
    if again:
        recompute(model.model.layers)
    tokens = ids(7, 34)

    def part(share: range) -> Loss:
        own = tokens[share.start : share.stop]
        states = model(own[:, :-1]).flatten(0, 1)
        return Loss(cross_entropy(states, model.lm_head.weight, own[:, 1:].flatten()).total, len(states), {})

    side_by_side(model, [partial(part, share) for share in shares(range(7), model)]).total.backward()
    return [weight.grad for weight in model.parameters()]


@pytest.mark.parametrize("again", [False, True])
def test_a_number_of_threads_gives_the_same_to_the_bit_and_another_one_nearly(two_threads, again):
    one, two, same = (language(threads, again) for threads in (1, 2, 2))
    assert all(torch.equal(a, b) for a, b in zip(two, same, strict=True))
    for a, b in zip(one, two, strict=True):
        assert (a - b).norm() < 0.03 * a.norm()
