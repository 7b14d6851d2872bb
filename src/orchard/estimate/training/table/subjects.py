"""Which model a row trains, in which task: cells to shapes."""

from __future__ import annotations

import re
from typing import NamedTuple

from pydantic import ValidationError

from orchard.catalogue import catalogue
from orchard.catalogue.models import ModelRow
from orchard.errors import FactError
from orchard.estimate.training.formulas.diffusion import diffusion_shape
from orchard.estimate.training.formulas.shape import Shape, shape
from orchard.spec.architecture import LanguageArchitecture, VideoArchitecture

_TRUNCATED = re.compile(r"(?P<model>.+)[-_ ][lL](?P<layers>[0-9]{1,4})")
_PRETRAIN = (
    *("", "pretrain", "pretraining", "pre-train", "pre-training", "train", "training"),
    *("continued pretraining", "continued pre-training"),
)
_TUNING = (
    *("sft", "finetune", "fine-tune", "fine-tuning", "finetuning"),
    *("full", "full finetune", "full fine-tune", "full finetuning", "full fine-tuning"),
)
_ADAPTERS = ("lora", "qlora", "adapters", "peft")
_DIFFUSION = ("video-dit", "diffusion", "dit")
_TASKS = (*_PRETRAIN[1:2], "sft", "lora", "video-dit")

_PLACEHOLDER = shape(LanguageArchitecture(kind="language", layers=1, hidden=1, heads=1, ffn=1, vocabulary=1))


class Subject(NamedTuple):
    """What is trained; `wrong` says why it cannot be predicted, and the shape is a placeholder then."""

    shape: Shape
    note: str = ""
    frozen: bool = False  # adapters alone are trained
    wrong: str = ""


def subject(key: str, name: str, task: str) -> Subject:
    """Model and task of a row; `key` counts where it is given, else `name`.

    >>> subject("llama3-8b", "Llama 3", "").shape.layers
    32
    >>> subject("", "lama3-8b", "pretrain").wrong
    "model 'lama3-8b': no such model; did you mean 'llama3-8b'?"
    """
    doing = " ".join(task.casefold().split())
    frozen, note = doing.startswith(_ADAPTERS), ""
    if doing in _TUNING:
        note = f"{doing} predicted as pretraining: sequences packed, all weights trained"
    elif frozen:
        note = f"{doing}: sequences packed; the adapters' own work is not counted"
    elif doing not in (*_PRETRAIN, *_DIFFUSION):
        wanted = ", ".join(_TASKS)
        return Subject(_PLACEHOLDER, wrong=f"task {task.strip()[:40]!r}: not known: wanted one of {wanted}")
    if not (key.strip() or name.strip()):
        return Subject(_PLACEHOLDER, wrong="model is blank: wanted the name of a model, such as llama3-8b")
    found = architecture(key, name)
    if isinstance(found, str):
        return Subject(_PLACEHOLDER, wrong=found)
    if isinstance(found, LanguageArchitecture):
        return Subject(shape(found), note, frozen)
    try:
        note = "; ".join(
            one for one in (note, "a diffusion transformer: seq_len counts tokens of a clip") if one
        )
        return Subject(diffusion_shape(found), note, frozen)
    except ValueError as error:
        return Subject(_PLACEHOLDER, wrong=f"model {(key or name).strip()[:60]!r}: {error}")


def architecture(key: str, name: str) -> LanguageArchitecture | VideoArchitecture | str:
    """The architecture that the cells of a row name, or why there is none."""
    reason = ""
    for text in (key.strip(), name.strip()):
        if not text:
            continue
        try:
            return _architecture(catalogue().model(text), {})
        except FactError as error:
            finding = error.findings[0]
            reason = reason or f"model {text[:60]!r}: {finding.found}; {finding.hint}"
        except _UnsupportedError as error:
            return str(error)
        truncated = _TRUNCATED.fullmatch(text)
        try:
            if truncated:
                row = catalogue().model(truncated["model"])
                return _architecture(row, {"layers": int(truncated["layers"])})
        except (FactError, ValidationError, _UnsupportedError):
            continue
    return reason


class _UnsupportedError(Exception):
    """A model that is known but cannot be predicted."""


def _architecture(row: ModelRow, other: dict[str, int]) -> LanguageArchitecture | VideoArchitecture:
    if not row.supported:
        raise _UnsupportedError(f"model {row.id}: {row.reason}")
    fields = {**row.fields, **other}
    return LanguageArchitecture(**fields) if row.kind == "language" else VideoArchitecture(**fields)
