"""Where a number comes from and what moves it, in the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from orchard.report.explain import NOTICED, amount, at_most, ordered, origin, points, said, share_text
from orchard.report.lines import cut, put, signs_of
from orchard.report.signs import DIM, Signs
from orchard.report.tornado import Bar, tornado
from orchard.report.values import percent

_NAME = 46  # columns for the name of an input
_BAR = 28  # columns of a bar of the tornado
_SHOWN = 4  # steps shown below a step; the others are counted
_LEAVES = 6  # inputs shown below a step
_DEEPEST = 7

Answer = Mapping[str, Any]


def print_explanation(answer: Answer, console: Console) -> None:
    """Print the number, its tornado, whose spread it is, and the chain down to facts and assumptions."""
    signs, width = signs_of(console), max(80, min(console.width, 140))
    lines = [*_head(answer, signs), *_tornado(answer, signs), *_shares(answer, signs)]
    put([*lines, *_chain(answer, signs, width)], console)


def _head(answer: Answer, signs: Signs) -> Iterator[Text]:
    yield Text.assemble((str(answer["title"]), "bold"), "  ", (str(answer["quantity"]), DIM))
    if answer["statement"]:
        yield Text(str(answer["statement"]), DIM)
    if answer["programme"]["changes"]:
        yield Text(" ".join(["with", *answer["programme"]["changes"]]), DIM)
    holds = answer["probability"]
    likely = "" if holds is None else f"holds in {percent(holds)} of the futures {signs.dot} "
    note = f" {signs.dot} {answer['samples']:,} futures {signs.dot} as of {answer['programme']['as_of']}"
    yield Text.assemble((likely + points(answer, str(answer["shown_in"])), "green"), (note, DIM))
    if answer["never"]:
        yield Text(f"never within the horizon in {percent(answer['never'])} of the futures", DIM)
    yield Text()


def _tornado(answer: Answer, signs: Signs) -> Iterator[Text]:
    drawn = tornado(answer)
    if not drawn.bars:
        yield Text("nothing that is uncertain moves it", DIM)
        yield Text()
        return
    head = "median with one input at its p10, and at its p90"
    yield Text.assemble(("what moves it".ljust(_NAME), "bold"), "  ", (head, DIM))
    size = max(len(text) for bar in drawn.bars for text in bar.texts)
    for bar in drawn.bars:
        line = Text(cut(bar.name, _NAME, signs).ljust(_NAME + 2))
        line.append(bar.texts[0].rjust(size) + " ", DIM).append_text(_bar(bar, drawn.middle, signs))
        line.append(" " + bar.texts[1].ljust(size), DIM)
        yield line.append(f"  holds {bar.holds}", DIM) if bar.holds else line
    yield Text()


def _bar(bar: Bar, middle: float, signs: Signs) -> Text:
    first, last = sorted(round(end * (_BAR - 1)) for end in bar.places)
    line = Text(" " * first).append(signs.full * (last - first + 1), "cyan")
    line.append(" " * (_BAR - 1 - last))
    spot = round(middle * (_BAR - 1))
    return Text.assemble(line[:spot], (signs.diamond, "bold"), line[spot + 1 :])


def _shares(answer: Answer, signs: Signs) -> Iterator[Text]:
    if not answer["sources"]:
        return
    title = "whose spread it is" + (", logarithmic" if answer["scale"] == "logarithmic" else "")
    held = "first_of_holding" in answer["sources"][0]
    heads = "by itself".ljust(20) + "with interactions".ljust(20)
    tail = "of holding, with interactions" if held else "(Sobol, 90 % intervals)"
    yield Text.assemble((title.ljust(_NAME), "bold"), "  ", (heads + tail, DIM))
    for row in answer["sources"]:
        alone = at_most(row["first"], row["total"])
        cells = [share_text(share, True).ljust(20) for share in (alone, row["total"])]
        cells += [share_text(row["total_of_holding"], True)] if held else []
        yield Text("".join([cut(row["name"], _NAME, signs).ljust(_NAME + 2), *cells]).rstrip())
    yield Text()
    heads = "share (Shapley)".ljust(20) + ("of holding" if held else "")
    yield Text.assemble(("inputs, each with the part of its cause".ljust(_NAME), "bold"), "  ", (heads, DIM))
    for row in ordered(answer["inputs"]):
        cells = [share_text(row[key], True).ljust(20) for key in ("share", "of_holding") if key in row]
        yield Text("".join([cut(row["name"], _NAME, signs).ljust(_NAME + 2), *cells]).rstrip())
    yield Text()


def _chain(answer: Answer, signs: Signs, width: int) -> Iterator[Text]:
    yield Text.assemble(("where it comes from", "bold"), "  ", ("medians; what moves it most first", DIM))
    shares = {row["key"]: row["share"]["value"] for row in answer["inputs"]}
    behind = {str(row["key"]): {**row, "share": shares.get(row["key"], 0.0)} for row in answer["behind"]}
    root = {"steps": answer["chain"], "inputs": answer["direct"]}
    yield from _below(root, "", 0, behind, signs, width)


def _below(
    step: Answer, indent: str, depth: int, behind: Mapping[str, Answer], signs: Signs, width: int
) -> Iterator[Text]:
    inputs = [behind[key] for key in step["inputs"] if key in behind]
    moving = [row for row in inputs if row["share"] >= NOTICED] or inputs[:_LEAVES]
    telling = [each for each in step["steps"] if _noticed(each)]
    if not telling and not any(row["share"] >= NOTICED for row in moving):
        telling = step["steps"][:1]
    steps = telling if depth <= _DEEPEST else []
    for row in moving[:_LEAVES]:
        value, span = amount(row)
        text = " ".join([str(row["name"]), value, f"({span})" if span else ""]).strip()
        yield from _wrapped(indent + "- ", text, f"  {origin(row)}", width, "")
    for each in steps[:_SHOWN]:
        yield from _step(each, indent, width)
        if not each["again"]:
            yield from _below(each, indent + "  ", depth + 1, behind, signs, width)
    left = len(step["steps"]) - len(steps[:_SHOWN]) + len(inputs) - len(moving[:_LEAVES])
    if left:
        yield Text(f"{indent}{signs.cut} and {left} more", DIM)


def _noticed(step: Answer) -> bool:
    return bool(step["again"] or step["share"] >= NOTICED)


def _step(step: Answer, indent: str, width: int) -> Iterator[Text]:
    name = step["about"] + (f" [{step['of']}]" if step["of"] else "")
    if step["again"]:
        yield Text(f"{indent}{name}: above", DIM)
        return
    medians = said(step)
    share = f"  {percent(step['share'])} of the spread" if _noticed(step) else ""
    yield from _wrapped(indent, f"{name}: {medians}" if medians else name, share, width, "bold")
    if step["formula"]:
        yield from _wrapped(indent + "  = ", "", step["formula"], width, "")


def _wrapped(indent: str, strong: str, dim: str, width: int, style: str) -> Iterator[Text]:
    """One thought over as many lines as it needs, what is said first in another tone."""
    left = len(strong)
    for number, line in enumerate(textwrap.wrap(strong + dim, width - len(indent)) or [""]):
        head = indent if number == 0 else " " * len(indent)
        bold = min(max(left, 0), len(line))
        yield Text.assemble(head, (line[:bold], style), (line[bold:], DIM))
        left -= len(line) + 1
