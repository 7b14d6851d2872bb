"""What became of a run, as plain data: metrics of its stages, its ledger, corpus and judgement together."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from orchard import __version__
from orchard.ledger import Entry, Ledger, pairs
from orchard.ledger.kinds import AMOUNTS
from orchard.report.card import amount, last, since_begun
from orchard.spec.programme import Programme
from orchard.spec.training import Checkpoints, Training
from orchard.train.folder import STAGES, ModelFolder, ProgrammeFolder, Stage
from orchard.train.metrics import JUDGED, NAME, read, read_judged
from orchard.train.schedule import share_of_rate

TITLES: dict[Stage, str] = {
    "pretraining": "Pretraining",
    "finetuning": "Finetuning",
    "preferences": "Preferences (DPO)",
    "rewards": "Rewards (GRPO)",
}
HELD_OUT = "held_out.bits_per_byte"
_SCHEDULE = ("schedule", "warmup", "decay", "final")  # what learning rates depend on
_POINTS = 400  # of a curve that is drawn
SMOOTHED_FROM = 50  # steps; and the parts of a run that smoothing remembers one of


class Smooth(NamedTuple):
    """A curve: steps done, values in means of neighbours, and smoothed values."""

    steps: list[int]
    values: list[float]
    smooth: list[float]


def run_result(
    programme: Programme, name: str, runs: Path, file: Path, evaluation: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Everything that was written down of a run since it was last begun from new weights.

    Parameters
    ----------
    runs, file
        folder of all runs; the programme's file
    evaluation
        what judging found just now, which has samples; the ledger's account of it is taken without

    Raises
    ------
    OrchardError
        O845, O847: a ledger that cannot be read
    """
    folder = ProgrammeFolder(runs / programme.programme)
    spec, mine = programme.models[name], folder.model(name)
    entries = since_begun(Ledger(folder.ledger).read(), name)
    recipe = last(entries, "run", name)
    gate = dict(last(entries, "evaluation", name).get("gate", {}))
    stages = [one for stage in STAGES if (one := _stage(stage, mine, name, entries)) is not None]
    return {
        "orchard": __version__,
        "file": str(file),
        "runs": str(runs),
        "programme": programme.title or programme.programme,
        "model": name,
        "title": spec.title or name,
        "machine": recipe.get("machine", ""),
        "steps": recipe.get("steps", 0),
        "stages": stages,
        "judged": read_judged(mine.path / "pretraining" / JUDGED),
        "rate": _rate(recipe),
        "amounts": _amounts(entries, name),
        "stops": [{**one.values, "run": one.run} for one in entries if one.kind == "interruption"],
        "corpus": _corpus(folder, str(spec.training.corpus) if spec.training else ""),
        "scores": dict(last(entries, "evaluation", name).get("scores", {})),
        "gate": gate,
        "verdict": next((word for word in ("failed", "undecided") if word in gate.values()), "passed"),
        "released": last(entries, "evaluation", name).get("released"),
        "samples": list((evaluation or {}).get("samples", ())),
        "exports": _exports(entries),
    }  # fmt: skip


def smoothed(rows: Sequence[tuple[int, float]]) -> Smooth:
    """A curve of at most some hundred points with a mean that forgets, put right for its beginning.

    >>> smoothed([(0, 4.0), (1, 2.0), (2, 3.0)]).smooth
    [4.0, 2.0, 3.0]
    """
    width = max(1, math.ceil(len(rows) / _POINTS))
    keep = 1 - min(1.0, SMOOTHED_FROM / max(len(rows), 1))
    found, held, weight = Smooth([], [], []), 0.0, 0.0
    for first in range(0, len(rows), width):
        part = rows[first : first + width]
        for _, value in part:
            held, weight = keep * held + (1 - keep) * value, keep * weight + (1 - keep)
        found.steps.append(part[-1][0] + 1)
        found.values.append(sum(value for _, value in part) / len(part))
        found.smooth.append(held / weight)
    return found


