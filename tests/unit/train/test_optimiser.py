"""The optimiser against torch's own, which it replaces."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from orchard.train.optimiser import Optimiser, orthogonal

from .toy import recipe

SHAPES = [(8, 24), (24, 8), (16, 16), (8, 24)]


def weights(seed: int = 0) -> nn.ParameterList:
    torch.manual_seed(seed)
    return nn.ParameterList([nn.Parameter(torch.randn(shape)) for shape in [*SHAPES, (24,)]])


def gradients(model: nn.ParameterList, step: int) -> None:
    drawn = torch.Generator().manual_seed(step)
    for one in model:
        one.grad = torch.randn(one.shape, generator=drawn)


def test_matrices_go_as_with_torchs_muon_and_the_rest_as_with_its_adamw() -> None:
    training = recipe(rate=0.02, weight_decay=0.1, momentum=0.9, adam_rate=0.003, beta1=0.8, beta2=0.9)
    mine, theirs = weights(), weights()
    optimiser = Optimiser(mine, list(mine)[:4], training)
    muon = torch.optim.Muon(list(theirs)[:4], lr=0.02, weight_decay=0.1, momentum=0.9)
    adam = torch.optim.AdamW(list(theirs)[4:], lr=0.003, betas=(0.8, 0.9), weight_decay=0.0)
    for step in range(6):
        gradients(mine, step)
        gradients(theirs, step)
        optimiser.step(1.0)
        muon.step()
        adam.step()
    for one, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=2e-3, atol=2e-3)  # products in bf16, in another order
    assert torch.allclose(mine[4], theirs[4], atol=1e-6)


def test_adamw_of_matrices_decays_them_and_nothing_else() -> None:
    training = recipe(optimiser="adamw", adam_rate=0.003, weight_decay=0.1)
    mine, theirs = weights(), weights()
    optimiser = Optimiser(mine, list(mine)[:4], training)
    groups = [{"params": list(theirs)[:4], "weight_decay": 0.1}, {"params": list(theirs)[4:]}]
    adam = torch.optim.AdamW(groups, lr=0.0015, betas=(0.9, 0.95), weight_decay=0.0)
    for step in range(4):
        gradients(mine, step)
        gradients(theirs, step)
        optimiser.step(0.5)
        adam.step()
    for one, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_stacked_matrices_count_as_one_each() -> None:
    torch.manual_seed(0)
    stacked = nn.ParameterList([nn.Parameter(torch.randn(3, 8, 24))])
    apart = nn.ParameterList([nn.Parameter(one.clone()) for one in stacked[0].detach()])
    slope = torch.randn(3, 8, 24)
    for model, parts in ((stacked, [slope]), (apart, list(slope))):
        for one, part in zip(model, parts, strict=True):
            one.grad = part.clone()
        Optimiser(model, list(model), recipe()).step(1.0)
    torch.testing.assert_close(stacked[0], torch.stack([one.detach() for one in apart]))


@given(st.integers(1, 3), st.integers(1, 12), st.integers(0, 12), st.integers(0, 100))
@settings(max_examples=25, deadline=None)
def test_rows_become_nearly_orthonormal(count: int, rows: int, more: int, seed: int) -> None:
    drawn = torch.Generator().manual_seed(seed)
    # well-conditioned on purpose: what is nearly zero stays small for five iterations
    made = torch.linalg.qr(torch.randn(count, rows + more, rows, generator=drawn))[0].mT.contiguous()
    values = torch.linalg.svdvals(orthogonal(5.0 * made))
    assert bool(((values > 0.5) & (values < 1.5)).all())


def test_a_vector_is_no_matrix() -> None:
    model = weights()
    with pytest.raises(ValueError, match="no matrices: 4"):
        Optimiser(model, list(model), recipe())
