"""Plain text and Markdown."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from orchard.data.decode import Decoded, NoTextError, decode
from orchard.data.document import Extract

# Bytes of a file that is read at once; text files beyond it are read in parts.
MOST_BYTES = 64 << 20

_EMPHASIS = re.compile(r"(?<![\w*])(\*\*|__|\*|_)(?=\S)(.+?)(?<=\S)\1(?![\w*])", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def content(path: Path) -> bytes:
    """Bytes of a file, unpacked where its name ends in .gz or .dz.

    Raises
    ------
    NoTextError
        a file that is too large to be read at once, or cannot be unpacked
    """
    try:
        with gzip.open(path) if path.suffix in (".gz", ".dz") else path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (EOFError, gzip.BadGzipFile) as error:
        raise NoTextError(f"cannot be unpacked: {error}") from None
    if len(raw) > MOST_BYTES:
        raise NoTextError(f"more than {MOST_BYTES >> 20} MiB in one file of this format")
    return raw


def decoded(path: Path) -> Decoded:
    """Text of a file.

    Raises
    ------
    NoTextError
        what is no text
    """
    return decode(content(path))


def decoded_as(raw: bytes, stated: str) -> Decoded:
    """Text of bytes that state their encoding, where that is true and not a superset's name.

    Raises
    ------
    NoTextError
        what is no text
    """
    if stated.lower() in ("", "utf-8", "utf8", "us-ascii", "iso-8859-1", "latin1", "windows-1252"):
        return decode(raw)
    try:
        return Decoded(raw.decode(stated), (f"read as {stated.lower()}",))
    except (LookupError, UnicodeDecodeError):
        return decode(raw)


def read_text(path: Path, name: str) -> Iterator[Extract]:
    """A text file as it is: one document."""
    found = decoded(path)
    yield Extract(name, found.text, found.done)


def read_parts(path: Path, name: str, most: int) -> Iterator[Extract]:
    """A text file of any size in documents of at most about `most` bytes, cut where a paragraph ends.

    Only so much of it is held at once. A paragraph of more than four times `most` is cut where it is.
    """
    number, held = 0, b""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        wide = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
    if wide:  # UTF-16 and 32 are read whole, within the limit of other formats
        yield from read_text(path, name)
        return
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while more := file.read(4 * most):
            held += more
            while len(held) >= 4 * most:
                end = _paragraph_end(held, most)
                number += 1
                yield _part(held[:end], f"{name}#{number}")
                held = held[end:]
    while held or not number:  # of an empty file an empty document, which is dropped for that
        end = len(held) if len(held) <= most else _paragraph_end(held, most)
        number += 1
        yield _part(held[:end], f"{name}#{number}")
        held = held[end:]


def _part(raw: bytes, name: str) -> Extract:
    try:
        found = decode(raw)
    except NoTextError as error:
        return Extract(name, "", refused=str(error))
    return Extract(name, found.text, found.done)


def _paragraph_end(raw: bytes, most: int) -> int:
    """Where to cut bytes so that a part has about `most`, and no more than four times as much."""
    for between in (b"\n\n", b"\r\n\r\n"):
        found = raw.rfind(between, most // 2, most)
        found = found if found >= 0 else raw.find(between, most, 4 * most)
        if found >= 0:
            return found + len(between)
    if len(raw) <= 4 * most:
        return len(raw)
    end = max(raw.rfind(b"\n", 0, 4 * most), raw.rfind(b" ", 0, 4 * most)) + 1 or 4 * most
    while end > 4 * most - 4 and raw[end] & 0xC0 == 0x80:  # within a character
        end -= 1
    return end


def read_markdown(path: Path, name: str) -> Iterator[Extract]:
    """A Markdown file: headings and lists stay, marks of emphasis, links and comments go."""
    found = decoded(path)
    yield Extract(name, plain_markdown(found.text), found.done)


def plain_markdown(text: str) -> str:
    r"""Markdown without what only a renderer needs; fenced code stays as it is.

    >>> plain_markdown("# Act *one*\n\n**DUKE**  \nSee [this](http://x.y).")
    '# Act one\n\nDUKE\nSee this.'
    """
    pieces = re.split(r"(^```.*?^```[^\n]*$)", _COMMENT.sub("", text), flags=re.DOTALL | re.MULTILINE)
    return "".join(piece if piece.startswith("```") else _without_marks(piece) for piece in pieces)


def _without_marks(text: str) -> str:
    text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    for _ in range(2):  # emphasis within emphasis
        text = _EMPHASIS.sub(r"\2", text)
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
