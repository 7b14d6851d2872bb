"""The card of a corpus: what is in it, from where, under which licences, what was dropped and why."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from orchard.data.corpus import CARD, FORMAT, MANIFEST, TEXTS, TOKENIZER
from orchard.data.shards import INDEX, file_digest
from orchard.data.sources import Text
from orchard.spec.training import Corpus


def write_card(
    corpus: Corpus, name: str, found: list[Text], key: str, results: dict[str, Any], work: Path
) -> dict[str, Any]:
    """Count what is in the manifest and write the card; returns it."""
    splits: dict[str, Counter[str]] = {}
    with (work / MANIFEST).open(encoding="utf-8") as lines:
        for line in lines:
            one = json.loads(line)
            counter = splits.setdefault(one["split"], Counter())
            counter.update(documents=1, bytes=one["bytes"], tokens=one.get("tokens", 0))
    files = {each: file_digest(work / each) for each in (MANIFEST, TEXTS, TOKENIZER, INDEX)}
    identity = hashlib.sha256("\n".join(f"{each} {files[each]}" for each in files).encode()).hexdigest()
    card = {
        "format": FORMAT, "name": name, "title": corpus.title or name, "key": key, "digest": identity,
        "files": files, "vocabulary": corpus.vocabulary, "splits": splits,
    }  # fmt: skip
    (work / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return card
