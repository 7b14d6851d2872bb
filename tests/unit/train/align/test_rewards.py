"""Rewards rise, steps are repeated exactly, and the loss is TRL's."""

from __future__ import annotations

import copy
from collections import defaultdict
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from orchard.data.instructions import Check, Problem, Provenance, Turn, verifiable
from orchard.errors import TrainError
from orchard.spec.training import Rewards, Training
from orchard.train.align import Begun, align, reward
from orchard.train.align.rewards import RewardsTask, advantages, rewards_of, surrogate
from orchard.train.align.stages import REWARDED, HeldOutReward, practised
from orchard.train.folder import ModelFolder
from orchard.train.loop import train
from orchard.train.parallel import Processes

if TYPE_CHECKING:
    from pathlib import Path

    from orchard.data.instructions import Material
    from orchard.data.tokenizer import Tokenizer
    from orchard.train.language import Language

HERE = Provenance("test", "test", "none", 0)


def problem(question: str, check: Check) -> Problem:
    return Problem(question, "toy", (Turn("user", question),), check, HERE)


@given(st.lists(st.lists(st.sampled_from((0.0, 0.25, 1.0)), min_size=4, max_size=4), min_size=1, max_size=5))
def test_advantages_are_centred_and_even_groups_teach_nothing(rewards: list[list[float]]) -> None:
    found = advantages(torch.tensor(rewards))
    torch.testing.assert_close(found.sum(1), torch.zeros(len(rewards)), atol=1e-4, rtol=0)
    for group, row in zip(rewards, found.tolist(), strict=True):
        if len(set(group)) == 1:
            assert row == [0, 0, 0, 0]
        else:
            assert sorted(zip(group, row, strict=True)) == sorted(
                zip(group, row, strict=True), key=lambda one: one[1]
            )


def test_clipping_stops_the_gradient_of_what_has_moved_far_enough() -> None:
    policy = torch.tensor([0.5, 0.5, -0.5, -0.5], requires_grad=True)
    zeros, advantage = torch.zeros(4), torch.tensor([1.0, -1.0, 1.0, -1.0])
    found = surrogate(policy, zeros, policy.detach(), advantage, clip=0.2, kl=0.0)
    found.loss.sum().backward()
    assert policy.grad is not None
    assert [value != 0 for value in policy.grad.tolist()] == [False, True, True, False]
    assert found.clipped.all()


@pytest.mark.parametrize("kl", [0.0, 0.04])
def test_the_loss_is_trls(kl: float) -> None:
    """TRL's own method with a stand-in for its trainer, on the same log-probabilities."""
    trainer = pytest.importorskip("trl", reason="TRL is the oracle; pip install trl").GRPOTrainer
    draw = torch.Generator().manual_seed(3)
    policy, old, reference = (-torch.rand(4, 6, generator=draw) for _ in range(3))
    mask = torch.arange(6) < torch.tensor([[6], [3], [1], [5]])
    rewards = torch.tensor([[1.0, 0.0, 0.25, 1.0]])
    advantage = advantages(rewards).flatten()
    same = SimpleNamespace(gather=lambda x: x, reduce=lambda x, reduction: x, device="cpu")
    stand_in = SimpleNamespace(
        model=SimpleNamespace(training=False), accelerator=same, aux_loss_enabled=False, beta=kl,
        top_entropy_quantile=1.0, off_policy_mask_threshold=None, importance_sampling_level="token",
        args=SimpleNamespace(use_bias_correction_kl=False, delta=None), loss_type="grpo", epsilon_low=0.2,
        epsilon_high=0.2, use_vllm=False, _entropy_bonus_enabled=False, _metrics={"eval": defaultdict(list)},
        _get_per_token_logps_and_entropies=lambda *_, **__: (policy, torch.zeros_like(policy), None),
    )  # fmt: skip
    ones = torch.ones(4, 6, dtype=torch.long)
    inputs = {
        "prompt_ids": ones, "prompt_mask": ones, "completion_ids": ones, "completion_mask": mask.long(),
        "advantages": advantage, "old_per_token_logps": old, "ref_per_token_logps": reference,
    }  # fmt: skip
    wanted = trainer._compute_loss(stand_in, None, inputs)
    rows = torch.arange(4)[:, None].expand(4, 6)[mask]
    found = surrogate(policy[mask], old[mask], reference[mask], advantage[rows], clip=0.2, kl=kl)
    means = torch.zeros(4).index_add(0, rows, found.loss) / mask.sum(1)
    torch.testing.assert_close(means.mean(), wanted)


def test_a_bandit_is_learnt(
    model: Language, tokenizer: Tokenizer, training: Training, tmp_path: Path
) -> None:
    """One question whose answer should hold an e: chance finds some, and the policy comes to prefer them."""

    class Letter(Check):
        def score(self, answer: str) -> float:
            return float("e" in answer)

    learnt = [problem("Say something.", Letter("states", ("e",)))] * 4
    settings = Rewards(steps=25, prompts=4, group=16, tokens=2, kl=0.0, rate=0.01)
    task = RewardsTask(model, tokenizer, learnt, learnt, settings)
    first = task.loss(0, range(4)).figures["reward"] / task.terms(0)
    rates = {"rate": 0.01, "adam_rate": 0.01, "spike": 0.0, "weight_decay": 0.0}
    train(task, training.model_copy(update=rates), tmp_path)
    last = task.loss(0, range(4)).figures["reward"] / task.terms(0)
    assert 0 < first < 0.7
    assert last > first + 0.25
    assert last > 0.8