def _stage(stage: Stage, folder: ModelFolder, name: str, entries: Sequence[Entry]) -> dict[str, Any] | None:
    """Curves and amounts of a stage; None where it was not begun."""
    rows = list(read(folder.path / stage / NAME))
    said = last(entries, "measurement", name if stage == "pretraining" else f"{name}.{stage}")
    if not rows:
        return None
    tokens = round(said.get("tokens_per_s", 0) * said.get("step_s", 0))
    curves = {"loss": _curve(rows, "loss")}
    if "reward" in rows[0]:
        curves["reward"] = _curve(rows, "reward")
    if tokens:
        speeds = [(row["step"], tokens / row["time_s"]) for row in rows if row["time_s"]]
        curves["speed"] = smoothed(speeds)._asdict()
    names = [key.removesuffix("_before") for key in said if key.endswith("_before")]
    return {
        "id": stage,
        "title": TITLES[stage],
        "steps": len(rows),
        "time_s": sum(row["time_s"] for row in rows),
        "tokens_a_step": tokens,
        "peak_share": said.get("peak_share"),
        "skipped": [{"step": row["step"], "why": row["skipped"]} for row in rows if row.get("skipped")],
        "curves": curves,
        "moves": {
            one: [said[f"{one}_before"], said[f"{one}_after"]] for one in names if f"{one}_after" in said
        },
    }


def _curve(rows: Sequence[Mapping[str, Any]], key: str) -> dict[str, Any]:
    """A figure of the steps that were taken."""
    return smoothed(
        [(row["step"], row[key]) for row in rows if row.get(key) is not None and not row.get("skipped")]
    )._asdict()


def _rate(run: Mapping[str, Any]) -> dict[str, Any] | None:
    """Learning rates of a run as shares of the highest, from the recipe that the ledger holds."""
    steps = int(run.get("steps") or 0)
    said = run.get("training") or {}
    if not steps or not all(key in said for key in _SCHEDULE):
        return None
    recipe = Training(
        **{key: said[key] for key in _SCHEDULE}, checkpoints=Checkpoints.model_validate({"every": "60 s"})
    )
    places = sorted({round(at * (steps - 1) / _POINTS) for at in range(_POINTS + 1)})
    shares = [share_of_rate(recipe, step, steps) for step in places]
    return {"steps": [step + 1 for step in places], "shares": shares, "schedule": recipe.schedule}


def _amounts(entries: Sequence[Entry], name: str) -> list[dict[str, Any]]:
    """What was predicted beside what was measured, of the run itself."""
    found: list[dict[str, Any]] = []
    for one in pairs(one for one in entries if one.run == name and one.kind != "evaluation"):
        if one.amount not in AMOUNTS:
            continue
        ends = one.predicted
        said = "" if ends is None else amount(one.amount, ends.value)
        span = "" if ends is None else " to ".join(amount(one.amount, end) for end in (ends.low, ends.high))
        measured = "not measured" if one.measured is None else amount(one.amount, one.measured)
        row: dict[str, Any] = {
            "key": one.amount,
            "amount": AMOUNTS[one.amount],
            "predicted": said,
            "span": span,
        }
        row |= {"measured": measured, "value": one.measured, "ratio": one.ratio, "inside": one.inside}
        found.append(row)
    return sorted(found, key=lambda row: list(AMOUNTS).index(row["key"]))


def _corpus(folder: ProgrammeFolder, name: str) -> dict[str, Any] | None:
    """The corpus's own card; None where it cannot be read."""
    try:
        said = json.loads((folder.corpus(name) / "card.json").read_text("utf-8"))
        sources = [one for one in said["sources"] if not one.get("unseen")]
        return {"title": said["title"], "digest": said["digest"], "sources": sources}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _exports(entries: Sequence[Entry]) -> list[Mapping[str, Any]]:
    """The newest export to each path."""
    return list({one.values.get("path"): one.values for one in entries if one.kind == "export"}.values())


def sentences(result: Mapping[str, Any]) -> Iterator[str]:
    """The answer in short."""
    stages = result["stages"]
    if not stages:
        yield f"{result['model']} was not trained yet."
        return
    first = stages[0]
    done = "" if first["steps"] == result["steps"] else f" of {result['steps']:,}"
    took = amount("duration_s", first["time_s"])
    yield f"{first['steps']:,}{done} steps of pretraining in {took}."
    if result["judged"]:
        ends = [row[HELD_OUT] for row in (result["judged"][0], result["judged"][-1]) if HELD_OUT in row]
        if len(ends) == 2 and len(result["judged"]) > 1:
            yield f"Text it has not read went from {ends[0]:.3f} to {ends[1]:.3f} bits per byte."
    later = [one["title"].split(" (")[0].lower() for one in stages[1:]]
    if later:
        yield f"Then {', '.join(later)}."
    judged = result["scores"].get(HELD_OUT)
    if judged and judged["value"] is not None and later:
        yield f"After them it has {judged['value']:.3f}."
    if result["gate"]:
        yield {"failed": "It fails its gate.", "passed": "It passes its gate."}.get(
            result["verdict"], "Its gate is undecided."
        )
