"""Trained models on disk: the export of a run, or else its newest checkpoint; opened to be judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from orchard.data import Built
from orchard.errors import EvaluationError, Finding, TrainError
from orchard.evaluate.judged import Judged
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.models import Model
from orchard.train.export.folder import digest
from orchard.train.folder import ModelFolder

if TYPE_CHECKING:
    from orchard.train.language.model import Language

CONFIG = "config.json"


class Trained(NamedTuple):
    """A model on disk.

    Attributes
    ----------
    name, path
        what it is called; its exported folder, or a checkpoint
    digest
        identity of its weights
    beside
        folder in which what is found out about it is kept
    architecture, context
        of a checkpoint, which does not say them; None and 0 for an export, which does
    """

    name: str
    path: Path
    digest: str
    beside: Path
    architecture: LanguageArchitecture | None = None
    context: int = 0


def find_trained(name: str, folder: ModelFolder, spec: Model) -> Trained | None:
    """What a run left of a model: its export, or the newest checkpoint where there is none or it is older."""
    from orchard.train.export.fresh import newer_checkpoint, newest_checkpoint, source_of

    if (folder.export / CONFIG).is_file() and newer_checkpoint(folder) is None:
        return Trained(name, folder.export, digest(folder.export), folder.path)
    sequence = spec.recipe.sequence.value if spec.recipe and spec.recipe.sequence else None
    if not isinstance(spec.architecture, LanguageArchitecture) or sequence is None:
        return None
    path = newest_checkpoint(folder)
    if path is None:
        return None
    card = source_of(path)  # it holds the digests of all parts
    return Trained(name, path, card, folder.path, spec.architecture, int(sequence))


def folder_model(path: Path) -> Trained:
    """A model in a folder of its own.

    Raises
    ------
    EvaluationError
        O881: a folder that holds no exported model
    """
    if not (path / CONFIG).is_file():
        wanted = "a folder as `orchard export` writes it"
        raise EvaluationError(Finding("O881", str(path), "", f"no {CONFIG}", wanted))
    beside = path.resolve().parent
    return Trained(path.resolve().name, path, digest(path), beside)


def open_trained(trained: Trained, corpus: Built) -> Judged:
    """Load a model so that it can be judged.

    Answers are computed in float32, so that every machine gives the same ones. Likelihoods are computed in
    bfloat16 where that is faster: of documents of 10,000 tokens they differ by less than 1e-5 of their value,
    a thousandth of what the choice of documents leaves open.

    Raises
    ------
    TrainError
        O821, O849, O850: weights or a tokenizer that are damaged, or do not fit
    """
    from orchard.train.export.reading import load_model
    from orchard.train.language.judged import LanguageJudged
    from orchard.train.probe import fast_dtype

    compute = fast_dtype()
    if trained.architecture is None:
        loaded = load_model(trained.path)
        return LanguageJudged(loaded.model, loaded.tokenizer, loaded.context, trained.name, compute)
    model = _of_checkpoint(trained.path, trained.architecture)
    return LanguageJudged(model, corpus.tokenizer, trained.context, trained.name, compute)


def _of_checkpoint(path: Path, architecture: LanguageArchitecture) -> Language:
    """The model of a checkpoint, with averaged weights where the run averages them."""
    from orchard.train.checkpoint import load
    from orchard.train.language.model import Language

    found = load(path.parent, int(path.name.rpartition("-")[2]))
    assert found is not None  # it was there when it was found
    model, weights = Language(architecture), found.weights()
    missing, _ = model.load_state_dict(weights, strict=False)
    own = {name for name, _ in model.named_parameters()}
    absent = sorted(own & set(missing))
    if absent:
        text = f"no weights {', '.join(absent[:3])}"
        hint = "orchard train goes on with the model as the programme says it"
        raise TrainError(Finding("O821", str(path), "", text, "those of the programme's architecture", hint))
    return model.eval()
