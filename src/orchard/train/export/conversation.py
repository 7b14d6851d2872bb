"""A conversation with a model: what of it fits the context, and answers as they are written."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from orchard.data.instructions import Turn
from orchard.errors import Finding, TrainError


class Settings(NamedTuple):
    """How answers are drawn: longest one, in tokens; temperature, share of likeliest tokens, seed."""

    tokens: int = 200
    temperature: float = 0.8
    top_p: float = 0.95
    seed: int = 0


class Piece(NamedTuple):
    """A piece of an answer: whole characters, and how many tokens it took."""

    text: str
    tokens: int


class Voice(Protocol):
    """Who answers: a model with its tokenizer.

    Attributes
    ----------
    context
        tokens of prompt and answer together
    """

    context: int

    def prompt(self, turns: Sequence[Turn]) -> list[int]:
        """A conversation in tokens, ready for an answer."""

    def pieces(self, ids: Sequence[int], most: int, settings: Settings) -> Iterator[Piece]:
        """An answer of at most `most` tokens, piece by piece."""


class Fitted(NamedTuple):
    """A prompt that fits, in tokens, and how many of the oldest turns were dropped for it."""

    ids: list[int]
    dropped: int


class Conversation:
    """Turns with a model, which is asked with as many of the newest as its context holds.

    Parameters
    ----------
    voice
        who answers
    settings
        how answers are drawn

    Attributes
    ----------
    turns
        what was said and still is remembered
    dropped
        turns that were forgotten for the last question
    tokens, time_s
        of the last answer
    """

    def __init__(self, voice: Voice, settings: Settings = Settings()) -> None:  # noqa: B008 (immutable)
        self.turns: list[Turn] = []
        self.tokens, self.time_s, self.dropped = 0, 0.0, 0
        self._voice, self._settings, self._asked = voice, settings, 0

    def fit(self, turns: Sequence[Turn]) -> Fitted:
        """The newest turns that leave room for an answer; the question itself is never cut.

        Raises
        ------
        TrainError
            O905: a question that is longer than the context
        """
        context = self._voice.context
        room = context - min(self._settings.tokens, context // 2)
        ids: list[int] = []
        for dropped in range(len(turns)):
            if turns[dropped].role == "assistant":
                continue  # an answer without its question
            ids = self._voice.prompt(turns[dropped:])
            last = dropped == len(turns) - 1
            if len(ids) <= room or (last and len(ids) < context):
                return Fitted(ids, dropped)
        wanted = f"fewer than {context}, the longest sequence the model was trained on"
        raise TrainError(Finding("O905", "", "", f"a question of {len(ids)} tokens", wanted))

    def ask(self, text: str) -> Iterator[str]:
        """An answer, piece by piece; what was said is remembered, also where nobody reads on.

        The oldest turns are forgotten when they no longer fit.

        Raises
        ------
        TrainError
            O905: a question that is longer than the context; it is then not remembered
        """
        turns = [*self.turns, Turn("user", text)]
        ids, self.dropped = self.fit(turns)
        self.turns = turns[self.dropped :]
        self._asked += 1
        self.tokens, self.time_s, said = 0, 0.0, list[str]()
        begin = time.perf_counter()
        settings = self._settings._replace(seed=self._settings.seed + self._asked)
        try:
            for piece in self._voice.pieces(ids, self._most(ids), settings):
                self.tokens += piece.tokens
                self.time_s = time.perf_counter() - begin
                said.append(piece.text)
                yield piece.text
        finally:
            self.turns.append(Turn("assistant", "".join(said).strip()))

    def reset(self) -> None:
        """Forget all turns."""
        self.turns = []

    def _most(self, ids: Sequence[int]) -> int:
        return min(self._settings.tokens, self._voice.context - len(ids))
