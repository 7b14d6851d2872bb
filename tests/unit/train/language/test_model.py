"""The decoder: the same numbers as transformers, and what a decoder must and must not do."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from orchard.arch import parameters
from orchard.errors import SpecError
from orchard.spec.architecture import LanguageArchitecture
from orchard.train.language import Language, check_trainable, initialise, transformers_config
from orchard.train.language.fused import plain

from .shapes import DENSE, EXPERTS, SHAPES, drawn, ids


def theirs(architecture: LanguageArchitecture, model: Language) -> nn.Module:
    """The model of transformers with the same weights."""
    import transformers

    config = transformers_config(architecture, 64)
    if architecture.experts:
        other = transformers.Llama4ForCausalLM(transformers.Llama4TextConfig(**config))
    else:
        other = transformers.LlamaForCausalLM(transformers.LlamaConfig(**config))
    other.load_state_dict(model.state_dict(), strict=True)
    return other


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("name", SHAPES)
def test_logits_and_gradients_are_those_of_transformers(name, fused):
    architecture = SHAPES[name]
    model, tokens = drawn(architecture), ids(2, 25)
    other = theirs(architecture, model)
    expected = other(tokens[:, :-1]).logits
    functional.cross_entropy(expected.flatten(0, 1), tokens[:, 1:].flatten()).backward()
    if fused:
        logits = model.logits(model(tokens[:, :-1]))
        functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten()).backward()
    else:
        with plain():
            logits = model.logits(model(tokens[:, :-1]))
            functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten()).backward()
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-5)
    grads = {key: weight.grad for key, weight in other.named_parameters()}
    assert grads.keys() == dict(model.named_parameters()).keys()
    for key, weight in model.named_parameters():
        torch.testing.assert_close(
            weight.grad, grads[key], atol=1e-5, rtol=1e-4, msg=lambda m, k=key: f"{k}: {m}"
        )


@pytest.mark.parametrize("name", SHAPES)
def test_weights_are_as_many_as_planned(name):
    architecture = SHAPES[name]
    held = sum(weight.numel() for weight in Language(architecture).parameters())
    without = architecture.model_copy(update={"qk_norm": False})  # Llama 4's norm of heads has no weights
    assert held == parameters(without).total


@settings(max_examples=10, deadline=None)
@given(cut=st.integers(1, 39), seed=st.integers(0, 1000), name=st.sampled_from(sorted(SHAPES)))
def test_what_comes_later_changes_nothing_before(cut, seed, name):
    model, tokens = drawn(SHAPES[name]), ids(1, 40, seed=seed)
    changed = tokens.clone()
    changed[:, cut:] = (changed[:, cut:] + 1) % 120
    with torch.no_grad():
        before, after = model(tokens), model(changed)
    torch.testing.assert_close(before[:, :cut], after[:, :cut], atol=1e-5, rtol=1e-5)
    assert not torch.allclose(before[:, cut:], after[:, cut:], atol=1e-3)


def test_sequences_longer_than_a_block_of_attention():
    model, tokens = drawn(DENSE), ids(1, 1100)
    fused = model(tokens).square().mean()
    fused.backward()
    grads = [weight.grad.clone() for weight in model.parameters()]
    model.zero_grad()
    with plain():
        expected = model(tokens).square().mean()
        expected.backward()
    torch.testing.assert_close(fused, expected, atol=1e-5, rtol=1e-5)
    for grad, weight in zip(grads, model.parameters(), strict=True):
        torch.testing.assert_close(grad, weight.grad, atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize("name", SHAPES)
def test_bfloat16_is_near_float32(name):
    model, half = drawn(SHAPES[name]), drawn(SHAPES[name], torch.bfloat16)
    tokens = ids(2, 32)
    with torch.no_grad():
        exact, near = model(tokens), half(tokens)
    assert near.dtype is torch.bfloat16
    # a token that goes to another expert, for a difference in the last digit, is far off by right
    apart = (exact - near.float()).norm(dim=-1) / exact.norm(dim=-1)
    assert apart.median() < 0.02


def test_bfloat16_gradients_point_where_those_of_float32_do():
    found = []
    for compute in (torch.float32, torch.bfloat16):
        model = drawn(DENSE, compute)
        states = model(ids(2, 32))
        functional.cross_entropy(model.logits(states).flatten(0, 1), ids(64, seed=3)).backward()
        found.append(torch.cat([weight.grad.flatten() for weight in model.parameters()]))
    assert functional.cosine_similarity(*found, dim=0) > 0.999


def test_not_a_number_is_not_hidden():
    model = drawn(DENSE, torch.bfloat16)
    with torch.no_grad():
        model.model.layers[0].mlp.gate_proj.weight[0, 0] = torch.nan
        assert model(ids(1, 8)).isnan().any()


def test_new_weights_are_the_same_for_a_seed():
    first, second, third = Language(DENSE), Language(DENSE), Language(DENSE)
    initialise(first, 1), initialise(second, 1), initialise(third, 2)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not torch.equal(first.lm_head.weight, third.lm_head.weight)


def test_what_is_not_trained_is_refused_with_all_reasons():
    mla = LanguageArchitecture(
        layers=2, hidden=64, heads=2, ffn=64, vocabulary=300, kv_lora_rank=8, qk_rope_dim=8, qk_nope_dim=8,
        v_head_dim=8, qk_norm=True, mtp_layers=1,
    )  # fmt: skip
    with pytest.raises(SpecError) as refused:
        check_trainable(mla, "models.x.architecture")
    assert {finding.path for finding in refused.value.findings} == {
        f"models.x.architecture.{name}" for name in ("kv_lora_rank", "qk_norm", "mtp_layers")
    }
    assert {finding.code for finding in refused.value.findings} == {"O839"}


def test_experts_of_unequal_width_are_refused():
    with pytest.raises(SpecError, match="shared_ffn"):
        Language(EXPERTS.model_copy(update={"shared_ffn": 8}))
