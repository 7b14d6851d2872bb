"""Reinforcement learning with answers that a program verifies: group-relative policy optimisation.

Shao et al. 2024, arXiv 2402.03300, section 4.1: several answers are sampled for each prompt, and the
advantage of an answer is its reward less the mean of its group, divided by the group's standard deviation;
there is no critic. The loss of a token is the clipped surrogate of PPO with the k3 estimate of the
divergence from the reference, the model at the start of the stage; tokens are averaged within an answer.

Each step samples anew and takes one step of optimisation, so the ratio is 1 when its gradient is taken: the
setting `clip` binds only where a caller reuses answers, which :class:`RewardsTask` never does. Answers are
a function of weights, seed and step: a run that is resumed samples the very answers it would have sampled.

Legend of shapes: P prompts, G answers of a group, B answers (P x G), N answer tokens.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from orchard.data.instructions import Encoded, Problem, encode_prompt
from orchard.data.tokenizer import PAD, TURN_END, Tokenizer
from orchard.spec.training import Rewards
from orchard.train.align.answers import averaged, batch_of, device_of, log_probs
from orchard.train.align.finetuning import blocks_of, matrices_of
from orchard.train.align.identity import identity
from orchard.train.language import Language, Sampler
from orchard.train.task import Loss

# Added to a group's standard deviation, as in TRL: rewards are 0 to 1.
TINY = 1e-4
# Answers sampled side by side.
ROWS = 128


class Surrogate(NamedTuple):
    """Of each answer token, [N]: loss, divergence from the reference, whether the ratio was clipped."""

    loss: Tensor
    divergence: Tensor
    clipped: Tensor


def advantages(rewards_PG: Tensor) -> Tensor:
    """Rewards relative to their group, [P, G]; a group of equal rewards teaches nothing.

    >>> advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]])).round(decimals=2).tolist()
    [[1.5, -0.5, -0.5, -0.5], [0.0, 0.0, 0.0, 0.0]]
    """
    centred_PG = rewards_PG - rewards_PG.mean(1, keepdim=True)
    return centred_PG / (rewards_PG.std(1, keepdim=True) + TINY)


def surrogate(
    policy_N: Tensor, sampled_N: Tensor, reference_N: Tensor, advantage_N: Tensor, clip: float, kl: float
) -> Surrogate:
    """Loss of answer tokens.

    Parameters
    ----------
    policy_N, sampled_N, reference_N
        log-probabilities: by the model, by the model that sampled, by the reference
    advantage_N
        advantage of the answer that a token is in
    clip, kl
        how far the ratio may move; weight of the divergence
    """
    ratio_N = (policy_N - sampled_N).exp()
    within_N = ratio_N.clamp(1 - clip, 1 + clip)
    gain_N = torch.minimum(ratio_N * advantage_N, within_N * advantage_N)
    behind_N = reference_N - policy_N
    divergence_N = behind_N.exp() - behind_N - 1
    return Surrogate(-gain_N + kl * divergence_N, divergence_N, ratio_N != within_N)


class RewardsTask:
    """A model that learns from rewards of its own answers; a sample is a prompt with its group.

    Parameters
    ----------
    learnt, held_out
        problems it learns from, and those it is judged by
    """

    unit = "answers"

    def __init__(
        self,
        model: Language,
        tokenizer: Tokenizer,
        learnt: Sequence[Problem],
        held_out: Sequence[Problem],
        settings: Rewards,
        seed: int = 0,
    ) -> None:
        self.model: nn.Module = model
        self._language, self._tokenizer, self._settings, self._seed = model, tokenizer, settings, seed
        self.digest = identity(model, tokenizer.digest, settings, [seed, *learnt])
        self._reference = copy.deepcopy(model).requires_grad_(requires_grad=False)
        self._learnt, self._held_out = learnt, held_out
        self.steps, self.samples_per_step, self.units_per_sample = (
            settings.steps,
            settings.prompts,
            settings.group,
        )
        weights = sum(one.numel() for one in model.parameters())
        # sampling and the reference are a forward pass each, the policy is three
        self.flop_per_sample = 10.0 * weights * settings.group * settings.tokens

    def terms(self, step: int) -> int:
        """Answers of the step."""
        return self._settings.prompts * self._settings.group

    def loss(self, step: int, samples: Sequence[int]) -> Loss:
        """Sample the groups of some prompts, reward them, and work out their loss."""
        problems = [self._problem(step, sample) for sample in samples]
        seed = int(np.random.SeedSequence([self._seed, step, samples[0]]).generate_state(1)[0])
        answers, encoded = self._sampled(problems, seed)
        group = self._settings.group
        rewards_PG = torch.tensor(
            [
                [problem.score(answers[at * group + one]) for one in range(group)]
                for at, problem in enumerate(problems)
            ]
        )
        loss_B, divergence = self._loss(encoded, advantages(rewards_PG).flatten())
        even = (rewards_PG == rewards_PG[:, :1]).all(1).sum().item()
        figures = {"reward": rewards_PG.sum().item(), "even_groups": even * group, "divergence": divergence}
        return Loss(loss_B.sum(), len(answers), {name: float(value) for name, value in figures.items()})

    def blocks(self) -> Sequence[nn.Module]:
        """The layers."""
        return blocks_of(self._language)

    def matrices(self) -> Sequence[nn.Parameter]:
        """Matrices of the layers."""
        return matrices_of(self._language)

    def judge(self) -> dict[str, float]:
        """How far the mean reward of sampled answers to held-out problems is from 1."""
        found = rewards_of(self._language, self._tokenizer, self._held_out, self._settings, self._seed)
        return {"held_out_shortfall": 1 - float(found.mean())}

    def _problem(self, step: int, sample: int) -> Problem:
        return self._learnt[(step * self.samples_per_step + sample) % len(self._learnt)]

    def _sampled(self, problems: Sequence[Problem], seed: int) -> tuple[list[str], list[Encoded]]:
        """Answers, a group a problem, and the conversations they make."""
        settings = self._settings
        prompts = [
            encode_prompt(one.prompt, self._tokenizer) for one in problems for _ in range(settings.group)
        ]
        end = self._tokenizer.special(TURN_END)
        drawn = Sampler(self._language, ROWS).generate(
            prompts, settings.tokens, temperature=settings.temperature, stop={end}, seed=seed
        )
        found = [one.ids for one in drawn]
        words = [[token for token in one if token != end] for one in found]
        encoded = [
            Encoded(np.array(prompt + answer), np.arange(len(prompt) + len(answer)) >= len(prompt))
            for prompt, answer in zip(prompts, found, strict=True)
        ]
        return [self._tokenizer.decode(one) for one in words], encoded

    def _loss(self, encoded: Sequence[Encoded], advantage_B: Tensor) -> tuple[Tensor, float]:
        """Loss of each answer, [B], and the sum of their divergences from the reference."""
        settings = self._settings
        batch = batch_of(encoded, self._tokenizer.special(PAD), device_of(self._language))
        policy_N = log_probs(self._language, batch, settings.temperature)
        with torch.no_grad():
            reference_N = log_probs(self._reference, batch, settings.temperature)
        advantage_N = advantage_B.to(policy_N.device)[batch.owner]
        found = surrogate(policy_N, policy_N.detach(), reference_N, advantage_N, settings.clip, settings.kl)
        return averaged(found.loss, batch), averaged(found.divergence, batch).sum().item()


def rewards_of(
    model: Language,
    tokenizer: Tokenizer,
    problems: Sequence[Problem],
    settings: Rewards,
    seed: int,
    group: int = 1,
) -> NDArray[np.float64]:
    """Rewards of sampled answers to problems, [P, G], at the temperature of training."""
    end = tokenizer.special(TURN_END)
    prompts = [encode_prompt(one.prompt, tokenizer) for one in problems for _ in range(group)]
    drawn = Sampler(model, ROWS).generate(
        prompts, settings.tokens, temperature=settings.temperature, stop={end}, seed=seed
    )
    texts = [tokenizer.decode(one.ids[: len(one.ids) - one.stopped]) for one in drawn]
    found = [
        [problem.score(text) for text in texts[at * group : (at + 1) * group]]
        for at, problem in enumerate(problems)
    ]
    return np.array(found, dtype=np.float64).reshape(len(problems), group)
