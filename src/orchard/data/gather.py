"""First stage: read all sources, decode and filter their documents, drop exact duplicates.

Writes the texts that are kept, one after the other; a line a document, dropped ones too, with the reason; and
the MinHash of each text that is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from orchard.data import quality
from orchard.data.corpus import TEXTS
from orchard.data.decode import repair
from orchard.data.document import UNREAD, Extract, digest
from orchard.data.duplicates import signature, text_runs
from orchard.data.language import check_languages, foreign
from orchard.data.sources import Text, extracts
from orchard.spec.training import Corpus

GATHERED, SIGNATURES = "gathered.jsonl", "signatures.bin"
Progress = Callable[[str, float], None]


def gather(corpus: Corpus, found: list[Text], work: Path, progress: Progress) -> dict[str, Any]:
    """Gather documents into `work`; the result says how long the file of texts is.

    Raises
    ------
    DataError
        O813: a language that is not told apart
    """
    check_languages(corpus.languages)
    total = max(1, sum(source.size_bytes for source in found))
    behind = at = 0
    seen: set[bytes] = set()
    with (
        (work / TEXTS).open("wb") as texts,
        (work / GATHERED).open("w", encoding="utf-8") as lines,
        (work / SIGNATURES).open("wb") as signatures,
    ):
        for source in found:
            progress(f"reading {source.id}", 0.35 * behind / total)
            for extract in extracts(source):
                kept = _judge(corpus, extract, seen)
                raw = b"" if kept.why else kept.text.encode("utf-8")
                texts.write(raw)
                if not kept.why:
                    signatures.write(signature(text_runs(kept.text)).tobytes())
                entry = {
                    "id": f"{source.id}/{extract.name}",
                    "source": source.id,
                    "licence": source.licence,
                    "digest": kept.digest,
                    "at": at,
                    "bytes": len(raw),
                    "done": kept.done,
                    "dropped": kept.why,
                }
                lines.write(json.dumps(entry, ensure_ascii=False) + "\n")
                at += len(raw)
                behind += len(raw)
                progress(f"reading {source.id}", 0.35 * min(1.0, behind / total))
    return {"texts": at}


class _Judged(NamedTuple):
    text: str
    digest: str
    done: list[str]
    why: str


def _judge(corpus: Corpus, extract: Extract, seen: set[bytes]) -> _Judged:
    """A document's text as it is used, or why it is not."""
    if extract.refused:
        return _Judged("", digest(""), list(extract.done), f"{UNREAD}: {extract.refused}")
    text, done = repair(extract.text)
    identity = digest(text)
    other = foreign(text, corpus.languages)
    why = f"another language: {other}" if other else quality.reason(text)
    key = bytes.fromhex(identity)
    if not why and key in seen:
        why = "exact duplicate"
    elif not why:
        seen.add(key)
    return _Judged(text, identity, [*extract.done, *done], why)
