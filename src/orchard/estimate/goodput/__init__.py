"""Goodput: how often a job is interrupted, and the share of its time that goes into work that lasts."""

from __future__ import annotations

from orchard.estimate.goodput.classes import Classes, classes
from orchard.estimate.goodput.rates import Prior, node_rate
from orchard.estimate.goodput.renewal import (
    best_gang_chips,
    daly_interval_s,
    efficiency,
    first_order_efficiency_or_nan,
    first_order_valid,
    mttf_s,
    optimal_interval_s,
    spare_nodes,
    useful_chips,
    young_interval_s,
)

__all__ = [
    "Classes",
    "Prior",
    "best_gang_chips",
    "classes",
    "daly_interval_s",
    "efficiency",
    "first_order_efficiency_or_nan",
    "first_order_valid",
    "mttf_s",
    "node_rate",
    "optimal_interval_s",
    "spare_nodes",
    "useful_chips",
    "young_interval_s",
]
