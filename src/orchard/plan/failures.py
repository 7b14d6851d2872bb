"""What failures cost a run: the goodput of its gang, and how often it is interrupted.

The closed form of :mod:`orchard.estimate.goodput`, with the amounts of the programme: detection and
loading make a recovery longer, a checkpoint that is still being saved is lost with what came after it,
and none begins before the last is saved. Nodes that are missing beyond the spares are so many chips
less: large runs wait, or shrink, by the mean. A restart given for replicas is what all wait for; a failure
of all of them takes no less than is usual. Rates are those of nodes of eight chips, as clusters report
them: a rack of 72 counts as nine nodes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from orchard.catalogue import Catalogue
from orchard.estimate.goodput import efficiency, mttf_s
from orchard.estimate.goodput.classes import CAUSES, CHIPS_PER_NODE, cause_shares, missing_s
from orchard.estimate.goodput.counts import lived_count
from orchard.estimate.goodput.job import whole_recovery_s
from orchard.plan import fleet
from orchard.plan.calendar import DAY_S, Array
from orchard.plan.scene import Scene, Setup


class Recovery(NamedTuple):
    """How a run fails and goes on, whatever its size [S]; times in seconds."""

    serving: Array  # share of its nodes that a run has on average
    node_chips: Array
    node_failures_per_s: Array  # that stop all of it
    stop: Array  # work stands still for one checkpoint
    recovery: Array  # from a failure to work
    beside: Array  # for which a checkpoint is still being saved after that

    def between_s(self, chips: Array) -> Array:
        """Mean time between interruptions of gangs of any size [..., S]; infinite where nothing fails."""
        return mttf_s(chips, self.node_chips, self.node_failures_per_s)

    def share(self, chips: Array) -> Array:
        """Share of time and chips that goes into work that lasts, of gangs of any size [..., S]."""
        mttf = self.between_s(chips)
        return self.serving * efficiency(mttf, self.stop, self.recovery, least_interval_s=self.beside)


class Interrupted(NamedTuple):
    """What failures do to the pretraining of a run, in each sample [S]."""

    chips: Array  # that it uses, no more than help
    goodput: Array  # share of time and chips that goes into work that lasts
    between_s: Array  # mean time between interruptions
    interruptions: Array  # that it lives through, luck included


def interrupted(
    scene: Scene, model_id: str, found: Recovery | None, chips: Array, days: Array
) -> Interrupted:
    """What failures do to a run of so many days on so many chips [S]."""
    if found is None:
        nothing = np.zeros(scene.draws.size)
        return Interrupted(chips, nothing + 1.0, nothing + np.inf, nothing)
    between = found.between_s(chips)
    luck = scene.draws.normal(f"luck:models.{model_id}.reliability")
    count = np.round(lived_count(days * DAY_S / between, luck))
    return Interrupted(chips, found.share(chips), between, count)


def causes(setup: Setup, model_id: str) -> dict[str, float]:
    """Share of each class in what interrupts a run; empty where no count was known yet."""
    view = setup.catalogue.known_by(setup.programme.as_of)
    counted = view.facts("reliability.llama3.cause.")
    for fact in counted:
        setup.values.fact(fact.id, f"models.{model_id}.reliability")
    return dict(zip(CAUSES, cause_shares(view).tolist(), strict=True)) if counted else {}


def recovery(scene: Scene, model_id: str, site: str | None) -> Recovery | None:
    """How a run at a site recovers; None where nothing fails."""
    reliability = scene.programme.models[model_id].reliability
    if reliability is None or scene.ignores("failures"):
        return None
    path = f"models.{model_id}.reliability"
    rate, stop = (scene.draws(f"{path}.{name}") for name in ("node_failures", "checkpoint"))
    stop = stop * scene.changes.checkpoint
    save = scene.draws.fact("reliability.save", "s", path)
    if reliability.save is not None:
        save = scene.draws(f"{path}.save")
    beside = np.maximum(save - stop, 0.0)
    restart, load, detect = (scene.draws(f"{path}.{name}") for name in ("restart", "load", "detect"))
    again = restart + load + detect + beside
    serving, stopping = _serving(scene, model_id, rate), rate
    if reliability.fault_tolerance == "replica":
        local = 1.0 - scene.draws.fact("reliability.replica.full", "1", path)
        longer = np.maximum(scene.draws.fact("reliability.restart.current", "s", path), restart)
        again = whole_recovery_s(again + longer - restart, local, restart + detect)
        stopping = rate * (1.0 - local)
    nodes = [fleet.chips_per_node(scene, name) for name in fleet.queue(scene, site)]
    size = np.minimum(np.min(nodes, axis=0), CHIPS_PER_NODE) if nodes else np.ones(scene.draws.size)
    return Recovery(serving, size, stopping, stop, again, beside)


def _serving(scene: Scene, model_id: str, rate: Array) -> Array:
    """Share [S] of its nodes that a run has on average, spares in the place of missing ones."""
    reliability = scene.programme.models[model_id].reliability
    if reliability is None or reliability.spares is None:
        return np.ones(scene.draws.size)
    away: float = scene.setup.once("nodes missing", lambda: missing_s(_known(scene)))
    spares = scene.draws(f"models.{model_id}.reliability.spares")
    return np.clip((1.0 + spares) * (1.0 - np.minimum(rate * away, 1.0)), 0.0, 1.0)


def _known(scene: Scene) -> Catalogue:
    return scene.setup.catalogue.known_by(scene.programme.as_of)
