"""A small corpus of its own making: a few hundred kilobytes of prose."""

from __future__ import annotations

import random
from pathlib import Path

from orchard.spec.training import Corpus

NOUNS = [
    "pear",
    "orchard",
    "tree",
    "ladder",
    "basket",
    "river",
    "miller",
    "letter",
    "winter",
    "garden",
    "baker",
    "horse",
]
VERBS = ["keeps", "finds", "carries", "sells", "paints", "counts", "hides", "mends", "leaves", "praises"]
WHERE = [
    "by the river",
    "in the evening",
    "before the frost",
    "under the old roof",
    "with great care",
    "after the market",
]


def prose(seed: int, sentences: int = 60) -> str:
    """Sentences in English with the grammar of a nursery rhyme."""
    draw = random.Random(seed)
    made = [
        f"The {draw.choice(NOUNS)} of number {draw.randrange(10**6)} {draw.choice(VERBS)} the {draw.choice(NOUNS)} "
        f"{draw.choice(WHERE)}, and it is the {draw.choice(NOUNS)} that was not there."
        for _ in range(sentences)
    ]
    return "\n\n".join(" ".join(made[at : at + 5]) for at in range(0, sentences, 5)) + "\n"


# What a programme would say of the corpus.
SAID: dict[str, object] = {
    "sources": {"own": {"path": "own", "licence": "CC0-1.0"}, "other": {"path": "other"}},
    "unseen": ["other"],
    "held_out": "10 %",
    "vocabulary": 600,
}


def corpus(**changes: object) -> Corpus:
    """The corpus, with what is said otherwise."""
    return Corpus.model_validate(SAID | changes)


def write(folder: Path, documents: int = 40, first: int = 0) -> None:
    """Text files in `own` and `other` of a folder."""
    (folder / "own").mkdir(parents=True)
    (folder / "other").mkdir()
    for number in range(documents):
        (folder / "own" / f"{number:03d}.txt").write_text(prose(first + number), "utf-8")
    for number in range(4):
        (folder / "other" / f"{number}.txt").write_text(prose(10_000 + first + number), "utf-8")
