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
    """Bytes of a file, unpacked where its name ends in .gz.

    Raises
    ------
    NoTextError
        a file that is too large to be read at once, or cannot be unpacked
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
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


def read_text(path: Path, name: str) -> Iterator[Extract]:
    """A text file as it is: one document."""
    found = decoded(path)
    yield Extract(name, found.text, found.done)


def read_markdown(path: Path, name: str) -> Iterator[Extract]:
    """A Markdown file: headings and lists stay, marks of emphasis, links and comments go."""
    found = decoded(path)
    yield Extract(name, plain_markdown(found.text), found.done)


def plain_markdown(text: str) -> str:
    """Markdown without what only a renderer needs; fenced code stays as it is.

    >>> plain_markdown("# Act *one*\\n\\n**DUKE**  \\nSee [this](http://x.y).")
    '# Act one\\n\\nDUKE\\nSee this.'
    """
    pieces = re.split(r"(^```.*?^```[^\n]*$)", _COMMENT.sub("", text), flags=re.DOTALL | re.MULTILINE)
    return "".join(piece if piece.startswith("```") else _without_marks(piece) for piece in pieces)


def _without_marks(text: str) -> str:
    text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    for _ in range(2):  # emphasis within emphasis
        text = _EMPHASIS.sub(r"\2", text)
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
