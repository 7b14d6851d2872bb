"""Questions about facts, with options of the same kind: which continuation the model finds likeliest.

Facts stand in documents that the model was pretrained on; finetuning never asked for them
(:mod:`orchard.data.instructions.facts` holds them out by relation and subject). So this is recall, and the
documents themselves are rightly not held out.

Wrong options are other facts of the same relation, drawn as the right one is, and held out as it is: values
that finetuning has asked for would be known as answers. Where two of the four are the same, there is no
question. So the right option is no commoner and no shorter than the others, and a model that prefers some
options whatever is asked is right as often as chance is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import nsmallest

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
    peers: dict[str, list[Fact]] = {}
    for fact in asked:
        peers.setdefault(fact.relation, []).append(fact)
    made = [_choice(fact, peers[fact.relation]) for fact in sorted(asked, key=lambda one: draw(one.key))]
    return [one for one in made if one is not None][:count]


def _choice(fact: Fact, peers: Sequence[Fact]) -> Choice | None:
    """A fact with three others as wrong options; None where two of the four values are the same."""
    others = [one for one in peers if one.subject != fact.subject]
    others = nsmallest(OPTIONS - 1, others, key=lambda one: draw(f"{fact.key}|{one.subject}"))
    values = [fact.value, *(one.value for one in others)]
    if len({value.casefold() for value in values}) < OPTIONS:
        return None
    options = sorted(values, key=lambda value: draw(f"{value}|{fact.key}"))
    statement, plain = STATEMENTS[fact.relation]
    return Choice(
        fact.key,
        fact.subject,
        statement.format(fact.subject),
        tuple(f" {option}" for option in options),
        options.index(fact.value),
        plain,
    )
