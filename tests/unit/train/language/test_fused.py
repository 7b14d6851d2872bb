"""Kernels and PyTorch alone give the same, whatever the shape; where kernels cannot work, PyTorch does."""

from __future__ import annotations

from contextlib import nullcontext

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core import caching

from orchard.spec.architecture import LanguageArchitecture
from orchard.train.language import Language, cross_entropy, kernels
from orchard.train.language.fused import plain, suits

from .shapes import DENSE, drawn, ids


def trained(model: Language, tokens: torch.Tensor, fused: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss of a token, and its gradient by all weights in one row."""
    with nullcontext() if fused else plain():
        states = model(tokens[:, :-1]).flatten(0, 1)
        sums = cross_entropy(states, model.lm_head.weight, tokens[:, 1:].flatten(), 1e-3)
        loss = sums.total / len(states)
        grads = torch.autograd.grad(loss, list(model.parameters()))
    return loss.detach(), torch.cat([grad.float().flatten() for grad in grads])


@settings(max_examples=25, deadline=None)
@given(
    hidden=st.integers(3, 70),
    ffn=st.integers(1, 90),
    entries=st.integers(2, 130),
    keys=st.integers(1, 3),
    group=st.integers(1, 3),
    half_head=st.sampled_from([1, 3, 8, 16, 32, 64]),
    layers=st.integers(1, 2),
    batch=st.integers(1, 3),
    sequence=st.one_of(st.integers(1, 40), st.just(513)),
    tied=st.booleans(),
    compute=st.sampled_from([torch.float32, torch.bfloat16]),
)
def test_loss_and_gradient_are_those_of_pytorch_alone(
    hidden, ffn, entries, keys, group, half_head, layers, batch, sequence, tied, compute
):
    shape = LanguageArchitecture(
        layers=layers, hidden=hidden, heads=keys * group, kv_heads=keys, head_dim=2 * half_head, ffn=ffn,
        vocabulary=entries, tied_embeddings=tied,
    )  # fmt: skip
    model, tokens = drawn(shape, compute), ids(batch, sequence + 1, entries=entries)
    (loss, grad), (wanted, slope) = (trained(model, tokens, fused) for fused in (True, False))
    near = 1e-5 if compute is torch.float32 else 3e-2
    torch.testing.assert_close(loss, wanted, atol=near, rtol=near)
    assert (grad - slope).norm() <= near * 4 * slope.norm() + 1e-6


def test_weights_in_half_precision_are_read_as_such():
    model = drawn(DENSE, torch.bfloat16).bfloat16()
    (loss, grad), (wanted, slope) = (trained(model, ids(2, 20), fused) for fused in (True, False))
    torch.testing.assert_close(loss, wanted, atol=2e-2, rtol=2e-2)
    assert (grad - slope).norm() < 0.1 * slope.norm()


def test_autocast_is_left_to_pytorch():
    model, tokens = drawn(DENSE), ids(2, 20)
    exact = model(tokens)
    with torch.autocast("cpu", torch.bfloat16):
        assert not suits(exact)
        near = model(tokens)
    assert suits(exact)
    torch.testing.assert_close(near.float(), exact, atol=0.1, rtol=0.1)


def test_tensors_elsewhere_and_other_formats_are_left_to_pytorch():
    assert not suits(torch.empty(2, device="meta"))
    assert not suits(torch.empty(2), torch.empty(2, dtype=torch.float64))
    assert not suits(torch.empty(2, dtype=torch.float16))


def test_without_a_folder_to_write_to_kernels_are_compiled_all_the_same(monkeypatch):
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])

    def double(x):
        return x + x

    assert kernels._kernel(double)(2.0) == 4.0
