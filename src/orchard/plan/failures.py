"""What failures cost a run: the goodput of its gang, and how many of its chips help.

The closed form of :mod:`orchard.estimate.goodput`, with the amounts of the programme: detection and
loading make a recovery longer, a checkpoint that is still being saved is lost with what came after it,
and none begins before the last is saved. Nodes that are missing beyond the spares are so many chips
less: large runs wait, or shrink, by the mean. A restart given for replicas is what all wait for; a failure
of all of them takes no less than is usual. Rates are those of nodes of eight chips, as clusters report
them: a rack of 72 counts as nine nodes.
"""

from __future__ import annotations

import numpy as np

from orchard.catalogue import Catalogue
from orchard.estimate.goodput import efficiency, mttf_s, useful_chips
from orchard.estimate.goodput.classes import CHIPS_PER_NODE, missing_s
from orchard.estimate.goodput.job import whole_recovery_s
from orchard.plan import fleet
from orchard.plan.calendar import Array
from orchard.plan.scene import Scene


def goodput(scene: Scene, model_id: str, site: str | None, asked: Array) -> tuple[Array, Array]:
    """Goodput [S] of the gang of chips asked for, and the share of its chips that help [S].

    More chips never train slower: a gang takes no more of them than help.
    """
    reliability = scene.programme.models[model_id].reliability
    one = np.ones(scene.draws.size)
    if reliability is None or scene.ignores("failures"):
        return one, one
    path = f"models.{model_id}.reliability"
    rate, stop = (scene.draws(f"{path}.{name}") for name in ("node_failures", "checkpoint"))
    save = scene.draws.fact("reliability.save", "s", path)
    if reliability.save is not None:
        save = scene.draws(f"{path}.save")
    beside = np.maximum(save - stop, 0.0)
    restart, load, detect = (scene.draws(f"{path}.{name}") for name in ("restart", "load", "detect"))
    recovery = restart + load + detect + beside
    kept, stopping = _serving(scene, model_id, rate), rate
    if reliability.fault_tolerance == "replica":
        local = 1.0 - scene.draws.fact("reliability.replica.full", "1", path)
        again = np.maximum(scene.draws.fact("reliability.restart.current", "s", path), restart)
        recovery = whole_recovery_s(recovery + again - restart, local, restart + detect)
        stopping = rate * (1.0 - local)
    nodes = [fleet.chips_per_node(scene, name) for name in fleet.queue(scene, site)]
    size = np.minimum(np.min(nodes, axis=0), CHIPS_PER_NODE) if nodes else one
    share = efficiency(mttf_s(asked, size, stopping), stop, recovery, least_interval_s=beside)
    useful = useful_chips(asked, size, stopping, stop, recovery, least_interval_s=beside)
    return kept * share, kept * useful / np.maximum(asked, 1.0)


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
