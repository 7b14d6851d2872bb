"""First stage: read all sources, decode and filter their documents, drop exact duplicates.

Writes the texts that are kept, one after the other, and a line a document, dropped ones too, with the reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from orchard.data.corpus import TEXTS
from orchard.data.decode import repair
from orchard.data.document import digest
from orchard.data.sources import Text, extracts
from orchard.spec.training import Corpus

GATHERED = "gathered.jsonl"


def gather(corpus: Corpus, found: list[Text], work: Path, progress: Any) -> dict[str, Any]:
    """Gather documents into `work`; the result says how long the file of texts is."""
    seen: set[bytes] = set()
    at = 0
    with (work / TEXTS).open("wb") as texts, (work / GATHERED).open("w", encoding="utf-8") as lines:
        for number, source in enumerate(found):
            progress(f"reading {source.id}", 0.3 * number / len(found))
            for extract in extracts(source):
                text, done = repair(extract.text)
                identity = digest(text)
                why = extract.refused
                if not why and bytes.fromhex(identity) in seen:
                    why = "exact duplicate"
                seen.add(bytes.fromhex(identity))
                raw = b"" if why else text.encode("utf-8")
                texts.write(raw)
                entry = {
                    "id": f"{source.id}/{extract.name}", "source": source.id, "licence": source.licence,
                    "digest": identity, "at": at, "bytes": len(raw), "done": [*extract.done, *done],
                    "dropped": why,
                }  # fmt: skip
                at += len(raw)
                lines.write(json.dumps(entry, ensure_ascii=False) + "\n")
    return {"texts": at}
