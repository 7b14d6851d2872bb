"""What a corpus consists of: documents, each with where it is from and under which licence."""

from __future__ import annotations

import hashlib
from typing import Literal, NamedTuple

# What the manifest says of a document that a reader refused, before the reader's reason.
UNREAD = "cannot be read"
Split = Literal["train", "held_out", "unseen", "dropped"]


class Document(NamedTuple):
    """One document.

    `id` is the source's id and what the document is called in it; `digest` the SHA-256 of `text` in UTF-8.
    """

    id: str
    source: str
    licence: str
    text: str
    digest: str


class Extract(NamedTuple):
    """Text of one document as a reader found it.

    `name` is unique in its source; `done` says what had to be done to read it; where `refused` is given, the
    document cannot be used, for that reason.
    """

    name: str
    text: str
    done: tuple[str, ...] = ()
    refused: str = ""


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hexadecimal.

    >>> digest("orchard")[:12]
    '68566dc699f6'
    """
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
