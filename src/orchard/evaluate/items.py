"""What a model is judged by: texts, questions with options, exercises; each set known by its digest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from orchard.data.instructions.checks import Check
from orchard.evaluate.judged import Turn


class Text(NamedTuple):
    """A document whose likelihood is measured."""

    id: str
    source: str
    text: str

    @property
    def cluster(self) -> str:
        """A document is a cluster of its own."""
        return self.id

    @property
    def judged(self) -> str:
        """Text that training must not contain."""
        return self.text


class Choice(NamedTuple):
    """A text with several continuations, one of them right.

    Attributes
    ----------
    id, cluster
        name of the item, and of what it has in common with others: a country, a document
    prompt, options, right
        text, its continuations (each begins with a space), and the place of the right one
    plain
        what of the prompt says nothing of the answer: how likely an option is anyway
    """

    id: str
    cluster: str
    prompt: str
    options: tuple[str, ...]
    right: int
    plain: str

    @property
    def judged(self) -> str:
        """Text that training must not contain."""
        return self.prompt + self.options[self.right]


class Exercise(NamedTuple):
    """A conversation whose next answer a program checks."""

    id: str
    cluster: str
    conversation: tuple[Turn, ...]
    check: Check

    @property
    def judged(self) -> str:
        """Text that training must not contain."""
        return "\n".join(turn.text for turn in self.conversation)


Item: TypeAlias = Text | Choice | Exercise


class Items(NamedTuple):
    """Everything a model is judged by: sets by name, and what could not be made, with the reason."""

    texts: Mapping[str, Sequence[Text]]
    choices: Mapping[str, Sequence[Choice]]
    exercises: Mapping[str, Sequence[Exercise]]
    missing: Mapping[str, str]

    def sets(self) -> Iterator[tuple[str, Sequence[Item]]]:
        """Sets in order, with their names."""
        yield from self.texts.items()
        yield from self.choices.items()
        yield from self.exercises.items()

    @property
    def digests(self) -> dict[str, str]:
        """Digest of each set, by name."""
        return {name: digest(items) for name, items in self.sets()}

    @property
    def digest(self) -> str:
        """Digest of all sets together."""
        return _sha256(sorted(self.digests.items()))


def digest(items: Sequence[Item]) -> str:
    """SHA-256 of a set: another word, option or order gives another one.

    >>> one = Choice("a", "b", "Two and two is", (" four", " five"), 0, "That is")
    >>> digest([one]) == digest([one._replace(right=1)]), digest([one])[:12]
    (False, 'd97283a4c4dd')
    """
    return _sha256([[type(item).__name__, *item] for item in items])


def draw(key: str) -> int:
    """A number that a key always has, on every machine: in its order items are chosen.

    >>> draw("capital of France") == draw("capital of France")
    True
    """
    return int.from_bytes(sha256(key.encode("utf-8", "replace")).digest()[:8], "big")


def _sha256(said: object) -> str:
    text = json.dumps(said, ensure_ascii=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
