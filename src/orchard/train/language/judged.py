"""A trained language model under judgement: how likely texts are, and what it answers.

Legend of shapes: B windows, S tokens, D hidden, V vocabulary.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import NamedTuple

import torch

from orchard.data import Tokenizer
from orchard.data.instructions import Turn, encode_prompt
from orchard.data.tokenizer import BEGIN, END, TURN_END
from orchard.evaluate.judged import Likelihood
from orchard.train.language.model import Language
from orchard.train.language.sampler import Sampler

# Tokens of one forward pass.
_TOKENS = 8192


class _Window(NamedTuple):
    """Tokens that are read together; those from `counted` on are scored, for the pair `row`."""

    row: int
    ids: list[int]
    counted: int


class LanguageJudged:
    """A model with its tokenizer, answering :class:`orchard.evaluate.judged.Judged`.

    Parameters
    ----------
    context
        tokens it reads at once: of the longest sequence it was trained on
    compute
        number format of products while likelihoods are measured; answers are in that of the model
    """

    def __init__(
        self,
        model: Language,
        tokenizer: Tokenizer,
        context: int,
        name: str,
        compute: torch.dtype | None = None,
    ) -> None:
        self.model, self.tokenizer, self.context, self.name = model, tokenizer, context, name
        self._compute = compute or model.compute
        self._sampler = Sampler(model)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over weights and tokenizer."""
        total = hashlib.sha256(self.tokenizer.digest.encode())
        for name, weight in sorted(self.model.state_dict().items()):
            total.update(name.encode())
            total.update(weight.detach().float().cpu().contiguous().numpy().tobytes())
        return total.hexdigest()

    def likelihoods(self, pairs: Sequence[tuple[str, str]]) -> list[Likelihood]:
        """Log-likelihoods of the second texts after the first ones.

        Beyond the context, windows overlap by half: every token but those of the first window has half a
        context before it.
        """
        parts = [(self.tokenizer.encode(first), self.tokenizer.encode(second)) for first, second in pairs]
        nats, counts = [0.0] * len(parts), [len(second) for _, second in parts]
        windows = [w for row, (first, second) in enumerate(parts) for w in self._windows(row, first, second)]
        windows.sort(key=lambda window: len(window.ids))
        with _computing(self.model, self._compute):
            for batch in self._batches(windows):
                for window, value in zip(batch, self._nats(batch), strict=True):
                    nats[window.row] += value
        return [Likelihood(value, count) for value, count in zip(nats, counts, strict=True)]

    def answers(self, conversations: Sequence[Sequence[Turn]], tokens: int) -> list[str]:
        """Greedy answers to conversations that end with a user's turn."""
        prompts = [encode_prompt(turns, self.tokenizer) for turns in conversations]
        return self._generated(prompts, tokens)

    def continuations(self, prompts: Sequence[str], tokens: int) -> list[str]:
        """Greedy continuations of plain text."""
        begin = self.tokenizer.special(BEGIN)
        return self._generated([[begin, *self.tokenizer.encode(prompt)] for prompt in prompts], tokens)

    def _generated(self, prompts: Sequence[Sequence[int]], tokens: int) -> list[str]:
        room = max(1, self.context - tokens)
        stop = {self.tokenizer.special(name) for name in (END, TURN_END)}
        cut = [prompt[-room:] for prompt in prompts]
        found = self._sampler.generate(cut, tokens, stop=stop)
        return [self.tokenizer.decode(one.ids[: len(one.ids) - one.stopped]) for one in found]

    def _windows(self, row: int, first: list[int], second: list[int]) -> Iterator[_Window]:
        """Windows of at most `context` inputs in which every token of `second` is scored once."""
        ids = [self.tokenizer.special(BEGIN), *first, *second]
        start = len(ids) - len(second)  # of what is still to be scored
        while start < len(ids):
            low = 0 if start <= self.context // 2 else start - self.context // 2
            end = min(low + self.context + 1, len(ids))
            yield _Window(row, ids[low:end], start - low)
            start = end

    def _batches(self, windows: Sequence[_Window]) -> Iterator[Sequence[_Window]]:
        """Windows that are read together; they come in the order of their lengths."""
        batch: list[_Window] = []
        for window in windows:
            if batch and len(window.ids) * (len(batch) + 1) > _TOKENS:
                yield batch
                batch = []
            batch.append(window)
        if batch:
            yield batch

    def _nats(self, batch: Sequence[_Window]) -> list[float]:
        """Log-likelihood of what is scored in each window."""
        device = self.model.lm_head.weight.device
        length = max(len(window.ids) for window in batch) - 1
        tokens_BS = torch.zeros(len(batch), length, dtype=torch.long)
        for row, window in enumerate(batch):
            tokens_BS[row, : len(window.ids) - 1] = torch.tensor(window.ids[:-1])
        found = []
        with torch.no_grad():
            states_BSD = self.model(tokens_BS.to(device))
            for row, window in enumerate(batch):
                targets_S = torch.tensor(window.ids[window.counted :], device=device)
                wanted_SD = states_BSD[row, window.counted - 1 : len(window.ids) - 1]
                log_SV = torch.log_softmax(self.model.logits(wanted_SD), -1)
                found.append(float(log_SV.gather(1, targets_S[:, None]).double().sum()))
        return found


@contextmanager
def _computing(model: Language, compute: torch.dtype) -> Iterator[None]:
    """Meanwhile a model computes in a number format."""
    before, model.compute = model.compute, compute
    try:
        yield
    finally:
        model.compute = before
