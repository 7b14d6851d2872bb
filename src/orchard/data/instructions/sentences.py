"""Short sentences of the corpus, and exercises that go on with one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from orchard.data.instructions.checks import words_of
from orchard.data.instructions.facts import Text
from orchard.data.instructions.item import Instruction, Provenance, Split, asked, split_of

# Words of a sentence that is kept, fewest and most.
SHORTEST, LONGEST = 4, 14
# Sentences kept of one document, so that long ones do not drown the others.
_OF_ONE = 40
_SENTENCE = re.compile(r"(?<=[.!?] )[A-Z][a-z' ,]+(?: [A-Za-z',]+)*\.(?=\s)")


class Sentence(NamedTuple):
    """A sentence with the document it is from."""

    text: str
    document: str
    licence: str


def sentences_of(documents: Iterable[Text]) -> list[Sentence]:
    """Short, plain sentences of prose, each once."""
    found: dict[str, Sentence] = {}
    for document in documents:
        kept = 0
        for match in _SENTENCE.finditer(document.text):
            text = match[0]
            if SHORTEST <= len(words_of(text)) <= LONGEST and text not in found and "\n" not in text:
                found[text] = Sentence(text, document.id, document.licence)
                kept += 1
            if kept == _OF_ONE:
                break
    return list(found.values())


def completions(sentences: Sequence[Sentence], split: Split, seed: int) -> Iterator[Instruction]:
    """Sentences to be completed, without end; none where no sentence is."""
    random = Random(f"completions/{split}/{seed}")
    mine = [one for one in sentences if split_of(f"completions|{one.text}") == split]
    while mine:
        one = random.choice(mine)
        words = one.text.split()
        cut = random.randint(len(words) // 2, len(words) - 1)
        opening, rest = " ".join(words[:cut]), " ".join(words[cut:])
        question = random.choice(("Complete the sentence: {}", "How does this sentence go on? {}"))
        provenance = Provenance("completions", one.document, one.licence, seed)
        key = f"completions|{one.text}"
        yield Instruction(key, "completion", asked(question.format(opening), rest), None, provenance)
