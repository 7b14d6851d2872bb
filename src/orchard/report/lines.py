"""Lines of an answer on a terminal, in signs that it has."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from orchard.report.signs import FINE, PLAIN, Signs, write_ascii


def signs_of(console: Console) -> Signs:
    """Fine signs where the terminal is Unicode, plain ones elsewhere."""
    return FINE if (console.encoding or "").lower().startswith("utf") else PLAIN


def put(lines: Iterable[Text], console: Console) -> None:
    """Print lines as they are: nothing is wrapped."""
    plain = signs_of(console) is PLAIN
    for line in lines:
        text = Text(write_ascii(line.plain)) if plain else line
        console.print(text, no_wrap=True, crop=False, soft_wrap=True)


def cut(name: str, width: int, signs: Signs) -> str:
    """A name that is too long, without its beginning.

    >>> cut("sites.prometheus.pue", 12, FINE)
    '…metheus.pue'
    """
    return name if len(name) <= width else signs.cut + name[-(width - 1) :]
