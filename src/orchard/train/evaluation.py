"""Judge a programme's models: find them, collect items, compare, decide on the gate, write it down.

Scores of the same weights by the same items are kept and taken again (:mod:`orchard.evaluate.kept`). The
gate's predecessor is judged by the same items from its own run; where it has none, what needs it is
undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

from orchard.catalogue import Catalogue
from orchard.data import Built, open_corpus
from orchard.errors import EvaluationError, Finding, did_you_mean
from orchard.evaluate.answer import answer, ledger_values
from orchard.evaluate.collect import collect
from orchard.evaluate.figures import Figure, figures
from orchard.evaluate.gate import decide
from orchard.evaluate.items import Items
from orchard.evaluate.judge import Progress, judge
from orchard.evaluate.judged import Judged, Likelihood, Turn
from orchard.evaluate.kept import KeptScores, kept_references
from orchard.evaluate.lead import Law, measured_lead
from orchard.evaluate.scores import Scores
from orchard.evaluate.texts import Reference, priming, references
from orchard.ledger import Ledger
from orchard.spec.gates import BITS, PREDECESSOR, TEXTS
from orchard.spec.models import Model
from orchard.spec.programme import Programme
from orchard.spec.rules import bounds
from orchard.spec.training import Evaluation
from orchard.train.folder import ProgrammeFolder
from orchard.train.trained import Trained, find_trained, folder_model, open_trained

Opener = Callable[[Trained, Built], Judged]
EVALUATION = "evaluation"


class Question(NamedTuple):
    """What is to be judged.

    Attributes
    ----------
    model
        id of a model of the programme, or the folder of an exported one
    out
        folder of all runs
    against
        another model to compare with; the gate's predecessor by default
    items, samples
        items of each task, the programme's by default; answers of each task that are shown
    corpus
        id of the corpus; that of the model by default
    """

    model: str
    out: Path
    against: str | None = None
    items: int | None = None
    samples: int = 3
    corpus: str | None = None


def evaluate_model(
    programme: Programme,
    known: Catalogue,
    asked: Question,
    progress: Progress = lambda what, share: None,
    opener: Opener = open_trained,
) -> dict[str, Any]:
    """Judge a model by everything its programme asks for; the result goes into the ledger too.

    Raises
    ------
    OrchardError
        O880: no such model, or one that is not trained; O883: no corpus to judge it by; what opening corpora,
        models and kept scores raises
    """
    folder = ProgrammeFolder(asked.out / programme.programme)
    spec = programme.models.get(asked.model)
    name = _corpus(programme, spec, asked)
    trained = _found(programme, folder, asked.model)
    evaluation = (spec.evaluation if spec else None) or Evaluation()
    if asked.items is not None:
        evaluation = evaluation.model_copy(update={"items": asked.items})
    progress("reading the corpus", 0.0)
    corpus = open_corpus(folder.corpus(name))
    items = collect(corpus, evaluation)
    judged = partial(_judged, corpus=corpus, items=items, progress=progress, opener=opener)
    mine = judged(trained)
    older, why = _predecessor(programme, folder, spec, judged)
    rival = judged(_found(programme, folder, asked.against)) if asked.against else older
    progress("compressing the same texts", 1.0)
    compared = kept_references(
        folder.path / EVALUATION, corpus.digest, items, lambda: _references(corpus, items)
    )
    measured = figures(mine, compared, older)
    gate = evaluation.gate if spec else ()
    decision = decide(gate, measured, {PREDECESSOR: why, **items.missing})
    result = answer(mine, measured, decision, rival, asked.samples)
    result |= {
        "programme": programme.programme,
        "title": (spec.title if spec else "") or trained.name,
        "path": str(trained.path),
        "corpus": {"id": name, "digest": corpus.digest},
        "lead": _lead(programme, known, spec, measured, why),
    }
    if spec is not None:
        _write_down(Ledger(folder.ledger), asked.model, ledger_values(result))
    return result


def _corpus(programme: Programme, spec: Model | None, asked: Question) -> str:
    """Id of the corpus that a model is judged on."""
    own = spec.training.corpus if spec and spec.training else None
    only = next(iter(programme.corpora)) if len(programme.corpora) == 1 else None
    name = asked.corpus or own or only
    if name in programme.corpora:
        return str(name)
    found = f"no corpus {name!r}" if name else f"{len(programme.corpora)} corpora, and none is named"
    hint = did_you_mean(name or "", programme.corpora)
    raise EvaluationError(Finding("O883", asked.model, "", found, "a corpus of the programme", hint))


def _found(programme: Programme, folder: ProgrammeFolder, name: str) -> Trained:
    """A model by its id, or by the folder it lies in."""
    if name in programme.models:
        found = find_trained(name, folder.model(name), programme.models[name])
        if found is not None:
            return found
        hint = f"orchard train FILE {name}"
        place, wanted = str(folder.model(name).path), "an export or checkpoints"
        raise EvaluationError(Finding("O880", place, name, "no trained model", wanted, hint))
    if Path(name).is_dir():
        return folder_model(Path(name))
    hint = did_you_mean(name, programme.models)
    wanted = "a model of the programme, or the folder of an exported one"
    raise EvaluationError(Finding("O880", name, "", "no such model", wanted, hint))


class _Opened:
    """A model that is opened when it is first asked: scores that are kept need none."""

    def __init__(self, trained: Trained, corpus: Built, opener: Opener) -> None:
        self.name, self.digest = trained.name, trained.digest
        self._open = partial(opener, trained, corpus)

    @cached_property
    def _model(self) -> Judged:
        return self._open()

    def likelihoods(self, pairs: Sequence[tuple[str, str]]) -> list[Likelihood]:
        return self._model.likelihoods(pairs)

    def answers(self, conversations: Sequence[Sequence[Turn]], tokens: int) -> list[str]:
        return self._model.answers(conversations, tokens)

    def continuations(self, prompts: Sequence[str], tokens: int) -> list[str]:
        return self._model.continuations(prompts, tokens)


def _judged(trained: Trained, corpus: Built, items: Items, progress: Progress, opener: Opener) -> Scores:
    """Scores of a model: kept ones, or new ones."""
    keep = KeptScores(trained.beside / EVALUATION, trained.digest)

    def told(what: str, share: float) -> None:
        progress(f"{trained.name}: {what}", share)

    return judge(_Opened(trained, corpus, opener), items, told, keep)


def _references(corpus: Built, items: Items) -> dict[str, Reference]:
    return references(items.texts, priming(corpus.documents("train")))


def _predecessor(
    programme: Programme, folder: ProgrammeFolder, spec: Model | None, judged: Callable[[Trained], Scores]
) -> tuple[Scores | None, str]:
    """The gate's predecessor by the same items; where there is none, the reason."""
    if spec is None or spec.gate is None:
        return None, "no predecessor is named"
    name = spec.gate.predecessor
    found = find_trained(name, folder.model(name), programme.models[name])
    if found is None:
        return None, f"{name} is not trained: orchard train FILE {name}"
    return judged(found), ""


