"""Held-out and unseen documents whose likelihood is measured, and what a compressor makes of them.

A language model is a compressor: bits per byte of text it has not seen is how far it compresses that text.
``xz`` (LZMA) of the same text is a reference that knows no language; `primed` with training text, one that
has read some of the same books.
"""

from __future__ import annotations

import lzma
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from orchard.data.document import Document
from orchard.evaluate.items import Text, draw

# Text of one set, at most: whole documents are taken until it is reached.
MOST_BYTES = 2_000_000
# Of one document, its beginning: documents are what counts (they are the clusters), and a book that is ten
# times as long as the others would add time and weight, and hardly knowledge.
MOST_OF_ONE_BYTES = 32_000
# Training text before the primed reference.
PRIMING_BYTES = 4_000_000
_PARTS = 24  # places at which the growth of the compressed text is looked at
_LARGEST_DICTIONARY = 1 << 26  # bytes, that of xz -9


class Reference(NamedTuple):
    """A compressor's bits [n] for each of n documents that follow each other in one file.

    `primed` is bits per byte after training text; nan where there is none.
    """

    bits: tuple[float, ...]
    primed: float


def texts(documents: Iterable[Document], most_bytes: int = MOST_BYTES) -> list[Text]:
    """Beginnings of documents that are judged: of all, or as many as are allowed, drawn by their digest."""
    chosen: list[Text] = []
    total = 0
    for document in sorted(documents, key=lambda one: draw(one.digest)):
        text = _beginning(document.text)
        size = len(text.encode())
        if text.strip() and (not chosen or total + size <= most_bytes):
            total += size
            chosen.append(Text(document.id, document.source, text))
    return sorted(chosen, key=lambda text: text.id)


def _beginning(text: str) -> str:
    """A text, or as many whole characters of it as are judged."""
    return text.encode()[:MOST_OF_ONE_BYTES].decode(errors="ignore")


def priming(documents: Iterable[Document], most_bytes: int = PRIMING_BYTES) -> bytes:
    """Training text, documents drawn by their digest: all that is allowed, the last of them cut."""
    parts, total = [], 0
    for document in sorted(documents, key=lambda one: draw(one.digest)):
        if total >= most_bytes:
            break
        part = document.text.encode()[: most_bytes - total]
        parts.append(part)
        total += len(part)
    return b"".join(parts)


def references(sets: Mapping[str, Sequence[Text]], before: bytes = b"") -> dict[str, Reference]:
    """What xz makes of several sets after the same training text, which is compressed alone only once."""
    alone = _packed(before) if before else 0
    return {name: reference(items, before, alone) for name, items in sets.items()}


def reference(items: Sequence[Text], before: bytes = b"", alone: int | None = None) -> Reference:
    """What xz makes of documents, one after the other in one file.

    Parameters
    ----------
    before, alone
        training text before them, and bytes of that compressed by itself, where they are known

    A document's bits are by how much the file grows with it (of small documents, their share of the growth
    of several): they sum up to the whole file, and are measured on the very text a model is judged by.
    """
    sizes = [len(item.text.encode()) for item in items]
    total = sum(sizes)
    if not total:
        return Reference((), math.nan)
    bits: list[float] = []
    raw = b"".join(item.text.encode() for item in items)
    done = packed = begun = 0
    for place, size in enumerate(sizes):
        done += size
        if done - begun < total / _PARTS and place < len(sizes) - 1:
            continue
        grown = 8 * _packed(raw[:done])
        group = sizes[len(bits) : place + 1]
        bits += [(grown - packed) * one / (done - begun) for one in group]
        packed, begun = grown, done
    alone = _packed(before) if alone is None else alone
    primed = 8 * (_packed(before + raw) - alone) / total if before else math.nan
    return Reference(tuple(bits), primed)


def _packed(raw: bytes) -> int:
    """Bytes of text compressed by LZMA2 as by xz -9, without the container's own.

    A dictionary larger than the text changes nothing but the memory that it takes.
    """
    size = min(max(1 << (len(raw) - 1).bit_length(), 1 << 12), _LARGEST_DICTIONARY) if raw else 1 << 12
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": size}]
    return len(lzma.compress(raw, format=lzma.FORMAT_RAW, filters=filters))
