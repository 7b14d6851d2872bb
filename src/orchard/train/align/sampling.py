"""Answers sampled with a cache of keys and values, all prompts side by side."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from orchard.train.align.answers import device_of
from orchard.train.language import Cache, Language


@torch.no_grad()
def sample(
    model: Language, prompts: Sequence[Sequence[int]], tokens: int, temperature: float, end: int, seed: int
) -> list[list[int]]:
    """Answers of at most `tokens` tokens, each with its `end` where it came to one; a pure function.

    Parameters
    ----------
    temperature
        0 for the likeliest token each time
    """
    device, length = device_of(model), max(map(len, prompts))
    pads = torch.tensor([length - len(one) for one in prompts], device=device)
    tokens_BS = torch.tensor([[0] * (length - len(one)) + list(one) for one in prompts], device=device)
    cache = Cache(model.architecture, pads, length + tokens, model.compute)
    drawn = torch.Generator().manual_seed(seed)
    answers: list[list[int]] = [[] for _ in prompts]
    alive = list(range(len(prompts)))
    for _ in range(tokens):
        states = model(tokens_BS, cache)[:, -1]
        cache.advance(tokens_BS.shape[1])
        logits = model.logits(states)
        if temperature > 0:
            chance = (logits / temperature).softmax(-1).cpu()
            chosen = torch.multinomial(chance, 1, generator=drawn)[:, 0]
        else:
            chosen = logits.argmax(-1).cpu()
        for row, token in zip(alive, chosen.tolist(), strict=True):
            answers[row].append(token)
        going = [at for at, row in enumerate(alive) if answers[row][-1] != end]
        if not going:
            break
        if len(going) < len(alive):
            cache.keep(torch.tensor(going, device=device))
            alive = [alive[at] for at in going]
        tokens_BS = chosen[going][:, None].to(device)
    return answers