def _lead(
    programme: Programme, known: Catalogue, spec: Model | None, measured: Mapping[str, Figure], why: str
) -> dict[str, Any] | None:
    """The lead that the gate asks for, as far as it can be measured."""
    if spec is None or spec.gate is None:
        return None
    bar = bounds(spec.gate.lead, programme, known)
    wanted = bar[1] if bar else None
    text = f"{TEXTS[0]}.{BITS}"
    own, older = measured.get(text), measured.get(f"{PREDECESSOR}.{text}")
    law = _law(programme, known, spec)
    if own is None or older is None:
        return {"value": None, "low": None, "high": None, "why": why or "no held-out text", "wanted": wanted}
    if law is None:
        reason = "no law of the family is stated: orchard ladder fits one"
        return {"value": None, "low": None, "high": None, "why": reason, "wanted": wanted}
    return {**measured_lead(own, older, law)._asdict(), "wanted": wanted}


def _law(programme: Programme, known: Catalogue, spec: Model) -> Law | None:
    stated = spec.family.law if spec.family else None
    if stated is None:
        return None
    ends = [bounds(one, programme, known) for one in (stated.loss, stated.slope, stated.floor)]
    return None if None in ends else Law(*(one for one in ends if one is not None))


def _write_down(ledger: Ledger, run: str, values: Mapping[str, Any]) -> None:
    """Into the ledger, unless that is what it says last."""
    before = ledger.read("evaluation", run)
    if not before or before[-1].values != values:
        ledger.append("evaluation", run, values)
