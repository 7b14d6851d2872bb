"""What a model scored, item by item: kept whole, so that two models can be compared without asking again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class TextScore(NamedTuple):
    """Likelihood of a document: bytes of it, nats and tokens that the model needs for it."""

    id: str
    source: str
    bytes: int
    nats: float
    tokens: int


class ItemScore(NamedTuple):
    """Outcome of a question or exercise.

    Attributes
    ----------
    id, cluster
        as of the item
    score, chance
        1 where it is right, less where it is not; what guessing gives
    asked, wanted, said
        what was asked, what was wanted, and what the model said or chose
    others
        the same by other ways of counting: by name, 0 or 1
    """

    id: str
    cluster: str
    score: float
    chance: float
    asked: str
    wanted: str
    said: str
    others: Mapping[str, float]


class Scores(NamedTuple):
    """Everything a model scored.

    Attributes
    ----------
    model, digest
        name, and identity of weights and tokenizer
    digests
        of each set of items, by name
    texts, tasks
        scores of documents and of items, by name of the set
    missing
        sets that could not be made, with the reason
    """

    model: str
    digest: str
    digests: Mapping[str, str]
    texts: Mapping[str, tuple[TextScore, ...]]
    tasks: Mapping[str, tuple[ItemScore, ...]]
    missing: Mapping[str, str]


def written_row(row: TextScore | ItemScore) -> dict[str, Any]:
    """Scores of an item as JSON has words for them."""
    said = row._asdict()
    return said | {"others": dict(row.others)} if isinstance(row, ItemScore) else said


def read_row(said: Mapping[str, Any]) -> TextScore | ItemScore:
    """Scores of an item from what :func:`written_row` made.

    Raises
    ------
    KeyError, TypeError, ValueError
        something else

    >>> one = TextScore("a", "b", 10, -7.0, 3)
    >>> read_row(written_row(one)) == one
    True
    """
    if "nats" in said:
        size, tokens = int(said["bytes"]), int(said["tokens"])
        return TextScore(str(said["id"]), str(said["source"]), size, float(said["nats"]), tokens)
    asked, wanted, answer = (str(said[name]) for name in ("asked", "wanted", "said"))
    others = {str(name): float(value) for name, value in said["others"].items()}
    score, chance = float(said["score"]), float(said["chance"])
    return ItemScore(str(said["id"]), str(said["cluster"]), score, chance, asked, wanted, answer, others)
