"""What others make of the same text: a compressor that has, or has not, read the training text; tokenizers.

A language model is a compressor, so `xz` (LZMA) is a reference that anyone can check. Unprimed it sees the
held-out text alone. Primed it has read training text before, as a model has: what counts is by how much the
packed training text grows when the held-out text follows it. That one is the stronger.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

from orchard.data.corpus import Built

# Training text before the held-out text, and held-out text, at most: 20 s of packing on one core.
PRIMING_BYTES, HELD_OUT_BYTES = 8 << 20, 2 << 20


class Xz(NamedTuple):
    """Bits per byte of held-out text packed by xz, alone and after training text of `priming_bytes`."""

    alone: float
    primed: float
    held_out_bytes: int
    priming_bytes: int


class Compression(NamedTuple):
    """Bytes of text for each token of a tokenizer; `exact` where the text can be had back from its tokens."""

    name: str
    vocabulary: int
    bytes_per_token: float
    exact: bool


def xz(held_out: Sequence[str], training: Iterable[str] = (), most: int = PRIMING_BYTES) -> Xz:
    """Pack held-out text by xz -9e with a dictionary that holds all of it.

    Parameters
    ----------
    held_out, training
        documents; they are joined by empty lines
    most
        bytes of training text that are used, from the first document on

    >>> found = xz(["the pear is ripe. " * 9], ["the pear is ripe. " * 9])
    >>> found.primed < found.alone
    True
    """
    text = "\n\n".join(held_out).encode()[:HELD_OUT_BYTES]
    before = _first(training, most)
    alone = packed_bytes(text)
    grown = packed_bytes(before + text) - packed_bytes(before) if before else alone
    size = max(1, len(text))
    return Xz(8 * alone / size, 8 * grown / size, len(text), len(before))


def packed_bytes(raw: bytes) -> int:
    """Size of bytes packed by LZMA2 at its strongest preset, without a container."""
    size = max(1 << 12, 1 << max(0, len(raw) - 1).bit_length())
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": size}]
    return len(lzma.compress(raw, format=lzma.FORMAT_RAW, filters=filters))


def xz_of(built: Built, most: int = PRIMING_BYTES) -> Xz:
    """What xz makes of the held-out text of a corpus.

    Training documents that prime it are drawn by their digests: an even sample of the corpus.
    """
    drawn = sorted(
        (one for one in built.manifest() if one["split"] == "train"), key=lambda one: one["digest"]
    )
    wanted: set[str] = set()
    size = 0
    for one in drawn:
        if size < most:
            wanted.add(one["id"])
            size += one["bytes"]
    training = (each.text for each in built.documents("train") if each.id in wanted)
    return xz([each.text for each in built.held_out], training, most)


def compressions(built: Built) -> list[Compression]:
    """Bytes per token of held-out text: of the corpus's own tokenizer, and of those in installed packages."""
    from tokenizers import Tokenizer

    text = "\n\n".join(each.text for each in built.held_out)[:HELD_OUT_BYTES]
    size = max(1, len(text.encode()))
    own = built.tokenizer.encode(text)
    found = [Compression("this corpus's", built.tokenizer.vocabulary, size / max(1, len(own)), exact=True)]
    for name, path in installed_tokenizers():
        try:
            other = Tokenizer.from_file(str(path))
        except Exception:  # the library raises Exception itself: no tokenizer after all
            continue
        other.no_truncation()
        ids = other.encode(text, add_special_tokens=False).ids
        exact = other.decode(ids) == text
        found.append(Compression(name, other.get_vocab_size(), size / max(1, len(ids)), exact))
    return found


def installed_tokenizers() -> Iterator[tuple[str, Path]]:
    """Tokenizers that ship in installed packages, by the package's name."""
    for package in distributions():
        for file in package.files or ():
            if file.name == "tokenizer.json":
                yield package.name, Path(str(file.locate()))


def _first(texts: Iterable[str], most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    for text in texts:
        part = text.encode() + b"\n\n"
        parts.append(part)
        size += len(part)
        if size >= most:
            break
    return b"".join(parts)[:most]
