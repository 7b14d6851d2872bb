"""The gate before a release: how far a model is ahead of its predecessor, and what it will lose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.capability import effective_compute_lead_log10
from orchard.estimate.law import loss_at
from orchard.plan.calendar import DAY_S, Array
from orchard.plan.scene import Scene
from orchard.plan.work import compute_flop, pretraining_flop


def lead(scene: Scene, model_id: str) -> Array:
    """Lead [S] over the gate's predecessor, in orders of magnitude of effective compute.

    Compute, known algorithmic progress between the predecessor's release (its planned start, where it is
    not out yet) and the planned start of this one, what better labels add, and what this recipe is worth:
    the last is wide, and honest about it.
    """
    model = scene.programme.models[model_id]
    gate = model.gate
    if gate is None:
        return np.full(scene.draws.size, np.nan)
    path = f"models.{model_id}.gate"
    older = scene.programme.models[gate.predecessor]
    since = older.released or older.start
    elapsed = (model.start - since).days * DAY_S if model.start and since else 0.0
    gain = effective_compute_lead_log10(
        compute_flop(scene, model_id),
        compute_flop(scene, gate.predecessor),
        max(elapsed, 0.0),
        scene.draws(f"{path}.halving"),
        scene.draws(f"{path}.execution"),
    )
    labels = scene.draws("data_engine.gain") if scene.programme.data_engine else 0.0
    return np.asarray(gain + labels)


def forecast_loss(scene: Scene, model_id: str) -> Array:
    """Bits per byte [S] of held-out text after pretraining; nan where no law of the family is stated."""
    family = scene.programme.models[model_id].family
    if family is None or family.law is None:
        return np.full(scene.draws.size, np.nan)
    path = f"models.{model_id}.family.law"
    anchor, loss, slope, floor, scatter = (
        scene.draws(f"{path}.{name}") for name in ("anchor", "loss", "slope", "floor", "scatter")
    )
    mean = loss_at(pretraining_flop(scene, model_id), anchor, loss, slope, floor)
    return mean * (1 + scatter)


def passes(scene: Scene, model_id: str) -> NDArray[np.bool_]:
    """Whether [S] a model passes its gate: far enough ahead, and no loss above what the gate allows."""
    gate = scene.programme.models[model_id].gate
    assert gate is not None
    path = f"models.{model_id}.gate"
    passed: NDArray[np.bool_] = lead(scene, model_id) >= scene.draws(f"{path}.lead")
    if gate.loss is not None:
        passed = passed & (forecast_loss(scene, model_id) <= scene.draws(f"{path}.loss"))
    return passed
