"""The result of judging a model, as plain values for the terminal, the report, JSON and the ledger."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchard.evaluate.figures import Figure, variants
from orchard.evaluate.gate import Decision
from orchard.evaluate.items import draw
from orchard.evaluate.scores import Scores
from orchard.evaluate.statistics import (
    LEVEL,
    POWER,
    WIDE_LEVEL,
    Estimate,
    Proportion,
    detectable,
    difference,
    holm,
)
from orchard.spec.gates import ACCURACY, BITS, CHANCE, PREDECESSOR, TASKS, TEXTS, XZ

TITLES = {
    "held_out": "held-out text",
    "unseen": "text of an unseen source",
    "facts": "facts, of four options",
    "cloze": "last words, of four options",
    "reasoning": "reasoning, exact answers",
    "instructions": "instructions, exact checks",
}
WAYS = {
    "token": "likeliest option a token",
    "whole": "likeliest option in all",
    "against": "likeliest option against its likelihood without the question",
    "greedy": "said of itself",
    "part": "with part of the way",
}
_DIGITS = 6


def answer(
    scores: Scores,
    known: Mapping[str, Figure],
    decision: Decision,
    rival: Scores | None = None,
    samples: int = 3,
) -> dict[str, Any]:
    """Everything that was found, in values that JSON has words for.

    Parameters
    ----------
    known
        figures by name, those of xz and of the predecessor among them
    rival
        scores of a model that this one is compared with
    samples
        questions and answers of each task that are shown
    """
    return {
        "model": scores.model,
        "digest": scores.digest,
        "items": dict(scores.digests),
        "level": LEVEL,
        "texts": [_text(name, known) for name in TEXTS if f"{name}.{BITS}" in known],
        "tasks": [_task(name, scores, known) for name in TASKS if f"{name}.{ACCURACY}" in known],
        "missing": dict(scores.missing),
        "rival": None if rival is None else _rival(scores, rival),
        "gate": _gate(decision),
        "samples": [one for name in scores.tasks for one in _samples(name, scores, samples)],
    }


def ledger_values(result: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of a result: figures with their intervals, and the gate."""
    rows = [*result["texts"], *result["tasks"]]
    return {
        "digest": result["digest"],
        "items": result["items"],
        "scores": {row["name"]: {key: row[key] for key in ("low", "value", "high")} for row in rows},
        "gate": {one["condition"]: one["word"] for one in result["gate"]["verdicts"]},
        "released": result["gate"]["word"] == "passed",
    }


def _text(name: str, known: Mapping[str, Figure]) -> dict[str, Any]:
    row = _row(f"{name}.{BITS}", name, known)
    row["unit"] = "bits per byte"
    for reference in XZ:
        full = f"{reference}.{name}.{BITS}"
        row[reference] = _number(known[full].value) if full in known else None
    return row


def _task(name: str, scores: Scores, known: Mapping[str, Figure]) -> dict[str, Any]:
    row = _row(f"{name}.{ACCURACY}", name, known)
    others = variants(scores.tasks[name], scores.digests[name])
    row |= {
        "unit": "share",
        "chance": _number(known[f"{name}.{CHANCE}"].value),
        "others": [_other(way, figure) for way, figure in others.items()],
    }
    return row


def _row(name: str, of: str, known: Mapping[str, Figure]) -> dict[str, Any]:
    figure = known[name]
    found = figure.estimate
    return {
        "name": name, "of": of, "title": TITLES[of], "value": _number(figure.value), **_ends(found),
        "count": found.items, "clusters": found.clusters,
    }  # fmt: skip


def _other(way: str, figure: Figure) -> dict[str, Any]:
    return {"way": way, "title": WAYS[way], "value": _number(figure.value), **_ends(figure.estimate)}


def _ends(found: Estimate | Proportion) -> dict[str, Any]:
    (low, high), (lower, higher) = found.interval(LEVEL), found.interval(WIDE_LEVEL)
    return {
        "low": _number(low), "high": _number(high), "low_95": _number(lower), "high_95": _number(higher),
    }  # fmt: skip


def _rival(scores: Scores, rival: Scores) -> dict[str, Any]:
    """Differences to another model on the same items; sets that are others are left out, and named."""
    same = [name for name, digest in scores.digests.items() if rival.digests.get(name) == digest]
    rows = [_difference(name, scores, rival) for name in same]
    for row, adjusted in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_adjusted"] = adjusted
    return {
        "model": rival.model,
        "digest": rival.digest,
        "rows": rows,
        "apart": sorted(set(scores.digests) - set(same)),
    }


def _difference(name: str, scores: Scores, rival: Scores) -> dict[str, Any]:
    """The first model less the other; for bits per byte less is better, for accuracies more."""
    if name in scores.texts:
        mine, theirs = scores.texts[name], rival.texts[name]
        first, second = ([-one.nats / math.log(2) for one in rows] for rows in (mine, theirs))
        found = difference(first, second, [one.bytes for one in mine], [one.id for one in mine])
    else:
        first, second = ([one.score for one in rows[name]] for rows in (scores.tasks, rival.tasks))
        clusters = [one.cluster for one in scores.tasks[name]]
        found = difference(first, second, [1.0] * len(clusters), clusters, shares=True)
    return {
        "name": name, "title": TITLES[name], "unit": "bits per byte" if name in scores.texts else "share",
        "value": _number(found.value), **_ends(found), "p": found.p_value, "clusters": found.clusters,
        "detectable": _number(detectable(found.error, found.freedom, WIDE_LEVEL, POWER)),
        "better": "less" if name in scores.texts else "more",
    }  # fmt: skip


def _gate(decision: Decision) -> dict[str, Any]:
    return {
        "word": decision.word,
        "verdicts": [
            {
                "condition": one.condition, "word": one.word, "why": one.why,
                "margin": _number(one.margin), "low": _number(one.low), "high": _number(one.high),
                "figures": {name: _number(value) for name, value in one.figures.items()},
                "paired": one.why.startswith("item by item"),
                "predecessor": any(name.startswith(PREDECESSOR) for name in one.figures),
            }
            for one in decision.verdicts
        ],
    }  # fmt: skip


def _samples(name: str, scores: Scores, count: int) -> Iterator[dict[str, Any]]:
    """Questions with answers, drawn by their ids and not by how good they are."""
    rows: Sequence[Any] = sorted(scores.tasks[name], key=lambda one: draw(one.id))
    for one in rows[:count]:
        yield {"task": name, "asked": one.asked, "wanted": one.wanted, "said": one.said, "score": one.score}


def _number(value: float) -> float | None:
    """A number, rounded; None where there is none."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
