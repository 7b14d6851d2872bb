"""Facts about countries and presidents, taken from the text of the corpus, and questions about them.

A fact is read from a document that the model was pretrained on. What is held out is the fact, under each of
its wordings: its question is never asked in training.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import NamedTuple, Protocol

from orchard.data.instructions.checks import Check
from orchard.data.instructions.item import Instruction, Provenance, Split, asked, split_of


class Text(Protocol):
    """What is needed of a document of the corpus: see :class:`orchard.data.document.Document`."""

    @property
    def id(self) -> str:
        """Source and name of the document in it."""

    @property
    def source(self) -> str:
        """Id of the source."""

    @property
    def licence(self) -> str:
        """Licence of the text."""

    @property
    def text(self) -> str:
        """The text."""


class Fact(NamedTuple):
    """What is so: the `relation` of `subject` is `value`, as a document says."""

    relation: str
    subject: str
    value: str
    document: str
    licence: str

    @property
    def key(self) -> str:
        """What decides the split: relation and subject."""
        return f"facts.{self.relation}|{self.subject}"


class Relation(NamedTuple):
    """How a relation is found in a country's profile, and how it is asked for and answered."""

    pattern: str
    questions: tuple[str, ...]
    answer: str


# Patterns find the value in group 1; values end before notes, brackets and further items.
_END = r"[^;(\n\[]*?)\s*(?:[;(\n\[]| - | note|$)"
RELATIONS: dict[str, Relation] = {
    "capital": Relation(
        rf"^Capital:\n\s+name: ({_END}",
        ("What is the capital of {}?", "Which city is the capital of {}?", "Name the capital of {}."),
        "The capital of {} is {}.",
    ),
    "region": Relation(
        rf"^Map references: ({_END}",
        ("Where is {}?", "In which part of the world is {}?", "Which region is {} in?"),
        "{} is in {}.",
    ),
    "adjective": Relation(
        rf"^Nationality:\n(?:\s+noun:.*\n)?\s+adjective: ({_END}",
        ("What are people from {} called?", "What is the adjective for {}?"),
        "People from {} are called {}.",
    ),
    "language": Relation(
        r"^Languages:(?: |\n\s+text: )([A-Z][a-z]+)\b",
        ("Which language is spoken in {}?", "What do people speak in {}?"),
        "In {} people speak {}.",
    ),
    "government": Relation(
        rf"^Government type: ({_END}",
        ("What kind of government does {} have?", "How is {} governed?"),
        "The form of government of {} is {}.",
    ),
    "currency": Relation(
        r"^Exchange rates:(?: |\n\s+text: )([A-Z]?[a-z]+(?: [a-z]+)?) \(",
        ("What is the currency of {}?", "Which money is used in {}?"),
        "{} uses {}.",
    ),
    "highest": Relation(
        r"highest point: ([A-Z][^\d\n;(]*?),? -?\d",
        ("What is the highest point of {}?", "Which is the highest place in {}?"),
        "The highest point of {} is {}.",
    ),
    "area": Relation(
        r"^Area:\n\s+total: ([\d,.]+ sq km)",
        ("How large is {}?", "What is the area of {}?"),
        "The area of {} is {}.",
    ),
    "population": Relation(
        r"^Population:(?: |\n\s+text: )([\d,]+)",
        ("How many people live in {}?", "What is the population of {}?"),
        "About {1} people live in {0}.",
    ),
}
_PRESIDENT = Relation(
    "",
    ("Who spoke to Congress as president in {}?", "Which president sent the annual message of {}?"),
    "In {} it was President {}.",
)
# Regions that are spoken of with an article.
_THE = dict.fromkeys(("Middle East", "Arctic Region", "Antarctic Region", "Southern Ocean"), "the ")
_SPEECH = re.compile(r"(?P<year>1[789]\d\d|20\d\d)-(?P<name>[A-Z][A-Za-z ]+?)-\d+(?:\.txt)?$")


def facts_of(documents: Iterable[Text]) -> list[Fact]:
    """Facts in profiles of countries and in the names of presidents' messages; one for each subject."""
    found: dict[str, Fact] = {}
    for document in documents:
        for fact in (*_of_country(document), *_of_speech(document)):
            found.setdefault(fact.key, fact)
    return list(found.values())


def _of_country(document: Text) -> Iterator[Fact]:
    head, _, _ = document.text.lstrip().partition("\n")
    if "Map references:" not in document.text or not 2 < len(head) < 40 or ":" in head:
        return
    for name, relation in RELATIONS.items():
        match = re.search(relation.pattern, document.text, re.MULTILINE)
        value = match[1].strip(" ,.\n") if match else ""
        if value and len(value) < 60 and "none" not in value.lower() and value != "NA":
            yield Fact(name, head.strip(), value, document.id, document.licence)


def _of_speech(document: Text) -> Iterator[Fact]:
    match = _SPEECH.search(document.id)
    if match:
        name = re.sub(r"(?<=[a-z])(?<!Mc)(?=[A-Z])", " ", match["name"])
        yield Fact("president", match["year"], name, document.id, document.licence)


def fact_instructions(facts: Sequence[Fact], split: Split, seed: int) -> Iterator[Instruction]:
    """Questions about facts without end, each relation as often as any other; none where no fact is."""
    random = Random(f"facts/{split}/{seed}")
    mine: dict[str, list[Fact]] = {}
    for fact in facts:
        if split_of(fact.key) == split:
            mine.setdefault(fact.relation, []).append(fact)
    while mine:
        fact = random.choice(mine[random.choice(list(mine))])
        yield question_of(fact, random, seed)


def question_of(fact: Fact, random: Random, seed: int) -> Instruction:
    """A fact as a question, under one of its wordings, answered in a sentence or with the value alone."""
    relation = RELATIONS.get(fact.relation, _PRESIDENT)
    question = random.choice(relation.questions).format(fact.subject)
    answer = relation.answer.format(fact.subject, _THE.get(fact.value, "") + fact.value)
    if random.random() < 0.3:
        question, answer = f"{question} Give the answer alone.", fact.value
    check = Check("states", (fact.value,))
    provenance = Provenance("facts", fact.document, fact.licence, seed)
    return Instruction(fact.key, fact.relation, asked(question, answer), check, provenance)
