"""Everything a model is judged by, collected from its corpus and from generators."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import Protocol

from orchard.data.document import Document, Split
from orchard.evaluate.cloze import cloze_choices
from orchard.evaluate.exercises import instructions, reasoning
from orchard.evaluate.facts import fact_choices
from orchard.evaluate.items import Choice, Exercise, Items
from orchard.evaluate.texts import texts
from orchard.spec.training import Evaluation


class Library(Protocol):
    """What is needed of a corpus: see :class:`orchard.data.Built`."""

    @property
    def held_out(self) -> list[Document]:
        """Documents of the training sources that no model is trained on."""

    @property
    def unseen(self) -> list[Document]:
        """Documents of sources that no model is trained on."""

    def documents(self, split: Split = "train") -> Iterable[Document]:
        """Documents of a split."""


def collect(corpus: Library, evaluation: Evaluation) -> Items:
    """Sets of items: the same for every model that is judged on this corpus."""
    missing: dict[str, str] = {}
    documents = {"held_out": corpus.held_out, "unseen": corpus.unseen}
    sets = {name: texts(found) for name, found in documents.items() if found}
    missing |= {name: "the corpus has no such document" for name, found in documents.items() if not found}
    count, wanted = evaluation.items, evaluation.tasks
    choices: dict[str, list[Choice]] = {}
    if "facts" in wanted:
        choices["facts"] = fact_choices(corpus.documents("train"), count)
    if "cloze" in wanted:
        choices["cloze"] = cloze_choices(corpus.held_out, count)
    exercises: dict[str, list[Exercise]] = {}
    for name, make in _makers(corpus).items():
        if name not in wanted:
            continue
        if name == "reasoning" and find_spec("reasoning_gym") is None:
            missing[name] = "reasoning-gym is not installed (pip install reasoning-gym)"
        else:
            exercises[name] = make(count)
    reasons = {"facts": "no facts about countries or presidents in the training documents",
               "cloze": "no sentence in the held-out documents"}  # fmt: skip
    missing |= {name: reasons[name] for name, found in choices.items() if not found}
    return Items(
        sets,
        {name: found for name, found in choices.items() if found},
        {name: found for name, found in exercises.items() if found},
        missing,
    )


def _makers(corpus: Library) -> dict[str, Callable[[int], list[Exercise]]]:
    return {
        "reasoning": reasoning,
        "instructions": lambda count: instructions(corpus.held_out, count),
    }
