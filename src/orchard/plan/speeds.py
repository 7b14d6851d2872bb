"""What a plan says of the speed of each run: its layout and step, or the utilisation that was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchard.estimate.training.formulas.configuration import RECOMPUTE
from orchard.plan import engine, speed
from orchard.plan.calendar import Array
from orchard.plan.draws import BLOCK
from orchard.plan.scene import Scene, Setup
from orchard.plan.speed import Rate, Table
from orchard.plan.steps import SHARD

# Choices of a layout that are said when they are not 1, in the order in which people say them.
WAYS = ("tp", "pp", "vp", "cp", "ep", "etp")


def described(setup: Setup, model_id: str, seed: int) -> dict[str, Any] | None:
    """Speed of a run, ready for JSON; None where there is no run, or nothing is known.

    `basis` is ``step model``, ``host`` (that of the user's machine), ``given`` (a utilisation of the recipe)
    or ``none``, then with a `reason`.
    Intervals are p10, p50 and p90 of the first futures.
    """
    model = setup.programme.models[model_id]
    if model.start is None or model.recipe is None:
        return None
    scene = Scene(setup, setup.draws(seed, 0, BLOCK))
    if model_id in setup.on_host:
        return _of_host(scene, model_id, model.recipe.precision)
    if model.recipe.utilisation is not None:
        drawn = scene.draws(f"models.{model_id}.recipe.utilisation")
        return {
            "basis": "given",
            "utilisation": _points(drawn),
            "precision": model.recipe.precision,
            "why": model.recipe.utilisation.why or str(model.recipe.utilisation),
        }
    if speed.question(setup, model_id) is None:
        return None
    table = speed.table(setup, model_id)
    found = speed.rate(setup, model_id, table.main) if table.main else None
    if not isinstance(found, Rate):
        return {"basis": "none", "reason": speed.reason(setup, model_id)}
    return {"basis": "step model", **_of_step(scene, model_id, table, found)}


def _of_host(scene: Scene, model_id: str, precision: str) -> dict[str, Any]:
    """The step on the user's own machine, with 80 % intervals; memory is that of the process."""
    run = scene.setup.on_host[model_id]
    found, machine = run.prediction, run.model
    return {
        "basis": "host",
        "machine": machine.machine,
        "measured": machine.date,
        "threads": found.threads,
        "precision": machine.precision if precision == "bf16" else precision,
        "alike": run.alike,
        "step_s": list(found.step_s),
        "tokens_per_step": run.step.tokens,
        "tokens_per_s": list(found.tokens_per_s),
        "memory_bytes": list(found.memory_bytes),
        "utilisation": _points(scene.draws(f"models.{model_id}.recipe.utilisation")),
        "parts_s": found.parts_s,
    }


def _of_step(scene: Scene, model_id: str, table: Table, found: Rate) -> dict[str, Any]:
    """The step on the reference gang, before failures."""
    step, setup = found.step, scene.setup
    per_chip = speed.drawn(scene, model_id, table.main) / speed.flops_per_token(table.question)
    points = _points(per_chip)
    kept = points[1] / step.tokens_per_s_per_chip  # of the speed that the step model gives
    others = [speed.rate(setup, model_id, chip) for chip in speed.kinds(setup, model_id)]
    names = [setup.chip(chip).title for chip in speed.kinds(setup, model_id)]
    experts = table.question.architecture.experts > 0
    return {
        "chip": setup.chip(table.main).title,
        "chips": step.chips,
        "precision": step.precision,
        "sequences": table.question.batch,
        "sequence": table.question.sequence,
        "stack": table.question.stack,
        "layout": layout(step.layout),
        "searched": table.question.layout is None,
        "tried": step.tried,
        "tokens_per_s_per_chip": points,
        "utilisation": step.utilisation * kept,
        "step_s": step.step_s / kept,
        "memory_bytes": step.allocated_bytes,
        "room_bytes": step.room_bytes,
        "natural_routing": experts,
        "others": [
            {"chip": name, "tokens_per_s_per_chip": other.step.tokens_per_s_per_chip}
            if isinstance(other, Rate)
            else {"chip": name, "reason": other.reason}
            for name, other in zip(names, others, strict=True)
            if other is not found
        ],
    }


def layout(chosen: Mapping[str, int]) -> dict[str, int | str]:
    """A layout in words: what is cut, the microbatch, what is shared out, what is computed again."""
    said: dict[str, int | str] = {name: chosen[name] for name in WAYS if chosen[name] > 1}
    said["micro_batch"] = chosen["micro_batch"]
    said["shard"] = SHARD[chosen["shard"]]
    said["recompute"] = RECOMPUTE[chosen["recompute"]]
    return said


def _points(values: Array) -> list[float]:
    return [float(point) for point in engine.quantiles(values)]
