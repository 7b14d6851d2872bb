"""Whether a text is worth learning from: a few rules that say why not.

After the rules of Gopher (Rae et al. 2021, arXiv:2112.11446, A1.1), with wider limits, since reference texts
have tables and code; deviations: no rule on stop words (:mod:`orchard.data.language` has seen to them), and
repetition is judged by how well the text packs.
"""

from __future__ import annotations

import zlib
from collections import Counter

# Fewest words; shortest and longest mean word; share of letters among signs that are no spaces.
LEAST_WORDS, SHORTEST, LONGEST, LETTERS = 20, 2.0, 12.0, 0.4
# Share of lines that say again what another line said; packed size as a share; both of longer texts only.
REPEATED, PACKED, LONG = 0.5, 0.06, 4_000
REPLACED = 0.001
_LOOKED_AT = 200_000


def reason(text: str) -> str:
    """Why a text is dropped: a rule, a colon, what was found; empty where it is kept.

    >>> reason("Too short to learn from.")
    'fewer than 20 words: 5'
    >>> reason("1 2 3 4 5 6 7 8 9 " * 10)
    'mean word too short: 1.0'
    """
    seen = text[:_LOOKED_AT]
    words = seen.split()
    if len(words) < LEAST_WORDS:
        return f"fewer than {LEAST_WORDS} words: {len(words)}"
    signs = sum(map(len, words))
    mean = signs / len(words)
    if mean < SHORTEST:
        return f"mean word too short: {mean:.1f}"
    if mean > LONGEST and seen.isascii():  # other scripts have no spaces, or longer words
        return f"mean word too long: {mean:.1f}"
    letters = sum(map(str.isalpha, seen)) / signs
    if letters < LETTERS:
        return f"few letters: {100 * letters:.0f} %"
    if seen.count("\ufffd") > REPLACED * len(seen):
        return f"signs lost: {seen.count(chr(0xFFFD))}"
    return _repetition(seen) if len(seen) >= LONG else ""


def _repetition(seen: str) -> str:
    lines = [line for line in map(str.strip, seen.split("\n")) if len(line) > 20]
    again = sum(count - 1 for count in Counter(lines).values()) / max(1, len(lines))
    if again > REPEATED:
        return f"repeated lines: {100 * again:.0f} %"
    raw = seen.encode("utf-8")
    packed = len(zlib.compress(raw, 1)) / len(raw)
    return f"repetitive: packs to {100 * packed:.0f} %" if packed < PACKED else ""
