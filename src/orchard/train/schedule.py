"""Learning rates over a run, as shares of the highest: functions of the step alone, as resuming needs."""

from __future__ import annotations

import math

from orchard.spec.training import Training


def share_of_rate(training: Training, step: int, steps: int) -> float:
    """Rate of a step as a share of the highest one.

    Rates rise over the first `warmup` of the steps. Then `wsd` keeps them until the last `decay` of the
    steps, where they fall in a line; `cosine` lets them fall all the way. Both end at `final`.

    >>> from orchard.spec.training import Checkpoints
    >>> recipe = Training(warmup=0.2, decay=0.5, final=0.1, checkpoints=Checkpoints(every="60 s"))
    >>> [round(share_of_rate(recipe, step, 10), 2) for step in range(10)]
    [0.5, 1.0, 1.0, 1.0, 1.0, 0.82, 0.64, 0.46, 0.28, 0.1]
    """
    warmup = math.ceil(training.warmup * steps)
    if step < warmup:
        return (step + 1) / warmup
    if training.schedule == "wsd":
        falling = math.ceil(training.decay * steps)
        done = (step + 1 - (steps - falling)) / falling if falling else 0.0
        return 1 - (1 - training.final) * min(max(done, 0.0), 1.0)
    done = min((step + 1 - warmup) / max(steps - warmup, 1), 1.0)
    return training.final + (1 - training.final) * (1 + math.cos(math.pi * done)) / 2
