"""Peak memory of training runs: 32 measured on a node of eight B200 with Megatron-LM, none fitted."""

from __future__ import annotations

import numpy as np

from orchard.catalogue.measured import measured
from orchard.estimate.training import batch, estimate

GIB = 2.0**30


def test_measured_peaks_within_three_percent() -> None:
    rows = [row for row in measured("training") if row["mem_gib"]]
    assert len(rows) == 32
    found = estimate(batch(rows)).memory_bytes / GIB
    error = np.abs(found / np.array([float(row["mem_gib"]) for row in rows]) - 1)
    assert error.mean() < 0.015
    assert error.max() < 0.03


def test_published_layouts_fit() -> None:
    rows = [row for row in measured("training") if row["tier"] == "A" and row["task"] == "pretrain"]
    made = batch(rows)
    assert made.ok.all()
    assert estimate(made).fits.mean() >= 0.95
