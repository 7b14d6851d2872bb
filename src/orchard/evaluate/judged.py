"""What is judged: any model that tells how likely a text is and answers a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from orchard.data.instructions.turn import Turn

__all__ = ["Judged", "Likelihood", "Turn"]


class Likelihood(NamedTuple):
    """Log-likelihood of a continuation, in nats, over its tokens."""

    nats: float
    tokens: int


class Judged(Protocol):
    """A model under judgement; no torch is needed to be one."""

    @property
    def name(self) -> str:
        """What reports call it."""

    @property
    def digest(self) -> str:
        """Identity of its weights and tokenizer."""

    def likelihoods(self, pairs: Sequence[tuple[str, str]]) -> list[Likelihood]:
        """Log-likelihoods of the second texts after the first ones; a first text may be empty.

        Texts of any length: what is longer than the model's context is read in windows, so that every
        token is counted once.
        """

    def answers(self, conversations: Sequence[Sequence[Turn]], tokens: int) -> list[str]:
        """Greedy answers of at most `tokens` tokens to conversations that end with a user's turn."""

    def continuations(self, prompts: Sequence[str], tokens: int) -> list[str]:
        """Greedy continuations of plain text."""
