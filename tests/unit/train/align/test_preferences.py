"""The better answer becomes likelier than the worse one; the loss is TRL's."""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import torch

from orchard.data.instructions import preferences
from orchard.spec.training import Preferences
from orchard.train.align import Begun, prefer
from orchard.train.align.preferences import PreferenceTask, preference_loss

if TYPE_CHECKING:
    from pathlib import Path

    from orchard.data.instructions import Material
    from orchard.data.tokenizer import Tokenizer
    from orchard.spec.training import Training
    from orchard.train.language import Language


def test_at_the_reference_the_loss_is_that_of_a_coin(
    model: Language, tokenizer: Tokenizer, material: Material
) -> None:
    pairs = preferences(material, 8)
    task = PreferenceTask(model, tokenizer, pairs, pairs, Preferences(pairs=8), pairs=8)
    found = task.loss(0, range(8))
    assert found.total.item() / found.terms == pytest.approx(math.log(2), rel=1e-5)
    assert found.figures["margin"] == pytest.approx(0, abs=1e-4)


def test_a_step_against_the_gradient_raises_the_better_and_lowers_the_worse() -> None:
    policy = torch.tensor([-2.0, -3.0, -2.0, -4.0], requires_grad=True)
    preference_loss(policy, torch.zeros(4), 0.5).loss.sum().backward()
    assert policy.grad is not None
    assert (policy.grad[:2] < 0).all()
    assert (policy.grad[2:] > 0).all()


def test_reference_is_frozen_while_the_model_moves(
    model: Language, tokenizer: Tokenizer, material: Material, training: Training, tmp_path: Path
) -> None:
    begun = Begun(model, tokenizer, material, training)
    found = prefer(begun, Preferences(pairs=160, rate=0.02), tmp_path)
    assert found.result.finished
    assert found.before["held_out_loss"] == pytest.approx(math.log(2), rel=1e-4)
    assert found.before["held_out_wrong"] == pytest.approx(0.5, abs=0.2)
    assert found.after["held_out_loss"] < 0.95 * math.log(2)
    assert found.after["held_out_wrong"] < found.before["held_out_wrong"]
    assert found.after["held_out_minus_margin"] < 0


def test_it_goes_on_exactly(
    model: Language, tokenizer: Tokenizer, material: Material, training: Training, tmp_path: Path
) -> None:
    """What goes on has the first model as its reference, not the one it goes on with."""
    settings = Preferences(pairs=96, rate=0.02)
    whole, parts = (Begun(copy.deepcopy(model), tokenizer, material, training) for _ in range(2))
    wanted = prefer(whole, settings, tmp_path / "whole")
    assert wanted.result.finished
    assert not prefer(parts, settings, tmp_path / "parts", until=2).result.finished
    again = parts._replace(model=copy.deepcopy(model))
    found = prefer(again, settings, tmp_path / "parts")
    assert found.result.resumed_from == 2
    assert (found.before, found.after) == (wanted.before, wanted.after)
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, again.model.state_dict()[name]), name


@pytest.mark.parametrize("beta", [0.05, 0.1, 1.0])
def test_the_loss_is_trls(beta: float) -> None:
    """TRL's own method with a stand-in for its trainer, on the same log-probabilities."""
    trainer = pytest.importorskip("trl", reason="TRL is the oracle; pip install trl").DPOTrainer
    draw = torch.Generator().manual_seed(7)
    tokens = -torch.rand(6, 5, generator=draw) * 3
    reference = -torch.rand(6, generator=draw) * 12
    same = SimpleNamespace(gather=lambda x: x, gather_for_metrics=lambda x: x, device="cpu")
    stand_in = SimpleNamespace(
        model=SimpleNamespace(training=False), accelerator=same, aux_loss_enabled=False, ld_alpha=None, beta=beta,
        precompute_ref_logps=True, f_divergence_type="reverse_kl", loss_types=["sigmoid"], loss_weights=[1.0],
        use_weighting=False, _metrics={"eval": defaultdict(list)}, _total_train_tokens=0,
    )  # fmt: skip

    def outputs(**_: object) -> SimpleNamespace:
        zeros = torch.zeros_like(tokens)
        return SimpleNamespace(log_probs=tokens, entropy=zeros, mean_logits=zeros, is_top1=zeros.bool())

    inputs = {
        "input_ids": torch.zeros(6, 6, dtype=torch.long), "completion_mask": torch.ones(6, 6, dtype=torch.long),
        "ref_chosen_logps": reference[:3], "ref_rejected_logps": reference[3:],
    }  # fmt: skip
    wanted = trainer._compute_loss(stand_in, outputs, inputs, return_outputs=False)
    found = preference_loss(tokens.sum(1), reference, beta)
    torch.testing.assert_close(found.loss.mean(), wanted)
    accuracy = stand_in._metrics["eval"]["rewards/accuracies"][0]
    assert (found.margin > 0).float().mean().item() == pytest.approx(accuracy)
    assert found.margin.mean().item() == pytest.approx(
        stand_in._metrics["eval"]["rewards/margins"][0], rel=1e-5
    )
