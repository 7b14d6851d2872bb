"""What chips draw by what they do, as shares of nameplate, and what a training job draws over its step.

A synchronous job computes and exchanges in turn. All its chips do so at once, so that its power is a wave
with the period of a step; a checkpoint that training waits for is a second, slower wave.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard.catalogue import catalogue

Array = NDArray[np.float64]

# What chips do, and the fact that says what they draw then.
DRAWS = {
    "compute": "power.node.training-peak",
    "communication": "power.draw.communication",
    "checkpoint": "power.draw.checkpoint",
    "idle": "power.draw.idle",
    "serving": "power.draw.serving",
    "training": "power.node.training-fraction",
}


class Draw(NamedTuple):
    """A share of nameplate and its 80 % interval."""

    share: float
    low: float
    high: float


def draw(activity: str) -> Draw:
    """What a node draws while it does this; `training` is the mean over whole steps.

    Raises
    ------
    KeyError
        an activity that is none of `DRAWS`

    >>> draw("training").share, draw("idle").share < draw("communication").share < draw("compute").share
    (0.76, True)
    """
    fact = catalogue().fact(DRAWS[activity])
    return Draw(fact.value, fact.low, fact.high)


class Phases(NamedTuple):
    """Shares of nameplate in the phases of a job, and the time in which it changes from one to another."""

    compute: float
    communication: float
    checkpoint: float
    idle: float
    edge_s: float


# The facts of `Phases`, in its order.
PHASES = (*(DRAWS[name] for name in Phases._fields[:-1]), "power.draw.edge")


def phases() -> Phases:
    """What the catalogue says of phases."""
    return Phases(*(catalogue().fact(name).value for name in PHASES))


def communication_share(step_draw: ArrayLike) -> Array:
    """Share of a step in which chips wait for others, from the mean draw over steps.

    >>> round(float(communication_share(draw("training").share)), 2)
    0.14
    """
    high, low = draw("compute").share, draw("communication").share
    share: Array = np.clip((high - np.asarray(step_draw, dtype=np.float64)) / (high - low), 0.0, 1.0)
    return share


class Job(NamedTuple):
    """A synchronous training job.

    Parameters
    ----------
    chips, nameplate_w
        how many, and the rated IT power of one with its share of everything
    step_s, communication_share
        length of a step, and the share of it in which chips wait for each other
    checkpoint_period_s, checkpoint_s
        how often a checkpoint is taken, and how long training waits for it; 0 where it does not
    """

    chips: float
    nameplate_w: float
    step_s: float
    communication_share: float = 0.14
    checkpoint_period_s: float = 0.0
    checkpoint_s: float = 0.0

    @property
    def rated_w(self) -> float:
        """Rated IT power of all chips."""
        return self.chips * self.nameplate_w


class Levels(NamedTuple):
    """IT power of a job in W while all its chips do one thing, and the mean over steps and checkpoints."""

    compute_w: float
    communication_w: float
    checkpoint_w: float
    idle_w: float
    mean_w: float


def levels(job: Job, drawn: Phases | None = None) -> Levels:
    """What a job draws in each of its phases; those of the catalogue unless told otherwise.

    >>> made = levels(Job(16_384, 1275.0, 5.0))
    >>> round(made.mean_w / made.compute_w, 2), round((made.compute_w - made.idle_w) / 1e6, 1)
    (0.93, 13.0)
    """
    shares = phases() if drawn is None else drawn
    compute, communication, checkpoint, idle = (job.rated_w * share for share in shares[:-1])
    waits = job.communication_share
    step = (1.0 - waits) * compute + waits * communication
    stops = job.checkpoint_s / job.checkpoint_period_s if job.checkpoint_period_s > 0 else 0.0
    return Levels(compute, communication, checkpoint, idle, (1.0 - stops) * step + stops * checkpoint)
