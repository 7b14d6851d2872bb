"""A tiny random model with a tokenizer trained on a few sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from orchard.data.instructions import TEMPLATE
from orchard.data.tokenizer import train
from orchard.spec.architecture import LanguageArchitecture
from orchard.train.export.model import Exported
from orchard.train.language import Language, initialise

VOCABULARY = 384
DENSE: dict[str, Any] = {
    "layers": 2, "hidden": 64, "heads": 4, "kv_heads": 2, "ffn": 96, "vocabulary": VOCABULARY,
    "tied_embeddings": True,
}  # fmt: skip
MIXTURE: dict[str, Any] = {
    "layers": 4, "hidden": 64, "heads": 4, "kv_heads": 2, "ffn": 96, "vocabulary": VOCABULARY, "qk_norm": True,
    "experts": 4, "experts_per_token": 1, "expert_ffn": 64, "shared_ffn": 64, "dense_layers": 2,
}  # fmt: skip
TEXT = (
    "Fellow citizens of the Senate and of the House of Representatives, the state of the union is strong.",
    "To be, or not to be, that is the question: whether it is nobler in the mind to suffer 1,234 slings.",
    "The capital of the country is the city; in 1790 there were 13 states and naïve cafés.",
)


def tokenizer(folder: Path) -> Path:
    """A tokenizer in a folder."""
    return train(TEXT, VOCABULARY, folder / "tokenizer.json").path


def tiny(folder: Path, seed: int = 0, **changes: Any) -> Exported:
    """A model with random weights, none of them zero."""
    folder.mkdir(parents=True, exist_ok=True)
    architecture = LanguageArchitecture(**({**DENSE, **changes}))
    language = Language(architecture)
    initialise(language, seed)
    drawn = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        for weight in language.parameters():
            weight.add_(torch.randn(weight.shape, generator=drawn) * 0.08)
    weights = {name: weight.detach() for name, weight in language.state_dict().items()}
    return Exported("tiny", weights, architecture, 128, tokenizer(folder), TEMPLATE)
