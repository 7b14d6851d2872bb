"""Small models of every shape that is trained."""

from __future__ import annotations

import torch

from orchard.spec.architecture import LanguageArchitecture
from orchard.train.language import Language

DENSE = LanguageArchitecture(
    layers=2, hidden=48, heads=4, kv_heads=2, head_dim=16, ffn=80, vocabulary=120, tied_embeddings=True
)
UNTIED = DENSE.model_copy(update={"tied_embeddings": False, "kv_heads": 4})
EXPERTS = LanguageArchitecture(
    layers=4,
    hidden=48,
    heads=4,
    kv_heads=2,
    head_dim=16,
    ffn=80,
    vocabulary=120,
    experts=4,
    experts_per_token=1,
    expert_ffn=56,
    shared_ffn=56,
    dense_layers=2,
)
NORMED = EXPERTS.model_copy(update={"qk_norm": True, "experts_per_token": 2, "dense_layers": 0, "ffn": 0})
SHAPES = {"dense": DENSE, "untied": UNTIED, "experts": EXPERTS, "normed": NORMED}


def drawn(architecture: LanguageArchitecture, compute: torch.dtype = torch.float32) -> Language:
    """A model with weights that are all different, so that none can be mistaken for another."""
    model = Language(architecture, compute)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(1.0 if weight.ndim < 2 else 0.0, 0.15, generator=generator)
    return model


def ids(*shape: int, entries: int = 120, seed: int = 1) -> torch.Tensor:
    return torch.randint(0, entries, shape, generator=torch.Generator().manual_seed(seed))
