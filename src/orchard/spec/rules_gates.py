"""Rules about gates that trained models are judged by: they can be read, and what they name is measured."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.catalogue import Catalogue
from orchard.spec import gates
from orchard.spec.models import Model
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, rule
from orchard.spec.training import Evaluation


@rule("O877", "conditions of a gate can be read")
def gates_can_be_read(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Every entry of a model's `evaluation.gate` compares figures that `orchard evaluate` measures.

    That are bits per byte of text (``held_out``, ``unseen``), of the same text by ``xz`` and ``xz_primed``,
    accuracy and chance of tasks, and the same of the ``predecessor``; with numbers, + - * / and brackets.

    Why: a gate is written before the model is trained. One that cannot be read would be found out after.

    Example::

        models:
          avocado: {evaluation: {gate: ["held_out.bits <= xz.bits_per_byte"]}, ...}

    What to try: the figure that the finding names.
    """
    for steps, text, _, _ in _conditions(programme):
        try:
            gates.read(text)
        except gates.GateError as error:
            yield Problem(steps, error.found, error.wanted, error.hint)


@rule("O878", "what a gate compares is measured")
def gates_are_measured(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Tasks that `evaluation.gate` names are among `evaluation.tasks`, and a predecessor is named by `gate`.

    Text that is `unseen` is that of a corpus with unseen sources.

    Why: a condition on something that is not measured is never decided, and the model never released.

    Example::

        models:
          avocado: {evaluation: {tasks: [cloze], gate: ["facts.accuracy >= 0.3"]}, ...}

    What to try: add the task; name the predecessor under `gate.predecessor` of the model; add `unseen` to
    the corpus.
    """
    for steps, text, model, judged in _conditions(programme):
        try:
            names = gates.read(text).names
        except gates.GateError:
            continue
        for name in names:
            missing = _missing(name, programme, model, judged)
            if missing is not None:
                yield Problem(steps, f"{name}, and {missing[0]}", missing[1])
                break


def _conditions(programme: Programme) -> Iterator[tuple[tuple[str | int, ...], str, Model, Evaluation]]:
    for name, model in programme.models.items():
        if model.evaluation is not None:
            for place, text in enumerate(model.evaluation.gate):
                yield ("models", name, "evaluation", "gate", place), text, model, model.evaluation


def _missing(name: str, programme: Programme, model: Model, judged: Evaluation) -> tuple[str, str] | None:
    """What is not there for a figure to be measured, and what would have to be."""
    parts = name.split(".")
    if parts[0] == gates.PREDECESSOR and model.gate is None:
        return "no predecessor is named", "gate.predecessor of the model"
    if parts[-2] in gates.TASKS and parts[-2] not in judged.tasks:
        return f"{parts[-2]} is not among the tasks", f"{parts[-2]} among evaluation.tasks"
    corpus = programme.corpora.get(model.training.corpus or "") if model.training else None
    if parts[-2] == "unseen" and (corpus is None or not corpus.unseen):
        return "no source is unseen", "`unseen` of the corpus"
    return None
