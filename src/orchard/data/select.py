"""Second stage: which documents are trained on, which are kept for judging, which are dropped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from orchard.data.gather import GATHERED
from orchard.data.sources import Text
from orchard.spec.training import Corpus

SELECTED = "selected.jsonl"


def select(
    corpus: Corpus, found: list[Text], judged: tuple[str, ...], work: Path, gathered: Any, progress: Any
) -> dict[str, Any]:
    """Decide on the split of every document."""
    with (
        (work / GATHERED).open(encoding="utf-8") as lines,
        (work / SELECTED).open("w", encoding="utf-8") as out,
    ):
        for line in lines:
            one = json.loads(line)
            one["split"] = _split(corpus, one)
            out.write(json.dumps(one, ensure_ascii=False) + "\n")
    return {}


def _split(corpus: Corpus, one: dict[str, Any]) -> str:
    if one["dropped"]:
        return "dropped"
    if one["source"] in corpus.unseen:
        return "unseen"
    return "held_out" if lot(one["id"], corpus.seed) < (corpus.held_out.value or 0.0) else "train"


def lot(name: str, seed: int) -> float:
    """A number in [0, 1) that a document draws by its id alone."""
    import hashlib

    raw = hashlib.sha256(f"{seed}\n{name}".encode()).digest()
    return int.from_bytes(raw[:8], "big") / 2**64
