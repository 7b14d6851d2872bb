"""Tasks of reasoning-gym (Apache-2.0) that a very small model can learn, and its own verdict on answers.

Each family is set to its easiest end. The library is imported when the first task is asked for: it takes
a second. Its items are a function of (family, settings, seed, index).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

LICENCE = "Apache-2.0"


class Family(NamedTuple):
    """One kind of task: the library's name for it, and how easy it is made."""

    name: str
    settings: dict[str, Any]


FAMILIES: dict[str, Family] = {
    "sum": Family("chain_sum", {"min_terms": 2, "max_terms": 2, "min_digits": 1, "max_digits": 1}),
    "product": Family("products", {"min_digits": 1, "max_digits": 1}),
    "divisor": Family("gcd", {"min_value": 1, "max_value": 20}),
    "letters": Family("letter_counting", {"min_words": 1, "max_words": 2}),
    "backward": Family("spell_backward", {"min_word_len": 3, "max_word_len": 4}),
    "reverse": Family("word_sequence_reversal", {"min_words": 2, "max_words": 3}),
    "legs": Family("leg_counting", {"min_animals": 1, "max_animals": 1, "max_instances": 5}),
    "bits": Family("count_bits", {"min_n": 1, "max_n": 63}),
}
"""Families by the name they have here, from what the library calls them and how easy they are made."""


def gym_items(family: str, seed: int) -> Iterator[tuple[str, str]]:
    """Items of a family without end: the question on one line, and all of the item as JSON.

    Parameters
    ----------
    family
        a key of :data:`FAMILIES`
    """
    import reasoning_gym  # type: ignore[import-untyped]

    wanted = FAMILIES[family]
    items = reasoning_gym.create_dataset(wanted.name, size=10**9, seed=seed, **wanted.settings)
    for index in range(10**9):
        item = items[index]
        yield " ".join(str(item["question"]).split()), json.dumps(item, sort_keys=True, default=str)


def gym_answer(entry: str) -> str:
    """The library's own answer to an item."""
    return str(json.loads(entry)["answer"])


def gym_score(family: str, entry: str, answer: str) -> float:
    """The library's score of an answer, 0 to 1.

    The library gives a little for any answer in some families; here an empty or a wrong one is worth less
    than a right one, which alone is 1.
    """
    if not answer:
        return 0.0
    found = _scorer(family).score_answer(answer, json.loads(entry))
    return min(1.0, max(0.0, float(found)))


@cache
def _scorer(name: str) -> Any:
    import reasoning_gym

    return reasoning_gym.create_dataset(name, size=1)
