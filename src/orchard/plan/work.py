"""How much training a model is: compute of its pretraining, and of all that belongs to the run."""

from __future__ import annotations

import numpy as np

from orchard.arch import training_flops, video_training_flops
from orchard.plan.calendar import Array
from orchard.plan.scene import Scene
from orchard.spec.architecture import VideoArchitecture
from orchard.spec.models import Model


def compute_flop(scene: Scene, model_id: str) -> Array:
    """Training compute [S] of a model, pretraining and what follows; nan when nobody can know it."""
    return pretraining_flop(scene, model_id) * scene.draws(
        f"models.{model_id}.beyond_pretraining", default=1.0
    )


def pretraining_flop(scene: Scene, model_id: str) -> Array:
    """Compute [S] of pretraining alone; nan when nobody can know it."""
    model = scene.programme.models[model_id]
    path = f"models.{model_id}"
    if model.compute is not None:
        return scene.draws(f"{path}.compute")
    each = flops_each(model)
    if each is None:
        return np.full(scene.draws.size, np.nan)
    count = "tokens" if model.tokens is not None else "samples"
    return each * scene.draws(f"{path}.{count}")


def flops_each(model: Model) -> float | None:
    """Training FLOPs of one token (language) or one clip (video); None without an architecture."""
    shape, recipe = model.architecture, model.recipe
    if shape is None or recipe is None:
        return None
    if isinstance(shape, VideoArchitecture):
        if model.samples is None or not (recipe.frames and recipe.height and recipe.width):
            return None
        return video_training_flops(shape, recipe.frames, recipe.height, recipe.width)
    if model.tokens is None or recipe.sequence is None or recipe.sequence.value is None:
        return None
    return float(training_flops(shape, recipe.sequence.value))
