"""Steps of the models of a programme, as the loop would take them on one machine."""

from __future__ import annotations

from typing import Any

from orchard.estimate.host.work import Step
from orchard.spec.architecture import LanguageArchitecture, VideoArchitecture
from orchard.spec.models import Model
from orchard.spec.training import MICRO_UNITS


def step_of(model: Model) -> Step | None:
    """The step of a model; None where its recipe says too little.

    A video model counts as the language model of the same shape whose sequence is a clip, with a
    microbatch of as many clips as are fast.
    """
    recipe, training, made = model.recipe, model.training, model.architecture
    if recipe is None or made is None:
        return None
    said: dict[str, Any] = {} if training is None else {
        "optimiser": training.optimiser,
        "recompute": training.recompute,
        "averaged": training.ema > 0,
    }  # fmt: skip
    if isinstance(made, VideoArchitecture):
        if not (recipe.frames and recipe.height and recipe.width):
            return None
        tokens = made.video_tokens(recipe.frames, recipe.height, recipe.width)
        clips = max(MICRO_UNITS // tokens, 1)
        return Step(_alike(made), tokens, clips)._replace(**said)
    if recipe.sequence is None or recipe.sequence.value is None or recipe.batch is None:
        return None
    sequence = max(round(recipe.sequence.value), 1)
    batch = max(round((recipe.batch.value or 0.0) / sequence), 1)
    return step(made, sequence, batch, training.micro_batch if training else 0)._replace(**said)


def step(architecture: LanguageArchitecture, sequence: int, batch: int, micro_batch: int = 0) -> Step:
    """A step over a batch of sequences, cut into microbatches as the loop cuts it.

    >>> small = LanguageArchitecture(layers=2, hidden=128, heads=2, ffn=352, vocabulary=4096)
    >>> made = step(small, 512, 40)
    >>> made.micro_batch, made.micro_batches
    (16, 2.5)
    """
    micro = min(micro_batch or max(MICRO_UNITS // sequence, 1), batch)
    return Step(architecture, sequence, micro, batch / micro)


def _alike(a: VideoArchitecture) -> LanguageArchitecture:
    """The language model of the same shape, with as many outputs as a patch has entries."""
    patch = a.latent_channels * a.patch_frames * a.patch_height * a.patch_width
    return LanguageArchitecture(
        layers=a.layers,
        hidden=a.hidden,
        heads=a.heads,
        head_dim=a.head_dim,
        ffn=a.ffn,
        gated=a.gated,
        vocabulary=patch,
    )
