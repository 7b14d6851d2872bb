"""The user's own files: read by what their names end in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orchard.data.document import Extract
from orchard.data.readers.markup import read_html, read_rst
from orchard.data.readers.plain import read_markdown, read_parts
from orchard.data.readers.records import read_jsonl, read_parquet

# What names end in, and how such files are read; .gz may follow all but .parquet.
KINDS = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown", ".html": "html",
    ".htm": "html", ".rst": "rst", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet",
}  # fmt: skip
# Bytes of a part of a long text, and the fewest.
PART_BYTES, LEAST_BYTES = 1 << 20, 4 << 10
# Parts into which a text is cut that is the only one of its source.
_PARTS = 64


def kind_of(path: Path) -> str:
    """How a file is read, by its name; empty where it is not.

    >>> kind_of(Path("a/b.txt.gz")), kind_of(Path("c.JSONL")), kind_of(Path("d.png"))
    ('text', 'jsonl', '')
    """
    ends = [suffix.lower() for suffix in path.suffixes[-2:]]
    if ends and ends[-1] == ".gz":
        return "" if len(ends) < 2 or ends[0] == ".parquet" else KINDS.get(ends[0], "")
    return KINDS.get(ends[-1], "") if ends else ""


def read_own(path: Path, name: str, column: str, *, alone: bool) -> Iterator[Extract]:
    """Documents of a file.

    A text that is `alone` in its source is read in 64 parts, so that some can be held out; of others only
    those beyond 1 MiB are cut.
    """
    kind = kind_of(path)
    if kind == "jsonl":
        yield from read_jsonl(path, name, column)
    elif kind == "parquet":
        yield from read_parquet(path, name, column)
    elif kind == "text":
        size = path.stat().st_size
        most = min(PART_BYTES, max(LEAST_BYTES, size // _PARTS)) if alone else PART_BYTES
        parts = read_parts(path, name, most)
        if not alone and size <= PART_BYTES and path.suffix != ".gz":
            parts = (part._replace(name=name) for part in parts)
        yield from parts
    else:
        yield from {"markdown": read_markdown, "html": read_html, "rst": read_rst}[kind](path, name)
