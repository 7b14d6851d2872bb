"""Exercises that a program checks: reasoning on unseen seeds, and instructions that are followed or not.

Both come from the generators that finetuning and rewards draw on, from the part that those never see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orchard.data.instructions import PERSONA, Material, verifiable
from orchard.data.instructions.facts import Text
from orchard.data.instructions.formats import EXERCISES
from orchard.data.instructions.gym import FAMILIES
from orchard.data.instructions.sentences import sentences_of
from orchard.evaluate.items import Exercise

# Of judgement alone: nothing else is ever drawn from it.
SEED = 20_251_231


def reasoning(count: int) -> list[Exercise]:
    """Tasks of reasoning-gym, held out; clusters are families."""
    return _exercises((), count, tuple(FAMILIES))


def instructions(documents: Iterable[Text], count: int) -> list[Exercise]:
    """Exercises of form, held out; sentences in them are those of the documents given."""
    return _exercises(documents, count, tuple(EXERCISES))


def judged_texts(count: int) -> list[str]:
    """Texts that a corpus must not contain: questions of the exercises that need no corpus to be made.

    Documents that are held out are kept apart when a corpus is built; facts are to be learnt from it.
    """
    return [one.judged for one in (*reasoning(count), *instructions((), count))]


def _exercises(documents: Iterable[Text], count: int, kinds: Sequence[str]) -> list[Exercise]:
    material = Material(PERSONA, (), tuple(sentences_of(documents)))
    problems = verifiable(material, count, SEED, "held_out", kinds)
    return [
        Exercise(f"{place}|{one.key}", one.kind, one.prompt, one.check) for place, one in enumerate(problems)
    ]
