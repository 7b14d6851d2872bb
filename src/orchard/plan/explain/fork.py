"""An outlook on other draws that computes again only what rests on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from orchard.plan.draws import Draws
from orchard.plan.explain.trace import Recorder, kept, reads
from orchard.plan.outlook import Outlook
from orchard.plan.scene import Scene


def fork(base: Outlook, recorder: Recorder, draws: Draws, moved: frozenset[str]) -> Outlook:
    """An outlook on other draws that takes over numbers that `base` kept, where no input in `moved` is read.

    What is kept within a step is taken to read all that the step reads.
    """
    fresh = Outlook(Scene(base.scene.setup, draws, base.scene.changes))
    still = {key for key, step in recorder.owners.items() if not reads(step) & moved}
    fresh._kept.update({
        key: value for key, value in base._kept.items() if key in still and numbers(value)
    })  # fmt: skip
    for name, code in kept(Outlook).items():
        if code in still and name in vars(base) and numbers(vars(base)[name]):
            vars(fresh)[name] = vars(base)[name]
    return fresh


def numbers(value: Any) -> bool:
    """Whether a value is arrays and nothing else."""
    if isinstance(value, np.ndarray):
        return bool(value.dtype.kind == "f")
    if isinstance(value, dict):
        return all(map(numbers, value.values()))
    return isinstance(value, list | tuple) and all(map(numbers, value))
