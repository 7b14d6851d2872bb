"""Readers: one for each format, each from a file to the documents in it.

Read `plain` first: what is text already. `markup` takes apart HTML, reStructuredText and Markdown;
`manuals` Perl's POD, Vim's help and manual pages; `dictionaries` the dict format and WordNet; `records`
JSON Lines, Parquet and the formats of single packages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from orchard.data.document import Extract
from orchard.data.readers.plain import read_markdown, read_text
from orchard.data.readers.records import read_factbook, read_topics

Reader = Callable[[Path, str], Iterator[Extract]]

READERS: dict[str, Reader] = {
    "text": read_text,
    "markdown": read_markdown,
    "factbook": read_factbook,
    "topics": read_topics,
}

__all__ = ["READERS", "Reader", "read_factbook", "read_markdown", "read_text", "read_topics"]
