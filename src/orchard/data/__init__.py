"""What models learn from: sources with their licences, corpora, tokenizers, shards, instructions.

A corpus is built by :func:`build` and opened by :func:`open_corpus`; :func:`windows` says which tokens a
sample of a step holds.

Read `document`, `packages`, `sources` and `readers` first: where text comes from; then `decode`, `language`,
`quality`, `shingles`, `duplicates` and `overlap`: which of it is used, as `gather` and `select` decide;
`tokenizer`, `shards` and `order`: how it becomes samples; `build`, which does all of it, `corpus` and `card`,
which say what came out, `compressions`: what other tokenizers make of the same text, and
`checks`: what `orchard check` says of corpora.
"""

from __future__ import annotations

from orchard.data.build import build
from orchard.data.corpus import Built, open_corpus
from orchard.data.document import Document
from orchard.data.order import windows
from orchard.data.shards import Shards, write_shards
from orchard.data.tokenizer import Tokenizer

__all__ = ["Built", "Document", "Shards", "Tokenizer", "build", "open_corpus", "windows", "write_shards"]
