"""What a run left of a model: its export, or the newest checkpoint where there is none or it is older."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from orchard.data import open_corpus
from orchard.data.instructions import TEMPLATE
from orchard.errors import Finding, TrainError, did_you_mean
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.models import Model
from orchard.spec.programme import Programme
from orchard.train import checkpoint
from orchard.train.export import huggingface
from orchard.train.export.fresh import newer_checkpoint
from orchard.train.export.model import Exported
from orchard.train.export.reading import load_exported
from orchard.train.folder import STAGES, ProgrammeFolder


class Source(NamedTuple):
    """A model, and where it was found: an exported folder or a checkpoint."""

    model: Exported
    path: Path


def find_source(programme: Programme, name: str, runs: Path) -> Source:
    """Find a model of a programme, or one in a folder of its own.

    Parameters
    ----------
    name
        id of a model of the programme, or a folder
    runs
        folder of all runs

    Raises
    ------
    TrainError
        O905: no such model, or one that is not trained; O900, O901: one that cannot be read
    """
    if name not in programme.models:
        if Path(name).is_dir():
            return Source(load_exported(Path(name), Path(name).resolve().name), Path(name))
        hint = did_you_mean(name, programme.models)
        raise _missing(
            name, "no such model", "a model of the programme, or the folder of an exported one", hint
        )
    folder = ProgrammeFolder(runs / programme.programme)
    mine = folder.model(name)
    if mine.export.is_dir() and newer_checkpoint(mine) is None:
        return Source(load_exported(mine.export, name), mine.export)
    found = newest(programme, name, folder)
    if found is None:
        hint = f"orchard train FILE {name}"
        raise _missing(str(mine.path), f"{name} is not trained", "an export or a checkpoint", hint)
    return found


def newest(programme: Programme, name: str, folder: ProgrammeFolder) -> Source | None:
    """The newest checkpoint of a model's last stage; None where there is none."""
    spec = programme.models[name]
    architecture = spec.architecture
    if not isinstance(architecture, LanguageArchitecture):
        return None
    for stage in reversed(STAGES):
        found = checkpoint.load(folder.model(name).checkpoints(stage))
        if found is not None:
            corpus = open_corpus(folder.corpus(_corpus(spec)), verify=False)
            model = Exported(
                name, found.weights(), architecture, _context(spec), corpus.tokenizer.path, TEMPLATE
            )
            return Source(model, found.path)
    return None


def write_final(programme: Programme, name: str, runs: Path) -> str:
    """Export the newest checkpoint of a model into its folder; returns the digest of all files.

    Raises
    ------
    TrainError
        O905: it has no checkpoint; O901: its tokenizer is another model's
    OutputError
        O701: the disk is full, or another fault of writing
    """
    folder = ProgrammeFolder(runs / programme.programme)
    found = newest(programme, name, folder)
    if found is None:
        raise _missing(str(folder.model(name).path), f"{name} is not trained", "a checkpoint")
    return huggingface.write(found.model, folder.model(name).export)


def _corpus(spec: Model) -> str:
    return str(spec.training.corpus) if spec.training else ""


def _context(spec: Model) -> int:
    sequence = spec.recipe.sequence if spec.recipe else None
    if sequence is None or sequence.value is None:
        raise _missing(spec.title, "no length of sequences", "recipe.sequence, in tokens")
    return int(sequence.value)


def _missing(place: str, found: str, wanted: str, hint: str = "") -> TrainError:
    return TrainError(Finding("O905", place, "", found, wanted, hint))
