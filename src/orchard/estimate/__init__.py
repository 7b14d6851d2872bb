"""Closed forms, microseconds, on arrays: goodput, training, clips, power, cost, serving, capability, spread.

Every function is pure, takes SI floats or NumPy arrays that broadcast, and gives arrays back; every
number with an origin is an argument, and the catalogue is where it comes from.
"""

from __future__ import annotations

from orchard.estimate import capability, cost, goodput, power, revenue, serving, spread, training, video

__all__ = [
    "capability",
    "cost",
    "goodput",
    "power",
    "revenue",
    "serving",
    "spread",
    "training",
    "video",
]
