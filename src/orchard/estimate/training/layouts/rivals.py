"""Why other layouts lose: for every value of every choice, the best layout with it beside the best of all.

A value with which something fits is so much slower, and loses in the part of the step that grows most. A
value with which nothing fits lacks at least so much memory.
"""

from __future__ import annotations

from typing import Any

from orchard import units
from orchard.estimate.training.calibration import Calibration
from orchard.estimate.training.formulas.configuration import RECOMPUTE
from orchard.estimate.training.formulas.memory import room
from orchard.estimate.training.layouts.evaluated import CHOICES
from orchard.estimate.training.layouts.listing import CAUSES, SHARDING, WORK, estimated
from orchard.estimate.training.layouts.question import Question
from orchard.estimate.training.layouts.search import Found

# Choices whose values are codes, and what these stand for.
NAMES = {"shard": SHARDING, "recompute": RECOMPUTE, "kept_gathered": ("no", "yes")}


def rivals(question: Question, found: Found, known: Calibration) -> list[dict[str, Any]]:
    """What each value of each choice costs, in the order of CHOICES.

    Every entry has `choice`, `value` (a number or a name), `chosen` (the best of all has it) and `fits`.
    Where something fits: `step_time_s`, `slower` (share of the best step), `loses_in` (a cause of the
    step, empty where nothing is lost), `loses_s`, and `layout`, the choices of the layout. Else:
    `short_gib`, what the chip lacks at least.
    """
    keys = sorted({*found.rivals, *found.needed_bytes}, key=lambda key: (CHOICES.index(key[0]), key[1]))
    fit = [key for key in keys if key in found.rivals]
    tables = [found.best, *(found.rivals[key] for key in fit)]
    choices = [table.chosen(0) for table in tables]
    best, *others = estimated(question, choices, known)
    beside = {
        key: {**_beside(best, other), "layout": {name: _named(name, layout[name]) for name in CHOICES}}
        for key, other, layout in zip(fit, others, choices[1:], strict=True)
    }
    most, gib = float(room(question.hardware)), units.factor("GiB")
    entries = []
    for key in keys:
        name, value = key
        fits = key in beside
        short = {} if fits else {"short_gib": (found.needed_bytes[key] - most) / gib}
        entry = {"choice": name, "value": _named(name, value)}
        entry |= {"chosen": choices[0][name] == value, "fits": fits, **beside.get(key, short)}
        entries.append(entry)
    return entries


def _named(choice: str, value: int) -> int | str:
    """A value of a choice: a number, or the name that a code stands for."""
    return NAMES[choice][value] if choice in NAMES else value


def _beside(best: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """An estimate beside the best one."""
    more_s = {cause: other["breakdown_s"][cause] - best["breakdown_s"][cause] for cause in CAUSES}
    cause = max(more_s, key=lambda name: more_s[name])
    slower = other["step_time_s"] / best["step_time_s"] - 1
    lost = more_s[cause]
    if cause == "compute":
        kinds_s = {kind: other["compute_s"][kind] - best["compute_s"][kind] for kind in WORK}
        cause = f"compute: {max(kinds_s, key=lambda name: kinds_s[name])}"
    return {
        "step_time_s": other["step_time_s"],
        "slower": slower,
        "loses_in": cause if slower > 0 else "",
        "loses_s": lost if slower > 0 else 0.0,
    }
