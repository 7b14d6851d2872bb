"""Readers: one for each format, each from a file to the documents in it.

Read `plain` first: what is text already. `markup` takes apart HTML and reStructuredText; `manuals` Perl's POD
and manual pages; `dictionaries` the dict format and WordNet; `records` JSON Lines, Parquet and the formats of
single packages. `own` chooses among them by the names of a user's files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from orchard.data.document import Extract
from orchard.data.readers.dictionaries import read_dict, read_wordnet
from orchard.data.readers.manuals import read_man, read_pod
from orchard.data.readers.markup import read_html, read_rst
from orchard.data.readers.own import KINDS, kind_of, read_own
from orchard.data.readers.plain import read_markdown, read_text
from orchard.data.readers.records import read_factbook, read_topics

Reader = Callable[[Path, str], Iterator[Extract]]

# Readers of packages, as the table of packages calls them.
READERS: dict[str, Reader] = {
    "dict": read_dict,
    "factbook": read_factbook,
    "html": read_html,
    "man": read_man,
    "markdown": read_markdown,
    "pod": read_pod,
    "rst": read_rst,
    "text": read_text,
    "topics": read_topics,
    "wordnet": read_wordnet,
}

__all__ = [
    "KINDS",
    "READERS",
    "Extract",
    "Reader",
    "kind_of",
    "read_dict",
    "read_factbook",
    "read_html",
    "read_man",
    "read_markdown",
    "read_own",
    "read_pod",
    "read_rst",
    "read_text",
    "read_topics",
    "read_wordnet",
]
