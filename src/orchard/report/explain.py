"""The page of an explanation: the number, its tornado, whose spread it is, and the chain behind it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orchard.files import write_text
from orchard.report.document import render
from orchard.report.tornado import Bar, tornado
from orchard.report.values import percent, read_date, show_amount, show_date, show_value, show_written

Answer = Mapping[str, Any]

NOTICED = 0.02  # share of the spread from which a step is told of
_OPEN = 0.15  # share of the spread from which a step of the page stands open
_WEIGHT = 60  # pixels of a step that has all of the spread
_KINDS = {"assumed": "assumed", "choice": "choice", "event": "event", "model": "estimated"}


def write_explanation(answer: Answer, path: Path) -> None:
    """Write the page; the file appears whole or not at all.

    Raises
    ------
    OutputError
        the folder is missing, or the file cannot be written
    """
    write_text(render_explanation(answer), path)


def render_explanation(answer: Answer) -> str:
    """Make the HTML text of the page. The same answer always gives the same text."""
    drawn = tornado(answer)
    behind = {str(row["key"]): row for row in answer["behind"]}
    apart = bool(answer["sources"])
    parts = [("tornado", "What moves it")] * bool(drawn.bars) + [("shares", "Whose spread it is")] * apart
    programme = answer["programme"]
    context = {
        "verb": "explain",
        "title": sentence(str(answer["title"])),
        "when": f"{answer['quantity']} in {setting(programme)}, as known on {_day(programme['as_of'])}",
        "made": f"{answer['samples']:,} futures, seed {answer['seed']}, Orchard {answer['orchard']}",
        "parts": [*parts, ("chain", "Where it comes from"), ("behind", "Facts and assumptions")],
        "figures": {},
        "lead": lead(answer),
        "statement": answer["statement"],
        "sentence": mover(answer),
        "median": show_value(answer["p50"], str(answer["shown_in"])),
        "bars": [_bar(bar, drawn.middle) for bar in drawn.bars],
        "sources": [_source(row) for row in answer["sources"]],
        "inputs": [_input(row) for row in ordered(answer["inputs"])],
        "logarithmic": answer["scale"] == "logarithmic",
        "shared": f"{answer['shared_samples']:,}",
        "chain": _branch({"steps": answer["chain"], "inputs": answer["direct"], "again": False}, behind),
        "behind": [_row(row) for row in answer["behind"]],
        "counts": _counts(answer["behind"]),
        "command": _command(answer),
    }
    return render("explain.html.j2", context)


def setting(programme: Answer) -> str:
    """The programme, and what is changed in it."""
    return " ".join(
        [str(programme["title"]), *(["with"] if programme["changes"] else []), *programme["changes"]]
    )


def lead(answer: Answer) -> str:
    """The number and its interval; of a claim, how often it holds."""
    said = points(answer, str(answer["shown_in"]))
    if answer["probability"] is not None:
        said = f"Holds in {percent(answer['probability'])} of the futures: {said}"
    if answer["never"]:
        said += f"; never within the horizon in {percent(answer['never'])} of them"
    return said


def points(row: Mapping[str, Any], unit: str) -> str:
    """Median and interval, once where they are the same."""
    low, middle, high = (show_value(row[key], unit) for key in ("p10", "p50", "p90"))
    return middle if low == high else f"{middle} ({low} to {high})"


def mover(answer: Answer) -> str:
    """In a sentence: what moves the number most."""
    rows = [row for row in ordered(answer["inputs"]) if row["kind"] != "rest"][:2]
    if not rows:
        return "Nothing that is uncertain moves it."
    said = " and ".join(f"{row['name']} ({share_text(row['share'])})" for row in rows)
    return f"Most of the spread comes from {said}."


def ordered(rows: Sequence[Answer]) -> list[Answer]:
    """Inputs by their share, what is left over last."""
    return sorted(rows, key=lambda row: (row["kind"] == "rest", -row["share"]["value"]))


def share_text(share: Mapping[str, float], interval: bool = False) -> str:
    """A share of the spread in percent; what an estimate has too much or too little is noise, and cut."""
    value, low, high = (f"{100 * min(max(share[key], 0.0), 1.0):.0f}" for key in ("value", "low", "high"))
    return f"{value} % ({low} to {high})" if interval else f"{value} %"


def at_most(first: Mapping[str, float], total: Mapping[str, float]) -> dict[str, float]:
    """A first order no larger than the total, which it can be by noise alone."""
    return {**first, "value": min(first["value"], total["value"])}


def amount(row: Answer) -> tuple[str, str]:
    """The value of an input, and its range where it has one."""
    if row["origin"] == "fact":
        fact = row["fact"]
        texts = [show_written(fact[key], str(fact["unit"])) for key in ("value", "low", "high")]
    elif "value" in row:
        texts = [show_amount(row[key], row["unit"]) for key in ("value", "low", "high")]
    else:
        return "", ""
    value, low, high = texts
    return value, "" if low == high or not low else f"{low} to {high}"


def origin(row: Answer) -> str:
    """Where an input is from, in words: a source with its place and date, or a reason."""
    if row["origin"] == "fact":
        fact = row["fact"]
        names = "; ".join(source["title"] for source in row["sources"]) or fact["source"]
        parts = [names, str(fact.get("locator") or ""), _day(fact["as_of"])]
        return f"{fact['kind']}: " + ", ".join(part for part in parts if part)
    words = {"assumed": "assumed", "choice": "a choice", "event": "may happen or not", "model": "the model"}
    return words[row["origin"]] + (f": {row['why']}" if row["why"] else "")


def said(step: Answer) -> str:
    """The medians of a step, each with its name and time."""
    known = [value for value in step["values"] if value["p50"] is not None or value["unit"] == "date"]
    return "; ".join(_value(value) for value in known)


def sentence(text: str) -> str:
    """A text that begins with a capital."""
    return text[:1].upper() + text[1:]


def _value(value: Answer) -> str:
    name = str(value["name"]).removesuffix("_day").replace("_", " ")
    text = f"{name} {show_value(value['p50'], value['unit'])}".strip()
    return f"{text} {value['when']}".strip()


def _bar(bar: Bar, middle: float) -> dict[str, Any]:
    parts = [
        {"name": name, "left": _percent(min(place, middle)), "width": _percent(abs(place - middle))}
        for name, place in zip(("low", "high"), bar.places, strict=True)
    ]
    first = 0 if bar.places[0] <= bar.places[1] else 1
    edges = (min(*bar.places, middle), max(*bar.places, middle))
    return {
        "name": bar.name, "ends": " to ".join(bar.ends), "holds": bar.holds, "parts": parts,
        "middle": _percent(middle), "low": bar.texts[0], "high": bar.texts[1],
        "left": bar.texts[first], "right": bar.texts[1 - first],
        "first": _percent(edges[0]), "last": _percent(edges[1]),
    }  # fmt: skip


def _source(row: Answer) -> dict[str, Any]:
    alone = at_most(row["first"], row["total"])
    first, total = (min(max(share["value"], 0.0), 1.0) for share in (alone, row["total"]))
    holding = ""
    if "first_of_holding" in row:
        first_holds, all_holds = (share_text(row[f"{key}_of_holding"]) for key in ("first", "total"))
        holding = f"; of holding {first_holds}, with interactions {all_holds}"
    return {
        "name": row["name"], "kind": row["kind"],
        "first_width": _percent(_ROOM * first), "total_width": _percent(_ROOM * total),
        "edge": _percent(_ROOM * max(first, total)),
        "text": share_text(alone, True) + ", with interactions "
        + share_text(row["total"], True) + holding,
    }  # fmt: skip


_ROOM = 0.45  # of a track for the bar; the rest is for its words


def _input(row: Answer) -> dict[str, Any]:
    width = min(max(row["share"]["value"], 0.0), 1.0)
    holding = f"; of holding {share_text(row['of_holding'], True)}" if "of_holding" in row else ""
    return {
        "name": row["name"], "kind": row["kind"], "width": _percent(_ROOM * width),
        "edge": _percent(_ROOM * width), "text": share_text(row["share"], True) + holding,
    }  # fmt: skip


def _branch(step: Answer, behind: Mapping[str, Answer]) -> dict[str, Any]:
    if step["again"]:
        return {"again": True, "about": step["about"], "of": step["of"]}
    share = float(step.get("share") or 0.0)
    rows = [behind[key] for key in step["inputs"] if key in behind]
    return {
        "again": False, "about": step.get("about", ""), "of": step.get("of", ""),
        "said": said(step) if "values" in step else "",
        "formula": step.get("formula", ""), "place": step.get("place", ""),
        "share": percent(share) if share >= NOTICED else "", "width": round(share * _WEIGHT, 1),
        "open": share >= _OPEN,
        "leaves": [
            {"name": row["name"], "amount": _joined(amount(row)), "origin": origin(row)} for row in rows
        ],
        "steps": [_branch(below, behind) for below in step["steps"]],
    }  # fmt: skip


def _joined(parts: tuple[str, str]) -> str:
    return f"{parts[0]} ({parts[1]})" if parts[1] else parts[0]


def _row(row: Answer) -> dict[str, Any]:
    value, span = amount(row)
    fact = row.get("fact") or {}
    sources = [
        {"title": source["title"], "url": source["url"] if source["url"].startswith("http") else ""}
        for source in row.get("sources") or ()
    ]
    return {
        "name": row["name"], "cause": row["cause"], "value": value, "range": span,
        "kind": fact.get("kind") or _KINDS[row["origin"]], "sources": sources,
        "locator": fact.get("locator", ""), "why": "" if fact else row["why"],
        "as_of": _day(fact["as_of"]) if fact else "",
    }  # fmt: skip


def _counts(rows: Sequence[Answer]) -> str:
    kinds = Counter(
        str(row["fact"]["kind"]) if row["origin"] == "fact" else _KINDS[row["origin"]] for row in rows
    )
    return f"{len(rows)} inputs: " + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def _day(text: object) -> str:
    day = read_date(text)
    return show_date(day) if day else ""


def _command(answer: Answer) -> str:
    file = answer["programme"]["file"] or "PROGRAMME.yaml"
    words = ["orchard", "explain", file, answer["quantity"], *answer["programme"]["changes"]]
    words += ["--samples", str(answer["samples"]), "--seed", str(answer["seed"]), "--html", "explain.html"]
    return shlex.join(words)
