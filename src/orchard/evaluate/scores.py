"""What a model scored, item by item: kept whole, so that two models can be compared without asking again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

FORMAT = 1


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


def written(scores: Scores) -> dict[str, Any]:
    """Scores as JSON has words for them."""
    return {
        "format": FORMAT,
        **scores._asdict(),
        "texts": {name: [one._asdict() for one in rows] for name, rows in scores.texts.items()},
        "tasks": {
            name: [{**one._asdict(), "others": dict(one.others)} for one in rows]
            for name, rows in scores.tasks.items()
        },
        "digests": dict(scores.digests),
        "missing": dict(scores.missing),
    }


def read(said: Mapping[str, Any]) -> Scores:
    """Scores from what :func:`written` made.

    Raises
    ------
    ValueError, KeyError, TypeError
        something else

    >>> one = Scores("a", "b", {"held_out": "c"}, {"held_out": (TextScore("d", "e", 10, 7.0, 3),)}, {}, {})
    >>> read(written(one)) == one
    True
    """
    if said["format"] != FORMAT:
        raise ValueError(f"format {said['format']}")
    return Scores(
        str(said["model"]),
        str(said["digest"]),
        dict(said["digests"]),
        {name: tuple(TextScore(**row) for row in rows) for name, rows in said["texts"].items()},
        {name: tuple(ItemScore(**row) for row in rows) for name, rows in said["tasks"].items()},
        dict(said["missing"]),
    )
