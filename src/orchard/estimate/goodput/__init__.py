"""Goodput: how often a job is interrupted, and the share of its time that goes into work that lasts."""

from __future__ import annotations

from orchard.estimate.goodput.classes import Classes, classes
from orchard.estimate.goodput.first_order import (
    FIRST_ORDER_LIMIT,
    daly_interval_s,
    first_order_efficiency_or_nan,
    first_order_valid,
    young_interval_s,
)
from orchard.estimate.goodput.job import IN_RANGE, Goodput, Job, goodput
from orchard.estimate.goodput.rates import Prior, node_rate
from orchard.estimate.goodput.renewal import efficiency, mttf_s, optimal_interval_s
from orchard.estimate.goodput.spares import ready_share, spare_nodes
from orchard.estimate.goodput.tiers import Tiers, best_tiers, tiered_share

__all__ = [
    "FIRST_ORDER_LIMIT",
    "IN_RANGE",
    "Classes",
    "Goodput",
    "Job",
    "Prior",
    "Tiers",
    "best_tiers",
    "classes",
    "daly_interval_s",
    "efficiency",
    "first_order_efficiency_or_nan",
    "first_order_valid",
    "goodput",
    "mttf_s",
    "node_rate",
    "optimal_interval_s",
    "ready_share",
    "spare_nodes",
    "tiered_share",
    "young_interval_s",
]
