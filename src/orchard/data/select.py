"""Second stage: which documents are trained on, which are kept for judging, which are dropped.

Documents are held out by a lot that each draws by its id, so that more documents never move others; of a
source that would have none held out it is the one with the lowest lot. Sources that are unseen come first: a
training document that nearly repeats one of theirs is dropped, and never the other way round.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from orchard.data.corpus import TEXTS
from orchard.data.document import UNREAD, digest
from orchard.data.duplicates import PERMUTATIONS, NearDuplicates
from orchard.data.gather import GATHERED, SIGNATURES
from orchard.data.overlap import RUN, Overlap, among
from orchard.data.shingles import runs, word_hashes
from orchard.errors import DataError, Finding
from orchard.spec.training import Corpus

SELECTED = "selected.jsonl"
# Reasons that a refusal tells.
_MOST_REASONS = 5
Progress = Callable[[str, float], None]
Entry = dict[str, Any]


def select(
    corpus: Corpus, judged: tuple[str, ...], work: Path, gathered: dict[str, Any], progress: Progress
) -> dict[str, Any]:
    """Decide on the split of every document; the result is what the card says about duplicates and overlaps.

    Raises
    ------
    DataError
        O807: sources of which nothing is left; O808: nothing to hold out
    """
    with (work / GATHERED).open(encoding="utf-8") as lines:
        every: list[Entry] = [json.loads(line) for line in lines]
    with (work / TEXTS).open("r+b") as texts:
        texts.truncate(gathered["texts"])  # what an interrupted selection had appended
        _drop_repeated(corpus, every, texts, work, progress)
        _split(corpus, every)
        _refuse_empty(corpus, every)
        said = _decontaminate(every, texts, judged, progress)
    with (work / SELECTED).open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in every)
    return said


def lot(name: str, seed: int) -> float:
    """A number in [0, 1) that a document draws by its id alone.

    >>> round(lot("sotu/1790-Washington-1.txt", 0), 3)
    0.853
    """
    raw = hashlib.sha256(f"{seed}\n{name}".encode()).digest()
    return int.from_bytes(raw[:8], "big") / 2**64


def text_at(texts: IO[bytes], one: Entry) -> str:
    """Text of an entry."""
    texts.seek(one["at"])
    return texts.read(one["bytes"]).decode("utf-8")


def _drop_repeated(
    corpus: Corpus, every: list[Entry], texts: IO[bytes], work: Path, progress: Progress
) -> None:
    kept = [one for one in every if not one["dropped"]]
    raw = np.fromfile(work / SIGNATURES, dtype=np.uint32).reshape(-1, PERMUTATIONS)
    duplicates = NearDuplicates(corpus.near_duplicate, lambda number: text_at(texts, kept[number]))
    for number, one in enumerate(kept):
        if number % 256 == 0:
            progress("looking for near duplicates", 0.35 + 0.03 * number / len(kept))
        found = duplicates.find(number, raw[number])
        if found:
            one["dropped"] = f"near duplicate: of {kept[found[0]]['id']}, {found[1]:.2f}"


def _split(corpus: Corpus, every: list[Entry]) -> None:
    share = corpus.held_out.value
    if share is None:
        wanted = "a share, as 2 %"
        raise DataError(Finding("O808", "", "held_out", f"{corpus.held_out}, a fact", wanted))
    lots: dict[str, list[tuple[float, Entry]]] = {}
    for one in every:
        if one["dropped"]:
            one["split"] = "dropped"
        elif one["source"] in corpus.unseen:
            one["split"] = "unseen"
        else:
            drawn = lot(one["id"], corpus.seed)
            one["split"] = "held_out" if drawn < share else "train"
            lots.setdefault(one["source"], []).append((drawn, one))
    for drawn_all in lots.values():
        lowest = min(drawn_all, key=lambda each: each[0])[1]
        if share > 0 and len(drawn_all) > 1:
            lowest["split"] = "held_out"
            if all(one["split"] == "held_out" for _, one in drawn_all):
                max(drawn_all, key=lambda each: each[0])[1]["split"] = "train"


def _refuse_empty(corpus: Corpus, every: list[Entry]) -> None:
    """Refuse sources of which nothing is left, and a corpus with nothing to train on or to hold out."""
    wrong = []
    for source in corpus.sources:
        mine = [one for one in every if one["source"] == source]
        if not any(one["split"] != "dropped" for one in mine):
            found = f"nothing is left of {len(mine)} documents: {_reasons(mine)}"
            wrong.append(Finding("O807", "", source, found, "text to learn from", "orchard corpus FILE NAME"))
    splits = {one["split"] for one in every}
    if not wrong and "train" not in splits:
        wrong.append(Finding("O807", "", "sources", "no document to train on", "a source that is not unseen"))
    if not wrong and "held_out" not in splits:
        found = "a single document" if corpus.held_out.value else "nothing is held out"
        hint = "more documents, or a share above 0 %"
        wrong.append(Finding("O808", "", "held_out", found, "documents to judge by", hint))
    if wrong:
        raise DataError(wrong)


def _reasons(dropped: list[Entry]) -> str:
    """Why documents were dropped: each reason once, the details of the first few that cannot be read."""
    named = [one["dropped"] for one in dropped]
    every = Counter(why if why.startswith(UNREAD) else why.partition(":")[0] for why in named)
    most = "; ".join(why for why, _ in every.most_common(_MOST_REASONS))
    left = f"; {len(every) - _MOST_REASONS} more reasons" if len(every) > _MOST_REASONS else ""
    return most + left or "no documents"


def _decontaminate(
    every: list[Entry], texts: IO[bytes], judged: tuple[str, ...], progress: Progress
) -> dict[str, Any]:
    """Cut what is in judged texts out of training documents; count what held-out text is in them."""
    overlap = Overlap(judged)
    marks = {split: _Seen(every, texts, split) for split in ("held_out", "unseen")}
    training = [one for one in every if one["split"] == "train"]
    cut_out = 0
    for number, one in enumerate(training):
        if number % 64 == 0:
            progress("comparing with what models are judged by", 0.38 + 0.02 * number / len(training))
        text = text_at(texts, one)
        if overlap:
            cut = overlap.cut(text)
            if cut.text is None:
                one["dropped"], one["split"] = "overlaps with judged texts", "dropped"
                continue
            if cut.paragraphs:
                cut_out += cut.paragraphs
                text = cut.text
                _append(texts, one, text, f"{cut.paragraphs} paragraphs cut out: in judged texts")
        found = runs(word_hashes(text), RUN)
        for mark in marks.values():
            mark.look(found)
    return {
        "judged": overlap.judged,
        "judged_too_short": overlap.short,
        "paragraphs_cut": cut_out,
        "in_training": {split: mark.share for split, mark in marks.items()},
    }


def _append(texts: IO[bytes], one: Entry, text: str, done: str) -> None:
    raw = text.encode("utf-8")
    texts.seek(0, 2)
    one |= {"at": texts.tell(), "bytes": len(raw), "digest": digest(text), "done": [*one["done"], done]}
    texts.write(raw)


class _Seen:
    """Which runs of 13 words of a split occur in training documents too."""

    def __init__(self, every: list[Entry], texts: IO[bytes], split: str) -> None:
        found = [runs(word_hashes(text_at(texts, one)), RUN) for one in every if one["split"] == split]
        self._known: NDArray[np.uint64] = np.unique(np.concatenate([np.empty(0, np.uint64), *found]))
        self._met = np.zeros(len(self._known), dtype=bool)

    def look(self, found: NDArray[np.uint64]) -> None:
        """Mark the runs of a training document."""
        both = found[among(found, self._known)]
        self._met[np.searchsorted(self._known, both)] = True

    @property
    def share(self) -> float:
        """Share of runs that were met, 0 to 1."""
        return float(self._met.mean()) if len(self._met) else 0.0
