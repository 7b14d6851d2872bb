"""Questions about facts, with options of the same kind: which continuation the model finds likeliest.

Facts stand in documents that the model was pretrained on; finetuning never asked for them
(:mod:`orchard.data.instructions.facts` holds them out by relation and subject). So this is recall, and the
documents themselves are rightly not held out. Wrong options are what the same relation has elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orchard.data.instructions.facts import Fact, Text, facts_of
from orchard.data.instructions.item import split_of
from orchard.evaluate.items import Choice, draw

OPTIONS = 4
# How a relation is stated up to its value, and what is left of that without the subject.
STATEMENTS: dict[str, tuple[str, str]] = {
    "capital": ("The capital of {} is", "The capital is"),
    "region": ("{} is in", "It is in"),
    "adjective": ("People from {} are called", "They are called"),
    "language": ("In {} people speak", "People speak"),
    "government": ("The government of {} is a", "The government is a"),
    "currency": ("The currency of {} is the", "The currency is the"),
    "highest": ("The highest point of {} is", "The highest point is"),
    "area": ("The area of {} is", "The area is"),
    "population": ("The population of {} is", "The population is"),
    "president": (
        "The annual message of {} was that of President",
        "The annual message was that of President",
    ),
}


def fact_choices(documents: Iterable[Text], count: int) -> list[Choice]:
    """Questions about facts of training documents: at most `count`, the same ones on every machine."""
    facts = facts_of(documents)
    asked = [fact for fact in facts if fact.relation in STATEMENTS and split_of(fact.key) == "held_out"]
    values: dict[str, list[str]] = {}
    for fact in facts:
        values.setdefault(fact.relation, []).append(fact.value)
    made = [_choice(fact, values[fact.relation]) for fact in sorted(asked, key=lambda one: draw(one.key))]
    return [one for one in made if one is not None][:count]


def _choice(fact: Fact, values: Sequence[str]) -> Choice | None:
    """A fact with wrong options; None where the relation has too few different values."""
    others = sorted(
        {value for value in values if value.casefold() != fact.value.casefold()},
        key=lambda value: draw(f"{fact.key}|{value}"),
    )
    if len(others) < OPTIONS - 1:
        return None
    options = sorted([fact.value, *others[: OPTIONS - 1]], key=lambda value: draw(f"{value}|{fact.key}"))
    statement, plain = STATEMENTS[fact.relation]
    return Choice(
        fact.key,
        fact.subject,
        statement.format(fact.subject),
        tuple(f" {option}" for option in options),
        options.index(fact.value),
        plain,
    )
