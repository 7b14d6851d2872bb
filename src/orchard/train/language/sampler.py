"""Answers, a token at a time: many prompts side by side, with keys and values kept.

Legend of shapes: B sequences, S tokens, D hidden, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from orchard.train.language.cache import Cache
from orchard.train.language.model import Language


class Sampled(NamedTuple):
    """What was said to a prompt: ids, their log-probabilities in nats, and whether a stop token ended it.

    The stop token is the last of the ids.
    """

    ids: list[int]
    nats: list[float]
    stopped: bool


class Sampler:
    """Samples from a language model.

    Parameters
    ----------
    model
        left as it is; gradients are not kept
    rows
        prompts worked on at once
    """

    def __init__(self, model: Language, rows: int = 64) -> None:
        self.model, self.rows = model, rows

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        tokens: int,
        *,
        temperature: float = 0.0,
        top_p: float = 1.0,
        stop: Collection[int] = (),
        seed: int = 0,
    ) -> list[Sampled]:
        """Answers of at most `tokens` tokens; a prompt's answer does not depend on the others.

        Parameters
        ----------
        prompts
            ids, at least one each
        temperature
            0 takes the likeliest token; log-probabilities are those at this temperature, at 1 where it is 0
        top_p
            the likeliest tokens that together have so much probability are drawn from
        stop
            ids that end an answer
        seed
            of all draws: prompt `i` draws from a stream of its own
        """
        if any(not len(prompt) for prompt in prompts):
            raise ValueError("a prompt without a token: begin it with <|begin_of_text|>")
        found: list[Sampled] = []
        for first in range(0, len(prompts), self.rows):
            part = prompts[first : first + self.rows]
            drawn = [torch.Generator().manual_seed(_stream(seed, first + row)) for row in range(len(part))]
            answers = [Sampled([], [], False) for _ in part]
            for row, token, nats in self._steps(part, tokens, temperature, top_p, frozenset(stop), drawn):
                answers[row].ids.append(token)
                answers[row].nats.append(nats)
            found += [a._replace(stopped=bool(a.ids) and a.ids[-1] in stop) for a in answers]
        return found

    def stream(
        self,
        prompt: Sequence[int],
        tokens: int,
        *,
        temperature: float = 0.0,
        top_p: float = 1.0,
        stop: Collection[int] = (),
        seed: int = 0,
    ) -> Iterator[int]:
        """Ids of one answer as they are drawn, a stop token included."""
        drawn = [torch.Generator().manual_seed(_stream(seed, 0))]
        for _, token, _ in self._steps([prompt], tokens, temperature, top_p, frozenset(stop), drawn):
            yield token

    def _steps(
        self,
        prompts: Sequence[Sequence[int]],
        tokens: int,
        temperature: float,
        top_p: float,
        stop: Collection[int],
        drawn: list[torch.Generator],
    ) -> Iterator[tuple[int, int, float]]:
        """Row, token and log-probability of every token drawn; rows that stop are dropped on the way."""
        model = self.model
        device = model.lm_head.weight.device
        longest = max(map(len, prompts))
        pads_B = torch.tensor([longest - len(prompt) for prompt in prompts], device=device)
        new_BS = torch.zeros(len(prompts), longest, dtype=torch.long, device=device)
        for row, prompt in enumerate(prompts):
            new_BS[row, longest - len(prompt) :] = torch.tensor(list(prompt), device=device)
        cache = Cache(model.architecture, pads_B, longest + tokens, model.compute)
        alive = list(range(len(prompts)))
        for _ in range(tokens):
            with torch.no_grad():
                states_BSD = model(new_BS, cache)
                cache.advance(new_BS.shape[1])
                log_BV = torch.log_softmax(model.logits(states_BSD[:, -1]) / (temperature or 1.0), -1).cpu()
            chosen_B = _choose(log_BV, temperature, top_p, [drawn[row] for row in alive])
            for place, row in enumerate(alive):
                token = int(chosen_B[place])
                yield row, token, float(log_BV[place, token])
            stays = [place for place in range(len(alive)) if int(chosen_B[place]) not in stop]
            if not stays:
                return
            if len(stays) < len(alive):
                kept = torch.tensor(stays, device=device)
                cache.keep(kept)
                chosen_B, alive = chosen_B[stays], [alive[place] for place in stays]
            new_BS = chosen_B[:, None].to(device)


def _choose(log_BV: Tensor, temperature: float, top_p: float, drawn: Sequence[torch.Generator]) -> Tensor:
    """A token for each row."""
    if temperature == 0.0:
        return log_BV.argmax(-1)
    probability_BV, order_BV = log_BV.double().exp().sort(dim=-1, descending=True, stable=True)
    before_BV = probability_BV.cumsum(-1) - probability_BV
    probability_BV = probability_BV.masked_fill((before_BV >= top_p) & (before_BV > 0), 0.0)
    sums_BV = probability_BV.cumsum(-1)
    draws_B = torch.stack([torch.rand((), generator=one, dtype=torch.float64) for one in drawn])
    place_B1 = torch.searchsorted(sums_BV, draws_B[:, None] * sums_BV[:, -1:], right=True)
    return order_BV.gather(1, place_B1.clamp_max(log_BV.shape[1] - 1))[:, 0]


def _stream(seed: int, row: int) -> int:
    """Seed of a row's own stream of draws."""
    return (seed * 1_000_003 + row * 7_919 + 12_345) % (1 << 63)
