"""What is taken where nobody says: rates of other clusters, and how good operators run jobs today."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from orchard.catalogue import Catalogue, Fact
from orchard.estimate.goodput.classes import Classes, cause_shares, classes, missing_s, swap_share
from orchard.estimate.goodput.rates import Prior, Range, node_rate


class Practice(NamedTuple):
    """Priors of a job whose operators say nothing; times in seconds, rates a second."""

    node_rates: dict[str, Prior]  # failures of eight chips, by generation; "" where that is unknown
    job_rate: Range
    period: float  # deviation of the logarithm of a rate from month to month
    block_s: Range
    save_s: Range
    load_s: Range
    detect_s: Range
    restart_s: Range
    stall_s: Range  # of all replicas, for a failure of one
    replica_chips: Range
    full_share: Range  # failures that stop all replicas
    hang_share: float
    hang_s: float
    hands_share: float
    hands_s: float
    corrupt_share: float
    corrupt_s: Range
    borrow_s: Range  # to get a node from the rest of the cluster, without spares
    swap_share: float  # of failures that need another node
    missing_s: float  # mean time in which a node is missing, for one failure of a node
    blocks: tuple[Blocks, ...]


class Blocks(NamedTuple):
    """Many nodes out at once: chips of one block, and the mean share of blocks that are out."""

    chips: float
    out: float
    racks: bool  # only where nodes are racks


def practice(catalogue: Catalogue, as_of: dt.date | None = None) -> Practice:
    """The priors as known by a day.

    >>> from orchard.catalogue import catalogue
    >>> found = practice(catalogue())
    >>> round(found.missing_s / 3600, 1), round(found.hang_share, 3), found.save_s.value
    (14.2, 0.017, 60.0)

    Raises
    ------
    FactError
        a fact that was not known by then
    """
    view = catalogue if as_of is None else catalogue.known_by(as_of)
    kinds = classes(view)
    share = dict(zip(kinds.names, cause_shares(view).tolist(), strict=False))
    counted = view.fact("reliability.llama3.interruptions.unexpected").value
    return Practice(
        node_rates={name: node_rate(view, generation=name) for name in ("", "blackwell")},
        job_rate=_range(view.fact("reliability.job_failures")),
        period=view.fact("reliability.period").value,
        block_s=_range(view.fact("reliability.block")),
        save_s=_range(view.fact("reliability.save")),
        load_s=_range(view.fact("reliability.load")),
        detect_s=_range(view.fact("reliability.detect")),
        restart_s=_range(view.fact("reliability.restart.current")),
        stall_s=_range(view.fact("reliability.replica.stall")),
        replica_chips=_range(view.fact("reliability.replica.chips")),
        full_share=_range(view.fact("reliability.replica.full")),
        hang_share=share["hang"],
        hang_s=view.fact("reliability.class.hang.detect").value,
        hands_share=view.fact("reliability.llama3.interventions").value / counted,
        hands_s=_range(view.fact("reliability.intervention")).mean,
        corrupt_share=share["sdc"],
        corrupt_s=_range(view.fact("reliability.class.sdc.detect")),
        borrow_s=_range(view.fact("reliability.borrow")),
        swap_share=swap_share(view),
        missing_s=missing_s(view),
        blocks=tuple(_blocks(kinds, name) for name in ("rack", "cooling", "outage")),
    )


def _range(fact: Fact) -> Range:
    return Range(fact.low, fact.value, fact.high)


def _blocks(kinds: Classes, name: str) -> Blocks:
    place = kinds.names.index(name)
    repair = Range(*kinds.repair_s[:, place].tolist()).mean
    out = kinds.rate_per_s[1, place] * repair
    return Blocks(float(kinds.chips_lost[place]), float(out), kinds.per[place] == "rack")
