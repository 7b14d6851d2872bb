"""The last word of held-out sentences: told from last words of other sentences by what stands before it.

After Paperno et al. 2016, LAMBADA (arXiv 1606.06031), which people filtered by whether the word can be
guessed from its context; here nothing is filtered so, and options make a chance level known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from typing import NamedTuple

from orchard.data.document import Document
from orchard.evaluate.items import Choice, draw

OPTIONS = 4
_PLAIN = "This is the"
CONTEXT = 600  # characters before the word
_SENTENCE = re.compile(r"[A-Z][^.!?\n]{38,240} ([a-z]{4,14})(?=[.!?](?:\s|$))")
# Sentences of one document, so that a long one does not drown the others.
_OF_ONE = 20


class _Sentence(NamedTuple):
    """A sentence's last word and what stands before it."""

    document: str
    at: int
    before: str
    word: str


def cloze_choices(documents: Iterable[Document], count: int) -> list[Choice]:
    """Sentences without their last word, with four words to choose from; at most `count`."""
    found = [one for document in documents for one in _sentences(document)]
    peers: dict[int, list[_Sentence]] = {}
    for one in found:
        peers.setdefault(_length(one.word), []).append(one)
    order = sorted(found, key=lambda one: draw(f"{one.document}|{one.at}"))
    made = [_choice(one, peers[_length(one.word)]) for one in order]
    return [one for one in made if one is not None][:count]


def _length(word: str) -> int:
    """Words of one class are about as long: 4 and 5 letters, 6 to 8, and so on."""
    return len(word) // 3


def _sentences(document: Document) -> Iterator[_Sentence]:
    """Sentences of a document, those that come first in the order of draws."""
    found = [
        _Sentence(document.id, match.start(1), _before(document.text, match.start(1) - 1), match[1])
        for match in _SENTENCE.finditer(document.text)
    ]
    yield from sorted(found, key=lambda one: draw(f"{one.document}#{one.at}"))[:_OF_ONE]


def _before(text: str, end: int) -> str:
    """Text before a place, from the beginning of a word."""
    begin = max(end - CONTEXT, 0)
    return text[begin:end].partition(" ")[2] if begin else text[:end]


def _choice(one: _Sentence, peers: Sequence[_Sentence]) -> Choice | None:
    """The word among last words drawn as it is; None where two of the four are the same."""
    key = f"{one.document}|{one.at}"
    others = [other for other in peers if other is not one]
    others = nsmallest(OPTIONS - 1, others, key=lambda other: draw(f"{key}|{other.document}|{other.at}"))
    words = [one.word, *(other.word for other in others)]
    if len(set(words)) < OPTIONS:
        return None
    options = sorted(words, key=lambda word: draw(f"{word}|{key}"))
    return Choice(
        key, one.document, one.before, tuple(f" {word}" for word in options), options.index(one.word), _PLAIN
    )
