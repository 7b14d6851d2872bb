"""Identity of a stage: the weights it begins with, what it learns from, and how."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pydantic import BaseModel
from torch import nn

from orchard.train.tensors import local


def identity(model: nn.Module, tokenizer: str, settings: BaseModel, items: Iterable[object]) -> str:
    """Digest of a stage: a checkpoint of another one is refused, so no stage goes on from foreign weights.

    Parameters
    ----------
    tokenizer
        digest of the tokenizer
    items
        what is learnt from; their representations are hashed
    """
    found = hashlib.sha256(f"{type(settings).__name__} {settings.model_dump_json()} {tokenizer}".encode())
    for name, weight in sorted(model.state_dict().items()):
        found.update(name.encode())
        found.update(local(weight.detach()).cpu().float().numpy().tobytes())
    for item in items:
        found.update(repr(item).encode())
    return found.hexdigest()
