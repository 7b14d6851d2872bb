"""The card of a corpus: what is in it, from where, under which licences, what was dropped and why."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchard.data.corpus import CARD, FORMAT, MANIFEST, TEXTS, TOKENIZER
from orchard.data.document import UNREAD
from orchard.data.shards import INDEX, file_digest
from orchard.data.sources import Text
from orchard.spec.training import Corpus

PAGE = "card.md"
SPLITS = ("train", "held_out", "unseen")
# Documents that cannot be read and are named on the card; the manifest has all of them.
_MOST_UNREAD = 50
_TITLES = {"train": "trained on", "held_out": "held out", "unseen": "unseen"}


def write_card(
    corpus: Corpus, name: str, found: list[Text], key: str, results: Mapping[str, Any], work: Path
) -> dict[str, Any]:
    """Count what is in the manifest and write the card, for programs and for people; returns it."""
    counts = _Counts()
    with (work / MANIFEST).open(encoding="utf-8") as lines:
        for line in lines:
            counts.add(json.loads(line))
    files = {each: file_digest(work / each) for each in (MANIFEST, TEXTS, TOKENIZER, INDEX)}
    identity = hashlib.sha256("\n".join(f"{each} {files[each]}" for each in files).encode()).hexdigest()
    card = {
        "format": FORMAT,
        "name": name,
        "title": corpus.title or name,
        "key": key,
        "asked": asked(corpus),
        "digest": identity,
        "files": files,
        "vocabulary": corpus.vocabulary,
        "spare": results["shards"]["spare"],
        "languages": list(corpus.languages),
        "splits": {split: dict(counts.splits[split]) for split in (*SPLITS, "dropped")},
        "sources": [_source(text, corpus, counts) for text in found],
        "dropped": {reason: dict(by) for reason, by in sorted(counts.dropped.items())},
        "cannot_be_read": counts.unread,
        "done": dict(sorted(counts.done.items())),
        "overlap": results["select"],
    }
    (work / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (work / PAGE).write_text("\n".join(page(card)) + "\n", "utf-8")
    return card


def asked(corpus: Corpus) -> str:
    """Identity of what a programme asks for, whatever is on the machine."""
    return hashlib.sha256(corpus.model_dump_json().encode()).hexdigest()


class _Counts:
    """Documents, bytes and tokens: by split, by source, by reason."""

    def __init__(self) -> None:
        empty = {"documents": 0, "bytes": 0, "tokens": 0}
        self.splits = {split: Counter(empty) for split in (*SPLITS, "dropped")}
        self.sources: dict[str, Counter[str]] = {}
        self.dropped: dict[str, Counter[str]] = {}
        self.unread: dict[str, str] = {}
        self.done: Counter[str] = Counter()

    def add(self, one: Mapping[str, Any]) -> None:
        counted = {"documents": 1, "bytes": one["bytes"], "tokens": one.get("tokens", 0)}
        self.splits[one["split"]].update(counted)
        mine = self.sources.setdefault(one["source"], Counter())
        mine.update({f"{one['split']}_{what}": number for what, number in counted.items()})
        if one["dropped"]:
            reason, _, detail = one["dropped"].partition(": ")
            self.dropped.setdefault(reason, Counter())[one["source"]] += 1
            if reason == UNREAD and len(self.unread) < _MOST_UNREAD:
                self.unread[one["id"]] = detail
        for what in one["done"]:
            self.done[what.lstrip("0123456789 ")] += 1  # not how many there were in this one


def _source(text: Text, corpus: Corpus, counts: _Counts) -> dict[str, Any]:
    return {
        "id": text.id,
        "licence": text.licence,
        "attribution": text.attribution,
        "tier": text.tier,
        "version": text.version,
        "weight": text.weight,
        "unseen": text.id in corpus.unseen,
        "files": len(text.files),
        "files_of_other_kinds": text.ignored,
        **{name: number for name, number in sorted(counts.sources.get(text.id, Counter()).items()) if number},
    }


def page(card: Mapping[str, Any]) -> Iterator[str]:
    """The card as Markdown."""
    yield f"# {card['title']}"
    yield ""
    yield f"Corpus `{card['name']}`, digest `{card['digest'][:16]}`, built by Orchard. "
    yield f"Languages kept: {', '.join(card['languages'])}. Tokenizer: {card['vocabulary']:,} entries."
    yield ""
    yield "| | documents | bytes | tokens | bytes a token |"
    yield "|---|--:|--:|--:|--:|"
    for split in SPLITS:
        one = card["splits"][split]
        per = f"{one['bytes'] / one['tokens']:.2f}" if one["tokens"] else ""
        yield f"| {_TITLES[split]} | {one['documents']:,} | {one['bytes']:,} | {one['tokens']:,} | {per} |"
    yield f"| dropped | {card['splits']['dropped']['documents']:,} | | | |"
    yield ""
    yield from _sources(card)
    yield from _dropped(card)
    yield from _overlap(card["overlap"])


def _sources(card: Mapping[str, Any]) -> Iterator[str]:
    yield "## Sources"
    yield ""
    yield "| source | licence | by | trained on, bytes | held out | unseen | dropped, documents | weight |"
    yield "|---|---|---|--:|--:|--:|--:|--:|"
    for one in card["sources"]:
        numbers = [one.get(f"{split}_bytes", 0) for split in SPLITS]
        named = [one[what].replace("|", "/") for what in ("id", "licence", "attribution")]
        cells = [*named, *(f"{number:,}" for number in numbers), f"{one.get('dropped_documents', 0):,}"]
        yield f"| {' | '.join(cells)} | {one['weight']:g} |"
    yield ""


def _dropped(card: Mapping[str, Any]) -> Iterator[str]:
    if card["dropped"]:
        yield "## Dropped documents"
        yield ""
        for reason, by in card["dropped"].items():
            yield f"- {reason}: {', '.join(f'{number:,} of {source}' for source, number in by.items())}"
            if reason == UNREAD:
                yield from _unread(card.get("cannot_be_read", {}), sum(by.values()))
        yield ""
    if card["done"]:
        yield "## What was done to documents that were kept or looked at"
        yield ""
        for what, number in card["done"].items():
            yield f"- {what}: {number:,} documents"
        yield ""


def _unread(named: Mapping[str, str], number: int) -> Iterator[str]:
    """Documents that cannot be read, with the reason; lines and rows are numbered behind a #."""
    for name, why in named.items():
        yield f"  - {name}: {why}"
    if number > len(named):
        yield f"  - {number - len(named):,} more, in {MANIFEST}"


def _overlap(said: Mapping[str, Any]) -> Iterator[str]:
    yield "## What models are judged by"
    yield ""
    shares = said["in_training"]
    yield (
        f"Of all runs of 13 words, {100 * shares['held_out']:.2f} % of those held out and "
        f"{100 * shares['unseen']:.2f} % of those unseen occur in training documents too."
    )
    if said["judged"] or said["judged_too_short"]:
        yield (
            f"Compared with {said['judged']:,} texts that models are judged by "
            f"({said['judged_too_short']:,} more are too short for that): "
            f"{said['paragraphs_cut']:,} paragraphs were cut out."
        )
