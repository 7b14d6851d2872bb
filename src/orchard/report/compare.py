"""The page of a comparison: what differs, what it does, and which difference does it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchard.files import write_text
from orchard.report.document import render
from orchard.report.values import percent, show_value

Answer = Mapping[str, Any]

SHOWN = 24  # quantities of the page, those that moved most first


def write_comparison(answer: Answer, path: Path) -> None:
    """Write the page; the file appears whole or not at all.

    Raises
    ------
    OutputError
        the folder is missing, or the file cannot be written
    """
    write_text(render_comparison(answer), path)


def render_comparison(answer: Answer) -> str:
    """Make the HTML text of the page. The same answer always gives the same text."""
    moved = moved_quantities(answer)
    parts = [("differences", "What differs"), ("claims", "Claims")]
    parts += [("quantities", "Dates and numbers")] * bool(moved)
    parts += [("attribution", "Which difference does it")] * bool(answer["attribution"])
    context = {
        "verb": "compare",
        "title": "What the difference does",
        "when": f"From {answer['from']['name']} to {answer['to']['name']}",
        "made": f"{answer['samples']:,} paired futures, seed {answer['seed']}, Orchard {answer['orchard']}",
        "parts": parts,
        "figures": {},
        "lead": verdict(answer),
        "differences": answer["differences"],
        "claims": [claim(row) for row in answer["claims"] if row["difference"] != 0],
        "still": sum(row["difference"] == 0 for row in answer["claims"]),
        "quantities": [quantity(row) for row in moved[:SHOWN]],
        "left": max(len(moved) - SHOWN, 0),
        "attribution": list(shares(answer)),
        "alone": alone(answer),
        "attribution_samples": f"{answer['attribution_samples']:,}",
        "command": _command(answer),
    }
    return render("compare.html.j2", context)


def verdict(answer: Answer) -> str:
    """In a sentence: how many places differ, and which claim it moves most."""
    count = len(answer["differences"])
    if not count:
        return "The two say the same, so nothing differs."
    places = "One place differs" if count == 1 else f"{count} places differ"
    rows = [row for row in answer["claims"] if row["difference"]]
    if not rows:
        return f"{places}; no claim becomes more or less likely."
    most = max(rows, key=lambda row: abs(row["difference"]))
    return (
        f"{places}. “{most['text']}” goes from {percent(most['from'])} to {percent(most['to'])}"
        + (f", and {len(rows) - 1} more claims move" if len(rows) > 1 else "")
        + "."
    )


def moved_quantities(answer: Answer) -> list[Answer]:
    """Quantities that differ in some future: those with the largest difference beside its spread first."""

    def size(row: Answer) -> float:
        middle, ends = row["difference"], row["interval"]
        if middle is None or None in ends:
            return float("inf")
        spread = float(abs(ends[1] - ends[0]))
        return float(abs(middle)) / spread if spread else float("inf")

    rows = [
        row for row in answer["quantities"] if row["moved"] and (row["difference"] or any(row["interval"]))
    ]
    return sorted(rows, key=lambda row: (-float(row["moved"]), -size(row), row["quantity"]))


def claim(row: Answer) -> dict[str, str]:
    """A claim in words: both probabilities and the difference in points with its interval."""
    return {
        "text": row["text"], "id": row["id"],
        "from": _probability(row["from"]), "to": _probability(row["to"]),
        "difference": gain(row["difference"]),
        "interval": "" if not row["difference"] else " to ".join(map(gain, row["interval"])),
        "tone": tone(row["difference"]),
    }  # fmt: skip


def quantity(row: Answer) -> dict[str, str]:
    """A quantity in words: both medians, and the difference in one future with its interval."""
    unit = "s" if row["unit"] == "date" else str(row["shown_in"])
    ends = [signed(value, unit) for value in row["interval"] or ()]
    return {
        "title": row["title"], "quantity": row["quantity"],
        "from": show_value(row["from"], row["shown_in"]), "to": show_value(row["to"], row["shown_in"]),
        "difference": signed(row["difference"], unit),
        "interval": f"{ends[0]} to {ends[1]}" if ends and ends[0] != ends[1] else "",
        "moved": "" if row["moved"] is None else percent(row["moved"]),
    }  # fmt: skip


def shares(answer: Answer) -> Iterator[dict[str, Any]]:
    """For each claim and quantity that several differences move: what each of them does to it."""
    return (row for row in _effects(answer) if len(row["movers"]) > 1)


def alone(answer: Answer) -> list[tuple[str, list[str]]]:
    """Differences, and what each of them moves by itself alone."""
    found: dict[str, list[str]] = {}
    for row in _effects(answer):
        if len(row["movers"]) == 1:
            found.setdefault(row["movers"][0], []).append(row["name"])
    return list(found.items())


def _effects(answer: Answer) -> Iterator[dict[str, Any]]:
    rows = answer["attribution"]
    if not rows:
        return
    claims = {row["id"]: row for row in answer["claims"]}
    texts = {row["quantity"]: row for row in moved_quantities(answer)[:SHOWN]}
    for name in rows[0]["effects"]:
        if name not in claims and name not in texts:
            continue
        unit = "%" if name in claims else "s" if texts[name]["unit"] == "date" else texts[name]["shown_in"]
        title = claims[name]["text"] if name in claims else texts[name]["title"]
        cells = [
            {"change": row["change"], "claim": name in claims}
            | {key: _effect(row["effects"][name][key], unit, name in claims)
               for key in ("alone", "in_order", "shared")}
            for row in rows
        ]  # fmt: skip
        movers = [cell["change"] for cell in cells if cell["alone"] or cell["in_order"]]
        yield {"name": name, "title": title, "cells": cells, "movers": movers}


def gain(points: float | None) -> str:
    """A difference of probabilities in points.

    >>> gain(0.034), gain(-0.2), gain(0.0), gain(None)
    ('+3.4', '−20.0', '0', '–')
    """
    if points is None:
        return "–"
    text = f"{100 * points:+.1f}".replace("-", "−")
    return "0" if text in ("+0.0", "−0.0") else text


def signed(value: float | None, unit: str) -> str:
    """A difference with its sign; never as such.

    >>> signed(3 * 86400.0, "s"), signed(-1e9, "USD"), signed(0.0, "W"), signed(None, "s")
    ('+3 d', '−1 G USD', '0', 'never')
    """
    if value is None:
        return "never"
    if not value:
        return "0"
    return ("+" if value > 0 else "") + show_value(value, unit)


def tone(difference: float | None) -> str:
    """Whether a claim gains or loses."""
    if not difference:
        return ""
    return "good" if difference > 0 else "bad"


def _effect(value: float | None, unit: str, points: bool) -> str:
    if value is None or not value:
        return ""
    return gain(value) if points else signed(value, unit)


def _probability(share: float | None) -> str:
    return "not asked" if share is None else percent(share)


def _command(answer: Answer) -> str:
    words = ["orchard", "compare", *dict.fromkeys([answer["from"]["name"], *_words(answer["to"]["name"])])]
    return " ".join([*words, "--samples", str(answer["samples"]), "--seed", str(answer["seed"])])


def _words(name: str) -> list[str]:
    """A side's name as words of a command line, settings quoted."""
    path, *settings = name.split(" --set ")
    return [path, *(f"--set {shlex.quote(text)}" for text in settings)]
