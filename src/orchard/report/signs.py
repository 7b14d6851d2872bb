"""Signs of the terminal's output: fine ones, and plain ones for terminals that are not Unicode."""

from __future__ import annotations

from typing import NamedTuple

from orchard.report.claims import CLASSES

DIM = "bright_black"
STYLES = dict(zip(CLASSES, ("green", "yellow", "red", DIM), strict=True))
WIDE = 110  # columns from which bars and sparklines have room


class Signs(NamedTuple):
    """Marks of the four classes, the parts of a bar, the eight heights of a sparkline, and the rest."""

    marks: dict[str, str]
    full: str
    rest: str
    spark: str
    diamond: str
    dot: str
    cut: str


FINE = Signs(dict(zip(CLASSES, "✓~✗?", strict=True)), "━", "─", "▁▂▃▄▅▆▇█", "◆", "·", "…")
PLAIN = Signs(dict(zip(CLASSES, "+~-?", strict=True)), "#", ".", "_.-=+*#@", "*", "-", "~")


def write_ascii(text: str) -> str:
    """Write the text without signs that an old terminal lacks.

    >>> write_ascii("−2 × 10²⁶ – 3")
    '-2 x 10^26 - 3'
    """
    for sign, plain in (("× 10", "x 10^"), ("\u202f", " "), ("–", "-"), ("−", "-"), ("→", "->")):
        text = text.replace(sign, plain)
    text = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return text.encode("ascii", "replace").decode()
