"""What other tokenizers make of the same text: the corpus's own beside those that are installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

from orchard.data.corpus import Built

# Characters of held-out text, at most.
_MOST_TEXT = 2_000_000


class Compression(NamedTuple):
    """Bytes of text for each token of a tokenizer; `exact` where the text can be had back from its tokens."""

    name: str
    vocabulary: int
    bytes_per_token: float
    exact: bool


def compressions(built: Built) -> list[Compression]:
    """Bytes per token of held-out text: of the corpus's own tokenizer, and of those in installed packages."""
    from tokenizers import Tokenizer

    text = "\n\n".join(each.text for each in built.held_out)[:_MOST_TEXT]
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
