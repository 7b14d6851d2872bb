"""The cheapest way to a probability in the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from orchard.report.improve import beyond, lever, made, ordered, point, verdict
from orchard.report.lines import put, signs_of
from orchard.report.signs import DIM, Signs
from orchard.report.values import percent

_BAR = 20
_LEVERS = 10

Answer = Mapping[str, Any]


def print_improvement(answer: Answer, console: Console) -> None:
    """Print the answer, the frontier with the choice at each point, and what each lever does alone."""
    signs, width = signs_of(console), max(80, min(console.width, 140))
    lines = [Text.assemble((str(answer["text"]), "bold"), "  ", (str(answer["claim"]), DIM))]
    changes = answer["programme"]["changes"]
    lines += [Text(" ".join(["with", *changes]), DIM)] if changes else []
    lines += [Text(part, "green") for part in textwrap.wrap(verdict(answer), width)]
    lines += [Text(part) for text in beyond(answer) for part in textwrap.wrap(text, width)]
    lines += [Text(part, DIM) for part in textwrap.wrap(made(answer), width)]
    put([*lines, Text(), *_frontier(answer, signs, width), *_levers(answer, width)], console)


def _frontier(answer: Answer, signs: Signs, width: int) -> Iterator[Text]:
    yield Text.assemble(
        ("what money buys".ljust(_BAR + 2), "bold"), ("probability, median cost and its range", DIM)
    )
    for row in answer["frontier"]:
        told = point(row)
        filled = round(row["probability"] * _BAR)
        line = Text(signs.full * filled, "green").append(signs.rest * (_BAR - filled) + "  ", DIM)
        line.append(percent(row["probability"]).rjust(6), "bold").append(f" {told['error']} points  ", DIM)
        line.append(told["cost"].rjust(11)).append(f"  {told['range']}" if told["range"] else "", DIM)
        yield line.append(f"  {told['rate']} points a G USD", DIM) if told["rate"] else line
        words = "; ".join(one["words"] for one in told["choice"]) or "nothing is done"
        indent = " " * (_BAR + 2)
        yield from (
            Text(part, DIM)
            for part in textwrap.wrap(words, width, initial_indent=indent, subsequent_indent=indent)
        )
    yield Text()


def _levers(answer: Answer, width: int) -> Iterator[Text]:
    rows = [lever(row) for row in ordered(answer) if row["gain"]]
    yield Text.assemble(("each lever alone, as far as it goes".ljust(50), "bold"), ("points, cost", DIM))
    for row in rows[:_LEVERS]:
        yield (
            Text(row["words"][:48].ljust(50))
            .append(row["gain"].rjust(6), "bold")
            .append(f"  {row['cost']}", DIM)
        )
    still = len(answer["levers"]) - len(rows[:_LEVERS])
    if still:
        yield Text(f"{still} more do little or nothing", DIM)
    yield Text()
