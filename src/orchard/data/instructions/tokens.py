"""A conversation as tokens, with a mask of what is learnt: the assistant's words and the end of its turn.

Special tokens are put in by number and never read from text: what a user types cannot end a turn.

Legend: S tokens of a conversation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from orchard.data.instructions.turn import Turn
from orchard.data.tokenizer import BEGIN, HEADED, HEADER, TURN_END


class Vocabulary(Protocol):
    """What is needed of a tokenizer."""

    def encode(self, text: str) -> list[int]:
        """Tokens of plain text; special tokens written in it are plain text too."""

    def special(self, name: str) -> int:
        """Number of a special token."""


class Encoded(NamedTuple):
    """A conversation in tokens: `ids` [S], and `learnt` [S], whether each token is one to be predicted."""

    ids: NDArray[np.int64]
    learnt: NDArray[np.bool_]


def encode(turns: Sequence[Turn], tokenizer: Vocabulary) -> Encoded:
    """Tokens of a whole conversation and the mask of its assistant's turns, each with its end."""
    ids, learnt = [tokenizer.special(BEGIN)], [False]
    for role, text in turns:
        opening = _opening(role, tokenizer)
        words = [*tokenizer.encode(text.strip()), tokenizer.special(TURN_END)]
        ids += opening + words
        learnt += [False] * len(opening) + [role == "assistant"] * len(words)
    return Encoded(np.array(ids, dtype=np.int64), np.array(learnt, dtype=np.bool_))


def encode_prompt(turns: Sequence[Turn], tokenizer: Vocabulary) -> list[int]:
    """Tokens that an answer is sampled after: the conversation and the opening of the assistant's turn."""
    return [int(token) for token in encode(turns, tokenizer).ids] + _opening("assistant", tokenizer)


def _opening(role: str, tokenizer: Vocabulary) -> list[int]:
    """Head of a turn; the empty line ends a piece of Llama 3's split, so what follows is cut as if alone."""
    return [
        tokenizer.special(HEADER),
        *tokenizer.encode(role),
        tokenizer.special(HEADED),
        *tokenizer.encode("\n\n"),
    ]
