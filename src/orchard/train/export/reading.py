"""Reading an exported folder back into our own model: safetensors only, checked before anything is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from orchard.data.tokenizer import Tokenizer
from orchard.train.export.config import Read, from_config
from orchard.train.export.folder import digest
from orchard.train.export.huggingface import INDEX, MANIFEST, TEMPLATE, WEIGHTS
from orchard.train.export.model import Exported, unreadable, words
from orchard.train.language import Language

# Files of pickled objects: opening one runs whatever it says.
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")


class Loaded(NamedTuple):
    """A model that was read from a folder, ready to be asked.

    Attributes
    ----------
    model, tokenizer
        the module, in full precision; its tokenizer
    context
        longest sequence it was trained on, in tokens
    template
        its chat template, Jinja; empty where the folder has none
    digest
        SHA-256 of the folder
    """

    model: Language
    tokenizer: Tokenizer
    context: int
    template: str
    digest: str


def load_model(folder: Path, compute: torch.dtype = torch.float32) -> Loaded:
    """Read a model.

    Parameters
    ----------
    folder
        as :func:`orchard.train.export.huggingface.write` or transformers write it
    compute
        number format the model computes in

    Raises
    ------
    TrainError
        O900: a folder that is missing, holds pickled weights only, is damaged or is another kind of model;
        O901: a tokenizer whose entries are not the model's
    """
    _whole(folder)
    read, weights = _config(folder), _weights(folder)
    model = filled(Language(read.architecture, compute), weights, folder)
    words(folder / "tokenizer.json", read.architecture.vocabulary)
    template = folder / TEMPLATE
    text = template.read_text("utf-8") if template.is_file() else ""
    return Loaded(model.eval(), Tokenizer(folder / "tokenizer.json"), read.context, text, digest(folder))


def load_exported(folder: Path, name: str) -> Exported:
    """Read a model for another export; raises as :func:`load_model` does."""
    loaded = load_model(folder)
    weights = {key: weight.detach() for key, weight in loaded.model.state_dict().items()}
    architecture = loaded.model.architecture
    return Exported(name, weights, architecture, loaded.context, loaded.tokenizer.path, loaded.template)


def _whole(folder: Path) -> None:
    """Refuse a folder that is missing, pickled, or whose files are not those that were written."""
    if not folder.is_dir():
        raise unreadable(folder, "no such folder", "the folder of an exported model")
    if not (folder / WEIGHTS).is_file() and not (folder / INDEX).is_file():
        pickled = sorted(one.name for one in folder.iterdir() if one.suffix in _PICKLES)
        if pickled:
            found = f"pickled weights, which run code when they are opened: {', '.join(pickled[:3])}"
            raise unreadable(folder, found, WEIGHTS, "have whoever made it write safetensors")
        raise unreadable(folder, f"no {WEIGHTS}", "the folder of an exported model")
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return  # written by another program: shapes and values are looked at all the same
    for name, wanted in _json(manifest).items():
        path = folder / Path(str(name)).name
        if not path.is_file():
            raise unreadable(path, "no such file", "every file that was exported")
        if digest(path) != wanted:
            hint = "copy or export it again"
            raise unreadable(path, "bytes that are not those that were written", f"SHA-256 {wanted}", hint)


def _config(folder: Path) -> Read:
    return from_config(_json(folder / "config.json"), folder / "config.json")


def _weights(folder: Path) -> dict[str, Tensor]:
    """All weights, from one file or from those of the index."""
    names = [WEIGHTS]
    if not (folder / WEIGHTS).is_file():
        placed = _json(folder / INDEX).get("weight_map")
        if not isinstance(placed, dict):
            raise unreadable(folder / INDEX, "no weight_map", "names of weights and their files")
        names = sorted({Path(str(name)).name for name in placed.values()})
    weights: dict[str, Tensor] = {}
    for name in names:
        try:
            weights |= load_file(folder / name)
        except (SafetensorError, OSError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise unreadable(folder / name, reason, "a whole safetensors file") from None
    return weights


def filled(model: Language, weights: dict[str, Tensor], folder: Path) -> Language:
    """Put weights in place, when names, shapes and values are right.

    Raises
    ------
    TrainError
        O900: they are not
    """
    if model.architecture.tied_embeddings:
        weights.setdefault("lm_head.weight", weights.get("model.embed_tokens.weight", torch.empty(0)))
    wanted = model.state_dict()
    missing, surplus = sorted(wanted.keys() - weights), sorted(weights.keys() - wanted.keys())
    if missing or surplus:
        found = "; ".join(
            f"{what} {', '.join(names[:3])}" + ("" if len(names) < 4 else f" and {len(names) - 3} more")
            for what, names in (("missing", missing), ("unknown", surplus))
            if names
        )
        raise unreadable(folder, f"weights {found}", "those of config.json")
    for name, weight in weights.items():
        if weight.shape != wanted[name].shape:
            shapes = f"{list(weight.shape)}", f"{list(wanted[name].shape)}"
            raise unreadable(
                folder, f"{name} of shape {shapes[0]}", f"shape {shapes[1]}, as config.json says"
            )
        if not weight.is_floating_point() or not torch.isfinite(weight).all():
            raise unreadable(folder, f"{name} with entries that are no finite numbers", "finite numbers")
    model.load_state_dict({name: weight.float() for name, weight in weights.items()})
    return model


def _json(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise unreadable(path, reason, "a JSON file") from None
    if not isinstance(said, dict):
        raise unreadable(path, "no JSON object", "a JSON object")
    return said
