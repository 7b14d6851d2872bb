"""A corpus that is built: documents, tokenizer and shards in one folder, and how it is opened.

::

    runs/laptop/corpora/prose/
      card.json, card.md     what is in it, from where, under which licences, what was dropped and why
      manifest.jsonl         a line a document: id, source, licence, digest, bytes, tokens, split, done
      texts.bin              their texts in UTF-8, one after the other; the manifest says where each lies
      tokenizer.json         trained on its training documents
      index.json, *.bin      tokens of the training documents (orchard.data.shards)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from orchard.data.document import Document, Split, digest
from orchard.data.shards import Shards, damaged, file_digest
from orchard.data.tokenizer import Tokenizer
from orchard.errors import DataError, Finding

FORMAT = 1
CARD, MANIFEST, TEXTS, TOKENIZER = "card.json", "manifest.jsonl", "texts.bin", "tokenizer.json"


class Built:
    """A corpus in a folder; see :func:`open_corpus`.

    Attributes
    ----------
    folder, card
        where it lies; what is in it, with counts, licences and what was dropped
    digest
        identity of documents, tokenizer and tokens
    tokenizer, train
        the tokenizer; tokens of the training documents
    """

    def __init__(self, folder: Path, card: dict[str, Any], *, verify: bool = True) -> None:
        self.folder = folder
        self.card = card
        self.digest = str(card["digest"])
        if verify:
            for name, wanted in card["files"].items():
                if not (folder / name).is_file():
                    raise damaged(folder / name, "missing")
                if file_digest(folder / name) != wanted:
                    raise damaged(folder / name, "another SHA-256 than in card.json")
        self.tokenizer = Tokenizer(folder / TOKENIZER)
        self.train = Shards(folder, verify=verify)

    @cached_property
    def held_out(self) -> list[Document]:
        """Documents of the training sources that no model is trained on."""
        return list(self.documents("held_out"))

    @cached_property
    def unseen(self) -> list[Document]:
        """Documents of sources that no model is trained on."""
        return list(self.documents("unseen"))

    def documents(self, split: Split = "train") -> Iterator[Document]:
        """Documents of a split, one by one, in the order of the manifest."""
        with (self.folder / TEXTS).open("rb") as texts:
            for entry in self.manifest():
                if entry["split"] != split or split == "dropped":
                    continue
                texts.seek(entry["at"])
                text = texts.read(entry["bytes"]).decode("utf-8")
                if digest(text) != entry["digest"]:
                    raise damaged(self.folder / TEXTS, f"another text of {entry['id']} than in the manifest")
                yield Document(entry["id"], entry["source"], entry["licence"], text, entry["digest"])

    def manifest(self) -> Iterator[dict[str, Any]]:
        """Entries of all documents, dropped ones too."""
        with (self.folder / MANIFEST).open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def open_corpus(folder: Path, *, verify: bool = True) -> Built:
    """Open a corpus and check it.

    Parameters
    ----------
    verify
        whether SHA-256 of all files are compared (about a second a gigabyte); sizes always are

    Raises
    ------
    DataError
        O810: no corpus, or one of another format; O809: a file that is missing, truncated or changed; O811: a
        tokenizer that cannot be read
    """
    path = folder / CARD
    wanted = "the folder of a corpus that is built"
    try:
        card = json.loads(path.read_text("utf-8"))
        format_ = card["format"]
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(
            Finding("O810", str(folder), "", "no corpus", wanted, "orchard corpus FILE")
        ) from None
    except (ValueError, KeyError, TypeError):
        raise damaged(path, "no card of a corpus") from None
    if format_ != FORMAT:
        found = f"a corpus of format {format_}"
        raise DataError(Finding("O810", str(folder), "", found, f"format {FORMAT}", "build it anew"))
    return Built(folder, card, verify=verify)
