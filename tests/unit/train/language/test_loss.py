"""Cross-entropy by chunks: the values and gradients of the plain one."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from orchard.train.language import IGNORED, cross_entropy
from orchard.train.language.fused import plain


def drawn(tokens: int, seed: int = 0, entries: int = 150, width: int = 24) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(tokens, width, generator=generator).requires_grad_()
    head = torch.randn(entries, width, generator=generator).requires_grad_()
    targets = torch.randint(0, entries, (tokens,), generator=generator)
    return states, head, targets


def expected(states, head, targets, z_loss, weights):
    logits = states @ head.T
    counted = (targets != IGNORED).float() * weights
    nats = functional.cross_entropy(logits, targets, reduction="none", ignore_index=IGNORED)
    return (nats * counted).sum(), (logits.logsumexp(-1).square() * counted).sum() * z_loss


@settings(max_examples=15, deadline=None)
@given(
    tokens=st.integers(1, 1200),
    z_loss=st.sampled_from([0.0, 1e-3]),
    seed=st.integers(0, 99),
    fused=st.booleans(),
)
def test_values_and_gradients_are_those_of_all_logits_at_once(tokens, z_loss, seed, fused):
    states, head, targets = drawn(tokens, seed)
    weights = torch.rand(tokens)
    targets[::3] = IGNORED
    nats, z = expected(states, head, targets, z_loss, weights)
    wanted = torch.autograd.grad((nats + z) / tokens, (states, head))
    if fused:
        sums = cross_entropy(states, head, targets, z_loss, weights)
    else:
        with plain():
            sums = cross_entropy(states, head, targets, z_loss, weights)
    torch.testing.assert_close(sums.total, nats + z, atol=1e-3, rtol=1e-5)
    torch.testing.assert_close(sums.nats.float(), nats, atol=1e-3, rtol=1e-5)
    for grad, exact in zip(torch.autograd.grad(sums.total / tokens, (states, head)), wanted, strict=True):
        torch.testing.assert_close(grad, exact, atol=1e-5, rtol=1e-4)


def test_half_precision_is_near():
    states, head, targets = drawn(700)
    small = states.detach().div(4).bfloat16().requires_grad_()
    exact = functional.cross_entropy(small.float() @ head.bfloat16().float().T, targets, reduction="sum")
    sums = cross_entropy(small, head, targets)
    assert sums.total.item() == pytest.approx(exact.item(), rel=2e-3)
    wanted, found = (torch.autograd.grad(total, head)[0] for total in (exact, sums.total))
    assert functional.cosine_similarity(wanted.flatten(), found.flatten(), dim=0) > 0.999


def test_ignored_targets_leave_nothing():
    states, head, targets = drawn(5)
    targets[:] = IGNORED
    sums = cross_entropy(states, head, targets)
    sums.total.backward()
    assert sums.total.item() == 0
    assert not states.grad.any()
    assert not head.grad.any()


def test_a_number_that_is_none_is_told():
    states, head, targets = drawn(5)
    with torch.no_grad():
        states[2, 3] = torch.nan
    assert cross_entropy(states, head, targets).total.isnan()


@pytest.mark.parametrize("bad", [150, 10**9, -1])
def test_a_target_that_is_no_entry_is_refused(bad):
    states, head, targets = drawn(5)
    targets[4] = bad
    for kernels in (nullcontext(), plain()):
        with kernels, pytest.raises((IndexError, RuntimeError), match=r"targets from|out of bounds"):
            cross_entropy(states, head, targets)


def test_without_gradients_none_are_taken():
    states, head, targets = drawn(5)
    with torch.no_grad():
        sums = cross_entropy(states, head, targets)
    assert not sums.total.requires_grad
