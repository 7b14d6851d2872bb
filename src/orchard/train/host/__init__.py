"""Measuring this machine, for `orchard calibrate host`; :mod:`orchard.estimate.host` predicts from that.

Read in this order: `peaks` (matrix products and copies), `made` (a model that learns from random tokens),
`shapes` (the small models that are timed), `steps` (timing them), `memory` (what a process of its own
holds), `power`, and `calibrate`, which puts all of it together.
"""

from __future__ import annotations

from orchard.train.host.calibrate import Calibrated, calibrate

__all__ = ["Calibrated", "calibrate"]
