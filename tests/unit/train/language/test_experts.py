"""Routing: each token meets its expert, whoever else is in the batch."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from orchard.train.language import mixture_layers
from orchard.train.language.experts import Mixture

from .shapes import EXPERTS, NORMED


def mixture(architecture=EXPERTS) -> Mixture:
    made = Mixture(architecture)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in made.parameters():
            weight.normal_(0, 0.3, generator=generator)
    return made


def one_token(made: Mixture, x: torch.Tensor, count: int) -> torch.Tensor:
    """What a token becomes, worked out for it alone, expert by expert."""
    logits = x @ made.router.weight.T
    out = made.shared_expert(x)
    for expert in logits.topk(count).indices.tolist():
        scaled = x * logits[expert].sigmoid()
        gate, up = (scaled @ made.experts.gate_up_proj[expert]).chunk(2)
        out = out + (functional.silu(gate) * up) @ made.experts.down_proj[expert]
    return out


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), tokens=st.integers(1, 30), count=st.sampled_from([1, 2]))
def test_each_token_meets_its_own_experts(seed, tokens, count):
    made = mixture(EXPERTS if count == 1 else NORMED)
    x = torch.randn(1, tokens, 48, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        found = made(x)[0]
        wanted = torch.stack([one_token(made, row, count) for row in x[0]])
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-4)


def test_an_expert_that_nobody_meets_learns_nothing():
    made = mixture()
    with torch.no_grad():
        made.router.weight[3] = -made.router.weight[:3].sum(0) * 0
        made.router.weight[:3] = made.router.weight[:3].abs() + 1
        x = torch.rand(1, 20, 48) + 0.1
    made(x).sum().backward()
    assert not made.experts.down_proj.grad[3].any()
    assert made.experts.down_proj.grad[:3].any()


def test_experts_are_in_every_second_layer_as_llama_4s():
    assert mixture_layers(EXPERTS) == [1, 3]
    assert mixture_layers(NORMED) == [0, 1, 2, 3]
    assert mixture_layers(EXPERTS.model_copy(update={"dense_layers": 3})) == [3]
