"""Who answers in a conversation: our own model in torch, or llama.cpp with a GGUF file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from orchard.data.instructions import Turn, encode_prompt
from orchard.data.tokenizer import END, TURN_END, Tokenizer
from orchard.errors import Finding, TrainError
from orchard.train.export.conversation import Piece, Settings
from orchard.train.export.huggingface import untied
from orchard.train.export.llama import LlamaCpp
from orchard.train.export.model import Exported
from orchard.train.export.reading import filled
from orchard.train.language import Language, Sampler

# A character has at most so many bytes, and a byte may be a token.
_BYTES = 4
_UNKNOWN = "\ufffd"


class TorchVoice:
    """Our own model and sampler; see :class:`orchard.train.export.conversation.Voice`."""

    def __init__(self, model: Exported, compute: torch.dtype = torch.float32) -> None:
        language = filled(Language(model.architecture, compute), untied(model), model.tokenizer.parent)
        self.context = model.context
        self._sampler, self._tokenizer = Sampler(language.eval(), rows=1), Tokenizer(model.tokenizer)
        self._stop = {self._tokenizer.special(name) for name in (END, TURN_END)}

    def prompt(self, turns: Sequence[Turn]) -> list[int]:
        """A conversation in tokens, ready for an answer."""
        return encode_prompt(turns, self._tokenizer)

    def pieces(self, ids: Sequence[int], most: int, settings: Settings) -> Iterator[Piece]:
        """An answer of at most `most` tokens, piece by piece."""
        drawn = self._sampler.stream(
            ids, most, temperature=settings.temperature, top_p=settings.top_p, stop=self._stop,
            seed=settings.seed,
        )  # fmt: skip
        held: list[int] = []
        for token in drawn:
            if token in self._stop:
                break
            held.append(token)
            text = self._tokenizer.decode(held)
            if text.endswith(_UNKNOWN) and len(held) < _BYTES:
                continue  # a part of a character
            yield Piece(text, len(held))
            held = []
        if held:
            yield Piece(self._tokenizer.decode(held), len(held))


class LlamaVoice:
    """llama.cpp with a GGUF file; see :class:`orchard.train.export.conversation.Voice`."""

    def __init__(self, llama: LlamaCpp) -> None:
        self._llama, self.context = llama, llama.context

    def prompt(self, turns: Sequence[Turn]) -> list[int]:
        """A conversation in tokens, ready for an answer; names of special tokens that are said stay text.

        Raises
        ------
        TrainError
            O905: such names, in a conversation whose template does not write turns as they are
        """
        if not any(self._names_special(turn.text) for turn in turns):
            return self._tokens(self._llama.rendered(turns))
        marks = [f"\ue000{number}\ue001" for number in range(len(turns))]
        marked = self._llama.rendered(
            [turn._replace(text=mark) for turn, mark in zip(turns, marks, strict=True)]
        )
        ids: list[int] = []
        rest = marked
        for turn, mark in zip(turns, marks, strict=True):
            head, found, rest = rest.partition(mark)
            if not found or marked.count(mark) != 1:
                text = "a conversation with names of special tokens in it"
                raise TrainError(Finding("O905", "", "", text, "text without them, for this file's template"))
            ids += self._tokens(head, begin=not ids) + self._llama.tokens(turn.text.strip())
        return ids + self._tokens(rest, begin=not ids)

    def _tokens(self, text: str, begin: bool = True) -> list[int]:
        """A part of a conversation as its template writes it."""
        return self._llama.tokens(text, special=True, begin=begin)

    def _names_special(self, text: str) -> bool:
        """Whether a text would be read as holding special tokens."""
        return self._llama.tokens(text, special=True) != self._llama.tokens(text)

    def pieces(self, ids: Sequence[int], most: int, settings: Settings) -> Iterator[Piece]:
        """An answer of at most `most` tokens, piece by piece."""
        for text in self._llama.stream(ids, most, settings.temperature, settings.top_p, settings.seed):
            yield Piece(text, 1)


@contextmanager
def llama_voice(path: Path) -> Iterator[LlamaVoice]:
    """A GGUF file that answers, for the length of a ``with`` block; raises as :class:`LlamaCpp` does."""
    with LlamaCpp(path, 0) as llama:
        yield LlamaVoice(llama)
