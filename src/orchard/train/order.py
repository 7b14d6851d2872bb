"""What is to be trained, how it is watched, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from orchard.errors import Finding, TrainError, did_you_mean
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.models import Model
from orchard.spec.programme import Programme
from orchard.spec.training import Training
from orchard.train.folder import ProgrammeFolder, Stage
from orchard.train.loop import Result
from orchard.train.progress import Progress, silent

Until = Literal["pretraining", "finetuning", "preferences", "rewards", "export", "evaluation"]


class Order(NamedTuple):
    """What is to be trained.

    Attributes
    ----------
    programme, beside, model
        the programme, the folder of its file, and the id of the model
    out
        folder of all runs
    until
        last stage that is done
    """

    programme: Programme
    beside: Path
    model: str
    out: Path
    until: Until = "evaluation"

    @property
    def folder(self) -> ProgrammeFolder:
        """Folder of the programme's runs."""
        return ProgrammeFolder(self.out / self.programme.programme)


class Watch(NamedTuple):
    """How a person is kept informed: the loop's reports, other work as a share, sentences."""

    steps: Progress = silent
    work: Callable[[str, float], None] = lambda what, share: None
    say: Callable[[str], None] = lambda text: None


class Outcome(NamedTuple):
    """What became of an order: results of the stages that ran, the judgement, the signal that ended it."""

    stages: dict[Stage, Result]
    evaluation: Mapping[str, Any] | None = None
    stopped: int = 0


def trainable(programme: Programme, name: str) -> tuple[Model, Training]:
    """A model of a programme that can be trained, and its recipe.

    Raises
    ------
    TrainError
        O837, with everything that is missing
    """
    spec = programme.models.get(name)
    if spec is None:
        known = [one for one, model in programme.models.items() if model.training is not None]
        hint = did_you_mean(name, known) or f"one of: {', '.join(known)}"
        raise TrainError(Finding("O837", name, "", "no such model", "a model of the programme", hint))
    place = f"models.{name}"
    faults = []
    if spec.training is None:
        faults.append(("training", "no recipe", "how it is trained"))
    elif spec.training.corpus not in programme.corpora:
        wanted = f"one of: {', '.join(programme.corpora)}"
        faults.append(("training.corpus", f"{spec.training.corpus or 'none'}", wanted))
    if spec.training is not None and isinstance(spec.architecture, LanguageArchitecture):
        faults += _uncut(spec.architecture, spec.training.tensor_parallel)
    if not isinstance(spec.architecture, LanguageArchitecture):
        faults.append(("architecture", "none of a language model", "kind: language"))
    amounts = {
        "tokens": spec.tokens,
        "recipe.sequence": spec.recipe.sequence if spec.recipe else None,
        "recipe.batch": spec.recipe.batch if spec.recipe else None,
    }
    faults += [(key, "none", "a number") for key, one in amounts.items() if one is None or one.value is None]
    if faults or spec.training is None:
        raise TrainError(Finding("O837", "", f"{place}.{key}", *words) for key, *words in faults)
    return spec, spec.training


def _uncut(shape: LanguageArchitecture, over: int) -> list[tuple[str, str, str]]:
    """Why the matrices of a layer cannot be cut over so many processes: heads stay whole, experts too."""
    key = "training.tensor_parallel"
    if over > 1 and shape.experts:
        return [(key, f"{over}", "1: experts are not cut")]
    amounts = {"key heads": shape.kv_heads, "query heads": shape.heads, "feed-forward units": shape.ffn}
    odd = [f"{amount} {name}" for name, amount in amounts.items() if amount % over]
    return [(key, f"{over}", f"a divisor of {', '.join(odd)}")] if odd else []


def architecture_of(spec: Model) -> LanguageArchitecture:
    """Shape of a model that can be trained."""
    assert isinstance(spec.architecture, LanguageArchitecture)  # trainable() saw to it
    return spec.architecture


def sizes_of(spec: Model) -> tuple[int, int, int]:
    """Tokens of a sample, of a step and of the run."""
    assert spec.recipe is not None
    assert spec.recipe.sequence is not None
    assert spec.recipe.batch is not None
    assert spec.tokens is not None
    sequence = int(spec.recipe.sequence.value or 1)
    batch = max(sequence, int(spec.recipe.batch.value or 1) // sequence * sequence)
    return sequence, batch, int(spec.tokens.value or 1)
