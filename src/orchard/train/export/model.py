"""What is exported: weights by transformers' names, the architecture, a tokenizer and a chat template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from orchard.data.tokenizer import BEGIN, END, PAD, TURN_END
from orchard.errors import Finding, TrainError
from orchard.spec.architecture import LanguageArchitecture

SPECIAL = (BEGIN, END, TURN_END, PAD)


class Exported(NamedTuple):
    """A model as it is exported.

    Attributes
    ----------
    name
        what it is called
    weights
        parameters by the names of transformers' Llama or Llama 4, in float32
    architecture
        its shape
    context
        longest sequence it was trained on, in tokens
    tokenizer
        its tokenizer.json
    template
        the chat template, Jinja
    """

    name: str
    weights: Mapping[str, Tensor]
    architecture: LanguageArchitecture
    context: int
    tokenizer: Path
    template: str


class Words(NamedTuple):
    """Entries of a tokenizer.json in order of their ids.

    Attributes
    ----------
    entries, merges
        entries as the tokenizer writes bytes; pairs that are merged, first ones first
    special
        ids of special tokens by their names
    """

    entries: list[str]
    merges: list[str]
    special: dict[str, int]


def words(tokenizer: Path, vocabulary: int) -> Words:
    """Read the entries of a tokenizer.

    Raises
    ------
    TrainError
        O900: a file that cannot be read; O901: entries that are not the model's
    """
    try:
        said: dict[str, Any] = json.loads(tokenizer.read_bytes())
        ids: dict[str, int] = dict(said["model"]["vocab"])
        special = {str(one["content"]): int(one["id"]) for one in said["added_tokens"]}
        merges = [one if isinstance(one, str) else " ".join(one) for one in said["model"]["merges"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise unreadable(tokenizer, reason, "the tokenizer.json of a corpus") from None
    ids |= special
    entries = sorted(ids, key=ids.__getitem__)
    missing = [name for name in SPECIAL if name not in special]
    if missing:
        raise mismatch(tokenizer, f"no special tokens {', '.join(missing)}", "a tokenizer of Orchard's")
    if sorted(ids.values()) != list(range(vocabulary)):
        wanted = f"{vocabulary} entries, one for each row of the model's embedding"
        raise mismatch(tokenizer, f"{len(ids)} entries", wanted)
    return Words(entries, merges, special)


def unreadable(place: str | Path, found: str, wanted: str, hint: str = "") -> TrainError:
    """The error of a model that cannot be read: O900."""
    return TrainError(Finding("O900", str(place), "", found, wanted, hint))


def mismatch(place: str | Path, found: str, wanted: str) -> TrainError:
    """The error of a tokenizer that is another model's: O901."""
    return TrainError(Finding("O901", str(place), "", found, wanted, "take model and tokenizer of one run"))
