"""Build a corpus: sources to documents, documents to a tokenizer and shards, all of it said in a card.

The stages, in order; each counts what it drops and is kept when what follows is interrupted:

1. gather     read sources, decode, filter, drop exact duplicates          (:mod:`orchard.data.gather`)
2. select     what is trained on, what is held out                         (:mod:`orchard.data.select`)
3. tokenizer  trained on the training documents                            (:mod:`orchard.data.tokenizer`)
4. shards     their tokens                                                 (:mod:`orchard.data.shards`)
5. card       what is in it                                                (:mod:`orchard.data.card`)

It is built in a folder of its own beside the wanted one, which then takes its place: a corpus is there
whole or not at all.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchard.data.card import asked, write_card
from orchard.data.corpus import CARD, FORMAT, MANIFEST, TEXTS, TOKENIZER, Built, open_corpus
from orchard.data.gather import GATHERED, SIGNATURES, gather
from orchard.data.select import SELECTED, select
from orchard.data.shards import ShardWriter
from orchard.data.sources import Text, sources
from orchard.data.tokenizer import BEGIN, END, Tokenizer, train
from orchard.errors import DataError, Finding
from orchard.spec.training import Corpus

Progress = Callable[[str, float], None]
# Bytes of text that a tokenizer is trained on at most: more changes little and takes memory.
TOKENIZER_BYTES = 64 << 20
# Bytes of text that are encoded at once.
_BATCH_BYTES = 4 << 20
_STAGE = "stages.json"


def _silent(what: str, share: float) -> None:
    """No progress is shown."""


def build(
    corpus: Corpus,
    name: str,
    folder: Path,
    beside: Path,
    judged: Iterable[str] = (),
    progress: Progress = _silent,
) -> Built:
    """Build a corpus, or open the one in `folder` where it was built from the same.

    Parameters
    ----------
    corpus, name
        what the programme says, and the id under which it does
    folder, beside
        where it is built; folder of the programme, beside which the user's own text and `node_modules` lie
    judged
        texts that models are judged by: what overlaps with them is not trained on

    Raises
    ------
    DataError
        sources that are missing or cannot be read, no text left, a full disk
    """
    texts = tuple(judged)
    with _alone(folder):
        try:
            found = sources(corpus, beside)
        except DataError:
            if _same(folder, "asked", asked(corpus)):  # its sources have gone, it is here
                return open_corpus(folder)
            raise
        key = _key(corpus, found, texts)
        if _same(folder, "key", key):
            return open_corpus(folder)
        work = folder.with_name(folder.name + ".building")
        try:
            if not _same(work, "key", key):  # interrupted just before it took its place
                _run(corpus, name, found, texts, _Stages(work, key), progress)
        except OSError as error:
            raise _refused(work, error) from None
        _replace(work, folder)
    return open_corpus(folder)


def _run(
    corpus: Corpus, name: str, found: list[Text], judged: tuple[str, ...], stages: _Stages, progress: Progress
) -> None:
    work = stages.folder
    if not stages.done("gather"):
        stages.finish("gather", gather(corpus, found, work, progress))
    if not stages.done("select"):
        stages.finish("select", select(corpus, judged, work, stages.result("gather"), progress))
    if not stages.done("tokenizer"):
        progress("training the tokenizer", 0.4)
        train(_training_texts(work), corpus.vocabulary, work / TOKENIZER)
        stages.finish("tokenizer", {})
    if not stages.done("shards"):
        weights = [text.weight for text in found]
        stages.finish("shards", _encode(work, [text.id for text in found], weights, progress))
    progress("writing the card", 0.97)
    write_card(corpus, name, found, stages.key, stages.results, work)
    for path in (GATHERED, SIGNATURES, SELECTED, _STAGE):
        (work / path).unlink()


class _Stages:
    """Stages that are finished, in a folder; those of another key are thrown away."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder, self.key = folder, key
        self._path = folder / _STAGE
        self.results: dict[str, Any] = {}
        try:
            kept = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            kept = {}
        if kept.get("key") == key:
            self.results = kept["results"]
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def done(self, stage: str) -> bool:
        return stage in self.results

    def result(self, stage: str) -> Any:
        return self.results[stage]

    def finish(self, stage: str, result: Any) -> None:
        self.results[stage] = result
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps({"key": self.key, "results": self.results}), "utf-8")
        part.replace(self._path)


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """Lines of a file of JSON Lines."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _training_texts(work: Path) -> Iterator[str]:
    """Texts of training documents: all, or an even share of them where they are too many."""
    chosen = [one for one in entries(work / SELECTED) if one["split"] == "train"]
    total = sum(one["bytes"] for one in chosen)
    share = min(1.0, TOKENIZER_BYTES / max(1, total))
    with (work / TEXTS).open("rb") as texts:
        for one in chosen:
            if int(one["digest"][:8], 16) < share * 2**32:
                texts.seek(one["at"])
                yield texts.read(one["bytes"]).decode("utf-8")


def _encode(work: Path, names: list[str], weights: list[float], progress: Progress) -> dict[str, Any]:
    """Write shards of the training documents, and the manifest with the tokens of all."""
    tokenizer = Tokenizer(work / TOKENIZER)
    begin, end = tokenizer.special(BEGIN), tokenizer.special(END)
    writer = ShardWriter(work, tokenizer.vocabulary)
    where = {name: number for number, name in enumerate(names)}
    total = max(1, (work / TEXTS).stat().st_size)
    behind = 0
    with (work / MANIFEST).open("w", encoding="utf-8") as manifest, (work / TEXTS).open("rb") as texts:
        for batch in _batches(entries(work / SELECTED)):
            kept = [one for one in batch if one["split"] != "dropped"]
            found = iter(tokenizer.encode_all([_text(texts, one) for one in kept]))
            for one in batch:
                if one["split"] != "dropped":
                    ids = next(found)
                    one["tokens"] = len(ids)
                    if one["split"] == "train":
                        writer.add([begin, *ids, end], where[one["source"]])
                manifest.write(json.dumps(one, ensure_ascii=False) + "\n")
            behind += sum(one["bytes"] for one in kept)
            progress("encoding", 0.6 + 0.35 * min(1.0, behind / total))
    writer.close(names, weights)
    return {"spare": tokenizer.spare}


def _text(texts: Any, one: dict[str, Any]) -> str:
    texts.seek(one["at"])
    return str(texts.read(one["bytes"]).decode("utf-8"))


def _batches(every: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for one in every:
        batch.append(one)
        size += one["bytes"]
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _key(corpus: Corpus, found: list[Text], judged: tuple[str, ...]) -> str:
    """Identity of all that a corpus is made of."""
    digest = hashlib.sha256(f"{FORMAT}\n{corpus.model_dump_json()}\n".encode())
    for text in found:
        digest.update(f"{text.id} {text.version} {text.identity}\n".encode())
    for one in sorted({hashlib.sha256(text.encode()).hexdigest() for text in judged}):
        digest.update(one.encode())
    return digest.hexdigest()


def _same(folder: Path, what: str, wanted: str) -> bool:
    """Whether the card of a corpus in a folder says the same."""
    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
        return bool(card[what] == wanted and card["format"] == FORMAT)
    except (OSError, ValueError, KeyError, TypeError):
        return False


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process builds a corpus at a time; others wait, and then find it built."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_name(f".{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise _refused(folder, error) from None


def _replace(work: Path, folder: Path) -> None:
    """Put what was built where it is wanted; what was there goes when the new one is in its place."""
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    work.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _refused(path: Path, error: OSError) -> DataError:
    wanted = "room and permission to write; what is finished is kept and used again"
    return DataError(Finding("O812", str(error.filename or path), "", error.strerror or str(error), wanted))
