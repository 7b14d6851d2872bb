"""What fails, how often, how far it reaches, how long it takes to see and to mend.

Failures of nodes have one total, the pooled rate of clusters (:mod:`~orchard.estimate.goodput.rates`),
and are shared among classes as Llama 3 counted its 419 causes. What belongs to a job whatever its size,
to a rack, a row or a power domain comes on top, with rates of its own. The quantiles of all classes of
nodes move together: a cluster is good or bad as a whole.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.catalogue import Catalogue
from orchard.estimate.goodput.rates import Range, node_rate
from orchard.estimate.spread import Z_HIGH

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

CHIPS_PER_NODE = 8
CHIPS_PER_RACK = 72

CAUSES = {
    "gpu": ("faulty-gpu", "gpu-sram", "gpu-system-processor", "gpu-thermal-sensor"),
    "hbm": ("gpu-memory",),
    "link": ("network",),
    "nic": ("nic",),
    "host": ("host-maintenance", "ssd", "server-chassis", "io-board", "cpu", "system-memory"),
    "power": ("power-supply",),
    "software": ("software-bug", "dependency"),
    "sdc": ("silent-data-corruption",),
    "hang": ("nccl-timeout",),
}
"""Classes of nodes, and the causes of `reliability.llama3.cause.*` that they gather."""

# class -> what its rate is counted by, what one failure stops
_OTHER = {
    "user": ("job", "job"),
    "rack": ("rack", "rack"),
    "cooling": ("row", "row"),
    "outage": ("domain", "domain"),
    "straggler": ("node", "node"),
    "maintenance": ("node", "node"),
}
_REACH = {"gpu": "gpu", "hbm": "gpu", "software": "job", "hang": "job"}
NAMES = (*CAUSES, *_OTHER)


class Classes(NamedTuple):
    """Failure classes as arrays over classes [k]; quantiles [3, k] are the 10th, 50th and 90th percentile.

    Rates count failures a second of one of `per`: ``node`` (eight chips), ``rack`` (72, of machines that
    are built as racks), ``row`` and ``domain`` (`chips_per`), or ``job``. What a failure stops is `reach`:
    ``gpu``, ``node``, ``rack``, ``row``, ``domain``, or ``job`` where no hardware is lost.
    """

    names: tuple[str, ...]
    per: tuple[str, ...]
    reach: tuple[str, ...]
    rate_per_s: Array  # [3, k] failures a second of one of `per`
    chips_per: Array  # [k] chips that share a rate; infinite for a job
    chips_lost: Array  # [k] chips that a failure stops; 0 where no hardware is lost
    repair_s: Array  # [3, k] until the hardware serves again; 0 where none is lost
    swap_share: Array  # [k] share of failures that need another node; a restart cures the others
    detect_s: Array  # [3, k] until the job stops (or, of the slow, until they are found)
    interrupts: Flags  # [k] false where a failure only slows the job down
    rolls_back: Flags  # [k] true where work since the failure, not since the detection, is lost
    planned: Flags  # [k] true where a checkpoint is written first, so that no work is lost
    slowdown: Array  # [k] share of the job's speed that one failure costs until it is found

    def rate(self, chips: float) -> Array:
        """Failures a second [3, k] of a job of so many chips.

        >>> from orchard.catalogue import catalogue
        >>> found = classes(catalogue())
        >>> round(float(found.rate(16384)[1][found.interrupts & ~found.planned].sum()) * 86400, 1)
        8.7
        """
        units = np.where(np.isfinite(self.chips_per), chips / self.chips_per, 1.0)
        return np.asarray(self.rate_per_s * units)


def classes(
    catalogue: Catalogue, as_of: dt.date | None = None, generation: str = "", without: str = ""
) -> Classes:
    """The classes as known by a day; the total of nodes as `node_rate` pools it.

    Raises
    ------
    FactError
        a fact that was not known by then
    """
    view = catalogue if as_of is None else catalogue.known_by(as_of)
    chips = {
        "gpu": 1.0,
        "node": float(CHIPS_PER_NODE),
        "rack": float(CHIPS_PER_RACK),
        "row": view.fact("reliability.blast.row").value,
        "domain": view.fact("reliability.blast.domain").value,
        "job": np.inf,
    }
    per = tuple(_OTHER[name][0] if name in _OTHER else "node" for name in NAMES)
    reach = tuple(_OTHER[name][1] if name in _OTHER else _REACH.get(name, "node") for name in NAMES)
    prior = node_rate(view, generation=generation, without=without)
    total = prior.at([-Z_HIGH, 0.0, Z_HIGH])
    shares = cause_shares(view)
    own = [_rate(view, name) for name in _OTHER]
    slow = view.fact("reliability.class.straggler.slowdown").value
    return Classes(
        names=NAMES,
        per=per,
        reach=reach,
        rate_per_s=np.stack([*(total * share for share in shares), *own], axis=1),
        chips_per=np.array([chips[name] for name in per]),
        chips_lost=np.array([0.0 if name == "job" else chips[name] for name in reach]),
        repair_s=_quantiles(view, "repair"),
        swap_share=_quantiles(view, "swap")[1],
        detect_s=_quantiles(view, "detect"),
        interrupts=np.array([name != "straggler" for name in NAMES]),
        rolls_back=np.array([name == "sdc" for name in NAMES]),
        planned=np.array([name == "maintenance" for name in NAMES]),
        slowdown=np.array([slow if name == "straggler" else 0.0 for name in NAMES]),
    )


def cause_shares(view: Catalogue) -> Array:
    """Share of each class of nodes [k of CAUSES] in the failures that Llama 3 counted.

    >>> from orchard.catalogue import catalogue
    >>> float(cause_shares(catalogue()).sum())
    1.0
    """
    counts = {fact.id: fact.value for fact in view.facts("reliability.llama3.cause.")}
    head = "reliability.llama3.cause."
    total = sum(counts.values())
    return np.array([sum(counts[head + cause] for cause in causes) / total for causes in CAUSES.values()])


def missing_s(view: Catalogue) -> float:
    """Mean time [s] in which a node is missing for one failure of a node: those that need another one.

    >>> from orchard.catalogue import catalogue
    >>> round(missing_s(catalogue()) / 3600, 1)
    14.2
    """
    repair, swap = _quantiles(view, "repair"), _quantiles(view, "swap")[1]
    means = [Range(*column).mean if column[0] > 0 else 0.0 for column in repair.T.tolist()]
    nodes = len(CAUSES)
    return float(cause_shares(view) @ (swap[:nodes] * np.array(means[:nodes])))


def swap_share(view: Catalogue) -> float:
    """Share of the failures of nodes that need another node.

    >>> from orchard.catalogue import catalogue
    >>> round(swap_share(catalogue()), 2)
    0.5
    """
    return float(cause_shares(view) @ _quantiles(view, "swap")[1, : len(CAUSES)])


def _rate(view: Catalogue, name: str) -> Array:
    """Quantiles [3] of the rate of a class that is no cause of Llama 3's."""
    if name == "maintenance":
        planned = view.fact("reliability.llama3.interruptions.planned").value
        unexpected = view.fact("reliability.llama3.interruptions.unexpected").value
        return np.full(3, view.fact("reliability.node_failures.llama3").value * planned / unexpected)
    fact = view.fact("reliability.job_failures" if name == "user" else f"reliability.class.{name}.rate")
    return np.array([fact.low, fact.value, fact.high])


def _quantiles(view: Catalogue, what: str) -> Array:
    """Quantiles [3, k] of a time or share of each class; 0 where a class has none."""
    known = {fact.id: fact for fact in view.facts("reliability.class.")}
    found = [known.get(f"reliability.class.{name}.{what}") for name in NAMES]
    return np.array([(fact.low, fact.value, fact.high) if fact else (0.0, 0.0, 0.0) for fact in found]).T