def test_a_step_is_a_function_of_weights_seed_and_step(
    model: Language, tokenizer: Tokenizer, material: Material
) -> None:
    problems = verifiable(material, 8)
    settings = Rewards(steps=2, prompts=2, group=4, tokens=6)

    def figures(seed: int, step: int) -> tuple[float, dict[str, float]]:
        task = RewardsTask(copy.deepcopy(model), tokenizer, problems, problems, settings, seed)
        found = task.loss(step, range(2))
        return found.total.item(), found.figures

    assert figures(0, 1) == figures(0, 1)
    task = RewardsTask(model, tokenizer, problems, problems, settings)
    sampled = [task._sampled(problems[:2], seed)[0] for seed in (1, 1, 2)]
    assert sampled[0] == sampled[1] != sampled[2]


def test_it_goes_on_exactly(
    model: Language, tokenizer: Tokenizer, material: Material, training: Training, tmp_path: Path
) -> None:
    settings = Rewards(steps=4, prompts=2, group=4, tokens=5, rate=0.01)
    whole, parts = (Begun(copy.deepcopy(model), tokenizer, material, training) for _ in range(2))
    assert reward(whole, settings, tmp_path / "whole").result.finished
    assert not reward(parts, settings, tmp_path / "parts", until=2).result.finished
    again = parts._replace(model=copy.deepcopy(model))
    assert reward(again, settings, tmp_path / "parts").result.resumed_from == 2
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, again.model.state_dict()[name]), name


def test_the_gain_is_judged_problem_by_problem(
    model: Language, tokenizer: Tokenizer, material: Material, training: Training
) -> None:
    judge = HeldOutReward(
        Begun(model, tokenizer, material, training), Rewards(steps=1, tokens=6), ("counted", "list")
    )
    first, same = judge(), judge()
    assert set(first) == {"held_out_reward", "held_out_reward_error"}
    assert first["held_out_reward"] > 0
    assert first["held_out_reward_error"] > 0
    assert (same["held_out_reward_gain"], same["held_out_reward_gain_error"]) == (0, 0)
    model.lm_head.weight.data.mul_(-1)
    other = judge()
    assert other["held_out_reward_gain"] == pytest.approx(other["held_out_reward"] - first["held_out_reward"])
    assert other["held_out_reward_gain_error"] > 0


def test_the_stages_follow_each_other_and_are_told(
    model: Language, tokenizer: Tokenizer, material: Material, training: Training, tmp_path: Path
) -> None:
    from orchard.spec.training import Alignment

    alignment = Alignment.model_validate(
        {
            "finetuning": {"examples": 30},
            "preferences": {"pairs": 16},
            "rewards": {"steps": 1, "prompts": 2, "group": 2},
        }
    )
    told: list[tuple[str, Any]] = []
    begun = Begun(
        model, tokenizer, material, training, record=lambda kind, values: told.append((kind, dict(values)))
    )
    made = align(begun, alignment, ModelFolder(tmp_path))
    assert list(made) == ["finetuning", "preferences", "rewards"]
    assert [values["stage"] for kind, values in told if kind == "aligned"] == list(made)
    last = next(values for kind, values in told if kind == "aligned" and values["stage"] == "rewards")
    assert {"held_out_reward_before", "held_out_reward_after", "held_out_reward_gain"} <= set(last)
    for name in made:
        assert (tmp_path / name / "checkpoints").is_dir()


def test_several_processes_are_refused_in_words(
    model: Language, tokenizer: Tokenizer, material: Material, training: Training, tmp_path: Path
) -> None:
    begun = Begun(model, tokenizer, material, training, processes=Processes(rank=0, world=2))
    with pytest.raises(TrainError, match="O868"):
        reward(begun, Rewards(steps=1), tmp_path)


def test_what_is_always_or_never_right_is_not_practised(
    model: Language, tokenizer: Tokenizer, material: Material, training: Training
) -> None:
    always, never = Check("words", ("1",)), Check("exact", ("never said by chance",))

    class Any(Check):
        def score(self, answer: str) -> float:
            return 1.0

    class Letter(Check):
        def score(self, answer: str) -> float:
            return float("e" in answer)

    problems = [problem("Say something.", one) for one in (Any(*always), never, Letter(*always))]
    found = rewards_of(model, tokenizer, problems, Rewards(steps=1, tokens=3), 0, 24).std(axis=1)
    assert found[0] == found[1] == 0
    assert found[2] > 0.2
    begun = Begun(model, tokenizer, material, training)
    kinds = practised(begun, Rewards(steps=1, group=8, tokens=8))
    assert kinds == practised(begun, Rewards(steps=1, group=8, tokens=8))
    assert set(kinds) <= set(REWARDED)
