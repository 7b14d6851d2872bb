"""The page of an improvement: the cheapest way to a probability, and the frontier around it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchard.files import write_text
from orchard.report.document import render
from orchard.report.explain import setting
from orchard.report.frontier import frontier
from orchard.report.values import keep_together, percent, read_date, show_date, show_value

Answer = Mapping[str, Any]

_BILLION = 1e9


def write_improvement(answer: Answer, path: Path) -> None:
    """Write the page; the file appears whole or not at all.

    Raises
    ------
    OutputError
        the folder is missing, or the file cannot be written
    """
    write_text(render_improvement(answer), path)


def render_improvement(answer: Answer) -> str:
    """Make the HTML text of the page. The same answer always gives the same text."""
    programme, day = answer["programme"], read_date(answer["programme"]["as_of"])
    context = {
        "verb": "improve",
        "title": answer["text"],
        "when": f"{answer['claim']} in {setting(programme)}, as known on {show_date(day)}",
        "made": made(answer),
        "parts": [("frontier", "Probability against cost"), ("levers", "Levers")],
        "figures": {"chart-frontier": frontier(answer)},
        "lead": keep_together(verdict(answer)),
        "sentences": [keep_together(text) for text in beyond(answer)],
        "statement": answer["statement"],
        "chosen": None if answer["chosen"] is None else point(answer["chosen"]),
        "points": [point(row) for row in answer["frontier"]],
        "levers": [lever(row) for row in ordered(answer)],
        "fresh": f"{answer['fresh_samples']:,}",
        "command": _command(answer),
    }
    return render("improve.html.j2", context)


def made(answer: Answer) -> str:
    """How the answer came about."""
    ended = ", interrupted" if answer["interrupted"] else ""
    return (
        f"{answer['tried']} choices tried in {answer['samples']:,} futures{ended}, confirmed in "
        f"{answer['fresh_samples']:,} fresh ones, seed {answer['seed']}, Orchard {answer['orchard']}"
    )


def verdict(answer: Answer) -> str:
    """In a sentence: what is reached at what cost, or the best that can be."""
    before, best = answer["frontier"][0], answer["frontier"][-1]
    as_it_is = f"As planned it holds in {percent(before['probability'])} of the futures."
    chosen, wanted, budget = answer["chosen"], answer["asked"]["probability"], answer["asked"]["budget_usd"]
    within = "" if budget is None else f" within {show_value(budget, 'USD')}"
    if chosen is None:
        best = max((row for row in answer["frontier"] if budget is None or row["cost_usd"]["p50"] <= budget),
                   key=lambda row: row["probability"])  # fmt: skip
        reached = f"{percent(best['probability'])} for {cost(best)}"
        return f"{as_it_is} {percent(wanted or 0)} is out of reach{within}: the levers bring it to {reached}."
    if not chosen["choice"]:
        return (
            f"{as_it_is} Nothing{within} makes it likelier."
            if wanted is None
            else f"{as_it_is} Nothing needs to be done."
        )
    done = "; ".join(one["words"] for one in chosen["choice"])
    likely = f"{percent(chosen['probability'])} (± {100 * chosen['error']:.1f} points)"
    return f"{as_it_is} {done[:1].upper()}{done[1:]}: {likely} for {cost(chosen)}."


def beyond(answer: Answer) -> list[str]:
    """What would help where the levers do not reach."""
    return [
        f"Beyond the levers, {row['name']}: {row['loosened']} makes it {percent(row['from'])} → "
        f"{percent(row['to'])}."
        for row in answer["beyond"]
    ]


def cost(row: Answer) -> str:
    """Median cost of a choice and its range."""
    low, middle, high = (show_value(row["cost_usd"][key], "USD") for key in ("p10", "p50", "p90"))
    return middle if low == high else f"{middle} ({low} to {high})"


def point(row: Answer) -> dict[str, Any]:
    """A point of the frontier in words."""
    rate = row["points_per_usd"]
    low, middle, high = (show_value(row["cost_usd"][key], "USD") for key in ("p10", "p50", "p90"))
    return {
        "probability": f"{100 * row['probability']:.1f} %",
        "error": f"± {100 * row['error']:.1f}",
        "in_sample": f"{100 * row['in_sample']:.1f} %",
        "cost": middle,
        "range": "" if low == high else f"{low} to {high}",
        "rate": "" if rate is None else f"{100 * rate * _BILLION:.3g}",
        "choice": [{"words": one["words"], "cost": cost(one)} for one in row["choice"]],
    }  # fmt: skip


def lever(row: Answer) -> dict[str, Any]:
    """A lever pulled as far as it goes, alone."""
    gain = row["gain"]
    points = "not tried" if gain is None else f"{100 * gain:+.1f}".replace("-", "−")
    return {"name": row["lever"], "words": row["words"], "cost": cost(row), "gain": points}


def ordered(answer: Answer) -> list[Answer]:
    """Levers by what they gain alone."""
    return sorted(answer["levers"], key=lambda row: -(row["gain"] or 0.0))


def _command(answer: Answer) -> str:
    asked = answer["asked"]
    words = [
        "orchard",
        "improve",
        answer["programme"]["file"] or "PROGRAMME.yaml",
        "--claim",
        answer["claim"],
    ]
    words += answer["programme"]["changes"]
    if asked["probability"] is not None:
        words += ["--probability", f"{100 * asked['probability']:g} %"]
    if asked["budget_usd"] is not None:
        words += ["--budget", f"{asked['budget_usd']:g} USD"]
    words += ["--samples", str(answer["samples"]), "--seed", str(answer["seed"]), "--html", "improve.html"]
    return shlex.join(words)
