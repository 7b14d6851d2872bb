"""Dictionaries: the dict format (RFC 2229's servers) and WordNet.

Entries are short: those that follow one another are joined into documents of about :data:`JOINED` characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from orchard.data.decode import NoTextError, decode
from orchard.data.document import Extract
from orchard.data.readers.plain import content

JOINED = 16_000
_DIGITS = {
    sign: number
    for number, sign in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
_KINDS = {"n": "noun", "v": "verb", "a": "adjective", "s": "adjective", "r": "adverb"}


def read_dict(path: Path, name: str) -> Iterator[Extract]:
    """A dictionary in the dict format: texts in ``.dict.dz`` (a gzip file), places in ``.index``.

    Braces that mark links to other entries go, and so do the entries about the dictionary itself.
    """
    raw = content(path)
    index = path.with_name(path.name.split(".")[0] + ".index")
    if not index.is_file():
        raise NoTextError(f"no {index.name} beside it")
    places = sorted({place for place in map(_place, index.read_bytes().splitlines()) if place})
    yield from joined((_entry(raw[at : at + size]) for at, size in places), name)


def _place(line: bytes) -> tuple[int, int] | None:
    parts = line.decode("utf-8", "replace").split("\t")
    if len(parts) < 3 or parts[0].startswith(("00-database", "00database")):
        return None
    try:
        return number_of(parts[1]), number_of(parts[2])
    except KeyError:
        raise NoTextError("an index that cannot be read") from None


def number_of(digits: str) -> int:
    """A number as the index writes it: to the base of 64.

    >>> number_of("Gb9L"), number_of("K5")
    (1687371, 697)
    """
    found = 0
    for sign in digits:
        found = found * 64 + _DIGITS[sign]
    return found


def _entry(raw: bytes) -> str:
    text = decode(raw).text if raw else ""
    return re.sub(r"\{([^{}]*)\}", r"\1", text).strip("\n")


def read_wordnet(path: Path, name: str) -> Iterator[Extract]:
    """A file of WordNet's data: words that share a meaning, their kind, what they mean and examples."""
    text = decode(content(path)).text
    yield from joined((_sense(line) for line in text.splitlines() if line[:1].isdigit()), name)


def _sense(line: str) -> str:
    """One line of WordNet's data in a sentence's form (wndb(5WN)).

    >>> _sense("00002137 03 n 02 abstraction 0 abstract_entity 0 001 @ 00001740 n 0000 | a concept  ")
    'abstraction, abstract entity (noun): a concept'
    """
    head, _, gloss = line.partition(" | ")
    fields = head.split(" ")
    count = int(fields[3], 16)
    words = [re.sub(r"\([a-z]+\)$", "", word).replace("_", " ") for word in fields[4 : 4 + 2 * count : 2]]
    return f"{', '.join(words)} ({_KINDS[fields[2]]}): {gloss.strip()}"


def joined(entries: Iterable[str], name: str) -> Iterator[Extract]:
    """Entries joined into documents, numbered from 1."""
    held: list[str] = []
    size = number = 0
    for entry in entries:
        if not entry.strip():
            continue
        held.append(entry)
        size += len(entry)
        if size >= JOINED:
            number += 1
            yield Extract(f"{name}#{number}", _together(held))
            held, size = [], 0
    if held:
        yield Extract(f"{name}#{number + 1}", _together(held))


def _together(entries: list[str]) -> str:
    """Entries of one line each follow one another; longer ones have an empty line between them."""
    between = "\n\n" if any("\n" in entry for entry in entries) else "\n"
    return between.join(entries) + "\n"
